"""What PostgreSQL tells of changes, and what holds when it does not."""

from functools import partial

from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.task import Clock

from sdhcp.backends.cached import CachedSource
from sdhcp.config.settings import CacheSettings
from sdhcp.interfaces import UNKNOWN

from . import test_backends_postgresql as plain
from .contracts import FIRST, HOSTS, STRANGER, SUBNETS, CachedContract, asked
from .samples import ip
from .servers.postgresql import SKIP
from .servers.toxic import Toxic
from .sql_cases import schema, until

skip = SKIP or None
NOTIFY = schema("postgresql-notify.sql")


class Told(CachedSource):
    """A cache that remembers what it was told."""

    def __init__(self, *arguments):
        self.told = []
        self.is_watched = False
        super().__init__(*arguments)

    def watched(self, yes):
        self.is_watched = yes
        super().watched(yes)

    def changed(self, key):
        self.told.append(key)
        super().changed(key)

    def subnet_changed(self, subnet, serial):
        self.told.append((subnet, serial))
        super().subnet_changed(subnet, serial)

    def all_changed(self):
        self.told.append("*")
        super().all_changed()


class WatchedContractTests(CachedContract, plain.ContractTests):
    """The cases with a cache for which no time passes: what is changed is told."""

    schema = plain.ContractTests.schema + NOTIFY

    def in_front(self, source):
        self.time = Clock()
        return Told(source, CacheSettings(enabled=True), reactor, self.time.seconds)

    async def opened(self, subnets, hosts):
        self.told = await super().opened(subnets, hosts)
        await until(lambda: self.told.is_watched, "the source is watched")
        return self.told

    async def changed(self, subnets, hosts):
        self.change(subnets, hosts)
        # What is told after it, by anybody, arrives after it.
        self.server.execute("SELECT pg_notify('sdhcp_changes', 'm:nobody')")
        await until(lambda: self.told.refresh() or "nobody" in self.told.told, "the change is told")


