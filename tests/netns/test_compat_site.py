"""A site of staticDHCPd's that moves here: its folder as it is, the server in a namespace, real clients."""

import http.server
import json
import shutil
import signal
import socket
import threading
from unittest import SkipTest

from twisted.trial.unittest import SynchronousTestCase

from sdhcp.wire import constants as c

from ..compat_site import FOLDER, OLD, old_database
from ..redis_case import hset
from ..samples import ip as octets
from ..servers.redis import SKIP as NO_REDIS
from ..servers.redis import RedisServer
from .clients import Dhclient, Udhcpc
from .test_addressing import Link
from .yard import Yard, inside, ip, missing

SERVER = "192.168.1.1"
PRINTER, PHONE = "02:00:5e:00:01:01", "02:00:5e:00:01:02"
GUEST = "02:00:5e:00:02:01"
START = """
import staticDHCPd_extensions.{extension} as {extension}
DAEMON = False
UID = GID = 0
DHCP_SERVER_IP = "192.168.1.1"
LOG_CONSOLE_SEVERITY = "DEBUG"
WEB_ENABLED = False
"""
HTTP = """
DATABASE_ENGINE = httpdb.HTTPCachingDatabase
USE_CACHE = True
X_HTTPDB_URI = "http://127.0.0.1:8099/lookup"
X_HTTPDB_HEADERS = {"Authorization": "Bearer 42"}
X_HTTPDB_PARAMETERS = {"site": "office"}
X_HTTPDB_CONCURRENCY_LIMIT = 2
"""
REDIS = """
DATABASE_ENGINE = redis_static.RedisCachingDatabase
X_REDISDB_KWARGS = {{"unix_socket_path": {path!r}}}
"""
POOL = """
DATABASE_ENGINE = None
pool = None

def init():
    global pool
    pool = redis_dynamic.DynamicPool(
        "leases", "lock", "guests", 0, 600, "guest", subnet_mask="255.255.255.0", gateway="192.168.1.254",
        unix_socket_path={path!r},
    )
    pool.add_ips(["192.168.1.%i" % i for i in range(220, 230)])

def handleUnknownMAC(packet, method, mac, client_ip, relay_ip, port):
    return pool.handle(method, packet, mac, client_ip)
"""


