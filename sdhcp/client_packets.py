"""What clients and relay agents send, made for simulations: one function for each state of a client."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from .model import (
    BOOTP,
    DECLINE,
    DISCOVER,
    INFORM,
    INIT_REBOOT,
    REBIND,
    RELEASE,
    RENEW,
    SELECTING,
)
from .wire import constants as c
from .wire import relay
from .wire.client import WANTED, SimulatedClient
from .wire.describe import address as address_text
from .wire.errors import BadOption, WireError
from .wire.message import Message, decode, encode
from .wire.options import address, encode_option
from .wire.registry import lookup

MAC: Final = "02:00:00:00:00:01"
"""The client's hardware address unless another is given."""
KINDS: Final = (DISCOVER, SELECTING, INIT_REBOOT, RENEW, REBIND, INFORM, RELEASE, DECLINE, BOOTP)
"""What :func:`packet` makes."""

_XID: Final = b"\0\0\0\1"
_NOWHERE: Final = "0.0.0.0"
_SERVER, _CLIENT = 67, 68
_NAMES_ITS_SERVER: Final = frozenset((SELECTING, RELEASE, DECLINE))
_ASKS_FOR: Final = frozenset((SELECTING, INIT_REBOOT, DECLINE, DISCOVER))
"""Where the address stands in option 50; otherwise it is the client's own, in ciaddr."""
_NEEDS_ADDRESS: Final = frozenset((SELECTING, INIT_REBOOT, RENEW, REBIND, INFORM, RELEASE, DECLINE))
_STRAIGHT: Final = frozenset((RENEW, RELEASE))
"""What a client sends to its server alone."""


@dataclass(frozen=True)
class Packet:
    """One packet on its way to the server.

    ``data`` are its octets, which need not be a DHCP message. ``source`` and ``source_port`` are where it comes from;
    ``to_all`` tells whether it was broadcast; ``port`` is the port of the server that it goes to, None for
    DHCP_SERVER_PORT; ``server`` the address of the server, None for the first in DHCP_SERVER_IP. With ``names_server``
    that address is put into option 54 on the way.
    """

    data: bytes
    source: str = _NOWHERE
    source_port: int = _CLIENT
    to_all: bool = True
    port: int | None = None
    server: str | None = None
    names_server: bool = False

    @property
    def message(self) -> Message | None:
        """The packet read; None if it is no DHCP message."""
        try:
            return decode(self.data)
        except WireError:
            return None

    def addressed(self, server: bytes) -> bytes:
        """The octets as they are sent to a server with this address."""
        message = self.message if self.names_server else None
        if message is None:
            return self.data
        message.options[c.SERVER_IDENTIFIER] = server
        return encode(message)


def packet(
    kind: str = DISCOVER,
    mac: Any = MAC,
    address: Any = None,
    *,
    options: Mapping[int | str, Any] | None = None,
    giaddr: Any = None,
    ciaddr: Any = None,
    circuit_id: str | bytes = b"",
    remote_id: str | bytes = b"",
    vendor: str | bytes = b"",
    client_identifier: bytes = b"",
    parameter_request_list: Iterable[int | str] = WANTED,
    broadcast: bool = False,
    port: int | None = None,
    server: Any = None,
    source: Any = None,
    source_port: int | None = None,
    to_all: bool | None = None,
    xid: bytes = _XID,
) -> Packet:
    """A packet of a client, or, with ``giaddr``, as a relay agent passes it on.

    Addresses are text or 4 octets, hardware addresses text or octets.

    :param kind: one of :data:`KINDS`, such as "DISCOVER" or "REQUEST:RENEW".
    :param address: the client's address: which it asks for, has, gives back or declines.
    :param options: further options by name or number, each with a value that
        :func:`sdhcp.wire.options.encode_option` takes, octets among them; None leaves out one that would be sent.
    :param circuit_id: sub-options of option 82, with ``remote_id``; only with ``giaddr``.
    :param vendor: option 60.
    :param parameter_request_list: options that are asked for, by name or number; empty for no option 55.
    :param broadcast: whether the client sets the broadcast flag.
    :param port: the server's port that it goes to, such as PROXY_PORT; None for DHCP_SERVER_PORT.
    :param server: the server's address that it goes to, and that it names where its kind names one.
    :param source: the address that it comes from, with ``source_port``; by default what that kind comes from.
    :param to_all: whether it was broadcast; by default what that kind is.
    :raises ValueError: if something of this does not fit.
    """
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is no kind of packet; expected one of {', '.join(KINDS)}")
    if address is None and ciaddr is None and kind in _NEEDS_ADDRESS:
        raise ValueError(f"{kind} needs an address")
    own = _octets(address)
    relayed = giaddr is not None
    client = SimulatedClient(
        hardware(mac),
        client_identifier,
        bytes(lookup(which).code for which in parameter_request_list),
        giaddr=_octets(giaddr),
        relay_agent=_relay_agent(circuit_id, remote_id, relayed),
        broadcast=broadcast,
    )
    message = _made(client, kind, xid, own, None if server is None else _octets(server))
    if ciaddr is not None:
        message.ciaddr = _octets(ciaddr)
    given = {lookup(which).code: value for which, value in (options or {}).items()}
    if vendor:
        given.setdefault(c.VENDOR_CLASS, vendor)
    for code, value in given.items():
        message.options.pop(code, None)
        if value is not None:
            message.options[code] = encode_option(code, value)
    names_server = kind in _NAMES_ITS_SERVER and server is None and c.SERVER_IDENTIFIER not in given
    straight = relayed or kind in _STRAIGHT
    where = source if source is not None else giaddr if relayed else message.ciaddr
    return Packet(
        encode(message),
        address_text(_octets(where)),
        source_port or (_SERVER if relayed else _CLIENT),
        not straight if to_all is None else to_all,
        port,
        None if server is None else address_text(_octets(server)),
        names_server,
    )


