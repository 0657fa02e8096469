"""A whole server in memory with pools."""

from dataclasses import dataclass, field
from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock

from sdhcp.leases.lender import Lender
from sdhcp.leases.memory import MemoryLeases
from sdhcp.leases.settings import rules_of
from sdhcp.lending import LendingResponder
from sdhcp.pools import Pool
from sdhcp.publisher import Publisher
from sdhcp.wire import constants as c

from .in_process import Observed, Reply, World
from .samples import SERVER

START = 1_700_000_000.0


def guests(ranges: str = "10.77.1.100-10.77.1.109", name: str = "guests", **more: Any) -> Pool:
    """Ten addresses on the relay agent's link."""
    return Pool(name, ranges, **{"subnet": "10.77.1.0/24", "gateway": "10.77.1.1", "lease_time": 600, **more})


class Users:
    """A prober that knows who uses which address."""

    def __init__(self) -> None:
        self.users: dict[bytes, bytes] = {}
        self.probed: list[bytes] = []

    def probe(self, address: bytes, interface: str | None = None, timeout: float = 0.5, client: bytes = b"") -> Any:
        self.probed.append(address)
        user = self.users.get(address)
        return succeed(None if user == client else user)


@dataclass
class LendingWorld(World):
    """As :class:`World`, with pools."""

    pools: tuple[Pool, ...] = field(default_factory=lambda: (guests(),))
    prober: Users | None = None

    def __post_init__(self) -> None:
        self.clock = Clock()
        self.observed = Observed()
        publisher = Publisher(self.clock.seconds)
        publisher.add(self.observed)
        self.store = MemoryLeases()
        self.lender = Lender(
            [rules_of(pool) for pool in self.pools], self.store, self.prober, publisher.publish, self.wall,
            self.clock.seconds,
        )  # fmt: skip
        self.responder = LendingResponder(
            self.source, self.policy, publisher, self.clock.seconds, self.clock, self.lender
        )

    def wall(self) -> float:
        """The time of day."""
        return START + self.clock.seconds()

    def watched(self) -> "Deferred[None]":
        """Let the server see how full its pools are."""
        return Deferred.fromCoroutine(self.lender.watch())

    def offered(self, mac: bytes, options: dict[int, bytes] | None = None, **fields: Any) -> bytes | None:
        """The address that a client is offered, None for silence."""
        reply = self.ask(c.DISCOVER, options, chaddr=mac, **fields)
        return None if reply is None else reply.message.yiaddr

    def request(
        self, mac: bytes, address: bytes, options: dict[int, bytes] | None = None, **fields: Any
    ) -> Reply | None:
        """The answer to a client that selects an address of this server."""
        wanted = {c.REQUESTED_ADDRESS: address, c.SERVER_IDENTIFIER: SERVER, **(options or {})}
        return self.ask(c.REQUEST, wanted, chaddr=mac, **fields)

    def lend(self, mac: bytes, options: dict[int, bytes] | None = None, **fields: Any) -> bytes:
        """The address that a client was lent, by DISCOVER and REQUEST."""
        address = self.offered(mac, options, **fields)
        assert address is not None
        reply = self.request(mac, address, options, **fields)
        assert reply is not None and reply.message.message_type == c.ACK, reply
        return address


def settled(deferred: Any) -> Any:
    """What a store has given."""
    if not isinstance(deferred, Deferred):
        return deferred
    results: list[Any] = []
    deferred.addCallback(results.append)
    return results[0]
