"""What a store has answered, kept in front of it: to spare it, and for the time when it is slow or away."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from math import inf
from typing import Any, Final, NamedTuple

from twisted.internet.defer import CancelledError, Deferred, DeferredList, maybeDeferred, succeed
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall
from twisted.python.failure import Failure
from zope.interface import alsoProvides, implementer

from ..config.settings import CacheSettings
from ..interfaces import (
    UNKNOWN,
    BadReservation,
    Found,
    ICache,
    IChanges,
    IDefinitionSource,
    IEnumerableSource,
    IHealth,
    IPeekable,
    IRefreshable,
    IReloadable,
    IRemoteSource,
    ISheds,
    ISubnetSource,
    ITellsChanges,
    IWarns,
    Kept,
    SourceError,
    Unknown,
)
from ..model import Query
from ..recent import Recent
from .availability import SLOW, Availability, State
from .marks import Mark, Marks

DEADLINE: Final = 4.0
"""Seconds after which a question to the store is given up: its client has asked again."""
PROBE: Final = 1.0
"""Seconds between two probes of a store that is not well."""
_PROBES: Final = 4
_TICK: Final = 0.1
STRANGERS: Final = 65_536
"""How many clients that nobody knows are remembered as such."""


class _Entry(NamedTuple):
    found: Found
    at: float
    marks: tuple[Mark, ...]
    holds: bool = True


class _Question:
    """A question that the store has been asked."""

    __slots__ = ("at", "inner", "kept", "key", "late", "spoilt", "waiting")

    def __init__(self, key: str, at: float) -> None:
        self.key = key
        self.at = at
        self.waiting: list[Deferred[Found]] = []
        self.inner: Deferred[Any] | None = None
        self.kept: Kept | None = None
        self.spoilt = False
        self.late = False


@implementer(IRemoteSource, IPeekable, IHealth, IReloadable, IChanges, ISheds)
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
        self._wall = wall
        self._cache = cache
        in_memory = settings.enabled and settings.model != "memcached"
        self._age = settings.age if in_memory else 0.0
        self._cache_age = settings.age if settings.enabled else 0.0
        self._negative_age = settings.negative_age if settings.enabled else 0.0
        self._stale_age = settings.stale_age if settings.stale else -1.0
        self._availability = Availability(clock)
        self._table: Recent[_Entry] = Recent(settings.size)
        self._strangers: Recent[float] = Recent(STRANGERS)
        self._marks = Marks()
        self._open: dict[str, _Question] = {}
        self._good_since = -inf
        self._watched_since = inf
        self._probes = 0
        self._probed_at = -inf
        self._looping = LoopingCall(self._look)
        self._looping.clock = reactor
        if ITellsChanges.providedBy(source) and in_memory:
            source.tell(self)
            self.refresh = source.hear
            self.peek_refreshed = self.peek
            alsoProvides(self, IRefreshable)
        if IWarns.providedBy(source):
            alsoProvides(self, IWarns)
        if ISubnetSource.providedBy(source):
            self.subnet_of = source.subnet_of
            alsoProvides(self, ISubnetSource)
        if IEnumerableSource.providedBy(source):
            self.reservations = source.reservations
            alsoProvides(self, IEnumerableSource)

    @property
    def warnings(self) -> Sequence[str]:
        """As the source's; none if it has no way to warn."""
        return self._source.warnings if IWarns.providedBy(self._source) else ()

    def start(self) -> None:
        """Start the source and the cache behind this one."""
        for part in (self._cache, self._source):
            if ICache.providedBy(part) or IRemoteSource.providedBy(part):
                part.start()
        self._looping.start(_TICK, now=False)

    def stop(self) -> "Deferred[None]":
        """Stop both; fires when they have stopped."""
        if self._looping.running:
            self._looping.stop()
        parts = (self._source, self._cache)
        stopping = [part.stop() for part in parts if ICache.providedBy(part) or IRemoteSource.providedBy(part)]
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
        key = query.key
        state = self._availability.state
        if self._age or self._negative_age:
            now = self._clock()
            entry = self._table.get(key)
            if entry is not None:
                if self._is_good(entry, now):
                    self.hits += 1
                    return entry.found
            elif self._is_stranger(key, now):
                self.hits += 1
                return None
        elif state is State.WELL:
            return UNKNOWN
        else:
            now = self._clock()
            entry = self._table.get(key)
        if state is State.WELL:
            return UNKNOWN
        if entry is not None and now - entry.at <= self._stale_age:
            self.stale += 1
            return entry.found
        if state is State.AWAY and self._cache is None:
            raise SourceError(self.problem())
        return UNKNOWN

    def lookup(self, query: Query) -> "Deferred[Found]":
        """Ask the store, unless the cache behind this one has a good answer.

        The Deferred fails with :class:`SourceError` if it is away and nothing is kept about the client.
        """
        key = query.key
        question = self._open.get(key)
        if question is not None:
            waiting: Deferred[Found] = Deferred(question.waiting.remove)
            question.waiting.append(waiting)
            return waiting
        self._open[key] = question = _Question(key, self._clock())
        waiting = Deferred(question.waiting.remove)
        question.waiting.append(waiting)
        if self._cache is not None:
            question.inner = kept = self._cache.get(key)
            kept.addBoth(self._from_cache, question, query)
        else:
            self._ask(question, query)
        return waiting

    def watched(self, yes: bool) -> None:
        """From now on the store tells what is changed, or it does so no longer."""
        self._watched_since = self._clock() if yes else inf
        self._spoil_all()

    def changed(self, key: str) -> None:
        """What is kept of a client holds no longer."""
        entry = self._table.get(key)
        if entry is not None:
            self._table.put(key, entry._replace(holds=False))
        self._strangers.pop(key)
        question = self._open.get(key)
        if question is not None:
            question.spoilt = True
        if self._cache is not None:
            self._cache.drop(key)

    def subnet_changed(self, subnet: str, serial: int) -> None:
        """What is kept of a subnet's clients holds no longer; a stranger may have been one of them."""
        self._marks.lift(subnet, serial)
        self._strangers = Recent(STRANGERS)
        self._spoil_all()

    def all_changed(self) -> None:
        """Nothing that is kept holds any longer, though it serves while the store is away."""
        self._good_since = self._clock()
        self._strangers = Recent(STRANGERS)
        self._spoil_all()

    def reload(self) -> "Deferred[None]":
        """Ask the store anew for everybody; fires when the source, if it can be reloaded, has been."""
        self.all_changed()
        return self._source.reload() if IReloadable.providedBy(self._source) else succeed(None)

    def problem(self) -> str:
        """What is wrong with the store, since when, and how many clients are served without it."""
        availability = self._availability
        problem = availability.problem()
        if not problem or availability.since is None:
            return self._cache.problem() if self._cache is not None else ""
        since = datetime.fromtimestamp(self._wall().timestamp() - (self._clock() - availability.since))
        kept = max(len(self._table), self._cache.count() if self._cache is not None else 0)
        served = f"serving {kept} cached clients" if self._settings.stale else "serving nobody (STALE_ANSWERS is off)"
        what = "unavailable" if availability.state is State.AWAY else "slow"
        return f"source {what} since {since:%H:%M:%S}, {served}: {problem}"

    def shed(self) -> Iterator[tuple[str, int]]:
        """What the tables have let go of."""
        yield "clients whose last answers are kept (CACHE_SIZE)", self._table.shed
        yield "strangers remembered as such", self._strangers.shed
        yield "times all subnets that are told apart in the cache", self._marks.shed

    def _is_good(self, entry: _Entry, now: float) -> bool:
        if not entry.holds or entry.at < self._good_since:
            return False
        if entry.at < self._watched_since and now - entry.at > self._age:
            return False
        return all(mark.holds for mark in entry.marks)

    def _is_stranger(self, key: str, now: float) -> bool:
        at = self._strangers.get(key)
        return at is not None and (at >= self._watched_since or now - at <= self._negative_age)

    def _from_cache(self, kept: Kept | Failure | None, question: _Question, query: Query) -> None:
        question.inner = None
        if isinstance(kept, Kept):
            question.kept = kept
            at = question.at - kept.age
            if kept.age <= self._cache_age and at >= self._good_since and not question.spoilt:
                self._close(question)
                self._keep(question.key, kept.found, at)
                self.hits += 1
                self._answer(question, kept.found)
                return
        if question.late:
            self._close(question)
            self._fail(question, SourceError(f"no answer within {DEADLINE:.0f} s"))
        else:
            self._ask(question, query)

    def _ask(self, question: _Question, query: Query) -> None:
        if self._availability.state is State.AWAY:
            self._close(question)
            self._fail(question, SourceError(self.problem()))
            return
        question.inner = inner = maybeDeferred(self._source.lookup, query)
        inner.addCallbacks(self._found, self._not_found, (question,), {}, (question,))

    def _found(self, found: Found, question: _Question) -> None:
        self._close(question)
        self._availability.answered(self._clock() - question.at)
        if not question.spoilt:
            self._keep(question.key, found, question.at)
            if self._cache is not None:
                if found:
                    self._cache.put(question.key, found)
                elif question.kept is not None:
                    self._cache.drop(question.key)
        self._answer(question, found)

    def _not_found(self, failure: Failure, question: _Question) -> None:
        self._close(question)
        error = failure.value
        if isinstance(error, BadReservation):
            self._availability.answered(self._clock() - question.at)
            for deferred in self._released(question):
                deferred.errback(error)
            return
        if isinstance(error, CancelledError):
            error = SourceError(f"no answer within {DEADLINE:.0f} s", "see what keeps it busy, or cut off")
        elif not isinstance(error, SourceError):
            error = SourceError(f"cannot be asked: {type(error).__name__}: {failure.getErrorMessage()}")
        if not error.passing:
            self._availability.failed(error)
            error = SourceError(self.problem())
        self._fail(question, error)

    def _close(self, question: _Question) -> None:
        if self._open.get(question.key) is question:
            del self._open[question.key]

    def _answer(self, question: _Question, found: Found) -> None:
        for deferred in self._released(question):
            deferred.callback(found)

    def _released(self, question: _Question) -> "list[Deferred[Found]]":
        waiting, question.waiting[:] = list(question.waiting), []
        return waiting

    def _fail(self, question: _Question, error: SourceError) -> None:
        """Answer with what is kept, or fail."""
        if not self._relieve(question):
            for deferred in self._released(question):
                deferred.errback(error)

    def _relieve(self, question: _Question) -> bool:
        """Whether what is kept could be given to those who wait."""
        now = self._clock()
        entry = self._table.get(question.key)
        if entry is None and question.kept is not None and question.kept.found:
            entry = self._keep(question.key, question.kept.found, now - question.kept.age)
        if entry is None or now - entry.at > self._stale_age:
            return False
        self.stale += len(question.waiting)
        self._answer(question, entry.found)
        return True

    def _keep(self, key: str, found: Found, at: float) -> _Entry | None:
        if not found:
            self._table.pop(key)
            if self._negative_age:
                self._strangers.put(key, at)
            return None
        entry = _Entry(found, at, self._marks.of(found) if self._age else ())
        self._table.put(key, entry)
        return entry

    def _spoil_all(self) -> None:
        for question in self._open.values():
            question.spoilt = True

    def _look(self) -> None:
        """See which questions have waited too long, and whether a store that was not well is again."""
        now = self._clock()
        for question in list(self._open.values()):
            waited = now - question.at
            if waited < SLOW:
                break
            self._availability.overdue()
            self._relieve(question)
            if waited >= DEADLINE and question.inner is not None:
                question.late = True
                question.inner.cancel()
        state = self._availability.state
        if state is not State.WELL and self._probes < _PROBES and now - self._probed_at >= PROBE:
            self._probed_at = now
            self._probes += 1
            probe = self.probe().addTimeout(DEADLINE, self._looping.clock)
            probe.addBoth(self._probed, now)

    def _probed(self, result: Failure | None, began: float) -> None:
        self._probes -= 1
        if not isinstance(result, Failure):
            self._availability.answered(self._clock() - began)
        elif isinstance(result.value, SourceError):
            self._availability.failed(result.value)
