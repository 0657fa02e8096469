"""Values of options that have a form of their own, each named for the RFC and the option that it is for.

Each is made as the guide of staticDHCPd shows it, and as its library took it. Addresses and names are text with commas
between, or collections. All raise ValueError where what they are given has no place in the option.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import total_ordering
from typing import Any, Final

from ..wire.names import encode_name, encode_route
from ..wire.relay import suboptions
from ..wire.suboptions import decode_vendor
from .conversion import comma_separated, ipsToList
from .ipv4 import IPv4
from .octets import Octets

_MISSING: Final = object()


def octets_of(value: Any) -> bytes:
    """The octets of a list of octets, bytes, text (UTF-8), an address, or an :class:`RFC`.

    :raises ValueError: if it is nothing of these, or a number in it is no octet.
    """
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value)
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, RFC | Octets):
        return bytes(value)
    if isinstance(value, Iterable) and not isinstance(value, Mapping):
        try:
            return bytes(list(value))
        except TypeError:
            pass
    raise ValueError(f"{value!r} are no octets; expected numbers from 0 to 255")


@total_ordering
class RFC:
    """Octets in the form that one option has. Compared with another, or with a list of octets."""

    __slots__ = ("_value",)
    __hash__ = None  # type: ignore[assignment]  # its octets are a list that the caller may change

    def __init__(self, value: Iterable[int] = ()) -> None:
        self._value = list(value)

    def getValue(self) -> list[int]:
        """The octets; the same list at each call."""
        return self._value

    def __bytes__(self) -> bytes:
        return bytes(self._value)

    def __bool__(self) -> bool:
        return True

    def __eq__(self, other: object) -> bool:
        return self._value == _comparable(other)

    def __lt__(self, other: Any) -> bool:
        octets = _comparable(other)
        return NotImplemented if octets is None else self._value < octets

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._value!r})"


def _comparable(other: Any) -> list[int] | None:
    if isinstance(other, RFC):
        return other._value
    return list(other) if isinstance(other, list | tuple | bytes | bytearray) else None


def _names(names: Any) -> list[str]:
    """Names from text with commas between, or a collection; at least one."""
    if isinstance(names, bytes):
        names = names.decode()
    found = comma_separated(names) if isinstance(names, str) else [str(name).strip() for name in names]
    if not found:
        raise ValueError("there is no domain name in empty text")
    return found


def _encoded_names(names: Any) -> bytes:
    return b"".join(map(encode_name, _names(names)))


def _number(value: Any, size: int) -> bytes:
    if not isinstance(value, int):
        octets = octets_of(value)
        if len(octets) == size:
            return octets
    elif 0 <= value < 1 << (8 * size):
        return int(value).to_bytes(size, "big")
    raise ValueError(f"{value!r} is no number of {8 * size} bits")


def _sized(octets: bytes) -> bytes:
    if len(octets) > 255:
        raise ValueError(f"{len(octets)} octets are too many; expected at most 255")
    return bytes((len(octets),)) + octets


def _entries(values: Any) -> Iterator[tuple[int, Any]]:
    """(number, payload) of a dict, in ascending order, or of pairs, as they stand."""
    pairs = sorted(values.items()) if isinstance(values, Mapping) else values
    for pair in pairs:
        if not _is_pair(pair):
            raise ValueError(f"{pair!r} is no number with its value")
        yield pair[0], pair[1]


class rfc1035_plus(RFC):
    """Domain names, one after the other, without compression; a final dot makes no difference."""

    __slots__ = ()

    def __init__(self, names: Any) -> None:
        super().__init__(_encoded_names(names))


class rfc3397_119(rfc1035_plus):
    """Option 119: the names that a resolver appends."""

    __slots__ = ()


class rfc4280_88(rfc1035_plus):
    """Option 88: names of servers for broadcast and multicast."""

    __slots__ = ()


class rfc5223_137(rfc1035_plus):
    """Option 137: the server that tells the nearest emergency service. It has one name: of several, the first."""

    __slots__ = ()

    def __init__(self, names: Any) -> None:
        super().__init__(_names(names)[:1])


class rfc2610_78(RFC):
    """Option 78: directory agents. Whether they have to be used, and their addresses; or the addresses alone."""

    __slots__ = ()

    def __init__(self, mandatory: Any, ips: Any = _MISSING) -> None:
        if ips is _MISSING:
            mandatory, ips = False, mandatory
        super().__init__([int(bool(mandatory)), *ipsToList(ips)])


class rfc2610_79(RFC):
    """Option 79: service scopes. Whether the list has to be used, and the list as text; or the list alone."""

    __slots__ = ()

    def __init__(self, mandatory: Any, service_scope: Any = _MISSING) -> None:
        if service_scope is _MISSING:
            mandatory, service_scope = False, mandatory
        super().__init__([int(bool(mandatory)), *octets_of(service_scope)])


class rfc3361_120(RFC):
    """Option 120: SIP servers, either all by address or all by name."""

    __slots__ = ()

    def __init__(self, servers: Any) -> None:
        pieces = [servers] if isinstance(servers, IPv4) else _names(servers)
        addresses = [piece for piece in pieces if _is_address(piece)]
        if len(addresses) == len(pieces):
            super().__init__([1, *ipsToList(addresses)])
        elif not addresses:
            super().__init__(b"\0" + _encoded_names(pieces))
        else:
            raise ValueError(f"{servers!r} has addresses and names; expected one of both")


def _is_address(piece: Any) -> bool:
    try:
        IPv4(piece)
    except ValueError:
        return False
    return True


class rfc3442_121(RFC):
    """Option 121: routes, each as ((network, length of the prefix), router). Bits beyond the prefix are cleared."""

    __slots__ = ()

    def __init__(self, *routes: Any) -> None:
        if len(routes) == 1 and not _is_route(routes[0]):
            routes = tuple(routes[0])
        super().__init__(b"".join(map(_route, routes)))


def _is_route(value: Any) -> bool:
    """Whether something is one route, and not a list of two."""
    return _is_pair(value) and _is_pair(value[0]) and not _is_pair(value[0][0])


def _is_pair(value: Any) -> bool:
    return isinstance(value, list | tuple) and len(value) == 2


def _route(route: Any) -> bytes:
    if not _is_route(route):
        raise ValueError(f"{route!r} is no route; expected ((network, prefix), router)")
    (network, prefix), router = route
    prefix = int(prefix)
    if not 0 <= prefix <= 32:
        raise ValueError(f"{prefix} is no length of a prefix; expected 0 to 32")
    significant = int(IPv4(network)) & (0xFFFFFFFF << (32 - prefix)) & 0xFFFFFFFF
    return encode_route(significant.to_bytes(4, "big"), prefix, bytes(IPv4(router)))


class rfc3925_124(RFC):
    """Option 124: octets by enterprise number, as a dict or as pairs."""

    __slots__ = ()

    def __init__(self, data: Any) -> None:
        super().__init__(
            b"".join(_number(enterprise, 4) + _sized(octets_of(payload)) for enterprise, payload in _entries(data))
        )


class rfc3925_125(RFC):
    """Option 125: by enterprise number, octets by the number of a sub-option; dicts or pairs at both levels."""

    __slots__ = ()

    def __init__(self, data: Any) -> None:
        super().__init__(
            b"".join(_number(enterprise, 4) + _sized(_sub_options(inner)) for enterprise, inner in _entries(data))
        )


def _sub_options(values: Any) -> bytes:
    return b"".join(_number(code, 1) + _sized(octets_of(payload)) for code, payload in _entries(values))


class rfc4174_83(RFC):
    """Option 83: what storage name servers do, who has access, flags (16 bits each), security (32), the servers."""

    __slots__ = ()

    def __init__(self, isns_functions: Any, dd_access: Any, admin_flags: Any, isns_security: Any, ips: Any) -> None:
        head = _number(isns_functions, 2) + _number(dd_access, 2) + _number(admin_flags, 2) + _number(isns_security, 4)
        super().__init__([*head, *ipsToList(ips)])


class rfc5678_139(RFC):
    """Option 139: mobility servers by address. Pairs of a sub-option's number and addresses, or one list of pairs."""

    __slots__ = ()

    def __init__(self, *values: Any) -> None:
        super().__init__(b"".join(_number(code, 1) + _sized(bytes(ipsToList(ips))) for code, ips in _varied(values)))


