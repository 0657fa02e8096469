"""Pools of a site's code, in the manner of staticDHCPd's extensions, on a store of leases."""

import csv
import threading

from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import SynchronousTestCase, TestCase

from sdhcp.compat import inject, install
from sdhcp.config import load
from sdhcp.extensions import dynamism, redis_dynamic
from sdhcp.interfaces import SourceError
from sdhcp.leases.memory import MemoryLeases
from sdhcp.model import LeaseState
from sdhcp.scripting import MAC, DHCPPacket, IPv4
from sdhcp.scripting.dynamic_pool import Lending
from sdhcp.scripting.pool_steps import found_in_use
from sdhcp.scripting.site import current_site
from sdhcp.wire import constants as c

from .compat_site import SiteFolder
from .lending_world import Users, settled
from .samples import ip, message

CONF = 'DHCP_SERVER_IP = "127.0.0.1"\nDATABASE_ENGINE = None\n'
FIRST, SECOND, THIRD = (f"02:00:5e:00:01:0{number}" for number in (1, 2, 3))
START = 1_000_000_000.0
OPTIONS = {
    "subnet_mask": "255.255.255.0", "gateway": "10.0.0.1", "broadcast_address": "10.0.0.255",
    "domain_name": "guests.example.org", "domain_name_servers": "10.0.0.2,10.0.0.3", "ntp_servers": "10.0.0.4",
}  # fmt: skip


class PoolCase(SiteFolder):
    """A pool of 10.0.0.9 and 10.0.0.10, and a store of leases for the time of a test."""

    conf = CONF

    def begin(self, thread=None, reactor=None):
        load(str(self.copied(self.conf)), {}, "/", prepare=install, executed=inject)
        self.site = current_site()
        self.now = START
        self.store = MemoryLeases()
        self.users = Users()
        self.lend(threading.get_ident() if thread is None else thread, reactor)
        self.pool = self.made()

    def lend(self, thread, reactor=None):
        self.site.lending = Lending(
            reactor, thread, lambda: self.now, lambda pool: self.store, self.users, lambda *_: None
        )

    def made(self, addresses=("10.0.0.10", "10.0.0.9"), name="guests", **more):
        pool = dynamism.DynamicPool(name, 4, 200, "guest", **{**OPTIONS, **more})
        pool.add_ips(addresses, arp_addresses=False)
        return pool

    def asked(self, method, mac=FIRST, client_ip=None, options=None, **fields):
        """The definition that the pool gives, and the packet."""
        kind = {"DISCOVER": c.DISCOVER, "RELEASE": c.RELEASE, "DECLINE": c.DECLINE}.get(method, c.REQUEST)
        packet = DHCPPacket.of(message(kind, options, **fields))
        given = self.pool.handle(method, packet, MAC(mac), client_ip and IPv4(client_ip))
        return settled(given), packet

    def address(self, *asked, **more):
        """The address that it gives, as text."""
        definition, _ = self.asked(*asked, **more)
        return definition and str(definition.ip)

    def lent(self, mac=FIRST, **more):
        """The address that a client was lent, by DISCOVER and REQUEST."""
        offered = self.address("DISCOVER", mac, **more)
        self.assertEqual(self.address("REQUEST:SELECTING", mac, offered, **more), offered)
        return offered

    def lease(self, address):
        return self.store.at(self.pool.addresses, ip(address), self.now)


