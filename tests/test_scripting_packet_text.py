"""A packet of a script as text for people."""

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sdhcp.scripting.constants import DHCP_FIELDS
from sdhcp.scripting.mac import MAC
from sdhcp.scripting.option_values import is_field, option_code, option_name
from sdhcp.scripting.packet_text import describe


class SmallPacket:
    """The part of a packet that its text is made of."""

    def __init__(self, header=bytes(240), options=(), selected=None):
        self.header = header
        self.options = dict(options)
        self.selected = selected

    def getOption(self, option, convert=False):
        if is_field(option):
            offset, size = DHCP_FIELDS[option]
            return list(self.header[offset : offset + size])
        octets = self.options.get(option_code(option))
        return None if octets is None else list(octets)

    def getSelectedOptions(self, translate=False):
        return tuple(
            option_name(code) if translate else code for code in sorted(self.options) if self.isSelectedOption(code)
        )

    def isSelectedOption(self, option):
        return option in self.options and (self.selected is None or option in self.selected)

    def getHardwareAddress(self):
        if 0 < self.header[2] < 6:
            raise ValueError("no hardware address")
        return MAC(list(self.header[28:34]))


HEADER = (
    b"\1\1\6\0" + b"\x12\x34\x56\x78" + b"\0\x07\x80\0" + bytes(4) + b"\x0a\0\0\5" + b"\x0a\0\0\1" + bytes(4)
    + bytes.fromhex("02005e00010a") + bytes(10) + b"boot".ljust(64, b"\0") + bytes(128) + b"\x63\x82\x53\x63"
)  # fmt: skip


class DescribeTests(SynchronousTestCase):
    def test_fields_and_options_have_a_line_each(self):
        options = {1: b"\xff\xff\xff\0", 53: b"\1", 55: b"\1\3\6", 82: b"\1\1a", 224: b"\1\2", 119: b"\1a\1b\0"}
        lines = describe(SmallPacket(HEADER, options, {1, 53, 224})).splitlines()
        fields = dict(line.split(None, 1) for line in lines[1:12] if " " in line)
        for name, value in (
            ("op", "BOOTREQUEST"), ("hwmac", "02:00:5e:00:01:0a"), ("flags", "0x8000 (broadcast)"), ("hops", "0"),
            ("secs", "7"), ("xid", "0x12345678"), ("siaddr", "10.0.0.1"), ("giaddr", "0.0.0.0"), ("ciaddr", "0.0.0.0"),
            ("yiaddr", "10.0.0.5"), ("sname", '"boot"'),
        ):  # fmt: skip
            self.assertEqual(fields[name], value)
        self.assertIn("file", lines)
        self.assertEqual(
            [line for line in lines if line.startswith("[")],
            [
                "[X] 001 subnet_mask: 255.255.255.0",
                "[X] 053 dhcp_message_type: DISCOVER",
                "[ ] 055 parameter_request_list: subnet_mask, dhcp_message_type, option_224",
                '[ ] 082 relay_agent: circuit_id="a"',
                "[ ] 119 domain_search: a.b",
                "[X] 224 option_224: 0x0102",
            ],
        )

    def test_what_has_no_name_is_shown_as_it_is(self):
        shown = describe(SmallPacket(b"\x07\1\3" + bytes(25) + b"\1\2\3\4\5\6" + bytes(206)))
        self.assertIn("op      7", shown)
        self.assertIn("hwmac   01:02:03:04:05:06", shown)

    @given(
        st.binary(min_size=240, max_size=240),
        st.dictionaries(st.integers(1, 254), st.binary(max_size=300)),
        st.booleans(),
    )
    def test_whatever_a_client_sends_is_printable(self, header, options, everything):
        shown = describe(SmallPacket(header, options, None if everything else ()))
        self.assertTrue(all(line.isprintable() for line in shown.split("\n")))
        self.assertEqual(shown.count("\n["), len(options))
