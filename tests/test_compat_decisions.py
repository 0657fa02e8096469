"""What each kind of packet gets in each case: by the RFCs, and by the switches that bring back what staticDHCPd did."""

from dataclasses import replace

from twisted.trial.unittest import SynchronousTestCase

from sdhcp.backends.memory import MemorySource
from sdhcp.engine.policy import Policy
from sdhcp.events import Blocked, Declined, Dropped, Exchange
from sdhcp.hooks import with_setting
from sdhcp.site_marks import inline
from sdhcp.wire import constants as c

from .in_process import BROADCAST_SIDE, HERE, LOCAL_MAC, STRANGER, World
from .samples import ADDRESS, MAC, OTHER, RELAY, SERVER, definition, ip
from .scripted_world import ScriptedWorld

PLAIN = Policy(allow_relays=True, suspend=False)
"""What a site has that sets nothing, but for relay agents and clients that ask often."""
AUTHORITATIVE = replace(PLAIN, authoritative=True)
OTHER_SERVER = ip("10.77.0.2")
RIGHT, WRONG = {c.REQUESTED_ADDRESS: ADDRESS}, {c.REQUESTED_ADDRESS: OTHER}
SELECTS = {c.SERVER_IDENTIFIER: SERVER}
EVERYBODY = ip("255.255.255.255")


class DecisionCase(SynchronousTestCase):
    def ask(self, kind, options=None, policy=PLAIN, directly=False, **fields):
        """The reply, None for silence; what else came of it is in ``self``."""
        hooks = {name: self.called(name) for name in ("filterPacket", "handleUnknownMAC", "loadDHCPPacket")}
        self.calls = []
        world = self.world = ScriptedWorld(policy=policy, hooks=hooks, source=self.source())
        reply = (world.ask_directly if directly else world.ask)(kind, options, **fields)
        exchanges = world.observed.of(Exchange)
        self.processed = exchanges[0].accepted if exchanges else False
        self.blocked = [event.seconds for event in world.observed.of(Blocked)]
        return reply

    def called(self, name):
        def hook(*arguments):
            self.calls.append((name, arguments[1]))
            return None if name == "handleUnknownMAC" else True

        return inline(hook)

    def source(self):
        here = definition(ip=HERE, subnet="10.77.0.0/24", gateways=())
        return MemorySource({MAC: definition(), LOCAL_MAC: here})

    def assert_reply(self, reply, kind, **fields):
        self.assertIsNotNone(reply)
        self.assertEqual(reply.message.message_type, kind)
        for name, value in fields.items():
            self.assertEqual(getattr(reply.message, name), value, name)
        self.assertTrue(self.processed)

    def assert_silence(self, reply, processed=False, blocked=()):
        self.assertIsNone(reply)
        self.assertEqual((self.processed, self.blocked), (processed, list(blocked)))

    def hooks(self):
        return [name for name, _ in self.calls]


class DiscoverTests(DecisionCase):
    def test_a_known_client_is_offered_its_address(self):
        reply = self.ask(c.DISCOVER, {c.REQUESTED_ADDRESS: OTHER})
        self.assert_reply(reply, c.OFFER, yiaddr=ADDRESS, ciaddr=bytes(4))
        self.assertEqual(self.calls, [("filterPacket", "DISCOVER"), ("loadDHCPPacket", "DISCOVER")])

    def test_with_rapid_commit_it_gets_an_ack_at_once_with_an_empty_option_80(self):
        reply = self.ask(c.DISCOVER, {c.RAPID_COMMIT: b"", 55: b"\1"}, replace(PLAIN, rapid_commit=True))
        self.assert_reply(reply, c.ACK, yiaddr=ADDRESS)
        self.assertEqual(reply.message.options[c.RAPID_COMMIT], b"")
        self.assertEqual(self.calls, [("filterPacket", "DISCOVER"), ("loadDHCPPacket", "DISCOVER")])

    def test_without_rapid_commit_no_offer_has_option_80(self):
        for prl in ({}, {55: b"\1\x50"}):
            reply = self.ask(c.DISCOVER, {c.RAPID_COMMIT: b"", **prl})
            self.assert_reply(reply, c.OFFER)
            self.assertNotIn(c.RAPID_COMMIT, reply.message.options)

    def test_a_stranger_meets_silence_and_is_not_heard_for_a_while(self):
        for policy in (PLAIN, AUTHORITATIVE, replace(PLAIN, legacy_nak_unknown_discover=True)):
            self.assert_silence(self.ask(c.DISCOVER, policy=policy, chaddr=STRANGER), blocked=[60])
            self.assertEqual(self.hooks(), ["filterPacket", "handleUnknownMAC"])

    def test_a_stranger_is_refused_where_an_authoritative_site_wants_that_back(self):
        policy = replace(AUTHORITATIVE, legacy_nak_unknown_discover=True)
        self.assert_reply(self.ask(c.DISCOVER, policy=policy, chaddr=STRANGER), c.NAK, yiaddr=bytes(4))
        self.assertEqual((self.blocked, self.hooks()), ([], ["filterPacket", "handleUnknownMAC"]))


