"""What scripts get for the octets of options, and for the fields of the header."""

from twisted.trial.unittest import SynchronousTestCase

from sdhcp.scripting.constants import DHCP_FIELDS, VALUE_TYPES
from sdhcp.scripting.ipv4 import IPv4
from sdhcp.scripting.mac import MAC
from sdhcp.scripting.option_values import read, read_field, written_field
from sdhcp.scripting.text import Text

ONE = b"\x0a\0\0\1"
TWO = b"\x0a\0\0\1\x0a\0\0\2"


class ReadingTests(SynchronousTestCase):
    def test_each_type_gives_its_kind_of_value(self):
        for kind, cases in {
            "ipv4": [(ONE, IPv4("10.0.0.1")), (TWO, IPv4("10.0.0.1"))],
            "ipv4+": [(TWO, ["10.0.0.1", "10.0.0.2"]), (TWO[:6], ["10.0.0.1"]), (b"", [])],
            "ipv4*": [(TWO, ["10.0.0.1", "10.0.0.2"]), (b"", [])],
            "byte": [(b"\5", 5), (b"\5\6", 5), (b"", None)],
            "string": [(b"a\xff", b"a\xff"), (b"a", "a"), (b"", "")],
            "bool": [(b"\1", True), (b"\0", False), (b"", False), (b"\2", True)],
            "16-bits": [(b"\1\2", 258), (b"\1\2\3", 258), (b"\5", 5), (b"", None)],
            "16-bits+": [(b"\0\1\1\0", [1, 256]), (b"\0\1\1", [1]), (b"", [])],
            "32-bits": [(b"\0\0\1\0", 256), (b"\xff" * 4, 0xFFFFFFFF), (b"\1\0", 256), (b"", None)],
            "identifier": [(b"\1\2\3\4\5", [258, 772]), (b"\1", [])],
            "none": [(b"", None), (b"\1", None)],
            "unassigned": [(b"\1\2", [1, 2]), (b"", [])],
        }.items():
            for code in [code for code, own in VALUE_TYPES.items() if own == kind and code not in (124, 125)]:
                for octets, expected in cases:
                    value = read(code, octets)
                    self.assertEqual((value, type(value) is bool), (expected, type(expected) is bool), (code, octets))

    def test_lists_of_octets(self):
        for code in (43, 55, 63, 86, 87, 94, 97, 99, 123, 90):
            self.assertEqual(read(code, b"\1\2"), [1, 2])

    def test_text_is_bytes_and_text(self):
        value = read(60, b"PXEClient:Arch:00000")
        self.assertIsInstance(value, Text)
        self.assertTrue(value.startswith("PXEClient") and value.startswith(b"PXEClient"))

    def test_an_address_that_is_cut_raises_and_names_its_option(self):
        for octets in (b"", ONE[:3]):
            self.assertIn("option 54 (server_identifier)", str(self.assertRaises(ValueError, read, 54, octets)))

    def test_options_with_suboptions(self):
        self.assertEqual(read(82, b"\1\2ab\2\1c"), {1: [97, 98], 2: [99]})
        self.assertEqual(read(124, b"\0\0\0\x09\2ab"), {9: [97, 98]})
        self.assertEqual(read(125, b"\0\0\0\x09\4\1\2ab"), {9: {1: [97, 98]}})
        for code in (82, 124, 125):
            self.assertEqual((read(code, b""), read(code, b"\1\xff")), ({}, {}))

    def test_names(self):
        for code in (88, 119, 137):
            self.assertEqual(read(code, b"\1a\1b\0\1c\xc0\2"), ["a.b", "c.b"])
            self.assertEqual((read(code, b""), read(code, b"\5a")), ([], None))
        self.assertEqual((read(120, b"\0\1a\0"), read(120, b"\1" + TWO)), (["a"], ["10.0.0.1", "10.0.0.2"]))
        self.assertEqual([read(120, octets) for octets in (b"", b"\2a", b"\0\5a")], [None] * 3)

    def test_routes(self):
        for code in (121, 249):
            self.assertEqual(
                read(code, b"\x08\x0a" + ONE + b"\0" + ONE),
                [((IPv4("10.0.0.0"), 8), IPv4("10.0.0.1")), ((IPv4(0), 0), IPv4("10.0.0.1"))],
            )
            self.assertEqual((read(code, b""), read(code, b"\x08\x0a"), read(code, b"\x21" + TWO)), ([], None, None))

    def test_servers_with_more_than_an_address(self):
        self.assertEqual((read(78, b"\1" + TWO), read(78, b"")), ((True, ["10.0.0.1", "10.0.0.2"]), None))
        self.assertEqual((read(79, b"\0ab"), read(79, b"")), ((False, "ab"), None))
        self.assertEqual(read(83, b"\0\1\0\2\0\3\0\0\0\4" + ONE), (1, 2, 3, 4, ["10.0.0.1"]))
        self.assertIsNone(read(83, b"\0\1"))
        self.assertEqual(read(139, b"\1\4" + ONE + b"\2\x09"), [(1, ["10.0.0.1"])])
        self.assertEqual(read(140, b"\1\3\1a\0\2\1\5"), [(1, ["a"]), (2, None)])


