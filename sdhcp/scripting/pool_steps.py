"""What a packet means for the leases of a pool that a site's code has made (RFC 2131 sections 4.3.1 to 4.3.4)."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from twisted.internet.defer import Deferred

from ..engine.addresses import Addresses
from ..interfaces import ILeaseStore, IProber
from ..model import DECLINE, DISCOVER, INIT_REBOOT, REBIND, RELEASE, RENEW, SELECTING, Holder, LeaseState
from ..wire.describe import hardware

METHODS: Final = frozenset((DISCOVER, SELECTING, INIT_REBOOT, RENEW, REBIND, RELEASE, DECLINE))
PROBES: Final = 4
"""Addresses that are probed for one client before it is left to ask again."""


class Asked(NamedTuple):
    """A packet as far as it is about a lease; ``address`` is the one that it is about, b"" if there is none."""

    method: str
    holder: Holder
    address: bytes
    commits: bool = False
    is_here: bool = True


class Rules(NamedTuple):
    """What a pool's leases are like; times are seconds, ``mask`` is 0 where nobody knows its network."""

    lease_time: int
    offer_time: int
    quarantine_time: int
    mask: int = 0


class Lends(NamedTuple):
    """What a pool lends from, and by whose clock (seconds since the epoch)."""

    addresses: Addresses
    store: ILeaseStore
    wall: Callable[[], float]
    prober: IProber | None = None


class NoneLeft(Exception):
    """A client gets no address, since there is none."""


async def answer(asked: Asked, rules: Rules, lends: Lends) -> bytes | None:
    """The address that goes into a client's definition, once its lease is kept; None for nothing.

    Where a client is wrong about its address it is another one, so that it is refused with a NAK.

    :raises NoneLeft: where it could be given one if there were any.
    :raises SourceError: if leases cannot be read or kept now.
    """
    method, address = asked.method, asked.address
    is_ours = len(address) == 4 and address in lends.addresses
    if method == DISCOVER:
        return await _discovered(asked, rules, lends)
    if method in (RELEASE, DECLINE):
        return address if is_ours and await _given_back(asked, rules, lends) else None
    if not is_ours:
        if method == SELECTING or (method != RENEW and _is_elsewhere(address, rules, lends)):
            return await _another(asked, rules, lends)
        return None
    if method in (INIT_REBOOT, REBIND):
        now = lends.wall()
        lease = await _now(lends.store.at(lends.addresses, address, now))
        # Of an address that nobody has here, another server may know more.
        if lease is None or (lease.client != asked.holder.client and lease.expires <= now):
            return None
    bound = await _bound(asked.holder, address, rules, lends)
    return address if bound else await _another(asked, rules, lends)


async def _discovered(asked: Asked, rules: Rules, lends: Lends) -> bytes | None:
    wish: bytes | None = asked.address if len(asked.address) == 4 else None
    for _ in range(PROBES):
        now = lends.wall()
        until = now + rules.offer_time
        lease = await _now(lends.store.offer(lends.addresses, asked.holder, wish, now, until))
        if lease is None:
            raise NoneLeft
        # Behind a relay agent a client that held the address before may answer the echo itself.
        is_its_own = lease.state is LeaseState.BOUND or (not asked.is_here and lease.since < now - rules.offer_time)
        user = None
        if lends.prober is not None and not is_its_own:
            user = await lends.prober.probe(lease.address, client=asked.holder.mac)
        if not isinstance(user, bytes):
            if not asked.commits or await _bound(asked.holder, lease.address, rules, lends):
                return bytes(lease.address)
            continue
        await set_aside(lease.address, user, rules, lends)
        wish = None
    return None


async def _given_back(asked: Asked, rules: Rules, lends: Lends) -> bool:
    now, client = lends.wall(), asked.holder.client
    if asked.method == RELEASE:
        return bool(await _now(lends.store.release(lends.addresses, client, asked.address, now)))
    until, evidence = now + rules.quarantine_time, f"declined by {hardware(asked.holder.mac)}"
    return bool(await _now(lends.store.decline(lends.addresses, client, asked.address, now, until, evidence)))


async def _another(asked: Asked, rules: Rules, lends: Lends) -> bytes | None:
    """An address for a client other than the one that it wants, which it would be offered if it began anew."""
    now = lends.wall()
    lease = await _now(lends.store.offer(lends.addresses, asked.holder, None, now, now + rules.offer_time))
    if lease is None or lease.address != asked.address:
        return None if lease is None else bytes(lease.address)
    # It has become free in between.
    return asked.address if await _bound(asked.holder, asked.address, rules, lends) else None


async def _bound(holder: Holder, address: bytes, rules: Rules, lends: Lends) -> bool:
    now = lends.wall()
    bind = lends.store.bind(lends.addresses, holder, address, now, now + rules.lease_time)
    return await _now(bind) is not None


async def found_in_use(address: bytes, user: bytes, rules: Rules, lends: Lends) -> None:
    """Somebody answers for an address: it is lent to who does, as if it had asked, or set aside if nobody knows who."""
    now = lends.wall()
    lease = await _now(lends.store.at(lends.addresses, address, now))
    if lease is not None and lease.expires > now and lease.state is not LeaseState.RELEASED:
        return
    if not user or not await _bound(Holder(user.hex(":"), user), address, rules, lends):
        await set_aside(address, user, rules, lends)


async def set_aside(address: bytes, user: bytes, rules: Rules, lends: Lends) -> None:
    """See that an address that somebody uses is lent to nobody for a while."""
    now = lends.wall()
    evidence = f"used by {hardware(user)}" if user else "answers an ICMP echo"
    until = now + rules.quarantine_time
    await _now(lends.store.quarantine(lends.addresses, address, now, until, evidence))


def _is_elsewhere(address: bytes, rules: Rules, lends: Lends) -> bool:
    """Whether an address is of another network than the pool's, where clients of the pool cannot use it."""
    if len(address) != 4 or not rules.mask or not lends.addresses.ranges:
        return False
    return (int.from_bytes(address, "big") ^ lends.addresses.ranges[0][0]) & rules.mask != 0


async def _now(value: Any) -> Any:
    """What a store gives, now or later."""
    return await value if isinstance(value, Deferred) else value
