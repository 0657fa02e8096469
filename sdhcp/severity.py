"""Severities by the names that conf.py uses for them."""

from typing import Final

from twisted.logger import LogLevel

LEVELS: Final = {
    "DEBUG": LogLevel.debug,
    "INFO": LogLevel.info,
    "WARN": LogLevel.warn,
    "WARNING": LogLevel.warn,
    "ERROR": LogLevel.error,
    "CRITICAL": LogLevel.critical,
    "FATAL": LogLevel.critical,
}
_RANKS: Final = [LogLevel.debug, LogLevel.info, LogLevel.warn, LogLevel.error, LogLevel.critical]


def rank(severity: str) -> int:
    """The order of a severity's name, 0 for DEBUG."""
    return _RANKS.index(LEVELS[severity])
