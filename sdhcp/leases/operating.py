"""What an operator does to leases, by hand."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

from twisted.internet.defer import Deferred, FirstError, gatherResults, succeed

from ..engine.addresses import Addresses
from ..interfaces import ILeaseStore
from ..model import Lease, LeaseState
from ..wire.describe import address as dotted

STATES: Final = ("bound", "offered", "lapsed", "quarantined")
"""What a lease is now; what is released or past its end is lapsed."""


LOOKED_AT: Final = 8192
"""Addresses that are looked at in one step for whether they are offered to somebody."""
AT_ONCE: Final = 64
_FAR: Final = 1e12
OFFERS: Final = 100


class NotThere(Exception):
    """There is nothing of that kind to end; the text says so in one line."""


class Ended(NamedTuple):
    """What was ended: the lease as it was, and what became of it, as in the history."""

    what: str
    lease: Lease


def state_of(lease: Lease, now: float) -> str:
    """Which of :data:`STATES` a lease is in."""
    if lease.state is LeaseState.RELEASED or lease.expires <= now:
        return "lapsed"
    return str(lease.state.value)


async def release(store: ILeaseStore, pool: Addresses, address: bytes, now: float) -> Ended:
    """End the lease of an address; its client is remembered, and gets it again if it asks while it is free.

    :raises NotThere: if nobody holds it. :raises SourceError: if the store cannot keep that.
    """
    lease = await _now(store.at(pool, address, now))
    if lease is None or state_of(lease, now) != "bound":
        raise NotThere(f"{dotted(address)}: nobody holds it")
    if not await _now(store.release(pool, lease.client, address, now)):
        raise NotThere(f"{dotted(address)}: its client no longer holds it")
    return Ended("released", lease)


async def clear(store: ILeaseStore, pool: Addresses, address: bytes, now: float) -> Ended:
    """Forget who holds or held an address, to whom it is offered, or that it is quarantined.

    :raises NotThere: if nothing is known of it. :raises SourceError: if the store cannot keep that.
    """
    lease = await _now(store.at(pool, address, now))
    if lease is None or not await _now(store.clear(pool, address, now)):
        raise NotThere(f"{dotted(address)}: there is nothing to forget")
    return Ended("cleared", lease)


class Offered(NamedTuple):
    """Some of the offers of a pool that hold: how many there are of all, and the address to go on behind."""

    leases: Sequence[Lease]
    total: int
    behind: bytes | None


async def offered(
    store: ILeaseStore, pool: Addresses, behind: bytes | None, now: float, pause: Callable[[], "Deferred[Any]"]
) -> Offered:
    """The offers that hold of the next :data:`LOOKED_AT` addresses, at most :data:`OFFERS`. Stores list none.

    :param behind: the address to begin behind, None for the first.
    :param pause: fires when others have had their turn.
    :raises SourceError: if the store cannot tell.
    """
    total = (await _now(store.counts(pool, now))).offered
    found: list[Lease] = []
    number = 0 if behind is None else pool.number_of(behind) + 1
    end = min(number + LOOKED_AT, len(pool))
    while number < end and total and len(found) < OFFERS:
        some = [pool.address_of(one) for one in range(number, min(number + AT_ONCE, end))]
        asked = [store.at(pool, address, now) for address in some]
        later = [value if isinstance(value, Deferred) else succeed(value) for value in asked]
        try:
            answers = await gatherResults(later, consumeErrors=True)
        except FirstError as error:
            error.subFailure.raiseException()
        for lease in answers:
            if lease is not None and lease.state is LeaseState.OFFERED and lease.expires > now:
                found.append(lease)
        number += len(some)
        await pause()
    is_over = number >= len(pool) or not total
    return Offered(found, total, None if is_over else pool.address_of(number - 1))


def moment(time: float) -> str:
    """A time as people and programs read it, in UTC; "never" for one that no calendar has."""
    return _second(int(time)) if -_FAR < time < _FAR else "never"


@lru_cache(4096)
def _second(time: int) -> str:
    try:
        return f"{datetime.fromtimestamp(time, UTC).replace(tzinfo=None).isoformat()}Z"
    except (OverflowError, ValueError, OSError):
        return "never"


def record_of(lease: Lease, now: float) -> Mapping[str, Any]:
    """A lease by the names of its fields, as JSON can hold it."""
    return {
        "address": dotted(lease.address),
        "pool": lease.pool,
        "state": state_of(lease, now),
        "client": lease.client,
        "mac": lease.mac.hex(":"),
        "hostname": lease.hostname,
        "since": moment(lease.since),
        "expires": moment(lease.expires),
        "via": lease.via,
        "evidence": lease.evidence,
    }


async def _now(value: Any) -> Any:
    return await value if isinstance(value, Deferred) else value
