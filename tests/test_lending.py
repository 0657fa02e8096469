"""Clients of pools: what they are offered and lent, and what becomes of it (RFC 2131 sections 4.3 and 4.4)."""

from dataclasses import replace

from twisted.trial.unittest import SynchronousTestCase

from sdhcp.backends.memory import MemorySource
from sdhcp.engine.policy import Policy
from sdhcp.events import Declined, Dropped, LeaseChanged, PoolExhausted, PoolFilled
from sdhcp.model import LeaseState
from sdhcp.wire import constants as c

from .in_process import LOCAL_MAC, OTHER_MAC, POLICY
from .lending_world import LendingWorld, Users, guests, settled
from .samples import ADDRESS, MAC, RELAY, SERVER, definition, ip

FIRST = ip("10.77.1.100")
HERE = "10.77.0.0/24"


def guest(number):
    return bytes([2, 0, 0x5E, 1, number >> 8, number & 255])


class DiscoverTests(SynchronousTestCase):
    def test_D02(self):
        """A stranger is offered an address of the pool of its subnet (RFC 2131 section 4.3.1)."""
        reply = LendingWorld().ask(c.DISCOVER, {55: b"\1\3\x33"}, chaddr=guest(1))
        self.assertEqual(reply.message.message_type, c.OFFER)
        self.assertEqual((reply.message.yiaddr, reply.message.options[3]), (FIRST, ip("10.77.1.1")))
        self.assertEqual(reply.message.options[51], (600).to_bytes(4, "big"))

    def test_strangers_on_a_link_without_a_pool_meet_silence(self):
        world = LendingWorld()
        self.assertIsNone(world.offered(guest(1), giaddr=ip("10.99.0.1")))
        self.assertIsNone(world.ask_directly(c.DISCOVER, chaddr=guest(1)))

    def test_D06(self):
        """A free address that a client wishes for is the one offered (RFC 2131 section 4.3.1)."""
        wish = ip("10.77.1.107")
        self.assertEqual(LendingWorld().offered(guest(1), {50: wish}), wish)
        self.assertEqual(LendingWorld().offered(guest(1), {50: ip("10.77.1.5")}), FIRST)

    def test_D07(self):
        """An address that is leased to another client is not offered (RFC 2131 section 4.3.1)."""
        world = LendingWorld()
        held = world.lend(guest(1))
        self.assertNotEqual(world.offered(guest(2), {50: held}), held)

    def test_D11(self):
        """A client whose lease has ended gets its address of before if it is free (RFC 2131 section 4.3.1)."""
        world = LendingWorld()
        world.lend(guest(1))
        held = world.lend(guest(2))
        world.clock.advance(5000)
        self.assertEqual(world.offered(guest(2)), held)

    def test_D14(self):
        """An exhausted pool is met with silence and serves again after a release (RFC 2131 section 4.3.1)."""
        world = LendingWorld()
        held = [world.lend(guest(number)) for number in range(10)]
        self.assertIsNone(world.offered(guest(11)))
        (exhausted,) = world.observed.of(PoolExhausted)
        self.assertEqual((exhausted.pools, exhausted.mac), (("guests",), guest(11)))
        world.ask(c.RELEASE, {54: SERVER}, ciaddr=held[3], chaddr=guest(3))
        self.assertEqual(world.offered(guest(11)), held[3])

    def test_D15(self):
        """Fifty new clients get fifty addresses of the pool (RFC 2131 section 2.2)."""
        world = LendingWorld(pools=(guests("10.77.1.100-10.77.1.149"),))
        given = {world.lend(guest(number)) for number in range(50)}
        self.assertEqual(given, {ip(f"10.77.1.{number}") for number in range(100, 150)})

    def test_D17(self):
        """An address on offer is not offered to another client (RFC 2131 section 4.3.1)."""
        world = LendingWorld()
        self.assertEqual(len({world.offered(guest(number)) for number in range(10)}), 10)
        self.assertIsNone(world.offered(guest(10)))
        world.clock.advance(61)
        self.assertIsNotNone(world.offered(guest(10)))

    def test_a_client_with_a_reservation_on_another_link_is_served_where_it_is(self):
        away = definition(ip=ip("10.55.0.5"), subnet="10.55.0.0/24", subnet_mask=ip("255.255.255.0"))
        for clients, given in (("unknown", None), ("all", FIRST), ("known", FIRST)):
            world = LendingWorld(source=MemorySource({MAC: away}), pools=(guests(clients=clients),))
            self.assertEqual(world.offered(MAC), given)

    def test_reservations_go_before_pools(self):
        world = LendingWorld(pools=(guests(clients="all"),))
        self.assertEqual(world.lend(MAC), ADDRESS)

    def test_a_wish_for_a_time_is_met(self):
        world = LendingWorld(pools=(guests(lease_time_min=60, lease_time_max=3600),))
        reply = world.ask(c.DISCOVER, {51: (1200).to_bytes(4, "big")}, chaddr=guest(1))
        self.assertEqual(reply.message.options[51], (1200).to_bytes(4, "big"))

    def test_rapid_commit_lends_at_once(self):
        policy = Policy(allow_relays=True, suspend=False, unauthorized_timeout=0, rapid_commit=True)
        world = LendingWorld(policy=policy)
        reply = world.ask(c.DISCOVER, {80: b""}, chaddr=guest(1))
        self.assertEqual(reply.message.message_type, c.ACK)
        lease = settled(world.store.at(world.lender.pools[0].addresses, FIRST, world.wall()))
        self.assertEqual(lease.state, LeaseState.BOUND)

    def test_rapid_commit_in_some_subnets_lends_at_once_there_and_offers_elsewhere(self):
        for subnet, kind, state in (
            ("10.77.1.0/24", c.ACK, LeaseState.BOUND),
            ("10.77.2.0/24", c.OFFER, LeaseState.OFFERED),
        ):
            policy = replace(POLICY, rapid_commit_subnets=frozenset((subnet,)))
            world = LendingWorld(policy=policy)
            reply = world.ask(c.DISCOVER, {80: b""}, chaddr=guest(1))
            self.assertEqual(reply.message.message_type, kind)
            lease = settled(world.store.at(world.lender.pools[0].addresses, FIRST, world.wall()))
            self.assertEqual(lease.state, state)
            self.assertEqual(world.ask(c.DISCOVER, chaddr=guest(2)).message.message_type, c.OFFER)

    def test_the_next_pool_serves_when_one_is_full(self):
        world = LendingWorld(pools=(guests("10.77.1.100"), guests("10.77.1.200", "more")))
        self.assertEqual([world.lend(guest(1)), world.lend(guest(2))], [FIRST, ip("10.77.1.200")])

    def test_what_a_function_raises_leaves_its_pool_out(self):
        world = LendingWorld(pools=(guests(allow=lambda query: 1 / 0), guests("10.77.1.200", "more")))
        self.assertEqual(world.offered(guest(1)), ip("10.77.1.200"))
        told = [event.text for event in world.observed.events if hasattr(event, "text")]
        world.offered(guest(2))
        self.assertEqual(len(told), 1)
        self.assertIn("pool guests: allow raised ZeroDivisionError", told[0])


