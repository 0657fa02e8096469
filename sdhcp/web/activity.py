"""The last exchange of each of the clients that were heard last."""

from collections import OrderedDict
from collections.abc import Iterator
from typing import Final

from zope.interface import implementer

from ..events import Event, Exchange
from ..interfaces import IEventObserver

CLIENTS: Final = 100
"""Clients that are remembered."""


@implementer(IEventObserver)
class Activity:
    """Keeps, of each of the last clients, its last exchange."""

    def __init__(self, clients: int = CLIENTS) -> None:
        self._clients = clients
        # A plain dict would look for its oldest key past all those that were deleted before.
        self._last: OrderedDict[bytes, Exchange] = OrderedDict()

    def wants(self, kind: type[Event]) -> bool:
        """Exchanges alone."""
        return kind is Exchange

    def observe(self, event: Event) -> None:
        """Keep one in place of the client's last."""
        if isinstance(event, Exchange):
            last = self._last
            last[event.mac] = event
            last.move_to_end(event.mac)
            if len(last) > self._clients:
                last.popitem(last=False)

    def newest_first(self) -> Iterator[Exchange]:
        """The exchanges."""
        return reversed(self._last.values())
