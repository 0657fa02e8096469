"""The values that scripts give to options."""

from twisted.trial.unittest import SynchronousTestCase

from sdhcp.scripting.constants import DHCP_FIELDS, DHCP_OPTIONS, VALUE_TYPES
from sdhcp.scripting.ipv4 import IPv4
from sdhcp.scripting.mac import MAC
from sdhcp.scripting.option_values import is_field, option_code, option_name, read, written
from sdhcp.scripting.option_writing import Numbers
from sdhcp.scripting.rfc import rfc1035_plus, rfc3442_121, rfc5678_139
from sdhcp.scripting.text import Text

ONE = b"\x0a\0\0\1"
TWO = b"\x0a\0\0\1\x0a\0\0\2"


class NamingTests(SynchronousTestCase):
    def test_an_option_has_a_code_by_number_and_by_name(self):
        for name, code in DHCP_OPTIONS.items():
            self.assertEqual((option_code(name), option_code(code), option_name(code)), (code, code, name))
        for code in range(1, 255):
            self.assertEqual(option_code(option_name(code)), code)

    def test_what_is_no_option(self):
        for option in (0, 255, -1, 256, "nothing", "", "66", None, 1.0, *DHCP_FIELDS):
            self.assertRaises(LookupError, option_code, option)
        self.assertIn("field of the header", str(self.assertRaises(LookupError, option_code, "siaddr")))

    def test_fields_are_known_by_name(self):
        self.assertTrue(all(map(is_field, DHCP_FIELDS)))
        for option in ("router", 1, None, "OP", []):
            self.assertFalse(is_field(option))


