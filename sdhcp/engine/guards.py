"""Which packets are refused before anyone is asked about their client."""

from typing import Final

from ..model import BOOTP, DECLINE, INFORM, PROXY_REQUEST, REBIND, RELEASE, RENEW, SELECTING, Drop, Local
from ..wire.constants import BOOTREQUEST, RELAY_AGENT, SERVER_IDENTIFIER, SERVER_OVERRIDE, ZERO_ADDRESS
from ..wire.message import Message
from ..wire.relay import suboptions
from .policy import Policy

_LONGEST_HARDWARE_ADDRESS: Final = 16
_NAMES_A_SERVER: Final = frozenset((SELECTING, DECLINE, RELEASE, PROXY_REQUEST))
_SPEAKS_FROM_CIADDR: Final = frozenset((RENEW, REBIND, INFORM, BOOTP))

OP: Final = Drop("op", "not a BOOTREQUEST")
MESSAGE_TYPE: Final = Drop("message-type", "not a type that clients send to servers")
HARDWARE_ADDRESS: Final = Drop("hardware-address", "hlen is over 16")
LOCAL_FORBIDDEN: Final = Drop("local-not-allowed", "ALLOW_LOCAL_DHCP is off")
RELAYS_FORBIDDEN: Final = Drop("relays-not-allowed", "ALLOW_DHCP_RELAYS is off")
RELAY_NOT_LISTED: Final = Drop("relay-not-listed", "giaddr is not in ALLOWED_DHCP_RELAYS")
BAD_GIADDR: Final = Drop("giaddr", "giaddr is no address that a relay agent can have")
BAD_CIADDR: Final = Drop("ciaddr", "ciaddr is no address that a client can have")
OTHER_SERVER: Final = Drop("other-server", "option 54 names another server")


def is_host_address(address: bytes, loopback: bool = False) -> bool:
    """Whether 4 bytes can be one host's address: not in 0/8, 127/8 (unless ``loopback``) or 224/3."""
    first = address[0]
    return 0 < first < 224 and (first != 127 or loopback)


def server_identifier(message: Message, local: Local) -> bytes:
    """The address this server goes by towards a client: the relay's override, else its own (RFC 5107)."""
    relay_agent = message.options.get(RELAY_AGENT)
    # The two octets that an override begins with are looked for first: most option 82s have none.
    if relay_agent is not None and b"\x0b\x04" in relay_agent and message.giaddr != ZERO_ADDRESS:
        override = suboptions(relay_agent).get(SERVER_OVERRIDE, b"")
        if len(override) == 4 and is_host_address(override, local.loopback):
            return override
    return local.server_id


def admit(message: Message, kind: str, local: Local, policy: Policy) -> Drop | None:
    """None to go on with a packet, or why it is refused.

    Sources: RFC 2131 sections 4.1 and 4.3, RFC 1542 section 5.4, RFC 5107.
    """
    if message.op != BOOTREQUEST:
        return OP
    if not kind:
        return MESSAGE_TYPE
    if message.hlen > _LONGEST_HARDWARE_ADDRESS:
        return HARDWARE_ADDRESS
    giaddr = message.giaddr
    if giaddr == ZERO_ADDRESS:
        if not policy.allow_local:
            return LOCAL_FORBIDDEN
    else:
        if not policy.allow_relays:
            return RELAYS_FORBIDDEN
        if policy.allowed_relays and giaddr not in policy.allowed_relays:
            return RELAY_NOT_LISTED
        if not is_host_address(giaddr, local.loopback) or giaddr in local.addresses or giaddr in local.broadcasts:
            return BAD_GIADDR
    ciaddr = message.ciaddr
    # What is answered there must not reach more than one host.
    if ciaddr != ZERO_ADDRESS and (kind in _SPEAKS_FROM_CIADDR or local.is_proxy):
        if not is_host_address(ciaddr, local.loopback) or ciaddr in local.broadcasts:
            return BAD_CIADDR
    if kind in _NAMES_A_SERVER:
        named = message.options.get(SERVER_IDENTIFIER, ZERO_ADDRESS)
        if named != ZERO_ADDRESS and named != local.server_id and named != server_identifier(message, local):
            return OTHER_SERVER
    return None
