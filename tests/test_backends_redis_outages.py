"""Redis servers that go, hang, come back, and change their roles."""

from twisted.internet import reactor
from twisted.internet.defer import gatherResults
from twisted.internet.task import deferLater

from sdhcp.interfaces import UNKNOWN, SourceError

from .contracts import FIRST, HOSTS, STRANGER, SUBNETS, asked, known_by
from .redis_case import RedisCase, hashes, source_of, until
from .samples import ip
from .servers.redis import Refused


async def answer(source, query):
    """What a source says in the end, asked again as a client asks again."""
    try:
        return await source.lookup(query)
    except SourceError as error:
        return error


async def kept(source, query):
    """What a cache keeps of a client; an answer that came while the server began to be listened to is not kept."""
    while True:
        await source.lookup(query)
        found = source.peek(query)
        if found is not UNKNOWN:
            return found
        await deferLater(reactor, 0.01)


async def until_answered(case, source, query, address):
    """Wait until a client has an address; fails if that takes longer than five seconds."""
    end = reactor.seconds() + 5
    while True:
        found = await answer(source, query)
        if not isinstance(found, SourceError) and found is not None and found.ip == ip(address):
            return
        case.assertLess(reactor.seconds(), end, found)
        await deferLater(reactor, 0.05)


class OutageTests(RedisCase):
    def setUp(self):
        self.server = self.own_server()
        self.server.do(*hashes(SUBNETS, HOSTS))

    async def test_known_clients_are_answered_meanwhile_and_all_afterwards(self):
        source = self.cached(source_of(self.server))
        before = await kept(source, asked())
        self.server.stop()
        error = await answer(source, asked(STRANGER))
        self.assertIsInstance(error, SourceError)
        self.assertIn("Redis at", str(error))
        self.assertEqual(source.peek(asked()), before)
        self.assertTrue(source.problem())
        self.server.start()
        self.server.do(*hashes(SUBNETS, [{**HOSTS[0], "ip": "10.77.1.99"}]))
        await until_answered(self, source, asked(), "10.77.1.99")
        self.assertEqual(source.problem(), "")

    async def test_without_a_cache_too(self):
        source = self.started(source_of(self.server))
        await gatherResults([source.lookup(known_by(f"{number}")) for number in range(2000)])
        self.server.stop()
        error = await self.assertFailure(source.lookup(asked()), SourceError)
        self.assertIn("Redis at", str(error))
        await self.assertFailure(source.probe(), SourceError)
        self.server.start()
        self.server.do(*hashes(SUBNETS, HOSTS))
        await until_answered(self, source, asked(), "10.77.1.50")
        await source.probe()

    async def test_a_server_started_anew_meanwhile_is_no_fault(self):
        source = self.started(source_of(self.server))
        await source.lookup(asked())
        self.server.stop()
        self.server.start()
        self.server.do(*hashes(SUBNETS, HOSTS))
        self.assertEqual((await source.lookup(asked())).ip, ip("10.77.1.50"))

    async def test_a_server_that_hangs(self):
        source = self.cached(source_of(self.server, socket_timeout=0.5))
        before = await kept(source, asked())
        self.server.hang()
        error = await answer(source, asked(STRANGER))
        self.assertIn("has not answered within 0.5 s", str(error))
        self.assertEqual(source.peek(asked()), before)
        self.server.go_on()
        self.server.do(*hashes([], [{**HOSTS[0], "mac": STRANGER, "ip": "10.77.1.98"}]))
        await until_answered(self, source, asked(STRANGER), "10.77.1.98")
        await until_answered(self, source, asked(), "10.77.1.50")

    async def test_an_answer_that_nobody_waits_for_is_nobody_elses(self):
        source = self.started(source_of(self.server, max_connections=1))
        await source.lookup(asked())
        self.server.hang()
        given_up = source.lookup(asked())
        await deferLater(reactor, 0.05)
        given_up.cancel()
        self.server.go_on()
        await self.assertFailure(given_up, Exception)
        self.assertEqual((await source.lookup(asked(HOSTS[1]["mac"]))).ip, ip("10.77.1.51"))

    async def test_a_server_that_reads_its_data(self):
        source = self.started(source_of(self.server))
        self.server.do(
            ("DEBUG", "POPULATE", 50, "more", 2000),
            (
                "CONFIG",
                "SET",
                "save",
                "3600 1",
                "key-load-delay",
                20_000,
                "loading-process-events-interval-bytes",
                1024,
            ),
            ("CONFIG", "REWRITE"),
            ("SAVE",),
        )
        self.server.stop()
        self.server.start()
        error = await answer(source, asked())
        self.assertIn("still reading its data", str(error))
        await until_answered(self, source, asked(), "10.77.1.50")

    async def test_stops_with_questions_under_way(self):
        source = source_of(self.server)
        source.start()
        await source.lookup(asked())
        self.server.hang()
        waiting = [source.lookup(known_by(str(number))) for number in range(1000)]
        probe = source.probe()
        await deferLater(reactor, 0.01)
        await source.stop()
        for one in (*waiting, probe):
            await self.assertFailure(one, SourceError)

    async def test_stops_though_it_was_never_reached(self):
        self.server.stop()
        source = source_of(self.server)
        source.start()
        await source.stop()
        source = source_of(self.server, host="192.0.2.1")
        source.start()
        waiting = source.lookup(asked())
        await deferLater(reactor, 0.01)
        await source.stop()
        await self.assertFailure(waiting, SourceError)


