"""The packet as a program has it that uses the library alone: read, filled, selected from, copied, encoded."""

from array import array

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sdhcp.scripting.constants import DHCP_FIELDS, DHCP_OPTIONS_REVERSE, DHCP_TYPE_NAMES
from sdhcp.scripting.ipv4 import IPv4
from sdhcp.scripting.mac import MAC
from sdhcp.scripting.packet import FLAGBIT_BROADCAST, DHCPPacket
from sdhcp.scripting.rfc import rfc3046_decode
from sdhcp.wire.message import decode, encode

from .samples import MAC as HARDWARE
from .samples import ip, message
from .test_scripting_option_round_trips import BY_CODE

OVERLOAD = 52
NAMES = {
    "Ack": 5, "Decline": 4, "Discover": 1, "Inform": 8, "LeaseActive": 13, "LeaseQuery": 10, "LeaseUnassigned": 11,
    "LeaseUnknown": 12, "Offer": 2, "Nak": 6, "Release": 7, "Request": 3,
}  # fmt: skip


def received(kind=1, options=None, **fields):
    """A packet as it came from a client."""
    return DHCPPacket(encode(message(kind, options, **fields)))


def sent(packet):
    """What a packet is on the wire."""
    return decode(packet.encodePacket())


class ParsingTests(SynchronousTestCase):
    def test_of_nothing_an_empty_packet_is_made(self):
        for data in (None, b"", bytearray()):
            data = DHCPPacket(data).encodePacket()
            self.assertEqual(data, bytes(236) + b"\x63\x82\x53\x63\xff" + bytes(59))

    def test_octets_come_back_as_they_were(self):
        data = encode(
            message(1, {12: b"name", 55: b"\1\3", 61: b"\1abcdef", 82: b"\1\1x"}, secs=7, hops=1, flags=0x8000)
        )
        for form in (data, bytearray(data), memoryview(data), list(data)):
            self.assertEqual(DHCPPacket(form).encodePacket(), data)

    def test_what_has_no_cookie_is_no_packet(self):
        data = encode(message(1))
        for wrong in (b"x", data[:200], data[:239], data[:236] + bytes(64), data[:236] + b"abcd" + data[240:]):
            self.assertRaises(ValueError, DHCPPacket, wrong)

    def test_zeros_may_stand_between_header_and_cookie(self):
        data = encode(message(1, {12: b"name"}))
        packet = DHCPPacket(data[:236] + bytes(3) + data[236:])
        self.assertEqual(packet.getOption(12, convert=True), "name")
        self.assertEqual(packet.encodePacket(), data)

    def test_what_follows_the_end_is_no_option_and_pads_are_none(self):
        data = encode(message(None, is_dhcp=False))[:236] + b"\x63\x82\x53\x63\0\0\x35\1\1\0\x0c\1a\xff\x0c\1b"
        self.assertEqual(DHCPPacket(data).getOption(12), [97])

    def test_instances_of_an_option_are_one_value(self):
        data = encode(message(1))[:243] + b"\x0c\2ab\x42\1x\x0c\2cd\xff"
        self.assertEqual(DHCPPacket(data).getOption(12, convert=True), "abcd")

    def test_a_last_value_that_is_cut_keeps_what_is_there(self):
        data = encode(message(1))[:243] + b"\0\x42\1x\x0c\x14"
        self.assertEqual(DHCPPacket(data + b"abc").getOption(12, convert=True), "abc")
        self.assertEqual(DHCPPacket(data).getOption(12), [])
        self.assertEqual(DHCPPacket(data + b"abc").getOption(66, convert=True), "x")

    def test_a_code_without_a_length_is_no_packet(self):
        self.assertRaises(ValueError, DHCPPacket, encode(message(1))[:243] + b"\x0c")

    def test_options_in_sname_and_file_are_options(self):
        fields = {"sname": b"\x42\4boot\xff", "file": b"\x0c\4name\xff"}
        data = encode(message(1, **fields))
        packet = DHCPPacket(data[:243] + bytes((OVERLOAD, 1, 3, 255)))
        self.assertEqual((packet.getOption(66, True), packet.getOption(12, True)), ("boot", "name"))
        self.assertFalse(packet.isOption(OVERLOAD) or packet.isOption("sname") or packet.isOption("file"))

    def test_options_without_a_type_and_of_sites_are_kept(self):
        for code in (84, 96, 126, 141, 223, *range(224, 255)):
            self.assertEqual(received(1, {code: b"ab"}).getOption(code), [97, 98])

    @given(st.binary(max_size=80), st.binary(max_size=40))
    def test_whatever_comes_in_is_a_packet_or_raises_value_error(self, options, header):
        data = header.ljust(236, b"\0") + b"\x63\x82\x53\x63" + options
        try:
            packet = DHCPPacket(data)
        except ValueError:
            return
        packet.getHardwareAddress()
        str(packet)
        packet.getSelectedOptions(translate=True)
        for name in NAMES:
            getattr(packet, f"isDHCP{name}Packet")()
        packet.transformToDHCPAckPacket()
        decode(packet.encodePacket())


