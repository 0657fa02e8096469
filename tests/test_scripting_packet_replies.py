"""A request turned into a reply, by a program that uses the library alone: what is kept, selected, sent."""

from twisted.trial.unittest import SynchronousTestCase

from sdhcp.scripting.ipv4 import IPv4
from sdhcp.scripting.packet import DHCPPacket
from sdhcp.wire.message import decode, encode

from .samples import ip, message

KINDS = {"Ack": 5, "Offer": 2, "Nak": 6, "LeaseActive": 13, "LeaseUnassigned": 11, "LeaseUnknown": 12}
DELETED = (22, 43, 50, 52, 55, 57, 60, 61, 93, 94, 97, 118, 124, 125)
RELAY_INFORMATION = b"\1\4port"
OF_CLIENTS = {
    12: b"their name", 22: b"\2\x40", 43: b"\1", 50: ip("10.0.0.7"), 51: b"\0\0\0\x10", 54: ip("10.0.0.1"),
    56: b"a text", 57: b"\5\xdc", 58: b"\0\0\0\1", 59: b"\0\0\0\1", 60: b"PXEClient", 61: b"\1abcdef", 77: b"class",
    80: b"", 81: b"\0\0\0name", 93: b"\0\7", 94: b"\1\2\3", 97: b"\0guid", 116: b"\1", 118: ip("10.0.0.0"),
    124: b"\0\0\0\1\1a", 125: b"\0\0\0\1\1a", 250: b"theirs", 82: RELAY_INFORMATION,
}  # fmt: skip


def received(kind=1, options=None, **fields):
    """A packet as it came from a client."""
    return DHCPPacket(encode(message(kind, options, **fields)))


def transformed(packet, kind):
    getattr(packet, f"transformToDHCP{kind}Packet")()
    return packet


def sent(packet):
    """What a packet is on the wire."""
    return decode(packet.encodePacket())


