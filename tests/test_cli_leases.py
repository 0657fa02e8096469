"""``sdhcp leases`` as somebody at a terminal, or a script, meets it: beside a server that runs, and without one."""

import csv
import json
import os
import sys
import time
from pathlib import Path

from click.testing import CliRunner
from twisted.trial.unittest import SynchronousTestCase

from sdhcp.cli.main import main
from sdhcp.engine.addresses import Addresses
from sdhcp.hosts.reactor_thread import ReactorThread
from sdhcp.leases.sqlite import SqliteLeases
from sdhcp.model import Holder
from sdhcp.wire import constants as c

from .loopback import running
from .samples import ip
from .test_run import sdhcp

CONF = """\
from sdhcp.pools import Pool
DHCP_SERVER_IP = "127.0.0.1"
DATABASE_ENGINE = "INI"
INI_FILE = "dhcp.ini"
POOLS = [
    Pool("guests", "10.77.1.10-10.77.1.99", subnet="10.77.1.0/24", serial=3),
    Pool("phones", "10.77.0.10-10.77.0.99", subnet="10.77.0.0/24"),
]
"""
INI = """\
[10.77.1.0/24|3]
lease-time: 3600
gateway: 10.77.1.1
subnet-mask: 255.255.255.0
"""
OWN = """\
from zope.interface import implementer
from twisted.internet.defer import succeed
from sdhcp.interfaces import IDefinitionSource, IEnumerableSource

@implementer(IDefinitionSource, IEnumerableSource)
class Own:
    name = "our own"
    def lookup(self, query):
        return succeed(None)
    def reservations(self):
        return []
"""
GUESTS = Addresses("guests", [(0x0A4D010A, 0x0A4D0163)])
PHONES = Addresses("phones", [(0x0A4D000A, 0x0A4D0063)])


def holder(number, **more):
    mac = bytes([2, 0, 0x5E, 0, 1, number])
    return Holder(more.pop("client", mac.hex(":")), mac, **more)


class LeaseCase(SynchronousTestCase):
    """A folder with a conf.py, and commands that are run on it."""

    def setUp(self):
        self.folder = Path(self.mktemp()).absolute()
        self.folder.mkdir(parents=True)
        (self.folder / "conf.py").write_text(CONF)
        (self.folder / "dhcp.ini").write_text(INI)
        self.now = time.time()

    def filled(self):
        """Lease as a server did that has ended."""
        thread = ReactorThread()
        store = SqliteLeases(str(self.folder / "leases.sqlite3"), thread.reactor, time.time)
        now = self.now

        async def fill():
            await store.start()
            for number, name in ((1, "laptop"), (2, "tablet")):
                address = ip(f"10.77.1.{19 + number}")
                await store.bind(GUESTS, holder(number, hostname=name), address, now - 60, now + 600)
            await store.bind(GUESTS, holder(3), ip("10.77.1.10"), now - 900, now - 300)
            await store.bind(GUESTS, holder(4, client="id 01020304"), ip("10.77.1.11"), now - 60, now + 600)
            await store.release(GUESTS, "id 01020304", ip("10.77.1.11"), now - 30)
            await store.bind(PHONES, holder(5), ip("10.77.0.10"), now - 60, now + 600)
            await store.quarantine(PHONES, ip("10.77.0.11"), now - 60, now + 600, "used by 02:00:00:00:00:ff")
            await store.stop()

        try:
            thread.wait(fill)
        finally:
            thread.stop()

    def leases(self, status, command, *arguments):
        path, conf = list(sys.path), sys.modules.get("conf")
        try:
            done = CliRunner().invoke(main, ["leases", command, "--config", str(self.folder), *arguments])
        finally:
            sys.path[:] = path
            sys.modules.pop("conf", None)
            if conf is not None:
                sys.modules["conf"] = conf
        self.assertIsInstance(done.exception, SystemExit | None, done.exc_info)
        self.assertEqual(done.exit_code, status, done.stdout + done.stderr)
        return done

    def listed(self, *arguments):
        """The last two octets of what is listed, in its order."""
        lines = self.leases(0, "list", *arguments).stdout.splitlines()
        return [line.split()[0].removeprefix("10.77.") for line in lines]


