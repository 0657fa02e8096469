"""Addresses as files that were written for staticDHCPd handle them."""

from twisted.trial.unittest import SynchronousTestCase

from sdhcp.scripting.definition import Definition
from sdhcp.scripting.ipv4 import IPv4
from sdhcp.scripting.mac import MAC


class AddressTests(SynchronousTestCase):
    def test_an_address_from_all_that_names_one(self):
        for value in (
            "10.0.0.255", " 10 . 000.0 .255", "10.0.0.255.7", 0x0A0000FF, b"10.0.0.255", [10, 0, 0, 255, 9],
            (10, "0", 0, 255), bytearray((10, 0, 0, 255)), IPv4("10.0.0.255"), iter((10, 0, 0, 255)),
        ):  # fmt: skip
            self.assertEqual(str(IPv4(value)), "10.0.0.255", value)

    def test_what_is_no_address(self):
        for value in ("", "10.0.0", "10.0.0.256", "a.b.c.d", -1, 1 << 32, [1, 2, 3], b"\x0a\0\0\xff", None, 1.5, {}):
            self.assertRaises(ValueError, IPv4, value)

    def test_an_address_is_compared_with_all_that_names_one(self):
        own = IPv4("10.0.0.1")
        for other in ("10.0.0.1", 0x0A000001, [10, 0, 0, 1], b"\x0a\0\0\1", IPv4("10.0.0.1")):
            self.assertEqual(own, other)
        for other in ("10.0.0.2", "no address", None, 0, "", [], object()):
            self.assertNotEqual(own, other)
        self.assertNotEqual(IPv4(0), 0)
        self.assertEqual(hash(own), hash((10, 0, 0, 1)))

    def test_an_address_is_its_octets(self):
        own = IPv4("10.0.0.1")
        self.assertEqual((own[0], own[-1], own[1:], list(own), len(own)), (10, 1, (0, 0, 1), [10, 0, 0, 1], 4))
        self.assertEqual((int(own), bytes(own), repr(own)), (0x0A000001, b"\x0a\0\0\1", "IPv4(10.0.0.1)"))
        self.assertEqual((bool(own), bool(IPv4(0))), (True, False))

    def test_addresses_have_an_order(self):
        self.assertEqual(sorted(map(IPv4, ("10.0.0.10", "9.0.0.1", "10.0.0.9"))), ["9.0.0.1", "10.0.0.9", "10.0.0.10"])
        self.assertTrue(IPv4("10.0.0.1") < "10.0.0.2")
        self.assertRaises(TypeError, lambda: IPv4("10.0.0.1") < None)

    def test_what_is_given_beside_addresses(self):
        self.assertEqual(
            (str(IPv4(True)), str(IPv4(0)), str(IPv4(0xFFFFFFFF))), ("0.0.0.1", "0.0.0.0", "255.255.255.255")
        )
        self.assertEqual(str(IPv4(octet for octet in (10, 0, 0, 1, 7))), "10.0.0.1")
        for value in ([10, 0, 0, 256], [10, 0, 0, -1], ["a", 0, 0, 1], [None] * 4, b"\xff" * 4, object()):
            self.assertRaises(ValueError, IPv4, value)

    def test_what_names_no_address_is_unlike_every_address(self):
        for other in ("x", "10.0.0", b"x", b"\xff" * 3, [1, 2, 3], (), {}, 1.5, -1, 1 << 32, object(), MAC(1), type):
            self.assertFalse(IPv4("10.0.0.1") == other)
            self.assertTrue(IPv4("10.0.0.1") != other)
        for other in (0, "", b"", [], None, False):
            self.assertFalse(IPv4(0) == other)
        self.assertTrue(IPv4(0) == "0.0.0.0" and IPv4(0) == b"\0\0\0\0" and IPv4(0) == [0, 0, 0, 0])
        self.assertTrue("10.0.0.1" == IPv4("10.0.0.1") and [10, 0, 0, 1] == IPv4("10.0.0.1"))

    def test_an_address_is_a_key_beside_its_octets(self):
        own = {IPv4("10.0.0.1"): 1}
        self.assertEqual((own[(10, 0, 0, 1)], own[IPv4("10.0.0.1")], own.get("10.0.0.1")), (1, 1, None))
        self.assertIn(IPv4("0.0.0.0"), (IPv4(0), "255.255.255.255", None))
        self.assertIn(IPv4("255.255.255.255"), (IPv4(0), "255.255.255.255", None))

    def test_an_address_is_cut_and_gone_through(self):
        own = IPv4("10.1.2.3")
        self.assertEqual((own[:3], own[::-1], tuple(own), own[-2]), ((10, 1, 2), (3, 2, 1, 10), (10, 1, 2, 3), 2))
        self.assertRaises(IndexError, lambda: own[4])
        self.assertIn(2, own)
        with self.assertRaises(TypeError):
            own[0] = 1

    def test_addresses_are_ordered_by_their_octets(self):
        own = IPv4("10.0.0.9")
        self.assertTrue(own < IPv4("10.0.0.10") and own <= "10.0.0.9" and own > [9, 0, 0, 0] and own >= 1)
        self.assertEqual(max(IPv4("10.0.0.10"), own), "10.0.0.10")
        self.assertEqual(min([("10.0.0.9", own), ("10.0.0.9", IPv4("10.0.0.8"))])[1], "10.0.0.8")
        for other in ("x", None, object()):
            self.assertRaises(TypeError, lambda other=other: own >= other)

    def test_an_address_from_octets_that_are_known_to_be_right(self):
        own = IPv4.of(b"\x0a\0\0\1")
        self.assertEqual(
            (type(own), own, hash(own), str(own)), (IPv4, IPv4("10.0.0.1"), hash((10, 0, 0, 1)), "10.0.0.1")
        )
        other = MAC.of(b"\2\0\0\0\0\1")
        self.assertEqual((type(other), other, bytes(other)), (MAC, "02:00:00:00:00:01", b"\2\0\0\0\0\1"))

    def test_subnets_are_given_in_any_form(self):
        own = IPv4("10.0.1.5")
        for address, prefix in (("10.0.1.0", IPv4("255.255.255.0")), (IPv4("10.0.1.0"), [255, 255, 255, 0]),
                                ([10, 0, 1, 0], 30 - 6), (0x0A000100, "255.255.0.0"), ("10.0.1.5", 32)):  # fmt: skip
            self.assertTrue(own.isSubnetMember(address, prefix))
        self.assertRaises(ValueError, own.isSubnetMember, "x", 24)
        self.assertRaises(ValueError, own.isSubnetMember, "10.0.1.0", "x")
        self.assertEqual(own.parseSubnet("10.0.0.0/0"), ("10.0.0.0", 0))

    def test_subnets(self):
        own = IPv4("10.0.1.5")
        for prefix, expected in ((24, True), (32, False), ("255.255.255.0", True), (25, True), (0, True)):
            self.assertEqual(own.isSubnetMember("10.0.1.0", prefix), expected, prefix)
        self.assertFalse(own.isSubnetMember("10.0.2.0", 24))
        for prefix in (-1, 33):
            self.assertRaises(ValueError, own.isSubnetMember, "10.0.1.0", prefix)
        self.assertEqual(IPv4.parseSubnet("10.0.0.0/24"), ("10.0.0.0", 24))
        self.assertEqual(IPv4.parseSubnet("10.0.0.0/255.0.0.0"), ("10.0.0.0", "255.0.0.0"))
        self.assertRaises(ValueError, IPv4.parseSubnet, "10.0.0.0")


