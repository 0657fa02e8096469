"""Messages as people read them."""

from twisted.trial.unittest import SynchronousTestCase

from sdhcp.wire import describe
from sdhcp.wire.message import Message

from .samples import ADDRESS, RELAY, message


class ValueTests(SynchronousTestCase):
    def test_addresses(self):
        self.assertEqual((describe.address(ADDRESS), describe.address(b"\1")), ("10.77.1.50", "0x01"))
        self.assertEqual((describe.hardware(b"\2\0\xff"), describe.hardware(b"")), ("02:00:ff", "no hardware address"))

    def test_options(self):
        for code, octets, shown in (
            (53, b"\1", "DISCOVER"),
            (53, b"\x63", "99"),
            (53, b"\1\1", "0x0101"),
            (55, b"\1\3", "1, 3"),
            (55, b"\1" * 255, ("1, " * 255)[:400] + "..."),
            (3, ADDRESS, "10.77.1.50"),
            (1, ADDRESS, "10.77.1.50"),
            (12, b"a\0", '"a"'),
            (12, b"\x1b[2J", "0x1b5b324a"),
            (12, b'say "\\"', '"say \\"\\\\\\""'),
            (12, b"x" * 300, '"' + "x" * 200 + '..."'),
            (61, bytes(300), "0x" + "00" * 200 + "... (300 octets)"),
            (61, b"\0", "0x00"),
            (80, b"", "present"),
            (26, b"\x05\xdc", "1500"),
            (121, b"\0\n\0\0\1", "0.0.0.0/0 via 10.0.0.1"),
            (119, b"\3a\x1bb\0", "a?b"),
            (43, b"\1\1a\2\1\0", '1="a", 2=0x00'),
            (43, b"\1\1a\2\x09bcde", "0x0101610209" + b"bcde".hex()),
            (6, b"\1" * 800, ("1.1.1.1, " * 200)[:400] + "..."),
            (43, b"", "0x"),
            (82, b"\1\4port\5\4\n\0\0\1\x63\1a\x0b\1\1", 'circuit_id="port", link_selection=10.0.0.1, '
             '99="a", server_identifier_override=0x01'),
            (82, b"\1", "0x01"),
            (0, b"ab", '"ab"'),
        ):  # fmt: skip
            self.assertEqual(describe.option(code, octets), shown)


class MessageTests(SynchronousTestCase):
    def test_one_line(self):
        line = describe.one_line(message(1, {50: ADDRESS}, giaddr=RELAY))
        self.assertEqual(
            line,
            "DISCOVER 02:00:5e:00:01:01 xid 01020304 giaddr 10.77.1.1 requested_ip_address=10.77.1.50",
        )

    def test_the_kind_of_bootp(self):
        self.assertEqual((describe.kind(message(None)), describe.kind(Message(op=2))), ("BOOTREQUEST", "BOOTREPLY"))

    def test_in_full(self):
        text = describe.in_full(message(1, {12: b"name"}, flags=0x8000, file=b"boot", secs=3))
        for part in ("DISCOVER", "secs 3", "(broadcast)", 'file "boot"', ' 12 hostname = "name"'):
            self.assertIn(part, text)
        self.assertNotIn("sname", text)
        self.assertNotIn("(broadcast)", describe.in_full(message(1)))
