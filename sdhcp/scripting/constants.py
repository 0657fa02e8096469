"""The names and numbers of packets as scripts know them. Names of options are those of the wire format."""

from array import array
from collections import defaultdict
from collections.abc import Iterable
from itertools import chain
from types import MappingProxyType
from typing import Any, Final

from ..wire.constants import COOKIE, MESSAGE_NAMES
from ..wire.option_table import OPTIONS

TYPE_PAD: Final = "pad"
TYPE_END: Final = "end"
TYPE_IPV4: Final = "ipv4"
TYPE_IPV4_PLUS: Final = "ipv4+"
TYPE_IPV4_MULT: Final = "ipv4*"
TYPE_BYTE: Final = "byte"
TYPE_BYTE_PLUS: Final = "byte+"
TYPE_STRING: Final = "string"
TYPE_BOOL: Final = "bool"
TYPE_INT: Final = "16-bits"
TYPE_INT_PLUS: Final = "16-bits+"
TYPE_LONG: Final = "32-bits"
TYPE_LONG_PLUS: Final = "32-bits+"
TYPE_IDENTIFIER: Final = "identifier"
TYPE_NONE: Final = "none"
_TYPE_UNASSIGNED: Final = "unassigned"
_TYPE_RESERVED: Final = "reserved"
_TYPE_HARDWARE: Final = "hwmac"

FIELD_OP: Final = "op"
FIELD_HTYPE: Final = "htype"
FIELD_HLEN: Final = "hlen"
FIELD_HOPS: Final = "hops"
FIELD_XID: Final = "xid"
FIELD_SECS: Final = "secs"
FIELD_FLAGS: Final = "flags"
FIELD_CIADDR: Final = "ciaddr"
FIELD_YIADDR: Final = "yiaddr"
FIELD_SIADDR: Final = "siaddr"
FIELD_GIADDR: Final = "giaddr"
FIELD_CHADDR: Final = "chaddr"
FIELD_SNAME: Final = "sname"
FIELD_FILE: Final = "file"

_FIELDS: Final = (
    (FIELD_OP, 0, 1, TYPE_BYTE),
    (FIELD_HTYPE, 1, 1, TYPE_BYTE),
    (FIELD_HLEN, 2, 1, TYPE_BYTE),
    (FIELD_HOPS, 3, 1, TYPE_BYTE),
    (FIELD_XID, 4, 4, TYPE_LONG),
    (FIELD_SECS, 8, 2, TYPE_INT),
    (FIELD_FLAGS, 10, 2, TYPE_INT),
    (FIELD_CIADDR, 12, 4, TYPE_IPV4),
    (FIELD_YIADDR, 16, 4, TYPE_IPV4),
    (FIELD_SIADDR, 20, 4, TYPE_IPV4),
    (FIELD_GIADDR, 24, 4, TYPE_IPV4),
    (FIELD_CHADDR, 28, 6, _TYPE_HARDWARE),
    (FIELD_SNAME, 44, 64, TYPE_STRING),
    (FIELD_FILE, 108, 128, TYPE_STRING),
)
DHCP_FIELDS: Final = {name: (offset, size) for name, offset, size, _ in _FIELDS}
"""Where a field of the header begins, and its size, in octets; of the hardware address the six that are used."""
DHCP_FIELDS_TYPES: Final = {name: kind for name, _, _, kind in _FIELDS}
DHCP_FIELDS_TEXT: Final = (FIELD_SNAME, FIELD_FILE)
DHCP_FIELDS_SPECS: Final = {
    TYPE_IPV4: (4, 0, 1),
    TYPE_IPV4_PLUS: (0, 4, 4),
    TYPE_IPV4_MULT: (0, 0, 4),
    TYPE_BYTE: (1, 0, 1),
    TYPE_BYTE_PLUS: (0, 1, 1),
    TYPE_STRING: (0, 0, 1),
    TYPE_BOOL: (1, 0, 1),
    TYPE_INT: (2, 0, 1),
    TYPE_INT_PLUS: (0, 2, 2),
    TYPE_LONG: (4, 0, 1),
    TYPE_LONG_PLUS: (0, 4, 4),
    TYPE_IDENTIFIER: (0, 2, 1),
    TYPE_NONE: (0, 0, 1),
}
"""(fixed size or 0, smallest size, what the size is a multiple of) by type, in octets."""

