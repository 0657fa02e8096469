"""What clients get while their store is slow, away, and back; and from the cache behind the process's memory."""

from math import inf

from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer
from zope.interface.verify import verifyObject

from sdhcp.backends.identified import IdentifiedSource
from sdhcp.interfaces import UNKNOWN, ICache, IDefinitionSource, ILayered, Kept, SourceError

from .contracts import CIRCUIT, asked, known_by
from .in_front import REFUSED, InFront, Layer, Store, at

A, B, C = "02:00:00:00:00:0a", "02:00:00:00:00:0b", "02:00:00:00:00:0c"


class AwayTests(InFront, SynchronousTestCase):
    """With a cache whose answers are good for a moment, and without one."""

    def test_known_clients_are_served_and_others_are_told_why(self):
        for settings in ({"enabled": False}, {"age": 1, "negative_age": 1}):
            self.make(**settings)
            self.keep(A)
            self.keep(B, "10.77.1.51")
            self.is_asked_for(C, None)
            self.time.advance(5)
            self.fail_with()
            self.gets(A, "10.77.1.50")
            self.gets(B, "10.77.1.51")
            error = self.assertRaises(SourceError, self.source.peek, known_by(C))
            expected = (
                "source unavailable since 12:00:05, serving 2 cached clients: connection refused; see that it runs"
            )
            self.assertEqual(str(error), expected)
            self.assertEqual(str(self.failureResultOf(self.source.lookup(known_by(C))).value), expected)
            self.assertEqual(self.source.problem(), expected)
            self.assertEqual((self.store.asked, self.source.stale), ([], 2))

    def test_the_client_whose_question_failed_is_served_too(self):
        self.make(enabled=False)
        self.keep(A)
        waiting, stranger = self.ask(A), self.ask(B)
        self.store.answer(REFUSED, 2)
        self.assertEqual(self.successResultOf(waiting), at("10.77.1.50"))
        self.failureResultOf(stranger, SourceError)

    def test_a_trouble_that_passes_is_none_of_the_stores(self):
        self.make(enabled=False)
        self.keep(A)
        waiting, other = self.ask(A), self.ask(B)
        self.store.answer(SourceError("too many at once", passing=True), 2)
        self.assertEqual(self.successResultOf(waiting), at("10.77.1.50"))
        self.failureResultOf(other, SourceError)
        self.assertEqual(self.source.problem(), "")
        self.is_asked_for(B)

    def test_stale_answers_that_are_not_wanted(self):
        self.make(age=10, stale=False)
        self.keep(A)
        self.time.advance(5)
        self.fail_with()
        self.gets(A, "10.77.1.50")
        self.time.advance(6)
        error = self.assertRaises(SourceError, self.source.peek, known_by(A))
        self.assertIn("serving nobody but those whose answers are good still (STALE_ANSWERS is off)", str(error))
        self.make(enabled=False, stale=False)
        self.keep(A)
        self.fail_with()
        error = self.assertRaises(SourceError, self.source.peek, known_by(A))
        self.assertIn("serving nobody (STALE_ANSWERS is off)", str(error))

    def test_stale_answers_that_are_too_old(self):
        self.make(enabled=False, stale_age=60)
        self.keep(A)
        self.time.advance(30)
        self.fail_with()
        self.time.advance(30)
        self.gets(A, "10.77.1.50")
        self.time.advance(0.1)
        self.assertRaises(SourceError, self.source.peek, known_by(A))

    def test_it_is_back_when_a_probe_says_so(self):
        self.make(enabled=False)
        self.keep(A)
        self.fail_with()
        for _ in range(3):
            self.assertTrue(self.probe(REFUSED) <= 1.05)
            self.gets(A, "10.77.1.50")
            self.assertEqual(self.store.asked, [])
        self.assertTrue(self.probe() <= 1.05)
        self.assertEqual(self.source.problem(), "")
        self.is_asked_for(A, "10.77.1.60")
        self.is_asked_for(B)

    def test_it_is_told_how_long_it_is_away_and_what_is_wrong_now(self):
        self.time.advance(3)
        self.fail_with()
        self.pass_time(2)
        self.probe(SourceError("the password is refused"))
        self.assertEqual(
            self.source.problem(),
            "source unavailable since 12:00:03, serving 0 cached clients: the password is refused",
        )

    def test_news_of_a_trouble_that_is_over_is_none(self):
        early = self.ask(A)
        self.pass_time(0.02)
        late = self.ask(B)
        self.store.asked.reverse()
        self.store.answer(at("10.77.1.51"))
        self.successResultOf(late)
        self.store.answer(REFUSED)
        self.assertEqual(str(self.failureResultOf(early, SourceError).value), "connection refused")
        self.assertEqual(self.source.problem(), "")

    def test_probes_that_never_end_are_bounded(self):
        self.fail_with()
        self.pass_time(60)
        self.assertTrue(10 < len(self.store.probes) <= 60)
        self.assertTrue(len([one for one in self.store.probes if not one.called]) <= 5)
        self.assertIn("no answer within 4 s", self.source.problem())


