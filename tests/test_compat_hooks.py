"""The functions of a conf.py: each in each flow, in which order, with which address; and what their answers do."""

from twisted.trial.unittest import SynchronousTestCase

from sdhcp.backends.memory import MemorySource
from sdhcp.engine.policy import Policy
from sdhcp.events import Blocked, Exchange, HookFailed
from sdhcp.scripting import mac
from sdhcp.scripting.definition import Definition
from sdhcp.scripting.ipv4 import IPv4
from sdhcp.scripting.legacy import LoadDHCPPacket, OldHandleUnknownMAC, OldLoadDHCPPacket, reply_editor, unknown_client
from sdhcp.scripting.packet import DHCPPacket
from sdhcp.site_marks import inline
from sdhcp.wire import constants as c

from .in_process import BROADCAST_SIDE, HERE, LOCAL_MAC, STRANGER
from .samples import ADDRESS, MAC, RELAY, SERVER, definition, ip
from .scripted_world import ScriptedWorld

PLAIN = Policy(allow_relays=True, suspend=False, unauthorized_timeout=60)
FILTER, LOOKUP, UNKNOWN, CHOOSE, LOAD = (
    "filterPacket", "the source", "handleUnknownMAC", "filterRetrievedDefinitions", "loadDHCPPacket",
)  # fmt: skip
FLOWS = (
    # method, type, options, fields, the address that functions are told, whether the reply is shown to loadDHCPPacket
    ("DISCOVER", c.DISCOVER, {50: ADDRESS}, {}, None, True),
    ("REQUEST:SELECTING", c.REQUEST, {50: ADDRESS, 54: SERVER}, {}, ADDRESS, True),
    ("REQUEST:SELECTING", c.REQUEST, {54: SERVER}, {}, None, True),
    ("REQUEST:INIT-REBOOT", c.REQUEST, {50: ADDRESS}, {}, ADDRESS, True),
    ("REQUEST:RENEW", c.REQUEST, {}, {"ciaddr": ADDRESS, "giaddr": bytes(4)}, None, True),
    ("REQUEST:REBIND", c.REQUEST, {}, {"ciaddr": ADDRESS}, None, True),
    ("INFORM", c.INFORM, {}, {"ciaddr": ADDRESS}, ADDRESS, True),
    ("RELEASE", c.RELEASE, {54: SERVER}, {"ciaddr": ADDRESS}, ADDRESS, False),
    ("DECLINE", c.DECLINE, {50: ADDRESS, 54: SERVER}, {}, ADDRESS, False),
)


class Told(MemorySource):
    """A source that says when it is asked."""

    def __init__(self, definitions, calls):
        super().__init__(definitions)
        self.calls = calls

    def peek(self, query):
        self.calls.append((LOOKUP, None, None))
        return super().peek(query)


class HookCase(SynchronousTestCase):
    def world(self, known=None, policy=PLAIN, **answers):
        """A site with all functions, which write down what they are called with, and say what they are to."""
        calls = self.calls = []
        said = {FILTER: True, UNKNOWN: None, CHOOSE: lambda definitions: definitions[0], LOAD: True, **answers}

        def hook(name, at):
            @inline
            def function(*arguments):
                method = arguments[at + 1]
                address = arguments[at + 3] if name != LOAD else None
                calls.append((name, method, address))
                self.arguments = arguments
                answer = said[name]
                return answer(*arguments[:1]) if callable(answer) else answer

            return function

        hooks = {name: hook(name, int(name == CHOOSE)) for name in said}
        source = Told({MAC: definition()} if known is None else known, calls)
        return ScriptedWorld(source=source, policy=policy, hooks=hooks)

    def names(self):
        return [name for name, *_ in self.calls]


