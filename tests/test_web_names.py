"""What clients call themselves, on every page of the web console and in its files: never more than text."""

import csv
import io
import json
import re
from xml.etree import ElementTree

from twisted.logger import LogLevel
from twisted.trial.unittest import SynchronousTestCase

from sdhcp import events
from sdhcp.model import Lease, LeaseState
from sdhcp.web.viewers import told
from sdhcp.wire import constants as c
from sdhcp.wire.message import encode

from .loopback import running
from .samples import MAC, ip, message
from .test_web_packets import came, exchange
from .test_web_server import POOL, conf, free_port, get
from .web_case import NOW, WebCase

EVIL = "<img src=x onerror=alert(1)>\"'&]]></script>"
NAMES = (
    EVIL,
    "<script>alert(1)</script>",
    '"><svg/onload=alert(1)>',
    "{{7*7}}{% raise %}",
    "\r\nSet-Cookie: a=1",
    "javascript:alert(1)",
)
PAGES = (
    "/", "/console/log", "/console/packets", "/console/packets/1", "/console/packets?text=img", "/console/sources",
    "/console/leases", "/console/leases?find=img", "/console/configuration", "/console/clients",
    "/console/clients?find=img", "/console/client/02:00:5e:00:01:01", "/console/client/02:00:5e:00:00:ff",
    "/console/explain",
)  # fmt: skip
MARKUP = re.compile(r"<img src=x|<svg/|<script>|onerror=alert\(1\)>|href=\"javascript", re.IGNORECASE)
FED = """
FEED_ENABLED = True
FEED_LEVEL = "WARN"
FEED_EVENTS = 100
import logging
def loadDHCPPacket(packet, method, mac, definition, relay_ip, port, source_packet):
    name = bytes(source_packet.getOption("hostname") or ()).decode()
    logging.getLogger("site").warning("%s of a client of the site's", name)
    return True
"""


def seen(text):
    """Elements and attributes of a page that are none of the console's."""
    found = list(ElementTree.fromstring(text).iter())
    foreign = [one.tag for one in found if not (one.get("src", "/") + one.get("href", "/")).startswith("/")]
    return foreign + [name for one in found for name in one.attrib if name.lower().startswith("on")]


class MarkupTests(WebCase):
    async def test_names_are_text_on_every_page(self):
        self.serve("WEB_LOG_SEVERITY = 'DEBUG'\n")
        for number, name in enumerate(NAMES, 1):
            octets = name.encode()
            request = encode(message(c.DISCOVER, {c.HOSTNAME: octets, 60: octets, 77: octets, 61: octets}, file=octets))
            self.publisher.publish(exchange(request))
            self.publisher.publish(events.Dropped(1.0, "filter", name, MAC, ip("0.0.0.0"), came(request), c.DISCOVER))
            await self.lend(number, name)
            self.log.emit(LogLevel.warn, "{text}", text=name)
            self.publisher.publish(events.SourceFailed(1.0, f"source {name}", name, ""))
        self.problem = EVIL
        pages = {
            path: (await self.ask(path)).text for path in (*PAGES, *(f"/console/packets/{n}" for n in range(1, 13)))
        }
        self.assertEqual({path: MARKUP.findall(text) for path, text in pages.items() if MARKUP.search(text)}, {})
        self.assertEqual({path: seen(text) for path, text in pages.items() if seen(text)}, {})
        for path in ("/", "/console/log", "/console/packets/1", "/console/leases"):
            shown = "".join(ElementTree.fromstring(pages[path]).itertext())
            self.assertIn(EVIL.partition('"')[0], shown, path)
        for path, text in pages.items():
            self.assertNotIn("49", re.sub("[^{}0-9]", "", text).split(), path)

    async def test_so_is_what_was_asked_for(self):
        self.serve()
        asked = "%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E%22%27"
        for path in (
            f"/?q={asked}", f"/console/leases?find={asked}", f"/console/leases?pool={asked}",
            f"/console/leases?state={asked}",
            f"/console/leases?find={asked}&after=1.2.3.4", f"/console/packets?text={asked}",
            f"/console/packets?client={asked}",
            f"/console/packets?type={asked}&outcome={asked}&address={asked}", f"/console/packets?before={asked}",
            f"/console/packets/{asked}", f"/console/log?severity={asked}", f"/console/confirm?path={asked}",
            f"/{asked}",
            f"/live?topic={asked}", f"/api/v1/leases?pool={asked}", f"/api/v1/{asked}", f"/console/{asked}",
            "/<img/src=x>",
        ):  # fmt: skip
            answer = await self.ask(path)
            kind = answer.headers["content-type"]
            if "html" in kind:
                self.assertIsNone(MARKUP.search(answer.text), path)
                self.assertEqual(seen(answer.text), [], path)
            else:
                self.assertIn(kind.partition(";")[0], ("text/plain", "application/json"), path)
                self.assertNotIn("<img", answer.text, path)
            self.assertEqual(answer.headers["x-content-type-options"], "nosniff", path)


