"""ARP for IPv4 on Ethernet: the question whether an address is in use, and the answers to it (RFC 826, RFC 5227)."""

from struct import Struct
from typing import Final, NamedTuple

from .constants import ZERO_ADDRESS
from .errors import Truncated, WireError
from .frame import header

REQUEST: Final = 1
REPLY: Final = 2

_TYPE: Final = b"\x08\x06"
_TAGGED: Final = (b"\x81\x00", b"\x88\xa8")
_FIXED: Final = bytes((0, 1, 8, 0, 6, 4))
"""Ethernet, IPv4, and the lengths of their addresses."""
_BODY: Final = Struct("!6sH6s4s6s4s")
_EVERYBODY: Final = b"\xff" * 6
_NOBODY: Final = bytes(6)


class Arp(NamedTuple):
    """What stands in an ARP packet; hardware addresses are 6 bytes."""

    operation: int
    sender_hardware: bytes
    sender: bytes
    target_hardware: bytes
    target: bytes

    @property
    def claims(self) -> bool:
        """Whether it says that its sender uses the sender's address: a reply, or an announcement (RFC 5227
        section 2.3). A probe never does."""
        if self.sender == ZERO_ADDRESS:
            return False
        return self.operation == REPLY or (self.operation == REQUEST and self.sender == self.target)


def encode(arp: Arp) -> bytes:
    """The packet without its Ethernet header."""
    return _BODY.pack(_FIXED, arp.operation, arp.sender_hardware, arp.sender, arp.target_hardware, arp.target)


def probe_frame(own: bytes, address: bytes, tags: tuple[tuple[int, int, int], ...] = ()) -> bytes:
    """A frame to everybody that asks for an address and claims none, so that nobody's cache changes (RFC 5227
    section 2.1.1).

    :param own: the hardware address that is answered.
    :param tags: 802.1Q tags, outermost first, each (pcp, dei, vid).
    """
    return header(_EVERYBODY, own, _TYPE, tags) + encode(Arp(REQUEST, own, ZERO_ADDRESS, _NOBODY, address))


def decode(frame: bytes) -> Arp:
    """Read an Ethernet frame; what stands behind the packet is padding.

    :raises WireError: if it carries no ARP for IPv4 on Ethernet.
    """
    position = 12
    while frame[position : position + 2] in _TAGGED:
        position += 4
    kind, packet = frame[position : position + 2], frame[position + 2 :]
    if len(packet) < _BODY.size:
        raise Truncated(f"{len(frame)} octets hold no ARP packet")
    fixed, *fields = _BODY.unpack_from(packet)
    if kind != _TYPE or fixed != _FIXED:
        raise WireError("no ARP for IPv4 on Ethernet")
    return Arp(*fields)