class LendingTests(PoolCase, SynchronousTestCase):
    def setUp(self):
        self.begin()

    def test_what_a_client_gets(self):
        definition, _ = self.asked("DISCOVER")
        self.assertEqual(definition.hostname, "guest-10-0-0-9")
        self.assertEqual((definition.subnet, definition.serial, definition.lease_time), ("guests", 4, 200))
        self.assertEqual(definition.gateways, ["10.0.0.1"])
        self.assertEqual((definition.subnet_mask, definition.broadcast_address), ("255.255.255.0", "10.0.0.255"))
        self.assertEqual(definition.domain_name, "guests.example.org")
        self.assertEqual(definition.domain_name_servers, ["10.0.0.2", "10.0.0.3"])
        self.assertEqual(definition.ntp_servers, ["10.0.0.4"])

    def test_a_client_keeps_its_address(self):
        self.assertEqual(self.lent(), "10.0.0.9")
        self.assertEqual(self.lent(SECOND), "10.0.0.10")
        self.assertEqual(self.address("DISCOVER"), "10.0.0.9")
        for method in ("REQUEST:RENEW", "REQUEST:REBIND"):
            self.assertEqual(self.address(method, ciaddr=ip("10.0.0.9")), "10.0.0.9")
        self.assertEqual(self.address("REQUEST:INIT-REBOOT", FIRST, "10.0.0.9"), "10.0.0.9")

    def test_an_offer_that_nobody_takes_is_no_lease(self):
        self.address("DISCOVER")
        self.assertIs(self.lease("10.0.0.9").state, LeaseState.OFFERED)
        self.now += 61
        self.assertIsNone(self.lease("10.0.0.9"))

    def test_a_lease_goes_on_when_it_is_renewed(self):
        self.lent()
        self.now += 150
        self.address("REQUEST:RENEW", ciaddr=ip("10.0.0.9"))
        lease = self.lease("10.0.0.9")
        self.assertEqual((lease.since, lease.expires), (START, START + 350))

    def test_when_none_is_left_a_stranger_gets_nothing(self):
        self.lent()
        self.lent(SECOND)
        self.assertIsNone(self.address("DISCOVER", THIRD))
        self.now += 201
        self.assertEqual(self.address("DISCOVER", THIRD), "10.0.0.9")

    def test_a_client_gets_what_it_wishes_for_if_it_is_free(self):
        wish = {c.REQUESTED_ADDRESS: ip("10.0.0.10")}
        self.assertEqual(self.address("DISCOVER", options=wish), "10.0.0.10")
        self.assertEqual(self.address("DISCOVER", SECOND, options=wish), "10.0.0.9")

    def test_an_address_that_another_client_holds_is_refused_by_another_definition(self):
        self.lent()
        for method in ("REQUEST:SELECTING", "REQUEST:INIT-REBOOT"):
            self.assertEqual(self.address(method, SECOND, "10.0.0.9"), "10.0.0.10")
        self.assertEqual(self.address("REQUEST:RENEW", SECOND, ciaddr=ip("10.0.0.9")), "10.0.0.10")
        self.assertEqual(self.lease("10.0.0.9").mac.hex(":"), FIRST)

    def test_a_client_that_nobody_knows_is_left_alone_when_it_reboots(self):
        self.assertIsNone(self.address("REQUEST:INIT-REBOOT", FIRST, "10.0.0.9"))
        self.assertIsNone(self.address("REQUEST:REBIND", ciaddr=ip("10.0.0.9")))
        self.assertIsNone(self.address("REQUEST:INIT-REBOOT", FIRST, "10.0.0.77"))

    def test_an_address_of_another_network_is_refused(self):
        self.assertEqual(self.address("REQUEST:INIT-REBOOT", FIRST, "10.9.0.9"), "10.0.0.9")

    def test_an_address_that_is_given_back_is_free(self):
        self.lent()
        self.assertIsNone(self.address("RELEASE", SECOND, "10.0.0.9"))
        self.assertEqual(self.address("RELEASE", FIRST, "10.0.0.9"), "10.0.0.9")
        self.assertIs(self.lease("10.0.0.9").state, LeaseState.RELEASED)

    def test_an_address_that_is_declined_is_lent_to_nobody_for_a_while(self):
        self.lent()
        self.assertEqual(self.address("DECLINE", FIRST, "10.0.0.9"), "10.0.0.9")
        self.lent(SECOND)
        self.assertIsNone(self.address("DISCOVER", THIRD))
        self.now += 3601
        self.assertEqual({self.lent(SECOND), self.lent(THIRD)}, {"10.0.0.9", "10.0.0.10"})

    def test_information_without_a_lease(self):
        self.assertEqual(self.address("INFORM", FIRST, "10.0.0.77"), "10.0.0.77")
        self.assertIsNone(self.address("INFORM"))
        self.assertEqual(self.store.leases(self.pool.addresses, None, 9), [])

    def test_other_messages_are_nothing_to_it(self):
        for method in ("LEASEQUERY", "BOOTP", "REQUEST"):
            self.assertIsNone(self.address(method, FIRST, "10.0.0.9"))

    def test_a_client_is_known_by_its_identifier(self):
        for identifier, expected in ((b"\0one", "10.0.0.9"), (b"\0two", "10.0.0.10")):
            self.assertEqual(self.lent(options={61: identifier}), expected)
        self.pool = self.made(["10.0.1.1", "10.0.1.2"], ignore_client_identifier=True)
        for identifier in (b"\0one", b"\0two"):
            self.assertEqual(self.lent(options={61: identifier}), "10.0.1.1")

    def test_what_is_known_of_a_client(self):
        self.lent(options={c.HOSTNAME: b"laptop\n"}, giaddr=ip("10.0.0.1"))
        lease = self.lease("10.0.0.9")
        self.assertEqual((lease.hostname, lease.via), ("laptop", "10.0.0.1"))

    def test_a_reserved_address_is_lent_to_nobody(self):
        self.pool.addresses.reserved = {ip("10.0.0.9")}
        self.assertEqual(self.address("DISCOVER"), "10.0.0.10")
        self.pool.add_ips(["10.0.0.8"], arp_addresses=False)
        self.assertIn(ip("10.0.0.9"), self.pool.addresses.reserved)