class ListTests(LeaseCase):
    def setUp(self):
        super().setUp()
        self.filled()

    def test_leases_are_listed_by_address(self):
        self.assertEqual(self.listed(), ["0.10", "0.11", "1.10", "1.11", "1.20", "1.21"])

    def test_some_are_selected(self):
        for arguments, expected in (
            (("--pool", "phones"), ["0.10", "0.11"]),
            (("--pool", "phones", "--pool", "guests", "--limit", "3"), ["0.10", "0.11", "1.10"]),
            (("--state", "bound"), ["0.10", "1.20", "1.21"]),
            (("--state", "lapsed"), ["1.10", "1.11"]),
            (("--state", "quarantined", "--state", "lapsed"), ["0.11", "1.10", "1.11"]),
            (("--state", "offered"), []),
            (("--expired",), ["1.10"]),
            (("--mac", "0200.5e00.0102"), ["1.21"]),
            (("--mac", "*:0?"), ["0.10", "1.10", "1.11", "1.20", "1.21"]),
            (("--client", "id 01*"), ["1.11"]),
            (("--hostname", "Lap*"), ["1.20"]),
            (("--ip", "10.77.1.16/28"), ["1.20", "1.21"]),
            (("--ip", "10.77.0.10"), ["0.10"]),
        ):
            self.assertEqual(self.listed(*arguments), expected, arguments)

    def test_programs_get_csv_and_json(self):
        rows = list(csv.DictReader(self.leases(0, "list", "--format", "csv").stdout.splitlines()))
        found = json.loads(self.leases(0, "list", "--format", "json").stdout)
        self.assertEqual(found, rows)
        self.assertEqual(
            {name: rows[4][name] for name in ("address", "pool", "state", "client", "mac", "hostname")},
            {
                "address": "10.77.1.20", "pool": "guests", "state": "bound", "client": "02:00:5e:00:01:01",
                "mac": "02:00:5e:00:01:01", "hostname": "laptop",
            },
        )  # fmt: skip
        self.assertRegex(rows[4]["expires"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertEqual(json.loads(self.leases(0, "list", "--ip", "10.1.1.1", "--format", "json").stdout), [])

    def test_an_export_is_a_file_that_is_there_whole(self):
        target = self.folder / "all.json"
        self.leases(0, "export", str(target))
        self.assertEqual(len(json.loads(target.read_text())), 6)
        self.assertEqual(len(self.leases(0, "export", "--pool", "phones").stdout.splitlines()), 3)
        self.assertIn("cannot be written", self.leases(2, "export", str(self.folder / "no" / "file")).stderr)

    def test_leases_are_shown_in_full_by_whatever_names_them(self):
        for wanted in ("10.77.1.11", "02-00-5E-00-01-04", "id 01020304"):
            self.assertIn("client: id 01020304", self.leases(0, "show", wanted).stdout)
        done = self.leases(1, "show", "10.77.1.20", "10.77.1.50", "--format", "json")
        self.assertEqual([one["address"] for one in json.loads(done.stdout)], ["10.77.1.20"])
        self.assertIn("10.77.1.50: there is no such lease", done.stderr)

    def test_the_history_of_an_address_and_of_a_client(self):
        lines = self.leases(0, "history", "10.77.1.11").stdout.splitlines()
        self.assertEqual([line.split()[1] for line in lines], ["released", "bound"])
        for wanted in ("02:00:5e:00:01:04", "id 01020304"):
            self.assertEqual(self.leases(0, "history", wanted).stdout.splitlines(), lines)
        self.assertEqual(self.leases(0, "history", "10.77.1.11", "--limit", "1").stdout.splitlines(), lines[:1])
        self.assertIn("nothing is known", self.leases(1, "history", "10.77.1.99").stderr)

    def test_wrong_usage_is_status_2_with_a_line_that_says_what(self):
        for arguments, expected in (
            (("list", "--ip", "10.0.0.0/33"), "no network"),
            (("list", "--pool", "gusts"), "no pool 'gusts'; expected one of: guests, phones"),
            (("list", "--state", "free"), "free"),
            (("show", "nobody"), "'nobody' is no client"),
            (("release", "02:00:5e:00:01:01"), "is no address"),
            (("promote", "x"), "x"),
        ):
            self.assertIn(expected, self.leases(2, *arguments).stderr)


class EndTests(LeaseCase):
    """Without a server, the file itself is changed."""

    def setUp(self):
        super().setUp()
        self.filled()

    def test_a_lease_is_released_and_its_client_remembered(self):
        said = self.leases(0, "release", "10.77.1.20", "10.77.0.10").stdout
        self.assertEqual(said, "released 10.77.1.20 of 02:00:5e:00:01:01\nreleased 10.77.0.10 of 02:00:5e:00:01:05\n")
        self.assertEqual(self.listed("--state", "bound"), ["1.21"])
        self.assertIn("laptop", self.leases(0, "show", "10.77.1.20").stdout)
        self.assertIn("released", self.leases(0, "history", "10.77.1.20").stdout.splitlines()[0])

    def test_addresses_are_cleared(self):
        self.leases(0, "clear", "10.77.0.11", "10.77.1.20")
        self.assertEqual(self.listed(), ["0.10", "1.10", "1.11", "1.21"])

    def test_what_is_not_held_is_refused_and_the_rest_done(self):
        said = self.leases(1, "release", "10.77.1.10", "10.77.1.50", "10.77.1.20")
        self.assertEqual(said.stdout, "released 10.77.1.20 of 02:00:5e:00:01:01\n")
        self.assertIn("10.77.1.10: nobody holds it", said.stderr)
        self.assertIn("10.77.1.50: it was never lent", said.stderr)

    def test_a_file_that_is_not_there_is_told(self):
        os.rename(self.folder / "leases.sqlite3", self.folder / "away")
        said = self.leases(3, "list").stderr
        self.assertIn("leases.sqlite3: there is no such file; the server makes it", said)
        (self.folder / "leases.sqlite3").write_text("this is no database, but some text that is long enough")
        self.assertIn("leases.sqlite3: cannot be read", self.leases(3, "list").stderr)


class PromoteTests(LeaseCase):
    def setUp(self):
        super().setUp()
        self.filled()

    def ini(self):
        return (self.folder / "dhcp.ini").read_text()

    def test_a_client_gets_the_address_that_it_holds(self):
        said = self.leases(0, "promote", "10.77.1.20", "--yes").stdout
        self.assertIn("+ 02:00:5e:00:01:01 10.77.1.20 laptop in 10.77.1.0/24, serial 3", said)
        self.assertIn("It keeps 10.77.1.20", said)
        self.assertIn("ip: 10.77.1.20", self.ini())
        self.assertIn("--replace changes it", self.leases(1, "promote", "10.77.1.20", "--yes").stderr)
        said = self.leases(0, "promote", "10.77.1.20", "--replace", "--yes").stdout
        self.assertIn("has this reservation already", said)

    def test_a_client_moves_to_another_address_with_another_name(self):
        said = self.leases(0, "promote", "10.77.1.20", "--address", "10.77.1.5", "--hostname", "desk", "--yes").stdout
        self.assertIn("It moves", said)
        self.assertIn("ip: 10.77.1.5", self.ini())
        self.assertIn("hostname: desk", self.ini())

    def test_nothing_is_changed_unless_somebody_says_yes(self):
        said = self.leases(1, "promote", "10.77.1.20")
        self.assertIn("+ 02:00:5e:00:01:01 10.77.1.20", said.stdout)
        self.assertIn("--yes does it", said.stderr)
        self.assertEqual(self.ini(), INI)

    def test_what_cannot_be_is_refused_in_one_line(self):
        for arguments, status, expected in (
            (("10.77.1.50",), 1, "no client holds it"),
            (("10.77.0.11",), 1, "no client holds it"),
            (("10.77.0.10",), 1, "there is no subnet '10.77.0.0/24'"),
            (("10.77.1.20", "--address", "10.99.0.1"), 1, "is not in subnet"),
            (("10.77.1.20", "--address", "nowhere"), 2, "nowhere"),
        ):
            said = self.leases(status, "promote", *arguments, "--yes").stderr
            self.assertIn(expected, said)
            self.assertEqual(len(said.splitlines()), 1, said)
        self.assertEqual(self.ini(), INI)

    def test_a_source_that_cannot_be_written_is_told(self):
        for engine, status, expected in (
            ("Own()", 1, "our own can only be read"),
            ("lambda mac: None", 2, "cannot list its reservations"),
            ("None", 2, "names no source"),
        ):
            (self.folder / "conf.py").write_text(OWN + CONF.replace('"INI"', engine, 1))
            done = self.leases(status, "promote", "10.77.1.20", "--yes")
            self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
            self.assertIn(expected, done.stderr)

    def test_a_client_is_known_by_what_identity_says(self):
        (self.folder / "conf.py").write_text(CONF + 'IDENTITY = ["client-identifier", "mac"]\n')
        self.assertIn("+ client-identifier:0x01020304 ", self.leases(0, "promote", "10.77.1.11", "--yes").stdout)
        self.assertIn("+ 02:00:5e:00:01:02 ", self.leases(0, "promote", "10.77.1.21", "--yes").stdout)
        (self.folder / "conf.py").write_text(CONF + 'IDENTITY = "circuit-id"\n')
        self.assertIn("which a lease does not tell", self.leases(1, "promote", "10.77.1.20", "--yes").stderr)


POOL = """\
from sdhcp.pools import Pool
DATABASE_ENGINE = "INI"
INI_FILE = "dhcp.ini"
POOLS = [Pool("guests", "127.0.0.100-127.0.0.109", subnet="127.0.0.0/24", probe=False)]
"""
DYNAMIC = """\
from sdhcp.extensions import dynamism
DATABASE_ENGINE = "INI"
INI_FILE = "dhcp.ini"

def init():
    global guests
    guests = dynamism.DynamicPool("127.0.0.0/24", 0, 3600, "guest", "255.255.255.0", gateway="127.0.0.2")
    guests.add_ips(["127.0.0.%d" % number for number in range(100, 110)], arp_addresses=False)

def handleUnknownMAC(packet, method, mac, client_ip, relay_ip, port):
    return guests.handle(method, packet, mac, client_ip)
"""


class ServerCase(SynchronousTestCase):
    def leases(self, server, command, *arguments, status=0):
        done = sdhcp("leases", command, "--config", str(server.folder), *arguments)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout

    def states(self, server, *arguments):
        return {line.split()[0][7:]: line.split()[1] for line in self.leases(server, "list", *arguments).splitlines()}

    def lend(self, server, number):
        """The address that a client is lent."""
        mac = bytes([2, 0, 0x5E, 0, 9, number])
        offer = server.ask(c.DISCOVER, chaddr=mac)
        wanted = {c.REQUESTED_ADDRESS: offer.yiaddr, c.SERVER_IDENTIFIER: ip("127.0.0.1")}
        self.assertEqual(server.ask(c.REQUEST, wanted, chaddr=mac).message_type, c.ACK)
        return offer.yiaddr


class RunningServerTests(ServerCase):
    def test_leases_of_a_running_server_are_read_and_ended(self):
        with running(POOL) as server:
            self.lend(server, 1)
            self.lend(server, 2)
            server.ask(c.DISCOVER, chaddr=bytes([2, 0, 0x5E, 0, 9, 3]))
            self.assertEqual(self.states(server), {".100": "bound", ".101": "bound"})
            self.assertEqual(self.states(server, "--state", "offered"), {".102": "offered"})
            self.leases(server, "release", "127.0.0.100")
            self.leases(server, "clear", "127.0.0.101")
            self.assertEqual(self.states(server), {".100": "lapsed"})
            # What the server lends next shows that it was the one to do it.
            self.assertEqual(self.lend(server, 4), ip("127.0.0.101"))
            self.assertEqual(self.lend(server, 1), ip("127.0.0.100"))

    def test_a_client_that_was_promoted_is_answered_by_its_reservation(self):
        with running(POOL) as server:
            self.lend(server, 1)
            self.leases(server, "promote", "127.0.0.100", "--address", "127.0.0.105", "--hostname", "desk", "--yes")
            server.expect("INI was read anew")
            mac = bytes([2, 0, 0x5E, 0, 9, 1])
            self.assertEqual(server.ask(c.REQUEST, chaddr=mac, ciaddr=ip("127.0.0.100")).message_type, c.NAK)
            self.assertEqual(server.ask(c.DISCOVER, chaddr=mac).yiaddr, ip("127.0.0.105"))

    def test_without_a_socket_a_running_server_is_left_alone(self):
        with running(POOL + "CONTROL_SOCKET = None\n") as server:
            self.lend(server, 1)
            self.assertEqual(self.states(server), {".100": "bound"})
            self.leases(server, "release", "127.0.0.100", status=3)
            self.assertEqual(self.states(server), {".100": "bound"})


class DynamicPoolTests(ServerCase):
    def test_leases_of_a_sites_own_pool_outlive_the_server(self):
        with running(DYNAMIC) as server:
            self.assertEqual([self.lend(server, number)[3] for number in (1, 2)], [100, 101])
            self.assertEqual(server.stop(), 0, server.log())
            self.assertEqual(self.states(server), {".100": "bound", ".101": "bound"})
            server.process = server.launch(list(server.process.args))
            server.expect("ready", times=2)
            renewed = server.ask(c.REQUEST, chaddr=bytes([2, 0, 0x5E, 0, 9, 2]), ciaddr=ip("127.0.0.101"))
            self.assertEqual((renewed.message_type, renewed.yiaddr), (c.ACK, ip("127.0.0.101")))
            self.assertEqual(self.lend(server, 3), ip("127.0.0.102"))
            self.leases(server, "release", "127.0.0.101")
            said = self.leases(server, "promote", "127.0.0.100", "--yes")
            self.assertIn("in 127.0.0.0/24, serial 0", said)
