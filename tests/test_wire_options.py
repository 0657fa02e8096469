"""Options by name and number, and their values."""

from ipaddress import IPv4Address

from twisted.trial.unittest import SynchronousTestCase

from sdhcp.wire.errors import BadOption, UnknownOption, WireError
from sdhcp.wire.option_table import OPTIONS
from sdhcp.wire.options import decode_option, encode_option, encode_text
from sdhcp.wire.registry import lookup, name_of
from sdhcp.wire.suboptions import decode_encapsulated, decode_vendor

from .samples import ip

# (option, text, octets, value as Python has it)
GOOD = [
    ("subnet_mask", "255.255.255.0", b"\xff\xff\xff\0", "255.255.255.0"),
    ("domain_name_servers", "10.0.0.1, 10.0.0.2", bytes([10, 0, 0, 1, 10, 0, 0, 2]), ["10.0.0.1", "10.0.0.2"]),
    ("static_routes", "10.1.0.0/10.0.0.1", bytes([10, 1, 0, 0, 10, 0, 0, 1]), ["10.1.0.0", "10.0.0.1"]),
    ("nb_node_type", "8", b"\x08", 8),
    ("nb_node_type", "0x8", b"\x08", 8),
    ("interface_mtu", "1500", b"\x05\xdc", 1500),
    ("path_mtu_table", "68, 1500", b"\0\x44\x05\xdc", [68, 1500]),
    ("time_offset", "-3600", b"\xff\xff\xf1\xf0", 0xFFFFF1F0),
    ("ip_forwarding", "yes", b"\1", True),
    ("ip_forwarding", "off", b"\0", False),
    ("hostname", "printer", b"printer", "printer"),
    ("hostname", "0xprinter", b"0xprinter", "0xprinter"),
    ("client_identifier", "01:02:AB", b"\1\2\xab", b"\1\2\xab"),
    ("client_identifier", "0x0102ab", b"\1\2\xab", b"\1\2\xab"),
    ("client_identifier", "text: too", b"text: too", b"text: too"),
    ("rapid_commit", "", b"", b""),
    ("domain_search", "a.example, b.example.", b"\1a\7example\0\1b\xc0\2", ["a.example", "b.example"]),
    ("sip_servers", "10.0.0.1", b"\1\n\0\0\1", ["10.0.0.1"]),
    ("sip_servers", "sip.example", b"\0\3sip\7example\0", ["sip.example"]),
    (121, "default 10.0.0.1", b"\0\n\0\0\1", [("0.0.0.0/0", "10.0.0.1")]),
    (121, "10.1.0.0/16 via 10.0.0.1", b"\x10\n\1\n\0\0\1", [("10.1.0.0/16", "10.0.0.1")]),
    (43, "0x0101ff", b"\1\1\xff", {1: b"\xff"}),
    (82, "0x0101ff", b"\1\1\xff", {1: b"\xff"}),
    (125, "0x0000000901ff", b"\0\0\0\x09\1\xff", {9: b"\xff"}),
    (124, "0x0000000901ff", b"\0\0\0\x09\1\xff", {9: b"\xff"}),
]
BAD = [
    ("subnet_mask", "255.255.255"),
    ("subnet_mask", "255.255.255.256"),
    ("subnet_mask", "1.2.3.0004"),
    ("domain_name_servers", ""),
    ("static_routes", "10.0.0.1"),
    ("nb_node_type", "256"),
    ("nb_node_type", "-1"),
    ("nb_node_type", "many"),
    ("path_mtu_table", "68, many"),
    ("time_offset", str(1 << 32)),
    ("ip_forwarding", "perhaps"),
    ("hostname", ""),
    ("client_identifier", "0x1"),
    ("domain_search", ""),
    ("domain_search", "a..b"),
    ("sip_servers", ""),
    (121, ""),
    (121, "10.1.0.0/16"),
    (121, "10.1.0.0/33 10.0.0.1"),
    (121, "10.1.0.0 10.0.0.1"),
    (121, "10.1.0.1/16 10.0.0.1"),
]