class RequestTests(SynchronousTestCase):
    def test_selecting_what_was_offered_is_acknowledged_and_kept(self):
        world = LendingWorld()
        address = world.lend(guest(1), {12: b"laptop"})
        lease = settled(world.store.at(world.lender.pools[0].addresses, address, world.wall()))
        self.assertEqual((lease.mac, lease.hostname, lease.via), (guest(1), "laptop", "10.77.1.1"))
        self.assertEqual(lease.expires, world.wall() + 600)
        (changed,) = world.observed.of(LeaseChanged)
        self.assertEqual((changed.what, changed.lease.address), ("bound", address))

    def test_what_another_client_holds_is_refused(self):
        world = LendingWorld()
        held = world.lend(guest(1))
        self.assertEqual(world.request(guest(2), held).message.message_type, c.NAK)
        self.assertEqual(world.request(guest(2), ip("10.77.1.9")).message.message_type, c.NAK)

    def test_a_free_address_without_an_offer_is_lent_and_recorded(self):
        world = LendingWorld()
        self.assertEqual(world.request(guest(1), FIRST).message.message_type, c.ACK)

    def test_a_reboot_gets_its_address_confirmed(self):
        world = LendingWorld()
        held = world.lend(guest(1))
        reply = world.ask(c.REQUEST, {50: held}, chaddr=guest(1))
        self.assertEqual((reply.message.message_type, reply.message.yiaddr), (c.ACK, held))

    def test_a_reboot_of_a_client_that_nobody_knows_meets_silence(self):
        self.assertIsNone(LendingWorld().ask(c.REQUEST, {50: FIRST}, chaddr=guest(1)))

    def test_a_reboot_with_the_address_of_another_is_refused(self):
        world = LendingWorld()
        held = world.lend(guest(1))
        self.assertEqual(world.ask(c.REQUEST, {50: held}, chaddr=guest(2)).message.message_type, c.NAK)

    def test_a_reboot_on_another_network_is_refused(self):
        world = LendingWorld()
        self.assertEqual(world.ask(c.REQUEST, {50: ip("192.168.9.9")}, chaddr=guest(1)).message.message_type, c.NAK)

    def test_a_renewal_extends_the_lease(self):
        world = LendingWorld(local=LendingWorld().local)
        held = world.lend(guest(1))
        world.clock.advance(300)
        reply = world.ask_directly(c.REQUEST, chaddr=guest(1), ciaddr=held, source="10.77.1.100")
        self.assertEqual(reply.message.message_type, c.ACK)
        lease = settled(world.store.at(world.lender.pools[0].addresses, held, world.wall()))
        self.assertEqual(lease.expires, world.wall() + 600)
        self.assertEqual([event.what for event in world.observed.of(LeaseChanged)], ["bound", "renewed"])

    def test_rebinding_extends_the_lease(self):
        world = LendingWorld()
        held = world.lend(guest(1))
        self.assertEqual(world.ask(c.REQUEST, chaddr=guest(1), ciaddr=held).message.message_type, c.ACK)

    def test_N09(self):
        """A client that renews after its lease has ended never shares an address (RFC 2131 section 2.2)."""
        world = LendingWorld(pools=(guests("10.77.1.100"),))
        held = world.lend(guest(1))
        world.clock.advance(700)
        self.assertEqual(world.lend(guest(2)), held)
        reply = world.ask_directly(c.REQUEST, chaddr=guest(1), ciaddr=held, source="10.77.1.100")
        self.assertEqual(reply.message.message_type, c.NAK)

    def test_N11(self):
        """An address that was leased anew is not renewed for its holder of before (RFC 2131 section 4.3.2)."""
        world = LendingWorld(pools=(guests("10.77.1.100"),))
        held = world.lend(guest(1))
        world.ask(c.RELEASE, {54: SERVER}, ciaddr=held, chaddr=guest(1))
        world.lend(guest(2))
        self.assertEqual(world.ask(c.REQUEST, chaddr=guest(1), ciaddr=held).message.message_type, c.NAK)

    def test_P04(self):
        """A client identifier keeps its address with another hardware address (RFC 4361 section 6)."""
        world = LendingWorld()
        held = world.lend(guest(1), {61: b"\xff1234"})
        self.assertEqual(world.offered(guest(2), {61: b"\xff1234"}), held)

    def test_P05(self):
        """Two identifiers on one hardware address get two addresses (RFC 2131 section 4.2)."""
        world = LendingWorld()
        self.assertNotEqual(world.lend(guest(1), {61: b"\0one"}), world.lend(guest(1), {61: b"\0two"}))

    def test_who_has_neither_hardware_address_nor_identifier_gets_no_address(self):
        world = LendingWorld()
        self.assertIsNone(world.offered(b"", htype=32, hlen=0))
        self.assertEqual(world.request(b"", FIRST, htype=32, hlen=0).message.message_type, c.NAK)

    def test_who_has_no_hardware_address_is_known_by_its_identifier_though_these_are_ignored(self):
        world = LendingWorld(pools=(guests(ignore_client_identifier=True),))
        one, other = ({61: name} for name in (b"\0one", b"\0two"))
        self.assertNotEqual(world.lend(b"", one, htype=32, hlen=0), world.lend(b"", other, htype=32, hlen=0))

    def test_client_identifiers_may_be_ignored(self):
        world = LendingWorld(pools=(guests(ignore_client_identifier=True),))
        self.assertEqual(world.lend(guest(1), {61: b"\0one"}), world.lend(guest(1), {61: b"\0two"}))

    def test_an_inform_gets_the_options_of_the_pool_and_no_lease(self):
        world = LendingWorld(source=MemorySource({}))
        reply = world.ask(c.INFORM, {55: b"\3"}, ciaddr=ip("10.77.1.33"), chaddr=guest(1))
        self.assertEqual((reply.message.options[3], reply.message.yiaddr), (ip("10.77.1.1"), bytes(4)))
        self.assertNotIn(51, reply.message.options)
        self.assertEqual(settled(world.store.leases(world.lender.pools[0].addresses, None, 10)), [])


