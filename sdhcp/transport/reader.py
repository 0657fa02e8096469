"""Reads datagrams as fast as Python can, a bounded number before others get their turn.

What has come is read whole before it is answered, so that whoever answers may look once at its
source for all of it.
"""

import errno
import os
import socket
from collections.abc import Callable, Sequence
from typing import Final

from twisted.internet.interfaces import IReactorFDSet, IReadDescriptor
from twisted.python.failure import Failure
from zope.interface import implementer

from ..interfaces import ISender
from ..model import Local

LARGEST: Final = 8192
"""Octets that are read of a datagram; no client sends more."""
BATCH: Final = 64
"""Datagrams that are read before they are answered."""
TURN: Final = 256
"""Datagrams that are answered before the reactor looks at other things."""
_HARMLESS: Final = frozenset((errno.EAGAIN, errno.EINTR, errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH))

Receive = Callable[[Sequence[tuple[bytes, tuple[str, int]]], Local, ISender], None]
"""Takes datagrams with their sources, what is known of the side they came in on, and the way back."""


@implementer(IReadDescriptor)
class Reader:
    """Hands every datagram of a socket to ``receive``.

    :param trouble: called with the error when reading fails; the reader is stopped then.
    """

    def __init__(
        self,
        source: socket.socket,
        local: Local,
        sender: ISender,
        receive: Receive,
        reactor: IReactorFDSet,
        trouble: Callable[[OSError], None],
    ) -> None:
        self._socket = source
        self._local = local
        self._sender = sender
        self._receive = receive
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
        """Read and hand over what has come, and what comes meanwhile, up to :data:`TURN`. Never raises."""
        read, receive, local, sender = self._socket.recvfrom, self._receive, self._local, self._sender
        left = TURN
        # The number alone is kept: an exception that stays in a variable is a cycle with its own frame,
        # and one of those for each call would have the collector stop the server again and again.
        failed = 0
        while left > 0 and not failed:
            datagrams = []
            try:
                for _ in range(BATCH):
                    datagrams.append(read(LARGEST))
            except OSError as error:
                failed = error.errno or errno.EIO
            if datagrams:
                receive(datagrams, local, sender)
                left -= len(datagrams)
                if failed == errno.EAGAIN:
                    failed = 0
        if failed and failed not in _HARMLESS:
            self.stop()
            self._trouble(OSError(failed, os.strerror(failed)))

    def connectionLost(self, reason: Failure) -> None:
        """The reactor ends, or found the descriptor closed: nothing is left to do."""

    def logPrefix(self) -> str:
        """What the reactor calls this."""
        return "sdhcp"
