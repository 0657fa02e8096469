"""Ethernet frames that carry one UDP datagram (RFC 791, RFC 768, RFC 894, IEEE 802.1Q)."""

from struct import Struct
from typing import Final

_TYPE_IP: Final = b"\x08\x00"
_TYPE_VLAN: Final = 0x8100
_TAG: Final = Struct("!HH")
_IP: Final = Struct("!BBHHHBBH4s4s")
_UDP: Final = Struct("!HHHH")
_PSEUDO: Final = Struct("!4s4sHH")
_TTL: Final = 64
_PROTOCOL_UDP: Final = 17
_DONT_FRAGMENT: Final = 0x4000


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
