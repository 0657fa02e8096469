"""Addresses."""

from typing import Any

from .octets import Octets


class IPv4(Octets):
    """An address, from a number, text such as "192.168.1.1", or four octets; of more the first four count.

    :raises ValueError: if it is none.
    """

    LENGTH = 4
    __slots__ = ()

    @classmethod
    def _parse(cls, text: str) -> tuple[int, ...]:
        try:
            return cls._checked(tuple(int(octet) for octet in text.split(".")))
        except ValueError:
            raise ValueError(f"{text!r} is no IPv4 address") from None

    @classmethod
    def _checked(cls, octets: tuple[int, ...]) -> tuple[int, ...]:
        return super()._checked(octets[:4])

    def isSubnetMember(self, address: Any, prefix: Any) -> bool:
        """Whether this lies in the subnet of an address and a prefix, which is its length or a mask.

        :raises ValueError: if the length is not from 0 to 32.
        """
        if isinstance(prefix, int):
            if not 0 <= prefix <= 32:
                raise ValueError(f"{prefix} is no length of a prefix; expected 0 to 32")
            mask = (0xFFFFFFFF << (32 - prefix)) & 0xFFFFFFFF
        else:
            mask = int(IPv4(prefix))
        return int(self) & mask == int(IPv4(address)) & mask

    @classmethod
    def parseSubnet(cls, subnet: str) -> tuple[str, int | str]:
        """The address and the prefix of "192.168.0.0/24", which is a number, or of one with a mask, which is text.

        :raises ValueError: if there is no slash.
        """
        address, slash, prefix = subnet.partition("/")
        if not slash:
            raise ValueError(f"{subnet!r} is no subnet; expected such as 192.168.0.0/24")
        return address, int(prefix) if prefix.strip().isdigit() else prefix

    def __str__(self) -> str:
        return ".".join(map(str, self))

    def __repr__(self) -> str:
        return f"IPv4({self})"
