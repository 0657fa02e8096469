"""Where log lines end up: the console, or what twistd writes to, and LOG_FILE."""

import logging
import os
import sys
from logging.handlers import TimedRotatingFileHandler
from typing import Any, Final

from twisted.logger import ILogObserver, LogEvent, STDLibLogObserver, globalLogPublisher
from zope.interface import implementer

from .config.settings import LogSettings
from .severity import LEVELS, rank

_OWN: Final = "sdhcp"
_NAMES: Final = {"FATAL": "CRITICAL", "WARN": "WARNING"}


@implementer(ILogObserver)
class LogOutputs:
    """Takes the server's own log events: to LOG_FILE by its severity, to everyone else by the console's."""

    def __init__(self, settings: LogSettings) -> None:
        self._settings = settings
        self._console_levels = _levels_from(settings.console_severity)
        self._file: STDLibLogObserver | None = None
        self._others: _Others | None = None

    def __call__(self, event: LogEvent) -> None:
        """Take one event."""
        if self._file is not None:
            self._file(event)
        if event["log_level"] in self._console_levels:
            globalLogPublisher(event)

    def use(self, settings: LogSettings) -> None:
        """Go by other severities; the file stays."""
        self._settings = settings
        self._console_levels = _levels_from(settings.console_severity)
        for name, severity in (("console", settings.console_severity), ("file", settings.file_severity)):
            logging.getLogger(f"{_OWN}.{name}").setLevel(_NAMES.get(severity, severity))

    def open(self, owner: tuple[int | None, int | None]) -> str:
        """Open LOG_FILE and give it to (uid, gid); "" or what is wrong with it."""
        path = self._settings.file
        if not path:
            return ""
        try:
            self._file = _file_observer(path, self._settings.file_history, self._settings.file_severity)
        except OSError as error:
            return f"LOG_FILE {path}: {error.strerror}; nothing is written to it until the next start"
        problem = ""
        try:
            if owner != (None, None):
                os.chown(path, *(-1 if number is None else number for number in owner))
        except OSError as error:
            problem = f"LOG_FILE {path}: cannot be given to the server's user: {error.strerror}; it may not be rotated"
        self._others = _Others(self._file)
        globalLogPublisher.addObserver(self._others)
        return problem

    def close(self) -> None:
        """Write nothing more to LOG_FILE."""
        if self._others is not None:
            globalLogPublisher.removeObserver(self._others)
            self._file = self._others = None
            for handler in logging.getLogger(f"{_OWN}.file").handlers:
                handler.close()


def _levels_from(severity: str) -> frozenset[Any]:
    return frozenset(level for name, level in LEVELS.items() if rank(name) >= rank(severity))


@implementer(ILogObserver)
class _Others:
    """Takes everything that is not the server's own to LOG_FILE."""

    def __init__(self, file: STDLibLogObserver) -> None:
        self._file = file

    def __call__(self, event: LogEvent) -> None:
        if event.get("log_namespace") != _OWN:
            self._file(event)


def console_observer(severity: str) -> STDLibLogObserver:
    """Writes log lines to standard error."""
    return _observer("console", logging.StreamHandler(sys.stderr), severity)


def _file_observer(path: str, history: int | None, severity: str) -> STDLibLogObserver:
    handler: logging.Handler
    if history:
        handler = TimedRotatingFileHandler(path, when="midnight", backupCount=history, encoding="utf-8")
        handler.rotator = _rename
    else:
        handler = logging.FileHandler(path, encoding="utf-8")
    return _observer("file", handler, severity)


def _rename(source: str, destination: str) -> None:
    try:
        os.rename(source, destination)
    except OSError:
        # The folder may not be ours any more once privileges are given up: then the file grows on.
        return


def _observer(name: str, handler: logging.Handler, severity: str) -> STDLibLogObserver:
    handler.setFormatter(logging.Formatter("%(asctime)s : %(levelname)s : %(message)s"))
    # Stops a full disk from raising into the code that logs.
    handler.handleError = lambda record: None  # type: ignore[method-assign]
    logger = logging.getLogger(f"{_OWN}.{name}")
    logger.propagate = False
    logger.handlers = [handler]
    logger.setLevel(_NAMES.get(severity, severity))
    return STDLibLogObserver(logger.name)
