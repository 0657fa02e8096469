"""DHCP servers that nobody has put there: what is heard of them, what is told, and what an attacker can do to that."""

import errno
import os

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.task import Clock
from twisted.logger import Logger, formatEvent
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from sdhcp.alerts.book import AlertBook
from sdhcp.config.settings import ListenSettings
from sdhcp.events import ForeignServer, ForeignServerSilent, ServerHeard, ServerMessage, Shed
from sdhcp.interfaces import IEventObserver, ISheds
from sdhcp.logs import EventLog
from sdhcp.publisher import Publisher
from sdhcp.rogue_watch import MISSED, TELL_LOST, RogueWatch
from sdhcp.rogues import AGAIN, MOST, ForeignServers
from sdhcp.transport.foreign_answers import RATE, AnswerSystem, ForeignAnswers
from sdhcp.transport.interfaces import ETHERNET, InterfaceAddress
from sdhcp.transport.probe_sockets import ProbeSocket
from sdhcp.web.troubles import Troubles
from sdhcp.wire import constants as c
from sdhcp.wire.frame import datagram, udp_frame
from sdhcp.wire.message import decode, encode

from .in_process import Observed
from .in_process import World as Answering
from .probing_world import OWN, FakeSocket
from .samples import ADDRESS, MAC, ip, message
from .test_alerts_book import Sink
from .test_config import ConfigCase

ROGUE, ITS_MAC = ip("10.1.0.9"), bytes.fromhex("02000000bad1")
PEER, HERE, BESIDE = ip("10.1.0.2"), ip("10.1.0.1"), ip("10.5.0.1")
SILENCE = 600.0


class World(Clock):
    """A server on eth0, on a machine that is on eth1 too, with all that hears of foreign servers; also the reactor."""

    def __init__(self, qtags=()):
        super().__init__()
        self.readers, self.told, self.lines, self.socket, self.refusal = [], [], [], FakeSocket(), 0
        publisher = Publisher(self.seconds)
        publisher.add(self)
        self.publish = publisher.publish
        known = frozenset((PEER, HERE))
        settings = ListenSettings(addresses=(HERE,), qtags=qtags)
        self.system = AnswerSystem(self.addresses, lambda name: (ETHERNET, OWN), self.opened)
        self.answers = ForeignAnswers(settings, known, self, self.seconds, self.publish, self.system)
        self.servers = ForeignServers(known, self.answers.is_own, SILENCE, self.publish)
        self.sink, self.troubles = Sink(), Troubles(self.seconds)
        self.book = AlertBook([self.sink], self.seconds, "t")
        log = EventLog(Logger("sdhcp", observer=lambda event: self.lines.append(formatEvent(event))), "INFO", self)
        for observer in (self.servers, self.book, self.troubles, log):
            publisher.add(observer)
        self.answers.open()
        self.answers.start()

    def wants(self, kind):
        return True

    def observe(self, event):
        self.told.append(event)

    def addReader(self, reader):
        self.readers.append(reader)

    def removeReader(self, reader):
        if reader in self.readers:
            self.readers.remove(reader)

    def opened(self, port):
        if self.refusal:
            raise OSError(self.refusal, os.strerror(self.refusal))
        self.socket = FakeSocket()
        return ProbeSocket(self.socket)

    @staticmethod
    def addresses():
        return [InterfaceAddress(HERE, 24, "eth0", 2), InterfaceAddress(BESIDE, 24, "eth1", 3)]

    def pass_on(self, seconds):
        for _ in range(int(seconds)):
            self.advance(1)
            self.servers.watch(self.seconds())
            self.book.watch(self.seconds())

    def octets(self, packet, link="eth0", hardware=ITS_MAC, kind=1):
        self.socket.arrived.append((packet, (link, 0x0800, kind, 1, hardware)))
        for reader in list(self.readers):
            reader.doRead()

    def answer(self, kind=c.OFFER, server=ROGUE, source=None, where=("eth0", ITS_MAC, 1), **fields):
        """Somebody answers a client."""
        options = {54: server} if server else {}
        fields = {"op": 2, "yiaddr": ADDRESS, **fields}
        data = encode(message(kind, options, **fields))
        source = source or server
        self.octets(udp_frame(OWN, OWN, source, 67, c.BROADCAST_ADDRESS, 68, data)[14:], where[0], *where[1:])

    def named(self, server=ROGUE, giaddr=bytes(4)):
        """A client chooses another server."""
        now = self.seconds()
        self.publish(ServerHeard(now, server, b"", b"", "eth0", giaddr, "REQUEST", ADDRESS, MAC))

    def of(self, kind):
        return [event for event in self.told if isinstance(event, kind)]

    def stages(self):
        return [alert.stage for alert in self.sink.alerts]

    def shown(self):
        return [one.text for one in self.troubles.newest_first()]


