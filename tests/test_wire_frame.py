"""Frames that carry replies (row W19)."""

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sdhcp.wire.errors import Truncated, WireError
from sdhcp.wire.frame import checksum, datagram, udp_frame

ADDRESS = st.binary(min_size=4, max_size=4)
HARDWARE = st.binary(min_size=6, max_size=6)
PORT = st.integers(0, 65535)


def ones_complement_sum(data):
    """The sum that a receiver makes, word by word (RFC 1071)."""
    total = 0
    for high, low in zip(data[::2], data[1::2] + b"\0", strict=False):
        total += high << 8 | low
        total = (total & 0xFFFF) + (total >> 16)
    return total


class FrameTests(SynchronousTestCase):
    @given(HARDWARE, HARDWARE, ADDRESS, PORT, ADDRESS, PORT, st.binary(max_size=1472))
    def test_W19(self, source_hardware, hardware, source, source_port, ip, port, data):
        """A reply that is sent as a frame has right checksums and a TTL over one (RFC 791, RFC 768)."""
        frame = udp_frame(source_hardware, hardware, source, source_port, ip, port, data)
        self.assertEqual(frame[:14], hardware + source_hardware + b"\x08\x00")
        header, udp = frame[14:34], frame[34:]
        self.assertEqual(ones_complement_sum(header), 0xFFFF)
        self.assertGreater(header[8], 1)
        self.assertEqual(int.from_bytes(header[2:4], "big"), len(frame) - 14)
        self.assertEqual((header[12:16], header[16:20]), (source, ip))
        length = int.from_bytes(udp[4:6], "big")
        self.assertEqual((udp[:2], udp[2:4]), (source_port.to_bytes(2, "big"), port.to_bytes(2, "big")))
        self.assertEqual((length, udp[8:]), (len(udp), data))
        self.assertNotEqual(udp[6:8], b"\0\0")
        self.assertEqual(ones_complement_sum(source + ip + b"\0\x11" + udp[4:6] + udp), 0xFFFF)

    @given(st.binary(max_size=64))
    def test_the_checksum_is_what_makes_the_sum_all_ones(self, data):
        padded = data + b"\0" * (len(data) % 2)
        self.assertEqual(ones_complement_sum(padded + checksum(data).to_bytes(2, "big")), 0xFFFF)

    def test_tags_stand_outermost_first(self):
        frame = udp_frame(bytes(6), bytes(6), bytes(4), 67, bytes(4), 68, b"", ((7, 1, 4095), (0, 0, 1)))
        self.assertEqual(frame[12:22].hex(), "8100ffff810000010800")

    @given(ADDRESS, PORT, ADDRESS, PORT, st.binary(max_size=600), st.binary(max_size=20))
    def test_what_a_frame_carries_is_read_without_its_padding(self, source, source_port, ip, port, data, padding):
        packet = udp_frame(bytes(6), bytes(6), source, source_port, ip, port, data)[14:]
        self.assertEqual(datagram(packet + padding), (source, source_port, ip, port, data))

    def test_what_carries_no_whole_datagram_is_refused(self):
        whole = udp_frame(bytes(6), bytes(6), bytes(4), 67, bytes(4), 68, b"data")[14:]
        for at, value in ((0, 0x65), (0, 0x44), (9, 6), (6, 0x20), (7, 1)):
            self.assertRaises(WireError, datagram, whole[:at] + bytes((value,)) + whole[at + 1 :])
        for packet in (b"", whole[:19], whole[:-1], b"\x4f" + whole[1:], whole[:25] + b"\x0d" + whole[26:]):
            self.assertRaises(Truncated, datagram, packet)
        self.assertRaises(Truncated, datagram, whole[:25] + b"\x07" + whole[26:])
