"""What one setting may be: functions that turn what conf.py holds into what the server needs, or say what is wrong.

Each raises :class:`Unfit` with what is wrong and what is expected.
"""

import grp
import pwd
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from ..identity import IDENTITIES, Identity
from ..pools import Pool

_COLUMN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_$]*\Z")
_WORD: Final = re.compile(r"[A-Za-z0-9._-]+\Z")
_SHORTEST: Final = 20
_TOKEN: Final = re.compile(rf"[A-Za-z0-9._~+/=-]{{{_SHORTEST},}}\Z")
"""RFC 6750 section 2.1."""
_LONGEST: Final = 60
_SEVERITIES: Final = ("DEBUG", "INFO", "WARN", "WARNING", "ERROR", "CRITICAL", "FATAL")
_CACHES: Final = ("in-process", "memcached")
_PLAIN: Final = (bool, int, float, str, bytes, list, tuple, dict, set, frozenset)


class Unfit(ValueError):
    """A value that a setting cannot have; ``expected`` says what it can.

    :param what: what is wrong; with a value it goes on after the value as it is shown.
    """

    def __init__(self, what: str, expected: str = "", *value: Any) -> None:
        super().__init__(what)
        self.what = what
        self.expected = expected
        self.value = value

    def told(self, show: Callable[[Any], str]) -> str:
        """What is wrong, with the value as ``show`` shows it."""
        return " ".join([*map(show, self.value), self.what])


def shown(value: Any) -> str:
    """A value as an operator wrote it, cut where it is long."""
    try:
        text = repr(value)
    except Exception:  # a site's object may do anything when it is asked what it is
        text = f"a {type(value).__name__}"
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def discreet(value: Any) -> str:
    """A number or one plain word as it was written; of all else, which may hold a password, only the type."""
    if value is None or type(value) in (bool, int, float) or (type(value) is str and _WORD.match(value)):
        return shown(value)
    return f"a value of type {type(value).__name__}"


def off(value: Any) -> bool:
    """Whether a value says "none of this" by being empty or 0; an object of the site's own does not."""
    return value is None or (type(value) in _PLAIN and not value)


def is_word(value: Any) -> bool:
    """Whether a value is text that is one plain word."""
    return isinstance(value, str) and bool(_WORD.match(value))


def boolean(value: Any) -> bool:
    """True or False, also as 1 or 0."""
    if isinstance(value, bool) or (isinstance(value, int) and value in (0, 1)):
        return bool(value)
    raise Unfit("is neither True nor False", "True or False", value)


def whole(low: int, high: int) -> Callable[[Any], int]:
    """A whole number from ``low`` to ``high``."""
    expected = f"a whole number from {low} to {high}"

    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise Unfit("is no whole number", expected, value)
        if not low <= value <= high:
            raise Unfit(f"{value if abs(value) < 10**30 else 'the number'} is out of range", expected)
        return int(value)

    return check


def seconds(value: Any) -> float:
    """A time of more than 0 seconds."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e9:
        raise Unfit("is no time", "a number of seconds", value)
    return float(value)


def duration(value: Any) -> float | None:
    """A time of 0 seconds or more; None for one without an end."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1e9:
        raise Unfit("is no time", "a number of seconds, or None for no limit", value)
    return float(value)


def identity(value: Any) -> tuple[Identity, ...]:
    """What clients are known by: one thing or several, in order."""
    known = ", ".join(f'"{name}"' for name in IDENTITIES)
    expected = f"{known}, a function of a query, or a list of these"
    items = [value] if isinstance(value, str) or callable(value) else _items(value, expected)
    if not items:
        raise Unfit("the list is empty", expected)
    for item in items:
        if not callable(item) and not (isinstance(item, str) and item in IDENTITIES):
            raise Unfit("is nothing that a client is known by", expected, item)
    return tuple(items)


def text(value: Any) -> str:
    """Text that is not empty."""
    if not isinstance(value, str):
        raise Unfit("is no text", "text in quotes", value)
    if not value.strip() or "\0" in value:
        raise Unfit("the text is empty or holds a NUL character", "text in quotes")
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise Unfit("the text holds half of a surrogate pair, which is no character", "text in quotes")
    # A text of the site's own kind may behave as it likes; its characters do not.
    return str.__str__(value)


def secret(value: Any) -> str:
    """As :func:`text`, but never shown."""
    if not isinstance(value, str) or not value:
        raise Unfit("the value is no text, or empty", "text in quotes")
    return value


