"""Lookups that are under way in sources that cannot answer at once: how many, how long."""

from typing import Any, Final, Protocol

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.python.failure import Failure

from .interfaces import Found, IDefinitionSource, SourceError
from .model import Query

PENDING: Final = 1024
"""How many clients may be looked up at a time."""
DEADLINE: Final = 4.0
"""Seconds after which an answer is of no use, because its client has asked again."""


class Answered(Protocol):
    """Called with what a lookup found, or with what ended it."""

    def __call__(self, found: Found | BaseException) -> None:
        """Take what was found."""


class _Pending:
    __slots__ = ("answered", "at", "deferred", "key", "late")

    def __init__(self, key: bytes, at: float, answered: Answered) -> None:
        self.key = key
        self.at = at
        self.answered = answered
        self.deferred: Deferred[Any] | None = None
        self.late = False


class Lookups:
    """One lookup per client at a time, a bounded number in all, each with a deadline.

    :ivar shed: packets that were refused because too many lookups were under way.
    :ivar late: answers that did not come before the deadline.
    """

    def __init__(
        self, source: IDefinitionSource, reactor: IReactorTime, size: int = PENDING, deadline: float = DEADLINE
    ) -> None:
        self._source = source
        self._reactor = reactor
        self._seconds = reactor.seconds
        self._size = size
        self._deadline = deadline
        # In the order of their beginning; one timer, for the oldest, serves all.
        self._pending: dict[bytes, _Pending] = {}
        self._timer: IDelayedCall | None = None
        self.shed = 0
        self.late = 0

    def ask(self, key: bytes, query: Query, answered: Answered) -> str:
        """Start a lookup; "" if ``answered`` will be called, else why it will not."""
        if key in self._pending:
            return "lookup-pending"
        if len(self._pending) >= self._size:
            self.shed += 1
            return "too-many-lookups"
        self._pending[key] = pending = _Pending(key, self._seconds(), answered)
        pending.deferred = deferred = maybeDeferred(self._source.lookup, query)
        deferred.addBoth(self._done, pending)
        if self._timer is None and self._pending:
            self._timer = self._reactor.callLater(self._deadline, self._expire)
        return ""

    def _done(self, found: Found | Failure, pending: _Pending) -> None:
        self._pending.pop(pending.key, None)
        if pending.late:
            pending.answered(SourceError(f"no answer within {self._deadline:.0f} s", passing=True))
        else:
            pending.answered((found.value or SourceError("no answer")) if isinstance(found, Failure) else found)

    def _expire(self) -> None:
        self._timer = None
        now = self._seconds()
        for pending in list(self._pending.values()):
            left = pending.at + self._deadline - now
            if left > 0:
                self._timer = self._reactor.callLater(left, self._expire)
                return
            self.late += 1
            pending.late = True
            if pending.deferred is not None:
                pending.deferred.cancel()
