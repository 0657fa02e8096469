"""Answers kept in a real memcached."""

import json
from math import inf

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet import reactor
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import Clock, deferLater
from twisted.trial.unittest import SynchronousTestCase, TestCase

from sdhcp.backends.memcached import REQUESTS, MemcachedCache, key_of
from sdhcp.config.settings import CacheSettings

from . import test_backends_memory
from .contracts import CIRCUIT, EXPECTED, FIRST, asked
from .samples import definition
from .servers.memcached import MISSING, Memcached

WALL = 1_700_000_000.0


async def until(condition, what, seconds=20):
    """Wait for a condition."""
    end = reactor.seconds() + seconds
    while not condition():
        if reactor.seconds() > end:
            raise AssertionError(f"waited {seconds} s in vain: {what}")
        await deferLater(reactor, 0.01, lambda: None)


class MemcachedCase(TestCase):
    """One server for all cases; each begins with it empty."""

    skip = MISSING

    def setUp(self):
        self.server = Memcached.shared()
        self.server.tell("flush_all")
        self.time = Clock()

    def cache(self, age=300, port=None):
        return MemcachedCache("127.0.0.1", port or self.server.port, age, reactor, self.time.seconds, lambda: WALL)

    async def started(self, age=300, port=None):
        cache = self.cache(age, port)
        cache.start()
        self.addCleanup(cache.stop)
        await self.connected(cache)
        return cache

    async def connected(self, cache):
        await until(lambda: not cache.problem(), "no problem")
        cache.put("there?", definition())
        while await cache.get("there?") is None:
            await deferLater(reactor, 0.01, lambda: None)
            cache.put("there?", definition())


class CachedMemcachedTests(MemcachedCase, test_backends_memory.CachedMemoryTests):
    def second_cache(self):
        return self.cache()


class MemcachedModelTests(CachedMemcachedTests):
    """The same where the process's own memory is for bad times alone."""

    cache_settings = CacheSettings(enabled=True, model="memcached")


class KeepingTests(MemcachedCase):
    async def test_what_is_put_is_got_with_its_age(self):
        cache = await self.started()
        for key in (FIRST, CIRCUIT, "x" * 300, "ключ"):
            cache.put(key, definition(hostname="one"))
            self.time.advance(7)
            kept = await cache.get(key)
            self.assertEqual((kept.found, kept.age), (definition(hostname="one"), 7))

    async def test_several_definitions(self):
        cache = await self.started()
        both = (definition(), definition(hostname="other"))
        cache.put(FIRST, both)
        self.assertEqual((await cache.get(FIRST)).found, both)

    async def test_nothing_is_nothing(self):
        cache = await self.started()
        self.assertIsNone(await cache.get(FIRST))
        cache.put(FIRST, definition())
        cache.drop(FIRST)
        self.assertIsNone(await cache.get(FIRST))
        cache.put(FIRST, definition())
        await cache.clear()
        self.assertIsNone(await cache.get(FIRST))

    async def test_another_server_reads_it(self):
        one, other = await self.started(), await self.started()
        one.put(CIRCUIT, definition())
        await one.get(CIRCUIT)
        self.assertEqual((await other.get(CIRCUIT)).found, definition())

    async def test_an_answer_expires_where_that_is_wanted(self):
        for age, lowest, highest in ((0, -1, -1), (300, 200, 300), (40 * 86400, 30 * 86400, 41 * 86400)):
            cache = MemcachedCache("127.0.0.1", self.server.port, age, reactor, self.time.seconds)
            cache.start()
            self.addCleanup(cache.stop)
            await self.connected(cache)
            cache.put(FIRST, definition())
            await cache.get(FIRST)
            left = int(self.server.tell(f"mg {FIRST} t").split()[1].removeprefix("t"))
            self.assertTrue(lowest <= left <= highest, (age, left))

    async def test_fields_that_are_no_json_are_not_kept_and_counted(self):
        cache = await self.started()
        cache.put(FIRST, definition())
        cache.put(FIRST, definition(extra={"maps.since": {1, 2}}))
        self.assertIsNone(await cache.get(FIRST))
        self.assertEqual(dict(cache.shed())["answers with fields that a cache cannot keep"], 1)
        cache.put(FIRST, definition(extra={"maps.note": "x" * 1_100_000}))
        self.assertIsNone(await cache.get(FIRST))

    async def test_what_is_no_entry_is_nothing(self):
        cache = await self.started()
        for text in ("", "nonsense", "[1]", '{"a":1}', "[" * 100_000, '[["10.0.0.1", null, null, ["a", 0], {}]]'):
            self.server.hold(FIRST, text)
            self.assertIsNone(await cache.get(FIRST))
        self.assertEqual(dict(cache.shed())["entries in memcached that could not be read"], 6)

    async def test_an_answer_from_a_time_to_come_has_no_age(self):
        cache = await self.started()
        cache.put(FIRST, definition())
        await cache.get(FIRST)
        for ahead, age in ((2, 0.0), (3600, inf)):
            early = MemcachedCache(
                "127.0.0.1", self.server.port, 0, reactor, self.time.seconds, lambda a=ahead: WALL - a
            )
            early.start()
            self.addCleanup(early.stop)
            await self.connected(early)
            self.assertEqual((await early.get(FIRST)).age, age)

    async def test_of_too_many_at_once_some_are_let_go(self):
        cache = await self.started()
        before = dict(cache.shed())["answers that memcached did not take"]
        for number in range(REQUESTS + 100):
            cache.put(f"client {number}", definition())
        self.assertEqual(dict(cache.shed())["answers that memcached did not take"] - before, 100)
        self.assertIsNone(await cache.get("client 1"))
        await until(lambda: self.server.held(key_of(f"client {REQUESTS - 1}").decode()), "all are there")
        self.assertIsNotNone(await cache.get("client 1"))


