"""Answers kept in an SQLite file."""

import json
import os
import sqlite3
import stat
from math import inf

from twisted.internet import reactor
from twisted.internet.defer import gatherResults
from twisted.internet.task import Clock, deferLater
from twisted.trial.unittest import TestCase

from sdhcp.backends import disk_cache
from sdhcp.backends.disk_cache import QUEUE, DiskCache

from . import test_backends_memory
from .contracts import CIRCUIT, EXPECTED, FIRST, HOSTS, STRANGER
from .samples import definition

WALL = 1_700_000_000.0
OTHER = HOSTS[1]["mac"]
LEGACY = """
    CREATE TABLE subnets (subnet TEXT NOT NULL, serial INTEGER NOT NULL DEFAULT 0, lease_time INTEGER NOT NULL,
        gateway TEXT, subnet_mask TEXT, broadcast_address TEXT, ntp_servers TEXT, domain_name_servers TEXT,
        domain_name TEXT, PRIMARY KEY (subnet, serial));
    CREATE TABLE maps (mac INTEGER PRIMARY KEY NOT NULL, details TEXT NOT NULL);
    INSERT INTO subnets VALUES ('10.77.1.0/24', 0, 3600, '10.77.1.1,10.77.1.2', '255.255.255.0', '10.77.1.255',
        '10.77.0.123', '10.77.0.53,10.77.0.54', 'example.org');
    INSERT INTO subnets VALUES ('no lease', 0, 0, NULL, NULL, NULL, NULL, NULL, NULL);
"""


def number(mac):
    return int(mac.replace(":", ""), 16)


class DiskCase(TestCase):
    size = 1000

    def setUp(self):
        self.time = Clock()
        self.wall = WALL
        self.folder = os.path.abspath(self.mktemp())
        os.mkdir(self.folder)
        self.path = os.path.join(self.folder, "cache.sqlite3")
        self.patch(disk_cache, "PAUSE", 0.01)
        self.patch(disk_cache, "RETRY", 0.02)

    def cache(self, path="", size=0):
        path = self.path if path == "" else path
        return DiskCache(path, size or self.size, reactor, self.time.seconds, lambda: self.wall)

    def started(self, path="", size=0):
        cache = self.cache(path, size)
        cache.start()
        self.addCleanup(cache.stop)
        return cache

    async def again(self, cache, size=0):
        """The same file after a restart."""
        await cache.stop()
        return self.started(size=size)

    async def until(self, condition, what):
        end = reactor.seconds() + 20
        while not condition():
            if reactor.seconds() > end:
                raise AssertionError(f"waited in vain: {what}")
            await deferLater(reactor, 0.01, lambda: None)

    async def found(self, cache, key):
        kept = await cache.get(key)
        return kept and kept.found

    def write(self, *entries, more=""):
        """A file as staticDHCPd leaves it."""
        connection = sqlite3.connect(self.path)
        connection.executescript(LEGACY + more)
        rows = [(number(mac), json.dumps(details)) for mac, details in entries]
        connection.executemany("INSERT INTO maps VALUES (?, ?)", rows)
        connection.commit()
        connection.close()


class CachedDiskTests(DiskCase, test_backends_memory.CachedMemoryTests):
    def second_cache(self):
        return self.cache()


class CachedTemporaryTests(DiskCase, test_backends_memory.CachedMemoryTests):
    def second_cache(self):
        return self.cache(None)