class SlowTests(InFront, SynchronousTestCase):
    def test_known_clients_are_not_kept_waiting(self):
        self.make(enabled=False)
        self.keep(A)
        waiting, other = self.ask(A), self.ask(B)
        self.pass_time(0.6)
        self.assertEqual(self.successResultOf(waiting), at("10.77.1.50"))
        self.assertNoResult(other)
        self.gets(A, "10.77.1.50")
        self.pass_time(2)
        self.store.answer(at("10.77.1.51"), 2)
        self.assertEqual(self.successResultOf(other), at("10.77.1.51"))

    def test_others_are_asked_for_still(self):
        self.make(enabled=False)
        first = self.ask(A)
        self.pass_time(0.6)
        second = self.ask(B)
        self.assertEqual(self.store.keys, [A, B])
        self.store.answer(at("10.77.1.50"), 2)
        self.successResultOf(first)
        self.successResultOf(second)

    def test_it_is_told_once_it_lasts(self):
        waiting = self.ask(A)
        self.pass_time(0.4)
        self.assertEqual(self.source.problem(), "")
        self.pass_time(1.2)
        self.assertIn("source slow since 12:00:00, serving 0 cached clients: answers take", self.source.problem())
        self.store.answer(at("10.77.1.50"))
        self.successResultOf(waiting)
        self.probe()
        self.assertEqual(self.source.problem(), "")

    def test_one_that_never_answers_is_given_up(self):
        self.make(enabled=False)
        self.keep(A)
        waiting, other = self.ask(A), self.ask(B)
        self.pass_time(3.8)
        self.assertNoResult(other)
        self.pass_time(0.3)
        self.assertEqual(self.store.given_up, [A, B])
        self.successResultOf(waiting)
        text = str(self.failureResultOf(other, SourceError).value)
        self.assertIn("serving 1 cached clients: no answer within 4 s", text)
        self.assertIn("source unavailable since 12:00:00", text)

    def test_a_single_answer_that_is_late_is_no_trouble_of_the_stores(self):
        self.make(enabled=False)
        late = self.ask(A)
        for _ in range(42):
            self.pass_time(0.1)
            self.others_are_answered()
        self.failureResultOf(late, SourceError)
        self.assertEqual(self.source.problem(), "")
        self.assertEqual(self.store.given_up, [A])

    def others_are_answered(self):
        waiting = self.source.lookup(known_by(B))
        for key, deferred in list(self.store.asked):
            if key == B:
                self.store.asked.remove((key, deferred))
                deferred.callback(at("10.77.1.51"))
        self.assertEqual(self.successResultOf(waiting), at("10.77.1.51"))

    def test_what_is_changed_counts_in_the_end_however_slow_the_store_is(self):
        self.make(enabled=False)
        self.keep(A)
        for host in ("10.77.1.51", "10.77.1.52", "10.77.1.53"):
            self.ask(A)
            self.pass_time(1)
            self.store.answer(at(host), len(self.store.asked))
            self.gets(A, host)
            self.store.answer(at(host), len(self.store.asked))

    def test_a_probe_that_is_slow_too_is_no_recovery(self):
        self.make(enabled=False)
        self.keep(A)
        self.ask(A)
        self.pass_time(1.9)
        self.store.end_probes()
        self.assertIn("slow", self.source.problem())