class HardwareAddressTests(SynchronousTestCase):
    def test_from_all_that_names_one(self):
        for value in ("02:00:5E:00:01:0a", "0200.5e00.010a", "02005e00010a", 0x02005E00010A, [2, 0, 0x5E, 0, 1, 10]):
            own = MAC(value)
            self.assertEqual((str(own), repr(own)), ("02:00:5e:00:01:0a", "MAC('02:00:5e:00:01:0a')"))
            self.assertEqual((int(own), bytes(own)), (0x02005E00010A, bytes.fromhex("02005e00010a")))
            self.assertEqual(own, value)
        for value in ("", "02:00", "02:00:5e:00:01:0a:0b", 1 << 48, -1, [1] * 5, [1] * 7, [256] * 6, None):
            self.assertRaises(ValueError, MAC, value)

    def test_text_has_twelve_digits_among_anything(self):
        for value in (
            "02-00-5E-00-01-0A",
            "02 00 5e 00 01 0a",
            "0x02005e00010a"[2:],
            b"02:00:5e:00:01:0a",
            "{02.00.5E}:00010A",
        ):
            self.assertEqual(str(MAC(value)), "02:00:5e:00:01:0a")
        for value in ("02:00:5e:00:01:0g", "0x02005e00010a", b"\xff" * 6, [1, 2, 3, 4, 5, "x"], object(), 1.5):
            self.assertRaises(ValueError, MAC, value)

    def test_is_compared_with_all_that_names_one_and_unlike_everything_else(self):
        own = MAC("02:00:5e:00:01:0a")
        for other in ("02-00-5E-00-01-0A", 0x02005E00010A, (2, 0, 0x5E, 0, 1, 10), bytes(own), MAC(own)):
            self.assertTrue(own == other and not own != other)
        for other in ("x", "", None, 0, [], b"x", [1] * 5, object(), IPv4(1), "02:00:5e:00:01:0b"):
            self.assertTrue(own != other and not own == other)
        self.assertFalse(MAC(0) == 0)

    def test_is_its_octets(self):
        own = MAC("02:00:5e:00:01:0a")
        self.assertEqual(
            (own[0], own[-1], own[:3], list(own), len(own)), (2, 10, (2, 0, 0x5E), [2, 0, 0x5E, 0, 1, 10], 6)
        )
        self.assertEqual((bool(own), bool(MAC(0)), hash(own)), (True, False, hash((2, 0, 0x5E, 0, 1, 10))))
        self.assertEqual({own: 1}[(2, 0, 0x5E, 0, 1, 10)], 1)

    def test_has_an_order(self):
        self.assertEqual(sorted([MAC(3), MAC(1), MAC(2)]), [1, 2, 3])
        self.assertTrue(MAC(1) < "00:00:00:00:00:02" and MAC(2) >= MAC(2))
        self.assertRaises(TypeError, lambda: MAC(1) < "x")


