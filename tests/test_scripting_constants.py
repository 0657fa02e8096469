"""The tables of names and numbers that scripts look things up in."""

from collections import Counter, defaultdict

from twisted.trial.unittest import SynchronousTestCase

from sdhcp.scripting import constants
from sdhcp.scripting.constants import (
    DHCP_FIELDS,
    DHCP_FIELDS_SPECS,
    DHCP_FIELDS_TEXT,
    DHCP_FIELDS_TYPES,
    DHCP_OP_NAMES,
    DHCP_OPTIONS,
    DHCP_OPTIONS_REVERSE,
    DHCP_OPTIONS_TYPES,
    DHCP_TYPE_NAMES,
    VALUE_TYPES,
)
from sdhcp.wire.registry import lookup


class OptionTableTests(SynchronousTestCase):
    def test_names_and_codes_are_those_of_the_wire_format(self):
        self.assertEqual(len(DHCP_OPTIONS), 130)
        for name, code in DHCP_OPTIONS.items():
            self.assertEqual((lookup(name).code, lookup(code).name), (code, name))
            self.assertEqual(DHCP_OPTIONS_REVERSE[code], name)

    def test_options_without_a_type_have_no_name_here(self):
        for code in (84, 96, 108, 150, 162, 224, 249, 252, 254):
            self.assertNotIn(code, DHCP_OPTIONS_REVERSE)
        self.assertNotIn("tftp_server_addresses", DHCP_OPTIONS)

    def test_every_number_from_0_to_255_has_a_type(self):
        found = Counter(DHCP_OPTIONS_TYPES[code] for code in range(256))
        expected = {
            "pad": 1, "end": 1, "ipv4": 7, "ipv4+": 31, "ipv4*": 1, "byte": 5, "byte+": 10, "string": 36, "bool": 10,
            "16-bits": 4, "16-bits+": 3, "32-bits": 10, "identifier": 1, "none": 1, "reserved": 31, "unassigned": 93,
        }  # fmt: skip
        self.assertEqual({kind: count for kind, count in found.items() if not kind.startswith("RFC")}, expected)
        self.assertEqual(sum(kind.startswith("RFC") for kind in found.elements()), 11)

    def test_types_of_some_options(self):
        for name, kind in (
            ("subnet_mask", "ipv4"), ("router", "ipv4+"), ("mobile_ip_home_agent", "ipv4*"), ("hostname", "string"),
            ("ip_forwarding", "bool"), ("interface_mtu", "16-bits"), ("path_mtu_table", "16-bits+"),
            ("overload", "byte"),
            ("ip_address_lease_time", "32-bits"), ("client_identifier", "identifier"), ("rapid_commit", "none"),
            ("relay_agent", "byte+"), ("vendor_class", "string"), ("domain_search", "RFC3397_119"),
            ("authentication", "RFC3118_90"), ("ipxe_test", "string"), ("pana_agent", "ipv4+"),
        ):  # fmt: skip
            self.assertEqual(DHCP_OPTIONS_TYPES[DHCP_OPTIONS[name]], kind, name)

    def test_asking_for_what_has_no_type_leaves_nothing_behind(self):
        self.assertIsInstance(DHCP_OPTIONS_TYPES, defaultdict)
        before = len(DHCP_OPTIONS_TYPES)
        self.assertEqual((DHCP_OPTIONS_TYPES[150], DHCP_OPTIONS_TYPES[1000]), ("unassigned", "unassigned"))
        self.assertEqual(len(DHCP_OPTIONS_TYPES), before)
        self.assertNotIn(150, DHCP_OPTIONS_TYPES)

    def test_options_beyond_the_table_have_the_type_of_their_rfc(self):
        self.assertEqual(sorted(VALUE_TYPES), list(range(1, 255)))
        self.assertEqual(
            [VALUE_TYPES[code] for code in (108, 150, 160, 249, 252, 253)],
            ["32-bits", "ipv4+", "string", "RFC3442_121", "string", "unassigned"],
        )
        for code in DHCP_OPTIONS_REVERSE:
            self.assertEqual(VALUE_TYPES[code], DHCP_OPTIONS_TYPES[code])


class OtherTableTests(SynchronousTestCase):
    def test_fields_of_the_header(self):
        self.assertEqual(
            DHCP_FIELDS,
            {
                "op": (0, 1), "htype": (1, 1), "hlen": (2, 1), "hops": (3, 1), "xid": (4, 4), "secs": (8, 2),
                "flags": (10, 2), "ciaddr": (12, 4), "yiaddr": (16, 4), "siaddr": (20, 4), "giaddr": (24, 4),
                "chaddr": (28, 6), "sname": (44, 64), "file": (108, 128),
            },
        )  # fmt: skip
        self.assertEqual(set(DHCP_FIELDS_TYPES), set(DHCP_FIELDS))
        self.assertEqual(
            [DHCP_FIELDS_TYPES[name] for name in ("xid", "chaddr", "file")], ["32-bits", "hwmac", "string"]
        )
        self.assertEqual(DHCP_FIELDS_TEXT, ("sname", "file"))
        for name in DHCP_FIELDS:
            self.assertEqual(getattr(constants, f"FIELD_{name.upper()}"), name)

    def test_sizes_by_type(self):
        for kind, size in (
            ("ipv4", (4, 0, 1)), ("ipv4+", (0, 4, 4)), ("ipv4*", (0, 0, 4)), ("identifier", (0, 2, 1)),
            ("16-bits+", (0, 2, 2)), ("32-bits+", (0, 4, 4)), ("none", (0, 0, 1)), ("byte+", (0, 1, 1)),
        ):  # fmt: skip
            self.assertEqual(DHCP_FIELDS_SPECS[kind], size)

    def test_names_of_messages(self):
        self.assertEqual(DHCP_OP_NAMES, {0: "ERROR_UNDEF", 1: "BOOTREQUEST", 2: "BOOTREPLY"})
        self.assertEqual([DHCP_TYPE_NAMES[kind] for kind in (0, 1, 9, 13)],
                         ["ERROR_UNDEF", "DHCP_DISCOVER", "DHCP_FORCERENEW", "DHCP_LEASEACTIVE"])  # fmt: skip
        self.assertEqual(len(DHCP_TYPE_NAMES), 14)
        self.assertEqual(list(constants.MAGIC_COOKIE), list(constants.MAGIC_COOKIE_ARRAY))
        self.assertEqual(constants.MAGIC_COOKIE.hex(), "63825363")

    def test_what_a_star_import_brings(self):
        self.assertLessEqual({"TYPE_IPV4_MULT", "FIELD_FILE", "DHCP_OPTIONS", "MAGIC_COOKIE"}, set(constants.__all__))
        self.assertFalse([name for name in constants.__all__ if not hasattr(constants, name)])
