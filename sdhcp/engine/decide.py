"""The answer to each kind of packet (RFC 2131 section 4.3, RFC 4039, RFC 951). Pure tables."""

from typing import Final

from ..model import (
    BOOTP,
    BOOTP_REPLY,
    DECLINE,
    DISCOVER,
    INFORM,
    INIT_REBOOT,
    LEASEQUERY,
    PROXY_REQUEST,
    REBIND,
    RELEASE,
    RENEW,
    SELECTING,
    Decision,
    Definition,
)
from ..wire.constants import ACK, NAK, OFFER, RAPID_COMMIT, REQUESTED_ADDRESS, SERVER_IDENTIFIER, ZERO_ADDRESS
from ..wire.message import Message
from .abuse import UNKNOWN_CLIENT
from .policy import Policy

OFFERED: Final = Decision(OFFER, "offered", True)
COMMITTED: Final = Decision(ACK, "rapid-commit", True, rapid=True)
ACKNOWLEDGED: Final = Decision(ACK, "acknowledged", True)
INFORMED: Final = Decision(ACK, "informed", True, informs=True)
BOOTED: Final = Decision(BOOTP_REPLY, "bootp", True)
RELEASED: Final = Decision(0, "released", True)
DECLINED: Final = Decision(0, "declined", True)

NAK_UNKNOWN: Final = Decision(NAK, "nak-unknown", True)
NAK_MISMATCH: Final = Decision(NAK, "nak-wrong-address", True)
NAK_OFF_LINK: Final = Decision(NAK, "nak-wrong-network", True)
NAK_POLICY: Final = Decision(NAK, "nak-renewals", True)

SILENT_UNKNOWN: Final = Decision(0, "unknown-client")
BLOCK_UNKNOWN: Final = Decision(0, "unknown-client", block=UNKNOWN_CLIENT)
SILENT_OFF_LINK: Final = Decision(0, "off-link")
SILENT_UNCLEAR: Final = Decision(0, "unclear-request")
SILENT_INCOMPLETE: Final = Decision(0, "incomplete")
BLOCK_INCOMPLETE: Final = Decision(0, "incomplete", block="incomplete message")
SILENT_NOT_HOLDER: Final = Decision(0, "not-holder")
SILENT_CIADDR: Final = Decision(0, "ciaddr")
SILENT_LEASEQUERY: Final = Decision(0, "leasequery")
BLOCK_INFORM: Final = Decision(0, "unknown-client", block="unknown client's INFORM")


_ASKED_FOR: Final = frozenset((DISCOVER, SELECTING, INIT_REBOOT, BOOTP, INFORM, PROXY_REQUEST))


def before_lookup(kind: str, message: Message, policy: Policy) -> Decision | None:
    """The decision where no definition can change it, or None: then the source is asked."""
    if kind in _ASKED_FOR:
        return None
    if kind is RENEW or kind is REBIND:
        if policy.nak_renewals and (kind is RENEW or policy.authoritative):
            return NAK_POLICY
        return None
    if kind is RELEASE or kind is DECLINE:
        complete = SERVER_IDENTIFIER in message.options and (
            kind is RELEASE or len(message.options.get(REQUESTED_ADDRESS, b"")) == 4
        )
        if complete:
            return None
        return BLOCK_INCOMPLETE if policy.legacy_block_incomplete else SILENT_INCOMPLETE
    if kind is LEASEQUERY:
        return SILENT_LEASEQUERY
    return SILENT_UNCLEAR


def decide(kind: str, message: Message, definition: Definition | None, on_link: bool, policy: Policy) -> Decision:
    """What to answer a client whose definition is known, or None for a client nobody knows.

    ``on_link`` is False if the definition's address must not be given out where the client is. For
    INFORM, ``definition`` may be that of a subnet alone.
    """
    if kind is DISCOVER:
        if definition is None:
            return NAK_UNKNOWN if policy.legacy_nak_unknown_discover and policy.authoritative else BLOCK_UNKNOWN
        if not on_link:
            return SILENT_OFF_LINK
        return COMMITTED if commits(message, definition.subnet, policy) else OFFERED
    if kind is SELECTING:
        requested = message.options.get(REQUESTED_ADDRESS, ZERO_ADDRESS)
        if definition is None:
            return NAK_UNKNOWN
        if not on_link:
            return NAK_OFF_LINK
        if requested == definition.ip or requested == ZERO_ADDRESS:
            return ACKNOWLEDGED
        return NAK_MISMATCH
    if kind is INIT_REBOOT:
        if definition is None:
            return NAK_UNKNOWN if policy.authoritative or policy.legacy_nak_unknown_reboot else SILENT_UNKNOWN
        if not on_link:
            return NAK_OFF_LINK
        return ACKNOWLEDGED if message.options[REQUESTED_ADDRESS] == definition.ip else NAK_MISMATCH
    if kind is RENEW or kind is REBIND:
        if definition is None:
            return NAK_UNKNOWN if policy.authoritative else SILENT_UNKNOWN
        if not on_link:
            return NAK_OFF_LINK
        return ACKNOWLEDGED if message.ciaddr == definition.ip else NAK_MISMATCH
    if kind is INFORM:
        if definition is None:
            return BLOCK_INFORM if policy.legacy_block_unknown_inform else SILENT_UNKNOWN
        return SILENT_CIADDR if _is_for_all(message.ciaddr, definition) else INFORMED
    if kind is BOOTP:
        if definition is None:
            return SILENT_UNKNOWN
        if message.ciaddr not in (ZERO_ADDRESS, definition.ip):
            return SILENT_CIADDR
        return BOOTED if on_link else SILENT_OFF_LINK
    if kind is PROXY_REQUEST:
        if definition is None:
            return SILENT_UNKNOWN
        if _is_for_all(message.ciaddr, definition):
            return SILENT_CIADDR
        return ACKNOWLEDGED if on_link else SILENT_OFF_LINK
    if kind is RELEASE:
        return RELEASED if definition is not None and definition.ip == message.ciaddr else SILENT_NOT_HOLDER
    held = definition is not None and definition.ip == message.options[REQUESTED_ADDRESS]
    return DECLINED if held else SILENT_NOT_HOLDER


def commits(message: Message, subnet: str, policy: Policy) -> bool:
    """Whether a DISCOVER is answered with an ACK for an address of a subnet (RFC 4039)."""
    return RAPID_COMMIT in message.options and (policy.rapid_commit or subnet in policy.rapid_commit_subnets)


def _is_for_all(address: bytes, definition: Definition) -> bool:
    """Whether all hosts of a network as large as the definition's would hear what is sent to an address."""
    if address == definition.broadcast_address:
        return True
    hosts = ~definition.mask & 0xFFFFFFFF
    # Networks of one and two addresses have none to spare (RFC 3021). Whichever network of that size the
    # address lies in: the definition may be that of another subnet than the client is on.
    return address != ZERO_ADDRESS and 1 < hosts < 0xFFFFFFFF and int.from_bytes(address, "big") & hosts in (0, hosts)