class WritingTests(SynchronousTestCase):
    def codes(self, *kinds):
        return [code for code, kind in VALUE_TYPES.items() if kind in kinds]

    def each(self, codes, cases):
        for code in codes:
            for value, expected in cases:
                self.assertEqual(written(code, value), expected, (code, value))

    def refused(self, codes, *values):
        for code in codes:
            for value in values:
                error = self.assertRaises(ValueError, written, code, value)
                self.assertIn(f"option {code} ({option_name(code)})", str(error))
                self.assertIn("expected", str(error))

    def test_one_address(self):
        forms = ("10.0.0.1", b"10.0.0.1", 0x0A000001, IPv4("10.0.0.1"), [10, 0, 0, 1], (10, 0, 0, 1), ONE, ["10.0.0.1"])
        self.each(self.codes("ipv4"), [(form, ONE) for form in forms])
        self.refused(self.codes("ipv4"), "", "10.0.0", None, [], [1, 2, 3], [1, 2, 3, 4, 5], b"\0\0\0", -1, 1 << 32, {})

    def test_addresses(self):
        own = IPv4("10.0.0.1")
        forms = (
            "10.0.0.1,10.0.0.2", "10.0.0.1, 10.0.0.2,", b"10.0.0.1,10.0.0.2", ["10.0.0.1", "10.0.0.2"],
            (own, "10.0.0.2"), [[10, 0, 0, 1], (10, 0, 0, 2)], list(TWO), TWO, [0x0A000001, 0x0A000002],
            {own: 1, "10.0.0.2": 2}.keys(), [ONE, TWO[4:]],
        )  # fmt: skip
        self.each(self.codes("ipv4+", "ipv4*"), [(form, TWO) for form in forms])
        self.each(self.codes("ipv4+", "ipv4*"), [(own, ONE), ("10.0.0.1", ONE), (0x0A000001, ONE), ([own], ONE)])
        self.refused(self.codes("ipv4+", "ipv4*"), "x", None, [1, 2, 3], b"\0\0\0", {}, {1: 2}, 1.5, MAC(1))
        self.refused(self.codes("ipv4+"), "", [], b"")
        self.each([68], [("", b""), ([], b"")])

    def test_numbers(self):
        self.each(self.codes("byte"), [(5, b"\5"), ([5], b"\5"), (b"\5", b"\5"), (255, b"\xff")])
        self.refused(self.codes("byte"), 256, 300, -1, "5", None, [], [1, 2], [300], 1.0)
        self.each(self.codes("16-bits"), [(5, b"\0\5"), (65535, b"\xff\xff"), (-2, b"\xff\xfe"), ([1, 2], b"\1\2"),
                                          (b"\1\2", b"\1\2"), ([5], b"\0\5"), ([300], b"\1\x2c")])  # fmt: skip
        self.refused(self.codes("16-bits"), 65536, -32769, "5", None, [], [1, 2, 3], b"\1", 1.0)
        self.each(self.codes("32-bits"), [(5, b"\0\0\0\5"), (0xFFFFFFFF, b"\xff" * 4), (-1, b"\xff" * 4),
                                          ([1, 2, 3, 4], b"\1\2\3\4"), ([60], b"\0\0\0\x3c")])  # fmt: skip
        self.refused(self.codes("32-bits"), 1 << 32, -(1 << 31) - 1, "5", None, [], [1, 2], [1, 300], 3600.0)

    def test_lists_of_numbers(self):
        self.each(self.codes("16-bits+"), [([300, 1], b"\1\x2c\0\1"), ([6], b"\0\6"), (6, b"\0\6"), ([0, 7], b"\0\7"),
                                           ([0, 7, 9], b"\0\0\0\7\0\x09"), (b"\0\7", b"\0\7"), ((300,), b"\1\x2c"),
                                           (Numbers([0, 7]), b"\0\0\0\7")])  # fmt: skip
        self.refused(self.codes("16-bits+"), [], "6", None, [65536], [-40000], ["6"], b"\0", 1.5)

    def test_client_identifiers(self):
        self.each(
            [61], [([1, 2, 3], b"\1\2\3"), (b"\1\2\3", b"\1\2\3"), ([300, 1], b"\1\x2c\0\1"), (Numbers([1]), b"\0\1")]
        )
        self.refused([61], [], b"\1", None, "abc", [65536])

    def test_text(self):
        self.each(self.codes("string"), [("zürich", "zürich".encode()), (b"\xff", b"\xff"), ([97], b"a"), ("", b""),
                                         (Text("a"), b"a"), (IPv4(1), b"0.0.0.1"),
                                         (MAC(1), b"00:00:00:00:00:01")])  # fmt: skip
        self.refused(self.codes("string"), None, 5, [300], 1.5, True)

    def test_octets(self):
        self.each(self.codes("byte+"), [([1, 2], b"\1\2"), (b"\1", b"\1"), ("a", b"a"), (5, b"\5"),
                                        (MAC(1), b"\0" * 5 + b"\1"),
                                        ({1: [5], 2: "a"}, b"\1\1\5\2\1a")])  # fmt: skip
        self.refused(self.codes("byte+"), [], b"", None, [300], 300, {1: [1] * 300}, {300: [1]}, 1.5)

    def test_true_and_false(self):
        self.each(self.codes("bool"), [(True, b"\1"), (False, b"\0"), (1, b"\1"), (0, b"\0"), ([1], b"\1"),
                                       ([0], b"\0"), ([True], b"\1"), (b"\0", b"\0")])  # fmt: skip
        self.refused(self.codes("bool"), None, [], [1, 0], 2, "true", "")

    def test_no_value(self):
        self.each([80], [(None, b""), ([], b""), ((), b""), (b"", b""), (True, b"")])
        self.refused([80], [1], False, 5)

    def test_options_without_a_type(self):
        self.each(self.codes("unassigned"), [("a", b"a"), ([1, 300 - 45], b"\1\xff"), (b"\xff", b"\xff"), ([], b"")])
        self.refused(self.codes("unassigned"), None, 5, [256], [-1], [1.5], {})
        self.each([150], [("10.0.0.1", ONE), ([10, 0, 0, 1], ONE), ([IPv4("10.0.0.1")], ONE)])
        self.each([252, 160], [("http://a", b"http://a"), (b"a", b"a"), ([97], b"a")])
        self.each([249], [([(("10.0.0.0", 8), "10.0.0.1")], b"\x08\x0a" + ONE), ([8, 10], b"\x08\x0a")])

    def test_objects_are_taken_by_every_option_that_has_room_for_them(self):
        own = rfc1035_plus("a.b")
        for code in (*self.codes("unassigned", "string", "byte+"), 61, 119, 120, 121, 78, 90):
            self.assertEqual(written(code, own), b"\1a\1b\0")
        self.refused(self.codes("ipv4"), own)

    def test_options_with_a_form_of_their_own(self):
        route = (("10.0.0.0", 8), "10.0.0.1")
        for code, value, expected in (
            (119, "a.b", b"\1a\1b\0"), (119, ["a", "b."], b"\1a\0\1b\0"), (88, "a", b"\1a\0"), (137, "a", b"\1a\0"),
            (120, "10.0.0.1", b"\1" + ONE), (120, "a", b"\0\1a\0"), (121, [route], b"\x08\x0a" + ONE),
            (121, rfc3442_121([route]), b"\x08\x0a" + ONE), (78, "10.0.0.1", b"\0" + ONE), (79, (True, "a"), b"\1a"),
            (83, (1, 2, 3, 4, "10.0.0.1"), b"\0\1\0\2\0\3\0\0\0\4" + ONE), (139, [(1, "10.0.0.1")], b"\1\4" + ONE),
            (139, rfc5678_139((1, "10.0.0.1")), b"\1\4" + ONE), (140, [(1, "a")], b"\1\3\1a\0"), (90, [1, 2], b"\1\2"),
            (124, {9: [1]}, b"\0\0\0\x09\1\1"), (124, [(9, b"\1")], b"\0\0\0\x09\1\1"), (124, "raw", b"raw"),
            (125, {9: {1: [2]}}, b"\0\0\0\x09\3\1\1\2"), (125, [(9, [(1, [2])])], b"\0\0\0\x09\3\1\1\2"),
        ):  # fmt: skip
            self.assertEqual(written(code, value), expected, (code, value))
        for code in (78, 79, 83, 88, 119, 120, 121, 137, 139, 140):
            self.assertEqual((written(code, [1, 2, 3]), written(code, b"\1\2\3")), (b"\1\2\3", b"\1\2\3"))
            self.refused([code], None, 5)
        self.refused([119], "", "a" * 64)
        self.refused([121], "10.0.0.0/8", [(("10.0.0.0", 40), "10.0.0.1")])
        self.refused([124, 125], None, 5, {1: 5})

    def test_sizes_are_not_checked_if_told_so_but_numbers_are(self):
        for code, value, expected in (
            (1, [1, 2, 3], b"\1\2\3"), (3, [1, 2, 3], b"\1\2\3"), (51, b"\1", b"\1"), (55, [], b""), (61, [], b""),
            (80, [1], b"\1"), (93, [6], b"\0\6"), (1, b"\1", b"\1"),
        ):  # fmt: skip
            self.assertEqual(written(code, value, validate=False), expected)
        self.assertRaises(ValueError, written, 23, 300, False)

    def test_what_is_no_option_has_no_value(self):
        for code in (0, 255, "siaddr"):
            self.assertRaises(LookupError, written, code, [1])
            self.assertRaises(LookupError, read, code, b"")
