"""Questions about single clients, put to a store many at a time: those that wait while it is busy go together."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Final

from twisted.internet.defer import CancelledError, Deferred, maybeDeferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.python.failure import Failure

from ..interfaces import Answered, Found, SourceError
from .questions import fire

MOST: Final = 256
"""Clients that are asked for in one question."""
QUEUE: Final = 4096
"""Clients that wait to be asked for; more are refused."""

Answers = Mapping[str, Found | SourceError]
"""What was found for each key, or why its entry is of no use; a key that is not there is not known."""


_Waiting = dict[str, list[Answered]]


class _Batch:
    """One question under way, and who waits for it."""

    __slots__ = ("deferred", "waiting")

    def __init__(self, waiting: _Waiting) -> None:
        self.waiting = waiting
        self.deferred: Deferred[Answers] | None = None


class Batches:
    """Gathers lookups into questions.

    :param ask: puts one question about several keys. Its Deferred fails with :class:`SourceError` if the store
        cannot tell, and ends what it asked when it is cancelled, which happens when nobody waits any more.
    :param concurrency: questions at a time.
    :param most: keys in a question.
    :ivar shed: lookups that were refused since too many waited.
    """

    def __init__(
        self,
        ask: "Callable[[Sequence[str]], Deferred[Answers]]",
        reactor: IReactorTime,
        concurrency: int,
        most: int = MOST,
    ) -> None:
        self._ask = ask
        self._reactor = reactor
        self._concurrency = concurrency
        self._most = most
        self._waiting: _Waiting = {}
        self._batches: dict[_Batch, None] = {}
        self._soon: IDelayedCall | None = None
        self._stopped = False
        self.shed = 0

    def lookup(self, key: str) -> "Deferred[Found]":
        """What is found for one key; fails with :class:`SourceError`."""
        deferred: Deferred[Found] = Deferred(lambda _: leave())
        leave = self.look_up(key, partial(fire, deferred))
        return deferred

    def look_up(self, key: str, answered: Answered) -> Callable[[], None]:
        """The same with a function that is called; what is returned ends the waiting."""
        waiting = self._waiting.get(key)
        if self._stopped:
            answered(SourceError("the server stops", passing=True))
        elif waiting is not None:
            waiting.append(answered)
        elif len(self._waiting) >= QUEUE:
            self.shed += 1
            answered(SourceError(f"over {QUEUE} questions wait for an answer", passing=True))
        else:
            self._waiting[key] = [answered]
            if self._soon is None and len(self._batches) < self._concurrency:
                # Packets that came together are handled in one go: what they ask goes together.
                self._soon = self._reactor.callLater(0, self._send)
        return partial(self._leave, key, answered)

    def stop(self) -> None:
        """Ask no more; whoever waits is told so."""
        self._stopped = True
        if self._soon is not None:
            self._soon.cancel()
            self._soon = None
        waiting, self._waiting = self._waiting, {}
        for batch in list(self._batches):
            if batch.deferred is not None:
                batch.deferred.cancel()
        for others in waiting.values():
            for answered in others:
                answered(SourceError("the server stops", passing=True))

    def _send(self) -> None:
        self._soon = None
        while self._waiting and len(self._batches) < self._concurrency:
            keys = list(islice(self._waiting, self._most))
            batch = _Batch({key: self._waiting.pop(key) for key in keys})
            self._batches[batch] = None
            batch.deferred = deferred = maybeDeferred(self._ask, keys)
            deferred.addCallbacks(self._answered, self._failed, (batch,), {}, (batch,))

    def _answered(self, answers: Answers, batch: _Batch) -> None:
        waiting = self._done(batch)
        for key, others in waiting.items():
            found = answers.get(key)
            for answered in others:
                answered(found)

    def _failed(self, failure: Failure, batch: _Batch) -> None:
        error = failure.value
        if isinstance(error, CancelledError):
            error = SourceError("the question was given up", passing=True)
        elif not isinstance(error, SourceError):
            error = SourceError(f"cannot be asked: {type(error).__name__}: {failure.getErrorMessage()[:300]}")
        for others in self._done(batch).values():
            for answered in others:
                answered(error)

    def _done(self, batch: _Batch) -> _Waiting:
        """Who waits for a question that is over; the next one is put."""
        del self._batches[batch]
        waiting, batch.waiting = batch.waiting, {}
        if self._waiting and self._soon is None and not self._stopped:
            self._send()
        return waiting

    def _leave(self, key: str, answered: Answered) -> None:
        """Somebody does not wait any longer."""
        if _take_out(self._waiting, key, answered):
            return
        for batch in self._batches:
            if _take_out(batch.waiting, key, answered):
                if not batch.waiting and batch.deferred is not None:
                    batch.deferred.cancel()
                return


def _take_out(waiting: _Waiting, key: str, answered: Answered) -> bool:
    others = waiting.get(key, [])
    if answered not in others:
        return False
    others.remove(answered)
    if not others:
        del waiting[key]
    return True
