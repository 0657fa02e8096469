"""What a store has answered, kept in front of it: to spare it, and for the time when it is slow or away."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from math import inf
from typing import Any, Final

from twisted.internet.defer import Deferred, DeferredList, maybeDeferred, succeed
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall
from twisted.python.failure import Failure
from zope.interface import alsoProvides, implementer

from ..config.settings import CacheSettings
from ..interfaces import (
    UNKNOWN,
    Answered,
    BadReservation,
    ClientFailed,
    Found,
    ICache,
    ICallsBack,
    IChanges,
    IConfirms,
    IDefinitionSource,
    IEnumerableSource,
    IHealth,
    ILayered,
    IPeekable,
    IRefreshable,
    IReloadable,
    IRemoteSource,
    ISearchableSource,
    ISheds,
    ISubnetSource,
    ITellsChanges,
    IWarns,
    Kept,
    SourceError,
    Unknown,
)
from ..model import Definition, Query
from .answers import Answers, checked
from .availability import Availability, State
from .probes import DEADLINE, Probes, error_of, too_late
from .questions import Question, Questions, fire

_TICK: Final = 0.02
_APART: Final = 0.001
"""Seconds by which an entry of the cache has to be younger than a change: times are rounded on their way there."""
_RENEWALS: Final = 32
"""Questions under way up to which a slow store is asked anew for clients that have been served already."""


@implementer(IRemoteSource, ICallsBack, IPeekable, IHealth, ILayered, IReloadable, IChanges, ISheds)
class CachedSource:
    """A source with a memory.

    With ``settings.enabled`` an answer is good until the store tells that it was changed, or for
    ``settings.age`` seconds where it cannot tell; without, the store is asked for every packet. In both cases
    clients that were found before get their last answer while the store is slow or away, if
    ``settings.stale`` is on, and others wait or meet a :class:`SourceError`.

    :param reactor: times questions and probes.
    :param clock: seconds of a monotonic clock.
    :param cache: a second place to keep answers in, behind the process's own memory.
    :param wall: the time of day, as seconds since the epoch.
    :ivar count: gives how many clients' answers are in memory.
    :ivar hits: answers from memory that were as good as the store's; :ivar stale: answers given in its absence.
    """

    def __init__(
        self,
        source: IDefinitionSource,
        settings: CacheSettings,
        reactor: IReactorTime,
        clock: Callable[[], float],
        cache: ICache | None = None,
        wall: Callable[[], datetime] = datetime.now,
    ) -> None:
        self.name: str = source.name
        self.hits = self.stale = 0
        self._source = source
        self._settings = settings
        self._clock = clock
        self._wall, self.cache = wall, cache
        in_memory = settings.enabled and settings.model != "memcached"
        self._cache_age = settings.age if settings.enabled else 0.0
        self._negative_age = settings.negative_age if settings.enabled else 0.0
        self._stale_age = settings.stale_age if settings.stale else -1.0
        self._availability = Availability(clock)
        self._answers = Answers(settings.size, settings.age if in_memory else None, self._negative_age)
        self.count = self._answers.__len__
        self._certain = self._answers.certain.get
        self._cache_since = -inf
        self._questions = Questions(clock)
        probe = source.probe if IRemoteSource.providedBy(source) else None
        self._probes = Probes(probe, self._availability, clock, reactor)
        self._look_up = source.look_up if ICallsBack.providedBy(source) else None
        self._looping = LoopingCall(self._look)
        self._looping.clock = reactor
        if ITellsChanges.providedBy(source) and settings.enabled:
            source.tell(self)
            self.refresh = source.hear
            self.peek_refreshed = self.peek
            alsoProvides(self, IRefreshable)
            if IConfirms.providedBy(source):
                self.confirm = source.confirm
                alsoProvides(self, IConfirms)
        if IWarns.providedBy(source):
            alsoProvides(self, IWarns)
        for kind in (ISubnetSource, IEnumerableSource, ISearchableSource):
            if kind.providedBy(source):
                for method in kind.names():
                    setattr(self, method, getattr(source, method))
                alsoProvides(self, kind)

    @property
    def warnings(self) -> Sequence[str]:
        """As the source's; none if it has no way to warn."""
        return self._source.warnings if IWarns.providedBy(self._source) else ()

    def start(self) -> None:
        """Start the source and the cache behind this one."""
        for part in (self.cache, self._source):
            if ICache.providedBy(part) or IRemoteSource.providedBy(part):
                part.start()
        self._looping.start(_TICK, now=False)
        # A store that is away from the start is told of before a client asks.
        self._probes.doubt()

    def stop(self) -> "Deferred[None]":
        """Stop both; fires when they have stopped."""
        if self._looping.running:
            self._looping.stop()
        self._probes.stop()
        for question in self._questions:
            cancel = question.taken()
            self._questions.close(question)
            question.answer(SourceError("the server stops", passing=True))
            cancel()
        parts = (self._source, self.cache)
        stopping = [
            maybeDeferred(part.stop) for part in parts if ICache.providedBy(part) or IRemoteSource.providedBy(part)
        ]
        return DeferredList(stopping, consumeErrors=True).addCallback(lambda _: None)

    def probe(self) -> "Deferred[None]":
        """As the source; at once if it has no way to be probed."""
        return self._source.probe() if IRemoteSource.providedBy(self._source) else succeed(None)

    def settle(self) -> None:
        """Nothing is held."""

    def peek(self, query: Query) -> Found | Unknown:
        """The answer that is kept, if it is good, or good enough for a time like this; else UNKNOWN.

        :raises SourceError: if the store is away and nothing is kept about the client.
        """
        found = self._certain(query.key)
        if found is not None:
            self.hits += 1
            return found
        return self._peek(query)

    def _peek(self, query: Query) -> Found | Unknown:
        state = self._availability.state
        if state is State.WELL and not self._settings.enabled:
            return UNKNOWN
        key = query.key
        now = self._clock()
        answer = self._answers.of(key)
        if answer is not None:
            if self._answers.is_good(answer, now):
                self.hits += 1
                self._answers.trust(key, answer)
                return answer.found
        elif self._answers.is_stranger(key, now):
            self.hits += 1
            return None
        if state is State.WELL:
            return UNKNOWN
        if answer is not None and now - answer.at <= self._stale_age:
            self.stale += 1
            if state is State.SLOW and key not in self._questions and len(self._questions) < _RENEWALS:
                # However long the store stays slow, what was changed is to count in the end.
                self._begin(Question(query, now))
            return answer.found
        if state is State.AWAY and self.cache is None:
            raise SourceError(self.problem())
        return UNKNOWN

    def lookup(self, query: Query) -> "Deferred[Found]":
        """Ask the store, unless the cache behind this one has a good answer.

        The Deferred fails with :class:`SourceError` if it is away and nothing is kept about the client.
        """
        waiting: Deferred[Found] = Deferred(lambda _: leave())
        leave = self.look_up(query, partial(fire, waiting))
        return waiting

    def look_up(self, query: Query, answered: Answered) -> Callable[[], None]:
        """As :meth:`lookup` with a function that is called; what is returned ends the waiting."""
        question = self._questions.of(query.key)
        if question is not None:
            question.listen(answered)
        elif self._questions.full:
            answered(SourceError(f"{len(self._questions)} questions wait for an answer", passing=True))
            return _nothing
        else:
            question = Question(query, self._clock())
            question.listen(answered)
            self._begin(question)
        return partial(question.leave, answered)

    def watched(self, yes: bool) -> None:
        """From now on the store tells what is changed, or it does so no longer."""
        self._answers.watched_since(self._clock() if yes else inf)
        self._questions.spoil_all()
        if not yes and self._looping.running:
            # While all answers are good nobody would notice that the store has gone.
            self._probes.doubt()

    def changed(self, key: str) -> None:
        """What is kept of a client holds no longer."""
        self._answers.changed(key)
        self._questions.spoil(key)
        if self.cache is not None:
            self.cache.drop(key)

    def subnet_changed(self, subnet: str, serial: int) -> None:
        """What is kept of a subnet's clients holds no longer; a stranger may have been one of them."""
        self._answers.subnet_changed(subnet, serial)
        self._cache_since = self._clock()
        self._questions.spoil_all()

    def all_changed(self) -> None:
        """Nothing that is kept holds any longer, though it serves while the store is away."""
        self._cache_since = now = self._clock()
        self._answers.all_changed(now)
        self._questions.spoil_all()

    def reload(self) -> "Deferred[None]":
        """Ask the store anew for everybody; fires when the source, if it can be reloaded, has been."""
        self.all_changed()
        if not IReloadable.providedBy(self._source):
            return succeed(None)
        return self._source.reload().addBoth(self._reloaded)

    def problem(self) -> str:
        """What is wrong with the store, since when, and how many clients are served without it."""
        problem = self._availability.sentence(self._wall, self._served())
        return problem.replace(f": {self.name}: ", ": ", 1)

    def layers(self) -> Iterator[ICache]:
        """The cache, if there is one."""
        if self.cache is not None:
            yield self.cache

    def shed(self) -> Iterator[tuple[str, int]]:
        """What the tables have let go of."""
        yield from self._answers.shed()
        yield "questions while too many were under way", self._questions.shed
        for part in (self._source, self.cache):
            if ISheds.providedBy(part):
                yield from part.shed()

    def _served(self) -> str:
        if not self._settings.stale:
            kept = "but those whose answers are good still " if self._settings.enabled else ""
            return f"serving nobody {kept}(STALE_ANSWERS is off)"
        return f"serving {max(len(self._answers), *(layer.count() for layer in self.layers()), 0)} cached clients"

    def _reloaded(self, result: Any) -> Any:
        # What was asked for meanwhile may be as it was before.
        self.all_changed()
        return result

    def _begin(self, question: Question) -> None:
        self._questions.open(question)
        if self.cache is None:
            self._ask(question)
            return
        kept = self.cache.get(question.key)
        question.stop = kept.cancel
        kept.addBoth(self._from_cache, question)

    def _from_cache(self, kept: Kept | Failure | None, question: Question) -> None:
        if isinstance(kept, Kept) and not question.closed:
            question.kept = kept
            at = question.at - kept.age
            age = self._cache_age if kept.found else self._negative_age
            # Of an answer whose age nobody knows, nobody knows either whether it holds.
            if kept.age <= age and kept.age < inf and at > self._cache_since + _APART and not question.spoilt:
                self._questions.close(question)
                self._answers.keep(question.key, kept.found, at)
                self.hits += 1
                question.answer(kept.found)
                return
        self._ask(question)

    def _ask(self, question: Question) -> None:
        if question.closed:
            return
        if self._availability.state is State.AWAY:
            self._questions.close(question)
            self._fail(question, SourceError(self.problem()))
            return
        question.asked = self._clock()
        if self._look_up is not None:
            question.stop = self._look_up(question.query, partial(self._came, question))
            return
        inner = maybeDeferred(self._source.lookup, question.query)
        question.stop = inner.cancel
        inner.addCallbacks(partial(self._came, question), lambda failure: self._ended(error_of(failure), question))

    def _came(self, question: Question, found: Any) -> None:
        """Take what the source gave."""
        if question.closed:
            return
        if type(found) is not Definition:
            if isinstance(found, SourceError):
                self._ended(found, question)
                return
            try:
                found = checked(found, question.key)
            except BadReservation as error:
                self._ended(error, question)
                return
        self._questions.close(question)
        self._availability.answered(question.asked)
        if not question.spoilt:
            known = question.kept is not None or self._answers.of(question.key) is not None
            self._answers.keep(question.key, found, question.asked)
            if self.cache is not None:
                if found:
                    self.cache.put(question.key, found)
                elif known:
                    self.cache.drop(question.key)
        question.answer(found)

    def _ended(self, error: SourceError, question: Question) -> None:
        if question.closed:
            return
        self._questions.close(question)
        if isinstance(error, BadReservation):
            self._availability.answered(question.asked)
            question.answer(error)
            return
        if not error.passing:
            if isinstance(error, ClientFailed):
                if self._answers.of(question.key) is not None:
                    self._availability.failed_for(question.key, error, question.asked)
            else:
                self._availability.failed(error, question.asked)
            if self._availability.state is State.AWAY:
                error = SourceError(self.problem())
        self._fail(question, error)

    def _fail(self, question: Question, error: SourceError) -> None:
        """Answer with what is kept, or fail."""
        if not self._relieve(question):
            question.answer(error)

    def _relieve(self, question: Question) -> bool:
        """Whether what is kept could be given to those who wait."""
        answer = self._answers.of(question.key)
        if answer is None and question.kept is not None and question.kept.found:
            # It was not good enough before, and is not now.
            answer = self._answers.keep(question.key, question.kept.found, question.at - question.kept.age, False)
        if answer is None or self._clock() - answer.at > self._stale_age:
            return False
        self.stale += question.waiting
        question.answer(answer.found)
        return True

    def _look(self) -> None:
        """See which questions have waited too long, and whether a store that was not well is again."""
        now = self._clock()
        for question in self._questions:
            if now - question.at < self._availability.patience:
                break
            if question.asked == inf:
                # The cache is slow: the store, if it is there, may be quicker.
                if self._availability.state is not State.AWAY or now - question.at >= DEADLINE - _TICK:
                    question.cancel()
                continue
            if now - question.asked >= self._availability.patience:
                self._availability.overdue(question.asked)
            self._relieve(question)
            # A tick early: who gives up waiting as long is told what is wrong.
            if now - question.at >= DEADLINE - _TICK:
                question.cancel()
                self._ended(too_late(), question)
        self._probes.look(now)


def _nothing() -> None:
    """Nothing waits."""
