"""Hears what other DHCP servers answer to clients on this machine's links, and asks them if that is wanted."""

import os
import socket
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from hashlib import blake2b
from typing import Any, Final, NamedTuple

from zope.interface import implementer

from ..config.settings import ListenSettings
from ..events import Event, ServerHeard
from ..interfaces import IServerReactor, ISheds
from ..wire import constants as c
from ..wire.client import SimulatedClient
from ..wire.errors import WireError
from ..wire.frame import datagram, udp_frame
from ..wire.message import Message, decode, encode
from . import packet_filter as program
from .interfaces import addresses, hardware
from .lasting_socket import LastingSocket, Purpose
from .links import Addresses, Hardware, Links
from .outages import Outages
from .probe_sockets import ProbeSocket, closed_on_error

RATE: Final = 200
"""Answers a second that are looked at; of what is more, nothing new would be learned."""
RECEIVE_BUFFER: Final = 1 << 16
"""Octets that may wait: what a flood has too many of is dropped by the kernel."""
_ETHERTYPE_IP: Final = 0x0800
_UDP: Final = 17
_FRAGMENT: Final = 0x3FFF
_OTHER_HOST: Final = 3
_SOURCE: Final = slice(12, 16)
_EVERYBODY: Final = b"\xff" * 6
_ANSWERS: Final = {c.OFFER: "OFFER", c.ACK: "ACK", c.NAK: "NAK", 0: "BOOTREPLY"}
_PURPOSE: Final = Purpose(
    "foreign-servers/",
    "foreign DHCP servers are not watched for",
    "foreign DHCP servers are watched for again",
    "needs CAP_NET_RAW: start as root, grant it, or set ROGUE_WATCH = False",
)


def answers(client_port: int) -> ProbeSocket:
    """A socket that gets a copy of what comes in for clients, on all links: IPv4 packets without the link's header.

    No port is bound, so that a DHCP client of this machine's own misses nothing.

    :raises OSError: if the system refuses; ``PermissionError`` without CAP_NET_RAW.
    """
    flags = socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC
    opened = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM | flags, socket.htons(_ETHERTYPE_IP))
    with closed_on_error(opened):
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        program.attach(
            opened,
            (
                (program.LOAD_OCTET, 0, 0, 9),  # the protocol
                (program.IF_EQUAL, 0, 6, _UDP),
                (program.LOAD_HALF, 0, 0, 6),  # fragments have no port to look at
                (program.IF_ANY_BIT, 4, 0, _FRAGMENT),
                (program.HEADER_LENGTH, 0, 0, 0),
                (program.LOAD_HALF_BEHIND, 0, 0, 2),  # the port that it is for
                (program.IF_EQUAL, 0, 1, client_port),
                (program.GIVE, 0, 0, program.WHOLE),
                (program.GIVE, 0, 0, 0),
            ),
        )
    return ProbeSocket(opened)


class AnswerSystem(NamedTuple):
    """What this needs of the operating system."""

    addresses: Addresses = addresses
    hardware: Hardware = hardware
    answers: Callable[[int], ProbeSocket] = answers


