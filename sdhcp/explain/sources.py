"""A source that is asked as the live one is, but for what that would leave behind in caches and counters."""

from collections.abc import Iterable
from math import inf
from typing import Any, cast

from twisted.internet.defer import Deferred, maybeDeferred
from zope.interface import Interface, directlyProvides

from ..backends.answers import checked
from ..backends.availability import State
from ..backends.cached import CachedSource
from ..backends.identified import IdentifiedSource
from ..interfaces import (
    UNKNOWN,
    BadReservation,
    Found,
    IDefinitionSource,
    IPeekable,
    IRefreshable,
    ISubnetSource,
    Kept,
    SourceError,
    Unknown,
)
from ..model import Definition, Query
from ..wire.describe import address
from .notes import Notes


def examined(source: IDefinitionSource, notes: Notes) -> IDefinitionSource:
    """The same source, for one packet, noting what it is asked and answers."""
    one: Any = source
    if isinstance(one, IdentifiedSource):
        return cast(IDefinitionSource, IdentifiedSource(examined(one._source, notes), one._identities))
    made = ExaminedCache(one, notes) if isinstance(one, CachedSource) else ExaminedSource(one, notes)
    return cast(IDefinitionSource, made)


class ExaminedSource:
    """A source that keeps nothing of what it is asked."""

    def __init__(self, source: Any, notes: Notes) -> None:
        self.name: str = source.name
        self._source = source
        self._notes = notes
        offered: tuple[type[Interface], ...] = (IPeekable, IRefreshable, ISubnetSource)
        directlyProvides(self, IDefinitionSource, *(one for one in offered if one.providedBy(source)))
        if ISubnetSource.providedBy(source):
            self.subnet_of = source.subnet_of

    def refresh(self) -> None:
        """As the source."""
        self._source.refresh()

    def settle(self) -> None:
        """As the source."""
        self._source.settle()

    def peek_refreshed(self, query: Query) -> Found | Unknown:
        """As the source."""
        return self._peeked(query, self._source.peek_refreshed)

    def peek(self, query: Query) -> Found | Unknown:
        """As the source."""
        return self._peeked(query, self._source.peek)

    def lookup(self, query: Query) -> "Deferred[Found]":
        """As the source."""
        return Deferred.fromCoroutine(self._noted(query))

    async def _noted(self, query: Query) -> Found:
        try:
            return await self._look_up(query)
        except SourceError as error:
            self._notes.add("source", f"{self.name} cannot tell about {query.key}: {error}")
            raise

    async def _look_up(self, query: Query) -> Found:
        found: Found = await maybeDeferred(self._source.lookup, query)
        self._tell(query, found, "")
        return found

    def _peeked(self, query: Query, peek: Any) -> Found | Unknown:
        try:
            found: Found | Unknown = peek(query)
        except SourceError as error:
            self._notes.add("source", f"{self.name} cannot tell about {query.key}: {error}")
            raise
        if found is not UNKNOWN:
            self._tell(query, found, "")
        return found

    def _tell(self, query: Query, found: Found, where: str) -> None:
        told_before = ", as its relay agent has told before" if query.remembered is not None else ""
        self._notes.link = f"the client is on the link of {address(query.link)}{told_before}"
        place = f"{where}, for {self.name}," if where else self.name
        several: Iterable[Definition] = (found,) if isinstance(found, Definition) else found or ()
        known = tuple(several)
        self._notes.found += known
        if not known:
            self._notes.add("source", f"{place} knows nobody as {query.key}")
            return
        told = [f"{address(one.ip)} in subnet {one.subnet}, serial {one.serial}" for one in known]
        if len(told) == 1:
            self._notes.add("source", f"{place} knows {query.key}: {told[0]}")
        else:
            self._notes.add("source", f"{place} knows {query.key} by {len(told)} reservations", *told)


class ExaminedCache(ExaminedSource):
    """A store behind a cache, past which it is asked as the cache would ask it: what it answers is not kept."""

    def _peeked(self, query: Query, peek: Any) -> Found | Unknown:
        source = self._source
        hits, stale = source.hits, source.stale
        try:
            found: Found | Unknown = peek(query)
            if found is not UNKNOWN:
                where = "memory, in the absence of the store" if source.stale > stale else "memory"
                self._tell(query, found, where)
            return found
        except SourceError as error:
            self._notes.add("source", f"{self.name} cannot tell about {query.key}: {error}")
            raise
        finally:
            source.hits, source.stale = hits, stale

    async def _look_up(self, query: Query) -> Found:
        source, key = self._source, query.key
        kept: Kept | None = None
        if source.cache is not None:
            kept = await source.cache.get(key)
            if kept is not None and self._holds(kept):
                self._tell(query, kept.found, source.cache.name)
                return kept.found
            state = "nothing that holds" if kept is not None else "nothing"
            self._notes.add("source", f"{source.cache.name} keeps {state} of {key}")
        try:
            if source._availability.state is State.AWAY:
                raise SourceError(source.problem())
            found: Found = await maybeDeferred(source._source.lookup, query)
            if type(found) is not Definition:
                found = checked(found, key)
        except BadReservation:
            raise
        except SourceError:
            old = self._old(key, kept)
            if old is None:
                raise
            self._tell(query, old, "what was kept before")
            return old
        self._tell(query, found, "")
        return found

    def _holds(self, kept: Kept) -> bool:
        source = self._source
        age = source._cache_age if kept.found else source._negative_age
        return bool(kept.age <= age and kept.age < inf and source._clock() - kept.age > source._cache_since)

    def _old(self, key: str, kept: Kept | None) -> Found:
        """What serves while the store fails; None for nothing."""
        source = self._source
        answer = source._answers.of(key)
        if answer is not None:
            return answer.found if source._clock() - answer.at <= source._stale_age else None
        return kept.found if kept is not None and kept.age <= source._stale_age else None