class RoundTripTests(SynchronousTestCase):
    @settings(max_examples=15, deadline=None)
    @given(st.fixed_dictionaries({code: values for code, values in BY_CODE.items() if code != OVERLOAD}))
    def test_what_is_set_is_read_by_who_receives_it(self, values):
        for code, value in values.items():
            packet = DHCPPacket()
            packet.setOption("op", 1)
            packet.setOption(code, value)
            there = DHCPPacket(packet.encodePacket())
            self.assertEqual(there.getOption(code), packet.getOption(code), code)
            self.assertEqual(there.getOption(code, convert=True), packet.getOption(code, convert=True), code)

    @settings(max_examples=15, deadline=None)
    @given(st.fixed_dictionaries({code: values for code, values in BY_CODE.items() if code != OVERLOAD}))
    def test_all_together_go_by_name_too(self, values):
        packet = DHCPPacket()
        for code, value in values.items():
            packet.setOption(DHCP_OPTIONS_REVERSE.get(code, code), value)
        there = DHCPPacket(packet.encodePacket())
        for code in values:
            self.assertEqual(there.getOption(code), packet.getOption(DHCP_OPTIONS_REVERSE.get(code, code)))

    def test_that_is_every_option(self):
        self.assertEqual(set(BY_CODE), set(range(1, 255)))

    def test_a_long_value_is_split_and_joined(self):
        packet = DHCPPacket()
        packet.setOption(43, list(range(256)) * 3)
        self.assertIn(b"\x2b\xff\0\1", packet.encodePacket())
        self.assertEqual(DHCPPacket(packet.encodePacket()).getOption(43), list(range(256)) * 3)

    def test_relay_agent_information_can_be_decoded_any_number_of_times(self):
        value = b"\1\4port\2\6\0\1\2\3\4\5"
        packet = received(1, {82: value})
        copy = packet.copy()
        for _ in range(3):
            expected = {1: list(b"port"), 2: [0, 1, 2, 3, 4, 5]}
            self.assertEqual(packet.getOption(82, convert=True), expected)
            self.assertEqual(rfc3046_decode(packet.getOption(82)), expected)
        self.assertEqual((packet.getOption(82), copy.getOption(82)), (list(value), list(value)))
        packet.transformToDHCPOfferPacket()
        self.assertEqual(packet.getOption(82, convert=True)[1], list(b"port"))
        self.assertEqual(sent(packet).options[82], value)

    def test_vendor_options_can_be_decoded_any_number_of_times(self):
        values = {124: b"\0\0\1\0\3abc", 125: b"\0\0\1\0\4\1\2xy"}
        packet = received(1, values)
        for _ in range(3):
            self.assertEqual(packet.getOption(124, convert=True), {256: list(b"abc")})
            self.assertEqual(packet.getOption(125, convert=True), {256: {1: list(b"xy")}})
        self.assertEqual(sent(packet).options, {53: b"\1", **values})


