"""A thread that writes: all that waits for it is written at once, so that one flush of the disk serves many."""

import threading
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import Any, Final

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorFromThreads
from twisted.python.failure import Failure

from ..interfaces import LeaseChange, SourceError

MOST_AT_ONCE: Final = 512
"""Steps that are written together; more of them would keep the first ones waiting."""

Written = Callable[[int, int, SourceError | None], None]
"""Called on the reactor's thread with the turn of steps, how many of them are written, or why none are."""
_Step = tuple[int, Sequence[LeaseChange]]
_Call = tuple[Callable[[], Any], "Deferred[Any]"]


class Flushes:
    """Writes steps in their order, and calls functions in between, in a thread of its own.

    Once a step could not be written, none of its turn is that was put behind it: those stand on it.

    :param write: writes changes to the disk, all or none; raises :class:`SourceError`.
    """

    def __init__(
        self, reactor: IReactorFromThreads, write: Callable[[Sequence[LeaseChange]], None], written: Written
    ) -> None:
        self._reactor = reactor
        self._write = write
        self._written = written
        self._queue: SimpleQueue[_Step | _Call | None] = SimpleQueue()
        self._failed = -1
        self.put = self._queue.put
        """Takes a turn with changes to be written."""

    def start(self) -> None:
        """Begin. The process does not wait for the thread when it ends."""
        threading.Thread(target=self._run, name="leases", daemon=True).start()

    def call(self, function: Callable[[], Any]) -> "Deferred[Any]":
        """Call a function behind all that was put before; fires with what it returns."""
        deferred: Deferred[Any] = Deferred()
        self._queue.put((function, deferred))
        return deferred

    def end(self) -> None:
        """End the thread once nothing waits."""
        self._queue.put(None)

    def _run(self) -> None:
        queue = self._queue
        steps: list[_Step] = []
        while True:
            try:
                item = queue.get_nowait() if steps else queue.get()
            except Empty:
                item = steps[-1]
                self._flush(steps)
                steps = []
                continue
            if item is not None and isinstance(item[0], int):
                steps.append(item)
                if len(steps) < MOST_AT_ONCE:
                    continue
            self._flush(steps)
            steps = []
            if item is None:
                return
            if callable(item[0]):
                self._call(item[0], item[1])

    def _flush(self, steps: Sequence[_Step]) -> None:
        good = [changes for turn, changes in steps if turn > self._failed]
        if not good:
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