class rfc5678_140(RFC):
    """Option 140: mobility servers by name. Pairs of a sub-option's number and names, or one list of pairs."""

    __slots__ = ()

    def __init__(self, *values: Any) -> None:
        super().__init__(b"".join(_number(code, 1) + _sized(_encoded_names(names)) for code, names in _varied(values)))


def _varied(values: tuple[Any, ...]) -> Iterator[tuple[int, Any]]:
    """Pairs that are arguments, or all in the only argument."""
    if len(values) == 1 and not (isinstance(values[0], list | tuple) and values[0] and isinstance(values[0][0], int)):
        return _entries(values[0])
    return _entries(values)


def rfc3046_decode(value: Any) -> dict[int, list[int]]:
    """The sub-options of option 82 by number; the value stays as it is.

    Repeated ones are joined; what follows one that is cut is left out.

    :raises ValueError: if the value is no list, tuple or bytes.
    """
    return {code: list(payload) for code, payload in suboptions(octets_of(value)).items()}


def rfc3925_decode(value: Any, identifier_size: int = 4) -> dict[int, list[int]]:
    """The octets of option 124 by enterprise number; the value stays as it is.

    :param identifier_size: in octets: 4 for enterprise numbers, 1 for sub-options.
    """
    octets = octets_of(value)
    if identifier_size == 4:
        return {number: list(payload) for number, payload in decode_vendor(octets).items()}
    found: dict[int, list[int]] = {}
    position = 0
    while position + identifier_size < len(octets):
        middle = position + identifier_size
        end = middle + 1 + octets[middle]
        if end > len(octets):
            break
        found.setdefault(int.from_bytes(octets[position:middle], "big"), []).extend(octets[middle + 1 : end])
        position = end
    return found


def rfc3925_125_decode(value: Any) -> dict[int, dict[int, list[int]]]:
    """The sub-options of option 125 by enterprise number; the value stays as it is."""
    return {number: rfc3925_decode(payload, 1) for number, payload in rfc3925_decode(value).items()}


__all__ = [
    "RFC",
    *("rfc1035_plus", "rfc2610_78", "rfc2610_79", "rfc3361_120", "rfc3397_119", "rfc3442_121", "rfc3925_124"),
    *("rfc3925_125", "rfc4174_83", "rfc4280_88", "rfc5223_137", "rfc5678_139", "rfc5678_140"),
    *("rfc3046_decode", "rfc3925_125_decode", "rfc3925_decode"),
]
