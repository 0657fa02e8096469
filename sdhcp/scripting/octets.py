"""What an address and a hardware address have in common: some octets that are compared with whatever names them."""

from collections.abc import Iterator
from functools import total_ordering
from typing import Any, ClassVar, Self, overload


@total_ordering
class Octets:
    """Octets that can be indexed, and compared with all that the class can be made of. Never changes."""

    LENGTH: ClassVar[int]
    __slots__ = ("_octets",)

    def __init__(self, address: Any) -> None:
        self._octets: tuple[int, ...] = self._read(address)

    @classmethod
    def of(cls, octets: bytes) -> Self:
        """From octets that are known to be as many as there have to be; nothing is checked."""
        made = cls.__new__(cls)
        made._octets = tuple(octets)
        return made

    @classmethod
    def _read(cls, address: Any) -> tuple[int, ...]:
        """The octets of what was given.

        :raises ValueError: if it names none.
        """
        if isinstance(address, Octets):
            return cls._checked(address._octets)
        if isinstance(address, int):
            if not 0 <= address < 1 << (8 * cls.LENGTH):
                raise ValueError(f"{address} is out of range")
            return tuple(int(address).to_bytes(cls.LENGTH, "big"))
        if isinstance(address, bytes):
            address = address.decode()
        if isinstance(address, str):
            return cls._parse(address)
        try:
            return cls._checked(tuple(int(octet) for octet in address))
        except TypeError:
            raise ValueError(f"{address!r} is no {cls.__name__}") from None

    @classmethod
    def _parse(cls, text: str) -> tuple[int, ...]:
        raise NotImplementedError

    @classmethod
    def _checked(cls, octets: tuple[int, ...]) -> tuple[int, ...]:
        if len(octets) != cls.LENGTH or not all(0 <= octet <= 255 for octet in octets):
            raise ValueError(f"{octets!r} are no {cls.LENGTH} octets")
        return octets

    def _other(self, other: Any) -> tuple[int, ...] | None:
        """The octets of what this is compared with; None if that is nothing like it."""
        if isinstance(other, Octets):
            return other._octets
        if isinstance(other, bytes) and len(other) == self.LENGTH:
            return tuple(other)
        if not other:
            return None
        try:
            return self._read(other)
        except (ValueError, TypeError):
            return None

    def __eq__(self, other: object) -> bool:
        return self._octets == self._other(other)

    def __lt__(self, other: Any) -> bool:
        octets = self._other(other)
        if octets is None:
            return NotImplemented
        return self._octets < octets

    def __hash__(self) -> int:
        return hash(self._octets)

    @overload
    def __getitem__(self, index: int) -> int: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[int, ...]: ...

    def __getitem__(self, index: int | slice) -> int | tuple[int, ...]:
        return self._octets[index]

    def __iter__(self) -> Iterator[int]:
        return iter(self._octets)

    def __len__(self) -> int:
        return self.LENGTH

    def __bool__(self) -> bool:
        return any(self._octets)

    def __int__(self) -> int:
        return int.from_bytes(self._octets, "big")

    def __bytes__(self) -> bytes:
        return bytes(self._octets)