class EndTests(SynchronousTestCase):
    def test_L05(self):
        """A client that released gets the same address while it is free (RFC 2131 section 4.3.4)."""
        world = LendingWorld()
        world.lend(guest(1))
        held = world.lend(guest(2))
        world.ask(c.RELEASE, {54: SERVER}, ciaddr=held, chaddr=guest(2))
        self.assertNotEqual(world.offered(guest(3)), held)
        self.assertEqual(world.offered(guest(2)), held)

    def test_who_does_not_hold_an_address_can_release_nothing(self):
        world = LendingWorld()
        held = world.lend(guest(1))
        world.ask(c.RELEASE, {54: SERVER}, ciaddr=held, chaddr=guest(2))
        self.assertNotEqual(world.offered(guest(3), {50: held}), held)

    def test_X02(self):
        """A declined address of a pool is not offered while others are free (RFC 2131 section 4.3.3)."""
        world = LendingWorld(pools=(guests("10.77.1.100-10.77.1.101"),))
        held = world.lend(guest(1))
        world.ask(c.DECLINE, {50: held, 54: SERVER}, chaddr=guest(1))
        (declined,) = world.observed.of(Declined)
        self.assertEqual((declined.address, declined.mac), (held, guest(1)))
        self.assertNotEqual(world.lend(guest(2)), held)
        self.assertIsNone(world.offered(guest(3)))
        world.clock.advance(3601)
        self.assertIsNotNone(world.offered(guest(3)))

    def test_X03(self):
        """A client that declined is offered another address (RFC 2131 section 4.3.3)."""
        world = LendingWorld()
        held = world.lend(guest(1))
        world.ask(c.DECLINE, {50: held, 54: SERVER}, chaddr=guest(1))
        self.assertNotIn(world.offered(guest(1)), (held, None))

    def test_a_decline_of_another_client_is_ignored(self):
        world = LendingWorld()
        held = world.lend(guest(1))
        world.ask(c.DECLINE, {50: held, 54: SERVER}, chaddr=guest(2))
        self.assertEqual(world.observed.of(Declined), [])
        self.assertEqual(world.ask(c.REQUEST, chaddr=guest(1), ciaddr=held).message.message_type, c.ACK)

    def test_a_client_that_gets_a_reservation_gives_back_what_it_was_lent(self):
        source = MemorySource({})
        world = LendingWorld(source=source)
        held = world.lend(guest(1))
        source.definitions[guest(1).hex(":")] = definition()
        self.assertEqual(world.ask(c.REQUEST, chaddr=guest(1), ciaddr=held).message.message_type, c.NAK)
        self.assertEqual(world.lend(guest(1)), ADDRESS)
        self.assertEqual(world.offered(guest(2), {50: held}), held)

    def test_an_address_that_is_reserved_meanwhile_is_lent_to_nobody(self):
        world = LendingWorld(source=MemorySource({OTHER_MAC: definition(ip=FIRST)}))
        self.assertEqual(world.lend(OTHER_MAC), FIRST)
        self.assertNotEqual(world.offered(guest(1), {50: FIRST}), FIRST)


