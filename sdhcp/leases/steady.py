"""Time that does not go back, though the clock is set back."""

from math import inf
from typing import Final

LATE: Final = 30.0
"""Seconds by which a time may be before the latest one and still tell of a packet that was answered late."""


class Steady:
    """Turns the clock's time into one that goes on when the clock is set back.

    A time that is more than :data:`LATE` seconds before the latest means that the clock was set back: from then on
    times count on from the one before, so that what had ten minutes to go has ten minutes, neither a day more nor none.
    A clock that is set forward cannot be told from time that passed; who asks for it should see to that.

    :ivar shift: what the clock's time has to be given to become this one.
    """

    __slots__ = ("_last", "_latest", "shift")

    def __init__(self) -> None:
        self.shift = 0.0
        self._last = self._latest = -inf

    def time(self, now: float) -> float:
        """The steady time of a clock's."""
        steady = now + self.shift
        if steady >= self._latest:
            self._latest = steady
        elif steady < self._latest - LATE:
            self.shift += self._last - steady
            steady = self._last
        self._last = steady
        return steady
