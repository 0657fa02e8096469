"""The responder: sources that fail, wait or wake, clients that are not heard, what is told once."""

from dataclasses import replace

from twisted.internet.defer import Deferred, fail, succeed
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from sdhcp import interfaces
from sdhcp.backends.memory import MemorySource
from sdhcp.engine.policy import Policy
from sdhcp.events import (
    Ambiguous,
    Blocked,
    Dropped,
    Exchange,
    HandlingFailed,
    OffLink,
    Shed,
    SourceFailed,
    SourceRecovered,
)
from sdhcp.interfaces import (
    UNKNOWN,
    BadReservation,
    IConfirms,
    IDefinitionSource,
    IHealth,
    IPeekable,
    IRefreshable,
    SourceError,
)
from sdhcp.lookups import DEADLINE, PENDING
from sdhcp.responder import QUIET, WINDOW
from sdhcp.wire import constants as c
from sdhcp.wire import describe

from .in_process import LOCAL_MAC, OTHER_MAC, POLICY, STRANGER, World
from .samples import ADDRESS, MAC, OTHER, RELAY, SERVER, definition, ip

SELECT = {c.SERVER_IDENTIFIER: SERVER, c.REQUESTED_ADDRESS: ADDRESS}


@implementer(IDefinitionSource, IPeekable, IHealth)
class Moody:
    """A source that answers, or raises, what it is told to."""

    name = "moody"

    def __init__(self, answer=None):
        self.answer = answer
        self.ill = ""

    def peek(self, query):
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def lookup(self, query):
        return succeed(self.answer)

    def problem(self):
        return self.ill


@implementer(IRefreshable)
class Told(Moody):
    """One that hears of what is changed: what is changed is to be looked up."""

    def refresh(self):
        pass

    def settle(self):
        pass

    def peek_refreshed(self, query):
        return self.peek(query)


@implementer(IConfirms)
class Confirming(Told):
    """One that can be asked whether it has heard of all changes."""

    def __init__(self, answer):
        super().__init__(answer)
        self.wanted = []

    def confirm(self, heard):
        self.wanted.append(heard)
        return True


@implementer(IDefinitionSource)
class Slow:
    """A source whose answers come when the test fires them."""

    name = "slow"

    def __init__(self):
        self.asked = []

    def lookup(self, query):
        self.asked.append(Deferred())
        return self.asked[-1]


class SourceTests(SynchronousTestCase):
    def test_a_source_that_fails_is_told_once_and_met_with_silence(self):
        source = Moody(definition())
        world = World(source=source)
        source.answer = SourceError("it is away", "bring it back")
        for _ in range(5):
            self.assertIsNone(world.ask(c.DISCOVER))
            self.assertIsNone(world.ask(c.REQUEST, SELECT))
            self.assertIsNone(world.ask_directly(c.REQUEST, ciaddr=OTHER, local=world.local))
        told = world.observed.of(SourceFailed)
        self.assertEqual([(event.problem, event.advice) for event in told], [("it is away", "bring it back")])
        source.answer = definition()
        world.clock.advance(7)
        self.assertEqual(world.ask(c.DISCOVER).message.yiaddr, ADDRESS)
        self.assertEqual([event.seconds for event in world.observed.of(SourceRecovered)], [7])

    def test_an_answer_from_memory_does_not_make_an_ill_source_well(self):
        source = Moody(SourceError("it is away"))
        world = World(source=source)
        world.ask(c.DISCOVER)
        source.answer, source.ill = definition(), "it is away"
        self.assertEqual(world.ask(c.DISCOVER).message.yiaddr, ADDRESS)
        self.assertEqual(world.observed.of(SourceRecovered), [])
        source.ill = ""
        world.responder.source_health.watch()
        self.assertEqual(len(world.observed.of(SourceRecovered)), 1)

    def test_an_illness_shows_though_no_packet_comes(self):
        source = Moody()
        world = World(source=source)
        world.responder.source_health.watch()
        source.ill = "the file is gone"
        world.responder.source_health.watch()
        world.responder.source_health.watch()
        self.assertEqual([event.problem for event in world.observed.of(SourceFailed)], ["the file is gone"])

    def test_a_source_without_health_needs_no_watching(self):
        world = World()
        world.responder.source_health.watch()
        self.assertEqual(world.observed.of(SourceFailed), [])

    def test_a_reservation_that_is_not_in_order_is_told_once_for_each_client(self):
        source = Moody(BadReservation("ip: nonsense"))
        world = World(source=source)
        for mac in (MAC, OTHER_MAC, MAC, OTHER_MAC):
            self.assertIsNone(world.ask(c.DISCOVER, chaddr=mac))
        self.assertEqual(len(world.observed.of(SourceFailed)), 2)
        source.answer = BadReservation("ip: other nonsense")
        world.ask(c.DISCOVER)
        self.assertEqual(len(world.observed.of(SourceFailed)), 3)

    def test_a_fault_in_a_source_costs_one_packet(self):
        source = Moody(ZeroDivisionError("a bug"))
        world = World(source=source)
        self.assertIsNone(world.ask(c.DISCOVER))
        (failed,) = world.observed.of(HandlingFailed)
        self.assertIn("a bug", failed.trace)
        source.answer = definition()
        self.assertEqual(world.ask(c.DISCOVER).message.yiaddr, ADDRESS)


