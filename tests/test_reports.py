"""Statistics and the feed as panels and pages of the web console."""

import json
import logging
from time import time
from xml.etree import ElementTree

import feedparser
from twisted.internet.task import Clock
from twisted.logger import LogLevel
from zope.interface.verify import verifyObject

from sdhcp import events
from sdhcp.interfaces import IDashboardPanel, IWebMethod, WebQuestion
from sdhcp.publisher import Publisher
from sdhcp.reports.reports import Reports
from sdhcp.scripting.site import SiteCallbacks
from sdhcp.service import Server
from sdhcp.traffic.tables import as_json

from .samples import ADDRESS, MAC
from .test_config import ConfigCase
from .test_events import EXCHANGE
from .test_traffic import EPOCH

OLD = "/ca/uguu/puukusoft/staticDHCPd/extension/"
FEED = "FEED_ENABLED = True\n"


def named(**values):
    return "".join(f"FEED_{name} = {value!r}\n" for name, value in values.items())


class ReportsCase(ConfigCase):
    def made(self, text=""):
        self.clock = Clock()
        return Reports(self.read(text), self.clock.seconds, lambda: EPOCH + self.clock.seconds())

    def pages(self, reports):
        found = {page.path: page for page in reports.methods()}
        self.assertEqual(len(found), len(reports.methods()))
        return found

    def ask(self, reports, path, headers=(), **query):
        question = WebQuestion(path, {name: [value] for name, value in query.items()}, dict(headers))
        return self.pages(reports)[path].render(question)

    def log(self, reports, text, level="error", logger="dhcp"):
        for observer in reports.log_observers:
            observer({
                "log_level": LogLevel.levelWithName(level), "log_format": "{text}", "text": text, "site_logger": logger,
                "log_time": EPOCH + self.clock.seconds(),
            })  # fmt: skip


class StatisticsTests(ReportsCase):
    def test_panels_show_what_was_counted(self):
        reports = self.made()
        reports.traffic.observe(EXCHANGE)
        self.clock.advance(10)
        panels = reports.panels()
        for panel in panels:
            verifyObject(IDashboardPanel, panel)
        shown = {panel.name: f"<body>{panel.render()}</body>" for panel in panels}
        self.assertEqual(list(shown), ["packets per second", "averages", "lifetime"])
        self.assertEqual([panel.ordering for panel in panels], sorted({panel.ordering for panel in panels}))
        texts = {name: "".join(ElementTree.fromstring(fragment).itertext()) for name, fragment in shown.items()}
        self.assertIn("1 packets in 10 s", texts["lifetime"])
        self.assertIn("DISCOVER0.1", texts["averages"])
        linked = ElementTree.fromstring(shown["packets per second"])
        paths = [one.get("src") or one.get("href") for one in linked.iter() if one.tag in ("img", "a")]
        for path in paths:
            self.assertIn(path, self.pages(reports))
        self.assertTrue(next(linked.iter("img")).get("alt"))

    def test_every_page_is_at_a_path_of_ours_and_at_the_old_one(self):
        reports = self.made(FEED)
        pages = self.pages(reports)
        for page in pages.values():
            verifyObject(IWebMethod, page)
        for part in ("lifetime", "averages", "graph.csv", "graph.json"):
            for path, hidden in ((f"/statistics/{part}", False), (f"{OLD}stats/{part}", True)):
                self.assertEqual((pages[path].module, pages[path].hidden), ("statistics", hidden))
        for part in ("atom", "record"):
            for path, hidden in ((f"/feed/{part}", False), (f"{OLD}feedservice/{part}", True)):
                self.assertEqual((pages[path].module, pages[path].hidden), ("feed", hidden))

    def test_statistics_ask_for_the_password_where_the_dashboard_does_and_the_feed_always(self):
        for more, secure in (("", False), ("WEB_DASHBOARD_SECURE = True\n", True)):
            pages = self.pages(self.made(FEED + more)).values()
            self.assertEqual({page.secure for page in pages if page.module == "statistics"}, {secure})
            self.assertEqual({page.secure for page in pages if page.module == "feed"}, {True})

    def test_files_have_their_types(self):
        reports = self.made()
        reports.traffic.observe(EXCHANGE)
        self.clock.advance(5)
        csv, got, svg = (self.ask(reports, f"/statistics/graph.{kind}") for kind in ("csv", "json", "svg"))
        types = [one.mimetype for one in (csv, got, svg)]
        self.assertEqual(types, ["text/csv", "application/json", "image/svg+xml"])
        self.assertEqual(json.loads(got.data)[0]["methods"]["DISCOVER"], 1)
        self.assertEqual(csv.data.count("\n"), 2)
        self.assertEqual(svg.headers["Content-Security-Policy"], "default-src 'none'; style-src 'unsafe-inline'")

    def test_the_picture_is_drawn_as_it_is_asked_for(self):
        reports = self.made()
        reports.traffic.observe(EXCHANGE)
        self.clock.advance(5)
        self.assertIn("<title>DISCOVER</title>", self.ask(reports, "/statistics/graph.svg").data)
        self.assertNotIn("<title>DISCOVER</title>", self.ask(reports, "/statistics/graph.svg", methods="0").data)
        for asked, drawn in (
            ("800", "800"),
            ("1", "100"),
            ("99999", "4000"),
            ("x", "1536"),
            ("²", "1536"),
            ("9" * 9, "1536"),
        ):
            picture = ElementTree.fromstring(self.ask(reports, "/statistics/graph.svg", width=asked).data)
            self.assertEqual(picture.get("width"), drawn)

    def test_frames_are_as_long_and_as_many_as_conf_says(self):
        reports = self.made("STATISTICS_INTERVAL = 60\nSTATISTICS_FRAMES = 3\n")
        self.clock.advance(1000)
        report = reports.traffic.report(1000.0, EPOCH + 1000.0)
        self.assertEqual((report.interval, len(report.frames)), (60, 3))
        self.assertEqual(len(json.loads(as_json(report))), 3)


