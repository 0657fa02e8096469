"""What waits is delivered exactly once, whatever happens on the way; hours are those of a clock in the test."""

import os
from itertools import pairwise
from pathlib import Path

from twisted.internet.defer import Deferred, maybeDeferred, succeed
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from sdhcp.alerts.courier import LONGEST, OLDEST, ROOM, Courier
from sdhcp.alerts.folder import ParcelFolder
from sdhcp.alerts.parcels import Attempt, Parcel

AWAY = Attempt(problem="cannot be reached", is_away=True)
LATER = Attempt(problem="450 greylisted")


class CourierCase(SynchronousTestCase):
    def setUp(self):
        self.clock = Clock()
        self.tried, self.told, self.got = [], [], []
        self.answers = []
        self.folder = None
        self.courier = self.make()

    def make(self):
        courier = Courier(
            "there", self.deliver, self.clock, lambda: 0.5, self.clock.seconds, self.tell, folder=self.folder
        )
        courier.start()
        return courier

    def tell(self, *line):
        self.told.append(line)

    def deliver(self, parcel, number):
        self.tried.append((self.clock.seconds(), parcel.name))
        answer = self.answers.pop(0) if self.answers else Attempt(taken=parcel.to)
        if isinstance(answer, Attempt):
            self.got += [(parcel.name, one) for one in answer.taken]
            return succeed(answer)
        return answer

    def put(self, name, *to):
        self.courier.put(Parcel(name, self.clock.seconds(), to or ("a",), "text"))

    def wait(self, seconds):
        self.clock.pump([1.0] * int(seconds))


class DeliveryTests(CourierCase):
    def test_what_is_taken_is_gone(self):
        self.put("1")
        self.put("2")
        self.assertEqual((self.got, len(self.courier), self.told), ([("1", "a"), ("2", "a")], 0, []))

    def test_a_server_that_is_away_for_an_hour_gets_each_once_and_is_told_of_once(self):
        for minute in range(60):
            self.answers = [AWAY] * 100
            self.put(f"{minute:02}")
            self.wait(60)
        self.answers = []
        self.assertLess(len(self.tried), 15)
        self.assertEqual([level for level, _ in self.told], ["ERROR"])
        self.wait(LONGEST * 1.2 + 1)
        self.assertEqual(sorted(self.got), [(f"{minute:02}", "a") for minute in range(60)])
        self.assertEqual([level for level, _ in self.told], ["ERROR", "WARN"])
        self.assertEqual(len(self.courier), 0)

    def test_one_that_is_to_come_later_keeps_none_waiting(self):
        self.answers = [LATER, LATER]
        self.put("1")
        self.put("2", "b")
        self.put("3", "c")
        self.assertEqual(self.got, [("3", "c")])
        self.wait(31)
        self.assertEqual(sorted(self.got), [("1", "a"), ("2", "b"), ("3", "c")])
        self.assertEqual(self.told, [])

    def test_who_has_it_does_not_get_it_again(self):
        self.answers = [Attempt(taken=("a",), refused=("b",), problem="550 gone; 450 later")]
        self.put("1", "a", "b", "c")
        self.assertEqual(self.courier.refused, 1)
        self.wait(31)
        self.assertEqual((self.got, len(self.courier)), ([("1", "a"), ("1", "c")], 0))
        self.assertIn("550 gone", self.told[0][1])

    def test_attempts_come_more_and_more_seldom(self):
        self.answers = [AWAY] * 100
        self.put("1")
        self.wait(3 * 3600)
        times = [at for at, _ in self.tried]
        waits = [later - earlier for earlier, later in pairwise(times)]
        self.assertEqual(waits[:6], [30, 60, 120, 240, 480, 900])
        self.assertEqual(set(waits[6:]), {LONGEST})

    def test_what_has_no_room_is_counted_and_the_newest_stay(self):
        self.answers = [AWAY] * 10_000
        for number in range(ROOM + 50):
            self.clock.advance(0.001)
            self.put(f"{number:04}")
        self.assertEqual((len(self.courier), self.courier.lost), (ROOM, 50))
        self.answers = []
        self.wait(3600)
        self.assertEqual(sorted(self.got)[0], ("0050", "a"))

    def test_what_nobody_wants_to_know_any_more_is_let_go(self):
        self.answers = [AWAY] * 10_000
        self.put("1")
        self.clock.pump([600.0] * int(OLDEST / 600 + 3))
        self.assertEqual((len(self.courier), self.courier.lost), (0, 1))

    def test_a_password_in_the_clear_is_told_once(self):
        self.answers = [Attempt(taken=("a",), is_in_clear=True)] * 2
        self.put("1")
        self.put("2")
        self.assertEqual(len(self.told), 1)
        self.assertIn("unencrypted", self.told[0][1])


