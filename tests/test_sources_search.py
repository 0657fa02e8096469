"""Reservations searched for, in every source that can search."""

import os
import sqlite3
from contextlib import closing

from twisted.internet import reactor
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase
from zope.interface.verify import verifyObject

from sdhcp.backends import sql_search, sqlite_search
from sdhcp.backends.cached import CachedSource
from sdhcp.backends.identified import IdentifiedSource
from sdhcp.backends.sql import Columns
from sdhcp.backends.sqlite import SqliteSource
from sdhcp.config.settings import CacheSettings
from sdhcp.interfaces import ISearchableSource, Sought, SourceError

from .contracts import SUBNETS
from .servers import mariadb, postgresql
from .sql_cases import SqlCase, schema
from .test_backends_sqlite import SCHEMA, fill

ODD = "circuit-id:Eth 100%_!"
NUMBERS = range(1, 61)


def key(number: int) -> str:
    return bytes([2, 0, 0x5E, 0, 0, number]).hex(":")


def host(mac: str, address: str, hostname: str):
    return {"mac": mac, "ip": address, "hostname": hostname, "subnet": SUBNETS[0]["subnet"],
            "serial": SUBNETS[0]["serial"]}  # fmt: skip


HOSTS = [host(key(number), f"10.77.1.{number}", f"Host-{number}") for number in NUMBERS]
HOSTS += [host(ODD, "10.77.2.200", ""), host(key(99), "10.77.2.201", "100%")]
ALL = [*map(key, NUMBERS), key(99), ODD]


class SearchContract:
    """Wants ``source``, which holds :data:`HOSTS`."""

    async def found(self, sought, most=25, seconds=60.0):
        """All keys that are found, however many answers that takes; and how many."""
        keys, after, answers = [], "", 0
        while not answers or after:
            listed = await self.source.search(sought, after, most, seconds, deferToThread)
            self.assertLessEqual(len(listed.found), most)
            keys += [key for key, _ in listed.found]
            after, answers = listed.after, answers + 1
        return keys, answers

    async def check(self):
        for step, sparse in ((20, 3), (1000, 1000)):
            self.patch(sql_search, "STEP", step)
            self.patch(sql_search, "SPARSE", sparse)
            for sought, expected in (
                (Sought(), ALL),
                (Sought("host-1"), [key(1), *map(key, range(10, 20))]),
                (Sought("5e.000.00", ("5e:00:00:0",)), list(map(key, range(1, 16)))),
                (Sought("00:63", ("00:63",)), [key(99)]),
                (Sought("eth 100%"), [ODD]),
                (Sought("100%_"), [ODD]),
                (Sought("%"), [key(99), ODD]),
                (Sought("_"), [ODD]),
                (Sought("!"), [ODD]),
                (Sought("1.5", (), "1.5"), [key(5), *map(key, range(50, 60))]),
                (Sought("", (), "10.77.1.5", True), [key(5)]),
                (Sought("'; drop table maps; --"), []),
            ):
                keys, _ = await self.found(sought)
                self.assertEqual((sorted(keys), len(set(keys))), (sorted(expected), len(keys)), (step, sparse, sought))
        self.patch(sql_search, "STEP", 10)
        self.patch(sql_search, "SPARSE", 3)
        # Nobody waits for longer than that: each answer has what was found by then.
        keys, answers = await self.found(Sought("host-5"), seconds=0.0)
        self.assertEqual((keys, answers > 3), ([key(5), *map(key, range(50, 60))], True))
        self.assertEqual((await self.found(Sought("", (), "10.77.1.5", True), seconds=0.0))[0], [key(5)])
        self.assertEqual((await self.found(Sought("host-2"), most=4))[0], [key(2), *map(key, range(20, 30))])
        listed = await self.source.search(Sought("host-60"), "", 5, 60.0, deferToThread)
        self.assertEqual(listed.found[0][1].hostname, "Host-60")

    async def test_all_that_is_searched_for_is_found_once(self):
        verifyObject(ISearchableSource, self.source)
        await self.check()


class SqliteTests(SearchContract, TestCase):
    def setUp(self):
        self.path = os.path.abspath(self.mktemp())
        with closing(sqlite3.connect(self.path)) as database:
            database.executescript(SCHEMA)
            fill(database, SUBNETS, HOSTS)
        self.source = SqliteSource(self.path, Columns(), False, reactor.seconds)

    async def test_what_stands_in_front_of_a_source_can_be_asked_too(self):
        cached = CachedSource(self.source, CacheSettings(), reactor, reactor.seconds)
        self.source = IdentifiedSource(cached, ("circuit-id",))
        self.assertEqual((await self.found(Sought("100%")))[0], [key(99), ODD])

    async def test_a_question_that_takes_too_long_is_ended_and_the_rest_found_bit_by_bit(self):
        self.patch(sql_search, "STEP", 10)
        self.patch(sqlite_search, "_STEPS", 1)
        self.patch(sqlite_search, "PATIENCE", -1.0)
        with self.assertRaisesRegex(SourceError, "takes too long"):
            await self.found(Sought())
        self.patch(sqlite_search, "PATIENCE", 60.0)
        self.patch(sql_search.Searching, "_anywhere", lambda *_: None)
        self.assertEqual((await self.found(Sought("host-5")))[0], [key(5), *map(key, range(50, 60))])

    async def test_a_file_that_is_gone_is_told(self):
        os.unlink(self.path)
        with self.assertRaisesRegex(SourceError, "cannot be opened"):
            await self.found(Sought())


class PostgresqlTests(SearchContract, SqlCase):
    skip = postgresql.SKIP or None
    engine, module = "PostgreSQL", "postgresql"
    schema = schema("postgresql.sql", own=False)
    make_server = postgresql.PostgresqlServer.shared

    def setUp(self):
        super().setUp()
        self.server.create(self.schema)
        self.refill(SUBNETS, HOSTS)
        self.source = self.started()


class MariadbTests(PostgresqlTests):
    skip = mariadb.SKIP or None
    engine, module = "MySQL", "mysql"
    schema = schema("mysql.sql", own=False)
    make_server = mariadb.MariadbServer.shared
