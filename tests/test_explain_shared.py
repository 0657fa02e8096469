"""What is foreseen of leases in Redis, where the store alone decides."""

from twisted.internet.defer import maybeDeferred
from twisted.trial.unittest import TestCase

from sdhcp.engine.addresses import Addresses
from sdhcp.explain.leases import UnchangedLeases
from sdhcp.explain.notes import Notes
from sdhcp.model import LeaseState

from .lease_contract import holder
from .samples import ip
from .servers.redis import SKIP
from .test_leases_redis import LeaseServer, store_of

NOW = 1_700_000_000.0
FIRST = ip("10.0.0.1")


class RedisTests(TestCase):
    skip = SKIP or None

    async def test_what_is_foreseen_is_what_is_done_and_nothing_is_written(self):
        server = LeaseServer.shared()
        server.do(("FLUSHALL",))
        store = store_of(server, wall=lambda: NOW)
        self.addCleanup(store.stop)
        await store.start()
        pool = Addresses("guests", [(0x0A000001, 0x0A000004)])
        one, other = holder(1), holder(2)
        given = await store.offer(pool, one, FIRST, NOW, NOW + 60)
        await store.bind(pool, one, given.address, NOW, NOW + 600)
        notes = Notes(lambda _: None)
        leases = UnchangedLeases(store, notes)
        before = sorted((key, server.do(("DUMP", key))[0]) for key in server.do(("KEYS", "*"))[0])
        self.assertTrue(before)
        held = await leases.offer(pool, one, None, NOW + 1, NOW + 61)
        renewed = await leases.bind(pool, one, given.address, NOW + 1, NOW + 601)
        self.assertEqual((held.address, renewed.address, renewed.since), (FIRST, FIRST, given.since))
        self.assertIsNone(await leases.bind(pool, other, FIRST, NOW + 1, NOW + 601))
        wished = await leases.offer(pool, other, ip("10.0.0.3"), NOW + 1, NOW + 61)
        self.assertEqual((wished.address, wished.state, notes.all), (ip("10.0.0.3"), LeaseState.OFFERED, []))
        self.assertTrue(await leases.release(pool, one.client, FIRST, NOW + 1))
        free = await leases.offer(pool, other, None, NOW + 1, NOW + 61)
        self.assertNotEqual(free.address, FIRST)
        self.assertEqual([note.step for note in notes.all], ["stand-in"])
        after = sorted((key, server.do(("DUMP", key))[0]) for key in server.do(("KEYS", "*"))[0])
        self.assertEqual(after, before)
        lease = await maybeDeferred(store.at, pool, FIRST, NOW + 1)
        self.assertEqual((lease.state, lease.expires), (LeaseState.BOUND, NOW + 600))
