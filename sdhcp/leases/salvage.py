"""Every row that is whole in a damaged SQLite file and its journal, whatever else is damaged in them.

The pages are read one by one, without the tree that they make (SQLite file format, sections 1.6, 2.1 and 4.1). A row
is known by its sum; of one that is found several times the later counts, so that pages which are not in use any more
do no harm.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from struct import unpack, unpack_from
from typing import Any, BinaryIO, Final

from .rows import COLUMNS, Entry, Values, from_octets, to_entry

_PAGE: Final = 4096
_LEAF: Final = 0x0D
_WAL_HEADER, _FRAME_HEADER = 32, 24
_WIDTHS: Final = (0, 1, 2, 3, 4, 6, 8)
_COUNT: Final = len(COLUMNS.split(", "))


class Found:
    """What was found.

    :ivar unread: cells that are rows of these tables by their looks, and not whole.
    """

    def __init__(self) -> None:
        self.unread = 0

    def rows(self, path: str) -> Iterator[tuple[Entry, Values | None]]:
        """What each row that is whole tells, with its :data:`~.rows.COLUMNS` if it is one of the history."""
        for page in _pages(path):
            yield from self.rows_of(page)

    def rows_of(self, page: bytes) -> Iterator[tuple[Entry, Values | None]]:
        """The same of one page."""
        if len(page) < 8 or page[0] != _LEAF:
            return
        count = min(int.from_bytes(page[3:5], "big"), (len(page) - 8) // 2)
        for number in range(count):
            at = int.from_bytes(page[8 + 2 * number : 10 + 2 * number], "big")
            with suppress(IndexError, ValueError, ArithmeticError):
                key, values = _cell(page, at)
                entry, rest = None, None
                if len(values) == _COUNT + 2:
                    rest = values[2:]
                    entry = to_entry(key, values[1], rest)
                elif len(values) == 3:
                    entry = from_octets(values[2])
                else:
                    continue
                if entry is not None:
                    yield entry, rest
                else:
                    self.unread += 1


def _pages(path: str) -> Iterator[bytes]:
    with open(path, "rb") as file:
        while page := file.read(_PAGE):
            yield page
    with suppress(OSError), open(f"{path}-wal", "rb") as file:
        file.seek(_WAL_HEADER)
        while len(frame := file.read(_FRAME_HEADER + _PAGE)) > _FRAME_HEADER:
            yield frame[_FRAME_HEADER:]


def _cell(page: bytes, at: int) -> tuple[int, list[Any]]:
    """The key and the values of a cell.

    :raises IndexError: or ValueError, if that is none, or does not end in its page.
    """
    length, at = _varint(page, at)
    key, at = _varint(page, at)
    if at + length > len(page):
        raise ValueError
    header, position = _varint(page, at)
    body, end = at + header, at + header
    values: list[Any] = []
    while position < end:
        kind, position = _varint(page, position)
        size = _WIDTHS[kind] if kind < 7 else 8 if kind == 7 else 0 if kind < 12 else (kind - 12) // 2
        octets = page[body : body + size]
        if len(octets) < size:
            raise ValueError
        body += size
        values.append(_value(kind, octets))
    return key, values


def _value(kind: int, octets: bytes) -> Any:
    if kind == 0:
        return None
    if kind < 7:
        return int.from_bytes(octets, "big", signed=True)
    if kind == 7:
        return unpack(">d", octets)[0]
    if kind < 10:
        return kind - 8
    return octets if kind % 2 == 0 else octets.decode("utf-8", "surrogatepass")


def _varint(page: bytes, at: int) -> tuple[int, int]:
    value = 0
    for _ in range(8):
        octet = page[at]
        at += 1
        value = value << 7 | octet & 0x7F
        if octet < 0x80:
            return value, at
    return value << 8 | page[at], at + 1


def behind_damage(path: str) -> list[tuple[Entry, Values | None]]:
    """What whole pages of the journal (WAL) tell that SQLite passes over, since they stand behind a damaged place.

    Whatever was kept last may stand there; so may the beginning of a transaction that a loss of power ended, which
    was not acknowledged, and does no harm.
    """
    found = Found()
    entries: dict[tuple[int, bool], tuple[Entry, Values | None]] = {}
    with suppress(OSError), open(f"{path}-wal", "rb") as file:
        for page in _passed_over(file):
            for entry, values in found.rows_of(page):
                entries[entry.step, values is None] = (entry, values)
    return [entries[key] for key in sorted(entries)]


def ends_within_a_page(path: str) -> bool:
    """Whether the journal ends within a page: it was cut, or the process ended while it wrote."""
    with suppress(OSError):
        size = os.path.getsize(f"{path}-wal")
        return size > 0 and (size - _WAL_HEADER) % (_FRAME_HEADER + _PAGE) != 0
    return False


def _passed_over(file: BinaryIO) -> Iterator[bytes]:
    header = file.read(_WAL_HEADER)
    if len(header) < _WAL_HEADER:
        return
    order = ">" if header[3] & 1 else "<"
    sums = _summed(header[:24], (0, 0), order)
    is_damaged = sums != unpack_from(">II", header, 24)
    salts = b"" if is_damaged else header[16:24]
    while len(frame := file.read(_FRAME_HEADER + _PAGE)) > _FRAME_HEADER:
        # What has other salts is left of the time before the journal was begun anew.
        salts = salts or frame[8:16]
        if not is_damaged and (frame[8:16] != salts or len(frame) < _FRAME_HEADER + _PAGE):
            is_damaged = True
        if not is_damaged:
            sums = _summed(frame[24:], _summed(frame[:8], sums, order), order)
            is_damaged = sums != unpack_from(">II", frame, 16)
        if is_damaged and frame[8:16] == salts:
            yield frame[_FRAME_HEADER:]


def _summed(octets: bytes, sums: tuple[int, int], order: str) -> tuple[int, int]:
    one, two = sums
    words = unpack(f"{order}{len(octets) // 4}I", octets)
    for at in range(0, len(words), 2):
        one = (one + words[at] + two) & 0xFFFFFFFF
        two = (two + words[at + 1] + one) & 0xFFFFFFFF
    return one, two
