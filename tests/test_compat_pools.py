"""Pools of addresses for unknown clients that a site has among its extensions."""

import csv
import time
from types import SimpleNamespace

from twisted.trial.unittest import SynchronousTestCase

from sdhcp.compat import inject, install
from sdhcp.config import load

from .compat_site import SiteFolder
from .redis_case import hset
from .servers.redis import SKIP, RedisServer

CONF = """\
import staticDHCPd_extensions.{name} as {name}
DHCP_SERVER_IP = "127.0.0.1"
DATABASE_ENGINE = None
"""
FIRST, SECOND, THIRD = (f"02:00:5e:00:01:0{number}" for number in (1, 2, 3))
ADDRESSES = ["10.0.0.10", "10.0.0.9"]


class Pool(SiteFolder):
    """What holds for all pools; each has the addresses of ``ADDRESSES``."""

    name: str

    def setUp(self):
        path = self.copied(CONF.format(name=self.name))
        load(str(path), {}, "/", prepare=install, executed=inject)
        self.pool = self.made()
        self.add(ADDRESSES)
        self.now = 1_000_000_000.0
        clock = SimpleNamespace(**{**vars(time), "time": lambda: self.now})
        self.patch(self.extension(self.name), "time", clock)

    def made(self, **parameters):
        raise NotImplementedError

    def add(self, addresses):
        self.pool.add_ips(addresses)

    def asked(self, method, mac=FIRST, client_ip=None):
        """The definition that the pool gives, and the packet."""
        from libpydhcpserver.dhcp_types.ipv4 import IPv4
        from libpydhcpserver.dhcp_types.mac import MAC
        from libpydhcpserver.dhcp_types.packet import DHCPPacket

        packet = DHCPPacket()
        return self.pool.handle(method, packet, MAC(mac), client_ip and IPv4(client_ip)), packet

    def address(self, *asked):
        """The address that it gives, as text."""
        definition, _ = self.asked(*asked)
        return definition and str(definition.ip)

    def rows(self):
        """Addresses with their clients, as the CSV view has them."""
        _, text = self.pool.show_leases_csv("/leases.csv", {}, None, None, {})
        return [tuple(row[:2]) for row in csv.reader(text.splitlines())]

    def test_a_client_keeps_its_address(self):
        self.assertEqual(self.address("DISCOVER"), "10.0.0.9")
        self.assertEqual(self.address("DISCOVER", SECOND), "10.0.0.10")
        self.assertEqual(self.address("REQUEST:SELECTING", FIRST, "10.0.0.9"), "10.0.0.9")
        self.assertEqual(self.address("REQUEST:RENEW"), "10.0.0.9")
        self.assertIsNone(self.address("DISCOVER", THIRD))

    def test_what_a_client_gets(self):
        definition, _ = self.asked("DISCOVER")
        self.assertEqual(definition.hostname, "guest-10-0-0-9")
        self.assertEqual((definition.subnet, definition.serial, definition.lease_time), ("guests", 4, 200))
        self.assertEqual(definition.gateways, ["10.0.0.1"])
        self.assertEqual((definition.subnet_mask, definition.broadcast_address), ("255.255.255.0", "10.0.0.255"))
        self.assertEqual(definition.domain_name, "guests.example.org")
        self.assertEqual(definition.domain_name_servers, ["10.0.0.2", "10.0.0.3"])
        self.assertEqual(definition.ntp_servers, ["10.0.0.4"])

    def test_the_address_that_a_client_wants_if_it_is_free(self):
        self.assertEqual(self.address("REQUEST:INIT-REBOOT", FIRST, "10.0.0.10"), "10.0.0.10")

    def test_an_address_that_is_given_back_is_for_others(self):
        for method in ("RELEASE", "DECLINE"):
            self.assertEqual(self.address("DISCOVER"), "10.0.0.9")
            self.assertEqual(self.address("DISCOVER", SECOND), "10.0.0.10")
            self.assertIsNone(self.address(method, FIRST, "10.0.0.10"))
            self.assertEqual(self.address(method, FIRST, "10.0.0.9"), "10.0.0.9")
            self.assertEqual(self.address("DISCOVER", THIRD), "10.0.0.9")
            self.address("RELEASE", THIRD, "10.0.0.9")
            self.address("RELEASE", SECOND, "10.0.0.10")

    def test_a_lease_is_kept_for_another_time_after_its_end(self):
        self.address("DISCOVER")
        self.address("DISCOVER", SECOND)
        self.now += 300
        self.assertEqual(self.address("REQUEST:RENEW"), "10.0.0.9")
        self.now += 101
        self.assertEqual(self.address("DISCOVER", THIRD), "10.0.0.10")

    def test_information_without_a_lease(self):
        self.assertEqual(self.address("INFORM", FIRST, "10.0.0.77"), "10.0.0.77")
        self.assertEqual(self.rows()[1:], [("10.0.0.9", ""), ("10.0.0.10", "")])

    def test_other_messages_are_nothing_to_it(self):
        self.assertIsNone(self.address("LEASEQUERY", FIRST, "10.0.0.9"))

    def test_leases_are_shown(self):
        self.address("DISCOVER")
        self.assertEqual(self.rows(), [("ip", "mac"), ("10.0.0.9", FIRST), ("10.0.0.10", "")])
        shown = self.pool.show_leases_xhtml(path="/leases", queryargs={}, mimetype=None, data=None, headers={})
        for part in ('class="element"', "<td>10.0.0.9</td>", f"<td>{FIRST}</td>", "<td>10.0.0.10</td>"):
            self.assertIn(part, shown)

    def test_addresses_are_added_once(self):
        self.address("DISCOVER")
        self.add(["10.0.0.9", "10.0.0.10", "10.0.0.2"])
        self.assertEqual([row[0] for row in self.rows()[1:]], ["10.0.0.9", "10.0.0.2", "10.0.0.10"])


