"""What a site's own code is written with: its hooks in conf.py, and the packets and values that they handle.

The interfaces for HOOKS are in :mod:`sdhcp.interfaces`.
"""

from typing import TYPE_CHECKING, Any

from ..site_marks import inline, threaded
from .conversion import (
    intsToList,
    intToList,
    ipsToList,
    ipToList,
    listToInt,
    listToInts,
    listToIP,
    listToIPs,
    listToLong,
    listToLongs,
    listToNumber,
    listToStr,
    longsToList,
    longToList,
    strToList,
    strToPaddedList,
)
from .definition import Definition
from .ipv4 import IPv4
from .mac import MAC
from .rfc import (
    rfc1035_plus,
    rfc2610_78,
    rfc2610_79,
    rfc3046_decode,
    rfc3361_120,
    rfc3397_119,
    rfc3442_121,
    rfc3925_124,
    rfc3925_125,
    rfc3925_125_decode,
    rfc3925_decode,
    rfc4174_83,
    rfc4280_88,
    rfc5223_137,
    rfc5678_139,
    rfc5678_140,
)
from .text import Text

if TYPE_CHECKING:
    from .packet import FLAGBIT_BROADCAST, DHCPPacket

__all__ = [
    "FLAGBIT_BROADCAST", "MAC", "DHCPPacket", "Definition", "IPv4", "Text", "inline", "intToList", "intsToList",
    "ipToList", "ipsToList", "listToIP", "listToIPs", "listToInt", "listToInts", "listToLong", "listToLongs",
    "listToNumber", "listToStr", "longToList", "longsToList", "rfc1035_plus", "rfc2610_78", "rfc2610_79",
    "rfc3046_decode", "rfc3361_120", "rfc3397_119", "rfc3442_121", "rfc3925_124", "rfc3925_125", "rfc3925_125_decode",
    "rfc3925_decode", "rfc4174_83", "rfc4280_88", "rfc5223_137", "rfc5678_139", "rfc5678_140", "strToList",
    "strToPaddedList", "threaded",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    # Commands that read conf.py need no packets, which cost as much to import as all the rest.
    if name in ("DHCPPacket", "FLAGBIT_BROADCAST"):
        from . import packet

        return getattr(packet, name)
    raise AttributeError(f"module {__name__} has no attribute {name}")
