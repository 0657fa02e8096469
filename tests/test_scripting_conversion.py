"""Lists of octets and the values that scripts turn them into."""

from twisted.trial.unittest import SynchronousTestCase

from sdhcp.scripting.conversion import (
    intsToList,
    intToList,
    ipsToList,
    ipToList,
    listToInt,
    listToInts,
    listToIP,
    listToIPs,
    listToLong,
    listToLongs,
    listToNumber,
    listToStr,
    longsToList,
    longToList,
    strToList,
    strToPaddedList,
)
from sdhcp.scripting.ipv4 import IPv4
from sdhcp.scripting.mac import MAC


class NumberTests(SynchronousTestCase):
    def test_octets_are_numbers(self):
        for convert in (list, tuple, bytes):
            octets = convert([1, 2, 3, 4, 5])
            self.assertEqual(listToNumber(octets), 0x0102030405)
            self.assertEqual((listToInt(octets), listToLong(octets)), (0x0102, 0x01020304))
        self.assertEqual((listToInt([5]), listToLong([1, 0]), listToNumber([])), (5, 256, 0))
        self.assertEqual(listToLong(IPv4("10.0.0.1")), 0x0A000001)

    def test_a_remainder_that_is_no_whole_number_is_left_out(self):
        self.assertEqual((listToInts([0, 1, 1, 0, 9]), listToInts([9]), listToInts([])), ([1, 256], [], []))
        self.assertEqual((listToLongs([0, 0, 0, 1, 0, 0, 1, 0, 9]), listToLongs([1, 2, 3])), ([1, 256], []))

    def test_numbers_are_octets_of_which_the_lowest_bits_count(self):
        self.assertEqual((intToList(258), intToList(0x12345), intToList(-1)), ([1, 2], [0x23, 0x45], [255, 255]))
        self.assertEqual(
            (longToList(1), longToList(1 << 32), longToList(-2)), ([0, 0, 0, 1], [0] * 4, [255] * 3 + [254])
        )
        self.assertEqual((intsToList([1, 258]), longsToList((1,))), ([0, 1, 1, 2], [0, 0, 0, 1]))

    def test_what_are_no_octets(self):
        self.assertRaises(TypeError, listToNumber, 5)
        self.assertRaises(ValueError, listToInt, [256])


class TextTests(SynchronousTestCase):
    def test_text_is_octets(self):
        for text in ("ab", b"ab", [97, 98], (97, 98)):
            self.assertEqual(strToList(text), [97, 98])
        self.assertEqual(strToList("ü"), [0xC3, 0xBC])
        self.assertEqual((strToPaddedList("ab", 4), strToPaddedList("abc", 2)), ([97, 98, 0, 0], [97, 98]))

    def test_octets_are_text_and_bytes(self):
        self.assertEqual((listToStr([97, 98]), listToStr((97, 98))), ("ab", b"ab"))


class AddressTests(SynchronousTestCase):
    def test_one_address(self):
        for value in (
            "10.0.0.1",
            [10, 0, 0, 1],
            (10, 0, 0, 1),
            0x0A000001,
            IPv4("10.0.0.1"),
            b"\x0a\0\0\1",
            b"10.0.0.1",
        ):
            self.assertEqual((listToIP(value), ipToList(value)), (IPv4("10.0.0.1"), [10, 0, 0, 1]))
        for value in ("", "10.0.0", [1, 2, 3], None):
            self.assertRaises(ValueError, listToIP, value)
            self.assertRaises(ValueError, ipToList, value)

    def test_several_addresses(self):
        self.assertEqual(listToIPs([10, 0, 0, 1, 10, 0, 0, 2, 9]), ["10.0.0.1", "10.0.0.2"])
        self.assertEqual((listToIPs([]), listToIPs([1, 2, 3])), ([], []))
        for value in (
            "10.0.0.1,10.0.0.2", "10.0.0.1, 10.0.0.2,", b"10.0.0.1,10.0.0.2", ["10.0.0.1", IPv4("10.0.0.2")],
            ([10, 0, 0, 1], (10, 0, 0, 2)), iter([0x0A000001, b"\x0a\0\0\2"]),
        ):  # fmt: skip
            self.assertEqual(ipsToList(value), [10, 0, 0, 1, 10, 0, 0, 2], value)

    def test_an_address_alone_is_one_address_and_a_number_in_a_list_is_one_too(self):
        self.assertEqual(ipsToList(IPv4("10.0.0.1")), [10, 0, 0, 1])
        self.assertEqual(ipsToList([1, 2]), [0, 0, 0, 1, 0, 0, 0, 2])
        self.assertEqual(ipsToList([]), [])

    def test_what_are_no_addresses(self):
        for value in ("", " , ", "10.0.0.1,x", None, 5, MAC("02:00:00:00:00:01"), [None]):
            self.assertRaises(ValueError, ipsToList, value)
