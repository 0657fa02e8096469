"""SQLite files, and what other programs do to them."""

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase, TestCase

from sdhcp.backends.change_token import LOOK
from sdhcp.backends.sql import Columns
from sdhcp.backends.sqlite import KEPT, MOMENT, SqliteSource
from sdhcp.interfaces import BadReservation, SourceError, SourceLoadError

from .contracts import (
    EXPECTED,
    HOSTS,
    OWN_COLUMNS,
    SUBNETS,
    CachedContract,
    ListContract,
    SourceContract,
    asked,
    columns,
)
from .netns.yard import ROOT
from .samples import MAC, ip

SCHEMA = (ROOT / "sdhcp" / "schemas" / "sqlite.sql").read_text(encoding="utf-8")
MOVE = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit(); c.close()"


def fill(database, subnets, hosts):
    for table, rows in (("subnets", subnets), ("maps", hosts)):
        for row in rows:
            marks = ", ".join("?" * len(row))
            database.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", list(row.values()))
    database.commit()


class SqliteCase(SynchronousTestCase):
    mode = "DELETE"

    def setUp(self):
        self.path = os.path.abspath(self.mktemp())
        self.clock = Clock()

    def build(self, subnets=SUBNETS, hosts=HOSTS, schema=SCHEMA, path=None):
        with closing(sqlite3.connect(path or self.path)) as database:
            database.execute(f"PRAGMA journal_mode={self.mode}")
            database.executescript(schema)
            fill(database, subnets, hosts)

    def open(self, columns=Columns(), any_case=False):  # noqa: B008  an immutable value
        return SqliteSource(self.path, columns, any_case, self.clock.seconds)

    def elsewhere(self, question):
        """Have another process change the file."""
        subprocess.run([sys.executable, "-c", MOVE, self.path, question], check=True, timeout=30)

    def make(self, subnets, hosts):
        if os.path.exists(self.path):
            os.remove(self.path)
        self.build(subnets, hosts)
        return self.open()


class ContractTests(ListContract, SourceContract, TestCase):
    def open(self, subnets, hosts):
        self.path = os.path.abspath(self.mktemp())
        own = ", ".join(f"{name} TEXT" for name in OWN_COLUMNS)
        schema = SCHEMA.replace("    UNIQUE (ip", f"    {own},\n    UNIQUE (ip")
        with closing(sqlite3.connect(self.path)) as database:
            database.executescript(schema)
            fill(database, subnets, map(columns, hosts))
        return SqliteSource(self.path, Columns(OWN_COLUMNS), False, Clock().seconds)

    def change(self, subnets, hosts):
        with closing(sqlite3.connect(self.path)) as database:
            database.executescript("DELETE FROM maps; DELETE FROM subnets")
            fill(database, subnets, map(columns, hosts))

    async def test_tells_how_it_is(self):
        self.assertEqual((await self.opened(SUBNETS, HOSTS)).problem(), "")


class CachedContractTests(CachedContract, ContractTests):
    pass


