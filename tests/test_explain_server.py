"""Explanations by the console, by the API, and by ``sdhcp explain`` of a server that runs, and of one that does not."""

import json
import re
import tempfile
from pathlib import Path

from click.testing import CliRunner
from twisted.internet.defer import fail, succeed
from twisted.trial.unittest import SynchronousTestCase

from sdhcp.cli.main import main
from sdhcp.explain.asked import TEXTS, TYPES, packet_of
from sdhcp.explain.report import report_of
from sdhcp.interfaces import SourceError
from sdhcp.testing import Site, discover, request_selecting
from sdhcp.web import explain as web_explain
from sdhcp.web.openapi import document
from sdhcp.wire import constants as c

from .explained_world import ExplainedWorld
from .loopback import INI, INI_CONF, Running
from .netns.yard import ROOT
from .web_case import XHTML, WebCase

KNOWN, GUEST = "02:00:5e:00:01:01", "02:00:5e:09:00:01"
POOLS = """
from sdhcp.pools import Pool

POOLS = [Pool("guests", "127.0.0.100-127.0.0.109", subnet="127.0.0.0/24", probe=False)]

def loadDHCPPacket(packet, method, mac, *rest):
    packet.setOption(66, "<boot>")
    return True
"""
OFFLINE = 'DHCP_SERVER_IP = "127.0.0.1"\nALLOW_DHCP_RELAYS = True\n' + INI_CONF + POOLS


class WebTests(WebCase):
    def explain(self, asked):
        self.asked_for = asked
        if asked.get("mac") == "away":
            return fail(SourceError("the store is away"))
        try:
            return succeed(report_of(ExplainedWorld().explain(packet_of(asked))))
        except ValueError as error:
            return fail(error)

    async def test_the_page_explains_what_its_address_asks(self):
        self.serve()
        page = await self.ask(f"/console/explain?mac={KNOWN}&giaddr=10.77.1.1&type=discover&vendor=%3Cb%3E&options=")
        self.assertEqual(self.asked_for, {"mac": KNOWN, "giaddr": "10.77.1.1", "type": "discover", "vendor": "<b>"})
        self.assertEqual(page.headings()[:2], ["explain", "OFFER: offered"])
        self.assertIn("reservation in memory", page.text)
        fields = {one.get("name"): one.get("value") for one in page.page().iter(f"{XHTML}input")}
        self.assertEqual((fields["mac"], fields["vendor"]), (KNOWN, "<b>"))

    async def test_nothing_is_explained_before_something_is_asked(self):
        self.serve()
        page = await self.ask("/console/explain?type=discover&mac=")
        self.assertEqual((page.status, page.headings()), (200, ["explain"]))

    async def test_a_pasted_packet_needs_nothing_else(self):
        self.serve()
        octets = packet_of({"mac": KNOWN, "giaddr": "10.77.1.1"}).data.hex()
        page = await self.ask(f"/console/explain?mac=&type=renew&packet={octets}")
        self.assertEqual(page.headings()[1], "OFFER: offered")

    async def test_what_cannot_be_explained_is_told_on_the_page(self):
        self.serve()
        for mac, what in (("zz", "is no hardware address"), ("away", "the store is away")):
            page = await self.ask(f"/console/explain?mac={mac}")
            self.assertEqual(page.headings(), ["explain"])
            self.assertIn(what, page.text)

    async def test_pages_of_other_sites_have_nothing_explained(self):
        self.serve()
        self.asked_for = None
        foreign = {"Sec-Fetch-Site": "cross-site"}
        await self.ask(f"/console/explain?mac={KNOWN}", headers=foreign)
        refused = await self.ask("/api/v1/explain", "POST", foreign, json.dumps({"mac": KNOWN}))
        self.assertEqual((self.asked_for, refused.status), (None, 403))

    async def test_programs_ask_and_are_answered_in_json(self):
        self.serve()
        answer = await self.ask("/api/v1/explain", "POST", body=json.dumps({"mac": KNOWN, "giaddr": "10.77.1.1"}))
        told = json.loads(answer.body)
        schema = document("1")["components"]["schemas"]["Explanation"]
        self.assertEqual(set(told), set(schema["properties"]))
        self.assertEqual((told["answer"], told["reply"]["destination"]["ip"]), ("OFFER", "10.77.1.1"))
        for body, status in (("{", 400), ("[]", 400), (json.dumps({"mac": "zz"}), 400), ('{"mac": "away"}', 503)):
            self.assertEqual((await self.ask("/api/v1/explain", "POST", body=body)).status, status, body)

    def test_the_console_knows_all_that_may_be_asked(self):
        self.assertEqual((web_explain.FIELDS, web_explain.TYPES), (TEXTS, tuple(TYPES)))


def run(*arguments):
    return CliRunner().invoke(main, ["explain", *map(str, arguments)])


