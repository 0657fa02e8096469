"""Definitions as code of a site's makes them: what each field takes, and what becomes of it."""

from twisted.trial.unittest import SynchronousTestCase

from sdhcp.compat import install
from sdhcp.scripting.definition import Definition
from sdhcp.scripting.ipv4 import IPv4

LISTS = {"gateways": None, "domain_name_servers": 3, "ntp_servers": 3}
"""Fields of several addresses, with how many they take."""
FIELDS = (
    "ip", "lease_time", "subnet", "serial", "hostname", "gateways", "subnet_mask", "broadcast_address", "domain_name",
    "domain_name_servers", "ntp_servers", "extra",
)  # fmt: skip


def made(**fields):
    return Definition(**{"ip": "10.0.0.5", "lease_time": 60, "subnet": "n", "serial": 0, **fields})


class FieldTests(SynchronousTestCase):
    def test_it_is_where_staticdhcpd_has_it(self):
        install()
        from staticdhcpdlib.databases import generic

        self.assertIs(generic.Definition, Definition)

    def test_fields_stand_in_their_order(self):
        values = (
            "10.0.0.5",
            60,
            "n",
            1,
            "h",
            "10.0.0.1",
            "255.0.0.0",
            "10.255.255.255",
            "d",
            "10.0.0.2",
            "10.0.0.3",
            {},
        )
        by_place, by_name = Definition(*values), Definition(**dict(zip(FIELDS, values, strict=True)))
        for name in FIELDS:
            self.assertEqual(getattr(by_place, name), getattr(by_name, name), name)
        self.assertEqual(
            (by_place.hostname, by_place.gateways, by_place.ntp_servers), ("h", ["10.0.0.1"], ["10.0.0.3"])
        )

    def test_all_but_four_may_be_left_out(self):
        own = made()
        self.assertEqual([getattr(own, name) for name in FIELDS[4:]], [None] * 8)
        for missing in FIELDS[:4]:
            fields = {"ip": "10.0.0.5", "lease_time": 60, "subnet": "n", "serial": 0}
            del fields[missing]
            self.assertRaises(TypeError, Definition, **fields)

    def test_ip_is_an_address_in_any_form(self):
        own = IPv4("10.0.0.5")
        self.assertIs(made(ip=own).ip, own)
        for form in ("10.0.0.5", b"10.0.0.5", 0x0A000005, [10, 0, 0, 5], (10, 0, 0, 5)):
            found = made(ip=form).ip
            self.assertEqual((type(found), found), (IPv4, own))

    def test_without_an_address_there_is_no_definition(self):
        for nothing in (None, "", 0, [], "0.0.0.0", IPv4(0), "nonsense", [10, 0, 0]):
            self.assertRaises(ValueError, made, ip=nothing)

    def test_lease_time_and_serial_are_whole_numbers(self):
        for name in ("lease_time", "serial"):
            for value, expected in ((60, 60), ("60", 60), (" 60 ", 60), (60.9, 60), (True, 1), (0, 0)):
                found = getattr(made(**{name: value}), name)
                self.assertEqual((found, type(found)), (expected, int))
            for value in ("1.5", "", "x"):
                self.assertRaises(ValueError, made, **{name: value})
            self.assertRaises(TypeError, made, **{name: None})

    def test_subnet_is_text(self):
        for value, expected in (("10.0.0.0/8", "10.0.0.0/8"), (5, "5"), (None, "None"), (IPv4(1), "0.0.0.1"), ("", "")):
            self.assertEqual(made(subnet=value).subnet, expected)

    def test_names_are_text_or_as_they_were_if_there_is_nothing_in_them(self):
        for name in ("hostname", "domain_name"):
            for value, expected in (
                ("h", "h"),
                (5, "5"),
                (b"h", "b'h'"),
                ("", ""),
                (None, None),
                (0, 0),
                (False, False),
            ):
                found = getattr(made(**{name: value}), name)
                self.assertEqual((found, type(found)), (expected, type(expected)))

    def test_mask_and_broadcast_address_are_addresses_or_none(self):
        for name in ("subnet_mask", "broadcast_address"):
            for value in ("255.0.0.0", 0xFF000000, [255, 0, 0, 0], IPv4("255.0.0.0")):
                found = getattr(made(**{name: value}), name)
                self.assertEqual((type(found), found), (IPv4, "255.0.0.0"))
            for nothing in (None, "", 0, [], ()):
                self.assertIsNone(getattr(made(**{name: nothing}), name))
            self.assertRaises(ValueError, made, **{name: "x"})

    def test_extra_is_stored_untouched(self):
        for value in ({"a": 1}, [1], "text", object(), 0):
            self.assertIs(made(extra=value).extra, value)


