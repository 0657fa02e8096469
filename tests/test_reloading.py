"""conf.py read anew while the server runs."""

from twisted.trial.unittest import SynchronousTestCase

from sdhcp.wire import constants as c

from .loopback import CONF, INI, INI_CONF, running
from .samples import ip

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

    def test_packets_that_are_waited_for_are_answered_by_the_old_code(self):
        slow = "import time\ndef handleUnknownMAC(packet, method, mac, client_ip, relay_ip, port):\n    time.sleep(1)\n"
        with running(INI_CONF + slow + "    return own.definition(mac)\nimport own\n",
                     {"dhcp.ini": INI, "own.py": OWN.format(number=70)}) as server:  # fmt: skip
            from sdhcp.wire.message import encode

            from .loopback import LINK
            from .samples import message

            server.send(encode(message(c.DISCOVER, None, giaddr=LINK, chaddr=STRANGER)))
            self.change(server, INI_CONF, "conf.py was read anew")
            answer, _ = server.receive()
            self.assertEqual(answer.yiaddr, ip("127.0.0.70"))