class KeepingTests(DiskCase):
    async def test_what_is_put_is_there_after_a_restart(self):
        cache = self.started()
        for key in (FIRST, CIRCUIT, "ключ"):
            cache.put(key, definition(hostname=key))
        self.time.advance(5)
        self.wall += 5 + 7
        cache = await self.again(cache)
        for key in (FIRST, CIRCUIT, "ключ"):
            kept = await cache.get(key)
            self.assertEqual((kept.found, kept.age), (definition(hostname=key), 12))
        self.assertEqual((cache.count(), cache.problem()), (3, ""))

    async def test_what_waits_to_be_written_is_there_already(self):
        cache = self.cache()
        cache.put(FIRST, definition())
        self.time.advance(3)
        kept = self.successResultOf(cache.get(FIRST))
        self.assertEqual((kept.found, kept.age), (definition(), 3))
        cache.drop(FIRST)
        self.assertIsNone(self.successResultOf(cache.get(FIRST)))

    async def test_what_was_put_before_the_start_is_written_after_it(self):
        cache = self.cache()
        cache.put(FIRST, definition())
        cache.start()
        self.addCleanup(cache.stop)
        await self.until(lambda: cache.count() == 1, "it is written")

    async def test_one_client_may_have_several_definitions(self):
        cache = self.started()
        both = (definition(), definition(hostname="other"))
        cache.put(FIRST, both)
        cache = await self.again(cache)
        self.assertEqual(await self.found(cache, FIRST), both)

    async def test_what_is_dropped_is_gone(self):
        cache = self.started()
        cache.put(FIRST, definition())
        cache.put(OTHER, definition())
        cache = await self.again(cache)
        cache.drop(FIRST)
        cache = await self.again(cache)
        self.assertIsNone(await cache.get(FIRST))
        self.assertEqual(cache.count(), 1)
        cache.put(FIRST, definition())
        await cache.clear()
        self.assertEqual([await cache.get(FIRST), await cache.get(OTHER), cache.count()], [None, None, 0])

    async def test_the_last_of_several_answers_stays(self):
        cache = self.started()
        for name in ("one", "two", "three"):
            cache.put(FIRST, definition(hostname=name))
        cache = await self.again(cache)
        cache.put(FIRST, definition(hostname="four"))
        cache = await self.again(cache)
        self.assertEqual((await self.found(cache, FIRST)).hostname, "four")
        self.assertEqual(cache.count(), 1)

    async def test_of_too_many_clients_the_oldest_go(self):
        cache = self.started(size=10)
        for one in range(15):
            self.time.advance(1)
            cache.put(f"client {one}", definition())
        await self.until(lambda: cache.count() == 10, "the oldest are gone")
        self.assertEqual(dict(cache.shed())["clients on disk (CACHE_SIZE)"], 5)
        self.assertIsNone(await cache.get("client 4"))
        self.assertIsNotNone(await cache.get("client 5"))
        self.wall += 60
        cache = await self.again(cache, size=3)
        cache.put("one more", definition())
        cache = await self.again(cache, size=3)
        await self.until(lambda: cache.count() == 3, "the oldest are gone")
        self.assertIsNotNone(await cache.get("one more"))

    async def test_of_too_many_that_wait_to_be_written_the_oldest_go(self):
        cache = self.started()
        cache.put(FIRST, definition())
        cache = await self.again(cache)
        cache.drop(FIRST)
        for one in range(QUEUE):
            cache.put(f"client {one}", definition())
        self.assertEqual(dict(cache.shed())["answers that waited to be written to disk"], 1)
        # It was to be dropped, perhaps since it was changed: what is there still is for bad times alone.
        self.assertEqual((await cache.get(FIRST)).age, inf)

    async def test_fields_that_are_no_json_are_not_kept_and_counted(self):
        cache = self.started()
        cache.put(FIRST, definition())
        cache = await self.again(cache)
        cache.put(FIRST, definition(extra={"maps.since": {1, 2}}))
        cache.put("half \ud800", definition())
        cache.put(OTHER, definition(extra={"maps.x": [1, {"a": None}]}))
        await self.until(lambda: dict(cache.shed())["answers with fields that a cache cannot keep"] == 2, "counted")
        # What is being written is known until the file has said that it is done.
        while await cache.get(FIRST) is not None:
            await deferLater(reactor, 0.01, lambda: None)
        self.assertIsNone(await cache.get("half \ud800"))
        self.assertEqual((await self.found(cache, OTHER)).extra, {"maps.x": [1, {"a": None}]})

    async def test_the_time_of_day_may_be_set_meanwhile(self):
        cache = self.started()
        cache.put(FIRST, definition())
        self.time.advance(4)
        self.wall -= 3600
        await self.until(lambda: cache.count() == 1, "it is written")
        self.assertEqual((await cache.get(FIRST)).age, 4)
        cache = await self.again(cache)
        self.assertEqual((await cache.get(FIRST)).age, inf)

    async def test_clients_with_the_same_settings_share_them(self):
        cache = self.started()
        cache.put(FIRST, definition())
        cache.put(OTHER, definition(hostname="other"))
        cache = await self.again(cache)
        one, other = await self.found(cache, FIRST), await self.found(cache, OTHER)
        self.assertIs(one.blocks, other.blocks)

    async def test_a_file_of_its_own_user_alone(self):
        cache = self.started()
        await cache.get(FIRST)
        self.assertEqual(stat.S_IMODE(os.stat(self.path).st_mode), 0o600)

    async def test_a_temporary_one_leaves_nothing(self):
        before = set(os.listdir("/tmp")) | set(os.listdir("/var/tmp"))
        cache = self.started(None)
        for one in range(200):
            cache.put(f"client {one}", definition(extra={"maps.note": "x" * 10_000}))
        await self.until(lambda: cache.count() == 200, "all are written")
        self.assertEqual((await self.found(cache, "client 7")).hostname, "known")
        await cache.stop()
        after = set(os.listdir("/tmp")) | set(os.listdir("/var/tmp"))
        self.assertEqual([name for name in after - before if "sqlite" in name or "etilqs" in name], [])

    async def test_who_gives_up_waiting_disturbs_nobody(self):
        cache = self.started()
        cache.put(FIRST, definition())
        cache = await self.again(cache)
        given_up, waiting = cache.get(FIRST), cache.get(FIRST)
        given_up.cancel()
        self.assertIsNone(await given_up)
        self.assertEqual((await waiting).found, definition())

    async def test_no_more_than_so_many_questions_wait(self):
        cache = self.started()
        found = await gatherResults([cache.get(f"client {one}") for one in range(2000)])
        self.assertEqual(set(found), {None})
        self.assertTrue(dict(cache.shed())["questions to the cache on disk"])

    async def test_after_the_end_nothing_is_kept(self):
        cache = self.started()
        await cache.stop()
        await cache.stop()
        self.assertIsNone(await cache.get(FIRST))


