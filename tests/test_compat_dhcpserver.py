"""A program's own server on the library's framework: over the loopback interface, and as a program."""

import os
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from sdhcp.compat.libpydhcpserver.dhcp import IP_UNSPECIFIED_FILTER, Address, DHCPServer
from sdhcp.compat.staticdhcpdlib.dhcp import DHCPService, _PacketSourceIgnored, _PacketWrapper
from sdhcp.scripting.ipv4 import IPv4
from sdhcp.scripting.packet import DHCPPacket
from sdhcp.transport.errors import ListenError
from sdhcp.wire.message import decode, encode

from .loopback import AGENT, LINK, free_port
from .netns.yard import ROOT
from .samples import ip, message

HOST = "127.0.0.3"
PATIENCE = 10.0
KINDS = {1: "Discover", 3: "Request", 4: "Decline", 7: "Release", 8: "Inform", 10: "LeaseQuery"}
PROGRAM = """
import sys, threading
from libpydhcpserver.dhcp import DHCPServer
from libpydhcpserver.dhcp_types.ipv4 import IPv4
from beside import ADDRESS

class Server(DHCPServer):
    def __init__(self, *arguments):
        self.answered = threading.Event()
        DHCPServer.__init__(self, *arguments)

    def _handleDHCPDiscover(self, packet, source_address, port):
        packet.transformToDHCPOfferPacket()
        packet.setOption("yiaddr", ADDRESS)
        packet.setOption("server_identifier", self._server_address)
        self._sendDHCPPacket(packet, source_address, port)
        self.answered.set()

server = Server(IPv4("127.0.0.1"), int(sys.argv[1]), int(sys.argv[2]))
print(__name__, "twisted.internet.reactor" in sys.modules, flush=True)
while not server.answered.is_set():
    server._getNextDHCPPacket(timeout=0.1)
sys.exit(7)
"""


class Echoing(DHCPServer):
    """Answers what it is asked, and keeps what came of that."""

    def __init__(self, *arguments, **keywords):
        self.calls, self.sent, self.done = [], [], threading.Semaphore(0)
        super().__init__(*arguments, **keywords)

    def _answer(self, packet, source_address, port):
        self.calls.append((packet.getDHCPMessageTypeName(), source_address, port, threading.current_thread()))
        try:
            if packet.isDHCPDiscoverPacket():
                packet.transformToDHCPOfferPacket()
            elif packet.getOption(12) == list(b"refuse"):
                packet.transformToDHCPNakPacket()
            else:
                packet.transformToDHCPAckPacket()
            self.prepare(packet)
            self.sent.append(self._sendDHCPPacket(packet, source_address, port))
        finally:
            self.done.release()

    def prepare(self, packet):
        packet.setOption("yiaddr", "127.0.0.50")

    _handleDHCPDiscover = _handleDHCPRequest = _handleDHCPInform = _answer  # noqa: N815  as the library calls them


class ServerCase(SynchronousTestCase):
    def setUp(self):
        self.port, self.client_port = free_port(), free_port()

    def serve(self, kind=Echoing, *more, **keywords):
        server = kind("127.0.0.1", self.port, self.client_port, *more, **keywords)
        self.addCleanup(server.close)
        return server

    def heard_at(self, address, port):
        """A socket of an agent or a client."""
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(made.close)
        made.settimeout(PATIENCE)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((address, port))
        return made

    def send(self, who, data, port=None):
        who.sendto(data, ("127.0.0.1", port or self.port))

    def receive(self, who):
        data, source = who.recvfrom(2048)
        return decode(data), source

    def finish(self, server, times=1):
        for _ in range(times):
            self.assertTrue(server.done.acquire(timeout=PATIENCE))


