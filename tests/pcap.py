"""Reads the UDP payloads of capture files (pcap and pcapng), as far as these tests need it."""

import struct
from collections.abc import Iterator
from pathlib import Path

_LINK_HEADERS = {0: 4, 1: 14, 113: 16, 101: 0, 276: 20}


def udp_payloads(path: Path) -> Iterator[bytes]:
    """The payload of every UDP packet to or from port 67 or 68; anything else is left out."""
    data = path.read_bytes()
    frames = _pcapng(data) if data[:4] == b"\x0a\x0d\x0d\x0a" else _pcap(data)
    for link, frame in frames:
        payload = _payload(frame, link)
        if payload is not None:
            yield payload


def _pcap(data: bytes) -> Iterator[tuple[int, bytes]]:
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    link = struct.unpack_from(order + "I", data, 20)[0] & 0xFFFF
    position = 24
    while position + 16 <= len(data):
        size = struct.unpack_from(order + "I", data, position + 8)[0]
        yield link, data[position + 16 : position + 16 + size]
        position += 16 + size


def _pcapng(data: bytes) -> Iterator[tuple[int, bytes]]:
    order, links, position = "<", [1], 0
    while position + 12 <= len(data):
        if data[position : position + 4] == b"\x0a\x0d\x0d\x0a":
            order = "<" if data[position + 8 : position + 12] == b"\x4d\x3c\x2b\x1a" else ">"
            links = []
        kind, size = struct.unpack_from(order + "II", data, position)
        if kind == 1:
            links.append(struct.unpack_from(order + "H", data, position + 8)[0])
        elif kind == 6:
            which, _, _, captured = struct.unpack_from(order + "IIII", data, position + 8)
            yield links[which] if which < len(links) else 1, data[position + 28 : position + 28 + captured]
        position += max(size, 12)


def _payload(frame: bytes, link: int) -> bytes | None:
    packet = frame[_LINK_HEADERS.get(link, 14) :]
    if link == 1 and frame[12:14] == b"\x81\x00":
        packet = frame[18:]
    if len(packet) < 28 or packet[0] >> 4 != 4 or packet[9] != 17:
        return None
    udp = packet[(packet[0] & 15) * 4 :]
    if len(udp) < 8 or not {67, 68, 4011} & set(struct.unpack_from("!HH", udp)):
        return None
    return udp[8:]
