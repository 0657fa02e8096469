"""The rules of lending in memory: against the contract, against other rules that are slow and plain, step by step."""

import random
from itertools import product
from math import inf

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet import reactor
from twisted.trial.unittest import SynchronousTestCase, TestCase

from sdhcp.engine.addresses import Addresses
from sdhcp.leases import offers, pool
from sdhcp.leases.clients import ClientTable
from sdhcp.leases.memory import MemoryLeases
from sdhcp.leases.pool import PoolLeases
from sdhcp.leases.records import key_of, packed, unpacked
from sdhcp.leases.steady import LATE, Steady
from sdhcp.leases.timeline import Timeline
from sdhcp.model import Holder, LeaseState

from .lease_contract import LeaseContract
from .lease_states import tell_stories
from .lease_steps import NOW, address, client, holder

BOUND, OFFERED, QUARANTINED, RELEASED = (
    LeaseState.BOUND, LeaseState.OFFERED, LeaseState.QUARANTINED, LeaseState.RELEASED,
)  # fmt: skip
SIZE = 4


def addresses(size=SIZE, first=10):
    first = int.from_bytes(address(first), "big")
    return Addresses("floor", [(first, first + size - 1)])


class RulesTests(LeaseContract, TestCase):
    survives = False

    def open(self):
        return MemoryLeases()

    def test_whatever_happens_in_whatever_order(self):
        return tell_stories(reactor, MemoryLeases, lambda store: None, lambda store: None)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["offer", "offer", "bind", "bind", "release", "decline", "quarantine", "clear", "reserve"]),
        st.integers(1, 6),
        st.integers(0, SIZE - 1),
        st.sampled_from([0, 0, 1, 29, 30, 100]),
        st.booleans(),
    ),
    max_size=40,
)


def act(leases, what, who, number, now):
    """Do one step; a Step, a Lease or None."""
    one = address(10 + number)
    if what == "offer":
        return leases.offer(holder(who), one if who % 2 else None, now, now + 30)
    if what == "bind":
        return leases.bind(holder(who), one, now, now + 40)
    if what == "release":
        return leases.release(client(who), one, now)
    if what == "decline":
        return leases.decline(client(who), one, now, now + 50, "evidence")
    if what == "quarantine":
        return leases.quarantine(one, now, now + 50, "evidence")
    return leases.clear(one, now)


class Plain:
    """The rules without offers, plain and slow: state, holder and end by address; what each client is known by."""

    def __init__(self):
        self.rows, self.known = {}, {}

    def copy(self):
        other = Plain()
        other.rows, other.known = dict(self.rows), dict(self.known)
        return other

    def act(self, what, who, number, now):
        state, held_by, end = self.rows.get(number, ("", "", 0))
        name = client(who)
        is_held = state is BOUND and end > now
        if what == "bind":
            if end > now and (state is QUARANTINED or (is_held and held_by != name)):
                return
            self.lose(number)
            earlier = self.known.get(name, number)
            if earlier != number and self.rows[earlier][0] is BOUND and self.rows[earlier][2] > now:
                self.rows[earlier] = (RELEASED, name, now)
            self.rows[number], self.known[name] = (BOUND, name, now + 40), number
        elif what in ("release", "decline") and is_held and held_by == name:
            if what == "release":
                self.rows[number] = (RELEASED, name, now)
            else:
                self.lose(number)
                self.rows[number] = (QUARANTINED, name, now + 50)
        elif what == "quarantine" and not is_held:
            self.lose(number)
            self.rows[number] = (QUARANTINED, held_by, now + 50)
        elif what == "clear":
            self.lose(number)
            self.rows.pop(number, None)

    def lose(self, number):
        self.known = {name: at for name, at in self.known.items() if at != number}


def seen(leases, now):
    """All that can be seen of a pool."""
    return (
        leases.leases(None, 99), leases.counts(now), [leases.at(address(10 + number), now) for number in range(SIZE)],
        [leases.of_client(client(who), now) for who in range(1, 7)],
    )  # fmt: skip


