"""What is changed in Redis, and when that counts."""

from functools import partial
from itertools import count

from twisted.internet import reactor
from twisted.internet.task import Clock

from sdhcp.backends.cached import CachedSource
from sdhcp.config.settings import CacheSettings
from sdhcp.interfaces import UNKNOWN

from .contracts import FIRST, HOSTS, STRANGER, SUBNETS, SourceContract, asked, known_by
from .redis_case import RedisCase, hashes, hset, source_of, until
from .samples import ip
from .servers.redis import RedisServer

UNTRACKED = "user default on nopass ~* &* +@all -client|tracking"


class NotifyingServer(RedisServer):
    """A server that tells through keyspace notifications alone."""

    def __init__(self):
        super().__init__(UNTRACKED, "notify-keyspace-events Kghxe")


class Heard:
    """Sees that what was changed has been heard."""

    def __init__(self, server, cached):
        self.server, self.cached = server, cached
        self.keys, self.numbers = set(), count()
        self.changed, cached.changed = cached.changed, self.heard
        self.watching, self.watched, cached.watched = False, cached.watched, self.watches

    def heard(self, key):
        self.keys.add(key)
        self.changed(key)

    def watches(self, yes):
        self.watching = yes
        self.watched(yes)

    async def all(self):
        """Fires when everything that was written before has been heard."""
        mark = f"mark {next(self.numbers)}"
        self.server.do(hset(mark, {"a": 1}))
        await until(partial(self.has, mark), "a change is heard")

    def has(self, mark):
        self.cached.refresh()
        return mark in self.keys


class WatchedContractTests(SourceContract, RedisCase):
    """No time passes here: what was changed counts as soon as it is heard."""

    kind = RedisServer

    def setUp(self):
        self.server = self.kind.shared()

    def open(self, subnets, hosts):
        self.fill(subnets, hosts)
        return source_of(self.server)

    def in_front(self, source):
        self.time = Clock()
        cached = CachedSource(source, CacheSettings(enabled=True), reactor, self.time.seconds)
        self.heard = Heard(self.server, cached)
        return cached

    async def opened(self, subnets, hosts):
        cached = await super().opened(subnets, hosts)
        await until(lambda: self.heard.watching, "the server is listened to")
        # What is asked for in the moment in which that begins is not vouched for.
        self.time.advance(0.001)
        return cached

    def change(self, subnets, hosts):
        keys = self.server.do(("KEYS", "*"))[0]
        self.server.do(*[("DEL", key) for key in keys], *hashes(subnets, hosts))

    async def changed(self, subnets, hosts):
        await super().changed(subnets, hosts)
        await self.heard.all()

    async def find(self, source, query):
        found = await super().find(source, query)
        if self.heard.watching:
            self.assertEqual(source.peek(query), found)
        return found


class NotifiedContractTests(WatchedContractTests):
    kind = NotifyingServer


