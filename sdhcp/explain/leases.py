"""Leases as they are, and what steps would make of them: nothing is offered, lent, released or set aside."""

from typing import Any, Final, cast

from twisted.internet.defer import Deferred, maybeDeferred

from ..engine.addresses import Addresses
from ..interfaces import IForesees, ILeaseStore, Later
from ..leases.lender import REFUSED, Lender
from ..leases.settings import LendingRules
from ..model import DISCOVER, Definition, Holder, Lease, LeaseState, Query
from ..wire.describe import address as dotted
from .notes import Notes

_FREE: Final = 256
"""Addresses that are looked at for one that stands for the next free one."""


class UnchangedLeases:
    """A store of leases that is read, and never written. What is not here nobody asks for who answers packets.

    :param store: the live one. One that cannot foresee is asked who holds what, which tells all but which of the free
        addresses it would choose.
    """

    def __init__(self, store: ILeaseStore, notes: Notes) -> None:
        self.name: str = store.name
        self._store: Any = store
        self._foresees: Any = store if IForesees.providedBy(store) else None
        self._notes = notes

    def offer(
        self, pool: Addresses, holder: Holder, wish: bytes | None, now: float, until: float
    ) -> "Later[Lease | None]":
        """What would be offered."""
        if self._foresees is not None:
            foreseen: Later[Lease | None] = self._foresees.would_offer(pool, holder, wish, now, until)
            return foreseen
        return Deferred.fromCoroutine(self._offered(pool, holder, wish, now, until))

    def bind(
        self, pool: Addresses, holder: Holder, address: bytes, now: float, expires: float
    ) -> "Later[Lease | None]":
        """What would be lent."""
        if self._foresees is not None:
            foreseen: Later[Lease | None] = self._foresees.would_bind(pool, holder, address, now, expires)
            return foreseen
        return Deferred.fromCoroutine(self._bound(pool, holder, address, now, expires))

    def release(self, pool: Addresses, client: str, address: bytes, now: float) -> "Deferred[bool]":
        """Whether it would be released."""
        return Deferred.fromCoroutine(self._is_held(pool, client, address, now))

    def decline(
        self, pool: Addresses, client: str, address: bytes, now: float, until: float, evidence: str
    ) -> "Deferred[bool]":
        """Whether it would be quarantined."""
        return Deferred.fromCoroutine(self._is_held(pool, client, address, now))

    async def _is_held(self, pool: Addresses, client: str, address: bytes, now: float) -> bool:
        lease = await self._at(pool, address, now)
        return lease is not None and _holds(lease, client, now)

    def at(self, pool: Addresses, address: bytes, now: float) -> "Later[Lease | None]":
        """As the store."""
        lease: Later[Lease | None] = self._store.at(pool, address, now)
        return lease

    async def _at(self, pool: Addresses, address: bytes, now: float) -> Lease | None:
        lease: Lease | None = await maybeDeferred(self._store.at, pool, address, now)
        return lease

    async def _offered(
        self, pool: Addresses, holder: Holder, wish: bytes | None, now: float, until: float
    ) -> Lease | None:
        lease: Lease | None = await maybeDeferred(self._store.of_client, pool, holder.client, now)
        if lease is not None and lease.address in pool and lease.address not in pool.reserved:
            if _holds(lease, holder.client, now):
                return lease
            if await self._is_free(pool, lease.address, holder.client, now):
                return _offered(pool, holder, lease.address, now, until)
        if wish is not None and wish in pool and await self._is_free(pool, wish, holder.client, now):
            return _offered(pool, holder, wish, now, until)
        for number in range(min(len(pool), _FREE)):
            address = pool.address_of(number)
            if await self._is_free(pool, address, holder.client, now):
                told = f"pool {pool.name} offers the next free address; {dotted(address)}, which is free, stands for it"
                self._notes.add("stand-in", f"{told}, since {self.name} alone knows which is next")
                return _offered(pool, holder, address, now, until)
        counts = await maybeDeferred(self._store.counts, pool, now)
        if not counts.free and not counts.lapsed:
            return None
        address = next(one for one in map(pool.address_of, range(len(pool))) if one not in pool.reserved)
        self._notes.add("stand-in", f"pool {pool.name} offers the next free address; {dotted(address)} stands for it")
        return _offered(pool, holder, address, now, until)

    async def _is_free(self, pool: Addresses, address: bytes, client: str, now: float) -> bool:
        if address in pool.reserved:
            return False
        lease = await self._at(pool, address, now)
        if lease is None or lease.state is LeaseState.RELEASED or lease.expires <= now:
            return True
        return lease.state is LeaseState.OFFERED and lease.client == client

    async def _bound(self, pool: Addresses, holder: Holder, address: bytes, now: float, expires: float) -> Lease | None:
        if address not in pool or address in pool.reserved:
            return None
        lease = await self._at(pool, address, now)
        since = now
        if lease is not None and lease.client == holder.client and lease.state is LeaseState.BOUND:
            since = lease.since
        elif not await self._is_free(pool, address, holder.client, now):
            return None
        return Lease(address, pool.name, holder.client, LeaseState.BOUND, since, expires, *holder[1:])


