"""The values of options and header fields as scripts give and get them.

==============  ============================================================  =====================================
type            what is written                                               what is read
==============  ============================================================  =====================================
ipv4            text, :class:`IPv4`, number                                   :class:`IPv4`; ValueError under 4
ipv4+, ipv4*    text with commas, :class:`IPv4`, collection of addresses      list of :class:`IPv4`
byte            0 to 255                                                      number; None for no octet
16/32-bits      number, negative too, as two's complement                     number; None for no octet
16/32-bits+     number, list of numbers                                       :class:`Numbers`
identifier      list of 16-bit numbers                                        :class:`Numbers`; a last odd octet is left
                                                                              out
byte+           number, list, text; dict of octets by sub-option              list of octets
string          text, address                                                 :class:`Text`
bool            True, False, 1, 0                                             True or False (no octet)
none            None, [], True                                                None
names           text with commas, list of names                               list of names; None if malformed
routes          list of ((network, prefix), router)                           the same
82              as byte+                                                      dict of lists by sub-option
124, 125        as string; dict by enterprise                                 dict by enterprise
==============  ============================================================  =====================================

Every option also takes its octets as bytes, as a list, and as an object of :mod:`sdhcp.scripting.rfc`. A list of
nothing but numbers from 0 to 255 is octets. If it has no size that the type has, it is numbers for the types that
have such: [6] for 16-bits+ is the number 6, [6, 7] are two octets. An option that scripts' table has no type for
takes and gives octets, unless an RFC gives it a form.
"""

from collections.abc import Mapping
from typing import Any, Final

from ..wire.option_table import OPTIONS
from ..wire.registry import name_of
from .constants import DHCP_FIELDS, DHCP_FIELDS_TEXT, DHCP_FIELDS_TYPES, FIELD_CHADDR, VALUE_TYPES
from .mac import MAC
from .option_reading import OWN_FORM, as_value
from .option_writing import as_octets
from .rfc import RFC, octets_of, rfc3925_124, rfc3925_125
from .text import Text

_CODES: Final = {name: code for code, name, _ in OPTIONS}
_BY_ENTERPRISE: Final = {124: rfc3925_124, 125: rfc3925_125}
_EXPECTED: Final = {
    "ipv4": "one IPv4 address",
    "ipv4+": "at least one IPv4 address",
    "ipv4*": "IPv4 addresses",
    "byte": "a number from 0 to 255",
    "byte+": "at least one octet",
    "string": "text or octets",
    "bool": "True or False",
    "16-bits": "a number of 16 bits",
    "16-bits+": "a list of numbers of 16 bits",
    "32-bits": "a number of 32 bits",
    "identifier": "at least two octets",
    "none": "no value",
    "hwmac": "a hardware address",
    "unassigned": "text or octets",
    "RFC3118_90": "octets",
}


def option_code(option: int | str) -> int:
    """The code of an option from its number or its name.

    :raises LookupError: if it is no number from 1 to 254 and no option's name; fields of the header are none.
    """
    if isinstance(option, str):
        code = _CODES.get(option)
        if code is not None:
            return code
        if option in DHCP_FIELDS:
            raise LookupError(f"{option!r} is a field of the header and no option")
    elif isinstance(option, int) and 1 <= option <= 254:
        return int(option)
    raise LookupError(f"{option!r} is no option; expected 1 to 254 or a name such as 'router'")


def option_name(code: int) -> str:
    """The name of an option, which :func:`option_code` knows; never raises."""
    return name_of(code)


def is_field(option: Any) -> bool:
    """Whether something is the name of a header field."""
    return isinstance(option, str) and option in DHCP_FIELDS


def written(code: int, value: Any, validate: bool = True) -> bytes:
    """The octets of a value that a script gives to an option.

    :param validate: whether octets must have a size that the option's type has; all else is always checked.
    :raises ValueError: naming the option and what it takes.
    :raises LookupError: if there is no such option.
    """
    kind = VALUE_TYPES.get(option_code(code), "")
    try:
        if code in _BY_ENTERPRISE and _is_by_enterprise(value):
            return bytes(_BY_ENTERPRISE[code](value))
        return as_octets(kind, value, validate)
    except (ValueError, TypeError, LookupError) as error:
        expected = _EXPECTED.get(kind) or f"octets or {kind.lower()}"
        raise ValueError(f"option {code} ({name_of(code)}): {error}; expected {expected}") from None


def _is_by_enterprise(value: Any) -> bool:
    return isinstance(value, Mapping) or (
        isinstance(value, list | tuple) and bool(value) and all(isinstance(pair, list | tuple) for pair in value)
    )


def read(code: int, octets: bytes) -> Any:
    """What a script gets for the octets of an option.

    Octets that do not fit give what is in them, or None.

    :raises ValueError: if an option that is one address has under four octets.
    :raises LookupError: if there is no such option.
    """
    own = OWN_FORM.get(code)
    if own is not None:
        return own(octets)
    kind = VALUE_TYPES[option_code(code)]
    try:
        return as_value(kind, octets)
    except ValueError as error:
        raise ValueError(f"option {code} ({name_of(code)}): {error}") from None


def written_field(name: str, value: Any) -> bytes:
    """The octets of a value that a script gives to a field of the header.

    ``sname`` and ``file`` are filled up with zeros; ``chaddr`` takes a hardware address in any form.

    :raises ValueError: naming the field and what it takes.
    :raises LookupError: if there is no such field.
    """
    size = _size(name)
    kind = DHCP_FIELDS_TYPES[name]
    try:
        octets = _hardware(value) if name == FIELD_CHADDR else as_octets(kind, value, False)
        if name in DHCP_FIELDS_TEXT and len(octets) <= size:
            return octets.ljust(size, b"\0")
        if len(octets) != size:
            raise ValueError(f"{len(octets)} octets were given")
    except (ValueError, TypeError) as error:
        expected = f"at most {size} octets" if name in DHCP_FIELDS_TEXT else _EXPECTED[kind]
        raise ValueError(f"field {name}: {error}; expected {expected}") from None
    return octets


def _hardware(value: Any) -> bytes:
    if isinstance(value, RFC) or (isinstance(value, bytes | bytearray) and len(value) == 6):
        return octets_of(value)
    return bytes(MAC(value))


def read_field(name: str, octets: bytes) -> Any:
    """What a script gets for a field of the header: numbers, :class:`IPv4`, :class:`MAC`, or :class:`Text`.

    Text has the zeros that it is filled up with.

    :raises LookupError: if there is no such field.
    """
    _size(name)
    if name == FIELD_CHADDR:
        return MAC.of(octets[:6])
    return Text(octets) if name in DHCP_FIELDS_TEXT else as_value(DHCP_FIELDS_TYPES[name], octets)


def _size(name: str) -> int:
    if name not in DHCP_FIELDS:
        raise LookupError(f"{name!r} is no field of the header")
    return DHCP_FIELDS[name][1]