class DefinitionTests(SynchronousTestCase):
    def test_fields_are_what_a_site_expects_of_them(self):
        own = Definition(
            "10.0.0.5", "60", 5, "1", "", "10.0.0.1, 10.0.0.2,", "255.255.255.0", None, "example.org",
            ["10.0.0.53", IPv4("10.0.0.54"), [10, 0, 0, 55], "10.0.0.56"], b"\x0a\0\0\1\x0a\0\0\2", {"a": 1},
        )  # fmt: skip
        self.assertEqual((own.ip, own.lease_time, own.subnet, own.serial), (IPv4("10.0.0.5"), 60, "5", 1))
        self.assertEqual((own.hostname, own.broadcast_address, own.extra), ("", None, {"a": 1}))
        self.assertEqual(own.gateways, ["10.0.0.1", "10.0.0.2"])
        self.assertEqual(own.domain_name_servers, ["10.0.0.53", "10.0.0.54", "10.0.0.55"])
        self.assertEqual(own.ntp_servers, ["10.0.0.1", "10.0.0.2"])
        self.assertIsNone(Definition(IPv4("10.0.0.5"), 60, "a", 0, gateways=[]).gateways)

    def test_what_makes_no_definition(self):
        for ip, lease_time, kind in (
            (None, 60, ValueError), ("0.0.0.0", 60, ValueError), ("10.0.0.1", "1.5", ValueError),
            ("10.0.0.1", None, TypeError),
        ):  # fmt: skip
            self.assertRaises(kind, Definition, ip, lease_time, "a", 0)
        self.assertRaises(TypeError, Definition, "10.0.0.1", 60, "a", 0, gateways=5)
