"""Addresses that are held for clients which were offered them, until a time."""

from collections.abc import Callable, Iterator
from heapq import heapify, heappop, heappush
from typing import Final, NamedTuple

from ..model import Holder

_AT_A_TIME: Final = 64


class Offer(NamedTuple):
    """To whom an address is offered, since when and until when."""

    holder: Holder
    since: float
    until: float


class Offers:
    """At most one offer for each client and each number.

    :param ended: called with the number of an address whose offer came to nothing.
    """

    __slots__ = ("_by_client", "_by_number", "_ended", "_ends")

    def __init__(self, ended: Callable[[int], None]) -> None:
        self._ended = ended
        self._by_number: dict[int, Offer] = {}
        self._by_client: dict[str, int] = {}
        self._ends: list[tuple[float, int]] = []

    def at(self, number: int, now: float) -> Offer | None:
        """The offer of an address, if it still holds."""
        offer = self._by_number.get(number)
        return offer if offer is not None and offer.until > now else None

    def of(self, client: str, now: float) -> int:
        """The number that is offered to a client; -1 if none is."""
        number = self._by_client.get(client, -1)
        return number if number >= 0 and self._by_number[number].until > now else -1

    def put(self, number: int, offer: Offer) -> None:
        """Offer an address, and nothing else to this client, nor it to anybody else."""
        client = offer.holder.client
        earlier = self._by_client.get(client, -1)
        if earlier >= 0 and earlier != number:
            del self._by_number[earlier]
            self._ended(earlier)
        before = self._by_number.get(number)
        if before is not None:
            del self._by_client[before.holder.client]
        self._by_number[number] = offer
        self._by_client[client] = number
        ends = self._ends
        heappush(ends, (offer.until, number))
        if len(ends) > 2 * len(self._by_number) + 64:
            self._ends = [(one.until, at) for at, one in self._by_number.items()]
            heapify(self._ends)

    def pop(self, number: int) -> Offer | None:
        """Take an offer away, because the address is lent or lost; None if there is none."""
        offer = self._by_number.pop(number, None)
        if offer is not None:
            del self._by_client[offer.holder.client]
        return offer

    def drop(self, client: str) -> tuple[tuple[int, Offer], ...]:
        """What is offered to a client is offered no longer; what that was."""
        number = self._by_client.get(client, -1)
        offer = self.pop(number)
        if offer is None:
            return ()
        self._ended(number)
        return ((number, offer),)

    def sweep(self, now: float) -> None:
        """End some of the offers whose time is over: more of them than one step can make."""
        ends = self._ends
        for _ in range(_AT_A_TIME):
            if not ends or ends[0][0] > now:
                return
            until, number = heappop(ends)
            offer = self._by_number.get(number)
            if offer is not None and offer.until == until:
                self.pop(number)
                self._ended(number)

    def standing(self, now: float) -> Iterator[tuple[int, Offer]]:
        """All that hold, with their numbers."""
        return ((number, offer) for number, offer in self._by_number.items() if offer.until > now)