class ChangesTests(plain.PostgresqlCase):
    def fill(self, schema=plain.PostgresqlCase.schema + NOTIFY, subnets=SUBNETS, hosts=HOSTS):
        self.server.create(schema)
        self.refill(subnets, hosts)

    def front(self, any_case=False, **settings):
        self.source = self.build(any_case=any_case, **settings)
        told = Told(self.source, CacheSettings(enabled=True), reactor, reactor.seconds)
        told.start()
        self.addCleanup(told.stop)
        return told

    async def watched(self, **settings):
        told = self.front(**settings)
        await until(lambda: told.is_watched, "the source is watched")
        return told

    async def hears(self, told, what):
        await until(lambda: told.refresh() or what in told.told, f"{what} is told")

    async def test_a_hundred_changes_in_a_row_count_each(self):
        self.fill()
        told = await self.watched()
        for number in range(100):
            await told.lookup(asked())
            address = f"10.77.1.{number + 100}"
            del told.told[:]
            self.server.execute("UPDATE maps SET ip = %s WHERE mac = %s", (address, FIRST))
            await self.hears(told, FIRST)
            self.assertEqual((await told.lookup(asked())).ip, ip(address))

    async def test_what_was_committed_is_heard_before_it_is_confirmed(self):
        self.fill()
        told = await self.watched()
        connection = self.server.connect()
        self.addCleanup(connection.close)
        with connection.cursor() as cursor:
            for number in range(200):
                await told.lookup(asked())
                address = f"10.77.1.{number + 1}"
                cursor.execute("UPDATE maps SET ip = %s WHERE mac = %s", (address, FIRST))
                heard = Deferred()
                self.assertTrue(told.confirm(partial(heard.callback, None)))
                await heard
                self.assertIs(told.peek(asked()), UNKNOWN)
                self.assertEqual((await told.lookup(asked())).ip, ip(address))

    async def test_nobody_waits_for_a_server_that_goes_or_does_not_confirm(self):
        self.fill()
        told = await self.watched()
        self.server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
        heard = Deferred()
        if told.confirm(partial(heard.callback, None)):
            await heard
        await until(lambda: not told.is_watched, "the loss is noticed")
        self.assertFalse(told.confirm(self.fail))

    async def test_nobody_waits_for_a_server_that_falls_silent(self):
        self.fill()
        toxic = await Toxic(self.server.port).start()
        self.addCleanup(toxic.stop)
        told = await self.watched(POSTGRESQL_PORT=toxic.port)
        toxic.silent = True
        waiting = [Deferred() for _ in range(3)]
        for one in waiting:
            self.assertTrue(told.confirm(partial(one.callback, None)))
        await gatherResults(waiting)
        # It was not found to be lost meanwhile.
        self.assertTrue(told.is_watched)
        # Nor does anybody begin to wait until it has answered.
        self.assertFalse(told.confirm(self.fail))

    async def test_what_is_kept_needs_no_question_until_it_is_changed(self):
        self.fill()
        told = await self.watched()
        await told.lookup(asked())
        hits = told.hits
        self.assertEqual(told.peek(asked()).ip, ip("10.77.1.50"))
        self.assertEqual(told.hits, hits + 1)

    async def test_each_kind_of_change_is_told(self):
        self.fill()
        told = await self.watched()
        new = "INSERT INTO maps (mac, ip, subnet) VALUES (%s, '10.77.1.77', '10.77.1.0/24')"
        for question, values, what in (
            (new, (STRANGER,), STRANGER),
            ("UPDATE maps SET mac = '02:00:5e:00:01:98' WHERE mac = %s", (STRANGER,), STRANGER),
            ("UPDATE maps SET hostname = 'new' WHERE mac LIKE %s", ("%:98",), "02:00:5e:00:01:98"),
            ("DELETE FROM maps WHERE mac LIKE %s", ("%:98",), "02:00:5e:00:01:98"),
            ("INSERT INTO subnets (subnet, serial, lease_time) VALUES (%s, 7, 60)", ("new",), ("new", 7)),
            ("UPDATE subnets SET serial = 8 WHERE subnet = %s", ("new",), ("new", 7)),
            ("UPDATE subnets SET lease_time = 5 WHERE subnet = %s", ("new",), ("new", 8)),
            ("DELETE FROM subnets WHERE subnet = %s", ("new",), ("new", 8)),
            ("TRUNCATE maps", None, "*"),
        ):
            del told.told[:]
            self.server.execute(question, values)
            await self.hears(told, what)

    async def test_a_change_of_many_rows_is_told_as_one(self):
        self.fill()
        told = await self.watched()
        self.server.execute(
            "INSERT INTO maps (mac, ip, subnet) SELECT 'k' || i, '10.77.0.' || i, '10.77.0.0/16' "
            "FROM generate_series(1, 101) i"
        )
        await self.hears(told, "*")
        self.assertEqual(told.told, ["*"])
        self.server.execute("DELETE FROM maps WHERE mac IN ('k1', 'k2')")
        await self.hears(told, "k2")
        self.assertEqual(sorted(told.told), ["*", "k1", "k2"])

    async def test_a_change_that_is_taken_back_is_not_told(self):
        self.fill()
        told = await self.watched()
        self.server.execute("BEGIN; UPDATE maps SET hostname = 'x'; ROLLBACK; UPDATE maps SET hostname = 'y' WHERE "
                            f"mac = '{FIRST}'")  # fmt: skip
        await self.hears(told, FIRST)
        self.assertEqual(told.told, [FIRST])

    async def test_a_changed_subnet_answers_strangers_at_once(self):
        self.fill()
        told = await self.watched()
        await self.source.read_subnets()
        self.server.execute("UPDATE subnets SET lease_time = 77")
        await until(lambda: told.subnet_of(ip("10.77.2.9")).definition.lease_time == 77, "the subnet is read anew")

    async def test_a_key_in_capitals_is_told_in_both_ways(self):
        self.fill(hosts=[{**HOSTS[0], "mac": "02:00:5E:00:01:01"}])
        told = await self.watched(any_case=True)
        self.assertEqual((await told.lookup(asked())).ip, ip("10.77.1.50"))
        self.server.execute("UPDATE maps SET ip = '10.77.1.60'")
        await self.hears(told, FIRST)
        self.assertEqual((await told.lookup(asked())).ip, ip("10.77.1.60"))

    async def test_tables_without_triggers_are_named_and_nothing_relies_on_them(self):
        self.fill(plain.PostgresqlCase.schema)
        told = self.front()
        await until(lambda: self.source.warnings, "a warning")
        self.assertIn("postgresql-notify.sql", self.source.warnings[0])
        self.assertFalse(told.is_watched)
        self.server.execute(NOTIFY)
        await until(lambda: told.is_watched, "the source is watched")
        self.assertEqual(self.source.warnings, ())
        self.server.execute("DROP TRIGGER sdhcp_updated ON subnets")
        await until(lambda: not told.is_watched, "the dropped trigger is missed")

    async def test_views_do_not_tell(self):
        self.fill(plain.PostgresqlCase.schema)
        self.server.execute("ALTER TABLE maps RENAME TO hosts; CREATE VIEW maps AS SELECT * FROM hosts; "
                            "GRANT SELECT ON maps TO reader")  # fmt: skip
        told = self.front()
        await until(lambda: self.source.warnings, "a warning")
        self.assertEqual((await told.lookup(asked())).ip, ip("10.77.1.50"))
        self.assertFalse(told.is_watched)

    async def test_a_connection_that_is_cut_is_made_anew_and_what_was_missed_counts(self):
        self.fill()
        told = await self.watched()
        self.assertEqual((await told.lookup(asked())).ip, ip("10.77.1.50"))
        self.server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'reader' AND query LIKE 'LISTEN%'"
        )
        await until(lambda: not told.is_watched, "the cut is seen")
        await until(lambda: told.is_watched, "the source is watched again")
        self.server.execute("UPDATE maps SET ip = '10.77.1.61' WHERE mac = %s", (FIRST,))
        await self.hears(told, FIRST)
        self.assertEqual((await told.lookup(asked())).ip, ip("10.77.1.61"))

    async def test_nobody_listens_where_nobody_wants_to_be_told(self):
        self.fill()
        source = self.started()
        source.hear()
        await source.lookup(asked())
        listening = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'reader' AND query LIKE 'LISTEN%'"
        self.assertEqual(self.server.execute(listening), [(0,)])
