"""What a packet means for the leases of pools, and what its client gets (RFC 2131 sections 4.3.1 to 4.3.4)."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Final, cast

from twisted.internet.defer import Deferred, fail
from twisted.python.failure import Failure
from zope.interface import implementer

from ..events import LeaseBound, LeaseChanged, PoolExhausted, ServerMessage
from ..interfaces import IHealth, ILeaseStore, ILender, IProber, Later, SourceError
from ..messages import POOLS
from ..model import (
    DECLINE,
    DISCOVER,
    INIT_REBOOT,
    REBIND,
    RELEASE,
    RENEW,
    SELECTING,
    Definition,
    Holder,
    Lease,
    LeaseState,
    Query,
    Subnet,
)
from ..recent import Recent
from ..wire.constants import LEASE_TIME, REQUESTED_ADDRESS, ZERO_ADDRESS
from ..wire.describe import hardware
from .at_once import run
from .fullness import Fullness
from .holders import client_of, holder_of, wish_of
from .settings import LendingRules

PROBES: Final = 4
"""Addresses that are probed for one client before it is left to ask again."""
REFUSED: Final = Definition(ZERO_ADDRESS, 0, "", 0)
"""Stands for an address that is another than the client's."""
_HELD: Final = 262_144
"""Clients of whom it is remembered that they were lent an address, to take it back when they have a reservation."""
_new: Final = tuple.__new__

Publish = Callable[[Any], None]