class EndTests(CourierCase):
    def test_what_waits_is_tried_once_more_before_the_end(self):
        self.answers = [AWAY]
        self.put("1")
        self.put("2")
        self.successResultOf(self.courier.stop(2.0))
        self.assertEqual(sorted(self.got), [("1", "a"), ("2", "a")])

    def test_a_server_that_is_away_is_asked_once_and_what_is_lost_is_told(self):
        self.answers = [AWAY] * 10
        self.put("1")
        self.put("2")
        before = len(self.tried)
        self.successResultOf(self.courier.stop(2.0))
        self.assertEqual(len(self.tried), before + 1)
        self.assertIn("2 alerts are not delivered; they are lost", self.told[-1][1])

    def test_the_end_waits_for_no_server_that_hangs(self):
        hanging = Deferred(lambda deferred: deferred.callback(AWAY))
        self.answers = [hanging]
        self.put("1")
        ending = self.courier.stop(2.0)
        self.assertNoResult(ending)
        self.clock.advance(2.0)
        self.successResultOf(ending)
        self.assertEqual(self.clock.getDelayedCalls(), [])


class FolderTests(CourierCase):
    def setUp(self):
        self.path = os.path.abspath(self.mktemp())
        super().setUp()
        self.open()

    def open(self):
        """A process that begins with what the one before has left; that one is not heard of any more."""
        before, self.clock = self.clock, Clock()
        self.clock.advance(before.seconds())
        self.folder = ParcelFolder(self.path, maybeDeferred, self.tell)
        self.courier = self.make()

    def files(self):
        return sorted(os.listdir(self.path))

    def test_what_waits_survives_the_process(self):
        self.answers = [AWAY] * 10
        self.put("1", "a", "b")
        self.put("2")
        self.open()
        self.answers = []
        self.wait(60)
        self.assertEqual(sorted(self.got), [("1", "a"), ("1", "b"), ("2", "a")])
        self.assertEqual(self.files(), [])

    def test_who_has_it_does_not_get_it_again_after_a_restart(self):
        self.answers = [Attempt(taken=("a",), problem="450 later")]
        self.put("1", "a", "b")
        self.open()
        self.wait(60)
        self.assertEqual(sorted(set(self.got)), [("1", "a"), ("1", "b")])
        self.assertEqual(self.got.count(("1", "a")), 1)

    def test_only_its_owner_may_read_it(self):
        self.answers = [AWAY]
        self.put("1")
        modes = [os.stat(path).st_mode & 0o777 for path in (self.path, os.path.join(self.path, "1.json"))]
        self.assertEqual(modes, [0o700, 0o600])

    def test_files_of_others_are_left_alone(self):
        Path(self.path, "notes.json").write_text("{", encoding="utf-8")
        Path(self.path, "other.json").write_text('{"name": "x", "at": 1, "to": [], "text": ""}', encoding="utf-8")
        self.open()
        self.assertEqual((self.tried, self.files()), ([], ["notes.json", "other.json"]))

    def test_a_folder_that_cannot_be_used_costs_no_mail(self):
        Path(f"{self.path}-file").write_text("", encoding="utf-8")
        self.path += "-file"
        self.open()
        self.put("1")
        self.put("2")
        self.assertEqual(sorted(self.got), [("1", "a"), ("2", "a")])
        self.assertEqual([level for level, _ in self.told], ["ERROR"])
        self.assertIn("EMAIL_QUEUE", self.told[0][1])
