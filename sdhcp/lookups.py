"""Lookups that are under way in sources that cannot answer at once: how many, how long."""

from collections.abc import Callable
from typing import Final, Protocol

from twisted.internet.defer import TimeoutError, maybeDeferred
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure

from .interfaces import Found, IDefinitionSource
from .model import Query

PENDING: Final = 1024
"""How many clients may be looked up at a time."""
DEADLINE: Final = 4.0
"""Seconds after which an answer is of no use, because its client has asked again."""


class Answered(Protocol):
    """Called with what a lookup found, or with the failure that ended it."""

    def __call__(self, found: Found | Failure) -> None:
        """Take what was found."""


class Lookups:
    """One lookup per client at a time, a bounded number in all, each with a deadline.

    :ivar shed: packets that were refused because too many lookups were under way.
    :ivar late: answers that came after the deadline.
    """

    def __init__(
        self, source: IDefinitionSource, reactor: IReactorTime, size: int = PENDING, deadline: float = DEADLINE
    ) -> None:
        self._source = source
        self._reactor = reactor
        self._size = size
        self._deadline = deadline
        self._pending: set[bytes] = set()
        self.shed = 0
        self.late = 0

    def ask(self, key: bytes, query: Query, answered: Answered) -> str:
        """Start a lookup; "" if ``answered`` will be called, else why it will not."""
        if key in self._pending:
            return "lookup-pending"
        if len(self._pending) >= self._size:
            self.shed += 1
            return "too-many-lookups"
        self._pending.add(key)
        deferred = maybeDeferred(self._source.lookup, query)
        deferred.addTimeout(self._deadline, self._reactor)
        deferred.addBoth(self._done, key, answered)
        return ""

    def _done(self, found: Found | Failure, key: bytes, answered: Callable[[Found | Failure], None]) -> None:
        self._pending.discard(key)
        if isinstance(found, Failure) and isinstance(found.value, TimeoutError):
            self.late += 1
        answered(found)
