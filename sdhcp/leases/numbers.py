"""A number for each of very many numbers, most of which have none."""

from collections.abc import Iterator
from mmap import MAP_ANONYMOUS, MAP_PRIVATE, mmap
from typing import Final

_STRETCH: Final = 4096
_NOTHING: Final = bytes(4 * _STRETCH)


class Numbers:
    """Places by number, -1 where there is none. Four octets for each number, and only in parts that are in use:
    the operating system gives memory when it is written to.

    :param size: numbers go from 0 to this, less 1.
    """

    __slots__ = ("_cells", "_memory")

    def __init__(self, size: int) -> None:
        self._memory = mmap(-1, max(4, 4 * size), flags=MAP_PRIVATE | MAP_ANONYMOUS)
        self._cells = memoryview(self._memory).cast("I")

    def __getitem__(self, number: int) -> int:
        return self._cells[number] - 1

    def __setitem__(self, number: int, place: int) -> None:
        self._cells[number] = place + 1

    def since(self, number: int) -> Iterator[tuple[int, int]]:
        """The numbers from one on that have a place, ascending, each with it."""
        cells, size = self._cells, len(self._cells)
        while number < size:
            end = min(size, (number // _STRETCH + 1) * _STRETCH)
            part = cells[number:end]
            if part != _NOTHING_CELLS[: end - number]:
                for at, cell in enumerate(part, number):
                    if cell:
                        yield at, cell - 1
            number = end


_NOTHING_CELLS: Final = memoryview(_NOTHING).cast("I")