class FieldTests(SynchronousTestCase):
    def test_numbers(self):
        for name, size in (("op", 1), ("htype", 1), ("hlen", 1), ("hops", 1), ("secs", 2), ("flags", 2), ("xid", 4)):
            octets = bytes(size - 1) + b"\5"
            for value in (5, [*octets], octets, tuple(octets)):
                self.assertEqual(written_field(name, value), octets)
            self.assertEqual(read_field(name, octets), 5)
            for value in (1 << (8 * size), "5", None, [0] * (size + 1), b"", 1.0):
                self.assertIn(f"field {name}", str(self.assertRaises(ValueError, written_field, name, value)))

    def test_addresses(self):
        for name in ("ciaddr", "yiaddr", "siaddr", "giaddr"):
            for value in ("10.0.0.1", IPv4("10.0.0.1"), [10, 0, 0, 1], ONE, 0x0A000001, b"10.0.0.1"):
                self.assertEqual(written_field(name, value), ONE)
            self.assertEqual((read_field(name, ONE), read_field(name, bytes(4))), (IPv4("10.0.0.1"), IPv4(0)))
            for value in ("x", None, [1, 2, 3], b"\1\2\3\4\5", ""):
                self.assertRaises(ValueError, written_field, name, value)

    def test_the_hardware_address(self):
        octets = bytes.fromhex("02005e00010a")
        for value in (MAC(octets.hex()), octets, bytearray(octets), list(octets), tuple(octets), "02:00:5e:00:01:0a"):
            self.assertEqual(written_field("chaddr", value), octets)
        self.assertEqual(read_field("chaddr", octets), MAC("02:00:5e:00:01:0a"))
        for value in (octets[:5], octets + b"\0", [1], None, "", [256] * 6):
            self.assertRaises(ValueError, written_field, "chaddr", value)

    def test_text_is_filled_up_with_zeros(self):
        for name, size in (("sname", 64), ("file", 128)):
            for value in ("boot", b"boot", list(b"boot"), tuple(b"boot"), Text("boot")):
                self.assertEqual(written_field(name, value), b"boot".ljust(size, b"\0"))
            self.assertEqual(written_field(name, "a" * size), b"a" * size)
            self.assertEqual((written_field(name, ""), written_field(name, [])), (bytes(size), bytes(size)))
            for value in ("a" * (size + 1), None, 5, [256]):
                self.assertRaises(ValueError, written_field, name, value)
            found = read_field(name, b"boot".ljust(size, b"\0"))
            self.assertEqual((len(found), found.rstrip("\0"), type(found)), (size, "boot", Text))

    def test_what_was_written_is_read_and_written_alike(self):
        for name, (offset, size) in DHCP_FIELDS.items():
            octets = bytes(range(offset, offset + size))
            self.assertEqual(written_field(name, read_field(name, octets)), octets)

    def test_there_is_no_other_field(self):
        for name in ("router", "", "OP"):
            self.assertRaises(LookupError, written_field, name, 1)
            self.assertRaises(LookupError, read_field, name, b"")
