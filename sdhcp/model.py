"""The values that every floor shares. Addresses are 4 bytes, hardware addresses are bytes.

Text is made in ``wire/describe.py`` only. Standard library only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, NamedTuple

from .wire.constants import (
    CIRCUIT_ID,
    CLIENT_IDENTIFIER,
    LINK_SELECTION,
    RELAY_AGENT,
    REMOTE_ID,
    SUBNET_SELECTION,
    ZERO_ADDRESS,
)
from .wire.message import Message
from .wire.relay import suboptions

DISCOVER: Final = "DISCOVER"
SELECTING: Final = "REQUEST:SELECTING"
INIT_REBOOT: Final = "REQUEST:INIT-REBOOT"
RENEW: Final = "REQUEST:RENEW"
REBIND: Final = "REQUEST:REBIND"
DECLINE: Final = "DECLINE"
RELEASE: Final = "RELEASE"
INFORM: Final = "INFORM"
LEASEQUERY: Final = "LEASEQUERY"
BOOTP: Final = "BOOTP"
UNCLEAR_REQUEST: Final = "REQUEST"
PROXY_REQUEST: Final = "REQUEST:PROXY"

_SELECTION: Final = bytes((LINK_SELECTION, 4))

BLOCKS: Final = 64
"""How many encoded sets of options, one for each that is asked for, the hosts of a subnet keep together."""
OWN_BLOCKS: Final = 12
"""How many a host keeps that has settings of its own."""

NOT_CONFIGURED: Final = frozenset((0, 50, 51, 52, 53, 54, 55, 57, 61, 80, 81, 82, 97, 118, 255))
"""Options whose value the server alone decides, or that answer or repeat what a client sent."""


class Blocks(dict[Any, Any]):
    """What was encoded, by what was asked; at most :attr:`most`."""

    __slots__ = ("most",)

    def __init__(self, most: int = OWN_BLOCKS) -> None:
        super().__init__()
        self.most = most

    def keep(self, key: Any, block: Any) -> None:
        """Add one; when there are enough, the others go."""
        if len(self) >= self.most:
            self.clear()
        self[key] = block


@dataclass(frozen=True)
class Definition:
    """What one client gets: a reservation, together with the settings of its subnet.

    ``ip``, ``subnet_mask``, ``broadcast_address`` and ``next_server`` are 4 bytes; ``gateways``,
    ``domain_name_servers`` and ``ntp_servers`` are tuples of 4 bytes. ``lease_time``,
    ``renewal_time`` and ``rebinding_time`` are seconds; ``subnet`` and ``serial`` name the subnet's
    entry in the source. ``extra`` is what the site's own columns hold, for scripts. ``options`` are
    further options by code, encoded; those in ``forced`` are sent whether asked for or not.
    """

    ip: bytes
    lease_time: int
    subnet: str
    serial: int
    hostname: str | None = None
    gateways: tuple[bytes, ...] = ()
    subnet_mask: bytes | None = None
    broadcast_address: bytes | None = None
    domain_name: str | None = None
    domain_name_servers: tuple[bytes, ...] = ()
    ntp_servers: tuple[bytes, ...] = ()
    extra: Mapping[str, Any] | None = None
    options: Mapping[int, bytes] = field(default_factory=dict)
    forced: frozenset[int] = frozenset()
    next_server: bytes = ZERO_ADDRESS
    server_name: bytes = b""
    boot_file: bytes = b""
    renewal_time: int | None = None
    rebinding_time: int | None = None
    network: int = field(default=0, init=False, repr=False, compare=False)
    """The number of the network that ``ip`` lies in; 0 with ``mask`` 0 if nothing tells."""
    mask: int = field(default=0, init=False, repr=False, compare=False)
    blocks: Blocks = field(default_factory=Blocks, init=False, repr=False, compare=False)
    """What was encoded of these settings. Nothing in it tells one host from another, so that all hosts that
    differ in ``ip``, ``hostname`` and ``extra`` alone share it."""

    def __post_init__(self) -> None:
        mask = _mask_of(self)
        object.__setattr__(self, "mask", mask)
        object.__setattr__(self, "network", int.from_bytes(self.ip, "big") & mask)

    def for_host(self, ip: bytes, hostname: str | None, extra: Mapping[str, Any] | None = None) -> "Definition":
        """The same settings for another host; much cheaper than a new definition."""
        host = object.__new__(Definition)
        fields = self.__dict__.copy()
        fields["ip"], fields["hostname"], fields["extra"] = ip, hostname, extra
        fields["network"] = int.from_bytes(ip, "big") & self.mask
        _set_fields(host, "__dict__", fields)
        return host


_set_fields: Final = object.__setattr__
"""Past the freeze; only for a definition that nobody has seen yet."""


def _mask_of(definition: Definition) -> int:
    """The subnet mask as a number: the mask option, else a prefix in the subnet's name, else 0."""
    if definition.subnet_mask is not None:
        return int.from_bytes(definition.subnet_mask, "big")
    _, slash, prefix = definition.subnet.rpartition("/")
    if slash and prefix.isascii() and prefix.isdigit() and len(prefix) < 3 and int(prefix) < 33:
        return (0xFFFFFFFF << (32 - int(prefix))) & 0xFFFFFFFF
    return 0


