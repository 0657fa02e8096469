"""Foreign DHCP servers on a link: told once when they begin, once when they have ended, never if they are known."""

import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from unittest import SkipTest

from twisted.trial.unittest import SynchronousTestCase

from sdhcp.wire import constants as c
from sdhcp.wire.message import encode

from ..drills.network import Switch
from ..samples import ip, message
from .yard import Yard, inside, mac_of, missing, udp_socket, wait_for

CONF = """
DHCP_SERVER_IP = {own!r}
DATABASE_ENGINE = {{}}
DAEMON = False
WEB_ENABLED = False
CONTROL_SOCKET = None
ROGUE_SILENCE = 2
"""
ASKS = """
ROGUE_PROBE = 1
KNOWN_SERVERS = ["10.77.0.2"]
ALERT_WEBHOOK = "http://127.0.0.1:8099/"
"""
KNOWS_ALL = """
KNOWN_SERVERS = ["10.77.0.1", "10.77.0.9"]
"""
ROGUE = (
    "dnsmasq", "--no-daemon", "--conf-file=/dev/null", "--port=0", "--interface=vrogue", "--dhcp-authoritative",
    "--dhcp-range=10.77.0.100,10.77.0.120,1h", "--leasefile-ro", "--no-ping", "--user=root", "--pid-file=",
)  # fmt: skip


class Alerts:
    """A web service in a namespace that takes alerts."""

    def __init__(self, space):
        self.taken = taken = []

        class Answers(BaseHTTPRequestHandler):
            def do_POST(self):
                taken.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                """Nothing."""

        self._server = inside(space, lambda: HTTPServer(("127.0.0.1", 8099), Answers))
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def stop(self):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class RogueTests(SynchronousTestCase):
    def setUp(self):
        lacking = missing("dnsmasq")
        if lacking:
            raise SkipTest(lacking)
        self.yard = Yard()
        self.addCleanup(self.yard.close)
        switch = Switch(self.yard)
        self.spaces = [self.yard.space(name) for name in ("a", "b", "r", "c")]
        hosts = (("va", "10.77.0.1/24"), ("vb", "10.77.0.2/24"), ("vrogue", "10.77.0.9/24"), ("vc", ""))
        for space, (device, address) in zip(self.spaces, hosts, strict=True):
            switch.plug(space, device, address)

    def test_one_alert_when_it_begins_and_one_when_it_has_ended_and_none_of_servers_that_are_known(self):
        first, second, rogue, other = self.spaces
        alerts = Alerts(first)
        self.addCleanup(alerts.stop)
        one = self.yard.server(first, CONF.format(own="10.77.0.1") + ASKS, "one")
        two = self.yard.server(second, CONF.format(own="10.77.0.2") + KNOWS_ALL, "two")
        own_client = udp_socket(first, "", 68)
        self.addCleanup(own_client.close)
        process = self.yard.start(rogue, ROGUE, stdout=-3, stderr=-3)
        told = one.expect("a foreign DHCP server: 10.77.0.9", "10.77.0.1")
        self.assertIn(f"at {mac_of(rogue, 'vrogue')} on va) offered", told)
        self.assertIn("this server, which asked", told)
        # What a DHCP client of the machine's own waits for comes to it all the same.
        self.assertEqual(own_client.recvfrom(2048)[1][0], "10.77.0.9")
        client = udp_socket(other, "", 68)
        self.addCleanup(client.close)
        client.setsockopt(1, 25, b"vc\0")
        chosen = {50: ip("10.77.0.100"), 54: ip("10.77.0.9")}
        mine = bytes.fromhex("02005e0000aa")
        client.sendto(encode(message(c.REQUEST, chosen, chaddr=mine, flags=0x8000)), ("255.255.255.255", 67))
        (begun,) = wait_for("an alert", lambda: list(alerts.taken))
        self.assertEqual((begun["kind"], begun["stage"]), ("rogue", "begun"))
        self.assertIn("10.77.0.9", begun["title"])
        self.yard.stop(process)
        one.expect("the foreign DHCP server 10.77.0.9 on va is silent")
        over = wait_for("its end", lambda: alerts.taken[1:])[0]
        self.assertEqual((over["stage"], over["trouble"]), ("over", begun["trouble"]))
        self.assertEqual(len(alerts.taken), 2)
        self.assertEqual(len(one.lines("foreign DHCP server")), 2)
        self.assertEqual(two.lines("foreign DHCP server"), [])
