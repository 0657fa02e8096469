"""A whole range of addresses is asked for, no faster than a link can bear."""

import errno

from twisted.internet.defer import CancelledError

from sdhcp.interfaces import Scanned
from sdhcp.transport.prober import RATE
from sdhcp.transport.scan import LINGER, PATIENCE, TICK

from .probing_world import CLIENT, HOST, OWN, ProberCase
from .samples import ip

FIRST, LAST = ip("10.1.0.0"), ip("10.1.0.255")


class ScanTests(ProberCase):
    def setUp(self):
        super().setUp()
        self.found = []

    def scan(self, first=FIRST, last=LAST, link="eth0", **more):
        return self.prober.scan(first, last, link, lambda *what: self.found.append(what), **more)

    def run_for(self, seconds):
        self.world.pump([TICK] * round(seconds / TICK))

    def test_a_network_is_asked_through_once_in_about_a_second(self):
        done = self.scan()
        self.run_for(1.0 + TICK)
        self.assertEqual(self.world.asked(), [("eth0", bytes((10, 1, 0, n))) for n in range(256) if n != 1])
        self.assertNoResult(done)
        self.run_for(LINGER)
        self.assertEqual(self.successResultOf(done), Scanned(256, 1))

    def test_no_second_sees_more_questions_than_were_allowed(self):
        for rate in (1, 10, 33, 1000):
            done = self.scan(ip("10.1.1.0"), ip("10.1.255.255"), rate=rate)
            before = 0
            for _ in range(3):
                self.run_for(1.0)
                now = len(self.world.asked())
                self.assertLessEqual(now - before, rate + rate * TICK + 1)
                self.assertGreaterEqual(now - before, rate - 1)
                before = now
            done.cancel()
            self.failureResultOf(done, CancelledError)
            self.world.arp.sent.clear()

    def test_a_busy_process_does_not_ask_all_at_once_afterwards(self):
        done = self.scan()
        before = len(self.world.asked())
        self.world.advance(10.0)
        self.assertLessEqual(len(self.world.asked()) - before, 2 * RATE * TICK)
        done.cancel()
        self.failureResultOf(done, CancelledError)

    def test_every_host_is_found_once_with_the_hardware_address_that_answered_first(self):
        done = self.scan()
        self.run_for(1.0)
        for address, hardware in ((ip("10.1.0.9"), HOST), (ip("10.1.0.9"), CLIENT), (ip("10.1.0.7"), CLIENT)):
            self.world.claim(address, hardware)
        self.assertEqual(self.found, [(ip("10.1.0.1"), OWN), (ip("10.1.0.9"), HOST), (ip("10.1.0.7"), CLIENT)])
        self.run_for(2 * LINGER)
        self.assertEqual(self.successResultOf(done), Scanned(256, 3))
        self.world.claim(ip("10.1.0.8"))
        self.assertEqual(len(self.found), 3)

    def test_answers_for_what_was_not_asked_do_not_count(self):
        self.scan(ip("10.1.0.10"), ip("10.1.0.200"))
        for address, link in (
            ("10.1.0.9", "eth0"),
            ("10.1.0.200", "eth0"),
            ("10.1.0.10", "eth1"),
            ("10.2.0.9", "eth0"),
        ):
            self.world.claim(ip(address), link=link)
        self.assertEqual(self.found, [])
        self.world.claim(ip("10.1.0.10"))
        self.assertEqual(self.found, [(ip("10.1.0.10"), HOST)])

    def test_a_probe_and_a_scan_hear_the_same_answer(self):
        self.scan(ip("10.1.0.9"), ip("10.1.0.9"))
        answer = self.probe(ip("10.1.0.9"), "eth0")
        self.world.claim(ip("10.1.0.9"))
        self.assertEqual((answer, self.found), ([HOST], [(ip("10.1.0.9"), HOST)]))

    def test_one_scan_at_a_time_on_an_interface(self):
        first, second = self.scan(), self.scan(ip("10.1.0.9"), ip("10.1.0.9"))
        other = self.scan(ip("10.2.3.9"), ip("10.2.3.9"), "eth1")
        self.run_for(LINGER + TICK)
        self.assertEqual(self.successResultOf(other), Scanned(1, 0))
        self.assertNoResult(first)
        self.run_for(1.0 + TICK)
        self.assertEqual(self.successResultOf(first), Scanned(256, 1))
        self.assertNoResult(second)
        self.run_for(LINGER + TICK)
        self.assertEqual(self.successResultOf(second), Scanned(1, 0))

    def test_a_link_that_comes_back_in_time_is_asked_through(self):
        self.world.arp.code = errno.ENETDOWN
        done = self.scan(ip("10.1.0.9"), ip("10.1.0.10"))
        self.run_for(PATIENCE / 2)
        self.world.arp.code = 0
        self.run_for(PATIENCE)
        self.assertEqual(self.successResultOf(done), Scanned(2, 0))
        self.assertEqual(self.world.asked(), [("eth0", ip("10.1.0.9")), ("eth0", ip("10.1.0.10"))])
        self.assertEqual(len(self.world.told), 2)

    def test_a_link_that_takes_nothing_ends_the_scan(self):
        for link in ("tun0", "nothing0"):
            done = self.scan(link=link, first=ip("10.1.0.9"))
            self.run_for(PATIENCE - TICK)
            self.assertNoResult(done)
            self.run_for(2 * TICK)
            self.assertEqual(self.successResultOf(done), Scanned(0, 0))
        self.assertIn("carries no Ethernet", self.world.texts()[0])
        self.assertIn("no such interface", self.world.texts()[1])

    def test_what_the_caller_raises_ends_its_scan_and_nothing_else(self):
        def fail(*what):
            raise LookupError("a caller's fault")

        done = self.prober.scan(ip("10.1.0.9"), LAST, "eth0", fail)
        answer = self.probe(ip("10.1.0.9"), "eth0")
        self.world.claim(ip("10.1.0.9"))
        self.failureResultOf(done, LookupError)
        self.assertEqual(answer, [HOST])
        self.failureResultOf(self.prober.scan(FIRST, LAST, "eth0", fail), LookupError)
        before = len(self.world.asked())
        self.run_for(1.0)
        self.assertEqual(len(self.world.asked()), before)

    def test_one_that_is_cancelled_makes_room_for_the_next(self):
        first, second = self.scan(), self.scan(ip("10.1.0.9"), ip("10.1.0.9"))
        first.cancel()
        self.failureResultOf(first, CancelledError)
        self.run_for(LINGER + TICK)
        self.assertEqual(self.successResultOf(second), Scanned(1, 0))

    def test_the_end_of_the_prober_ends_all_scans(self):
        first, second = self.scan(ip("10.1.0.9")), self.scan(ip("10.1.0.9"))
        self.prober.stop()
        asked = len(self.world.asked())
        self.assertEqual((self.successResultOf(first), self.successResultOf(second)), ((asked, 0), (0, 0)))
        self.assertEqual(self.successResultOf(self.scan()), (0, 0))

    def test_what_makes_no_sense_is_refused(self):
        self.assertRaises(ValueError, self.scan, LAST, FIRST)
        for rate in (0, 0.5, -1, 10_001, float("nan"), float("inf")):
            self.assertRaises(ValueError, self.scan, rate=rate)

    def test_the_last_address_there_is_can_be_asked(self):
        done = self.scan(b"\xff" * 4, b"\xff" * 4)
        self.run_for(2 * LINGER)
        self.assertEqual(self.successResultOf(done), Scanned(1, 0))
