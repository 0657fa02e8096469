"""Time that goes on evenly, though the clock is set."""

from collections.abc import Callable
from math import inf
from typing import Final

LATE: Final = 30.0
"""Seconds by which a time may be before the latest one and still tell of a packet that was answered late."""


class Steady:
    """Turns the clock's time into one that goes on evenly when the clock is set.

    What has ten minutes to go has ten minutes, neither a day more nor none. A time that is more than :data:`LATE`
    seconds before the latest means that the clock was set back: from then on times count on from the latest. A clock
    that is set forward cannot be told from time that passed but by another clock.

    :param passed: seconds of a clock that nobody sets, and that goes on while the machine sleeps; None if there is
        none, and a clock that is set forward is believed.
    :ivar shift: what the clock's time has to be given to become this one.
    """

    __slots__ = ("_ahead", "_latest", "_passed", "shift")

    def __init__(self, passed: Callable[[], float] | None = None) -> None:
        self.shift = 0.0
        self._latest = -inf
        self._passed = passed
        self._ahead = inf

    def time(self, now: float) -> float:
        """The steady time of a clock's."""
        if self._passed is not None:
            ahead = now - self._passed()
            set_by = ahead - self._ahead
            # Less than that, such as a leap second or a time that is late, is followed.
            if abs(set_by) > LATE and self._ahead < inf:
                self.shift -= set_by
            self._ahead = ahead
        steady = now + self.shift
        if steady >= self._latest:
            self._latest = steady
        elif steady < self._latest - LATE:
            self.shift += self._latest - steady
            steady = self._latest
        return steady
