"""A thread of its own for what would block."""

import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorFromThreads
from twisted.python.failure import Failure

_Call = tuple[Callable[..., Any], tuple[Any, ...], "Deferred[Any]"]


class OneThread:
    """Calls functions one after the other, away from the reactor's thread.

    The process does not wait for it when it ends.

    :ivar waiting: calls that are not over, among them those whose Deferreds were cancelled.
    """

    def __init__(self, reactor: IReactorFromThreads, name: str) -> None:
        self._reactor = reactor
        self._name = name
        self._queue: SimpleQueue[_Call | None] = SimpleQueue()
        self.waiting = 0

    def start(self) -> None:
        """Begin with what waits."""
        threading.Thread(target=self._run, name=self._name, daemon=True).start()

    def call(self, function: Callable[..., Any], *arguments: Any) -> "Deferred[Any]":
        """Call a function after all that were given before; fires with what it returns, fails with what it raises."""
        deferred: Deferred[Any] = Deferred()
        self.waiting += 1
        self._queue.put((function, arguments, deferred))
        return deferred

    def end(self) -> None:
        """End the thread once nothing waits."""
        self._queue.put(None)

    def _run(self) -> None:
        while (item := self._queue.get()) is not None:
            function, arguments, deferred = item
            result: Any
            try:
                result = function(*arguments)
            except Exception:  # told to who waits for it
                result = Failure()  # type: ignore[no-untyped-call]  # as Twisted has it
            self._reactor.callFromThread(self._over, deferred, result)

    def _over(self, deferred: "Deferred[Any]", result: Any) -> None:
        self.waiting -= 1
        deferred.callback(result)
