"""Reads datagrams as fast as Python can, a bounded number before others get their turn.

What has come is read whole before it is answered, so that whoever answers may look once at its
source for all of it, and the replies leave together.
"""

import errno
import socket
from collections.abc import Callable, Sequence
from typing import Final

from twisted.internet.interfaces import IReactorFDSet, IReadDescriptor
from twisted.python.failure import Failure
from zope.interface import implementer

from ..interfaces import ISender
from ..model import Local
from .batches import Datagram, Inbox
from .sender import Sender

BATCH: Final = 64
"""Datagrams that are read before they are answered."""
TURN: Final = 256
"""Datagrams that are answered before the reactor looks at other things."""
_OF_ANOTHER_PACKET: Final = (errno.EINTR, errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH)
_HARMLESS: Final = frozenset((*_OF_ANOTHER_PACKET, errno.ENETDOWN, errno.ENOBUFS, errno.ENOMEM))
"""What says nothing about the socket: the next read may well succeed."""

Receive = Callable[[Sequence[Datagram], Local, ISender], None]
"""Takes datagrams, what is known of the side they came in on, and the way back."""


@implementer(IReadDescriptor)
class Reader:
    """Hands every datagram of a socket to ``receive``.

    :param trouble: called with the error when reading fails; the reader is stopped then.
    """

    def __init__(
        self,
        source: socket.socket,
        local: Local,
        sender: Sender,
        receive: Receive,
        reactor: IReactorFDSet,
        trouble: Callable[[OSError], None],
    ) -> None:
        self._socket = source
        self._read = Inbox(source, BATCH).read
        self._local = local
        self._sender = sender
        self._receive = receive
        self._reactor = reactor
        self._trouble = trouble

    def rename(self, interface: str) -> None:
        """The interface has another name from now on."""
        self._local = self._local._replace(interface=interface)
        self._sender.rename(interface)

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
        left = TURN
        try:
            while left > 0:
                datagrams = self._read()
                if datagrams:
                    self._hand_over(datagrams)
                if len(datagrams) < BATCH:
                    return
                left -= BATCH
        except OSError as error:
            if error.errno not in _HARMLESS:
                self.stop()
                self._trouble(error)

    def _hand_over(self, datagrams: Sequence[Datagram]) -> None:
        if len(datagrams) == 1:
            self._receive(datagrams, self._local, self._sender)
            return
        self._sender.hold()
        try:
            self._receive(datagrams, self._local, self._sender)
        finally:
            self._sender.flush()

    def connectionLost(self, reason: Failure) -> None:
        """The reactor ends, or found the descriptor closed: nothing is left to do."""

    def logPrefix(self) -> str:
        """What the reactor calls this."""
        return "sdhcp"
