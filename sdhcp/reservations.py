"""What a source knows of clients, for somebody who looks at them and answers none of them."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, Final

from twisted.internet.defer import Deferred, DeferredSemaphore, maybeDeferred
from twisted.internet.interfaces import IReactorThreads
from twisted.internet.threads import deferToThreadPool

from .identity import PREFIXES
from .interfaces import (
    Found,
    IDefinitionSource,
    IEnumerableSource,
    ISearchableSource,
    Listed,
    Sought,
    SourceError,
)
from .model import Arrival, Definition, Local, Query
from .wire import relay
from .wire.constants import CIRCUIT_ID, CLIENT_IDENTIFIER, RELAY_AGENT, REMOTE_ID, ZERO_ADDRESS
from .wire.message import Message

AT_ONCE: Final = 2
"""Searches at a time; others wait."""
_LOOK: Final = 256
_HARDWARE: Final = 16
_HERE: Final = Local(ZERO_ADDRESS, "", ())


class Reservations:
    """Looks up and searches reservations.

    :param source: who knows them, as it is now.
    :param clock: seconds of a monotonic clock.
    """

    def __init__(
        self, source: Callable[[], IDefinitionSource], reactor: IReactorThreads, clock: Callable[[], float]
    ) -> None:
        self._source = source
        self._reactor = reactor
        self._clock = clock
        self._turns = DeferredSemaphore(AT_ONCE)

    @property
    def name(self) -> str:
        """What the source is called."""
        return str(self._source().name)

    @property
    def is_listed(self) -> bool:
        """Whether the source can be searched; else it is only asked for one client."""
        source = self._source()
        return bool(ISearchableSource.providedBy(source) or IEnumerableSource.providedBy(source))

    def lookup(self, key: str) -> "Deferred[Found]":
        """What a client has, as if it had sent a packet with nothing but this key.

        Fails with :class:`SourceError` if the source cannot tell now.
        """
        return maybeDeferred(self._source().lookup, query_of(key))

    def search(self, sought: Sought, after: str, most: int, seconds: float) -> "Deferred[Listed]":
        """As :class:`ISearchableSource`; in the source's own order if it is one that can only list."""
        return self._turns.run(self._search, sought, after, most, seconds)

    def _search(self, sought: Sought, after: str, most: int, seconds: float) -> "Deferred[Listed]":
        source = self._source()
        if ISearchableSource.providedBy(source):
            return source.search(sought, after, most, seconds, self._in_thread)
        passed = int(after) if after.isascii() and after.isdigit() else 0
        return self._in_thread(_look_through, source, sought, passed, most, self._clock, seconds)

    def _in_thread(self, function: Callable[..., Any], *arguments: Any) -> "Deferred[Any]":
        return deferToThreadPool(self._reactor, self._reactor.getThreadPool(), function, *arguments)


def query_of(key: str) -> Query:
    """A question about the client of a key."""
    options: dict[int, bytes] = {}
    mac = b""
    prefix = next((prefix for prefix in PREFIXES if key.startswith(prefix)), "")
    if prefix:
        octets = _octets(key.removeprefix(prefix))
        sub = {"circuit-id:": CIRCUIT_ID, "remote-id:": REMOTE_ID}.get(prefix)
        if sub is not None:
            options[RELAY_AGENT] = relay.encode({sub: octets[:255]})
        else:
            options[CLIENT_IDENTIFIER] = octets
    else:
        try:
            mac = bytes.fromhex(key.replace(":", ""))[:_HARDWARE]
        except ValueError:
            pass
    message = Message(hlen=len(mac), chaddr=mac, options=options)
    return Query(message, Arrival(_HERE, ZERO_ADDRESS, 0, 0.0)).known_by(key)


def _octets(text: str) -> bytes:
    try:
        return bytes.fromhex(text[2:]) if text.startswith("0x") else text.encode()
    except ValueError:
        return text.encode()


def _look_through(
    source: Any, sought: Sought, passed: int, most: int, clock: Callable[[], float], seconds: float
) -> Listed:
    """Search a source that only lists, from the place where the last search has ended. In a thread."""
    until = clock() + seconds
    begin = passed
    found: list[tuple[str, Definition]] = []
    try:
        entries: Iterator[tuple[str, Definition]] = islice(iter(source.reservations()), passed, None)
        for key, definition in entries:
            if len(found) >= most or ((passed - begin) % _LOOK == _LOOK - 1 and clock() > until):
                return Listed(found, str(passed))
            passed += 1
            if sought.holds(key, definition):
                found.append((key, definition))
    except RuntimeError as error:
        # A dict that somebody adds to meanwhile.
        raise SourceError(f"{source.name} was changed while it was read: {error}", passing=True) from None
    return Listed(found, "")
