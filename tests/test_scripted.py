"""The functions of a conf.py: when they are called, with what, and what their answers do."""

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from sdhcp.backends.memory import MemorySource
from sdhcp.events import Blocked, Exchange, HookFailed, HookSlow
from sdhcp.scripting import mac
from sdhcp.scripting.definition import Definition
from sdhcp.scripting.ipv4 import IPv4
from sdhcp.site_marks import inline, threaded
from sdhcp.wire.constants import (
    ACK,
    BROADCAST_ADDRESS,
    DECLINE,
    DISCOVER,
    FLAG_BROADCAST,
    INFORM,
    LEASEQUERY,
    NAK,
    OFFER,
    RELEASE,
    REQUEST,
)
from sdhcp.wire.message import encode

from .in_process import HERE, LOCAL_MAC, OTHER_MAC, STRANGER, served
from .samples import ADDRESS, MAC, RELAY, SERVER, definition, message
from .scripted_world import ScriptedWorld

GUEST = bytes([10, 77, 1, 90])


class Calls(list):
    """What a function was called with."""

    def record(self, *arguments):
        self.append(arguments)
        return True


def guest(*_):
    return Definition("10.77.1.90", 600, "10.77.1.0/24", 0, hostname="guest", gateways="10.77.1.1")


def world(**hooks):
    policy = hooks.pop("policy", None)
    return ScriptedWorld(hooks=hooks, **({"policy": policy} if policy else {}))


FLOWS = (
    ("DISCOVER", DISCOVER, {}, {}, None),
    ("DISCOVER", DISCOVER, {50: ADDRESS}, {}, None),
    ("REQUEST:SELECTING", REQUEST, {50: ADDRESS, 54: SERVER}, {}, ADDRESS),
    ("REQUEST:INIT-REBOOT", REQUEST, {50: ADDRESS}, {}, ADDRESS),
    ("REQUEST:REBIND", REQUEST, {}, {"ciaddr": ADDRESS}, None),
    ("INFORM", INFORM, {}, {"ciaddr": ADDRESS}, ADDRESS),
    ("RELEASE", RELEASE, {54: SERVER}, {"ciaddr": ADDRESS}, ADDRESS),
    ("DECLINE", DECLINE, {50: ADDRESS, 54: SERVER}, {}, ADDRESS),
    ("LEASEQUERY", LEASEQUERY, {50: ADDRESS}, {}, ADDRESS),
)