def optional(check: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """None, also as "", 0 or False, or what another check lets pass."""

    def check_optional(value: Any) -> Any:
        if off(value):
            return None
        try:
            return check(value)
        except Unfit as error:
            raise Unfit(error.what, f"{error.expected}, or None", *error.value) from None

    return check_optional


def severity(value: Any) -> str:
    """A severity in any case. NOTSET lets everything through, as DEBUG does."""
    word = value.upper() if isinstance(value, str) else ""
    if word == "NOTSET":
        return "DEBUG"
    if word not in _SEVERITIES:
        raise Unfit("is not known", "one of " + ", ".join(f'"{one}"' for one in _SEVERITIES), value)
    return word


def caching_model(value: Any) -> str:
    """A cache by its name in any case; "" for one that is not known, which is no fault."""
    word = value.lower() if isinstance(value, str) else ""
    return word if word in _CACHES else ""


def history(value: Any) -> int:
    """A number of lines to keep; 0 for none, as which every number below 0 counts."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise Unfit("is no whole number", "a whole number, 0 for none", value)
    return max(0, int(value))


def address(value: Any) -> bytes:
    """An IPv4 address as 4 bytes."""
    expected = 'an IPv4 address such as "192.168.1.1"'
    # staticDHCPd's own address type is text in all but name.
    parts = str(value).split(".") if isinstance(value, str) or type(value).__name__ == "IPv4" else []
    if len(parts) != 4 or not all(part.isascii() and part.isdigit() and len(part) < 4 for part in parts):
        raise Unfit("is no IPv4 address", expected, value)
    numbers = [int(part) for part in parts]
    if max(numbers) > 255:
        raise Unfit("is no IPv4 address", expected, value)
    return bytes(numbers)


def _items(value: Any, what: str) -> Sequence[Any]:
    if isinstance(value, str | bytes | dict) or not isinstance(value, Iterable):
        raise Unfit("is no list", what, value)
    items = []
    for item in value:
        items.append(item)
        if len(items) > 100_000:
            raise Unfit("the list has over 100000 entries", what)
    return items


def server_addresses(value: Any) -> tuple[bytes, ...]:
    """One address or several, each of one interface."""
    expected = "an address of this machine, or a list of them"
    items = [value] if isinstance(value, str) or type(value).__name__ == "IPv4" else _items(value, expected)
    if not items:
        raise Unfit("the list is empty", expected)
    found = [address(item) for item in items]
    for octets in found:
        if not 0 < octets[0] < 224:
            raise Unfit(f"{'.'.join(map(str, octets))} is no address that a server can have", expected)
    if len(set(found)) < len(found):
        raise Unfit("an address stands there twice", expected)
    return tuple(found)


def relays(value: Any) -> frozenset[bytes]:
    """Addresses of relay agents."""
    return frozenset(address(item) for item in _items(() if off(value) else value, "a list of IPv4 addresses"))


def columns(value: Any) -> tuple[str, ...]:
    """Names of columns."""
    if off(value):
        return ()
    expected = "a list of column names"
    names = _items(value, expected)
    for name in names:
        if not isinstance(name, str) or not _COLUMN.match(name):
            raise Unfit("is no name of a column", expected, name)
    return tuple(names)


def qtags(value: Any) -> tuple[tuple[int, int, int], ...]:
    """802.1Q tags, outermost first."""
    expected = "a list of (pcp, dei, vid), such as [(0, 0, 100)]"
    if off(value):
        return ()
    tags = []
    for item in _items(value, expected):
        tag = tuple(_items(item, expected))
        if len(tag) != 3 or not all(isinstance(part, int) for part in tag):
            raise Unfit("is no tag", expected, item)
        pcp, dei, vid = (int(part) for part in tag)
        if not (0 <= pcp < 8 and 0 <= dei < 2 and 0 < vid < 4095):
            raise Unfit("is no tag", f"{expected}; pcp 0 to 7, dei 0 or 1, vid 1 to 4094", item)
        tags.append((pcp, dei, vid))
    if len(tags) > 2:
        raise Unfit(f"{len(tags)} tags", "at most two tags")
    return tuple(tags)


def networks(value: Any) -> tuple[tuple[tuple[int, int], ...], ...]:
    """Groups of networks that share a link, as numbers."""
    expected = 'a list of lists such as [["10.1.0.0/24", "10.2.0.0/24"]]'
    groups = [_items(group, expected) for group in _items(value, expected)]
    return tuple(tuple(_network(item, expected) for item in group) for group in groups)


def _network(value: Any, expected: str) -> tuple[int, int]:
    base, slash, prefix = value.partition("/") if isinstance(value, str) else ("", "", "")
    if not slash or not prefix.isascii() or not prefix.isdigit() or len(prefix) > 2 or int(prefix) > 32:
        raise Unfit("is no network", expected, value)
    number = int.from_bytes(address(base), "big")
    mask = (0xFFFFFFFF << (32 - int(prefix))) & 0xFFFFFFFF
    if number & ~mask & 0xFFFFFFFF:
        raise Unfit("has bits beyond its prefix", expected, value)
    return number, mask


def rapid_commit(value: Any) -> tuple[bool, frozenset[str]]:
    """For all clients or none, or for those of the named subnets."""
    expected = "True, False, or a list of subnets by the names that the source has for them"
    if isinstance(value, bool) or (isinstance(value, int) and value in (0, 1)):
        return bool(value), frozenset()
    names = _items(value, expected)
    if not all(isinstance(name, str) for name in names):
        raise Unfit("holds something that is no subnet's name", expected, value)
    return False, frozenset(names)


def user(value: Any) -> int | None:
    """A user by number or name."""
    return _account(value, "user", lambda name: pwd.getpwnam(name).pw_uid)


def group(value: Any) -> int | None:
    """A group by number or name."""
    return _account(value, "group", lambda name: grp.getgrnam(name).gr_gid)


def _account(value: Any, what: str, find: Callable[[str], int]) -> int | None:
    expected = f"the number or name of a {what}, or None to stay what one is"
    if value is None:
        return None
    if isinstance(value, str):
        try:
            return find(value)
        except (KeyError, ValueError):
            raise Unfit(f"there is no {what} {shown(value)}", expected) from None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**32 - 1:
        raise Unfit(f"is no {what}", expected, value)
    return value


def providers(value: Any) -> tuple[Any, ...]:
    """Objects of the site's own, in the order in which they are asked; a single one needs no list."""
    if value is None:
        return ()
    several = tuple(value) if isinstance(value, list | tuple) else (value,)
    for one in several:
        if isinstance(one, type):
            raise Unfit(f"{one.__name__} is a class", f"an object of it: {one.__name__}()")
        if type(one) in _PLAIN:
            raise Unfit("is no code of a site's", "a list of objects that provide IPacketFilter or others", one)
    return several


def pools(value: Any) -> tuple[Pool, ...]:
    """Pools, in the order in which they are tried; a single one needs no list."""
    if value is None:
        return ()
    several = tuple(value) if isinstance(value, list | tuple) else (value,)
    for one in several:
        if not isinstance(one, Pool):
            raise Unfit("is no pool", "a list of Pool(...), from sdhcp.pools", one)
    return several


def uuid(value: Any) -> str:
    """A UUID in its usual form."""
    try:
        return str(UUID(value))
    except (AttributeError, TypeError, ValueError):
        raise Unfit("is no UUID", 'such as "0b8f1c5e-2f3a-4c6d-9e7b-1a2b3c4d5e6f"', value) from None


def web_address(value: Any) -> str:
    """Where a web server is, without a slash at its end."""
    expected = 'an address such as "https://dhcp.example.org"'
    address = text(value)
    try:
        parts = urlsplit(address)
        is_whole = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        is_whole = False
    if not is_whole or not all(one.isprintable() and not one.isspace() for one in address):
        raise Unfit("is no address of a web server", expected)
    if parts.username is not None or parts.query or parts.fragment:
        raise Unfit("the address has a user, a query or a fragment", expected)
    return address.rstrip("/")


def lease_store(value: Any) -> str:
    """Where leases are kept."""
    known = {name.lower(): name for name in ("SQLite", "Redis", "PostgreSQL")}
    name = known.get(value.lower()) if isinstance(value, str) else None
    if name is None:
        raise Unfit("is no place for leases", '"SQLite", "Redis" or "PostgreSQL"', value)
    return name


def mapping(value: Any) -> Mapping[str, Any]:
    """A dict of arguments."""
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(isinstance(name, str) for name in value):
        raise Unfit("is no dict of arguments", "a dict with names as text", value)
    return value


def endpoints(value: Any) -> tuple[str, ...]:
    """Where something is served, by Twisted's descriptions: one or several."""
    if off(value):
        return ()
    expected = 'text such as "ssl:8443:privateKey=key.pem:certKey=cert.pem", or a list of these'
    several = [value] if isinstance(value, str) else _items(value, expected)
    if not all(isinstance(one, str) and ":" in one and "\0" not in one for one in several):
        raise Unfit("the value is no description of an endpoint", expected)
    return tuple(str.__str__(one) for one in several)


def api_tokens(value: Any) -> Mapping[str, tuple[str, str]]:
    """Tokens of programs by their names, each with what it may do; never shown."""
    expected = 'a dict such as {"monitoring": ("...", "viewer")}; roles are "viewer" and "operator"'
    if off(value):
        return {}
    if not isinstance(value, dict):
        raise Unfit("the value is no dict", expected)
    tokens = {}
    for name, pair in value.items():
        if not isinstance(name, str) or not isinstance(pair, tuple | list) or len(pair) != 2:
            raise Unfit("an entry is no name with a token and a role", expected)
        token, role = pair
        if not isinstance(token, str) or not _TOKEN.match(token):
            what = f"the token of {name!r} is too short, or has other characters than a token may have"
            raise Unfit(what, f"{_SHORTEST} or more of letters, digits and . _ ~ + / = -")
        if role not in ("viewer", "operator"):
            raise Unfit(f"the role of {name!r} is none", 'the role "viewer" or "operator"')
        tokens[name] = (token, role)
    return tokens


def anything(value: Any) -> Any:
    """Whatever a site hands over; what reads it checks it."""
    return value
