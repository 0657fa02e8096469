"""Whether an address is in use: who is asked, whose answer counts, and what happens when nobody can be asked."""

import errno

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import CancelledError
from zope.interface.verify import verifyObject

from sdhcp.interfaces import NOT_PROBED, IProber, ISheds
from sdhcp.transport.outages import MOST, RETRY, Outages
from sdhcp.transport.prober import PENDING, TIMEOUT
from sdhcp.wire import arp, icmp

from .probing_world import CLIENT, HOST, IDENTIFIER, OWN, ProberCase, World
from .samples import ip

NEAR, NEIGHBOUR = ip("10.1.0.50"), ip("10.1.0.51")
FAR, BESIDE = ip("10.9.0.50"), ip("10.9.0.51")


class LinkTests(ProberCase):
    def test_keeps_what_is_promised(self):
        verifyObject(IProber, self.prober)
        verifyObject(ISheds, self.prober)

    def test_the_host_that_answers_is_named_at_once(self):
        answer = self.probe(NEAR, "eth0", client=CLIENT)
        self.assertEqual(self.world.asked(), [("eth0", NEAR)])
        self.assertEqual(answer, [])
        self.world.claim(NEAR)
        self.assertEqual(answer, [HOST])
        self.world.claim(NEAR, CLIENT)
        self.world.advance(TIMEOUT)
        self.assertEqual((answer, self.world.asked()), ([HOST], [("eth0", NEAR)]))

    def test_an_announcement_is_an_answer(self):
        answer = self.probe(NEAR, "eth0")
        frame = bytes(12) + b"\x08\x06" + arp.encode(arp.Arp(arp.REQUEST, HOST, NEAR, bytes(6), NEAR))
        self.world.arp.arrived.append((frame, ("eth0", 0x0806, 1, 1, HOST)))
        self.world.read()
        self.assertEqual(answer, [HOST])

    def test_where_nobody_answers_the_question_is_repeated_once_and_then_ends(self):
        answer = self.probe(NEAR, "eth0", 2.0)
        self.world.advance(1.0)
        self.assertEqual((answer, self.world.asked()), ([], [("eth0", NEAR)] * 2))
        self.world.advance(0.9)
        self.assertEqual(answer, [])
        self.world.advance(0.1)
        self.assertEqual((answer, self.world.asked()), ([None], [("eth0", NEAR)] * 2))
        self.assertEqual(self.prober.unprobed, 0)

    def test_answers_of_others_do_not_count(self):
        answer = self.probe(NEAR, "eth0", client=CLIENT)
        self.world.claim(NEIGHBOUR)
        self.world.claim(NEAR, link="eth1")
        self.world.claim(NEAR, OWN)
        self.world.claim(NEAR, CLIENT)
        self.world.claim(NEAR, operation=arp.REQUEST)
        self.world.claim(bytes(4))
        self.assertEqual(answer, [])
        self.world.claim(NEAR, HOST)
        self.assertEqual(answer, [HOST])

    def test_of_two_clients_that_are_to_get_an_address_each_is_no_conflict_with_itself_alone(self):
        first = self.probe(NEAR, "eth0", client=CLIENT)
        second = self.probe(NEAR, "eth0", client=HOST)
        self.world.claim(NEAR, CLIENT)
        self.assertEqual((first, second), ([], [CLIENT]))
        self.world.claim(NEAR, HOST)
        self.assertEqual((first, second), ([HOST], [CLIENT]))

    def test_without_an_interface_the_smallest_network_that_holds_the_address_is_asked(self):
        for text in ("10.1.0.9", "10.2.3.9", "10.2.9.9"):
            self.probe(ip(text))
        links = [("eth0", ip("10.1.0.9")), ("eth2", ip("10.2.3.9")), ("eth1", ip("10.2.9.9"))]
        self.assertEqual((self.world.asked(), self.world.echoes()), (links, []))

    def test_an_address_of_this_machine_is_in_use_and_nobody_is_asked(self):
        self.assertEqual(self.probe(ip("10.1.0.1"), "eth0", client=CLIENT), [OWN])
        self.assertEqual(self.probe(ip("10.8.0.1")), [b""])
        self.assertEqual((self.world.asked(), self.world.echoes()), ([], []))

    def test_questions_carry_the_tags_of_a_vlan(self):
        world = World(tags=((3, 0, 100),))
        world.run()
        world.prober.probe(NEAR, "eth0")
        ((frame, _),) = world.arp.sent
        self.assertEqual((frame[12:16], world.asked()), (b"\x81\x00\x60\x64", [("eth0", NEAR)]))

    @given(st.binary(max_size=80))
    def test_what_is_no_packet_is_passed_over(self, octets):
        self.world.noise(octets)
        self.assertEqual(len(self.world.readers), 2)