@dataclass(frozen=True, slots=True)
class Subnet:
    """A subnet's settings without a client: what an INFORM from a stranger is answered with.

    ``definition`` carries them with ``ip`` 0.0.0.0 and no host name; ``network`` and ``mask`` are
    numbers.
    """

    network: int
    mask: int
    definition: Definition

    def holds(self, address: bytes) -> bool:
        """Whether a 4-byte address lies in this subnet."""
        return int.from_bytes(address, "big") & self.mask == self.network


class Local(NamedTuple):
    """The side of the server that a packet came in on; one value per socket, made at start.

    ``server_id`` is the server's address there (option 54). ``addresses`` are all addresses of the
    interface. ``hears_broadcasts`` tells the socket for packets that were not sent to the server's
    own address, which is how a rebinding client differs from a renewing one (RFC 2131 section
    4.3.2). ``is_proxy`` tells the ProxyDHCP port. ``broadcasts`` are the addresses that reach all hosts of a
    network which this machine is on.
    """

    server_id: bytes
    interface: str
    addresses: tuple[bytes, ...]
    port: int = 67
    client_port: int = 68
    hears_broadcasts: bool = False
    is_proxy: bool = False
    loopback: bool = False
    link_layer: bool = False
    broadcasts: frozenset[bytes] = frozenset()


class Arrival(NamedTuple):
    """How and when one packet came in: its UDP source, ``now`` in seconds of a monotonic clock, and its octets."""

    local: Local
    address: bytes
    port: int
    now: float
    data: bytes = b""


class Destination(NamedTuple):
    """Where a reply goes. ``hardware`` is set for a frame to a host without an address yet, which may come from
    another ``source_port`` than the server's."""

    ip: bytes
    port: int
    hardware: bytes | None = None
    source_port: int | None = None


class Decision(NamedTuple):
    """What to do with a packet: a message type to answer with, or silence, and why.

    ``answer`` is OFFER, ACK or NAK, :data:`BOOTP_REPLY`, or 0 for silence. ``outcome`` is a short,
    stable word. ``accepted`` tells whether the client's wish was met, as statistics count it.
    ``rapid`` asks for option 80 in the reply (RFC 4039); ``informs`` for one without an address
    (RFC 2131 section 4.3.5). ``block`` is a reason to put the client on the temporary block list.
    """

    answer: int
    outcome: str
    accepted: bool = False
    rapid: bool = False
    informs: bool = False
    block: str = ""


BOOTP_REPLY: Final = -1


class Drop(NamedTuple):
    """A packet refused before anyone was asked about its client."""

    reason: str
    detail: str = ""


class LeaseState(Enum):
    """How an address of a pool is held."""

    OFFERED = "offered"
    BOUND = "bound"
    RELEASED = "released"
    QUARANTINED = "quarantined"


class Lease(NamedTuple):
    """An address of a pool, and who holds it, or held it last.

    ``client`` is what its holder is known by; it is "" for a quarantined address that nobody held. Times are seconds
    since the epoch: ``since`` is when this client first got the address, ``expires`` until when it holds it, or until
    when it is quarantined. What has expired is remembered as it was: BOUND, with ``expires`` in the past.
    ``hostname`` is the client's own, ``via`` the relay agent and circuit that it came through, in words.
    ``evidence`` says why an address is quarantined, such as the hardware address that was found on it.
    """

    address: bytes
    pool: str
    client: str
    state: LeaseState
    since: float
    expires: float
    mac: bytes = b""
    hostname: str = ""
    via: str = ""
    evidence: str = ""


