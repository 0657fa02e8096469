"""What a server tells systemd, and that a restart loses no packet."""

import signal
import socket
import tempfile
from contextlib import contextmanager
from pathlib import Path

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from sdhcp.sd_notify import WAITING, NotifySocket
from sdhcp.supervisor import Supervisor
from sdhcp.transport.handed import HandedSockets, handed_over
from sdhcp.wire import constants as c
from sdhcp.wire.message import encode

from .loopback import INI, INI_CONF, LINK
from .samples import ip, message
from .supervised import Supervised

HELD = ip("127.0.0.50")


@contextmanager
def supervised(**more):
    with tempfile.TemporaryDirectory(prefix="sdhcp-") as folder:
        server = Supervised(Path(folder), **more)
        try:
            yield server
        finally:
            server.close()


class SupervisedServerTests(SynchronousTestCase):
    def test_a_restart_loses_no_packet_and_each_state_is_told(self):
        with supervised(conf=INI_CONF + 'LOG_FILE = "sdhcp.log"\n') as server:
            self.assertIn("127.0.0.1", server.until("READY")["STATUS"])
            self.assertEqual(set(server.store), {f"unicast-127.0.0.1-{server.port}", f"broadcast-1-{server.port}"})
            server.until("WATCHDOG")
            server.reload()
            self.assertTrue(server.until("RELOADING")["MONOTONIC_USEC"].isdecimal())
            server.until("READY")
            (server.folder / "dhcp.ini").write_text(INI + "\n[nonsense\n", encoding="utf-8")
            server.reload()
            server.until("STATUS", "cannot be read anew")
            server.until("READY")
            (server.folder / "dhcp.ini").write_text(INI, encoding="utf-8")

            server.process.send_signal(signal.SIGTERM)
            server.until("STOPPING")
            server.process.wait(20)
            server.send(encode(message(c.DISCOVER, giaddr=LINK)))
            server.again()
            server.until("READY")
            reply, _ = server.receive()
            self.assertEqual(reply.yiaddr, HELD)
            self.assertEqual(server.ask(c.DISCOVER).yiaddr, HELD)
            self.assertEqual(server.log().count("ready"), 2, server.log())
            # The journal, which the second one writes to, has the time itself, and keeps lines by their priorities.
            self.assertIn("\n<4>sdhcp ", server.log())
            self.assertEqual((server.folder / "sdhcp.log").stat().st_mode & 0o777, 0o640)

    def test_sockets_that_a_new_conf_does_not_want_are_let_go(self):
        with supervised(abstract=True) as server:
            server.until("READY")
            old = server.port
            server.stop()
            server.agent.close()
            text = server.conf.read_text(encoding="utf-8").replace(str(old), "0", 1)
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
                one.bind(("127.0.0.1", 0))
                new = one.getsockname()[1]
            server.conf.write_text(text.replace("PORT = 0", f"PORT = {new}"), encoding="utf-8")
            server.until("STOPPING")
            server.again()
            server.until("READY")
            # What is let go is told before that one is ready.
            self.assertEqual(set(server.store), {f"unicast-127.0.0.1-{new}", f"broadcast-1-{new}"}, server.log())


class HandedSocketsTests(SynchronousTestCase):
    def opened(self, address="127.0.0.1"):
        one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        one.bind((address, 0))
        return one, one.getsockname()[1]

    def test_descriptors_that_are_meant_for_another_process_are_not_touched(self):
        environment = {"LISTEN_PID": "7", "LISTEN_FDS": "3", "LISTEN_FDNAMES": "unicast-a:http:broadcast-b"}
        self.assertEqual(handed_over(environment, 8), [])
        self.assertEqual(handed_over(environment, 7), [("unicast-a", 3), ("broadcast-b", 5)])
        self.assertEqual(handed_over({}, 7), [])

    def test_one_that_does_not_fit_is_replaced(self):
        kept = []
        old, port = self.opened()
        other, _ = self.opened()
        handed = HandedSockets([("name", old.detach())], lambda name, one: kept.append((name, one)))
        self.assertTrue(handed.has_port(port))
        self.assertIs(handed.socket("name", "127.0.0.1", port + 1, "", lambda: other), other)
        self.assertEqual(kept, [("name", other)])
        self.assertFalse(handed.has_port(port))
        other.close()

    def test_what_is_no_udp_socket_is_closed(self):
        stream = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        number = stream.fileno()
        handed = HandedSockets([("name", stream.detach())])
        self.assertRaises(OSError, socket.socket, fileno=number)
        handed.close_rest()


class NotifySocketTests(SynchronousTestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="sdhcp-")
        self.addCleanup(self.folder.cleanup)
        self.path = f"{self.folder.name}/notify"
        self.other = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.other.close)
        self.other.bind(self.path)
        self.other.setblocking(False)

    def received(self):
        try:
            return self.other.recv(4096).decode()
        except BlockingIOError:
            return None

    def test_what_is_not_taken_at_once_is_sent_later_in_its_order_and_bounded(self):
        told = NotifySocket(self.path)
        self.addCleanup(told.close)
        for number in range(2000):
            told.send(f"STATUS={number}")
        first = []
        while (one := self.received()) is not None:
            first.append(one)
        self.assertEqual(first, [f"STATUS={number}" for number in range(len(first))])
        self.assertLess(len(first), 2000)
        rest = []
        for _ in range(WAITING):
            told.flush()
            while (one := self.received()) is not None:
                rest.append(one)
        self.assertEqual(rest, [f"STATUS={number}" for number in range(2000 - WAITING, 2000)])

    def test_a_value_stays_in_its_line(self):
        told = NotifySocket(self.path)
        self.addCleanup(told.close)
        told.send("STATUS=one\nREADY=1")
        self.assertEqual(self.received(), "STATUS=one READY=1")

    def test_one_that_has_gone_costs_nothing(self):
        told = NotifySocket(f"{self.folder.name}/gone")
        self.addCleanup(told.close)
        told.send("READY=1")
        self.assertFalse(NotifySocket(""))

    def test_signs_of_life_come_twice_in_the_time_that_is_given(self):
        clock = Clock()
        environment = {"NOTIFY_SOCKET": self.path, "WATCHDOG_USEC": "4000000", "WATCHDOG_PID": "7"}
        supervisor = Supervisor(environment, {}, 7, clock)
        self.assertEqual(environment, {})
        supervisor.startService()
        signs = []
        for _ in range(40):
            clock.advance(0.1)
            while (one := self.received()) is not None:
                signs.append(one)
        supervisor.stopService()
        self.assertEqual(signs.count("WATCHDOG=1"), 3)

    def test_a_watchdog_of_another_process_is_not_fed(self):
        clock = Clock()
        environment = {"NOTIFY_SOCKET": self.path, "WATCHDOG_USEC": "4000000", "WATCHDOG_PID": "8"}
        supervisor = Supervisor(environment, {}, 7, clock)
        supervisor.startService()
        clock.advance(10)
        self.assertEqual(self.received(), "STATUS=starting")
        self.assertIsNone(self.received())
        supervisor.stopService()
