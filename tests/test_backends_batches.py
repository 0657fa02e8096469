"""Questions about single clients that go to a store together."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from twisted.internet.defer import CancelledError, Deferred, succeed
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from sdhcp.backends.batches import QUEUE, Batches
from sdhcp.interfaces import BadReservation, SourceError

from .samples import definition


def known(key):
    return definition(hostname=key)


class BatchCase(SynchronousTestCase):
    def setUp(self):
        self.make()

    def make(self, concurrency=2, most=3):
        self.time = Clock()
        self.questions = []
        self.given_up = []
        self.batches = Batches(self.ask, self.time, concurrency, most)

    def ask(self, keys):
        keys = list(keys)
        deferred = Deferred(lambda _: self.given_up.append(keys))
        self.questions.append((keys, deferred))
        return deferred

    def lookups(self, text):
        """One lookup for each letter, put after packets that came together were handled."""
        waiting = [self.batches.lookup(key) for key in text]
        self.time.advance(0)
        return waiting

    def answer(self, but=()):
        keys, deferred = self.questions.pop(0)
        deferred.callback({key: known(key) for key in keys if key not in but})

    @property
    def keys(self):
        """The questions under way."""
        return ["".join(keys) for keys, _ in self.questions]


class BatchTests(BatchCase):
    def test_what_comes_together_goes_together(self):
        waiting = self.lookups("abc")
        self.assertEqual(self.keys, ["abc"])
        self.answer()
        self.assertEqual([self.successResultOf(one) for one in waiting], [known("a"), known("b"), known("c")])

    def test_what_comes_while_all_are_busy_goes_together_next(self):
        self.lookups("a")
        self.lookups("b")
        self.lookups("c")
        self.lookups("defg")
        self.assertEqual(self.keys, ["a", "b"])
        self.answer()
        self.assertEqual(self.keys, ["b", "cde"])
        self.answer()
        self.assertEqual(self.keys, ["cde", "fg"])

    def test_a_key_that_is_not_there_is_not_known(self):
        one, other = self.lookups("ab")
        self.answer(but="a")
        self.assertIsNone(self.successResultOf(one))
        self.assertEqual(self.successResultOf(other), known("b"))

    def test_who_asks_for_the_same_shares_the_answer(self):
        waiting = self.lookups("aaa")
        self.assertEqual(self.keys, ["a"])
        self.answer()
        self.assertEqual([self.successResultOf(one) for one in waiting], [known("a")] * 3)

    def test_who_asks_while_the_same_is_under_way_is_asked_for_anew(self):
        self.lookups("a")
        self.lookups("a")
        self.assertEqual(self.keys, ["a", "a"])

    def test_an_entry_that_is_not_in_order_costs_its_own_client_alone(self):
        one, other = self.lookups("ab")
        _, deferred = self.questions.pop()
        deferred.callback({"a": BadReservation("a: ip: none"), "b": known("b")})
        self.failureResultOf(one, BadReservation)
        self.assertEqual(self.successResultOf(other), known("b"))

    def test_a_question_that_fails_costs_those_in_it(self):
        one, other, third, fourth = self.lookups("abcd")
        self.questions.pop(0)[1].errback(SourceError("refused"))
        for waiting in (one, other, third):
            self.failureResultOf(waiting, SourceError)
        self.assertNoResult(fourth)

    def test_a_store_that_raises(self):
        batches = Batches(lambda keys: 1 / 0, self.time, 1)
        waiting = [batches.lookup(key) for key in "ab"]
        self.time.advance(0)
        for one in waiting:
            self.assertIn("ZeroDivisionError", str(self.failureResultOf(one, SourceError).value))
        self.failureResultOf(self.next_of(batches), SourceError)

    def next_of(self, batches):
        waiting = batches.lookup("c")
        self.time.advance(0)
        return waiting

    def test_a_store_that_answers_at_once(self):
        batches = Batches(lambda keys: succeed({key: known(key) for key in keys}), self.time, 1, 2)
        waiting = [batches.lookup(key) for key in "abcde"]
        self.time.advance(0)
        self.assertEqual([self.successResultOf(one) for one in waiting], [known(key) for key in "abcde"])

    def test_what_nobody_waits_for_is_not_asked(self):
        self.lookups("a")
        self.lookups("b")
        first, second = self.lookups("cd")
        first.cancel()
        self.failureResultOf(first, CancelledError)
        self.answer()
        self.assertEqual(self.keys, ["b", "d"])
        self.answer()
        self.answer()
        self.assertEqual(self.successResultOf(second), known("d"))

    def test_a_question_ends_when_the_last_who_waits_leaves(self):
        self.make(concurrency=1)
        one, same, other = self.lookups("aab")
        self.lookups("c")
        one.cancel()
        other.cancel()
        self.assertEqual(self.given_up, [])
        same.cancel()
        self.assertEqual(self.given_up, [["a", "b"]])
        self.assertEqual(self.keys[1:], ["c"])
        for waiting in (one, same, other):
            self.failureResultOf(waiting, CancelledError)

    def test_who_leaves_because_another_was_answered(self):
        one, other, same = self.lookups("abb")
        one.addCallback(lambda found: (other.cancel(), found)[1])
        self.answer()
        self.assertEqual(self.successResultOf(one), known("a"))
        self.failureResultOf(other, CancelledError)
        self.assertEqual(self.successResultOf(same), known("b"))

    def test_who_waits_is_bounded(self):
        self.make(concurrency=1, most=1)
        self.lookups("a")
        waiting = [self.batches.lookup(f"client {number}") for number in range(QUEUE + 10)]
        for one in waiting[QUEUE:]:
            self.assertTrue(self.failureResultOf(one, SourceError).value.passing)
        self.assertEqual(self.batches.shed, 10)
        same = self.batches.lookup("client 0")
        self.assertNoResult(same)
        self.answer()
        self.assertNoResult(waiting[1])

    def test_the_end(self):
        under_way, same = self.lookups("aa")
        waiting = self.lookups("b") + self.lookups("cd")
        soon = self.batches.lookup("e")
        self.batches.stop()
        late = self.batches.lookup("f")
        for one in (under_way, same, *waiting, soon, late):
            self.assertTrue(self.failureResultOf(one, SourceError).value.passing)
        self.time.advance(1)
        self.assertEqual(self.given_up, [["a"], ["b"]])
        self.assertEqual((len(self.questions), self.time.getDelayedCalls()), (2, []))

    def test_the_end_before_the_first_question(self):
        waiting = self.batches.lookup("a")
        self.batches.stop()
        self.failureResultOf(waiting, SourceError)
        self.assertEqual((self.questions, self.time.getDelayedCalls()), ([], []))


class Machine(RuleBasedStateMachine):
    """Lookups, answers, failures and cancelled lookups in any order."""

    def __init__(self):
        super().__init__()
        self.time = Clock()
        self.questions = []
        self.batches = Batches(self.ask, self.time, 2, 3)
        self.waiting = []
        self.faults = []

    def ask(self, keys):
        deferred = Deferred()
        self.questions.append((tuple(keys), deferred))
        return deferred

    def under_way(self):
        return [(keys, deferred) for keys, deferred in self.questions if not deferred.called]

    @rule(keys=st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=6), soon=st.booleans())
    def look_up(self, keys, soon):
        for key in keys:
            waiting = self.batches.lookup(key)
            waiting.addCallbacks(self.found, self.not_found, (key,))
            self.waiting.append(waiting)
        if soon:
            self.time.advance(0)

    @rule()
    def turn(self):
        self.time.advance(0)

    def found(self, found, key):
        if found != known(key):
            self.faults.append((key, found))

    def not_found(self, failure):
        if not isinstance(failure.value, SourceError | CancelledError):
            self.faults.append(failure.value)

    @precondition(lambda self: self.under_way())
    @rule(data=st.data(), fails=st.booleans())
    def answer(self, data, fails):
        keys, deferred = data.draw(st.sampled_from(self.under_way()))
        if fails:
            deferred.errback(SourceError("refused"))
        else:
            deferred.callback({key: known(key) for key in keys})

    @precondition(lambda self: self.waiting)
    @rule(data=st.data())
    def leave(self, data):
        data.draw(st.sampled_from(self.waiting)).cancel()

    @invariant()
    def nothing_is_wrong(self):
        assert not self.faults, self.faults
        assert len(self.under_way()) <= 2
        assert all(0 < len(set(keys)) == len(keys) <= 3 for keys, _ in self.questions)

    def teardown(self):
        self.time.advance(0)
        while self.under_way():
            self.under_way()[0][1].callback({key: known(key) for key in self.under_way()[0][0]})
        assert all(waiting.called for waiting in self.waiting)


class StateTests(SynchronousTestCase):
    def test_everybody_gets_an_answer_whatever_happens(self):
        run_state_machine_as_test(Machine, settings=settings(max_examples=100, stateful_step_count=30, deadline=None))
