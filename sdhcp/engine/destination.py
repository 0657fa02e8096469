"""Where a reply goes (RFC 2131 section 4.1, RFC 1542 section 5.4, RFC 8357)."""

from typing import Final

from ..model import DISCOVER, INFORM, INIT_REBOOT, SELECTING, Arrival, Destination
from ..wire.constants import (
    BROADCAST_ADDRESS,
    FLAG_BROADCAST,
    NAK,
    RELAY_AGENT,
    RELAY_SOURCE_PORT,
    ZERO_ADDRESS,
)
from ..wire.message import Message
from ..wire.relay import suboptions
from .guards import is_host_address

_BROADCAST_HARDWARE: Final = b"\xff\xff\xff\xff\xff\xff"
_new: Final = tuple.__new__
"""Makes a Destination in half the time that its own constructor takes."""
_WITHOUT_ADDRESS: Final = frozenset((DISCOVER, SELECTING, INIT_REBOOT))


def destination(kind: str, message: Message, answer: int, yiaddr: bytes, arrival: Arrival) -> Destination | None:
    """Where to send the answer to a message; None if there is no address that can be right.

    :param yiaddr: the address that is being given, 0.0.0.0 for none.
    """
    local = arrival.local
    if message.giaddr != ZERO_ADDRESS:
        if kind is INFORM and message.ciaddr != ZERO_ADDRESS:
            return Destination(message.ciaddr, local.client_port)
        relay_agent = message.options.get(RELAY_AGENT)
        # As with the override: the octet that the sub-option begins with is looked for first.
        if relay_agent is not None and b"\x13" in relay_agent and RELAY_SOURCE_PORT in suboptions(relay_agent):
            return Destination(message.giaddr, arrival.port)
        return _new(Destination, (message.giaddr, local.port, None, None))
    if local.is_proxy:
        return _to_boot_client(kind, message, arrival)
    if answer != NAK:
        if message.ciaddr != ZERO_ADDRESS and kind not in _WITHOUT_ADDRESS:
            return Destination(message.ciaddr, local.client_port)
        if kind is INFORM:
            return Destination(arrival.address, local.client_port) if _is_host(arrival) else None
        if message.flags & FLAG_BROADCAST == 0 and local.link_layer and yiaddr != ZERO_ADDRESS:
            hardware = message.chaddr[: message.hlen]
            return Destination(yiaddr, local.client_port, hardware)
    return Destination(BROADCAST_ADDRESS, local.client_port, _BROADCAST_HARDWARE if local.link_layer else None)


def _is_host(arrival: Arrival) -> bool:
    """Whether a packet's source is one host."""
    local = arrival.local
    return is_host_address(arrival.address, local.loopback) and arrival.address not in local.broadcasts


def _to_boot_client(kind: str, message: Message, arrival: Arrival) -> Destination:
    """A PXE client speaks from the port it listens on (PXE specification 2.1, section 2.2.3)."""
    if message.ciaddr != ZERO_ADDRESS and kind is not DISCOVER:
        return Destination(message.ciaddr, arrival.port)
    if _is_host(arrival):
        return Destination(arrival.address, arrival.port)
    return Destination(BROADCAST_ADDRESS, arrival.port)
