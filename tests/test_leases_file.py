"""What a disk, an operator and another server may do to the leases in an SQLite file."""

import os
import shutil
import sqlite3
from contextlib import closing
from math import inf
from pathlib import Path

from twisted.internet.defer import gatherResults, maybeDeferred

from sdhcp.engine.addresses import Addresses
from sdhcp.interfaces import SourceError
from sdhcp.leases import file as lease_file
from sdhcp.leases import flushes
from sdhcp.leases import sqlite as lease_store
from sdhcp.leases.errors import NotKept
from sdhcp.leases.tables import connect
from sdhcp.model import Holder, LeaseState

from .lease_steps import LEASE, NOW, LeaseSteps, address, client, holder
from .test_leases_sqlite import SqliteCase


class Failing:
    """A connection whose disk fails when it is told to, some times."""

    code = 0
    times = inf

    def __init__(self, path):
        self._connection = connect(path)

    def __getattr__(self, name):
        return getattr(self._connection, name)

    def execute(self, statement, *values):
        if Failing.code and Failing.times and statement.startswith("INSERT"):
            Failing.times -= 1
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = Failing.code
            raise error
        return self._connection.execute(statement, *values)


class FileCase(LeaseSteps, SqliteCase):
    def start(self, path=""):
        """A store of this file, open or about to be."""
        store = self.open(path)
        self.addCleanup(store.stop)
        return store.start().addCallback(lambda _: store)


class DiskTests(FileCase):
    def setUp(self):
        super().setUp()
        self.patch(lease_file, "connect", Failing)
        self.patch(Failing, "code", 0)
        self.patch(Failing, "times", inf)

    async def test_what_could_not_be_written_has_not_happened(self):
        store = await self.opened()
        await self.bound(store, 1, 10)
        before = await self.counts(store, NOW + 10)
        Failing.code = sqlite3.SQLITE_FULL
        for step in (
            self.bind(store, 2, 11, NOW + 10),
            self.bind(store, 1, 12, NOW + 10),
            self.release(store, 1, 10, NOW + 10),
            self.decline(store, 1, 10, NOW + 10),
            self.quarantine(store, 13, NOW + 10),
            self.clear(store, 10, NOW + 10),
        ):
            error = await self.assertFailure(maybeDeferred(lambda step=step: step), NotKept)
            self.assertEqual(str(error), f"{self.path}: the disk is full")
            self.assertEqual(error.advice, "make room on it")
        self.assertEqual(await self.counts(store, NOW + 10), before)
        self.assertEqual((await self.of_client(store, 1, NOW + 10)).expires, NOW + LEASE)
        self.assertIsNone(await self.of_client(store, 2, NOW + 10))
        self.assertEqual(store.problem(), f"{self.path}: the disk is full; make room on it")

    async def test_a_renewal_that_could_not_be_written_leaves_the_old_lease(self):
        store = await self.opened()
        lease = await self.bound(store, 1, 10)
        Failing.code = sqlite3.SQLITE_FULL
        error = await self.assertFailure(maybeDeferred(self.bind, store, 1, 10, NOW + 10), NotKept)
        self.assertEqual(error.held, lease)
        error = await self.assertFailure(maybeDeferred(self.bind, store, 2, 11, NOW + 10), NotKept)
        self.assertIsNone(error.held)

    async def test_what_is_wrong_with_the_disk_ends_with_it(self):
        store = await self.opened()
        for code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_BUSY, 1):
            Failing.code = code
            await self.assertFailure(maybeDeferred(self.bind, store, 1, 10), NotKept)
            self.assertNotEqual(store.problem(), "")
            Failing.code = 0
            await self.bound(store, 1, 10)
            self.assertEqual(store.problem(), "")
        again = await self.reopened(store)
        self.assertEqual((await self.at(again, 10)).client, client(1))

    async def test_what_was_decided_on_top_of_what_could_not_be_written_has_not_happened(self):
        store = await self.opened(10, 12)
        await self.bound(store, 1, 10)
        await self.bound(store, 3, 11)
        Failing.code = sqlite3.SQLITE_IOERR
        pool = self.pool
        steps = [
            store.release(pool, client(1), address(10), NOW + 1),
            store.bind(pool, holder(2), address(10), NOW + 2, NOW + 2 + LEASE),
            store.bind(pool, holder(3), address(12), NOW + 3, NOW + 3 + LEASE),
            store.bind(pool, holder(1), address(11), NOW + 4, NOW + 4 + LEASE),
            store.clear(pool, address(12), NOW + 5),
        ]
        await gatherResults([self.assertFailure(step, NotKept) for step in steps])
        Failing.code = 0
        for number, to in ((1, 10), (3, 11)):
            lease = await self.of_client(store, number, NOW + 6)
            self.assertEqual((lease.address, lease.state), (address(to), LeaseState.BOUND))
            self.assertEqual(await self.at(store, to, NOW + 6), lease)
        self.assertIsNone(await self.of_client(store, 2, NOW + 6))
        self.assertEqual(await self.offer(store, 4, now=NOW + 6), 12)

    async def test_a_disk_that_fails_for_a_moment_only(self):
        """What stands on a step that failed is not written, though it could be."""
        store = await self.opened()
        self.patch(flushes, "MOST_AT_ONCE", 1)
        await self.bound(store, 1, 10)
        Failing.code, Failing.times = sqlite3.SQLITE_IOERR, 1
        pool = self.pool
        steps = [
            store.release(pool, client(1), address(10), NOW + 1),
            store.bind(pool, holder(2), address(10), NOW + 2, NOW + 2 + LEASE),
            store.bind(pool, holder(3), address(11), NOW + 2, NOW + 2 + LEASE),
        ]
        await gatherResults([self.assertFailure(step, NotKept) for step in steps])
        await self.bound(store, 4, 12, NOW + 3)
        leases = await maybeDeferred(store.leases, pool, None, 9)
        again = await self.reopened(store)
        self.assertEqual(await maybeDeferred(again.leases, pool, None, 9), leases)
        self.assertEqual([lease.client for lease in leases], [client(1), client(4)])

    async def test_a_disk_that_is_really_full(self):
        store = await self.opened(10, 250)
        await self.bound(store, 1, 10)
        connection = store._file._connection
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}").fetchall()
        refused = 0
        for number in range(2, 200):
            try:
                await self.bind(store, number, number + 10, via="a relay agent " * 20)
            except NotKept:
                refused += 1
                self.assertIsNone(await self.of_client(store, number))
        self.assertGreater(refused, 0)
        connection.execute("PRAGMA max_page_count = 100000").fetchall()
        await self.bound(store, 200, 210)

    async def test_no_more_wait_for_the_disk_than_there_is_room_for(self):
        store = await self.opened()
        self.patch(lease_store, "WAITING", 2)
        steps = [store.bind(self.pool, holder(n), address(9 + n), NOW, NOW + LEASE) for n in (1, 2)]
        for refused in (
            store.bind(self.pool, holder(3), address(12), NOW, NOW + LEASE),
            store.quarantine(self.pool, address(12), NOW, NOW + LEASE, ""),
        ):
            error = await self.assertFailure(refused, NotKept)
            self.assertIn("wait for the disk", str(error))
        self.assertEqual(len(await gatherResults(steps)), 2)
        await self.bound(store, 3, 12)