class ReceivingTests(ServerCase):
    def test_nothing_in_time_is_no_packet_and_no_address(self):
        self.assertEqual(self.serve()._getNextDHCPPacket(timeout=0), (False, None))

    def test_every_kind_goes_to_its_own_method_in_a_thread_of_its_own(self):
        heard = threading.Semaphore(0)
        calls = []

        def method(name):
            def handle(self, packet, source_address, port):
                calls.append((name, packet.getOption(53)[0], source_address, port, threading.current_thread()))
                heard.release()

            return handle

        own = type("Own", (DHCPServer,), {f"_handleDHCP{name}": method(name) for name in KINDS.values()})
        server, client = self.serve(own), self.heard_at(HOST, self.client_port)
        source = Address(IPv4(HOST), self.client_port)
        for kind in KINDS:
            self.send(client, encode(message(kind)))
            self.assertEqual(server._getNextDHCPPacket(PATIENCE), (True, source))
            self.assertTrue(heard.acquire(timeout=PATIENCE))
        self.assertEqual(
            [call[:4] for call in calls], [(name, kind, source, self.port) for kind, name in KINDS.items()]
        )
        self.assertEqual(len({call[4] for call in calls} - {threading.current_thread()}), len(KINDS))

    def test_what_no_method_is_there_for_is_received_all_the_same(self):
        server, client = self.serve(), self.heard_at(HOST, self.client_port)
        for data in (
            encode(message(7)),
            encode(message(2)),
            encode(message(1, op=2)),
            encode(message(None, {12: b"a"})),
        ):
            self.send(client, data)
            self.assertEqual(server._getNextDHCPPacket(PATIENCE), (True, Address(IPv4(HOST), self.client_port)))
        self.send(client, encode(message(1, giaddr=LINK)))
        server._getNextDHCPPacket(PATIENCE)
        self.finish(server)
        self.assertEqual([call[0] for call in server.calls], ["DHCP_DISCOVER"])

    def test_what_is_malformed_raises_nothing(self):
        server, client = self.serve(), self.heard_at(HOST, self.client_port)
        plain = encode(message(1))
        broken = (b"x", bytes(300), plain[:100], plain[:236] + b"abcd", plain[:243] + b"\x0c")
        for data in broken:
            self.send(client, data)
            self.assertEqual(server._getNextDHCPPacket(PATIENCE), (False, Address(IPv4(HOST), self.client_port)))
        self.send(client, b"")
        self.assertEqual(server._getNextDHCPPacket(PATIENCE), (False, None))

    def test_what_is_odd_is_handled(self):
        server = self.serve()
        agent = self.heard_at(AGENT, self.port)
        for options, fields in (({50: b"\1"}, {}), ({54: b"\1\2"}, {}), ({}, {"hlen": 3}), ({82: b"\1\x09a"}, {})):
            self.send(agent, encode(message(3, options, giaddr=LINK, **fields)))
            self.assertTrue(server._getNextDHCPPacket(PATIENCE)[0])
            self.assertEqual(self.receive(agent)[0].message_type, 5)
            self.finish(server)
        self.send(agent, encode(message(1))[:240] + b"\x35\0\xff")
        self.assertEqual(server._getNextDHCPPacket(PATIENCE), (True, Address(IPv4(AGENT), self.port)))

    def test_no_more_is_read_than_there_is_room_for(self):
        server, client = self.serve(), self.heard_at(HOST, self.client_port)
        self.send(client, encode(message(1)))
        source = Address(IPv4(HOST), self.client_port)
        self.assertEqual(server._getNextDHCPPacket(PATIENCE, packet_buffer=200), (False, source))

    def test_a_method_that_raises_costs_its_own_packet_and_is_told(self):
        class Raising(Echoing):
            def prepare(self, packet):
                if packet.isOption(12):
                    raise KeyError("boom")

        server = self.serve(Raising)
        agent = self.heard_at(AGENT, self.port)
        with self.assertLogs("dhcp", "ERROR") as logs:
            self.send(agent, encode(message(1, {12: b"x"}, giaddr=LINK)))
            server._getNextDHCPPacket(PATIENCE)
            self.finish(server)
            self.send(agent, encode(message(1, giaddr=LINK)))
            server._getNextDHCPPacket(PATIENCE)
            self.assertEqual(self.receive(agent)[0].message_type, 2)
            for *_, thread in server.calls:
                thread.join(PATIENCE)
        self.assertIn("boom", logs.output[0])

    def test_while_too_many_are_handled_packets_are_dropped_and_counted(self):
        go_on, begun = threading.Event(), threading.Semaphore(0)

        class Slow(Echoing):
            most_threads = 2

            def prepare(self, packet):
                begun.release()
                go_on.wait(PATIENCE)

        server = self.serve(Slow)
        agent = self.heard_at(AGENT, self.port)
        with self.assertLogs("dhcp", "WARNING") as logs:
            for _ in range(7):
                self.send(agent, encode(message(1, giaddr=LINK)))
                self.assertTrue(server._getNextDHCPPacket(PATIENCE)[0])
        self.assertEqual((server.dropped_packets, len(logs.output)), (5, 3))
        self.assertTrue(begun.acquire(timeout=PATIENCE) and begun.acquire(timeout=PATIENCE))
        go_on.set()
        self.finish(server, 2)
        self.assertEqual(len(server.calls), 2)

    def test_a_service_receives_until_its_server_is_closed(self):
        server, agent = self.serve(), self.heard_at(AGENT, self.port)
        service = DHCPService(server)
        service.start()
        self.send(agent, encode(message(1, giaddr=LINK)))
        self.assertEqual(self.receive(agent)[0].yiaddr, ip("127.0.0.50"))
        server.close()
        service.join(PATIENCE)
        self.assertFalse(service.is_alive())

    def test_a_packet_that_is_refused_while_it_is_handled_is_no_fault(self):
        packet = DHCPPacket(encode(message(1)))
        with _PacketWrapper(packet, Address(IPv4(HOST), 68), 67) as handled:
            self.assertIs(handled, packet)
            raise _PacketSourceIgnored
        with self.assertRaises(KeyError), _PacketWrapper(packet):
            raise KeyError

    def test_a_server_that_is_closed_raises_and_its_port_is_free(self):
        server = self.serve()
        server.close()
        self.assertRaises(OSError, server._getNextDHCPPacket, 0)
        self.serve()


