"""The octets of values that scripts give to options, by the option's type."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from .constants import (
    DHCP_FIELDS_SPECS,
    TYPE_BOOL,
    TYPE_BYTE,
    TYPE_BYTE_PLUS,
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
from .conversion import ipsToList
from .ipv4 import IPv4
from .octets import Octets
from .rfc import (
    RFC,
    octets_of,
    rfc2610_78,
    rfc2610_79,
    rfc3361_120,
    rfc3397_119,
    rfc3442_121,
    rfc3925_125,
    rfc4174_83,
    rfc5223_137,
    rfc5678_139,
    rfc5678_140,
)


class Numbers(list[int]):
    """Numbers that a value was read as: written again they are numbers, however small, and never octets."""

    __slots__ = ()


def fits(kind: str, size: int) -> bool:
    """Whether a value of so many octets is one of a type; types without a rule take every size."""
    fixed, smallest, multiple = DHCP_FIELDS_SPECS.get(kind, (0, 0, 1))
    if kind == TYPE_NONE:
        return size == 0
    return size == fixed if fixed else size >= smallest and size % multiple == 0


def as_octets(kind: str, value: Any, checked: bool) -> bytes:
    """The octets of a value for a type.

    :param checked: whether octets that are given as such must have a size that the type has.
    :raises ValueError: saying what is wrong with the value.
    """
    if isinstance(value, RFC):
        octets = bytes(value)
    else:
        if isinstance(value, Iterable) and not isinstance(value, str | bytes | list | Octets | Mapping):
            value = bytes(value) if isinstance(value, bytearray | memoryview) else list(value)
        write = _WRITE.get(kind, octets_of)
        if _is_raw(value):
            octets = bytes(value)
            if not fits(kind, len(octets)):
                octets = _small_numbers(kind, octets)
        else:
            octets = write(value)
    if checked and not fits(kind, len(octets)):
        raise ValueError(f"{len(octets)} octets were given")
    return octets


def _is_raw(value: Any) -> bool:
    if isinstance(value, Numbers):
        return False
    return isinstance(value, list) and all(type(octet) is int and 0 <= octet <= 255 for octet in value)


def _small_numbers(kind: str, octets: bytes) -> bytes:
    """A list of small numbers that is too short or too uneven to be octets is numbers, if the type has such."""
    if kind in (TYPE_INT_PLUS, TYPE_IDENTIFIER) and len(octets) % 2:
        return _numbers(2)(list(octets))
    if kind == TYPE_LONG_PLUS and len(octets) % 4:
        return _numbers(4)(list(octets))
    if kind in (TYPE_INT, TYPE_LONG) and len(octets) == 1:
        return _number(2 if kind == TYPE_INT else 4)(octets[0])
    return octets


def _number(size: int) -> Callable[[Any], bytes]:
    bits = 8 * size
    least = -(1 << (bits - 1)) if size > 1 else 0

    def write(value: Any) -> bytes:
        if isinstance(value, bytes):
            return bytes(value)
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if not isinstance(value, int):
            raise ValueError(f"{value!r} is no number")
        if not least <= value < 1 << bits:
            raise ValueError(f"{value} does not fit {bits} bits")
        return (int(value) & ((1 << bits) - 1)).to_bytes(size, "big")

    return write


def _numbers(size: int) -> Callable[[Any], bytes]:
    one = _number(size)

    def write(value: Any) -> bytes:
        if isinstance(value, bytes):
            return bytes(value)
        if isinstance(value, int):
            value = [value]
        if not isinstance(value, list) or not all(isinstance(number, int) for number in value):
            raise ValueError(f"{value!r} are no numbers")
        return b"".join(map(one, value))

    return write


_ADDRESS_TEXT: Final = frozenset(b"0123456789., ")


def _is_text(value: bytes) -> bool:
    """Whether octets spell addresses rather than being them."""
    return b"." in value and _ADDRESS_TEXT.issuperset(value)


def _address(value: Any) -> bytes:
    if isinstance(value, bytes) and (len(value) == 4 or not _is_text(value)):
        return bytes(value)
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return bytes(IPv4(value))


def _addresses(value: Any) -> bytes:
    if isinstance(value, bytes) and not _is_text(value):
        return bytes(value)
    if isinstance(value, int):
        value = [value]
    if isinstance(value, Mapping):
        raise ValueError("a mapping is no list of addresses")
    return b"" if isinstance(value, str | list) and not value else bytes(ipsToList(value))


def _boolean(value: Any) -> bytes:
    if isinstance(value, bytes):
        return bytes(value)
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, int) and value in (0, 1):
        return bytes((int(value),))
    raise ValueError(f"{value!r} is neither true nor false")


def _text(value: Any) -> bytes:
    if isinstance(value, Octets):
        return str(value).encode()
    return octets_of(value)


def _octets_or_number(value: Any) -> bytes:
    if isinstance(value, Mapping):
        return bytes(_inner(value))
    return _number(1)(value) if isinstance(value, int) else octets_of(value)


def _inner(value: Mapping[Any, Any]) -> list[int]:
    """Sub-options of an option such as 43 or 82, from a dict of octets by number."""
    return rfc3925_125({0: value}).getValue()[5:]


def _nothing(value: Any) -> bytes:
    return b"" if value is None or value is True else octets_of(value)


def _made_by(form: Callable[..., RFC]) -> Callable[[Any], bytes]:
    """What a class of :mod:`sdhcp.scripting.rfc` makes of anything but bytes."""

    def write(value: Any) -> bytes:
        return bytes(value) if isinstance(value, bytes) else bytes(form(value))

    return write


def _made_of_all(form: Callable[..., RFC]) -> Callable[[Any], bytes]:
    """The same, with the arguments of the class in a list."""

    def write(value: Any) -> bytes:
        if isinstance(value, bytes):
            return bytes(value)
        try:
            return bytes(form(*value) if isinstance(value, list) else form(value))
        except TypeError:
            raise ValueError(f"{value!r} is not what {form.__name__} is made of") from None

    return write


_WRITE: Final = MappingProxyType(
    {
        TYPE_IPV4: _address,
        TYPE_IPV4_PLUS: _addresses,
        TYPE_IPV4_MULT: _addresses,
        TYPE_BYTE: _number(1),
        TYPE_BYTE_PLUS: _octets_or_number,
        TYPE_STRING: _text,
        TYPE_BOOL: _boolean,
        TYPE_INT: _number(2),
        TYPE_INT_PLUS: _numbers(2),
        TYPE_LONG: _number(4),
        TYPE_LONG_PLUS: _numbers(4),
        TYPE_IDENTIFIER: _numbers(2),
        TYPE_NONE: _nothing,
        "RFC2610_78": _made_of_all(rfc2610_78),
        "RFC2610_79": _made_of_all(rfc2610_79),
        "RFC3361_120": _made_by(rfc3361_120),
        "RFC3397_119": _made_by(rfc3397_119),
        "RFC3442_121": _made_by(rfc3442_121),
        "RFC4174_83": _made_of_all(rfc4174_83),
        "RFC4280_88": _made_by(rfc3397_119),
        "RFC5223_137": _made_by(rfc5223_137),
        "RFC5678_139": _made_by(rfc5678_139),
        "RFC5678_140": _made_by(rfc5678_140),
    }
)
