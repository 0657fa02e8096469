"""What clients get from memory: while the store is well, slow, away, and back."""

from math import inf

from twisted.internet.defer import CancelledError, Deferred
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from sdhcp.backends.answers import STRANGERS, Answers
from sdhcp.backends.memory import MemorySource
from sdhcp.interfaces import UNKNOWN, BadReservation, IDefinitionSource, IReloadable, SourceError

from .contracts import known_by
from .in_front import REFUSED, InFront, Store, at

A, B, C = "02:00:00:00:00:0a", "02:00:00:00:00:0b", "02:00:00:00:00:0c"


class AgeTests(InFront, SynchronousTestCase):
    def test_an_answer_is_good_for_its_time(self):
        self.make(age=300)
        self.is_asked_for(A)
        self.time.advance(300)
        self.gets(A, "10.77.1.50")
        self.time.advance(0.1)
        self.is_asked_for(A, "10.77.1.51")
        self.gets(A, "10.77.1.51")

    def test_a_strangers_for_another(self):
        self.make(age=300, negative_age=10)
        self.is_asked_for(A, None)
        self.time.advance(10)
        self.gets(A, None)
        self.time.advance(0.1)
        self.is_asked_for(A)
        self.gets(A, "10.77.1.50")

    def test_a_client_that_becomes_a_stranger(self):
        self.make(age=5, negative_age=10)
        self.is_asked_for(A)
        self.time.advance(6)
        self.is_asked_for(A, None)
        self.gets(A, None)

    def test_no_time_at_all_and_no_end(self):
        self.make(age=0.0, negative_age=0.0)
        for host in ("10.77.1.50", "10.77.1.51", None, None):
            self.is_asked_for(A, host)
            self.time.advance(0.01)
        self.make(age=inf, negative_age=inf)
        self.is_asked_for(A)
        self.is_asked_for(B, None)
        self.time.advance(10**9)
        self.gets(A, "10.77.1.50")
        self.gets(B, None)

    def test_without_a_cache_the_store_is_asked_for_every_packet(self):
        for settings in ({"enabled": False}, {"model": "memcached", "negative_age": 0}):
            self.make(**settings)
            for host in ("10.77.1.50", "10.77.1.51", None, "10.77.1.52"):
                self.is_asked_for(A, host)

    def test_several_definitions(self):
        waiting = self.ask(A)
        both = [at("10.77.1.50"), at("10.77.2.50")]
        self.store.answer(both)
        self.assertEqual(list(self.successResultOf(waiting)), both)
        self.assertEqual(list(self.source.peek(known_by(A))), both)

    def test_an_answer_that_is_none_costs_its_own_client_alone(self):
        waiting, other = self.ask(A), self.ask(B)
        self.store.answer("10.77.1.50")
        self.assertIn(f"{A}: the answer is a value of type str", str(self.failureResultOf(waiting).value))
        self.store.answer(at("10.77.1.51"))
        self.successResultOf(other)
        self.assertEqual(self.source.problem(), "")

    def test_many_packets_of_a_client_are_one_question(self):
        waiting = [self.ask(A) for _ in range(5)]
        self.assertEqual(self.store.keys, [A])
        waiting[1].cancel()
        self.failureResultOf(waiting[1], CancelledError)
        waiting[0].addCallback(lambda found: waiting[2].cancel() or found)
        self.store.answer(at("10.77.1.50"))
        self.failureResultOf(waiting[2], CancelledError)
        for one in (waiting[0], waiting[3], waiting[4]):
            self.assertEqual(self.successResultOf(one), at("10.77.1.50"))

    def test_the_tables_are_bounded_and_say_so(self):
        self.make(size=10)
        for one in range(100):
            self.keep(f"client {one}")
        shed = dict(self.source.shed())
        self.assertTrue(80 <= shed["clients whose last answers are kept (CACHE_SIZE)"] <= 95)
        self.gets("client 99", "10.77.1.50")
        self.is_asked_for("client 0")

    def test_questions_are_bounded_and_say_so(self):
        waiting = [self.source.lookup(known_by(f"client {one}")) for one in range(5000)]
        self.assertEqual(len(self.store.asked), 4096)
        for one in waiting[4096:]:
            self.assertTrue(self.failureResultOf(one, SourceError).value.passing)
        self.assertEqual(dict(self.source.shed())["questions while too many were under way"], 5000 - 4096)
        self.store.answer(at("10.77.1.50"), 4096)
        self.assertEqual(self.successResultOf(waiting[0]), at("10.77.1.50"))