@implementer(IDefinitionSource)
class Unprobed:
    """A source that nobody can ask how it is."""

    name = "code"

    def __init__(self):
        self.inner = Store()

    def lookup(self, query):
        return self.inner.lookup(query)


class UnprobedTests(InFront, SynchronousTestCase):
    def test_a_client_finds_out_whether_it_is_back(self):
        self.make(store=Unprobed(), enabled=False)
        source, self.store = self.store, self.store.inner
        self.keep(A)
        self.fail_with()
        self.assertRaises(SourceError, self.source.peek, known_by(B))
        self.pass_time(1.1)
        self.assertIn("source unavailable since 12:00:00", self.source.problem())
        waiting = self.ask(B)
        self.store.answer(REFUSED)
        self.failureResultOf(waiting, SourceError)
        self.assertIn("source unavailable since 12:00:00", self.source.problem())
        self.assertRaises(SourceError, self.source.peek, known_by(B))
        self.pass_time(1.1)
        self.gets(A, "10.77.1.50")
        self.store.answer(at("10.77.1.51"))
        self.assertEqual(self.source.problem(), "")
        self.is_asked_for(A)
        self.assertEqual(source.name, self.source.name)


class SecondLayerTests(InFront, SynchronousTestCase):
    def setUp(self):
        self.layer = Layer()
        self.make(cache=self.layer, age=300, negative_age=10)

    def test_it_is_what_it_says_it_is(self):
        verifyObject(ICache, self.layer)
        verifyObject(ILayered, self.source)
        self.assertEqual(list(self.source.layers()), [self.layer])

    def test_what_is_good_there_spares_the_store(self):
        self.layer.kept = {A: Kept(at("10.77.1.50"), 299), B: Kept(at("10.77.1.50"), 301), C: Kept(None, 5)}
        self.gets(A, "10.77.1.50")
        self.is_asked_for(B, "10.77.1.51")
        self.gets(C, None)
        self.time.advance(2)
        self.layer.kept.clear()
        self.is_asked_for(A)

    def test_what_the_store_says_is_kept_there(self):
        self.is_asked_for(A)
        self.assertEqual(self.layer.kept, {A: Kept(at("10.77.1.50"), 0)})
        self.time.advance(301)
        self.layer.kept[A] = Kept(at("10.77.1.50"), 301)
        self.is_asked_for(A, None)
        self.is_asked_for(B, None)
        self.assertEqual(self.layer.kept, {})

    def test_an_age_that_nobody_knows_is_good_for_bad_times_alone(self):
        self.make(cache=self.layer, age=inf)
        self.layer.kept[A] = Kept(at("10.77.1.50"), inf)
        self.is_asked_for(A, "10.77.1.51")
        self.layer.kept[B] = Kept(at("10.77.1.50"), inf)
        self.fail_with()
        self.gets(B, "10.77.1.50")

    def test_after_a_restart_it_serves_while_the_store_is_away(self):
        self.layer.kept[A] = Kept(at("10.77.1.50"), 10**6)
        self.fail_with()
        for _ in range(2):
            self.gets(A, "10.77.1.50")
        self.failureResultOf(self.ask(B), SourceError)
        self.assertEqual(self.store.asked, [])
        self.assertIn("serving 1 cached clients", self.source.problem())

    def test_one_that_is_too_old_does_not(self):
        self.make(cache=self.layer, stale_age=3600)
        self.layer.kept[A] = Kept(at("10.77.1.50"), 3700)
        self.fail_with()
        self.failureResultOf(self.ask(A), SourceError)

    def test_what_was_changed_is_not_good_there_either(self):
        self.make(tells=True, cache=self.layer)
        self.layer.kept = {key: Kept(at("10.77.1.50"), 5) for key in (A, B, C)}
        self.time.advance(10)
        self.source.changed(A)
        self.is_asked_for(A, "10.77.1.51")
        self.source.subnet_changed("10.77.1.0/24", 0)
        self.time.advance(1)
        self.is_asked_for(B, "10.77.1.51")
        self.source.all_changed()
        self.time.advance(1)
        self.is_asked_for(C, "10.77.1.51")

    def test_what_it_had_when_a_change_was_told_serves_in_bad_times_alone(self):
        self.layer.waits = True
        waiting = self.ask(A)
        self.source.changed(A)
        self.layer.asked.pop().callback(Kept(at("10.77.1.50"), 5))
        self.assertEqual(self.store.keys, [A])
        self.pass_time(0.6)
        self.assertEqual(self.successResultOf(waiting), at("10.77.1.50"))
        self.store.answer(at("10.77.1.51"))
        self.probe()
        self.assertEqual(self.source.problem(), "")
        self.assertIs(self.source.peek(known_by(A)), UNKNOWN)

    def test_one_that_is_slow_is_passed_by_and_no_trouble_of_the_stores(self):
        self.layer.waits = True
        waiting = self.ask(A)
        self.assertEqual(self.store.keys, [])
        for _ in range(50):
            if not self.store.asked:
                self.pass_time(0.01)
        self.assertEqual(self.store.keys, [A])
        self.store.answer(at("10.77.1.50"))
        self.assertEqual(self.successResultOf(waiting), at("10.77.1.50"))
        self.assertEqual(self.source.problem(), "")
        self.pass_time(1)
        self.assertEqual(self.store.probes, [])

    def test_while_the_store_is_away_it_is_waited_for(self):
        self.fail_with()
        self.layer.waits = True
        waiting = self.ask(A)
        self.pass_time(2)
        self.assertNoResult(waiting)
        self.layer.asked.pop().callback(Kept(at("10.77.1.50"), inf))
        self.assertEqual(self.successResultOf(waiting), at("10.77.1.50"))
        hopeless = self.ask(B)
        self.pass_time(4)
        self.failureResultOf(hopeless, SourceError)

    def test_its_trouble_is_told_apart_from_the_stores(self):
        self.layer.trouble = "the disk is full"
        self.assertEqual(self.source.problem(), "")

    def test_where_it_is_shared_a_change_is_dropped_from_it_too(self):
        self.make(tells=True, cache=self.layer, model="memcached")
        self.layer.put(A, at("10.77.1.50"))
        self.store.changes.watched(True)
        self.gets(A, "10.77.1.50")
        self.store.changes.changed(A)
        self.assertEqual(self.layer.kept, {})
        self.is_asked_for(A)

    def test_where_it_is_shared_each_packet_asks_it(self):
        self.make(cache=self.layer, model="memcached", negative_age=0)
        self.layer.kept[A] = Kept(at("10.77.1.50"), 5)
        self.gets(A, "10.77.1.50")
        self.time.advance(0.001)
        self.layer.kept[A] = Kept(at("10.77.1.51"), 5)
        self.gets(A, "10.77.1.51")
        self.layer.kept.clear()
        self.is_asked_for(A, "10.77.1.52")
        self.fail_with()
        self.gets(A, "10.77.1.52")