class TransformationTests(SynchronousTestCase):
    def every(self, asked=1, options=None, **fields):
        for kind, code in KINDS.items():
            with self.subTest(kind):
                yield kind, code, transformed(received(asked, options or OF_CLIENTS, **fields), kind)

    def test_the_type_is_the_replys_and_what_tells_of_the_client_is_gone(self):
        for _, code, packet in self.every(hops=3, secs=9):
            self.assertEqual(packet.getOption(53), [code])
            self.assertEqual([one for one in DELETED if packet.isOption(one)], [])
            fields = [packet.getOption(name, convert=True) for name in ("op", "hops", "secs")]
            self.assertEqual(fields, [2, 0, 0])

    def test_what_belongs_to_the_exchange_is_kept(self):
        fields = {"htype": 6, "hlen": 8, "chaddr": bytes(range(16)), "flags": 0x8000, "giaddr": ip("10.0.0.2")}
        for _, _, packet in self.every(**fields):
            reply = sent(packet)
            self.assertEqual({name: getattr(reply, name) for name in fields}, fields)
            self.assertEqual(reply.xid, b"\1\2\3\4")

    def test_what_clients_have_no_say_in_is_empty(self):
        said = {"yiaddr": ip("10.0.0.9"), "siaddr": ip("10.0.0.8"), "sname": b"them", "file": b"their file"}
        for _, _, packet in self.every(**said):
            reply = sent(packet)
            values = (reply.yiaddr, reply.siaddr, reply.sname, reply.file)
            self.assertEqual(values, (bytes(4), bytes(4), bytes(64), bytes(128)))

    def test_an_ack_alone_keeps_the_address_that_the_client_has(self):
        for kind, _, packet in self.every(3, ciaddr=ip("10.0.0.7")):
            self.assertEqual(sent(packet).ciaddr, ip("10.0.0.7") if kind == "Ack" else bytes(4))

    def test_what_a_program_has_set_before_stays_but_in_a_nak(self):
        for kind in KINDS:
            packet = received(1)
            for name, value in (("yiaddr", "10.0.0.9"), ("siaddr", "10.0.0.8"), ("file", "boot"), (66, "name")):
                packet.setOption(name, value)
            reply = sent(transformed(packet, kind))
            expected = bytes(4) if kind == "Nak" else ip("10.0.0.9")
            self.assertEqual(reply.yiaddr, expected)
            self.assertEqual(66 in reply.options, kind != "Nak")
            self.assertEqual(reply.file.rstrip(b"\0"), b"boot" if kind in ("Ack", "Offer") else b"")

    def test_only_echoes_of_what_the_client_sent_are_sent(self):
        for kind, code, packet in self.every(3):
            reply = sent(packet).options
            echoed = {54, 61, 82, 118} | (set() if kind == "Nak" else {97})
            self.assertEqual(set(reply), {53, *echoed})
            self.assertEqual({one: reply[one] for one in echoed}, {one: OF_CLIENTS[one] for one in echoed})
            self.assertEqual((reply[53], list(reply)[-1]), (bytes([code]), 82))

    def test_what_is_left_of_the_clients_can_be_read_until_it_is_overwritten(self):
        packet = transformed(received(1, OF_CLIENTS), "Offer")
        self.assertEqual((packet.getOption(12, convert=True), packet.getOption(250)), ("their name", list(b"theirs")))
        self.assertFalse(packet.isSelectedOption(12))
        packet.setOption(12, "our name")
        self.assertTrue(packet.isSelectedOption(12))
        self.assertEqual(sent(packet).options[12], b"our name")

    def test_rapid_commit_is_in_the_ack_to_a_discover_alone(self):
        for asked, kind, there in ((1, "Ack", True), (1, "Offer", False), (3, "Ack", False)):
            for wanted in (b"", b"\1\3"):
                packet = transformed(received(asked, {80: b"", 55: wanted}), kind)
                self.assertEqual((80 in sent(packet).options, packet.isSelectedOption(80)), (there, there))

    def test_a_nak_carries_what_it_may_and_asks_a_relay_agent_to_broadcast(self):
        for giaddr, flags in ((ip("10.0.0.2"), 0x8000), (bytes(4), 0)):
            packet = received(3, OF_CLIENTS, giaddr=giaddr)
            packet.setOption(12, "our name")
            packet.transformToDHCPNackPacket()
            self.assertIsNone(packet.getOption(51))
            for code, value in ((1, "255.0.0.0"), (51, 60), (54, "10.0.0.1"), (56, "no")):
                packet.setOption(code, value, force_selection=True)
            reply = sent(packet)
            self.assertEqual(set(reply.options), {53, 54, 56, 61, 82, 118})
            self.assertEqual((reply.flags, packet.getOption("flags")), (flags, [0, 0]))

    def test_what_a_program_has_deleted_is_not_echoed(self):
        before, after, left_out = (received(1, OF_CLIENTS) for _ in range(3))
        for code in (61, 82, 97, 118):
            before.deleteOption(code)
        for packet in (before, after, left_out):
            packet.transformToDHCPOfferPacket()
        for code in (61, 82, 97, 118):
            after.deleteOption(code)
        left_out.setSelectedOptions(removed=[61, 82, 97, 118])
        for packet in (before, after, left_out):
            self.assertEqual(set(sent(packet).options), {53, 54})

    def test_a_packet_of_nothing_becomes_a_reply_of_ethernets(self):
        packet = DHCPPacket()
        packet.transformToDHCPOfferPacket()
        self.assertEqual((packet.getOption("op"), packet.getOption("hlen")), ([2], [6]))
        self.assertTrue(packet.isDHCPOfferPacket())


