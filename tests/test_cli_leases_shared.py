"""``sdhcp leases``, and pools of a site's code, where servers share a Redis server."""

import time
from time import perf_counter

from sdhcp.config import load
from sdhcp.hosts.reactor_thread import ReactorThread
from sdhcp.leasing import build_store
from sdhcp.wire import constants as c

from .loopback import running
from .samples import ip
from .servers.redis import SKIP, RedisServer
from .test_cli_leases import GUESTS, LeaseCase, ServerCase, holder

CONF = """\
from sdhcp.pools import Pool
DHCP_SERVER_IP = "127.0.0.1"
DATABASE_ENGINE = None
POOLS = [Pool("guests", "10.77.1.10-10.77.1.99", subnet="10.77.1.0/24", serial=3)]
LEASES_STORE = "Redis"
LEASES_REDISDB_KWARGS = {{"unix_socket_path": {path!r}}}
"""
SHARED = """\
from sdhcp.extensions import redis_dynamic
DATABASE_ENGINE = None
guests = redis_dynamic.DynamicPool(
    "guests", "guests-lock", "127.0.0.0/24", 0, 3600, "guest", "255.255.255.0", unix_socket_path={path!r}
)
guests.add_ips(["127.0.0.%d" % number for number in range(100, 110)])

def handleUnknownMAC(packet, method, mac, client_ip, relay_ip, port):
    return guests.handle(method, packet, mac, client_ip)
"""


class SharedStoreTests(LeaseCase):
    skip = SKIP or None

    def setUp(self):
        super().setUp()
        self.server = RedisServer.shared()
        self.server.do(("FLUSHALL",))
        (self.folder / "conf.py").write_text(CONF.format(path=self.server.path))
        thread = ReactorThread()
        configuration = load(str(self.folder), {}, "/")
        store = build_store(configuration, thread.reactor, perf_counter, time.time)
        now = self.now

        async def fill():
            await store.start()
            await store.bind(GUESTS, holder(1, hostname="laptop"), ip("10.77.1.20"), now, now + 600)
            await store.bind(GUESTS, holder(2, client="id 0102"), ip("10.77.1.21"), now, now + 600)
            await store.offer(GUESTS, holder(3), ip("10.77.1.30"), now, now + 60)
            await store.stop()

        try:
            thread.wait(fill)
        finally:
            thread.stop()

    def test_leases_are_listed_and_ended_for_all_servers(self):
        self.assertEqual(self.listed(), ["1.20", "1.21"])
        self.assertEqual(self.listed("--ip", "10.77.1.21"), ["1.21"])
        self.assertEqual(self.listed("--state", "offered"), ["1.30"])
        self.leases(0, "release", "10.77.1.20")
        self.leases(0, "clear", "10.77.1.21")
        self.assertIn("no pool has it", self.leases(1, "release", "10.77.2.1").stderr)
        self.assertIn("nobody holds it", self.leases(1, "release", "10.77.1.20").stderr)
        self.assertEqual(self.listed(), ["1.20"])
        self.assertEqual(self.listed("--state", "lapsed"), ["1.20"])

    def test_the_history_of_a_client_is_found_by_its_hardware_address(self):
        for wanted in ("02:00:5e:00:01:02", "id 0102", "10.77.1.21"):
            self.assertIn("10.77.1.21", self.leases(0, "history", wanted).stdout)

    def test_a_store_that_is_away_is_status_3_and_one_line(self):
        (self.folder / "conf.py").write_text(CONF.format(path=self.server.path + "-not-there"))
        said = self.leases(3, "list").stderr
        self.assertEqual(len(said.splitlines()), 1, said)


class SharedPoolTests(ServerCase):
    skip = SKIP or None

    def test_servers_share_a_pool_of_a_sites_own(self):
        redis = RedisServer.shared()
        redis.do(("FLUSHALL",))
        conf = SHARED.format(path=redis.path)
        with running(conf, {}) as server:
            self.assertEqual([self.lend(server, number)[3] for number in (1, 2)], [100, 101])
            self.assertFalse((server.folder / "leases.sqlite3").exists())
            server.expect("has no append-only file")
        with running(conf, {}) as server:
            renewed = server.ask(c.REQUEST, chaddr=bytes([2, 0, 0x5E, 0, 9, 2]), ciaddr=ip("127.0.0.101"))
            self.assertEqual((renewed.message_type, renewed.yiaddr), (c.ACK, ip("127.0.0.101")))
            self.assertEqual(self.lend(server, 3), ip("127.0.0.102"))
