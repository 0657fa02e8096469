"""Calls a site's functions in threads: a bounded number, and nobody waits for one that does not return."""

import threading
from collections import Counter
from collections.abc import Callable, Hashable
from queue import SimpleQueue
from typing import Any, Final

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall
from twisted.python.failure import Failure

from ..interfaces import IServerReactor

THREADS: Final = 8
"""Functions that run at a time."""
WAITING: Final = 64
"""Calls that may wait for one of these threads."""
DEADLINE: Final = 10.0
"""Seconds after which nobody waits for a function any longer."""


class NotCalled(Exception):
    """A function was not called, since too much waits already, or since it has not returned from an earlier call."""


class TooLate(Exception):
    """A function has not returned in time; it may still run."""


class _Call:
    __slots__ = ("arguments", "done", "function", "is_over", "key", "keywords", "late", "timer")

    def __init__(self, key: Hashable, function: Callable[..., Any], arguments: Any, keywords: Any) -> None:
        self.key = key
        self.function = function
        self.arguments = arguments
        self.keywords = keywords
        self.done: Deferred[Any] = Deferred(lambda _: self.end())
        self.timer: IDelayedCall | None = None
        self.is_over = False
        self.late = False

    def end(self) -> None:
        """Nobody waits any longer."""
        self.is_over = True
        if self.timer is not None and self.timer.active():
            self.timer.cancel()


class Callers:
    """Threads for a site's functions. They do not keep the process from ending.

    :ivar deadline: seconds after which nobody waits for a function any longer.
    """

    def __init__(self, reactor: IServerReactor, deadline: float = DEADLINE) -> None:
        self.deadline = deadline
        self._reactor = reactor
        self._queue: SimpleQueue[_Call | None] = SimpleQueue()
        self._threads = 0
        self._under_way = 0
        self._stuck: Counter[Hashable] = Counter()
        self._is_over = False

    def call(
        self,
        key: Hashable,
        function: Callable[..., Any],
        *arguments: Any,
        seconds: float | None = None,
        **keywords: Any,
    ) -> "Deferred[Any]":
        """Call a function in a thread; fires with what it returns.

        Fails with what it raises, with :class:`NotCalled`, or with :class:`TooLate` after so many seconds; SystemExit
        counts as raised. May be cancelled.

        :param seconds: in place of ``deadline``.

        :param key: tells functions apart; one that has not returned in time is not called anew before it has.
        """
        call = _Call(key, function, arguments, keywords)
        if self._is_over or self._under_way >= THREADS + WAITING:
            call.done.errback(NotCalled("too many pages are being made"))
        elif self._stuck[key]:
            call.done.errback(NotCalled("it has not returned from an earlier call"))
        else:
            self._under_way += 1
            patience = self.deadline if seconds is None else seconds
            call.timer = self._reactor.callLater(patience, self._give_up, call, patience)
            if self._threads < min(THREADS, self._under_way):
                self._threads += 1
                threading.Thread(target=self._run, name="web", daemon=True).start()
            self._queue.put(call)
        return call.done

    def stop(self) -> None:
        """Call nothing more; threads end when what they do has returned."""
        self._is_over = True
        for _ in range(self._threads):
            self._queue.put(None)

    def _run(self) -> None:
        while (call := self._queue.get()) is not None:
            result: Any = None
            if not call.is_over:
                try:
                    result = call.function(*call.arguments, **call.keywords)
                except BaseException:  # of a site's own function, which may raise anything
                    result = Failure()  # type: ignore[no-untyped-call]
            self._reactor.callFromThread(self._returned, call, result)
            # Neither is kept alive by a thread that waits.
            del call, result

    def _returned(self, call: _Call, result: Any) -> None:
        self._under_way -= 1
        if call.late:
            self._stuck[call.key] -= 1
            if not self._stuck[call.key]:
                del self._stuck[call.key]
        if not call.is_over:
            call.end()
            call.done.callback(result)

    def _give_up(self, call: _Call, seconds: float) -> None:
        call.is_over = call.late = True
        self._stuck[call.key] += 1
        call.done.errback(TooLate(f"it has not returned for {seconds:.0f} s"))
