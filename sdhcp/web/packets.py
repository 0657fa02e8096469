"""The last packets and what became of them, kept as they are; read only when somebody looks."""

from collections import deque
from collections.abc import Iterator
from typing import Final, NamedTuple, TypeAlias

from zope.interface import implementer

from ..events import Dropped, Event, Exchange, HandlingFailed, Malformed
from ..interfaces import IEventObserver
from ..model import Arrival

PACKETS: Final = 4096
"""Packets that are kept."""
OCTETS: Final = 8 << 20
"""Octets of requests and replies that are kept."""
_PARTS: Final = 8
"""What is kept is let go of in so many parts, each at once."""
_KINDS: Final = frozenset((Exchange, Dropped, Malformed, HandlingFailed))

Heard: TypeAlias = Exchange | Dropped | Malformed | HandlingFailed


class Kept(NamedTuple):
    """One packet; ``number`` counts all since the start, from 1."""

    number: int
    event: Heard
    arrival: Arrival

    @property
    def reply(self) -> bytes:
        """The octets that were sent, b"" for none."""
        return self.event.reply if isinstance(self.event, Exchange) else b""


@implementer(IEventObserver)
class Packets:
    """Keeps the last packets, up to a number and up to their octets."""

    def __init__(self, packets: int = PACKETS, octets: int = OCTETS) -> None:
        self._most, self._largest = max(1, packets // _PARTS), octets // _PARTS
        self._full: deque[tuple[int, list[Heard]]] = deque(maxlen=_PARTS - 1)
        self._first = 1
        self._last: list[Heard] = []
        self._octets = 0

    def wants(self, kind: type[Event]) -> bool:
        """What tells of one packet."""
        return kind in _KINDS

    def observe(self, event: Event) -> None:
        """Keep one packet."""
        # This runs for every packet: fields go by their numbers, and octets are counted where they begin a new part.
        last = self._last
        if type(event) is Exchange:
            self._octets += event[11] + len(event[10][4])
        elif isinstance(event, Dropped | Malformed):
            self._octets += len(event.arrival.data)
        elif not isinstance(event, HandlingFailed) or event.arrival is None:
            return
        last.append(event)
        if len(last) >= self._most or self._octets >= self._largest:
            self._full.append((self._first, last))
            self._first += len(last)
            self._last, self._octets = [], 0

    @property
    def newest(self) -> int:
        """The number of the last packet; 0 if there was none."""
        return self._first + len(self._last) - 1

    @property
    def oldest(self) -> int:
        """The number of the first packet that is kept; one more than :attr:`newest` if there is none."""
        return self._full[0][0] if self._full else self._first

    def at(self, number: int) -> Kept | None:
        """A packet by its number; None if it is not kept."""
        for first, part in ((self._first, self._last), *reversed(self._full)):
            if first <= number:
                event = part[number - first] if number - first < len(part) else None
                arrival = event.arrival if event is not None else None
                return Kept(number, event, arrival) if event is not None and arrival is not None else None
        return None

    def newest_first(self, before: int = 0) -> Iterator[Kept]:
        """The packets, down from one before a number, or from the last; what is let go of meanwhile is left out."""
        number = min(before - 1, self.newest) if before > 0 else self.newest
        while number >= self.oldest:
            kept = self.at(number)
            if kept is not None:
                yield kept
            number -= 1
