"""Ethernet frames that carry one UDP datagram, and what they carry (RFC 791, RFC 768, RFC 894, IEEE 802.1Q)."""

from struct import Struct
from typing import Final, NamedTuple

from .errors import Truncated, WireError

_TYPE_IP: Final = b"\x08\x00"
_TYPE_VLAN: Final = 0x8100
_TAG: Final = Struct("!HH")
_IP: Final = Struct("!BBHHHBBH4s4s")
_UDP: Final = Struct("!HHHH")
_PSEUDO: Final = Struct("!4s4sHH")
_TTL: Final = 64
_PROTOCOL_UDP: Final = 17
_DONT_FRAGMENT: Final = 0x4000
_FRAGMENT: Final = 0x3FFF


class Datagram(NamedTuple):
    """One UDP datagram with where it came from and where it was sent; addresses are 4 bytes."""

    source: bytes
    source_port: int
    ip: bytes
    port: int
    data: bytes


def checksum(octets: bytes) -> int:
    """The Internet checksum of octets (RFC 1071)."""
    if len(octets) & 1:
        octets += b"\0"
    # The sum of 16-bit words with carries folded in is the number modulo 65535; 65535 stands for 0.
    number = int.from_bytes(octets, "big")
    folded = number % 0xFFFF
    return 0xFFFF - (folded if folded or not number else 0xFFFF)


def header(hardware: bytes, source_hardware: bytes, kind: bytes, tags: tuple[tuple[int, int, int], ...] = ()) -> bytes:
    """What an Ethernet frame begins with, from one hardware address to another.

    :param kind: the EtherType, 2 bytes.
    :param tags: 802.1Q tags, outermost first, each (pcp, dei, vid).
    """
    tagged = b"".join(_TAG.pack(_TYPE_VLAN, pcp << 13 | dei << 12 | vid) for pcp, dei, vid in tags)
    return b"".join((hardware, source_hardware, tagged, kind))


def udp_frame(
    source_hardware: bytes,
    hardware: bytes,
    source: bytes,
    source_port: int,
    ip: bytes,
    port: int,
    data: bytes,
    tags: tuple[tuple[int, int, int], ...] = (),
) -> bytes:
    """One Ethernet frame with an IPv4 packet of one UDP datagram, both checksums in place.

    :param tags: 802.1Q tags, outermost first, each (pcp, dei, vid).
    """
    size = 8 + len(data)
    pseudo = _PSEUDO.pack(source, ip, _PROTOCOL_UDP, size)
    udp_sum = checksum(pseudo + _UDP.pack(source_port, port, size, 0) + data) or 0xFFFF
    packet = _IP.pack(0x45, 0, 20 + size, 0, _DONT_FRAGMENT, _TTL, _PROTOCOL_UDP, 0, source, ip)
    packet = packet[:10] + checksum(packet).to_bytes(2, "big") + packet[12:]
    start = header(hardware, source_hardware, _TYPE_IP, tags)
    return b"".join((start, packet, _UDP.pack(source_port, port, size, udp_sum), data))


def datagram(packet: bytes) -> Datagram:
    """Read an IPv4 packet, without its Ethernet header, that carries one whole UDP datagram.

    Checksums are not looked at: an interface may leave them to be filled in later.

    :raises WireError: if it carries none.
    """
    if len(packet) < _IP.size:
        raise Truncated(f"{len(packet)} octets hold no IPv4 header")
    first, _, size, _, fragment, _, protocol, _, source, ip = _IP.unpack_from(packet)
    begin = (first & 0x0F) * 4
    if first >> 4 != 4 or begin < _IP.size or protocol != _PROTOCOL_UDP or fragment & _FRAGMENT:
        raise WireError("no whole UDP datagram in IPv4")
    if not begin + _UDP.size <= size <= len(packet):
        raise Truncated(f"{len(packet)} octets hold no packet of {size}")
    source_port, port, length, _ = _UDP.unpack_from(packet, begin)
    if not _UDP.size <= length <= size - begin:
        raise Truncated(f"{size - begin} octets hold no datagram of {length}")
    return Datagram(source, source_port, ip, port, packet[begin + _UDP.size : begin + length])
