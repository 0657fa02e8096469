"""Which cache a configuration asks for."""

import os

from twisted.internet import reactor
from twisted.trial.unittest import TestCase
from zope.interface.verify import verifyObject

from sdhcp.backends.cache_layers import build_cache
from sdhcp.config.settings import CacheSettings
from sdhcp.interfaces import ICache, ISheds

from .contracts import FIRST
from .samples import definition


class ChoiceTests(TestCase):
    def build(self, **settings):
        self.folder = os.path.abspath(self.mktemp())
        os.mkdir(self.folder)
        cache = build_cache(CacheSettings(enabled=True, **settings), self.folder, reactor, reactor.seconds)
        if cache is not None:
            for interface in (ICache, ISheds):
                verifyObject(interface, cache)
        return cache

    def test_the_processs_memory_alone(self):
        self.assertIsNone(self.build())

    def test_memcached(self):
        cache = self.build(model="memcached", memcached_host="m", memcached_port=11212, on_disk=True)
        self.assertEqual(cache.name, "memcached at m:11212")

    def test_a_temporary_file(self):
        self.assertEqual(self.build(on_disk=True).name, "cache on disk")

    async def test_a_file_beside_conf_py_or_wherever_it_is_said_to_be(self):
        for path in ("cache.sqlite3", os.path.abspath(self.mktemp())):
            for on_disk in (True, False):
                cache = self.build(persistent_path=path, on_disk=on_disk)
                expected = os.path.join(self.folder, path)
                self.assertEqual(cache.name, f"cache file {expected}")
                cache.start()
                cache.put(FIRST, definition())
                await cache.stop()
                self.assertTrue(os.path.getsize(expected))
