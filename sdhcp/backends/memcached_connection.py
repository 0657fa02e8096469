"""The connection to memcached, and how it is made again: both tell what goes wrong in plain words."""

import os
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from twisted.internet.defer import Deferred, succeed
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.error import DNSLookupError
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.protocol import Factory
from twisted.protocols.memcache import MemCacheProtocol, ServerError
from twisted.python.failure import Failure

PATIENCE: Final = 1.0
"""Seconds for a connection, and for an answer."""
RETRY: Final = 1.0
"""Seconds between two tries to connect."""


class MemcachedConnection(MemCacheProtocol):
    """One connection, which tells once when it serves, once when it does so no longer, and when it is lost."""

    def __init__(
        self,
        there: "Callable[[MemcachedConnection], None]",
        gone: Callable[[str], None],
        lost: Callable[[], None],
        later: Callable[..., IDelayedCall],
    ) -> None:
        super().__init__(timeOut=PATIENCE)
        self._there = there
        self._gone = gone
        self._lost = lost
        self._is_gone = False
        self._end: IDelayedCall | None = None
        self._later = later

    def callLater(self, period: float, func: Callable[[], None]) -> IDelayedCall:
        """As Twisted's, which takes the reactor of the whole process."""
        return self._later(period, func)

    def connectionMade(self) -> None:  # noqa: N802  Twisted calls it
        """There is somebody; who knows the protocol tells its version."""
        super().connectionMade()
        self.version().addCallbacks(self._answers, _nothing)

    def timeoutConnection(self) -> None:  # noqa: N802  as above
        """What was asked had no answer in time, so that nothing more is asked here."""
        self._leave(f"no answer within {PATIENCE:.0f} s")

    def dataReceived(self, data: bytes) -> None:
        """Take in answers; who answers otherwise than memcached is left."""
        try:
            super().dataReceived(data)
        except Exception:  # Twisted's protocol raises whatever comes of it when an answer is none
            self._leave("what answers there is not memcached")

    def lineLengthExceeded(self, line: bytes) -> None:  # noqa: N802  as above
        """No line of memcached's is that long."""
        self._leave("what answers there is not memcached")

    def cmd_ERROR(self) -> None:  # noqa: N802  as above
        """It does not know what it was asked."""
        self._refuse(b"unknown command")

    def cmd_CLIENT_ERROR(self, text: bytes) -> None:  # noqa: N802  as above
        """It takes what it was asked for nonsense."""
        self._refuse(text)

    def cmd_SERVER_ERROR(self, text: bytes) -> None:  # noqa: N802  as above
        """It cannot do what it was asked: for one, it has no room for an answer."""
        self._refuse(text)

    def connectionLost(self, reason: Failure) -> None:  # type: ignore[override]
        """It is gone, and with it what was asked."""
        if self._end is not None and self._end.active():
            self._end.cancel()
        self.setTimeout(None)
        self._tell("the connection was closed")
        super().connectionLost(reason)
        self._lost()

    def end(self) -> None:
        """Close it once what was sent is out, or does not get out in time."""
        transport: Any = self.transport
        transport.loseConnection()
        self._end = self._later(PATIENCE, self._leave, "the server stops")

    def _answers(self, _: bytes) -> None:
        if not self._is_gone:
            self._there(self)

    def _refuse(self, text: bytes) -> None:
        self._current.popleft().fail(ServerError(text))

    def _leave(self, why: str) -> None:
        self._tell(why)
        transport: Any = self.transport
        if transport is not None:
            transport.abortConnection()

    def _tell(self, why: str) -> None:
        if not self._is_gone:
            self._is_gone = True
            self._gone(why)


class MemcachedConnector:
    """Keeps one connection, for good.

    :param there: called with a connection that serves.
    :param gone: called with why there is none any longer, and why one could not be made.
    """

    def __init__(
        self,
        host: str,
        port: int,
        reactor: Any,
        there: Callable[[MemcachedConnection], None],
        gone: Callable[[str], None],
    ) -> None:
        self._reactor = reactor
        self._gone = gone
        self._endpoint = HostnameEndpoint(reactor, host, port, timeout=PATIENCE)
        self._factory = Factory.forProtocol(partial(MemcachedConnection, there, gone, self._lost, reactor.callLater))
        self._factory.noisy = False
        self._connecting: Deferred[Any] | None = None
        self._connection: MemcachedConnection | None = None
        self._again: IDelayedCall | None = None
        self._stopped: Deferred[None] | None = None

    def start(self) -> None:
        """Begin to connect."""
        self._again = None
        self._connecting = connecting = self._endpoint.connect(self._factory)
        connecting.addCallbacks(self._made, self._failed)

    def stop(self) -> "Deferred[None]":
        """Let go of the connection, once what was sent is out, and make no other."""
        if self._stopped is not None:
            return succeed(None)
        stopped: Deferred[None] = Deferred()
        self._stopped = stopped
        if self._again is not None:
            self._again.cancel()
            self._again = None
        if self._connecting is not None:
            self._connecting.cancel()
        elif self._connection is not None:
            self._connection.end()
        else:
            stopped.callback(None)
        return stopped

    def _made(self, connection: Any) -> None:
        self._connecting = None
        self._connection = connection

    def _failed(self, failure: Failure) -> None:
        self._connecting = None
        if self._stopped is None:
            self._gone(f"cannot be reached: {_in_words(failure.value)}")
        self._lost()

    def _lost(self) -> None:
        self._connection = None
        if self._stopped is None:
            self._again = self._reactor.callLater(RETRY, self.start)
        else:
            self._stopped.callback(None)


def _in_words(error: BaseException | None) -> str:
    if isinstance(error, DNSLookupError):
        return "there is no such host"
    number = getattr(error, "osError", None)
    return os.strerror(number).lower() if isinstance(number, int) else str(error)[:200]


def _nothing(_: Any) -> None:
    return None