class EchoTests(ProberCase):
    def ask(self):
        answer = self.probe(FAR)
        ((address, sequence),) = self.world.echoes()[-1:]
        self.assertEqual((address, self.world.asked()), (FAR, []))
        return answer, sequence

    def test_behind_a_router_an_echo_tells_that_somebody_is_there(self):
        for whole in (True, False):
            self.world = World(whole)
            self.prober = self.world.prober
            self.world.run()
            answer, sequence = self.ask()
            self.world.echo(FAR, sequence)
            self.assertEqual(answer, [b""])

    def test_a_link_that_knows_no_arp_is_asked_by_echo_too(self):
        self.probe(ip("10.8.0.9"), "tun0")
        self.probe(ip("10.8.0.9"))
        self.assertEqual([address for address, _ in self.world.echoes()], [ip("10.8.0.9")] * 2)

    def test_echoes_of_other_questions_do_not_count(self):
        answer, sequence = self.ask()
        self.world.echo(BESIDE, sequence)
        self.world.echo(FAR, (sequence + 1) % 65536)
        self.world.echo(FAR, sequence, IDENTIFIER + 1)
        self.world.echo(FAR, sequence, kind=icmp.ECHO)
        self.world.echo(FAR, sequence, data=b"another ping")
        self.world.advance(TIMEOUT / 2)
        self.assertEqual(answer, [])
        self.assertEqual(self.world.echoes(), [(FAR, sequence)] * 2)
        self.world.advance(TIMEOUT / 2)
        self.assertEqual(answer, [None])
        self.world.echo(FAR, sequence)
        self.assertEqual(answer, [None])

    def test_every_question_has_a_number_of_its_own(self):
        for _ in range(PENDING):
            self.probe(FAR)
        self.assertEqual(len({sequence for _, sequence in self.world.echoes()}), PENDING)


class ManyTests(ProberCase):
    def test_more_than_can_be_kept_are_not_probed_and_counted(self):
        waiting = [self.probe(number.to_bytes(4, "big"), "eth0") for number in range(PENDING)]
        self.assertEqual(self.probe(NEAR, "eth0"), [NOT_PROBED])
        self.assertEqual(self.probe(FAR), [NOT_PROBED])
        self.assertEqual([times for _, times in self.prober.shed()], [2])
        self.assertEqual(self.prober.unprobed, 2)
        self.world.claim((7).to_bytes(4, "big"))
        self.assertEqual([answer for answer in waiting if answer], [[HOST]])
        answer = self.probe(NEAR, "eth0")
        self.world.claim(NEAR)
        self.assertEqual(answer, [HOST])
        self.world.advance(TIMEOUT / 2)
        self.world.advance(TIMEOUT / 2)
        self.assertEqual(sum(answer == [None] for answer in waiting), PENDING - 1)

    def test_many_that_are_answered_at_once_leave_one_timer_and_no_trace(self):
        slow = self.probe(NEIGHBOUR, "eth0")
        for _ in range(3 * PENDING):
            answer = self.probe(NEAR, "eth0")
            self.world.claim(NEAR)
            self.assertEqual(answer, [HOST])
        self.assertEqual(len(self.world.getDelayedCalls()), 1)
        self.assertEqual((slow, [times for _, times in self.prober.shed()]), ([], [0]))

    def test_a_shorter_time_ends_before_a_longer_one_that_began_first(self):
        slow, quick = self.probe(NEAR, "eth0", 10.0), self.probe(NEIGHBOUR, "eth0", 0.2)
        self.world.pump([0.1, 0.1])
        self.assertEqual((slow, quick), ([], [None]))

    def test_one_that_is_cancelled_is_asked_no_more_and_gives_its_place_back(self):
        asked = [self.prober.probe(NEAR, "eth0") for _ in range(PENDING)]
        asked[0].cancel()
        self.failureResultOf(asked[0], CancelledError)
        self.assertEqual(self.probe(NEIGHBOUR, "eth0"), [])
        for one in asked[1:]:
            one.cancel()
            self.failureResultOf(one, CancelledError)
        before = len(self.world.asked())
        self.world.advance(TIMEOUT / 2)
        self.assertEqual(self.world.asked()[before:], [("eth0", NEIGHBOUR)])
        self.world.claim(NEAR)

    def test_what_answers_are_used_for_may_ask_again(self):
        answers = []
        first = self.prober.probe(NEAR, "eth0")
        first.addCallback(lambda _: self.prober.probe(NEAR, "eth0").addCallback(answers.append))
        self.world.claim(NEAR)
        self.assertEqual(answers, [])
        self.world.claim(NEAR)
        self.assertEqual(answers, [HOST])


