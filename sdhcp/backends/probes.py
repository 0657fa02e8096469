"""Questions that find out whether a store that is not well is again."""

from collections.abc import Callable
from math import inf
from typing import Any, Final

from twisted.internet.defer import CancelledError, Deferred, maybeDeferred
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure

from ..interfaces import ClientFailed, SourceError
from .availability import Availability, State

INTERVAL: Final = 1.0
"""Seconds between two probes of a store that is not well."""
DEADLINE: Final = 4.0
"""Seconds after which a question to a store is given up: its client has asked again."""
_MOST: Final = 4


def too_late() -> SourceError:
    """What is wrong with a store that has not answered in time."""
    return SourceError(f"no answer within {DEADLINE:.0f} s", "see what keeps it busy, or cut off")


def error_of(failure: Failure) -> SourceError:
    """What ended a question, in plain words."""
    error = failure.value
    if isinstance(error, SourceError):
        return error
    if isinstance(error, CancelledError):
        return too_late()
    return SourceError(f"cannot be asked: {type(error).__name__}: {failure.getErrorMessage()[:300]}")


class Probes:
    """Probes a store once a second while it is not well.

    :param probe: puts one question, and its Deferred fires or fails; None for a store that has no way to be
        probed: it is taken for one that may be back.
    """

    def __init__(
        self,
        probe: "Callable[[], Deferred[None]] | None",
        availability: Availability,
        clock: Callable[[], float],
        reactor: IReactorTime,
    ) -> None:
        self._probe = probe
        self._availability = availability
        self._clock = clock
        self._reactor = reactor
        self._at = -inf
        self._under_way: dict[Deferred[Any], None] = {}

    def look(self, now: float) -> None:
        """Put a question if it is time for one."""
        if self._availability.state is State.WELL:
            if self._probe is None:
                # The next question is a client's: it waits a while after the one that failed.
                self._at = now
            return
        if now - self._at < INTERVAL or len(self._under_way) >= _MOST:
            return
        self._at = now
        if self._probe is None:
            self._availability.may_try()
            return
        self._put(now)

    def _put(self, now: float) -> None:
        self._at = now
        probe = maybeDeferred(self._probe or _nothing)
        self._under_way[probe] = None
        probe.addTimeout(DEADLINE, self._reactor, _gave_up)
        probe.addBoth(self._probed, probe, self._clock())

    def doubt(self) -> None:
        """Put a question, though nothing was wrong yet."""
        if self._availability.state is State.WELL and self._probe is not None and not self._under_way:
            self._put(self._clock())

    def stop(self) -> None:
        """Give up what is under way."""
        under_way, self._under_way = list(self._under_way), {}
        for probe in under_way:
            probe.cancel()

    def _probed(self, result: Any, probe: "Deferred[Any]", asked: float) -> None:
        if probe not in self._under_way:
            return
        del self._under_way[probe]
        if not isinstance(result, Failure):
            self._availability.answered(asked)
            return
        error = error_of(result)
        if isinstance(error, ClientFailed):
            # The client of a probe is nobody: it may be for that alone.
            self._availability.may_try()
        elif not error.passing:
            self._availability.failed(error, asked)


def _nothing() -> None:
    """What a store without a probe is asked."""


def _gave_up(result: Any, seconds: float) -> Any:
    return result
