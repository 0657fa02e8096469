"""What the tests of the Redis source begin with: a server, and hashes in it."""

import json

from twisted.internet import reactor
from twisted.internet.task import deferLater
from twisted.trial.unittest import TestCase

from sdhcp.backends.cached import CachedSource
from sdhcp.backends.redis import build
from sdhcp.config.settings import CacheSettings, SourceSettings

from .servers.processes import PATIENCE
from .servers.redis import SKIP, RedisServer


def hashes(subnets, hosts):
    """The commands that write subnets and hosts."""
    for subnet in subnets:
        fields = {name: value for name, value in subnet.items() if name not in ("subnet", "serial")}
        yield hset(f"{subnet['subnet']}|{subnet['serial']}", fields)
    for host in hosts:
        fields = {name: value for name, value in host.items() if name not in ("mac", "own") and value is not None}
        if "own" in host:
            fields["extra"] = json.dumps(host["own"])
        yield hset(host["mac"], fields)


def hset(key, fields):
    return ("HSET", key, *(word for item in fields.items() for word in item))


def source_of(server, any_case=False, settings=None, **kwargs):
    """A source that is not started, on a server's socket unless told otherwise."""
    where = {} if "host" in kwargs or settings else {"unix_socket_path": server.path}
    held = {"X_REDISDB_KWARGS": {**where, **kwargs}, **(settings or {})}
    return build(SourceSettings("Redis", any_case, settings=held), reactor, reactor.seconds)


async def until(condition, what):
    """Wait until a condition holds."""
    end = reactor.seconds() + PATIENCE
    while not condition():
        if reactor.seconds() > end:
            raise AssertionError(f"waited {PATIENCE} s in vain: {what}")
        await deferLater(reactor, 0.01)


class RedisCase(TestCase):
    """Cases that share a server; each fills it anew."""

    skip = SKIP or None

    def setUp(self):
        self.server = RedisServer.shared()

    def fill(self, subnets, hosts):
        self.server.do(("FLUSHALL",), *hashes(subnets, hosts))

    def own_server(self, *options, **more):
        """A server that this case alone uses."""
        server = RedisServer(*options, **more)
        self.addCleanup(server.remove)
        self.addCleanup(server.stop)
        return server

    def started(self, source):
        source.start()
        self.addCleanup(source.stop)
        return source

    def cached(self, source, **settings):
        return self.started(CachedSource(source, CacheSettings(enabled=True, **settings), reactor, reactor.seconds))
