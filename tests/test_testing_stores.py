"""Simulations with the real store that conf.py names, and with code that waits for the reactor."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

from sdhcp.testing import Site, discover, simulate

from .netns.yard import ROOT
from .servers import postgresql, redis
from .test_testing import SimulationCase

SCHEMAS = ROOT / "sdhcp" / "schemas"


def settings(**chosen):
    """Lines of a conf.py."""
    return "".join(f"{name} = {value!r}\n" for name, value in chosen.items())


class StoreCase(SimulationCase):
    def serves(self, text):
        """A site with the sample's clients answers those that it knows."""
        with Site(self.conf(text)) as site:
            self.assertEqual(site.ask(discover("02:00:00:00:00:02")).reply.address, "192.168.0.200")
            self.assertEqual(site.ask(discover("02:00:00:00:00:09")).outcome, "unknown-client")
            self.assertEqual(site.ask(discover("02:00:00:00:00:01")).reply.option("hostname"), "printer")
        # Another one in the same process does as well.
        self.assertEqual(simulate(self.conf(text), discover("02:00:00:00:00:03")).reply.address, "10.0.0.77")


class PostgresqlTests(StoreCase):
    skip = postgresql.SKIP or None

    def test_a_database_is_asked(self):
        server = postgresql.PostgresqlServer()
        self.addCleanup(server.remove)
        server.create((SCHEMAS / "postgresql.sql").read_text() + (SCHEMAS / "sample.sql").read_text())
        for cached in (False, True):
            self.serves(settings(DATABASE_ENGINE="PostgreSQL", USE_CACHE=cached, **server.settings()))


class RedisTests(StoreCase):
    skip = redis.SKIP or None

    def test_redis_is_asked(self):
        import shlex

        server = redis.RedisServer()
        self.addCleanup(server.remove)
        server.do(*map(shlex.split, (SCHEMAS / "sample.redis").read_text().splitlines()))
        self.serves(settings(DATABASE_ENGINE="Redis", X_REDISDB_KWARGS={"host": "127.0.0.1", "port": server.port}))


class Clients(BaseHTTPRequestHandler):
    """Knows one client."""

    def do_POST(self):
        found = b'{"ip": "192.168.0.10", "lease_time": 60, "subnet": "192.168.0.0/24", "hostname": "printer"}'
        asked = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200 if b"02:00:00:00:00:01" in asked else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(found)))
        self.end_headers()
        self.wfile.write(found)

    def log_message(self, *_):
        """Says nothing."""


class HttpTests(SimulationCase):
    def test_a_service_is_asked_by_name(self):
        service = HTTPServer(("127.0.0.1", 0), Clients)
        thread = threading.Thread(target=service.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(service.server_close)
        self.addCleanup(service.shutdown)
        text = settings(DATABASE_ENGINE="HTTP", X_HTTPDB_URI=f"http://localhost:{service.server_port}/")
        with Site(self.conf(text)) as site:
            self.assertEqual(site.ask(discover()).reply.address, "192.168.0.10")
            self.assertEqual(site.ask(discover("02:00:00:00:00:09")).outcome, "unknown-client")

    def test_a_store_that_is_away_is_given_up_as_by_the_server(self):
        text = settings(DATABASE_ENGINE="HTTP", X_HTTPDB_URI="http://127.0.0.1:9/")
        outcome = simulate(self.conf(text), discover(), patience=0.5)
        self.assertEqual(outcome.outcome, "source-unavailable")


class ReactorTests(SimulationCase):
    def test_a_hook_may_wait_for_twisteds_own_reactor(self):
        text = """
from twisted.internet import reactor
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThread

async def loadDHCPPacket(packet, *_):
    await deferLater(reactor, 0.001)
    return packet.setOption("hostname", await deferToThread(lambda: "threaded"))
"""
        for _ in range(2):
            self.assertEqual(simulate(self.conf(text), discover()).reply.option("hostname"), "threaded")
