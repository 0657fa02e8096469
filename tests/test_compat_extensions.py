"""Extension files of a site's, loaded by its init() as staticDHCPd's users do it, and worked in process."""

import csv
import json
import logging
import time
import uuid
from types import SimpleNamespace
from xml.etree import ElementTree

from twisted.trial.unittest import SynchronousTestCase

from sdhcp import model
from sdhcp.compat import inject, install
from sdhcp.config import load
from sdhcp.events import Exchange, Malformed
from sdhcp.scripting.site import site_of
from sdhcp.scripting.statistics import SiteStatistics

from .compat_site import SiteFolder
from .samples import ADDRESS, MAC, RELAY, arrival, definition

PREFIX = "/ca/uguu/puukusoft/staticDHCPd/extension"
CONF = """\
DHCP_SERVER_IP = "127.0.0.1"
DATABASE_ENGINE = None
SYSTEM_NAME = "office & co"

def init():
    with extensions.{name} as x:
        {set}
    import staticDHCPd_extensions.{name}
"""
KINDS = [
    "DECLINE", "DISCOVER", "INFORM", "LEASEQUERY", "RELEASE", "REQUEST", "REQUEST:INIT-REBOOT", "REQUEST:REBIND",
    "REQUEST:RENEW", "REQUEST:SELECTING",
]  # fmt: skip
ATOM = "{http://www.w3.org/2005/Atom}"


class ExtensionCase(SiteFolder, SynchronousTestCase):
    name: str

    def loaded(self, **parameters):
        """The extension, imported by init() of a conf.py that has set these parameters."""
        lines = "; ".join(f"x.{name} = {value!r}" for name, value in parameters.items())
        self.started(CONF.format(name=self.name, set=lines or "pass"))
        return self.extension(self.name)

    def started(self, conf=None):
        """The module of a conf.py with this text, whose init() has run."""
        return self.begun(self.copied(conf))

    def begun(self, path):
        """The same, of a conf.py that is there."""
        configuration = load(str(path), {}, "/", prepare=install, executed=inject)
        self.conf = configuration.site.module
        self.site = site_of(self.conf)
        self.conf.init()
        return self.conf

    def clock(self, extension, now=1_000_000_000.0):
        """A clock that the extension goes by."""
        clock = SimpleNamespace(now=now)
        clock.time = lambda: clock.now
        self.patch(extension, "time", SimpleNamespace(**{**vars(time), "time": clock.time}))
        return clock

    def happened(self, method, mac="02:00:5e:00:01:01", ip="10.0.0.9", processed=True, seconds=0.5, port=67):
        """Something was done with a packet."""
        from libpydhcpserver.dhcp_types.ipv4 import IPv4
        from libpydhcpserver.dhcp_types.mac import MAC
        from staticdhcpdlib import statistics

        known = (MAC(mac), IPv4(ip), "office", 0) if mac else (None,) * 4
        statistics.emit(statistics.Statistics((IPv4(0), 68), *known, method, seconds, processed, port))

    def elements(self):
        """Module and name of the elements of the dashboard, from top to bottom."""
        return [(one.module, one.name) for one in self.site.dashboard.all()]

    def element(self, name):
        """What an element of the dashboard shows."""
        (callback,) = [one.callback for one in self.site.dashboard.all() if one.name == name]
        return callback(path="/", queryargs={}, mimetype=None, data=None, headers={})

    def page(self, path, **query):
        """What a page in a template shows."""
        callback = self.site.methods.get(path).callback
        queryargs = {name: [value] for name, value in query.items()}
        return callback(path=path, queryargs=queryargs, mimetype=None, data=None, headers={})

    def raw(self, path):
        """Type and contents of what is sent as it is."""
        kind, data, *_ = self.site.methods.get(path).callback(path, {}, None, None, {})
        return kind, data

    def cells(self, table):
        """The text of the cells of a table's body, row by row; the page must be well-formed."""
        body = ElementTree.fromstring(table).find("tbody")
        return [["".join(cell.itertext()) for cell in row] for row in body]


GUIDE = """\
import staticDHCPd_extensions.{imported}
from _handlers import filterPacket

DHCP_SERVER_IP = "127.0.0.1"
DATABASE_ENGINE = None

def init():
    with staticDHCPd_extensions.recent_activity as x:
        x.MAX_EVENTS = 1
    import staticDHCPd_extensions.recent_activity as activity
    activity.imported_as_the_guide_says = True
"""


