"""Packets from files: octets as they are, hexadecimal text, or a capture (pcap and pcapng)."""

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

from ..client_packets import Packet, as_packet
from ..wire.constants import BOOTREQUEST, BROADCAST_ADDRESS, HEADER_SIZE
from ..wire.describe import address

_PCAP: Final = {
    b"\xd4\xc3\xb2\xa1": ("<", 1e-6),
    b"\x4d\x3c\xb2\xa1": ("<", 1e-9),
    b"\xa1\xb2\xc3\xd4": (">", 1e-6),
    b"\xa1\xb2\x3c\x4d": (">", 1e-9),
}
"""How a pcap file begins; the order of its octets and the unit of its times, in seconds."""
_PCAPNG: Final = b"\x0a\x0d\x0d\x0a"
_LITTLE: Final = b"\x4d\x3c\x2b\x1a"
_INTERFACE, _SIMPLE, _ENHANCED = 1, 3, 6
_ETHERNET: Final = 1
_LINK_HEADERS: Final = {0: 4, 1: 14, 101: 0, 108: 4, 113: 16, 228: 0, 276: 20}
"""Octets before the IPv4 header for each link type."""
_TAGS: Final = (b"\x81\x00", b"\x88\xa8")
_UDP: Final = 17
_SERVER_PORT: Final = 67
_RESOLUTION: Final = 9
_MICROSECONDS: Final = 1e-6


class Frame(NamedTuple):
    """One frame of a capture: the type of its link, its octets, and when it came, in seconds since some time."""

    link: int
    octets: bytes
    time: float


class Captured(NamedTuple):
    """A packet, and how many seconds it came after the one before it."""

    packet: Packet
    pause: float


class _Interface(NamedTuple):
    link: int = _ETHERNET
    unit: float = _MICROSECONDS


def packets_in(data: bytes, port: int = _SERVER_PORT, proxy_port: int | None = None) -> list[Captured]:
    """The packets of a file, in its order. Of a capture those that clients and relay agents sent to servers.

    :param port: where servers listen beside port 67; ``proxy_port`` is theirs for ProxyDHCP.
    :raises ValueError: saying what is wrong with the file.
    """
    if data[:4] not in _PCAP and data[:4] != _PCAPNG:
        return [Captured(as_packet(_octets(data)), 0.0)]
    found: list[Captured] = []
    before = None
    for frame in _pcapng(data) if data[:4] == _PCAPNG else _pcap(data):
        packet = _packet(frame, (_SERVER_PORT, port), proxy_port)
        if packet is not None:
            found.append(Captured(packet, 0.0 if before is None else max(0.0, frame.time - before)))
            before = frame.time
    if not found:
        ports = " or ".join(str(one) for one in dict.fromkeys((_SERVER_PORT, port, proxy_port)) if one is not None)
        raise ValueError(f"holds no packet to a DHCP server (UDP port {ports})")
    return found


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
    order, unit = _PCAP[data[:4]]
    if len(data) < 24:
        raise ValueError("is a capture that ends in its header")
    link = struct.unpack_from(order + "I", data, 20)[0] & 0xFFFF
    position = 24
    while position + 16 <= len(data):
        seconds, fraction, size = struct.unpack_from(order + "III", data, position)
        yield Frame(link, data[position + 16 : position + 16 + size], seconds + fraction * unit)
        position += 16 + size


def _pcapng(data: bytes) -> Iterator[Frame]:
    order, position = "<", 0
    interfaces: list[_Interface] = []
    while position + 12 <= len(data):
        if data[position : position + 4] == _PCAPNG:
            order = "<" if data[position + 8 : position + 12] == _LITTLE else ">"
            interfaces = []
        kind, size = struct.unpack_from(order + "II", data, position)
        block = data[position + 8 : position + max(size, 12) - 4]
        if kind == _INTERFACE and len(block) >= 2:
            interfaces.append(_Interface(struct.unpack_from(order + "H", block)[0], _unit(block, order)))
        elif kind == _ENHANCED and len(block) >= 20:
            which, high, low, captured = struct.unpack_from(order + "IIII", block)
            link, unit = interfaces[which] if which < len(interfaces) else _Interface()
            yield Frame(link, block[20 : 20 + captured], (high << 32 | low) * unit)
        elif kind == _SIMPLE and len(block) >= 4:
            yield Frame(interfaces[0].link if interfaces else _ETHERNET, block[4:], 0.0)
        position += max(size, 12)


def _unit(block: bytes, order: str) -> float:
    """The unit of an interface's times, in seconds."""
    position = 8
    while position + 5 <= len(block):
        code, size = struct.unpack_from(order + "HH", block, position)
        if code == _RESOLUTION and size:
            power = block[position + 4]
            return float(2 ** -(power & 0x7F) if power & 0x80 else 10 ** -(power & 0x7F))
        position += 4 + (size + 3) // 4 * 4
    return _MICROSECONDS


def _packet(frame: Frame, ports: tuple[int, ...], proxy_port: int | None) -> Packet | None:
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
    if port not in (*ports, proxy_port) or data[:1] != bytes((BOOTREQUEST,)):
        return None
    to = None if port in ports else port
    return Packet(data, address(ip[12:16]), source_port, ip[16:20] == BROADCAST_ADDRESS, to)
