"""Clients that ask too often, or were refused."""

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sdhcp.engine.abuse import TOO_MANY, UNKNOWN_CLIENT, Abuse
from sdhcp.engine.policy import Policy

from .samples import MAC

POLICY = Policy(suspend_threshold=10, misbehaving_timeout=150, unauthorized_timeout=60)
OTHER_MAC = bytes(6)


class SuspensionTests(SynchronousTestCase):
    def test_the_packet_over_the_threshold_suspends(self):
        abuse = Abuse(POLICY)
        self.assertEqual([abuse.too_many(MAC, 0.0) for _ in range(11)], [False] * 10 + [True])
        self.assertEqual(abuse.blocked(MAC, 0.0).reason, TOO_MANY)
        self.assertIsNotNone(abuse.blocked(MAC, 149.9))
        self.assertIsNone(abuse.blocked(MAC, 150.0))
        self.assertFalse(abuse.too_many(MAC, 150.0))

    def test_one_packet_a_second_is_never_too_many(self):
        abuse = Abuse(POLICY)
        self.assertFalse(any(abuse.too_many(MAC, float(second)) for second in range(1000)))

    def test_clients_are_counted_apart(self):
        abuse = Abuse(POLICY)
        for _ in range(10):
            abuse.too_many(MAC, 0.0)
        self.assertFalse(abuse.too_many(OTHER_MAC, 0.0))
        self.assertIsNone(abuse.blocked(OTHER_MAC, 0.0))

    def test_what_is_known_of_one_goes_on_apart(self):
        abuse = Abuse(POLICY)
        for _ in range(9):
            abuse.too_many(MAC, 0.0)
        abuse.block(OTHER_MAC, 0.0, 60, UNKNOWN_CLIENT)
        alone = abuse.of_one(MAC)
        self.assertEqual((abuse.level(MAC, 2.0), alone.level(MAC, 2.0)), (7.0, 7.0))
        self.assertEqual([alone.too_many(MAC, 0.0) for _ in range(2)], [False, True])
        self.assertEqual((abuse.level(MAC, 0.0), abuse.blocked(MAC, 0.0)), (9.0, None))
        self.assertIsNone(alone.blocked(OTHER_MAC, 0.0))
        self.assertEqual(abuse.of_one(OTHER_MAC).blocked(OTHER_MAC, 0.0).reason, UNKNOWN_CLIENT)
        self.assertEqual(abuse.of_one(OTHER_MAC).level(OTHER_MAC, 0.0), 0.0)


class BlockTests(SynchronousTestCase):
    def test_a_block_ends(self):
        abuse = Abuse(POLICY)
        abuse.block(MAC, 5.0, 60, UNKNOWN_CLIENT)
        self.assertEqual(abuse.blocked(MAC, 64.0).reason, UNKNOWN_CLIENT)
        self.assertIsNone(abuse.blocked(MAC, 65.0))
        self.assertEqual(len(abuse.blocks), 0)

    def test_the_longer_block_stays(self):
        abuse = Abuse(POLICY)
        abuse.block(MAC, 0.0, 150, TOO_MANY)
        abuse.block(MAC, 0.0, 60, UNKNOWN_CLIENT)
        self.assertEqual(abuse.blocked(MAC, 100.0).reason, TOO_MANY)
        abuse.block(MAC, 100.0, 60, UNKNOWN_CLIENT)
        self.assertEqual(abuse.blocked(MAC, 155.0).reason, UNKNOWN_CLIENT)

    def test_forgiven(self):
        abuse = Abuse(POLICY)
        abuse.block(MAC, 0.0, 60, UNKNOWN_CLIENT)
        abuse.forgive(MAC)
        abuse.forgive(OTHER_MAC)
        self.assertIsNone(abuse.blocked(MAC, 0.0))


class BoundTests(SynchronousTestCase):
    @given(st.lists(st.tuples(st.binary(max_size=1), st.booleans(), st.floats(0, 100)), max_size=60))
    def test_tables_never_grow_past_their_size(self, packets):
        abuse = Abuse(POLICY, size=4)
        clients = set()
        for client, refused, now in packets:
            clients.add(client)
            if refused:
                abuse.block(client, now, 60, UNKNOWN_CLIENT)
            else:
                abuse.too_many(client, now)
            self.assertLessEqual(len(abuse.blocks), 4)
        # Half of a table is sure to be there.
        if len(clients) <= 2:
            self.assertEqual(abuse.shed, 0)

    def test_what_is_shed_is_counted(self):
        abuse = Abuse(POLICY, size=2)
        for number in range(5):
            abuse.too_many(bytes([number]), 0.0)
        self.assertEqual(abuse.shed, 3)
        for number in range(5):
            abuse.block(bytes([number]), 0.0, 60, UNKNOWN_CLIENT)
        self.assertEqual(abuse.shed, 6)
        self.assertIsNone(abuse.blocked(b"\0", 1.0))
        self.assertIsNotNone(abuse.blocked(b"\4", 1.0))