class FlowTests(HookCase):
    def flows(self, known, chaddr=MAC, **answers):
        for method, kind, options, fields, address, shown in FLOWS:
            with self.subTest(method):
                world = self.world(known, **answers)
                reply = world.ask(kind, options, **{"chaddr": chaddr, **fields})
                for name, told, client_ip in self.calls:
                    if name != LOOKUP:
                        self.assertEqual(told, method)
                    if name not in (LOOKUP, LOAD):
                        self.assertEqual(client_ip, None if address is None else IPv4(list(address)))
                yield method, reply, shown

    def test_of_a_client_that_the_source_knows(self):
        for _, reply, shown in self.flows({MAC: definition()}):
            self.assertEqual(self.names(), [FILTER, LOOKUP, *[LOAD] * shown])
            self.assertEqual(reply is not None, shown)

    def test_of_one_that_handle_unknown_mac_knows(self):
        found = Definition("10.77.1.50", 600, "10.77.1.0/24", 0)
        for _, reply, shown in self.flows({}, STRANGER, handleUnknownMAC=found):
            self.assertEqual(self.names(), [FILTER, LOOKUP, UNKNOWN, *[LOAD] * shown])
            self.assertEqual(reply is not None, shown)

    def test_of_one_that_nobody_knows(self):
        for _, _, _ in self.flows({}, STRANGER):
            self.assertEqual(self.names(), [FILTER, LOOKUP, UNKNOWN])

    def test_of_one_with_several_definitions(self):
        several = {MAC: (definition(), definition(ip=ip("10.77.1.60")))}
        for _, reply, shown in self.flows(several):
            self.assertEqual(self.names(), [FILTER, LOOKUP, CHOOSE, *[LOAD] * shown])
            self.assertEqual(reply is not None, shown)

    def test_a_lease_query_reaches_the_filter_alone(self):
        self.world().ask(c.LEASEQUERY, {50: ADDRESS})
        self.assertEqual(self.calls, [(FILTER, "LEASEQUERY", IPv4(list(ADDRESS)))])

    def test_a_renewal_that_is_refused_on_principle_asks_nobody(self):
        for fields in ({"giaddr": bytes(4)}, {}):
            policy = Policy(allow_relays=True, suspend=False, nak_renewals=True, authoritative=True)
            reply = self.world(policy=policy).ask(c.REQUEST, ciaddr=ADDRESS, **fields)
            self.assertEqual((reply.message.message_type, self.names()), (c.NAK, [FILTER]))

    def test_a_filter_has_its_say_in_every_flow(self):
        for said, seconds in ((False, []), (None, [60])):
            for method, kind, options, fields, _, _ in (*FLOWS, ("LEASEQUERY", c.LEASEQUERY, {}, {}, None, False)):
                with self.subTest(method, said=said):
                    world = self.world(filterPacket=said)
                    self.assertIsNone(world.ask(kind, options, **fields))
                    self.assertEqual((self.names(), world.outcomes()), ([FILTER], ["filtered"]))
                    self.assertEqual([event.seconds for event in world.observed.of(Blocked)], seconds)

    def test_refusals_are_shown_to_nobody(self):
        for options in ({50: ip("10.77.1.99"), 54: SERVER}, {50: ip("10.77.1.99")}):
            reply = self.world().ask(c.REQUEST, options)
            self.assertEqual((reply.message.message_type, self.names()), (c.NAK, [FILTER, LOOKUP]))


class ArgumentTests(HookCase):
    def test_their_types(self):
        self.world({}, handleUnknownMAC=[Definition("10.77.1.50", 600, "n", 0)] * 2).ask(c.DISCOVER, chaddr=STRANGER)
        packet, method, address, known, relay_ip, port, source_packet = self.arguments
        self.assertEqual(self.names(), [FILTER, LOOKUP, UNKNOWN, CHOOSE, LOAD])
        self.assertEqual([type(one) for one in (packet, method, address, relay_ip, port, source_packet)],
                         [DHCPPacket, str, mac.MAC, IPv4, int, DHCPPacket])  # fmt: skip
        self.assertIsInstance(known, Definition)

    def test_without_a_relay_agent_there_is_no_relay_ip(self):
        self.world({LOCAL_MAC: definition(ip=HERE)}).ask_directly(c.DISCOVER, local=BROADCAST_SIDE, chaddr=LOCAL_MAC)
        self.assertEqual(self.arguments[4:6], (None, 67))

    def test_the_port_is_the_one_that_the_packet_came_in_on(self):
        world = self.world({LOCAL_MAC: definition(ip=HERE)})
        proxy = world.local._replace(port=4011, is_proxy=True)
        world.ask_directly(
            c.REQUEST, {60: b"PXEClient"}, local=proxy, ciaddr=HERE, source="10.77.0.50", chaddr=LOCAL_MAC
        )
        self.assertEqual((self.names()[-1], self.arguments[5]), (LOAD, 4011))

    def test_the_source_packet_is_what_the_client_sent(self):
        def spoil(packet):
            packet.setOption(66, "boot")
            packet.getOption(55).append(66)
            packet.deleteOption(12)
            packet.setOption("siaddr", "10.0.0.1")
            packet.meta["a"] = 1
            return True

        self.world(filterPacket=spoil).ask(c.DISCOVER, {12: b"own", 55: b"\1\3"})
        packet, *_, source_packet = self.arguments
        self.assertEqual((source_packet.getOption(55), source_packet.getOption(12)), ([1, 3], list(b"own")))
        self.assertEqual((source_packet.getOption("siaddr"), source_packet.isOption(66)), ([0] * 4, False))
        self.assertEqual((packet.meta, source_packet.meta, source_packet.isDHCPDiscoverPacket()), ({"a": 1}, {}, True))

    def test_all_see_one_packet(self):
        seen = []

        def see(packet):
            packet.meta.setdefault("seen", []).append(1)
            seen.append(packet)
            return True

        found = [Definition("10.77.1.50", 600, "10.77.1.0/24", 0)] * 2
        world = self.world({}, filterPacket=see, handleUnknownMAC=lambda p: see(p) and found, loadDHCPPacket=see)
        self.assertIsNotNone(world.ask(c.DISCOVER, chaddr=STRANGER))
        self.assertEqual(len(set(map(id, seen))), 1)
        self.assertEqual(seen[0].meta, {"seen": [1, 1, 1]})


