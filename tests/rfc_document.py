"""docs/rfc.md: every row of behaviour and the test that proves it, read from the tests themselves.

``python -m tests.rfc_document`` writes it anew.
"""

import ast
import re
from pathlib import Path

TESTS = Path(__file__).resolve().parent
DOCUMENT = TESTS.parent / "docs" / "rfc.md"
ROW = re.compile(r"test_([A-Z])(\d\d)$")

FAMILIES = {
    "W": "Form of every reply",
    "D": "DISCOVER",
    "S": "REQUEST of a client that selects",
    "I": "REQUEST after a reboot",
    "N": "Renewing and rebinding",
    "X": "DECLINE",
    "L": "RELEASE",
    "F": "INFORM",
    "A": "Relay agents",
    "O": "Option 82 and its sub-options",
    "K": "Which subnet",
    "G": "Long options, overload and sizes",
    "P": "Single options",
    "B": "BOOTP",
    "Z": "Bad input",
}

DYNAMIC = {
    "D02": "a stranger is offered an address of the pool of its subnet (RFC 2131 section 4.3.1)",
    "D06": "a free address that a client wishes for is the one offered (RFC 2131 section 4.3.1)",
    "D07": "an address that is leased to another client is not offered (RFC 2131 section 4.3.1)",
    "D11": "a client whose lease has ended gets its address of before if it is free (RFC 2131 section 4.3.1)",
    "D14": "an exhausted pool is met with silence and serves again after a release (RFC 2131 section 4.3.1)",
    "D15": "fifty new clients get fifty addresses of the pool (RFC 2131 section 2.2)",
    "D17": "an address on offer is not offered to another client (RFC 2131 section 4.3.1)",
    "N09": "a client that renews after its lease has ended never shares an address (RFC 2131 section 2.2)",
    "N11": "an address that was leased anew is not renewed for its holder of before (RFC 2131 section 4.3.2)",
    "X02": "a declined address of a pool is not offered while others are free (RFC 2131 section 4.3.3)",
    "X03": "a client that declined is offered another address (RFC 2131 section 4.3.3)",
    "L05": "a client that released gets the same address while it is free (RFC 2131 section 4.3.4)",
    "P04": "a client identifier keeps its address with another hardware address (RFC 4361 section 6)",
    "P05": "two identifiers on one hardware address get two addresses (RFC 2131 section 4.2)",
}
"""Rows about pools of dynamic addresses."""

HEAD = """# What sdhcp does, by the RFCs, and what proves it

Each row is one behaviour. The test has the row's name, and its first line is the rule. This file is written by
`python -m tests.rfc_document`; a test fails if it is not what the tests say.
"""


def proven() -> dict[str, tuple[str, str]]:
    """Row -> (rule, test), from the docstrings of the tests that are named after rows."""
    rows: dict[str, tuple[str, str]] = {}
    for path in sorted(TESTS.rglob("test_*.py")):
        module = ".".join(path.relative_to(TESTS.parent).with_suffix("").parts)
        for group in ast.parse(path.read_text(encoding="utf-8")).body:
            if not isinstance(group, ast.ClassDef):
                continue
            for test in group.body:
                match = ROW.match(test.name) if isinstance(test, ast.FunctionDef) else None
                if match is None:
                    continue
                row, rule = match[1] + match[2], ast.get_docstring(test)
                if row in rows or not rule:
                    raise ValueError(f"{module}: {row} is there twice, or says no rule")
                rows[row] = (rule.splitlines()[0].rstrip("."), f"{module}.{group.name}.{test.name}")
    return rows


def document() -> str:
    """The whole file."""
    rows = proven()
    parts = [HEAD]
    for letter, title in FAMILIES.items():
        names = sorted(name for name in {**rows, **DYNAMIC} if name[0] == letter)
        parts.append(f"\n## {title}\n\n| Row | Rule | Test |\n|---|---|---|\n")
        for name in names:
            rule, test = rows.get(name, (DYNAMIC.get(name, ""), ""))
            shown = f"`{test}`" if test else "dynamic addresses: not part of this version"
            parts.append(f"| {name} | {rule.replace('|', chr(92) + '|')} | {shown} |\n")
    return "".join(parts)


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