MAGIC_COOKIE: Final = COOKIE
MAGIC_COOKIE_ARRAY: Final = array("B", COOKIE)

DHCP_OP_NAMES: Final = {0: "ERROR_UNDEF", 1: "BOOTREQUEST", 2: "BOOTREPLY"}
DHCP_TYPE_NAMES: Final = {0: "ERROR_UNDEF"} | {kind: f"DHCP_{name}" for kind, name in MESSAGE_NAMES.items()}

_CODES: Final[dict[str, Iterable[int]]] = {
    TYPE_IPV4: (1, 16, 28, 32, 50, 54, 118),
    TYPE_IPV4_PLUS: chain(range(3, 12), (21, 33, 41, 42, 44, 45, 48, 49, 65), range(69, 77), (85, 89, 92, 136, 138)),
    TYPE_IPV4_MULT: (68,),
    TYPE_BYTE: (23, 37, 46, 52, 53),
    TYPE_BYTE_PLUS: (43, 55, 63, 82, 86, 87, 94, 97, 99, 123),
    TYPE_STRING: chain(
        (12, 14, 15, 17, 18, 40, 47, 56, 60, 62, 64, 66, 67, 77, 81, 95, 98, 100, 101, 112, 113, 114, 122, 124, 125),
        range(128, 136),
        (175, 209, 210),
    ),
    TYPE_BOOL: (19, 20, 27, 29, 30, 31, 34, 36, 39, 116),
    TYPE_INT: (13, 22, 26, 57),
    TYPE_INT_PLUS: (25, 93, 117),
    TYPE_LONG: (2, 24, 35, 38, 51, 58, 59, 91, 208, 211),
    TYPE_IDENTIFIER: (61,),
    TYPE_NONE: (80,),
    "RFC2610_78": (78,),
    "RFC2610_79": (79,),
    "RFC4174_83": (83,),
    "RFC4280_88": (88,),
    "RFC3118_90": (90,),
    "RFC3397_119": (119,),
    "RFC3361_120": (120,),
    "RFC3442_121": (121,),
    "RFC5223_137": (137,),
    "RFC5678_139": (139,),
    "RFC5678_140": (140,),
}
_TYPES: Final = {code: kind for kind, codes in _CODES.items() for code in codes}


class _Types(defaultdict[int, str]):
    """What has no type is unassigned; asking leaves nothing behind."""

    def __missing__(self, key: Any) -> str:
        return _TYPE_UNASSIGNED


DHCP_OPTIONS: Final = {name: code for code, name, _ in OPTIONS if code in _TYPES}
DHCP_OPTIONS_REVERSE: Final = {code: name for name, code in DHCP_OPTIONS.items()}
DHCP_OPTIONS_TYPES: Final = _Types(
    lambda: _TYPE_UNASSIGNED,
    {0: TYPE_PAD, **dict(sorted(_TYPES.items())), **dict.fromkeys(range(224, 255), _TYPE_RESERVED), 255: TYPE_END},
)

_FAMILIES: Final = {
    "addresses": TYPE_IPV4_PLUS,
    "32-bit": TYPE_LONG,
    "text": TYPE_STRING,
    "routes": "RFC3442_121",
    "octets": _TYPE_UNASSIGNED,
}
VALUE_TYPES: Final = MappingProxyType(
    {code: _TYPES[code] if code in _TYPES else _FAMILIES[family] for code, _, family in OPTIONS}
)
"""The type that a value is written and read with, of all options from 1 to 254.

Some that scripts' own table has no type for, such as 150 and 252, have the one that their RFC gives them.
"""

__all__ = [name for name in dict(globals()) if name.startswith(("TYPE_", "FIELD_", "DHCP_", "MAGIC_"))]
