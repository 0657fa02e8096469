"""What a server does again and again."""

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from sdhcp.timers import Regularly, StepByStep


class TimerTests(SynchronousTestCase):
    def setUp(self):
        self.clock, self.done = Clock(), []

    def test_regularly_until_it_is_stopped(self):
        service = Regularly(lambda: self.done.append(self.clock.seconds()), 10, self.clock)
        service.startService()
        self.clock.pump([5] * 5)
        self.assertEqual(self.done, [10, 20])
        service.stopService()
        self.clock.advance(100)
        self.assertEqual((len(self.done), self.clock.getDelayedCalls()), (2, []))

    def work(self, steps=3):
        for number in range(steps):
            self.done.append((number, self.clock.seconds()))
            yield

    def test_one_step_after_the_other(self):
        service = StepByStep(self.work, 10, 1, self.clock)
        service.startService()
        self.clock.pump([1] * 25)
        self.assertEqual(self.done, [(0, 10), (1, 11), (2, 12), (0, 20), (1, 21), (2, 22)])
        service.stopService()
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_work_that_takes_longer_than_its_interval_is_not_begun_twice(self):
        service = StepByStep(lambda: self.work(15), 10, 1, self.clock)
        service.startService()
        self.clock.pump([1] * 30)
        self.assertEqual([number for number, _ in self.done], [*range(15), 0])
        service.stopService()
        self.clock.advance(100)
        self.assertEqual((len(self.done), self.clock.getDelayedCalls()), (16, []))
