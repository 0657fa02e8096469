"""Whatever happens in whatever order, nobody gets an answer that a told change has made untrue."""

from itertools import pairwise
from math import inf

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from twisted.internet.defer import succeed
from twisted.trial.unittest import SynchronousTestCase

from sdhcp.interfaces import UNKNOWN, Kept, SourceError

from .contracts import known_by
from .in_front import InFront, Layer
from .samples import definition, ip

AGE = 20.0
NEGATIVE_AGE = 3.0
LONGEST = 5.0
"""Seconds that a question is under way at most."""
KEYS = ("02:00:00:00:00:0a", "circuit-id:1")
MOSTLY = st.sampled_from([True, True, True, False])
KEY = st.sampled_from(KEYS)


class TimedLayer(Layer):
    """A cache that knows how old its entries are."""

    def __init__(self, seconds):
        super().__init__()
        self.seconds = seconds

    def get(self, key):
        found, at = self.kept.get(key, (None, None))
        return succeed(None if at is None else Kept(found, self.seconds() - at))

    def put(self, key, found):
        self.kept[key] = (found, self.seconds())


class Machine(InFront, RuleBasedStateMachine):
    """A store that is asked, changed, slow, away and back."""

    layered = False

    def __init__(self):
        RuleBasedStateMachine.__init__(self)
        self.make(tells=True, age=AGE, negative_age=NEGATIVE_AGE, cache=self.layer())
        self.now = self.time.seconds
        self.hosts = dict.fromkeys(KEYS, 1)
        self.leases = [60, 60]
        self.steps = 0
        self.history = {key: [(0.0, 0, self.value(key))] for key in KEYS}
        self.told = dict.fromkeys(KEYS, 0)
        self.watched_since = None
        self.faults = []
        self.stale = 0
        self.asked_at = {}

    def layer(self):
        return TimedLayer(lambda: self.time.seconds()) if self.layered else None

    def value(self, key):
        """What the store holds for a client now."""
        if not self.hosts[key]:
            return None
        serial = KEYS.index(key) % 2
        return definition(ip=ip(f"10.77.1.{self.hosts[key]}"), serial=serial, lease_time=self.leases[serial])

    def changed(self, keys):
        """Some clients have another value from now on; whether that is told."""
        self.steps += 1
        for key in keys:
            self.history[key].append((self.now(), self.steps, self.value(key)))
        if self.watched_since is not None:
            self.told.update(dict.fromkeys(keys, self.steps))
        return self.watched_since is not None

    @initialize(yes=MOSTLY)
    def begin(self, yes):
        self.watch(yes)

    @rule(key=KEY, host=st.integers(0, 250))
    def change_a_client(self, key, host):
        self.hosts[key] = host
        if self.changed([key]):
            self.source.changed(key)

    @rule(serial=st.integers(0, 1), lease=st.integers(60, 4000))
    def change_a_subnet(self, serial, lease):
        self.leases[serial] = lease
        if self.changed([key for key in KEYS if KEYS.index(key) % 2 == serial]):
            self.source.subnet_changed("10.77.1.0/24", serial)

    @rule()
    def tell_that_all_was_changed(self):
        self.steps += 1
        self.told.update(dict.fromkeys(KEYS, self.steps))
        self.source.all_changed()

    @rule(yes=MOSTLY)
    def watch(self, yes):
        self.source.watched(yes)
        self.watched_since = self.now() if yes else None

    @rule(seconds=st.sampled_from([0.0, 0.01, 0.1, 0.6, 1.0, 5.0, 19.0, 25.0]))
    def wait(self, seconds):
        self.time.pump([seconds / 10] * 10)

    @rule(key=KEY)
    def ask_for(self, key):
        since, told = self.now(), self.told[key]
        oldest = min(since if self.watched_since is None else self.watched_since, since - AGE - LONGEST)
        stale, asked = self.source.stale, len(self.store.asked)
        try:
            found = self.source.peek(known_by(key))
        except SourceError:
            return
        if found is not UNKNOWN:
            self.see(key, found, oldest, told, self.source.stale == stale)
        else:
            waiting = self.source.lookup(known_by(key))
            waiting.addCallbacks(self.answered, self.not_answered, (key, oldest, told))
        self.note_when(asked)

    def answered(self, found, key, oldest, told):
        self.see(key, found, oldest, told, self.source.stale == self.stale)

    def not_answered(self, failure):
        if not isinstance(failure.value, SourceError):
            self.faults.append(failure.value)

    @rule(key=KEY)
    def ask_for_and_answer(self, key):
        """What happens nearly always."""
        self.ask_for(key)
        for waiting in list(self.store.asked):
            if waiting[0] == key:
                self.store.asked.remove(waiting)
                if not waiting[1].called:
                    waiting[1].callback(self.value(key))

    @rule(key=KEY, host=st.integers(0, 250), shared=st.booleans(), again=st.booleans())
    def change_while_the_store_is_asked(self, key, host, shared, again):
        """What was asked before a change is answered after it, perhaps to who has asked since as well."""
        self.ask_for(key)
        if shared:
            self.change_a_subnet(KEYS.index(key) % 2, 60 + host)
        else:
            self.change_a_client(key, host)
        if again:
            self.ask_for(key)
        for waiting in [one for one in self.store.asked if one[0] == key][:1]:
            self.store.asked.remove(waiting)
            self.give(*waiting, is_early=True)

    @rule()
    def recover(self):
        """All that was asked is answered, and a probe too, at once."""
        for key, deferred in self.store.asked:
            if not deferred.called:
                deferred.callback(self.value(key))
        self.store.asked.clear()
        self.store.probes.clear()
        for _ in range(110):
            self.pass_time(0.01)
            if self.store.probes:
                self.store.end_probes()
                break

    def note_when(self, asked):
        """Remember when the store was asked what it had not been asked before."""
        for _, deferred in self.store.asked[asked:]:
            self.asked_at[deferred] = self.steps

    def see(self, key, found, oldest, told, is_good):
        """Whether the store held that at some moment since the oldest that counts; ever, in bad times."""
        held = [
            value
            for (_, _, value), (until, step, _) in pairwise([*self.history[key], (self.now(), inf, None)])
            if not is_good or (until >= oldest and step > told)
        ]
        if found not in held:
            self.faults.append(f"{key}: {found} at {self.now()}, {'good' if is_good else 'stale'}, not in {held}")

    @precondition(lambda self: self.store.asked)
    @rule(data=st.data(), is_early=MOSTLY)
    def answer(self, data, is_early):
        """The store answers what it held when it was asked, or holds now."""
        key, deferred = self.store.asked.pop(data.draw(st.integers(0, len(self.store.asked) - 1)))
        self.give(key, deferred, is_early)

    def give(self, key, deferred, is_early):
        if deferred.called:
            return
        last = self.asked_at.get(deferred, self.steps) if is_early else self.steps
        held = [value for _, step, value in self.history[key] if step <= last]
        deferred.callback(held[-1])

    @precondition(lambda self: self.store.asked)
    @rule(passing=MOSTLY)
    def fail(self, passing):
        _, deferred = self.store.asked.pop(0)
        if not deferred.called:
            deferred.errback(SourceError("no", passing=passing))

    @rule(is_back=st.booleans())
    def end_probes(self, is_back):
        self.store.end_probes(None if is_back else SourceError("no"))

    @invariant()
    def nothing_went_wrong(self):
        self.stale = self.source.stale
        assert not self.faults, self.faults
        assert isinstance(self.source.problem(), str)


class LayeredMachine(Machine):
    """The same with a second cache."""

    layered = True


class StateTests(SynchronousTestCase):
    def test_with_the_processs_memory(self):
        run_state_machine_as_test(Machine, settings=settings(max_examples=150, stateful_step_count=40, deadline=None))

    def test_with_a_second_cache(self):
        run_state_machine_as_test(
            LayeredMachine, settings=settings(max_examples=150, stateful_step_count=40, deadline=None)
        )
