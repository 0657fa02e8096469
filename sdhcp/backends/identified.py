"""A source whose clients are known by something else than their hardware address."""

from collections.abc import Callable, Sequence

from twisted.internet.defer import Deferred
from zope.interface import directlyProvides, implementer, providedBy

from ..identity import Identity, keys
from ..interfaces import (
    UNKNOWN,
    BadReservation,
    Found,
    ICallsBack,
    IDefinitionSource,
    IPeekable,
    IRefreshable,
    SourceError,
    Unknown,
)
from ..model import Query

_Peek = Callable[[Query], Found | Unknown]


@implementer(IDefinitionSource)
class IdentifiedSource:
    """Asks a source for each thing that a client may be known by, in order; the first that is known counts.

    While the source cannot tell about one of them, the next of which something is kept counts.

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
        directlyProvides(self, providedBy(source) - ICallsBack)

    def __getattr__(self, name: str) -> object:
        return getattr(self._source, name)

    def _first(self, peek: _Peek) -> _Peek:
        def peek_each(query: Query) -> Found | Unknown:
            trouble: SourceError | None = None
            for key in keys(query, self._identities):
                try:
                    found = peek(query.known_by(key))
                except SourceError as error:
                    trouble = _unless_its_own(error, trouble)
                    continue
                if found is UNKNOWN or found:
                    return found
            if trouble is not None:
                raise trouble
            return None

        return peek_each

    def lookup(self, query: Query) -> "Deferred[Found]":
        """What the source knows of the first key that it knows."""
        return Deferred.fromCoroutine(self._look_up(query))

    async def _look_up(self, query: Query) -> Found:
        trouble: SourceError | None = None
        for key in keys(query, self._identities):
            try:
                found = await self._source.lookup(query.known_by(key))
            except SourceError as error:
                trouble = _unless_its_own(error, trouble)
                continue
            if found:
                return found
        if trouble is not None:
            raise trouble
        return None


def _unless_its_own(error: SourceError, trouble: SourceError | None) -> SourceError:
    """The first trouble of several, if the next key may be tried after it.

    What is kept while a store is away was found by the first key that was known then, so that a later key
    that is known is the client's.

    :raises SourceError: if the trouble is one of the client's own entry, or over in a moment.
    """
    if isinstance(error, BadReservation) or error.passing:
        raise error
    return trouble or error