class OptionTests(SynchronousTestCase):
    def test_options_go_by_code_and_by_name(self):
        packet = DHCPPacket()
        self.assertFalse(packet.isOption(3) or packet.isOption("router"))
        packet.setOption("router", "10.0.0.1,10.0.0.2")
        self.assertTrue(packet.isOption(3) and packet.isOption("router"))
        self.assertEqual(packet.getOption(3), [10, 0, 0, 1, 10, 0, 0, 2])
        self.assertEqual(packet.getOption("router", convert=True), [IPv4("10.0.0.1"), IPv4("10.0.0.2")])
        self.assertTrue(packet.deleteOption("router"))
        self.assertFalse(packet.deleteOption(3))
        self.assertIsNone(packet.getOption(3))

    def test_what_is_no_option_raises_lookup_error(self):
        packet = DHCPPacket()
        for wrong in ("nothing", 0, 255, 256, -1, None):
            for method in ("isOption", "getOption", "deleteOption", "isSelectedOption", "isRequestedOption"):
                self.assertRaises(LookupError, getattr(packet, method), wrong)
            self.assertRaises(LookupError, packet.setOption, wrong, [1])
            self.assertRaises(LookupError, packet.setSelectedOptions, [wrong])
            self.assertRaises(LookupError, packet.setSelectedOptions, removed=[wrong])

    def test_a_value_that_does_not_fit_raises_value_error_unless_nobody_looks(self):
        packet = DHCPPacket()
        self.assertRaises(ValueError, packet.setOption, 1, [1, 2, 3])
        self.assertRaises(ValueError, packet.setOption, 1, "no address")
        self.assertFalse(packet.isOption(1))
        packet.setOption(1, [1, 2, 3], validate=False)
        self.assertEqual(packet.getOption(1), [1, 2, 3])
        self.assertRaises(ValueError, packet.getOption, 1, True)

    def test_a_value_is_live_until_it_is_set_anew(self):
        packet = received(1, {43: b"\1\2", 50: ip("10.0.0.1")})
        octets = packet.getOption(43)
        octets.append(3)
        self.assertIs(packet.getOption(43), octets)
        packet.setOption(43, [9])
        octets.append(4)
        self.assertEqual((packet.getOption(43), sent(packet).options[43]), ([9], b"\x09"))

    def test_what_is_changed_in_a_live_value_counts_everywhere(self):
        packet = received(1, {50: ip("10.0.0.1")})
        packet.getOption(50)[3] = 9
        packet.getOption(53)[0] = 3
        self.assertEqual(packet.extractIPOrNone(50), IPv4("10.0.0.9"))
        self.assertEqual(packet.getOption(50, convert=True), IPv4("10.0.0.9"))
        self.assertTrue(packet.isDHCPRequestPacket())
        self.assertEqual(sent(packet).options, {53: b"\3", 50: ip("10.0.0.9")})
        packet.getOption(50).append("x")
        self.assertRaises(ValueError, packet.encodePacket)

    def test_setting_says_that_it_was_done(self):
        packet = DHCPPacket()
        done = (packet.setOption(1, "255.0.0.0"), packet.setOption("op", 1), packet.forceOption(43, b"x"))
        self.assertEqual(done, (True, True, True))

    def test_what_clients_tell_of_themselves_comes_in_the_forms_of_older_scripts(self):
        packet = received(1, {60: b"PXEClient", 93: b"\0\7", 94: b"\1\3\x10", 97: b"\0guid", 124: b"\0\0\1\0\3abc"})
        self.assertEqual(packet.extractPXEOptions(), ([7], (1, 3, 16), (0, list(b"guid"))))
        self.assertEqual(packet.extractVendorOptions(), (None, "PXEClient", ((256, list(b"abc")),), None))
        self.assertEqual(DHCPPacket().extractPXEOptions(), (None, None, None))
        self.assertEqual(DHCPPacket().extractVendorOptions(), (None, None, None, None))

    def test_force_option_takes_what_is_given_and_sends_it(self):
        packet = received(1, {55: b"\1"})
        packet.setSelectedOptions(removed=[66])
        packet.transformToDHCPOfferPacket()
        packet.forceOption(66, b"boot")
        packet.forceOption(1, b"\1\2")
        self.assertEqual((sent(packet).options[66], sent(packet).options[1]), (b"boot", b"\1\2"))

    def test_an_address_is_taken_from_options_and_fields(self):
        packet = received(1, {50: ip("10.0.0.1") + b"more", 54: bytes(4), 1: b"\1\2"}, giaddr=ip("10.0.0.2"))
        self.assertEqual(packet.extractIPOrNone("requested_ip_address"), IPv4("10.0.0.1"))
        self.assertEqual(packet.extractIPOrNone("giaddr"), IPv4("10.0.0.2"))
        self.assertEqual([packet.extractIPOrNone(one) for one in ("ciaddr", 54, 3)], [None] * 3)
        self.assertRaises(ValueError, packet.extractIPOrNone, 1)
        self.assertRaises(LookupError, packet.extractIPOrNone, "nothing")


