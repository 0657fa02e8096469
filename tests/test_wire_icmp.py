"""Echo messages, alone and in IPv4 packets."""

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sdhcp.wire import icmp
from sdhcp.wire.errors import WireError
from sdhcp.wire.frame import checksum

from .samples import ADDRESS, OTHER

NUMBERS = st.integers(0, 65535)
ECHOES = st.builds(icmp.Echo, st.sampled_from((icmp.ECHO, icmp.ECHO_REPLY)), NUMBERS, NUMBERS, st.binary(max_size=64))


def packet(payload, options=b"", protocol=1, fragment=0x4000):
    start = 20 + len(options)
    head = bytes((0x40 | start // 4, 0)) + (start + len(payload)).to_bytes(2, "big") + b"\0\0"
    head += fragment.to_bytes(2, "big") + bytes((64, protocol, 0, 0))
    return head + ADDRESS + OTHER + options + payload


class EchoTests(SynchronousTestCase):
    def test_a_question_octet_for_octet(self):
        self.assertEqual(
            icmp.encode(icmp.Echo(icmp.ECHO, 0x1234, 5, b"ab")).hex(), "0800" + "8464" + "12340005" + "6162"
        )

    @given(ECHOES)
    def test_what_was_written_is_read_again(self, echo):
        octets = icmp.encode(echo)
        self.assertEqual(checksum(octets), 0)
        self.assertEqual(icmp.decode(octets), echo)

    @given(ECHOES, st.data())
    def test_one_damaged_octet_makes_it_none(self, echo, data):
        octets = bytearray(icmp.encode(echo))
        octets[data.draw(st.integers(0, len(octets) - 1))] ^= data.draw(st.integers(1, 255))
        self.assertRaises(WireError, icmp.decode, bytes(octets))

    @given(st.binary(max_size=64))
    def test_decode_raises_nothing_but_wire_errors(self, octets):
        try:
            echo = icmp.decode(octets)
        except WireError as error:
            self.assertTrue(error.reason)
        else:
            self.assertEqual(icmp.decode(icmp.encode(echo)), echo)

    def test_other_messages_of_icmp_are_none(self):
        for kind, code in ((3, 1), (11, 0), (13, 0), (0, 1), (8, 9)):
            octets = bytes((kind, code, 0, 0)) + bytes(8)
            octets = octets[:2] + checksum(octets).to_bytes(2, "big") + octets[4:]
            self.assertRaises(WireError, icmp.decode, octets)


class PacketTests(SynchronousTestCase):
    @given(st.binary(max_size=64), st.integers(0, 10), st.binary(max_size=20))
    def test_the_message_is_found_behind_any_options_and_before_any_padding(self, payload, words, padding):
        self.assertEqual(icmp.unpack(packet(payload, bytes(4 * words)) + padding), (ADDRESS, payload))

    @given(st.one_of(st.binary(max_size=80), st.binary(max_size=80).map(lambda end: b"\x45" + end)))
    def test_unpack_raises_nothing_but_wire_errors(self, octets):
        try:
            source, payload = icmp.unpack(octets)
        except WireError as error:
            self.assertTrue(error.reason)
        else:
            self.assertEqual(source, octets[12:16])
            self.assertIn(payload, octets)

    def test_what_carries_no_whole_message_is_refused(self):
        good = packet(b"message")
        self.assertEqual(icmp.unpack(good), (ADDRESS, b"message"))
        for bad in (
            packet(b"message", protocol=17),
            packet(b"message", fragment=0x2000),
            packet(b"message", fragment=0x0001),
            good[:-1],
            good[:19],
            b"\x65" + good[1:],
            b"\x44" + good[1:],
            good[:2] + b"\0\x13" + good[4:],
        ):
            self.assertRaises(WireError, icmp.unpack, bad)
