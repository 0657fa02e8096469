"""One packet of a client, as a site's code sees it from the first hook to the last."""

from typing import Final

from zope.interface import implementer

from ..engine.edited import Reply
from ..interfaces import IRequest
from ..model import (
    BOOTP,
    DECLINE,
    INFORM,
    INIT_REBOOT,
    LEASEQUERY,
    PROXY_REQUEST,
    RELEASE,
    RENEW,
    SELECTING,
    Arrival,
    Query,
    Remembered,
)
from ..wire.constants import REQUESTED_ADDRESS, SERVER_IDENTIFIER, ZERO_ADDRESS
from ..wire.message import Message
from .ipv4 import IPv4
from .mac import MAC
from .packet import DHCPPacket

_ASKS_FOR: Final = frozenset((SELECTING, INIT_REBOOT, DECLINE, LEASEQUERY))
"""Where the client's address is the one that it asks for."""
_SPEAKS_FROM: Final = frozenset((INFORM, RELEASE, BOOTP))
"""Where it is the one that it has."""
_CHADDR: Final = 6


@implementer(IRequest)
class Request:
    """See :class:`IRequest`. What is looked at is made then, and once.

    :param kind: one of the kinds in :mod:`sdhcp.model`.
    :param remembered: what a relay agent has told of the client before.
    :ivar client: the hardware address as octets.
    """

    _source_packet: DHCPPacket | None = None
    _query: Query | None = None

    def __init__(self, kind: str, message: Message, arrival: Arrival, remembered: Remembered | None = None) -> None:
        self.kind = kind
        self.message = message
        self.arrival = arrival
        self.remembered = remembered
        self.client = message.chaddr[: message.hlen]
        self.port = arrival.local.port
        self.packet = DHCPPacket.of(message)

    @property
    def is_touched(self) -> bool:
        """Whether a script has done anything to the packet."""
        return self.packet.is_touched

    @property
    def source_packet(self) -> DHCPPacket:
        """What the client sent."""
        if self._source_packet is None:
            self._source_packet = DHCPPacket.of(self.message)
        return self._source_packet

    @property
    def query(self) -> Query:
        """What sources are asked."""
        if self._query is None:
            self._query = Query(self.message, self.arrival, self.remembered)
        return self._query

    @property
    def method(self) -> str:
        """What the client wants; on the ProxyDHCP port by what it says, as on the other."""
        return method_of(self.kind, self.message)

    @property
    def mac(self) -> MAC:
        """Its hardware address."""
        return MAC.of(self.message.chaddr[:_CHADDR])

    @property
    def client_ip(self) -> IPv4 | None:
        """The address that it asks for, or has; None where a site's code is to find one without that."""
        kind, message = self.method, self.message
        if kind in _ASKS_FOR:
            address = message.options.get(REQUESTED_ADDRESS, ZERO_ADDRESS)
        elif kind in _SPEAKS_FROM:
            address = message.ciaddr
        else:
            return None
        return IPv4.of(address) if len(address) == len(ZERO_ADDRESS) and address != ZERO_ADDRESS else None

    @property
    def relay_ip(self) -> IPv4 | None:
        """The relay agent's address."""
        giaddr = self.message.giaddr
        return IPv4.of(giaddr) if giaddr != ZERO_ADDRESS else None

    def answer_with(self, reply: Reply) -> None:
        """From now on the packet is this reply."""
        self.packet.answer_with(reply)


def method_of(kind: str, message: Message) -> str:
    """What scripts call a kind of packet."""
    if kind is not PROXY_REQUEST:
        return kind
    if message.ciaddr != ZERO_ADDRESS:
        return RENEW
    return SELECTING if message.options.get(SERVER_IDENTIFIER, ZERO_ADDRESS) != ZERO_ADDRESS else INIT_REBOOT
