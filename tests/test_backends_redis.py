"""Clients in a real Redis server."""

import json

from twisted.internet import reactor
from twisted.trial.unittest import TestCase

from sdhcp.backends.redis import build
from sdhcp.config.settings import SourceSettings
from sdhcp.interfaces import BadReservation

from .contracts import (
    FIRST,
    CachedContract,
    SourceContract,
    asked,
)
from .samples import ip
from .servers.redis import MISSING, shared


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


def settings(case_insensitive=False, limit=None, **kwargs):
    held = {"X_REDISDB_KWARGS": kwargs, "X_REDISDB_CONCURRENCY_LIMIT": limit}
    return SourceSettings("Redis", case_insensitive_macs=case_insensitive, settings=held)


def source_of(server, **more):
    return build(settings(unix_socket_path=server.path, **more), reactor, reactor.seconds)


class RedisCase(TestCase):
    """One server for all cases; each fills it anew."""

    skip = MISSING
    options = ()

    def setUp(self):
        self.server = shared(*self.options)

    def fill(self, subnets, hosts):
        self.server.run(("FLUSHALL",), *hashes(subnets, hosts))

    def source(self, **more):
        source = source_of(self.server, **more)
        source.start()
        self.addCleanup(source.stop)
        return source


class ContractTests(SourceContract, RedisCase):
    def open(self, subnets, hosts):
        self.fill(subnets, hosts)
        return source_of(self.server)

    change = RedisCase.fill


class CachedContractTests(CachedContract, RedisCase):
    def open(self, subnets, hosts):
        self.fill(subnets, hosts)
        return source_of(self.server)

    change = RedisCase.fill


class HashTests(RedisCase):
    async def found(self, host, subnet=None, **more):
        self.server.run(("FLUSHALL",), *([hset("n|0", subnet)] if subnet else []), hset(FIRST, host))
        return await self.source(**more).lookup(asked())

    async def refused(self, host, subnet=None):
        return str(await self.assertFailure(self.ensure(self.found(host, subnet)), BadReservation))

    def ensure(self, coroutine):
        from twisted.internet.defer import ensureDeferred

        return ensureDeferred(coroutine)

    HOST = {"ip": "10.0.0.9", "subnet": "n", "serial": "0"}

    async def test_what_a_client_says_goes_before_what_its_subnet_says(self):
        subnet = {
            "lease_time": 600, "gateway": "10.0.0.1", "subnet_mask": "255.0.0.0", "domain_name": "all.example.org",
            "broadcast_address": "10.255.255.255", "domain_name_servers": "10.0.0.3", "ntp_servers": "10.0.0.4",
        }  # fmt: skip
        own = {
            "lease_time": 60, "gateway": "10.0.0.2", "subnet_mask": "255.255.0.0", "domain_name": "own.example.org",
            "broadcast_address": "10.0.255.255", "domain_name_servers": "10.0.0.5", "ntp_servers": "10.0.0.6",
        }  # fmt: skip
        found = await self.found({**self.HOST, **own}, subnet)
        self.assertEqual(
            (found.lease_time, found.gateways, found.domain_name), (60, (ip("10.0.0.2"),), "own.example.org")
        )
        self.assertEqual((found.subnet_mask, found.broadcast_address), (ip("255.255.0.0"), ip("10.0.255.255")))
        self.assertEqual((found.domain_name_servers, found.ntp_servers), ((ip("10.0.0.5"),), (ip("10.0.0.6"),)))
        found = await self.found({**self.HOST, **dict.fromkeys(own, "")}, subnet)
        self.assertEqual(
            (found.lease_time, found.gateways, found.domain_name), (600, (ip("10.0.0.1"),), "all.example.org")
        )