class StepTests(SynchronousTestCase):
    @settings(max_examples=200, deadline=None)
    @given(STEPS)
    def test_an_offer_is_what_plain_rules_say(self, steps):
        leases, now = PoolLeases(addresses()), NOW
        for what, who, number, seconds, _ in steps:
            now += seconds
            if what == "reserve":
                leases.pool.reserved ^= {address(10 + number)}
                continue
            if what == "offer":
                _, _, before, held = seen(leases, now)
                self.check(leases, before, held[who - 1], who, number, now)
            else:
                act(leases, what, who, number, now)

    def check(self, leases, before, last, who, number, now):
        reserved = leases.pool.reserved
        lease = act(leases, "offer", who, number, now)
        free, never_lent = {}, []
        for at, one in enumerate(before):
            if address(10 + at) in reserved:
                continue
            if one is None:
                never_lent.append(address(10 + at))
            elif one.expires <= now or one.state is RELEASED:
                free[one.address] = one.expires
        wish = address(10 + number) if who % 2 else None
        if last is not None and last.address not in reserved and (last.expires > now or last.address in free):
            self.assertEqual(lease.address, last.address)
        elif wish is not None and (wish in never_lent or wish in free):
            self.assertEqual(lease.address, wish)
        elif never_lent:
            self.assertIn(lease.address, never_lent)
        elif free:
            self.assertIn(lease.address, free)
        else:
            self.assertIsNone(lease)

    @settings(max_examples=200, deadline=None)
    @given(STEPS)
    def test_what_is_taken_back_leaves_everything_as_it_was(self, steps):
        leases, now = PoolLeases(addresses()), NOW
        for what, who, number, seconds, taken_back in steps:
            now += seconds
            if what == "reserve":
                continue
            before = seen(leases, now)
            step = act(leases, what, who, number, now)
            if what != "offer" and step is not None and taken_back:
                step.undo()
                self.assertEqual(seen(leases, now), before)
        # Nothing is lost to those who come after everything has ended.
        later = now + 1000
        offered = {leases.offer(Holder(f"new {number}"), None, later, later + 30).address for number in range(SIZE)}
        self.assertEqual(len(offered), SIZE)

    @settings(max_examples=200, deadline=None)
    @given(STEPS)
    def test_who_holds_what_is_what_plain_rules_say(self, steps):
        leases, plain, now = PoolLeases(addresses()), Plain(), NOW
        for what, who, number, seconds, taken_back in steps:
            if what in ("offer", "reserve"):
                continue
            now += seconds
            after = plain.copy()
            after.act(what, who, number, now)
            step = act(leases, what, who, number, now)
            if step is not None and taken_back:
                step.undo()
            else:
                plain = after
            found = {
                lease.address[3] - 10: (lease.state, lease.client, lease.expires) for lease in leases.leases(None, 9)
            }
            self.assertEqual(found, plain.rows)
            known = {one: leases.of_client(client(one), now) for one in range(1, 7)}
            # Nobody who is not known is left in the table.
            self.assertEqual(sum(leases._table._clients._filled), len(plain.known))
            self.assertEqual(
                {client(one): lease.address[3] - 10 for one, lease in known.items() if lease is not None}, plain.known
            )

    def test_every_state_and_every_step(self):
        """Each step on an address in each state, by its holder and by another."""
        states = ("free", "offered", "bound", "expired", "released", "quarantined", "reserved")
        results = {}
        for state, what, who in product(states, ("bind", "release", "decline", "quarantine", "clear"), (1, 2)):
            leases = PoolLeases(addresses())
            if state == "offered":
                leases.offer(holder(1), address(10), NOW, NOW + 30)
            if state in ("bound", "expired", "released"):
                leases.bind(holder(1), address(10), NOW, NOW + (1 if state == "expired" else 40))
            if state == "released":
                leases.release(client(1), address(10), NOW)
            if state == "quarantined":
                leases.quarantine(address(10), NOW, NOW + 50, "")
            if state == "reserved":
                leases.pool.reserved.add(address(10))
            results[state, what, who] = act(leases, what, who, 0, NOW + 1) is not None
        yes = {key for key, done in results.items() if done}
        for state, what, who in product(states, ("bind", "release", "decline", "quarantine", "clear"), (1, 2)):
            expected = {
                "bind": state in ("free", "expired", "released") or (who == 1 and state in ("offered", "bound")),
                "release": state == "bound" and who == 1,
                "decline": state == "bound" and who == 1,
                "quarantine": state != "bound",
                "clear": state not in ("free", "reserved"),
            }[what]
            self.assertEqual((state, what, who) in yes, expected, (state, what, who))

    def test_many_offers_that_ended_at_once_are_cleared_away_bit_by_bit(self):
        leases = PoolLeases(addresses(200))
        for number in range(200):
            leases.offer(Holder(f"flood {number}"), None, NOW, NOW + 30)
        offered = {leases.offer(Holder(f"new {number}"), None, NOW + 30, NOW + 60).address for number in range(200)}
        self.assertEqual(len(offered), 200)

    def test_one_client_that_asks_for_ever_takes_no_room(self):
        made = offers.Offers(lambda number: None)
        for step in range(1000):
            made.put(0, offers.Offer(Holder("a"), NOW, NOW + step))
        self.assertLess(len(made._ends), 200)

    def test_reserved_addresses_that_lapsed_are_passed_over_a_number_at_a_time(self):
        self.patch(pool, "_TRIES", 3)
        leases = PoolLeases(addresses(8))
        for number in range(8):
            leases.bind(holder(number + 1), address(10 + number), NOW, NOW + 10)
        leases.pool.reserved.update(address(10 + number) for number in range(7))
        offered = [leases.offer(Holder("new"), None, NOW + 20 + step, NOW + 50) for step in range(3)]
        self.assertEqual([lease and lease.address for lease in offered], [None, None, address(17)])

    def test_a_clock_that_is_set_back_neither_ends_a_lease_nor_makes_it_last(self):
        leases = PoolLeases(addresses(1))
        leases.bind(holder(1), address(10), NOW, NOW + 3600)
        back = NOW - 86400
        self.assertIsNone(leases.offer(holder(2), None, back, back + 30))
        self.assertEqual(leases.of_client(client(1), back).expires, back + 3600)
        self.assertIsNone(leases.bind(holder(2), address(10), back + 3599, back + 7200))
        self.assertEqual(leases.offer(holder(2), None, back + 3600, back + 3630).address, address(10))

    def test_a_lease_that_never_ends(self):
        leases = PoolLeases(addresses(1))
        leases.bind(holder(1), address(10), NOW, inf)
        self.assertIsNone(leases.offer(holder(2), None, NOW * 10, NOW * 10 + 30))
        self.assertEqual(leases.of_client(client(1), NOW * 10).expires, inf)

    def test_of_two_leases_of_a_client_that_are_read_it_has_the_one_that_lasts(self):
        record = packed(key_of(client(1)), b"", "", "", "")
        for ends, expected in (((50, 90), 11), ((90, 50), 10)):
            leases = PoolLeases(addresses(), 2)
            leases.fill((number, 0, NOW, NOW + end, record) for number, end in enumerate(ends))
            self.assertEqual(leases.of_client(client(1), NOW).address, address(expected))
            self.assertEqual(leases.counts(NOW).bound, 2)

    def test_more_leases_are_read_than_were_expected(self):
        leases = PoolLeases(addresses(100))
        rows = [(at, 0, NOW, NOW + 9, packed(key_of(f"{at}" if at else ""), b"", "", "", "")) for at in range(100)]
        leases.fill(rows)
        self.assertEqual(leases.of_client("99", NOW).address, address(109))
        self.assertIsNone(leases.of_client("", NOW))

    def test_a_hundred_thousand_leases_that_are_read(self):
        big = Addresses("big", [(10 << 24, (10 << 24) + 200_000)])
        leases = PoolLeases(big, 100_000)
        rows = ((2 * at, 0, NOW, NOW + at % 900, packed(key_of(f"{at}"), b"", "", "", "")) for at in range(100_000))
        leases.fill(rows)
        self.assertEqual(leases.of_client("77777", NOW).address, big.address_of(155_554))
        self.assertEqual(leases.counts(NOW + 450).bound, sum(at % 900 > 450 for at in range(100_000)))
        self.assertEqual(len(leases.leases(big.address_of(100_000), 7)), 7)
        self.assertEqual(leases.offer(Holder("new"), None, NOW, NOW + 30).address, big.address_of(1))


