"""Turning lists of octets into values and back, as scripts do it.

Octets are given as a list, a tuple, bytes or an :class:`IPv4`; they come back as a list. Numbers are big-endian and
unsigned.
"""

from collections.abc import Iterable
from typing import Any

from .ipv4 import IPv4
from .octets import Octets
from .text import Text

_Octets = Iterable[int]


def _data(octets: _Octets) -> bytes:
    # Of a number alone bytes() would make that many zeros.
    return octets if type(octets) is bytes else bytes(iter(octets))


def listToNumber(octets: _Octets) -> int:
    """The number that any amount of octets stands for; 0 for none."""
    return int.from_bytes(_data(octets), "big")


def listToInt(octets: _Octets) -> int:
    """The number in the first two octets; one octet alone is the number."""
    return listToNumber(_data(octets)[:2])


def listToLong(octets: _Octets) -> int:
    """The number in the first four octets; fewer are the number."""
    return listToNumber(_data(octets)[:4])


def listToInts(octets: _Octets) -> list[int]:
    """One number for each two octets. A last octet that stands alone is left out: half a number has no value."""
    return _groups(octets, 2)


def listToLongs(octets: _Octets) -> list[int]:
    """One number for each four octets. Up to three that remain are left out: part of a number has no value."""
    return _groups(octets, 4)


def _groups(octets: _Octets, size: int) -> list[int]:
    data = _data(octets)
    return [listToNumber(data[at : at + size]) for at in range(0, len(data) - size + 1, size)]


def intToList(number: int) -> list[int]:
    """The two octets of a number, of which the lowest 16 bits count."""
    return list((number & 0xFFFF).to_bytes(2, "big"))


def intsToList(numbers: Iterable[int]) -> list[int]:
    """The octets of several numbers, two for each."""
    return [octet for number in numbers for octet in intToList(number)]


def longToList(number: int) -> list[int]:
    """The four octets of a number, of which the lowest 32 bits count."""
    return list((number & 0xFFFFFFFF).to_bytes(4, "big"))


def longsToList(numbers: Iterable[int]) -> list[int]:
    """The octets of several numbers, four for each."""
    return [octet for number in numbers for octet in longToList(number)]


def strToList(text: Any) -> list[int]:
    """The octets of text (UTF-8), bytes, or a list of octets."""
    return list(text.encode()) if isinstance(text, str) else list(text)


def strToPaddedList(text: Any, length: int) -> list[int]:
    """The octets of text, cut to a length or filled up to it with zeros."""
    octets = strToList(text)[:length]
    return octets + [0] * (length - len(octets))


def listToStr(octets: _Octets) -> Text:
    """Octets as bytes that can be handled as text too."""
    return Text(_data(octets))


def listToIP(octets: Any) -> IPv4:
    """An address from all that an address can be made of.

    :raises ValueError: if it is none.
    """
    return _address(octets)


def listToIPs(octets: _Octets) -> list[IPv4]:
    """One address for each four octets; up to three that remain are left out."""
    data = _data(octets)
    return [IPv4.of(data[at : at + 4]) for at in range(0, len(data) - 3, 4)]


def ipToList(address: Any) -> list[int]:
    """The four octets of an address in any form.

    :raises ValueError: if it is none.
    """
    return list(_address(address))


def ipsToList(addresses: Any) -> list[int]:
    """The octets of addresses: text or bytes with commas between, or a collection of addresses in any form.

    A number is an address of 32 bits, also in a list of small numbers.

    :raises ValueError: if one of them is no address, or there is none in text.
    """
    if isinstance(addresses, IPv4):
        return list(addresses)
    if isinstance(addresses, bytes):
        addresses = addresses.decode()
    if isinstance(addresses, str):
        addresses = comma_separated(addresses)
        if not addresses:
            raise ValueError("there is no address in empty text")
    elif isinstance(addresses, Octets) or not isinstance(addresses, Iterable):
        raise ValueError(f"{addresses!r} are no addresses")
    return [octet for address in addresses for octet in _address(address)]


def comma_separated(text: str) -> list[str]:
    """The pieces between commas, without spaces around them and without empty ones."""
    return [piece for piece in map(str.strip, text.split(",")) if piece]


def _address(value: Any) -> IPv4:
    if isinstance(value, IPv4):
        return value
    if type(value) is bytes and len(value) == 4:
        return IPv4.of(value)
    return IPv4(value)


__all__ = [
    *("listToIP", "listToIPs", "ipToList", "ipsToList", "listToInt", "listToInts", "listToLong", "listToLongs"),
    *("intToList", "intsToList", "longToList", "longsToList", "strToList", "strToPaddedList", "listToStr"),
    "listToNumber",
]
