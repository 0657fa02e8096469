"""What is noted while one packet is explained: in the order in which it happened."""

from collections.abc import Callable
from typing import NamedTuple

from zope.interface import implementer

from ..events import Dropped, Event, Exchange, HandlingFailed, HookFailed, Malformed
from ..interfaces import IEventObserver, ISender
from ..model import Definition, Destination
from ..scripting.watching import Call

End = Exchange | Dropped | Malformed | HandlingFailed
"""Events of which each packet causes one, as its last."""


class Note(NamedTuple):
    """One thing that happened: ``step`` is a short stable word, ``text`` a sentence, ``more`` what belongs to it."""

    step: str
    text: str
    more: tuple[str, ...] = ()
    call: Call | None = None


@implementer(ISender, IEventObserver)
class Notes:
    """Takes the reply that is not sent, the events that nobody else hears of, and what the parts note.

    :param ended: called when the packet has come to its end.
    :ivar all: the notes; :ivar events: what happened; :ivar sent: replies, of which there is one at most.
    :ivar found: definitions that the source gave; :ivar lent: those of pools, each with the pool's name.
    :ivar link: where the client is, in words.
    :ivar places: where the site's functions are, ``file:line``, by their names.
    """

    def __init__(self, ended: Callable[[End], None]) -> None:
        self._ended = ended
        self.all: list[Note] = []
        self.events: list[Event] = []
        self.sent: list[tuple[bytes, Destination]] = []
        self.found: list[Definition] = []
        self.lent: list[tuple[Definition, str]] = []
        self.places: dict[str, str] = {}
        self.end: End | None = None
        self.link = ""

    def add(self, step: str, text: str, *more: str, call: Call | None = None) -> None:
        """Note something."""
        self.all.append(Note(step, text, more, call))

    def send(self, data: bytes, destination: Destination) -> bool:
        """Keep a reply."""
        self.sent.append((data, destination))
        return True

    def hold(self) -> None:
        """Nothing is sent in any case."""

    def flush(self) -> None:
        """As above."""

    def wants(self, kind: type[Event]) -> bool:
        """All of them."""
        return True

    def observe(self, event: Event) -> None:
        """Keep an event."""
        self.events.append(event)
        if isinstance(event, HookFailed):
            calls = [note.call for note in self.all if note.call is not None]
            failed = [call for call in calls if call.name == event.hook] or calls
            if failed:
                failed[-1].problem = event.problem
                failed[-1].trace = failed[-1].trace or event.trace
        elif isinstance(event, Exchange | Dropped | Malformed | HandlingFailed) and self.end is None:
            self.end = event
            self._ended(event)
