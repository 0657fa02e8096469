"""The last lines of the log, kept for the console."""

import logging
from collections import deque
from collections.abc import Callable, Iterator
from itertools import count, islice
from time import localtime, strftime
from typing import Final

from twisted.logger import ILogObserver, LogEvent, LogLevel, formatEvent
from zope.interface import implementer

from ..config.settings import WebSettings

_NUMBERS: Final = {
    LogLevel.debug: logging.DEBUG,
    LogLevel.info: logging.INFO,
    LogLevel.warn: logging.WARNING,
    LogLevel.error: logging.ERROR,
    LogLevel.critical: logging.CRITICAL,
}
_NAMES: Final = {"NOTSET": 0, "WARN": logging.WARNING, "FATAL": logging.CRITICAL}
_LONGEST: Final = 8192


@implementer(ILogObserver)
class LogLines:
    """Takes the server's log events, those that a site's code logs among them. Any thread may log.

    :param settings: how many lines are kept, and the least severity that is; none if there is no console.
    :param debug: whether lines name their severity.
    """

    def __init__(self, settings: WebSettings, debug: bool = False) -> None:
        self._lines: deque[tuple[int, float, str, int]] = deque(maxlen=settings.log_history if settings.enabled else 0)
        self._numbers = count(1)
        self.use(settings, debug)

    def use(self, settings: WebSettings, debug: bool) -> None:
        """Go by another severity; how many lines are kept stays."""
        severity = settings.log_severity
        self._least = _NAMES.get(severity, logging.getLevelName(severity))
        self._format: Callable[[int, float, str], str] = _long if debug else _short

    def __call__(self, event: LogEvent) -> None:
        """Keep one event, if it is severe enough."""
        number = _NUMBERS.get(event.get("log_level", LogLevel.info), logging.INFO)
        if number >= self._least:
            text, at = formatEvent(event)[:_LONGEST], event.get("log_time", 0.0)
            self._lines.appendleft((number, at, text, next(self._numbers)))

    def __len__(self) -> int:
        return len(self._lines)

    @property
    def newest(self) -> int:
        """How many lines there were, those that are not kept any more among them."""
        try:
            return self._lines[0][3]
        except IndexError:
            return 0

    def newest_first(self, most: int | None = None) -> list[tuple[int, str]]:
        """The number of each line's severity, as in :mod:`logging`, and its text.

        :param most: only so many; None for all.
        """
        return [(number, self._format(number, at, text)) for number, at, text, _ in self._now(most)]

    def one_by_one(self, least: int) -> Iterator[tuple[int, str]]:
        """The same lines as they are now, from a severity on, each made when it is asked for."""
        for number, at, text, _ in self._now(None):
            if number >= least:
                yield number, self._format(number, at, text)

    def _now(self, most: int | None) -> list[tuple[int, float, str, int]]:
        while True:
            try:
                return list(islice(self._lines, most))
            except RuntimeError:  # another thread has logged meanwhile
                continue


def _short(number: int, at: float, text: str) -> str:
    return f"{strftime('%Y-%m-%d %H:%M:%S', localtime(at))} : {text}"


def _long(number: int, at: float, text: str) -> str:
    return f"{strftime('%Y-%m-%d %H:%M:%S', localtime(at))} : {logging.getLevelName(number)} : {text}"
