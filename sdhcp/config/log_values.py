"""What the settings of the log may be: its form, and where syslog is. See :mod:`sdhcp.config.values`."""

from ipaddress import ip_address
from typing import Any, Final

from .values import Unfit, off

_FORMS: Final = ("text", "ids", "json")
_HERE: Final = "/dev/log"


def log_format(value: Any) -> str:
    """How lines read, in any case."""
    word = value.lower() if isinstance(value, str) else ""
    if word not in _FORMS:
        raise Unfit("is not known", "one of " + ", ".join(f'"{one}"' for one in _FORMS), value)
    return word


def syslog(value: Any) -> str | tuple[str, int] | None:
    """Where syslog is: a path, or a numeric address and a port."""
    expected = 'True for this machine\'s, the path of a socket, or an address and a port such as "192.0.2.1:514"'
    if off(value) or value is False:
        return None
    if value is True:
        return _HERE
    if not isinstance(value, str):
        raise Unfit("is no place of a syslog", expected, value)
    if value.startswith("/"):
        return value
    host, _, port = value.rpartition(":")
    try:
        found = str(ip_address(host.removeprefix("[").removesuffix("]")))
    except ValueError:
        raise Unfit("is no place of a syslog", expected, value) from None
    if not (port.isascii() and port.isdigit() and len(port) < 6 and 0 < int(port) < 65536):
        raise Unfit("has no port", expected, value)
    return found, int(port)
