"""Hardware addresses."""

from typing import Final

from .octets import Octets

_HEX: Final = frozenset("0123456789abcdefABCDEF")


class MAC(Octets):
    """A hardware address, from a number, text with twelve hexadecimal digits, or six octets.

    :raises ValueError: if it is none.
    """

    LENGTH = 6
    __slots__ = ()

    @classmethod
    def _parse(cls, text: str) -> tuple[int, ...]:
        digits = "".join(character for character in text if character in _HEX)
        if len(digits) != 12:
            raise ValueError(f"{text!r} is no hardware address; expected such as 02:00:00:00:00:01")
        return tuple(bytes.fromhex(digits))

    def __str__(self) -> str:
        return bytes(self).hex(":")

    def __repr__(self) -> str:
        return f"MAC('{self}')"