class RogueCase(SynchronousTestCase):
    def setUp(self):
        self.world = World()


class OneTroubleTests(RogueCase):
    def test_keeps_what_is_promised(self):
        verifyObject(IEventObserver, self.world.servers)
        verifyObject(ISheds, self.world.servers)
        verifyObject(ISheds, self.world.answers)

    def test_it_is_one_alert_one_line_and_one_trouble_when_it_begins_and_when_it_has_ended(self):
        world = self.world
        for _ in range(300):
            world.answer()
            world.answer(c.ACK)
            world.answer(c.NAK, yiaddr=bytes(4))
            world.answer(None, server=b"", source=ROGUE)
            world.named()
            world.pass_on(2)
        self.assertEqual((world.stages(), len(world.lines), len(world.shown())), (["begun"], 1, 1))
        (line,) = world.lines
        for part in ("10.1.0.9", ITS_MAC.hex(":"), "eth0", "offered 10.77.1.50", MAC.hex(":"), "KNOWN_SERVERS"):
            self.assertIn(part, line)
        world.pass_on(SILENCE)
        self.assertEqual((world.stages(), world.shown()), (["begun", "over"], []))
        self.assertIn("10.1.0.9 on eth0 is silent for 600 s; it was heard of 1500 times in 598 s", world.lines[-1])
        self.assertEqual(len(world.lines), 2)
        self.assertEqual(len({alert.trouble for alert in world.sink.alerts}), 1)
        self.assertEqual({alert.kind for alert in world.sink.alerts}, {"rogue"})

    def test_one_that_only_clients_tell_of_is_told_once_more_when_it_is_known_where_it_is(self):
        world = self.world
        world.named(giaddr=ip("10.9.0.1"))
        (line,) = world.lines
        self.assertIn("10.1.0.9 (named by a client on eth0 behind relay agent 10.9.0.1)", line)
        self.assertIn(f"{MAC.hex(':')} wants 10.77.1.50 from it", line)
        for _ in range(2):
            world.answer(source=ip("10.1.0.8"))
            world.named()
        self.assertEqual((len(world.lines), world.stages()), (2, ["begun"]))
        self.assertIn(f"at {ITS_MAC.hex(':')} 10.1.0.8 on eth0", world.lines[1])
        world.pass_on(AGAIN)
        world.named()
        # What an answer told of where it is stays.
        self.assertEqual(world.of(ForeignServer)[-1].heard.hardware, ITS_MAC)
        self.assertEqual([event.times for event in world.of(ForeignServer)], [1, 1, 4])

    def test_what_it_did_is_told_in_words(self):
        for kind, fields, words in (
            (c.NAK, {}, f"refused {MAC.hex(':')} an address"),
            (c.ACK, {}, f"gave 10.77.1.50 to {MAC.hex(':')}"),
            (c.OFFER, {"yiaddr": bytes(4)}, f"offered no address to {MAC.hex(':')}"),
        ):
            self.setUp()
            self.world.answer(kind, **fields)
            self.assertIn(words, self.world.lines[0])
            self.assertIn(words, self.world.sink.alerts[0].what)
            self.assertIn(words, self.world.shown()[0])

    def test_servers_that_are_known_and_this_machine_itself_are_none(self):
        world = self.world
        world.answer(server=PEER)
        world.answer(server=ROGUE, source=PEER)
        world.answer(server=HERE, source=ip("10.1.0.77"))
        world.answer(server=BESIDE)
        world.answer(where=("eth0", OWN, 1))
        for server in (PEER, HERE, BESIDE, bytes(4), b"\xff" * 4, ip("127.0.0.1"), b"\1\2"):
            world.named(server)
        self.assertEqual((world.of(ForeignServer), world.lines), ([], []))

    def test_what_is_no_answer_on_a_link_that_is_served_tells_nothing(self):
        world = self.world
        world.answer(where=("eth1", ITS_MAC, 1))
        world.answer(where=("eth0", ITS_MAC, 3))
        world.answer(op=1)
        world.answer(c.DISCOVER)
        self.assertEqual(world.of(ServerHeard), [])
        self.world = World(qtags=((0, 0, 7),))
        self.world.answer(where=("eth0", ITS_MAC, 3))
        self.assertEqual(len(self.world.of(ForeignServer)), 1)

    @given(st.binary(max_size=400))
    def test_no_octets_do_any_harm(self, octets):
        self.world.octets(octets)
        self.world.octets(udp_frame(OWN, OWN, ROGUE, 67, bytes(4), 68, octets)[14:])
        self.assertEqual(self.world.of(ServerMessage), [])


