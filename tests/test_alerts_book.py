"""What goes wrong becomes few alerts, with true figures."""

import json
from itertools import pairwise

from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer
from zope.interface.verify import verifyObject

from sdhcp import events
from sdhcp.alerts.book import ALIKE, BURST, AlertBook
from sdhcp.alerts.mail import Letters
from sdhcp.alerts.texts import as_json, body, headline, lasted
from sdhcp.alerts.trouble import INTERVALS, QUIET, REST
from sdhcp.interfaces import IAlertSink, IEventObserver
from sdhcp.model import Lease, LeaseState

from .samples import ADDRESS, MAC, OTHER

WALL = 1_700_000_000.0


@implementer(IAlertSink)
class Sink:
    def __init__(self):
        self.alerts = []

    def send(self, alert):
        self.alerts.append(alert)


class BookCase(SynchronousTestCase):
    def setUp(self):
        self.now = 1000.0
        self.sink = Sink()
        self.packets = (0, 0)
        self.book = AlertBook([self.sink], lambda: WALL + self.now, "t", lambda: self.packets)

    def see(self, kind, *arguments, **more):
        self.book.observe(kind(self.now, *arguments, **more))

    def wait(self, seconds, step=1.0):
        end = self.now + seconds
        while self.now < end:
            self.now = min(end, self.now + step)
            self.book.watch(self.now)

    def stages(self):
        return [alert.stage for alert in self.sink.alerts]

    @property
    def last(self):
        return self.sink.alerts[-1]


class StageTests(BookCase):
    def test_provides_what_it_promises(self):
        verifyObject(IEventObserver, self.book)
        verifyObject(IAlertSink, self.sink)
        self.assertFalse(self.book.wants(events.Exchange))

    def test_a_source_that_goes_and_comes_makes_one_alert_each(self):
        self.see(events.SourceFailed, "PostgreSQL", "refused", "start it")
        self.assertEqual(self.stages(), ["begun"])
        self.packets = (600, 7)
        self.wait(300)
        self.see(events.SourceRecovered, "PostgreSQL", 300.5)
        self.wait(REST * 2, 60)
        self.assertEqual(self.stages(), ["begun", "over"])
        over = self.last
        self.assertEqual((over.seconds, over.until - over.since, over.times), (300.5, 300.5, 1))
        self.assertIn("600 packets of clients have come in; 7 got no answer", over.what)
        self.assertEqual(over.trouble, self.sink.alerts[0].trouble)

    def test_ten_thousand_failures_of_one_kind_make_three_alerts_at_most(self):
        for _ in range(10_000):
            self.see(events.HookFailed, "loadDHCPPacket", MAC, "KeyError: 'x'; see conf.py:7", "")
            self.now += 0.5
            self.book.watch(self.now)
        self.wait(REST, 10)
        self.assertEqual(self.stages(), ["begun", "goes on", "over"])
        self.assertEqual((self.last.times, self.last.met, self.last.whom), (10_000, 1, (MAC.hex(":"),)))
        self.assertEqual(sum(alert.more for alert in self.sink.alerts), 10_000)
        self.assertAlmostEqual(self.last.seconds, 4999.5)

    def test_what_lasts_is_told_in_growing_intervals(self):
        self.see(events.SourceFailed, "Redis", "refused", "")
        self.wait(sum(INTERVALS) + INTERVALS[-1] + 1, 30)
        self.assertEqual(self.stages(), ["begun", *["goes on"] * 4])
        times = [alert.at for alert in self.sink.alerts]
        waits = [round(later - earlier) for earlier, later in pairwise(times)]
        self.assertEqual(waits, [*map(int, INTERVALS), int(INTERVALS[-1])])

    def test_one_case_alone_is_told_once(self):
        self.see(events.Declined, MAC, ADDRESS, "10.0.0.0/8", 0)
        self.wait(REST + QUIET + 60, 30)
        self.assertEqual(self.stages(), ["begun"])
        self.see(events.Declined, MAC, ADDRESS, "10.0.0.0/8", 0)
        self.assertEqual((self.stages(), self.last.spells), (["begun", "begun"], 1))

    def test_what_comes_and_goes_all_the_time_is_told_now_and_then(self):
        for _ in range(120):
            self.see(events.SourceFailed, "MySQL", "refused", "")
            self.wait(20)
            self.see(events.SourceRecovered, "MySQL", 20.0)
            self.wait(100, 10)
        self.assertLess(len(self.sink.alerts), 9)
        self.wait(REST + 60, 60)
        self.assertEqual((self.last.stage, self.last.spells, self.last.is_on), ("over", 120, False))
        self.assertAlmostEqual(self.last.seconds, 120 * 20.0)

    def test_what_stays_away_after_coming_and_going_is_told_soon(self):
        for _ in range(5):
            self.see(events.SourceFailed, "MySQL", "refused", "")
            self.wait(5)
            self.see(events.SourceRecovered, "MySQL", 5.0)
            self.wait(5)
        told = len(self.sink.alerts)
        self.see(events.SourceFailed, "MySQL", "refused", "")
        self.wait(400)
        self.assertEqual(self.stages()[told:], ["goes on"])
        self.assertTrue(self.last.is_on)

    def test_nobody_who_sends_packets_decides_how_many_there_are(self):
        for number in range(5000):
            self.see(events.HandlingFailed, number.to_bytes(6, "big"), f"Error{number}('x')", "Traceback")
            self.see(events.Declined, MAC, number.to_bytes(4, "big"), "s", 0)
        self.assertEqual(len(self.sink.alerts), min(2 * (ALIKE + 1), BURST))
        self.wait(86400, 30)
        self.assertLess(len(self.sink.alerts), 4 * (ALIKE + 1))
        self.assertEqual(sum(alert.more for alert in self.sink.alerts), 10_000)

    def test_what_cannot_be_told_at_once_is_told_later_and_whole(self):
        for number in range(BURST + 1):
            self.see(events.SourceFailed, f"source {number}", "refused", "")
        self.assertEqual(len(self.sink.alerts), BURST)
        self.wait(100)
        self.see(events.SourceRecovered, f"source {BURST}", 100.0)
        self.wait(100)
        self.assertEqual((len(self.sink.alerts), self.last.stage, self.last.number), (BURST + 1, "over", 1))
        self.assertEqual(self.last.seconds, 100.0)


