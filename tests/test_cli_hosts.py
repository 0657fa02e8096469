"""``sdhcp hosts`` as somebody at a terminal, or a script, meets it."""

import os
import pty
import select
import subprocess
import sys
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from .netns.yard import ROOT
from .test_run import sdhcp

INI = "[10.0.0.0/8|0]\nlease-time: 60\n"
HOSTS = "mac,ip,subnet\n02:00:00:00:00:01,10.0.0.1,10.0.0.0/8\n"


class CommandLineCase(SynchronousTestCase):
    def setUp(self):
        self.folder = Path(self.mktemp()).absolute()
        self.folder.mkdir()
        (self.folder / "dhcp.ini").write_text(INI)
        (self.folder / "hosts.csv").write_text(HOSTS)
        self.conf("DATABASE_ENGINE = 'INI'\nINI_FILE = 'dhcp.ini'\n")

    def conf(self, text):
        (self.folder / "conf.py").write_text("DHCP_SERVER_IP = '127.0.0.1'\n" + text)

    def hosts(self, status, command, *arguments):
        done = sdhcp("hosts", command, "--config", str(self.folder), *arguments)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        self.assertNotIn("Traceback", done.stderr)
        return done


class TerminalTests(CommandLineCase):
    def at_a_terminal(self, answer, *arguments):
        """Exit status and screen of an import where somebody answers."""
        ours, theirs = pty.openpty()
        command = [sys.executable, "-m", "sdhcp.cli.main", "hosts", "import", "--config", str(self.folder)]
        with subprocess.Popen(
            [*command, *arguments, str(self.folder / "hosts.csv")], stdin=theirs, stdout=theirs, stderr=theirs,
            env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm"},
        ) as process:  # fmt: skip
            os.close(theirs)
            screen = b""
            asked = False
            while select.select([ours], [], [], 60)[0]:
                try:
                    octets = os.read(ours, 4096)
                except OSError:
                    break
                screen += octets
                if b"[y/N]" in screen and not asked:
                    asked = True
                    os.write(ours, answer)
            os.close(ours)
            return process.wait(60), screen.decode()

    def test_somebody_who_says_no_has_changed_nothing(self):
        for answer in (b"n\n", b"\n", b"\x04"):
            status, screen = self.at_a_terminal(answer)
            self.assertEqual(status, 1, screen)
            self.assertIn("+ 02:00:00:00:00:01 10.0.0.1", screen)
            self.assertNotIn("Traceback", screen)
            self.assertEqual((self.folder / "dhcp.ini").read_text(), INI)

    def test_somebody_who_says_yes_sees_a_bar_for_each_phase_of_long_work(self):
        lines = [f"02:00:00:01:{n >> 8:02x}:{n & 255:02x},10.0.{n >> 8}.{n & 255},10.0.0.0/8\n" for n in range(1, 9000)]
        (self.folder / "hosts.csv").write_text("mac,ip,subnet\n" + "".join(lines))
        status, screen = self.at_a_terminal(b"y\n")
        self.assertEqual(status, 0, screen)
        for phase in ("checking", "writing"):
            self.assertRegex(screen, rf"{phase} +\[#*.*100%")
        status, screen = self.at_a_terminal(b"y\n")
        self.assertRegex(screen, r"comparing +\[#*.*100%")
        self.assertIn("there is nothing to change", screen)


class StatusTests(CommandLineCase):
    def test_wrong_usage_is_status_2_with_a_line_that_says_what(self):
        for arguments, expected in (
            (("list", "--ip", "10.0.0.0/33"), "no network"),
            (("list", "--format", "xml"), "xml"),
            (("add", "02:00:00:00:00:01", "10.0.0.1"), "--subnet"),
            (("add", "x", "10.0.0.1", "--subnet", "10.0.0.0/8"), "'x' is no key"),
            (("add", "02:00:00:00:00:01", "10.0.0.1", "--subnet", "a", "--set", "room"), "COLUMN=VALUE"),
            (("import", "nowhere.csv"), "nowhere.csv: cannot be read"),
            (("list", "--password-file", "x"), "--user"),
            (("export", "--format", "json", "--subnets", "x"), "JSON has the subnets"),
        ):
            self.assertIn(expected, self.hosts(2, *arguments).stderr)

    def test_a_conf_py_or_a_file_that_is_not_in_order_is_status_2(self):
        (self.folder / "bad.json").write_text('{"hosts": [1, {"mac": "02:00:00:00:00:01", "ip": "10.0.0.1"}]}')
        said = self.hosts(2, "import", "--yes", str(self.folder / "bad.json")).stderr
        self.assertIn("bad.json: host 1: no object", said)
        self.assertIn("bad.json: host 2: subnet: is empty", said)
        (self.folder / "bad.json").write_text("[")
        self.assertIn("not JSON", self.hosts(2, "import", "--yes", str(self.folder / "bad.json")).stderr)
        (self.folder / "latin.csv").write_bytes(HOSTS.encode() + b"02:00:00:00:00:02,10.0.0.2,\xfc\n")
        self.assertIn("latin.csv:3: subnet", self.hosts(2, "import", "--yes", str(self.folder / "latin.csv")).stderr)
        self.conf("DATABASE_ENGINE = 'INI'\n")
        self.assertIn("INI_FILE", self.hosts(2, "list").stderr)
        self.conf("DATABASE_ENGINE = None\n")
        self.assertIn("no source", self.hosts(2, "list").stderr)

    def test_of_very_many_faults_some_are_told_and_the_rest_is_counted(self):
        (self.folder / "hosts.csv").write_text("mac,ip,subnet\n" + "x,y,z\n" * 250)
        said = self.hosts(2, "import", "--yes", str(self.folder / "hosts.csv")).stderr.splitlines()
        self.assertEqual((len(said), said[-1]), (101, "and 150 more"))

    def test_what_a_site_lists_itself_can_be_read_alone(self):
        self.conf(
            "from zope.interface import implementer\n"
            "from twisted.internet.defer import succeed\n"
            "from sdhcp.interfaces import IDefinitionSource, IEnumerableSource\n"
            "from sdhcp.model import Definition\n"
            "@implementer(IDefinitionSource, IEnumerableSource)\n"
            "class Own:\n"
            "    name = 'our own'\n"
            "    def lookup(self, query):\n        return succeed(None)\n"
            "    def reservations(self):\n"
            "        yield '02:00:00:00:00:07', Definition(bytes([10, 0, 0, 7]), 60, '10.0.0.0/8', 0, 'seven')\n"
            "DATABASE_ENGINE = Own()\n"
        )
        self.assertEqual(self.hosts(0, "list").stdout.split()[:2], ["02:00:00:00:00:07", "10.0.0.7"])
        self.assertIn("lease_time: 60", self.hosts(0, "show", "10.0.0.7").stdout)
        self.assertIn("10.0.0.7", self.hosts(0, "export").stdout)
        self.assertIn("can only be read", self.hosts(1, "remove", "02:00:00:00:00:07").stderr)