class BoundTests(RogueCase):
    def test_whoever_makes_up_servers_makes_few_alerts_and_is_counted(self):
        for number in range(1000):
            self.world.named(bytes((10, 66, number >> 8, number & 255)))
        self.assertEqual(len(self.world.of(ForeignServer)), MOST)
        self.assertEqual([count for _, count in self.world.servers.shed()], [1000 - MOST])
        self.world.pass_on(SILENCE)
        self.assertEqual(len(self.world.of(ForeignServerSilent)), MOST)
        self.world.named()
        self.assertEqual(len(self.world.of(ForeignServer)), MOST + 1)

    def test_of_a_flood_of_answers_few_are_looked_at(self):
        for _ in range(3 * RATE):
            self.world.answer()
        self.assertEqual(len(self.world.of(ServerHeard)), RATE)
        self.assertEqual([count for _, count in self.world.answers.shed()], [2 * RATE])
        self.world.advance(1)
        self.world.answer()
        self.assertEqual(len(self.world.of(ServerHeard)), RATE + 1)


class QuestionTests(RogueCase):
    def asked(self):
        (octets, to) = self.world.socket.sent[-1]
        return octets, to

    def test_a_question_is_a_broadcast_of_a_client_that_nobody_is(self):
        self.world.answers.ask()
        octets, to = self.asked()
        sent = datagram(octets)
        question = decode(sent.data)
        self.assertEqual(to, ("eth0", 0x0800, 0, 0, b"\xff" * 6))
        self.assertEqual((sent.source, sent.source_port, sent.ip, sent.port), (bytes(4), 68, b"\xff" * 4, 67))
        self.assertEqual((question.message_type, question.flags), (c.DISCOVER, c.FLAG_BROADCAST))
        mac = question.hardware_address
        self.assertEqual(mac[0] & 3, 2)
        self.assertNotEqual(mac, OWN)
        self.world.answer(chaddr=mac)
        self.assertIn("offered 10.77.1.50 to this server, which asked", self.world.lines[0])
        self.world.answers.ask()
        again = decode(datagram(self.asked()[0]).data)
        self.assertEqual(again.hardware_address, mac)
        self.assertNotEqual(again.xid, question.xid)

    def test_a_question_has_the_tags_that_replies_have(self):
        self.world = World(qtags=((1, 0, 7), (0, 0, 9)))
        self.world.answers.ask()
        octets, to = self.asked()
        self.assertEqual((to[1], octets[:8].hex()), (0x8100, "2007810000090800"))

    def test_a_link_that_is_down_is_told_once_and_once_more_when_it_is_up(self):
        self.world.socket.code = errno.ENETDOWN
        for _ in range(5):
            self.world.answers.ask()
            self.world.advance(10)
        self.world.socket.code = 0
        self.world.answers.ask()
        down, up = (event.text for event in self.world.of(ServerMessage))
        self.assertIn("on eth0 are not asked", down)
        self.assertIn("on eth0 are asked again", up)


class SocketTests(RogueCase):
    def test_a_watch_without_its_privilege_is_told_once_and_begins_when_it_can(self):
        self.world.answers.stop()
        self.world.refusal = errno.EPERM
        self.world.answers.start()
        for _ in range(5):
            self.world.answers.look()
            self.world.answers.ask()
            self.world.advance(10)
        (message_,) = self.world.of(ServerMessage)
        self.assertIn("needs CAP_NET_RAW", message_.text)
        self.assertIn("ROGUE_WATCH = False", message_.text)
        self.world.refusal = 0
        self.world.answers.look()
        self.world.answer()
        self.assertEqual(len(self.world.of(ForeignServer)), 1)


