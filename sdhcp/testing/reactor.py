"""A reactor whose time stands still until somebody advances it, though real threads and connections go on."""

import queue
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import Any, Final

from twisted.internet.interfaces import IDelayedCall, IReactorPluggableNameResolver, IReactorThreads, IReactorTime
from twisted.internet.task import Clock
from twisted.python.threadpool import ThreadPool
from zope.interface import alsoProvides

_LOOK: Final = 0.002
"""Seconds of the real clock between two looks while a real reactor runs."""


class SimulatedReactor:
    """Timers by a clock that is advanced, threads for real. What else is asked for is the real reactor's.

    That runs in :meth:`run_until` only, for sources that are asked over a network, and for a site's code that uses it;
    where it runs already, it gets no further meanwhile.

    :param clock: whose time it is.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.seconds = clock.seconds
        self._wanted: queue.SimpleQueue[Callable[[], Any]] = queue.SimpleQueue()
        self._pool: ThreadPool | None = None
        alsoProvides(self, IReactorTime, IReactorThreads, IReactorPluggableNameResolver)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(_real(), name)

    def callLater(self, delay: float, function: Callable[..., Any], *arguments: Any, **named: Any) -> IDelayedCall:
        """Call a function when the clock has been advanced so far."""
        call: IDelayedCall = self.clock.callLater(delay, function, *arguments, **named)
        return call

    def callFromThread(self, function: Callable[..., Any], *arguments: Any, **named: Any) -> None:
        """Call a function on the thread that simulates, as soon as it waits for something."""
        self._wanted.put(lambda: function(*arguments, **named))

    def callWhenRunning(self, function: Callable[..., Any], *arguments: Any) -> None:  # noqa: N802  Twisted calls it
        """Call a function at once."""
        function(*arguments)

    def getThreadPool(self) -> ThreadPool:  # noqa: N802  as above
        """Threads for whoever wants some, until :meth:`stop_threads`."""
        if self._pool is None:
            self._pool = ThreadPool(0, 4, "simulated reactor")
            self._pool.start()
        return self._pool

    def stop_threads(self) -> None:
        """End the threads of :meth:`getThreadPool`; waits for them."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.stop()

    def turn(self) -> None:
        """Do what is due now: what threads want, and timers."""
        while True:
            try:
                self._wanted.get_nowait()()
            except queue.Empty:
                break
        self.clock.advance(0)

    def run_until(self, is_over: Callable[[], bool], patience: float) -> bool:
        """Wait until something has happened, for so many seconds of the real clock at most; whether it has."""
        self.turn()
        end = monotonic() + patience
        if not is_over() and not _real().running:
            _run(_real(), self.turn, lambda: is_over() or monotonic() >= end)
        while not is_over() and (left := end - monotonic()) > 0:
            with suppress(queue.Empty):
                self._wanted.get(timeout=left)()
            self.turn()
        return is_over()


def _run(real: Any, turn: Callable[[], None], is_enough: Callable[[], bool]) -> None:
    """Run the real reactor until it is enough, and take a turn again and again."""
    errors: list[BaseException] = []
    pending: list[IDelayedCall] = []

    def again() -> None:
        pending.clear()
        try:
            turn()
            over = is_enough()
        except BaseException as error:  # it is raised again where the reactor does not catch it
            errors.append(error)
            over = True
        if over:
            real.crash()
        else:
            pending.append(real.callLater(_LOOK, again))

    pending.append(real.callLater(0, again))
    try:
        real.run(installSignalHandlers=False)
    finally:
        for call in pending:
            if call.active():
                call.cancel()
    if errors:
        raise errors[0]


def _real() -> Any:
    from twisted.internet import reactor

    return reactor
