"""Packets counted in frames of time: what is in each, what averages say, how long packets took."""

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from sdhcp.events import Blocked
from sdhcp.interfaces import IEventObserver
from sdhcp.model import BOOTP, DISCOVER, PROXY_REQUEST, RENEW
from sdhcp.traffic.counts import METHODS
from sdhcp.traffic.frames import Traffic
from sdhcp.traffic.latency import BUCKETS, bucket, quantile, upper_edge
from sdhcp.wire import constants as c

from .test_events import DROPPED, EXCHANGE, MALFORMED

EPOCH = 1_700_000_100  # a multiple of 300


def traffic(interval=300, frames=576, epoch=EPOCH):
    return Traffic(0.0, epoch, interval, frames)


def kinds(counts):
    """The kinds that came: name -> (answered, discarded)."""
    return {name: numbers for name, *numbers in counts.rows() if any(numbers)}


class KindTests(SynchronousTestCase):
    def counted(self, *events):
        made = traffic()
        for event in events:
            self.assertTrue(made.wants(type(event)))
            made.observe(event)
        return kinds(made.report(1.0, EPOCH + 1.0).lifetime)

    def test_it_observes_packets_and_nothing_else(self):
        made = traffic()
        verifyObject(IEventObserver, made)
        self.assertFalse(made.wants(Blocked))

    def test_what_was_answered_or_did_what_it_was_to_do_is_apart_from_what_was_discarded(self):
        released = EXCHANGE._replace(method="RELEASE", answer="", accepted=True)
        refused = EXCHANGE._replace(method=RENEW, answer="NAK", accepted=False)
        silent = EXCHANGE._replace(method=RENEW, answer="", accepted=False)
        counted = self.counted(EXCHANGE, EXCHANGE, released, refused, silent)
        self.assertEqual(counted, {DISCOVER: [2, 0], "RELEASE": [1, 0], RENEW: [1, 1]})

    def test_what_was_refused_has_the_name_of_its_type(self):
        refused = (DROPPED._replace(message_type=kind) for kind in (c.DISCOVER, c.REQUEST, c.REQUEST, c.OFFER, 0))
        self.assertEqual(self.counted(*refused), {DISCOVER: [0, 1], "REQUEST": [0, 2], "other packets": [2, None]})

    def test_other_packets_are_bootp_and_what_is_no_message(self):
        counted = self.counted(EXCHANGE._replace(method=BOOTP), MALFORMED, EXCHANGE._replace(method="unheard of"))
        self.assertEqual(counted, {"other packets": [3, None]})

    def test_a_request_on_the_proxy_port_is_a_request(self):
        self.assertEqual(self.counted(EXCHANGE._replace(method=PROXY_REQUEST)), {"REQUEST": [1, 0]})


class FrameTests(SynchronousTestCase):
    def test_frames_begin_at_multiples_of_the_interval(self):
        made = traffic(epoch=EPOCH + 100.0)
        made.observe(EXCHANGE._replace(now=199.9))
        made.observe(EXCHANGE._replace(now=200.0))
        report = made.report(260.0, EPOCH + 360.0)
        self.assertEqual([frame.time for frame in report.frames], [EPOCH, EPOCH + 300])
        self.assertEqual([frame.counts.total for frame in report.frames], [1, 1])
        self.assertEqual([frame.seconds for frame in report.frames], [200.0, 60.0])

    def test_where_nothing_came_there_are_empty_frames(self):
        made = traffic()
        made.observe(EXCHANGE)
        made.observe(EXCHANGE._replace(now=1000.0))
        report = made.report(1300.0, EPOCH + 1300.0)
        self.assertEqual([frame.counts.total for frame in report.frames], [1, 0, 0, 1, 0])
        self.assertEqual([frame.time - EPOCH for frame in report.frames], [0, 300, 600, 900, 1200])

    def test_no_more_frames_are_kept_than_were_asked_for_and_the_lifetime_has_all(self):
        made = traffic(frames=3)
        for number in range(10):
            made.observe(EXCHANGE._replace(now=number * 300.0))
        report = made.report(2701.0, EPOCH + 2701.0)
        self.assertEqual([frame.time - EPOCH for frame in report.frames], [2100, 2400, 2700])
        self.assertEqual(report.lifetime.total, 10)
        later = made.report(1e9, EPOCH + 1e9)
        self.assertEqual([len(later.frames), sum(frame.counts.total for frame in later.frames)], [3, 0])
        self.assertEqual(later.lifetime.total, 10)

    def test_a_single_frame_can_be_asked_for(self):
        made = traffic(frames=1)
        made.observe(EXCHANGE)
        made.observe(EXCHANGE._replace(now=900.0))
        report = made.report(901.0, EPOCH + 901.0)
        self.assertEqual([(one.time - EPOCH, one.counts.total) for one in report.frames], [(900, 1)])

    def test_when_the_clock_of_the_day_is_set_the_frames_move_with_it(self):
        made = traffic(epoch=0.0)
        made.observe(EXCHANGE)
        report = made.report(301.0, EPOCH + 300.0)
        self.assertEqual([frame.time for frame in report.frames], [EPOCH, EPOCH + 300])

    def test_what_was_told_does_not_change_afterwards(self):
        made = traffic()
        made.observe(EXCHANGE)
        report = made.report(1.0, EPOCH + 1.0)
        made.observe(EXCHANGE)
        self.assertEqual((report.frames[-1].counts.total, sum(report.frames[-1].counts.latencies)), (1, 1))

    @given(
        st.lists(st.tuples(st.floats(0, 2000), st.sampled_from([*METHODS, BOOTP]), st.booleans()), max_size=60),
        st.integers(1, 500),
        st.integers(1, 30),
        st.floats(0, 1e9),
    )
    def test_nothing_is_lost_or_counted_twice(self, packets, interval, frames, epoch):
        made, now = Traffic(0.0, epoch, interval, frames), 0.0
        for wait, method, accepted in packets:
            now += wait
            made.observe(EXCHANGE._replace(now=now, method=method, accepted=accepted, answer=""))
        report = made.report(now, epoch + now)
        self.assertEqual(report.lifetime.total, len(packets))
        self.assertEqual(report.lifetime.exchanges, len(packets))
        kept = sum(frame.counts.total for frame in report.frames)
        self.assertLessEqual(kept, len(packets))
        self.assertLessEqual(len(report.frames), frames)
        if now < interval * (frames - 1):
            self.assertEqual(kept, len(packets))
            self.assertAlmostEqual(sum(frame.seconds for frame in report.frames), now, places=3)
        times = [frame.time for frame in report.frames]
        self.assertEqual(times, [times[0] + number * interval for number in range(len(times))])


