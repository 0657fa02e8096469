"""SIGHUP and SIGUSR2, which Twisted leaves to us, and what ends the process, from before Twisted takes that over."""

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
        for number, unhandled in ((signal.SIGTERM, signal.SIG_DFL), (signal.SIGINT, signal.default_int_handler)):
            if signal.getsignal(number) is unhandled:
                signal.signal(number, self._calling(self._reactor.stop))

    def remove(self) -> None:
        """Give back what was installed before."""
        while self._before:
            number, before = self._before.popitem()
            signal.signal(number, before)

    def _calling(self, function: Callable[[], object]) -> Callable[..., None]:
        # The reactor's own handlers are there only once it runs, which is when it calls what it was given before.
        def arrived(number: int, frame: object) -> None:
            self._reactor.callFromThread(function)

        return arrived
