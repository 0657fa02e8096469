"""Leases read from their file."""

from collections.abc import Generator, Sequence
from contextlib import closing

from ..engine.addresses import Addresses
from .file import Again, LeaseFile
from .pool import PoolLeases
from .rows import number_of_pool, states_of


def load(file: LeaseFile, pools: Sequence[Addresses], now: float) -> Sequence[PoolLeases]:
    """The leases of pools, as the file has them.

    :raises SourceError: if it cannot be read.
    """
    file.name({number_of_pool(pool.name): pool.name for pool in pools})
    return [_loaded(file, pool, now) for pool in pools]


def _loaded(file: LeaseFile, pool: Addresses, now: float) -> PoolLeases:
    while True:
        try:
            return _read(file, pool, now)
        except ValueError:
            file.mend()
        except Again:
            pass


def _read(file: LeaseFile, pool: Addresses, now: float) -> PoolLeases:
    number = number_of_pool(pool.name)
    leases = PoolLeases(pool, sum(file.count(number, first, last) for first, last in pool.ranges))
    with closing(_rows(file, pool, number, now)) as rows:
        leases.fill(rows)
    return leases


def _rows(
    file: LeaseFile, pool: Addresses, number: int, now: float
) -> Generator[tuple[int, int, float, float, bytes], None, None]:
    before = 0
    for first, last in pool.ranges:
        shift = before - first
        with closing(file.leases(number, first, last)) as leases:
            for address, state, since, expires, record in states_of(leases, now):
                yield address + shift, state, since, expires, record
        before += last - first + 1
