"""What a server does again and again, as services."""

from collections.abc import Callable, Iterator

from twisted.application.service import Service
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.internet.task import LoopingCall


class Regularly(Service):
    """Calls a function every ``interval`` seconds while it runs."""

    def __init__(self, function: Callable[[], None], interval: float, reactor: IReactorTime) -> None:
        self._interval = interval
        self._call = LoopingCall(function)
        self._call.clock = reactor

    def startService(self) -> None:
        """Call it from the first interval's end on."""
        super().startService()
        self._call.start(self._interval, now=False)

    def stopService(self) -> None:
        """Call it no more."""
        super().stopService()
        if self._call.running:
            self._call.stop()


class StepByStep(Regularly):
    """Begins a piece of work every ``interval`` seconds, and goes one step on with it every ``pause`` seconds.

    :param begin: gives the steps; it is not called while there are some left.
    """

    def __init__(
        self, begin: Callable[[], Iterator[None]], interval: float, pause: float, reactor: IReactorTime
    ) -> None:
        super().__init__(self._go_on, interval, reactor)
        self._begin = begin
        self._pause = pause
        self._reactor = reactor
        self._steps: Iterator[None] | None = None
        self._next: IDelayedCall | None = None

    def stopService(self) -> None:
        """Go no further."""
        super().stopService()
        if self._next is not None:
            self._next.cancel()
            self._next = None

    def _go_on(self) -> None:
        if self._steps is None:
            self._steps = self._begin()
            self._step()

    def _step(self) -> None:
        self._next = None
        if self._steps is not None and next(self._steps, self) is self:
            self._steps = None
        else:
            self._next = self._reactor.callLater(self._pause, self._step)
