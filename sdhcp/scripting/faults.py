"""What goes wrong in functions of a site's own, told at once and then counted."""

import logging
import os
import threading
from collections.abc import Callable
from types import ModuleType
from typing import Any, Final

from ..backends.site_code import raised
from .site_criticals import CAUSE, TIMES

EVERY: Final = 60.0
"""Seconds between two lines about one function."""
MOST: Final = 256
"""Functions that are counted apart."""


class _Fault:
    __slots__ = ("function", "more", "told")

    def __init__(self, function: Callable[..., Any], told: float) -> None:
        self.function = function
        self.told = told
        self.more = 0


class Faults:
    """Tells of exceptions, each function's once a minute, as CRITICAL with its traceback and where it came from.

    May be used in several threads.

    :param conf: the conf.py beside which the site's files are.
    :param clock: seconds of a monotonic clock.
    """

    def __init__(self, conf: ModuleType | None, clock: Callable[[], float]) -> None:
        self._folder = os.path.dirname(getattr(conf, "__file__", None) or "")
        self._clock = clock
        self._lock = threading.Lock()
        self._known: list[_Fault] = []

    def happened(self, what: str, logger: str, function: Callable[..., Any], error: BaseException, then: str) -> None:
        """A function has raised; call this where the exception is being handled.

        :param what: what it is to the server, such as "tick callback".
        :param then: what the server does now.
        """
        with self._lock:
            fault = next((known for known in self._known if known.function == function), None)
            if fault is not None:
                fault.more += 1
                return
            del self._known[: max(0, len(self._known) - MOST + 1)]
            self._known.append(_Fault(function, self._clock()))
        text = str(raised(f"{what} {name(function)}", error, self._folder))
        _log(logger, "%s; %s", text, then, error=error, cause=name(function))

    def forget(self, function: Callable[..., Any]) -> None:
        """Tell at once if this function raises the next time."""
        with self._lock:
            self._known = [known for known in self._known if known.function != function]

    def digest(self) -> None:
        """Tell how often each function has raised in its last minute; call this about once a second."""
        now = self._clock()
        again = []
        with self._lock:
            due = [known for known in self._known if now - known.told >= EVERY]
            # One that was quiet for a minute is told at once the next time.
            self._known = [known for known in self._known if known.more or known not in due]
            for known in due:
                if known.more:
                    again.append((known.function, known.more))
                    known.told, known.more = now, 0
        for function, more in again:
            _log(
                "system",
                "%s raised %d more times in the last minute",
                name(function),
                more,
                cause=name(function),
                times=more,
            )


def _log(
    logger: str, text: str, *arguments: Any, cause: str, times: int = 1, error: BaseException | None = None
) -> None:
    extra = {CAUSE: cause, TIMES: times}
    try:
        logging.getLogger(logger).critical(text, *arguments, exc_info=error, extra=extra)
    except BaseException:  # a handler of the site's may raise too: it must not end the thread that tells of it
        return


def name(function: Any) -> str:
    """What a function is called in the log."""
    told = getattr(function, "__qualname__", None) or type(function).__name__
    module = getattr(function, "__module__", None)
    return f"{module}.{told}"[:120] if module else str(told)[:120]
