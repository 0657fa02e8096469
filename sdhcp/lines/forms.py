"""How a line reads: in a file, in JSON, for syslog, for the journal."""

import json
import os
import socket
import struct
from collections.abc import Callable
from datetime import datetime
from time import localtime, strftime, time
from typing import Final

from twisted.logger import LogEvent, LogLevel

from ..messages import message_in
from .fields import NAMES, fields_of, level_of, text_of

LONGEST: Final = 32_768
"""Characters of a line for a socket: more than that may not go into one datagram."""
_PRIORITIES: Final = {
    LogLevel.debug: 7,
    LogLevel.info: 6,
    LogLevel.warn: 4,
    LogLevel.error: 3,
    LogLevel.critical: 2,
}
_DAEMON: Final = 3 << 3
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

Form = Callable[[LogEvent], bytes]
"""Makes the octets of one line."""


def plain(line: LogEvent) -> bytes:
    """Time, severity and text."""
    return f"{_moment(line)} : {NAMES[level_of(line)]} : {text_of(line)}\n".encode("utf-8", "replace")


def with_ids(line: LogEvent) -> bytes:
    """The same, with the name of the message."""
    head = f"{_moment(line)} : {NAMES[level_of(line)]} : {message_in(line).id}"
    return f"{head} : {text_of(line)}\n".encode("utf-8", "replace")


def as_json(line: LogEvent) -> bytes:
    """An object on one line; the time has its zone."""
    values = {
        "time": _iso(line),
        "level": NAMES[level_of(line)],
        "id": message_in(line).id,
        "logger": _logger(line),
        "message": text_of(line),
        **fields_of(line),
    }
    return f"{json.dumps(values, ensure_ascii=False)}\n".encode("utf-8", "replace")


FORMS: Final[dict[str, Form]] = {"text": plain, "ids": with_ids, "json": as_json}
"""By what ``LOG_FORMAT`` calls them."""


def for_standard_error(line: LogEvent) -> bytes:
    """For the journal behind standard error: each line with its priority (sd-daemon(3)); the journal has the time."""
    priority = _PRIORITIES[level_of(line)]
    return "".join(f"<{priority}>{one}\n" for one in _short(line).split("\n")).encode("utf-8", "replace")


def for_syslog(line: LogEvent) -> bytes:
    """As the syslog of this machine reads it (RFC 3164)."""
    at = localtime(_time(line))
    moment = f"{_MONTHS[at.tm_mon - 1]} {at.tm_mday:2} {strftime('%H:%M:%S', at)}"
    text = f"<{_priority(line)}>{moment} sdhcp[{os.getpid()}]: {message_in(line).id} {_short(line)}"
    return text.encode("utf-8", "replace")


def for_syslog_elsewhere(line: LogEvent) -> bytes:
    """As RFC 5424 has it, for another machine; what is longer than all have to take (RFC 5426) is cut."""
    host = socket.gethostname() or "-"
    head = f"<{_priority(line)}>1 {_iso(line)} {host} sdhcp {os.getpid()} {message_in(line).id} - "
    return f"{head}{_short(line)}".encode("utf-8", "replace")[:2048]


def for_journal(line: LogEvent) -> bytes:
    """Fields for systemd's journal (its native protocol), those of events with ``SDHCP_`` before their names."""
    message = message_in(line)
    values = {
        "MESSAGE": _short(line),
        "MESSAGE_ID": message.uuid,
        "PRIORITY": str(_PRIORITIES[level_of(line)]),
        "SYSLOG_IDENTIFIER": "sdhcp",
        "SDHCP_ID": message.id,
        "SDHCP_LOGGER": _logger(line),
        **{f"SDHCP_{name.upper()}": str(value) for name, value in fields_of(line).items()},
    }
    return b"".join(_field(name, value[:LONGEST].encode("utf-8", "replace")) for name, value in values.items())


def _field(name: str, value: bytes) -> bytes:
    if b"\n" not in value:
        return name.encode() + b"=" + value + b"\n"
    return name.encode() + b"\n" + struct.pack("<Q", len(value)) + value + b"\n"


def _short(line: LogEvent) -> str:
    return text_of(line)[:LONGEST]


def _priority(line: LogEvent) -> int:
    return _DAEMON | _PRIORITIES[level_of(line)]


def _logger(line: LogEvent) -> str:
    return str(line.get("site_logger") or line.get("log_namespace") or "")


def _time(line: LogEvent) -> float:
    at: float | None = line.get("log_time")
    return time() if at is None else at


def _moment(line: LogEvent) -> str:
    at = _time(line)
    return f"{strftime('%Y-%m-%d %H:%M:%S', localtime(at))},{int(at % 1 * 1000):03}"


def _iso(line: LogEvent) -> str:
    return datetime.fromtimestamp(_time(line)).astimezone().isoformat(timespec="milliseconds")
