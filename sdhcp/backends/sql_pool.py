"""Connections to an SQL server, each in a thread of its own, since the drivers block."""

import socket
import struct
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from threading import Lock, Thread
from typing import Any, ClassVar, Final, TypeVar

from twisted.enterprise import adbapi
from twisted.internet.defer import Deferred, fail
from twisted.python.failure import Failure

from ..config.settings import SourceSettings
from ..interfaces import IServerReactor, SourceError, SourceLoadError
from .sql import Columns
from .sql_search import Wording

CONNECT: Final = 3
"""Seconds that the making of a connection may take."""
STATEMENT: Final = 4
"""Seconds after which the server is to give up a question: nobody waits for its answer any more."""

GIVE_UP: Final = 5.0
"""Seconds after which a question is given up that neither the server nor who asked has ended."""
PATIENCE: Final = 8.0
"""Seconds for which threads are waited for at the end."""

_AT_ONCE: Final = struct.pack("ii", 1, 0)
"""Linger for no time: struct linger."""

T = TypeVar("T")
Row = tuple[Any, ...]


class Opened:
    """One connection, and what is known of it.

    :ivar socket: another handle of its socket, which stays ours though the driver closes its own; None if the
        driver shows none.
    :ivar proven: whether it has answered before.
    """

    __slots__ = ("connection", "cursor", "proven", "socket")

    def __init__(self, connection: Any, handle: socket.socket | None) -> None:
        self.connection = connection
        self.cursor = connection.cursor()
        self.socket = handle
        self.proven = False

    def abort(self) -> None:
        """Have whoever waits for the server wait no longer. For any thread.

        What the network has not taken is not sent any more once this is closed: the server would do it, much later.
        """
        if self.socket is not None:
            with suppress(OSError):
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
                self.socket.shutdown(socket.SHUT_RDWR)
        else:
            Thread(target=self._interrupt, daemon=True).start()

    def close(self) -> None:
        """Close it."""
        try:
            with suppress(Exception):  # what is broken cannot always be closed, and is gone all the same
                self.connection.close()
        finally:
            if self.socket is not None:
                self.socket.close()

    def _interrupt(self) -> None:
        with suppress(Exception):  # as above
            self.connection.cancel()


class Dialect(ABC):
    """How one kind of server is spoken to. All methods but the constructor may block."""

    name: ClassVar[str]
    driver: ClassVar[str]
    """The module that speaks to the server."""
    most: ClassVar[int] = 256
    """Clients in one question."""
    wording: ClassVar[Wording] = Wording("%s", "LOWER({})")
    """How searches are written."""

    def __init__(self, columns: Columns, any_case: bool, password: str) -> None:
        self.columns = columns
        self.column = "LOWER(m.mac)" if any_case else "m.mac"
        self._password = password

    @abstractmethod
    def connect(self) -> Opened:
        """Make a connection."""

    @abstractmethod
    def hosts(self, opened: Opened, keys: Sequence[str]) -> Sequence[Row]:
        """The rows of hosts, of at most :attr:`most` keys."""

    @abstractmethod
    def rows(self, opened: Opened, question: str) -> Sequence[Row]:
        """All rows of a question without parameters."""

    @abstractmethod
    def every_row(self, opened: Opened, question: str) -> Iterator[Row]:
        """The same, one by one, for however long that takes, on a connection that serves nothing else."""

    @abstractmethod
    def is_lost(self, opened: Opened, error: Exception) -> bool:
        """Whether a connection is of no use after an error."""

    @abstractmethod
    def is_about_a_key(self, error: Exception) -> bool:
        """Whether the server could make nothing of some key, as text or in the column's type."""

    @abstractmethod
    def explain(self, error: Exception) -> SourceError:
        """What an error means; the text may have the password in it."""

    def limited(self, question: str, rows: int) -> str:
        """A question for that many rows at most."""
        return f"{question} LIMIT {rows}"

    def found(self, opened: Opened, question: str, values: Sequence[str]) -> Sequence[Row]:
        """All rows of a question with parameters."""
        opened.cursor.execute(question, list(values))
        found: Sequence[Row] = opened.cursor.fetchall()
        return found

    def error(self, error: Exception) -> SourceError:
        """What an error means, without secrets."""
        told = self.explain(error)
        return SourceError(self._hidden(str(told)), self._hidden(told.advice), told.passing)

    def _hidden(self, text: str) -> str:
        return text.replace(self._password, "***") if self._password else text


class _Job:
    """A question on its way to a connection, through it, or given up."""

    __slots__ = ("_lock", "_opened", "given_up", "question")

    def __init__(self, question: Callable[[Opened], Any]) -> None:
        self.question = question
        self.given_up = False
        self._opened: Opened | None = None
        self._lock = Lock()

    def put_to(self, opened: Opened) -> Any:
        with self._lock:
            if self.given_up:
                raise SourceError("the question was given up", passing=True)
            self._opened = opened
        try:
            return self.question(opened)
        finally:
            with self._lock:
                self._opened = None

    def give_up(self) -> None:
        with self._lock:
            self.given_up = True
            if self._opened is not None:
                self._opened.abort()


