"""Pools in conf.py: what they may say, and what is told of those that are not in order."""

from twisted.trial.unittest import SynchronousTestCase

from sdhcp.leases.settings import BadPool, overlaps, rules_of
from sdhcp.model import Query
from sdhcp.pools import Pool
from sdhcp.wire.constants import DISCOVER

from .samples import FRAMES, RELAY, arrival, ip, message

SUBNET = "10.77.1.0/24"


def pool(ranges="10.77.1.100-10.77.1.199", name="guests", **more):
    return rules_of(Pool(name, ranges, **{"subnet": SUBNET, **more}))


def query(options=None, giaddr=RELAY, interface="eth0", **fields):
    local = FRAMES._replace(interface=interface)
    return Query(message(DISCOVER, options, giaddr=giaddr, **fields), arrival(local))


class AddressTests(SynchronousTestCase):
    def test_ranges_have_several_forms(self):
        for ranges, size in (
            ("10.77.1.100-10.77.1.199", 100),
            ("10.77.1.5", 1),
            ("10.77.1.5, 10.77.1.10-10.77.1.11", 3),
            (["10.77.1.5", "10.77.1.10 - 10.77.1.11"], 3),
            ("10.77.1.0/24", 254),
            ("10.77.1.128/25", 126),
            ("10.77.1.0-10.77.1.255", 254),
        ):
            with self.subTest(ranges):
                self.assertEqual(len(pool(ranges).addresses), size)

    def test_what_is_excluded_is_none_of_them(self):
        addresses = pool("10.77.1.0/24", exclude="10.77.1.1-10.77.1.9, 10.77.1.50").addresses
        self.assertEqual(len(addresses), 244)
        for text, there in (("10.77.1.9", False), ("10.77.1.10", True), ("10.77.1.50", False), ("10.77.2.1", False)):
            self.assertEqual(ip(text) in addresses, there)

    def test_numbers_lead_back_to_addresses(self):
        addresses = pool("10.77.1.0/24", exclude="10.77.1.20-10.77.1.30, 10.77.1.1").addresses
        found = [addresses.address_of(number) for number in range(len(addresses))]
        self.assertEqual(found, sorted(set(found)))
        self.assertEqual([addresses.number_of(one) for one in found], list(range(len(addresses))))
        self.assertEqual(addresses.number_of(ip("10.77.1.20")), -1)

    def test_addresses_in_common_are_found(self):
        one, other, third = pool(), pool("10.77.1.150-10.77.1.250", "b"), pool("10.77.1.10-10.77.1.20", "c")
        self.assertEqual([{a.name, b.name} for a, b in overlaps([one, third, other])], [{"guests", "b"}])
        self.assertEqual(list(overlaps([one, third])), [])


class ClientTests(SynchronousTestCase):
    def test_clients_are_those_on_a_link_of_the_subnet(self):
        self.assertTrue(pool().serves(query(), False))
        self.assertFalse(pool().serves(query(giaddr=ip("10.99.0.1")), False))
        self.assertFalse(pool().serves(query(giaddr=bytes(4)), False))

    def test_known_clients_are_told_from_others(self):
        for clients, known, unknown in (("unknown", False, True), ("known", True, False), ("all", True, True)):
            rules = pool(clients=clients)
            self.assertEqual((rules.serves(query(), True), rules.serves(query(), False)), (known, unknown))

    def test_relay_agents_interfaces_and_classes_narrow_it(self):
        for setting, fits, not_ in (
            ({"relays": "10.77.1.1"}, {}, {"giaddr": ip("10.77.1.2")}),
            ({"relays": "10.77.1.0/30"}, {}, {"giaddr": ip("10.77.1.9")}),
            ({"interfaces": ["eth0"]}, {}, {"interface": "eth1"}),
            ({"vendor_class": "PXEClient"}, {"options": {60: b"PXEClient:Arch:00007"}}, {"options": {60: b"MSFT 5.0"}}),
            ({"vendor_class": ["a", "b"]}, {"options": {60: b"b"}}, {}),
            ({"user_class": "iPXE"}, {"options": {77: b"iPXE"}}, {"options": {77: b"gPXE"}}),
            ({"user_class": "iPXE"}, {"options": {77: b"\4iPXE"}}, {}),
            ({"allow": lambda query: query.mac[0] == 2}, {}, {"chaddr": b"\4\0\0\0\0\1"}),
        ):
            with self.subTest(setting):
                rules = pool(**setting)
                self.assertTrue(rules.serves(query(**fits), False))
                self.assertFalse(rules.serves(query(**not_), False))


