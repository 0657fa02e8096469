"""Tables with a bound."""

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sdhcp.recent import Recent

STEPS = st.lists(st.tuples(st.booleans(), st.binary(max_size=1)), max_size=300)


class RecentTests(SynchronousTestCase):
    @given(STEPS, st.integers(1, 12))
    def test_holds_the_last_that_came_and_never_more_than_its_size(self, steps, size):
        table, order, gone, put = Recent(size), [], set(), 0
        for number, (puts, key) in enumerate(steps):
            if puts:
                put += key not in table
                table.put(key, number)
                order = [other for other in order if other != key] + [key]
                gone.discard(key)
            else:
                put -= key in table
                table.pop(key)
                gone.add(key)
                self.assertIsNone(table.get(key))
            self.assertLessEqual(len(table), max(2, size))
            for recent in set(order[-max(1, size // 2) :]) - gone:
                self.assertIn(recent, table)
                self.assertIsNotNone(table.get(recent))
            self.assertEqual(len(table) + table.shed, put)