class RapidCommitTests(PoolCase, SynchronousTestCase):
    def test_a_lease_begins_by_a_discover_that_is_answered_with_an_ack(self):
        for setting, expected in (
            ("True", "bound"),
            ("['guests']", "bound"),
            ("['a']", "offered"),
            ("False", "offered"),
        ):
            self.conf = CONF + f"ENABLE_RAPIDCOMMIT = {setting}\n"
            self.begin()
            self.address("DISCOVER", options={c.RAPID_COMMIT: b""})
            self.assertEqual(self.lease("10.0.0.9").state.value, expected, setting)


class RenewalTests(PoolCase, SynchronousTestCase):
    def times(self, **more):
        _, packet = self.asked("DISCOVER", **more)
        return packet.getOption(58, True), packet.getOption(59, True)

    def test_clients_are_to_renew_late_and_rebind_later(self):
        self.begin()
        self.assertEqual(self.times(), (194, 195))
        _, packet = self.asked("RELEASE", FIRST, "10.0.0.9")
        self.assertFalse(packet.isOption(58) or packet.isOption(59))
        for seconds in (2, 3, 10, 41, 3600):
            pool = dynamism.DynamicPool("guests", 9, seconds, "guest")
            pool.add_ips(["10.0.1.1"], arp_addresses=False)
            self.pool, self.store = pool, MemoryLeases()
            early, late = self.times()
            if early is not None:
                self.assertTrue(0 < early < late < seconds, (early, late, seconds))

    def test_clients_renew_as_usual_if_they_are_not_discouraged(self):
        self.begin()
        self.pool = self.made(["10.0.1.1"], discourage_renewals=False)
        self.assertEqual(self.times(), (None, None))


class ProbeTests(PoolCase, SynchronousTestCase):
    def setUp(self):
        self.begin()
        lending, self.site.lending = self.site.lending, None
        self.pool = self.made([])
        self.pool.add_ips(["10.0.0.9", "10.0.0.10"])
        self.site.lending = lending

    def test_an_address_that_somebody_uses_is_not_offered(self):
        self.users.users[ip("10.0.0.9")] = bytes.fromhex("0200000000ff")
        self.assertEqual(self.address("DISCOVER"), "10.0.0.10")
        self.assertIn("02:00:00:00:00:ff", self.lease("10.0.0.9").evidence)

    def test_who_is_found_on_an_address_holds_a_lease(self):
        user = bytes.fromhex(SECOND.replace(":", ""))
        self.find("10.0.0.9", user)
        self.assertEqual(self.address("DISCOVER"), "10.0.0.10")
        self.assertEqual(self.address("REQUEST:RENEW", SECOND, ciaddr=ip("10.0.0.9")), "10.0.0.9")

    def test_an_address_that_somebody_unknown_uses_is_set_aside(self):
        self.find("10.0.0.9", b"")
        self.assertEqual(self.lease("10.0.0.9").evidence, "answers an ICMP echo")

    def test_who_holds_a_lease_keeps_it_when_the_server_looks(self):
        self.lent()
        self.find("10.0.0.9", b"\2\0\0\0\0\xff")
        self.assertEqual(self.lease("10.0.0.9").mac.hex(":"), FIRST)

    def find(self, address, user):
        looked = found_in_use(ip(address), user, self.pool.rules, self.pool.lends(self.site.lending))
        settled(Deferred.fromCoroutine(looked))


