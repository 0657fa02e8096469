"""What the settings of alerts may be: addresses of mail, ways of TLS, a webhook. See :mod:`sdhcp.config.values`."""

from collections.abc import Iterable
from email.utils import getaddresses
from typing import Any, Final
from urllib.parse import urlsplit

from .values import Unfit, off, text

_TLS: Final = ("starttls", "require", "implicit", "none")
_MOST: Final = 100


def sender(value: Any) -> str | None:
    """Whom mail comes from, as it was written: an address, with or without a name."""
    if off(value):
        return None
    given = text(value)
    _checked(_addresses(given)[0], given)
    return given


def recipients(value: Any) -> tuple[str, ...]:
    """Whom mail goes to: addresses alone, each once; written as one text, or as a list."""
    if off(value):
        return ()
    several = [value] if isinstance(value, str) or not isinstance(value, Iterable) else list(value)
    found = [_checked(address, one) for one in several for address in _addresses(text(one))]
    if len(found) > _MOST:
        raise Unfit(f"{len(found)} addresses", f"at most {_MOST} addresses")
    return tuple(dict.fromkeys(found))


def _addresses(given: str) -> list[str]:
    """The addresses of a text, with names or without."""
    if "<" in given:
        return [address for _, address in getaddresses([given])]
    return [part.strip() for part in given.split(",")]


def _checked(address: str, given: str) -> str:
    usable = address.isascii() and address.isprintable() and not any(one in address for one in " <>,;")
    if not address or not usable or not given.isprintable():
        raise Unfit("is no address of mail", 'an address such as "admin@example.org", in ASCII', given)
    return address


def tls(value: Any) -> str:
    """How a mail server is spoken to."""
    word = "none" if off(value) else value.lower() if isinstance(value, str) else ""
    if word not in _TLS:
        raise Unfit("is no way to use TLS", ", ".join(f'"{one}"' for one in _TLS), value)
    return word


def webhook(value: Any) -> str | None:
    """Where a web service takes alerts; its address may hold a secret."""
    if off(value):
        return None
    expected = 'an address such as "https://chat.example.org/hooks/..."'
    if not isinstance(value, str):
        raise Unfit("is no address of a service", expected, value)
    given = value.strip()
    try:
        parts = urlsplit(given)
        host = parts.hostname or ""
        is_usable = parts.scheme in ("http", "https") and parts.port != 0
    except ValueError:
        host, is_usable = "", False
    if not is_usable or not host or not given.isascii() or any(one.isspace() or not one.isprintable() for one in given):
        # What was given may be a secret: it is not shown.
        raise Unfit("the text is no address of a service", expected)
    return given