class GuideTests(ExtensionCase):
    """As staticDHCPd's guide has it, where its files have it otherwise."""

    def test_parameters_and_files_of_one_name(self):
        for imported in ("dynamism", "httpdb"):
            path = self.copied(GUIDE.format(imported=imported))
            handlers = path.parent / "staticDHCPd_extensions" / "_handlers.py"
            handlers.write_text("def filterPacket(*_):\n    return 'from a file of the folder'\n", encoding="utf-8")
            conf = self.begun(path)
            self.assertEqual(conf.filterPacket(), "from a file of the folder")
            self.assertTrue(self.extension("recent_activity").imported_as_the_guide_says)
            self.happened("DISCOVER")
            self.happened("DISCOVER", "02:00:5e:00:01:02")
            self.assertEqual(len(self.cells(self.element("dhcp"))), 1)
            self.assertTrue(callable(getattr(conf.staticDHCPd_extensions, imported).Definition))


class RecentActivityTests(ExtensionCase):
    name = "recent_activity"

    def seen(self):
        return [row[:-1] for row in self.cells(self.element("dhcp"))]

    def test_the_latest_of_each_client_the_newest_first(self):
        self.loaded(DASHBOARD_ORDERING=3)
        self.assertEqual(self.element("dhcp"), "No activity in the last 300 seconds")
        self.happened("DISCOVER")
        self.happened("DISCOVER", "02:00:5e:00:01:02", "10.0.0.10", port=4011)
        self.happened("REQUEST:SELECTING")
        self.assertEqual(
            self.seen(),
            [
                ["REQUEST:SELECTING", "67", "02:00:5e:00:01:01", "10.0.0.9", "office", "0"],
                ["DISCOVER", "4011", "02:00:5e:00:01:02", "10.0.0.10", "office", "0"],
            ],
        )
        (element,) = self.site.dashboard.all()
        self.assertEqual((element.ordering, element.module), (3, "recent activity"))

    def test_what_was_no_dhcp_has_no_address(self):
        self.loaded()
        self.happened(None, None, processed=False)
        self.assertEqual(self.seen(), [["-", "67", "None", "-", "-", "-"]])

    def test_no_more_than_wanted_and_nothing_old(self):
        clock = self.clock(self.loaded(MAX_EVENTS=2, MAX_AGE=60))
        for number in range(3):
            self.happened("DISCOVER", f"02:00:5e:00:01:0{number}")
        self.assertEqual([row[2][-1] for row in self.seen()], ["2", "1"])
        clock.now += 61
        self.assertEqual(self.element("dhcp"), "No activity in the last 60 seconds")

    def test_everything_is_forgotten_when_sources_are_read_anew(self):
        self.loaded()
        self.happened("DISCOVER")
        self.site.reinitialise()
        self.assertEqual(self.element("dhcp"), "No activity in the last 300 seconds")

    def test_a_page_of_its_own(self):
        self.loaded(DISPLAY_IN_DASHBOARD=False, CLEAR_ON_REINIT=False)
        self.happened("DISCOVER")
        self.site.reinitialise()
        self.assertEqual(self.elements(), [])
        (method,) = self.site.methods.visible()
        self.assertEqual((method.module, method.name, method.display_mode), ("recent activity", "dhcp", 2))
        self.assertEqual(method.path, f"{PREFIX}/recent-activity/render")
        self.assertEqual(self.cells(self.page(method.path))[0][0], "DISCOVER")


