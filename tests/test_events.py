"""What happened: handed on, counted, written down."""

from twisted.internet.task import Clock
from twisted.logger import Logger, formatEvent
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer
from zope.interface.verify import verifyObject

from sdhcp import events
from sdhcp.interfaces import IEventObserver
from sdhcp.logs import ALIKE, DIGEST, FLUSH, PACKET_LINES, EventLog
from sdhcp.model import Lease, LeaseState
from sdhcp.publisher import Publisher
from sdhcp.stats import Counters

from .samples import ADDRESS, MAC, OTHER, RELAY, arrival, definition

HERE = arrival()
EXCHANGE = events.Exchange(
    0.0, "DISCOVER", "OFFER", "offered", True, MAC, ADDRESS, bytes(4), RELAY, definition(), HERE, 300, 0.001
)
DROPPED = events.Dropped(0.0, "giaddr", "no agent's address", MAC, RELAY, HERE)
MALFORMED = events.Malformed(0.0, "truncated", "5 octets", 5, HERE)
EVERY = [
    (EXCHANGE, "DISCOVER offered"),
    (DROPPED, "dropped giaddr"),
    (MALFORMED, "malformed truncated"),
    (events.Blocked(0.0, MAC, 60, "unknown"), "Blocked"),
    (events.OffLink(0.0, MAC, ADDRESS, RELAY, True), "OffLink"),
    (events.Ambiguous(0.0, MAC, (ADDRESS, OTHER), RELAY), "Ambiguous"),
    (events.Declined(0.0, MAC, ADDRESS, "10.77.1.0/24", 0), "Declined"),
    (events.SendFailed(0.0, "eth0", OTHER, "no buffer space", 3), "SendFailed"),
    (events.SourceFailed(0.0, "SQLite", "locked", "end the transaction"), "SourceFailed"),
    (events.SourceRecovered(0.0, "SQLite", 2.5), "SourceRecovered"),
    (events.Shed(0.0, "clients", 4), "Shed"),
    (events.Reloaded(0.0, "INI", ""), "Reloaded"),
    (events.Reloaded(0.0, "INI", "dhcp.ini:3: nonsense"), "Reloaded"),
    (events.Edited(0.0, "admin", "10.0.0.1", "reservation added", "02:..", "", "ip 10.0.0.5"), "Edited"),
    (events.ObserverFailed(0.0, "an observer", "Traceback"), "ObserverFailed"),
    (events.HandlingFailed(0.0, MAC, "a bug", "Traceback"), "HandlingFailed"),
    (events.HookSlow(0.0, "loadDHCPPacket", 0.2, False), "HookSlow"),
    (events.HookSlow(0.0, "loadDHCPPacket", 2.0, True), "HookSlow"),
    (events.HookSlow(0.0, "loadDHCPPacket", 2.0, False, True), "HookSlow"),
    (events.ServerMessage(0.0, "WARN", "a word"), "ServerMessage"),
]


@implementer(IEventObserver)
class Observer:
    def __init__(self, fails=False):
        self.seen, self.fails = [], fails

    def wants(self, kind):
        return kind is not events.Dropped

    def observe(self, event):
        if self.fails:
            raise RuntimeError("a bug of a site")
        self.seen.append(event)


class PublisherTests(SynchronousTestCase):
    def test_hands_on_what_is_wanted_in_order(self):
        publisher, one, other = Publisher(Clock().seconds), Observer(), Observer()
        publisher.add(one)
        publisher.publish(MALFORMED)
        publisher.add(other)
        publisher.publish(DROPPED)
        publisher.publish(EXCHANGE)
        publisher.remove(other)
        publisher.publish(MALFORMED)
        self.assertEqual((one.seen, other.seen), ([MALFORMED, EXCHANGE, MALFORMED], [EXCHANGE]))

    def test_an_observer_that_fails_is_told_of_once_and_hears_no_more(self):
        publisher, good = Publisher(Clock().seconds), Observer()
        publisher.add(Observer(fails=True))
        publisher.add(good)
        for _ in range(3):
            publisher.publish(MALFORMED)
        self.assertEqual(good.seen.count(MALFORMED), 3)
        (failed,) = [event for event in good.seen if isinstance(event, events.ObserverFailed)]
        self.assertIn("a bug of a site", failed.trace)


