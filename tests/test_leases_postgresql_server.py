"""PostgreSQL servers without tables for leases, or with other rights, settings and releases."""

from twisted.internet import reactor
from twisted.internet.defer import gatherResults
from twisted.trial.unittest import SynchronousTestCase, TestCase

from sdhcp.interfaces import SourceError, SourceLoadError
from sdhcp.leases.postgresql import build
from sdhcp.model import Holder

from .servers.postgresql import PASSWORD, SKIP, PostgresqlServer
from .shared_leases import LEASE, NOW, Node, address
from .sql_cases import schema
from .test_leases_postgresql import TABLES, make_tables, store_of


class ServerTests(TestCase):
    skip = SKIP or None
    timeout = 90

    def setUp(self):
        self.server = PostgresqlServer.shared()
        make_tables(self.server)

    async def started(self, **settings):
        store = store_of(self.server, **settings)
        self.addCleanup(store.stop)
        await store.start()
        return Node(store, 4)

    async def failure(self, **settings):
        """What the start of a store fails with; no secret in it."""
        store = store_of(self.server, **settings)
        self.addCleanup(store.stop)
        error = await self.assertFailure(store.start(), SourceError)
        self.assertNotIn(PASSWORD, f"{error!r}{error.advice}{store!r}{vars(store)!r}")
        return f"{error}; {error.advice}"

    async def test_a_server_that_does_not_flush_is_warned_of(self):
        node = await self.started()
        self.assertEqual(node.store.warnings, ("PostgreSQL may lose leases when its power fails: fsync is off there",))

    async def test_without_tables(self):
        self.server.create("")
        self.assertIn("there are no functions for leases; run sdhcp init-db --leases", await self.failure())

    async def test_without_rights(self):
        self.server.execute(f"REVOKE UPDATE ON {TABLES} FROM reader")
        self.assertIn("may not write leases; GRANT SELECT, INSERT, UPDATE, DELETE", await self.failure())

    async def test_functions_of_another_release(self):
        self.server.execute("CREATE OR REPLACE FUNCTION sdhcp_leases() RETURNS INTEGER LANGUAGE sql AS 'SELECT 2'")
        self.assertIn("of another release; run sdhcp init-db --leases", await self.failure())

    async def test_another_password(self):
        text = await self.failure(LEASES_POSTGRESQL_PASSWORD="another")
        self.assertIn("refuses the password; see LEASES_POSTGRESQL_USERNAME", text)

    async def test_no_such_database(self):
        self.assertIn("LEASES_POSTGRESQL_DATABASE", await self.failure(LEASES_POSTGRESQL_DATABASE="nowhere"))

    async def test_a_database_that_shows_old_rows_lends_nothing(self):
        self.server.execute("ALTER ROLE reader SET default_transaction_isolation = 'repeatable read'")
        self.addCleanup(self.server.execute, "ALTER ROLE reader RESET default_transaction_isolation")
        node = await self.started()
        error = await self.assertFailure(node.bind("one", address(0)), SourceError)
        self.assertIn("READ COMMITTED", str(error))

    async def test_a_database_that_may_not_be_written_lends_nothing(self):
        self.server.execute("ALTER ROLE reader SET default_transaction_read_only = on")
        self.addCleanup(self.server.execute, "ALTER ROLE reader RESET default_transaction_read_only")
        node = await self.started()
        error = await self.assertFailure(node.bind("one", address(0)), SourceError)
        self.assertIn("takes no changes", str(error))

    async def test_a_step_that_the_server_takes_back_is_taken_again(self):
        node = await self.started()
        self.server.execute(
            "CREATE SEQUENCE tries; GRANT USAGE ON SEQUENCE tries TO reader; "
            "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "IF nextval('tries') < 3 THEN RAISE 'deadlock' USING ERRCODE = '40P01'; END IF; RETURN NEW; END $$; "
            "CREATE TRIGGER fail BEFORE INSERT ON lease FOR EACH ROW EXECUTE FUNCTION fail()"
        )
        self.assertIsNotNone(await node.bind("one", address(0)))
        self.assertEqual([change.what for change in await node.store.history(None, "one", 9)], ["bound"])

    async def test_letters_that_the_server_cannot_hold_are_kept(self):
        node = await self.started()
        odd = Holder("\0client\\u0000\udc80", b"\0\xff", "a\0b\ud800", "\\")
        lease = await node.store.bind(node.pool, odd, address(0), NOW, NOW + LEASE)
        self.assertEqual((lease.client, lease.mac, lease.hostname, lease.via), odd)
        self.assertEqual(await node.store.of_client(node.pool, odd.client, NOW), lease)
        self.assertTrue(await node.store.release(node.pool, odd.client, address(0), NOW))

    async def test_a_lease_without_an_end_is_kept(self):
        node = await self.started()
        lease = await node.store.bind(node.pool, Holder("one"), address(0), NOW, float("inf"))
        self.assertEqual(await node.store.at(node.pool, address(0), NOW), lease)
        self.assertEqual(lease.expires, float("inf"))

    async def test_tables_that_are_made_again_keep_what_they_hold(self):
        node = await self.started()
        await node.bind("one", address(0))
        await node.offer("two")
        self.server.execute(schema("postgresql-leases.sql", own=False).replace("%", "%%"))
        self.assertEqual((await node.store.at(node.pool, address(0), NOW)).client, "one")
        self.assertEqual((await node.store.counts(node.pool, NOW)).offered, 1)

    async def test_a_bind_waits_for_no_other_client(self):
        node = await self.started()
        connection = self.server.connect()
        self.addCleanup(connection.close)
        connection.autocommit = False
        with connection.cursor() as cursor:
            # Another server is in the middle of a step with the first address.
            cursor.execute("SELECT sdhcp_bind('shared', 'slow', '', '', '', '10.88.0.0', %s, %s)", (NOW, NOW + LEASE))
            offered = await gatherResults([node.offer(f"{number}") for number in range(3)])
            self.assertEqual({lease.address for lease in offered}, {address(number) for number in (1, 2, 3)})
            waiting = node.bind("late", address(0))
            await node.bind("0", offered[0].address)
            self.assertFalse(waiting.called)
            connection.commit()
        self.assertIsNone(await waiting)


class SettingsTests(SynchronousTestCase):
    skip = SKIP or None

    def test_what_is_wrong_is_named_as_it_is_set(self):
        fine = {"LEASES_POSTGRESQL_DATABASE": "dhcp", "LEASES_POSTGRESQL_HOST": "h"}
        for name, value in (
            ("LEASES_POSTGRESQL_DATABASE", ""),
            ("LEASES_POSTGRESQL_PORT", "many"),
            ("LEASES_POSTGRESQL_SSLMODE", "perhaps"),
            ("LEASES_POSTGRESQL_MAXIMUM_CONNECTIONS", 0),
        ):
            held = {**fine, name: value}
            error = self.assertRaises(SourceLoadError, build, held, reactor, reactor.seconds, None)
            (problem,) = error.problems
            self.assertIn(name, problem)
        build(fine, reactor, reactor.seconds, None)
