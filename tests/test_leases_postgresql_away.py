"""A PostgreSQL for leases that cannot be connected to."""

from importlib.util import find_spec

from twisted.internet import reactor
from twisted.internet.defer import DeferredList
from twisted.internet.protocol import Factory, Protocol
from twisted.trial.unittest import TestCase

from sdhcp.engine.addresses import Addresses
from sdhcp.interfaces import SourceError
from sdhcp.leases.postgresql import build
from sdhcp.model import Holder

CONNECTIONS = 2


class HangsUp(Protocol):
    """A server that ends each connection."""

    def connectionMade(self):
        self.factory.connections += 1
        self.transport.loseConnection()


class AwayTests(TestCase):
    skip = None if find_spec("psycopg2") else "psycopg2 is not installed"

    def setUp(self):
        self.factory = Factory.forProtocol(HangsUp)
        self.factory.connections = 0
        self.listener = reactor.listenTCP(0, self.factory, interface="127.0.0.1")
        self.addCleanup(self.listener.stopListening)
        self.now = 0.0

    def store(self):
        settings = {
            "LEASES_POSTGRESQL_DATABASE": "dhcp", "LEASES_POSTGRESQL_HOST": "127.0.0.1",
            "LEASES_POSTGRESQL_PORT": self.listener.getHost().port, "LEASES_POSTGRESQL_SSLMODE": "disable",
            "LEASES_POSTGRESQL_MAXIMUM_CONNECTIONS": CONNECTIONS,
        }  # fmt: skip
        store = build(settings, reactor, lambda: self.now, None)
        self.addCleanup(store.stop)
        return store

    async def test_many_clients_do_not_make_many_tries(self):
        store, pool = self.store(), Addresses("guests", [(1, 100)])
        await self.assertFailure(store.start(), SourceError)
        tries = self.factory.connections
        for _ in range(2):
            asking = [store.offer(pool, Holder(f"client {n}"), None, 0.0, 60.0) for n in range(50)]
            for done, failure in await DeferredList(asking, consumeErrors=True):
                self.assertFalse(done)
                failure.trap(SourceError)
            # Whoever was connecting already when the first was refused.
            tries += 2 * CONNECTIONS
            self.assertLessEqual(self.factory.connections, tries)
            self.now += 1
        self.assertGreater(self.factory.connections, 1)
