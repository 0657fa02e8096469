"""Kept packets as a capture file, which Wireshark and tcpdump read (pcap, LINKTYPE_RAW: IPv4 packets)."""

from collections.abc import Iterable, Iterator
from struct import Struct
from typing import Final, NamedTuple

from ..events import Exchange
from ..model import Arrival, Destination
from ..wire.constants import BROADCAST_ADDRESS
from ..wire.frame import udp_frame
from .packets import Kept

HEADER: Final = Struct("<IHHiIII").pack(0xA1B2C3D4, 2, 4, 0, 0, 65535, 101)
"""What the file begins with: microseconds, version 2.4, UTC, whole packets of LINKTYPE_RAW."""
_RECORD: Final = Struct("<IIII")
_ETHERNET: Final = 14
_NOBODY: Final = bytes(6)


class Captured(NamedTuple):
    """One IPv4 packet of the file: when, by the monotonic clock, and what; ``to`` is set for a reply."""

    now: float
    data: bytes
    arrival: Arrival
    to: Destination | None = None


def captured(packets: Iterable[Kept]) -> list[Captured]:
    """Requests and replies in the order of their times."""
    found = []
    for kept in packets:
        event, arrival = kept.event, kept.arrival
        if arrival.data:
            found.append(Captured(arrival.now, arrival.data, arrival))
        if isinstance(event, Exchange) and event.reply and event.to is not None:
            found.append(Captured(arrival.now + event.elapsed, event.reply, arrival, event.to))
    found.sort(key=lambda one: one.now)
    return found


def records(captures: Iterable[Captured], since: float) -> Iterator[bytes]:
    """Each with its header; ``since`` is what the monotonic clock lags behind that of the day.

    What came to a socket for broadcasts has 255.255.255.255 as its destination: which of the server's addresses, or
    whether all of them, a relay agent or client has named is not told with a datagram.
    """
    for now, data, arrival, to in captures:
        local = arrival.local
        if to is None:
            ip = BROADCAST_ADDRESS if local.hears_broadcasts else local.server_id
            packet = _packet(arrival.address, arrival.port, ip, local.port, data)
        else:
            packet = _packet(local.server_id, to.source_port or local.port, to.ip, to.port, data)
        microseconds = round((now + since) * 1e6)
        seconds, rest = divmod(microseconds, 1_000_000)
        yield _RECORD.pack(seconds & 0xFFFFFFFF, rest, len(packet), len(packet)) + packet


def _packet(source: bytes, source_port: int, ip: bytes, port: int, data: bytes) -> bytes:
    return udp_frame(_NOBODY, _NOBODY, source, source_port, ip, port, data)[_ETHERNET:]
