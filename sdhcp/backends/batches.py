"""Questions about single clients, put to a store many at a time: those that wait while it is busy go together."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.python.failure import Failure

from ..interfaces import Found, SourceError

MOST: Final = 256
"""Clients that are asked for in one question."""
QUEUE: Final = 4096
"""Clients that wait to be asked for; more are refused."""

Answers = Mapping[str, Found | SourceError]
"""What was found for each key, or why its entry is of no use; a key that is not there is not known."""


class _Batch:
    """One question under way, and who waits for it."""

    __slots__ = ("deferred", "waiting")

    def __init__(self, waiting: "dict[str, list[Deferred[Found]]]") -> None:
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
        self._waiting: dict[str, list[Deferred[Found]]] = {}
        self._batches: set[_Batch] = set()
        self._soon: IDelayedCall | None = None
        self._stopped = False
        self.shed = 0

    def lookup(self, key: str) -> "Deferred[Found]":
        """What is found for one key; fails with :class:`SourceError`."""
        deferred: Deferred[Found] = Deferred(self._cancelled)
        waiting = self._waiting.get(key)
        if waiting is not None:
            waiting.append(deferred)
        elif len(self._waiting) >= QUEUE or self._stopped:
            self.shed += 1
            deferred.errback(SourceError(f"over {QUEUE} questions wait for an answer", passing=True))
        else:
            self._waiting[key] = [deferred]
            if self._soon is None and len(self._batches) < self._concurrency:
                # Packets that came together are handled in one go: what they ask goes together.
                self._soon = self._reactor.callLater(0, self._send)
        return deferred

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
        _fail(waiting, SourceError("the server stops", passing=True))

    def _send(self) -> None:
        self._soon = None
        while self._waiting and len(self._batches) < self._concurrency:
            keys = list(self._waiting)[: self._most]
            batch = _Batch({key: self._waiting.pop(key) for key in keys})
            self._batches.add(batch)
            batch.deferred = deferred = self._ask(keys)
            deferred.addCallbacks(self._answered, self._failed, (batch,), {}, (batch,))

    def _answered(self, answers: Answers, batch: _Batch) -> None:
        self._done(batch)
        for key, waiting in batch.waiting.items():
            found = answers.get(key)
            for deferred in waiting:
                if isinstance(found, SourceError):
                    deferred.errback(found)
                else:
                    deferred.callback(found)

    def _failed(self, failure: Failure, batch: _Batch) -> None:
        self._done(batch)
        error: BaseException = failure.value or SourceError("no answer")
        if isinstance(error, CancelledError):
            error = SourceError("the question was given up", passing=True)
        _fail(batch.waiting, error)

    def _done(self, batch: _Batch) -> None:
        self._batches.discard(batch)
        if self._waiting and self._soon is None and not self._stopped:
            self._send()

    def _cancelled(self, deferred: "Deferred[Found]") -> None:
        for batch in self._batches:
            if _take_out(batch.waiting, deferred):
                if not batch.waiting and batch.deferred is not None:
                    batch.deferred.cancel()
                return
        _take_out(self._waiting, deferred)


def _take_out(waiting: "dict[str, list[Deferred[Found]]]", deferred: "Deferred[Found]") -> bool:
    for key, others in waiting.items():
        if deferred in others:
            others.remove(deferred)
            if not others:
                del waiting[key]
            return True
    return False


def _fail(waiting: "dict[str, list[Deferred[Found]]]", error: BaseException) -> None:
    for others in waiting.values():
        for deferred in others:
            deferred.errback(error)
