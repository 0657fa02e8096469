"""ICMP echo: the question whether a host is there, and its answer (RFC 792), alone or in an IPv4 packet (RFC 791)."""

from struct import Struct
from typing import Final, NamedTuple

from .errors import Truncated, WireError
from .frame import checksum

ECHO_REPLY: Final = 0
ECHO: Final = 8

_HEADER: Final = Struct("!BBHHH")
_PROTOCOL: Final = 1
_SMALLEST_PACKET: Final = 20
_FRAGMENT: Final = 0x3FFF
"""More of it follows, or it is not the first."""


class Echo(NamedTuple):
    """An echo message, ``kind`` :data:`ECHO` or :data:`ECHO_REPLY`; its numbers are 0 to 65535."""

    kind: int
    identifier: int
    sequence: int
    data: bytes = b""


def encode(echo: Echo) -> bytes:
    """The message as it stands in an IPv4 packet, its checksum in place."""
    kind, identifier, sequence, data = echo
    right = checksum(_HEADER.pack(kind, 0, 0, identifier, sequence) + data)
    return _HEADER.pack(kind, 0, right, identifier, sequence) + data


def decode(octets: bytes) -> Echo:
    """Read an echo message.

    :raises WireError: if it is another message of ICMP, cut short, or damaged.
    """
    if len(octets) < _HEADER.size:
        raise Truncated(f"{len(octets)} octets hold no ICMP message")
    kind, code, _, identifier, sequence = _HEADER.unpack_from(octets)
    if kind not in (ECHO, ECHO_REPLY) or code:
        raise WireError(f"ICMP type {kind}, code {code} is no echo message")
    if checksum(octets):
        raise WireError("an ICMP message with a wrong checksum")
    return Echo(kind, identifier, sequence, octets[_HEADER.size :])


def unpack(packet: bytes) -> tuple[bytes, bytes]:
    """Who sent a whole IPv4 packet, 4 bytes, and the ICMP message in it.

    :raises WireError: if it carries no ICMP, or only a part of a message.
    """
    if len(packet) < _SMALLEST_PACKET:
        raise Truncated(f"{len(packet)} octets hold no IPv4 packet")
    start, size = (packet[0] & 0x0F) * 4, int.from_bytes(packet[2:4], "big")
    if packet[0] >> 4 != 4 or start < _SMALLEST_PACKET or not start <= size <= len(packet):
        raise WireError("no IPv4 packet")
    if packet[9] != _PROTOCOL or int.from_bytes(packet[6:8], "big") & _FRAGMENT:
        raise WireError("an IPv4 packet without a whole ICMP message")
    return packet[12:16], packet[start:size]
