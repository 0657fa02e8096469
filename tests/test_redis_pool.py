"""Connections to Redis, of which one is there and another cannot be made."""

from twisted.internet.defer import Deferred, ensureDeferred, succeed
from twisted.trial.unittest import SynchronousTestCase

from sdhcp.backends.redis_pool import Pool
from sdhcp.interfaces import SourceError


class Busy:
    """A connection that answers nothing yet."""

    asked = 1

    def __init__(self):
        self.questions = []

    @property
    def load(self):
        return len(self.questions)

    def ask(self, commands):
        self.questions.append(Deferred())
        return self.questions[-1]

    def gone(self):
        return Deferred()

    def abort(self):
        return succeed(None)


class PoolTests(SynchronousTestCase):
    def setUp(self):
        self.made = []
        self.works = True
        self.pool = Pool(self.connect, lambda: 0.0, 4)

    async def connect(self):
        if not self.works:
            raise SourceError("no connection")
        self.made.append(Busy())
        return self.made[-1]

    def ask(self):
        return ensureDeferred(self.pool.ask([b"PING"]))

    def test_a_connection_that_is_there_is_asked_if_another_cannot_be_made(self):
        first = self.ask()
        self.works = False
        others = [self.ask(), self.ask()]
        for question in self.made[0].questions:
            question.callback([b"PONG"])
        self.assertEqual([self.successResultOf(one) for one in (first, *others)], [[b"PONG"]] * 3)

    def test_without_any_connection_there_is_no_answer(self):
        self.works = False
        self.assertEqual(str(self.failureResultOf(self.ask(), SourceError).value), "no connection")
