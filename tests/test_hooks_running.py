"""A site's code in the running server: init(), HOOKS, settings that code changes, and what the log says of it."""

import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from sdhcp.wire import constants as c
from sdhcp.wire.message import encode

from .loopback import INI_CONF, LINK, running
from .netns.yard import ROOT
from .samples import ip, message

HELD = ip("127.0.0.50")
STRANGER = bytes.fromhex("02005e0000ff")


def conf(text: str, source: str = INI_CONF) -> str:
    return source + textwrap.dedent(text)


LATER = """
from twisted.internet import reactor
from twisted.internet.task import deferLater

async def init():
    await deferLater(reactor, 0.1, lambda: None)
    raise ValueError("later")
"""
SDHCP = (sys.executable, "-m", "sdhcp.cli.main")
TWISTD = (str(Path(sys.executable).with_name("twistd")), "--nodaemon", "--pidfile=", "sdhcp")


def failing(text: str, command: tuple[str, ...] = (*SDHCP, "run")) -> subprocess.CompletedProcess[str]:
    """A server that is not to start."""
    with tempfile.TemporaryDirectory(prefix="sdhcp-") as folder:
        path = Path(folder) / "conf.py"
        head = (
            'DHCP_SERVER_IP = "127.0.0.1"\nDHCP_SERVER_PORT = 0x4321\nDHCP_RESPONSE_INTERFACE = None\nDAEMON = False\n'
        )
        path.write_text(head + textwrap.dedent(text), encoding="utf-8")
        return subprocess.run(
            [*command, "--config", str(path)],
            capture_output=True, text=True, cwd=folder, env={"PYTHONPATH": str(ROOT)}, timeout=60, check=False,
        )  # fmt: skip


def said(done: subprocess.CompletedProcess[str]) -> str:
    """What is wrong with its conf.py, wherever that was."""
    return done.stderr.partition("conf.py")[2]


class InitTests(SynchronousTestCase):
    def test_it_runs_before_the_sites_own_database_is_made(self):
        text = """
        READY = []

        def init():
            READY.append("init")

        class Ours:
            def __init__(self):
                assert READY == ["init"]

            def lookupMAC(self, mac):
                return {"ip": "127.0.0.77", "lease_time": 60, "subnet": "127.0.0.0/24", "serial": 0}

        DATABASE_ENGINE = Ours
        """
        with running(conf(text, "")) as server:
            self.assertEqual(server.ask(c.DISCOVER).yiaddr, ip("127.0.0.77"))

    def test_what_it_raises_ends_the_start_with_its_line(self):
        done = failing("DATABASE_ENGINE = None\n\ndef init():\n    raise ValueError('no such thing')\n")
        self.assertEqual(done.returncode, 1)
        self.assertIn("init raised ValueError: no such thing; see ", done.stderr)
        self.assertIn("conf.py:8", done.stderr)
        self.assertNotIn("Traceback", done.stderr)

    def test_nobody_is_answered_before_it_is_done(self):
        text = """
        from twisted.internet import reactor
        from twisted.internet.task import deferLater

        STATE = {"done": False}

        async def init():
            await deferLater(reactor, 0.5, lambda: None)
            STATE["done"] = True

        def filterPacket(*_):
            assert STATE["done"]
            return True
        """
        with running(conf(text)) as server:
            self.assertEqual(server.ask(c.DISCOVER).yiaddr, HELD)

    def test_an_asynchronous_one_that_fails_ends_the_server(self):
        for init in ("async def init():\n    raise ValueError('later')\n", LATER):
            for command in ((*SDHCP, "run"), TWISTD):
                done = failing(f"DATABASE_ENGINE = None\n{init}", command)
                self.assertIn("ValueError: later", done.stdout + done.stderr)
                self.assertNotIn("ready", done.stdout + done.stderr)
                self.assertEqual(done.returncode, 1)