class TroubleTests(ProberCase):
    def test_a_link_that_fails_is_told_once_left_alone_and_told_when_it_is_back(self):
        self.world.arp.code = errno.ENETDOWN
        for _ in range(3):
            self.assertEqual(self.probe(NEAR, "eth0"), [NOT_PROBED])
        self.world.advance(RETRY)
        self.assertEqual(self.probe(NEAR, "eth0"), [NOT_PROBED])
        (event,) = self.world.told
        self.assertEqual((event.level, "eth0" in event.text, "is down" in event.text), ("ERROR", True, True))
        self.world.arp.code = 0
        self.assertEqual(self.probe(NEAR, "eth0"), [NOT_PROBED])
        other = self.probe(ip("10.2.3.9"), "eth1")
        self.world.advance(RETRY)
        answer = self.probe(NEAR, "eth0")
        self.world.claim(NEAR)
        self.assertEqual((answer, other, self.prober.unprobed), ([HOST], [None], 5))
        self.assertEqual([event.level for event in self.world.told], ["ERROR", "WARN"])
        self.probe(NEAR, "eth0")
        self.assertEqual(len(self.world.told), 2)

    def test_a_link_that_fails_between_question_and_repetition_was_not_probed(self):
        answer = self.probe(NEAR, "eth0")
        self.world.arp.code = errno.ENETDOWN
        self.world.advance(TIMEOUT / 2)
        self.assertEqual(answer, [NOT_PROBED])

    def test_an_interface_that_is_gone_is_named(self):
        del self.world.kinds["eth0"]
        self.world.advance(RETRY)
        self.assertEqual(self.probe(NEAR, "eth0"), [NOT_PROBED])
        self.assertEqual(self.world.texts(), ["addresses on eth0 are not probed: there is no such interface"])

    def test_a_queue_that_is_full_is_no_trouble_of_the_link(self):
        self.world.arp.code = self.world.icmp.code = errno.ENOBUFS
        self.assertEqual((self.probe(NEAR, "eth0"), self.probe(FAR)), ([NOT_PROBED], [NOT_PROBED]))
        self.world.arp.code = self.world.icmp.code = 0
        self.assertEqual((self.probe(NEAR, "eth0"), self.probe(FAR)), ([], []))
        self.assertEqual(self.world.told, [])

    def test_a_network_that_cannot_be_reached_costs_other_networks_nothing(self):
        self.world.icmp.code = errno.ENETUNREACH
        self.assertEqual((self.probe(FAR), self.probe(BESIDE)), ([NOT_PROBED], [NOT_PROBED]))
        (text,) = self.world.texts()
        self.assertIn("10.9.0.0/24", text)
        self.assertIn("route", text)
        self.world.icmp.code = 0
        self.assertEqual(self.probe(ip("10.7.0.1")), [])
        self.world.advance(RETRY)
        self.assertEqual(self.probe(FAR), [])
        self.assertEqual(len(self.world.told), 2)

    def test_missing_privileges_are_told_once_and_what_is_granted_later_serves(self):
        world = self.world = World()
        self.prober = world.prober
        world.refusal = errno.EPERM
        world.run()
        self.assertEqual(["CAP_NET_RAW" in text for text in world.texts()], [True, True])
        for _ in range(3):
            world.advance(RETRY)
            self.assertEqual((self.probe(NEAR, "eth0"), self.probe(FAR)), ([NOT_PROBED], [NOT_PROBED]))
        self.assertEqual(len(world.told), 2)
        world.refusal = 0
        world.advance(RETRY)
        answer = self.probe(NEAR, "eth0")
        world.claim(NEAR)
        self.assertEqual((answer, self.probe(FAR)), ([HOST], []))
        self.assertEqual([event.level for event in world.told], ["ERROR", "ERROR", "WARN", "WARN"])

    def test_what_else_keeps_a_socket_from_being_opened_is_told_in_the_systems_words(self):
        world = World()
        world.refusal = errno.EMFILE
        world.run()
        self.assertEqual(["Too many open files" in text for text in world.texts()], [True, True])

    def test_while_the_kernel_does_not_tell_its_addresses_what_it_told_before_counts(self):
        self.probe(NEAR)
        self.world.silent = True
        self.world.advance(RETRY)
        self.probe(NEIGHBOUR)
        self.assertEqual(self.world.asked()[-1], ("eth0", NEIGHBOUR))

    def test_a_socket_that_cannot_be_read_is_opened_anew(self):
        before = self.world.arp
        before.code = errno.EBADF
        self.world.read()
        self.assertTrue(before.closed)
        self.assertIn("by ARP", self.world.texts()[0])
        self.world.advance(RETRY)
        answer = self.probe(NEAR, "eth0")
        self.world.claim(NEAR)
        self.assertEqual((answer, len(self.world.told)), ([HOST], 2))

    def test_a_link_that_goes_down_is_no_reason_to_close_the_socket(self):
        self.world.arp.code = errno.ENETDOWN
        self.world.read()
        self.assertEqual((self.world.arp.closed, self.world.told), (False, []))

    def test_before_the_start_and_after_the_end_nothing_is_probed(self):
        self.prober = World().prober
        self.assertEqual(self.probe(NEAR, "eth0"), [NOT_PROBED])
        self.prober = self.world.prober
        answers = self.probe(NEAR, "eth0"), self.probe(FAR)
        self.prober.stop()
        self.assertEqual(answers, ([NOT_PROBED], [NOT_PROBED]))
        self.assertEqual(self.probe(NEAR, "eth0"), [NOT_PROBED])
        self.assertEqual((self.world.arp.closed, self.world.icmp.closed, self.world.readers), (True, True, []))

    def test_what_is_known_of_failed_ways_does_not_grow_without_end(self):
        outages = Outages(self.world.seconds, self.world.told.append)
        for number in range(MOST + 10):
            outages.failed(f"eth{number}", "down")
        self.assertEqual(sum(outages.off(f"eth{number}") for number in range(MOST + 10)), MOST)
