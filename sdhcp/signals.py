"""SIGHUP and SIGUSR2, which Twisted leaves to us, and SIGTERM until Twisted takes it over."""

import signal
from collections.abc import Callable
from typing import Any

from .interfaces import IServerReactor


class Signals:
    """While installed, SIGHUP calls ``reload`` and SIGUSR2 ``tell``, on the reactor's thread."""

    def __init__(self, reactor: IServerReactor, reload: Callable[[], object], tell: Callable[[], object]) -> None:
        self._reactor = reactor
        self._wanted = {signal.SIGHUP: reload, signal.SIGUSR2: tell}
        self._before: dict[signal.Signals, Any] = {}

    def install(self) -> None:
        """Take over both signals."""
        for number, function in self._wanted.items():
            self._before[number] = signal.signal(number, self._calling(function))
        if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            signal.signal(signal.SIGTERM, self._stop_once_running)

    def remove(self) -> None:
        """Give back what was installed before."""
        while self._before:
            number, before = self._before.popitem()
            signal.signal(number, before)

    def _stop_once_running(self, number: int, frame: object) -> None:
        # The reactor's own handler is there only once it runs; without this one, nothing would be cleaned up.
        self._reactor.callWhenRunning(self._reactor.stop)

    def _calling(self, function: Callable[[], object]) -> Callable[..., None]:
        def arrived(number: int, frame: object) -> None:
            self._reactor.callFromThread(function)

        return arrived