class FieldTests(SynchronousTestCase):
    VALUES = {
        "op": (1, [1]), "htype": (6, [6]), "hlen": (6, [6]), "hops": (2, [2]), "xid": ([1, 2, 3, 4], [1, 2, 3, 4]),
        "secs": (258, [1, 2]), "flags": (0x8000, [128, 0]), "ciaddr": ("10.0.0.1", [10, 0, 0, 1]),
        "yiaddr": (IPv4("10.0.0.2"), [10, 0, 0, 2]), "siaddr": ([10, 0, 0, 3], [10, 0, 0, 3]),
        "giaddr": (0x0A000004, [10, 0, 0, 4]), "chaddr": ([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 1]),
        "sname": ("name", list(b"name".ljust(64, b"\0"))), "file": (b"file", list(b"file".ljust(128, b"\0"))),
    }  # fmt: skip

    def test_every_field_is_set_sent_read_and_cleared(self):
        self.assertEqual(set(self.VALUES), set(DHCP_FIELDS))
        packet = DHCPPacket()
        for name, (value, octets) in self.VALUES.items():
            self.assertFalse(packet.isOption(name))
            packet.setOption(name, value)
            self.assertTrue(packet.isOption(name))
            self.assertEqual(packet.getOption(name), octets, name)
        there = DHCPPacket(packet.encodePacket())
        for name, (_, octets) in self.VALUES.items():
            self.assertEqual(there.getOption(name), octets, name)
            self.assertTrue(there.deleteOption(name))
            self.assertEqual(there.getOption(name), [0] * len(octets))

    def test_fields_mean_numbers_addresses_and_text(self):
        packet = DHCPPacket()
        for name, (value, _) in self.VALUES.items():
            packet.setOption(name, value)
        read = {name: packet.getOption(name, convert=True) for name in DHCP_FIELDS if name != "xid"}
        self.assertEqual([read[name] for name in ("op", "hops", "secs", "flags")], [1, 2, 258, 0x8000])
        self.assertEqual((read["ciaddr"], read["chaddr"]), (IPv4("10.0.0.1"), MAC("02:00:00:00:00:01")))
        self.assertEqual((read["sname"], read["file"]), (b"name".ljust(64, b"\0"), b"file".ljust(128, b"\0")))
        self.assertEqual(DHCPPacket().getOption("ciaddr", convert=True), IPv4("0.0.0.0"))

    def test_what_is_read_of_a_field_is_not_live(self):
        packet = received()
        packet.getOption("xid")[0] = 9
        self.assertEqual(packet.getOption("xid"), [1, 2, 3, 4])

    def test_a_field_takes_its_own_length_alone(self):
        packet = DHCPPacket()
        for name, value in (("xid", [1, 2, 3]), ("ciaddr", [1, 2, 3]), ("sname", "n" * 65), ("file", "f" * 129)):
            self.assertRaises(ValueError, packet.setOption, name, value)

    def test_flags_tell_whether_they_changed(self):
        packet = DHCPPacket()
        steps = [packet.setFlag(FLAGBIT_BROADCAST, state) for state in (False, True, True, False)]
        self.assertEqual(steps, [(False, False), (True, False), (False, True), (True, True)])
        packet.setFlag(1, True)
        packet.setFlag(FLAGBIT_BROADCAST, True)
        self.assertEqual((packet.getFlag(FLAGBIT_BROADCAST), packet.getFlag(2)), (True, False))
        self.assertEqual(packet.getOption("flags"), [0x80, 1])

    def test_the_hardware_address_takes_every_form(self):
        text = "02:00:5e:00:01:01"
        forms = (MAC(text), text, text.encode(), HARDWARE, list(HARDWARE), tuple(HARDWARE), array("B", HARDWARE))
        for form in forms:
            packet = received(chaddr=bytes(range(16)))
            packet.setHardwareAddress(form)
            self.assertEqual(packet.getHardwareAddress(), MAC(text))
            self.assertEqual(sent(packet).chaddr, HARDWARE + bytes(10))
        packet.setHardwareAddress([1, 2])
        self.assertEqual(packet.getHardwareAddress(), [1, 2, 0, 0, 0, 0])
        for wrong in ([1] * 7, [], [256], ["a"], "02:00", None):
            self.assertRaises(ValueError, packet.setHardwareAddress, wrong)

    def test_the_hardware_address_has_six_octets_whatever_its_length_is_said_to_be(self):
        for length in (0, 1, 5, 6, 16):
            packet = received(hlen=length, chaddr=bytes(range(1, 17)))
            self.assertEqual(packet.getHardwareAddress(), [1, 2, 3, 4, 5, 6])