class AverageTests(SynchronousTestCase):
    def test_each_window_has_its_whole_frames_and_0_the_one_that_is_running(self):
        made = traffic()
        for frame, packets in enumerate((300, 30, 600, 5)):
            for _ in range(packets):
                made.observe(EXCHANGE._replace(now=frame * 300.0))
        averages = made.report(910.0, EPOCH + 910.0).averages()
        rates = {one.frames: one.rate(one.counts.total) for one in averages}
        self.assertEqual(rates, {0: 0.5, 1: 2.0, 2: 1.05, 3: 930 / 900})

    def test_windows_may_come_in_any_order_and_twice(self):
        made = traffic()
        made.observe(EXCHANGE)
        averages = made.report(901.0, EPOCH + 901.0).averages((3, 0, 3, 1, 9))
        self.assertEqual([(one.frames, one.seconds, one.counts.total) for one in averages], [
            (0, 1.0, 0), (1, 300.0, 0), (3, 900.0, 1),
        ])  # fmt: skip

    def test_the_first_moment_has_no_rate(self):
        (now,) = traffic().report(0.0, float(EPOCH)).averages()
        self.assertEqual(now.rate(5), 0.0)


class LatencyTests(SynchronousTestCase):
    @given(st.floats(0, 300))
    def test_a_time_lies_in_its_bucket(self, seconds):
        number = bucket(seconds)
        self.assertIn(number, range(BUCKETS))
        if number < BUCKETS - 1:
            self.assertLess(seconds, upper_edge(number))
        if number > 0:
            self.assertGreaterEqual(seconds, upper_edge(number - 1))
            self.assertLessEqual(upper_edge(min(number, BUCKETS - 2)), upper_edge(number - 1) * 1.0626)

    @given(st.lists(st.floats(1e-6, 100), min_size=1, max_size=200), st.floats(0.01, 1))
    def test_a_quantile_is_never_too_short_and_at_most_a_sixteenth_too_long(self, times, share):
        made = traffic()
        for elapsed in times:
            made.observe(EXCHANGE._replace(elapsed=elapsed))
        counts = made.report(1.0, EPOCH + 1.0).lifetime
        exact = sorted(times)[max(1, -int(-len(times) * share // 1)) - 1]
        self.assertGreaterEqual(counts.within(share), exact)
        self.assertLessEqual(counts.within(share), exact * 1.0626)
        self.assertEqual(counts.within(1), max(times))
        self.assertAlmostEqual(counts.mean, sum(times) / len(times), places=6)

    def test_times_beyond_the_buckets_are_counted_all_the_same(self):
        made = traffic()
        for elapsed in (0.0, -1e-9, 1e-12, 5000.0):
            made.observe(EXCHANGE._replace(elapsed=elapsed))
        counts = made.report(1.0, EPOCH + 1.0).lifetime
        self.assertEqual((counts.exchanges, counts.longest, counts.within(1)), (4, 5000.0, 5000.0))
        self.assertLess(counts.within(0.75), 1e-6)

    def test_without_a_packet_there_is_no_time(self):
        self.assertEqual(quantile([0] * BUCKETS, 0.5, 0.0), 0.0)
        self.assertEqual(traffic().report(1.0, EPOCH + 1.0).lifetime.mean, 0.0)