class LegacyTests(DiskCase):
    ENTRY = ("10.77.1.50", "known", None, "10.77.1.0/24", 0)

    async def test_a_file_of_staticdhcpd_serves(self):
        self.write((FIRST, [self.ENTRY]), (OTHER, [self.ENTRY, self.ENTRY]))
        cache = self.started()
        kept = await cache.get(FIRST)
        self.assertEqual((kept.found, kept.age), (EXPECTED[FIRST], inf))
        self.assertEqual(len(await self.found(cache, OTHER)), 2)
        self.assertEqual([await cache.get(STRANGER), await cache.get("020000000000"), cache.count()], [None, None, 2])

    async def test_what_is_found_anew_goes_before_it(self):
        self.write((FIRST, [self.ENTRY]), (OTHER, [self.ENTRY]))
        cache = self.started()
        cache.put(FIRST, definition(hostname="new"))
        cache.drop(OTHER)
        cache = await self.again(cache)
        self.assertEqual((await self.found(cache, FIRST)).hostname, "new")
        self.assertIsNone(await cache.get(OTHER))
        self.assertEqual(cache.count(), 1)

    async def test_it_is_emptied_with_the_rest(self):
        self.write((FIRST, [self.ENTRY]))
        cache = self.started()
        await cache.clear()
        cache = await self.again(cache)
        self.assertEqual((await cache.get(FIRST), cache.count()), (None, 0))

    async def test_entries_that_cannot_be_read_are_nothing(self):
        ip, name, extra, *_ = self.ENTRY
        bad = [[], "x", [[]], [[ip]], [[ip, name, extra, "nowhere", 0]], [[ip, name, extra, "no lease", 0]],
               [["10.0.0.500", *self.ENTRY[1:]]], [[ip, name, 5, *self.ENTRY[3:]]], {"a": 1}, None]  # fmt: skip
        macs = [f"02:00:00:00:00:{one:02x}" for one in range(len(bad))]
        self.write(*zip(macs, bad, strict=True))
        cache = self.started()
        self.assertEqual([await self.found(cache, mac) for mac in macs], [None] * len(bad))
        self.assertEqual(dict(cache.shed())["entries on disk that could not be read"], len(bad) - 1)