class PlaceTests(FileCase):
    async def test_no_two_servers_have_one_file(self):
        store = await self.opened()
        other = self.open()
        error = await self.assertFailure(other.start(), SourceError)
        self.assertEqual(str(error), f"{self.path}: another server uses it")
        await store.stop()
        await store.stop()
        await other.start()
        await other.stop()

    async def test_nothing_is_done_after_the_end(self):
        store = await self.opened()
        await store.stop()
        await self.assertFailure(maybeDeferred(self.bind, store, 1, 10), SourceError)
        await self.assertFailure(maybeDeferred(self.history, store), SourceError)

    async def test_the_database_of_another_program_is_left_alone(self):
        with closing(sqlite3.connect(self.path)) as other:
            other.execute("CREATE TABLE maps (mac TEXT)")
        before = Path(self.path).read_bytes()
        error = await self.assertFailure(self.open().start(), SourceError)
        self.assertIn("another program", str(error))
        self.assertEqual(Path(self.path).read_bytes()[100:], before[100:])

    async def test_a_file_of_another_version_is_left_alone(self):
        await (await self.opened()).stop()
        with closing(sqlite3.connect(self.path)) as other:
            other.execute("PRAGMA user_version = 99")
        error = await self.assertFailure(self.open().start(), SourceError)
        self.assertIn("99", str(error))

    async def test_a_folder_that_is_not_there(self):
        path = os.path.join(self.folder, "none", "leases.sqlite3")
        error = await self.assertFailure(self.open(path).start(), SourceError)
        self.assertIn(path, str(error))

    async def test_a_file_that_was_removed_is_written_anew(self):
        store = await self.opened()
        await self.bound(store, 1, 10)
        os.remove(self.path)
        await self.bound(store, 2, 11)
        self.assertIn("the file was gone", store.warnings[0])
        await self.bound(store, 3, 12)
        again = await self.reopened(store)
        for number, to in ((1, 10), (2, 11), (3, 12)):
            self.assertEqual((await self.at(again, to)).client, client(number))
        self.assertEqual(len(await self.history(again)), 3)

    async def test_what_would_go_into_a_file_that_is_not_there_any_more_is_not_acknowledged(self):
        store = await self.opened()
        await self.bound(store, 1, 10)
        other = self.new_path()
        with closing(connect(other)):
            os.replace(other, self.path)
        error = await self.assertFailure(maybeDeferred(self.bind, store, 2, 11), NotKept)
        self.assertIn("another file is in its place", str(error))

    async def test_the_file_is_its_servers_alone(self):
        await self.opened()
        self.assertEqual(os.stat(self.path).st_mode & 0o777, 0o600)

    async def test_who_reads_the_file_finds_the_history_in_words(self):
        store = await self.opened()
        await self.bound(store, 1, 10)
        with closing(sqlite3.connect(self.path)) as other:
            found = other.execute("SELECT pool, address, what, client FROM history_as_text").fetchall()
        self.assertEqual(found, [("floor", "10.77.1.10", "bound", client(1))])


