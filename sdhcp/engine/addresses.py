"""The addresses of one pool, numbered from 0 on."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence


class Addresses:
    """Addresses in ranges, without those that are excluded; each has a number, in ascending order.

    :param name: the pool's.
    :param ranges: first and last address of each range, as numbers, both included.
    :param excluded: ranges that are left out.
    :ivar reserved: addresses in between that belong to somebody: they are numbered, and never lent.
    """

    def __init__(self, name: str, ranges: Iterable[tuple[int, int]], excluded: Iterable[tuple[int, int]] = ()) -> None:
        self.name = name
        self.ranges: Sequence[tuple[int, int]] = tuple(_without(sorted(ranges), sorted(excluded)))
        self._firsts = [first for first, _ in self.ranges]
        self._numbers = [0]
        for first, last in self.ranges:
            self._numbers.append(self._numbers[-1] + last - first + 1)
        self.reserved: set[bytes] = set()

    def __len__(self) -> int:
        return self._numbers[-1]

    def __contains__(self, address: bytes) -> bool:
        return self.number_of(address) >= 0

    def number_of(self, address: bytes) -> int:
        """The number of an address; -1 if it is none of these."""
        value = int.from_bytes(address, "big")
        at = bisect_right(self._firsts, value) - 1
        if at < 0 or value > self.ranges[at][1]:
            return -1
        return self._numbers[at] + value - self._firsts[at]

    def address_of(self, number: int) -> bytes:
        """The address of a number from 0 to the length less 1."""
        at = bisect_right(self._numbers, number) - 1
        return (self._firsts[at] + number - self._numbers[at]).to_bytes(4, "big")


def _without(ranges: Iterable[tuple[int, int]], excluded: Sequence[tuple[int, int]]) -> Iterable[tuple[int, int]]:
    for first, last in ranges:
        start = first
        for low, high in excluded:
            if high < start or low > last:
                continue
            if low > start:
                yield start, low - 1
            start = high + 1
        if start <= last:
            yield start, last
