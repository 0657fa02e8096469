"""Redis servers that do not keep leases, may not, or have others to take over."""

from twisted.internet import reactor
from twisted.trial.unittest import SynchronousTestCase

from sdhcp.interfaces import SourceError, SourceLoadError
from sdhcp.leases.redis import build

from .redis_case import RedisCase, until
from .servers.redis import SKIP
from .shared_leases import LEASE, NOW, Node, address
from .test_leases_redis import LeaseServer, store_of

SECRET = "s3cret-of-leases"


class ServerCase(RedisCase):
    def lease_server(self, *options):
        server = LeaseServer(*options)
        self.addCleanup(server.remove)
        self.addCleanup(server.stop)
        return server

    async def started(self, store):
        self.addCleanup(store.stop)
        await store.start()
        return Node(store, 4)


class KeepingTests(ServerCase):
    async def test_a_server_that_keeps_all_is_not_warned_of(self):
        node = await self.started(store_of(self.lease_server()))
        self.assertEqual(node.store.warnings, ())

    async def test_a_server_that_may_lose_leases_is_warned_of(self):
        for option, expected in (
            ("appendonly no", "no append-only file"),
            ("appendfsync everysec", "may lose the last second of leases"),
            ("appendfsync no", "may lose half a minute of leases"),
            ("maxmemory-policy allkeys-lru", "removes leases when its memory is full"),
            ("user default on nopass ~* &* +@all -config", "does not tell whether it keeps"),
        ):
            node = await self.started(store_of(self.lease_server(option)))
            (line,) = node.store.warnings
            self.assertIn(expected, line)

    async def test_a_server_that_has_forgotten_the_scripts_is_told_them_again(self):
        server = self.lease_server()
        node = await self.started(store_of(server))
        await node.bind("one", address(0))
        server.do(("SCRIPT", "FLUSH"))
        self.assertEqual((await node.bind("one", address(0), NOW + 1)).expires, NOW + 1 + LEASE)

    async def test_a_user_that_may_do_what_is_advised(self):
        rules = f"user leases on >{SECRET} ~sdhcp:* +@all -@dangerous"
        settings = {"username": "leases", "password": SECRET}
        server = self.lease_server(rules)
        settings["unix_socket_path"] = server.path
        node = await self.started(store_of(server, settings={"LEASES_REDISDB_KWARGS": settings}))
        self.assertIsNotNone(await node.bind("one", address(0)))
        self.assertIsNotNone(await node.offer("two"))
        self.assertTrue(await node.store.release(node.pool, "one", address(0), NOW))
        self.assertEqual(len(await node.store.history(None, None, 9)), 2)
        self.assertEqual(await node.store.forget_history(NOW + 1), 2)
        self.assertEqual((await node.store.counts(node.pool, NOW)).offered, 1)

    async def test_a_user_that_may_only_read(self):
        server = self.lease_server(f"user leases on >{SECRET} ~* +@read +@scripting +@connection +sadd +time")
        settings = {"username": "leases", "password": SECRET, "unix_socket_path": server.path}
        node = await self.started(store_of(server, settings={"LEASES_REDISDB_KWARGS": settings}))
        error = await self.assertFailure(node.bind("one", address(0)), SourceError)
        self.assertIn("does not allow its user what a lease store does", str(error))
        self.assertNotIn(SECRET, f"{error!r}{error.advice}{vars(node.store)!r}")

    async def test_another_password(self):
        server = self.lease_server(f"requirepass {SECRET}")
        settings = {"password": f"{SECRET}-not", "unix_socket_path": server.path}
        store = store_of(server, settings={"LEASES_REDISDB_KWARGS": settings})
        self.addCleanup(store.stop)
        error = await self.assertFailure(store.start(), SourceError)
        self.assertNotIn(SECRET, f"{error!r}{error.advice}")
        self.assertIn("LEASES_REDISDB_KWARGS", error.advice)

    async def test_a_server_without_memory_lends_nothing(self):
        server = self.lease_server("maxmemory-policy noeviction")
        node = await self.started(store_of(server))
        await node.bind("one", address(0))
        server.do(("CONFIG", "SET", "maxmemory", 1))
        error = await self.assertFailure(node.bind("two", address(1)), SourceError)
        self.assertIn("no memory left", str(error))
        self.assertEqual((await node.store.at(node.pool, address(0), NOW)).client, "one")
        server.do(("CONFIG", "SET", "maxmemory", 0))
        self.assertIsNone(await node.store.at(node.pool, address(1), NOW))
        self.assertIsNotNone(await node.bind("two", address(1)))

    async def test_something_else_under_the_names_of_leases(self):
        server = self.lease_server()
        server.do(("SET", "sdhcp:{shared}:leases", "mine"))
        node = await self.started(store_of(server))
        error = await self.assertFailure(node.bind("one", address(0)), SourceError)
        self.assertIn("something else", str(error))

    async def test_the_history_is_bounded(self):
        server = self.lease_server()
        node = await self.started(store_of(server, history=100))
        for turn in range(600):
            await node.bind("one", address(0), NOW + turn)
        self.assertLess(len(await node.store.history(None, "one", 1000)), 300)
        latest = (await node.store.history(address(0), None, 1))[0]
        self.assertEqual(latest.at, NOW + 599)


