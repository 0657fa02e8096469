"""Counts packets in a ring of frames of equal length: what comes costs a fraction of a microsecond and no memory."""

from array import array
from collections import deque
from typing import Final, NamedTuple

from zope.interface import implementer

from ..events import Dropped, Event, Exchange, Malformed
from ..interfaces import IEventObserver
from .counts import OTHER, PLACE_OF, PLACE_OF_TYPE, PLACES, Counts, sum_of
from .latency import BUCKETS, NONE, bucket

INTERVAL: Final = 300
"""Seconds of a frame."""
FRAMES: Final = 576
"""Frames that are kept, the one that is running among them: two days."""
WINDOWS: Final = (0, 1, 2, 3, 12, 72, 288)
"""How many frames averages are taken over; 0 is the one that is running."""
_EMPTY: Final = Counts()


class Frame(NamedTuple):
    """The packets of one frame. ``time`` is when it began, in seconds since the epoch and a multiple of the interval;
    ``seconds`` is how much of it has been, which is less than an interval for the first and the last."""

    time: int
    seconds: float
    counts: Counts


class Average(NamedTuple):
    """The packets of the last ``frames`` whole frames, which were ``seconds`` long; 0 is the one that is running."""

    frames: int
    seconds: float
    counts: Counts

    def rate(self, count: int) -> float:
        """How many a second a number of packets is."""
        return count / self.seconds if self.seconds > 0 else 0.0


class Report(NamedTuple):
    """What was counted by some moment: the frames, the oldest first, and everything since the start."""

    interval: int
    frames: tuple[Frame, ...]
    lifetime: Counts
    seconds: float

    def averages(self, windows: tuple[int, ...] = WINDOWS) -> list[Average]:
        """The averages over windows, ascending; windows for which there are not enough frames yet are left out."""
        whole = self.frames[-2::-1]
        found, counts, seconds, taken = [], _EMPTY, 0.0, 0
        for window in sorted(set(windows)):
            if window > len(whole):
                break
            if window == 0:
                found.append(Average(0, self.frames[-1].seconds, self.frames[-1].counts))
                continue
            more = whole[taken:window]
            counts = sum_of((counts, *(frame.counts for frame in more)))
            seconds += sum(frame.seconds for frame in more)
            taken = window
            found.append(Average(window, seconds, counts))
        return found


class _Past(NamedTuple):
    """A frame that is over: when it began and how long it was, in seconds of the monotonic clock."""

    began: float
    seconds: float
    counts: Counts


@implementer(IEventObserver)
class Traffic:
    """Counts packets.

    :param now: seconds of the clock that events have their times from.
    :param epoch: the same moment in seconds since the epoch; frames begin at multiples of the interval.
    :param interval: seconds of a frame.
    :param frames: how many are kept, at least 1.
    """

    def __init__(self, now: float, epoch: float, interval: int = INTERVAL, frames: int = FRAMES) -> None:
        self._interval = interval
        self._started = self._began = now
        self._ends = now + interval - epoch % interval
        self._past: deque[_Past] = deque(maxlen=max(1, frames) - 1)
        self._before = _EMPTY
        self._clear()

    def _clear(self) -> None:
        self._places = [0] * PLACES
        self._latencies = [0] * BUCKETS
        self._busy = self._longest = 0.0

    def wants(self, kind: type[Event]) -> bool:
        """All packets."""
        return kind in (Exchange, Dropped, Malformed)

    def observe(self, event: Event) -> None:
        """Count one packet."""
        # Fields by their numbers: this runs for every packet, and names cost twice as much.
        if event[0] >= self._ends:
            self._turn(event[0])
        if type(event) is Exchange:
            elapsed = event[12]
            place = PLACE_OF.get(event[1], OTHER)
            self._places[place if event[4] or event[2] else place + 1] += 1
            self._busy += elapsed
            if elapsed > self._longest:
                self._longest = elapsed
            self._latencies[bucket(elapsed)] += 1
        elif type(event) is Dropped:
            self._places[PLACE_OF_TYPE.get(event[6], OTHER)] += 1
        else:
            self._places[OTHER] += 1

    def _turn(self, now: float) -> None:
        """Go on to the frame of a moment, past all between in which nothing came."""
        missed = int((now - self._ends) // self._interval)
        counts = self._counts()
        self._before = sum_of((self._before, counts))
        self._past.append(_Past(self._began, self._ends - self._began, counts))
        kept = min(missed, self._past.maxlen or 0)
        for age in range(kept, 0, -1):
            began = self._ends + (missed - age) * self._interval
            self._past.append(_Past(began, self._interval, _EMPTY))
        self._began = self._ends + missed * self._interval
        self._ends = self._began + self._interval
        if any(self._places):
            self._clear()

    def _counts(self) -> Counts:
        if not any(self._places):
            return _EMPTY
        exchanges = sum(self._latencies)
        latencies = array("Q", self._latencies) if exchanges else NONE
        return Counts(tuple(self._places), exchanges, self._busy, self._longest, latencies)

    def lifetime(self) -> Counts:
        """Everything since the start."""
        return sum_of((self._before, self._counts()))

    def report(self, now: float, epoch: float) -> Report:
        """What has been counted by a moment, on both clocks as above."""
        if now >= self._ends:
            self._turn(now)
        # The clock of the day may have been set since: what counts is how long ago a frame began.
        offset, interval = epoch - now, self._interval
        running = _Past(self._began, max(0.0, now - self._began), self._counts())
        next_time = round((self._ends + offset) / interval) * interval
        past = (*self._past, running)
        frames = tuple(
            Frame(next_time - (len(past) - number) * interval, one.seconds, one.counts)
            for number, one in enumerate(past)
        )
        return Report(interval, frames, sum_of((self._before, running.counts)), max(0.0, now - self._started))