class SelectionTests(SynchronousTestCase):
    def reply(self, wanted=b"\1\3", kind="Offer"):
        packet = transformed(received(1, {55: wanted, 12: b"theirs"}), kind)
        for code, value in ((1, "255.0.0.0"), (3, "10.0.0.1"), (42, "10.0.0.3"), (66, "boot")):
            packet.setOption(code, value)
        return packet

    def assert_sent(self, packet, *codes):
        self.assertEqual(packet.getSelectedOptions(), codes)
        self.assertEqual(set(sent(packet).options), set(codes))
        for code in (1, 3, 12, 42, 53, 66):
            self.assertEqual(packet.isSelectedOption(code), code in codes)

    def test_what_a_program_sets_is_sent_whether_asked_for_or_not(self):
        for wanted in (b"\1\3", b"\x0c", b""):
            self.assert_sent(self.reply(wanted), 1, 3, 42, 53, 66)

    def test_a_request_is_selected_from_by_its_list(self):
        packet = received(1, {55: b"\1\x0c", 12: b"name", 60: b"vendor"})
        self.assertEqual(packet.getSelectedOptions(), (12, 53))
        self.assertEqual(received(1, {12: b"name", 55: b""}).getSelectedOptions(), (12, 53, 55))
        self.assertEqual(packet.getSelectedOptions(translate=True), ("hostname", "dhcp_message_type"))

    def test_names_of_what_is_sent_name_options(self):
        packet = DHCPPacket()
        for code in (53, 66, 224):
            packet.setOption(code, [1])
        names = packet.getSelectedOptions(translate=True)
        self.assertEqual([packet.getOption(name) for name in names], [[1]] * 3)

    def test_a_selection_that_is_taken_back_is_everything(self):
        packet = self.reply()
        packet.setSelectedOptions(added=[66], removed=[3])
        packet.setSelectedOptions()
        self.assert_sent(packet, 1, 3, 42, 53, 66)

    def test_from_everything_what_is_added_is_sent_alone(self):
        packet = self.reply()
        packet.setSelectedOptions()
        packet.setSelectedOptions(added=["subnet_mask", 66])
        self.assert_sent(packet, 1, 53, 66)

    def test_what_is_removed_is_not_sent_and_the_rest_is(self):
        for start in (b"\1\3", b""):
            packet = self.reply(start)
            packet.setSelectedOptions(removed=["router", 66])
            self.assert_sent(packet, 1, 42, 53)
            packet.setSelectedOptions(added=[66])
            self.assertTrue(packet.isSelectedOption(66))

    def test_what_is_added_and_removed_at_once_is_removed(self):
        packet = self.reply()
        packet.setSelectedOptions(added=[3, 66], removed=[3])
        self.assertEqual((packet.isSelectedOption(3), packet.isSelectedOption(66)), (False, True))

    def test_a_forced_option_is_sent_beside_a_selection(self):
        packet = self.reply()
        packet.setSelectedOptions()
        packet.setSelectedOptions(added=[1])
        packet.setOption(67, "file")
        self.assert_sent(packet, 1, 53)
        packet.setOption(67, "file", force_selection=True)
        self.assert_sent(packet, 1, 53, 67)

    def test_what_the_client_asked_for_can_be_asked_all_along(self):
        packet = self.reply(b"\3\1")
        self.assertEqual(packet.getRequestedOptions(), (3, 1))
        self.assertEqual([packet.isRequestedOption(one) for one in ("router", 66)], [True, False])
        for wanted in ({}, {55: b""}):
            packet = received(1, wanted)
            self.assertIsNone(packet.getRequestedOptions())
            self.assertTrue(packet.isRequestedOption(66))