class SettingTests(SynchronousTestCase):
    def test_what_is_in_hooks_takes_part(self):
        text = """
        from zope.interface import implementer
        from sdhcp.interfaces import IReplyEditor

        @implementer(IReplyEditor)
        class Boot:
            def edit(self, request, definition):
                return request.packet.setOption("bootfile_name", f"{request.mac}.cfg")

        HOOKS = [Boot()]
        """
        with running(conf(text)) as server:
            self.assertEqual(server.ask(c.DISCOVER).options[67], b"02:00:5e:00:01:01.cfg")

    def test_what_in_hooks_cannot_take_part_is_told(self):
        for value, what in (("[1]", "1 is no code"), ("[dict]", "dict is a class"), ("[open]", "provides none")):
            with self.subTest(value):
                done = failing(f"DATABASE_ENGINE = None\nHOOKS = {value}\n")
                self.assertEqual(done.returncode, 2)
                self.assertIn("conf.py:6: HOOKS: ", done.stderr)
                self.assertIn(what, done.stderr)
                check = failing(f"DATABASE_ENGINE = None\nHOOKS = {value}\n", (*SDHCP, "check"))
                self.assertEqual((check.returncode, said(check)), (2, said(done)))

    def test_a_setting_that_code_changes_counts(self):
        text = """
        def filterPacket(packet, method, mac, client_ip, relay_ip, port):
            from staticdhcpdlib import config
            if method == "REQUEST:INIT-REBOOT":
                config.AUTHORITATIVE = True
            if method == "INFORM":
                config.SUSPEND_THRESHOLD = "many"
            return True
        """
        reboot = encode(message(c.REQUEST, {c.REQUESTED_ADDRESS: HELD}, giaddr=LINK, chaddr=STRANGER))
        with running(conf(text)) as server:
            server.send(reboot)
            server.expect("REQUEST:INIT-REBOOT", "no answer")
            server.send(reboot)
            self.assertEqual(server.receive()[0].message_type, c.NAK)
            server.send(encode(message(c.INFORM, giaddr=LINK, chaddr=STRANGER)))
            server.expect("ERROR", "SUSPEND_THRESHOLD", "expected")

    def test_a_function_that_init_replaces_counts(self):
        text = """
        def init():
            from staticdhcpdlib import config
            config.loadDHCPPacket = lambda packet, *_: packet.setOption(66, "replaced")
        """
        with running(conf(text)) as server:
            self.assertEqual(server.ask(c.DISCOVER).options[66], b"replaced")


class LogTests(SynchronousTestCase):
    def test_what_raises_is_told_once_with_its_traceback_and_others_are_served(self):
        text = """
        def loadDHCPPacket(packet, method, mac, definition, relay_ip, port, source_packet):
            if method == "DISCOVER":
                raise KeyError("no colour")
            return True
        """
        with running(conf(text)) as server:
            for _ in range(20):
                server.send(encode(message(c.DISCOVER, giaddr=LINK)))
            sent = {c.SERVER_IDENTIFIER: ip("127.0.0.1"), c.REQUESTED_ADDRESS: HELD}
            self.assertEqual(server.ask(c.REQUEST, sent).message_type, c.ACK)
            server.stop()
            log = server.log()
        self.assertEqual(log.count("Traceback"), 1)
        self.assertIn("CRITICAL : site code loadDHCPPacket raised KeyError: 'no colour'; see ", log)
        self.assertIn('raise KeyError("no colour")', log)
        self.assertIn("19 more in the last minute: failures of site code loadDHCPPacket", log)

    def test_who_holds_up_the_clients_is_named_with_what_to_do(self):
        text = """
        import time

        def loadDHCPPacket(*_):
            time.sleep(0.2)
            return True
        """
        with running(conf(text)) as server:
            server.ask(c.DISCOVER)
            server.expect("site code loadDHCPPacket held up all clients for", "put @threaded above it")

    def test_code_that_waits_in_a_thread_keeps_nobody_else_waiting(self):
        text = """
        import threading

        NEVER = threading.Event()

        def handleUnknownMAC(*_):
            NEVER.wait(60)
        """
        with running(conf(text)) as server:
            for number in range(40):
                server.send(encode(message(c.DISCOVER, giaddr=LINK, chaddr=bytes([2, 0, 0, 9, 9, number]))))
            self.assertEqual(server.ask(c.DISCOVER).yiaddr, HELD)
            server.expect("handleUnknownMAC", "no answer within 4 s")
            self.assertEqual(server.stop(), 0)
