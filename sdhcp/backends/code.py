"""Reservations from a site's own code: a dict, a function, or a database object that was made for staticDHCPd."""

from collections.abc import Callable, Coroutine, Iterator, Mapping
from typing import Any

from twisted.internet.defer import CancelledError, Deferred, fail, maybeDeferred, succeed
from twisted.python.failure import Failure
from zope.interface import implementer

from ..interfaces import (
    BadReservation,
    Found,
    IDefinitionSource,
    IEnumerableSource,
    IPeekable,
    IReloadable,
    IRemoteSource,
    IServerReactor,
    SourceError,
    SourceLoadError,
)
from ..model import Definition, Query
from .records import Records
from .reservation import BadField, hardware_address
from .site_code import NOBODY, SiteCode
from .workers import Workers


@implementer(IDefinitionSource, IPeekable)
class InlineSource:
    """A function that answers at once."""

    def __init__(self, code: SiteCode) -> None:
        self.name = code.name
        self._code = code

    def peek(self, query: Query) -> Found:
        """What the function says now.

        :raises SourceError: if it raises something, or wants to answer later.
        """
        found = self._code.ask(query)
        if isinstance(found, Deferred):
            found.addErrback(lambda _: None).cancel()
        elif isinstance(found, Coroutine):
            found.close()
        else:
            return found
        raise SourceError(f"site code {self.name} is marked inline, but answers later", "leave out the mark")

    def lookup(self, query: Query) -> "Deferred[Found]":
        """As :meth:`peek`; the Deferred has fired."""
        try:
            return succeed(self.peek(query))
        except SourceError as error:
            return fail(error)


@implementer(IRemoteSource)
class LaterSource:
    """A function that is called on the reactor's thread and answers later: it returns a Deferred or is a coroutine."""

    def __init__(self, code: SiteCode) -> None:
        self.name = code.name
        self._code = code
        self._asked: set[Deferred[Found]] = set()

    def start(self) -> None:
        """There is nothing to open."""

    def stop(self) -> "Deferred[None]":
        """Cancel what is under way; has fired."""
        for deferred in list(self._asked):
            deferred.cancel()
        return succeed(None)

    def lookup(self, query: Query) -> "Deferred[Found]":
        """What the function says; fails with :class:`SourceError` if it raises something."""
        deferred = awaited(self._code, query, maybeDeferred(self._code.ask, query))
        if not deferred.called:
            self._asked.add(deferred)
            deferred.addBoth(self._done, deferred)
        return deferred

    def _done(self, result: Any, deferred: "Deferred[Found]") -> Any:
        self._asked.discard(deferred)
        return result

    def probe(self) -> "Deferred[None]":
        """Ask for a client that nobody has."""
        return self.lookup(NOBODY).addCallbacks(lambda _: None, _unless_bad)


@implementer(IRemoteSource)
class ThreadedSource:
    """A function that is called in threads, several at a time.

    A call that takes too long is given up by whoever asked, though its thread is not free before it returns.
    """

    def __init__(self, code: SiteCode, reactor: IServerReactor) -> None:
        self.name = code.name
        self._code = code
        self._workers = Workers(f"site code {code.name}", reactor)

    def start(self) -> None:
        """Threads begin when they are needed."""

    def stop(self) -> "Deferred[None]":
        """End the threads; what is stuck in the site's code is waited for no longer than two seconds."""
        return self._workers.stop()

    def lookup(self, query: Query) -> "Deferred[Found]":
        """What the function says; fails with :class:`SourceError` if it raises something."""
        deferred = self._workers.call(lambda: self._code.ask(query))
        return deferred.addCallback(self._from_thread, query)

    def _from_thread(self, found: Any, query: Query) -> Any:
        if isinstance(found, Coroutine):
            return awaited(self._code, query, Deferred.fromCoroutine(found))
        if isinstance(found, Deferred):
            found.addErrback(lambda _: None)
            problem = f"site code {self.name} was called in a thread and returned a Deferred"
            raise SourceError(problem, 'make it a coroutine function, or annotate it with "-> Deferred"')
        return found

    def probe(self) -> "Deferred[None]":
        """Ask for a client that nobody has."""
        return self.lookup(NOBODY).addCallbacks(lambda _: None, _unless_bad)


