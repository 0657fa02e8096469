"""The addresses of a pool that were ever lent, by number, by client, and in the order in which they become free."""

from array import array
from collections.abc import Iterable, Iterator
from typing import Final

from ..model import LeaseState
from .clients import ClientTable
from .numbers import Numbers
from .records import key_in
from .timeline import Timeline

BOUND, QUARANTINED, RELEASED = 0, 1, 2
STATES: Final = (LeaseState.BOUND, LeaseState.QUARANTINED, LeaseState.RELEASED)

Row = tuple[int, float, float, bytes]
"""State, since, expires, and the record of who holds the address or held it last."""


class Table:
    """Rows by number, most of which have none.

    :param size: numbers go from 0 to this, less 1.
    :param expected: how many of them :meth:`fill` is about to bring.
    """

    __slots__ = (
        "_clients", "_empty", "_expires", "_numbers", "_places", "_records", "_since", "_states", "_timeline",
    )  # fmt: skip

    def __init__(self, size: int, expected: int = 0) -> None:
        self._places = Numbers(size)
        # By place: the number, and the row.
        self._numbers = array("I")
        self._states = bytearray()
        self._since = array("d")
        self._expires = array("d")
        self._records: list[bytes] = []
        self._empty = array("I")
        self._clients = ClientTable(self._records, size, expected)
        self._timeline = Timeline()

    def __contains__(self, number: int) -> bool:
        return self._places[number] >= 0

    def row(self, number: int) -> Row | None:
        """What is known of a number."""
        place = self._places[number]
        if place < 0:
            return None
        return self._states[place], self._since[place], self._expires[place], self._records[place]

    def fill(self, rows: Iterable[tuple[int, int, float, float, bytes]]) -> int:
        """Take in rows, ascending, while there are none; the number from 0 on up to which all have one.

        A client that has several is known by one to which it is bound, and of two such by the one that ends later.
        """
        places, add = self._places, self._clients.add
        numbers, states = self._numbers.append, self._states.append
        since, expires = self._since.append, self._expires.append
        record, append = self._records.append, self._timeline.append
        place = full = 0
        for number, state, begin, end, octets in rows:
            places[number] = place
            numbers(number)
            states(state)
            since(begin)
            expires(end)
            record(octets)
            append(place, end, state)
            if number == full:
                full += 1
            if state != QUARANTINED:
                other = add(octets, place)
                if other >= 0 and (-state, end) > (-self._states[other], self._expires[other]):
                    self._clients.put(key_in(octets), place)
            place += 1
        return full

    def put(self, number: int, row: Row | None, is_in_order: bool, now: float) -> None:
        """Set what is known of a number; None for nothing.

        :param is_in_order: whether it stands in the order in which numbers become free; it will then.
        :param now: the time, which may be before the one that was noted last.
        """
        place = self._places[number]
        if place >= 0 and is_in_order:
            self._timeline.remove(place)
        if row is None:
            if place >= 0:
                self._places[number] = -1
                self._records[place] = b""
                self._empty.append(place)
            return
        if place < 0:
            place = self._new_place()
            self._places[number] = place
            self._numbers[place] = number
        self._states[place], self._since[place], self._expires[place], self._records[place] = row
        end = row[2]
        if end > now and row[0] != RELEASED:
            end = max(end, self._timeline.now + 1)
        self._timeline.add(place, end, row[0])

    def know(self, key: bytes, number: int) -> None:
        """A client is known by the row of a number, which begins with its key, from now on."""
        self._clients.put(key, self._places[number])

    def forget(self, key: bytes) -> None:
        """A client is known by no row. Before its row is another's."""
        self._clients.remove(key)

    def number_of(self, key: bytes) -> int:
        """The number of the row by which a client is known; -1 if it is not."""
        place = self._clients.get(key)
        return self._numbers[place] if place >= 0 else -1

    def pass_to(self, now: float) -> None:
        """Take note of the time."""
        self._timeline.pass_to(now)

    def first_free(self) -> int:
        """The number that became free first, of those in order; -1 if there is none."""
        place = self._timeline.first_over()
        return self._numbers[place] if place >= 0 else -1

    def has_lapsed(self, number: int) -> bool:
        """Whether a number that has a row, and is in order, is counted among the free ones."""
        place = self._places[number]
        return self._states[place] == RELEASED or self._timeline.is_over(place)

    def take(self, number: int) -> None:
        """Take a number out of the order."""
        self._timeline.remove(self._places[number])

    def give_back(self, number: int) -> None:
        """Put it back where it was."""
        place = self._places[number]
        self._timeline.add(place, self._expires[place], self._states[place])

    def put_last(self, number: int) -> None:
        """Have a number that is free stand behind the others that are."""
        place = self._places[number]
        self._timeline.remove(place)
        self._timeline.add(place, self._timeline.now, self._states[place])

    def rows_since(self, number: int) -> Iterator[tuple[int, Row]]:
        """The numbers from one on that have a row, ascending, each with it."""
        for at, place in self._places.since(number):
            yield at, (self._states[place], self._since[place], self._expires[place], self._records[place])

    def counts(self) -> tuple[int, int, int]:
        """How many are bound, quarantined, and free though they have a row; of those that are in order."""
        bound, quarantined, released = self._timeline.ahead
        return bound, quarantined, released + self._timeline.over

    def _new_place(self) -> int:
        if self._empty:
            return self._empty.pop()
        self._numbers.append(0)
        self._states.append(0)
        self._since.append(0.0)
        self._expires.append(0.0)
        self._records.append(b"")
        self._timeline.make_room()
        return len(self._records) - 1