class TroubleTests(DiskCase):
    async def test_a_file_that_is_none_is_put_aside(self):
        for round_ in (1, 2):
            with open(self.path, "wb") as file:
                file.write(b"this is no database at all, whatever its name says" * 100)
            cache = self.started()
            cache.put(FIRST, definition())
            await self.until(lambda cache=cache: cache.count() == 1, "a new file")
            self.assertIn(f"damaged; it is now {self.path}.damaged-{round_}", cache.problem())
            self.time.advance(61)
            self.assertEqual(cache.problem(), "")
            cache = await self.again(cache)
            self.assertEqual(await self.found(cache, FIRST), definition())
            await cache.stop()
        with open(f"{self.path}.damaged-2", "rb") as file:
            self.assertIn(b"no database", file.read(100))

    async def test_a_file_that_is_damaged_inside_is_put_aside(self):
        cache = self.started()
        for one in range(300):
            cache.put(f"client {one}", definition())
        await cache.stop()
        size = os.path.getsize(self.path)
        with open(self.path, "r+b") as file:
            file.seek(4096)
            file.write(os.urandom(size - 4096 - 100))
        cache = self.started()
        self.assertIsNone(await cache.get("client 1"))
        self.assertEqual(cache.count(), 0)
        self.assertIn(".damaged-1", cache.problem())
        cache.put(FIRST, definition())
        cache = await self.again(cache)
        self.assertEqual(await self.found(cache, FIRST), definition())

    async def test_a_file_that_is_damaged_meanwhile_is_put_aside(self):
        cache = self.started()
        for one in range(900):
            cache.put(f"client {one}", definition(extra={"maps.note": "x" * 10_000}))
        cache = await self.again(cache)
        self.assertEqual((await self.found(cache, "client 1")).hostname, "known")
        with open(self.path, "r+b") as file:
            file.write(b"\xff" * os.path.getsize(self.path))
        for one in range(0, 900, 50):
            await cache.get(f"client {one}")
        cache.put(FIRST, definition())
        await self.until(lambda: ".damaged-1" in cache.problem() and cache.count() == 1, "a new file")
        cache = await self.again(cache)
        self.assertEqual(await self.found(cache, FIRST), definition())

    async def test_a_folder_that_is_not_there_yet(self):
        cache = self.started(os.path.join(self.folder, "later", "cache"))
        cache.put(FIRST, definition())
        await self.until(cache.problem, "a problem")
        self.assertIn("cannot be opened; let the server's user write to it", cache.problem())
        self.assertIsNone(await cache.get(OTHER))
        self.assertEqual(await self.found(cache, FIRST), definition())
        os.mkdir(os.path.join(self.folder, "later"))
        await self.until(lambda: cache.count() == 1 and not cache.problem(), "it is written")

    async def test_a_folder_in_place_of_a_file(self):
        cache = self.started(self.folder)
        cache.put(FIRST, definition())
        await self.until(cache.problem, "a problem")
        await cache.stop()
        self.assertEqual(dict(cache.shed())["answers that waited to be written to disk"], 1)

    async def test_a_file_that_may_only_be_read_is_read(self):
        self.write((OTHER, [LegacyTests.ENTRY]))
        for one in (self.folder, os.path.dirname(self.folder)):
            os.chmod(one, 0o755)
        os.chmod(self.path, 0o444)
        if os.geteuid() == 0:
            os.seteuid(65534)
            self.addCleanup(os.seteuid, 0)
        else:
            os.chmod(self.folder, 0o555)
            self.addCleanup(os.chmod, self.folder, 0o755)
        cache = self.started()
        self.assertEqual((await self.found(cache, OTHER)).hostname, "known")
        cache.put(FIRST, definition())
        await self.until(cache.problem, "a problem")
        self.assertIn("it can be read, but not written to; let the server's user write", cache.problem())
        self.assertEqual((await self.found(cache, OTHER)).hostname, "known")

    async def test_another_program_that_holds_it(self):
        cache = self.started()
        await cache.get(FIRST)
        other = sqlite3.connect(self.path, isolation_level=None)
        self.addCleanup(other.close)
        other.execute("BEGIN EXCLUSIVE")
        cache.put(FIRST, definition())
        await self.until(cache.problem, "a problem")
        self.assertIn("locked by another program", cache.problem())
        other.execute("COMMIT")
        await self.until(lambda: cache.count() == 1 and not cache.problem(), "it is written")

    async def test_a_disk_that_is_full(self):
        cache = self.started("/dev/full")
        cache.put(FIRST, definition())
        await self.until(cache.problem, "a problem")
        self.assertTrue(os.path.exists("/dev/full"))

    async def test_the_database_of_another_program_is_left_alone(self):
        for tables in ("clients (name TEXT)", "maps (mac TEXT, ip TEXT)", "subnets (subnet TEXT)", "leases (mac TEXT)"):
            self.path = os.path.join(self.folder, tables.split()[0])
            connection = sqlite3.connect(self.path)
            connection.executescript(f"CREATE TABLE {tables}")
            connection.close()
            with open(self.path, "rb") as file:
                before = file.read()
            cache = self.started()
            cache.put(FIRST, definition())
            await self.until(cache.problem, "a problem")
            self.assertIn("database of another program; give the cache a file of its own", cache.problem())
            self.assertIsNone(await cache.get(OTHER))
            await cache.stop()
            with open(self.path, "rb") as file:
                self.assertEqual(file.read(), before)