class UseTests(SynchronousTestCase):
    def test_an_address_that_somebody_uses_is_set_aside_and_another_offered(self):
        users = Users()
        users.users[FIRST] = guest(99)
        world = LendingWorld(prober=users)
        self.assertEqual(world.offered(guest(1)), ip("10.77.1.101"))
        (changed,) = world.observed.of(LeaseChanged)
        self.assertEqual((changed.what, changed.lease.address), ("quarantined", FIRST))
        self.assertIn(guest(99).hex(":"), changed.lease.evidence)

    def test_what_the_client_itself_uses_is_no_conflict(self):
        users = Users()
        users.users[FIRST] = guest(1)
        self.assertEqual(LendingWorld(prober=users).offered(guest(1)), FIRST)

    def test_who_holds_an_address_is_not_probed_for_it(self):
        users = Users()
        world = LendingWorld(prober=users)
        world.lend(guest(1))
        users.probed.clear()
        world.offered(guest(1))
        self.assertEqual(users.probed, [])

    def test_pools_may_do_without(self):
        users = Users()
        LendingWorld(prober=users, pools=(guests(probe=False),)).offered(guest(1))
        self.assertEqual(users.probed, [])

    def test_a_pool_that_is_nearly_full_is_told_of_once(self):
        world = LendingWorld()
        for number in range(8):
            world.lend(guest(number))
        self.successResultOf(world.watched())
        self.assertEqual(world.observed.of(PoolFilled), [])
        world.lend(guest(8))
        for _ in range(2):
            self.successResultOf(world.watched())
        (filled,) = world.observed.of(PoolFilled)
        self.assertEqual((filled.pool, filled.used, filled.size, filled.over), ("guests", 9, 10, False))
        world.clock.advance(5000)
        self.successResultOf(world.watched())
        self.assertEqual([event.over for event in world.observed.of(PoolFilled)], [False, True])

    def test_on_the_servers_own_link_too(self):
        world = LendingWorld(pools=(guests("10.77.0.100", subnet=HERE, gateway="10.77.0.1"),))
        reply = world.ask_directly(c.DISCOVER, chaddr=guest(1))
        self.assertEqual(reply.message.yiaddr, ip("10.77.0.100"))
        self.assertEqual(world.ask_directly(c.DISCOVER, chaddr=LOCAL_MAC).message.yiaddr, ip("10.77.0.50"))

    def test_nothing_is_dropped(self):
        world = LendingWorld(policy=POLICY)
        world.lend(guest(1), giaddr=RELAY)
        self.assertEqual(world.observed.of(Dropped), [])