class StateTests(DecisionCase):
    def method(self, options, **fields):
        self.ask(c.REQUEST, options, **fields)
        return self.calls[0][1] if self.calls else None

    def test_a_server_identifier_without_ciaddr_selects(self):
        for options in ({}, RIGHT, WRONG, {c.REQUESTED_ADDRESS: bytes(4)}):
            self.assertEqual(self.method({**SELECTS, **options}), "REQUEST:SELECTING")

    def test_a_wish_without_both_reboots(self):
        self.assertEqual(self.method(RIGHT), "REQUEST:INIT-REBOOT")
        self.assertEqual(self.method({**RIGHT, c.SERVER_IDENTIFIER: bytes(4)}), "REQUEST:INIT-REBOOT")

    def test_ciaddr_alone_renews_if_it_was_sent_to_the_server_itself_and_rebinds_if_broadcast_or_relayed(self):
        own = {"ciaddr": HERE, "chaddr": LOCAL_MAC, "directly": True, "source": "10.77.0.50"}
        self.assertEqual(self.method({}, **own), "REQUEST:RENEW")
        self.assertEqual(self.method({c.REQUESTED_ADDRESS: bytes(4)}, **own), "REQUEST:RENEW")
        self.assertEqual(self.method({}, local=BROADCAST_SIDE, **own), "REQUEST:REBIND")
        self.assertEqual(self.method({}, ciaddr=ADDRESS), "REQUEST:REBIND")

    def test_anything_else_is_discarded_and_no_function_of_the_sites_is_called(self):
        for options, fields in (
            ({}, {}),
            (SELECTS, {"ciaddr": ADDRESS}),
            ({**SELECTS, **RIGHT}, {"ciaddr": ADDRESS}),
            (WRONG, {"ciaddr": ADDRESS}),
            ({c.REQUESTED_ADDRESS: b"\x0a\0"}, {}),
        ):
            self.assert_silence(self.ask(c.REQUEST, options, **fields))
            self.assertEqual(self.calls, [], (options, fields))
            self.assertEqual([event.method for event in self.world.observed.of(Exchange)], ["REQUEST"])

    def test_a_wish_that_repeats_ciaddr_renews_all_the_same(self):
        self.assert_reply(self.ask(c.REQUEST, RIGHT, ciaddr=ADDRESS), c.ACK, ciaddr=ADDRESS)


