"""One message: read and written."""

from twisted.trial.unittest import SynchronousTestCase

from sdhcp.wire.constants import COOKIE
from sdhcp.wire.errors import BadCookie, Truncated
from sdhcp.wire.message import Message, decode, encode

from .samples import MAC, message

HEADER = encode(Message(chaddr=MAC, is_dhcp=False), minimum=236)


def read(area, **fields):
    """The options of a message whose area after the cookie is exactly some octets."""
    return decode(encode(Message(**fields, is_dhcp=False), minimum=0) + COOKIE + area).options


class DecodeTests(SynchronousTestCase):
    def test_a_cut_header(self):
        self.assertRaises(Truncated, decode, HEADER[:235])

    def test_a_header_alone_is_bootp(self):
        for area in (b"", bytes(64), bytes(400)):
            self.assertFalse(decode(HEADER + area).is_dhcp)

    def test_a_wrong_cookie(self):
        for area in (b"\1\2\3\4", bytes(10) + b"\1\2\3\4"):
            self.assertRaises(BadCookie, decode, HEADER + area)

    def test_zero_octets_before_the_cookie(self):
        self.assertEqual(decode(HEADER + bytes(7) + COOKIE + b"\x35\1\1\xff").message_type, 1)

    def test_an_option_that_is_cut(self):
        for area in (b"\x0c\5abc", b"\x0c"):
            self.assertRaises(Truncated, read, area)

    def test_pads_and_no_end(self):
        self.assertEqual(read(b"\0\0\x0c\1a\0\0"), {12: b"a"})

    def test_nothing_is_read_behind_the_end(self):
        self.assertEqual(read(b"\x0c\1a\xff\x0d\1"), {12: b"a"})

    def test_repeated_options_are_joined(self):
        self.assertEqual(read(b"\x0c\1a\x3c\1x\x0c\1b\x0c\1c\xff"), {12: b"abc", 60: b"x"})

    def test_a_message_without_a_type_has_type_0(self):
        self.assertEqual((message(None).message_type, Message(options={53: b""}).message_type), (0, 0))


class OverloadTests(SynchronousTestCase):
    FILE = b"\x0c\1f\xff"
    NAME = b"\0\x3c\1s"

    def test_each_value_tells_which_fields_hold_options(self):
        for value, found in ((1, {12: b"f"}), (2, {60: b"s"}), (3, {12: b"f", 60: b"s"}), (4, {})):
            data = encode(Message(file=self.FILE, sname=self.NAME, is_dhcp=False), minimum=0)
            read_message = decode(data + COOKIE + b"\x34\1" + bytes([value]) + b"\xff")
            self.assertEqual(read_message.options, found)
            self.assertEqual(any(read_message.file), value not in (1, 3))
            self.assertEqual(any(read_message.sname), value not in (2, 3))

    def test_an_option_goes_on_from_the_area_to_file_and_sname(self):
        options = read(b"\x34\1\3\x0c\1a\xff", file=b"\x0c\1b\x0c\1c", sname=b"\x0c\1d")
        self.assertEqual(options, {12: b"abcd"})

    def test_an_overload_of_another_length_means_nothing(self):
        self.assertEqual(read(b"\x34\2\1\1\x0c\1a\xff", file=self.FILE), {12: b"a"})

    def test_an_overload_inside_an_overloaded_field_means_nothing(self):
        self.assertEqual(read(b"\x34\1\1\xff", file=b"\x34\1\3\xff", sname=self.NAME), {})

    def test_a_cut_option_in_a_field(self):
        for field in (b"\x0c\xff", bytes(127) + b"\x0c"):
            self.assertRaises(Truncated, read, b"\x34\1\1\xff", file=field)

    def test_a_field_full_to_its_last_octet(self):
        self.assertEqual(read(b"\x34\1\1\xff", file=b"\x0c\x7e" + b"n" * 126), {12: b"n" * 126})


class EqualityTests(SynchronousTestCase):
    def test_by_fields_and_options(self):
        self.assertEqual(message(1), message(1))
        self.assertNotEqual(message(1), message(3))
        self.assertNotEqual(message(1), "a message")
        self.assertRaises(TypeError, hash, message(1))

    def test_shows_its_fields(self):
        self.assertIn("hlen=6", repr(message(1)))


class EncodeTests(SynchronousTestCase):
    def test_an_end_stands_after_the_options_and_padding_after_it(self):
        data = encode(message(1))
        self.assertEqual((len(data), data[240:]), (300, b"\x35\1\1\xff".ljust(60, b"\0")))

    def test_bootp_has_no_cookie(self):
        self.assertEqual(encode(Message(is_dhcp=False))[236:], bytes(64))
