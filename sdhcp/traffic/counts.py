"""The packets of some time, by what they were and whether they were answered."""

from array import array
from collections.abc import Callable, Iterable, Iterator
from operator import add
from typing import Final, NamedTuple

from ..model import (
    DECLINE,
    DISCOVER,
    INFORM,
    INIT_REBOOT,
    LEASEQUERY,
    PROXY_REQUEST,
    REBIND,
    RELEASE,
    RENEW,
    SELECTING,
    UNCLEAR_REQUEST,
)
from ..wire import constants as c
from .latency import NONE, quantile

METHODS: Final = (
    DECLINE,
    DISCOVER,
    INFORM,
    LEASEQUERY,
    RELEASE,
    UNCLEAR_REQUEST,
    INIT_REBOOT,
    REBIND,
    RENEW,
    SELECTING,
)
"""The kinds of packet that are counted apart, in the order of their names; everything else is "other packets"."""
OTHER: Final = 2 * len(METHODS)
"""Where other packets are counted."""
PLACES: Final = OTHER + 2
PLACE_OF: Final = {
    **{method: 2 * number for number, method in enumerate(METHODS)},
    PROXY_REQUEST: 2 * METHODS.index(UNCLEAR_REQUEST),
}
"""Where a kind is counted if it was answered, and one further if it was not. On the ProxyDHCP port all are REQUEST."""
PLACE_OF_TYPE: Final = {
    kind: PLACE_OF[method] + 1
    for kind, method in (
        (c.DISCOVER, DISCOVER),
        (c.REQUEST, UNCLEAR_REQUEST),
        (c.DECLINE, DECLINE),
        (c.RELEASE, RELEASE),
        (c.INFORM, INFORM),
        (c.LEASEQUERY, LEASEQUERY),
    )
}
"""Where a packet is counted that was refused before it was looked at any closer, by its message type."""


class Counts(NamedTuple):
    """Packets of some time.

    ``places`` are counts as :data:`PLACE_OF` has them. ``exchanges`` were looked at closely, which took ``busy``
    seconds in all and ``longest`` for one of them; ``latencies`` are these by bucket.
    """

    places: tuple[int, ...] = (0,) * PLACES
    exchanges: int = 0
    busy: float = 0.0
    longest: float = 0.0
    latencies: "array[int]" = NONE

    @property
    def answered(self) -> tuple[int, ...]:
        """Those that were answered, or did what they were to do, one number for each of :data:`METHODS`."""
        return self.places[:OTHER:2]

    @property
    def discarded(self) -> tuple[int, ...]:
        """Those that were not, in the same order."""
        return self.places[1:OTHER:2]

    @property
    def other(self) -> int:
        """What was of no kind that is counted apart: BOOTP, unknown message types, and what is no DHCP message."""
        return self.places[OTHER] + self.places[OTHER + 1]

    @property
    def total(self) -> int:
        """All packets."""
        return sum(self.places)

    @property
    def mean(self) -> float:
        """Seconds that a packet took on average; 0.0 if there was none."""
        return self.busy / self.exchanges if self.exchanges else 0.0

    def within(self, share: float) -> float:
        """Seconds within which a share of the packets was done, from 0 to 1; see :func:`.latency.quantile`."""
        return quantile(self.latencies, share, self.longest)

    def rows(self) -> Iterator[tuple[str, int, int | None]]:
        """Each kind with how many were answered and how many not; the last are other packets, with None."""
        yield from zip(METHODS, self.answered, self.discarded, strict=True)
        yield "other packets", self.other, None


def count_of(method: str, is_discarded: bool = False) -> Callable[[Counts], int]:
    """A function that gives how many of a kind were answered, or were not."""
    place = PLACE_OF[method] + is_discarded
    return lambda counts: counts.places[place]


def sum_of(several: Iterable[Counts]) -> Counts:
    """All of several together."""
    total = Counts()
    for one in several:
        if one.places is total.places or not any(one.places):
            continue
        total = Counts(
            tuple(map(add, total.places, one.places)),
            total.exchanges + one.exchanges,
            total.busy + one.busy,
            max(total.longest, one.longest),
            array("Q", map(add, total.latencies, one.latencies)),
        )
    return total
