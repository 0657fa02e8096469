"""Finds out whether an address is in use before it is offered."""

import os
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from twisted.internet.defer import Deferred, DeferredLock, succeed
from zope.interface import implementer

from ..events import Event
from ..interfaces import NOT_PROBED, IProber, IServerReactor, ISheds, Probed, Scanned
from .arp_questions import ArpQuestions
from .echo_questions import EchoQuestions
from .links import Links
from .outages import Outages
from .pending import PendingQuestions
from .probe_sockets import ProbeSystem
from .scan import Found, Scan

PENDING: Final = 4096
"""Addresses that are asked for at a time; what is more is not probed."""
TIMEOUT: Final = 0.5
"""Seconds that an address has to answer; hosts on a link do within milliseconds."""
RATE: Final = 256.0
"""Addresses a second of a scan: a /24 in a second, a /16 in some four minutes."""
FASTEST: Final = 10_000.0
_SEQUENCES: Final = 0x10000


@implementer(IProber, ISheds)
class Prober:
    """Asks by ARP on the links of this machine, and by ICMP echo beyond them.

    :param clock: seconds of a monotonic clock.
    :param publish: takes events: what cannot be asked now is told once, and once more when it can be again.
    :param tags: 802.1Q tags of the frames, outermost first, each (pcp, dei, vid).
    :ivar unprobed: how many addresses were not probed since the start, for whatever reason.
    """

    def __init__(
        self,
        reactor: IServerReactor,
        clock: Callable[[], float],
        publish: Callable[[Event], None],
        tags: tuple[tuple[int, int, int], ...] = (),
        system: ProbeSystem | None = None,
    ) -> None:
        system = system or ProbeSystem()
        outages = Outages(clock, publish)
        self._reactor = reactor
        self._links = Links(system.addresses, system.hardware, clock)
        self._arp = ArpQuestions(self._links, outages, system.arp, tags, reactor, self._claimed)
        self._echo = EchoQuestions(outages, system.echo, reactor, self._echoed)
        self._pending = PendingQuestions(reactor, PENDING)
        self._sequence = int.from_bytes(os.urandom(2), "big")
        self._scans: dict[str, Scan] = {}
        self._turns: dict[str, DeferredLock] = {}
        self._runs = False
        self._too_many = 0
        self.unprobed = 0

    def open(self) -> None:
        """Open the sockets, for which privileges may be needed. Never raises; what is refused is told."""
        self._arp.socket.open()
        self._echo.socket.open()

    def start(self) -> None:
        """Begin to probe."""
        self._runs = True
        self._arp.socket.start()
        self._echo.socket.start()

    def stop(self) -> None:
        """Close everything; what is under way ends: probes with NOT_PROBED, scans with what they have found."""
        self._runs = False
        self._pending.end()
        while self._scans:
            self._scans.popitem()[1].end()
        self._arp.socket.stop()
        self._echo.socket.stop()

    def probe(
        self, address: bytes, interface: str | None = None, timeout: float = TIMEOUT, client: bytes = b""
    ) -> "Deferred[Probed]":
        """See :meth:`sdhcp.interfaces.IProber.probe`.

        An address of this machine's own is in use: its own hardware address is the answer.
        """
        if not self._runs:
            return self._not_probed()
        own = self._own(address)
        if own is not None:
            return succeed(own)
        if self._pending.full:
            self._too_many += 1
            return self._not_probed()
        link = self._link(address, interface)
        if link is not None:
            ask = partial(self._arp.ask, link, address)
            return self._pending.add((link, address), timeout, ask, client).addCallback(self._count)
        # There are fewer questions under way than numbers, so that each has one of its own.
        self._sequence = (self._sequence + 1) % _SEQUENCES
        ask = partial(self._echo.ask, address, self._sequence)
        return self._pending.add((self._sequence, address), timeout, ask, client).addCallback(self._count)

    def scan(self, first: bytes, last: bytes, interface: str, found: Found, rate: float = RATE) -> "Deferred[Scanned]":
        """See :meth:`sdhcp.interfaces.IProber.scan`. Addresses of this machine's own are found without asking."""
        if not 1 <= rate <= FASTEST:
            raise ValueError(f"{rate} addresses a second; from 1 to {FASTEST:.0f} may be asked")
        if first > last:
            raise ValueError("the first address is behind the last")
        start, end = int.from_bytes(first, "big"), int.from_bytes(last, "big")
        ask = partial(self._arp.ask, interface)
        scan = Scan(start, end, rate, self._own, ask, found, self._reactor)
        return self._turns.setdefault(interface, DeferredLock()).run(self._run, interface, scan)

    def shed(self) -> Iterator[tuple[str, int]]:
        """How many addresses were not probed since too many were under way."""
        yield "probes of addresses, too many at once", self._too_many

    def _run(self, interface: str, scan: Scan) -> "Deferred[Scanned]":
        if not self._runs:
            return succeed(Scanned(0, 0))
        self._scans[interface] = scan

        def over(result: Scanned) -> Scanned:
            self._scans.pop(interface, None)
            return result

        return scan.run().addBoth(over)

    def _own(self, address: bytes) -> bytes | None:
        """The hardware address of the interface that has an address, b"" if it has none; None if no interface has."""
        name = self._links.with_own(address)
        if name is None:
            return None
        return self._hardware_of(name)

    def _hardware_of(self, name: str) -> bytes:
        """The hardware address of an interface; b"" if it has none, or is gone."""
        try:
            return self._links.ethernet(name) or b""
        except OSError:
            return b""

    def _link(self, address: bytes, interface: str | None) -> str | None:
        """The link on which to ask by ARP; None where only ICMP gets."""
        name = self._links.towards(address) if interface is None else interface
        if name is None:
            return None
        try:
            return None if self._links.ethernet(name) is None else name
        except OSError:
            # There is no such interface; asking there tells of it.
            return name

    def _claimed(self, link: str, address: bytes, hardware: bytes) -> None:
        if hardware == self._hardware_of(link):
            return
        self._pending.answered((link, address), hardware)
        scan = self._scans.get(link)
        if scan is not None:
            scan.heard(address, hardware)

    def _echoed(self, sequence: int, address: bytes) -> None:
        self._pending.answered((sequence, address), b"")

    def _not_probed(self) -> "Deferred[Probed]":
        self.unprobed += 1
        return succeed(NOT_PROBED)

    def _count(self, result: Probed) -> Probed:
        self.unprobed += result is NOT_PROBED
        return result