class ThreadTests(PoolCase, TestCase):
    """As handleUnknownMAC is called: in threads, of which each waits until its lease is kept."""

    def setUp(self):
        from twisted.internet import reactor

        self.begin(reactor=reactor)
        self.pool = self.made([f"10.0.0.{number}" for number in range(10, 30)])
        self.where = set()
        bind = self.store.bind

        def watched(*arguments):
            self.where.add(threading.get_ident())
            return deferLater(reactor, 0, bind, *arguments)

        self.store.bind = watched

    async def test_clients_that_come_at_once_get_addresses_of_their_own(self):
        macs = [f"02:00:5e:00:02:{number:02x}" for number in range(16)]
        found = await gatherResults([deferToThread(self.lent, mac) for mac in macs])
        self.assertEqual(len(set(found)), 16)
        self.assertEqual(self.where, {threading.get_ident()})

    async def test_pages_are_made_in_threads(self):
        await deferToThread(self.lent)
        _, text = await deferToThread(self.pool.show_leases_csv)
        self.assertIn(f"10.0.0.10,{FIRST}", text)

    async def test_on_the_reactors_thread_nothing_waits(self):
        answer = self.pool.handle("REQUEST:SELECTING", DHCPPacket(), MAC(FIRST), IPv4("10.0.0.10"))
        self.assertFalse(answer.called)
        self.assertEqual(str((await answer).ip), "10.0.0.10")

    async def test_what_the_store_cannot_do_is_raised(self):
        def away(*_):
            raise SourceError("away")

        self.store.offer = away
        await self.assertFailure(deferToThread(self.lent), SourceError)


class MakingTests(PoolCase, SynchronousTestCase):
    def setUp(self):
        self.begin()

    def test_addresses_are_added_once(self):
        self.pool.add_ips(["10.0.0.9", "10.0.0.11", IPv4("10.0.0.2")], arp_addresses=False)
        self.assertEqual([row[0] for row in self.rows()], ["10.0.0.2", "10.0.0.9", "10.0.0.10", "10.0.0.11"])

    def test_what_is_no_address_or_no_time_is_refused(self):
        self.assertRaises(ValueError, self.pool.add_ips, ["10.0.0"])
        self.assertRaises(ValueError, dynamism.DynamicPool, "guests", 0, 0, "guest")
        self.assertRaises(ValueError, dynamism.DynamicPool, "guests", 0, 60, "guest", subnet_mask="x")

    def test_pools_of_one_subnet_have_names_of_their_own(self):
        names = [self.made([f"10.0.{number}.1"]).addresses.name for number in (1, 2)]
        self.assertEqual([self.pool.addresses.name, *names], ["guests|4", "guests|4 (2)", "guests|4 (3)"])

    def test_the_arguments_of_redis_dynamic_say_where_leases_are(self):
        pool = redis_dynamic.DynamicPool("leases", "lock", "guests", 4, 200, "guest", "255.255.255.0", host="cache")
        self.assertEqual((pool.prefix, pool.redis, pool.rules.lease_time), ("leases", {"host": "cache"}, 200))

    def test_leases_are_shown(self):
        self.lent()
        self.assertEqual([row[:2] for row in self.rows()], [["10.0.0.9", FIRST], ["10.0.0.10", ""]])
        shown = settled(self.pool.show_leases_xhtml(path="/leases", queryargs={}, mimetype=None, data=None, headers={}))
        for part in ('class="element"', "<td>10.0.0.9</td>", f"<td>{FIRST}</td>", "<td>10.0.0.10</td>", "guests|4"):
            self.assertIn(part, shown)

    def test_without_a_server_nobody_gets_an_address(self):
        self.site.lending = None
        self.assertIsNone(self.address("DISCOVER"))
        self.assertEqual(self.rows(), [["10.0.0.9", "", "", ""], ["10.0.0.10", "", "", ""]])

    def rows(self):
        kind, text = settled(self.pool.show_leases_csv("/leases.csv", {}, None, None, {}))
        self.assertEqual(kind, "text/csv")
        return list(csv.reader(text.splitlines()))[1:]
