"""Which of the records is a client's, in eight octets or so for each."""

from array import array
from collections.abc import Sequence
from typing import Final

_SHARE: Final = 512
"""Clients for which there is one part, when all are there."""
_LEAST: Final = 8


class ClientTable:
    """Places of records by the keys that they begin with: a hash table that holds nothing but the places.

    It is cut into parts that grow one at a time, so that no step has to move more than a small share of millions.

    :param records: the records; one that is named here must begin with its key as long as it is.
    :param size: about how many clients there may be.
    :param expected: how many of them are about to be added.
    """

    __slots__ = ("_filled", "_parts", "_records")

    def __init__(self, records: Sequence[bytes], size: int, expected: int = 0) -> None:
        self._records = records
        count = 1
        while count * _SHARE < size:
            count *= 2
        cells = _LEAST
        while cells * count < 1.7 * expected:
            cells *= 2
        # A place is kept as the next number, for 0 is an empty cell.
        self._parts = [array("I", bytes(4 * cells)) for _ in range(count)]
        self._filled = array("I", bytes(4 * count))

    def get(self, key: bytes) -> int:
        """The place of a client's record, -1 if it has none."""
        mark = hash(key)
        parts = self._parts
        part = parts[mark & (len(parts) - 1)]
        mask = len(part) - 1
        cell = (mark >> 24) & mask
        records = self._records
        while place := part[cell]:
            if records[place - 1].startswith(key):
                return place - 1
            cell = (cell + 1) & mask
        return -1

    def put(self, key: bytes, place: int) -> None:
        """Name the place of a client's record, instead of the one that was named before."""
        mark = hash(key)
        parts = self._parts
        number = mark & (len(parts) - 1)
        part = parts[number]
        mask = len(part) - 1
        cell = (mark >> 24) & mask
        records = self._records
        while held := part[cell]:
            if records[held - 1].startswith(key):
                part[cell] = place + 1
                return
            cell = (cell + 1) & mask
        part[cell] = place + 1
        self._filled[number] += 1
        if self._filled[number] * 3 > len(part) * 2:
            self._grow(number)

    def add(self, record: bytes, place: int) -> int:
        """Name the place of the record of a client if none is named; the one that is named, -1 if none was."""
        size = record[0] << 8 | record[1]
        if not size:
            return place
        key = record[: 2 + size]
        mark = hash(key)
        parts = self._parts
        number = mark & (len(parts) - 1)
        part = parts[number]
        mask = len(part) - 1
        cell = (mark >> 24) & mask
        while held := part[cell]:
            if self._records[held - 1].startswith(key):
                return held - 1
            cell = (cell + 1) & mask
        part[cell] = place + 1
        self._filled[number] += 1
        if self._filled[number] * 3 > len(part) * 2:
            self._grow(number)
        return -1

    def remove(self, key: bytes) -> None:
        """Forget a client, if it is here."""
        mark = hash(key)
        number = mark & (len(self._parts) - 1)
        part = self._parts[number]
        mask = len(part) - 1
        cell = (mark >> 24) & mask
        while place := part[cell]:
            if self._records[place - 1].startswith(key):
                self._filled[number] -= 1
                self._close(part, cell)
                return
            cell = (cell + 1) & mask

    def _close(self, part: "array[int]", hole: int) -> None:
        """Empty a cell, and move up those behind it that could not be found otherwise."""
        mask = len(part) - 1
        cell = hole
        while True:
            cell = (cell + 1) & mask
            place = part[cell]
            if not place:
                break
            if (cell - self._home(place, mask)) & mask >= (cell - hole) & mask:
                part[hole] = place
                hole = cell
        part[hole] = 0

    def _grow(self, number: int) -> None:
        old = self._parts[number]
        part = array("I", bytes(8 * len(old)))
        mask = len(part) - 1
        for place in old:
            if place:
                cell = self._home(place, mask)
                while part[cell]:
                    cell = (cell + 1) & mask
                part[cell] = place
        self._parts[number] = part

    def _home(self, place: int, mask: int) -> int:
        record = self._records[place - 1]
        return (hash(record[: 2 + (record[0] << 8 | record[1])]) >> 24) & mask