class IdentityTests(InFront, SynchronousTestCase):
    """Clients that are known by a circuit, else by their hardware address."""

    def setUp(self):
        self.make(enabled=False)
        self.source, self.cached = IdentifiedSource(self.source, ("circuit-id", "mac")), self.source
        circuit = CIRCUIT.partition(":")[2].encode()
        self.query = asked(A, {82: bytes([1, len(circuit)]) + circuit})

    def test_a_client_that_is_known_by_the_second_is_served_while_the_store_is_away(self):
        waiting = self.source.lookup(self.query)
        self.store.answer(None)
        self.assertEqual(self.store.keys, [A])
        self.store.answer(at("10.77.1.50"))
        self.assertEqual(self.successResultOf(waiting), at("10.77.1.50"))
        self.fail_with()
        self.assertEqual(self.source.peek(self.query), at("10.77.1.50"))
        self.assertEqual(self.successResultOf(self.source.lookup(self.query)), at("10.77.1.50"))

    def test_who_is_known_by_none_of_them_is_not_taken_for_a_stranger(self):
        self.fail_with()
        self.assertRaises(SourceError, self.source.peek, self.query)
        self.failureResultOf(self.source.lookup(self.query), SourceError)

    def test_a_trouble_that_passes_gives_nobody_the_address_of_another_key(self):
        waiting = self.source.lookup(self.query)
        self.store.answer(SourceError("too many at once", passing=True))
        self.failureResultOf(waiting, SourceError)
        self.assertEqual(self.store.asked, [])
