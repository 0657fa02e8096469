"""What ends when: places in the order of their times, to the second, in twelve octets for each."""

from array import array
from heapq import heapify, heappop, heappush
from math import ceil
from typing import Final

_LAST: Final = 0xFFFFFFFF
"""The latest second; what ends later, or never, stands there."""


class _Second:
    """What ends in one second: the first of a ring of places, and how many of them are of each kind."""

    __slots__ = ("counts", "first", "over")

    def __init__(self, over: bool) -> None:
        self.first = -1
        self.counts = [0, 0, 0]
        self.over = over


class Timeline:
    """Places, each at a second and of one of three kinds, in rings by second.

    A second is over once :meth:`pass_to` has come to it. To add, to remove and to find the first take the same time
    however many there are; what is over is counted a second at a time.

    :ivar ahead: how many there are of each kind whose second is not over.
    :ivar over: how many there are whose second is over.
    :ivar now: the last second that is over.
    """

    __slots__ = ("_ahead", "_kinds", "_next", "_over", "_previous", "_seconds", "_when", "ahead", "now", "over")

    def __init__(self) -> None:
        self._when = array("I")
        self._next = array("I")
        self._previous = array("I")
        self._kinds = bytearray()
        self._seconds: dict[int, _Second] = {}
        self._ahead: list[int] = []
        self._over: list[int] = []
        self.now = -1
        self.ahead = [0, 0, 0]
        self.over = 0

    def make_room(self) -> None:
        """There is one more place; it is at no second yet."""
        self._when.append(0)
        self._next.append(0)
        self._previous.append(0)
        self._kinds.append(0)

    def append(self, place: int, end: float, kind: int) -> None:
        """Put one more place where it ends; only before the first :meth:`pass_to`."""
        when = _LAST if end >= _LAST else max(ceil(end), 0)
        self._when.append(when)
        self._kinds.append(kind)
        second = self._seconds.get(when)
        if second is not None and second.first >= 0:
            first = second.first
            last = self._previous[first]
            self._next.append(first)
            self._previous.append(last)
            self._next[last] = self._previous[first] = place
            second.counts[kind] += 1
            self.ahead[kind] += 1
            return
        self._next.append(0)
        self._previous.append(0)
        self.add(place, end, kind)

    def pass_to(self, now: float) -> None:
        """Everything up to a second is over; time that goes back changes nothing."""
        if now < self.now + 1:
            return
        self.now = int(now)
        ahead = self._ahead
        while ahead and ahead[0] <= now:
            when = heappop(ahead)
            second = self._seconds.get(when)
            if second is not None and not second.over:
                second.over = True
                for kind in range(3):
                    self.ahead[kind] -= second.counts[kind]
                    self.over += second.counts[kind]
                heappush(self._over, when)

    def add(self, place: int, end: float, kind: int) -> None:
        """Put a place where it ends, as the last of that second."""
        when = _LAST if end >= _LAST else max(ceil(end), 0)
        self._when[place] = when
        self._kinds[place] = kind
        second = self._seconds.get(when)
        if second is None:
            self._seconds[when] = second = _Second(when <= self.now)
            order = self._over if second.over else self._ahead
            heappush(order, when)
            if len(order) > 2 * len(self._seconds) + 64:
                self._tidy()
        second.counts[kind] += 1
        if second.over:
            self.over += 1
        else:
            self.ahead[kind] += 1
        first = second.first
        if first < 0:
            second.first = self._next[place] = self._previous[place] = place
        else:
            last = self._previous[first]
            self._next[last] = self._previous[first] = place
            self._next[place] = first
            self._previous[place] = last

    def remove(self, place: int) -> None:
        """Take a place out, which must be in."""
        when, kind = self._when[place], self._kinds[place]
        second = self._seconds[when]
        second.counts[kind] -= 1
        if second.over:
            self.over -= 1
        else:
            self.ahead[kind] -= 1
        following = self._next[place]
        if following == place:
            del self._seconds[when]
            return
        previous = self._previous[place]
        self._next[previous] = following
        self._previous[following] = previous
        if second.first == place:
            second.first = following

    def is_over(self, place: int) -> bool:
        """Whether the second of a place is over."""
        return self._seconds[self._when[place]].over

    def first_over(self) -> int:
        """The place that ended first of those whose second is over; -1 if there is none."""
        over = self._over
        while over:
            second = self._seconds.get(over[0])
            if second is not None:
                return second.first
            heappop(over)
        return -1

    def _tidy(self) -> None:
        """Leave out seconds at which nothing ends any more."""
        self._over = [when for when, second in self._seconds.items() if second.over]
        self._ahead = [when for when, second in self._seconds.items() if not second.over]
        heapify(self._over)
        heapify(self._ahead)
