"""The clock of a store that several servers share: what their own clocks say of a lease must mean the same to all."""

from collections.abc import Callable
from typing import Final

MEASURED: Final = 60.0
"""Seconds from one measurement to the next."""
APART: Final = 2.0
"""Seconds between two clocks that an operator is told of."""


class StoreClock:
    """Turns times of this server's clock into the store's, and back, by how far the two are apart.

    :param wall: this server's clock, in seconds since the epoch; None to take its times for the store's.
    :ivar offset: seconds by which the store's clock is ahead.
    """

    def __init__(self, wall: Callable[[], float] | None) -> None:
        self._wall = wall
        self.offset = 0.0
        self._is_measured = False

    def read(self) -> float:
        """What this server's clock says."""
        return self._wall() if self._wall is not None else 0.0

    def measured(self, asked: float, answered: float, store: float) -> None:
        """Take what the store's clock said between two times of :meth:`read`.

        Of a clock that was set in between, or an answer that was long under way, only the first is better than none.
        """
        if self._wall is None:
            return
        if 0 <= answered - asked < 1.0 or not self._is_measured:
            self._is_measured = True
            self.offset = store - (asked + answered) / 2

    def to_store(self, time: float) -> float:
        """A time of this server's clock as the store's."""
        return time + self.offset

    def to_server(self, time: float) -> float:
        """A time of the store's clock as this server's."""
        return time - self.offset

    def warnings(self, place: str) -> list[str]:
        """One line if the clocks are far apart."""
        if abs(self.offset) < APART:
            return []
        way = "behind" if self.offset > 0 else "ahead of"
        return [f"this machine's clock is {abs(self.offset):.0f} s {way} that of {place}, which counts for leases"]