class SelectingTests(DecisionCase):
    def test_another_servers_is_discarded_before_any_function_is_called(self):
        self.assert_silence(self.ask(c.REQUEST, {c.SERVER_IDENTIFIER: OTHER_SERVER, **RIGHT}))
        self.assertEqual((self.calls, self.world.observed.of(Dropped)[0].reason), ([], "other-server"))

    def test_the_reserved_address_or_none_is_acknowledged(self):
        for options in (RIGHT, {}, {c.REQUESTED_ADDRESS: bytes(4)}):
            self.assert_reply(self.ask(c.REQUEST, {**SELECTS, **options}), c.ACK, yiaddr=ADDRESS)
            self.assertEqual(self.hooks(), ["filterPacket", "loadDHCPPacket"])

    def test_another_address_and_a_stranger_are_refused_authoritative_or_not(self):
        for policy in (PLAIN, AUTHORITATIVE):
            self.assert_reply(self.ask(c.REQUEST, {**SELECTS, **WRONG}, policy), c.NAK, yiaddr=bytes(4))
            self.assertEqual(self.hooks(), ["filterPacket"])
            self.assert_reply(self.ask(c.REQUEST, {**SELECTS, **RIGHT}, policy, chaddr=STRANGER), c.NAK)
            self.assertEqual((self.hooks(), self.blocked), (["filterPacket", "handleUnknownMAC"], []))


class RebootTests(DecisionCase):
    def test_the_reserved_address_is_acknowledged_and_another_refused(self):
        for policy in (PLAIN, AUTHORITATIVE):
            self.assert_reply(self.ask(c.REQUEST, RIGHT, policy), c.ACK, yiaddr=ADDRESS)
            self.assertEqual(self.hooks(), ["filterPacket", "loadDHCPPacket"])
            self.assert_reply(self.ask(c.REQUEST, WRONG, policy), c.NAK)
            self.assertEqual(self.hooks(), ["filterPacket"])

    def test_a_stranger_meets_silence_unless_the_site_is_authoritative_or_wants_the_refusal_back(self):
        self.assert_silence(self.ask(c.REQUEST, RIGHT, chaddr=STRANGER))
        for policy in (AUTHORITATIVE, replace(PLAIN, legacy_nak_unknown_reboot=True)):
            self.assert_reply(self.ask(c.REQUEST, RIGHT, policy, chaddr=STRANGER), c.NAK)
            self.assertEqual(self.hooks(), ["filterPacket", "handleUnknownMAC"])


class RenewalTests(DecisionCase):
    def renew(self, ciaddr=HERE, policy=PLAIN, chaddr=LOCAL_MAC):
        source = ".".join(map(str, ciaddr))
        return self.ask(c.REQUEST, {}, policy, directly=True, ciaddr=ciaddr, chaddr=chaddr, source=source)

    def rebind(self, ciaddr=ADDRESS, policy=PLAIN, **fields):
        return self.ask(c.REQUEST, {}, policy, ciaddr=ciaddr, **fields)

    def test_the_own_address_is_acknowledged_at_ciaddr(self):
        reply = self.renew()
        self.assert_reply(reply, c.ACK, yiaddr=HERE, ciaddr=HERE)
        self.assertEqual((reply.to.ip, reply.to.port, reply.to.hardware), (HERE, 68, None))
        self.assertEqual(self.calls, [("filterPacket", "REQUEST:RENEW"), ("loadDHCPPacket", "REQUEST:RENEW")])
        reply = self.ask(c.REQUEST, {}, directly=True, local=BROADCAST_SIDE, ciaddr=HERE, chaddr=LOCAL_MAC)
        self.assert_reply(reply, c.ACK, yiaddr=HERE, ciaddr=HERE)
        self.assertEqual((reply.to.ip, reply.to.port), (HERE, 68))

    def test_through_a_relay_agent_the_answer_goes_to_the_agent(self):
        for ciaddr, kind in ((ADDRESS, c.ACK), (OTHER, c.NAK)):
            reply = self.rebind(ciaddr)
            self.assert_reply(reply, kind)
            self.assertEqual((reply.to.ip, reply.to.port), (RELAY, 67))

    def test_another_address_is_refused_to_everybody_on_the_link(self):
        reply = self.renew(ip("10.77.0.51"))
        self.assert_reply(reply, c.NAK, ciaddr=bytes(4))
        self.assertEqual((reply.to.ip, reply.to.port), (EVERYBODY, 68))
        self.assertEqual(self.hooks(), ["filterPacket"])

    def test_a_rebinding_client_with_another_address_is_refused_too(self):
        self.assert_reply(self.rebind(OTHER), c.NAK)

    def test_a_stranger_meets_silence_and_a_refusal_where_the_site_is_authoritative(self):
        for ask in (self.renew, self.rebind):
            self.assert_silence(ask(chaddr=STRANGER))
            self.assertEqual(self.hooks(), ["filterPacket", "handleUnknownMAC"])
            self.assert_reply(ask(chaddr=STRANGER, policy=AUTHORITATIVE), c.NAK)

    def test_renewals_that_a_site_refuses_are_refused_without_a_look_at_the_client(self):
        policy = replace(PLAIN, nak_renewals=True)
        for chaddr in (LOCAL_MAC, STRANGER):
            self.assert_reply(self.renew(policy=policy, chaddr=chaddr), c.NAK)
            self.assertEqual(self.hooks(), ["filterPacket"])

    def test_rebinding_is_refused_in_that_way_only_where_the_site_is_authoritative(self):
        policy = replace(PLAIN, nak_renewals=True)
        self.assert_reply(self.rebind(policy=policy), c.ACK)
        self.assert_reply(self.rebind(policy=replace(policy, authoritative=True)), c.NAK)
        self.assertEqual(self.hooks(), ["filterPacket"])


