"""A table with a bound: what was put into it last is in it."""

from typing import Generic, TypeVar

V = TypeVar("V")


class Recent(Generic[V]):
    """Values by key, at most ``size``; what was put longest ago goes, half of the table at a time.

    A plain dict from which the oldest key is deleted for each new one looks for that key past all that
    were deleted before; that would make every packet of a flood dear. Here each step costs the same.

    :ivar shed: how many entries had to go.
    """

    __slots__ = ("_half", "_old", "_young", "shed")

    def __init__(self, size: int) -> None:
        self._half = max(1, size // 2)
        self._young: dict[bytes | str, V] = {}
        self._old: dict[bytes | str, V] = {}
        self.shed = 0

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def __contains__(self, key: bytes | str) -> bool:
        return key in self._young or key in self._old

    def get(self, key: bytes | str) -> V | None:
        """The value of a key, None if there is none."""
        value = self._young.get(key)
        return value if value is not None else self._old.get(key)

    def put(self, key: bytes | str, value: V) -> None:
        """Keep a value, as the last that came."""
        young = self._young
        if key not in young:
            self._old.pop(key, None)
            if len(young) >= self._half:
                self.shed += len(self._old)
                self._old = young
                self._young = young = {}
        young[key] = value

    def pop(self, key: bytes | str) -> V | None:
        """Take a value out; None if there is none."""
        value = self._young.pop(key, None)
        return value if value is not None else self._old.pop(key, None)