class RequestTests(SynchronousTestCase):
    def heard(self, kind, options, **fields):
        world = Answering()
        self.assertIsNone(world.ask_directly(kind, options, **fields))
        return world.observed.of(ServerHeard)

    def test_a_client_that_chooses_another_server_tells_which(self):
        (heard,) = self.heard(c.REQUEST, {50: ADDRESS, 54: ROGUE})
        self.assertEqual((heard.server, heard.answer, heard.address, heard.mac), (ROGUE, "REQUEST", ADDRESS, MAC))
        self.assertEqual(heard.source, b"")

    def test_a_client_that_leaves_a_server_of_before_tells_of_none(self):
        self.assertEqual(self.heard(c.RELEASE, {54: ROGUE}, ciaddr=ADDRESS), [])
        self.assertEqual(self.heard(c.DECLINE, {50: ADDRESS, 54: ROGUE}), [])


class SettingTests(ConfigCase):
    def test_faults_have_their_lines(self):
        text = 'KNOWN_SERVERS = ["10.1.0"]\nROGUE_PROBE = -1\nROGUE_SILENCE = 0\nROGUE_WATCH = "perhaps"\n'
        problems = self.problems(text)
        names = ("KNOWN_SERVERS", "ROGUE_PROBE", "ROGUE_SILENCE", "ROGUE_WATCH")
        self.assertEqual(len(problems), 4)
        for line, (name, problem) in enumerate(zip(names, problems, strict=True), 3):
            self.assertIn(f"conf.py:{line}: {name}", problem)

    def test_what_is_set_is_what_counts(self):
        rogue = self.read('KNOWN_SERVERS = ["10.1.0.2"]\nROGUE_PROBE = 30\n').rogue
        self.assertEqual((rogue.watch, rogue.probe, rogue.silence, rogue.known), (True, 30, 600, {PEER}))

    def test_questions_whose_answers_nobody_hears_are_noticed(self):
        (notice,) = self.read("ROGUE_WATCH = False\nROGUE_PROBE = 30\n").notices
        self.assertIn("ROGUE_WATCH is off", notice)


class WatchTests(ConfigCase):
    """All of it, as a server has it."""

    def watching(self, text):
        configuration = self.read(f'DHCP_SERVER_IP = "10.1.0.1"\n{text}')
        world, self.told = World(), Observed()
        world.answers.stop()
        publisher = Publisher(world.seconds)
        publisher.add(self.told)
        self.watch = RogueWatch(configuration, publisher, world, world.seconds, world.system)
        self.watch.privilegedStartService()
        self.watch.startService()
        return world

    def test_it_asks_listens_and_says_when_nobody_answers_any_more(self):
        world = self.watching("ROGUE_PROBE = 10\nROGUE_SILENCE = 5\n")
        world.pump([1] * 21)
        self.assertEqual(len(world.socket.sent), 3)
        world.answer()
        world.pump([1] * (MISSED * 10 - 1))
        self.assertEqual((len(self.told.of(ForeignServer)), self.told.of(ForeignServerSilent)), (1, []))
        world.pump([1] * 2)
        self.assertEqual(len(self.told.of(ForeignServerSilent)), 1)
        self.watch.stopService()
        self.assertEqual((world.readers, world.socket.closed, world.getDelayedCalls()), ([], True, []))

    def test_what_was_let_go_is_told_once(self):
        world = self.watching("")
        for _ in range(RATE + 3):
            world.answer()
        world.pump([TELL_LOST / 4] * 12)
        self.assertEqual([event.times for event in self.told.of(Shed)], [3])

    def test_there_is_none_where_nobody_wants_it_and_on_the_loopback(self):
        for text in ("ROGUE_WATCH = False", 'DHCP_SERVER_IP = "127.0.0.1"'):
            world = self.watching(text)
            self.assertEqual((world.readers, world.getDelayedCalls()), ([], []))
            self.watch.stopService()
