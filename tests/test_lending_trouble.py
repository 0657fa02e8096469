"""The store of leases goes away, or cannot keep anything, and is back: what clients and operators notice."""

from twisted.trial.unittest import SynchronousTestCase

from sdhcp.events import SourceFailed, SourceRecovered
from sdhcp.interfaces import SourceError
from sdhcp.wire import constants as c

from .lending_world import LendingWorld
from .samples import ip

ELSEWHERE = ip("10.99.0.1")
"""A relay agent on whose link there is no pool."""
KEEPING = ("bind", "release", "decline", "quarantine")


def guest(number):
    return bytes([2, 0, 0x5E, 1, 0, number])


class Failing:
    """A store in which some steps fail."""

    def __init__(self, store, steps):
        self._store, self._steps = store, steps

    def __getattr__(self, name):
        if name in self._steps:
            return self._fail
        return getattr(self._store, name)

    def _fail(self, *_):
        raise SourceError("it is away")


class TroubleTests(SynchronousTestCase):
    def setUp(self):
        self.world = LendingWorld()
        self.held = self.world.lend(guest(1))

    def fails(self, *steps):
        self.world.lender.store = Failing(self.world.store, steps)

    def is_back(self):
        self.world.lender.store = self.world.store

    def told(self):
        """What operators were told of it, by kind."""
        kinds = (SourceFailed, SourceRecovered)
        return [type(event).__name__ for event in self.world.observed.events if isinstance(event, kinds)]

    def all_fail(self):
        self.fails("offer", "at", "counts", *KEEPING)

    def test_nobody_is_refused(self):
        self.all_fail()
        self.assertIsNone(self.world.ask(c.DISCOVER, chaddr=guest(2)))
        self.assertIsNone(self.world.request(guest(1), self.held))
        self.assertIsNone(self.world.ask(c.REQUEST, chaddr=guest(1), ciaddr=self.held))
        self.assertIsNone(self.world.ask(c.REQUEST, {c.REQUESTED_ADDRESS: self.held}, chaddr=guest(1)))

    def test_clients_that_no_pool_is_for_do_not_tell_that_it_is_back(self):
        self.all_fail()
        for number in range(2, 5):
            self.world.offered(guest(number))
            self.world.offered(guest(number), giaddr=ELSEWHERE)
            self.world.ask(c.REQUEST, chaddr=guest(number), ciaddr=ip("10.77.9.9"))
        self.assertEqual(self.told(), ["SourceFailed"])

    def test_the_next_client_that_is_served_tells_that_it_is_back(self):
        self.all_fail()
        self.world.offered(guest(2))
        self.is_back()
        self.world.lend(guest(2))
        self.world.lend(guest(3))
        self.assertEqual(self.told(), ["SourceFailed", "SourceRecovered"])

    def test_offers_do_not_tell_that_leases_can_be_kept_again(self):
        self.fails(*KEEPING)
        for number in range(2, 5):
            self.assertIsNone(self.world.request(guest(number), self.world.offered(guest(number))))
        self.assertEqual(self.told(), ["SourceFailed"])
        self.is_back()
        self.world.offered(guest(6))
        self.assertEqual(self.told(), ["SourceFailed"])
        self.world.lend(guest(6))
        self.assertEqual(self.told(), ["SourceFailed", "SourceRecovered"])

    def recovered(self):
        """Fail, and be back."""
        self.all_fail()
        self.world.offered(guest(2))
        self.is_back()
        self.world.lend(guest(2))
        return ["SourceFailed", "SourceRecovered"]

    def test_what_fails_for_a_moment_after_it_is_back_is_not_told(self):
        told = self.recovered()
        for number in range(3, 6):
            self.all_fail()
            self.world.offered(guest(number))
            self.is_back()
            self.world.lend(guest(number))
        self.assertEqual(self.told(), told)

    def test_what_goes_on_failing_after_it_was_back_is_told(self):
        told = self.recovered()
        self.all_fail()
        self.world.offered(guest(3))
        self.world.clock.advance(2)
        self.world.offered(guest(4))
        self.assertEqual(self.told(), [*told, "SourceFailed"])

    def test_a_failure_long_after_it_was_back_is_told_at_once(self):
        told = self.recovered()
        self.world.clock.advance(60)
        self.all_fail()
        self.world.offered(guest(3))
        self.assertEqual(self.told(), [*told, "SourceFailed"])
