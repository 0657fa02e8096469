"""Leases read from their file."""

from collections.abc import Sequence

from ..engine.addresses import Addresses
from .file import Again, LeaseFile
from .pool import PoolLeases
from .rows import STATES, number_of_pool
from .table import RELEASED


def load(file: LeaseFile, pools: Sequence[Addresses], now: float) -> Sequence[PoolLeases]:
    """The leases of pools, as the file has them.

    If the clock was set back since one was made, it ends after its lease time from now: neither before its holder
    has to give it up, nor long after.
    """
    file.name({number_of_pool(pool.name): pool.name for pool in pools})
    return [_loaded(file, pool, now) for pool in pools]


def _loaded(file: LeaseFile, pool: Addresses, now: float) -> PoolLeases:
    while True:
        try:
            return _read(file, pool, now)
        except Again:
            continue


def _read(file: LeaseFile, pool: Addresses, now: float) -> PoolLeases:
    leases = PoolLeases(pool)
    number = number_of_pool(pool.name)
    for first, last in pool.ranges:
        for _, place, at, what, since, expires, record in file.leases(number, first, last):
            if at > now and expires > now:
                expires = min(expires, now + expires - at)
            leases.load((place & 0xFFFFFFFF).to_bytes(4, "big"), (STATES.get(what, RELEASED), since, expires, record))
    return leases