class PartTests(SynchronousTestCase):
    def test_clients_are_found_whatever_came_and_went(self):
        chance = random.Random(3)
        records, expected = [], {}
        table = ClientTable(records, 3000)
        for _ in range(6000):
            key = key_of(f"client {chance.randrange(900)}")
            if chance.random() < 0.4:
                table.remove(key)
                expected.pop(key, None)
            else:
                records.append(key + b"rest")
                table.put(key, len(records) - 1)
                expected[key] = len(records) - 1
        for number in range(900):
            key = key_of(f"client {number}")
            self.assertEqual(table.get(key), expected.get(key, -1))

    @settings(max_examples=100, deadline=None)
    @given(
        st.lists(st.tuples(st.integers(0, 5), st.integers(0, 40), st.integers(0, 2), st.integers(0, 9)), max_size=60)
    )
    def test_a_timeline_has_what_ended_first_in_front(self, steps):
        timeline, ends, now = Timeline(), {}, 0
        for _ in range(6):
            timeline.make_room()
        for place, end, kind, seconds in steps:
            now += seconds
            timeline.pass_to(now)
            if place in ends:
                timeline.remove(place)
                del ends[place]
            else:
                timeline.add(place, end, kind)
                ends[place] = (end, kind)
            first = timeline.first_over()
            over = [end for end, _ in ends.values() if end <= now]
            self.assertEqual(first if first < 0 else ends[first][0], min(over, default=-1))
            self.assertEqual(timeline.over, len(over))
            for one in range(3):
                self.assertEqual(timeline.ahead[one], sum(k == one and end > now for end, k in ends.values()))

    def test_seconds_that_come_and_go_take_no_room(self):
        timeline = Timeline()
        timeline.make_room()
        for second in range(1000):
            timeline.add(0, second, 0)
            timeline.remove(0)
        self.assertLess(len(timeline._ahead), 200)

    @given(st.text(max_size=9), st.binary(max_size=300), st.text(max_size=9), st.text(max_size=9), st.text(max_size=9))
    def test_a_record_is_read_as_it_was_written(self, who, mac, hostname, via, evidence):
        found = unpacked(packed(key_of(who), mac, hostname, via, evidence))
        self.assertEqual(found, (who, mac[:255], hostname, via, evidence))

    def test_of_a_hardware_address_that_is_none_the_beginning_is_kept(self):
        self.assertEqual(unpacked(packed(key_of("a"), bytes(300), "b", "c", "d")), ("a", bytes(255), "b", "c", "d"))

    def test_time_goes_on_when_the_clock_is_set_back(self):
        steady = Steady()
        self.assertEqual([steady.time(now) for now in (100, 110, 105, 120)], [100, 110, 105, 120])
        self.assertEqual(steady.time(120 - LATE - 1), 120)
        self.assertEqual(steady.time(120 - LATE + 9), 130)
