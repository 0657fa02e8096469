"""Which definition belongs on the link that a client is seen on, and what relays told."""

from twisted.trial.unittest import SynchronousTestCase

from sdhcp.engine.link import choose, choose_by_address, on_link
from sdhcp.engine.policy import Policy
from sdhcp.engine.relays import RelayMemory
from sdhcp.model import Query, Remembered
from sdhcp.wire import constants as c

from .samples import ADDRESS, FOREIGN, LOCAL, MAC, RELAY, SERVER, arrival, definition, ip, message

PLAIN = Policy()


class OnLinkTests(SynchronousTestCase):
    def test_by_mask(self):
        self.assertTrue(on_link(definition(), RELAY, None, PLAIN))
        self.assertFalse(on_link(definition(), FOREIGN, None, PLAIN))

    def test_by_prefix_in_the_subnets_name(self):
        named = definition(subnet_mask=None)
        self.assertTrue(on_link(named, RELAY, None, PLAIN))
        self.assertFalse(on_link(named, FOREIGN, None, PLAIN))

    def test_without_a_network_it_belongs_anywhere(self):
        for name in ("guests", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/123"):
            self.assertTrue(on_link(definition(subnet_mask=None, subnet=name), FOREIGN, None, PLAIN), name)

    def test_further_addresses_of_the_servers_interface(self):
        local = LOCAL._replace(addresses=(SERVER, ip("10.77.1.2")))
        self.assertTrue(on_link(definition(), SERVER, local, PLAIN))
        self.assertFalse(on_link(definition(), SERVER, LOCAL, PLAIN))

    def test_networks_that_share_a_link(self):
        mask = 0xFFFFFF00
        group = ((0x0A4D0100, mask), (0x0A630000, mask))
        policy = Policy(shared_networks=(((0x0A010000, mask),), group))
        self.assertTrue(on_link(definition(), FOREIGN, None, policy))
        self.assertFalse(on_link(definition(), SERVER, None, policy))


class ChooseTests(SynchronousTestCase):
    def test_the_definition_of_the_link(self):
        here, there = definition(), definition(ip=FOREIGN, subnet="10.99.0.0/24")
        self.assertIs(choose([here, there], FOREIGN, None, PLAIN), there)
        self.assertIs(choose([there, here], RELAY, None, PLAIN), here)

    def test_none_of_the_link(self):
        here, there = definition(), definition(ip=FOREIGN, subnet="10.99.0.0/24")
        self.assertIs(choose([here, there], ip("10.1.1.1"), None, PLAIN), here)
        self.assertIsNone(choose([], RELAY, None, PLAIN))


class RelayMemoryTests(SynchronousTestCase):
    def relayed(self, giaddr=RELAY, circuit=b"\1\1a"):
        return message(c.REQUEST, {c.RELAY_AGENT: circuit}, giaddr=giaddr)

    def test_what_is_known_of_one_goes_on_apart(self):
        memory = RelayMemory()
        memory.remember(MAC, message(c.REQUEST, giaddr=RELAY))
        alone = memory.of_one(MAC)
        self.assertEqual(alone.recall(MAC), memory.recall(MAC))
        alone.forget(MAC)
        self.assertIsNotNone(memory.recall(MAC))
        self.assertIsNone(memory.of_one(bytes(6)).recall(bytes(6)))

    def test_remembers_what_was_told_last(self):
        memory = RelayMemory()
        self.assertIsNone(memory.recall(MAC))
        for relayed in (self.relayed(), self.relayed(), self.relayed(FOREIGN), self.relayed(FOREIGN, b"\1\1b")):
            memory.remember(MAC, relayed)
            expected = Remembered(relayed.giaddr, relayed.options[c.RELAY_AGENT])
            self.assertEqual(memory.recall(MAC), expected)

    def test_is_bounded_and_counts(self):
        memory = RelayMemory(size=2)
        for number in range(5):
            memory.remember(bytes([number]), self.relayed())
        self.assertEqual(memory.shed, 3)
        self.assertIsNone(memory.recall(b"\0"))
        self.assertIsNotNone(memory.recall(b"\4"))

    def test_no_more_is_kept_of_option_82_than_one_option_holds(self):
        memory = RelayMemory()
        memory.remember(b"\1", message(c.REQUEST, {c.RELAY_AGENT: bytes(255)}, giaddr=RELAY))
        memory.remember(b"\2", message(c.REQUEST, {c.RELAY_AGENT: bytes(8000)}, giaddr=RELAY))
        self.assertEqual((memory.recall(b"\1"), memory.recall(b"\2")), ((RELAY, bytes(255)), (RELAY, None)))
        memory.forget(b"\1")
        self.assertIsNone(memory.recall(b"\1"))


class ByAddressTests(SynchronousTestCase):
    def test_the_one_with_the_address_else_the_one_whose_network_holds_it(self):
        near = definition(ip=ip("10.77.1.60"))
        far = definition(ip=ip("10.99.0.5"), subnet="10.99.0.0/16", subnet_mask=ip("255.255.0.0"))
        anywhere = definition(ip=ip("10.98.0.5"), subnet="a room", subnet_mask=None)
        known = (anywhere, near, far)
        self.assertIs(choose_by_address(known, far.ip), far)
        self.assertIs(choose_by_address(known, ip("10.77.1.9")), near)
        self.assertIs(choose_by_address(known, anywhere.ip), anywhere)
        self.assertIsNone(choose_by_address(known, ip("172.16.0.1")))


class QueryTests(SynchronousTestCase):
    def query(self, options=None, remembered=None, **fields):
        return Query(message(c.REQUEST, options, **fields), arrival(), remembered)

    def test_the_link_is_the_servers_own_without_a_relay(self):
        self.assertEqual(self.query().link, SERVER)

    def test_the_link_is_giaddr_with_a_relay(self):
        self.assertEqual(self.query(giaddr=RELAY).link, RELAY)

    def test_link_selection_wins_over_subnet_selection_over_giaddr(self):
        selection = bytes([c.LINK_SELECTION, 4]) + FOREIGN
        both = {c.RELAY_AGENT: selection, c.SUBNET_SELECTION: ADDRESS}
        self.assertEqual(self.query(both, giaddr=RELAY).link, FOREIGN)
        self.assertEqual(self.query({c.SUBNET_SELECTION: ADDRESS}, giaddr=RELAY).link, ADDRESS)
        self.assertEqual(self.query({c.SUBNET_SELECTION: ADDRESS}).link, ADDRESS)

    def test_selections_of_a_wrong_length_tell_nothing(self):
        short = {c.RELAY_AGENT: bytes([c.LINK_SELECTION, 3, 1, 2, 3]), c.SUBNET_SELECTION: b"\1\2\3"}
        self.assertEqual(self.query(short, giaddr=RELAY).link, RELAY)
        self.assertEqual(self.query({c.SUBNET_SELECTION: b"\1"}).link, SERVER)

    def test_a_renewal_is_where_its_relay_was(self):
        remembered = Remembered(RELAY, b"\1\1a\2\1b")
        query = self.query(remembered=remembered, ciaddr=ADDRESS)
        self.assertEqual((query.link, query.giaddr), (RELAY, RELAY))
        self.assertEqual((query.circuit_id, query.remote_id), (b"a", b"b"))

    def test_what_a_packet_says_wins_over_what_is_remembered(self):
        query = self.query({c.RELAY_AGENT: b"\1\1z"}, Remembered(RELAY, b"\1\1a"), giaddr=FOREIGN)
        self.assertEqual((query.giaddr, query.circuit_id, query.remote_id), (FOREIGN, b"z", b""))

    def test_identity(self):
        query = self.query({c.CLIENT_IDENTIFIER: b"\0name"})
        self.assertEqual((query.mac, query.client_identifier), (MAC, b"\0name"))
        self.assertEqual(self.query().client_identifier, b"")
        self.assertEqual(self.query(remembered=Remembered(RELAY, None)).circuit_id, b"")
