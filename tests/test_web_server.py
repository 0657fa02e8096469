"""The web console of a server that runs, beside the clients that it serves."""

import contextlib
import http.client
import json
import socket

from twisted.trial.unittest import SynchronousTestCase

from sdhcp.scripting.web_core import REINITIALISE
from sdhcp.wire import constants as c
from sdhcp.wire.message import encode

from .compat_site import FOLDER
from .loopback import INI, INI_CONF, LINK, running
from .netns.yard import wait_for
from .samples import ip, message

HELD = ip("127.0.0.50")
POOL = """
from sdhcp.pools import Pool
POOLS = [Pool("guests", "127.0.0.100-127.0.0.199", subnet="127.0.0.0/24", probe=False)]
"""


def free_port():
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as one:
        return one.getsockname()[1]


def get(port, path, method="GET", headers=None, body=None):
    """Status and text of an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    with contextlib.closing(connection):
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


def conf(port, more=""):
    return f"{INI_CONF}WEB_ENABLED = True\nWEB_PORT = {port}\n{more}"


class ServerTests(SynchronousTestCase):
    def test_what_clients_do_is_shown(self):
        port = free_port()
        with running(conf(port)) as server:
            self.assertEqual(server.ask(c.DISCOVER).yiaddr, HELD)
            status, page = get(port, "/")
            self.assertEqual(status, 200)
            self.assertIn("02:00:5e:00:01:01", page)
            self.assertIn("ready", page)
            stats = json.loads(get(port, "/api/v1/stats")[1])
            self.assertEqual([(one["method"], one["count"]) for one in stats["exchanges"]], [("DISCOVER", 1)])
            self.assertEqual(get(port, "/api/v1/health/ready"), (200, '{"status": "ready"}'))
            self.assertIn("INI", get(port, "/console/sources")[1])
            wait_for("the exchange is in the log", lambda: "DISCOVER from" in get(port, "/console/log")[1])

    def test_each_client_has_a_page_and_is_found_by_what_it_said(self):
        port = free_port()
        more = "ENABLE_SUSPEND = True\nSUSPEND_THRESHOLD = 2\nMISBEHAVING_CLIENT_TIMEOUT = 60\n"
        with running(conf(port, more)) as server:
            for _ in range(2):
                server.ask(c.DISCOVER, {c.HOSTNAME: b"laptop", c.VENDOR_CLASS: b"MSFT 5.0"})
            for find in ("msft", "laptop", "0200.5e00.0101", "127.0.0.50", "5e:00:01"):
                found = json.loads(get(port, f"/api/v1/clients?find={find}")[1])
                self.assertEqual([one["id"] for one in found["clients"]], ["02:00:5e:00:01:01"], find)
                self.assertEqual([one["how"] for one in found["searched"]][:1], ["whole"])
            server.send(encode(message(c.DISCOVER, giaddr=LINK)))
            wait_for("it is not heard", lambda: "It is not heard for" in get(port, "/console/client/02005e000101")[1])
            told = json.loads(get(port, "/api/v1/clients/02005e000101")[1])
            self.assertEqual([one["address"] for one in told["reservations"]], ["127.0.0.50"])
            self.assertEqual([one["kind"] for one in told["timeline"]],
                             ["DISCOVER", "blocked", "DISCOVER", "DISCOVER"])  # fmt: skip

    def test_packets_are_in_its_log_though_no_other_log_has_them(self):
        port = free_port()
        with running(conf(port, "LOG_CONSOLE_SEVERITY = 'WARN'\nWEB_LOG_HISTORY = 5\n")) as server:
            for _ in range(10):
                server.ask(c.DISCOVER)
            wait_for("packets are in the log", lambda: get(port, "/console/log")[1].count("DISCOVER from") >= 4)
            self.assertNotIn("DISCOVER from", server.log())
            self.assertNotIn("were not logged", server.log())

    def test_reading_anew_from_a_browser_counts_at_the_next_packet(self):
        port = free_port()
        token = "operator-0123456789abcdef"
        with running(conf(port, f"WEB_API_TOKENS = {{'deploy': ('{token}', 'operator')}}\n")) as server:
            for number, read_anew in (
                (60, lambda: get(port, REINITIALISE)),
                (61, lambda: get(port, "/api/v1/reload", "POST", {"Authorization": f"Bearer {token}"})),
            ):
                (server.folder / "dhcp.ini").write_text(
                    INI.replace("127.0.0.50", f"127.0.0.{number}"), encoding="utf-8"
                )
                self.assertEqual(read_anew()[0], 200)
                self.assertEqual(server.ask(c.DISCOVER).yiaddr, ip(f"127.0.0.{number}"))
            self.assertNotIn(token, server.log())

    def test_a_port_that_is_taken_is_one_line_and_clients_are_served(self):
        with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as taken:
            port = taken.getsockname()[1]
            with running(conf(port)) as server:
                self.assertEqual(server.ask(c.DISCOVER).yiaddr, HELD)
                (line,) = [line for line in server.log().splitlines() if "web console" in line]
                self.assertIn(f"ERROR : the web console is not on port {port} of 127.0.0.1: another program has", line)
                self.assertNotIn("Traceback", server.log())

    def test_leases_of_pools_are_shown(self):
        port = free_port()
        with running(conf(port, POOL)) as server:
            offer = server.ask(c.DISCOVER, chaddr=bytes.fromhex("02005e0000ff"))
            options = {c.REQUESTED_ADDRESS: offer.yiaddr, c.SERVER_IDENTIFIER: ip("127.0.0.1"), c.HOSTNAME: b"visitor"}
            server.ask(c.REQUEST, options, chaddr=bytes.fromhex("02005e0000ff"))
            leases = json.loads(get(port, "/api/v1/leases?pool=guests")[1])["leases"]
            self.assertEqual([(one["mac"], one["hostname"]) for one in leases], [("02:00:5e:00:00:ff", "visitor")])
            self.assertIn("1 of 100", get(port, "/")[1])

    def test_extension_files_of_a_site_show_what_they_showed(self):
        port = free_port()
        names = ("recent_activity", "statistics")
        code = "def init():\n" + "".join(f"    import staticDHCPd_extensions.{name}\n" for name in names)
        extensions = FOLDER / "staticDHCPd_extensions"
        files = {"dhcp.ini": INI} | {
            f"staticDHCPd_extensions/{name}.py": (extensions / f"{name}.py").read_text(encoding="utf-8")
            for name in names
        }
        with running(conf(port, code), files) as server:
            server.ask(c.DISCOVER)
            wait_for("the extension has heard of it", lambda: get(port, "/")[1].count("02:00:5e:00:01:01") == 3)
            prefix = "/ca/uguu/puukusoft/staticDHCPd"
            page = get(port, "/")[1]
            for heading in ("recent activity | dhcp", "statistics | averages", "statistics | lifetime"):
                self.assertIn(f'<h1 class="element">{heading}</h1>', page)
            self.assertIn("<script", page.partition("statistics | ")[2])
            paths = [one for one in page.split('"') if one.startswith(f"{prefix}/extension/stats/")]
            self.assertTrue(any(one.endswith("graph.csv") for one in paths), paths)
            for path in paths:
                self.assertEqual(get(port, path)[0], 200, path)

    def test_it_ends_with_the_server_though_somebody_is_connected(self):
        port = free_port()
        with running(conf(port)) as server, socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\n")
            self.assertEqual(server.stop(), 0)
            self.assertNotIn("Traceback", server.log())

    def test_there_is_none_if_conf_wants_none(self):
        port = free_port()
        with running(conf(port, "WEB_ENABLED = False\n")) as server:
            self.assertEqual(server.ask(c.DISCOVER).yiaddr, HELD)
            self.assertRaises(ConnectionRefusedError, get, port, "/")
