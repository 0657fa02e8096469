"""SQL servers that stop, hang, or are cut off, behind the cache that stands in front of them."""

import threading

from twisted.internet.defer import CancelledError, gatherResults

from sdhcp.interfaces import SourceError

from .contracts import HOSTS, STRANGER, SUBNETS, asked, known_by
from .samples import ip
from .servers import mariadb, postgresql
from .servers.toxic import Toxic
from .sql_cases import SqlCase, schema, until


class Outages:
    """What holds for each kind of server."""

    def setUp(self):
        super().setUp()
        self.server.create(self.schema)
        self.refill(SUBNETS, HOSTS)

    def threads_left(self):
        return [thread for thread in threading.enumerate() if thread.name.startswith("PoolThread")]

    async def through_a_proxy(self, most=4):
        """A source with that many connections at most, which go through a proxy."""
        await self.proxy()
        engine = self.engine.upper()
        return self.started(**{f"{engine}_PORT": self.toxic.port, f"{engine}_MAXIMUM_CONNECTIONS": most})

    async def proxy(self):
        self.toxic = await Toxic(self.server.port).start()
        self.addCleanup(self.toxic.stop)
        return self.toxic

    async def test_known_clients_are_served_while_the_server_is_stopped(self):
        cached = self.cached(self.build())
        self.assertEqual((await cached.lookup(asked())).ip, ip("10.77.1.50"))
        self.server.stop()
        self.addCleanup(lambda: self.server.process or self.server.start())
        self.assertEqual((await cached.lookup(asked())).ip, ip("10.77.1.50"))
        error = await self.assertFailure(cached.lookup(asked(STRANGER)), SourceError)
        self.assertIn("nobody listens there", str(error))
        self.assertNotIn(self.password, f"{error}{error.advice}{cached.problem()}")
        self.server.start()
        await until(lambda: not cached.problem(), "the server is found well again")
        self.assertIsNone(await cached.lookup(asked(STRANGER)))
        self.assertEqual((await cached.lookup(asked(HOSTS[1]["mac"]))).ip, ip("10.77.1.51"))

    async def test_connections_that_were_cut_cost_nobody_an_answer(self):
        source = self.started()
        for _ in range(3):
            await gatherResults([source.lookup(known_by(f"k{number}")) for number in range(8)])
            self.cut_connections()
            self.assertEqual((await source.lookup(asked())).ip, ip("10.77.1.50"))

    async def test_a_lookup_that_is_given_up_frees_its_thread(self):
        source = await self.through_a_proxy(1)
        self.assertEqual((await source.lookup(asked())).ip, ip("10.77.1.50"))
        await source.read_subnets()
        self.toxic.silent = True
        lookup = source.lookup(asked())
        await until(lambda: self.toxic.swallowed, "the question is under way")
        lookup.cancel()
        await self.assertFailure(lookup, CancelledError)
        self.toxic.silent = False
        self.assertEqual((await source.lookup(asked())).ip, ip("10.77.1.50"))

    async def test_half_an_answer_is_none(self):
        source = await self.through_a_proxy(1)
        await source.lookup(asked())
        await source.read_subnets()
        self.toxic.half = True
        lookup = source.lookup(asked())
        await until(lambda: self.toxic.silent, "half an answer has come")
        self.assertFalse(lookup.called)
        self.toxic.half = self.toxic.silent = False
        self.toxic.cut()
        self.assertEqual((await lookup).ip, ip("10.77.1.50"))

    async def test_stops_though_nothing_is_answered(self):
        source = await self.through_a_proxy()
        await source.lookup(asked())
        await source.read_subnets()
        self.toxic.silent = True
        lookups = [source.lookup(known_by(f"k{number}")) for number in range(3)]
        await until(lambda: self.toxic.swallowed, "the questions are under way")
        stopping = source.stop()
        for lookup in lookups:
            await self.assertFailure(lookup, SourceError, CancelledError)
        await stopping
        self.assertEqual(self.threads_left(), [])

    async def test_stops_though_no_connection_comes_about(self):
        await self.proxy()
        self.toxic.silent = True
        source = self.started(**{f"{self.engine.upper()}_PORT": self.toxic.port})
        lookup = source.lookup(asked())
        await until(lambda: self.toxic.ends, "a connection is begun")
        stopping = source.stop()
        await self.assertFailure(lookup, SourceError, CancelledError)
        await stopping
        self.assertEqual(self.threads_left(), [])

    async def test_an_answer_that_is_a_little_late(self):
        source = await self.through_a_proxy()
        self.toxic.delay = 0.05
        self.assertEqual((await source.lookup(asked())).ip, ip("10.77.1.50"))

    async def test_without_a_pool_no_connection_is_kept(self):
        source = self.started(USE_POOL=False)
        for _ in range(3):
            self.assertEqual((await source.lookup(asked())).ip, ip("10.77.1.50"))
        await source.read_subnets()
        await until(lambda: self.connections() == 0, "the connections are closed")

    async def test_no_more_connections_than_wanted(self):
        source = self.started(**{f"{self.engine.upper()}_MAXIMUM_CONNECTIONS": 2})
        for _ in range(5):
            await gatherResults([source.lookup(known_by(f"k{number}")) for number in range(600)])
            self.assertLessEqual(self.connections(), 2)


class PostgresqlOutageTests(Outages, SqlCase):
    skip = postgresql.SKIP or None
    engine, module = "PostgreSQL", "postgresql"
    schema = schema("postgresql.sql", own=False)
    make_server = postgresql.PostgresqlServer.shared
    password = postgresql.PASSWORD

    async def test_a_lookup_that_nobody_gives_up_fails_by_itself(self):
        source = await self.through_a_proxy(1)
        await source.lookup(asked())
        await source.read_subnets()
        self.toxic.silent = True
        error = await self.assertFailure(source.lookup(asked()), SourceError)
        self.assertIn("no answer", str(error))

    async def test_a_silent_network_is_not_taken_for_nothing_changed(self):
        self.server.execute(schema("postgresql-notify.sql"))
        source = self.build(POSTGRESQL_PORT=(await self.proxy()).port)
        cached = self.cached(source, enabled=True)
        await until(lambda: source.is_watched, "the source is watched")
        self.toxic.silent = True
        await until(lambda: not source.is_watched, "the silence is noticed")
        self.toxic.silent = False
        self.toxic.cut()
        await until(lambda: source.is_watched, "the source is watched again")
        self.assertEqual((await cached.lookup(asked())).ip, ip("10.77.1.50"))

    def cut_connections(self):
        self.server.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = 'reader'")

    def connections(self):
        return self.server.execute("SELECT count(*) FROM pg_stat_activity WHERE usename = 'reader'")[0][0]


class MariadbOutageTests(Outages, SqlCase):
    skip = mariadb.SKIP or None
    engine, module = "MySQL", "mysql"
    schema = schema("mysql.sql", own=False)
    make_server = mariadb.MariadbServer.shared
    password = mariadb.PASSWORD

    def cut_connections(self):
        self.server.execute("KILL USER reader")

    def connections(self):
        question = "SELECT count(*) FROM information_schema.processlist WHERE user = 'reader'"
        return self.server.execute(question)[0][0]
