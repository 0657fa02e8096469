"""Whether a store answers, and soon enough: what decides if it is asked or spared."""

from collections.abc import Callable
from datetime import datetime
from enum import Enum
from math import inf
from typing import Final

from ..interfaces import SourceError

SLOW: Final = 0.5
"""Seconds after which any answer is slow."""
SOON: Final = 0.07
"""Seconds within which no answer is slow."""
GRACE: Final = 1.0
"""Seconds for which a store may be slow without being told of."""
CLIENTS: Final = 3
"""Clients that were known, and that a store fails for one after the other, before it is held to fail for all."""
_UNUSUAL: Final = 8
"""An answer is slow that takes so many times as long as answers do."""
_MEMORY: Final = 32
"""About how many answers tell what is usual."""


class State(Enum):
    """How a store is."""

    WELL = "well"
    SLOW = "slow"
    AWAY = "away"


class Availability:
    """How a store is, by what became of the last questions.

    What became of a question says nothing once a later one has been answered: one answer that is overdue
    among many that are not is no trouble of the store's.

    :param clock: seconds of a monotonic clock; ``asked`` is when, by it, a question was put.
    :ivar state: WELL while it answers; SLOW while it takes its time: it is asked for clients of whom nothing is
        kept; AWAY while it does not answer: nothing but probes is sent to it.
    :ivar since: when it ceased to be well; None while it is.
    :ivar error: what is wrong while it does not answer.
    :ivar patience: seconds after which an answer is slow, and who is known is not kept waiting for it: from
        :data:`SOON` to :data:`SLOW`, by what is usual for this store.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._answered = -inf
        self._usual: float | None = None
        self._failed_for: set[str] = set()
        self._is_slow_for_all = False
        self.patience = SOON
        self.state = State.WELL
        self.since: float | None = None
        self.error: SourceError | None = None

    def answered(self, asked: float) -> None:
        """The store has answered a question."""
        self._answered = max(self._answered, asked)
        self._failed_for.clear()
        seconds = self._clock() - asked
        if seconds < SLOW:
            self._is_slow_for_all = False
            usual = seconds if self._usual is None else self._usual + (seconds - self._usual) / _MEMORY
            self._usual = usual
            self.patience = min(SLOW, max(SOON, usual * _UNUSUAL))
        if seconds < self.patience:
            self.state = State.WELL
            self.since = self.error = None
        elif self.state is not State.WELL:
            self.state = State.SLOW
            self.error = None

    def overdue(self, asked: float) -> None:
        """A question has waited for longer than :attr:`patience`."""
        if asked < self._answered:
            return
        if self._clock() - asked >= SLOW:
            self._is_slow_for_all = True
        if self.state is State.WELL:
            self.state = State.SLOW
            self._begin()

    def failed(self, error: SourceError, asked: float) -> None:
        """A question could not be put, or had no answer."""
        if asked >= self._answered:
            self.state = State.AWAY
            self.error = error
            self._begin()

    def failed_for(self, key: str, error: SourceError, asked: float) -> None:
        """The store failed for a client that it had known; that counts when it has for :data:`CLIENTS` in a row.

        It is slow then rather than away: for others it may answer.
        """
        self._failed_for.add(key)
        if len(self._failed_for) >= CLIENTS and asked >= self._answered:
            self._failed_for.clear()
            self.error = error
            if self.state is State.WELL:
                self.state = State.SLOW
            self._begin()

    def may_try(self) -> None:
        """Questions may be put to a store that is away: nothing but their answers can tell whether it is back."""
        if self.state is State.AWAY:
            self.state = State.SLOW

    def problem(self) -> str:
        """What is wrong, in plain words; "" if nothing is, or not for long enough to tell."""
        if self.error is not None:
            problem = str(self.error) or "no answer"
            return f"{problem}; {self.error.advice}" if self.error.advice else problem
        if self.since is not None and self._is_slow_for_all and self._clock() - self.since >= GRACE:
            return f"answers take longer than {SLOW} s; see what keeps it busy"
        return ""

    def sentence(self, wall: Callable[[], datetime], served: str) -> str:
        """What is wrong, since when by the time of day, and who is ``served``; "" as :meth:`problem`."""
        problem = self.problem()
        if not problem or self.since is None:
            return ""
        since = datetime.fromtimestamp(wall().timestamp() - (self._clock() - self.since))
        what = "slow" if self.error is None else "unavailable"
        return f"source {what} since {since:%H:%M:%S}, {served}: {problem}"

    def _begin(self) -> None:
        if self.since is None:
            self.since = self._clock()
