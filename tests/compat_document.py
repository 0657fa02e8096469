"""docs/compatibility.md: what sites of staticDHCPd bring, and the tests that show that it works here.

``python -m tests.compat_document`` writes it anew.
"""

from collections.abc import Iterator
from pathlib import Path

from .compat_rows import (
    conversion,
    decisions,
    definition,
    files,
    hooks,
    modules,
    names,
    options,
    replies,
    settings,
    stores,
)
from .compat_rows.row import Part, Row

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "compatibility.md"
PARTS: tuple[Part, ...] = (
    *files.PARTS,
    *settings.PARTS,
    *names.PARTS,
    *hooks.PARTS,
    *decisions.PARTS,
    *replies.PARTS,
    *options.PARTS,
    *conversion.PARTS,
    *definition.PARTS,
    *stores.PARTS,
    *modules.PARTS,
)
HEAD = """# What a site of staticDHCPd brings, and what shows that it works here

A `conf.py`, and the files beside it, that were written for staticDHCPd 3 or an earlier one run unchanged. Each row is
one thing that such files, or the clients of such a site, may rely on, with the tests that show it (they are below
`tests`). The third column says where sdhcp differs on purpose, and why: what an RFC asks for is what is done, with a
switch whose name begins with `LEGACY_` where a site may depend on the other; and what ended staticDHCPd, or went wrong
in it, works.

[configuration.md](configuration.md) has the meaning of every setting, [rfc.md](rfc.md) each rule of an RFC with its
test, [migrating.md](migrating.md) the way from one to the other. This file is written by
`python -m tests.compat_document`; a test fails if it is not what the tables say, or if it names a test that is not
there.
"""


def rows() -> Iterator[tuple[Part, Row]]:
    """All rows, each with its part."""
    for part in PARTS:
        for row in part.rows:
            yield part, row


def document() -> str:
    """The whole file."""
    pieces = [HEAD]
    for part in PARTS:
        text = f"\n{part.text}\n" if part.text else ""
        pieces.append(f"\n## {part.title}\n{text}\n| What holds | Shown by | What differs, and why |\n|---|---|---|\n")
        for row in part.rows:
            shown = "<br>".join(f"`{test}`" for test in row.tests)
            pieces.append(f"| {_cell(row.fact)} | {shown} | {_cell(row.differs)} |\n")
    return "".join(pieces)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
