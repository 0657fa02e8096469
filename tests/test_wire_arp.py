"""The question by ARP whether an address is in use, and what counts as its answer."""

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sdhcp.wire import arp
from sdhcp.wire.errors import WireError

from .samples import ADDRESS, MAC, OTHER

ADDRESSES = st.binary(min_size=4, max_size=4)
HARDWARE = st.binary(min_size=6, max_size=6)
TAGS = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 1), st.integers(0, 4095)), max_size=3).map(tuple)
PACKETS = st.builds(arp.Arp, st.integers(0, 65535), HARDWARE, ADDRESSES, HARDWARE, ADDRESSES)
ZERO = bytes(4)


def framed(packet, padding=b""):
    return bytes(12) + b"\x08\x06" + arp.encode(packet) + padding


class ArpTests(SynchronousTestCase):
    def test_a_probe_octet_for_octet(self):
        frame = arp.probe_frame(MAC, ADDRESS)
        body = "0001080006040001" + MAC.hex() + "00000000" + "000000000000" + ADDRESS.hex()
        self.assertEqual(frame.hex(), "ff" * 6 + MAC.hex() + "0806" + body)

    @given(HARDWARE, ADDRESSES, TAGS)
    def test_a_probe_is_read_as_one_whatever_its_tags_and_claims_nothing(self, own, address, tags):
        frame = arp.probe_frame(own, address, tags)
        self.assertEqual(len(frame), 42 + 4 * len(tags))
        read = arp.decode(frame)
        self.assertEqual(read, (arp.REQUEST, own, ZERO, bytes(6), address))
        self.assertFalse(read.claims)

    @given(PACKETS, st.binary(max_size=40))
    def test_what_was_written_is_read_again_whatever_pads_it(self, packet, padding):
        self.assertEqual(arp.decode(framed(packet, padding)), packet)

    @given(st.one_of(st.binary(max_size=80), st.binary(max_size=60).map(lambda end: bytes(12) + b"\x08\x06" + end)))
    def test_decode_raises_nothing_but_wire_errors(self, octets):
        try:
            read = arp.decode(octets)
        except WireError as error:
            self.assertTrue(error.reason)
        else:
            self.assertIn(arp.encode(read), octets)

    @given(PACKETS, st.data())
    def test_a_packet_that_was_cut_is_none(self, packet, data):
        frame = framed(packet)
        self.assertRaises(WireError, arp.decode, frame[: data.draw(st.integers(0, len(frame) - 1))])

    def test_other_protocols_are_none(self):
        good = framed(arp.Arp(arp.REPLY, MAC, ADDRESS, MAC, OTHER))
        self.assertEqual(arp.decode(good).sender, ADDRESS)
        for position in (12, 13, 14, 15, 16, 17, 18, 19):
            bad = bytearray(good)
            bad[position] ^= 0x40
            self.assertRaises(WireError, arp.decode, bytes(bad))

    def test_replies_and_announcements_claim_an_address(self):
        for operation, sender, target, claims in (
            (arp.REPLY, ADDRESS, OTHER, True),
            (arp.REPLY, ADDRESS, ADDRESS, True),
            (arp.REPLY, ZERO, OTHER, False),
            (arp.REQUEST, ADDRESS, ADDRESS, True),
            (arp.REQUEST, ADDRESS, OTHER, False),
            (arp.REQUEST, ZERO, ZERO, False),
            (3, ADDRESS, ADDRESS, False),
        ):
            self.assertEqual(arp.Arp(operation, MAC, sender, MAC, target).claims, claims)
