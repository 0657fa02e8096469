"""What stands in the file for each change of a lease, with a sum that tells whether it is whole.

The history has a row with a column for each thing, for who wants to read it; of each address the last change stands
in octets besides, since millions of those have to be read at a start.
"""

import struct
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from hashlib import sha256
from struct import Struct
from typing import Any, Final, NamedTuple
from zlib import crc32

from ..interfaces import LeaseChange
from ..model import Lease, LeaseState
from .records import key_of, packed
from .table import BOUND, QUARANTINED, RELEASED

COLUMNS: Final = "at, what, since, expires, client, mac, hostname, via, evidence, sum"
WIDTH: Final = 12
STATES: Final = {
    "bound": BOUND,
    "renewed": BOUND,
    "released": RELEASED,
    "declined": QUARANTINED,
    "quarantined": QUARANTINED,
}
"""The state of an address after each change; after "cleared" it has none."""
_SHOWN: Final = {BOUND: LeaseState.BOUND, RELEASED: LeaseState.RELEASED, QUARANTINED: LeaseState.QUARANTINED}
_NUMBERS: Final = Struct(">QQddd")
_WHAT: Final = ("cleared", *STATES)
_NUMBER_OF: Final = {what: number for number, what in enumerate(_WHAT)}
_WHOLE: Final = Struct(">QQdddB")
_SUM: Final = Struct("<I")
_RESIDUE: Final = 0x2144DF1C
"""What crc32 makes of octets that end with their own (RFC 1952 section 8 has the polynomial)."""

_new: Final = tuple.__new__

Values = Sequence[Any]
"""A row of the table ``history``: step, place and :data:`COLUMNS`."""


class Entry(NamedTuple):
    """A row that is whole; ``record`` is as in :mod:`.records`."""

    step: int
    place: int
    at: float
    what: str
    since: float
    expires: float
    record: bytes


@lru_cache(256)
def number_of_pool(name: str) -> int:
    """The number that stands for a pool: it comes from the name alone, so that nothing has to be kept for it."""
    return int.from_bytes(sha256(name.encode("utf-8", "surrogatepass")).digest()[:4], "big") >> 1


def place_of(pool: int, address: bytes) -> int:
    """The number that stands for an address of a pool."""
    return pool << 32 | int.from_bytes(address, "big")


def to_row(step: int, change: LeaseChange) -> tuple[Values, Entry]:
    """The row of a change, and what it tells."""
    at, what, (address, pool, client, _, since, expires, mac, hostname, via, evidence) = change
    if not (client.isascii() and hostname.isascii() and via.isascii() and evidence.isascii()):
        client, hostname, via, evidence = map(_storable, (client, hostname, via, evidence))
    place = number_of_pool(pool) << 32 | int.from_bytes(address, "big")
    record = packed(key_of(client), mac, hostname, via, evidence)
    total = crc32(record, crc32(_NUMBERS.pack(step, place, at, since, expires) + what.encode()))
    values = (step, place, at, what, since, expires, client, mac, hostname, via, evidence, total)
    return values, _new(Entry, (step, place, at, what, since, expires, record))


def to_entry(step: Any, place: Any, values: Values) -> Entry | None:
    """What a row tells; None if it is not whole. ``values`` are :data:`COLUMNS`."""
    at, what, since, expires, client, mac, hostname, via, evidence, total = values
    try:
        record = packed(key_of(client), mac, hostname, via, evidence)
        if _sum(step, place, at, what, since, expires, record) != total:
            return None
    except (struct.error, TypeError, ValueError, AttributeError):
        return None
    return Entry(step, place, at, what, since, expires, record)


def to_octets(entry: Entry) -> bytes:
    """The octets of an entry."""
    step, place, at, what, since, expires, record = entry
    octets = _WHOLE.pack(step, place, at, since, expires, _NUMBER_OF[what]) + record
    return octets + _SUM.pack(crc32(octets))


def from_octets(octets: Any) -> Entry | None:
    """The entry of octets; None if they are not whole."""
    if not isinstance(octets, bytes) or len(octets) < _WHOLE.size + 6 or crc32(octets) != _RESIDUE:
        return None
    step, place, at, since, expires, what = _WHOLE.unpack_from(octets)
    return Entry(step, place, at, _WHAT[what], since, expires, octets[_WHOLE.size : -4])


def states_of(octets: Iterable[tuple[int, Any]], now: float) -> Iterator[tuple[int, int, float, float, bytes]]:
    """The address, as a number, and the row for :mod:`.table` of each place and its octets, unless it was cleared.

    If the clock was set back since a lease was made, it ends after its lease time from now: neither before its holder
    has to give it up, nor long after.

    :raises ValueError: if octets are not whole.
    """
    states = [-1, *STATES.values()]
    unpack, head = _WHOLE.unpack_from, _WHOLE.size
    for key, whole in octets:
        try:
            if crc32(whole) != _RESIDUE:
                raise ValueError
            _, place, at, since, expires, what = unpack(whole)
            state = states[what]
        except (TypeError, struct.error, IndexError):
            raise ValueError from None
        if place != key:
            raise ValueError
        if state >= 0:
            if at > now and expires > now:
                expires = min(expires, now + expires - at)
            yield place & 0xFFFFFFFF, state, since, expires, whole[head:-4]


def to_change(pool: str, place: int, values: Values) -> LeaseChange:
    """The change that a row that is whole tells of."""
    at, what, since, expires, client, mac, hostname, via, evidence, _ = values
    address = (place & 0xFFFFFFFF).to_bytes(4, "big")
    state = _SHOWN[STATES.get(what, RELEASED)]
    return LeaseChange(at, what, Lease(address, pool, client, state, since, expires, mac, hostname, via, evidence))


def _storable(text: str) -> str:
    """A text without what is no character (half of a surrogate pair)."""
    return text.encode("utf-8", "replace").decode()


def _sum(step: int, place: int, at: float, what: str, since: float, expires: float, record: bytes) -> int:
    return crc32(record, crc32(_NUMBERS.pack(step, place, at, since, expires) + what.encode()))
