"""What a site's code answers later: what is waited for meanwhile, and how that ends."""

import threading

from twisted.internet.defer import Deferred, succeed
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from sdhcp import lending
from sdhcp.backends.code import InlineSource
from sdhcp.backends.site_code import SiteCode
from sdhcp.events import Dropped, HandlingFailed, HookFailed, HookSlow
from sdhcp.interfaces import IPacketFilter
from sdhcp.site_marks import inline, threaded
from sdhcp.wire.constants import DISCOVER, OFFER
from sdhcp.wire.message import encode

from .in_process import OTHER_MAC, STRANGER, served
from .samples import RELAY, message
from .scripted_world import ScriptedWorld


@implementer(IPacketFilter)
class Filter:
    """Says what it is told to say."""

    def __init__(self, say):
        self.say = say

    def admits(self, request):
        return self.say()


def discover(site, **fields):
    site.responder.receive([(encode(message(DISCOVER, giaddr=RELAY, **fields)), RELAY, 67)], site.local, site.late)


class SeveralTests(SynchronousTestCase):
    def test_a_client_is_waited_for_though_the_first_of_several_has_answered_at_once(self):
        answers = []

        def later():
            answers.append(Deferred())
            return answers[-1]

        site = ScriptedWorld(providers=(Filter(lambda: succeed(True)), Filter(later)))
        for _ in range(3):
            discover(site)
        self.assertEqual([event.reason for event in site.observed.of(Dropped)], ["pending", "pending"])
        self.assertEqual(len(answers), 1)
        answers[0].callback(True)
        self.assertEqual(served(site.late.replies), [OFFER])

    def test_no_more_clients_than_there_is_room_for_are_waited_for(self):
        self.patch(lending, "PENDING", 2)
        for first in (Filter(lambda: True), Filter(lambda: succeed(True))):
            site = ScriptedWorld(providers=(first, Filter(Deferred)))
            for number in range(5):
                discover(site, chaddr=bytes((2, 0, 0, 0, 0, number)))
            self.assertEqual([event.reason for event in site.observed.of(Dropped)], ["too-many-pending"] * 3)

    def test_of_whom_there_is_no_room_for_it_is_not_said_that_time_has_passed(self):
        self.patch(lending, "PENDING", 1)
        site = ScriptedWorld(hooks={"filterPacket": lambda *_: Deferred()})
        discover(site)
        discover(site, chaddr=OTHER_MAC)
        told = [event.problem for event in site.observed.of(HookFailed)]
        self.assertEqual([problem for problem in told if "within 4 s" in problem], [])


class ThreadTests(SynchronousTestCase):
    def test_a_deferred_that_comes_from_a_thread_is_told_at_once_with_what_to_do(self):
        def unknown(*_):
            return Deferred()

        site = ScriptedWorld(hooks={"handleUnknownMAC": unknown})
        self.addCleanup(site.site.stop)
        discover(site, chaddr=STRANGER)
        site.clock.run_one()
        (failed,) = site.observed.of(HookFailed)
        self.assertIn("@inline", failed.problem)
        self.assertEqual(site.outcomes(), ["hook-failed"])


class SlowTests(SynchronousTestCase):
    def test_a_coroutine_function_that_holds_the_thread_is_named_and_stays_where_it_is(self):
        async def slow(*_):
            site.clock.advance(2)
            return True

        def slow_too(*_):
            site.clock.advance(2)
            return succeed(True)

        for load in (slow, slow_too):
            site = ScriptedWorld(hooks={"loadDHCPPacket": load})
            for _ in range(2):
                discover(site)
            self.assertEqual(served(site.late.replies), [OFFER, OFFER])
            told = [(event.hook, event.moved, event.waits) for event in site.observed.of(HookSlow)]
            self.assertEqual(told, [("loadDHCPPacket", False, True)] * 2)


class EndTests(SynchronousTestCase):
    def test_what_is_under_way_when_the_server_ends_is_no_failure_of_the_sites(self):
        go = threading.Event()
        site = ScriptedWorld(hooks={"handleUnknownMAC": lambda *_: go.wait()})
        self.addCleanup(go.set)
        discover(site, chaddr=STRANGER)
        site.responder.stop()
        self.assertEqual((site.observed.of(HookFailed), site.outcomes()), ([], ["hook-failed"]))


class Stop(BaseException):
    """As the timeouts of some libraries are."""


class FaultTests(SynchronousTestCase):
    def test_whatever_is_raised_costs_its_own_reply_alone(self):
        def raises(*_):
            raise Stop("now")

        for name, mark in (
            ("filterPacket", inline),
            ("handleUnknownMAC", inline),
            ("loadDHCPPacket", inline),
            ("loadDHCPPacket", threaded),
        ):
            with self.subTest(name, mark=mark.__name__):
                site = ScriptedWorld(hooks={name: mark(raises)})
                self.addCleanup(site.site.stop)
                discover(site, **({"chaddr": STRANGER} if name == "handleUnknownMAC" else {}))
                if mark is threaded:
                    site.clock.run_one()
                self.assertIn("Stop: now", site.observed.of(HookFailed)[0].problem)
                self.assertEqual(site.outcomes(), ["hook-failed"])

    def test_that_of_an_inline_source_too(self):
        def look_up(key):
            if key == STRANGER.hex(":"):
                raise Stop("now")
            return {"ip": "10.77.1.50", "subnet": "10.77.1.0/24", "lease_time": 600}

        code = SiteCode(look_up, "look_up", "", lambda query: query.key)
        site = ScriptedWorld(source=InlineSource(code))
        discover(site, chaddr=STRANGER)
        discover(site)
        self.assertIn("Stop", site.observed.of(HandlingFailed)[0].problem)
        self.assertEqual(served(site.late.replies), [OFFER])