class Holder(NamedTuple):
    """Who asks for an address of a pool; the fields are those of a :class:`Lease`."""

    client: str
    mac: bytes = b""
    hostname: str = ""
    via: str = ""


class PoolCounts(NamedTuple):
    """How many addresses of a pool are what. ``lapsed`` ones are expired or released, and remembered."""

    size: int
    bound: int
    offered: int
    lapsed: int
    quarantined: int
    reserved: int
    free: int


class Remembered(NamedTuple):
    """What a relay told about a client when it got its address (RFC 3046, RFC 5107 section 4)."""

    giaddr: bytes
    relay_agent: bytes | None


class Query:
    """Who is asking: what a source may look a client up by. Read lazily, since most read one field.

    ``mac`` is the hardware address as bytes; ``link`` the address that names the client's link (RFC
    3527, RFC 3011, giaddr, or the server's own); ``remembered`` what a relay told about this client
    earlier, for packets that come without it. ``request`` is what a site's code has of the packet, if it has any.
    """

    __slots__ = ("_key", "arrival", "mac", "message", "remembered", "request")

    def __init__(self, message: Message, arrival: Arrival, remembered: Remembered | None = None) -> None:
        self.message = message
        self.arrival = arrival
        self.mac = message.chaddr[: message.hlen]
        self.remembered = remembered
        self._key: str | None = None
        self.request: Any = None

    @property
    def key(self) -> str:
        """The text that sources know the client by: its hardware address, such as 02:00:00:00:00:01, unless
        :meth:`known_by` set another."""
        key = self._key
        if key is None:
            self._key = key = self.mac.hex(":")
        return key

    def known_by(self, key: str) -> "Query":
        """The same question about the client of another key."""
        query = Query(self.message, self.arrival, self.remembered)
        query._key = key
        query.request = self.request
        return query

    @property
    def client_identifier(self) -> bytes:
        """Option 61, joined; empty if absent."""
        return self.message.options.get(CLIENT_IDENTIFIER, b"")

    @property
    def giaddr(self) -> bytes:
        """The relay agent's address, remembered for a renewal sent straight to the server."""
        if self.message.giaddr != ZERO_ADDRESS or self.remembered is None:
            return self.message.giaddr
        return self.remembered.giaddr

    @property
    def relay_information(self) -> Mapping[int, bytes]:
        """Sub-options of option 82 by code, remembered like :attr:`giaddr`; empty if none is known."""
        value = self.message.options.get(RELAY_AGENT)
        if value is None and self.remembered is not None and self.message.giaddr == ZERO_ADDRESS:
            value = self.remembered.relay_agent
        return suboptions(value) if value else {}

    @property
    def circuit_id(self) -> bytes:
        """RFC 3046 sub-option 1; empty if absent."""
        return self.relay_information.get(CIRCUIT_ID, b"")

    @property
    def remote_id(self) -> bytes:
        """RFC 3046 sub-option 2; empty if absent."""
        return self.relay_information.get(REMOTE_ID, b"")

    @property
    def link(self) -> bytes:
        """An address on the client's link: 82.5, else 118, else giaddr, else the server's own there."""
        message = self.message
        giaddr, relay_agent = message.giaddr, message.options.get(RELAY_AGENT)
        if giaddr == ZERO_ADDRESS and self.remembered is not None:
            giaddr = self.remembered.giaddr
            if relay_agent is None:
                relay_agent = self.remembered.relay_agent
        # The two octets that a selection begins with are looked for first: most option 82s have none.
        if relay_agent is not None and _SELECTION in relay_agent:
            selected = suboptions(relay_agent).get(LINK_SELECTION, b"")
            if len(selected) == 4:
                return selected
        if SUBNET_SELECTION in message.options:
            selected = message.options[SUBNET_SELECTION]
            if len(selected) == 4:
                return selected
        return giaddr if giaddr != ZERO_ADDRESS else self.arrival.local.server_id
