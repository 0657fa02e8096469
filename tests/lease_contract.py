"""What every lease store keeps to, wherever it keeps them. Times are whole seconds."""

from twisted.internet.defer import gatherResults, maybeDeferred
from zope.interface.verify import verifyObject

from sdhcp.engine.addresses import Addresses
from sdhcp.interfaces import ILeaseStore
from sdhcp.model import Holder, Lease, LeaseState

from .lease_steps import LEASE, NOW, OFFER, QUARANTINE, LeaseSteps, address, client, holder


class LeaseContract(LeaseSteps):
    """Cases for a test case of trial (the asynchronous one) that says where the leases are kept.

    ``open()`` gives an empty store that has not been started, as a value, a Deferred or a coroutine.
    ``reopen(store)`` ends the process that has a store, in a way that it does not hear of, and gives another with
    what is kept; it has not been started either. What keeps nothing sets ``survives`` to False.
    The pool is 10.77.1.10 to 10.77.1.13 unless a case says otherwise.
    """

    survives = True

    async def test_it_is_what_it_says_it_is(self):
        store = await self.opened()
        verifyObject(ILeaseStore, store)
        self.assertTrue(store.name)

    async def test_an_offer_says_all_about_itself(self):
        store = await self.opened()
        lease = await maybeDeferred(store.offer, self.pool, holder(1, hostname="a", via="b"), None, NOW, NOW + OFFER)
        expected = Lease(
            address(10), "floor", client(1), LeaseState.OFFERED, NOW, NOW + OFFER, holder(1).mac, "a", "b"
        )  # fmt: skip
        self.assertEqual(lease, expected)
        self.assertEqual(await self.at(store, 10), expected)
        self.assertEqual(await self.of_client(store, 1), expected)

    async def test_a_lease_says_all_about_itself(self):
        store = await self.opened()
        await self.offer(store, 1)
        lease = await self.bind(store, 1, 10, NOW + 1, hostname="дом", via="10.77.1.1, eth 1/1")
        expected = Lease(
            address(10), "floor", client(1), LeaseState.BOUND, NOW + 1, NOW + 1 + LEASE, holder(1).mac, "дом",
            "10.77.1.1, eth 1/1",
        )  # fmt: skip
        self.assertEqual(lease, expected)
        self.assertEqual(await self.at(store, 10, NOW + 2), expected)
        self.assertEqual(await self.of_client(store, 1, NOW + 2), expected)

    async def test_nothing_is_known_of_what_was_never_lent(self):
        store = await self.opened()
        self.assertIsNone(await self.at(store, 10))
        self.assertIsNone(await self.at(store, 99))
        self.assertIsNone(await self.of_client(store, 1))

    async def test_addresses_that_were_never_lent_go_out_one_after_the_other(self):
        store = await self.opened()
        offered = [await self.offer(store, number) for number in range(1, 5)]
        self.assertEqual(sorted(offered), [10, 11, 12, 13])

    async def test_there_is_none_when_all_are_offered_or_held(self):
        store = await self.opened()
        for number in (1, 2):
            await self.bound(store, number, await self.offer(store, number))
        for number in (3, 4):
            await self.offer(store, number)
        self.assertIsNone(await self.offer(store, 5))
        self.assertIsNone(await self.offer(store, 5, wish=10))

    async def test_an_empty_pool_has_none(self):
        store = await self.opened(11, 10)
        self.assertIsNone(await self.offer(store, 1))
        self.assertEqual((await self.counts(store)).free, 0)

    async def test_a_client_is_offered_the_same_address_again(self):
        store = await self.opened()
        first = await self.offer(store, 1)
        await self.offer(store, 2)
        self.assertEqual(await self.offer(store, 1, now=NOW + 5), first)

    async def test_an_offer_made_again_holds_longer(self):
        store = await self.opened(10, 10)
        await self.offer(store, 1)
        await self.offer(store, 1, now=NOW + 20)
        self.assertIsNone(await self.offer(store, 2, now=NOW + 40))

    async def test_a_wish_for_a_free_address_is_met(self):
        store = await self.opened()
        self.assertEqual(await self.offer(store, 1, wish=12), 12)

    async def test_a_wish_for_an_address_that_was_lent_before_is_met(self):
        store = await self.opened()
        await self.bound(store, 1, 12)
        await self.release(store, 1, 12, NOW + 1)
        self.assertEqual(await self.offer(store, 2, wish=12, now=NOW + 2), 12)

    async def test_a_wish_for_an_address_that_is_held_is_not_met(self):
        store = await self.opened()
        await self.bound(store, 1, 12)
        self.assertIn(await self.offer(store, 2, wish=12), (10, 11, 13))

    async def test_a_wish_for_an_address_that_is_offered_is_not_met(self):
        store = await self.opened()
        await self.offer(store, 1, wish=12)
        self.assertIn(await self.offer(store, 2, wish=12), (10, 11, 13))

    async def test_a_wish_for_an_address_of_elsewhere_is_not_met(self):
        store = await self.opened()
        self.assertIn(await self.offer(store, 1, wish=99), (10, 11, 12, 13))

    async def test_what_a_client_holds_goes_before_its_wish(self):
        store = await self.opened()
        await self.bound(store, 1, 11)
        self.assertEqual(await self.offer(store, 1, wish=12, now=NOW + 1), 11)

    async def test_what_a_client_held_last_goes_before_its_wish(self):
        store = await self.opened()
        await self.bound(store, 1, 11)
        await self.release(store, 1, 11, NOW + 1)
        self.assertEqual(await self.offer(store, 1, wish=12, now=NOW + 2), 11)

    async def test_a_client_whose_lease_expired_gets_its_address_again(self):
        store = await self.opened()
        await self.bound(store, 1, 12)
        later = NOW + LEASE + 10
        self.assertEqual(await self.offer(store, 1, now=later), 12)

    async def test_a_client_whose_address_is_lent_to_another_gets_another(self):
        store = await self.opened()
        await self.bound(store, 1, 12)
        later = NOW + LEASE + 10
        await self.bound(store, 2, 12, later)
        self.assertIn(await self.offer(store, 1, now=later), (10, 11, 13))

    async def test_what_was_never_lent_goes_before_what_has_lapsed(self):
        store = await self.opened()
        for number, to in ((1, 10), (2, 11), (3, 12)):
            await self.bound(store, number, to)
            await self.release(store, number, to, NOW + 1)
        self.assertEqual(await self.offer(store, 4, now=NOW + 2), 13)

    async def test_the_one_that_was_free_for_the_longest_goes_first(self):
        store = await self.opened()
        for number, to in ((1, 10), (2, 11), (3, 12), (4, 13)):
            await self.bound(store, number, to, seconds=LEASE)
        await self.release(store, 3, 12, NOW + 10)
        await self.release(store, 1, 10, NOW + 20)
        await self.bound(store, 4, 13, NOW + 30, 100)
        later = NOW + LEASE + 10
        offered = [await self.offer(store, number, now=later) for number in (5, 6, 7, 8)]
        self.assertEqual(offered, [12, 10, 13, 11])

    async def test_a_reserved_address_is_never_offered(self):
        store = await self.opened(reserved=(10, 12))
        offered = [await self.offer(store, number, wish=12) for number in (1, 2, 3)]
        self.assertEqual(sorted(filter(None, offered)), [11, 13])

    async def test_a_reserved_address_is_never_lent(self):
        store = await self.opened(reserved=(10,))
        self.assertIsNone(await self.bind(store, 1, 10))
        self.assertIsNone(await self.at(store, 10))

    async def test_an_address_that_became_reserved_is_lost_to_its_holder(self):
        store = await self.opened()
        await self.bound(store, 1, 10)
        self.pool.reserved.add(address(10))
        self.assertIn(await self.offer(store, 1, now=NOW + 1), (11, 12, 13))
        self.assertIsNone(await self.bind(store, 1, 10, NOW + 1))

    async def test_an_address_that_lapsed_and_became_reserved_is_passed_over(self):
        store = await self.opened(10, 11)
        for number, to in ((1, 10), (2, 11)):
            await self.bound(store, number, to)
            await self.release(store, number, to, NOW + number)
        self.pool.reserved.add(address(10))
        self.assertEqual(await self.offer(store, 3, now=NOW + 5), 11)

    async def test_an_address_that_is_no_longer_reserved_is_lent(self):
        store = await self.opened(10, 11, reserved=(10,))
        self.assertEqual(await self.offer(store, 1), 11)
        self.assertIsNone(await self.offer(store, 2))
        self.pool.reserved.clear()
        self.assertEqual(await self.offer(store, 2), 10)

    async def test_an_offer_ends(self):
        store = await self.opened(10, 10)
        await self.offer(store, 1)
        self.assertIsNone(await self.offer(store, 2, now=NOW + OFFER - 1))
        self.assertEqual(await self.offer(store, 2, now=NOW + OFFER), 10)
        self.assertIsNone(await self.bind(store, 1, 10, NOW + OFFER))

    async def test_offers_that_came_to_nothing_cost_the_pool_nothing(self):
        store = await self.opened()
        for attempt in range(3):
            now = NOW + attempt * OFFER
            offered = [await self.offer(store, 10 * attempt + number, now=now) for number in range(1, 5)]
            self.assertEqual(sorted(offered), [10, 11, 12, 13])
        self.assertEqual((await self.counts(store, NOW + 3 * OFFER)).free, 4)

    async def test_an_offer_of_a_lapsed_address_that_came_to_nothing_leaves_it_to_who_held_it(self):
        store = await self.opened(10, 10)
        await self.bound(store, 1, 10)
        await self.release(store, 1, 10, NOW + 1)
        self.assertEqual(await self.offer(store, 2, now=NOW + 2), 10)
        later = NOW + 2 + OFFER
        self.assertEqual((await self.of_client(store, 1, later)).state, LeaseState.RELEASED)
        self.assertEqual(await self.offer(store, 1, now=later), 10)

    async def test_an_offer_to_the_holder_keeps_its_lease(self):
        store = await self.opened()
        await self.bound(store, 1, 10)
        lease = await maybeDeferred(store.offer, self.pool, holder(1), None, NOW + 5, NOW + 5 + OFFER)
        self.assertEqual((lease.address, lease.expires), (address(10), NOW + LEASE))
        self.assertEqual((await self.at(store, 10, NOW + 6)).state, LeaseState.BOUND)

    async def test_an_offer_to_a_holder_whose_lease_ends_sooner_holds_the_address(self):
        store = await self.opened(10, 10)
        await self.bound(store, 1, 10, seconds=20)
        lease = await maybeDeferred(store.offer, self.pool, holder(1), None, NOW + 10, NOW + 40)
        self.assertEqual((lease.address, lease.expires), (address(10), NOW + 40))
        self.assertIsNone(await self.offer(store, 2, now=NOW + 30))
        self.assertIsNotNone(await self.bind(store, 1, 10, NOW + 30))

    async def test_what_is_offered_to_another_is_not_lent(self):
        store = await self.opened()
        await self.offer(store, 1, wish=11)
        self.assertIsNone(await self.bind(store, 2, 11))
        self.assertIsNotNone(await self.bind(store, 1, 11))

    async def test_what_another_holds_is_not_lent(self):
        store = await self.opened()
        await self.bound(store, 1, 11)
        self.assertIsNone(await self.bind(store, 2, 11, NOW + 1))
        self.assertEqual((await self.at(store, 11, NOW + 1)).client, client(1))

    async def test_what_was_offered_to_nobody_is_lent_if_it_is_free(self):
        store = await self.opened()
        self.assertEqual((await self.bind(store, 1, 12)).address, address(12))
        self.assertIsNone(await self.bind(store, 2, 99))

    async def test_a_renewal_keeps_since(self):
        store = await self.opened()
        await self.bound(store, 1, 10)
        lease = await self.bound(store, 1, 10, NOW + 1800)
        self.assertEqual((lease.since, lease.expires), (NOW, NOW + 1800 + LEASE))
        self.assertEqual((await self.at(store, 10, NOW + LEASE + 1)).expires, NOW + 1800 + LEASE)
        self.assertIsNone(await self.bind(store, 2, 10, NOW + LEASE + 1))

    async def test_a_lease_may_be_made_to_end_sooner(self):
        store = await self.opened(10, 10)
        await self.bound(store, 1, 10)
        await self.bound(store, 1, 10, NOW + 1, 60)
        self.assertIsNone(await self.offer(store, 2, now=NOW + 60))
        self.assertEqual(await self.offer(store, 2, now=NOW + 61), 10)

    async def test_an_expired_lease_is_remembered_as_it_was(self):
        store = await self.opened()
        lease = await self.bound(store, 1, 10)
        later = NOW + 10 * LEASE
        self.assertEqual(await self.at(store, 10, later), lease)
        self.assertEqual(await self.of_client(store, 1, later), lease)

    async def test_an_expired_lease_does_not_keep_another_from_the_address(self):
        store = await self.opened()
        await self.bound(store, 1, 10)
        self.assertIsNone(await self.bind(store, 2, 10, NOW + LEASE - 1))
        self.assertIsNotNone(await self.bind(store, 2, 10, NOW + LEASE))
        self.assertIsNone(await self.of_client(store, 1, NOW + LEASE))

    async def test_a_client_that_is_lent_another_address_gives_up_the_earlier_one(self):
        store = await self.opened()
        await self.bound(store, 1, 10)
        await self.bound(store, 1, 11, NOW + 5)
        self.assertEqual((await self.at(store, 10, NOW + 5)).state, LeaseState.RELEASED)
        self.assertEqual((await self.of_client(store, 1, NOW + 5)).address, address(11))
        self.assertIsNotNone(await self.bind(store, 2, 10, NOW + 5))

    async def test_a_released_address_is_free_and_its_holder_remembered(self):
        store = await self.opened()
        await self.bound(store, 1, 10)
        self.assertTrue(await self.release(store, 1, 10, NOW + 5))
        lease = await self.of_client(store, 1, NOW + 5)
        self.assertEqual((lease.state, lease.address, lease.client), (LeaseState.RELEASED, address(10), client(1)))
        self.assertEqual((await self.at(store, 10, NOW + 5)).state, LeaseState.RELEASED)
        self.assertIsNotNone(await self.bind(store, 2, 10, NOW + 5))

    async def test_only_the_holder_releases(self):
        store = await self.opened()
        await self.bound(store, 1, 10)
        await self.offer(store, 2, wish=11)
        for number, of in ((2, 10), (2, 11), (1, 12), (1, 99)):
            self.assertFalse(await self.release(store, number, of))
        self.assertTrue(await self.release(store, 1, 10))
        self.assertFalse(await self.release(store, 1, 10))

    async def test_what_is_declined_is_quarantined(self):
        store = await self.opened(10, 11)
        await self.bound(store, 1, 10)
        self.assertTrue(await self.decline(store, 1, 10, evidence="02:00:00:00:00:09"))
        lease = await self.at(store, 10)
        self.assertEqual(lease.state, LeaseState.QUARANTINED)
        self.assertEqual((lease.evidence, lease.expires), ("02:00:00:00:00:09", NOW + QUARANTINE))
        self.assertEqual(await self.offer(store, 1, wish=10), 11)
        self.assertIsNone(await self.bind(store, 1, 10))

    async def test_only_the_holder_declines(self):
        store = await self.opened()
        await self.bound(store, 1, 10)
        for number, of in ((2, 10), (2, 11), (1, 99)):
            self.assertFalse(await self.decline(store, number, of))
        self.assertFalse(await self.decline(store, 1, 10, NOW + LEASE))
        self.assertEqual((await self.at(store, 10)).state, LeaseState.BOUND)

    async def test_a_quarantine_ends(self):
        store = await self.opened(10, 10)
        self.assertTrue(await self.quarantine(store, 10))
        self.assertIsNone(await self.offer(store, 1, now=NOW + QUARANTINE - 1))
        self.assertEqual(await self.offer(store, 1, now=NOW + QUARANTINE), 10)
        self.assertIsNotNone(await self.bind(store, 1, 10, NOW + QUARANTINE))

    async def test_what_nobody_held_is_quarantined_as_nobodys(self):
        store = await self.opened()
        await self.quarantine(store, 11, evidence="answers to a ping")
        lease = await self.at(store, 11)
        self.assertEqual((lease.client, lease.state), ("", LeaseState.QUARANTINED))
        self.assertEqual((lease.evidence, lease.expires), ("answers to a ping", NOW + QUARANTINE))

    async def test_a_quarantine_takes_an_offer_away(self):
        store = await self.opened()
        await self.offer(store, 1, wish=11)
        self.assertTrue(await self.quarantine(store, 11))
        self.assertIsNone(await self.bind(store, 1, 11))
        self.assertNotIn(await self.offer(store, 1), (None, 11))

    async def test_what_is_held_is_not_quarantined(self):
        store = await self.opened()
        await self.bound(store, 1, 10)
        self.assertFalse(await self.quarantine(store, 10))
        self.assertFalse(await self.quarantine(store, 99))
        self.assertTrue(await self.quarantine(store, 10, NOW + LEASE))

    async def test_what_is_cleared_was_never_lent(self):
        store = await self.opened(10, 11)
        await self.bound(store, 1, 10)
        await self.quarantine(store, 11)
        for of in (10, 11):
            self.assertTrue(await self.clear(store, of))
            self.assertFalse(await self.clear(store, of))
            self.assertIsNone(await self.at(store, of))
        self.assertIsNone(await self.of_client(store, 1))
        self.assertEqual((await self.counts(store)).free, 2)
        self.assertFalse(await self.clear(store, 99))
        self.assertEqual(sorted([await self.offer(store, 2), await self.offer(store, 3)]), [10, 11])

    async def test_two_that_want_one_address_at_once_do_not_both_get_it(self):
        store = await self.opened()
        asked = [maybeDeferred(store.bind, self.pool, holder(n), address(10), NOW, NOW + LEASE) for n in range(1, 9)]
        leases = [lease for lease in await gatherResults(asked) if lease]
        self.assertEqual(len(leases), 1)
        self.assertEqual((await self.at(store, 10)).client, leases[0].client)

    async def test_many_that_ask_at_once_are_offered_different_addresses(self):
        store = await self.opened(10, 59)
        asked = [maybeDeferred(store.offer, self.pool, holder(n), None, NOW, NOW + OFFER) for n in range(1, 61)]
        offered = [lease.address for lease in await gatherResults(asked) if lease]
        self.assertEqual((len(offered), len(set(offered))), (50, 50))

    async def test_one_client_that_asks_twice_at_once_gets_one_address(self):
        store = await self.opened()
        asked = [maybeDeferred(store.bind, self.pool, holder(1), address(10), NOW, NOW + LEASE) for _ in range(3)]
        self.assertEqual({lease.address for lease in await gatherResults(asked)}, {address(10)})
        self.assertEqual((await self.counts(store)).bound, 1)

    async def test_counts_tell_what_every_address_is(self):
        store = await self.opened(10, 19, reserved=(19,))
        for number, to in ((1, 10), (2, 11), (3, 12), (4, 13)):
            await self.bound(store, number, to)
        await self.release(store, 2, 11)
        await self.decline(store, 3, 12)
        await self.quarantine(store, 14)
        await self.offer(store, 5, wish=15)
        counts = await self.counts(store)
        self.assertEqual(tuple(counts), (10, 2, 1, 1, 2, 1, 3))
        counts = await self.counts(store, NOW + LEASE)
        self.assertEqual((counts.bound, counts.offered, counts.lapsed, counts.quarantined), (0, 0, 3, 2))

    async def test_counts_add_up_whatever_overlaps(self):
        store = await self.opened(10, 15)
        await self.bound(store, 1, 10, seconds=20)
        await self.offer(store, 1)
        await self.bound(store, 2, 11)
        await self.release(store, 2, 11)
        await self.offer(store, 2)
        await self.bound(store, 3, 12)
        await self.offer(store, 4, wish=13)
        self.pool.reserved.update(map(address, (10, 11, 12, 13, 14)))
        for now in (NOW, NOW + 25, NOW + OFFER, NOW + LEASE):
            await self.counts(store, now)

    async def test_leases_are_listed_page_by_page(self):
        store = await self.opened(10, 59)
        for number in range(49, 9, -3):
            await self.bound(store, number, number)
        await self.quarantine(store, 50)
        expected = [address(number) for number in [*range(10, 50, 3), 50]]
        found, after = [], None
        while page := await maybeDeferred(store.leases, self.pool, after, 4):
            self.assertLessEqual(len(page), 4)
            found += [lease.address for lease in page]
            after = found[-1]
        self.assertEqual(found, expected)
        for start in (0, 17, 30, 60):
            page = await maybeDeferred(store.leases, self.pool, address(start), 99)
            self.assertEqual([lease.address for lease in page], [one for one in expected if one > address(start)])

    async def test_pools_know_nothing_of_each_other(self):
        store = await self.opened()
        await self.bound(store, 1, 10)
        floor = self.pool
        self.pool = Addresses("cellar", [(int.from_bytes(address(100), "big"), int.from_bytes(address(101), "big"))])
        self.assertEqual(await self.offer(store, 1, wish=10), 100)
        await self.bound(store, 1, 100)
        self.assertEqual((await self.counts(store)).bound, 1)
        self.pool = floor
        self.assertEqual((await self.of_client(store, 1)).address, address(10))

    async def test_history_tells_what_became_of_an_address_and_of_a_client(self):
        store = await self.opened()
        await self.bound(store, 1, 10)
        await self.bound(store, 1, 10, NOW + 10)
        await self.bound(store, 1, 11, NOW + 20)
        await self.release(store, 1, 11, NOW + 30)
        await self.bound(store, 2, 10, NOW + 40)
        await self.decline(store, 2, 10, NOW + 50)
        await self.clear(store, 10, NOW + 60)
        await self.quarantine(store, 10, NOW + 70)
        mine = [("bound", 11), ("released", 10), ("renewed", 10), ("bound", 10)]
        self.assertEqual(await self.history(store, number=1), [("released", 11), *mine])
        tale = ["quarantined", "cleared", "declined", "bound", "released", "renewed", "bound"]
        self.assertEqual(await self.history(store, of=10), [(what, 10) for what in tale])
        self.assertEqual(await self.history(store, of=10, most=2), [("quarantined", 10), ("cleared", 10)])
        self.assertEqual(await self.history(store, of=12), [])
        self.assertEqual(await self.history(store, number=3), [])
        self.assertEqual(await self.history(store, of=11, number=1), [("released", 11), ("bound", 11)])
        latest = (await maybeDeferred(store.history, address(10), None, 1))[0]
        self.assertEqual((latest.at, latest.lease), (NOW + 70, await self.at(store, 10, NOW + 70)))

    async def test_old_history_is_forgotten(self):
        store = await self.opened()
        for minute in range(5):
            await self.bound(store, 1, 10, NOW + 60 * minute)
        self.assertEqual(await maybeDeferred(store.forget_history, NOW + 120), 2)
        self.assertEqual(await self.history(store, number=1), [("renewed", 10)] * 3)
        self.assertEqual(await maybeDeferred(store.forget_history, NOW + 120), 0)
        self.assertIsNotNone(await self.of_client(store, 1))

    async def test_any_letters_are_kept(self):
        store = await self.opened()
        odd = Holder("circuit-id:'\"; \U0001f600\x7f", b"", "\x01é家", "a\tb\n" + "x" * 300)
        lease = await maybeDeferred(store.bind, self.pool, odd, address(10), NOW, NOW + LEASE)
        self.assertEqual((lease.client, lease.mac, lease.hostname, lease.via), odd)
        store = await self.reopened(store) if self.survives else store
        self.assertEqual(await self.at(store, 10), lease)
        self.assertEqual(await maybeDeferred(store.of_client, self.pool, odd.client, NOW), lease)

    async def test_what_was_acknowledged_is_there_when_the_process_is_not(self):
        if not self.survives:
            return
        store = await self.opened(10, 19)
        for number, to in ((1, 10), (2, 11), (3, 12), (4, 13), (5, 14)):
            await self.bound(store, number, to)
        await self.bound(store, 1, 10, NOW + 5)
        await self.release(store, 2, 11, NOW + 6)
        await self.decline(store, 3, 12, NOW + 7)
        await self.bound(store, 4, 15, NOW + 8)
        await self.clear(store, 14, NOW + 9)
        await self.quarantine(store, 16, NOW + 10)
        leases = await maybeDeferred(store.leases, self.pool, None, 99)
        history = await maybeDeferred(store.history, None, client(4), 99)
        again = await self.reopened(store)
        self.assertEqual(await maybeDeferred(again.leases, self.pool, None, 99), leases)
        self.assertEqual(await maybeDeferred(again.history, None, client(4), 99), history)
        for number, held in ((1, 10), (2, 11), (4, 15)):
            self.assertEqual((await self.of_client(again, number, NOW + 11)).address, address(held))
        self.assertIsNone(await self.of_client(again, 5, NOW + 11))
        for number, to in ((9, 10), (9, 12), (9, 15), (9, 16)):
            self.assertIsNone(await self.bind(again, number, to, NOW + 11))
        self.assertEqual(await self.offer(again, 2, now=NOW + 11), 11)
