"""The contracts: what the parts of sdhcp, and a site's own code, promise each other."""

from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from typing import Final

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorCore, IReactorFDSet, IReactorThreads, IReactorTime
from zope.interface import Attribute, Interface

from .events import Event
from .model import Definition, Destination, Query, Subnet


class Unknown(Enum):
    """The answer of a source that cannot tell at once; ask :meth:`IDefinitionSource.lookup`."""

    UNKNOWN = "unknown"


UNKNOWN: Final = Unknown.UNKNOWN

Found = Definition | Sequence[Definition] | None
"""One definition, several that all name this client, or None for a client nobody knows."""


class SourceError(Exception):
    """A source could not answer; the text says what is wrong in plain words, without secrets.

    :ivar advice: what the operator can do.
    :ivar passing: whether this happens in the ordinary run of things, and is over in a moment.
    """

    def __init__(self, problem: str, advice: str = "", passing: bool = False) -> None:
        super().__init__(problem)
        self.advice = advice
        self.passing = passing


class SourceLoadError(SourceError):
    """A source cannot be used at all, or what it was told to read anew is not in order.

    :ivar problems: one line each, ``file:line: what, expected`` where there is a line.
    """

    def __init__(self, problems: Sequence[str], advice: str = "") -> None:
        super().__init__("\n".join(problems), advice)
        self.problems = tuple(problems)


class BadReservation(SourceError):
    """One client's entry is not in order, though the source is; the text names the entry and the field."""


class IServerReactor(IReactorCore, IReactorFDSet, IReactorThreads, IReactorTime):
    """What the server needs of a reactor."""


class IDefinitionSource(Interface):
    """Where the truth about clients is kept."""

    name = Attribute("What operators call it, as in DATABASE_ENGINE.")

    def lookup(query: Query) -> "Deferred[Found]":
        """Find the definitions for a client.

        The Deferred fires with one :class:`Definition`, a sequence of several, or None for a client
        that is not known. It fails with :class:`SourceError` if the source cannot tell now.
        """


class IHealth(Interface):
    """Something that knows whether it is well."""

    def problem() -> str:
        """What is wrong now, in plain words, "" if nothing is."""


class IWarns(Interface):
    """Something that was loaded, though not all of it is as an operator may have meant it."""

    warnings = Attribute("One line each, ``file:line: what``, as of the last loading.")


class IPeekable(Interface):
    """A source that can often answer at once, without a Deferred."""

    def peek(query: Query) -> "Found | Unknown":
        """The same answer as ``lookup`` would give now, or UNKNOWN. Never blocks.

        :raises SourceError: if the source cannot tell now.
        """


class IRefreshable(Interface):
    """A peekable source that can look once whether what it keeps still holds, and then answer many."""

    def refresh() -> None:
        """Look now. What was changed before this is in every answer after it."""

    def peek_refreshed(query: Query) -> "Found | Unknown":
        """As :meth:`IPeekable.peek`, as fresh as the last :meth:`refresh`.

        :raises SourceError: if the source cannot tell now.
        """

    def settle() -> None:
        """The answers that were wanted since the last :meth:`refresh` have been given."""


class IReadAhead(Interface):
    """A source that answers sooner for clients that it has looked up before they ask."""

    def read_ahead() -> "Iterator[None]":
        """Look up what clients may ask for, a fraction of a millisecond's work with each step.

        Never raises. Ends at once if there is nothing new since the last time.
        """


class ISubnetSource(Interface):
    """A source that knows its subnets, apart from the clients in them."""

    def subnet_of(address: bytes) -> Subnet | None:
        """The narrowest subnet, and of several the lowest serial, that holds a 4-byte address."""


class IEnumerableSource(Interface):
    """A source that can list what it holds."""

    def reservations() -> "Iterable[tuple[bytes, Definition]]":
        """Every (hardware address, definition), in the source's own order. May block: not for the reactor thread."""


class IReloadable(Interface):
    """Something that can read its contents anew."""

    def reload() -> "Deferred[None]":
        """Check first, then swap whole. Fails with :class:`SourceLoadError` and keeps what was."""


class ISender(Interface):
    """The way out for replies on one side of the server."""

    def send(data: bytes, destination: Destination) -> bool:
        """Send one reply, at once or together with others; False if it could not be sent. Never raises.

        What could not be sent is counted and told in an event.
        """


class IEventObserver(Interface):
    """Someone who wants to know what happened."""

    def wants(kind: type[Event]) -> bool:
        """Whether events of a class are delivered; asked once for each class."""

    def observe(event: Event) -> None:
        """Take note of one event, at once: this is called between two packets."""