class AnswerTests(HookCase):
    def test_a_source_that_says_nothing_leaves_it_to_handle_unknown_mac(self):
        for nothing in ({}, {MAC: ()}):
            self.world(nothing).ask(c.DISCOVER)
            self.assertEqual(self.names(), [FILTER, LOOKUP, UNKNOWN])

    def test_nothing_from_handle_unknown_mac_is_a_stranger(self):
        for nothing in (None, [], (), {}, False, 0):
            world = self.world({}, handleUnknownMAC=nothing)
            self.assertIsNone(world.ask(c.DISCOVER))
            self.assertEqual(world.outcomes(), ["unknown-client"])

    def test_several_of_one_go_to_the_chooser_too(self):
        one = Definition("10.77.1.50", 600, "10.77.1.0/24", 0)
        for several in ([one], (one,), [one, one]):
            world = self.world({}, handleUnknownMAC=several)
            self.assertIsNotNone(world.ask(c.DISCOVER))
            self.assertEqual(self.names(), [FILTER, LOOKUP, UNKNOWN, CHOOSE, LOAD])

    def test_what_the_chooser_says_is_used_though_it_be_another(self):
        other = Definition("10.77.1.99", 600, "10.77.1.0/24", 0)
        several = {MAC: (definition(), definition(ip=ip("10.77.1.60")))}
        world = self.world(several, filterRetrievedDefinitions=lambda definitions: other)
        self.assertEqual(world.ask(c.DISCOVER).message.yiaddr, ip("10.77.1.99"))
        world = self.world(several, filterRetrievedDefinitions=None)
        self.assertIsNone(world.ask(c.DISCOVER))
        self.assertEqual(world.outcomes(), ["unknown-client"])

    def test_without_a_chooser_the_one_of_the_clients_link_is_used(self):
        several = (definition(ip=ip("10.99.0.7"), subnet="10.99.0.0/24"), definition())
        world = ScriptedWorld(source=MemorySource({MAC: several}), policy=PLAIN, hooks={LOAD: lambda *_: True})
        self.assertEqual(world.ask(c.DISCOVER).message.yiaddr, ADDRESS)

    def test_the_source_goes_before_handle_unknown_mac(self):
        self.world(handleUnknownMAC=Definition("10.77.1.99", 600, "n", 0)).ask(c.DISCOVER)
        self.assertNotIn(UNKNOWN, self.names())

    def test_any_true_answer_sends_the_reply(self):
        for said in (True, 1, "yes", [0]):
            self.assertIsNotNone(self.world(loadDHCPPacket=said, filterPacket=said).ask(c.DISCOVER), said)

    def test_a_reply_may_be_turned_into_any_other(self):
        for turn, kind in (
            ("transformToDHCPNakPacket", c.NAK),
            ("transformToDHCPAckPacket", c.ACK),
            ("transformToDHCPLeaseActivePacket", c.LEASEACTIVE),
        ):
            world = self.world(loadDHCPPacket=lambda packet, turn=turn: getattr(packet, turn)() is None)
            self.assertEqual(world.ask(c.DISCOVER).message.message_type, kind)

    def test_where_a_reply_goes_is_what_the_first_function_said(self):
        def redirect(packet):
            packet.response_ip, packet.response_port = IPv4("10.77.1.9"), 1067
            return True

        for name in (FILTER, LOAD):
            reply = self.world(**{name: redirect}).ask(c.DISCOVER)
            self.assertEqual((reply.to.ip, reply.to.port), (ip("10.77.1.9"), 1067))
            reply = self.world(**{name: redirect}).ask(c.DISCOVER, flags=c.FLAG_BROADCAST)
            self.assertEqual((reply.to.ip, reply.to.port), (RELAY, 1067))

    def test_where_a_frame_goes_and_comes_from(self):
        def redirect(packet):
            packet.response_mac, packet.response_source_port = "02:00:00:00:00:09", 1068
            return True

        world = self.world({LOCAL_MAC: definition(ip=HERE)}, loadDHCPPacket=redirect)
        reply = world.ask_directly(c.DISCOVER, chaddr=LOCAL_MAC)
        self.assertEqual((reply.to.hardware, reply.to.source_port), (bytes.fromhex("020000000009"), 1068))
        reply = world.ask_directly(c.DISCOVER, chaddr=LOCAL_MAC, flags=c.FLAG_BROADCAST)
        self.assertEqual(reply.to.hardware, b"\xff" * 6)

    def test_what_raises_was_not_processed(self):
        def fails(*_):
            raise KeyError("x")

        for name in (FILTER, LOAD):
            world = self.world(**{name: fails})
            self.assertIsNone(world.ask(c.DISCOVER))
            (event,) = world.observed.of(Exchange)
            self.assertEqual((event.method, event.accepted, event.answer), ("DISCOVER", False, ""))
            self.assertEqual([failed.hook for failed in world.observed.of(HookFailed)], [name])


