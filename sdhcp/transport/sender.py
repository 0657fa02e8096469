"""The ways out: UDP, and frames to clients that have no address yet."""

import errno
import os
import socket
from collections.abc import Callable
from struct import Struct
from typing import Final, NamedTuple

from zope.interface import implementer

from ..events import SendFailed
from ..interfaces import ISender
from ..model import Destination
from ..wire.constants import BROADCAST_ADDRESS
from ..wire.frame import udp_frame
from .batches import Outbox

TELL: Final = 60.0
"""Seconds between two events about the same trouble."""
HELD: Final = 16
"""Replies that are held back at most, so that the first does not wait for long."""
_PACKET_INFO: Final = Struct("@I4s4s")
_IP_PKTINFO: Final = 8
_ANYWHERE: Final = b"\0\0\0\0"


class FrameSocket(NamedTuple):
    """A socket for frames on one interface, whose hardware address is ``own``."""

    socket: socket.socket
    own: bytes
    tags: tuple[tuple[int, int, int], ...]


def leaving_on(index: int, address: bytes) -> list[tuple[int, int, bytes]]:
    """What sendmsg(2) is told to have a packet leave on an interface, from an address of it."""
    return [(socket.IPPROTO_IP, _IP_PKTINFO, _PACKET_INFO.pack(index, address, _ANYWHERE))]


@implementer(ISender)
class Sender:
    """Sends from one address of the server.

    :param udp: bound to the server's address and port.
    :param index: of the interface that broadcasts leave on.
    :param frames: how to reach clients without an address; None where only UDP is wanted.
    :param publish: takes events.
    :param clock: seconds of a monotonic clock.
    """

    def __init__(
        self,
        udp: socket.socket,
        address: bytes,
        port: int,
        interface: str,
        index: int,
        frames: FrameSocket | None,
        publish: Callable[[SendFailed], None],
        clock: Callable[[], float],
    ) -> None:
        self._udp = udp
        self._address = address
        self._port = port
        self._interface = interface
        self._frames = frames
        self._publish = publish
        self._clock = clock
        self._broadcast = leaving_on(index, address)
        self._outbox = Outbox(udp, HELD)
        self._holds = False
        self._failures: dict[int, tuple[float, int, bytes]] = {}

    def send(self, data: bytes, destination: Destination) -> bool:
        """Send one reply; False, with an event once a minute, if that fails. Never raises.

        A reply that is held back counts as sent.
        """
        ip, port, hardware, source_port = destination
        if self._holds and hardware is None and ip != BROADCAST_ADDRESS:
            if self._outbox.put(data, ip, port):
                return True
            self._flush()
            if self._outbox.put(data, ip, port):
                return True
        try:
            if hardware is not None and self._frames is not None and len(hardware) == 6:
                out, own, tags = self._frames
                out.send(udp_frame(own, hardware, self._address, source_port or self._port, ip, port, data, tags))
            elif hardware is not None or ip == BROADCAST_ADDRESS:
                self._udp.sendmsg([data], self._broadcast, 0, ("255.255.255.255", port))
            else:
                self._udp.sendto(data, (socket.inet_ntoa(ip), port))
        except OSError as error:
            self._failed(error.errno or 0, ip)
            return False
        return True

    def rename(self, interface: str) -> None:
        """The interface has another name from now on."""
        self._interface = interface

    def tell(self) -> None:
        """Tell of failures that were counted and not told of, where a minute is over; called by a timer."""
        now = self._clock()
        for code, (told, times, ip) in list(self._failures.items()):
            if times and now - told >= TELL:
                self._publish(SendFailed(now, self._interface, ip, _words(code), times))
                self._failures[code] = (now, 0, ip)

    def hold(self) -> None:
        """Hold replies back until :meth:`flush`, or until there are :data:`HELD`, to send them together."""
        self._holds = True

    def flush(self) -> None:
        """Send what is held back, and hold back no more. Never raises."""
        self._holds = False
        self._flush()

    def _flush(self) -> None:
        for code, ip in self._outbox.flush():
            self._failed(code, ip)

    def _failed(self, code: int, ip: bytes) -> None:
        now = self._clock()
        told, times, _ = self._failures.get(code, (-TELL, 0, ip))
        self._failures[code] = (told, times + 1, ip)
        if now - told >= TELL:
            self.tell()


def _words(code: int) -> str:
    """What an errno means, with what to do where that is not plain."""
    advice = {
        errno.ENETUNREACH: "; is there a route to it?",
        errno.EHOSTUNREACH: "; is the host or its gateway up?",
        errno.ENETDOWN: "; is the interface up?",
        errno.EPERM: "; does a firewall forbid it?",
        errno.EAGAIN: "; the interface cannot take more",
        errno.ENOBUFS: "; the interface cannot take more",
    }
    return os.strerror(code) + advice.get(code, "")
