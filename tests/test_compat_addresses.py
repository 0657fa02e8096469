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
