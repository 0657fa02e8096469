"""The search for addresses that were never lent, with several servers and a store that knows what was."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.defer import ensureDeferred
from twisted.trial.unittest import SynchronousTestCase

from sdhcp.engine.addresses import Addresses
from sdhcp.leases.choosing import Choosing, Chosen
from sdhcp.leases.store_clock import StoreClock
from sdhcp.model import Holder, Lease, LeaseState

from .samples import ip

FIRST = int.from_bytes(ip("10.88.0.0"), "big")


class Known:
    """A store that holds which addresses were lent, and lends none twice."""

    def __init__(self):
        self.lent = set()
        self.last = b""
        self.questions = 0

    async def choose(self, pool, question):
        self.questions += 1
        for one in question.unused:
            if one not in self.lent:
                self.lent.add(one)
                self.last = one
                return Chosen("unused", Lease(one, pool.name, question.holder.client, LeaseState.OFFERED, 0, 1))
        return Chosen("none" if question.last else "more", None, self.last)

    async def lapsed(self, pool, now, most):
        return []

    async def aside(self, pool, most, skip):
        return []

    async def set_aside(self, pool, addresses, yes):
        raise AssertionError("there is nothing to set aside")


class SearchTests(SynchronousTestCase):
    def offer(self, server, pool):
        offered = ensureDeferred(server.offer(pool, Holder("client"), None, 0.0, 1.0))
        return self.successResultOf(offered)

    @settings(max_examples=50, deadline=None)
    @given(st.integers(1, 400), st.integers(1, 3), st.randoms(use_true_random=False))
    def test_every_address_that_is_not_reserved_is_found_by_some_server(self, size, servers, dice):
        store = Known()
        nodes = []
        reserved = {(FIRST + number).to_bytes(4, "big") for number in range(size) if dice.random() < 0.3}
        for _ in range(servers):
            pool = Addresses("shared", [(FIRST, FIRST + size - 1)])
            pool.reserved.update(reserved)
            nodes.append((Choosing(store, lambda: 1.0), pool))
        store.lent.update(one for one in pool_addresses(size) if dice.random() < 0.2)
        left = size - len(store.lent | reserved)
        for _ in range(left):
            lease = self.offer(*dice.choice(nodes))
            self.assertIsNotNone(lease)
            self.assertNotIn(lease.address, reserved)
        for node in nodes:
            self.assertIsNone(self.offer(*node))

    def test_a_large_pool_that_is_full_is_gone_through_once(self):
        store, pool = Known(), Addresses("shared", [(FIRST, FIRST + 49_999)])
        store.lent.update(pool_addresses(50_000))
        server = Choosing(store, lambda: 1.0)
        self.assertIsNone(self.offer(server, pool))
        before = store.questions
        for _ in range(10):
            self.assertIsNone(self.offer(server, pool))
        self.assertEqual(store.questions - before, 10)
        # What is no longer reserved may be free.
        gap = (FIRST + random.Random(1).randrange(50_000)).to_bytes(4, "big")
        store.lent.discard(gap)
        pool.reserved.add(gap)
        self.assertIsNone(self.offer(server, pool))
        pool.reserved.discard(gap)
        self.assertEqual(self.offer(server, pool).address, gap)


class ClockTests(SynchronousTestCase):
    def test_times_of_two_servers_mean_the_same(self):
        ahead, behind = StoreClock(lambda: 1060.0), StoreClock(lambda: 970.0)
        ahead.measured(1060.0, 1060.0, 1000.0)
        behind.measured(970.0, 970.0, 1000.0)
        self.assertEqual(ahead.to_store(1060.0), behind.to_store(970.0))
        self.assertEqual(behind.to_server(ahead.to_store(1160.0)), 1070.0)
        self.assertIn("60 s ahead of that of Redis", ahead.warnings("Redis")[0])
        self.assertIn("30 s behind that of Redis", behind.warnings("Redis")[0])

    def test_an_answer_that_was_long_under_way_is_better_than_none_and_no_better_than_another(self):
        clock = StoreClock(lambda: 0.0)
        clock.measured(100.0, 103.0, 151.5)
        self.assertEqual(clock.offset, 50.0)
        clock.measured(200.0, 200.0, 240.0)
        clock.measured(300.0, 303.0, 351.5)
        clock.measured(400.0, 390.0, 440.0)
        self.assertEqual(clock.offset, 40.0)

    def test_without_a_clock_times_are_the_stores(self):
        clock = StoreClock(None)
        clock.measured(0.0, 0.0, 5000.0)
        self.assertEqual((clock.to_store(7.0), clock.to_server(7.0), clock.warnings("Redis")), (7.0, 7.0, []))


def pool_addresses(size):
    return ((FIRST + number).to_bytes(4, "big") for number in range(size))