class LookupTests(SynchronousTestCase):
    def setUp(self):
        self.source = Slow()
        self.world = World(source=self.source)

    def outcomes(self):
        return [event.outcome for event in self.world.observed.of(Exchange)]

    def test_the_answer_goes_out_when_it_comes(self):
        self.assertIsNone(self.world.ask(c.DISCOVER))
        self.source.asked[0].callback(definition())
        self.assertEqual(self.outcomes(), ["offered"])

    def test_a_client_that_asks_again_meanwhile_is_looked_up_once(self):
        for _ in range(3):
            self.world.ask(c.DISCOVER)
        self.assertEqual(len(self.source.asked), 1)
        self.assertEqual([event.reason for event in self.world.observed.of(Dropped)], ["lookup-pending"] * 2)
        self.source.asked[0].callback(None)
        self.world.ask(c.DISCOVER)
        self.assertEqual(len(self.source.asked), 2)

    def test_an_answer_that_comes_too_late_is_not_sent(self):
        self.world.ask(c.REQUEST, SELECT)
        self.world.clock.advance(DEADLINE + 0.1)
        self.assertEqual(self.outcomes(), ["source-unavailable"])
        self.source.asked[0].callback(definition())
        self.assertEqual(self.outcomes(), ["source-unavailable"])
        self.world.responder.tell_what_was_shed()
        self.assertIn("too late", self.world.observed.of(Shed)[0].what)

    def test_a_lookup_that_fails_never_ends_in_a_nak(self):
        for error in (SourceError("away"), ZeroDivisionError("a bug")):
            self.world.ask(c.REQUEST, SELECT)
            self.source.asked[-1].errback(error)
        self.assertEqual(self.outcomes(), ["source-unavailable"] * 2)
        self.world.ask(c.DISCOVER)
        self.source.asked[-1].callback(definition())
        self.assertEqual(len(self.world.observed.of(SourceRecovered)), 1)

    def test_no_more_lookups_at_a_time_than_there_is_room_for(self):
        for number in range(PENDING + 5):
            self.world.ask(c.DISCOVER, chaddr=number.to_bytes(6, "big"))
        self.assertEqual(len(self.source.asked), PENDING)
        self.assertEqual([event.reason for event in self.world.observed.of(Dropped)], ["too-many-lookups"] * 5)
        for _ in range(2):
            self.world.responder.tell_what_was_shed()
        self.assertEqual([event.times for event in self.world.observed.of(Shed)], [5])

    def test_what_a_lookup_brings_may_be_wrong_altogether(self):
        self.world.ask(c.DISCOVER)
        self.source.asked[0].callback(["no definition"])
        self.assertEqual(len(self.world.observed.of(HandlingFailed)), 1)

    def test_a_source_that_raises_instead(self):
        self.source.lookup = lambda query: fail(SourceError("away"))
        self.assertIsNone(self.world.ask(c.DISCOVER))
        self.assertEqual(len(self.world.observed.of(SourceFailed)), 1)

    def test_a_source_that_can_sometimes_tell_at_once(self):
        source = Moody(UNKNOWN)
        source.lookup = lambda query: succeed(definition())
        sent = World(source=source).ask(c.DISCOVER)
        self.assertEqual(sent.message.yiaddr, ADDRESS)
        self.assertTrue(interfaces.IPeekable.providedBy(source))


