"""What scripts get for the octets of an option, by the option's type."""

from collections.abc import Callable
from types import MappingProxyType
from typing import Any, Final

from ..wire.errors import BadOption
from ..wire.names import decode_names, decode_routes
from .constants import (
    TYPE_BOOL,
    TYPE_BYTE,
    TYPE_IDENTIFIER,
    TYPE_INT,
    TYPE_INT_PLUS,
    TYPE_IPV4,
    TYPE_IPV4_MULT,
    TYPE_IPV4_PLUS,
    TYPE_LONG,
    TYPE_LONG_PLUS,
    TYPE_NONE,
    TYPE_STRING,
)
from .conversion import listToInts, listToIPs, listToLongs
from .ipv4 import IPv4
from .option_writing import Numbers
from .rfc import rfc3046_decode, rfc3925_125_decode, rfc3925_decode
from .text import Text


def as_value(kind: str, octets: bytes) -> Any:
    """The value of octets for a type; a list of octets for a type that is not known.

    :raises ValueError: if an address has under four octets.
    """
    return _READ.get(kind, list)(octets)


def _address(octets: bytes) -> IPv4:
    if len(octets) < 4:
        raise ValueError(f"{len(octets)} octets are no address; expected 4")
    return IPv4.of(octets[:4])


def _number(size: int) -> Callable[[bytes], int | None]:
    def read(octets: bytes) -> int | None:
        return int.from_bytes(octets[:size], "big") if octets else None

    return read


def _numbers(octets: bytes) -> Numbers:
    return Numbers(listToInts(octets))


def _boolean(octets: bytes) -> bool:
    return octets[:1] > b"\0"


def _nothing(octets: bytes) -> None:
    return None


def _names(octets: bytes) -> list[str] | None:
    try:
        return decode_names(octets)
    except BadOption:
        return None


def _routes(octets: bytes) -> list[tuple[tuple[IPv4, int], IPv4]] | None:
    try:
        routes = decode_routes(octets)
    except BadOption:
        return None
    return [((IPv4.of(network), prefix), IPv4.of(router)) for network, prefix, router in routes]


def _sip(octets: bytes) -> list[IPv4] | list[str] | None:
    if octets[:1] == b"\1":
        return listToIPs(octets[1:])
    return _names(octets[1:]) if octets[:1] == b"\0" else None


def _directory_agents(octets: bytes) -> tuple[bool, list[IPv4]] | None:
    return (octets[0] != 0, listToIPs(octets[1:])) if octets else None


def _service_scope(octets: bytes) -> tuple[bool, Text] | None:
    return (octets[0] != 0, Text(octets[1:])) if octets else None


def _storage_names(octets: bytes) -> tuple[int, int, int, int, list[IPv4]] | None:
    if len(octets) < 10:
        return None
    functions, access, flags = listToInts(octets[:6])
    return functions, access, flags, int.from_bytes(octets[6:10], "big"), listToIPs(octets[10:])


def _mobility_addresses(octets: bytes) -> list[tuple[int, list[IPv4]]]:
    return [(code, listToIPs(payload)) for code, payload in rfc3046_decode(octets).items()]


def _mobility_names(octets: bytes) -> list[tuple[int, list[str] | None]]:
    return [(code, _names(bytes(payload))) for code, payload in rfc3046_decode(octets).items()]


_READ: Final[MappingProxyType[str, Callable[[bytes], Any]]] = MappingProxyType(
    {
        TYPE_IPV4: _address,
        TYPE_IPV4_PLUS: listToIPs,
        TYPE_IPV4_MULT: listToIPs,
        TYPE_BYTE: _number(1),
        TYPE_STRING: Text,
        TYPE_BOOL: _boolean,
        TYPE_INT: _number(2),
        TYPE_INT_PLUS: _numbers,
        TYPE_LONG: _number(4),
        TYPE_LONG_PLUS: lambda octets: Numbers(listToLongs(octets)),
        TYPE_IDENTIFIER: _numbers,
        TYPE_NONE: _nothing,
        "RFC2610_78": _directory_agents,
        "RFC2610_79": _service_scope,
        "RFC3361_120": _sip,
        "RFC3397_119": _names,
        "RFC3442_121": _routes,
        "RFC4174_83": _storage_names,
        "RFC4280_88": _names,
        "RFC5223_137": _names,
        "RFC5678_139": _mobility_addresses,
        "RFC5678_140": _mobility_names,
    }
)
OWN_FORM: Final[MappingProxyType[int, Callable[[bytes], Any]]] = MappingProxyType(
    {82: rfc3046_decode, 124: rfc3925_decode, 125: rfc3925_125_decode}
)
"""Options that are read in another way than their type says."""