class ChangesTests(RedisCase):
    kind = RedisServer

    def setUp(self):
        self.server = self.kind.shared()
        self.fill(SUBNETS, HOSTS)

    async def watching(self, server=None, **more):
        server = server or self.server
        source = source_of(server, **more)
        cached = CachedSource(source, CacheSettings(enabled=True), reactor, reactor.seconds)
        self.heard = Heard(server, cached)
        self.started(cached)
        await until(lambda: self.heard.watching, "the server is listened to")
        return cached

    def forgets(self, cached, query):
        cached.refresh()
        return cached.peek(query) is UNKNOWN

    async def test_a_hundred_changes_each_count_at_once(self):
        cached = await self.watching()
        for number in range(1, 101):
            self.assertIsNotNone(await cached.lookup(asked()))
            self.server.do(("HSET", FIRST, "ip", f"10.77.1.{number}"))
            await until(partial(self.forgets, cached, asked()), "a change is heard")
            self.assertEqual((await cached.lookup(asked())).ip, ip(f"10.77.1.{number}"))

    async def test_every_way_to_change_a_client(self):
        cached = await self.watching()
        moved = {**HOSTS[0], "mac": "other"}
        for commands in (
            [("HDEL", FIRST, "hostname")],
            [("RENAME", FIRST, "another")],
            [("RENAME", "another", FIRST)],
            [("MULTI",), ("HSET", FIRST, "hostname", "new"), ("EXEC",)],
            [("EVAL", "redis.call('DEL', KEYS[1])", 1, FIRST)],
            [*hashes([], [moved]), ("COPY", "other", FIRST)],
            [("HSET", "10.77.1.0/24|0", "gateway", "10.77.1.9")],
        ):
            await cached.lookup(asked())
            self.assertIsNot(cached.peek(asked()), UNKNOWN)
            self.server.do(*commands)
            await until(partial(self.forgets, cached, asked()), "a change is heard")
        self.assertEqual((await cached.lookup(asked())).gateways, (ip("10.77.1.9"),))

    async def test_a_client_that_expires(self):
        cached = await self.watching()
        await cached.lookup(asked())
        self.server.do(("PEXPIRE", FIRST, 20))
        await until(lambda: self.server.do(("EXISTS", FIRST)) == [0], "the client expires")
        await self.heard.all()
        self.assertIsNone(await cached.lookup(asked()))

    async def test_an_emptied_database_has_no_clients(self):
        cached = await self.watching()
        await cached.lookup(asked())
        self.server.do(("FLUSHDB",))
        await until(partial(self.forgets, cached, asked()), "that the database was emptied is noticed")
        self.assertIsNone(await cached.lookup(asked()))

    async def test_databases_that_change_places(self):
        cached = await self.watching()
        await cached.lookup(asked())
        self.server.do(("SWAPDB", 0, 1))
        await until(partial(self.forgets, cached, asked()), "that the database is another is noticed")
        self.server.do(("FLUSHALL",))

    async def test_a_key_of_capitals_is_the_client_s_too(self):
        mac = "02:00:5e:aa:bb:cc"
        cached = await self.watching(any_case=True)
        self.assertIsNone(await cached.lookup(asked(mac)))
        self.server.do(hset(mac.upper(), {**HOSTS[0], "mac": mac}))
        await until(partial(self.forgets, cached, asked(mac)), "a change is heard")
        self.assertIsNotNone(await cached.lookup(asked(mac)))

    async def test_a_client_whose_key_looks_like_a_subnets(self):
        key = "circuit-id:eth|7"
        cached = await self.watching()
        self.assertIsNone(await cached.lookup(known_by(key)))
        self.server.do(hset(key, HOSTS[0]))
        await until(partial(self.forgets, cached, known_by(key)), "a change is heard")
        self.assertIsNotNone(await cached.lookup(known_by(key)))

    async def test_of_another_database(self):
        self.server.do(("SELECT", 3), *hashes(SUBNETS, HOSTS))
        cached = await self.watching(db=3)
        await cached.lookup(asked())
        self.server.do(("SELECT", 3), ("DEL", FIRST))
        await until(partial(self.forgets, cached, asked()), "a change is heard")
        self.assertIsNone(await cached.lookup(asked()))

    async def test_the_connection_is_made_anew(self):
        cached = await self.watching()
        await cached.lookup(asked())
        self.server.do(("CLIENT", "KILL", "TYPE", "pubsub"))
        self.server.do(hset(FIRST, {"ip": "10.77.1.99"}))
        await until(partial(self.forgets, cached, asked()), "the connection is there again")
        self.assertEqual((await cached.lookup(asked())).ip, ip("10.77.1.99"))
        await until(lambda: self.heard.watching, "the server is listened to again")

    async def test_subnets_that_are_changed(self):
        cached = await self.watching()
        await until(lambda: cached.subnet_of(ip("10.77.1.9")), "the subnets are known")
        self.server.do(hset("10.88.0.0/16|0", {"lease_time": 5}), ("DEL", "10.77.1.0/24|0", "10.77.1.0/24|1"))
        await until(lambda: cached.subnet_of(ip("10.88.0.1")), "a new subnet is known")
        self.assertEqual(cached.subnet_of(ip("10.77.1.9")).definition.lease_time, 600)


class NotifiedChangesTests(ChangesTests):
    kind = NotifyingServer


class UntoldTests(RedisCase):
    """Servers that do not tell everything."""

    async def warned(self, *options):
        server = self.own_server(*options)
        cached = self.cached(source_of(server))
        self.assertEqual(list(cached.warnings), [])
        await until(lambda: cached.warnings, "what is not told is warned of")
        return server, cached, cached.warnings[0]

    async def test_notifications_that_are_off(self):
        server, cached, warning = await self.warned(UNTRACKED, "notify-keyspace-events El")
        self.assertIn("CONFIG SET notify-keyspace-events KEglhxe", warning)
        server.do(("CONFIG", "SET", *warning.partition("CONFIG SET ")[2].partition(",")[0].split()))
        await until(lambda: not cached.warnings, "they are switched on")
        server.do(*hashes(SUBNETS, HOSTS))
        await cached.lookup(asked())
        server.do(("CONFIG", "SET", "notify-keyspace-events", ""))
        await until(lambda: cached.warnings, "they are switched off")

    async def test_a_user_that_may_do_next_to_nothing(self):
        _, cached, warning = await self.warned("user default on nopass ~* &* +hgetall +psubscribe")
        self.assertIn("+client|tracking", warning)
        self.assertIsNone(await cached.lookup(asked(STRANGER)))

    async def test_a_user_that_may_not_even_listen(self):
        _, cached, warning = await self.warned("user default on nopass ~* resetchannels +hgetall")
        self.assertIn("+client|tracking", warning)
        self.assertIsNone(await cached.lookup(asked(STRANGER)))
        await cached.probe()

    async def test_what_is_told_counts_though_it_is_not_all(self):
        server, cached, _ = await self.warned(
            "user default on nopass ~* &* +@all -client|tracking -config", "notify-keyspace-events KA"
        )
        server.do(*hashes(SUBNETS, HOSTS))
        await cached.lookup(asked())
        heard = Heard(server, cached)
        server.do(("HSET", FIRST, "ip", "10.77.1.99"))
        await heard.all()
        self.assertEqual((await cached.lookup(asked())).ip, ip("10.77.1.99"))