class ConfirmTests(SynchronousTestCase):
    def test_a_packet_waits_until_its_source_has_heard_of_what_came_before_it(self):
        source = Confirming(definition())
        world = World(source=source)
        self.assertIsNone(world.ask(c.DISCOVER))
        source.answer = definition(ip=OTHER)
        source.wanted.pop()()
        self.assertEqual(
            [(event.outcome, event.definition.ip) for event in world.observed.of(Exchange)], [("offered", OTHER)]
        )

    def test_nobody_waits_while_many_ask(self):
        source = Confirming(definition())
        world = World(source=source)
        for _ in range(QUIET):
            world.ask(c.DISCOVER)
        self.assertEqual(len(source.wanted), QUIET)
        self.assertIsNotNone(world.ask(c.DISCOVER))
        # Nor at the beginning of the next moment, as long as that goes on.
        world.clock.advance(WINDOW)
        self.assertIsNotNone(world.ask(c.DISCOVER))
        world.clock.advance(2 * WINDOW)
        world.ask(c.DISCOVER)
        self.assertEqual(len(source.wanted), QUIET + 1)


class BlockTests(SynchronousTestCase):
    blocking = replace(POLICY, unauthorized_timeout=60)

    def test_a_stranger_is_not_heard_for_a_while(self):
        world = World(policy=self.blocking)
        for _ in range(3):
            self.assertIsNone(world.ask(c.DISCOVER, chaddr=STRANGER))
        self.assertEqual([event.seconds for event in world.observed.of(Blocked)], [60])
        self.assertEqual(len(world.observed.of(Dropped)), 2)
        world.clock.advance(61)
        world.ask(c.DISCOVER, chaddr=STRANGER)
        self.assertEqual(len(world.observed.of(Blocked)), 2)

    def test_a_stranger_that_is_entered_meanwhile_is_served_at_once(self):
        source = Moody(None)
        world = World(policy=self.blocking, source=source)
        self.assertIsNone(world.ask(c.DISCOVER))
        self.assertIsNone(world.ask(c.DISCOVER))
        source.answer = SourceError("away")
        self.assertIsNone(world.ask(c.DISCOVER))
        source.answer = definition()
        self.assertEqual(world.ask(c.DISCOVER).message.yiaddr, ADDRESS)
        self.assertEqual(world.ask(c.DISCOVER).message.yiaddr, ADDRESS)

    def test_a_stranger_that_a_source_has_heard_of_is_looked_up_though_blocked(self):
        source = Told(None)
        world = World(policy=self.blocking, source=source)
        self.assertIsNone(world.ask(c.DISCOVER))
        self.assertIsNone(world.ask(c.DISCOVER))
        source.answer = UNKNOWN
        source.lookup = lambda query: succeed(definition())
        self.assertEqual(world.ask(c.DISCOVER).message.yiaddr, ADDRESS)

    def test_a_stranger_of_a_source_that_must_ask_for_each_packet_stays_blocked(self):
        source = Slow()
        world = World(policy=self.blocking, source=source)
        world.ask(c.DISCOVER)
        source.asked[0].callback(None)
        world.ask(c.DISCOVER)
        self.assertEqual(len(source.asked), 1)

    def test_a_client_that_asks_too_often_is_suspended_known_or_not(self):
        world = World(policy=replace(POLICY, suspend=True, suspend_threshold=5, misbehaving_timeout=150))
        answers = [world.ask(c.DISCOVER) for _ in range(20)]
        self.assertEqual(sum(answer is not None for answer in answers), 5)
        self.assertEqual(world.ask(c.DISCOVER, chaddr=OTHER_MAC).message.yiaddr, OTHER)
        world.clock.advance(151)
        self.assertIsNotNone(world.ask(c.DISCOVER))


class ProxyTests(SynchronousTestCase):
    def test_a_stranger_is_refused_nothing_there(self):
        legacy = replace(POLICY, authoritative=True, legacy_nak_unknown_discover=True)
        world = World(policy=legacy)
        self.assertEqual(world.ask(c.DISCOVER, chaddr=STRANGER).message.message_type, c.NAK)
        proxy = world.local._replace(is_proxy=True, port=4011)
        for kind in (c.DISCOVER, c.REQUEST):
            self.assertIsNone(world.ask_directly(kind, {60: b"PXEClient"}, local=proxy, chaddr=STRANGER))


