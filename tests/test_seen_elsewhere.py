"""Clients that are met on another link than before, with and without their relay agent."""

from twisted.trial.unittest import SynchronousTestCase

from sdhcp.backends.memory import MemorySource
from sdhcp.engine.policy import Policy
from sdhcp.wire import constants as c

from .in_process import BROADCAST_SIDE, HERE, POLICY, World
from .samples import ADDRESS, FRAMES, MAC, SERVER, definition, ip

SELECT = {50: ADDRESS, 54: SERVER}
BOTH = (
    definition(),
    definition(ip=HERE, subnet="10.77.0.0/24", gateways=(ip("10.77.0.1"),), hostname="here"),
)


class SeenElsewhereTests(SynchronousTestCase):
    def leased_through_the_relay(self, *known, policy=POLICY):
        world = World(policy=policy, source=MemorySource({MAC: known}))
        self.assertEqual(world.ask(c.REQUEST, SELECT).message.message_type, c.ACK)
        return world

    def locally(self, world, kind, options=None, **fields):
        reply = world.ask_directly(kind, options, local=BROADCAST_SIDE, **fields)
        return None if reply is None else (reply.message.message_type, reply.message.yiaddr)

    def test_its_address_of_another_link_is_not_given_on_the_servers_own(self):
        world = self.leased_through_the_relay(definition())
        self.assertIsNone(self.locally(world, c.DISCOVER))
        self.assertEqual(self.locally(world, c.REQUEST, {50: ADDRESS}), (c.NAK, bytes(4)))

    def test_of_two_definitions_the_one_of_the_link_counts_wherever_it_was_before(self):
        for policy in (POLICY, Policy(allow_relays=True, suspend=False)):
            world = self.leased_through_the_relay(*BOTH, policy=policy)
            self.assertEqual(self.locally(world, c.DISCOVER), (c.OFFER, HERE))
            self.assertEqual(self.locally(world, c.REQUEST, {50: HERE}), (c.ACK, HERE))
            self.assertEqual(self.locally(world, c.REQUEST, {50: HERE, 54: SERVER}), (c.ACK, HERE))

    def test_a_client_that_moved_to_the_servers_link_renews_there(self):
        world = self.leased_through_the_relay(*BOTH)
        self.assertEqual(self.locally(world, c.REQUEST, {50: HERE, 54: SERVER}), (c.ACK, HERE))
        renewed = world.ask_directly(c.REQUEST, ciaddr=HERE, local=FRAMES, source="10.77.0.50")
        self.assertEqual((renewed.message.message_type, renewed.message.yiaddr), (c.ACK, HERE))

    def test_a_renewal_past_the_relay_agent_still_knows_its_link(self):
        world = self.leased_through_the_relay(*BOTH)
        renewed = world.ask_directly(c.REQUEST, ciaddr=ADDRESS, local=FRAMES, source="10.77.1.50")
        self.assertEqual((renewed.message.message_type, renewed.message.yiaddr), (c.ACK, ADDRESS))

    def test_a_server_that_forgot_tells_the_definition_by_the_address(self):
        for policy in (POLICY, Policy(allow_relays=True, suspend=False)):
            for first, second in (BOTH, BOTH[::-1]):
                world = World(policy=policy, source=MemorySource({MAC: (first, second)}))
                renewed = world.ask_directly(c.REQUEST, ciaddr=ADDRESS, local=FRAMES, source="10.77.1.50")
                self.assertEqual((renewed.message.message_type, renewed.message.yiaddr), (c.ACK, ADDRESS))
                informed = world.ask_directly(c.INFORM, ciaddr=ip("10.77.1.9"), local=FRAMES, source="10.77.1.9")
                self.assertEqual(informed.message.options[3], ip("10.77.1.1"))
                world.ask_directly(c.RELEASE, {54: SERVER}, ciaddr=ADDRESS, local=FRAMES, source="10.77.1.50")
                self.assertEqual(world.observed.events[-1].outcome, "released")

    def test_a_stranger_that_is_not_offered_anything_is_told_what_it_asks(self):
        world = World(policy=Policy(allow_relays=True, link_check=True))
        stranger = bytes.fromhex("02005e0000ff")
        self.assertIsNone(world.ask(c.DISCOVER, chaddr=stranger))
        self.assertIsNone(world.ask(c.DISCOVER, chaddr=stranger))
        informed = world.ask(c.INFORM, chaddr=stranger, ciaddr=ip("10.77.1.99"))
        self.assertEqual(informed.message.message_type, c.ACK)
