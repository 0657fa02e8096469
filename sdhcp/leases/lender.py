"""What a packet means for the leases of pools, and what its client gets (RFC 2131 sections 4.3.1 to 4.3.4)."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from twisted.internet.defer import Deferred
from zope.interface import implementer

from ..events import LeaseChanged, PoolExhausted, PoolFilled, ServerMessage
from ..interfaces import ILeaseStore, ILender, IProber
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
from ..wire.constants import HOSTNAME, LEASE_TIME, REQUESTED_ADDRESS, ZERO_ADDRESS
from ..wire.describe import address as dotted
from ..wire.describe import hardware
from .settings import LendingRules

PROBES: Final = 4
"""Addresses that are probed for one client before it is left to ask again."""
REFUSED: Final = Definition(ZERO_ADDRESS, 0, "", 0)
"""Stands for an address that is another than the client's."""
_HELD: Final = 262_144
"""Clients of whom it is remembered that they were lent an address, to take it back when they have a reservation."""
_LONGEST_NAME: Final = 63

Publish = Callable[[Any], None]


@implementer(ILender)
class Lender:
    """See :class:`ILender`.

    :param pools: in the order in which they are tried.
    :param wall: seconds since the epoch; :param clock: seconds of a monotonic clock.
    :param prober: None to offer addresses as they come.
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
        self._publish = publish
        self._wall = wall
        self._clock = clock
        self._held: Recent[tuple[LendingRules, bytes]] = Recent(_HELD)
        self._full: set[str] = set()
        self.failed_functions: set[str] = set()

    def answer(self, kind: str, query: Query, is_known: bool, commits: bool) -> Any:
        """See :class:`ILender`."""
        step = _STEPS.get(kind)
        if step is None or not (query.mac or query.client_identifier):
            # All clients with neither would be one, and share an address.
            return None
        return Deferred.fromCoroutine(step(self, query, is_known, commits))

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
        now = self._wall()
        if await _now(self.store.release(pool.addresses, client, address, now)):
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
        for pool in self.pools:
            if pool.alert is None:
                continue
            counts = await _now(self.store.counts(pool.addresses, self._wall()))
            lendable = counts.size - counts.reserved
            used = counts.bound + counts.offered + counts.quarantined
            is_full = used * 100 >= pool.alert * lendable
            if is_full != (pool.name in self._full):
                (self._full.add if is_full else self._full.discard)(pool.name)
                self._publish(PoolFilled(self._clock(), pool.name, used, lendable, not is_full))

    def shed(self) -> Iterator[tuple[str, int]]:
        """What the tables have let go of."""
        yield "clients remembered as ones that were lent an address", self._held.shed

    # One for each kind of packet.

    async def _discover(self, query: Query, is_known: bool, commits: bool) -> Definition | None:
        options = query.message.options
        wish = options.get(REQUESTED_ADDRESS)
        serving = [pool for pool in self.pools if self._serves(pool, query, is_known)]
        for pool in serving:
            holder = holder_of(query, pool)
            lease = await self._offer(pool, holder, wish if wish and len(wish) == 4 else None, query)
            if lease is None:
                continue
            lease_time = pool.lends_for(options.get(LEASE_TIME))
            if not commits:
                return pool.definition(lease.address, lease_time)
            found = await self._bind(pool, holder, lease.address, query)
            if found is not None:
                return found
        if serving:
            self._publish(PoolExhausted(self._clock(), tuple(pool.name for pool in serving), query.mac))
        return None

    async def _selecting(self, query: Query, is_known: bool, commits: bool) -> Definition | None:
        wanted = query.message.options.get(REQUESTED_ADDRESS, b"")
        pool = self.pool_of(wanted) if len(wanted) == 4 else None
        if pool is None or not self._serves(pool, query, is_known):
            return None
        return await self._bind(pool, holder_of(query, pool), wanted, query) or REFUSED

    async def _init_reboot(self, query: Query, is_known: bool, commits: bool) -> Definition | None:
        return await self._confirm(query.message.options.get(REQUESTED_ADDRESS, b""), query, is_known)

    async def _rebind(self, query: Query, is_known: bool, commits: bool) -> Definition | None:
        return await self._confirm(query.message.ciaddr, query, is_known)

    async def _confirm(self, wanted: bytes, query: Query, is_known: bool) -> Definition | None:
        """What a client gets that may hold an address: of one that nobody knows, another server may know more."""
        pool = self.pool_of(wanted) if len(wanted) == 4 else None
        if pool is None:
            # On a link that has pools, an address of another network is wrong for sure.
            if any(self._serves(one, query, is_known) for one in self.pools) and not self._is_on_link(wanted, query):
                return REFUSED
            return None
        if not self._serves(pool, query, is_known):
            return REFUSED if not self._is_on_link(wanted, query) else None
        holder = holder_of(query, pool)
        now = self._wall()
        lease = await _now(self.store.at(pool.addresses, wanted, now))
        if lease is None or (lease.client != holder.client and lease.expires <= now):
            return None
        if lease.client != holder.client:
            return REFUSED
        return await self._bind(pool, holder, wanted, query) or REFUSED

    async def _renew(self, query: Query, is_known: bool, commits: bool) -> Definition | None:
        ciaddr = query.message.ciaddr
        pool = self.pool_of(ciaddr)
        if pool is None or is_known:
            return None
        return await self._bind(pool, holder_of(query, pool), ciaddr, query) or REFUSED

    async def _release(self, query: Query, is_known: bool, commits: bool) -> Definition | None:
        ciaddr = query.message.ciaddr
        pool = self.pool_of(ciaddr)
        if pool is None:
            return None
        now = self._wall()
        if not await _now(self.store.release(pool.addresses, client_of(query, pool), ciaddr, now)):
            return None
        await self._tell(pool, "released", ciaddr, now)
        return pool.definition(ciaddr, pool.lease_time)

    async def _decline(self, query: Query, is_known: bool, commits: bool) -> Definition | None:
        address = query.message.options[REQUESTED_ADDRESS]
        pool = self.pool_of(address)
        if pool is None:
            return None
        now = self._wall()
        evidence = f"declined by {hardware(query.mac)}"
        client = client_of(query, pool)
        until = now + pool.quarantine_time
        if not await _now(self.store.decline(pool.addresses, client, address, now, until, evidence)):
            return None
        await self._tell(pool, "declined", address, now)
        return pool.definition(address, pool.lease_time)

    # What they are made of.

    def _serves(self, pool: LendingRules, query: Query, is_known: bool) -> bool:
        try:
            return pool.serves(query, is_known)
        except Exception as error:  # a site's function may raise anything; its pool is left out for this client
            if pool.name not in self.failed_functions:
                self.failed_functions.add(pool.name)
                text = (
                    f"pool {pool.name}: allow raised {type(error).__name__}: {error}; such clients get nothing from it"
                )
                self._publish(ServerMessage(self._clock(), "CRITICAL", text))
            return False

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
            now = self._wall()
            until = now + pool.offer_time
            lease: Lease | None = await _now(self.store.offer(pool.addresses, holder, wish, now, until))
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
        now = self._wall()
        evidence = f"used by {hardware(user)}" if user else "answers an ICMP echo"
        if await _now(self.store.quarantine(pool.addresses, address, now, now + pool.quarantine_time, evidence)):
            await self._tell(pool, "quarantined", address, now)

    async def _bind(self, pool: LendingRules, holder: Holder, address: bytes, query: Query) -> Definition | None:
        now = self._wall()
        lease_time = pool.lends_for(query.message.options.get(LEASE_TIME))
        lease: Lease | None = await _now(self.store.bind(pool.addresses, holder, address, now, now + lease_time))
        if lease is None:
            return None
        self._held.put(query.mac, (pool, address))
        self._publish(LeaseChanged(self._clock(), "bound" if lease.since >= now else "renewed", lease))
        return pool.definition(address, lease_time)

    async def _tell(self, pool: LendingRules, what: str, address: bytes, now: float) -> None:
        lease = await _now(self.store.at(pool.addresses, address, now))
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


def client_of(query: Query, pool: LendingRules) -> str:
    """What a client is known by in a pool: its identifier, else its hardware address (RFC 2131 section 4.2)."""
    identifier = query.client_identifier
    if identifier and not (pool.ignores_client_identifier and query.mac):
        return f"id {identifier.hex()}"
    return query.mac.hex(":")


def holder_of(query: Query, pool: LendingRules) -> Holder:
    """Who asks, with what people want to know of it."""
    options = query.message.options
    name = options.get(HOSTNAME, b"").decode("ascii", "replace")[:_LONGEST_NAME]
    via = ""
    if any(query.giaddr):
        circuit = query.circuit_id
        via = dotted(query.giaddr) + (f", circuit {circuit.hex()}" if circuit else "")
    shown = "".join(one for one in name if one.isprintable())
    return Holder(client_of(query, pool), query.mac, shown, via)


async def _now(value: Any) -> Any:
    """What a store gives, now or later."""
    return await value if isinstance(value, Deferred) else value
