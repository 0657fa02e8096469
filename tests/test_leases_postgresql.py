"""Leases in PostgreSQL."""

from twisted.internet import reactor
from twisted.trial.unittest import TestCase

from sdhcp.leases.postgresql import build

from .lease_contract import LeaseContract
from .lease_states import tell_stories
from .servers.postgresql import SKIP, PostgresqlServer
from .sql_cases import schema

TABLES = "lease, lease_offer, lease_history"


def make_tables(server):
    """Tables for leases, and nothing else, with the rights that the server's user needs."""
    server.create(schema("postgresql-leases.sql", own=False).replace("%", "%%"))
    server.execute("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM reader")
    server.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {TABLES} TO reader")


def store_of(server, wall=None, **settings):
    """A store that has not been started."""
    held = server.settings()
    del held["USE_POOL"]
    return build(
        {**{f"LEASES_{name}": value for name, value in held.items()}, **settings}, reactor, reactor.seconds, wall
    )


class PostgresqlLeasesTests(LeaseContract, TestCase):
    skip = SKIP or None
    timeout = 120

    def setUp(self):
        self.server = PostgresqlServer.shared()
        make_tables(self.server)

    def open(self):
        self.server.execute(f"TRUNCATE {TABLES}")
        return store_of(self.server)

    async def reopen(self, store):
        self.server.stop()
        self.server.start()
        return store_of(self.server)

    def test_whatever_happens_in_whatever_order(self):
        return tell_stories(reactor, self.open, self.another_server, lambda store: store.stop())

    async def another_server(self, store):
        await store.stop()
        return store_of(self.server)
