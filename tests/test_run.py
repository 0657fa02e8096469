"""``sdhcp run`` as its user meets it: ports, signals, reloads, exit statuses."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from sdhcp.wire import constants as c
from sdhcp.wire.message import encode

from .loopback import INI, INI_CONF, LINK, running
from .netns.yard import ROOT
from .samples import ip, message

HELD = ip("127.0.0.50")


def sdhcp(*arguments, **more):
    """Run the command line to its end."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **more.pop("env", {})}
    return subprocess.run(
        [sys.executable, "-m", "sdhcp.cli.main", *arguments],
        capture_output=True, text=True, env=environment, timeout=60, check=False, **more,
    )  # fmt: skip


class RunTests(SynchronousTestCase):
    def test_W18(self):
        """Replies come from the port that the server listens on, to the agent's own (RFC 2131 section 4.1)."""
        with running() as server:
            server.ask(c.DISCOVER)
            sent = {c.SERVER_IDENTIFIER: ip("127.0.0.1"), c.REQUESTED_ADDRESS: HELD}
            server.send(encode(message(c.REQUEST, sent, giaddr=LINK)))
            reply, source = server.receive()
            self.assertEqual((reply.message_type, source), (c.ACK, ("127.0.0.1", server.port)))

    def test_ends_with_status_0_on_either_signal(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with running() as server:
                self.assertEqual(server.stop(number), 0, server.log())
                self.assertNotIn("Traceback", server.log())

    def test_a_reload_counts_at_the_next_packet(self):
        with running() as server:
            self.assertEqual(server.ask(c.DISCOVER).yiaddr, HELD)
            (server.folder / "dhcp.ini").write_text(INI.replace("127.0.0.50", "127.0.0.60"), encoding="utf-8")
            server.reload()
            server.expect("read anew")
            self.assertEqual(server.ask(c.DISCOVER).yiaddr, ip("127.0.0.60"))

    def test_a_reload_that_fails_keeps_what_was_served(self):
        with running() as server:
            (server.folder / "dhcp.ini").write_text(INI + "\n[nonsense\n", encoding="utf-8")
            server.reload()
            server.expect("dhcp.ini:")
            self.assertEqual(server.ask(c.DISCOVER).yiaddr, HELD)
            self.assertNotIn("Traceback", server.log())

    def test_the_pidfile_is_there_while_it_serves(self):
        with running(INI_CONF + 'PID_FILE = "sdhcp.pid"\n') as server:
            pidfile = server.folder / "sdhcp.pid"
            self.assertEqual(pidfile.read_text(encoding="ascii").strip(), str(server.process.pid))
            server.stop()
            self.assertFalse(pidfile.exists())

    def test_a_log_file_holds_what_its_severity_lets_through(self):
        with running(INI_CONF + 'LOG_FILE = "sdhcp.log"\nLOG_FILE_SEVERITY = "INFO"\n') as server:
            server.ask(c.DISCOVER)
            server.stop()
            written = (server.folder / "sdhcp.log").read_text(encoding="utf-8")
            self.assertIn("ready", written)
            self.assertIn("OFFER 127.0.0.50", written)

    def test_counters_are_written_on_demand(self):
        with running() as server:
            server.ask(c.DISCOVER)
            server.process.send_signal(signal.SIGUSR2)
            server.expect("DISCOVER offered: 1")

    def test_a_second_start_takes_nothing_from_the_first(self):
        with running(INI_CONF + 'PID_FILE = "sdhcp.pid"\n') as server:
            pidfile = server.folder / "sdhcp.pid"
            other = sdhcp("run", "--config", str(server.conf), cwd=server.folder)
            self.assertEqual(other.returncode, 1, other.stderr)
            self.assertEqual(pidfile.read_text(encoding="ascii").strip(), str(server.process.pid))

    def test_each_fault_of_a_reload_is_a_line(self):
        with running() as server:
            (server.folder / "dhcp.ini").write_text(INI + "nonsense\n" * 1000, encoding="utf-8")
            server.reload()
            server.expect("is as it was")
            lines = [line for line in server.log().splitlines() if "nonsense" in line]
            self.assertLessEqual(len(lines), 20)
            self.assertLess(max(map(len, lines)), 300)
            self.assertIn("999 more", server.log())

    def test_a_port_that_is_taken_ends_it_with_status_1(self):
        with running() as server:
            other = sdhcp("run", "--config", str(server.conf))
            self.assertEqual(other.returncode, 1, other.stderr)
            self.assertIn(str(server.port), other.stderr)
            self.assertNotIn("Traceback", other.stderr)
            self.assertEqual(server.ask(c.DISCOVER).yiaddr, HELD)

    def test_a_conf_that_is_not_there_ends_it_with_status_2(self):
        for command in ("run", "check"):
            ended = sdhcp(command, "--config", "/nowhere/conf.py")
            self.assertEqual(ended.returncode, 2)
            self.assertIn("/nowhere/conf.py", ended.stderr)
            self.assertNotIn("Traceback", ended.stderr)

    def test_a_database_that_another_process_changes_is_read_at_once(self):
        folder = self.mktemp()
        os.mkdir(folder)
        path = os.path.abspath(os.path.join(folder, "dhcp.db"))
        with closing(sqlite3.connect(path)) as database:
            database.executescript((ROOT / "sdhcp" / "schemas" / "sqlite.sql").read_text(encoding="utf-8"))
            database.execute("INSERT INTO subnets(subnet, serial, lease_time) VALUES('127.0.0.0/24', 0, 3600)")
            database.execute(
                "INSERT INTO maps(mac, ip, subnet, serial) VALUES('02:00:5e:00:01:01', '127.0.0.50', '127.0.0.0/24', 0)"
            )
            database.commit()
            with running(f'DATABASE_ENGINE = "SQLite"\nSQLITE_FILE = {path!r}\n') as server:
                self.assertEqual(server.ask(c.DISCOVER).yiaddr, HELD)
                database.execute("UPDATE maps SET ip = '127.0.0.61'")
                database.commit()
                self.assertEqual(server.ask(c.DISCOVER).yiaddr, ip("127.0.0.61"))


class ProbeTests(SynchronousTestCase):
    def probe(self, server, *arguments):
        return sdhcp("probe", "--port", str(server.port), *arguments)

    def test_shows_the_lease(self):
        with running() as server:
            server.agent.close()
            done = self.probe(server, "--mac", "02:00:5e:00:01:01", "--json")
            self.assertEqual(done.returncode, 0, done.stderr + done.stdout)
            self.assertIn("127.0.0.50", json.dumps(json.loads(done.stdout)))

    def test_tells_silence_by_its_status(self):
        with running() as server:
            server.agent.close()
            done = self.probe(server, "--mac", "02:00:5e:00:01:77", "--timeout", "1")
            self.assertEqual(done.returncode, 3, done.stderr + done.stdout)

    def test_tells_a_wrong_argument_by_its_status(self):
        done = sdhcp("probe", "--mac", "nonsense")
        self.assertEqual((done.returncode, "Traceback" in done.stderr), (2, False))
        self.assertIn("nonsense", done.stderr)


class VersionTests(SynchronousTestCase):
    def test_names_itself(self):
        self.assertIn("sdhcp", sdhcp("version").stdout)
        self.assertEqual(sdhcp("--version").stdout.split()[0], "sdhcp")


class PluginTests(SynchronousTestCase):
    def test_a_daemon_that_cannot_start_says_so_and_leaves_nothing(self):
        folder = Path(self.mktemp()).absolute()
        folder.mkdir()
        conf = 'DHCP_SERVER_IP = "203.0.113.5"\nDATABASE_ENGINE = None\n'
        (folder / "conf.py").write_text(conf, encoding="utf-8")
        twistd = Path(sys.executable).with_name("twistd")
        for daemon in ([], ["-n"]):
            command = [twistd, *daemon, "--pidfile", folder / "pid", "--logfile", folder / "log", "sdhcp"]
            done = subprocess.run(
                [*command, "--config", folder],
                capture_output=True, text=True, timeout=30, check=False, cwd=folder,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
            )  # fmt: skip
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn("203.0.113.5", done.stderr)
            self.assertFalse((folder / "pid").exists())
            self.assertIn("203.0.113.5 is no address of this machine", (folder / "log").read_text(encoding="utf-8"))
            self.assertNotIn("Traceback", done.stderr + done.stdout)

    def test_twistd_knows_it(self):
        twistd = Path(sys.executable).with_name("twistd")
        done = subprocess.run([twistd, "--help"], capture_output=True, text=True, timeout=60, check=False, cwd=ROOT)
        self.assertIn("sdhcp", done.stdout)
        wrong = subprocess.run(
            [twistd, "-n", "--pidfile=", "sdhcp", "--config", "/nowhere/conf.py"],
            capture_output=True, text=True, timeout=60, check=False, cwd=ROOT,
        )  # fmt: skip
        self.assertEqual(wrong.returncode, 2, wrong.stderr)
        self.assertNotIn("Traceback", wrong.stderr + wrong.stdout)
