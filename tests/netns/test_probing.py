"""Whether an address is in use, asked of hosts on real links: by ARP, through a router, and a whole range at once."""

import json
import os
import socket
import struct
import sys
from unittest import SkipTest

from twisted.internet import reactor
from twisted.internet.defer import inlineCallbacks
from twisted.trial.unittest import TestCase

from sdhcp.events import ServerMessage
from sdhcp.interfaces import NOT_PROBED
from sdhcp.transport.interfaces import addresses, hardware
from sdhcp.transport.outages import RETRY
from sdhcp.transport.probe_sockets import ProbeSystem, arp, echo
from sdhcp.transport.prober import Prober
from sdhcp.wire.arp import REPLY, Arp, encode
from sdhcp.wire.frame import header

from ..samples import ip as octets
from .yard import PATIENCE, Yard, inside, ip, mac_of, missing


def mac(space, device):
    return bytes.fromhex(mac_of(space, device).replace(":", ""))


WITHOUT_ROOT = """
import json, os
from twisted.internet import reactor
from twisted.internet.defer import gatherResults
from sdhcp.privileges import drop
from sdhcp.transport.prober import Prober

prober = Prober(reactor, reactor.seconds, lambda event: print(event.text))
prober.open()
drop(65534, 65534)
prober.start()

def tell(results):
    print(json.dumps([one and one.hex() or one == b"" for one in results]))
    print(open("/proc/self/status").read().split("CapEff:")[1].split()[0])
    reactor.stop()

def ask():
    addresses = (10, 1, 0, 20), (10, 1, 0, 21), (10, 3, 0, 20)
    gatherResults([prober.probe(bytes(one)) for one in addresses]).addCallback(tell)

reactor.callWhenRunning(ask)
reactor.run()
"""


