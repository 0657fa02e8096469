"""conf.py read anew while the server runs."""

import json
import os
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from sdhcp.wire import constants as c
from sdhcp.wire.message import encode

from .loopback import CONF, INI, INI_CONF, LINK, running
from .netns.yard import wait_for
from .samples import ip, message
from .test_run import sdhcp
from .test_web_server import free_port as free_tcp_port
from .test_web_server import get

OTHER = INI.replace("127.0.0.50", "127.0.0.61")
KNOWN, STRANGER = bytes.fromhex("02005e000101"), bytes.fromhex("02005e000999")
HOOK = """
import own

def handleUnknownMAC(packet, method, mac, client_ip, relay_ip, port):
    return own.definition(mac)
"""
OWN = """
from sdhcp.scripting import Definition

def definition(mac):
    return Definition(ip="127.0.0.{number}", subnet="127.0.0.0/24", serial=0, lease_time=60)
"""
POOL = """
from sdhcp.pools import Pool
POOLS = [Pool("guests", "127.0.0.{first}-127.0.0.{last}", subnet="127.0.0.0/24", probe=False)]
"""


TOKEN = "operator-0123456789abcdef"
CALLBACKS = """
WEB_ENABLED = True
WEB_PORT = {port}
WEB_API_TOKENS = {{"deploy": ("operator-0123456789abcdef", "operator")}}
CONTROL_SOCKET = "control"
def show(*_):
    return "text/plain", b"{number}"

def init():
    from staticdhcpdlib import config
    callbacks.webAddMethod("/{path}", show, display_mode=callbacks.WEB_METHOD_RAW)
    callbacks.systemAddReinitHandler(lambda: logger.warning("reinitialised {number}"))
    import sys, os
    sys.path.append(os.environ["ELSEWHERE"])
    import elsewhere
    elsewhere.again()
    def tick():
        callbacks.webAddMethod("/later{number}", show, display_mode=callbacks.WEB_METHOD_RAW)
        callbacks.systemRemoveTickHandler(tick)
    callbacks.systemAddTickHandler(tick)
    config.ENABLE_SUSPEND = {suspend}
"""
ELSEWHERE = """
from staticdhcpdlib.config import callbacks

def show(*_):
    return "text/plain", b"elsewhere"

callbacks.webAddMethod("/imported", show, display_mode=callbacks.WEB_METHOD_RAW)

def again():
    callbacks.webAddMethod("/again", show, display_mode=callbacks.WEB_METHOD_RAW)
"""