class ReplicaTests(ServerCase):
    def setUp(self):
        self.master = self.lease_server()
        self.replica = self.lease_server(f"replicaof 127.0.0.1 {self.master.port}")

    def is_linked(self):
        return b"master_link_status:up" in self.replica.do(("INFO", "replication"))[0]

    async def test_a_lease_counts_when_the_replicas_have_it(self):
        await until(self.is_linked, "the replica follows")
        node = await self.started(store_of(self.master, settings={"LEASES_REDISDB_REPLICAS": 1}))
        await node.bind("one", address(0))
        self.assertEqual(self.replica.do(("HLEN", "sdhcp:{shared}:leases")), [1])
        self.replica.stop()
        error = await self.assertFailure(node.bind("two", address(1)), SourceError)
        self.assertIn("0 of 1 replicas", str(error))
        # Offers need not survive.
        self.assertIsNotNone(await node.offer("three"))

    async def test_a_replica_lends_nothing(self):
        await until(self.is_linked, "the replica follows")
        node = await self.started(store_of(self.replica))
        error = await self.assertFailure(node.offer("one"), SourceError)
        self.assertIn("is a replica", str(error))

    async def test_leases_are_there_when_a_replica_has_taken_over(self):
        sentinel = self.own_server(
            f"sentinel monitor leases 127.0.0.1 {self.master.port} 1",
            "sentinel down-after-milliseconds leases 500",
            "sentinel failover-timeout leases 3000",
            sentinel=True,
        )
        await until(self.is_linked, "the replica follows")

        def is_known():
            (found,) = sentinel.do(("SENTINEL", "REPLICAS", "leases"))
            told = [dict(zip(one[::2], one[1::2], strict=True)) for one in found]
            return any(one[b"master-link-status"] == b"ok" and one[b"flags"] == b"slave" for one in told)

        await until(is_known, "the sentinel knows the replica")
        settings = {
            "LEASES_REDISDB_SENTINELS": [("127.0.0.1", sentinel.port)],
            "LEASES_REDISDB_SENTINEL_SERVICE": "leases",
            "LEASES_REDISDB_REPLICAS": 1,
        }
        node = await self.started(build(settings, reactor, reactor.seconds, None))
        for number in range(3):
            await node.bind(f"{number}", address(number))
        self.master.stop()

        await until(self.replica.is_master, "the replica has taken over")
        # It has no replica of its own yet, so that it may be asked, and lends nothing new.
        answers = []

        def ask():
            node.store.at(node.pool, address(2), NOW).addCallbacks(answers.append, lambda error: None)
            return bool(answers)

        await until(ask, "the new master is asked")
        self.assertEqual(answers[0].client, "2")
        self.assertIsNone(await node.store.at(node.pool, address(3), NOW))
        error = await self.assertFailure(node.bind("3", address(3)), SourceError)
        self.assertIn("0 of 1 replicas", str(error))

    async def test_a_master_without_replicas_that_must_have_a_lease_is_warned_of(self):
        sentinel = self.own_server(f"sentinel monitor leases 127.0.0.1 {self.master.port} 1", sentinel=True)
        settings = {
            "LEASES_REDISDB_SENTINELS": [("127.0.0.1", sentinel.port)],
            "LEASES_REDISDB_SENTINEL_SERVICE": "leases",
        }
        node = await self.started(build(settings, reactor, reactor.seconds, None))
        self.assertTrue(any("LEASES_REDISDB_REPLICAS" in line for line in node.store.warnings), node.store.warnings)


class SettingsTests(SynchronousTestCase):
    skip = SKIP or None

    def test_what_is_wrong_is_named_as_it_is_set(self):
        for settings in (
            {"LEASES_REDISDB_KWARGS": {"port": "many"}},
            {"LEASES_REDISDB_SENTINEL_SERVICE": "leases"},
            {"LEASES_REDISDB_REPLICAS": -1},
            {"LEASES_REDISDB_REPLICAS": "one"},
            {"LEASES_REDISDB_CONCURRENCY_LIMIT": "x"},
        ):
            error = self.assertRaises(SourceLoadError, build, settings, reactor, reactor.seconds, None)
            (problem,) = error.problems
            self.assertIn(next(iter(settings)), problem)
            self.assertNotIn("X_REDISDB", problem)

    def test_settings_of_reservations_are_not_those_of_leases(self):
        store = build({"X_REDISDB_KWARGS": {"port": "many"}}, reactor, reactor.seconds, None)
        self.assertEqual(store.name, "Redis")
