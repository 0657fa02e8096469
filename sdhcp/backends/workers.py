"""Threads for a site's code: a bounded number, before which a bounded number of calls waits."""

import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from ..interfaces import IServerReactor, SourceError

THREADS: Final = 10
"""Calls at a time."""
QUEUE: Final = 1024
"""Calls that wait for a thread; more are refused."""
PATIENCE: Final = 2.0
"""Seconds that threads are waited for when they are to end; one that is stuck in a site's code goes on."""


class _Call:
    __slots__ = ("deferred", "function")

    def __init__(self, function: Callable[[], Any], deferred: "Deferred[Any]") -> None:
        self.function = function
        self.deferred = deferred


class Workers:
    """Calls functions in threads of its own, which are started when they are needed.

    The threads are daemons: they do not keep the process from ending.
    """

    def __init__(self, name: str, reactor: IServerReactor, threads: int = THREADS) -> None:
        self._name = name
        self._reactor = reactor
        self._most = threads
        # Its lock guards what threads touch: the calls that wait, and whether to go on.
        self._wanted = threading.Condition()
        self._waiting: deque[_Call] = deque()
        self._stopped = False
        self._threads: set[threading.Thread] = set()
        self._free = 0
        self._calls: set[_Call] = set()
        self._ended: Deferred[None] | None = None

    def call(self, function: Callable[[], Any]) -> "Deferred[Any]":
        """Call a function in a thread; the Deferred fires with its result.

        Fails with what the function raises, and with :class:`SourceError` if too many wait. When it is cancelled
        a call that has not begun never will; one that has goes on, and nobody hears of it.
        """
        deferred: Deferred[Any] = Deferred(self._cancelled)
        call = _Call(function, deferred)
        with self._wanted:
            refused = self._stopped or len(self._waiting) >= QUEUE
            if not refused:
                self._waiting.append(call)
                self._wanted.notify()
                lacking = len(self._waiting) > self._free
        if refused:
            problem = "the server stops" if self._stopped else f"{QUEUE} calls wait for {self._name}"
            deferred.errback(SourceError(problem, passing=True))
            return deferred
        self._calls.add(call)
        if lacking and len(self._threads) < self._most:
            thread = threading.Thread(target=self._work, name=self._name, daemon=True)
            self._threads.add(thread)
            thread.start()
        return deferred

    def stop(self) -> "Deferred[None]":
        """Begin no more calls; fires when no thread runs, and after :data:`PATIENCE` in any case."""
        with self._wanted:
            self._stopped = True
            self._waiting.clear()
            self._wanted.notify_all()
        calls, self._calls = self._calls, set()
        for call in calls:
            call.deferred.errback(SourceError("the server stops", passing=True))
        ended: Deferred[None] = Deferred()
        self._ended = ended
        late = self._reactor.callLater(PATIENCE, self._tell_ended)
        ended.addCallback(lambda _: late.cancel() if late.active() else None)
        if not self._threads:
            self._tell_ended()
        return ended

    def _work(self) -> None:
        while True:
            with self._wanted:
                self._free += 1
                while not self._waiting and not self._stopped:
                    self._wanted.wait()
                self._free -= 1
                if self._stopped:
                    break
                call = self._waiting.popleft()
            try:
                result = call.function()
            except BaseException:  # whatever a site's code does, its thread serves the next call
                result = Failure()
            self._reactor.callFromThread(self._done, call, result)
            # Nothing of an answer is kept alive by a thread that waits.
            del call, result
        self._reactor.callFromThread(self._gone, threading.current_thread())

    def _done(self, call: _Call, result: Any) -> None:
        if call in self._calls:
            self._calls.discard(call)
            call.deferred.callback(result)

    def _gone(self, thread: threading.Thread) -> None:
        thread.join()
        self._threads.discard(thread)
        if not self._threads:
            self._tell_ended()

    def _tell_ended(self) -> None:
        ended, self._ended = self._ended, None
        if ended is not None:
            ended.callback(None)

    def _cancelled(self, deferred: "Deferred[Any]") -> None:
        for call in self._calls:
            if call.deferred is deferred:
                self._calls.discard(call)
                with self._wanted:
                    if call in self._waiting:
                        self._waiting.remove(call)
                return
