"""Lookups that are under way in sources that cannot answer at once: how many, how long."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from twisted.internet.defer import maybeDeferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.python.failure import Failure

from .interfaces import Found, ICallsBack, IDefinitionSource, SourceError
from .model import Query

PENDING: Final = 1024
"""How many clients may be looked up at a time."""
DEADLINE: Final = 4.0
"""Seconds after which an answer is of no use, because its client has asked again."""


Told = Callable[[Found | BaseException], None]
"""Called with what a lookup found, or with what ended it."""


class _Pending:
    __slots__ = ("answered", "at", "key", "stop")

    def __init__(self, key: bytes, at: float, answered: Told) -> None:
        self.key = key
        self.at = at
        self.answered: Told | None = answered
        self.stop: Callable[[], Any] | None = None


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
        self._look_up = source.look_up if ICallsBack.providedBy(source) else None
        self._size = size
        self._deadline = deadline
        # In the order of their beginning; one timer, for the oldest, serves all.
        self._pending: dict[bytes, _Pending] = {}
        self._timer: IDelayedCall | None = None
        self.shed = 0
        self.late = 0

    def __len__(self) -> int:
        return len(self._pending)

    def ask(self, key: bytes, query: Query, answered: Told) -> str:
        """Start a lookup; "" if ``answered`` will be called, else why it will not."""
        if key in self._pending:
            return "lookup-pending"
        if len(self._pending) >= self._size:
            self.shed += 1
            return "too-many-lookups"
        self._pending[key] = pending = _Pending(key, self._seconds(), answered)
        if self._look_up is not None:
            pending.stop = self._look_up(query, partial(self._done, pending))
        else:
            deferred = maybeDeferred(self._source.lookup, query)
            pending.stop = deferred.cancel
            deferred.addBoth(partial(self._done, pending))
        if self._timer is None and self._pending:
            self._timer = self._reactor.callLater(self._deadline, self._expire)
        return ""

    def _done(self, pending: _Pending, found: Found | BaseException | Failure) -> None:
        answered, pending.answered = pending.answered, None
        # What ends the waiting holds this very function: such a ring would wait for the garbage collector.
        pending.stop = None
        if answered is not None:
            self._pending.pop(pending.key, None)
            answered((found.value or SourceError("no answer")) if isinstance(found, Failure) else found)

    def _expire(self) -> None:
        self._timer = None
        now = self._seconds()
        for pending in list(self._pending.values()):
            left = pending.at + self._deadline - now
            if left > 0:
                self._timer = self._reactor.callLater(left, self._expire)
                return
            self.late += 1
            stop = pending.stop
            self._done(pending, SourceError(f"no answer within {self._deadline:.0f} s", passing=True))
            if stop is not None:
                stop()
