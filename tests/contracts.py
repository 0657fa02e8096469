"""What every source of definitions keeps to, whatever it reads from."""

from zope.interface.verify import verifyObject

from sdhcp.interfaces import IDefinitionSource, IEnumerableSource, IPeekable, IReloadable, ISubnetSource
from sdhcp.model import Definition, Query

from .samples import MAC, arrival, ip, message

SUBNETS = [
    {
        "subnet": "10.77.0.0/16", "serial": 0, "lease_time": 600,
    },
    {
        "subnet": "10.77.1.0/24", "serial": 0, "lease_time": 3600, "gateway": "10.77.1.1, 10.77.1.2",
        "subnet_mask": "255.255.255.0", "broadcast_address": "10.77.1.255", "domain_name": "example.org",
        "domain_name_servers": "10.77.0.53,10.77.0.54", "ntp_servers": "10.77.0.123",
    },
    {"subnet": "10.77.1.0/24", "serial": 1, "lease_time": 7200, "subnet_mask": "255.255.255.0"},
    {"subnet": "a room", "serial": 0, "lease_time": 60},
]  # fmt: skip
HOSTS = [
    {"mac": "02:00:5e:00:01:01", "ip": "10.77.1.50", "hostname": "known", "subnet": "10.77.1.0/24", "serial": 0},
    {"mac": "02:00:5e:00:01:02", "ip": "10.77.1.51", "subnet": "10.77.1.0/24", "serial": 1},
    {"mac": "02:00:5e:00:01:03", "ip": "10.9.9.9", "hostname": "bücher", "subnet": "a room", "serial": 0},
    {"mac": "02:00:5e:00:01:aa", "ip": "10.77.9.9", "hostname": "wide", "subnet": "10.77.0.0/16", "serial": 0},
]
EXPECTED = {
    "02:00:5e:00:01:01": Definition(
        ip("10.77.1.50"), 3600, "10.77.1.0/24", 0, "known", (ip("10.77.1.1"), ip("10.77.1.2")), ip("255.255.255.0"),
        ip("10.77.1.255"), "example.org", (ip("10.77.0.53"), ip("10.77.0.54")), (ip("10.77.0.123"),),
    ),
    "02:00:5e:00:01:02": Definition(ip("10.77.1.51"), 7200, "10.77.1.0/24", 1, subnet_mask=ip("255.255.255.0")),
    "02:00:5e:00:01:03": Definition(ip("10.9.9.9"), 60, "a room", 0, "bücher"),
    "02:00:5e:00:01:aa": Definition(ip("10.77.9.9"), 600, "10.77.0.0/16", 0, "wide"),
}  # fmt: skip


def octets(mac: str) -> bytes:
    return bytes.fromhex(mac.replace(":", ""))


def asked(mac: str | bytes = MAC) -> Query:
    """The question that a client's packet puts."""
    return Query(message(1, chaddr=octets(mac) if isinstance(mac, str) else mac), arrival())


class SourceContract:
    """Mixed into a test case whose ``make(subnets, hosts)`` gives a source that holds those."""

    def test_is_what_it_says_it_is(self):
        source = self.make(SUBNETS, HOSTS)
        verifyObject(IDefinitionSource, source)
        for interface in (IPeekable, ISubnetSource, IEnumerableSource, IReloadable):
            if interface.providedBy(source):
                verifyObject(interface, source)
        self.assertTrue(source.name)

    def test_knows_each_client_in_full(self):
        source = self.make(SUBNETS, HOSTS)
        for mac, definition in EXPECTED.items():
            self.assertEqual(self.successResultOf(source.lookup(asked(mac))), definition)
            if IPeekable.providedBy(source):
                self.assertEqual(source.peek(asked(mac)), definition)

    def test_does_not_know_a_stranger(self):
        source = self.make(SUBNETS, HOSTS)
        for stranger in ("02:00:5e:00:01:99", b"", b"\2", bytes(16)):
            self.assertIsNone(self.successResultOf(source.lookup(asked(stranger))))

    def test_knows_nobody_where_nobody_is(self):
        source = self.make([], [])
        self.assertIsNone(self.successResultOf(source.lookup(asked())))
        self.assertEqual(list(source.reservations()), [])
        self.assertIsNone(source.subnet_of(ip("10.77.1.9")))

    def test_lists_every_client(self):
        found = dict(self.make(SUBNETS, HOSTS).reservations())
        self.assertEqual(found, {octets(mac): definition for mac, definition in EXPECTED.items()})

    def test_the_narrowest_subnet_and_its_lowest_serial_hold_an_address(self):
        source = self.make(SUBNETS, HOSTS)
        found = source.subnet_of(ip("10.77.1.9")).definition
        self.assertEqual((found.ip, found.hostname, found.lease_time), (bytes(4), None, 3600))
        self.assertEqual(source.subnet_of(ip("10.77.2.9")).definition.lease_time, 600)
        self.assertIsNone(source.subnet_of(ip("10.78.0.1")))

    def test_a_client_without_a_host_name_has_none(self):
        for empty in (None, ""):
            hosts = [{**HOSTS[0], "hostname": empty}]
            definition = self.successResultOf(self.make(SUBNETS, hosts).lookup(asked()))
            self.assertIsNone(definition.hostname)
