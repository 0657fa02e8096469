"""Whether the source answers: told once when it stops, and once when it is back."""

from collections.abc import Callable
from typing import Final

from .events import Event, SourceFailed, SourceRecovered
from .interfaces import BadReservation, ClientFailed, ICache, IDefinitionSource, IHealth, ILender, SourceError
from .recent import Recent

GRACE: Final = 1.0
"""Seconds for which a trouble that passes by itself is nobody's business."""
SETTLES: Final = 5.0
"""Seconds after a recovery in which what was begun before it may yet fail: no trouble is more than a passing one."""
_TOLD: Final = 65536


class SourceHealth:
    """What went wrong with one source, or with the cache behind one, and since when.

    :param publish: takes events.
    :param clock: seconds of a monotonic clock.
    :ivar troubled: whether something is wrong, told or not; ``problem_now`` is what, "" if nothing is.
    """

    def __init__(
        self, source: IDefinitionSource | ICache | ILender, publish: Callable[[Event], None], clock: Callable[[], float]
    ) -> None:
        self._source = source
        self._publish = publish
        self._clock = clock
        self._problem = source.problem if IHealth.providedBy(source) else None
        self._told_bad: Recent[str] = Recent(_TOLD)
        self._since: float | None = None
        self._recovered = clock() - SETTLES
        self._told = False
        self.troubled = False
        self.problem_now = ""

    def failed(self, error: SourceError, client: bytes) -> None:
        """The source could not answer for a client; b"" for none in particular."""
        if isinstance(error, BadReservation | ClientFailed):
            if self._told_bad.get(client) != str(error):
                self._told_bad.put(client, str(error))
                self._publish(SourceFailed(self._clock(), self._source.name, str(error), error.advice, client))
            return
        now = self._clock()
        self.troubled = True
        self.problem_now = str(error)
        if self._since is None:
            self._since = now
        passes = error.passing or now - self._recovered < SETTLES
        if not self._told and (not passes or now - self._since >= GRACE):
            self._told = True
            self._publish(SourceFailed(now, self._source.name, str(error), error.advice))

    def answered(self) -> None:
        """The source has answered, though perhaps from what it keeps for bad times."""
        if self._problem is not None and self._problem():
            return
        now = self._clock()
        if self._told and self._since is not None:
            self._recovered = now
            self._publish(SourceRecovered(now, self._source.name, now - self._since))
        self._since = None
        self._told = self.troubled = False
        self.problem_now = ""

    def end(self) -> None:
        """The source is in use no longer, and what was wrong with it is over."""
        if self._told and self._since is not None:
            now = self._clock()
            self._publish(SourceRecovered(now, self._source.name, now - self._since))
        self._since = None
        self._told = self.troubled = False

    def take_over(self, other: "SourceHealth") -> None:
        """Go on with what another one has told of the same place."""
        self._told_bad = other._told_bad
        self._since, self._recovered, self._told = other._since, other._recovered, other._told
        self.troubled, self.problem_now = other.troubled, other.problem_now

    def watch(self) -> None:
        """Tell of a source that stopped or began to be well, though no packet showed it; called by a timer."""
        if self._problem is None:
            return
        problem = self._problem()
        if problem:
            self.failed(SourceError(problem), b"")
        elif self.troubled:
            self.answered()
