"""Delivers parcels one after the other, again and again where it must be, and never more than it can hold."""

from collections.abc import Callable
from typing import Final

from twisted.internet.defer import Deferred, maybeDeferred, succeed
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.python.failure import Failure

from .folder import ParcelFolder
from .parcels import Attempt, Parcel

ROOM: Final = 100
"""Parcels that may wait; the oldest goes where one more comes."""
FIRST: Final = 30.0
"""Seconds until the second attempt; each further one takes twice as long."""
LONGEST: Final = 900.0
"""Seconds between two attempts at most."""
OLDEST: Final = 3 * 86400.0
"""Seconds after which nobody wants to know any more."""


class _Waiting:
    """A parcel with what was tried: how often, and when it is due again."""

    def __init__(self, parcel: Parcel) -> None:
        self.parcel = parcel
        self.attempts = 0
        self.due = 0.0


class Courier:
    """Has parcels delivered.

    :param place: where to, as the log calls it.
    :param deliver: makes one attempt, the how-manyth of which it is told, from 0; its Deferred never fails, and may be
        cancelled.
    :param chance: a number from 0 to 1, another each time.
    :param wall: seconds since the epoch.
    :param tell: takes a severity and a line for the log.
    :param folder: where parcels survive the process; None for nowhere.
    :ivar lost: how many were let go, undelivered; :ivar refused: how many were not taken.
    """

    def __init__(
        self,
        place: str,
        deliver: Callable[[Parcel, int], "Deferred[Attempt]"],
        reactor: IReactorTime,
        chance: Callable[[], float],
        wall: Callable[[], float],
        tell: Callable[[str, str], None],
        folder: ParcelFolder | None = None,
    ) -> None:
        self._place = place
        self._deliver = deliver
        self._reactor = reactor
        self._chance = chance
        self._wall = wall
        self._tell = tell
        self._folder = folder
        self._waiting: dict[str, _Waiting] = {}
        self._timer: IDelayedCall | None = None
        self._under_way: Deferred[Attempt] | None = None
        self._running = False
        self._away_since: float | None = None
        self._failures = 0
        self._not_before = 0.0
        self._warned_of_clear = False
        self._left_to_try: set[str] | None = None
        self._stopped: Deferred[None] | None = None
        self.lost = self.refused = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, parcel: Parcel) -> None:
        """Take one more."""
        self._add(parcel)
        if self._folder is not None:
            self._folder.keep(parcel)
        if self._left_to_try is not None:
            self._left_to_try.add(parcel.name)
        self._go_on()

    def start(self) -> None:
        """Begin to deliver, what an earlier process has left first."""
        self._running = True
        if self._folder is not None:
            self._folder.load().addCallback(self._loaded)
        self._go_on()

    def stop(self, seconds: float) -> "Deferred[None]":
        """Try once more what waits, for so many seconds at most; fires when that is done."""
        if not self._running:
            return succeed(None)
        self._left_to_try = set(self._waiting)
        self._stopped = Deferred()
        late = self._reactor.callLater(seconds, self._give_up)
        self._stopped.addCallback(lambda _: late.cancel() if late.active() else None)
        self._stopped.addCallback(lambda _: self._folder.settled() if self._folder is not None else None)
        stopped = self._stopped
        self._go_on()
        return stopped

    def _add(self, parcel: Parcel) -> None:
        if len(self._waiting) >= ROOM:
            self._remove(min(self._waiting.values(), key=lambda one: one.parcel.at).parcel.name)
            self.lost += 1
        self._waiting[parcel.name] = _Waiting(parcel)

    def _loaded(self, parcels: list[Parcel]) -> None:
        for parcel in parcels:
            if parcel.name not in self._waiting:
                self._add(parcel)
        self._go_on()

    def _remove(self, name: str) -> None:
        self._waiting.pop(name, None)
        if self._folder is not None:
            self._folder.forget(name)

    def _go_on(self) -> None:
        if self._timer is not None:
            if self._timer.active():
                self._timer.cancel()
            self._timer = None
        if not self._running or self._under_way is not None:
            return
        if self._left_to_try is not None:
            waiting = next((one for name, one in self._waiting.items() if name in self._left_to_try), None)
            if waiting is None:
                self._end()
                return
            self._left_to_try.discard(waiting.parcel.name)
            self._try(waiting)
        elif self._waiting:
            waiting = min(self._waiting.values(), key=lambda one: (one.due, one.parcel.at))
            wait = max(waiting.due, self._not_before) - self._reactor.seconds()
            if wait > 0:
                self._timer = self._reactor.callLater(wait, self._go_on)
            else:
                self._try(waiting)

    def _try(self, waiting: _Waiting) -> None:
        parcel = waiting.parcel
        if self._wall() - parcel.at > OLDEST:
            self.lost += 1
            self._remove(parcel.name)
            self._go_on()
            return
        attempt = max(waiting.attempts, self._failures)
        self._under_way = under_way = maybeDeferred(self._deliver, parcel, attempt)
        under_way.addCallbacks(self._tried, self._not_tried, (waiting,), errbackArgs=(waiting,))

    def _not_tried(self, failure: Failure, waiting: _Waiting) -> None:
        self._tried(Attempt(problem=failure.getErrorMessage(), is_away=True), waiting)

    def _tried(self, attempt: Attempt, waiting: _Waiting) -> None:
        self._under_way = None
        now = self._reactor.seconds()
        if attempt.is_in_clear and not self._warned_of_clear:
            self._warned_of_clear = True
            self._tell("WARN", f"{self._place}: the password goes there unencrypted, since the server has no TLS")
        if attempt.is_away:
            self._not_before = now + self._pause(self._failures)
            self._failures += 1
            if self._away_since is None:
                self._away_since = now
                self._tell("ERROR", f"{self._place}: {attempt.problem}; alerts wait, and are sent when that is over")
        else:
            self._back(now)
        left = tuple(one for one in waiting.parcel.to if one not in attempt.taken and one not in attempt.refused)
        if attempt.refused:
            self.refused += 1
            self._tell("ERROR", f"{self._place}: {', '.join(attempt.refused)}: {attempt.problem}; that is given up")
        if not left:
            self._remove(waiting.parcel.name)
        elif waiting.parcel.name in self._waiting:
            self._keep(waiting, left)
            if not attempt.is_away:
                waiting.due = now + self._pause(waiting.attempts)
                waiting.attempts += 1
        if attempt.is_away and self._left_to_try is not None:
            self._left_to_try.clear()
        self._go_on()

    def _back(self, now: float) -> None:
        self._failures, self._not_before = 0, 0.0
        if self._away_since is not None:
            self._tell("WARN", f"{self._place} takes alerts again after {now - self._away_since:.0f} s")
            self._away_since = None

    def _keep(self, waiting: _Waiting, left: tuple[str, ...]) -> None:
        if left != waiting.parcel.to:
            waiting.parcel = waiting.parcel._replace(to=left)
            if self._folder is not None:
                self._folder.keep(waiting.parcel)

    def _pause(self, attempts: int) -> float:
        return min(LONGEST, FIRST * 2.0 ** min(attempts, 10)) * (0.8 + 0.4 * self._chance())

    def _give_up(self) -> None:
        self._left_to_try = set()
        if self._under_way is not None:
            self._under_way.cancel()
        else:
            self._end()

    def _end(self) -> None:
        self._running = False
        stopped, self._stopped = self._stopped, None
        if self._waiting:
            where = f"they wait in {self._folder.path}" if self._folder is not None else "they are lost"
            self._tell("WARN", f"{self._place}: {len(self._waiting)} alerts are not delivered; {where}")
        if stopped is not None:
            stopped.callback(None)
