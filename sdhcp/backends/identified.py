"""A source whose clients are known by something else than their hardware address."""

from collections.abc import Callable, Sequence

from twisted.internet.defer import Deferred
from zope.interface import directlyProvides, implementer, providedBy

from ..identity import Identity, keys
from ..interfaces import UNKNOWN, Found, IDefinitionSource, IPeekable, IRefreshable, Unknown
from ..model import Query

_Peek = Callable[[Query], Found | Unknown]


@implementer(IDefinitionSource)
class IdentifiedSource:
    """Asks a source for each thing that a client may be known by, in order; the first that is known counts.

    Provides what the source provides: what is not about one client is the source's own.
    """

    def __init__(self, source: IDefinitionSource, identities: Sequence[Identity]) -> None:
        self._source = source
        self._identities = tuple(identities)
        self.name: str = source.name
        if IPeekable.providedBy(source):
            self.peek = self._first(source.peek)
        if IRefreshable.providedBy(source):
            self.peek_refreshed = self._first(source.peek_refreshed)
        directlyProvides(self, providedBy(source))

    def __getattr__(self, name: str) -> object:
        return getattr(self._source, name)

    def _first(self, peek: _Peek) -> _Peek:
        def peek_each(query: Query) -> Found | Unknown:
            for key in keys(query, self._identities):
                found = peek(query.known_by(key))
                if found is UNKNOWN or found:
                    return found
            return None

        return peek_each

    def lookup(self, query: Query) -> "Deferred[Found]":
        """What the source knows of the first key that it knows."""
        return Deferred.fromCoroutine(self._look_up(query))

    async def _look_up(self, query: Query) -> Found:
        for key in keys(query, self._identities):
            found = await self._source.lookup(query.known_by(key))
            if found:
                return found
        return None
