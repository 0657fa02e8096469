"""What happened to each packet, as the statistics that a site's functions are called with."""

from typing import Any, Final, NamedTuple

from zope.interface import implementer

from ..events import Dropped, Event, Exchange, Malformed
from ..interfaces import IEventObserver
from ..model import (
    BOOTP,
    DECLINE,
    DISCOVER,
    INFORM,
    LEASEQUERY,
    PROXY_REQUEST,
    REBIND,
    RELEASE,
    RENEW,
    UNCLEAR_REQUEST,
    Arrival,
)
from ..wire import constants as c
from .ipv4 import IPv4
from .mac import MAC
from .site import SiteCallbacks
from .site_thread import SiteThread

_OURS: Final = {PROXY_REQUEST: UNCLEAR_REQUEST, BOOTP: None}
"""Kinds of packet that staticDHCPd does not tell apart, or not answer: extension files count by a fixed set of them."""
_GENERIC: Final = {
    c.DISCOVER: DISCOVER,
    c.REQUEST: UNCLEAR_REQUEST,
    c.DECLINE: DECLINE,
    c.RELEASE: RELEASE,
    c.INFORM: INFORM,
    c.LEASEQUERY: LEASEQUERY,
}
"""What a packet is called that was refused before it was looked at any closer."""
_NAMES_ITS_ADDRESS: Final = frozenset((RENEW, REBIND, INFORM, RELEASE, PROXY_REQUEST))
"""What comes from clients that have an address, which is told though they are not known."""


class Address(NamedTuple):
    """Where a packet came from: an :class:`IPv4` and a port."""

    ip: IPv4
    port: int


class Statistics(NamedTuple):
    """What happened to one packet.

    ``ip``, ``subnet`` and ``serial`` are those of the client's definition, whatever the answer was; of a client that
    is not known, ``ip`` is the address that it has. ``method`` is one of the ten kinds that extension files know: a
    REQUEST on the ProxyDHCP port is "REQUEST", as every packet that was refused has the name of its type alone; a
    BOOTP request has None. ``processing_time`` is seconds; ``processed`` whether the packet was answered or did what
    it was to do. ``port`` is the port that it came in on. ``mac`` is None for a hardware address of other than six
    octets.

    What is no DHCP message has None for all of ``mac``, ``ip``, ``subnet``, ``serial`` and ``method``, and its port is
    False.
    """

    source_address: Address
    mac: MAC | None
    ip: IPv4 | None
    subnet: str | None
    serial: int | None
    method: str | None
    processing_time: float
    processed: bool
    port: int | bool


@implementer(IEventObserver)
class SiteStatistics:
    """Hands the statistics of every packet to the functions that a site has registered, on its thread.

    While there is none, packets are not even looked at; whoever registers the first has the publisher ask again. All
    that is done before a packet is answered is to put its event into a queue, which is bounded.
    """

    def __init__(self, site: SiteCallbacks, thread: SiteThread) -> None:
        self._site = site
        self._put = thread.put

    def wants(self, kind: type[Event]) -> bool:
        """All packets, if there is somebody to tell."""
        return kind in (Exchange, Dropped, Malformed) and len(self._site.statistics) > 0

    def observe(self, event: Event) -> None:
        """Queue one event."""
        self._put(self._hand_on, event)

    def emit(self, statistics: Any) -> None:
        """Hand on statistics that a site's code has made."""
        self._put(self._tell, statistics)

    def _hand_on(self, event: Event) -> None:
        statistics = self.of(event)
        if statistics is not None:
            self._tell(statistics)

    def _tell(self, statistics: Any) -> None:
        self._site.run_all(self._site.statistics.all(), statistics)

    def of(self, event: Event) -> Statistics | None:
        """The statistics of an event; None if it is none that is counted."""
        if isinstance(event, Exchange):
            return self._of_exchange(event)
        if isinstance(event, Dropped):
            method = _GENERIC.get(event.message_type)
            if method is None:
                return None
            source = _source(event.arrival)
            return Statistics(source, _mac(event.mac), None, None, None, method, 0.0, False, event.arrival.local.port)
        if isinstance(event, Malformed):
            return Statistics(_source(event.arrival), None, None, None, None, None, 0.0, False, False)
        return None

    def _of_exchange(self, event: Exchange) -> Statistics:
        definition = event.definition
        address = event.address if definition is not None or event.method in _NAMES_ITS_ADDRESS else b""
        return Statistics(
            _source(event.arrival),
            _mac(event.mac),
            IPv4(tuple(address)) if len(address) == 4 and any(address) else None,
            definition.subnet if definition is not None else None,
            definition.serial if definition is not None else None,
            _OURS.get(event.method, event.method),
            event.elapsed,
            event.accepted or bool(event.answer),
            event.arrival.local.port,
        )


def _source(arrival: Arrival) -> Address:
    return Address(IPv4(tuple(arrival.address)), arrival.port)


def _mac(octets: bytes) -> MAC | None:
    return MAC(tuple(octets)) if len(octets) == MAC.LENGTH else None
