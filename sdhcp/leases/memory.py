"""Leases that are kept by nothing but the process: for simulations, and for tests of a site's code."""

from collections import deque
from collections.abc import Sequence
from typing import Final

from twisted.internet.defer import Deferred, succeed
from zope.interface import implementer

from ..engine.addresses import Addresses
from ..interfaces import IForesees, ILeaseStore, LeaseChange
from ..model import Holder, Lease, PoolCounts
from .pool import PoolLeases, Step

CHANGES: Final = 100_000
"""Entries of history; the oldest go first."""


@implementer(ILeaseStore, IForesees)
class MemoryLeases:
    """The rules of lending as they are: every answer comes at once. See :class:`ILeaseStore`."""

    def __init__(self) -> None:
        self.name = "memory"
        self._pools: dict[str, PoolLeases] = {}
        self._changes: deque[LeaseChange] = deque(maxlen=CHANGES)

    def start(self) -> "Deferred[None]":
        """There is nothing to open; has fired."""
        return succeed(None)

    def stop(self) -> "Deferred[None]":
        """There is nothing to close; has fired."""
        return succeed(None)

    def offer(self, pool: Addresses, holder: Holder, wish: bytes | None, now: float, until: float) -> Lease | None:
        """As the contract has it."""
        return self._of(pool).offer(holder, wish, now, until)

    def bind(self, pool: Addresses, holder: Holder, address: bytes, now: float, expires: float) -> Lease | None:
        """As the contract has it, but for the disk."""
        step = self._of(pool).bind(holder, address, now, expires)
        return step.lease if self._done(step) and step is not None else None

    def would_offer(
        self, pool: Addresses, holder: Holder, wish: bytes | None, now: float, until: float
    ) -> Lease | None:
        """As the contract has it."""
        return self._of(pool).would_offer(holder, wish, now, until)

    def would_bind(self, pool: Addresses, holder: Holder, address: bytes, now: float, expires: float) -> Lease | None:
        """As the contract has it."""
        return self._of(pool).would_bind(holder, address, now, expires)

    def release(self, pool: Addresses, client: str, address: bytes, now: float) -> bool:
        """As the contract has it."""
        return self._done(self._of(pool).release(client, address, now))

    def decline(self, pool: Addresses, client: str, address: bytes, now: float, until: float, evidence: str) -> bool:
        """As the contract has it."""
        return self._done(self._of(pool).decline(client, address, now, until, evidence))

    def quarantine(self, pool: Addresses, address: bytes, now: float, until: float, evidence: str) -> bool:
        """As the contract has it."""
        return self._done(self._of(pool).quarantine(address, now, until, evidence))

    def clear(self, pool: Addresses, address: bytes, now: float) -> bool:
        """As the contract has it."""
        return self._done(self._of(pool).clear(address, now))

    def of_client(self, pool: Addresses, client: str, now: float) -> Lease | None:
        """As the contract has it."""
        return self._of(pool).of_client(client, now)

    def at(self, pool: Addresses, address: bytes, now: float) -> Lease | None:
        """As the contract has it."""
        return self._of(pool).at(address, now)

    def leases(self, pool: Addresses, after: bytes | None, most: int) -> Sequence[Lease]:
        """As the contract has it."""
        return self._of(pool).leases(after, most)

    def counts(self, pool: Addresses, now: float) -> PoolCounts:
        """As the contract has it."""
        return self._of(pool).counts(now)

    def history(self, address: bytes | None, client: str | None, most: int) -> Sequence[LeaseChange]:
        """As the contract has it, for the last :data:`CHANGES`."""
        found = [
            change
            for change in reversed(self._changes)
            if address in (None, change.lease.address) and client in (None, change.lease.client)
        ]
        return found[:most]

    def forget_history(self, before: float) -> int:
        """As the contract has it."""
        kept = [change for change in self._changes if change.at >= before]
        count = len(self._changes) - len(kept)
        self._changes = deque(kept, maxlen=CHANGES)
        return count

    def _of(self, pool: Addresses) -> PoolLeases:
        leases = self._pools.get(pool.name)
        if leases is None:
            leases = self._pools[pool.name] = PoolLeases(pool)
        return leases

    def _done(self, step: Step | None) -> bool:
        if step is not None:
            self._changes.extend(step.changes)
        return step is not None