@implementer(IReloadable)
class DatabaseSource(ThreadedSource):
    """A database object of a site's, made for staticDHCPd.

    :param reinitialise: what it does when sources are read anew.
    """

    def __init__(self, code: SiteCode, reactor: IServerReactor, reinitialise: Callable[[], Any]) -> None:
        super().__init__(code, reactor)
        self._reinitialise = reinitialise

    def reload(self) -> "Deferred[None]":
        """Call ``reinitialise``, in a thread. Fails with :class:`SourceLoadError` if it raises something."""
        deferred = self._workers.call(self._reinitialise)
        return deferred.addCallbacks(lambda _: None, self._not_reloaded)

    def _not_reloaded(self, failure: Failure) -> None:
        error = self._code.explain(failure.value or SourceError("no reason was given"))
        raise SourceLoadError([str(error)]) from None


@implementer(IEnumerableSource)
class DictSource(InlineSource):
    """A dict of a site's, looked into for each client, so that what the site changes counts at once.

    Its keys are hardware addresses or other keys, as text, octets or objects that are such text. All writings that
    are there at the start are found; those that come later in one of :func:`writings`.

    :raises SourceLoadError: with every entry that is not in order.
    """

    def __init__(self, entries: Mapping[Any, Any], folder: str = "", name: str = "dict") -> None:
        super().__init__(SiteCode(self._entry, name, folder, lambda query: query.key))
        self._entries = entries
        self._keys: dict[str, Any] = {}
        self._records = Records()
        problems = []
        for key, entry in list(entries.items()):
            text = _key(key)
            if text is None:
                problems.append(f"DATABASE_ENGINE: {key!r}: is no key; expected text, such as 02:00:00:00:00:01")
                continue
            if text in self._keys:
                problems.append(f"DATABASE_ENGINE: {key!r}: is there twice, the other time as {self._keys[text]!r}")
            self._keys[text] = key
            try:
                self._records.found(entry)
            except BadField as error:
                problems.append(f"DATABASE_ENGINE: {key!r}: {error}")
        if problems:
            raise SourceLoadError(problems)

    def reservations(self) -> Iterator[tuple[str, Definition]]:
        """Every key with each of its definitions; entries that are not in order are left out."""
        for key, entry in list(self._entries.items()):
            text = _key(key)
            try:
                found = self._records.found(entry)
            except BadField:
                continue
            for definition in [found] if isinstance(found, Definition) else found or ():
                if text is not None:
                    yield text, definition

    def _entry(self, key: str) -> Any:
        """What a client's entry is now; other threads may change the dict meanwhile."""
        entry = self._entries.get(key)
        if entry is None and key in self._keys:
            entry = self._entries.get(self._keys[key])
        if entry is None:
            for writing in writings(key):
                entry = self._entries.get(writing)
                if entry is not None:
                    break
        return entry


def writings(key: str) -> Iterator[str | bytes]:
    """The ways in which a hardware address is looked for, beside its own: upper case, with dashes, with nothing
    between, as Cisco writes it, and as octets."""
    octets = hardware_address(key) if len(key) == 17 else None
    if octets is not None:
        plain = octets.hex()
        dotted = f"{plain[:4]}.{plain[4:8]}.{plain[8:]}"
        for text in (key, octets.hex("-"), plain, dotted):
            yield text
            yield text.upper()
        yield octets


def _key(key: Any) -> str | None:
    """A site's key as queries have it; None if it can be none."""
    text = key.hex(":") if isinstance(key, bytes) else str(key)
    octets = hardware_address(text)
    if octets is not None:
        return octets.hex(":")
    return text if isinstance(key, str) else None


def awaited(code: SiteCode, query: Query, answer: "Deferred[Any]") -> "Deferred[Found]":
    """The definitions of an answer that will come."""
    return Deferred.fromCoroutine(_awaited(code, query, answer))


async def _awaited(code: SiteCode, query: Query, answer: "Deferred[Any]") -> Found:
    try:
        said = await answer
        if isinstance(said, Coroutine):
            said = await said
    except CancelledError:
        raise
    except (Exception, SystemExit) as error:  # as in SiteCode.ask
        raise code.explain(error) from None
    return said if said is None else code.found(query, said)


def _unless_bad(failure: Failure) -> None:
    """An entry that is not in order is an answer too."""
    failure.trap(BadReservation)
