"""One connection to memcached, and how it is made: both tell what goes wrong in plain words."""

import os
from collections.abc import Callable
from typing import Any, Final

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.error import DNSLookupError
from twisted.internet.interfaces import IDelayedCall, IProtocol, IStreamClientEndpoint
from twisted.protocols.memcache import MemCacheProtocol, ServerError
from twisted.python.failure import Failure
from zope.interface import implementer

PATIENCE: Final = 1.0
"""Seconds for a connection, and for an answer."""


class MemcachedConnection(MemCacheProtocol):
    """One connection, which tells once when it serves and once when it does so no longer."""

    def __init__(
        self,
        there: "Callable[[MemcachedConnection], None]",
        gone: Callable[[str], None],
        later: Callable[..., IDelayedCall],
    ) -> None:
        super().__init__(timeOut=PATIENCE)
        self._there = there
        self._gone = gone
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

    def give_up_in(self, seconds: float) -> None:
        """Wait no longer than that for it to be closed in order."""
        self._end = self._later(seconds, self._leave, "the server stops")

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


@implementer(IStreamClientEndpoint)
class TellingEndpoint:
    """An endpoint that tells why it could not connect."""

    def __init__(self, endpoint: HostnameEndpoint, failed: Callable[[str], None]) -> None:
        self._endpoint = endpoint
        self._failed = failed

    def connect(self, factory: Any) -> "Deferred[IProtocol]":
        """As the endpoint."""
        connecting: Deferred[IProtocol] = self._endpoint.connect(factory)
        return connecting.addErrback(self._tell)

    def _tell(self, failure: Failure) -> Failure:
        self._failed(_in_words(failure.value))
        return failure


def _in_words(error: BaseException | None) -> str:
    if isinstance(error, DNSLookupError):
        return "there is no such host"
    number = getattr(error, "osError", None)
    return os.strerror(number).lower() if isinstance(number, int) else str(error)[:200]


def _nothing(_: Any) -> None:
    return None