class SiteObserverTests(SynchronousTestCase):
    """Observers that a site has in HOOKS may do anything."""

    def told_by(self, bad):
        """What another observer is told of the failure, where nothing is raised, and events come all the same."""
        publisher, good = Publisher(Clock().seconds), Observer()
        publisher.add(bad)
        publisher.add(good)
        for _ in range(2):
            publisher.publish(events.ServerMessage(0.0, "WARN", "something"))
        self.assertEqual(len([event for event in good.seen if isinstance(event, events.ServerMessage)]), 2)
        (failed,) = [event for event in good.seen if isinstance(event, events.ObserverFailed)]
        return failed

    def test_one_that_cannot_say_what_it_wants_is_asked_no_more(self):
        class Bad(Observer):
            def wants(self, kind):
                raise KeyError("kind")

        self.assertIn("KeyError: 'kind'", self.told_by(Bad()).trace)

    def test_one_that_cannot_say_what_it_is_is_told_by_its_class(self):
        class Bad(Observer):
            def observe(self, event):
                raise ValueError("seen")

            def __repr__(self):
                raise ValueError("no name")

        self.assertIn("Bad", self.told_by(Bad()).observer)

    def test_whatever_it_raises_reaches_nobody(self):
        class Stop(BaseException):
            pass

        class Bad(Observer):
            def observe(self, event):
                raise Stop("now")

        self.assertIn("Stop: now", self.told_by(Bad()).trace)


class CounterTests(SynchronousTestCase):
    def test_counts_everything(self):
        counters = Counters()
        verifyObject(IEventObserver, counters)
        for event, line in EVERY:
            before = dict(entry.rsplit(": ", 1) for entry in counters.lines())
            self.assertTrue(counters.wants(type(event)))
            counters.observe(event)
            after = dict(entry.rsplit(": ", 1) for entry in counters.lines())
            grown = int(after[line]) - int(before.get(line, 0))
            self.assertEqual(grown, getattr(event, "times", 1), line)
        self.assertEqual(counters.lines(), sorted(counters.lines()[:3]) + sorted(counters.lines()[3:]))