class SendingTests(ServerCase):
    def ask(self, server, who, kind, options=None, port=None, **fields):
        self.send(who, encode(message(kind, options, **fields)), port)
        self.assertTrue(server._getNextDHCPPacket(PATIENCE)[0])
        self.finish(server)

    def test_a_relay_agent_is_answered_at_its_address_whatever_the_request_came_from(self):
        server = self.serve()
        agent = self.heard_at(AGENT, self.port)
        other = self.heard_at(HOST, free_port())
        for fields in ({}, {"ciaddr": ip(HOST)}):
            self.ask(server, other, 3, giaddr=LINK, **fields)
            reply, source = self.receive(agent)
            self.assertEqual((reply.giaddr, source), (LINK, ("127.0.0.1", self.port)))
        size = len(encode(message(5)))
        self.assertEqual(server.sent, [(size, Address(IPv4(AGENT), self.port))] * 2)

    def test_a_client_that_has_an_address_is_answered_there(self):
        server = self.serve()
        client, elsewhere = self.heard_at(HOST, self.client_port), self.heard_at("127.0.0.4", self.client_port)
        for who, kind, ciaddr in ((elsewhere, 3, HOST), (elsewhere, 8, HOST), (client, 8, "0.0.0.0")):
            self.ask(server, who, kind, ciaddr=ip(ciaddr))
            self.assertEqual(self.receive(client)[1], ("127.0.0.1", self.port))
        self.assertEqual([to for _, to in server.sent], [Address(IPv4(HOST), self.client_port)] * 3)

    def test_a_proxy_dhcp_client_is_answered_from_that_port_at_the_port_that_it_spoke_from(self):
        proxy_port = free_port()
        server = self.serve(Echoing, proxy_port)
        client = self.heard_at(HOST, free_port())
        for port in (proxy_port, self.port):
            self.send(client, encode(message(8)), port)
            server._getNextDHCPPacket(PATIENCE)
            self.finish(server)
        self.assertEqual(self.receive(client)[1], ("127.0.0.1", proxy_port))
        self.assertEqual([call[2] for call in server.calls], [proxy_port, self.port])
        self.assertEqual(server.sent[0][1], Address(IPv4(HOST), client.getsockname()[1]))

    def test_a_program_may_send_a_reply_elsewhere_if_the_client_wants_no_broadcast(self):
        other_port = free_port()

        class Elsewhere(Echoing):
            def prepare(self, packet):
                packet.response_ip, packet.response_port = IPv4(HOST), other_port

        server = self.serve(Elsewhere)
        agent, there = self.heard_at(AGENT, other_port), self.heard_at(HOST, other_port)
        for who, flags in ((there, 0), (agent, 0x8000)):
            self.ask(server, there, 1, flags=flags, giaddr=LINK)
            self.assertEqual(self.receive(who)[0].flags, flags)
        self.assertEqual([to for _, to in server.sent], [Address(HOST, other_port), Address(AGENT, other_port)])

    def test_a_packet_of_nothing_goes_where_it_is_sent(self):
        server, client = self.serve(), self.heard_at(HOST, self.client_port)
        packet = DHCPPacket()
        packet.setOption("op", 2)
        packet.setOption(53, [9])
        for source in (Address(IPv4(HOST), 0), (HOST, 67)):
            size, to = server._sendDHCPPacket(packet, source, self.port)
            self.assertEqual((size, to), (300, Address(IPv4(HOST), self.client_port)))
            self.assertEqual(self.receive(client)[0].message_type, 9)

    def test_what_is_no_address_no_port_or_no_packet_raises_value_error(self):
        server = self.serve()
        for name, value in (("response_ip", "nowhere"), ("response_port", 0), ("response_mac", "02:00")):
            packet = DHCPPacket(encode(message(8)))
            packet.transformToDHCPAckPacket()
            setattr(packet, name, value)
            self.assertRaises(ValueError, server._sendDHCPPacket, packet, (HOST, 68), self.port)
        packet = DHCPPacket(encode(message(8)))
        packet.deleteOption(53)
        self.assertRaises(ValueError, server._sendDHCPPacket, packet, (HOST, 68), self.port)