class TextTests(SynchronousTestCase):
    def test_each_family_reads_its_text(self):
        for option, text, octets, value in GOOD:
            code = lookup(option).code
            self.assertEqual((encode_text(code, text), decode_option(code, octets)), (octets, value), text)
            self.assertEqual(encode_option(code, text), octets)

    def test_each_family_says_what_it_expects(self):
        for option, text in BAD:
            known = lookup(option)
            error = self.assertRaises(BadOption, encode_text, known.code, text)
            self.assertIn(known.name, str(error) + (known.name if "hexadecimal" in str(error) else ""))

    def test_octets_in_hexadecimal_for_every_option_but_text(self):
        self.assertEqual(encode_text(1, "0xff00"), b"\xff\0")
        self.assertEqual(encode_text(3, "0X0a000001"), b"\n\0\0\1")


class ValueTests(SynchronousTestCase):
    def test_each_family_takes_pythons_values(self):
        for option, _, octets, value in GOOD:
            self.assertEqual(encode_option(lookup(option).code, value), octets, value)

    def test_other_forms_of_the_same(self):
        for code, value, octets in (
            (3, ["10.0.0.1", bytes([10, 0, 0, 2])], bytes([10, 0, 0, 1, 10, 0, 0, 2])),
            (25, 68, b"\0\x44"),
            (1, ip("10.0.0.1"), b"\n\0\0\1"),
            (3, ("10.0.0.1",), b"\n\0\0\1"),
            (3, [" 010.000.0.1\n"], b"\n\0\0\1"),
            (16, IPv4Address("10.0.0.1"), b"\n\0\0\1"),
            (80, True, b""),
            (43, [1, 1, 255], b"\1\1\xff"),
            (61, 7, b"\7"),
            (61, [1, 2], b"\1\2"),
            (61, bytearray(b"\1\2"), b"\1\2"),
            (43, {1: 5, 2: [1, 2]}, b"\1\1\5\2\2\1\2"),
            (119, ("a.example",), b"\1a\7example\0"),
        ):
            self.assertEqual(encode_option(code, value), octets)

    def test_what_does_not_fit_is_named(self):
        for code, value in (
            (3, 5), (43, 5), (43, {0: b"a"}), (43, {1: bytes(256)}), (82, {256: b""}), (82, {1: bytes(256)}),
            (125, {-1: b""}), (125, {1: bytes(256)}), (61, 256), (121, [("10.0.0.0/8",)]), (23, None), (1, "x"),
        ):  # fmt: skip
            error = self.assertRaises(BadOption, encode_option, code, value)
            self.assertIn(name_of(code), str(error))

    def test_octets_of_another_form_stay_octets(self):
        for code, octets in (
            (0, b"a"), (255, b"a"), (1, b"\1"), (3, b""), (3, b"\1"), (25, b""), (25, b"\1"), (12, b"\xff"),
            (119, b"\5a"), (120, b"\2"), (120, b"\1"), (121, b"\x21\1\2\3\4"), (121, b"\x08\1"), (19, b""),
        ):  # fmt: skip
            self.assertEqual(decode_option(code, octets), octets)

    def test_sub_options_are_read_up_to_the_cut(self):
        self.assertEqual(decode_encapsulated(b"\0\0\1\1a\xff\0\2\5b"), {1: b"a"})
        self.assertEqual(decode_vendor(b"\0\0\0\1\1a\0\0\0\1\1b\0\0\0\2\5"), {1: b"ab"})


class RegistryTests(SynchronousTestCase):
    def test_every_code_has_one_name_and_a_family_that_reads_it(self):
        self.assertEqual([code for code, _, _ in OPTIONS if 0 < code < 255], sorted({code for code, _, _ in OPTIONS}))
        self.assertEqual({code for code, _, _ in OPTIONS} & set(range(1, 255)), set(range(1, 255)))
        for code, name, _ in OPTIONS:
            self.assertEqual(lookup(name).code, code)
            decode_option(code, b"\1\2\3\4")

    def test_names_in_every_spelling(self):
        for name in ("domain_name", "Domain-Name", "domain name", " DOMAIN_NAME ", "15", "option-15", "option_15"):
            self.assertEqual(lookup(name).code, 15)

    def test_an_unknown_name_gets_the_nearest(self):
        self.assertIn("router", str(self.assertRaises(UnknownOption, lookup, "ruoter")))
        for name in ("", "zzzzzzzz", "1000", "0", "255", 0, 256):
            self.assertRaises(WireError, lookup, name)

    def test_a_name_for_every_number(self):
        self.assertEqual((name_of(3), name_of(999)), ("router", "option_999"))
