"""Pools for a site's code, in the manner of staticDHCPd's extensions, with leases that outlive the server."""

import logging
import threading
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final, NamedTuple

from twisted.internet.defer import Deferred
from twisted.internet.threads import blockingCallFromThread

from ..engine.addresses import Addresses
from ..interfaces import ILeaseStore, IProber, IServerReactor
from ..model import DISCOVER, INFORM, Lease
from .definition import Definition
from .ipv4 import IPv4
from .pool_packets import asked_of
from .pool_steps import METHODS, Asked, Lends, NoneLeft, Rules, answer
from .pool_views import csv_of, xhtml_of
from .site import SiteCallbacks, current_site

OFFER: Final = 60
"""Seconds for which an offer holds."""
PAGE: Final = 1000
_LATE: Final = (0.97, 0.975)
_RENEWAL, _REBINDING = 58, 59


class Lending(NamedTuple):
    """What pools of a site's code are given by the server that runs. Stores are asked on the reactor's thread alone.

    :ivar store_of: where the leases of a pool are; :ivar wall: seconds since the epoch.
    :ivar thread: the reactor's, by its number.
    :ivar look: has a pool's addresses be looked at, each for some seconds.
    """

    reactor: IServerReactor
    thread: int
    wall: Callable[[], float]
    store_of: Callable[["DynamicPool"], ILeaseStore]
    prober: IProber | None
    look: Callable[["DynamicPool", Sequence[bytes], float], None]

    def run(self, begin: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        """What a coroutine gives; on the reactor's thread, which must not wait, a Deferred of it."""
        if threading.get_ident() == self.thread:
            return Deferred.fromCoroutine(begin())
        call: Callable[..., Any] = blockingCallFromThread
        return call(self.reactor, lambda: Deferred.fromCoroutine(begin()))


class DynamicPool:
    """Addresses for ``handleUnknownMAC``: lent by the rules of RFC 2131, and kept where LEASES_STORE says.

    Pools are made above the functions of conf.py or in ``init()``. The arguments up to ``discourage_renewals`` are
    those of staticDHCPd's extension ``dynamism``.

    :param subnet: what the pool is called, with ``serial``, in its clients' definitions and where leases are kept.
    :param lease_time: seconds. :param hostname_prefix: what stands before the parts of the address in host names.
    :param discourage_renewals: have clients renew at 97 % of the lease, and rebind at 97.5 %.
    :param quarantine_time: seconds for which an address that somebody else uses is not lent.
    :param ignore_client_identifier: know clients by their hardware address alone.
    :raises ValueError: if something is no number or no address.
    """

    redis: Mapping[str, Any] | None = None
    """Where its leases are, if that is a Redis server of its own."""
    prefix = ""

    def __init__(
        self,
        subnet: Any,
        serial: Any,
        lease_time: Any,
        hostname_prefix: Any,
        subnet_mask: Any = None,
        gateway: Any = None,
        broadcast_address: Any = None,
        domain_name: Any = None,
        domain_name_servers: Any = None,
        ntp_servers: Any = None,
        discourage_renewals: bool = True,
        *,
        quarantine_time: int = 3600,
        ignore_client_identifier: bool = False,
    ) -> None:
        self._site = current_site()
        self._fields = {
            "lease_time": int(lease_time), "subnet": str(subnet), "serial": int(serial), "gateways": gateway,
            "subnet_mask": subnet_mask, "broadcast_address": broadcast_address, "domain_name": domain_name,
            "domain_name_servers": domain_name_servers, "ntp_servers": ntp_servers,
        }  # fmt: skip
        if self._fields["lease_time"] <= 0:
            raise ValueError(f"{lease_time} is no lease time; expected seconds")
        self._prefix = str(hostname_prefix)
        self._discourages = discourage_renewals
        self._by_mac = ignore_client_identifier
        mask = int(IPv4(subnet_mask)) if subnet_mask else 0
        self.rules = Rules(int(lease_time), OFFER, int(quarantine_time), mask)
        self.subnet, self.serial = str(subnet), int(serial)
        name, taken = f"{subnet}|{int(serial)}", {pool.addresses.name for pool in self._site.pools}
        more = 1
        while (name if more == 1 else f"{name} ({more})") in taken:
            more += 1
        self.addresses = Addresses(name if more == 1 else f"{name} ({more})", ())
        self.probes = False
        self._to_look_at: list[tuple[tuple[bytes, ...], float]] = []
        self._has_told = False
        self._lock = threading.Lock()
        self._logger = logging.getLogger("extension.dynamism").getChild(name)
        self._definition(IPv4("192.0.2.1"))
        self._site.pools.append(self)

    def belongs_to(self, site: SiteCallbacks) -> None:
        """Have another site's way to lend from now on."""
        self._site = site

    def add_ips(self, ips: Iterable[Any], arp_addresses: bool = True, arp_timeout: float = 1.0) -> None:
        """Add addresses; those that are there already stay as they are.

        :param arp_addresses: look which of them somebody uses, once the server runs: who does holds a lease then. From
            then on an address is looked at before it is offered, too.
        :param arp_timeout: seconds that each has to answer.
        :raises ValueError: if one is no address.
        """
        wanted = {int(IPv4(ip)) for ip in ips}
        with self._lock:
            before = self.addresses
            added = sorted(number for number in wanted if number.to_bytes(4, "big") not in before)
            addresses = Addresses(before.name, _joined(before.ranges, added))
            addresses.reserved = before.reserved
            self.addresses = addresses
        self._logger.debug("%i addresses were added; there are %i", len(added), len(addresses))
        if arp_addresses and added:
            self.probes = True
            octets = tuple(number.to_bytes(4, "big") for number in added)
            lending = self._site.lending
            if lending is None:
                self._to_look_at.append((octets, float(arp_timeout)))
            else:
                lending.reactor.callFromThread(lending.look, self, octets, float(arp_timeout))

    def to_look_at(self) -> Sequence[tuple[tuple[bytes, ...], float]]:
        """Addresses that were added before the server ran, with how many seconds each has; they are told once."""
        looks, self._to_look_at = self._to_look_at, []
        return looks

    def handle(self, method: Any, packet: Any, mac: Any, client_ip: Any) -> Any:
        """The definition for a packet, with what ``handleUnknownMAC`` was given; None for a client that gets nothing.

        The lease is kept when this returns. A client that is wrong about its address gets another one's definition, so
        that the server refuses what it wants. On the reactor's thread, under ``@inline``, it is a Deferred.

        :raises SourceError: if leases cannot be read or kept now.
        """
        method = str(method)
        if method == INFORM:
            return self._definition(IPv4(client_ip)) if client_ip else None
        if method not in METHODS:
            self._logger.info("%s from %s is not for this pool", method, mac)
            return None
        lending = self._site.lending
        if lending is None:
            if not self._has_told:
                self._has_told = True
                self._logger.warning("no server runs whose leases these are: nobody gets an address")
            return None
        asked = asked_of(method, packet, mac, client_ip, self.subnet, self._by_mac)
        given = lending.run(partial(self._answered, lending, asked))
        if isinstance(given, Deferred):
            return given.addCallback(self._defined, asked, packet)
        return self._defined(given, asked, packet)

    def lends(self, lending: Lending) -> Lends:
        """What it lends from now."""
        return Lends(self.addresses, lending.store_of(self), lending.wall, lending.prober if self.probes else None)

    async def _answered(self, lending: Lending, asked: Asked) -> bytes | None:
        try:
            return await answer(asked, self.rules, self.lends(lending))
        except NoneLeft:
            self._logger.warning("%s gets no address: none is left", asked.holder.mac.hex(":"))
            return None

    def _defined(self, address: bytes | None, asked: Asked, packet: Any) -> Definition | None:
        if address is None:
            return None
        if self._discourages and (asked.method == DISCOVER or asked.method.startswith("REQUEST:")):
            early, late = (int(self.rules.lease_time * share) for share in _LATE)
            early = min(early, late - 1)
            if early > 0:
                packet.setOption(_RENEWAL, early)
                packet.setOption(_REBINDING, late)
        return self._definition(IPv4.of(address))

    def _definition(self, ip: IPv4) -> Definition:
        fields: dict[str, Any] = self._fields
        return Definition(ip=ip, hostname=f"{self._prefix}-{'-'.join(map(str, ip))}", **fields)

    def show_leases_csv(self, *args: Any, **kwargs: Any) -> Any:
        """All addresses with who holds them, as CSV, for ``webAddMethod``."""
        return self._with_leases(lambda leases: ("text/csv", csv_of(self.addresses, leases, self.rules.lease_time)))

    def show_leases_xhtml(self, *args: Any, **kwargs: Any) -> Any:
        """The same as an element of a page."""
        return self._with_leases(
            lambda leases: xhtml_of(self.subnet, self.serial, self.addresses, leases, self.rules.lease_time)
        )

    def _with_leases(self, show: Callable[[Sequence[Lease]], Any]) -> Any:
        """What is made of all leases that hold now; on the reactor's thread a Deferred of it."""
        lending = self._site.lending
        if lending is None:
            return show(())
        leases = lending.run(partial(self._held, lending))
        return leases.addCallback(show) if isinstance(leases, Deferred) else show(leases)

    async def _held(self, lending: Lending) -> Sequence[Lease]:
        found: list[Lease] = []
        after, now = None, lending.wall()
        addresses, store = self.addresses, lending.store_of(self)
        while True:
            page = store.leases(addresses, after, PAGE)
            if isinstance(page, Deferred):
                page = await page
            if not page:
                return found
            found += [lease for lease in page if lease.expires > now]
            after = page[-1].address


class SharedPool(DynamicPool):
    """A pool whose leases are in a Redis server of its own, with the arguments of the extension ``redis_dynamic``.

    :param lease_key: what the names of its leases begin with there.
    :param lock_key: stands in files of staticDHCPd; Redis does each step as a whole, so that nothing has to be locked.
    :param redis_kwargs: where Redis is, as for ``LEASES_REDISDB_KWARGS``.
    """

    def __init__(
        self,
        lease_key: Any,
        lock_key: Any,
        subnet: Any,
        serial: Any,
        lease_time: Any,
        hostname_prefix: Any,
        subnet_mask: Any = None,
        gateway: Any = None,
        broadcast_address: Any = None,
        domain_name: Any = None,
        domain_name_servers: Any = None,
        ntp_servers: Any = None,
        **redis_kwargs: Any,
    ) -> None:
        self.redis, self.prefix = redis_kwargs, str(lease_key)
        super().__init__(
            subnet, serial, lease_time, hostname_prefix, subnet_mask, gateway, broadcast_address, domain_name,
            domain_name_servers, ntp_servers, False,
        )  # fmt: skip

    def add_ips(self, ips: Iterable[Any], arp_addresses: bool = False, arp_timeout: float = 1.0) -> None:
        """As :meth:`DynamicPool.add_ips`; nobody is looked for unless that is asked for."""
        super().add_ips(ips, arp_addresses, arp_timeout)


def _joined(ranges: Iterable[tuple[int, int]], added: Sequence[int]) -> list[tuple[int, int]]:
    """Ranges together with further numbers, as few as there can be."""
    found: list[tuple[int, int]] = []
    for first, last in sorted([*ranges, *((number, number) for number in added)]):
        if found and found[-1][1] + 1 == first:
            found[-1] = (found[-1][0], last)
        else:
            found.append((first, last))
    return found
