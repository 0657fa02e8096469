"""Whatever clients, operators and clocks do in whatever order, no address has two holders and no lease is lost.

The environment variable LEASE_STATES sets how many stories are told, 60 if it is not set.
"""

import os
from itertools import count

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from twisted.internet.defer import maybeDeferred
from twisted.internet.threads import blockingCallFromThread, deferToThreadPool

from sdhcp.engine.addresses import Addresses
from sdhcp.model import Holder, LeaseState

from .samples import ip

EXAMPLES = int(os.environ.get("LEASE_STATES", "60"))
STEPS = 40
SIZE, CLIENTS = 4, 6
BEGIN = 1_700_000_000
OFFER, QUARANTINE = 30, 600
FIRST = int.from_bytes(ip("10.77.1.10"), "big")
WHO = st.integers(0, CLIENTS - 1)
WHICH = st.integers(0, SIZE - 1)
SECONDS = st.sampled_from([1, 40, 60, 600, 3600])


_stories = []


def wall():
    """What the clock shows in the story that is told."""
    return _stories[-1].now


def address(number):
    return (FIRST + number).to_bytes(4, "big")


class LeaseStates(RuleBasedStateMachine):
    """Clients with what each believes to hold, as told by the store, until when by a clock that nobody sets.

    ``open()`` gives an empty store that has not been started, ``reopen(store)`` another after the process ended that
    had one, None if nothing would be kept, and ``close(store)`` ends one for good. ``call`` calls a function and waits
    for what comes of it.
    """

    def __init__(self):
        super().__init__()
        self.pool = Addresses("floor", [(FIRST, FIRST + SIZE - 1)])
        self.elapsed = 0
        self.set_back = 0
        _stories[:] = [self]
        self.store = self.call(self.open)
        self.call(self.store.start)
        self.names = [f"client {number}" for number in range(CLIENTS)]
        self.next = count(CLIENTS)
        self.held = {}
        """Address and end by client, of leases that were acknowledged and not given up."""

    def teardown(self):
        self.call(self.close, self.store)

    @property
    def now(self):
        return float(BEGIN + self.elapsed - self.set_back)

    def live(self, number):
        """Who holds an address now."""
        return [who for who, (held, end) in self.held.items() if held == number and end > self.elapsed]

    def bind(self, who, number, seconds):
        lease = self.call(
            self.store.bind, self.pool, Holder(who), address(number), self.now, self.now + seconds
        )  # fmt: skip
        if lease is not None:
            assert lease.client == who and lease.address == address(number)
            assert not [other for other in self.live(number) if other != who], "two hold one address"
            assert address(number) not in self.pool.reserved
            self.held[who] = (number, self.elapsed + seconds)
        return lease

    @rule(who=WHO, wish=st.none() | WHICH, seconds=SECONDS, goes_on=st.booleans())
    def discover(self, who, wish, seconds, goes_on):
        name = self.names[who]
        wished = None if wish is None else address(wish)
        lease = self.call(self.store.offer, self.pool, Holder(name), wished, self.now, self.now + OFFER)
        if lease is None:
            return
        number = self.pool.number_of(lease.address)
        assert lease.client == name and number >= 0
        assert not [other for other in self.live(number) if other != name], "what is held was offered"
        assert lease.address not in self.pool.reserved
        if goes_on:
            assert self.bind(name, number, seconds) is not None, "what was offered was refused"

    @rule(who=WHO, number=WHICH, seconds=SECONDS)
    def request(self, who, number, seconds):
        """As a client of which the server may never have heard."""
        self.bind(self.names[who], number, seconds)

    @rule(who=WHO, seconds=SECONDS)
    def renew(self, who, seconds):
        name = self.names[who]
        number, end = self.held.get(name, (0, 0))
        if end > self.elapsed:
            lease = self.bind(name, number, seconds)
            assert lease is not None or address(number) in self.pool.reserved, "a lease was lost"

    @rule(who=WHO)
    def release(self, who):
        name = self.names[who]
        number, end = self.held.pop(name, (0, 0))
        released = self.call(self.store.release, self.pool, name, address(number), self.now)
        assert released or end <= self.elapsed, "a lease was lost"

    @rule(who=WHO, number=WHICH)
    def release_what_may_be_anothers(self, who, number):
        name = self.names[who]
        if self.call(self.store.release, self.pool, name, address(number), self.now):
            assert not [other for other in self.live(number) if other != name]
            self.held.pop(name, None)

    @rule(who=WHO, number=WHICH)
    def decline(self, who, number):
        name = self.names[who]
        until = self.now + QUARANTINE
        if self.call(self.store.decline, self.pool, name, address(number), self.now, until, "evidence"):
            assert not [other for other in self.live(number) if other != name]
            self.held.pop(name, None)
            lease = self.call(self.store.at, self.pool, address(number), self.now)
            assert lease.state is LeaseState.QUARANTINED

    @rule(number=WHICH)
    def quarantine(self, number):
        until = self.now + QUARANTINE
        if self.call(self.store.quarantine, self.pool, address(number), self.now, until, "evidence"):
            assert not self.live(number), "what is held was quarantined"

    @rule(number=WHICH)
    def clear(self, number):
        self.call(self.store.clear, self.pool, address(number), self.now)
        for who in self.live(number):
            del self.held[who]

    @rule(number=WHICH)
    def reserve_or_not(self, number):
        self.pool.reserved ^= {address(number)}

    @rule(who=WHO)
    def change_identity(self, who):
        """What it held it holds on to, as somebody else."""
        self.names[who] = f"client {next(self.next)}"

    @rule(seconds=st.sampled_from([1, 20, 30, 31, 300, 3600, 86400]))
    def wait(self, seconds):
        self.elapsed += seconds

    @rule(seconds=st.sampled_from([1, 29, 31, 300, 3600, 86400, 10_000_000]))
    def set_the_clock_back(self, seconds):
        self.set_back += seconds

    @rule()
    def die(self):
        store = self.call(self.reopen, self.store)
        if store is not None:
            self.store = store
            self.call(self.store.start)

    @invariant()
    def every_lease_is_known(self):
        for who, (number, end) in self.held.items():
            if end > self.elapsed:
                lease = self.call(self.store.at, self.pool, address(number), self.now)
                assert (lease.client, lease.state) == (who, LeaseState.BOUND), "a lease was lost"
                assert lease.expires - self.now >= end - self.elapsed, "a lease ends too soon"

    @invariant()
    def counts_add_up(self):
        counts = self.call(self.store.counts, self.pool, self.now)
        assert sum(counts[1:]) == counts.size == SIZE and min(counts) >= 0, counts


def tell_stories(reactor, open_store, reopen_store, close_store):
    """Run all stories in a thread while the reactor runs; a Deferred that fails with what a story came to."""

    class Stories(LeaseStates):
        def call(self, function, *arguments):
            return blockingCallFromThread(reactor, maybeDeferred, function, *arguments)

        open = staticmethod(open_store)
        reopen = staticmethod(reopen_store)
        close = staticmethod(close_store)

    budget = settings(
        max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    return deferToThreadPool(
        reactor, reactor.getThreadPool(), run_state_machine_as_test, Stories, settings=budget
    )  # fmt: skip
