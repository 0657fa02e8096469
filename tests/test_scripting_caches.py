"""Caches of definitions that a site's own database may have."""

import json
import socket
import sqlite3
from contextlib import closing
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from sdhcp.scripting.caches import DiskCache, MemcachedCache, MemoryCache
from sdhcp.scripting.definition import Definition
from sdhcp.scripting.mac import MAC
from sdhcp.scripting.memcached_client import MemcachedClient

from .servers.memcached import MISSING, Memcached
from .servers.processes import free_port

CLIENT = MAC("02:00:00:00:00:0a")
OTHER = MAC("02:00:00:00:00:0b")


def definition(ip="10.0.0.5", subnet="10.0.0.0/8", serial=1, **more):
    fields = {
        "hostname": "five", "gateways": ["10.0.0.1", "10.0.0.2"], "subnet_mask": "255.0.0.0",
        "broadcast_address": None, "domain_name": "example.org", "domain_name_servers": ["10.0.0.53"],
        "ntp_servers": None, "extra": {"maps.colour": "red"}, **more,
    }  # fmt: skip
    return Definition(ip, 60, subnet, serial, **fields)


def fields(one):
    return {name: str(value) for name, value in vars(one).items()}


class CacheContract:
    def test_a_definition_comes_back_and_is_a_new_one_each_time(self):
        self.cache.cacheMAC(CLIENT, definition())
        one, again = self.cache.lookupMAC(CLIENT), self.cache.lookupMAC(CLIENT)
        self.assertEqual((fields(one), fields(again)), (fields(definition()), fields(definition())))
        one.hostname = "changed"
        self.assertEqual(self.cache.lookupMAC(CLIENT).hostname, "five")

    def test_several_come_back_as_a_list(self):
        several = [definition(), definition("10.0.0.6", "10.1.0.0/16", 2, gateways="10.0.0.9", extra=None)]
        self.cache.cacheMAC(CLIENT, several)
        self.assertEqual([fields(one) for one in self.cache.lookupMAC(CLIENT)], [fields(one) for one in several])

    def test_nothing_is_kept_of_what_is_not_known(self):
        self.cache.cacheMAC(CLIENT, None)
        self.cache.cacheMAC(CLIENT, [])
        self.assertIsNone(self.cache.lookupMAC(CLIENT))

    def test_what_comes_later_counts(self):
        self.cache.cacheMAC(CLIENT, definition())
        self.cache.cacheMAC(CLIENT, definition("10.0.0.7", gateways=None))
        found = self.cache.lookupMAC(CLIENT)
        self.assertEqual((found.ip, found.gateways), ("10.0.0.7", None))


class ForgetfulContract(CacheContract):
    def test_everything_is_forgotten_when_it_is_read_anew(self):
        self.cache.cacheMAC(CLIENT, definition())
        self.cache.reinitialise()
        self.assertIsNone(self.cache.lookupMAC(CLIENT))


class MemoryTests(ForgetfulContract, SynchronousTestCase):
    def setUp(self):
        self.cache = MemoryCache()


class DiskTests(ForgetfulContract, SynchronousTestCase):
    def setUp(self):
        self.path = str(Path(self.mktemp()).absolute())
        self.cache = DiskCache("persistent", self.path)

    def test_it_is_in_the_file(self):
        self.cache.cacheMAC(CLIENT, definition())
        with closing(sqlite3.connect(self.path)) as database:
            row = database.execute("SELECT details FROM maps WHERE mac = ?", (int(CLIENT),)).fetchone()
        self.assertEqual(json.loads(row[0]), [["10.0.0.5", "five", {"maps.colour": "red"}, "10.0.0.0/8", 1]])
        self.assertEqual(fields(DiskCache("again", self.path).lookupMAC(CLIENT)), fields(definition()))

    def test_an_entry_without_its_subnet_is_none(self):
        self.cache.cacheMAC(CLIENT, definition())
        with closing(sqlite3.connect(self.path)) as database:
            database.execute("DELETE FROM subnets")
            database.commit()
        self.assertIsNone(self.cache.lookupMAC(CLIENT))


class TemporaryDiskTests(ForgetfulContract, SynchronousTestCase):
    def setUp(self):
        self.cache = DiskCache()


class ChainTests(SynchronousTestCase):
    def test_what_the_further_one_has_is_asked_for_once(self):
        further = MemoryCache("further")
        cache = MemoryCache("near", chained_cache=further)
        further.cacheMAC(CLIENT, definition())
        self.assertEqual(cache.lookupMAC(CLIENT).hostname, "five")
        further.reinitialise()
        self.assertEqual(cache.lookupMAC(CLIENT).hostname, "five")
        cache.cacheMAC(OTHER, definition("10.0.0.9"))
        self.assertEqual(further.lookupMAC(OTHER).ip, "10.0.0.9")
        cache.reinitialise()
        self.assertIsNone(cache.lookupMAC(OTHER))


class MemcachedTests(CacheContract, SynchronousTestCase):
    skip = MISSING

    def setUp(self):
        self.server = Memcached.shared()
        self.server.tell("flush_all")
        self.cache = MemcachedCache(server=("127.0.0.1", self.server.port), timeout=60)

    def test_it_is_there_as_staticdhcpd_has_it(self):
        self.cache.cacheMAC(CLIENT, definition(subnet="my net"))
        entry = ["10.0.0.5", "five", {"maps.colour": "red"}, ["my net", 1]]
        self.assertEqual(json.loads(self.server.held(str(CLIENT))), [entry])
        record = ["10.0.0.1,10.0.0.2", "255.0.0.0", None, "example.org", "10.0.0.53", None, 60]
        self.assertEqual(json.loads(self.server.held("my_net-1")), record)
        self.cache.reinitialise()
        self.assertIsNotNone(self.cache.lookupMAC(CLIENT))

    def test_another_connection_is_made_after_trouble(self):
        self.cache.cacheMAC(CLIENT, definition())
        self.cache._client._socket.shutdown(socket.SHUT_RDWR)
        self.assertRaises(OSError, self.cache.lookupMAC, CLIENT)
        self.assertEqual(self.cache.lookupMAC(CLIENT).hostname, "five")

    def test_a_key_that_cannot_be_one_is_refused(self):
        client = MemcachedClient("127.0.0.1", self.server.port)
        for key in ("", "a b", "a\r\nflush_all", "x" * 251):
            self.assertRaises(ValueError, client.get, key)

    def test_memcached_that_is_away_is_told(self):
        self.assertRaises(OSError, MemcachedClient("127.0.0.1", free_port()).get, "a")
