"""Leases in an SQLite file."""

import os
import shutil

from twisted.internet import reactor
from twisted.trial.unittest import TestCase

from sdhcp.engine.addresses import Addresses
from sdhcp.interfaces import SourceError
from sdhcp.leases.sqlite import SqliteLeases

from .lease_contract import LeaseContract
from .lease_states import tell_stories, wall
from .lease_steps import NOW, address, holder


class SqliteCase(TestCase):
    timeout = 60
    wall = staticmethod(lambda: NOW + 60)

    def setUp(self):
        self.folder = os.path.abspath(self.mktemp())
        os.mkdir(self.folder)
        self.lives = 0
        self.path = self.new_path()

    def new_path(self):
        self.lives += 1
        return os.path.join(self.folder, f"{self.lives}.sqlite3")

    def open(self, path=""):
        return SqliteLeases(path or self.path, reactor, self.wall)

    def left_behind(self):
        """A copy of the file as it is on the disk at this moment, while another process may have it open."""
        path = self.new_path()
        for end in ("", "-wal"):
            shutil.copyfile(self.path + end, path + end)
        self.path = path
        return path

    def reopen(self, store):
        return self.open(self.left_behind())


class ContractTests(LeaseContract, SqliteCase):
    pass


class StoriesTests(SqliteCase):
    timeout = 600
    wall = staticmethod(wall)

    def open(self, path=""):
        self.path = path or self.new_path()
        return super().open(self.path)

    async def reopen(self, store):
        path = self.left_behind()
        await store.stop()
        return self.open(path)

    def test_whatever_happens_in_whatever_order(self):
        return tell_stories(reactor, self.open, self.reopen, lambda store: store.stop())


class OpeningTests(SqliteCase):
    pool = Addresses("floor", [(int.from_bytes(address(10), "big"), int.from_bytes(address(13), "big"))])

    async def test_who_asks_before_the_file_is_open_waits_for_it(self):
        store = self.open()
        opening = store.start()
        asking = store.offer(self.pool, holder(1), None, NOW, NOW + 60)
        await opening
        self.addCleanup(store.stop)
        self.assertEqual((await asking).address, address(10))

    async def test_who_asks_before_a_file_that_another_server_has_is_told_that_it_cannot_be_opened(self):
        first, second = self.open(), self.open()
        await first.start()
        self.addCleanup(first.stop)
        opening = second.start()
        asking = second.offer(self.pool, holder(1), None, NOW, NOW + 60)
        for one in (opening, asking):
            await self.assertFailure(one, SourceError)