class InformTests(DecisionCase):
    def test_a_known_client_gets_what_it_asks_for_but_no_address_and_no_times(self):
        for ciaddr in (ADDRESS, ip("10.77.1.77")):
            reply = self.ask(c.INFORM, {55: bytes((1, 6, 51, 58, 59)), 51: b"\0\0\0\5"}, ciaddr=ciaddr)
            self.assert_reply(reply, c.ACK, yiaddr=bytes(4), ciaddr=ciaddr)
            self.assertEqual(set(reply.message.options) & {1, 6, 51, 58, 59}, {1, 6})
            self.assertEqual((reply.to.ip, reply.to.port), (ciaddr, 68))
            self.assertEqual(self.calls, [("filterPacket", "INFORM"), ("loadDHCPPacket", "INFORM")])

    def test_one_that_tells_no_address_is_nobodys_fault(self):
        self.assert_silence(self.ask(c.INFORM, directly=True, chaddr=LOCAL_MAC))

    def test_a_stranger_meets_silence_and_is_heard_again_at_once(self):
        self.assert_silence(self.ask(c.INFORM, ciaddr=ADDRESS, chaddr=STRANGER))
        self.assertEqual(self.hooks(), ["filterPacket", "handleUnknownMAC"])

    def test_a_stranger_is_not_heard_for_a_while_where_the_site_wants_that_back(self):
        policy = replace(PLAIN, legacy_block_unknown_inform=True)
        self.assert_silence(self.ask(c.INFORM, policy=policy, ciaddr=ADDRESS, chaddr=STRANGER), blocked=[60])
        self.assertIsNotNone(self.ask(c.INFORM, policy=policy, ciaddr=ADDRESS))

    def test_that_holds_in_subnets_that_are_served_too(self):
        for policy, blocked in ((PLAIN, []), (replace(PLAIN, legacy_block_unknown_inform=True), [60])):
            world = World(policy=policy)
            reply = world.ask(c.INFORM, ciaddr=ADDRESS, chaddr=STRANGER)
            self.assertEqual([event.seconds for event in world.observed.of(Blocked)], blocked)
            self.assertEqual(reply is None, bool(blocked))