class OldFormTests(SynchronousTestCase):
    def test_is_told_by_the_names_of_the_arguments_alone(self):
        def old(mac):
            """One argument of this name."""

        def old_with_default(mac=None):
            """The same."""

        def other_name(address):
            """Another name."""

        def anything(*arguments):
            """As many as come."""

        def more(mac, packet=None):
            """One more."""

        self.assertIsInstance(unknown_client(old), OldHandleUnknownMAC)
        self.assertIsInstance(unknown_client(old_with_default), OldHandleUnknownMAC)
        for function in (other_name, anything, more):
            self.assertNotIsInstance(unknown_client(function), OldHandleUnknownMAC)

    def test_of_load_dhcp_packet_too(self):
        def old(packet, mac, client_ip, relay_ip, subnet, serial, pxe, vendor):
            """All eight."""

        def partly(packet, mac, client_ip, relay_ip, subnet, serial, pxe):
            """One less."""

        def modern(packet, method, mac, definition, relay_ip, port, source_packet):
            """As it is now."""

        self.assertIsInstance(reply_editor(old, None), OldLoadDHCPPacket)
        for function in (partly, modern, lambda *_: True):
            self.assertIsInstance(reply_editor(function, None), LoadDHCPPacket)

    def test_the_ten_values_may_stand_in_any_row(self):
        ten = "10.77.1.90", "old", "255.255.255.0", "10.77.1.255", "d.example", "10.0.0.1", "10.0.0.2", 900, "n", 3
        for kind in (tuple, list):
            row = kind(ten)
            found = unknown_client(lambda mac: row).find(Asked())  # noqa: B023  called at once
            self.assertEqual((found.ip, found.hostname, found.subnet_mask), ("10.77.1.90", "old", "255.255.255.0"))
            self.assertEqual((found.broadcast_address, found.domain_name), ("10.77.1.255", "d.example"))
            self.assertEqual((found.domain_name_servers, found.ntp_servers), (["10.0.0.1"], ["10.0.0.2"]))
            self.assertEqual((found.lease_time, found.subnet, found.serial, found.gateways), (900, "n", 3, None))
        self.assertIsNone(unknown_client(lambda mac: None).find(Asked()))


class Asked:
    """A request of which the hardware address alone is looked at."""

    mac = mac.MAC(1)