class ArgumentTests(SynchronousTestCase):
    def test_every_flow_tells_its_method_and_address_to_the_filter(self):
        for method, kind, options, fields, address in FLOWS:
            with self.subTest(method):
                calls = Calls()
                world(filterPacket=calls.record).ask(kind, options, **fields)
                packet, told, address_of, client_ip, relay_ip, port = calls[0]
                self.assertEqual((told, address_of, relay_ip, port), (method, mac.MAC.of(MAC), IPv4(list(RELAY)), 67))
                self.assertEqual(client_ip, None if address is None else IPv4(list(address)))
                self.assertEqual(packet.getOption(53), [kind])

    def test_a_request_that_says_nothing_clear_meets_no_filter(self):
        calls = Calls()
        site = world(filterPacket=calls.record)
        self.assertIsNone(site.ask(REQUEST, {50: ADDRESS, 54: SERVER}, ciaddr=ADDRESS))
        self.assertEqual((calls, site.outcomes()), ([], ["unclear-request"]))
        for kind in (RELEASE, DECLINE):
            site.ask(kind, ciaddr=ADDRESS)
        self.assertEqual((calls, site.outcomes()[1:]), ([], ["incomplete", "incomplete"]))

    def test_who_is_looked_up_in_vain_is_told_to_handle_unknown_mac(self):
        for method, kind, options, fields, address in FLOWS:
            with self.subTest(method):
                calls = Calls()
                world(handleUnknownMAC=inline(lambda *a, calls=calls: calls.record(*a) and None)).ask(
                    kind, options, chaddr=STRANGER, **fields
                )
                if method == "LEASEQUERY":
                    self.assertEqual(calls, [])
                    continue
                self.assertEqual(calls[0][1:3], (method, mac.MAC.of(STRANGER)))
                self.assertEqual(calls[0][3], None if address is None else IPv4(list(address)))

    def test_positive_replies_alone_are_edited(self):
        edited = {
            "DISCOVER": OFFER,
            "REQUEST:SELECTING": ACK,
            "REQUEST:INIT-REBOOT": ACK,
            "REQUEST:REBIND": ACK,
            "INFORM": ACK,
        }
        for method, kind, options, fields, _ in FLOWS:
            with self.subTest(method):
                calls = Calls()

                def load(*arguments, calls=calls):
                    calls.append((*arguments, arguments[0].getOption(53), arguments[6].getOption(53)))
                    return True

                world(loadDHCPPacket=load).ask(kind, options, **fields)
                if method not in edited:
                    self.assertEqual(calls, [])
                    continue
                _, told, address_of, known, relay_ip, port, _, now, before = calls[0]
                self.assertEqual((told, address_of, relay_ip, port), (method, mac.MAC.of(MAC), IPv4(list(RELAY)), 67))
                self.assertEqual((known.ip, known.hostname), (IPv4(list(ADDRESS)), "known"))
                self.assertEqual((now, before), ([edited[method]], [kind]))

    def test_an_inform_from_another_subnet_than_the_clients_own_is_told_that_subnets_definition(self):
        calls = Calls()
        site = world(loadDHCPPacket=calls.record)
        for mac_address in (LOCAL_MAC, STRANGER):
            site.ask(INFORM, chaddr=mac_address, ciaddr=bytes([10, 77, 1, 70]))
        told = [(known.ip, known.subnet, known.hostname) for _, _, _, known, *_ in calls]
        self.assertEqual(told, [(IPv4("0.0.0.0"), "10.77.1.0/24", None)] * 2)

    def test_refusals_are_not_edited(self):
        calls = Calls()
        site = world(loadDHCPPacket=calls.record)
        reply = site.ask(REQUEST, {50: bytes([10, 77, 1, 99]), 54: SERVER})
        self.assertEqual((reply.message.message_type, calls), (NAK, []))

    def test_several_definitions_go_to_the_chooser(self):
        calls = Calls()

        def choose(definitions, packet, method, address, client_ip, relay_ip, port):
            calls.append((len(definitions), method, address, client_ip, relay_ip, port))
            return definitions[1]

        two = (definition(), definition(ip=bytes([10, 77, 1, 60]), hostname="second"))
        site = ScriptedWorld(source=MemorySource({MAC: two}), hooks={"filterRetrievedDefinitions": choose})
        reply = site.ask(REQUEST, {50: bytes([10, 77, 1, 60]), 54: SERVER})
        self.assertEqual(reply.message.yiaddr, bytes([10, 77, 1, 60]))
        self.assertEqual(calls, [(2, "REQUEST:SELECTING", mac.MAC.of(MAC), IPv4("10.77.1.60"), IPv4(list(RELAY)), 67)])

    def test_several_from_handle_unknown_mac_go_to_the_chooser_too(self):
        site = world(
            handleUnknownMAC=inline(lambda *_: [guest(), Definition("10.77.1.91", 600, "10.77.1.0/24", 0)]),
            filterRetrievedDefinitions=lambda definitions, *_: definitions[-1],
        )
        self.assertEqual(site.ask(DISCOVER, chaddr=STRANGER).message.yiaddr, bytes([10, 77, 1, 91]))

    def test_a_chooser_that_chooses_none_leaves_the_client_unknown(self):
        two = (definition(), definition(ip=bytes([10, 77, 1, 60])))
        site = ScriptedWorld(source=MemorySource({MAC: two}), hooks={"filterRetrievedDefinitions": lambda *_: None})
        self.assertIsNone(site.ask(DISCOVER))
        self.assertEqual(site.outcomes(), ["unknown-client"])

    def test_old_handle_unknown_mac_gives_ten_values(self):
        def old(mac):
            ten = "10.77.1.90", "old", "255.255.255.0", None, "example.net", "10.0.0.1", None, 900, "10.77.1.0/24", 0
            return ten if mac == "02:00:5e:00:00:ff" else None

        reply = world(handleUnknownMAC=inline(old)).ask(DISCOVER, {55: b"\x0c"}, chaddr=STRANGER)
        options = reply.message.options
        self.assertEqual((reply.message.yiaddr, options[12], options[51][-2:]), (GUEST, b"old", b"\x03\x84"))

    def test_old_load_dhcp_packet_gets_eight_values(self):
        calls = Calls()

        def old(packet, mac, client_ip, relay_ip, subnet, serial, pxe, vendor):
            return calls.record(mac, client_ip, relay_ip, subnet, serial, pxe, vendor)

        enterprise = bytes([0, 0, 1, 0, 3]) + b"abc"
        vendor_options = bytes([0, 0, 1, 0, 4, 1, 2]) + b"xy"
        site = world(loadDHCPPacket=old)
        site.ask(DISCOVER, {43: b"\1\2", 60: b"PXEClient", 124: enterprise, 125: vendor_options})
        address, client_ip, relay_ip, subnet, serial, pxe, vendor = calls[0]
        self.assertEqual((address, client_ip), (mac.MAC.of(MAC), IPv4(list(ADDRESS))))
        self.assertEqual((relay_ip, subnet, serial, pxe), (IPv4(list(RELAY)), "10.77.1.0/24", 0, None))
        self.assertEqual(vendor, ([1, 2], "PXEClient", ((256, list(b"abc")),), ((256, ((1, list(b"xy")),)),)))

    def test_old_load_dhcp_packet_is_told_of_pxe_on_its_port(self):
        calls = Calls()

        def old(packet, mac, client_ip, relay_ip, subnet, serial, pxe, vendor):
            return calls.record(pxe)

        site = world(loadDHCPPacket=old)
        site.local = site.local._replace(port=4011, is_proxy=True)
        site.ask_directly(
            REQUEST,
            {93: b"\0\7", 94: b"\1\3\x10", 97: b"\0" + b"g" * 16},
            ciaddr=HERE,
            source="10.77.0.50",
            chaddr=LOCAL_MAC,
        )
        (pxe,) = calls[0]
        self.assertEqual((pxe.client_system, pxe.client_ndi), ([7], (1, 3, 16)))
        self.assertEqual(pxe.uuid_guid, (0, list(b"g" * 16)))

    def test_one_packet_goes_through_all_functions_and_keeps_what_is_put_into_it(self):
        seen = []

        def first(packet, *_):
            packet.meta["word"] = 5
            packet.setOption(66, "boot.example.org")
            seen.append(packet)
            return True

        def load(packet, method, mac, known, relay_ip, port, source_packet):
            seen.append(packet)
            self.assertEqual((packet.meta, source_packet.meta), ({"word": 5}, {}))
            self.assertFalse(source_packet.isOption(66))
            return True

        reply = world(filterPacket=first, loadDHCPPacket=load).ask(DISCOVER, {55: b"\1\3"})
        self.assertIs(seen[0], seen[1])
        self.assertEqual(reply.message.options[66], b"boot.example.org")