class ReloadTests(SynchronousTestCase):
    def change(self, server, conf, *words, **files):
        """Write another conf.py and have it read; wait for a line with some words that was not there before."""
        times = sum(all(word in line for word in words) for line in server.log().splitlines())
        server.conf.write_text(CONF.format(port=server.port) + conf, encoding="utf-8")
        for name, text in files.items():
            (server.folder / name.replace("_", ".")).write_text(text, encoding="utf-8")
        server.reload()
        server.expect(*words, times=times + 1)

    def address(self, server, mac=KNOWN):
        return server.ask(c.DISCOVER, chaddr=mac).yiaddr

    def test_settings_sources_and_code_are_swapped_and_what_is_broken_leaves_all_as_it_was(self):
        with running(INI_CONF + HOOK, {"dhcp.ini": INI, "own.py": OWN.format(number=70)}) as server:
            self.assertEqual(
                (self.address(server), self.address(server, STRANGER)), (ip("127.0.0.50"), ip("127.0.0.70"))
            )
            # Another file with other reservations, and nobody who knows strangers.
            (server.folder / "other.ini").write_text(OTHER, encoding="utf-8")
            self.change(server, INI_CONF.replace("dhcp.ini", "other.ini"), "conf.py was read anew")
            self.assertIn("conf.py: INI_FILE 'dhcp.ini' -> 'other.ini'", server.log())
            self.assertEqual(self.address(server), ip("127.0.0.61"))
            for broken, words in (
                ("nonsense(", ("conf.py is as it was", "not Python")),
                ("raise RuntimeError('no')", ("conf.py is as it was", "RuntimeError: no")),
                (INI_CONF + "ALLOW_DHCP_RELAYS = 5", ("conf.py is as it was", "ALLOW_DHCP_RELAYS")),
                (INI_CONF.replace("dhcp", "nowhere"), ("conf.py is as it was", "nowhere.ini")),
                (INI_CONF + "def init():\n    raise ValueError('at all')", ("conf.py is as it was", "at all")),
            ):
                self.change(server, broken, *words)
                self.assertEqual(self.address(server), ip("127.0.0.61"))
            # A module of the site's own, changed, with the code that wants it.
            self.change(server, INI_CONF + HOOK, "conf.py was read anew", own_py=OWN.format(number=171))
            self.assertEqual(
                (self.address(server), self.address(server, STRANGER)), (ip("127.0.0.50"), ip("127.0.0.171"))
            )
            self.change(server, INI_CONF + HOOK, "code that was changed: own.py", own_py=OWN.format(number=8))
            self.assertEqual(self.address(server, STRANGER), ip("127.0.0.8"))
            # A packet that waits for the old code is answered by it, and by nobody else.
            slow = OWN.format(number=9) + "\nimport time\ntime.sleep(0)\n"
            slow = slow.replace("    return", "    time.sleep(1)\n    return")
            self.change(server, INI_CONF + HOOK, "code that was changed: own.py", own_py=slow)
            server.send(encode(message(c.DISCOVER, None, giaddr=LINK, chaddr=STRANGER)))
            self.change(server, INI_CONF, "conf.py was read anew")
            self.assertEqual(server.receive()[0].yiaddr, ip("127.0.0.9"))
            # What the server's user may not read leaves settings as they are, and has sources read.
            self.change(server, INI_CONF + "raise PermissionError('x')\n", "INI was read anew", dhcp_ini=OTHER)
            self.assertIn("the server's user may not read it; its settings are as they were", server.log())
            self.assertEqual(self.address(server), ip("127.0.0.61"))
            self.assertNotIn("Traceback", server.log())

    def test_what_wants_a_restart_is_named_and_the_rest_counts(self):
        with running() as server:
            more = "DHCP_CLIENT_PORT = 6868\nLOG_CONSOLE_SEVERITY = 'WARN'\nMYSQL_PASSWORD = 'hunter2'\n"
            self.change(server, INI_CONF + more, "conf.py: wants a restart: DHCP_CLIENT_PORT 68 -> 6868")
            log = server.log()
            self.assertIn("conf.py: LOG_CONSOLE_SEVERITY 'INFO' -> 'WARN'", log)
            self.assertIn("conf.py: MYSQL_PASSWORD None -> set, not shown", log)
            self.assertNotIn("hunter2", log)
            self.address(server)
            self.change(server, INI_CONF + more, "INI was read anew")
            self.assertNotIn("DISCOVER", server.log())

    def test_leases_outlive_another_definition_of_their_pool(self):
        with running(INI_CONF + POOL.format(first=100, last=110)) as server:
            held = self.address(server, STRANGER)
            options = {c.REQUESTED_ADDRESS: held, c.SERVER_IDENTIFIER: ip("127.0.0.1")}
            self.assertEqual(server.ask(c.REQUEST, options, chaddr=STRANGER).message_type, c.ACK)
            self.change(server, INI_CONF + POOL.format(first=90, last=120), "conf.py was read anew")
            self.assertEqual(server.ask(c.REQUEST, {c.REQUESTED_ADDRESS: held}, chaddr=STRANGER).yiaddr, held)
            self.change(server, INI_CONF + POOL.format(first=200, last=201), "conf.py was read anew")
            self.assertIn(self.address(server, STRANGER), (ip("127.0.0.200"), ip("127.0.0.201")))
            self.assertNotIn("Traceback", server.log())

    def test_what_the_old_code_has_registered_is_replaced_by_what_the_new_has(self):
        port = free_tcp_port()
        one = CALLBACKS.format(port=port, number=1, path="one", suspend=False)
        two = CALLBACKS.format(port=port, number=2, path="two", suspend=True)
        folder = Path(self.mktemp()).absolute()
        folder.mkdir()
        (folder / "elsewhere.py").write_text(ELSEWHERE, encoding="utf-8")
        self.patch(os, "environ", {**os.environ, "ELSEWHERE": str(folder)})
        with running(INI_CONF + one) as server:
            self.assertEqual((get(port, "/one"), get(port, "/two")[0]), ((200, "1"), 404))
            server.conf.write_text(CONF.format(port=server.port) + INI_CONF + two, encoding="utf-8")
            seen = sdhcp("reload", "--check", "--json", "--config", str(server.conf), cwd=server.folder)
            self.assertEqual(json.loads(seen.stdout)["files"], ["conf.py"], seen.stderr)
            self.assertEqual(get(port, "/one"), (200, "1"))
            done = sdhcp("reload", "--config", str(server.conf), cwd=server.folder)
            self.assertEqual((done.returncode, done.stdout), (0, "code that was changed: conf.py\n"), done.stderr)
            self.assertEqual((get(port, "/one")[0], get(port, "/two"), get(port, "/css")[0]), (404, (200, "2"), 200))
            server.expect("reinitialised 1")
            self.assertEqual((get(port, "/imported")[0], get(port, "/again")[0]), (200, 200))
            wait_for("a function registered later", lambda: get(port, "/later2") == (200, "2"))
            server.reload()
            server.expect("reinitialised 2")
            broken = sdhcp("reload", "--config", str(server.conf), cwd=server.folder)
            self.assertEqual(broken.stdout, "conf.py is as it was\n")
            wrong = INI_CONF + two + "1 / 0\n"
            server.conf.write_text(CONF.format(port=server.port) + wrong, encoding="utf-8")
            status, answer = get(port, "/api/v1/reload/check", "POST", {"Authorization": f"Bearer {TOKEN}"})
            self.assertIn("ZeroDivisionError", json.loads(answer)["problems"][0])
            self.assertEqual((status, get(port, "/two")), (200, (200, "2")))
            fields = json.dumps({"ip": "127.0.0.77", "subnet": "127.0.0.0/24"})
            login = {"Authorization": f"Bearer {TOKEN}", "If-None-Match": "*"}
            self.assertEqual(get(port, "/api/v1/reservations/02:00:5e:00:09:99", "PUT", login, fields)[0], 201)
            self.assertEqual(self.address(server, STRANGER), ip("127.0.0.77"))
            self.assertIn("reservation added by deploy from 127.0.0.1: 02:00:5e:00:09:99: nothing -> ip", server.log())

    def test_alerts_go_by_the_settings_that_were_read_last(self):
        told = []

        class Taker(BaseHTTPRequestHandler):
            def do_POST(self):
                told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        with HTTPServer(("127.0.0.1", 0), Taker) as service:
            thread = threading.Thread(target=service.serve_forever)
            thread.start()
            self.addCleanup(thread.join)
            self.addCleanup(service.shutdown)
            with running() as server:
                hook = f"ALERT_WEBHOOK = 'http://127.0.0.1:{service.server_port}/hunter2'\n"
                self.change(server, INI_CONF + hook, "conf.py was read anew")
                self.change(server, "1 / 0", "conf.py is as it was")
                wait_for("the alert", lambda: told)
                self.change(server, INI_CONF + hook, "conf.py was read anew")
                wait_for("that it is over", lambda: len(told) > 1)
                self.assertNotIn("hunter2", server.log())
            self.assertEqual([one["kind"] for one in told], ["reload", "reload"])
            self.assertEqual([one["stage"] for one in told], ["begun", "over"])
            self.assertIn("ZeroDivisionError", told[0]["what"])
            service.shutdown()
