"""Questions that a store is being asked, and who waits for their answers."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from math import inf
from typing import Any, Final

from twisted.internet.defer import Deferred

from ..interfaces import Answered, Found, Kept, SourceError
from ..model import Query

MOST: Final = 4096
"""Questions under way; more are refused."""


class Question:
    """A question about one client.

    :ivar at: when it came up; :ivar asked: when it was put to the store, infinite if it was not yet.
    :ivar stop: ends the waiting for what it waits for.
    :ivar kept: what the cache behind the process's memory had.
    :ivar spoilt: whether something was changed since, so that its answer is not kept.
    :ivar closed: whether it is over.
    """

    __slots__ = ("_waiting", "asked", "at", "closed", "kept", "key", "query", "spoilt", "stop")

    def __init__(self, query: Query, at: float) -> None:
        self.query = query
        self.key = query.key
        self.at = at
        self.asked = inf
        self.stop: Callable[[], Any] | None = None
        self.kept: Kept | None = None
        self.spoilt = False
        self.closed = False
        self._waiting: list[Answered] = []

    def listen(self, answered: Answered) -> None:
        """One more who waits for the answer."""
        self._waiting.append(answered)

    @property
    def waiting(self) -> int:
        """How many wait for the answer."""
        return len(self._waiting)

    def answer(self, found: Found | SourceError) -> None:
        """Give an answer to all who wait, or tell them that there is none."""
        waiting, self._waiting = self._waiting, []
        for answered in waiting:
            answered(found)

    def cancel(self) -> None:
        """Wait for nothing any longer; what was waited for may end at once, and the question go on."""
        self.taken()()

    def taken(self) -> Callable[[], None]:
        """What cancels, for when the question is over already."""
        stop, self.stop = self.stop, None

        def cancel() -> None:
            if stop is not None:
                # A site's source may fail even at this, and the others wait.
                with suppress(Exception):
                    stop()

        return cancel

    def leave(self, answered: Answered) -> None:
        """Somebody does not wait any longer."""
        if answered in self._waiting:
            self._waiting.remove(answered)


def fire(deferred: "Deferred[Found]", found: Found | SourceError) -> None:
    """Give a Deferred its answer, unless it has one: what one of those who wait does may end the waiting of another."""
    if deferred.called:
        return
    if isinstance(found, SourceError):
        deferred.errback(found)
    else:
        deferred.callback(found)


class Questions:
    """All that are under way, in the order in which they came up.

    :ivar shed: how many were refused.
    """

    def __init__(self, clock: Callable[[], float], most: int = MOST) -> None:
        self._clock = clock
        self._most = most
        self._all: dict[Question, None] = {}
        self._by_key: dict[str, Question] = {}
        self.shed = 0

    def __len__(self) -> int:
        return len(self._all)

    def __contains__(self, key: str) -> bool:
        return key in self._by_key

    def __iter__(self) -> Iterator[Question]:
        return iter(list(self._all))

    @property
    def full(self) -> bool:
        """Whether there are too many for another; each time is counted."""
        if len(self._all) < self._most:
            return False
        self.shed += 1
        return True

    def of(self, key: str) -> Question | None:
        """The question about a client whose answer is as good as that to a new one."""
        return self._by_key.get(key)

    def open(self, question: Question) -> None:
        """One more is under way."""
        self._all[question] = None
        self._by_key[question.key] = question

    def close(self, question: Question) -> None:
        """One is over."""
        question.closed = True
        # It holds who waits for it, who holds the question: such a ring would wait for the garbage collector.
        question.stop = None
        self._all.pop(question, None)
        if self._by_key.get(question.key) is question:
            del self._by_key[question.key]

    def spoil(self, key: str) -> None:
        """A client was changed: who waits already gets the answer, who asks from now on does not."""
        question = self._by_key.pop(key, None)
        if question is not None:
            question.spoilt = True

    def spoil_all(self) -> None:
        """The same for all clients."""
        for question in self._by_key.values():
            question.spoilt = True
        self._by_key.clear()