class AnswerTests(SynchronousTestCase):
    def test_a_filter_that_says_false_leaves_the_packet_alone(self):
        for said in (False, 0, "", []):
            with self.subTest(said=said):
                site = world(filterPacket=lambda *_, said=said: said)
                self.assertIsNone(site.ask(DISCOVER))
                self.assertEqual(site.outcomes(), ["filtered"])
                self.assertEqual(site.observed.of(Blocked), [])

    def test_a_filter_that_says_none_leaves_the_client_alone_for_a_while(self):
        site = ScriptedWorld(hooks={"filterPacket": lambda *_: None}, policy=POLICY_60)
        self.assertIsNone(site.ask(DISCOVER))
        (blocked,) = site.observed.of(Blocked)
        self.assertEqual((blocked.mac, blocked.seconds), (MAC, 60))

    def test_what_is_not_true_keeps_a_reply_back(self):
        for said in (None, False, 0):
            with self.subTest(said=said):
                site = world(loadDHCPPacket=lambda *_, said=said: said)
                self.assertIsNone(site.ask(DISCOVER))
                self.assertEqual(site.outcomes(), ["withheld"])

    def test_a_stranger_gets_what_handle_unknown_mac_gives(self):
        site = world(handleUnknownMAC=inline(guest))
        reply = site.ask(DISCOVER, {55: b"\x0c"}, chaddr=STRANGER)
        self.assertEqual((reply.message.yiaddr, reply.message.options[12]), (GUEST, b"guest"))
        self.assertEqual(site.ask(DISCOVER).message.yiaddr, ADDRESS)

    def test_handle_unknown_mac_is_called_in_a_thread(self):
        import threading

        threads = []

        def slow(*_):
            threads.append(threading.current_thread())
            return guest()

        site = world(handleUnknownMAC=slow)
        self.addCleanup(site.site.stop)
        data = encode(message(DISCOVER, chaddr=STRANGER, giaddr=RELAY))
        self.assertEqual(served(site.send_late(data)), [OFFER])
        self.assertIsNot(threads[0], threading.current_thread())

    def test_a_reply_may_be_turned_into_a_refusal(self):
        def load(packet, *_):
            packet.transformToDHCPNakPacket()
            packet.setOption(56, "go away")
            return True

        reply = world(loadDHCPPacket=load).ask(REQUEST, {50: ADDRESS, 54: SERVER, 12: b"name", 61: b"\1abcdef"})
        self.assertEqual(reply.message.message_type, NAK)
        self.assertEqual(set(reply.message.options), {53, 54, 56, 61})
        self.assertEqual((reply.message.options[56], reply.message.yiaddr), (b"go away", bytes(4)))

    def test_the_server_identifier_is_the_servers_whatever_a_script_says(self):
        def load(packet, *_):
            return packet.setOption(54, "192.0.2.1")

        reply = world(loadDHCPPacket=load).ask(DISCOVER)
        self.assertEqual(reply.message.options[54], SERVER)

    def test_a_script_may_ask_for_a_broadcast(self):
        asks = world(loadDHCPPacket=lambda packet, *_: packet.setFlag(FLAG_BROADCAST, True))
        leaves = world(loadDHCPPacket=lambda *_: True)
        to = [site.ask_directly(DISCOVER, chaddr=LOCAL_MAC).to.ip for site in (asks, leaves)]
        self.assertEqual(to, [BROADCAST_ADDRESS, HERE])

    def test_a_script_may_give_the_client_another_hardware_address(self):
        def load(packet, *_):
            packet.setHardwareAddress(OTHER_MAC)
            return True

        reply = world(loadDHCPPacket=load).ask_directly(DISCOVER, chaddr=LOCAL_MAC)
        self.assertEqual((reply.to.hardware, reply.message.chaddr[:6]), (OTHER_MAC, OTHER_MAC))

    def test_functions_may_answer_later(self):
        later = {"filterPacket": Deferred(), "handleUnknownMAC": Deferred(), "loadDHCPPacket": Deferred()}

        async def unknown(*_):
            return await later["handleUnknownMAC"]

        site = world(
            filterPacket=lambda *_: later["filterPacket"],
            handleUnknownMAC=unknown,
            loadDHCPPacket=lambda *_: later["loadDHCPPacket"],
        )
        data = encode(message(DISCOVER, chaddr=STRANGER, giaddr=RELAY))
        site.responder.receive([(data, RELAY, 67)], site.local, site.late)
        later["filterPacket"].callback(True)
        later["handleUnknownMAC"].callback(guest())
        self.assertEqual(site.late.replies, [])
        later["loadDHCPPacket"].callback(True)
        self.assertEqual([reply.message.yiaddr for reply in site.late.replies], [GUEST])

    def test_an_answer_that_never_comes_is_waited_for_no_longer_than_a_client_waits(self):
        site = world(loadDHCPPacket=lambda *_: Deferred())
        data = encode(message(DISCOVER, giaddr=RELAY))
        site.responder.receive([(data, RELAY, 67)], site.local, site.late)
        site.send(data)
        self.assertEqual([event.reason for event in site.observed.events if hasattr(event, "reason")], ["pending"])
        site.clock.advance(4)
        (failed,) = site.observed.of(HookFailed)
        self.assertIn("no answer within 4 s", failed.problem)
        self.assertEqual(site.outcomes(), ["hook-failed"])

    def test_a_changed_definition_counts_where_it_is_chosen(self):
        def choose(definitions, *_):
            definitions[0].hostname = "renamed"
            definitions[0].lease_time = 77
            return definitions[0]

        two = (definition(options={66: b"kept"}, forced=frozenset((66,))), definition(ip=bytes([10, 77, 1, 60])))
        site = ScriptedWorld(source=MemorySource({MAC: two}), hooks={"filterRetrievedDefinitions": choose})
        options = site.ask(DISCOVER, {55: b"\x0c"}).message.options
        self.assertEqual((options[12], options[51], options[66]), (b"renamed", b"\0\0\0\x4d", b"kept"))