class FileTests(WebCase):
    async def test_no_cell_of_a_csv_file_is_a_formula_in_any_country(self):
        self.serve()
        names = ("=cmd|' /C calc'!A1", "+1+cmd", "-1+cmd", "@SUM(A1)", "\t=1", "\r=1", "a;=cmd|' /C calc'!A1", "a\t=1",
                 "a\n=1", ";;+1", "a; =1", "\uff1d1", "a,=1", 'a",=1,"', " =1", "plain-name", "a=b")  # fmt: skip
        for number, name in enumerate(names, 1):
            await self.lend(number, name)
        text = (await self.ask("/console/leases.csv?pool=guests")).text
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        self.assertEqual(len(rows), len(names))
        self.assertEqual([row["hostname"] for row in rows[-2:]], ["plain-name", "a=b"])
        # A spreadsheet takes commas, semicolons or tabs for the borders of cells, as its country has it.
        for border in ",;\t":
            for row in csv.reader(io.StringIO(text, newline=""), delimiter=border):
                for cell in row:
                    for line in re.split("[\r\n]", cell):
                        self.assertNotRegex(line.lstrip(' "'), r"^[=+@\uff1d-]", (border, row))

    async def test_what_programs_get_is_json_and_said_to_be_nothing_else(self):
        self.serve()
        await self.lend(1, EVIL)
        answer = await self.ask("/api/v1/leases?pool=guests")
        self.assertEqual(json.loads(answer.text)["leases"][0]["hostname"], EVIL)
        self.assertEqual(answer.headers["content-type"], "application/json")
        self.assertEqual(answer.headers["x-content-type-options"], "nosniff")

    async def test_no_name_ends_an_event_or_begins_one(self):
        self.serve()
        name = "x\n\nevent: panels\ndata: {}\n\n\u2028"
        lease = Lease(ip("10.0.0.1"), "guests", "a", LeaseState.BOUND, NOW, NOW, MAC, name)
        data = told("leases", self.console._leases.row(lease))
        self.assertEqual((data.count(b"\n"), data.count(b"event:"), data[-2:]), (3, 2, b"\n\n"))


class ServedTests(SynchronousTestCase):
    def test_a_name_is_text_in_the_feed_and_on_its_pages_too(self):
        port = free_port()
        with running(conf(port, POOL + FED)) as server:
            mac = bytes.fromhex("02005e0000ff")
            name = {c.HOSTNAME: EVIL.encode()}
            offer = server.ask(c.DISCOVER, name, chaddr=mac)
            server.ask(
                c.REQUEST, {**name, c.REQUESTED_ADDRESS: offer.yiaddr, c.SERVER_IDENTIFIER: ip("127.0.0.1")}, chaddr=mac
            )
            status, feed = get(port, "/feed/atom")
            self.assertEqual(status, 200)
            root = ElementTree.fromstring(feed)
            titles = [one.text for one in root.iter("{http://www.w3.org/2005/Atom}title")]
            self.assertTrue(any(EVIL in title for title in titles), titles)
            links = [one.get("href") for one in root.iter("{http://www.w3.org/2005/Atom}link")]
            records = ["/feed/record" + one.partition("/feed/record")[2] for one in links if "uid=" in one]
            self.assertTrue(records)
            for path in (*PAGES, "/feed/record", *records):
                status, text = get(port, path)
                self.assertEqual((status, MARKUP.findall(text), seen(text)), (200, [], []), path)
            self.assertIsNone(MARKUP.search(feed))
            self.assertIn(
                EVIL.partition("&")[0], json.loads(get(port, "/api/v1/leases?pool=guests")[1])["leases"][0]["hostname"]
            )
            for line in server.log().splitlines():
                self.assertNotIn("\x1b", line)