class SentinelTests(RedisCase):
    def setUp(self):
        self.master = self.own_server()
        self.replica = self.own_server(f"replicaof 127.0.0.1 {self.master.port}")
        self.sentinel = self.own_server(
            f"sentinel monitor clients 127.0.0.1 {self.master.port} 1",
            "sentinel down-after-milliseconds clients 500",
            "sentinel failover-timeout clients 3000",
            sentinel=True,
        )
        self.master.do(*hashes(SUBNETS, HOSTS))

    def source(self, service="clients"):
        # The first of the two is not there.
        places = [("127.0.0.1", 1), ("127.0.0.1", self.sentinel.port)]
        return source_of(None, settings={"X_REDISDB_SENTINELS": places, "X_REDISDB_SENTINEL_SERVICE": service})

    def ready(self):
        """Whether the replica has what the master has, and the sentinel knows it."""
        try:
            if self.replica.do(("DBSIZE",)) != self.master.do(("DBSIZE",)):
                return False
        except Refused:
            return False
        found = self.sentinel.do(("SENTINEL", "REPLICAS", "clients"))[0]
        told = [dict(zip(one[::2], one[1::2], strict=True)) for one in found]
        return any(one[b"master-link-status"] == b"ok" and one[b"flags"] == b"slave" for one in told)

    async def test_follows_the_master(self):
        source = self.cached(self.source())
        self.assertEqual((await source.lookup(asked())).ip, ip("10.77.1.50"))
        await until(self.ready, "the sentinel knows the replica")
        self.sentinel.do(("SENTINEL", "FAILOVER", "clients"))
        await until(self.replica.is_master, "the replica is the master")
        self.replica.do(("HSET", FIRST, "ip", "10.77.1.97"))
        await until_answered(self, source, asked(), "10.77.1.97")
        # What is changed is heard from the new one.
        await until(lambda: self.tells(source, "10.77.1.96"), "the new master is listened to")

    def tells(self, source, address):
        self.replica.do(("HSET", FIRST, "ip", address))
        source.lookup(asked()).addCallbacks(self.keep, lambda _: None)
        source.refresh()
        return getattr(self, "found", None) == ip(address)

    def keep(self, found):
        self.found = found.ip

    async def test_a_master_that_is_lost(self):
        source = self.cached(self.source())
        before = await kept(source, asked())
        await until(self.ready, "the sentinel knows the replica")
        self.master.stop()
        self.assertEqual((await source.lookup(asked())), before)
        await until(self.replica.is_master, "the replica is the master")
        self.replica.do(*hashes([], [{**HOSTS[0], "mac": STRANGER, "ip": "10.77.1.95"}]))
        await until_answered(self, source, asked(STRANGER), "10.77.1.95")

    async def test_sentinels_that_do_not_know_it(self):
        error = await self.assertFailure(self.started(self.source("others")).lookup(asked()), SourceError)
        self.assertIn('no master "others"', str(error))
        self.sentinel.stop()
        error = await self.assertFailure(self.started(self.source()).probe(), SourceError)
        self.assertIn("sentinel", str(error))