class RowTests(SqliteCase):
    def test_several_definitions_for_one_client(self):
        self.build([], [], SCHEMA.replace("TEXT NOT NULL PRIMARY KEY,      -- such", "TEXT NOT NULL,  -- such"))
        both = [HOSTS[0], {**HOSTS[0], "ip": "10.77.9.50", "subnet": "10.77.0.0/16"}]
        with closing(sqlite3.connect(self.path)) as database:
            fill(database, SUBNETS, both)
        found = self.open().peek(asked())
        self.assertEqual({one.ip for one in found}, {ip("10.77.1.50"), ip("10.77.9.50")})

    def test_hardware_addresses_in_any_case(self):
        self.build(SUBNETS, [{**HOSTS[0], "mac": HOSTS[0]["mac"].upper()}])
        self.assertIsNone(self.open().peek(asked()))
        self.assertEqual(self.open(any_case=True).peek(asked()), EXPECTED[HOSTS[0]["mac"]])

    def test_the_sites_own_columns(self):
        self.build(
            [{**SUBNETS[0], "option_150": "10.0.0.1"}], [{**HOSTS[3], "room": 12}],
            SCHEMA.replace("hostname TEXT,", "hostname TEXT, room INTEGER,").replace(
                "gateway TEXT,", "gateway TEXT, option_150 TEXT,"),
        )  # fmt: skip
        found = self.open(Columns(("room",), ("option_150",))).peek(asked("02:00:5e:00:01:aa"))
        self.assertEqual(found.extra["maps.room"], 12)
        self.assertEqual(found.options, {150: ip("10.0.0.1")})

    def test_a_row_that_is_not_in_order_costs_its_own_client_alone(self):
        self.build(SUBNETS, [{**HOSTS[0], "ip": "10.77.1"}, HOSTS[1]])
        source = self.open()
        for _ in range(2):
            error = self.assertRaises(BadReservation, source.peek, asked())
            self.assertIn("02:00:5e:00:01:01", str(error))
            self.failureResultOf(source.lookup(asked()), BadReservation)
        self.assertEqual(source.peek(asked(HOSTS[1]["mac"])).ip, ip("10.77.1.51"))
        self.assertEqual([mac for mac, _ in source.reservations()], [HOSTS[1]["mac"]])
        self.elsewhere("UPDATE maps SET ip = '10.77.1.50' WHERE ip = '10.77.1'")
        self.assertEqual(source.peek(asked()).ip, ip("10.77.1.50"))

    def test_a_table_without_an_index_is_named(self):
        schema = SCHEMA.replace(" PRIMARY KEY,      --", ",      --").partition("-- For CASE")[0]
        self.build(schema=schema)
        self.assertIn("maps_mac", self.open().warnings[0])
        os.remove(self.path)
        self.build()
        self.assertEqual((self.open().warnings, self.open(any_case=True).warnings), ((), ()))


class ChangeTests(SqliteCase):
    def test_another_process_changes_count_at_the_next_packet(self):
        self.build()
        source = self.open()
        for number in range(60, 66):
            source.peek(asked())
            self.elsewhere(f"UPDATE maps SET ip = '10.77.1.{number}' WHERE mac = '02:00:5e:00:01:01'")
            self.assertEqual(source.peek(asked()).ip, ip(f"10.77.1.{number}"))
        self.elsewhere("DELETE FROM maps")
        self.assertIsNone(source.peek(asked()))
        self.elsewhere("UPDATE subnets SET lease_time = 5")
        self.assertEqual(source.subnet_of(ip("10.77.1.9")).definition.lease_time, 5)

    def test_a_stranger_that_is_entered_is_known_at_once(self):
        self.build(hosts=[])
        source = self.open()
        self.assertIsNone(source.peek(asked()))
        with closing(sqlite3.connect(self.path)) as database:
            fill(database, [], HOSTS)
        self.assertEqual(source.peek(asked()), EXPECTED[HOSTS[0]["mac"]])

    def test_what_is_not_committed_does_not_count(self):
        self.build()
        source = self.open()
        with closing(sqlite3.connect(self.path)) as database:
            database.execute("UPDATE maps SET ip = '10.77.1.60' WHERE ip = '10.77.1.50'")
            self.assertEqual(source.peek(asked()).ip, ip("10.77.1.50"))
            database.commit()
            self.assertEqual(source.peek(asked()).ip, ip("10.77.1.60"))

    def test_more_clients_than_are_kept(self):
        self.build()
        source = self.open()
        for number in range(KEPT + 10):
            source.peek(asked(number.to_bytes(6, "big")))
        self.assertEqual(source.peek(asked()), EXPECTED[HOSTS[0]["mac"]])

    def test_nothing_is_written(self):
        self.build()
        before = Path(self.path).read_bytes()
        source = self.open()
        source.peek(asked())
        list(source.reservations())
        self.assertEqual(Path(self.path).read_bytes(), before)


class BecomesWalTests(SqliteCase):
    def test_a_file_that_becomes_wal_while_nobody_asks(self):
        self.build()
        source = self.open()
        source.peek(asked())
        with closing(sqlite3.connect(self.path)) as admin:
            admin.execute("PRAGMA journal_mode = WAL")
            admin.execute("UPDATE maps SET hostname = 'x'")
            admin.commit()
            source.problem()
        for number in range(60, 64):
            self.elsewhere(f"UPDATE maps SET ip = '10.77.1.{number}' WHERE mac = '02:00:5e:00:01:01'")
            self.assertEqual(source.peek(asked()).ip, ip(f"10.77.1.{number}"))

    def test_subnets_are_not_older_than_what_is_known_to_have_changed(self):
        self.mode = "WAL"
        self.build()
        source = self.open()
        source.refresh()
        for host in HOSTS[:2]:
            source.peek_refreshed(asked(host["mac"]))
        with closing(sqlite3.connect(self.path)) as database:
            database.execute("UPDATE subnets SET lease_time = 5")
            database.commit()
            source.subnet_of(ip("10.77.1.9"))
            source.settle()
        source.refresh()
        self.assertEqual(source.subnet_of(ip("10.77.1.9")).definition.lease_time, 5)