class DocumentTests(SynchronousTestCase):
    def test_the_example_is_what_the_command_prints(self):
        document = (ROOT / "docs" / "explain.md").read_text(encoding="utf-8")
        _, conf, rest = re.split(r"```(?:python)?\n", document, maxsplit=2)
        shown = [line[4:] for line in rest.splitlines() if line.startswith("    ")]
        first = next(at for at, line in enumerate(shown) if line.startswith("$ "))
        with tempfile.TemporaryDirectory() as name:
            (Path(name) / "conf.py").write_text(conf, encoding="utf-8")
            (Path(name) / "dhcp.ini").write_text("", encoding="utf-8")
            told = run(name, "--offline", *shown[first].split()[4:]).stdout.splitlines()[1:]
        length = len(told)
        expected = [line.replace("on eth0", "on simulated") for line in shown[first + 2 : first + 2 + length]]
        for given, wanted in zip(told, expected, strict=True):
            self.assertTrue(wanted.startswith(given) or given.startswith(wanted.removesuffix("...")), (given, wanted))


class CommandTests(SynchronousTestCase):
    def test_a_server_that_runs_explains_and_keeps_nothing(self):
        folder = tempfile.TemporaryDirectory(prefix="x")
        self.addCleanup(folder.cleanup)
        server = Running(Path(folder.name), INI_CONF + POOLS, {"dhcp.ini": INI})
        self.addCleanup(server.close)
        self.addCleanup(server.stop)
        conf = server.conf
        for mac, address in ((KNOWN, "127.0.0.50"), (GUEST, "127.0.0.100"), ("02:00:5e:09:00:02", "127.0.0.100")):
            explained = run(conf, "--mac", mac, "--relay", "127.0.0.2", "--json")
            told = json.loads(explained.stdout)
            self.assertEqual(told["reply"]["message"]["yiaddr"], address)
            self.assertEqual(told["interface"], "lo")
        self.assertEqual((KNOWN in server.log(), GUEST in server.log()), (False, False))
        server.agent.settimeout(0)
        self.assertRaises(BlockingIOError, server.agent.recv, 1)
        text = run(conf, "--mac", GUEST, "--relay", "127.0.0.2")
        self.assertIn("by the server that runs", text.stdout)
        self.assertIn("hook loadDHCPPacket (conf.py:", text.stdout)
        octets = told["reply"]["octets"]
        asked = packet_of({"mac": "02:00:5e:09:00:02", "giaddr": "127.0.0.2"})
        server.send(asked.data)
        server.agent.settimeout(10)
        self.assertEqual(server.agent.recv(65535).hex(), octets)
        self.assertEqual(run(conf, "--mac", "zz").exit_code, 2)

    def test_a_server_without_pools_is_asked_where_conf_names_a_socket(self):
        folder = tempfile.TemporaryDirectory(prefix="x")
        self.addCleanup(folder.cleanup)
        server = Running(Path(folder.name), INI_CONF + 'CONTROL_SOCKET = "told.sock"\n', {"dhcp.ini": INI})
        self.addCleanup(server.close)
        self.addCleanup(server.stop)
        told = run(server.conf, "--mac", KNOWN, "--relay", "127.0.0.2")
        self.assertIn("by the server that runs", told.stdout)
        self.assertIn("yiaddr 127.0.0.50", told.stdout)

    def test_without_a_server_one_that_has_just_been_started_explains(self):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "conf.py").write_text(OFFLINE)
            (folder / "dhcp.ini").write_text(INI)
            packet = folder / "packet"
            packet.write_text(packet_of({"mac": GUEST, "giaddr": "127.0.0.2"}).data.hex(":"))
            told = run(folder, "--packet", packet)
            self.assertIn("by a server that has just been started", told.stdout)
            self.assertIn("pool guests has 127.0.0.100", told.stdout)
            self.assertEqual(told.exit_code, 0)
            self.assertEqual(run(folder, "--mac", GUEST, "--relay", "127.9.0.2").exit_code, 1)
            self.assertEqual(run(folder, "--mac", GUEST, "--type", "renew").exit_code, 2)

    def test_a_simulated_site_explains_what_it_answers(self):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "conf.py").write_text(OFFLINE)
            (folder / "dhcp.ini").write_text(INI)
            with Site(folder) as site:
                told = site.explain({"mac": GUEST, "giaddr": "127.0.0.2"})
                self.assertEqual(site.ask(discover(GUEST, giaddr="127.0.0.2")).octets.hex(), told["reply"]["octets"])
                asked = {"mac": GUEST, "giaddr": "127.0.0.2", "type": "request", "address": "127.0.0.100"}
                told = site.explain(asked)
                outcome = site.ask(request_selecting(GUEST, "127.0.0.100", giaddr="127.0.0.2"))
                self.assertEqual(outcome.reply.message.message_type, c.ACK)
                self.assertEqual(outcome.octets.hex(), told["reply"]["octets"])