class LegacyTests(MemcachedCase):
    async def test_entries_of_staticdhcpd(self):
        cache = await self.started()
        record = json.dumps(["10.77.1.1,10.77.1.2", "255.255.255.0", "10.77.1.255", "example.org",
                             "10.77.0.53,10.77.0.54", "10.77.0.123", 3600])  # fmt: skip
        self.server.hold("10.77.1.0/24-0", record)
        self.server.hold(FIRST, json.dumps([["10.77.1.50", "known", None, ["10.77.1.0/24", 0]]]))
        kept = await cache.get(FIRST)
        self.assertEqual((kept.found, kept.age), (EXPECTED[FIRST], inf))

    async def test_a_subnet_with_spaces_and_nothing_but_a_lease_time(self):
        cache = await self.started()
        self.server.hold("a_room-7", json.dumps([None, None, None, None, None, None, 60]))
        entry = ["10.9.9.9", None, {"maps.x": 1}, ["a room", 7]]
        self.server.hold(FIRST, json.dumps([entry, entry]))
        one, other = (await cache.get(FIRST)).found
        self.assertEqual(one, other)
        self.assertEqual((one.lease_time, one.subnet, one.serial, one.extra), (60, "a room", 7, {"maps.x": 1}))

    async def test_a_subnet_that_is_not_there_or_no_subnet(self):
        cache = await self.started()
        self.server.hold(FIRST, json.dumps([["10.77.1.50", "known", None, ["10.77.1.0/24", 0]]]))
        self.assertIsNone(await cache.get(FIRST))
        for record in ("[]", "nonsense", json.dumps([None] * 7), json.dumps(["x"] + [None] * 5 + [60])):
            self.server.hold("10.77.1.0/24-0", record)
            self.assertIsNone(await cache.get(FIRST))


class AwayTests(TestCase):
    skip = MISSING

    def setUp(self):
        self.server = Memcached()
        self.addCleanup(self.server.remove)
        self.addCleanup(self.server.stop)
        self.time = Clock()

    cache, started, connected = MemcachedCase.cache, MemcachedCase.started, MemcachedCase.connected

    async def test_away_at_the_start_and_back_by_itself(self):
        cache = self.cache()
        cache.start()
        self.addCleanup(cache.stop)
        await until(cache.problem, "a problem")
        self.assertIn("cannot be reached: ", cache.problem())
        self.assertIn("refused", cache.problem())
        self.assertIsNone(self.successResultOf(cache.get(FIRST)))
        cache.put(FIRST, definition())
        self.assertEqual(dict(cache.shed())["answers that memcached did not take"], 1)
        self.server.start()
        await until(lambda: not cache.problem(), "no problem")
        await self.connected(cache)

    async def test_a_crash_between_two_questions(self):
        self.server.start()
        cache = await self.started()
        waiting = [cache.get(FIRST) for _ in range(100)]
        self.server.stop()
        for one in waiting:
            await one
        await until(cache.problem, "a problem")
        self.assertIsNone(self.successResultOf(cache.get(FIRST)))
        self.server.start()
        await until(lambda: not cache.problem(), "no problem")
        cache.put(FIRST, definition())
        self.assertEqual((await cache.get(FIRST)).found, definition())

    async def test_one_that_hangs_is_left_alone_after_a_second(self):
        self.server.start()
        cache = await self.started()
        self.server.hang()
        self.assertIsNone(await cache.get(FIRST))
        self.assertIn("no answer within 1 s", cache.problem())
        self.assertIsNone(self.successResultOf(cache.get(FIRST)))
        self.server.go_on()
        await until(lambda: not cache.problem(), "no problem")

    async def test_who_gives_up_waiting_disturbs_nobody(self):
        self.server.start()
        cache = await self.started()
        cache.put(FIRST, definition())
        given_up, waiting = cache.get("other"), cache.get(FIRST)
        given_up.cancel()
        self.assertIsNone(await given_up)
        self.assertEqual((await waiting).found, definition())

    async def test_a_name_of_no_host(self):
        cache = MemcachedCache("no-such-host.invalid", 11211, 0, reactor, self.time.seconds)
        cache.start()
        self.addCleanup(cache.stop)
        await until(cache.problem, "a problem")
        self.assertIn("there is no such host", cache.problem())


class Stranger(Protocol):
    """Somebody else who listens there."""

    def connectionMade(self):
        self.transport.write(b"SSH-2.0-OpenSSH_9.2\r\n")

    def dataReceived(self, data):
        self.transport.write(b"220 \xff\xfe nonsense " + data[:10] + b"\r\n" + b"x" * 20_000)


class StrangerTests(TestCase):
    async def test_who_is_not_memcached_is_told_of(self):
        port = reactor.listenTCP(0, Factory.forProtocol(Stranger), interface="127.0.0.1")
        self.addCleanup(port.stopListening)
        cache = MemcachedCache("127.0.0.1", port.getHost().port, 0, reactor, reactor.seconds)
        cache.start()
        self.addCleanup(cache.stop)
        await until(cache.problem, "a problem")
        self.assertIn("what answers there is not memcached", cache.problem())
        self.assertIsNone(self.successResultOf(cache.get(FIRST)))


class KeyTests(SynchronousTestCase):
    def test_a_hardware_address_is_its_own_key(self):
        self.assertEqual(key_of(asked().key), FIRST.encode())

    @given(st.text(), st.text())
    def test_any_key_fits_and_no_two_are_one(self, one, other):
        octets = key_of(one)
        self.assertTrue(0 < len(octets) <= 250)
        self.assertFalse(any(octet <= 0x20 or octet == 0x7F for octet in octets))
        self.assertEqual(octets == key_of(other), one == other)
