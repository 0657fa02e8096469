"""Answers that are sent as they are made, no faster than they are taken."""

from collections.abc import AsyncIterator
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer


@implementer(IPushProducer)
class Stream:
    """Sends pieces to a request whenever its connection has room for them."""

    def __init__(self, request: Any) -> None:
        self._request = request
        self._room: Deferred[None] | None = None
        self._is_over = False

    async def send(self, pieces: AsyncIterator[bytes]) -> None:
        """Send all pieces; ends early if the connection does."""
        self._request.registerProducer(self, True)
        try:
            async for piece in pieces:
                if self._room is not None:
                    await self._room
                if self._is_over:
                    return
                self._request.write(piece)
        finally:
            if not self._is_over:
                self._request.unregisterProducer()

    def pauseProducing(self) -> None:  # noqa: N802  as Twisted calls it
        """There is no room now."""
        if self._room is None:
            self._room = Deferred()

    def resumeProducing(self) -> None:  # noqa: N802  as above
        """There is room again."""
        room, self._room = self._room, None
        if room is not None:
            room.callback(None)

    def stopProducing(self) -> None:  # noqa: N802  as above
        """Nobody takes anything any more."""
        self._is_over = True
        self.resumeProducing()
