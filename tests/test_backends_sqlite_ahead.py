"""SQLite files that are read before anybody asks, and held while several do."""

import os
import sqlite3
from contextlib import closing

from zope.interface.verify import verifyObject

from sdhcp.backends.sqlite import KEPT
from sdhcp.backends.sqlite_slices import SLICE
from sdhcp.interfaces import BadReservation, IReadAhead, SourceError
from sdhcp.model import Definition

from .contracts import SUBNETS, asked
from .samples import ip
from .test_backends_sqlite import SCHEMA, SqliteCase

PLACE = {"subnet": "10.77.0.0/16", "serial": 0}
MANY = [
    {"mac": f"02:00:5e:01:{n >> 8:02x}:{n & 255:02x}", "ip": f"10.77.{4 + (n >> 8)}.{n & 255}", **PLACE}
    for n in range(3 * SLICE)
]
TWICE = (
    SCHEMA.partition("-- For CASE")[0].replace("TEXT NOT NULL PRIMARY KEY,", "TEXT NOT NULL,")
    + "CREATE INDEX maps_mac ON maps (mac);"
)


class ReadAheadTests(SqliteCase):
    """What has been read ahead is known though the file cannot be read any more."""

    def known_without_the_file(self, source, hosts):
        with closing(sqlite3.connect(self.path)) as database:
            database.execute("BEGIN EXCLUSIVE")
            found = {}
            for host in hosts:
                try:
                    found[host["mac"]] = source.peek(asked(host["mac"]))
                except SourceError:
                    continue
            database.rollback()
        self.clock.advance(1)
        source.problem()
        return found

    def test_every_client_is_known_before_it_asks(self):
        self.build(SUBNETS, MANY)
        source = self.open()
        verifyObject(IReadAhead, source)
        self.assertEqual(self.known_without_the_file(source, MANY), {})
        steps = len(list(source.read_ahead()))
        self.assertGreater(steps, 2)
        found = self.known_without_the_file(source, MANY)
        self.assertEqual({mac: one.ip for mac, one in found.items()}, {host["mac"]: ip(host["ip"]) for host in MANY})
        self.assertEqual(list(source.read_ahead()), [])
        self.elsewhere("UPDATE maps SET hostname = 'moved'")
        self.assertEqual(len(list(source.read_ahead())), steps)
        self.assertEqual({one.hostname for one in self.known_without_the_file(source, MANY).values()}, {"moved"})

    def test_who_is_not_in_the_file_is_known_not_to_be(self):
        self.build(SUBNETS, MANY[1:])
        source = self.open()
        self.assertEqual(self.known_without_the_file(source, MANY[:1]), {})
        list(source.read_ahead())
        self.assertEqual(self.known_without_the_file(source, MANY[:1]), {MANY[0]["mac"]: None})
        self.elsewhere(f"UPDATE maps SET mac = '{MANY[0]['mac']}' WHERE mac = '{MANY[1]['mac']}'")
        self.assertEqual(source.peek(asked(MANY[0]["mac"])).ip, ip(MANY[1]["ip"]))
        self.assertIsNone(source.peek(asked(MANY[1]["mac"])))

    def test_who_may_stand_there_in_another_form_is_asked_for_as_ever(self):
        nocase = SCHEMA.replace("mac TEXT NOT NULL PRIMARY KEY", "mac TEXT COLLATE NOCASE NOT NULL PRIMARY KEY")
        self.assertNotEqual(nocase, SCHEMA)
        self.build(SUBNETS, [{**MANY[0], "mac": MANY[0]["mac"].upper()}], nocase)
        source = self.open()
        list(source.read_ahead())
        self.assertEqual(source.peek(asked(MANY[0]["mac"])).ip, ip(MANY[0]["ip"]))

    def test_several_reservations_of_one_client_stay_together_wherever_a_step_ends(self):
        for size in (1, SLICE - 1, SLICE, 2 * SLICE):
            self.path = os.path.abspath(self.mktemp())
            again = {**MANY[size], "ip": "10.9.9.8"}
            self.build(SUBNETS, [*MANY, again, {**again, "ip": "10.9.9.9"}], TWICE)
            source = self.open()
            list(source.read_ahead())
            found = self.known_without_the_file(source, MANY)
            self.assertEqual(len(found), len(MANY))
            last = {one.ip for one in found.pop(MANY[size]["mac"])}
            self.assertEqual(last, {ip(MANY[size]["ip"]), ip("10.9.9.8"), ip("10.9.9.9")})
            self.assertEqual({type(one) for one in found.values()}, {Definition})

    def test_a_client_with_more_reservations_than_a_step_has_is_asked_for_as_ever(self):
        many = [{**MANY[0], "ip": host["ip"]} for host in MANY]
        self.build(SUBNETS, many, TWICE)
        source = self.open()
        list(source.read_ahead())
        self.assertEqual(len(source.peek(asked(MANY[0]["mac"]))), len(MANY))

    def test_a_form_that_is_not_looked_up_is_not_read_ahead_either(self):
        odd = [{**MANY[0], "mac": "02-00-5e-01-00-00"}, {**MANY[1], "mac": MANY[1]["mac"].upper()}, MANY[2]]
        self.build(SUBNETS, odd)
        for any_case, known in ((False, {MANY[2]["mac"]}), (True, {MANY[1]["mac"], MANY[2]["mac"]})):
            source = self.open(any_case=any_case)
            list(source.read_ahead())
            found = self.known_without_the_file(source, MANY[:3])
            self.assertEqual({mac for mac, one in found.items() if one is not None}, known)

    def test_one_client_in_several_cases(self):
        both = [{**MANY[10], "mac": MANY[10]["mac"].upper()}, {**MANY[10], "ip": "10.9.9.9"}]
        self.build(SUBNETS, both)
        source = self.open(any_case=True)
        list(source.read_ahead())
        (found,) = self.known_without_the_file(source, [MANY[10]]).values()
        self.assertEqual({one.ip for one in found}, {ip(MANY[10]["ip"]), ip("10.9.9.9")})

    def test_a_table_without_an_index_is_not_read_again_and_again(self):
        self.build(SUBNETS, MANY, TWICE.partition("CREATE INDEX")[0])
        self.assertEqual(list(self.open().read_ahead()), [])

    def test_a_table_of_more_clients_than_are_kept_is_left_alone(self):
        self.build(SUBNETS, [])
        with closing(sqlite3.connect(self.path)) as database:
            hosts = ((n.to_bytes(6, "big").hex(":"), f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}") for n in range(KEPT + 1))
            question = "INSERT INTO maps (mac, ip, subnet, serial) VALUES (?, ?, 'a room', 0)"
            database.executemany(question, hosts)
            database.commit()
        self.assertEqual(list(self.open().read_ahead()), [])

    def test_a_row_that_is_not_in_order_is_told_to_its_own_client(self):
        self.build(SUBNETS, [{**MANY[0], "ip": "10.77.1"}, MANY[1]])
        source = self.open()
        list(source.read_ahead())
        self.assertRaises(BadReservation, source.peek, asked(MANY[0]["mac"]))
        self.assertEqual(source.peek(asked(MANY[1]["mac"])).ip, ip(MANY[1]["ip"]))

    def test_a_file_that_changes_meanwhile_gives_nothing_stale(self):
        self.build(SUBNETS, MANY)
        source = self.open()
        steps = source.read_ahead()
        next(steps)
        self.elsewhere("UPDATE maps SET hostname = 'moved'")
        self.assertEqual(list(steps), [])
        self.assertEqual({source.peek(asked(host["mac"])).hostname for host in MANY}, {"moved"})


class HoldTests(SqliteCase):
    """Packets that came together are answered from one state of the file, which is free again after them."""

    def test_one_state_for_all_and_the_next_at_once(self):
        self.build(SUBNETS, MANY)
        source = self.open()
        source.refresh()
        first = [source.peek_refreshed(asked(host["mac"])) for host in MANY[:20]]
        with closing(sqlite3.connect(self.path, timeout=0)) as database:
            self.assertRaises(sqlite3.OperationalError, database.execute, "BEGIN EXCLUSIVE")
            source.settle()
            database.execute("BEGIN EXCLUSIVE")
            database.execute("UPDATE maps SET hostname = 'moved'")
            database.commit()
        source.refresh()
        again = [source.peek_refreshed(asked(host["mac"])) for host in MANY[:20]]
        source.settle()
        self.assertEqual({one.hostname for one in first} | {"moved"}, {None, "moved"})
        self.assertEqual({one.hostname for one in again}, {"moved"})

    def test_a_file_that_is_locked_meanwhile(self):
        self.build(SUBNETS, MANY)
        source = self.open()
        source.refresh()
        known = source.peek_refreshed(asked(MANY[0]["mac"]))
        with closing(sqlite3.connect(self.path)) as database:
            database.execute("BEGIN EXCLUSIVE")
            self.assertRaises(SourceError, source.peek_refreshed, asked(MANY[1]["mac"]))
            self.assertRaises(SourceError, source.peek_refreshed, asked(MANY[2]["mac"]))
            self.assertEqual(source.peek_refreshed(asked(MANY[0]["mac"])), known)
            source.settle()
            database.rollback()
        self.clock.advance(1)
        self.assertEqual(source.peek(asked(MANY[1]["mac"])).ip, ip(MANY[1]["ip"]))
