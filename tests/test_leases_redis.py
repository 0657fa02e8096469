"""Leases in Redis."""

from twisted.internet import reactor
from twisted.trial.unittest import TestCase

from sdhcp.leases.redis import build

from .lease_contract import LeaseContract
from .lease_states import tell_stories
from .servers.redis import SKIP, RedisServer, Refused


class LeaseServer(RedisServer):
    """A server that has all on disk before it answers."""

    def __init__(self, *options):
        super().__init__("appendonly yes", "appendfsync always", *options)

    def answers(self):
        """Whether it has read what it kept."""
        try:
            return super().answers() and self.do(("PING",)) == [b"PONG"]
        except Refused as error:
            return not str(error).startswith("LOADING")


def store_of(server, wall=None, settings=None, **more):
    """A store that has not been started."""
    held = {"LEASES_REDISDB_KWARGS": {"unix_socket_path": server.path}, **(settings or {})}
    return build(held, reactor, reactor.seconds, wall, **more)


class RedisLeasesTests(LeaseContract, TestCase):
    skip = SKIP or None

    def setUp(self):
        self.server = LeaseServer.shared()

    def open(self):
        self.server.do(("FLUSHALL",))
        return store_of(self.server)

    async def reopen(self, store):
        self.server.stop()
        self.server.start()
        return store_of(self.server)

    def test_whatever_happens_in_whatever_order(self):
        return tell_stories(reactor, self.open, self.server_started_anew, lambda store: store.stop())

    async def server_started_anew(self, store):
        await store.stop()
        return await self.reopen(store)
