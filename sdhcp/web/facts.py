"""What the console is told of the server that it is part of."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from twisted.internet.defer import Deferred, succeed

from ..config.difference import Change, Outcome
from ..config.settings import Configuration
from ..interfaces import Found, ILeaseStore, Listed, Sought
from .editing import Editing


class SourceFacts(NamedTuple):
    """One place where something is kept: ``role`` says what it is for, ``problem`` is "" while it is well."""

    name: str
    role: str
    problem: str
    details: Sequence[tuple[str, str]] = ()


class PoolFacts(NamedTuple):
    """A pool: its name, its addresses, and the store that keeps its leases, which knows it by them."""

    name: str
    addresses: Any
    store: ILeaseStore


class Counted(Protocol):
    """Counters of what happened, as :class:`sdhcp.stats.Counters` has them."""

    @property
    def exchanges(self) -> Mapping[tuple[str, str], int]:
        """By method and outcome."""

    @property
    def dropped(self) -> Mapping[str, int]:
        """Refused packets by reason."""

    @property
    def malformed(self) -> Mapping[str, int]:
        """What was no DHCP message, by reason."""

    @property
    def others(self) -> Mapping[str, int]:
        """Other events by name."""


class Known(Protocol):
    """Who knows the clients, as :class:`sdhcp.reservations.Reservations` tells it."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def is_listed(self) -> bool:
        """Whether it can be searched; else it is only asked for one client."""

    def lookup(self, key: str) -> "Deferred[Found]":
        """What a client has. Fails with :class:`SourceError`."""

    def search(self, sought: Sought, after: str, most: int, seconds: float) -> "Deferred[Listed]":
        """Some of the reservations that are searched for. Fails with :class:`SourceError`."""


@dataclass(slots=True)
class ServerFacts:
    """The server. Functions are asked on the reactor's thread, and answer at once.

    :ivar configuration: what is in force; it is another one when conf.py has been read anew.
    :ivar counters: what happened since the start.
    :ivar is_serving: whether clients are served now.
    :ivar sources: who knows the clients, what stands in front of it, and where leases are kept.
    :ivar reload: reads everything anew, as SIGHUP does; ``check`` says what that would change. Neither fails.
    :ivar pools: pools, if there are some; :ivar editing: changes leases and reservations, None where nobody does.
    :ivar waiting: settings that are others in conf.py by now, and count at the next start.
    :ivar explain: tells why a client gets its answer; fails with ``ValueError`` if there is no such packet.
    :ivar known: who knows the clients; None if nobody does.
    :ivar block_of: for how many seconds a client is not heard, and why; None if it is heard.
    :ivar clock: seconds of a monotonic clock, as events have them; ``wall`` seconds since the epoch.
    """

    configuration: Configuration
    counters: Counted
    is_serving: Callable[[], bool]
    sources: Callable[[], Sequence[SourceFacts]]
    reload: Callable[[], "Deferred[Outcome]"]
    clock: Callable[[], float]
    wall: Callable[[], float]
    pools: Callable[[], Sequence[PoolFacts]] = field(default=tuple)
    editing: Editing | None = None
    waiting: Sequence[Change] = ()
    check: Callable[[], "Deferred[Outcome]"] = field(default=lambda: succeed(Outcome()))
    explain: Callable[[Mapping[str, Any]], "Deferred[Mapping[str, Any]]"] | None = None
    known: Known | None = None
    block_of: Callable[[bytes], tuple[float, str] | None] = field(default=lambda _: None)

    def problems(self) -> Sequence[str]:
        """What is not well now, each in a line."""
        return [f"{one.name}: {one.problem}" for one in self.sources() if one.problem]
