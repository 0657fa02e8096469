"""What a log line is about, as names and text or numbers."""

from collections.abc import Callable
from typing import Any, Final

from twisted.logger import LogEvent, LogLevel, eventAsText

from ..events import Event
from ..wire.describe import address, hardware


def _address(value: bytes) -> str:
    return address(value) if len(value) == 4 and any(value) else ""


def _addresses(values: tuple[bytes, ...]) -> str:
    return " ".join(map(address, values))


_READ: Final[dict[str, tuple[str, Callable[[Any], Any]]]] = {
    "mac": ("mac", lambda mac: hardware(mac) if mac else ""),
    "address": ("address", _address),
    "addresses": ("addresses", _addresses),
    "ip": ("address", _address),
    "giaddr": ("relay", _address),
    "link": ("link", _address),
    "method": ("method", str),
    "answer": ("answer", str),
    "outcome": ("outcome", str),
    "reason": ("reason", str),
    "detail": ("detail", str),
    "source": ("source", str),
    "pool": ("pool", str),
    "pools": ("pools", " ".join),
    "interface": ("interface", str),
    "hook": ("hook", str),
    "subnet": ("subnet", str),
    "serial": ("serial", int),
    "times": ("times", int),
    "size": ("size", int),
    "used": ("used", int),
    "seconds": ("seconds", float),
    "elapsed": ("seconds", float),
}
"""Fields of events: what they are called in a line, and how they are made."""

FIELDS: Final = tuple(dict.fromkeys(name for name, _ in _READ.values()))
"""Everything that a line may have."""

NAMES: Final = {
    LogLevel.debug: "DEBUG",
    LogLevel.info: "INFO",
    LogLevel.warn: "WARNING",
    LogLevel.error: "ERROR",
    LogLevel.critical: "CRITICAL",
}


def level_of(line: LogEvent) -> Any:
    """The severity of a line."""
    return line.get("log_level") or LogLevel.info


def text_of(line: LogEvent) -> str:
    """What a line says, with the traceback of what it tells of."""
    return eventAsText(line, includeTimestamp=False, includeSystem=False).rstrip("\n")


def fields_of(line: LogEvent) -> dict[str, str | int | float]:
    """What a line is about; nothing if it came of no event."""
    event: Event | None = line.get("about")
    found: dict[str, str | int | float] = {}
    if event is None:
        return found
    # What happened to a lease is told by the lease.
    for one in (event, getattr(event, "lease", None)):
        for name in getattr(one, "_fields", ()):
            if name in _READ:
                shown, read = _READ[name]
                value = read(getattr(one, name))
                if value != "":
                    found[shown] = value
    return found
