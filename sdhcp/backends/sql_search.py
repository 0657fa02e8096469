"""The table ``maps`` searched, a part at a time, so that an answer takes no longer than somebody waits for it."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from ..interfaces import Listed, Sought
from ..model import Definition
from .reservation import BadField
from .sql import Columns, Rows

STEP: Final = 5_000
"""Clients that are looked at in the order of their keys with one question."""
SPARSE: Final = 5_000
"""Up to so many clients that fit are sorted, wherever in the table they stand; of more, the first ones are near."""
_KEYS: Final = 250
"""Clients in one question for their rows."""

Ask = Callable[[str, Sequence[str]], Sequence[tuple[Any, ...]]]
"""Puts a question with its values; gives all rows."""


class TooLong(Exception):
    """A question was ended, since it took too long."""


class Wording(NamedTuple):
    """How a database writes what all of them understand.

    ``mark`` stands for a value, of the number in braces; ``folded`` makes a column lower-case text; ``unindexed`` keeps
    a column from being looked up in an index.
    """

    mark: str
    folded: str
    limit: str = "LIMIT {}"
    skip: str = "LIMIT 1 OFFSET {}"
    unindexed: str = "{}"


class _Condition:
    """A condition that grows, with its values in their order."""

    def __init__(self, wording: Wording) -> None:
        self._wording = wording
        self._parts: list[str] = []
        self.values: list[str] = []

    def compare(self, column: str, operator: str, value: str) -> None:
        self._parts.append(f"{column} {operator} {self._mark(value)}")

    def like(self, sought: Sought) -> None:
        """Wants one of what is sought."""
        either = []
        if sought.address and sought.is_whole:
            either.append(f"m.ip = {self._mark(sought.address)}")
        wanted = [("m.mac", part) for part in dict.fromkeys((sought.text, *sought.key_parts)) if part]
        wanted += [("m.hostname", sought.text)] if sought.text else []
        wanted += [("m.ip", sought.address)] if sought.address and not sought.is_whole else []
        for column, part in wanted:
            escaped = part.replace("!", "!!").replace("%", "!%").replace("_", "!_")
            either.append(f"{self._wording.folded.format(column)} LIKE {self._mark(f'%{escaped}%')} ESCAPE '!'")
        if either:
            self._parts.append(f"({' OR '.join(either)})")

    def _mark(self, value: str) -> str:
        self.values.append(value)
        return self._wording.mark.format(len(self.values))

    def __str__(self) -> str:
        return f"WHERE {' AND '.join(self._parts)}" if self._parts else ""


class Searching:
    """One search.

    :param clock: seconds, as those after which it ends.
    """

    def __init__(self, ask: Ask, columns: Columns, wording: Wording, clock: Callable[[], float]) -> None:
        self._ask = ask
        self._columns = columns
        self._wording = wording
        self._clock = clock

    def search(self, sought: Sought, after: str, most: int, until: float) -> Listed:
        """As :class:`ISearchableSource` has it. Blocks."""
        keys: list[str] = []
        far = after
        # An index leads to a whole address; else, where many fit, the next ones are near.
        is_near = not sought.is_whole or bool(sought.text)
        is_first = True
        while True:
            if is_near or not is_first:
                found, far = self._walk(sought, far, most + 1 - len(keys))
                keys += found
                if len(keys) > most:
                    return self._listed(keys[:most], keys[most - 1])
                if not far:
                    return self._listed(keys, "")
            if is_first:
                everywhere = self._anywhere(sought, far)
                if everywhere is not None:
                    keys += everywhere
                    return self._listed(keys[:most], keys[most - 1] if len(keys) > most else "")
            if self._clock() >= until and (is_near or not is_first):
                return self._listed(keys, far)
            is_first = False

    def _walk(self, sought: Sought, after: str, most: int) -> tuple[list[str], str]:
        """Keys among the next ones, and the last that was looked at, "" if it was the last of all."""
        behind = _Condition(self._wording)
        if after:
            behind.compare("m.mac", ">", after)
        keys = f"SELECT m.mac FROM maps m {behind} ORDER BY m.mac"  # noqa: S608  values are marks
        ends = self._ask(f"{keys} {self._wording.skip.format(STEP - 1)}", behind.values)
        fits = _Condition(self._wording)
        if after:
            fits.compare("m.mac", ">", after)
        if ends:
            fits.compare("m.mac", "<=", str(ends[0][0]))
        fits.like(sought)
        keys = f"SELECT m.mac FROM maps m {fits} ORDER BY m.mac"  # noqa: S608  as above
        rows = self._ask(f"{keys} {self._wording.limit.format(most)}", fits.values)
        return [str(row[0]) for row in rows], str(ends[0][0]) if ends else ""

    def _anywhere(self, sought: Sought, after: str) -> list[str] | None:
        """All keys behind one, read in whatever order is the quickest; None if they are too many."""
        fits = _Condition(self._wording)
        fits.like(sought)
        if after:
            fits.compare(self._wording.unindexed.format("m.mac"), ">", after)
        some = f"SELECT m.mac FROM maps m {fits} {self._wording.limit.format(SPARSE + 1)}"  # noqa: S608  as above
        key = self._wording.unindexed.format("x.mac")
        try:
            rows = self._ask(f"SELECT x.mac FROM ({some}) x ORDER BY {key}", fits.values)  # noqa: S608  as above
        except TooLong:
            return None
        return [str(row[0]) for row in rows] if len(rows) <= SPARSE else None

    def _listed(self, keys: Sequence[str], after: str) -> Listed:
        rows = Rows(self._columns)
        found: dict[str, list[Definition]] = {key: [] for key in keys}
        for some in _cut(list(found)):
            marks = ", ".join(self._wording.mark.format(place) for place in range(1, len(some) + 1))
            for row in self._ask(self._columns.select_host(f"WHERE m.mac IN ({marks})"), some):
                try:
                    definition = rows.definition(row)
                except BadField:
                    continue
                found.setdefault(str(row[0]), []).append(definition)
        return Listed([(key.rstrip(" "), one) for key, several in found.items() for one in several], after)


def _cut(keys: list[str]) -> Iterator[list[str]]:
    for begin in range(0, len(keys), _KEYS):
        yield keys[begin : begin + _KEYS]