class WalChangeTests(ChangeTests):
    mode = "WAL"

    def test_a_writer_that_stays(self):
        self.build()
        source = self.open()
        with closing(sqlite3.connect(self.path)) as database:
            for number in range(60, 70):
                database.execute(f"UPDATE maps SET ip = '10.77.1.{number}' WHERE mac = '02:00:5e:00:01:01'")
                database.commit()
                self.assertEqual(source.peek(asked()).ip, ip(f"10.77.1.{number}"))
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self.assertEqual(source.peek(asked()).ip, ip("10.77.1.69"))


class TroubleTests(SqliteCase):
    def setUp(self):
        super().setUp()
        self.build()
        self.source = self.open()
        self.known = self.source.peek(asked())

    def keeps_serving(self, word):
        """Known clients get what they had, unknown ones an error, and the trouble is told."""
        self.assertEqual(self.source.peek(asked()), self.known)
        error = self.assertRaises(SourceError, self.source.peek, asked(HOSTS[1]["mac"]))
        self.assertIn(word, str(error))
        self.assertIn(word, self.source.problem())

    def recovers(self):
        self.clock.advance(1)
        self.assertEqual(self.source.peek(asked(HOSTS[1]["mac"])), EXPECTED[HOSTS[1]["mac"]])
        self.assertEqual(self.source.problem(), "")

    def test_locked(self):
        with closing(sqlite3.connect(self.path)) as database:
            database.execute("BEGIN EXCLUSIVE")
            database.execute("UPDATE maps SET ip = '10.77.1.60' WHERE ip = '10.77.1.50'")
            self.assertRaises(SourceError, self.source.peek, asked(HOSTS[1]["mac"]))
            self.assertEqual(self.source.problem(), "")
            self.clock.advance(MOMENT)
            self.keeps_serving("locked")
            database.rollback()
        self.recovers()

    def test_locked_for_a_moment(self):
        with closing(sqlite3.connect(self.path)) as database:
            database.execute("BEGIN EXCLUSIVE")
            database.execute("UPDATE maps SET ip = '10.77.1.60' WHERE ip = '10.77.1.50'")
            error = self.assertRaises(SourceError, self.source.peek, asked(HOSTS[1]["mac"]))
            self.assertTrue(error.passing)
            database.commit()
            # No time passes.
            self.assertEqual(self.source.peek(asked()).ip, ip("10.77.1.60"))
            self.assertEqual(self.source.peek(asked(HOSTS[1]["mac"])), EXPECTED[HOSTS[1]["mac"]])

    def test_replaced_by_a_whole_file(self):
        other = f"{self.path}-other"
        self.build(hosts=[{**HOSTS[0], "ip": "10.77.1.60"}], path=other)
        os.replace(other, self.path)
        self.clock.advance(1)
        self.assertEqual(self.source.peek(asked()).ip, ip("10.77.1.60"))
        self.assertIsNone(self.source.peek(asked(HOSTS[1]["mac"])))

    def is_seen_when_copied_over(self, other, address):
        shutil.copyfile(other, self.path)
        for _ in range(4):
            self.clock.advance(LOOK)
            self.source.problem()
        self.assertEqual(self.source.peek(asked()).ip, ip(address))

    def test_a_copy_over_it_with_as_many_changes(self):
        other = f"{self.path}-other"
        self.build(hosts=[{**HOSTS[0], "ip": "10.77.1.60"}, *HOSTS[1:]], path=other)
        self.source.problem()
        self.is_seen_when_copied_over(other, "10.77.1.60")

    def test_a_copy_right_after_a_commit(self):
        other = f"{self.path}-other"
        shutil.copyfile(self.path, other)
        for path, address in ((self.path, "10.77.1.51"), (other, "10.77.1.52")):
            with closing(sqlite3.connect(path)) as database:
                database.execute("DELETE FROM maps WHERE mac <> '02:00:5e:00:01:01'")
                database.execute(f"UPDATE maps SET ip = '{address}'")
                database.commit()
        self.clock.advance(LOOK / 5)
        self.assertEqual(self.source.peek(asked()).ip, ip("10.77.1.51"))
        self.is_seen_when_copied_over(other, "10.77.1.52")

    def test_replaced_by_what_is_none(self):
        whole = f"{self.path}-whole"
        os.rename(self.path, whole)
        Path(self.path).write_text("a letter to a friend " * 100, encoding="ascii")
        self.clock.advance(1)
        self.keeps_serving("not an SQLite database")
        os.replace(whole, self.path)
        self.recovers()

    def test_deleted(self):
        aside = f"{self.path}-aside"
        os.rename(self.path, aside)
        self.clock.advance(1)
        self.assertEqual(self.source.peek(asked()), self.known)
        self.assertIn("gone", self.source.problem())
        os.rename(aside, self.path)
        self.recovers()

    def test_without_its_tables(self):
        self.elsewhere("ALTER TABLE maps RENAME TO plans")
        self.keeps_serving("no such table")
        self.clock.advance(1)
        self.elsewhere("ALTER TABLE plans RENAME TO maps")
        self.recovers()

    def test_without_a_column_that_only_new_clients_miss(self):
        self.elsewhere("ALTER TABLE subnets DROP COLUMN ntp_servers")
        self.assertEqual(self.source.peek(asked()), self.known)
        for _ in range(3):
            self.clock.advance(1)
            self.assertIn("no such column", self.source.problem())
            self.assertIn("expected the tables", self.source.problem())
        self.elsewhere("ALTER TABLE subnets ADD COLUMN ntp_servers TEXT")
        self.clock.advance(1)
        self.assertEqual(self.source.problem(), "")

    def test_left_in_the_middle_of_a_transaction(self):
        writer = (
            "import os, sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('PRAGMA cache_size = 1');"
            "c.execute('PRAGMA cache_spill = 1'); c.execute('BEGIN');"
            "rows = [(str(n), str(n)) for n in range(9999)];"
            "c.executemany('INSERT INTO maps (mac, ip, subnet) VALUES (?, ?, 1)', rows);"
            "os.kill(os.getpid(), 9)"
        )
        subprocess.run([sys.executable, "-c", writer, self.path], check=False, timeout=30)
        error = self.assertRaises(SourceLoadError, self.open)
        self.assertIn("unfinished", str(error))
        self.assertIn(f"sqlite3 {self.path}", str(error))
        with closing(sqlite3.connect(self.path)) as database:
            database.execute("SELECT 1 FROM maps").fetchall()
        self.assertEqual(self.open().peek(asked()), self.known)

    def test_damaged(self):
        data = Path(self.path).read_bytes()
        with open(self.path, "r+b") as file:
            file.seek(24)
            file.write(b"\xff" * 16)
            file.seek(4096)
            file.write(os.urandom(len(data) - 4096))
        self.clock.advance(1)
        self.assertEqual(self.source.peek(asked()), self.known)
        self.assertRaises(SourceError, self.source.peek, asked(HOSTS[1]["mac"]))
        Path(self.path).write_bytes(data)
        self.recovers()

    def test_a_path_that_is_a_folder_or_may_not_be_read(self):
        os.mkdir(f"{self.path}-folder")
        error = self.assertRaises(
            SourceLoadError, SqliteSource, f"{self.path}-folder", Columns(), False, self.clock.seconds
        )
        self.assertIn("folder", str(error))
        os.mkfifo(f"{self.path}-pipe")
        error = self.assertRaises(
            SourceLoadError, SqliteSource, f"{self.path}-pipe", Columns(), False, self.clock.seconds
        )
        self.assertIn("no ordinary file", str(error))

    def test_a_path_that_is_not_utf_8(self):
        path = os.path.join(os.fsdecode(b"caf\xe9"), "dhcp.sqlite3")
        os.mkdir(os.path.dirname(path))
        os.rename(self.path, path)
        source = SqliteSource(path, Columns(), False, self.clock.seconds)
        self.assertEqual(source.peek(asked()), self.known)

    def test_the_listing_says_what_is_wrong(self):
        self.elsewhere("DROP TABLE maps")
        self.assertRaises(SourceError, list, self.source.reservations())
        self.assertEqual(self.source.peek(asked(MAC)), self.known)
