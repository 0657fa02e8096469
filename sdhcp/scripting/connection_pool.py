"""Connections of a DB-API driver that are used again."""

import threading
from collections.abc import Callable
from time import monotonic
from typing import Any, Final, NamedTuple

IDLE: Final = 30.0
"""Seconds after which a connection that nobody used is not used again."""
AGE: Final = 600.0
"""Seconds after which a connection is not used again."""


class _Kept(NamedTuple):
    connection: Any
    made: float
    left: float


class ConnectionPool:
    """Keeps connections that are closed for whoever wants one next. Any thread may take one.

    :param connect: makes one.
    :param most: how many are kept.
    :param clock: seconds of a monotonic clock.
    """

    def __init__(self, connect: Callable[[], Any], most: int, clock: Callable[[], float] = monotonic) -> None:
        self._connect = connect
        self._most = most
        self._clock = clock
        self._lock = threading.Lock()
        self._free: list[_Kept] = []

    def take(self) -> "PooledConnection":
        """A connection, which goes back when it is closed."""
        while True:
            with self._lock:
                kept = self._free.pop() if self._free else None
            now = self._clock()
            if kept is None:
                return PooledConnection(self, self._connect(), now)
            if now - kept.left < IDLE and now - kept.made < AGE:
                return PooledConnection(self, kept.connection, kept.made)
            _close(kept.connection)

    def give_back(self, connection: Any, made: float) -> None:
        """Keep a connection. What it was in the middle of is undone, so that it shows what others write."""
        try:
            connection.rollback()
        except Exception:  # of whatever kind the driver has: it is of no use any more
            _close(connection)
            return
        with self._lock:
            is_wanted = len(self._free) < self._most
            if is_wanted:
                self._free.append(_Kept(connection, made, self._clock()))
        if not is_wanted:
            connection.close()


class PooledConnection:
    """A connection that goes back to its pool when it is closed; all else is the driver's own."""

    def __init__(self, pool: ConnectionPool, connection: Any, made: float) -> None:
        self.__dict__.update(_pool=pool, _connection=connection, _made=made)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._connection, name, value)

    def __enter__(self) -> Any:
        return self._connection.__enter__()

    def __exit__(self, *error: Any) -> Any:
        return self._connection.__exit__(*error)

    def close(self) -> None:
        """Give it back; once is enough."""
        connection = self._connection
        self.__dict__["_connection"] = None
        if connection is not None:
            self._pool.give_back(connection, self._made)


def _close(connection: Any) -> None:
    try:
        connection.close()
    except Exception:  # as above
        return
