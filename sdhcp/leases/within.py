"""Steps of a store that is asked over a network: each within a time, and not too many at once."""

from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeVar

from twisted.internet.defer import CancelledError, Deferred, fail
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure

from ..interfaces import SourceError

DEADLINE: Final = 3.5
"""Seconds that a step has in all; what is given up then may yet have happened, and does no harm."""
QUEUE: Final = 4096
"""Steps that are under way or wait; more are refused."""
T = TypeVar("T")


class Within:
    """Has steps done.

    :param place: what operators call the store.
    :param told: puts an error of the store's into its own settings' names.
    """

    def __init__(self, place: str, reactor: IReactorTime, told: Callable[[str], str]) -> None:
        self._place = place
        self._reactor = reactor
        self._told = told
        self._waiting = 0
        self._finished: Deferred[None] | None = None

    def do(self, step: Callable[[], Coroutine[Any, Any, T]]) -> "Deferred[T]":
        """Have one done. The Deferred fails with :class:`SourceError`, whatever went wrong."""
        if self._finished is not None:
            return fail(SourceError("the server stops", passing=True))
        if self._waiting >= QUEUE:
            return fail(SourceError(f"{self._place}: over {QUEUE} steps wait", passing=True))
        self._waiting += 1
        deferred: Deferred[T] = Deferred.fromCoroutine(step())
        deferred.addTimeout(DEADLINE, self._reactor, self._late)
        deferred.addErrback(self._failed)
        return deferred.addBoth(self._done)

    def finish(self) -> "Deferred[None]":
        """Do no more; fires when what has begun is done, which is within :data:`DEADLINE`."""
        self._finished = Deferred()
        if not self._waiting:
            self._finished.callback(None)
        return self._finished

    def _failed(self, failure: Failure) -> Failure:
        error = failure.value
        if isinstance(error, CancelledError):
            error = SourceError(f"{self._place}: the step was given up", passing=True)
        elif not isinstance(error, SourceError):
            # Whatever a store says that is none of ours.
            what = f"{self._place} answers what cannot be read: {type(error).__name__}"
            error = SourceError(what, "see that nothing else writes there")
        return Failure(SourceError(str(error), self._told(error.advice), error.passing))

    def _late(self, _: object, seconds: float) -> Failure:
        problem = f"{self._place}: no answer within {seconds:.3g} s"
        return Failure(SourceError(problem, "see what keeps it busy, or what lies between", passing=True))

    def _done(self, result: Any) -> Any:
        self._waiting -= 1
        if self._finished is not None and not self._waiting:
            self._reactor.callLater(0, self._finished.callback, None)
        return result