class AddressListTests(SynchronousTestCase):
    def lists(self, value, expected):
        for name in LISTS:
            found = getattr(made(**{name: value}), name)
            self.assertEqual(found, expected, name)
            self.assertEqual({type(one) for one in found}, {IPv4})

    def test_text_is_cut_at_commas(self):
        two = ["10.0.0.1", "10.0.0.2"]
        for text in ("10.0.0.1,10.0.0.2", "10.0.0.1, 10.0.0.2", " 10.0.0.1 ,10.0.0.2 "):
            self.lists(text, two)
        self.lists("10.0.0.1", ["10.0.0.1"])

    def test_empty_pieces_are_no_addresses(self):
        for text in ("10.0.0.1,", ",10.0.0.1", "10.0.0.1,,", "10.0.0.1, "):
            self.lists(text, ["10.0.0.1"])

    def test_collections_of_addresses_in_any_form(self):
        two = ["10.0.0.1", "10.0.0.2"]
        for value in (two, tuple(two), map(IPv4, two), [[10, 0, 0, 1], (10, 0, 0, 2)], [0x0A000001, "10.0.0.2"],
                      [IPv4("10.0.0.1"), 0x0A000002], dict.fromkeys(two)):  # fmt: skip
            for name in LISTS:
                # A generator is used up by the first.
                several = list(value) if isinstance(value, map) else value
                value = several
                self.assertEqual(getattr(made(**{name: several}), name), two, (name, several))
        self.assertEqual(made(gateways=(one for one in two)).gateways, two)
        self.assertEqual(sorted(made(gateways=set(two)).gateways), two)

    def test_an_address_alone_is_one(self):
        self.lists(IPv4("10.0.0.1"), ["10.0.0.1"])

    def test_octets_are_addresses_one_after_the_other(self):
        octets = [10, 0, 0, 1, 10, 0, 0, 2]
        for value in (octets, tuple(octets), bytes(octets), bytearray(octets)):
            self.lists(value, ["10.0.0.1", "10.0.0.2"])
        self.assertRaises(ValueError, made, gateways=[10, 0, 0, 1, 10])

    def test_nothing_is_none(self):
        for name in LISTS:
            for nothing in (None, "", [], (), 0, False, ","):
                self.assertIsNone(getattr(made(**{name: nothing}), name), (name, nothing))

    def test_a_number_alone_is_no_list(self):
        for name in LISTS:
            self.assertRaises(TypeError, made, **{name: 0x0A000001})

    def test_what_is_no_address_is_told(self):
        for name in LISTS:
            for value in ("x", "10.0.0.1,x", ["x"], [[1, 2]]):
                self.assertRaises(ValueError, made, **{name: value})

    def test_servers_are_three_at_most_and_gateways_as_many_as_there_are(self):
        five = [f"10.0.0.{number}" for number in range(1, 6)]
        for value in (five, ",".join(five), [IPv4(one) for one in five]):
            for name, most in LISTS.items():
                self.assertEqual(getattr(made(**{name: value}), name), five[:most])


class ObjectTests(SynchronousTestCase):
    def test_fields_may_be_changed_and_others_added(self):
        own = made()
        own.hostname, own.room = "renamed", 5
        self.assertEqual((own.hostname, own.room), ("renamed", 5))

    def test_each_is_itself_alone_and_true(self):
        one, other = made(), made()
        self.assertNotEqual(one, other)
        self.assertEqual((len({one, other}), bool(one)), (2, True))

    def test_it_may_be_inherited_from(self):
        class Own(Definition):
            """A site's."""

        own = Own("10.0.0.5", 60, "n", 0, hostname="h")
        self.assertTrue(isinstance(own, Definition) and own.hostname == "h")