class IdentifierTests(SynchronousTestCase):
    """Clients without a hardware address, told apart by what they call themselves."""

    def test_a_long_identifier_costs_no_more_memory_nor_log_than_a_short_one(self):
        world = World(policy=Policy(allow_relays=True, unauthorized_timeout=60))
        names = [bytes([number]) * 7000 for number in range(20)]
        for name in names:
            self.assertIsNone(world.ask(c.DISCOVER, {61: name}, hlen=0, chaddr=b""))
        told = [event.mac for event in world.observed.of(Exchange)]
        self.assertEqual(len(set(told)), 20)
        self.assertLessEqual(max(map(len, told)), 32)
        self.assertLess(max(len(describe.hardware(mac)) for mac in told), 100)
        # Each of them is blocked by itself.
        world.ask(c.DISCOVER, {61: names[0]}, hlen=0, chaddr=b"")
        self.assertEqual([event.reason for event in world.observed.of(Dropped)], ["blocked"])


class PassingTroubleTests(SynchronousTestCase):
    def test_what_is_over_in_a_moment_is_nobodys_business(self):
        source = Moody()
        world = World(source=source)
        for _ in range(30):
            source.answer = SourceError("locked by another program", "wait", True)
            self.assertIsNone(world.ask(c.DISCOVER))
            world.clock.advance(0.1)
            source.answer = definition()
            self.assertEqual(world.ask(c.DISCOVER).message.yiaddr, ADDRESS)
        self.assertEqual(world.observed.of(SourceFailed) + world.observed.of(SourceRecovered), [])

    def test_what_lasts_is_told_once_and_once_when_it_is_over(self):
        source = Moody(SourceError("locked by another program", "wait", True))
        world = World(source=source)
        for _ in range(30):
            self.assertIsNone(world.ask(c.DISCOVER))
            world.clock.advance(0.1)
        source.answer = definition()
        world.ask(c.DISCOVER)
        self.assertEqual([event.problem for event in world.observed.of(SourceFailed)], ["locked by another program"])
        self.assertEqual([round(event.seconds) for event in world.observed.of(SourceRecovered)], [3])


class OffLinkTests(SynchronousTestCase):
    def test_a_mismatch_is_told_once_for_each_client_and_link(self):
        for policy, served in ((POLICY, False), (replace(POLICY, link_check=False), True)):
            world = World(policy=policy)
            for _ in range(3):
                self.assertEqual(world.ask_directly(c.DISCOVER) is not None, served)
            (told,) = world.observed.of(OffLink)
            self.assertEqual((told.mac, told.address, told.link, told.withheld), (MAC, ADDRESS, SERVER, not served))
            world.ask(c.DISCOVER, giaddr=ip("10.78.0.1"))
            self.assertEqual(len(world.observed.of(OffLink)), 2)
            world.ask(c.DISCOVER, chaddr=LOCAL_MAC, giaddr=RELAY)
            self.assertEqual(len(world.observed.of(OffLink)), 3)

    def test_several_reservations_for_one_link_are_told_once_and_the_first_counts(self):
        both = [definition(), definition(ip=OTHER), definition(ip=ip("10.78.0.5"), subnet="10.78.0.0/24")]
        world = World(source=MemorySource({MAC: both}))
        for _ in range(3):
            self.assertEqual(world.ask(c.DISCOVER).message.yiaddr, ADDRESS)
            self.assertEqual(world.ask(c.DISCOVER, giaddr=ip("10.78.0.1")).message.yiaddr, ip("10.78.0.5"))
        self.assertEqual([event.addresses for event in world.observed.of(Ambiguous)], [(ADDRESS, OTHER)])

    def test_an_inform_is_answered_with_what_its_own_subnet_says(self):
        world = World(policy=replace(POLICY, link_check=False), source=MemorySource({MAC: definition()}))
        reply = world.ask_directly(c.INFORM, ciaddr=ip("10.5.5.5"), source="10.5.5.5")
        self.assertEqual(reply.message.message_type, c.ACK)
        strict = World(source=MemorySource({MAC: definition()}))
        self.assertIsNone(strict.ask_directly(c.INFORM, ciaddr=ip("10.5.5.5"), source="10.5.5.5"))
