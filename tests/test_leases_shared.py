"""Servers that share leases: in Redis, in PostgreSQL."""

import signal

from twisted.trial.unittest import TestCase

from .servers import postgresql, redis
from .servers.toxic import Toxic
from .shared_leases import SharedLeases, silent
from .test_leases_postgresql import make_tables
from .test_leases_postgresql import store_of as in_postgresql
from .test_leases_redis import LeaseServer
from .test_leases_redis import store_of as in_redis


class RedisSharedTests(SharedLeases, TestCase):
    skip = redis.SKIP or None
    timeout = 120

    def setUp(self):
        self.server = LeaseServer.shared()

    def empty(self):
        self.server.do(("FLUSHALL",))

    def store(self, wall=None):
        return in_redis(self.server, wall)

    def crash(self):
        self.server.stop()
        self.addCleanup(lambda: self.server.process or self.server.start())

    def start_again(self):
        self.server.start()

    async def test_a_silent_network_is_not_waited_for(self):
        self.empty()
        toxic = await Toxic(self.server.port).start()
        self.addCleanup(toxic.stop)
        place = {"host": "127.0.0.1", "port": toxic.port}
        error = await silent(self, in_redis(self.server, settings={"LEASES_REDISDB_KWARGS": place}), toxic)
        self.assertIn("has not answered within", str(error))


class PostgresqlSharedTests(SharedLeases, TestCase):
    skip = postgresql.SKIP or None
    timeout = 120

    def setUp(self):
        self.server = postgresql.PostgresqlServer.shared()

    def empty(self):
        make_tables(self.server)
        # This server writes what is not asked for some time later.
        self.server.execute("CHECKPOINT")

    def store(self, wall=None):
        return in_postgresql(self.server, wall)

    def crash(self):
        # It ends at once, with what is not in its log lost.
        self.server.end(signal.SIGQUIT)
        self.addCleanup(lambda: self.server.process or self.server.start())

    def start_again(self):
        self.server.start()

    async def test_a_silent_network_is_not_waited_for(self):
        self.empty()
        toxic = await Toxic(self.server.port).start()
        self.addCleanup(toxic.stop)
        through = {"LEASES_POSTGRESQL_PORT": toxic.port, "LEASES_POSTGRESQL_MAXIMUM_CONNECTIONS": 1}
        error = await silent(self, in_postgresql(self.server, **through), toxic)
        self.assertIn("no answer within", str(error))
        self.assertTrue(error.passing)