class NotedLender(Lender):
    """The live lender's rules on leases that stay as they are; nobody is asked who uses an address."""

    def __init__(self, lender: Lender, notes: Notes, publish: Any) -> None:
        store = cast(ILeaseStore, UnchangedLeases(lender.store, notes))
        super().__init__(lender.pools, store, None, publish, lender.wall, lender.clock)
        self._notes = notes
        self._is_probed = lender.probes
        self._trouble = lender.problem()
        self._asked: dict[str, str] = {}

    def has_reservation(self, query: Query, definition: Definition) -> None:
        """Its address stays among those that are lent, if it is one, and what it was lent before stays its own."""
        self._notes.add("pools", "no pool is asked: the client has a reservation that may be used where it is")

    def why_not(self, pool: LendingRules, query: Query, is_known: bool) -> str:
        """As the live one."""
        why = super().why_not(pool, query, is_known)
        if self._asked.get(pool.name) != why:
            self._asked[pool.name] = why
            told = f"pool {pool.name} is not for this client: {why}" if why else f"pool {pool.name} is for this client"
            self._notes.add("pools", told)
        return why

    def answer(self, kind: str, query: Query, is_known: bool, commits: bool) -> Any:
        """As the live one."""
        if self._trouble:
            self._notes.add("pools", f"leases could not be read or kept last time: {self._trouble}")
        given = super().answer(kind, query, is_known, commits)
        if isinstance(given, Deferred):
            return given.addCallback(self._noted, kind)
        return self._noted(given, kind)

    def _noted(self, definition: Definition | None, kind: str) -> Definition | None:
        if definition is None:
            self._notes.add("pools", "no pool has anything for this packet")
            return None
        if definition is REFUSED:
            self._notes.add("pools", "the address is another's, or wrong on this link: the client is to be refused")
            return definition
        pool = self.pool_of(definition.ip)
        if pool is not None:
            self._notes.lent.append((definition, pool.name))
            told = f"pool {pool.name} has {dotted(definition.ip)} for {definition.lease_time} s"
            probed = "; before an offer the server asks whether somebody uses it, which was not done here"
            is_probed = kind == DISCOVER and self._is_probed and pool.probes
            others = [one.name for one in self.pools if one is not pool and one.name not in self._asked]
            if kind == DISCOVER:
                more = [f"pool {name} was not asked, since {pool.name} comes first" for name in others]
            else:
                more = [f"{dotted(definition.ip)} is an address of pool {pool.name}, so that no other pool is asked"]
            self._notes.add("pools", told + (probed if is_probed else ""), *more)
        return definition


def _holds(lease: Lease, client: str, now: float) -> bool:
    return lease.state is LeaseState.BOUND and lease.expires > now and lease.client == client


def _offered(pool: Addresses, holder: Holder, address: bytes, now: float, until: float) -> Lease:
    return Lease(address, pool.name, holder.client, LeaseState.OFFERED, now, until, *holder[1:])