class StatisticsTests(ExtensionCase):
    name = "statistics"

    def test_the_dashboard_has_graph_averages_and_sums(self):
        self.loaded()
        self.assertEqual([name for _, name in self.elements()], ["packets per second", "averages", "lifetime"])
        self.assertEqual([one.name for one in self.site.methods.visible()], ["graph (csv)", "graph (json)"])
        (header,) = self.site.headers.all()
        self.assertEqual(header("/", {}, None, None, {}).count("<script"), 3)
        self.assertFalse(header("/other", {}, None, None, {}))

    def test_all_kinds_of_exchanges_are_counted(self):
        self.loaded()
        for method in KINDS:
            self.happened(method)
        self.happened("DISCOVER", processed=False)
        self.happened(None, None, processed=False)
        rows = self.cells(self.element("lifetime"))
        self.assertEqual(
            rows, [[kind, "1", "1" if kind == "DISCOVER" else "0"] for kind in KINDS] + [["other packets", "-", "1"]]
        )

    def test_whatever_the_server_does_with_a_packet_is_counted(self):
        self.loaded()
        at_once = SimpleNamespace(put=lambda function, *arguments: function(*arguments))
        statistics = SiteStatistics(self.site, at_once)
        here, known = arrival(), definition()
        kinds = (
            model.BOOTP, model.DECLINE, model.DISCOVER, model.INFORM, model.INIT_REBOOT, model.LEASEQUERY,
            model.PROXY_REQUEST, model.REBIND, model.RELEASE, model.RENEW, model.SELECTING, model.UNCLEAR_REQUEST,
        )  # fmt: skip
        for kind in kinds:
            for mac in (MAC, bytes(16)):
                statistics.observe(
                    Exchange(0.0, kind, "ACK", "x", True, mac, ADDRESS, bytes(4), RELAY, known, here, 300, 0.25)
                )
        statistics.observe(Malformed(0.0, "too short", "", 3, here))
        rows = self.cells(self.element("lifetime"))
        self.assertEqual(sum(int(row[1]) for row in rows[:-1]), 2 * (len(kinds) - 1))
        self.assertEqual(rows[-1], ["other packets", "-", "3"])
        self.assertEqual([row[1] for row in rows if row[0] == "REQUEST"], ["4"])

    def test_counts_as_csv_the_newest_first(self):
        clock = self.clock(self.loaded(QUANTISATION_INTERVAL=100, RETENTION_COUNT=3))
        self.happened("DISCOVER")
        clock.now += 200
        self.happened("RELEASE", processed=False, seconds=0.25)
        kind, text = self.raw(f"{PREFIX}/stats/graph.csv")
        header, *rows = csv.reader(text.splitlines())
        self.assertEqual(kind, "text/csv")
        named = ["time", *KINDS, *(f"{one} discarded" for one in KINDS), "other packets", "processing time"]
        self.assertEqual(header, named)
        counts = [dict(zip(header, row, strict=True)) for row in rows]
        self.assertEqual([row["DISCOVER"] for row in counts], ["0", "0", "1"])
        self.assertEqual([row["RELEASE discarded"] for row in counts], ["1", "0", "0"])
        self.assertEqual([row["processing time"] for row in counts], ["0.25", "0.0", "0.5"])
        clock.now += 100
        _, text = self.raw(f"{PREFIX}/stats/graph.csv")
        self.assertEqual([row[2] for row in csv.reader(text.splitlines())], ["DISCOVER", "0", "0", "0"])

    def test_counts_as_json_the_oldest_first(self):
        clock = self.clock(self.loaded(QUANTISATION_INTERVAL=100))
        self.happened("DISCOVER")
        clock.now += 100
        self.happened(None, None, processed=False, seconds=0.0)
        kind, text = self.raw(f"{PREFIX}/stats/graph.json")
        self.assertEqual(kind, "application/json")
        first, last = json.loads(text)
        none = dict.fromkeys(KINDS, 0)
        self.assertEqual(
            first,
            {
                "time": 1_000_000_000, "other_packets": 0, "processing_time": 0.5,
                "methods": {**none, "DISCOVER": 1}, "methods_discarded": none,
            },
        )  # fmt: skip
        self.assertEqual((last["time"], last["other_packets"], last["methods"]), (1_000_000_100, 1, none))

    def test_averages_of_some_windows(self):
        clock = self.clock(self.loaded(QUANTISATION_INTERVAL=100, AVERAGES_WINDOWS=[0, 1, 50]))
        for _ in range(50):
            self.happened("DISCOVER")
        clock.now += 100
        # Of fifty intervals nothing can be said yet.
        tables = ElementTree.fromstring(f"<all>{self.element('averages')}</all>")
        self.assertEqual(
            [table.find("tfoot").find("tr").find("td").text for table in tables], ["1 seconds", "100 seconds"]
        )
        rows = {row[0].text: row[1].text for row in tables[1].find("tbody")}
        self.assertEqual((rows["DISCOVER"], rows["INFORM"]), ("0.5000", "0.0000"))

    def test_pages_of_their_own(self):
        self.loaded(AVERAGES_DISPLAY=False, LIFETIME_STATS_DISPLAY=False, GRAPH_ENABLED=False)
        self.assertEqual((self.elements(), self.site.headers.all()), ([], ()))
        paths = [f"{PREFIX}/stats/averages", f"{PREFIX}/stats/lifetime"]
        self.assertEqual([one.path for one in self.site.methods.visible()], paths)
        self.happened("INFORM")
        self.assertIn(["INFORM", "1", "0"], self.cells(self.page(paths[1])))

    def test_a_line_in_the_graph_for_each_kind(self):
        self.loaded(GRAPH_INCLUDE_METHOD_DISCARDED_LINES=False)
        drawn = self.element("packets per second")
        self.assertIn('width="1536" height="320"', drawn)
        self.assertEqual(drawn.count('"label"'), 1 + len(KINDS))


