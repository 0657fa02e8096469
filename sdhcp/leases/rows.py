"""What stands in the file for each change of a lease, with a sum that tells whether it is whole."""

from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from struct import Struct
from struct import error as StructError
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


def to_row(step: int, change: LeaseChange) -> Values:
    """The row of a change."""
    address, pool, client, _, since, expires, mac, hostname, via, evidence = change.lease
    place = place_of(number_of_pool(pool), address)
    record = packed(key_of(client), mac, hostname, via, evidence)
    total = _sum(step, place, change.at, change.what, since, expires, record)
    return step, place, change.at, change.what, since, expires, client, mac, hostname, via, evidence, total


def to_entry(step: Any, place: Any, values: Values) -> Entry | None:
    """What a row tells; None if it is not whole. ``values`` are :data:`COLUMNS`."""
    at, what, since, expires, client, mac, hostname, via, evidence, total = values
    try:
        record = packed(key_of(client), mac, hostname, via, evidence)
        if _sum(step, place, at, what, since, expires, record) != total:
            return None
    except (StructError, TypeError, ValueError, AttributeError):
        return None
    return Entry(step, place, at, what, since, expires, record)


def to_change(pool: str, place: int, values: Values) -> LeaseChange:
    """The change that a row that is whole tells of."""
    at, what, since, expires, client, mac, hostname, via, evidence, _ = values
    address = (place & 0xFFFFFFFF).to_bytes(4, "big")
    state = _SHOWN[STATES.get(what, RELEASED)]
    return LeaseChange(at, what, Lease(address, pool, client, state, since, expires, mac, hostname, via, evidence))


def _sum(step: int, place: int, at: float, what: str, since: float, expires: float, record: bytes) -> int:
    return crc32(record, crc32(_NUMBERS.pack(step, place, at, since, expires) + what.encode()))
