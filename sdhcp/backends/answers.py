"""What a store has answered, in the process's memory, and whether it still holds."""

from collections.abc import Iterator, Sequence
from math import inf
from typing import Any, Final, NamedTuple

from ..interfaces import BadReservation, Found
from ..model import Definition
from ..recent import Recent
from .marks import Mark, Marks

STRANGERS: Final = 65_536
"""How many clients that nobody knows are remembered as such."""


class Answer(NamedTuple):
    """What was found for a client, asked for at a time; ``marks`` and ``holds`` say what has become of it."""

    found: Found
    at: float
    marks: tuple[Mark, ...]
    holds: bool = True


class Answers:
    """Answers by key, bounded.

    :param size: clients.
    :param age: seconds for which an answer is good that nobody would tell the change of; None if none is ever.
    :param negative_age: the same for the answer that a client is not known; 0 if that is not remembered.
    :ivar good_since: nothing that was asked for until then counts as good.
    :ivar certain: what is good until somebody tells otherwise, by key: part of what is kept, for :meth:`is_good`
        costs as much as all else that a packet needs of a cache.
    """

    def __init__(self, size: int, age: float | None, negative_age: float) -> None:
        self._age = -inf if age is None else age
        self._negative_age = negative_age
        self._table: Recent[Answer] = Recent(size)
        self._strangers: Recent[float] = Recent(STRANGERS)
        self.certain: dict[str, Found] = {}
        self._marks = Marks(all_lifted=self.certain.clear)
        self._watched_since = inf
        self.good_since = inf if age is None else -inf
        self.of = self._table.get
        """What was found for a client by its key, good or not; None for nothing."""

    def __len__(self) -> int:
        return len(self._table)

    def is_good(self, answer: Answer, now: float) -> bool:
        """Whether an answer is as good as the store's own."""
        _, at, marks, holds = answer
        if not holds or at <= self.good_since or (at <= self._watched_since and now - at > self._age):
            return False
        # A loop, since this is asked for each packet: all() would take as long as everything else.
        for mark in marks:
            if not mark.holds:
                return False
        return True

    def is_stranger(self, key: str, now: float) -> bool:
        """Whether it is as good as the store's own answer that a client is not known."""
        at = self._strangers.get(key)
        return at is not None and (at > self._watched_since or now - at <= self._negative_age)

    def keep(self, key: str, found: Found, at: float, holds: bool = True) -> Answer | None:
        """Keep what was found for a client that was asked for at a time; None if it is not known."""
        self.certain.pop(key, None)
        if not found:
            self._table.pop(key)
            if self._negative_age:
                self._strangers.put(key, at)
            return None
        answer = Answer(found, at, self._marks.of(found) if self._age >= 0 else (), holds)
        shed = self._table.shed
        self._table.put(key, answer)
        if self._table.shed != shed:
            self.certain.clear()
        self._strangers.pop(key)
        return answer

    def trust(self, key: str, answer: Answer) -> None:
        """Count a good answer among the :attr:`certain` ones, if any change would be told of."""
        if answer.at > self._watched_since:
            self.certain[key] = answer.found

    def watched_since(self, at: float) -> None:
        """From a time on every change is told of; infinite for never."""
        self._watched_since = at
        self.certain.clear()

    def changed(self, key: str) -> None:
        """What is kept of a client holds no longer."""
        self.certain.pop(key, None)
        answer = self._table.get(key)
        if answer is not None:
            self._table.put(key, answer._replace(holds=False))
        self._strangers.pop(key)

    def subnet_changed(self, subnet: str, serial: int) -> None:
        """What is kept of a subnet's clients holds no longer; a stranger may have been one of them."""
        self.certain.clear()
        self._marks.lift(subnet, serial)
        self._forget_strangers()

    def all_changed(self, now: float) -> None:
        """Nothing that is kept holds any longer."""
        self.certain.clear()
        self.good_since = max(self.good_since, now)
        self._forget_strangers()

    def shed(self) -> Iterator[tuple[str, int]]:
        """What the tables have let go of."""
        yield "clients whose last answers are kept (CACHE_SIZE)", self._table.shed
        yield "strangers remembered as such", self._strangers.shed
        yield "times all subnets that are told apart in the cache", self._marks.shed

    def _forget_strangers(self) -> None:
        strangers: Recent[float] = Recent(STRANGERS)
        strangers.shed = self._strangers.shed
        self._strangers = strangers


def checked(found: Any, key: str) -> Found:
    """What a source gave for a client, if it is something that a client can be given.

    :raises BadReservation: if it is not.
    """
    if not found:
        return None
    if isinstance(found, Definition):
        return found
    if isinstance(found, Sequence) and all(isinstance(one, Definition) for one in found):
        return tuple(found)
    what = f"{key}: the answer is a value of type {type(found).__name__}"
    raise BadReservation(what, "expected a definition, several of them, or None")