class FeedTests(ExtensionCase):
    name = "feedservice"

    def loaded(self, **parameters):
        before = list(logging.root.handlers)

        def put_back():
            logging.root.handlers[:] = before

        self.addCleanup(put_back)
        return super().loaded(**parameters)

    def feed(self):
        kind, data = self.raw(f"{PREFIX}/feedservice/atom")
        self.assertEqual(kind, "application/atom+xml")
        return ElementTree.fromstring(data)

    def entries(self):
        return [entry.find(f"{ATOM}title").text for entry in self.feed().iter(f"{ATOM}entry")]

    def test_what_was_logged_is_in_the_feed(self):
        self.loaded(SERVER_BASE="http://dhcp.example.org", MAX_EVENTS_FEED=2)
        self.assertEqual(self.entries(), [])
        for number in range(3):
            logging.getLogger("site").error("fault <%i>", number)
        logging.getLogger("site").warning("not as bad")
        feed = self.feed()
        self.assertEqual(feed.find(f"{ATOM}title").text, "office & co")
        self.assertEqual(len(list(feed.iter(f"{ATOM}entry"))), 2)
        entry = feed.find(f"{ATOM}entry")
        self.assertIn("fault <2>", entry.find(f"{ATOM}title").text)
        address, _, uid = entry.find(f"{ATOM}link").get("href").partition("?uid=")
        self.assertEqual(address, f"http://dhcp.example.org{PREFIX}/feedservice/record")
        self.assertEqual(entry.find(f"{ATOM}id").text, f"urn:uuid:{uuid.UUID(uid)}")
        self.assertIn("fault &lt;2&gt;", self.page(f"{PREFIX}/feedservice/record", uid=uid))

    def test_a_record_that_is_not_there(self):
        self.loaded()
        for query in ({}, {"uid": "1"}):
            self.assertIn("There is no such record", self.page(f"{PREFIX}/feedservice/record", **query))

    def test_pages_are_told_where_the_feed_is(self):
        self.loaded()
        (header,) = self.site.headers.all()
        link = ElementTree.fromstring(header("/", {}, None, None, {}))
        self.assertEqual((link.get("href"), link.get("title")), (f"{PREFIX}/feedservice/atom", "office & co"))
        self.assertEqual(
            self.feed().find(f"{ATOM}link").get("href"), f"http://localhost:30880{PREFIX}/feedservice/atom"
        )

    def test_without_a_feed(self):
        self.loaded(PATH_ATOM=None)
        self.assertIsNone(self.site.methods.get(f"{PREFIX}/feedservice/atom"))
        self.assertEqual(self.site.headers.all(), ())
        self.assertEqual(self.site.methods.get(f"{PREFIX}/feedservice/record").display_mode, 2)

    def test_records_are_forgotten_when_sources_are_read_anew_or_when_old(self):
        clock = self.clock(self.loaded(MAX_AGE=3600), time.time())
        logging.getLogger("site").error("a fault")
        self.site.reinitialise()
        self.assertEqual(self.entries(), [])
        logging.getLogger("site").error("another fault")
        self.assertEqual(len(self.entries()), 1)
        clock.now += 3700
        self.assertEqual(self.entries(), [])