OPTIONS = {
    "subnet_mask": "255.255.255.0", "gateway": "10.0.0.1", "broadcast_address": "10.0.0.255",
    "domain_name": "guests.example.org", "domain_name_servers": "10.0.0.2,10.0.0.3", "ntp_servers": "10.0.0.4",
}  # fmt: skip


class DynamismTests(Pool, SynchronousTestCase):
    name = "dynamism"

    def made(self, **parameters):
        return self.extension(self.name).DynamicPool("guests", 4, 200, "guest", **OPTIONS, **parameters)

    def add(self, addresses):
        self.pool.add_ips(addresses, arp_addresses=False)

    def test_clients_are_to_renew_late(self):
        for method in ("DISCOVER", "REQUEST:SELECTING"):
            _, packet = self.asked(method)
            self.assertEqual((packet.getOption(58, True), packet.getOption(59, True)), (195, 195))
        self.pool = self.made(discourage_renewals=False)
        self.add(ADDRESSES)
        _, packet = self.asked("DISCOVER")
        self.assertFalse(packet.isOption(58) or packet.isOption(59))

    def test_a_client_that_wants_another_address_gets_one_of_the_pool(self):
        self.assertEqual(self.address("REQUEST:INIT-REBOOT", FIRST, "10.0.0.77"), "10.0.0.9")


class RedisDynamicTests(Pool, SynchronousTestCase):
    name = "redis_dynamic"
    skip = SKIP or None

    def setUp(self):
        self.server = RedisServer.shared()
        self.server.do(("FLUSHALL",))
        super().setUp()

    def made(self):
        pool = self.extension(self.name).DynamicPool
        return pool("leases", "lock", "guests", 4, 200, "guest", unix_socket_path=self.server.path, **OPTIONS)

    def test_servers_share_a_pool(self):
        self.assertEqual(self.address("DISCOVER"), "10.0.0.9")
        self.pool = self.made()
        self.assertEqual(self.address("DISCOVER"), "10.0.0.9")
        self.assertEqual(self.address("DISCOVER", SECOND), "10.0.0.10")

    def test_leases_that_are_there_are_honoured(self):
        self.server.do(
            ("DEL", "leases"),
            hset("leases", {
                "ips_available": '["10.0.0.10"]', FIRST: '{"ip": "10.0.0.9", "expiration": 1000000100.5}',
            }),
        )  # fmt: skip
        self.assertEqual(self.address("DISCOVER"), "10.0.0.9")
        self.assertEqual(self.address("DISCOVER", SECOND), "10.0.0.10")

    def test_an_address_that_is_not_free_is_refused(self):
        self.address("DISCOVER")
        for mac, wanted in ((FIRST, "10.0.0.10"), (SECOND, "10.0.0.9"), (SECOND, "10.0.0.77")):
            self.assertIsNone(self.address("REQUEST:INIT-REBOOT", mac, wanted))

    def test_while_another_holds_the_lock_there_is_no_answer(self):
        self.server.do(("SET", "lock", "another"))
        from redis.exceptions import LockError

        self.assertRaises(LockError, self.asked, "DISCOVER")
