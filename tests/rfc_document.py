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
        names = sorted(name for name in rows if name[0] == letter)
        parts.append(f"\n## {title}\n\n| Row | Rule | Test |\n|---|---|---|\n")
        for name in names:
            rule, test = rows[name]
            parts.append(f"| {name} | {rule.replace('|', chr(92) + '|')} | `{test}` |\n")
    return "".join(parts)


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
