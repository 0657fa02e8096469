"""Time that goes on evenly, though the clock is set."""

from twisted.trial.unittest import SynchronousTestCase

from sdhcp.leases.steady import LATE, Steady

DAY = 86_400.0


class SteadyTests(SynchronousTestCase):
    def setUp(self):
        self.passed = self.ahead = 0.0
        self.steady = Steady(lambda: self.passed)
        self.began = self.time()

    def time(self, late=0.0):
        return self.steady.time(1_000_000.0 + self.passed + self.ahead - late)

    def after(self, seconds, set_by=0.0, late=0.0):
        """The seconds that went by for leases."""
        self.passed += seconds
        self.ahead += set_by
        return self.time(late) - self.began

    def test_it_passes_as_it_does(self):
        self.assertEqual([self.after(10), self.after(DAY), self.after(0.5)], [10, DAY + 10, DAY + 10.5])

    def test_a_clock_that_is_set_changes_nothing(self):
        self.assertEqual([self.after(10, DAY), self.after(10, -DAY), self.after(10, -DAY)], [10, 20, 30])

    def test_nor_does_one_that_is_set_back_by_what_has_passed(self):
        self.assertEqual(self.after(600, -600), 600)

    def test_a_clock_that_is_put_right_a_little_is_followed(self):
        self.assertEqual([self.after(10, 1), self.after(10, LATE), self.after(10)], [11, 21 + LATE, 31 + LATE])

    def test_a_packet_that_was_answered_late_sets_nothing(self):
        self.assertEqual([self.after(100), self.after(10, late=20), self.after(0)], [100, 90, 110])

    def test_one_that_was_answered_very_late_is_taken_for_a_clock_that_is_set_and_the_next_puts_it_right(self):
        self.assertEqual([self.after(100), self.after(0, late=60), self.after(10)], [100, 100, 110])

    def test_what_the_clock_has_to_be_given_is_known(self):
        self.after(10, DAY)
        self.assertEqual(self.steady.shift, -DAY)


class AloneTests(SynchronousTestCase):
    """Without a clock that nobody sets."""

    def test_a_clock_that_is_set_back_goes_on(self):
        steady = Steady()
        self.assertEqual([steady.time(now) for now in (1000.0, 400.0, 410.0)], [1000, 1000, 1010])

    def test_a_clock_that_is_set_forward_is_believed(self):
        steady = Steady()
        self.assertEqual([steady.time(now) for now in (1000.0, DAY)], [1000, DAY])