class _PoolThread(Thread):
    """A thread that does not keep the process from ending, whatever its driver is stuck in."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, daemon=True, **more)


class Pool(adbapi.ConnectionPool):
    """Twisted's pool, with questions that can be given up, and that say themselves what went wrong.

    :param most: connections at most; one is kept for each thread that made one.
    :param keep: whether connections are kept from one question to the next.
    """

    def __init__(self, dialect: Dialect, reactor: IServerReactor, most: int, keep: bool) -> None:
        super().__init__(dialect.driver, cp_min=1, cp_max=most, cp_reactor=reactor)
        # Connections are made as the pool makes them, by the dialect in the place of the driver.
        self.dbapi = dialect
        self.threadpool.threadFactory = _PoolThread
        self._dialect = dialect
        self._keep = keep
        self._jobs: dict[_Job, Deferred[Any]] = {}
        self._ended: Deferred[None] | None = None

    def ask(self, question: Callable[[Opened], T]) -> "Deferred[T]":
        """Have a question put in a thread; fires with what it returns, fails with :class:`SourceError`.

        A connection that turns out to be broken costs nothing but a second try on a new one. If the Deferred
        is cancelled, the thread is freed.
        """
        if self._ended is not None:
            return fail(SourceError("the server stops", passing=True))
        job = _Job(question)
        deferred: Deferred[T] = Deferred(lambda _: job.give_up())
        self._jobs[job] = deferred
        self.threadpool.callInThreadWithCallback(partial(self._back, deferred, job), self._put, job)
        return deferred.addTimeout(GIVE_UP, self._reactor, self._too_late)

    def stop(self) -> "Deferred[None]":
        """Give up all questions; fires when no thread and no connection is left.

        No driver can be stirred while it makes a connection: there is a limit to how long it is waited for.
        """
        ended: Deferred[None] = Deferred()
        self._ended = ended
        ended.addTimeout(PATIENCE, self._reactor, lambda _, __: None)
        for deferred in list(self._jobs.values()):
            deferred.cancel()
        self.close()
        return ended

    def finalClose(self) -> None:  # noqa: N802  adbapi's name
        """End the threads and close the connections, without waiting for them here."""
        self.shutdownID = None
        Thread(target=self._end, daemon=True).start()

    def _end(self) -> None:
        super().finalClose()
        self._reactor.callFromThread(self._has_ended)

    def _has_ended(self) -> None:
        if self._ended is not None and not self._ended.called:
            self._ended.callback(None)

    def _close(self, opened: Opened) -> None:
        opened.close()

    def _back(self, deferred: "Deferred[T]", job: _Job, fine: bool, result: T | Failure) -> None:
        self._reactor.callFromThread(self._deliver, deferred, job, result)

    def _too_late(self, _: object, seconds: float) -> Failure:
        error = SourceError(
            f"{self._dialect.name}: no answer within {seconds:.0f} s", "see what keeps it busy, or cut off"
        )
        return Failure(error)

    def _deliver(self, deferred: "Deferred[T]", job: _Job, result: T | Failure) -> None:
        self._jobs.pop(job, None)
        if not deferred.called:
            deferred.callback(result)
        elif isinstance(result, Opened):
            # A connection that was made for somebody who waits no longer.
            result.close()

    def _put(self, job: _Job) -> Any:
        """Put a question, in a thread of the pool."""
        began = self._reactor.seconds()
        for _ in range(2):
            opened: Opened | None = None
            try:
                if job.given_up:
                    break
                opened = self.connect()
                result = job.put_to(opened)
                opened.proven = True
            except SourceError:
                raise
            except Exception as error:  # each driver has errors of its own, and some raise others
                lost = opened is not None and (job.given_up or self._dialect.is_lost(opened, error))
                if lost:
                    self.disconnect(opened)
                late = self._reactor.seconds() - began > CONNECT
                if not lost or late or opened is None or not opened.proven:
                    raise self._dialect.error(error) from None
            else:
                return result
            finally:
                if not self._keep and opened is not None and self.connections.get(self.threadID()) is opened:
                    self.disconnect(opened)
        raise SourceError("the question was given up", passing=True)


def wanted(settings: SourceSettings, name: str) -> str:
    """A setting that a source cannot do without.

    :raises SourceLoadError: if it is not there.
    """
    value = settings.settings.get(name)
    if not value:
        raise SourceLoadError([f"{name}: not set; {settings.engine} cannot be used without it"])
    return str(value)


def given(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments that have a value."""
    return {name: value for name, value in arguments.items() if value is not None}
