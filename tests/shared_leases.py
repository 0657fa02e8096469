"""What holds of every lease store that several servers share; each server has a store object of its own."""

import random
from time import time

from twisted.internet import reactor
from twisted.internet.defer import DeferredList, ensureDeferred, gatherResults

from sdhcp.engine.addresses import Addresses
from sdhcp.interfaces import SourceError
from sdhcp.model import Holder, LeaseState

from .redis_case import until
from .samples import ip

FIRST = int.from_bytes(ip("10.88.0.0"), "big")
NOW = 1_700_000_000.0
LEASE = 3600


def pool_of(size, name="shared"):
    """A pool, as each server makes its own."""
    return Addresses(name, [(FIRST, FIRST + size - 1)])


def address(number):
    return (FIRST + number).to_bytes(4, "big")


class Node:
    """A server, with what it needs to ask for leases."""

    def __init__(self, store, size):
        self.store = store
        self.pool = pool_of(size)

    def offer(self, client, now=NOW, wish=None):
        return self.store.offer(self.pool, Holder(client), wish, now, now + 60)

    def bind(self, client, wanted, now=NOW):
        return self.store.bind(self.pool, Holder(client), wanted, now, now + LEASE)


class SharedLeases:
    """Cases for a test case of trial that says how to ``empty()`` the store, and which ``store(wall)`` a server has,
    not started, by what clock it goes; how to ``crash()`` what keeps the leases, and start it again."""

    async def nodes(self, size, many=2):
        self.empty()
        return [Node(await self.started(self.store()), size) for _ in range(many)]

    async def started(self, store):
        self.addCleanup(store.stop)
        await store.start()
        return store

    async def lend(self, client, one, other):
        """One server offers, another lends: the address, or None."""
        offered = await one.offer(client)
        if offered is None:
            return None
        lease = await other.bind(client, offered.address)
        self.assertEqual(lease.address, offered.address)
        return lease.address

    async def test_all_addresses_are_lent_once_and_any_server_renews_them(self):
        nodes = await self.nodes(100, 3)
        dice = random.Random(1)
        clients = [f"client {number}" for number in range(130)]
        lent = await gatherResults(
            [ensureDeferred(self.lend(client, dice.choice(nodes), dice.choice(nodes))) for client in clients]
        )
        held = {client: one for client, one in zip(clients, lent, strict=True) if one}
        self.assertEqual((len(held), len(set(held.values()))), (100, 100))
        for node in nodes:
            renewed = await gatherResults([node.bind(client, one, NOW + 10) for client, one in held.items()])
            self.assertEqual([lease.address for lease in renewed], list(held.values()))
            self.assertEqual((await node.store.counts(node.pool, NOW + 20)).bound, 100)

    async def test_of_many_that_want_the_same_address_one_gets_it(self):
        nodes = await self.nodes(3)
        wanted = [(f"{number}", address(number % 3)) for number in range(60)]
        leases = await gatherResults(
            [node.bind(f"{client} at {place}", one) for client, one in wanted for place, node in enumerate(nodes)]
        )
        got = [lease for lease in leases if lease is not None]
        self.assertEqual(sorted(lease.address for lease in got), [address(number) for number in range(3)])
        for lease in got:
            self.assertEqual((await nodes[0].store.at(nodes[0].pool, lease.address, NOW)).client, lease.client)

    async def test_a_client_that_asks_several_servers_at_once_has_one_address(self):
        nodes = await self.nodes(50)
        offers = await gatherResults([node.offer("one") for node in nodes for _ in range(5)])
        self.assertEqual(len({lease.address for lease in offers}), 1)
        await gatherResults([node.bind("one", address(number)) for number in range(20) for node in nodes])
        self.assertEqual((await nodes[0].store.counts(nodes[0].pool, NOW)).bound, 1)
        last = await nodes[1].store.of_client(nodes[1].pool, "one", NOW)
        self.assertEqual(last.state, LeaseState.BOUND)

    async def test_two_clients_that_change_places_do_not_wait_for_each_other(self):
        nodes = await self.nodes(2)
        for turn in range(10):
            now = NOW + turn * (LEASE + 60)
            for number, node in enumerate(nodes):
                await node.bind(f"{number}", address(number), now)
            later = now + LEASE
            await gatherResults(
                [node.bind(f"{1 - number}", address(number), later) for number, node in enumerate(nodes)]
            )
            for number in range(2):
                lease = await nodes[0].store.at(nodes[0].pool, address(number), later)
                self.assertEqual(lease.client, f"{1 - number}")

    async def test_what_happened_is_a_story_without_two_holders(self):
        nodes = await self.nodes(8)

        async def live(client, dice):
            for _ in range(15):
                node = dice.choice(nodes)
                held = await node.store.of_client(node.pool, client, NOW)
                at = held.address if held else address(dice.randrange(8))
                what = dice.choice(["offer", "bind", "bind", "release", "decline", "clear"])
                if what == "offer":
                    offered = await node.offer(client, wish=address(dice.randrange(8)))
                    at = offered.address if offered else at
                if what in ("offer", "bind"):
                    await node.bind(client, at)
                elif what == "release":
                    await node.store.release(node.pool, client, at, NOW)
                elif what == "decline":
                    await node.store.decline(node.pool, client, at, NOW, NOW + 60, "in use")
                else:
                    await node.store.clear(node.pool, address(dice.randrange(8)), NOW)

        await gatherResults([ensureDeferred(live(f"client {number}", random.Random(number))) for number in range(16)])
        holders, story = {}, await nodes[0].store.history(None, None, 10_000)
        self.assertGreater(len(story), 50)
        for change in reversed(story):
            lease, before = change.lease, holders.pop(change.lease.address, None)
            if change.what == "bound":
                self.assertIsNone(before)
            elif change.what in ("renewed", "released", "declined"):
                self.assertEqual(before, lease.client)
            elif change.what == "quarantined":
                self.assertIsNone(before)
            if change.what in ("bound", "renewed"):
                self.assertNotIn(lease.client, holders.values())
                holders[lease.address] = lease.client
        leases = await nodes[1].store.leases(nodes[1].pool, None, 100)
        self.assertEqual(holders, {lease.address: lease.client for lease in leases if lease.state is LeaseState.BOUND})

    async def test_nothing_acknowledged_is_lost_when_what_keeps_it_is_killed(self):
        nodes = await self.nodes(400)
        held, failed = {}, []

        async def live(client, node):
            try:
                for _ in range(3):
                    offered = await node.offer(client)
                    lease = await node.bind(client, offered.address)
                    held[client] = lease.address
            except SourceError as error:
                failed.append(error)

        lives = DeferredList([ensureDeferred(live(f"{number}", nodes[number % 2])) for number in range(300)])
        await until(lambda: len(held) >= 30, "some are acknowledged")
        self.crash()
        await lives
        self.assertTrue(failed)
        self.assertEqual(len(set(held.values())), len(held))
        self.start_again()

        for node in nodes:
            for client, one in held.items():
                lease = await self.answered(node.store.at, node.pool, one, NOW)
                self.assertEqual((lease.client, lease.state), (client, LeaseState.BOUND))
        # And it goes on, with addresses that nobody has.
        more = await gatherResults([nodes[number % 2].offer(f"more {number}") for number in range(50)])
        self.assertEqual(len({lease.address for lease in more} | set(held.values())), 50 + len(held))

    async def answered(self, ask, *arguments):
        """What is answered as soon as there is an answer."""
        answers = []

        def is_answered():
            ask(*arguments).addCallbacks(answers.append, lambda failure: failure.trap(SourceError))
            return bool(answers)

        await until(is_answered, "it is answered")
        return answers[0]

    async def test_without_what_keeps_them_nothing_is_lent_and_afterwards_it_is(self):
        (node,) = await self.nodes(4, 1)
        await node.bind("one", address(0))
        self.crash()
        for ask in (
            lambda: node.offer("two"),
            lambda: node.bind("one", address(0)),
            lambda: node.store.release(node.pool, "one", address(0), NOW),
            lambda: node.store.of_client(node.pool, "one", NOW),
            lambda: node.store.counts(node.pool, NOW),
            lambda: node.store.history(None, None, 1),
            lambda: node.store.forget_history(NOW),
        ):
            error = await self.assertFailure(ask(), SourceError)
            self.assertTrue(str(error).startswith(node.store.name), error)
            self.assertTrue(error.advice)
        self.start_again()
        lease = await self.answered(node.store.bind, node.pool, Holder("one"), address(0), NOW, NOW + LEASE)
        self.assertEqual(lease.address, address(0))

    async def test_a_server_starts_while_what_keeps_them_is_away(self):
        self.empty()
        self.crash()
        store = self.store()
        self.addCleanup(store.stop)
        await self.assertFailure(store.start(), SourceError)
        self.start_again()
        node = Node(store, 4)
        self.assertIsNotNone(await self.answered(store.offer, node.pool, Holder("one"), None, NOW, NOW + 60))

    async def test_what_has_begun_is_finished_before_it_is_closed(self):
        (node, other) = await self.nodes(40)
        steps = [node.bind(f"{number}", address(number)) for number in range(30)]
        stopping = node.store.stop()
        leases = await gatherResults(steps)
        await stopping
        self.assertEqual([lease.address for lease in leases], [address(number) for number in range(30)])
        self.assertEqual((await other.store.counts(other.pool, NOW)).bound, 30)
        error = await self.assertFailure(node.bind("late", address(35)), SourceError)
        self.assertTrue(error.passing)

    async def test_a_lease_ends_for_all_at_the_same_time_whatever_their_clocks_say(self):
        self.empty()
        ahead = Node(await self.started(self.store(lambda: time() + 500)), 4)
        right = Node(await self.started(self.store(time)), 4)
        lease = await ahead.bind("one", address(1), time() + 500)
        self.assertLess(abs(lease.expires - (time() + 500 + LEASE)), 60)
        seen = await right.store.at(right.pool, address(1), time())
        self.assertLess(abs(seen.expires - (time() + LEASE)), 60)
        self.assertIsNone(await right.bind("two", address(1), time() + LEASE - 100))
        self.assertIsNotNone(await right.bind("two", address(1), time() + LEASE + 100))
        self.assertTrue([line for line in ahead.store.warnings if "clock is 500 s ahead of" in line])
        self.assertFalse([line for line in right.store.warnings if "clock" in line])

    async def test_reserved_addresses_in_front_do_not_keep_the_others_from_being_lent(self):
        nodes = await self.nodes(700, 2)
        await gatherResults([nodes[0].bind(f"{number}", address(number)) for number in range(699)])
        await gatherResults(
            [nodes[1].store.release(nodes[1].pool, f"{n}", address(n), NOW + 1 + n) for n in range(699)]
        )
        for node in nodes:
            node.pool.reserved.update(address(number) for number in range(600))
        later = NOW + 1000
        offered = [await nodes[number % 2].offer(f"new {number}", later) for number in range(3)]
        self.assertEqual([lease.address for lease in offered], [address(number) for number in (699, 600, 601)])
        counts = await nodes[0].store.counts(nodes[0].pool, later)
        self.assertEqual(tuple(counts), (700, 0, 3, 97, 0, 600, 0))
        for node in nodes:
            node.pool.reserved.discard(address(7))
        self.assertEqual((await nodes[1].offer("latest", later)).address, address(7))

    async def test_a_server_that_is_started_anew_finds_the_last_free_address_of_a_large_pool(self):
        size = 3000
        (node,) = await self.nodes(size, 1)
        for begin in range(0, size, 500):
            wanted = range(begin, begin + 500)
            await gatherResults([node.bind(f"{number}", address(number)) for number in wanted if number != 1234])
        again = Node(await self.started(self.store()), size)
        self.assertEqual((await again.offer("new")).address, address(1234))
        self.assertIsNone(await again.offer("newer"))
        self.assertIsNone(await node.offer("newest"))


async def silent(case, store, toxic):
    """What a store says that is asked through a network that has fallen silent."""
    node = Node(await case.started(store), 4)
    await node.bind("one", address(0))
    toxic.silent = True
    began = reactor.seconds()
    error = await case.assertFailure(node.bind("one", address(0)), SourceError)
    case.assertLess(reactor.seconds() - began, 4.0)
    toxic.silent = False
    toxic.cut()
    lease = await case.answered(node.store.bind, node.pool, Holder("one"), address(0), NOW, NOW + LEASE)
    case.assertEqual(lease.address, address(0))
    return error