class SizeTests(SynchronousTestCase):
    def reply(self, limits):
        packet = transformed(received(1, limits), "Offer")
        for code in range(224, 229):
            packet.setOption(code, bytes(90))
        return packet

    def test_a_reply_is_as_large_as_the_client_takes(self):
        self.assertEqual(len(self.reply({57: b"\5\xdc"}).encodePacket()), 240 + 3 + 5 * 92 + 1)
        self.assertEqual(len(sent(self.reply({57: b"\5\xdc"})).options), 6)

    def test_what_does_not_fit_goes_into_file_and_sname_and_the_rest_is_left_out(self):
        for limits in ({}, {57: b"\2\x40"}, {57: b"\0\x40"}, {57: b"\2\x40", 22: b"\1\0"}, {57: b"x"}):
            packet = self.reply(limits)
            data = packet.encodePacket()
            self.assertLessEqual(len(data), 576 - 28)
            self.assertEqual(set(decode(data).options), {53, 224, 225, 226, 227})

    def test_names_that_are_set_are_not_written_over(self):
        packet = self.reply({57: b"\2\x40"})
        packet.setOption("file", "boot")
        reply = sent(packet)
        self.assertEqual(reply.file.rstrip(b"\0"), b"boot")
        self.assertEqual(set(reply.options), {53, 224, 225, 226})

    def test_the_smallest_reply_is_padded(self):
        self.assertEqual(len(transformed(received(3), "Nak").encodePacket()), 300)


class ClientTests(SynchronousTestCase):
    """A tool that is a client."""

    def test_a_discover_is_built_of_nothing(self):
        packet = DHCPPacket()
        for name, value in (("op", 1), ("htype", 1), ("hlen", 6), ("xid", 0x01020304)):
            packet.setOption(name, value)
        packet.setHardwareAddress([2, 0, 0x5E, 0, 1, 1])
        packet.setFlag(0x8000, True)
        for code, value in ((53, [1]), (55, [1, 3, 6]), (57, 1500), (12, "host"), (61, [1, 2, 0, 0x5E, 0, 1, 1])):
            packet.setOption(code, value)
        options = {12: b"host", 55: b"\1\3\6", 57: b"\5\xdc", 61: b"\1\2\0\x5e\0\1\1"}
        self.assertEqual(sent(packet), message(1, options, flags=0x8000))
        self.assertEqual(len(packet.encodePacket()), 300)

    def test_a_request_is_made_of_the_offer(self):
        offer = received(2, {54: ip("10.0.0.1"), 51: b"\0\0\1\0"}, op=2, yiaddr=ip("10.0.0.7"))
        self.assertTrue(offer.isDHCPOfferPacket())
        request = DHCPPacket()
        request.setOption("op", 1)
        for name in ("xid", "chaddr", "htype", "hlen"):
            request.setOption(name, offer.getOption(name))
        request.setOption(53, [3])
        request.setOption(50, offer.getOption("yiaddr", convert=True))
        request.setOption(54, offer.extractIPOrNone(54))
        self.assertEqual(sent(request), message(3, {54: ip("10.0.0.1"), 50: ip("10.0.0.7")}))

    def test_a_request_that_is_sent_on_is_whole(self):
        packet = received(1, {55: b"\1", **OF_CLIENTS})
        packet.setOption("hops", 1)
        packet.setOption("giaddr", "10.0.0.2")
        self.assertEqual(sent(packet).options, {53: b"\1", 55: b"\1", **OF_CLIENTS})
        packet.setSelectedOptions(removed=[60])
        self.assertNotIn(60, sent(packet).options)

    def test_a_server_fills_in_an_ack(self):
        packet = received(3, {50: ip("10.0.0.7"), 54: ip("10.0.0.1"), 55: b"\1\3", 12: b"their"})
        wanted = packet.extractIPOrNone("requested_ip_address")
        packet.transformToDHCPAckPacket()
        packet.setOption("yiaddr", wanted)
        for code, value in ((54, IPv4("10.0.0.1")), (51, 3600), (1, "255.255.255.0"), (3, ["10.0.0.1"])):
            packet.setOption(code, value)
        options = {53: b"\5", 54: ip("10.0.0.1"), 51: b"\0\0\x0e\x10", 1: ip("255.255.255.0"), 3: ip("10.0.0.1")}
        expected = message(5, options, op=2, yiaddr=ip("10.0.0.7"))
        self.assertEqual(sent(packet), expected)
