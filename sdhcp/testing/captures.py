"""Packets from files: octets as they are, hexadecimal text, or a capture (pcap and pcapng)."""

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

from ..wire.constants import BOOTREQUEST, BROADCAST_ADDRESS, HEADER_SIZE
from ..wire.describe import address
from .packets import Packet, as_packet

LARGEST: Final = 64 * 1024 * 1024
"""Octets of the largest file that is read."""

_PCAP: Final = {
    b"\xd4\xc3\xb2\xa1": "<",
    b"\x4d\x3c\xb2\xa1": "<",
    b"\xa1\xb2\xc3\xd4": ">",
    b"\xa1\xb2\x3c\x4d": ">",
}
"""How a pcap file begins, in microseconds and nanoseconds, and the order of its octets."""
_PCAPNG: Final = b"\x0a\x0d\x0d\x0a"
_LITTLE: Final = b"\x4d\x3c\x2b\x1a"
_INTERFACE, _SIMPLE, _ENHANCED = 1, 3, 6
_ETHERNET: Final = 1
_LINK_HEADERS: Final = {0: 4, 1: 14, 101: 0, 108: 4, 113: 16, 228: 0, 276: 20}
"""Octets before the IPv4 header for each link type."""
_TAGS: Final = (b"\x81\x00", b"\x88\xa8")
_UDP: Final = 17
_SERVER_PORTS: Final = (67, 4011)


class Frame(NamedTuple):
    """One frame of a capture, and the type of its link."""

    link: int
    octets: bytes


def packets_in(data: bytes, ports: tuple[int, ...] = _SERVER_PORTS) -> list[Packet]:
    """The packets of a file, in its order. Of a capture those that clients and relay agents sent to servers.

    :param ports: the ports that servers listen on: first DHCP's, then that for ProxyDHCP.
    :raises ValueError: saying what is wrong with the file.
    """
    if data[:4] in _PCAP or data[:4] == _PCAPNG:
        frames = _pcapng(data) if data[:4] == _PCAPNG else _pcap(data)
        found = [packet for frame in frames if (packet := _packet(frame, ports)) is not None]
        if not found:
            raise ValueError(f"holds no packet to a DHCP server (UDP port {' or '.join(map(str, ports))})")
        return found
    if not data:
        raise ValueError("is empty")
    return [as_packet(_octets(data))]


def _octets(data: bytes) -> bytes:
    """What a file without frames holds: a packet's octets, or those octets in hexadecimal digits."""
    try:
        text = data.decode("ascii")
        octets = bytes.fromhex(text.replace("0x", "").replace(":", "").replace("\\x", ""))
    except ValueError:
        octets = data
    if len(octets) < HEADER_SIZE:
        what = f"holds {len(octets)} octets, fewer than a DHCP message has"
        raise ValueError(f"{what}; expected octets, hexadecimal text or a capture")
    return octets


def _pcap(data: bytes) -> Iterator[Frame]:
    order = _PCAP[data[:4]]
    if len(data) < 24:
        raise ValueError("is a capture that ends in its header")
    link = struct.unpack_from(order + "I", data, 20)[0] & 0xFFFF
    position = 24
    while position + 16 <= len(data):
        size = struct.unpack_from(order + "I", data, position + 8)[0]
        yield Frame(link, data[position + 16 : position + 16 + size])
        position += 16 + size


def _pcapng(data: bytes) -> Iterator[Frame]:
    order, links, position = "<", list[int](), 0
    while position + 12 <= len(data):
        if data[position : position + 4] == _PCAPNG:
            order = "<" if data[position + 8 : position + 12] == _LITTLE else ">"
            links = []
        kind, size = struct.unpack_from(order + "II", data, position)
        block = data[position + 8 : position + max(size, 12) - 4]
        if kind == _INTERFACE and len(block) >= 2:
            links.append(struct.unpack_from(order + "H", block)[0])
        elif kind == _ENHANCED and len(block) >= 20:
            which, _, _, captured = struct.unpack_from(order + "IIII", block)
            yield Frame(links[which] if which < len(links) else _ETHERNET, block[20 : 20 + captured])
        elif kind == _SIMPLE and len(block) >= 4:
            yield Frame(links[0] if links else _ETHERNET, block[4:])
        position += max(size, 12)


def _packet(frame: Frame, ports: tuple[int, ...]) -> Packet | None:
    """The packet in a frame; None if it is none of a client or a relay agent."""
    octets = frame.octets
    start = _LINK_HEADERS.get(frame.link, 14)
    while frame.link == _ETHERNET and octets[start - 2 : start] in _TAGS:
        start += 4
    ip = octets[start:]
    if len(ip) < 28 or ip[0] >> 4 != 4 or ip[9] != _UDP or int.from_bytes(ip[6:8], "big") & 0x1FFF:
        return None
    udp = ip[(ip[0] & 15) * 4 :]
    if len(udp) < 8:
        return None
    source_port, port, size = struct.unpack_from("!HHH", udp)
    data = udp[8 : max(size, 8)]
    if port not in ports or data[:1] != bytes((BOOTREQUEST,)):
        return None
    is_proxy = port in ports[1:]
    return Packet(data, address(ip[12:16]), source_port, ip[16:20] == BROADCAST_ADDRESS, port if is_proxy else None)