class ReleaseTests(DecisionCase):
    def test_without_a_server_identifier_it_counts_for_nothing(self):
        self.assert_silence(self.ask(c.RELEASE, ciaddr=ADDRESS))
        self.assertEqual(self.calls, [])
        policy = replace(PLAIN, legacy_block_incomplete=True)
        self.assert_silence(self.ask(c.RELEASE, policy=policy, ciaddr=ADDRESS), blocked=[60])

    def test_another_servers_is_discarded_before_any_function_is_called(self):
        self.assert_silence(self.ask(c.RELEASE, {c.SERVER_IDENTIFIER: OTHER_SERVER}, ciaddr=ADDRESS))
        self.assertEqual(self.calls, [])

    def test_the_holders_is_accepted_and_nobody_elses(self):
        self.assert_silence(self.ask(c.RELEASE, SELECTS, ciaddr=ADDRESS), processed=True)
        self.assertEqual(self.calls, [("filterPacket", "RELEASE")])
        self.assert_silence(self.ask(c.RELEASE, SELECTS, ciaddr=OTHER))
        self.assert_silence(self.ask(c.RELEASE, SELECTS, ciaddr=ADDRESS, chaddr=STRANGER))
        self.assertEqual(self.calls, [("filterPacket", "RELEASE"), ("handleUnknownMAC", "RELEASE")])

    def test_nothing_is_stored(self):
        self.ask(c.RELEASE, SELECTS, ciaddr=ADDRESS)
        self.assertEqual(self.world.ask(c.DISCOVER).message.yiaddr, ADDRESS)


class DeclineTests(DecisionCase):
    def test_without_a_server_identifier_or_an_address_it_counts_for_nothing(self):
        policy = replace(PLAIN, legacy_block_incomplete=True)
        for options in (RIGHT, SELECTS, {}):
            self.assert_silence(self.ask(c.DECLINE, options))
            self.assertEqual(self.calls, [])
            self.assert_silence(self.ask(c.DECLINE, options, policy), blocked=[60])

    def test_another_servers_is_discarded_before_any_function_is_called(self):
        self.assert_silence(self.ask(c.DECLINE, {c.SERVER_IDENTIFIER: OTHER_SERVER, **RIGHT}))
        self.assertEqual(self.calls, [])

    def test_the_holders_is_told_with_address_and_subnet(self):
        self.assert_silence(self.ask(c.DECLINE, {**SELECTS, **RIGHT}), processed=True)
        (told,) = self.world.observed.of(Declined)
        self.assertEqual(told[1:], (MAC, ADDRESS, "10.77.1.0/24", 0))
        self.assertEqual(self.calls, [("filterPacket", "DECLINE")])

    def test_of_another_address_and_a_strangers_count_for_nothing(self):
        for options, fields in (({**SELECTS, **WRONG}, {}), ({**SELECTS, **RIGHT}, {"chaddr": STRANGER})):
            self.assert_silence(self.ask(c.DECLINE, options, **fields))
            self.assertEqual(self.world.observed.of(Declined), [])


class LeaseQueryTests(DecisionCase):
    def test_the_filter_sees_it_and_nobody_else(self):
        self.assert_silence(self.ask(c.LEASEQUERY, RIGHT))
        self.assertEqual(self.calls, [("filterPacket", "LEASEQUERY")])


class RequestedOptionTests(DecisionCase):
    def sent(self, policy):
        def load(packet, *_):
            packet.setOption(66, "boot")
            packet.setOption(67, "file", force_selection=True)
            return True

        world = ScriptedWorld(policy=policy, hooks={"loadDHCPPacket": load})
        return set(world.ask(c.DISCOVER, {55: b"\1"}).message.options) & {66, 67}

    def test_what_a_site_sets_is_sent_unless_it_wants_back_that_clients_must_ask_for_it(self):
        self.assertEqual(self.sent(PLAIN), {66, 67})
        self.assertEqual(self.sent(replace(PLAIN, legacy_requested_options_only=True)), {67})