class FeedTests(ReportsCase):
    def feed(self, reports):
        return feedparser.parse(self.ask(reports, "/feed/atom").data)

    def test_without_a_feed_nothing_is_kept_and_there_is_no_page(self):
        reports = self.made()
        self.assertEqual(list(reports.log_observers), [])
        self.assertEqual([path for path in self.pages(reports) if "feed" in path], [])
        site = SiteCallbacks()
        reports.register(Publisher(self.clock.seconds), site)
        self.assertEqual((len(reports.heads()), len(site.reinit)), (0, 0))

    def test_the_feed_links_to_a_page_for_each_record(self):
        reports = self.made(FEED)
        self.log(reports, "<gone>")
        self.log(reports, "only a word", "warn")
        (entry,) = self.feed(reports).entries
        base, _, uid = entry.link.partition("?uid=")
        self.assertEqual(base, "http://localhost:30880/feed/record")
        self.assertIn("&lt;gone&gt;", self.ask(reports, "/feed/record", uid=uid))
        self.assertIn(uid, self.ask(reports, "/feed/record"))
        self.assertIsNone(self.ask(reports, "/feed/record", uid="0b8f1c5e-2f3a-4c6d-9e7b-1a2b3c4d5e6f"))

    def test_who_has_the_feed_is_not_sent_it_again(self):
        reports = self.made(FEED)
        answer = self.ask(reports, "/feed/atom")
        self.assertEqual((answer.status, answer.mimetype), (200, "application/atom+xml"))
        self.assertEqual(answer.headers["Cache-Control"], "private, no-cache")
        again = self.ask(reports, "/feed/atom", {"if-none-match": answer.headers["ETag"]})
        self.assertEqual((again.status, again.data, again.headers), (304, b"", answer.headers))
        self.log(reports, "new")
        self.assertEqual(self.ask(reports, "/feed/atom", {"if-none-match": answer.headers["ETag"]}).status, 200)

    def test_conf_says_how_much_and_how_long(self):
        reports = self.made(FEED + named(EVENTS=2, TOTAL=3, MAX_AGE=60, LEVEL="WARN"))
        for number in range(5):
            self.log(reports, f"word {number}", "warn")
        self.assertEqual([entry.title for entry in self.feed(reports).entries], ["WARN: word 4", "WARN: word 3"])
        self.assertEqual(self.ask(reports, "/feed/record").count("?uid="), 3)
        self.clock.advance(61)
        self.assertEqual(self.feed(reports).entries, [])

    def test_conf_says_what_it_is_called_and_where_it_is(self):
        uid = "0B8F1C5E-2F3A-4C6D-9E7B-1A2B3C4D5E6F"
        reports = self.made(FEED + named(TITLE="The <first>", ID=uid, SERVER_BASE="https://dhcp.example.org/console/"))
        feed = self.feed(reports).feed
        self.assertEqual((feed.title_detail.value, feed.id), ("The <first>", f"urn:uuid:{uid.lower()}"))
        self.assertEqual(feed.links[0].href, "https://dhcp.example.org/console/feed/atom")

    def test_by_itself_it_is_called_as_the_system_and_keeps_its_name(self):
        plain = self.feed(self.made(FEED + 'SYSTEM_NAME = "north"\n')).feed
        again = self.feed(self.made(FEED + 'SYSTEM_NAME = "north"\nWEB_PORT = 8080\nWEB_IP = "192.0.2.1"\n')).feed
        other = self.feed(self.made(FEED + 'SYSTEM_NAME = "south"\n')).feed
        self.assertEqual((plain.title, plain.author), ("north", "north"))
        self.assertEqual(plain.id, again.id)
        self.assertNotEqual(plain.id, other.id)
        self.assertEqual(again.links[0].href, "http://192.0.2.1:8080/feed/atom")

    def test_pages_are_told_where_it_is(self):
        (head,) = self.made(FEED + named(TITLE='"a" & b')).heads()
        link = ElementTree.fromstring(head)
        self.assertEqual((link.get("rel"), link.get("title"), link.get("href")), ("alternate", '"a" & b', "/feed/atom"))

    def test_records_are_forgotten_when_sources_are_read_anew_unless_conf_says_no(self):
        for more, left in (("", 0), (named(CLEAR_ON_REINIT=False), 1)):
            reports, site = self.made(FEED + more), SiteCallbacks()
            reports.register(Publisher(self.clock.seconds), site)
            self.log(reports, "gone")
            site.reinitialise()
            self.assertEqual(len(self.feed(reports).entries), left)

    def test_a_feed_without_a_console_is_told(self):
        off = self.read(FEED + "WEB_ENABLED = False\n").notices
        self.assertEqual([notice.partition("FEED_ENABLED: ")[2] for notice in off], [
            "set, but without effect: WEB_ENABLED is off",
        ])  # fmt: skip
        self.assertEqual(self.read(FEED).notices, ())

    def test_what_cannot_be_is_told(self):
        for name, value, what in (
            ("ID", "one", "is no UUID"),
            ("ID", 5, "is no UUID"),
            ("SERVER_BASE", "dhcp.example.org", "is no address of a web server"),
            ("SERVER_BASE", "ftp://dhcp.example.org", "is no address of a web server"),
            ("SERVER_BASE", "http://[::1", "is no address of a web server"),
            ("SERVER_BASE", "http://a b/", "is no address of a web server"),
            ("SERVER_BASE", "http://me:hunter2@dhcp/", "has a user, a query or a fragment"),
            ("EVENTS", 0, "out of range"),
            ("LEVEL", "LOUD", "is not known"),
            ("MAX_AGE", -1, "is no time"),
        ):
            (problem,) = self.problems(f"FEED_{name} = {value!r}\n")
            self.assertIn(what, problem)
            self.assertNotIn("hunter2", problem)


class ServerTests(ReportsCase):
    def test_a_server_counts_its_packets_and_keeps_what_it_and_a_site_log(self):
        server = Server(self.read(FEED), None, Clock())
        server.publisher.publish(EXCHANGE)
        server.publisher.publish(events.Declined(0.0, MAC, ADDRESS, "10.77.1.0/24", 0))
        server._site_log.install()
        self.addCleanup(server._site_log.remove)
        logging.getLogger("extension.mine").error("site <code> failed")
        self.assertEqual(server.reports.traffic.report(1.0, time()).lifetime.total, 1)
        (site, own) = feedparser.parse(self.ask(server.reports, "/feed/atom").data).entries
        self.assertEqual((site.title, site.tags[0].label), ("ERROR: site <code> failed", "extension.mine"))
        self.assertTrue(own.title.startswith("ERROR: 02:00:5e:00:01:01 declined 10.77.1.50"), own.title)