class KindTests(BookCase):
    def test_each_kind_of_trouble_says_what_is_done_and_what_to_do(self):
        lease = Lease(ADDRESS, "p", "", LeaseState.QUARANTINED, 0.0, 1.0, evidence="used by 02:5e")
        for kind, *arguments in (
            (events.SourceFailed, "SQLite", "locked", "end it"),
            (events.SourceFailed, "leases in SQLite", "disk full", ""),
            (events.SourceFailed, "memcached at m:11211", "refused", ""),
            (events.SourceFailed, "INI", "no such subnet", "", MAC),
            (events.HookFailed, "init", MAC, "KeyError; see conf.py:3", "Traceback"),
            (events.HandlingFailed, MAC, "ValueError('x')", "Traceback"),
            (events.ObserverFailed, "<Observer>", "Traceback"),
            (events.Declined, MAC, ADDRESS, "s", 0),
            (events.LeaseChanged, "quarantined", lease),
            (events.PoolExhausted, ("p",), MAC),
            (events.PoolFilled, "p", 9, 10, False),
            (events.Reloaded, "INI", "hosts.ini:3: nonsense"),
            (events.SiteCritical, "conf", "conf.py:9", "it burns"),
        ):
            self.setUp()
            self.see(kind, *arguments)
            (alert,) = self.sink.alerts
            self.assertTrue(all((alert.title, alert.what, alert.meanwhile, alert.advice)), kind)
            self.assertEqual(alert.stage, "begun")
            json.dumps(as_json(alert, "n", "h"))

    def test_all_that_a_sites_code_has_to_say_is_told(self):
        for number in range(5):
            self.see(events.SiteCritical, "conf", "conf.py:9", f"new device {number}")
        self.assertIn("new device 0", self.last.title)
        self.wait(QUIET + 1)
        text = body(self.last, "server")
        for number in range(1, 5):
            self.assertIn(f"conf: new device {number}", text)
        self.assertNotIn("new device 0", text)

    def test_a_pool_or_a_file_that_is_in_order_again_is_told(self):
        for begin, end in (
            ((events.PoolFilled, "p", 9, 10, False), (events.PoolFilled, "p", 1, 10, True)),
            ((events.Reloaded, "INI", "line 3"), (events.Reloaded, "INI", "")),
        ):
            self.setUp()
            self.see(*begin)
            self.wait(60)
            self.see(*end)
            self.assertEqual((self.stages(), self.last.seconds), (["begun", "over"], 60.0))

    def test_what_is_no_trouble_makes_no_alert(self):
        for kind, *arguments in (
            (events.SourceRecovered, "PostgreSQL", 5.0),
            (events.Reloaded, "INI", ""),
            (events.PoolFilled, "p", 1, 10, True),
            (events.ServerMessage, "ERROR", "a word"),
            (events.LeaseChanged, "bound", None),
        ):
            self.see(kind, *arguments)
        self.wait(60)
        self.assertEqual(self.sink.alerts, [])

    def test_times_of_site_records_are_added_up(self):
        self.see(events.SiteCritical, "conf", "c", "it burns\n  | Traceback\n  | line", 1)
        self.see(events.SiteCritical, "system", "c", "it raised 59 more times", 59)
        self.assertEqual((len(self.sink.alerts), self.last.trace), (1, "Traceback\nline"))
        self.wait(QUIET + 1)
        self.assertEqual((self.last.stage, self.last.times), ("over", 60))


