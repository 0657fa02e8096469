"""Troubles of pools and of what stands beside them, as they happen in a server, become alerts."""

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from sdhcp import events
from sdhcp.alerts.symptoms import symptom
from sdhcp.backends.disk_cache import DiskCache
from sdhcp.backends.memcached import MemcachedCache
from sdhcp.interfaces import SourceError
from sdhcp.source_health import SourceHealth
from sdhcp.wire import constants as c

from .in_process import STRANGER
from .lending_world import LendingWorld, guests
from .test_alerts_book import BookCase


class PoolTests(BookCase):
    def told(self, world):
        for event in world.observed.events:
            self.book.observe(event)
        return [alert.kind for alert in self.sink.alerts]

    def test_clients_for_whom_nothing_is_left(self):
        world = LendingWorld(pools=(guests("10.77.1.100-10.77.1.101"),))
        for number in range(9):
            world.offered(bytes((2, 0, 0x5E, 1, 0, number)))
        self.assertEqual(self.told(world), ["exhausted"])
        self.wait(601)
        self.assertEqual((self.last.stage, self.last.times, self.last.met), ("over", 7, 7))

    def test_an_address_that_somebody_uses(self):
        world = LendingWorld(pools=(guests(),))
        address = world.lend(STRANGER)
        world.ask(c.DECLINE, {50: address, 54: world.local.server_id}, chaddr=STRANGER)
        self.assertEqual(self.told(world), ["conflict"])
        self.assertIn(f"{STRANGER.hex(':')} declined 10.77.1.100", self.last.what)
        self.wait(601)
        self.assertEqual(len(self.sink.alerts), 1)

    def test_a_store_of_leases_that_fails_and_is_back(self):
        world = LendingWorld(pools=(guests(),))
        health = SourceHealth(world.lender, self.book.observe, lambda: self.now)
        health.failed(SourceError("the disk is full"), b"")
        self.now += 30
        health.answered()
        self.assertEqual([(one.kind, one.stage) for one in self.sink.alerts], [("leases", "begun"), ("leases", "over")])
        self.assertEqual(self.last.seconds, 30)


class NameTests(SynchronousTestCase):
    def test_caches_are_told_from_sources(self):
        clock = Clock()
        for cache in (
            MemcachedCache("m", 11211, 0, clock, clock.seconds),
            DiskCache(None, 10, clock, clock.seconds),
            DiskCache(self.mktemp(), 10, clock, clock.seconds),
        ):
            self.assertEqual(symptom(events.SourceFailed(0.0, cache.name, "x", "")).kind, "cache")
