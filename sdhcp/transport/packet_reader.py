"""Reads packets one by one from a socket below UDP, a bounded number before others get their turn."""

import errno
import socket
from collections.abc import Callable
from typing import Any, Final

from twisted.internet.interfaces import IReactorFDSet, IReadDescriptor
from twisted.python.failure import Failure
from zope.interface import implementer

TURN: Final = 64
"""Packets that are read before the reactor looks at other things."""
_LARGEST: Final = 2048
_HARMLESS: Final = frozenset(
    (errno.EINTR, errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENETDOWN, errno.ENOBUFS)
)
"""What says nothing about the socket: the next read may well succeed."""

Take = Callable[[bytes, Any], None]
"""Takes a packet and where it came from, as ``recvfrom`` tells it."""


@implementer(IReadDescriptor)
class PacketReader:
    """Hands every packet of a socket to ``take``.

    :param trouble: called with the error when reading fails; the reader is stopped then.
    """

    def __init__(
        self, source: socket.socket, take: Take, reactor: IReactorFDSet, trouble: Callable[[OSError], None]
    ) -> None:
        self._socket = source
        self._take = take
        self._reactor = reactor
        self._trouble = trouble

    def start(self) -> None:
        """Begin to read."""
        self._reactor.addReader(self)

    def stop(self) -> None:
        """Read no more."""
        self._reactor.removeReader(self)

    def fileno(self) -> int:
        """The socket's descriptor, for the reactor."""
        return self._socket.fileno()

    def doRead(self) -> None:
        """Read what has come, up to :data:`TURN` packets."""
        for _ in range(TURN):
            try:
                packet, source = self._socket.recvfrom(_LARGEST)
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno not in _HARMLESS:
                    self.stop()
                    self._trouble(error)
                return
            self._take(packet, source)
            if self._socket.fileno() < 0:
                # Whoever took the packet has closed the socket.
                return

    def connectionLost(self, reason: Failure) -> None:
        """The reactor ends, or found the descriptor closed: nothing is left to do."""

    def logPrefix(self) -> str:
        """What the reactor calls this."""
        return "sdhcp"