class ChangeTests(InFront, SynchronousTestCase):
    """A store that tells what is changed."""

    def setUp(self):
        self.make(tells=True, age=300, negative_age=10)
        self.time.advance(1)
        self.source.watched(True)
        self.time.advance(1)

    def test_while_it_is_watched_an_answer_is_good_until_it_is_changed(self):
        self.keep(A)
        self.is_asked_for(B, None)
        self.time.advance(10**6)
        self.gets(A, "10.77.1.50")
        self.gets(B, None)
        self.source.changed(A)
        self.source.changed(B)
        self.is_asked_for(A, "10.77.1.51")
        self.is_asked_for(B, "10.77.1.52")
        self.gets(A, "10.77.1.51")

    def test_whatever_the_time_says_that_counts_where_it_is_not_watched(self):
        self.make(tells=True, age=0.0, negative_age=10)
        self.source.watched(True)
        self.time.advance(1)
        self.keep(A)
        self.time.advance(1000)
        self.gets(A, "10.77.1.50")
        self.source.subnet_changed("10.77.1.0/24", 0)
        self.is_asked_for(A)

    def test_what_was_read_before_is_good_for_its_time(self):
        self.make(tells=True, age=300, negative_age=10)
        self.keep(A)
        self.source.watched(True)
        self.time.advance(301)
        self.is_asked_for(A)

    def test_what_is_not_watched_any_longer_is_good_for_its_time(self):
        self.keep(A)
        self.time.advance(1000)
        self.keep(B)
        self.source.watched(False)
        self.store.end_probes()
        self.is_asked_for(A)
        self.gets(B, "10.77.1.50")
        self.time.advance(301)
        self.is_asked_for(B)

    def test_a_store_that_stops_telling_is_looked_after_though_all_answers_are_good(self):
        self.keep(A)
        self.source.watched(True)
        self.keep(A)
        self.source.watched(False)
        self.assertEqual(self.source.problem(), "")
        self.store.end_probes(REFUSED)
        self.assertIn("source unavailable since", self.source.problem())
        self.gets(A, "10.77.1.50")

    def test_a_changed_subnet_is_one_for_its_own_clients_and_for_strangers(self):
        waiting = [self.ask(key) for key in (A, B, C)]
        self.store.answer(at("10.77.1.50"))
        self.store.answer((at("10.77.3.50", "10.77.3.0/24"), at("10.77.1.51", serial=1)))
        self.store.answer(None)
        self.source.subnet_changed("10.77.1.0/24", 1)
        self.gets(A, "10.77.1.50")
        self.is_asked_for(B)
        self.is_asked_for(C, None)
        self.assertEqual(self.successResultOf(waiting[0]), at("10.77.1.50"))

    def test_everything_changed(self):
        for key in (A, B):
            self.keep(key)
        self.is_asked_for(C, None)
        self.source.all_changed()
        self.time.advance(0.001)
        for key in (A, B, C):
            self.is_asked_for(key, "10.77.1.51")
            self.gets(key, "10.77.1.51")

    def test_a_lookup_under_way_is_answered_but_not_kept(self):
        changes = (
            lambda: self.source.changed(A),
            lambda: self.source.subnet_changed("10.77.1.0/24", 0),
            self.source.all_changed,
            lambda: self.source.watched(True),
        )
        for change in changes:
            waiting = self.ask(A)
            change()
            self.store.answer(at("10.77.1.50"))
            self.assertEqual(self.successResultOf(waiting), at("10.77.1.50"))
            self.assertIs(self.source.peek(known_by(A)), UNKNOWN)

    def test_who_asks_after_a_change_does_not_get_what_was_asked_before(self):
        early = self.ask(A)
        self.source.changed(A)
        late = self.ask(A)
        self.assertEqual(self.store.keys, [A, A])
        self.store.answer(at("10.77.1.50"))
        self.assertEqual(self.successResultOf(early), at("10.77.1.50"))
        self.assertNoResult(late)
        self.store.answer(at("10.77.1.51"))
        self.assertEqual(self.successResultOf(late), at("10.77.1.51"))
        self.gets(A, "10.77.1.51")

    def test_an_early_answer_that_comes_last_is_not_kept(self):
        self.ask(A)
        self.source.changed(A)
        late = self.ask(A)
        self.store.asked.reverse()
        self.store.answer(at("10.77.1.51"))
        self.store.answer(at("10.77.1.50"))
        self.assertEqual(self.successResultOf(late), at("10.77.1.51"))
        self.gets(A, "10.77.1.51")

    def test_what_was_shed_is_counted_on_when_strangers_are_forgotten(self):
        answers = Answers(10, 300, 10)
        for one in range(STRANGERS + 1):
            answers.keep(f"stranger {one}", None, 1)
        before = dict(answers.shed())["strangers remembered as such"]
        self.assertTrue(before)
        answers.all_changed(2)
        self.assertEqual(dict(answers.shed())["strangers remembered as such"], before)

    def test_what_was_changed_serves_while_the_store_is_away(self):
        self.keep(A)
        self.source.changed(A)
        self.fail_with()
        self.gets(A, "10.77.1.50")

    def test_a_reload_has_everything_asked_anew_and_keeps_it_for_bad_times(self):
        self.keep(A)
        self.successResultOf(self.source.reload())
        self.time.advance(0.001)
        self.is_asked_for(A, "10.77.1.51")
        self.successResultOf(self.source.reload())
        self.fail_with()
        self.gets(A, "10.77.1.51")


