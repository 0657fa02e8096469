"""All clients of an SQLite file that is not large, a slice at a time, for those who want to know them early."""

from collections.abc import Callable, Generator, Sequence
from itertools import groupby
from typing import Any, Final

from .sql import Columns

SLICE: Final = 64
"""Rows that are read at a time: well under a millisecond's work."""

Ask = Callable[[str, tuple[Any, ...]], "list[Any] | None"]
"""Puts a question with its values to the file; the rows, None if it cannot be read."""


class Slices:
    """Reads ``maps`` in the order of its hardware addresses.

    :param any_case: whether hardware addresses stand there in any case.
    :param limit: how many rows are read at most; of a table that has more, none is.
    """

    def __init__(self, columns: Columns, any_case: bool, limit: int) -> None:
        collation = " COLLATE NOCASE" if any_case else ""
        order = f"ORDER BY m.mac{collation} LIMIT {SLICE}"
        self._select = columns.select_host(f"WHERE m.mac >= ?{collation} {order}")
        self._any_case = any_case
        self._too_many = f"SELECT 1 FROM maps LIMIT 1 OFFSET {limit}"  # noqa: S608  a number

    def read(self, ask: Ask) -> Generator[Sequence[tuple[str, list[Any]]], None, bool]:
        """Slices of hardware addresses, each with all of its rows; in lower case where the case says nothing.

        Returns whether all clients were among them, under the very texts that they are asked for by.
        """
        if ask(self._too_many, ()) != [] or self._sorts(ask):
            return False
        begin, is_plain = "", True
        while True:
            rows = ask(self._select, (begin,))
            if not rows:
                return rows == [] and is_plain
            is_plain = is_plain and all(self._is_plain(row[0]) for row in rows)
            clients = [(mac, list(group)) for mac, group in groupby(rows, self._address)]
            if len(rows) < SLICE:
                yield clients
                return is_plain
            # The last one may have more rows behind the slice: it begins the next.
            following = clients.pop()[0]
            if not clients or following == begin:
                return False
            yield clients
            begin = following

    def _is_plain(self, mac: Any) -> bool:
        """Whether a text is found by its own letters alone, whatever collation its column has."""
        return isinstance(mac, str) and (self._any_case or mac == mac.lower()) and mac == mac.strip()

    def _address(self, row: Sequence[Any]) -> str:
        text = str(row[0])
        return text.lower() if self._any_case else text

    def _sorts(self, ask: Ask) -> bool:
        """Whether there is no index to read along, so that each slice would cost the whole table."""
        plan = ask(f"EXPLAIN QUERY PLAN {self._select}", ("",))
        return plan is None or any("TEMP B-TREE" in str(step[-1]) for step in plan)