class PoolTests(FileCase):
    async def test_other_ranges_of_a_pool_have_the_leases_that_are_theirs(self):
        store = await self.opened(10, 13)
        await self.bound(store, 1, 10)
        await self.bound(store, 2, 13)
        await self.offer(store, 3, wish=12)
        await self.offer(store, 5, wish=11)
        first = int.from_bytes(address(12), "big")
        self.pool = Addresses("floor", [(first - 200, first - 190), (first, first + 7)])
        self.assertEqual((await self.of_client(store, 2)).address, address(13))
        self.assertIsNone(await self.of_client(store, 1))
        self.assertEqual((await self.at(store, 12)).client, client(3))
        self.assertIsNone(await self.bind(store, 4, 13))
        self.assertIsNone(await self.bind(store, 4, 10))
        self.pool = Addresses("floor", [(first - 2, first + 7)])
        self.assertEqual((await self.of_client(store, 1)).address, address(10))

    async def test_the_same_ranges_with_other_reservations_need_no_reading(self):
        store = await self.opened(10, 13)
        await self.bound(store, 1, 10)
        self.pool = Addresses("floor", self.pool.ranges)
        self.pool.reserved.add(address(11))
        counts = store.counts(self.pool, NOW)
        self.assertEqual((counts.bound, counts.reserved), (1, 1))

    async def test_pools_that_are_named_at_the_start_are_read_then(self):
        store = await self.opened()
        await self.bound(store, 1, 10)
        await store.stop()
        again = lease_store.SqliteLeases(self.path, store._flushes._reactor, self.wall, [self.pool])
        await again.start()
        self.addCleanup(again.stop)
        self.assertEqual(again.of_client(self.pool, client(1), NOW).address, address(10))

    async def test_a_lease_made_before_the_clock_was_set_back_lasts_its_time(self):
        store = await self.opened()
        await self.bound(store, 1, 10, NOW + 86400)
        await self.bound(store, 2, 11, NOW + 86400, inf)
        again = await self.reopened(store)
        self.assertEqual((await self.at(again, 10)).expires, self.wall() + LEASE)
        self.assertEqual((await self.at(again, 11)).expires, inf)

    async def test_a_nul_in_a_text(self):
        store = await self.opened()
        odd = Holder("\x00client\x00", b"\0", "\x00host", "\x00via")
        lease = await maybeDeferred(store.bind, self.pool, odd, address(10), NOW, NOW + LEASE)
        again = await self.reopened(store)
        self.assertEqual(await self.at(again, 10), lease)
        self.assertEqual((await maybeDeferred(again.history, None, odd.client, 9))[0].lease, lease)

    async def test_half_of_a_character_in_a_text(self):
        store = await self.opened()
        await maybeDeferred(store.bind, self.pool, Holder("\ud800", hostname="\udfff"), address(10), NOW, NOW + LEASE)
        again = await self.reopened(store)
        lease = await self.at(again, 10)
        self.assertEqual((lease.client, lease.hostname, lease.state), ("?", "?", LeaseState.BOUND))

    async def test_much_history_is_forgotten(self):
        store = await self.opened()
        self.patch(lease_file, "_FEW", 10)
        for step in range(25):
            await self.bound(store, 1, 10, NOW + step)
        self.assertEqual(await store.forget_history(NOW + 24), 24)


