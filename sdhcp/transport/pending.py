"""Questions that are under way: a bounded table, and one timer for all of them."""

import heapq
from collections.abc import Callable, Hashable
from typing import Final

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime

from ..interfaces import NOT_PROBED, Probed

_SLACK: Final = 64
"""Ended questions that may stand among the waiting ones before they are cleared away."""


class _Question:
    """One question; ``ask`` sends it and tells whether that worked, and is None once it was repeated."""

    __slots__ = ("ask", "client", "deferred", "ends", "key", "waits")

    def __init__(
        self, key: Hashable, ends: float, ask: Callable[[], bool], client: bytes, deferred: "Deferred[Probed]"
    ) -> None:
        self.key = key
        self.ends = ends
        self.ask: Callable[[], bool] | None = ask
        self.client = client
        self.deferred = deferred
        self.waits = True


class PendingQuestions:
    """Asks, asks again after half the time, and ends each question when it is answered or its time is over.

    :param most: how many there may be at a time.
    """

    def __init__(self, reactor: IReactorTime, most: int) -> None:
        self._reactor = reactor
        self._most = most
        self._by_key: dict[Hashable, list[_Question]] = {}
        self._count = 0
        self._due: list[tuple[float, int, _Question]] = []
        self._order = 0
        self._timer: IDelayedCall | None = None

    @property
    def full(self) -> bool:
        """Whether there is no room for another question."""
        return self._count >= self._most

    def add(self, key: Hashable, timeout: float, ask: Callable[[], bool], client: bytes) -> "Deferred[Probed]":
        """Ask; the Deferred fires with the answer, None after ``timeout`` seconds, NOT_PROBED if it cannot be asked.

        :param key: what an answer is recognised by; several questions may have the same.
        :param client: the hardware address whose answer does not count.
        """
        deferred: Deferred[Probed] = Deferred(lambda _: self._remove(question))
        now = self._reactor.seconds()
        question = _Question(key, now + timeout, ask, client, deferred)
        if not ask():
            deferred.callback(NOT_PROBED)
            return deferred
        self._by_key.setdefault(key, []).append(question)
        self._count += 1
        self._put(now + timeout / 2, question)
        self._set_timer()
        return deferred

    def answered(self, key: Hashable, hardware: bytes) -> None:
        """Somebody has answered; questions of the client who did go on."""
        for question in list(self._by_key.get(key, ())):
            if question.waits and (not hardware or question.client != hardware):
                self._end(question, hardware)

    def end(self) -> None:
        """End all questions with NOT_PROBED."""
        for questions in list(self._by_key.values()):
            for question in list(questions):
                if question.waits:
                    self._end(question, NOT_PROBED)
        self._due = []
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _put(self, at: float, question: _Question) -> None:
        if len(self._due) > 2 * self._count + _SLACK:
            self._due = [entry for entry in self._due if entry[2].waits]
            heapq.heapify(self._due)
        self._order += 1
        heapq.heappush(self._due, (at, self._order, question))

    def _set_timer(self) -> None:
        if not self._due:
            return
        first = self._due[0][0]
        if self._timer is None:
            self._timer = self._reactor.callLater(max(0.0, first - self._reactor.seconds()), self._look)
        elif first < self._timer.getTime():
            self._timer.reset(max(0.0, first - self._reactor.seconds()))

    def _look(self) -> None:
        self._timer = None
        now = self._reactor.seconds()
        while self._due and self._due[0][0] <= now:
            question = heapq.heappop(self._due)[2]
            if question.waits:
                self._go_on(question)
        self._set_timer()

    def _go_on(self, question: _Question) -> None:
        ask, question.ask = question.ask, None
        if ask is None:
            self._end(question, None)
        elif ask():
            self._put(question.ends, question)
        else:
            self._end(question, NOT_PROBED)

    def _end(self, question: _Question, answer: Probed) -> None:
        self._remove(question)
        question.deferred.callback(answer)

    def _remove(self, question: _Question) -> None:
        question.waits = False
        questions = self._by_key[question.key]
        questions.remove(question)
        if not questions:
            del self._by_key[question.key]
        self._count -= 1
