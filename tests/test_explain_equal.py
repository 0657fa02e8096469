"""What is explained is what is answered, and leaves nothing behind."""

import os
import sqlite3
from contextlib import closing
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from sdhcp.backends.sql import Columns
from sdhcp.backends.sqlite import SqliteSource
from sdhcp.engine.policy import Policy

from .explained_world import SharedLeases, packets, world
from .in_process import POLICY
from .netns.yard import ROOT

SCHEMA = (ROOT / "sdhcp" / "schemas" / "sqlite.sql").read_text(encoding="utf-8")
ROWS = """
INSERT INTO subnets (subnet, serial, lease_time, gateway, subnet_mask) VALUES
    ('10.77.1.0/24', 0, 3600, '10.77.1.1', '255.255.255.0'), ('10.77.0.0/24', 0, 60, '10.77.0.1', '255.255.255.0');
INSERT INTO maps (mac, ip, hostname, subnet, serial) VALUES
    ('02:00:5e:00:01:01', '10.77.1.50', 'known', '10.77.1.0/24', 0),
    ('02:00:5e:00:01:02', '10.77.1.51', 'other', '10.77.1.0/24', 0),
    ('02:00:5e:00:01:03', '10.77.0.50', 'here', '10.77.0.0/24', 0);
"""

STRICT = Policy(allow_relays=True, suspend=True, suspend_threshold=4, misbehaving_timeout=30, unauthorized_timeout=20)
POLICIES = (POLICY, STRICT, replace(POLICY, rapid_commit=True, link_check=False))
QUIET = settings(max_examples=12, deadline=None, database=None, suppress_health_check=list(HealthCheck))
SEQUENCES = st.lists(
    st.tuples(packets(), st.sampled_from((0.0, 1.0, 30.0, 700.0))), min_size=4, max_size=14
)  # fmt: skip


class EqualTests(SynchronousTestCase):
    """Each example is a sequence of packets, with the seconds that pass after each."""

    @QUIET
    @given(SEQUENCES)
    def test_a_packet_is_answered_as_it_was_explained(self, sequence):
        for policy in POLICIES:
            server = world(policy=policy)
            for packet, pause in sequence:
                self.assertIsNone(server.difference(packet))
                server.clock.advance(pause)

    @QUIET
    @given(SEQUENCES)
    def test_a_server_that_explains_answers_as_one_that_does_not(self, sequence):
        for policy in POLICIES:
            server, twin = world(policy=policy), world(policy=policy)
            for packet, pause in sequence:
                server.explain(packet)
                self.assertEqual(server.answer(packet), twin.answer(packet))
                server.clock.advance(pause)
                twin.clock.advance(pause)

    @QUIET
    @given(SEQUENCES)
    def test_the_same_holds_where_servers_share_leases_but_for_which_address_is_next(self, sequence):
        server = world(store=SharedLeases())
        for packet, pause in sequence:
            self.assertIsNone(server.difference(packet))
            server.clock.advance(pause)

    def test_the_same_holds_of_reservations_in_sqlite(self):
        path = os.path.abspath(self.mktemp())
        with closing(sqlite3.connect(path)) as database:
            database.executescript(SCHEMA)
            database.executescript(ROWS)
        source = SqliteSource(path, Columns(), False, Clock().seconds)

        @QUIET
        @given(SEQUENCES)
        def holds(sequence):
            server = world(source=source)
            for packet, pause in sequence:
                self.assertIsNone(server.difference(packet))
                server.clock.advance(pause)

        holds()
