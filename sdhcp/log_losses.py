"""A log file that cannot be written: told once, and once more when that is over."""

import logging
import sys
from collections.abc import Iterator


class Losses:
    """Counts the lines that a handler of :mod:`logging` cannot write, on whichever thread.

    :param what: what they are kept from, as a line for the log begins.
    """

    def __init__(self, what: str, handler: logging.Handler) -> None:
        self._what = what
        self._lost = self._told = 0
        self._why = ""
        self._is_over = False
        self._emit = handler.emit
        # A handler would write a traceback for each line to standard error; and it says nothing when it succeeds.
        handler.handleError = self._failed  # type: ignore[method-assign]
        handler.emit = self._written  # type: ignore[method-assign]

    def _failed(self, record: logging.LogRecord) -> None:
        error = sys.exc_info()[1]
        self._lost += 1
        self._why = (getattr(error, "strerror", None) or str(error)).split("\n")[0]

    def _written(self, record: logging.LogRecord) -> None:
        before = self._lost
        self._emit(record)
        self._is_over = before == self._lost

    def news(self) -> Iterator[tuple[str, str]]:
        """What is to be told since this was asked last: severities and lines."""
        if self._lost and not self._told:
            self._told = self._lost
            yield "ERROR", f"{self._what}: {self._why}; its lines are lost meanwhile"
        elif self._told and self._is_over:
            lost, self._lost, self._told = self._lost, 0, 0
            yield "WARN", f"{self._what}: it is written again; up to {lost} lines are lost"