class DamageTests(FileCase):
    async def filled(self):
        """A file with 200 leases that is closed; its path."""
        store = await self.opened(10, 250)
        for number in range(1, 201):
            await self.bound(store, number, number + 10)
        await store.stop()
        return self.path

    async def left(self, store):
        return len(await maybeDeferred(store.leases, self.pool, None, 999))

    def spoil(self, path, octets, by):
        whole = Path(path).read_bytes()
        self.assertIn(octets, whole)
        Path(path).write_bytes(whole.replace(octets, by))

    async def test_a_lease_that_is_not_whole_is_taken_from_the_history(self):
        path = await self.filled()
        with closing(sqlite3.connect(path)) as other, other:
            other.execute("UPDATE leases SET entry = zeroblob(90) WHERE step = 7")
            other.execute("UPDATE leases SET entry = 'text' WHERE step = 8")
        again = await self.start()
        self.assertEqual(await self.left(again), 200)
        (line,) = again.warnings
        self.assertIn(f"{path}: damaged (a lease is not whole): 200 leases", line)
        self.assertIn(f"{path}.damaged-1", line)
        self.assertTrue(os.path.exists(f"{path}.damaged-1"))
        self.assertIsNone(await self.bind(again, 9, 20))

    async def test_a_history_that_is_not_whole_is_passed_over(self):
        path = await self.filled()
        with closing(sqlite3.connect(path)) as other, other:
            other.execute("UPDATE history SET hostname = 'another' WHERE step = 7")
        again = await self.start()
        self.assertEqual(await self.history(again, of=17), [])
        self.assertEqual(await self.left(again), 200)

    async def test_pages_that_are_gone_cost_what_stood_in_them(self):
        path = await self.filled()
        whole = Path(path).read_bytes()
        Path(path).write_bytes(whole[: len(whole) // 2])
        again = await self.start()
        self.assertGreater(await self.left(again), 50)
        self.assertEqual(len(again.warnings), 1)
        await self.bound(again, 240, 250)

    async def test_a_file_that_is_no_database_any_more(self):
        path = await self.filled()
        whole = bytearray(Path(path).read_bytes())
        whole[:100] = bytes(100)
        Path(path).write_bytes(whole)
        again = await self.start()
        self.assertEqual(await self.left(again), 200)

    async def test_a_table_that_is_gone(self):
        path = await self.filled()
        with closing(sqlite3.connect(path)) as other, other:
            other.execute("DROP TABLE leases")
        again = await self.start()
        self.assertEqual(await self.left(again), 200)

    async def test_damage_that_shows_when_a_lease_is_written(self):
        path = await self.filled()
        self.patch(lease_file, "LOOKED_THROUGH", 0)
        with closing(sqlite3.connect(path)) as other:
            (page,) = other.execute("SELECT rootpage FROM sqlite_master WHERE name = 'history_by_client'").fetchone()
        whole = bytearray(Path(path).read_bytes())
        whole[(page - 1) * 4096 : page * 4096] = b"\xff" * 4096
        Path(path).write_bytes(whole)
        again = await self.start()
        self.assertEqual(again.warnings, ())
        await self.bound(again, 240, 250)
        self.assertEqual(len(again.warnings), 1)
        self.assertEqual(await self.history(again, number=240), [("bound", 250)])

    async def test_damage_that_shows_when_leases_are_read(self):
        path = await self.filled()
        self.patch(lease_file, "LOOKED_THROUGH", 0)
        with closing(sqlite3.connect(path)) as other:
            (page,) = other.execute("SELECT rootpage FROM sqlite_master WHERE name = 'leases'").fetchone()
        whole = bytearray(Path(path).read_bytes())
        whole[(page - 1) * 4096 : (page - 1) * 4096 + 200] = b"\xff" * 200
        Path(path).write_bytes(whole)
        again = await self.start()
        self.assertEqual(await self.left(again), 200)
        self.assertIn("200 leases", again.warnings[0])

    async def test_a_journal_that_is_damaged_costs_what_stood_in_the_page(self):
        store = await self.opened(10, 250)
        for number in range(1, 101):
            await self.bound(store, number, number + 10)
        path = self.left_behind()
        with open(f"{path}-wal", "r+b") as journal:
            journal.seek(32 + 40 * 4120 + 100)
            journal.write(b"\xff" * 8)
        again = await self.start(path)
        self.assertEqual(await self.left(again), 100)
        self.assertIn("the journal was damaged", again.warnings[0])

    async def test_a_journal_that_ends_within_a_page_is_told_of(self):
        store = await self.opened()
        await self.bound(store, 1, 10)
        await self.bound(store, 2, 11)
        path = self.left_behind()
        os.truncate(f"{path}-wal", os.path.getsize(f"{path}-wal") - 100)
        again = await self.start(path)
        self.assertEqual((await self.at(again, 10)).client, client(1))
        self.assertIn("the journal ends within a page", again.warnings[0])

    async def test_a_rebuilding_that_was_ended_is_finished_or_begun_anew(self):
        path = await self.filled()
        shutil.copyfile(path, f"{path}.new")
        Path(path).write_bytes(b"damaged")
        again = await self.start()
        self.assertEqual(await self.left(again), 200)
        await again.stop()
        Path(f"{path}.new").write_bytes(b"not complete")
        again = await self.start()
        self.assertEqual(await self.left(again), 200)
        self.assertFalse(os.path.exists(f"{path}.new"))