class ProbingTests(TestCase):
    """One link with a host on it, and a router on it with a second host behind."""

    timeout = 60

    def setUp(self):
        lacking = missing("sysctl")
        if lacking:
            raise SkipTest(lacking)
        self.yard = Yard()
        self.addCleanup(self.yard.close)
        self.server = self.yard.space("s")
        self.host = self.yard.space("h")
        self.router = self.yard.space("r")
        self.far = self.yard.space("f")
        self.yard.link(self.server, "vlink", self.host, "vhost")
        self.yard.link(self.server, "vup", self.router, "vdown")
        self.yard.link(self.router, "vback", self.far, "vfar")
        for space, device, address in (
            (self.server, "vlink", "10.1.0.1/24"),
            (self.host, "vhost", "10.1.0.20/24"),
            (self.server, "vup", "10.2.0.1/24"),
            (self.router, "vdown", "10.2.0.2/24"),
            (self.router, "vback", "10.3.0.1/24"),
            (self.far, "vfar", "10.3.0.20/24"),
        ):
            ip("-n", space, "addr", "add", address, "dev", device)
        ip("-n", self.server, "route", "add", "10.3.0.0/24", "via", "10.2.0.2")
        ip("-n", self.far, "route", "add", "default", "via", "10.3.0.1")
        self.yard.run(self.router, "sysctl", "-qw", "net.ipv4.ip_forward=1")
        self.told, self.later = [], 0.0
        self.prober = self.made()

    def made(self, tags=()):
        """A prober of the server's namespace, in this process."""
        system = ProbeSystem(
            addresses=lambda: inside(self.server, addresses),
            hardware=lambda name: self.hardware(name),
            arp=lambda: inside(self.server, arp),
            echo=lambda: inside(self.server, echo),
        )
        prober = Prober(reactor, lambda: reactor.seconds() + self.later, self.told.append, tags, system)
        prober.open()
        prober.start()
        self.addCleanup(prober.stop)
        return prober

    def hardware(self, name):
        found = inside(self.server, lambda: self.hardware_or_none(name))
        if found is None:
            raise OSError(19, os.strerror(19))
        return found

    @staticmethod
    def hardware_or_none(name):
        try:
            return hardware(name)
        except OSError:
            return None

    def texts(self):
        return [event.text for event in self.told if isinstance(event, ServerMessage)]

    @inlineCallbacks
    def test_a_host_on_the_link_is_found_and_named(self):
        own = mac(self.host, "vhost")
        self.assertEqual((yield self.prober.probe(octets("10.1.0.20"), "vlink")), own)
        self.assertEqual((yield self.prober.probe(octets("10.1.0.20"))), own)
        self.assertEqual(self.texts(), [])

    @inlineCallbacks
    def test_nobody_is_found_where_nobody_is(self):
        self.assertIsNone((yield self.prober.probe(octets("10.1.0.21"), "vlink", 0.2)))
        self.assertIsNone((yield self.prober.probe(octets("10.1.0.20"), "vup", 0.2)))
        self.assertIsNone((yield self.prober.probe(octets("10.3.0.21"), None, 0.2)))
        self.assertEqual((self.texts(), self.prober.unprobed), ([], 0))

    @inlineCallbacks
    def test_the_client_that_asks_is_no_conflict_with_itself(self):
        own = mac(self.host, "vhost")
        self.assertIsNone((yield self.prober.probe(octets("10.1.0.20"), "vlink", 0.2, own)))

    @inlineCallbacks
    def test_a_host_in_a_vlan_is_found_by_a_question_and_an_answer_with_its_tag(self):
        link = inside(self.host, lambda: self.frames("vhost"))
        self.addCleanup(link.close)
        asking = self.made(((0, 0, 100),)).probe(octets("10.1.0.30"), "vlink")
        tag = None
        while tag is None:
            # The kernel takes the outermost tag off a frame and tells it beside.
            frame, beside, _, source = link.recvmsg(2048, 64)
            if source[2] != socket.PACKET_OUTGOING and frame.endswith(octets("10.1.0.30")):
                tag = struct.unpack_from("=H", beside[0][2], 16)[0]
        own, server = mac(self.host, "vhost"), mac(self.server, "vlink")
        answer = encode(Arp(REPLY, own, octets("10.1.0.30"), server, bytes(4)))
        link.send(header(server, own, b"\x08\x06", ((0, 0, 100),)) + answer)
        self.assertEqual((tag, (yield asking)), (100, own))

    @staticmethod
    def frames(device):
        made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        made.setsockopt(263, 8, 1)
        made.bind((device, 3))
        made.settimeout(PATIENCE)
        return made

    @inlineCallbacks
    def test_a_cable_that_is_out_is_waited_for_by_nobody(self):
        ip("-n", self.host, "link", "set", "vhost", "down")
        self.assertIn((yield self.prober.probe(octets("10.1.0.20"), "vlink", 0.2)), (None, NOT_PROBED))

    @inlineCallbacks
    def test_a_host_behind_a_router_is_found(self):
        self.assertEqual((yield self.prober.probe(octets("10.3.0.20"))), b"")

    @inlineCallbacks
    def test_a_host_behind_a_router_is_found_without_privileges_where_the_system_permits_it(self):
        self.yard.run(self.server, "sysctl", "-qw", "net.ipv4.ping_group_range=0 65534")
        opened = inside(self.server, echo)
        opened.socket.close()
        self.assertFalse(opened.whole)
        prober = self.made()
        self.assertEqual((yield prober.probe(octets("10.3.0.20"))), b"")
        self.assertIsNone((yield prober.probe(octets("10.3.0.21"), None, 0.2)))

    def test_both_kinds_of_questions_are_asked_after_root_was_given_up(self):
        output = self.yard.run(self.server, sys.executable, "-c", WITHOUT_ROOT).split("\n")
        self.assertEqual(json.loads(output[0]), [mac(self.host, "vhost").hex(), False, True])
        self.assertEqual(output[1].strip("0"), "")

    def test_what_privileges_are_missing_is_told_and_nothing_is_probed(self):
        script = WITHOUT_ROOT.replace("prober.open()\ndrop(65534, 65534)", "drop(65534, 65534)\nprober.open()")
        script = script.replace('one and one.hex() or one == b""', "one.value")
        arp_line, icmp_line, results, *_ = self.yard.run(self.server, sys.executable, "-c", script).split("\n")
        self.assertIn("by ARP", arp_line)
        self.assertIn("by ICMP", icmp_line)
        self.assertTrue(all("CAP_NET_RAW" in line for line in (arp_line, icmp_line)))
        self.assertEqual(json.loads(results), ["not probed"] * 3)

    @inlineCallbacks
    def test_an_address_of_this_machine_is_in_use(self):
        self.assertEqual((yield self.prober.probe(octets("10.1.0.1"))), mac(self.server, "vlink"))

    @inlineCallbacks
    def test_a_network_without_a_route_is_told_once_and_its_addresses_are_not_probed(self):
        for host in (1, 2, 3):
            self.assertIs((yield self.prober.probe(bytes((10, 9, 0, host)))), NOT_PROBED)
        (text,) = self.texts()
        self.assertIn("10.9.0.0/24", text)
        self.assertIn("is there a route", text)
        self.assertEqual(self.prober.unprobed, 3)

    @inlineCallbacks
    def test_a_link_that_went_away_is_told_and_serves_again_when_it_is_back(self):
        address = octets("10.1.0.20")
        ip("-n", self.server, "link", "set", "vlink", "down")
        self.assertIs((yield self.prober.probe(address, "vlink")), NOT_PROBED)
        self.assertIs((yield self.prober.probe(address, "vlink")), NOT_PROBED)
        (text,) = self.texts()
        self.assertIn("vlink", text)
        self.assertIn("is down", text)
        self.assertEqual((yield self.prober.probe(octets("10.3.0.20"))), b"")
        ip("-n", self.server, "link", "del", "vlink")
        self.later += RETRY
        self.assertIs((yield self.prober.probe(address, "vlink")), NOT_PROBED)
        self.assertIn("no such interface", self.texts()[-1])
        self.yard.link(self.server, "vlink", self.host, "vhost")
        ip("-n", self.server, "addr", "add", "10.1.0.1/24", "dev", "vlink")
        ip("-n", self.host, "addr", "add", "10.1.0.20/24", "dev", "vhost")
        self.later += RETRY
        self.assertEqual((yield self.prober.probe(address, "vlink")), mac(self.host, "vhost"))
        self.assertEqual(len(self.texts()), 3)
        self.assertIn("again", self.texts()[-1])

    @inlineCallbacks
    def test_a_scan_finds_every_host_of_a_network(self):
        for host in (1, 77, 254):
            ip("-n", self.host, "addr", "add", f"10.1.1.{host}/24", "dev", "vhost")
        found = {}
        done = yield self.prober.scan(octets("10.1.1.0"), octets("10.1.1.255"), "vlink", found.__setitem__)
        self.assertEqual(done, (256, 3))
        self.assertEqual(found, {bytes((10, 1, 1, host)): mac(self.host, "vhost") for host in (1, 77, 254)})