class MakingTests(ServerCase):
    def test_an_address_that_no_interface_has_raises_value_error(self):
        for address in ("192.0.2.254", "nowhere", "255.255.255.255"):
            self.assertRaises(ValueError, DHCPServer, address, self.port, self.client_port)

    def test_what_is_no_port_and_no_tag_raises_value_error(self):
        for ports in ((0, 68), (67, 65536), (67, "68"), (67, 68, -1), (True, 68)):
            self.assertRaises(ValueError, DHCPServer, "127.0.0.1", *ports)
        tags = {"response_interface": "lo", "response_interface_qtags": [(8, 0, 1)]}
        self.assertRaises(ValueError, self.serve, **tags)

    def test_a_port_that_is_taken_and_an_interface_that_is_not_there_are_told(self):
        taken = self.heard_at("127.0.0.1", self.port)
        error = self.assertRaises(ListenError, self.serve)
        self.assertIn(f"UDP port {self.port}", str(error))
        taken.close()
        self.assertRaises(ListenError, self.serve, response_interface="no-such-one")
        self.serve()

    def test_the_server_knows_its_address(self):
        for address in ("127.0.0.1", IPv4("127.0.0.1")):
            server = DHCPServer(address, self.port, self.client_port, link_local_only=True)
            self.addCleanup(server.close)
            self.assertEqual(server._server_address, IPv4("127.0.0.1"))
            server.close()

    def test_a_client_without_an_address_is_recognised(self):
        for address in ("0.0.0.0", IPv4("0.0.0.0"), IPv4("255.255.255.255"), "255.255.255.255", None):
            self.assertIn(address, IP_UNSPECIFIED_FILTER)
        for address in ("127.0.0.1", IPv4("10.0.0.1"), "", 0, b""):
            self.assertNotIn(address, IP_UNSPECIFIED_FILTER)


class ProgramTests(ServerCase):
    def setUp(self):
        super().setUp()
        kept = tempfile.TemporaryDirectory(prefix="sdhcp-program-")
        self.addCleanup(kept.cleanup)
        self.program = Path(kept.name) / "program.py"

    def start(self, text, *command):
        self.program.write_text(text, encoding="ascii")
        process = subprocess.Popen(
            [sys.executable, *command],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def run_to_end(self, text, *arguments):
        process = self.start(text, "-m", "sdhcp.compat", *arguments)
        output, errors = process.communicate(timeout=60)
        return process.returncode, output, errors

    def assert_serves(self, process):
        self.assertEqual(process.stdout.readline(), "__main__ False\n", process)
        agent = self.heard_at(AGENT, self.port)
        self.send(agent, encode(message(1, giaddr=LINK)))
        reply, source = self.receive(agent)
        self.assertEqual((reply.message_type, reply.yiaddr), (2, ip("127.0.0.50")))
        self.assertEqual((reply.options[54], source), (ip("127.0.0.1"), ("127.0.0.1", self.port)))
        self.assertEqual(process.wait(60), 7)

    def test_a_program_is_started_as_it_is_and_has_no_reactor(self):
        (self.program.parent / "beside.py").write_text("ADDRESS = '127.0.0.50'\n", encoding="ascii")
        arguments = (str(self.program), str(self.port), str(self.client_port))
        self.assert_serves(self.start(PROGRAM, "-m", "sdhcp.compat", *arguments))

    def test_a_program_may_have_the_names_installed_itself(self):
        (self.program.parent / "beside.py").write_text("ADDRESS = '127.0.0.50'\n", encoding="ascii")
        text = f"import sdhcp.compat\nsdhcp.compat.install()\n{PROGRAM}"
        self.assert_serves(self.start(text, str(self.program), str(self.port), str(self.client_port)))

    def test_a_program_has_its_own_arguments_and_exit_status(self):
        text = "import sys\nprint(sys.argv[1:], sys.argv[0] == __file__)\n{}"
        for end, status in (("", 0), ("sys.exit(3)", 3), ("sys.exit('sorry')", 1), ("1 / 0", 1)):
            code, output, errors = self.run_to_end(text.format(end), str(self.program), "-v", "x y")
            self.assertEqual((code, output), (status, "['-v', 'x y'] True\n"))
        self.assertIn("ZeroDivisionError", errors)

    def test_without_a_program_the_status_says_so(self):
        for arguments in ((), (str(self.program.parent / "none.py"),)):
            code, output, errors = self.run_to_end("", *arguments)
            self.assertEqual((code, output), (2, ""))
            self.assertTrue(errors)