@implementer(IDefinitionSource, IReloadable)
class Reloaded(MemorySource):
    """A source that takes its time to read its contents anew."""

    def __init__(self):
        super().__init__({A: at("10.77.1.50")})
        self.reading = Deferred()

    def reload(self):
        return self.reading


class ReloadTests(InFront, SynchronousTestCase):
    def test_what_is_asked_for_while_the_source_reads_is_asked_for_again(self):
        store = Reloaded()
        self.make(store=store)
        self.gets(A, "10.77.1.50")
        self.time.advance(1)
        reloading = self.source.reload()
        self.time.advance(1)
        self.gets(A, "10.77.1.50")
        store.definitions[A] = at("10.77.1.51")
        store.reading.callback(None)
        self.successResultOf(reloading)
        self.time.advance(1)
        self.gets(A, "10.77.1.51")

    def test_a_reload_that_fails_says_so(self):
        store = Reloaded()
        self.make(store=store)
        reloading = self.source.reload()
        store.reading.errback(REFUSED)
        self.failureResultOf(reloading, SourceError)


class LifeTests(InFront, SynchronousTestCase):
    def test_it_starts_and_stops_what_is_behind_it(self):
        self.fail_with(SourceError("no"))
        self.pass_time(1.05)
        self.store.end_probes()
        waiting = self.ask(A)
        self.pass_time(1.5)
        self.successResultOf(self.source.stop())
        self.assertTrue(self.failureResultOf(waiting, SourceError).value.passing)
        self.assertEqual(self.store.given_up, [A])
        self.assertEqual((self.store.started, self.store.stopped, self.time.getDelayedCalls()), (1, 1, []))

    def test_one_entry_that_is_not_in_order(self):
        self.make(enabled=False)
        waiting, other = self.ask(A), self.ask(B)
        self.store.answer(BadReservation(f"a store: {A}: ip: none"))
        self.failureResultOf(waiting, BadReservation)
        self.store.answer(at("10.77.1.50"))
        self.successResultOf(other)
        self.assertEqual(self.source.problem(), "")

    def test_a_source_that_answers_at_once(self):
        self.make(store=MemorySource({A: at("10.77.1.50")}))
        self.gets(A, "10.77.1.50")
        self.gets(B, None)
        self.successResultOf(self.source.probe())
        self.successResultOf(self.source.stop())

    def test_a_source_that_raises(self):
        store = Store()
        store.lookup = lambda query: 1 / 0
        self.make(store=store)
        error = self.failureResultOf(self.ask(A), SourceError).value
        self.assertIn("cannot be asked: ZeroDivisionError", str(error))

    def test_a_source_that_does_not_let_go(self):
        store = Store()

        def stubborn(deferred):
            raise ValueError("no")

        store.lookup = lambda query: Deferred(stubborn)
        self.make(store=store)
        waiting = self.ask(A)
        self.pass_time(4.1)
        self.failureResultOf(waiting, SourceError)
        self.assertIn("no answer within 4 s", self.source.problem())
