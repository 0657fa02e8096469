"""What a site's code logs through :mod:`logging`, among the server's own lines; and these, to a site's handlers."""

import logging
import traceback
from collections.abc import Callable
from typing import Any, Final

from twisted.logger import ILogObserver, LogEvent, Logger, LogLevel, formatEvent
from zope.interface import implementer

OWN_LOGGER: Final = "dhcp"
"""The logger whose records a site's handlers get the server's own lines as."""
_OURS: Final = "sdhcp"
_LEVELS: Final = (
    (logging.CRITICAL, LogLevel.critical),
    (logging.ERROR, LogLevel.error),
    (logging.WARNING, LogLevel.warn),
    (logging.INFO, LogLevel.info),
)
_NUMBERS: Final = {LogLevel.warn: logging.WARNING, LogLevel.error: logging.ERROR, LogLevel.critical: logging.CRITICAL}


@implementer(ILogObserver)
class SiteLog:
    """Takes the records of all loggers while it is installed, and hands the server's own lines from WARN on, which it
    is called with, to the handlers that a site has put beside it.

    :param outputs: where the server's lines go: by their severity to the console and LOG_FILE.
    :param put: calls a function with arguments on the site's thread, since a site's handler may take its time.
    :param critical: is told of records from CRITICAL on, and their text, on any thread.
    """

    def __init__(
        self,
        outputs: ILogObserver,
        put: Callable[..., None],
        critical: Callable[[logging.LogRecord, str], None] = lambda record, text: None,
    ) -> None:
        self._put = put
        self._handler = _ToOutputs(outputs, critical)
        self._level: int | None = None

    def install(self) -> None:
        """Take records from now on, of every level: what is written of them is for the outputs to decide."""
        root = logging.getLogger()
        if self._level is None:
            self._level = root.level
            root.setLevel(logging.DEBUG)
            root.addHandler(self._handler)

    def remove(self) -> None:
        """Take none any more."""
        root = logging.getLogger()
        if self._level is not None:
            root.removeHandler(self._handler)
            root.setLevel(self._level)
            self._level = None

    def __call__(self, event: LogEvent) -> None:
        """One of the server's own lines. Costs nothing if there is nobody to get it."""
        level = _NUMBERS.get(event["log_level"])
        if level is not None and any(one is not self._handler for one in logging.getLogger().handlers):
            self._put(_hand_on, level, formatEvent(event))


def _hand_on(level: int, text: str) -> None:
    logger = logging.getLogger(OWN_LOGGER)
    record = logger.makeRecord(logger.name, level, "", 0, text, (), None, extra={_OURS: True})
    logger.handle(record)


class _ToOutputs(logging.Handler):
    """Writes records to the server's own outputs; not those that came from there."""

    def __init__(self, outputs: ILogObserver, critical: Callable[[logging.LogRecord, str], None]) -> None:
        super().__init__()
        self._critical = critical
        self._logger = Logger(_OURS, observer=outputs)
        self._is_writing = False

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record. Never raises."""
        # A site may have Twisted's log handed to logging: then what is written here comes back.
        if self._is_writing or hasattr(record, _OURS) or record.name.partition(".")[0] == _OURS:
            return
        self._is_writing = True
        try:
            text = _text(record)
            self._logger.emit(_level(record.levelno), "{text}", text=text, site_logger=record.name)
            if record.levelno >= logging.CRITICAL:
                self._critical(record, text)
        finally:
            self._is_writing = False


def _level(number: int) -> Any:
    """The severity of a level's number: of those between two the lower."""
    return next((level for least, level in _LEVELS if number >= least), LogLevel.debug)


def _text(record: logging.LogRecord) -> str:
    """A record as text whose further lines cannot be taken for lines of the log."""
    try:
        text = record.getMessage()
    except Exception:  # a site's arguments may not fit its text, nor be able to say what they are
        shown = repr(record.msg) if type(record.msg) is str else f"a {type(record.msg).__name__}"
        text = f"{shown}, with arguments that do not fit, at {record.pathname}:{record.lineno}"
    if record.exc_info and record.exc_info[0] is not None:
        text = f"{text}\n{''.join(traceback.format_exception(*record.exc_info)).rstrip()}"
    first, *others = text.splitlines() or [""]
    return "\n  | ".join([_printable(first), *map(_printable, others)])


def _printable(line: str) -> str:
    """Text on one line: what clients send may stand in it."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in line)
