"""Databases that a site has among its extensions, over a real web service and a real Redis."""

import json

from twisted.internet import reactor
from twisted.trial.unittest import TestCase

from sdhcp.compat import install
from sdhcp.config import load
from sdhcp.interfaces import SourceError
from sdhcp.sources import build_store

from .compat_site import SiteFolder
from .contracts import FIRST, HOSTS, STRANGER, SUBNETS, CachedContract, SourceContract, asked, record
from .redis_case import RedisCase, hset
from .samples import ip
from .servers.http import Service

HTTP = """\
import staticDHCPd_extensions.httpdb as httpdb
DHCP_SERVER_IP = "127.0.0.1"
DATABASE_ENGINE = httpdb.{engine}
"""
REDIS = """\
import staticDHCPd_extensions.redis_static as redis_static
DHCP_SERVER_IP = "127.0.0.1"
DATABASE_ENGINE = redis_static.{engine}
"""


class SiteDatabase(SiteFolder):
    conf: str
    engine: str

    def store(self, **settings):
        """The source of a conf.py with these settings besides."""
        lines = "".join(f"{name} = {value!r}\n" for name, value in settings.items())
        path = self.copied(self.conf.format(engine=self.engine) + lines)
        return build_store(load(str(path), {}, "/", prepare=install), reactor, reactor.seconds)


class HttpDatabase(SiteDatabase):
    conf = HTTP
    engine = "HTTPDatabase"

    def setUp(self):
        self.service = Service().start()
        self.addCleanup(self.service.stop)
        self.service.behave = self.answer

    def answer(self, request):
        """What is known about a client; "null" for a stranger."""
        key = self.service.asked[-1].parameters[self.service.key]
        found = self.service.records.get(key if isinstance(key, str) else key[0])
        request.setHeader("Content-Type", "application/json")
        return json.dumps(found).encode()

    def open(self, subnets, hosts):
        self.change(subnets, hosts)
        return self.store(X_HTTPDB_URI=self.service.uri)

    def change(self, subnets, hosts):
        self.service.records = {host["mac"]: record(host, subnets) for host in hosts}


class HttpContractTests(HttpDatabase, SourceContract, TestCase):
    pass


class HttpCachingContractTests(HttpContractTests):
    engine = "HTTPCachingDatabase"


class CachedHttpCachingContractTests(CachedContract, HttpCachingContractTests):
    pass


class HttpTests(HttpDatabase, TestCase):
    async def found(self, **settings):
        source = self.store(**{"X_HTTPDB_URI": self.service.uri, **settings})
        source.start()
        self.addCleanup(source.stop)
        return await source.lookup(asked())

    async def test_a_client_is_asked_for_in_json(self):
        self.change(SUBNETS, HOSTS)
        await self.found(X_HTTPDB_HEADERS={"X-Site": "office"}, X_HTTPDB_PARAMETERS={"zone": ["a", "b"]})
        (asked_for,) = self.service.asked
        self.assertEqual((asked_for.method, asked_for.header("Content-Type")), ("POST", ["application/json"]))
        self.assertEqual(json.loads(asked_for.body), {"zone": ["a", "b"], "mac": FIRST})
        self.assertEqual(asked_for.header("X-Site"), ["office"])

    async def test_a_client_is_asked_for_in_a_query(self):
        self.service.key = "client"
        self.change(SUBNETS, HOSTS)
        found = await self.found(
            X_HTTPDB_POST=False, X_HTTPDB_PARAMETERS={"zone": ["a", "b"]}, X_HTTPDB_PARAMETER_KEY_MAC="client"
        )
        (asked_for,) = self.service.asked
        self.assertEqual((asked_for.method, asked_for.query), ("GET", {"zone": ["a", "b"], "client": [FIRST]}))
        self.assertEqual(found.ip, ip("10.77.1.50"))

    async def test_what_the_service_leaves_out_has_defaults(self):
        self.service.records = {FIRST: {"ip": "10.77.1.50", "subnet": "a"}}
        found = await self.found(
            X_HTTPDB_DEFAULT_LEASE_TIME=60, X_HTTPDB_DEFAULT_SERIAL=7, X_HTTPDB_DEFAULT_NAME_SERVERS="10.77.0.53"
        )
        self.assertEqual((found.lease_time, found.serial), (60, 7))
        self.assertEqual(found.domain_name_servers, (ip("10.77.0.53"),))

    async def test_a_list_is_several_definitions(self):
        client = record(HOSTS[0], SUBNETS)
        self.service.records = {FIRST: [client, {**client, "ip": "10.77.1.51"}]}
        self.assertEqual([one.ip for one in await self.found()], [ip("10.77.1.50"), ip("10.77.1.51")])

    async def test_a_service_that_fails_is_an_error_and_not_a_stranger(self):
        def fail(request):
            request.setResponseCode(500)
            return b"out of order"

        self.service.behave = fail
        source = self.store(X_HTTPDB_URI=self.service.uri)
        source.start()
        self.addCleanup(source.stop)
        error = await self.assertFailure(source.lookup(asked()), SourceError)
        self.assertIn("500", str(error))
        self.assertIn("httpdb.py", str(error))


class RedisDatabase(SiteDatabase, RedisCase):
    conf = REDIS
    engine = "RedisDatabase"

    def store(self, **settings):
        return super().store(X_REDISDB_KWARGS={"unix_socket_path": self.server.path}, **settings)


class RedisContractTests(RedisDatabase, SourceContract):
    def open(self, subnets, hosts):
        self.fill(subnets, hosts)
        return self.store()

    change = RedisCase.fill


class RedisCachingContractTests(RedisContractTests):
    engine = "RedisCachingDatabase"

    def store(self, **settings):
        return super().store(X_REDISDB_CONCURRENCY_LIMIT=2, **settings)


class CachedRedisContractTests(CachedContract, RedisContractTests):
    pass


class RedisTests(RedisDatabase):
    async def test_a_clients_own_values_go_before_those_of_its_subnet(self):
        self.server.do(
            ("FLUSHALL",),
            hset("a|0", {"lease_time": 600, "gateway": "10.0.0.1", "extra": '{"room": "1", "floor": "2"}'}),
            hset(
                FIRST,
                {"ip": "10.0.0.9", "subnet": "a", "serial": 0, "gateway": "10.0.0.2", "extra": '{"room": "12"}'},
            ),
        )
        source = self.started(self.store())
        found = await source.lookup(asked())
        self.assertEqual((found.lease_time, found.gateways), (600, (ip("10.0.0.2"),)))
        self.assertEqual(found.extra, {"room": "12", "floor": "2"})
        self.assertIsNone(await source.lookup(asked(STRANGER)))