class SiteCase(SynchronousTestCase):
    def setUp(self):
        lacking = missing("udhcpc", "dhclient")
        if lacking:
            raise SkipTest(lacking)
        self.yard = Yard()
        self.addCleanup(self.yard.close)
        self.space = self.yard.space("s")
        ip("-n", self.space, "link", "add", "lan", "type", "bridge")
        ip("-n", self.space, "addr", "add", f"{SERVER}/24", "dev", "lan")
        ip("-n", self.space, "link", "set", "lan", "up")

    def host(self, mac):
        """A namespace on the site's network, whose device vcli has a hardware address."""
        name = f"c{mac[-5:-3]}{mac[-2:]}"
        space = self.yard.space(name)
        self.yard.link(self.space, name, space, "vcli")
        ip("-n", space, "link", "set", "vcli", "address", mac)
        ip("-n", self.space, "link", "set", name, "master", "lan")
        return space

    def client(self, kind, mac):
        made = kind(self.yard, self.host(mac), "vcli")
        made.start()
        return made

    def link(self, mac):
        made = Link(self.host(mac), 1)
        self.addCleanup(made.close)
        return made

    def serve(self, conf, name="server"):
        """Start the server with a copy of the site's folder that has this conf.py."""
        shutil.copytree(FOLDER, self.yard.folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        return self.yard.server(self.space, conf, name)


class OfficeTests(SiteCase):
    """The folder as it is."""

    def setUp(self):
        super().setUp()
        self.server = self.serve((FOLDER / "conf.py").read_text(encoding="utf-8"))

    def test_a_known_client_and_a_guest_get_their_addresses(self):
        printer = self.client(Udhcpc, PRINTER)
        printer.expect_address("192.168.1.10")
        self.server.expect("printer at 192.168.1.10, from DHCP_REQUEST")
        guest = self.client(Dhclient, GUEST)
        guest.expect_address("192.168.1.200")
        lease = (guest.folder / "leases").read_text(encoding="ascii")
        for line in (
            "option routers 192.168.1.254;",
            "option domain-name-servers 192.168.1.5,192.168.1.6;",
            'option domain-name "guests.example.org";',
            'option host-name "guest-192-168-1-200";',
            "option dhcp-lease-time 600;",
            "option dhcp-renewal-time 585;",
            "option dhcp-rebinding-time 585;",
        ):
            self.assertIn(line, lease)

    def bound(self, link):
        """The address that a client which does all that it should has in the end."""
        offer = link.ask(c.DISCOVER).message
        ack = link.ask(c.REQUEST, {54: octets(SERVER), 50: offer.yiaddr}).message
        self.assertEqual((offer.message_type, ack.message_type, ack.yiaddr), (c.OFFER, c.ACK, offer.yiaddr))
        return ack.yiaddr

    def test_ticks_statistics_and_reinitialisation(self):
        self.server.expect("The first second has passed")
        self.bound(self.link(GUEST))
        self.server.process.send_signal(signal.SIGHUP)
        self.server.expect("Everything is read again; so far: 1 DISCOVER, 1 REQUEST:SELECTING")
        self.assertEqual(self.bound(self.link(PHONE)), octets("192.168.1.11"))


class OldTests(SiteCase):
    """A conf.py from the days of staticDHCPd 1, with its SQLite file."""

    def test_a_known_client_and_a_guest_get_their_addresses(self):
        path = self.yard.folder / "dhcp.sqlite3"
        old_database(path, PHONE)
        start = "DAEMON = False\nUID = GID = 0\nLOG_CONSOLE_SEVERITY = 'DEBUG'\n"
        self.serve(start + OLD.format(path=str(path)))
        self.client(Udhcpc, PHONE).expect_address("192.168.1.11")
        guest = self.client(Dhclient, GUEST)
        guest.expect_address("192.168.1.250")
        lease = (guest.folder / "leases").read_text(encoding="ascii")
        for line in (
            "option domain-name-servers 192.168.1.5,192.168.1.6;",
            'option host-name "guest";',
            'option domain-name "example.org";',
        ):
            self.assertIn(line, lease)
        self.assertNotIn("option routers", lease)


class Inventory:
    """A web service inside of a namespace that knows clients: ``records``, by MAC. ``asked`` has what was asked."""

    def __init__(self, space):
        self.records, self.asked = {}, []
        inventory = self

        class Answer(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                inventory.asked.append((self.headers["Authorization"], body))
                said = json.dumps(inventory.records.get(body["mac"])).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, *_):
                """Nobody wants to know."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 8099), Answer, bind_and_activate=False)
        self._server.socket.close()
        self._server.socket = inside(space, lambda: socket.create_server(("127.0.0.1", 8099)))
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class HttpTests(SiteCase):
    def test_a_client_of_a_web_service(self):
        inventory = Inventory(self.space)
        self.addCleanup(inventory.close)
        inventory.records[PRINTER] = {
            "ip": "192.168.1.30", "subnet": "office", "serial": 0, "lease_time": 600, "hostname": "printer",
            "subnet_mask": "255.255.255.0", "gateway": "192.168.1.254",
        }  # fmt: skip
        self.serve(START.format(extension="httpdb") + HTTP)
        self.client(Udhcpc, PRINTER).expect_address("192.168.1.30")
        self.assertIn(("Bearer 42", {"site": "office", "mac": PRINTER}), inventory.asked)


class RedisTests(SiteCase):
    def setUp(self):
        if NO_REDIS:
            raise SkipTest(NO_REDIS)
        super().setUp()
        self.redis = RedisServer.shared()
        self.redis.do(("FLUSHALL",))

    def conf(self, extension, text):
        return START.format(extension=extension) + text.format(path=self.redis.path)

    def test_a_client_of_redis(self):
        self.redis.do(
            hset("office|0", {"lease_time": 600, "subnet_mask": "255.255.255.0", "gateway": "192.168.1.254"}),
            hset(PRINTER, {"ip": "192.168.1.40", "subnet": "office", "serial": 0, "hostname": "printer"}),
        )
        self.serve(self.conf("redis_static", REDIS))
        self.client(Udhcpc, PRINTER).expect_address("192.168.1.40")

    def test_leases_of_a_pool_in_redis_outlive_the_server(self):
        conf = self.conf("redis_dynamic", POOL)
        first = self.serve(conf)
        other = self.link("02:00:5e:00:02:09")
        self.assertEqual(other.ask(c.DISCOVER).message.yiaddr, octets("192.168.1.220"))
        guest = self.client(Udhcpc, GUEST)
        guest.expect_address("192.168.1.221")
        first.stop()
        second = self.serve(conf, "second")
        guest.renew()
        second.expect("REQUEST:RENEW", "ACK 192.168.1.221")
        guest.release()
        second.expect("RELEASE", "released")
        lease, free = self.redis.do(("HGET", "leases", GUEST), ("HGET", "leases", "ips_available"))
        self.assertIsNone(lease)
        self.assertIn("192.168.1.221", json.loads(free))