class DefinitionTests(SynchronousTestCase):
    def test_a_client_gets_what_the_pool_says(self):
        rules = pool(
            gateway="10.77.1.1", domain_name_servers=["10.0.0.1", "10.0.0.2"], domain_name="example.org",
            hostname="guest", options={66: "boot", "ntp_servers": "10.0.0.3"}, next_server="10.0.0.9",
            boot_file="file", renewal_time=100, rebinding_time=200,
        )  # fmt: skip
        found = rules.definition(ip("10.77.1.105"), 3600)
        self.assertEqual((found.ip, found.hostname, found.lease_time), (ip("10.77.1.105"), "guest-10-77-1-105", 3600))
        self.assertEqual((found.gateways, found.domain_name), ((ip("10.77.1.1"),), "example.org"))
        self.assertEqual((found.subnet_mask, found.broadcast_address), (ip("255.255.255.0"), ip("10.77.1.255")))
        self.assertEqual((found.next_server, found.boot_file), (ip("10.0.0.9"), b"file"))
        self.assertEqual((found.options[66], found.options[42]), (b"boot", ip("10.0.0.3")))
        self.assertEqual((found.renewal_time, found.rebinding_time), (100, 200))

    def test_a_wish_for_a_time_is_met_between_both_ends(self):
        rules = pool(lease_time=600, lease_time_min=300, lease_time_max=900)
        for wish, given in ((None, 600), (60, 300), (700, 700), (4000, 900)):
            self.assertEqual(rules.lends_for(None if wish is None else wish.to_bytes(4, "big")), given)
        self.assertEqual(pool().lends_for((60).to_bytes(4, "big")), 3600)

    def test_renewals_may_be_discouraged(self):
        found = pool(lease_time=1000, discourage_renewals=True).definition(ip("10.77.1.105"), 1000)
        self.assertEqual((found.renewal_time, found.rebinding_time, found.lease_time), (970, 975, 1000))

    def test_names_have_patterns(self):
        found = pool(hostname="{d}-{c}.room").definition(ip("10.77.1.105"), 60)
        self.assertEqual(found.hostname, "105-1.room")


class FaultTests(SynchronousTestCase):
    def test_what_is_not_in_order_is_named_with_what_is_expected(self):
        for setting, field in (
            ({"ranges": ""}, "ranges"),
            ({"ranges": "10.77.1.9-10.77.1.1"}, "ranges"),
            ({"ranges": "10.77.1.300"}, "ranges"),
            ({"ranges": "10.78.1.1"}, "ranges"),
            ({"ranges": "10.77.1.1-10.77.1.9, 10.77.1.5"}, "ranges"),
            ({"ranges": 5}, "ranges"),
            ({"subnet": ""}, "subnet"),
            ({"subnet": "10.77.1.5/24"}, "subnet"),
            ({"exclude": "x"}, "exclude"),
            ({"exclude": "10.77.1.0/24", "ranges": "10.77.1.5"}, "exclude"),
            ({"lease_time": 0}, "lease_time"),
            ({"lease_time": "1h"}, "lease_time"),
            ({"lease_time_min": 9999}, "lease_time"),
            ({"hostname": "no good"}, "hostname"),
            ({"hostname": "{x}"}, "hostname"),
            ({"gateway": "10.1"}, "gateway"),
            ({"options": {"no_such": 1}}, "option-no_such"),
            ({"options": {53: 1}}, "option-53"),
            ({"relays": "here"}, "relays"),
            ({"clients": "some"}, "clients"),
            ({"allow": 5}, "allow"),
            ({"alert": 101}, "alert"),
            ({"renewal_time": 5000}, "renewal-time"),
            ({"name": ""}, "name"),
        ):
            with self.subTest(setting):
                error = self.assertRaises(BadPool, pool, **setting)
                self.assertEqual(error.field, field)
                self.assertTrue(error.expected)
