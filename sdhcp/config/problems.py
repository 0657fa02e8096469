"""What can be wrong with a configuration: always said with file, line, name and expectation."""

from collections.abc import Sequence
from typing import NamedTuple


class Problem(NamedTuple):
    """One fault. ``line`` is 0 and ``name`` "" where there is none; ``expected`` may be ""."""

    file: str
    line: int
    name: str
    what: str
    expected: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        name = f"{self.name}: " if self.name else ""
        expected = f"; expected {self.expected}" if self.expected else ""
        return " ".join(f"{place}: {name}{self.what}{expected}".split())


def told(error: BaseException) -> str:
    """The type and the text of an exception."""
    try:
        text = str(error)
    except Exception:  # an exception of the site's may be unable to say what it is
        text = ""
    return f"{type(error).__name__}{': ' if text else ''}{text[:300]}"


class ConfigurationError(Exception):
    """conf.py cannot be used.

    :ivar problems: every fault that was found, in the order of their lines.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)
