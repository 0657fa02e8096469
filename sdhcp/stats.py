"""Counters of what happened, by kind and reason; their number is fixed by the code, not by traffic."""

from collections import Counter

from zope.interface import implementer

from .events import Dropped, Event, Exchange, LeaseBound, Malformed, SendFailed, Shed
from .interfaces import IEventObserver


@implementer(IEventObserver)
class Counters:
    """How often each thing happened since the start.

    ``exchanges`` counts by (kind, outcome), ``dropped`` and ``malformed`` by reason, ``others`` by
    the event's name.
    """

    def __init__(self) -> None:
        self.exchanges: Counter[tuple[str, str]] = Counter()
        self.dropped: Counter[str] = Counter()
        self.malformed: Counter[str] = Counter()
        self.others: Counter[str] = Counter()

    def wants(self, kind: type[Event]) -> bool:
        """Everything, but for leases that are bound: the exchanges that did it are counted."""
        return kind is not LeaseBound

    def observe(self, event: Event) -> None:
        """Count one event."""
        if type(event) is Exchange:
            self.exchanges[event[1], event[3]] += 1
        elif isinstance(event, Dropped):
            self.dropped[event.reason] += 1
        elif isinstance(event, Malformed):
            self.malformed[event.reason] += 1
        elif isinstance(event, SendFailed | Shed):
            self.others[type(event).__name__] += event.times
        else:
            self.others[type(event).__name__] += 1

    def lines(self) -> list[str]:
        """All counters as text, one line each, sorted."""
        rows = [f"{kind} {outcome}: {count}" for (kind, outcome), count in sorted(self.exchanges.items())]
        for what, counter in (("dropped", self.dropped), ("malformed", self.malformed)):
            rows += [f"{what} {reason}: {count}" for reason, count in sorted(counter.items())]
        rows += [f"{name}: {count}" for name, count in sorted(self.others.items())]
        return rows
