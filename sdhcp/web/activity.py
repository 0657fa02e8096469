"""The last exchange of each of the clients that were heard last."""

from collections.abc import Iterator
from itertools import islice
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
        self._last: dict[bytes, Exchange] = {}

    def wants(self, kind: type[Event]) -> bool:
        """Exchanges alone."""
        return kind is Exchange

    def observe(self, event: Event) -> None:
        """Keep one in place of the client's last."""
        # This runs for every packet: many are let go of at once, and fields go by their numbers.
        if type(event) is Exchange:
            last, mac = self._last, event[5]
            if mac in last:
                del last[mac]
            elif len(last) >= 2 * self._clients:
                self._last = last = dict(islice(last.items(), self._clients, None))
            last[mac] = event

    def newest_first(self) -> Iterator[Exchange]:
        """The exchanges."""
        return islice(reversed(self._last.values()), self._clients)