@implementer(ISheds)
class ForeignAnswers:
    """Publishes :class:`sdhcp.events.ServerHeard` for answers of others on the links that the server serves.

    :param known: addresses of servers that are meant to be there; nothing is told of them.
    :param clock: seconds of a monotonic clock.
    """

    def __init__(
        self,
        settings: ListenSettings,
        known: frozenset[bytes],
        reactor: IServerReactor,
        clock: Callable[[], float],
        publish: Callable[[Event], None],
        system: AnswerSystem | None = None,
    ) -> None:
        system = system or AnswerSystem()
        self._settings = settings
        self._known = known
        self._clock = clock
        self._publish = publish
        self._links = Links(system.addresses, system.hardware, clock)
        self._outages = Outages(clock, publish)
        open_socket = partial(system.answers, settings.client_port)
        self._socket = LastingSocket(_PURPOSE, open_socket, self._take, self._outages, reactor)
        self._second, self._looked_at = clock(), 0
        self._too_many = 0

    def open(self) -> None:
        """Open the socket, for which privileges may be needed. Never raises; what is refused is told."""
        self._socket.open()

    def start(self) -> None:
        """Begin to listen."""
        self._socket.start()

    def stop(self) -> None:
        """Close the socket."""
        self._socket.stop()

    def look(self) -> None:
        """Open the socket anew if it failed; call this now and then."""
        self._socket.ready()

    def is_own(self, address: bytes) -> bool:
        """Whether this machine has an address."""
        return self._links.with_own(address) is not None

    def ask(self) -> None:
        """Send a DISCOVER on each link, from a hardware address that no client has. Never raises."""
        out = self._socket.ready()
        if out is None:
            return
        for name in self._served():
            if self._outages.off(name):
                continue
            try:
                own = self._links.ethernet(name)
                if own is None:
                    continue
                message = SimulatedClient(asker(own), broadcast=True).discover(os.urandom(4))
                ports = self._settings.client_port, self._settings.server_port
                nowhere, everywhere = c.ZERO_ADDRESS, c.BROADCAST_ADDRESS
                data = encode(message)
                frame = udp_frame(own, _EVERYBODY, nowhere, ports[0], everywhere, ports[1], data, self._settings.qtags)
                kind = int.from_bytes(frame[12:14], "big")
                # The kernel puts the link's header before it.
                out.socket.sendto(frame[14:], (name, kind, 0, 0, _EVERYBODY))
            except OSError as error:
                self._links.forget()
                self._outages.failed(name, f"foreign DHCP servers on {name} are not asked: {error.strerror}")
            else:
                self._outages.works(name, f"foreign DHCP servers on {name} are asked again")

    def _served(self) -> Sequence[str]:
        """The links that the server serves; the loopback interface is none."""
        found = (self._links.with_own(one) for one in self._settings.addresses if one[0] != 127)
        return tuple(dict.fromkeys(name for name in found if name is not None))

    def _take(self, packet: bytes, source: Any) -> None:
        name, _, kind, _, link_address = source[:5]
        sender = packet[_SOURCE]
        if sender in self._known or name not in self._served() or self.is_own(sender):
            return
        # Frames for others are of a VLAN that this machine is not in, unless its own frames have tags.
        if kind == _OTHER_HOST and not self._settings.qtags:
            return
        now = self._clock()
        if now - self._second >= 1.0:
            self._second, self._looked_at = now, 0
        self._looked_at += 1
        if self._looked_at > RATE:
            self._too_many += 1
            return
        own = self._own(name)
        if link_address == own:
            # Some links give back what was sent.
            return
        try:
            message = decode(datagram(packet).data)
        except WireError:
            return
        answer = _ANSWERS.get(message.message_type)
        if message.op == c.BOOTREPLY and answer is not None:
            self._publish(_heard(now, message, sender, bytes(link_address), name, answer, asker(own)))

    def _own(self, name: str) -> bytes:
        try:
            return self._links.ethernet(name) or b""
        except OSError:
            return b""

    def shed(self) -> Iterator[tuple[str, int]]:
        """How many answers were not looked at since the start: more than :data:`RATE` in a second."""
        yield "answers of foreign DHCP servers, too many at once", self._too_many


def asker(own: bytes) -> bytes:
    """The hardware address of the client that asks on an interface: made of the interface's own, always the same, so
    that no server runs out of addresses for it, and marked as one that no maker gave."""
    made = blake2b(own, digest_size=6, person=b"sdhcp asks").digest()
    return bytes((made[0] & 0xFC | 2,)) + made[1:]


def _heard(
    now: float, message: Message, source: bytes, hardware: bytes, interface: str, answer: str, own_question: bytes
) -> ServerHeard:
    server = message.options.get(c.SERVER_IDENTIFIER, b"")
    mac = message.hardware_address
    return ServerHeard(
        now,
        server if len(server) == 4 else source,
        source,
        hardware,
        interface,
        message.giaddr,
        answer,
        message.yiaddr,
        b"" if mac == own_question else mac,
    )