class KindTests(SynchronousTestCase):
    def test_every_message_type_has_its_question_and_its_name(self):
        for code, name in DHCP_TYPE_NAMES.items():
            if code:
                packet = received(code)
                self.assertEqual(packet.getDHCPMessageTypeName(), name)
                yes = {one for one in NAMES if getattr(packet, f"isDHCP{one}Packet")()}
                self.assertEqual(yes, {one for one, number in NAMES.items() if number == code})
                self.assertTrue(packet.isDHCPPacket())

    def test_without_a_message_type_a_packet_is_none_of_them(self):
        for packet in (received(None, {12: b"a"}), received(None, {53: b""}), received(99)):
            self.assertEqual(packet.getDHCPMessageTypeName(), "UNKNOWN_UNKNOWN")
            self.assertFalse(any(getattr(packet, f"isDHCP{one}Packet")() for one in NAMES))
        self.assertFalse(DHCPPacket().isDHCPPacket())


class CopyTests(SynchronousTestCase):
    def test_a_copy_holds_everything_and_goes_its_own_way(self):
        packet = received(1, {43: b"\1\2", 55: b"\1\3", 60: b"vendor"}, giaddr=ip("10.0.0.2"))
        packet.meta["key"] = [1]
        packet.response_mac, packet.response_ip = "02:00:00:00:00:09", "10.0.0.9"
        packet.response_port, packet.response_source_port, packet.word_align = 1068, 1067, True
        packet.setSelectedOptions(added=[43])
        packet.getOption(43).append(3)
        packet.setOption("secs", 5)
        copy = packet.copy()
        self.assertEqual(copy.encodePacket(), packet.encodePacket())
        self.assertEqual(copy.getSelectedOptions(), packet.getSelectedOptions())
        for name in ("meta", "response_mac", "response_ip", "response_port", "response_source_port", "word_align"):
            self.assertEqual(getattr(copy, name), getattr(packet, name))
        before = packet.encodePacket()
        copy.getOption(43).append(4)
        copy.setOption(66, "boot")
        copy.setOption("secs", 6)
        copy.deleteOption(60)
        copy.meta["other"] = 2
        copy.setSelectedOptions()
        copy.transformToDHCPOfferPacket()
        self.assertEqual((packet.encodePacket(), packet.meta), (before, {"key": [1]}))
        self.assertIs(copy.meta["key"], packet.meta["key"])

    def test_a_copy_of_a_packet_of_a_programs_own_class_is_one(self):
        class Own(DHCPPacket):
            pass

        self.assertIsInstance(Own(encode(message(1))).copy(), Own)

    def test_a_packet_of_its_own_has_no_meta_yet_and_no_response(self):
        packet = DHCPPacket()
        self.assertEqual(packet.meta, {})
        self.assertIs(packet.meta, packet.meta)
        responses = (packet.response_mac, packet.response_ip, packet.response_port, packet.response_source_port)
        self.assertEqual(responses, (None,) * 4)
        self.assertEqual((packet.word_align, packet.word_size, packet.terminal_pad), (False, 4, False))


class EncodingTests(SynchronousTestCase):
    def test_53_54_and_51_come_first_then_all_in_the_order_of_their_codes_and_82_last(self):
        packet = DHCPPacket()
        for code in (12, 82, 51, 3, 53, 250, 54, 1):
            packet.setOption(code, [1, 2, 3, 4], validate=False)
        area, codes = packet.encodePacket()[240:], []
        while area[0] != 255:
            codes.append(area[0])
            area = area[2 + area[1] :]
        self.assertEqual(codes, [53, 54, 51, 1, 3, 12, 250, 82])

    def test_words_are_aligned_and_the_packet_ends_with_one(self):
        packet = DHCPPacket()
        packet.setOption(53, [1])
        packet.setOption(12, "abc")
        packet.setOption(43, list(range(70)))
        packet.word_align = True
        area = packet.encodePacket()[240:]
        self.assertEqual(area[:8], b"\x35\1\1\0\x0c\3ab")
        self.assertEqual(area.index(b"\x2b\x46"), 12)
        packet.word_align, packet.terminal_pad, packet.word_size = False, True, 32
        self.assertEqual(len(packet.encodePacket()) % 32, 0)
        self.assertEqual(sent(packet).options[43], bytes(range(70)))

    def test_as_text_every_field_and_option_has_its_line(self):
        packet = received(1, {55: b"\1", 224: b"x", 121: b"\0\1\2\3\4", 90: b"y"}, op=9)
        text = str(packet)
        for part in ("op      9", "02:00:5e:00:01:01", "01020304", "] 055 ", "] 224 ", "] 121 ", "] 090 "):
            self.assertIn(part, text)