class LogTests(SynchronousTestCase):
    def setUp(self):
        self.lines = []
        self.clock = Clock()

    def log(self, severity="DEBUG"):
        def note(event):
            self.lines.append((event["log_level"].name, formatEvent(event)))

        made = EventLog(Logger(observer=note), severity, self.clock)
        verifyObject(IEventObserver, made)
        made.start()
        return made

    def text(self):
        return "\n".join(line for _, line in self.lines)

    def test_says_something_about_everything(self):
        for event, _ in EVERY:
            self.lines.clear()
            log = self.log()
            log.observe(event)
            self.clock.advance(1)
            self.assertTrue(self.text(), event)
            log.stop()

    def test_packets_are_written_in_rounds_and_only_where_they_are_read(self):
        log = self.log()
        log.observe(EXCHANGE)
        self.assertEqual(self.lines, [])
        self.clock.advance(1)
        self.assertIn("DISCOVER from 02:00:5e:00:01:01 via 10.77.1.1", self.text())
        self.assertIn("OFFER 10.77.1.50", self.text())
        self.assertFalse(self.log("WARN").wants(events.Exchange))
        self.assertTrue(self.log("WARN").wants(events.Dropped))

    def test_between_some_lines_and_the_next_packets_are_heard(self):
        log = self.log()
        for _ in range(100):
            log.observe(EXCHANGE)
        written = []
        self.clock.callLater(FLUSH, lambda: self.clock.callLater(0, lambda: written.append(len(self.lines))))
        self.clock.advance(FLUSH)
        self.assertEqual(len(self.lines), 100)
        self.assertLess(written[0], 50)
        for _ in range(100):
            log.observe(EXCHANGE)
        self.assertEqual(log.waiting, 100)
        log.stop()
        self.assertEqual((len(self.lines), log.waiting), (200, 0))

    def test_trouble_is_written_once_and_then_counted(self):
        log = self.log("WARN")
        for _ in range(1000):
            log.observe(MALFORMED)
            log.observe(DROPPED)
        self.assertEqual(len(self.lines), 2)
        self.clock.advance(DIGEST)
        self.assertEqual(sum("999 more in the last minute" in line for _, line in self.lines), 2)
        log.observe(MALFORMED)
        self.assertEqual(len(self.lines), 4)
        self.clock.advance(DIGEST)
        self.assertEqual(len(self.lines), 5)
        self.assertIn("1 more in the last minute", self.lines[-1][1])
        self.clock.advance(DIGEST)
        log.observe(MALFORMED)
        self.assertEqual(len(self.lines), 6)

    def test_what_a_client_sent_forges_no_line_though_site_code_repeats_it(self):
        log = self.log("WARN")
        evil = "no host \x1b[2J\r\nWARNING : all is well"
        log.observe(events.HandlingFailed(0, b"\2" * 6, repr(ValueError(evil)), f"Traceback\nValueError: {evil}\n"))
        log.observe(events.SourceFailed(0, "code", evil, ""))
        log.observe(events.ObserverFailed(0, evil, f"Traceback\nValueError: {evil}\n"))
        self.assertEqual(len(self.lines), 3)
        for _, text in self.lines:
            first, *rest = text.split("\n")
            self.assertTrue(first.isprintable())
            self.assertTrue(all(line.startswith("  | ") and line.isprintable() for line in rest), rest)

    def test_a_flooder_is_named_once_a_minute(self):
        log = self.log("WARN")
        for _ in range(500):
            log.observe(DROPPED._replace(reason="blocked", detail="too many packets"))
        self.assertEqual(len(self.lines), 1)
        self.assertIn("02:00:5e:00:01:01", self.text())

    def test_who_sends_packets_does_not_decide_how_long_the_log_gets(self):
        log = self.log("WARN")
        for number in range(1000):
            mac, giaddr = number.to_bytes(6, "big"), number.to_bytes(4, "big")
            log.observe(DROPPED._replace(reason="blocked", detail="too many packets", mac=mac))
            log.observe(DROPPED._replace(giaddr=giaddr, mac=mac))
        self.assertLessEqual(len(self.lines), 2 * (ALIKE + 1))
        # What is grave is told all the same.
        log.observe(events.Declined(0, b"\2" * 6, b"\n\1\0\1", "here", 0))
        log.observe(events.HandlingFailed(0, b"\2" * 6, "a fault", "its trace"))
        self.assertIn("declined 10.1.0.1", self.text())
        self.assertIn("its trace", self.text())
        before = len(self.lines)
        self.clock.advance(DIGEST)
        counted = [line for _, line in self.lines[before:]]
        self.assertEqual(sum("983 more in the last minute" in line and "others" in line for line in counted), 2)

    def test_each_address_of_a_pool_that_somebody_uses_is_told_with_who_does(self):
        log = self.log()
        for address, user in ((ADDRESS, "02:00:5e:00:00:07"), (OTHER, "02:00:5e:00:00:08"), (OTHER, "nobody new")):
            lease = Lease(address, "guests", "", LeaseState.QUARANTINED, 0.0, 1.0, b"", "", "", f"used by {user}")
            log.observe(events.LeaseChanged(0.0, "quarantined", lease))
        self.assertEqual(len(self.lines), 2)
        self.assertIn("10.77.1.50 is not lent for a while: used by 02:00:5e:00:00:07", self.text())
        self.assertIn("10.77.1.51 is not lent for a while: used by 02:00:5e:00:00:08", self.text())

    def test_more_packets_than_there_is_room_for_are_counted(self):
        log = self.log()
        for _ in range(PACKET_LINES + 7):
            log.observe(EXCHANGE)
        log.stop()
        self.assertIn("7 packets were not logged", self.text())
        self.assertEqual(len(self.lines), PACKET_LINES + 1)
        self.assertFalse(log.running)

    def test_an_exchange_without_answer_or_address(self):
        log = self.log()
        log.observe(EXCHANGE._replace(answer="", address=b"", giaddr=bytes(4)))
        log.stop()
        self.assertIn("no answer no address", self.text())
        self.assertNotIn("via", self.text())
