"""Records of the log, kept for a while."""

import logging
import threading

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.task import Clock
from twisted.logger import ILogObserver, Logger, LogLevel, LogPublisher
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from sdhcp import events
from sdhcp.feeds.log_lines import FeedOfLog
from sdhcp.feeds.store import LONGEST, RecordStore, record_of
from sdhcp.logs import EventLog
from sdhcp.scripting.site_log import SiteLog

from .samples import ADDRESS, MAC

NOW = 1_700_000_000.0
DECLINED = events.Declined(0.0, MAC, ADDRESS, "10.77.1.0/24", 0)


def store(most=100, age=86400.0):
    return RecordStore(NOW, most, age)


def record(text="broken", time=NOW, severity="ERROR", module="dhcp"):
    return record_of(time, severity, module, text)


def texts(kept, now=NOW):
    return [one.text for one in kept.records(now)]


class RecordTests(SynchronousTestCase):
    def test_the_same_text_at_the_same_moment_has_the_same_name_and_no_other_has(self):
        others = [record("x"), record(time=NOW + 0.001), record(severity="CRITICAL"), record(module="extension")]
        self.assertEqual(record().uid, record().uid)
        self.assertEqual(len({record().uid, *(other.uid for other in others)}), 5)

    def test_the_title_is_the_first_line_cut_where_it_is_long(self):
        self.assertEqual(record("one\n  | two").title, "one")
        self.assertEqual(record("x" * 500).title, "x" * 117 + "...")

    def test_no_control_character_gets_through(self):
        got = record("a\x1b[2J\r\nb\0\ufffe\ud800\u202e", module="x\x07")
        self.assertEqual(got.text, "a\\x1b[2J\\r\nb\\x00\\ufffe\\ud800\\u202e")
        self.assertEqual(got.module, "x\\x07")

    def test_what_is_too_long_is_cut(self):
        text = record("y" * (LONGEST + 7)).text
        self.assertTrue(text.endswith("y ... (7 more characters)"))
        self.assertLess(len(text), LONGEST + 50)


class StoreTests(SynchronousTestCase):
    def test_the_newest_comes_first_and_the_oldest_goes(self):
        kept = store(most=3)
        for number in range(5):
            kept.add(record(str(number), NOW + number))
        self.assertEqual(texts(kept), ["4", "3", "2"])
        self.assertEqual(kept.changed(NOW), NOW + 4)

    def test_what_is_too_old_goes_and_that_is_a_change(self):
        kept = store(age=60.0)
        kept.add(record("old", NOW))
        kept.add(record("new", NOW + 30))
        self.assertEqual(texts(kept, NOW + 60), ["new", "old"])
        self.assertEqual(texts(kept, NOW + 61), ["new"])
        self.assertEqual(kept.changed(NOW + 61), NOW + 60)
        self.assertEqual(texts(kept, NOW + 1000), [])
        self.assertEqual(kept.changed(NOW + 1000), NOW + 90)

    def test_without_an_age_they_stay(self):
        kept = store(age=None)
        kept.add(record())
        self.assertEqual(texts(kept, NOW * 2), ["broken"])

    def test_one_is_found_by_its_name_until_it_is_gone(self):
        kept = store(age=60.0)
        kept.add(record())
        self.assertEqual(kept.find(record().uid, NOW), record())
        self.assertIsNone(kept.find("", NOW))
        self.assertIsNone(kept.find(record().uid, NOW + 61))

    def test_all_can_be_forgotten(self):
        kept = store()
        kept.clear(NOW + 1)
        self.assertEqual(kept.changed(NOW + 1), NOW)
        kept.add(record())
        kept.clear(NOW + 2)
        self.assertEqual((texts(kept), kept.changed(NOW + 2)), ([], NOW + 2))

    def test_the_same_record_is_kept_once(self):
        kept = store()
        kept.add(record())
        kept.add(record())
        self.assertEqual(texts(kept), ["broken"])

    @given(st.lists(st.tuples(st.floats(-100, 100), st.text(max_size=3)), max_size=40), st.integers(1, 10))
    def test_never_more_than_asked_for_and_none_too_old(self, steps, most):
        kept, now = store(most, 150.0), NOW
        for wait, text in steps:
            # Clocks are set back, too.
            now += wait
            kept.add(record(text, now))
            found = kept.records(now)
            self.assertLessEqual(len(found), most)
            self.assertTrue(all(one.time >= now - 150.0 for one in found))
            self.assertEqual(len({one.uid for one in found}), len(found))

    def test_threads_may_add_at_the_same_time(self):
        kept = store(most=1000)
        threads = [
            threading.Thread(target=lambda name=name: [kept.add(record(f"{name} {step}")) for step in range(100)])
            for name in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(set(texts(kept))), 400)


class LogTests(SynchronousTestCase):
    def setUp(self):
        self.kept = store(age=None)
        self.lines = []
        self.feed = FeedOfLog(self.kept, "ERROR")
        verifyObject(ILogObserver, self.feed)

    def test_events_have_the_words_of_the_log(self):
        log = EventLog(Logger(observer=LogPublisher(self.feed, self.lines.append)), "WARN", Clock())
        log.observe(DECLINED)
        log.observe(events.ServerMessage(0.0, "WARN", "a word"))
        log.observe(events.ServerMessage(0.0, "CRITICAL", "gone"))
        critical, error = self.kept.records(NOW)
        self.assertEqual((critical.severity, critical.text), ("CRITICAL", "gone"))
        self.assertEqual((error.severity, error.module), ("ERROR", "dhcp"))
        self.assertEqual(error.text, self.lines[0]["text"])
        self.assertEqual(error.time, self.lines[0]["log_time"])

    def test_trouble_that_repeats_does_not_fill_it(self):
        log = EventLog(Logger(observer=self.feed), "WARN", Clock())
        for _ in range(1000):
            log.observe(DECLINED)
        self.assertEqual(len(self.kept.records(NOW)), 1)

    def test_the_least_severity_decides(self):
        for severity, kept in (("DEBUG", 5), ("WARNING", 3), ("FATAL", 1)):
            own = store(age=None)
            logger = Logger(observer=FeedOfLog(own, severity))
            for level in LogLevel.iterconstants():
                logger.emit(level, "{text}", text=f"{level.name} {severity}")
            self.assertEqual(len(own.records(NOW)), kept, severity)

    def test_records_of_a_site_come_with_the_name_of_their_logger(self):
        log = SiteLog(self.feed, lambda *_: None)
        log.install()
        self.addCleanup(log.remove)
        try:
            raise KeyError("no such host")
        except KeyError:
            logging.getLogger("extension.mine").exception("cannot look up %s", "x")
        logging.getLogger("extension.mine").warning("less than it takes")
        (got,) = self.kept.records(NOW)
        self.assertEqual((got.severity, got.module, got.title), ("ERROR", "extension.mine", "cannot look up x"))
        self.assertIn("KeyError: 'no such host'", got.text)
