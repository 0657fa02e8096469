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


class ConfigurationError(Exception):
    """conf.py cannot be used.

    :ivar problems: every fault that was found, in the order of their lines.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)