class TextTests(BookCase):
    def test_a_mail_says_what_happened_to_whom_since_when_and_what_to_do(self):
        self.see(events.HookFailed, "loadDHCPPacket", MAC, "KeyError: 'x'; see conf.py:7", "Traceback\n  line\x1b[31m")
        text = body(self.last, "server")
        for word in ("KeyError: 'x'; see conf.py:7", MAC.hex(":"), "Since: 2023-11-1", "Meanwhile: ", "What to do: "):
            self.assertIn(word, text)
        self.assertIn("  | Traceback\n", text)
        self.assertNotIn("\x1b", text)
        for _ in range(41):
            self.see(events.HookFailed, "loadDHCPPacket", OTHER, "KeyError: 'x'; see conf.py:7", "")
        self.wait(QUIET + 1)
        self.assertIn("How often: 42 times, 41 of them since the last mail", body(self.last, "server"))

    def test_what_clients_send_cannot_become_a_header(self):
        self.see(events.SourceFailed, "Evil\r\nBcc: x@example.org", "a\r\n.\r\nQUIT", "")
        letters = Letters("Se <s@example.org>", ("a@example.org", "b@example.org"), "Subject\n", "n", "host")
        parcel = letters.alert(self.last)
        head, _, rest = parcel.text.partition("\n\n")
        self.assertNotIn("\nBcc", head)
        self.assertEqual([line for line in rest.split("\n") if line.startswith(".")], [])
        self.assertEqual((letters.sender, parcel.to), ("s@example.org", ("a@example.org", "b@example.org")))
        letters = Letters("Dörte <s@example.org>", ("a@example.org",), "Störung", "n", "host")
        self.assertIn("From: =?utf-8?b?RMO2cnRl?= <s@example.org>", letters.alert(self.last).text)

    def test_mails_of_one_trouble_are_one_thread(self):
        letters = Letters("s@example.org", ("a@example.org",), "Trouble", "n", "host")
        self.see(events.SourceFailed, "PostgreSQL", "refused", "")
        first = letters.alert(self.last).text
        self.now += 120
        self.see(events.SourceRecovered, "PostgreSQL", 120.0)
        second = letters.alert(self.last).text
        self.assertIn("Message-ID: <t.1.1@host>", first)
        self.assertIn("References: <t.1.1@host>", second)
        self.assertIn("Subject: Trouble: over after 2 minutes: PostgreSQL does not answer", second)

    def test_times_as_people_say_them(self):
        found = [lasted(seconds) for seconds in (0.25, 12, 60, 3725, 90000)]
        self.assertEqual(found, ["0.2 seconds", "12 seconds", "1 minute", "1 hour 2 minutes", "1 day 1 hour"])

    def test_a_headline_tells_one_that_is_back(self):
        for _ in range(2):
            self.see(events.SourceFailed, "PostgreSQL", "refused", "")
            self.see(events.SourceRecovered, "PostgreSQL", 1.0)
        self.assertEqual(headline(self.sink.alerts[2]), "PostgreSQL does not answer again")
