"""The cache on disk: written a little later, in a thread of its own."""

from collections.abc import Callable, Iterator
from math import inf
from time import time
from typing import Any, Final

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IDelayedCall
from twisted.python.failure import Failure
from zope.interface import implementer

from ..interfaces import Found, ICache, IServerReactor, ISheds, Kept
from .disk_file import DiskFile, Write
from .one_thread import OneThread

PAUSE: Final = 0.2
"""Seconds for which what is to be written is gathered."""
RETRY: Final = 2.0
"""Seconds until what could not be written is tried again."""
QUEUE: Final = 4096
"""Clients whose answers wait to be written."""
_QUESTIONS: Final = 1024
_PATIENCE: Final = 3.0


@implementer(ICache, ISheds)
class DiskCache:
    """Answers in an SQLite file.

    :param path: the file; None for a temporary one.
    :param size: clients.
    :param clock: seconds of a monotonic clock.
    :param wall: seconds since the epoch.
    """

    def __init__(
        self,
        path: str | None,
        size: int,
        reactor: IServerReactor,
        clock: Callable[[], float],
        wall: Callable[[], float] = time,
    ) -> None:
        self.name = "cache on disk" if path is None else f"cache file {path}"
        self._reactor = reactor
        self._clock = clock
        # The time of day may be set while the server runs; what lies between two moments of it may not.
        self._epoch = wall() - clock()
        self._file = DiskFile(path, size, clock)
        self._thread = OneThread(reactor, "cache on disk")
        self._waiting: dict[str, Write] = {}
        self._writing: dict[str, Write] = {}
        self._soon: IDelayedCall | None = None
        self._running = False
        self._vouched_since = -inf
        self._shed = self._refused = 0

    def start(self) -> None:
        """Open the file; what is wrong with it is in :meth:`problem`."""
        self._running = True
        self._thread.start()
        self._thread.call(self._file.open).addErrback(_told)
        self._write_in(PAUSE)

    def stop(self) -> "Deferred[None]":
        """Write what waits and close the file; fires when that is done, or takes too long."""
        if not self._running:
            return succeed(None)
        self._running = False
        if self._soon is not None:
            self._soon.cancel()
            self._soon = None
        if self._waiting:
            self._thread.call(self._file.write, self._waiting).addErrback(self._lost, len(self._waiting))
        closed: Deferred[None] = self._thread.call(self._file.close)
        self._thread.end()
        return closed.addTimeout(_PATIENCE, self._reactor).addErrback(_told)

    def get(self, key: str) -> "Deferred[Kept | None]":
        """What is kept for a client, written or not yet."""
        write = self._waiting.get(key) or self._writing.get(key)
        if write is not None:
            return succeed(Kept(write.found, self._now() - write.at) if write.kept else None)
        if not self._running or self._thread.waiting >= _QUESTIONS:
            self._refused += self._running
            return succeed(None)
        return self._thread.call(self._file.get, key).addCallbacks(self._got, _told)

    def put(self, key: str, found: Found) -> None:
        """Keep what was found for a client."""
        self._put(key, Write(found, self._now()))

    def drop(self, key: str) -> None:
        """Forget one client."""
        self._put(key, Write(None, self._now(), kept=False))

    def clear(self) -> "Deferred[None]":
        """Forget everybody."""
        self._waiting, self._writing = {}, {}
        self._vouched_since = self._now()
        if not self._running:
            return succeed(None)
        cleared: Deferred[None] = self._thread.call(self._file.clear)
        return cleared.addErrback(_told)

    def count(self) -> int:
        """How many clients the file holds."""
        return self._file.count

    def problem(self) -> str:
        """What is wrong with the file."""
        return self._file.problem()

    def shed(self) -> Iterator[tuple[str, int]]:
        """What could not be kept."""
        yield "clients on disk (CACHE_SIZE)", self._file.shed
        yield "answers that waited to be written to disk", self._shed
        yield "questions to the cache on disk", self._refused
        yield "answers with fields that a cache cannot keep", self._file.unfit
        yield "entries on disk that could not be read", self._file.unread

    def _now(self) -> float:
        return self._epoch + self._clock()

    def _got(self, read: tuple[Found, float] | None) -> Kept | None:
        if read is None:
            return None
        found, at = read
        age = self._now() - at
        # A time to come was written by another setting of the clock.
        return Kept(found, age if age >= 0 and at > self._vouched_since else inf)

    def _put(self, key: str, write: Write) -> None:
        if key not in self._waiting:
            self._make_room(1)
        self._waiting[key] = write
        if self._running and self._soon is None and not self._writing:
            self._write_in(PAUSE)

    def _make_room(self, room: int) -> None:
        while self._waiting and len(self._waiting) + room > QUEUE:
            del self._waiting[next(iter(self._waiting))]
            self._shed += 1
            # What the file has instead may be older than a change that was told.
            self._vouched_since = self._now()

    def _write_in(self, seconds: float) -> None:
        if self._waiting and self._soon is None:
            self._soon = self._reactor.callLater(seconds, self._write)

    def _write(self) -> None:
        self._soon = None
        self._writing, self._waiting = self._waiting, {}
        self._thread.call(self._file.write, self._writing).addCallbacks(self._written, self._not_written)

    def _written(self, _: None) -> None:
        self._writing = {}
        if self._running:
            self._write_in(PAUSE)

    def _not_written(self, _: Failure) -> None:
        writing, self._writing = self._writing, {}
        if not self._running:
            self._shed += len(writing)
            return
        self._waiting = {**writing, **self._waiting}
        self._make_room(0)
        self._write_in(RETRY)

    def _lost(self, _: Failure, count: int) -> None:
        self._shed += count


def _told(_: Any) -> None:
    """What went wrong is in :meth:`DiskCache.problem`."""