def as_packet(given: "bytes | bytearray | Message | Packet") -> Packet:
    """What is to be simulated, with the way that such a packet comes: octets of the payload of a UDP datagram, a
    message, or a :class:`Packet` as it is.

    :raises TypeError: if it is none of these.
    """
    if isinstance(given, Packet):
        return given
    if isinstance(given, Message):
        given = encode(given)
    if not isinstance(given, bytes | bytearray):
        raise TypeError(f"{type(given).__name__} is no packet; expected octets, a Message, or what packet() makes")
    made = Packet(bytes(given))
    message = made.message
    if message is None:
        return made
    if message.giaddr != c.ZERO_ADDRESS:
        return replace(made, source=address_text(message.giaddr), source_port=_SERVER, to_all=False)
    straight = message.message_type in (c.REQUEST, c.RELEASE) and message.ciaddr != c.ZERO_ADDRESS
    return replace(made, source=address_text(message.ciaddr), to_all=not straight)


def discover(mac: Any = MAC, **more: Any) -> Packet:
    """A DISCOVER; ``more`` as in :func:`packet`."""
    return packet(DISCOVER, mac, **more)


def request_selecting(mac: Any = MAC, address: Any = None, **more: Any) -> Packet:
    """A REQUEST that takes an OFFER of the server's."""
    return packet(SELECTING, mac, address, **more)


def init_reboot(mac: Any = MAC, address: Any = None, **more: Any) -> Packet:
    """A REQUEST for the address of before, of a client that has started anew."""
    return packet(INIT_REBOOT, mac, address, **more)


def renew(mac: Any = MAC, address: Any = None, **more: Any) -> Packet:
    """A REQUEST to go on with an address, sent to the server alone."""
    return packet(RENEW, mac, address, **more)


def rebind(mac: Any = MAC, address: Any = None, **more: Any) -> Packet:
    """A REQUEST to go on with an address, broadcast."""
    return packet(REBIND, mac, address, **more)


def inform(mac: Any = MAC, address: Any = None, **more: Any) -> Packet:
    """An INFORM of a host that has its address from elsewhere."""
    return packet(INFORM, mac, address, **more)


def release(mac: Any = MAC, address: Any = None, **more: Any) -> Packet:
    """A RELEASE of an address."""
    return packet(RELEASE, mac, address, **more)


def decline(mac: Any = MAC, address: Any = None, **more: Any) -> Packet:
    """A DECLINE of an address that another host uses."""
    return packet(DECLINE, mac, address, **more)


def bootp(mac: Any = MAC, **more: Any) -> Packet:
    """A BOOTREQUEST without options of DHCP."""
    return packet(BOOTP, mac, **more)


def hardware(mac: Any) -> bytes:
    """The octets of a hardware address, given as octets or as text with any punctuation.

    :raises ValueError: if it is none.
    """
    if isinstance(mac, bytes | bytearray):
        octets = bytes(mac)
    else:
        digits = "".join(one for one in str(mac) if one not in ":-. ")
        try:
            octets = bytes.fromhex(digits)
        except ValueError:
            octets = b""
    if not 0 < len(octets) <= 16:
        raise ValueError(f"{mac!r} is no hardware address; expected such as {MAC}")
    return octets


def _octets(given: Any) -> bytes:
    if given is None:
        return c.ZERO_ADDRESS
    if isinstance(given, bytes | bytearray):
        if len(given) != len(c.ZERO_ADDRESS):
            raise BadOption(f"{bytes(given)!r} is no IPv4 address; expected 4 octets")
        return bytes(given)
    return address(str(given))


def _relay_agent(circuit_id: str | bytes, remote_id: str | bytes, relayed: bool) -> dict[int, bytes]:
    given = {c.CIRCUIT_ID: circuit_id, c.REMOTE_ID: remote_id}
    found = {code: one.encode() if isinstance(one, str) else one for code, one in given.items() if one}
    if found and not relayed:
        raise ValueError("circuit_id and remote_id come from a relay agent; give its giaddr too")
    relay.encode(found)
    return found


def _made(client: SimulatedClient, kind: str, xid: bytes, own: bytes, server: bytes | None) -> Message:
    if kind == BOOTP:
        return client.bootp(xid)
    if kind == DISCOVER:
        message = client.discover(xid)
    elif kind == SELECTING:
        named = None if server is None else {c.SERVER_IDENTIFIER: server}
        message = client.select(Message(yiaddr=own, xid=xid, options=named))
    elif kind == INIT_REBOOT:
        message = client.reboot(xid, own)
    elif kind in (RENEW, REBIND):
        message = client.renew(xid, own)
    elif kind == INFORM:
        message = client.inform(xid, own)
    elif kind == RELEASE:
        message = client.release(xid, own, server or c.ZERO_ADDRESS)
    else:
        message = client.decline(xid, own, server or c.ZERO_ADDRESS)
    if kind in _ASKS_FOR and own != c.ZERO_ADDRESS:
        message.options[c.REQUESTED_ADDRESS] = own
    return message