@implementer(ILender, IHealth)
class Lender:
    """See :class:`ILender`. Well as long as the store did what it was asked last.

    :param pools: in the order in which they are tried.
    :param wall: seconds since the epoch; :param clock: seconds of a monotonic clock.
    :param prober: None to offer addresses as they come.
    :ivar probes: whether there is one.
    """

    def __init__(
        self,
        pools: Sequence[LendingRules],
        store: ILeaseStore,
        prober: IProber | None,
        publish: Publish,
        wall: Callable[[], float],
        clock: Callable[[], float],
    ) -> None:
        self.name = f"leases in {store.name}"
        self.pools = tuple(pools)
        self.store = store
        self._prober = prober
        self.probes = prober is not None
        self._publish = publish
        self.wall = wall
        self._clock = self.clock = clock
        self._held: Recent[tuple[LendingRules, bytes]] = Recent(_HELD)
        self._fullness = Fullness(pools)
        self.failed_functions: set[str] = set()
        self._problem = ""
        self._cannot_keep = False

    def take_over(self, other: "Lender") -> None:
        """Know what another one knows, that lends from the same store: who holds addresses, and how full pools are."""
        self._held = other._held
        self._fullness.take_over(other._fullness)
        self._problem, self._cannot_keep = other._problem, other._cannot_keep
        reserved = {pool.name: pool.addresses.reserved for pool in other.pools}
        for pool in self.pools:
            # Until reservations have been looked for anew.
            pool.addresses.reserved |= {one for one in reserved.get(pool.name, ()) if one in pool.addresses}

    def problem(self) -> str:
        """See :class:`IHealth`. Many a packet means nothing for the store, and does not show that it is back."""
        return self._problem

    def answer(self, kind: str, query: Query, is_known: bool, commits: bool) -> Any:
        """See :class:`ILender`."""
        step = _STEPS.get(kind)
        if step is None or not (query.mac or query.client_identifier):
            # All clients with neither would be one, and share an address.
            return None
        try:
            given: Later[Definition | None] = step(self, query, is_known, commits)
        except SourceError as error:
            self._went_wrong(error, False)
            return fail(error)
        return given

    def has_reservation(self, query: Query, definition: Definition) -> None:
        """See :class:`ILender`."""
        for pool in self.pools:
            if definition.ip in pool.addresses:
                pool.addresses.reserved.add(definition.ip)
        held = self._held.pop(query.mac)
        if held is not None:
            pool, address = held
            client = client_of(query, pool)
            doing = Deferred.fromCoroutine(self._take_back(pool, client, address))
            doing.addErrback(lambda _: None)

    async def _take_back(self, pool: LendingRules, client: str, address: bytes) -> None:
        now = self.wall()
        if await self._keep(self.store.release, pool.addresses, client, address, now):
            await self._tell(pool, "released", address, now)

    def subnet_of(self, address: bytes) -> Subnet | None:
        """See :class:`ILender`."""
        for pool in self.pools:
            network, mask = pool.network
            if int.from_bytes(address, "big") & mask == network:
                return Subnet(network, mask, pool.template)
        return None

    def pool_of(self, address: bytes) -> LendingRules | None:
        """The pool that an address is one of."""
        for pool in self.pools:
            if address in pool.addresses:
                return pool
        return None

    async def watch(self) -> None:
        """See how full the pools are, and tell of those that are nearly; called by a timer."""
        for pool in self._fullness.pools:
            counts = await self._ask(self.store.counts, pool.addresses, self.wall())
            told = self._fullness.told(pool, counts, self._clock())
            if told is not None:
                self._publish(told)

    def shed(self) -> Iterator[tuple[str, int]]:
        """What the tables have let go of."""
        yield "clients remembered as ones that were lent an address", self._held.shed

    # One for each kind of packet.

    def _discover(self, query: Query, is_known: bool, commits: bool) -> "Later[Definition | None]":
        if self._prober is not None or commits:
            return run(self._discovered(query, is_known, commits))
        # Most servers do not wait for anything here.
        for pool in self.pools:
            if self._serves(pool, query, is_known):
                now = self.wall()
                holder = holder_of(query, pool)
                lease = self.store.offer(pool.addresses, holder, wish_of(query), now, now + pool.offer_time)
                if type(lease) is not Lease:
                    return run(self._discovered(query, is_known, commits, pool, lease))
                self._went_well(False)
                return pool.definition(lease.address, pool.lends_for(query.message.options.get(LEASE_TIME)))
        return None

    async def _discovered(
        self,
        query: Query,
        is_known: bool,
        commits: bool,
        asked: LendingRules | None = None,
        answer: "Later[Lease | None]" = None,
    ) -> Definition | None:
        """What a DISCOVER gets.

        :param asked: a pool that has been asked; :param answer: what it gave.
        """
        serving = [pool for pool in self.pools if self._serves(pool, query, is_known)]
        for pool in serving:
            holder = holder_of(query, pool)
            if pool is asked:
                lease = await self._ask(lambda: answer)
            else:
                lease = await self._offer(pool, holder, wish_of(query), query)
            if lease is None:
                continue
            if not commits:
                return pool.definition(lease.address, pool.lends_for(query.message.options.get(LEASE_TIME)))
            found = self._bind(pool, holder, lease.address, query, None)
            if isinstance(found, Deferred):
                found = await found
            if found is not None:
                return found
        if serving:
            self._publish(PoolExhausted(self._clock(), tuple(pool.name for pool in serving), query.mac))
        return None

    def _selecting(self, query: Query, is_known: bool, commits: bool) -> "Later[Definition | None]":
        wanted = query.message.options.get(REQUESTED_ADDRESS, b"")
        pool = self.pool_of(wanted) if len(wanted) == 4 else None
        if pool is None or not self._serves(pool, query, is_known):
            return None
        return self._bind(pool, holder_of(query, pool), wanted, query, REFUSED)

    def _init_reboot(self, query: Query, is_known: bool, commits: bool) -> "Later[Definition | None]":
        return self._confirm(query.message.options.get(REQUESTED_ADDRESS, b""), query, is_known)

    def _rebind(self, query: Query, is_known: bool, commits: bool) -> "Later[Definition | None]":
        return self._confirm(query.message.ciaddr, query, is_known)

    def _confirm(self, wanted: bytes, query: Query, is_known: bool) -> "Later[Definition | None]":
        """What a client gets that may hold an address: of one that nobody knows, another server may know more."""
        pool = self.pool_of(wanted) if len(wanted) == 4 else None
        if pool is None:
            # On a link that has pools, an address of another network is wrong for sure.
            if any(self._serves(one, query, is_known) for one in self.pools) and not self._is_on_link(wanted, query):
                return REFUSED
            return None
        if not self._serves(pool, query, is_known):
            return REFUSED if not self._is_on_link(wanted, query) else None
        now = self.wall()
        lease = self.store.at(pool.addresses, wanted, now)
        if lease is None or type(lease) is Lease:
            self._went_well(False)
            return self._confirmed(pool, wanted, query, now, lease)
        return run(self._confirmed_later(pool, wanted, query, now, cast(Any, lease)))

    async def _confirmed_later(
        self, pool: LendingRules, wanted: bytes, query: Query, now: float, lease: "Deferred[Lease | None]"
    ) -> Definition | None:
        found = await self._ask(lambda: lease)
        confirmed = self._confirmed(pool, wanted, query, now, found)
        return await confirmed if isinstance(confirmed, Deferred) else confirmed

    def _confirmed(
        self, pool: LendingRules, wanted: bytes, query: Query, now: float, lease: Lease | None
    ) -> "Later[Definition | None]":
        """The same, by the lease that is known of the address."""
        holder = holder_of(query, pool)
        if lease is None or (lease.client != holder.client and lease.expires <= now):
            return None
        if lease.client != holder.client:
            return REFUSED
        return self._bind(pool, holder, wanted, query, REFUSED)

    def _renew(self, query: Query, is_known: bool, commits: bool) -> "Later[Definition | None]":
        ciaddr = query.message.ciaddr
        pool = self.pool_of(ciaddr)
        if pool is None or is_known:
            return None
        return self._bind(pool, holder_of(query, pool), ciaddr, query, REFUSED)

    def _release(self, query: Query, is_known: bool, commits: bool) -> "Later[Definition | None]":
        return run(self._released(query))

    async def _released(self, query: Query) -> Definition | None:
        ciaddr = query.message.ciaddr
        pool = self.pool_of(ciaddr)
        if pool is None:
            return None
        now = self.wall()
        if not await self._keep(self.store.release, pool.addresses, client_of(query, pool), ciaddr, now):
            return None
        await self._tell(pool, "released", ciaddr, now)
        return pool.definition(ciaddr, pool.lease_time)

    def _decline(self, query: Query, is_known: bool, commits: bool) -> "Later[Definition | None]":
        return run(self._declined(query))

    async def _declined(self, query: Query) -> Definition | None:
        address = query.message.options[REQUESTED_ADDRESS]
        pool = self.pool_of(address)
        if pool is None:
            return None
        now = self.wall()
        evidence = f"declined by {hardware(query.mac)}"
        client = client_of(query, pool)
        until = now + pool.quarantine_time
        if not await self._keep(self.store.decline, pool.addresses, client, address, now, until, evidence):
            return None
        await self._tell(pool, "declined", address, now)
        return pool.definition(address, pool.lease_time)

    # What they are made of.

    def _serves(self, pool: LendingRules, query: Query, is_known: bool) -> bool:
        return not self.why_not(pool, query, is_known)

    def why_not(self, pool: LendingRules, query: Query, is_known: bool) -> str:
        """Why a client may not use a pool where it is, "" if it may; never raises."""
        try:
            return pool.why_not(query, is_known)
        except Exception as error:  # a site's function may raise anything; its pool is left out for this client
            if pool.name not in self.failed_functions:
                self.failed_functions.add(pool.name)
                text = (
                    f"pool {pool.name}: allow raised {type(error).__name__}: {error}; such clients get nothing from it"
                )
                self._publish(ServerMessage(self._clock(), "CRITICAL", text, POOLS.id))
            return "its function allow raised something"

    def _is_on_link(self, address: bytes, query: Query) -> bool:
        """Whether an address is of a network that pools have on the client's link."""
        link, value = int.from_bytes(query.link, "big"), int.from_bytes(address, "big")
        return any(
            link & mask == network and value & mask == network
            for network, mask in (pool.network for pool in self.pools)
        )

    async def _offer(self, pool: LendingRules, holder: Holder, wish: bytes | None, query: Query) -> Lease | None:
        """Hold an address for a client that nobody else uses."""
        for _ in range(PROBES):
            now = self.wall()
            until = now + pool.offer_time
            lease: Lease | None = await self._ask(self.store.offer, pool.addresses, holder, wish, now, until)
            if lease is None or self._prober is None or not pool.probes or lease.state is LeaseState.BOUND:
                return lease
            is_here = not any(query.giaddr)
            if not is_here and lease.since < now - pool.offer_time:
                # It held the address before, and may answer the echo itself.
                return lease
            interface = query.arrival.local.interface if is_here else None
            user = await self._prober.probe(lease.address, interface, client=query.mac)
            if not isinstance(user, bytes):
                return lease
            await self._set_aside(pool, lease.address, user)
            wish = None
        return None

    async def found_in_use(self, address: bytes, user: bytes) -> None:
        """Somebody uses an address, as a look at its link has shown.

        :param user: its hardware address.
        """
        pool = self.pool_of(address)
        if pool is not None and address not in pool.addresses.reserved:
            await self._set_aside(pool, address, user)

    async def _set_aside(self, pool: LendingRules, address: bytes, user: bytes) -> None:
        now = self.wall()
        evidence = f"used by {hardware(user)}" if user else "answers an ICMP echo"
        if await self._keep(self.store.quarantine, pool.addresses, address, now, now + pool.quarantine_time, evidence):
            await self._tell(pool, "quarantined", address, now)

    def _bind(
        self, pool: LendingRules, holder: Holder, address: bytes, query: Query, otherwise: Definition | None
    ) -> "Later[Definition | None]":
        """Lend an address; what its client gets, or what it gets otherwise."""
        now = self.wall()
        lease_time = pool.lends_for(query.message.options.get(LEASE_TIME))
        try:
            bound = self.store.bind(pool.addresses, holder, address, now, now + lease_time)
        except SourceError as error:
            self._went_wrong(error, True)
            raise
        then = partial(self._bound, pool, query, now, lease_time, otherwise)
        if bound is None or type(bound) is Lease:
            return then(bound)
        # One that waits needs no coroutine.
        waiting: Deferred[Any] = cast(Any, bound)
        return waiting.addCallbacks(then, self._not_bound)

    def _bound(
        self,
        pool: LendingRules,
        query: Query,
        now: float,
        lease_time: int,
        otherwise: Definition | None,
        lease: Lease | None,
    ) -> Definition | None:
        self._went_well(True)
        if lease is None:
            return otherwise
        address = lease.address
        self._held.put(query.mac, (pool, address))
        what = "bound" if lease.since >= now else "renewed"
        self._publish(_new(LeaseBound, (self._clock(), what, lease)))
        return pool.definition(address, lease_time)

    def _not_bound(self, failure: Failure) -> Failure:
        self._went_wrong(failure.value, True)
        return failure

    async def _ask(self, step: Callable[..., Any], *arguments: Any, keeps: bool = False) -> Any:
        """What a step of the store gives, now or later."""
        try:
            value = step(*arguments)
            result = await value if isinstance(value, Deferred) else value
        except SourceError as error:
            self._went_wrong(error, keeps)
            raise
        self._went_well(keeps)
        return result

    def _went_well(self, keeps: bool) -> None:
        # A store on a full disk reads and offers as ever.
        if self._problem and (keeps or not self._cannot_keep):
            self._problem, self._cannot_keep = "", False

    def _went_wrong(self, error: BaseException | None, keeps: bool) -> None:
        if isinstance(error, SourceError):
            self._problem = str(error)
            self._cannot_keep |= keeps

    async def _keep(self, step: Callable[..., Any], *arguments: Any) -> Any:
        """The same of a step whose outcome is on disk when it has been answered."""
        return await self._ask(step, *arguments, keeps=True)

    async def _tell(self, pool: LendingRules, what: str, address: bytes, now: float) -> None:
        lease = await self._ask(self.store.at, pool.addresses, address, now)
        if lease is not None:
            self._publish(LeaseChanged(self._clock(), what, lease))


_STEPS: Final[dict[str, Callable[..., Any]]] = {
    DISCOVER: Lender._discover,
    SELECTING: Lender._selecting,
    INIT_REBOOT: Lender._init_reboot,
    RENEW: Lender._renew,
    REBIND: Lender._rebind,
    RELEASE: Lender._release,
    DECLINE: Lender._decline,
}
