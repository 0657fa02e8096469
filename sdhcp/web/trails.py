"""What became of each client's packets lately, and what the client said of itself in them."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from zope.interface import implementer

from ..events import (
    Ambiguous,
    Blocked,
    Declined,
    Dropped,
    Event,
    Exchange,
    HandlingFailed,
    HookFailed,
    LeaseChanged,
    OffLink,
    PoolExhausted,
    SourceFailed,
)
from ..interfaces import IEventObserver
from ..model import BOOTP, DISCOVER, INFORM, INIT_REBOOT, Arrival
from ..wire.constants import CLIENT_IDENTIFIER, HOSTNAME, RELAY_AGENT, VENDOR_CLASS

ROOM: Final = 65_536
"""Events that are kept in all; a client counts as one more. That is some 40 MB, if so much happens."""
MOST: Final = 64
"""Events that are kept of one client."""
_OF_CLIENTS: Final = frozenset(
    (Ambiguous, Blocked, Declined, Dropped, HandlingFailed, HookFailed, OffLink, PoolExhausted, SourceFailed)
)
_NOTHING: Final = (b"", b"", b"", b"")
_TELLING: Final = frozenset((DISCOVER, INIT_REBOOT, INFORM, BOOTP))
"""With what a client says of itself what it says: what follows upon it says no more, and often less."""
_new: Final = tuple.__new__
_FIRST: Final = Exchange._fields.index("arrival")
"""Fields of an exchange that are kept, from the first on; behind them, the side that it came in on and ``elapsed``."""
_ELAPSED: Final = Exchange._fields.index("elapsed")


class Told(NamedTuple):
    """What a client, and the relay agent on its way, last said of it: the values of options 12, 60, 61 and 82."""

    hostname: bytes = b""
    vendor_class: bytes = b""
    identifier: bytes = b""
    relay_agent: bytes = b""


class Trail(NamedTuple):
    """One client: ``events`` are its last ones, the oldest first, without the options of packets."""

    mac: bytes
    told: Told
    events: Sequence[Event]


@implementer(IEventObserver)
class Trails:
    """Keeps the last events of each client, by its hardware address, or what stands for it in events.

    Each event costs a fraction of a microsecond, since nothing is read of it before somebody looks. When there is no
    room, those clients go that have not been heard for longest, half of the table at a time.

    :param room: events in all; :param most: events of one client.
    :ivar shed: events that had to go with their clients.
    """

    def __init__(self, room: int = ROOM, most: int = MOST) -> None:
        self._half = room // 2
        self._most = most
        # Each of them is a list: what the client said, and events behind it.
        self._young: dict[bytes, list[Any]] = {}
        self._old: dict[bytes, list[Any]] = {}
        self._going: dict[bytes, list[Any]] = {}
        self._count = self._old_count = 0
        self.shed = 0

    def wants(self, kind: type[Event]) -> bool:
        """Whatever is about one client."""
        return kind is Exchange or kind is LeaseChanged or kind in _OF_CLIENTS

    def observe(self, event: Any) -> None:
        """Keep one."""
        if self._going:
            # To let go of half a table at once would hold up the packets that wait.
            self._going.popitem()
        kind = type(event)
        mac = event.mac if kind is not LeaseChanged else event.lease.mac
        if not mac:
            return
        trail = self._young.get(mac)
        if trail is None:
            trail = self._admit(mac)
        if kind is Exchange:
            if event.options and (event.method in _TELLING or trail[0] is _NOTHING):
                trail[0] = _told(trail[0], event.options.get)
            # Options and octets of each packet would be most of what is kept.
            event = (*event[:_FIRST], event[_FIRST][0], event[_ELAPSED])
        elif (kind is Dropped or kind is HandlingFailed) and event.arrival is not None:
            event = event._replace(arrival=event.arrival._replace(data=b""))
        trail.append(event)
        if len(trail) > self._most + 1:
            del trail[1]
            return
        self._count += 1
        if self._count + len(self._young) > self._half:
            self._turn()

    def _admit(self, mac: bytes) -> list[Any]:
        trail = self._old.pop(mac, None)
        if trail is None:
            trail = [_NOTHING]
        else:
            self._old_count -= len(trail) - 1
            self._count += len(trail) - 1
        self._young[mac] = trail
        return trail

    def _turn(self) -> None:
        self.shed += self._old_count
        self._going, self._old, self._young = self._old, self._young, {}
        self._old_count, self._count = self._count, 0

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def of(self, mac: bytes) -> Trail | None:
        """What is kept of a client; None for nothing."""
        trail = self._young.get(mac) or self._old.get(mac)
        return Trail(mac, Told._make(trail[0]), [_whole(event) for event in trail[1:]]) if trail is not None else None

    def heard(self) -> Iterator[tuple[float, bytes]]:
        """When each client was last heard of, by the server's clock, in no order; it may be read bit by bit."""
        all_now = [*self._young.items(), *self._old.items()]
        return ((trail[-1][0], mac) for mac, trail in all_now)

    def last(self, mac: bytes) -> tuple[Told, Exchange | None]:
        """What a client said, and its last exchange."""
        trail = self._young.get(mac) or self._old.get(mac)
        if trail is None:
            return Told(), None
        last = trail[-1]
        if type(last) is not tuple:
            last = next((one for one in reversed(trail) if type(one) is tuple and len(one) == _FIRST + 2), None)
        return _new(Told, trail[0]), _exchange(last) if last is not None else None


def _whole(event: Any) -> Event:
    """An event as it was made."""
    kept: Event = _exchange(event) if type(event) is tuple else event
    return kept


def _exchange(kept: tuple[Any, ...]) -> Exchange:
    """An exchange as far as it was kept: without where its packet came from, and octets."""
    *first, local, elapsed = kept
    return Exchange._make((*first, Arrival(local, b"", 0, kept[0]), 0, elapsed, None, b"", None))


def _told(before: tuple[bytes, ...], get: Callable[[int], bytes | None]) -> tuple[bytes, ...]:
    hostname, vendor_class, identifier, relay_agent = before
    return (
        get(HOSTNAME) or hostname,
        get(VENDOR_CLASS) or vendor_class,
        get(CLIENT_IDENTIFIER) or identifier,
        get(RELAY_AGENT) or relay_agent,
    )