class ChangedSettingTests(SynchronousTestCase):
    """What code of a site's assigns in ``staticdhcpdlib.config`` counts from the next packet on."""

    def setUp(self):
        self.world = World(policy=Policy(allow_relays=True, unauthorized_timeout=0))

    def assign(self, name, value):
        self.world.responder.policy = with_setting(self.world.responder.policy, name, value)

    def answers(self, count, kind=c.DISCOVER, options=None, **fields):
        replies = [self.world.ask(kind, options, **fields) for _ in range(count)]
        return [reply.message.message_type for reply in replies if reply is not None]

    def test_who_is_served(self):
        self.assign("ALLOW_DHCP_RELAYS", False)
        self.assertEqual(self.answers(1), [])
        self.assign("ALLOW_DHCP_RELAYS", True)
        self.assign("ALLOWED_DHCP_RELAYS", ["10.9.9.9"])
        self.assertEqual(self.answers(1), [])
        self.assign("ALLOWED_DHCP_RELAYS", ["10.9.9.9", "10.77.1.1"])
        self.assertEqual(self.answers(1), [c.OFFER])
        self.assertIsNotNone(self.world.ask_directly(c.DISCOVER, chaddr=LOCAL_MAC))
        self.assign("ALLOW_LOCAL_DHCP", False)
        self.assertIsNone(self.world.ask_directly(c.DISCOVER, chaddr=LOCAL_MAC))

    def test_what_is_answered(self):
        self.assign("ENABLE_RAPIDCOMMIT", True)
        self.assertEqual(self.answers(1, options={c.RAPID_COMMIT: b""}), [c.ACK])
        self.assign("AUTHORITATIVE", True)
        self.assertEqual(self.answers(1, c.REQUEST, RIGHT, chaddr=STRANGER), [c.NAK])
        self.assign("NAK_RENEWALS", True)
        self.assertEqual(self.answers(1, c.REQUEST, ciaddr=ADDRESS), [c.NAK])

    def test_who_asks_too_often(self):
        self.assign("SUSPEND_THRESHOLD", 3)
        self.assign("MISBEHAVING_CLIENT_TIMEOUT", 7)
        self.assertEqual(self.answers(5), [c.OFFER] * 3)
        self.assertEqual([event.seconds for event in self.world.observed.of(Blocked)], [7])
        self.world.clock.advance(7)
        self.assertEqual(self.answers(5), [c.OFFER] * 3)
        self.world.clock.advance(7)
        self.assign("ENABLE_SUSPEND", False)
        self.assertEqual(self.answers(50), [c.OFFER] * 50)

    def test_how_long_a_stranger_is_not_heard(self):
        self.assign("UNAUTHORIZED_CLIENT_TIMEOUT", 5)
        self.answers(1, chaddr=STRANGER)
        self.assertEqual([event.seconds for event in self.world.observed.of(Blocked)], [5])


class AdmissionTests(SynchronousTestCase):
    """What a client or its agent must be before anything else is looked at."""

    def dropped(self, world):
        return [event.reason for event in world.observed.of(Dropped)]

    def test_the_eleventh_packet_of_a_burst_is_the_first_that_is_not_heard_known_or_not(self):
        world = World(policy=Policy(allow_relays=True))
        answers = [world.ask(c.DISCOVER) is not None for _ in range(15)]
        self.assertEqual(answers, [True] * 10 + [False] * 5)
        self.assertEqual([event.seconds for event in world.observed.of(Blocked)], [150])
        world.clock.advance(149)
        self.assertIsNone(world.ask(c.DISCOVER))
        world.clock.advance(1)
        self.assertIsNotNone(world.ask(c.DISCOVER))

    def test_each_second_makes_up_for_a_packet(self):
        world = World(policy=Policy(allow_relays=True))
        for _ in range(100):
            self.assertIsNotNone(world.ask(c.DISCOVER))
            world.clock.advance(1)

    def test_what_policy_refuses_is_no_activity(self):
        world = World(policy=Policy(allow_relays=True, allowed_relays=frozenset((ip("10.9.9.9"),))))
        for _ in range(50):
            self.assertIsNone(world.ask(c.DISCOVER))
        self.assertEqual(set(self.dropped(world)), {"relay-not-listed"})
        self.assertIsNotNone(world.ask(c.DISCOVER, giaddr=ip("10.9.9.9")))

    def test_what_is_sent_while_a_client_is_not_heard_is_no_activity(self):
        world = World(policy=Policy(allow_relays=True))
        world.ask(c.DISCOVER, chaddr=STRANGER)
        for _ in range(50):
            self.assertIsNone(world.ask(c.DISCOVER, chaddr=STRANGER))
        world.clock.advance(60)
        world.ask(c.DISCOVER, chaddr=STRANGER)
        self.assertEqual([event.seconds for event in world.observed.of(Blocked)], [60, 60])
