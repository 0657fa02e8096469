"""A program with a server of its own on the library's framework, before a real client."""

import subprocess
import sys
from unittest import SkipTest

from twisted.trial.unittest import SynchronousTestCase

from sdhcp.compat.libpydhcpserver.dhcp import Address, DHCPServer
from sdhcp.scripting.packet import DHCPPacket
from sdhcp.wire import constants as c
from sdhcp.wire.message import encode

from ..samples import ip as octets
from ..samples import message
from .clients import Udhcpc
from .test_addressing import EVERYBODY, EVERYONE, Link
from .yard import Yard, addresses_of, inside, ip, mac_of, missing, wait_for

CLIENT = octets("10.1.0.50")
PROGRAM = """
import sys
from libpydhcpserver.dhcp import IP_UNSPECIFIED_FILTER, DHCPServer
from libpydhcpserver.dhcp_types.ipv4 import IPv4
from libpydhcpserver.dhcp_types.mac import MAC

KNOWN = {MAC(sys.argv[1]): IPv4("10.1.0.50")}
FRAMES = sys.argv[2] if len(sys.argv) > 2 else None

class Server(DHCPServer):
    def _fill(self, packet):
        address = KNOWN[packet.getHardwareAddress()]
        packet.setOption("yiaddr", address)
        packet.setOption("server_identifier", self._server_address)
        packet.setOption("ip_address_lease_time", 3600)
        packet.setOption("subnet_mask", "255.255.255.0")
        packet.setOption("router", ["10.1.0.1"])

    def _handleDHCPDiscover(self, packet, source_address, port):
        print("DISCOVER", source_address.ip in IP_UNSPECIFIED_FILTER, port, flush=True)
        packet.transformToDHCPOfferPacket()
        self._fill(packet)
        self._reply(packet, source_address, port)

    def _handleDHCPRequest(self, packet, source_address, port):
        wanted = packet.extractIPOrNone("requested_ip_address") or packet.extractIPOrNone("ciaddr")
        print("REQUEST", wanted, flush=True)
        if wanted == KNOWN[packet.getHardwareAddress()]:
            packet.transformToDHCPAckPacket()
            self._fill(packet)
        else:
            packet.transformToDHCPNakPacket()
            packet.setOption("server_identifier", self._server_address)
        self._reply(packet, source_address, port)

    def _handleDHCPRelease(self, packet, source_address, port):
        print("RELEASE", packet.getOption("ciaddr", convert=True), flush=True)

    def _reply(self, packet, source_address, port):
        size, to = self._sendDHCPPacket(packet, source_address, port)
        print(packet.getDHCPMessageTypeName(), to.ip, to.port, flush=True)

server = Server(IPv4("10.1.0.1"), 67, 68, response_interface=FRAMES)
print("ready", flush=True)
while True:
    server._getNextDHCPPacket()
"""


class ProgramTests(SynchronousTestCase):
    def link(self):
        """A server's and a client's namespace, and a link between them."""
        lacking = missing(*Udhcpc.programs)
        if lacking:
            raise SkipTest(lacking)
        self.yard = Yard()
        self.addCleanup(self.yard.close)
        self.space, self.client_space = self.yard.space("s"), self.yard.space("c")
        space = self.space
        self.yard.link(space, "vsrv", self.client_space, "vcli")
        ip("-n", space, "addr", "add", "10.1.0.1/24", "dev", "vsrv")
        self.ours = bytes.fromhex(mac_of(space, "vsrv").replace(":", ""))

    def serve(self, *frames):
        self.link()
        (self.yard.folder / "program.py").write_text(PROGRAM, encoding="ascii")
        mac = mac_of(self.client_space, "vcli")
        self.output = self.yard.folder / "program.output"
        command = [sys.executable, "-m", "sdhcp.compat", "program.py", mac, *frames]
        with self.output.open("wb") as output:
            program = self.yard.start(self.space, command, stdout=output, stderr=subprocess.STDOUT)
        wait_for("the program is ready", lambda: "ready" in self.said() or program.poll() is not None)
        self.assertIn("ready", self.said())

    def said(self):
        return self.output.read_text(encoding="utf-8").splitlines()

    def test_a_real_client_gets_renews_and_releases_its_address(self):
        for frames, offered_at in (((), "255.255.255.255"), (("vsrv",), "10.1.0.50")):
            with self.subTest(frames):
                self.serve(*frames)
                client = Udhcpc(self.yard, self.client_space, "vcli")
                client.start()
                client.expect_address("10.1.0.50")
                self.assertIn("DISCOVER True 67", self.said())
                self.assertIn(f"DHCP_OFFER {offered_at} 68", self.said())
                self.assertIn(f"DHCP_ACK {offered_at} 68", self.said())
                client.renew()
                wait_for("the renewal", lambda: "DHCP_ACK 10.1.0.50 68" in self.said()[-1:])
                wait_for("the client knows", lambda client=client: "renew 10.1.0.50" in client.events())
                client.release()
                wait_for("the release", lambda: "RELEASE 10.1.0.50" in self.said())
                wait_for("the client lets go", lambda: addresses_of(self.client_space, "vcli") == [])
                self.yard.close()

    def test_replies_stand_on_the_link_as_they_should(self):
        self.serve("vsrv")
        link = Link(self.client_space, 1)
        self.addCleanup(link.close)
        offer = link.ask(c.DISCOVER)
        self.assertEqual(offer.link, (self.ours, link.mac))
        self.assertEqual((offer.addresses, offer.ports), ((link.server, link.address), (67, 68)))
        for kind, options, fields in (
            (c.DISCOVER, {}, {"flags": 0x8000}),
            (c.REQUEST, {50: octets("10.7.0.7")}, {}),
            (c.REQUEST, {}, {"ciaddr": octets("10.7.0.7")}),
        ):
            reply = link.ask(kind, options, **fields)
            self.assertEqual((reply.link, reply.addresses), ((self.ours, EVERYONE), (link.server, EVERYBODY)))
            self.assertEqual((reply.ports, reply.message.options[54]), ((67, 68), link.server))

    def test_of_a_frame_all_octets_count(self):
        self.link()
        plain = {"response_interface": "-"}
        tagged = {**plain, "response_interface_qtags": [(0, 0, 100), (1, 0, 7)]}
        for keywords, size, to in (({}, 300, EVERYBODY), (plain, 342, CLIENT), (tagged, 350, CLIENT)):
            server = inside(self.space, lambda keywords=keywords: DHCPServer("10.1.0.1", 67, 68, **keywords))
            packet = DHCPPacket(encode(message(c.DISCOVER)))
            packet.transformToDHCPOfferPacket()
            packet.setOption("yiaddr", CLIENT)
            self.assertEqual(server._sendDHCPPacket(packet, None, 67), (size, Address(to, 68)))
            server.close()

    def test_a_server_of_the_link_alone_sends_nothing_to_a_gateway(self):
        self.link()
        ip("-n", self.space, "route", "add", "default", "via", "10.1.0.99")
        for link_local_only in (False, True):
            keywords = {"link_local_only": link_local_only}
            server = inside(self.space, lambda keywords=keywords: DHCPServer("10.1.0.1", 67, 68, **keywords))
            packet = DHCPPacket(encode(message(c.DISCOVER, giaddr=octets("10.9.0.1"))))
            packet.transformToDHCPOfferPacket()
            if link_local_only:
                self.assertRaises(OSError, server._sendDHCPPacket, packet, None, 67)
            else:
                self.assertEqual(server._sendDHCPPacket(packet, None, 67)[1], Address("10.9.0.1", 67))
            server.close()