class FailureTests(SynchronousTestCase):
    def test_what_raises_costs_its_own_reply_and_is_told_with_its_line(self):
        def raises(*_):
            raise ValueError("boom")

        for name in ("filterPacket", "handleUnknownMAC", "loadDHCPPacket"):
            with self.subTest(name):
                site = world(**{name: inline(raises)})
                chaddr = STRANGER if name == "handleUnknownMAC" else MAC
                self.assertIsNone(site.ask(DISCOVER, chaddr=chaddr))
                (failed,) = site.observed.of(HookFailed)
                self.assertEqual((failed.hook, failed.mac), (name, chaddr))
                self.assertIn("ValueError: boom", failed.problem)
                self.assertIn("test_scripted.py:", failed.problem)
                self.assertIn("raise ValueError", failed.trace)
                self.assertEqual(site.outcomes(), ["hook-failed"])

    def test_nonsense_costs_its_own_reply(self):
        def exits(*_):
            raise SystemExit(3)

        def recurses(*_):
            return recurses()

        def spoils_a_list(packet, *_):
            packet.getOption(51).append("x")
            return True

        def has_no_type(packet, *_):
            packet.deleteOption(53)
            return True

        def wants_no_port(packet, *_):
            packet.response_port = "dhcp"
            return True

        def wants_no_address(packet, *_):
            packet.response_ip = "nowhere"
            return True

        class Rude:
            def __bool__(self):
                raise KeyError("rude")

        for load in (exits, recurses, spoils_a_list, has_no_type, wants_no_port, wants_no_address, lambda *_: Rude()):
            with self.subTest(load.__name__):
                site = world(loadDHCPPacket=load)
                self.assertIsNone(site.ask(DISCOVER))
                self.assertEqual(len(site.observed.of(HookFailed)), 1)
                self.assertEqual(site.outcomes(), ["hook-failed"])

    def test_what_is_no_definition_costs_its_own_reply(self):
        for found in ("10.0.0.1", 5, {"ip": "10.0.0.1"}, [1, 2], object()):
            with self.subTest(found=found):
                site = world(handleUnknownMAC=inline(lambda *_, found=found: found))
                self.assertIsNone(site.ask(DISCOVER, chaddr=STRANGER))
                self.assertEqual([failed.hook for failed in site.observed.of(HookFailed)], ["handleUnknownMAC"])
                self.assertEqual(site.ask(DISCOVER).message.yiaddr, ADDRESS)

    def test_others_are_answered_while_a_function_raises_for_one(self):
        def load(packet, method, mac, *_):
            return 1 / (mac != MAC.hex(":"))

        site = world(loadDHCPPacket=load)
        self.assertIsNone(site.ask(DISCOVER))
        self.assertEqual(site.ask(DISCOVER, chaddr=OTHER_MAC).message.message_type, OFFER)

    def test_who_holds_up_the_clients_is_named(self):
        site = world(loadDHCPPacket=lambda *_: site.clock.advance(0.06) or True)
        self.assertEqual(site.ask(DISCOVER).message.message_type, OFFER)
        (slow,) = site.observed.of(HookSlow)
        self.assertEqual((slow.hook, slow.moved), ("loadDHCPPacket", False))

    def test_who_holds_up_the_clients_for_long_is_called_in_threads_from_then_on(self):
        site = world(loadDHCPPacket=lambda *_: site.clock.advance(2) or True)
        self.addCleanup(site.site.stop)
        site.ask(DISCOVER)
        self.assertEqual([slow.moved for slow in site.observed.of(HookSlow)], [True])
        data = encode(message(DISCOVER, giaddr=RELAY))
        site.responder.receive([(data, RELAY, 67)], site.local, site.late)
        self.assertEqual(site.late.replies, [])
        site.clock.run_one()
        self.assertEqual(served(site.late.replies), [OFFER])

    def test_threaded_functions_leave_the_others_alone(self):
        site = world(loadDHCPPacket=threaded(lambda *_: True))
        self.addCleanup(site.site.stop)
        data = encode(message(DISCOVER, giaddr=RELAY))
        self.assertEqual(served(site.send_late(data)), [OFFER])

    def test_an_exchange_tells_of_a_reply_that_was_edited(self):
        site = world(loadDHCPPacket=lambda packet, *_: packet.setOption(66, "boot"))
        reply = site.ask(DISCOVER)
        (event,) = site.observed.of(Exchange)
        self.assertEqual((event.answer, event.outcome, event.size), ("OFFER", "offered", len(reply.octets)))
        self.assertEqual((event.reply, event.to), (reply.octets, reply.to))


POLICY_60 = ScriptedWorld().policy.__class__(allow_relays=True, suspend=False, unauthorized_timeout=60)
