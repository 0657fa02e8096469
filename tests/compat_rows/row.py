"""One fact that a site may rely on."""

from typing import NamedTuple


class Row(NamedTuple):
    """``tests`` are names below the package ``tests``; ``differs`` is what is not as it was, and why."""

    fact: str
    tests: tuple[str, ...]
    differs: str = ""


class Part(NamedTuple):
    """Rows of one kind."""

    title: str
    rows: tuple[Row, ...]
    text: str = ""


def row(fact: str, *tests: str, differs: str = "") -> Row:
    """A row; tests are written one by one."""
    return Row(fact, tests, differs)
