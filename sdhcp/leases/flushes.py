"""A thread that writes: all that waits for it is written at once, so that one flush of the disk serves many."""

import threading
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from typing import Any, Final

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from ..interfaces import IServerReactor, LeaseChange, SourceError

MOST_AT_ONCE: Final = 512
"""Steps that are written together; more of them would keep the first ones waiting."""

BUSY: Final = 0.0001
"""Seconds that a turn of the reactor takes at least in which it had something to do."""
LONGEST: Final = 0.002
"""Seconds that a step waits for others to come, at most."""

Written = Callable[[int, int, SourceError | None], None]
"""Called on the reactor's thread with the turn of steps, how many of them are written, or why none are."""
_Step = tuple[int, Sequence[LeaseChange]]
_Call = tuple[Callable[[], Any], "Deferred[Any]"]


class Flushes:
    """Writes steps in their order, and calls functions in between, in a thread of its own.

    Steps are gathered until the reactor has gone through what came, and while earlier ones are written: the more there
    are, the fewer flushes they need, and the less the two threads are in each other's way. Once a step could not be
    written, none of its turn is that was put behind it: those stand on it.

    :param write: writes changes to the disk, all or none; raises :class:`SourceError`.
    """

    def __init__(
        self, reactor: IServerReactor, write: Callable[[Sequence[LeaseChange]], None], written: Written
    ) -> None:
        self._reactor = reactor
        self._write = write
        self._tell = written
        self._queue: SimpleQueue[list[_Step] | _Call | None] = SimpleQueue()
        self._gathered: list[_Step] = []
        self._is_writing = self._is_due = False
        self._began = self._looked = 0.0
        self._failed = -1

    def start(self) -> None:
        """Begin. The process does not wait for the thread when it ends."""
        threading.Thread(target=self._run, name="leases", daemon=True).start()

    def put(self, turn: int, changes: Sequence[LeaseChange]) -> None:
        """Have changes written; on the reactor's thread."""
        self._gathered.append((turn, changes))
        if not self._is_writing and not self._is_due:
            self._is_due = True
            self._began = self._looked = self._reactor.seconds()
            self._reactor.callLater(0, self._look)

    def call(self, function: Callable[[], Any]) -> "Deferred[Any]":
        """Call a function behind all that was put before; fires with what it returns."""
        deferred: Deferred[Any] = Deferred()
        self._hand_over(everything=True)
        self._queue.put((function, deferred))
        return deferred

    def end(self) -> None:
        """End the thread once nothing waits."""
        self._hand_over(everything=True)
        self._queue.put(None)

    def _look(self) -> None:
        """Hand over, unless the reactor is still busy: then more is about to come."""
        now = self._reactor.seconds()
        if BUSY < now - self._looked and now - self._began < LONGEST and len(self._gathered) < MOST_AT_ONCE:
            self._looked = now
            self._reactor.callLater(0, self._look)
        else:
            self._hand_over()

    def _hand_over(self, everything: bool = False) -> None:
        """Let the thread have what was gathered; some of it where there is very much."""
        self._is_due = False
        gathered = self._gathered
        while gathered and (everything or not self._is_writing):
            self._is_writing = True
            self._queue.put(gathered[:MOST_AT_ONCE])
            del gathered[:MOST_AT_ONCE]

    def _next(self) -> None:
        self._is_writing = False
        if self._gathered:
            self._is_due = True
            self._began = self._looked = self._reactor.seconds()
            self._reactor.callLater(0, self._look)

    def _written(self, turn: int, count: int, problem: SourceError | None) -> None:
        self._next()
        self._tell(turn, count, problem)

    def _run(self) -> None:
        while True:
            item = self._queue.get()
            if item is None:
                return
            if isinstance(item, list):
                self._flush(item)
            else:
                self._call(*item)

    def _flush(self, steps: Sequence[_Step]) -> None:
        good = [changes for turn, changes in steps if turn > self._failed]
        if not good:
            self._reactor.callFromThread(self._next)
            return
        turn = steps[-1][0]
        problem = None
        try:
            self._write([change for changes in good for change in changes])
        except SourceError as error:
            problem = error
        except Exception as error:  # whatever it is, nobody may be told that it was written
            problem = SourceError(f"leases cannot be written: {error!r}")
        if problem is not None:
            self._failed = turn
        self._reactor.callFromThread(self._written, turn, len(good), problem)

    def _call(self, function: Callable[[], Any], deferred: "Deferred[Any]") -> None:
        result: Any
        try:
            result = function()
        except Exception:  # told to who waits for it
            result = Failure()  # type: ignore[no-untyped-call]  # as Twisted has it
        self._reactor.callFromThread(deferred.callback, result)
