"""A few connections to one Redis server, opened when they are wanted."""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final

from twisted.internet.defer import CancelledError, Deferred, DeferredList

from ..interfaces import SourceError
from .redis_connection import Connection
from .redis_errors import Lost, NoAnswer

RETRY: Final = 0.25
"""Seconds between two tries to connect to a server that cannot be connected to."""


class Pool:
    """Asks over one of several connections.

    :param connect: opens one; raises :class:`SourceError`.
    :param clock: seconds of a monotonic clock.
    :param size: connections at most.
    """

    def __init__(
        self, connect: Callable[[], Coroutine[Any, Any, Connection]], clock: Callable[[], float], size: int
    ) -> None:
        self._connect = connect
        self._clock = clock
        self._size = size
        self._connections: list[Connection] = []
        self._ending: set[Connection] = set()
        self._opening: set[Deferred[Any]] = set()
        self._trouble: tuple[float, SourceError] | None = None
        self._stopped = False

    async def ask(self, commands: Sequence[bytes]) -> list[Any]:
        """The replies to some commands, errors among them; what is asked must be harmless if it is asked twice.

        :raises SourceError: if there is no connection, or no answer.
        """
        while True:
            connection = await self._take()
            proved = connection.asked > 0
            try:
                return await connection.ask(commands)
            except Lost:
                # It may have ended long ago: a server that was started anew is there.
                self._let_go(connection)
                if not proved:
                    raise
            except (NoAnswer, CancelledError):
                # The way there may be gone, and then it is gone for all.
                self.drop(idle_alone=True)
                raise

    def open(self) -> None:
        """Have a connection before there is a question."""
        opening = Deferred.fromCoroutine(self._take())
        opening.addErrback(lambda _: None)

    def drop(self, idle_alone: bool = False) -> None:
        """End the connections, or those that nothing is asked over."""
        self._trouble = None
        for connection in list(self._connections):
            if not idle_alone or not connection.load:
                self._let_go(connection)
                connection.abort()

    def stop(self) -> "Deferred[None]":
        """End everything; fires when it has ended."""
        self._stopped = True
        for opening in list(self._opening):
            opening.cancel()
        gone = [connection.abort() for connection in [*self._connections, *self._ending]]
        return DeferredList(gone, consumeErrors=True).addCallback(lambda _: None)

    async def _take(self) -> Connection:
        if self._stopped:
            raise SourceError("the server stops", passing=True)
        connections = self._connections
        best = min(connections, key=lambda connection: connection.load, default=None)
        if best is not None and (not best.load or len(connections) + len(self._opening) >= self._size):
            return best
        if self._trouble is not None and self._clock() < self._trouble[0]:
            return self._working(self._trouble[1])
        opening: Deferred[Connection] = Deferred.fromCoroutine(self._connect())
        self._opening.add(opening)
        try:
            connection = await opening
        except SourceError as error:
            self._trouble = (self._clock() + RETRY, error)
            return self._working(error)
        except CancelledError:
            if self._stopped:
                raise SourceError("the server stops", passing=True) from None
            raise
        finally:
            self._opening.discard(opening)
        self._trouble = None
        self._connections.append(connection)
        connection.gone().addCallback(self._ended, connection)
        return connection

    def _working(self, error: SourceError) -> Connection:
        """A connection that is there, though another cannot be made; one of those tries may have begun long before.

        :raises SourceError: what was wrong with that try, if there is none.
        """
        if not self._connections:
            raise error
        return min(self._connections, key=lambda connection: connection.load)

    def _let_go(self, connection: Connection) -> None:
        if connection in self._connections:
            self._connections.remove(connection)
            self._ending.add(connection)

    def _ended(self, _: None, connection: Connection) -> None:
        self._let_go(connection)
        self._ending.discard(connection)
