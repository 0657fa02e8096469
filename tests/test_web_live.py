"""What happens, told to browsers as it does."""

import json
import socket
from types import SimpleNamespace
from urllib.parse import parse_qs
from urllib.request import urlopen

from twisted.internet.address import IPv4Address
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.internet.threads import deferToThread
from twisted.logger import Logger
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from sdhcp import events
from sdhcp.config.settings import WebSettings
from sdhcp.interfaces import WebQuestion
from sdhcp.model import Lease, LeaseState
from sdhcp.stats import Counters
from sdhcp.web import live
from sdhcp.web.access import Caller
from sdhcp.web.leases import Leases
from sdhcp.web.limits import ANSWER_TIME, CONNECTIONS, LimitedSite
from sdhcp.web.live import DASHBOARD, EVERYTHING, MOST, TURN, Live
from sdhcp.web.log_lines import LogLines
from sdhcp.web.packet_rows import row_of
from sdhcp.web.packets import Kept, Packets
from sdhcp.web.viewers import PATIENCE, PER_ADDRESS, VIEWERS
from sdhcp.web.visit import Problem, Visit, put
from sdhcp.wire import constants as c
from sdhcp.wire.message import encode

from .loopback import LINK, running
from .samples import MAC, message
from .test_web_packets import exchange
from .test_web_server import conf, free_port
from .web_case import WITH_PASSWORD, WebCase


class Wire(StringTransport):
    """A connection of a browser."""

    connected = True

    def abortConnection(self):
        super().abortConnection()
        self.connected = False

    def events(self, name=None):
        """What has come: pairs of an event's name and its value."""
        told = []
        for piece in self.value().decode().replace("\r\n", "\n").split("\n\n"):
            piece = piece[max(0, piece.find("event: ")) :]
            if piece.startswith("event: "):
                head, _, data = piece.rstrip("\n").partition("\n")
                told.append((head.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
        return [value for key, value in told if key == name] if name else told


class Door(Resource):
    """Lets everybody in."""

    isLeaf = True

    def render(self, request):
        path, _, query = request.uri.decode().partition("?")
        put(request, Visit(WebQuestion(path, parse_qs(query), {}), Caller()))
        try:
            self.live.serve(request)
        except Problem as error:
            request.setResponseCode(error.status)
            return b""
        return NOT_DONE_YET


class LiveCase(SynchronousTestCase):
    def setUp(self):
        self.clock = Clock()
        self.counters, self.packets = Counters(), Packets()
        self.lines = LogLines(WebSettings(enabled=True, log_history=200, log_severity="INFO"))
        self.facts = SimpleNamespace(
            clock=self.clock.seconds, wall=lambda: 5000.0 + self.clock.seconds(), counters=self.counters
        )
        self.made, self.shown = 0, "one"
        leases = Leases(self.facts, self.clock)
        self.live = Live(self.facts, self.packets, self.lines, leases, {"traffic": self.panel}, self.clock)
        door = Door()
        door.live = self.live
        self.site = LimitedSite(door, self.clock)
        self.site.startFactory()
        self.channels = []

    def panel(self):
        self.made += 1
        if self.shown is None:
            raise ValueError
        return self.shown

    def watch(self, path=EVERYTHING, host="10.0.0.9"):
        wire = Wire(peerAddress=IPv4Address("TCP", host, 40000))
        channel = self.site.buildProtocol(wire.getPeer())
        if channel is None:
            return None
        channel.makeConnection(wire)
        channel.dataReceived(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        self.channels.append(channel)
        return wire

    def leave(self, number=-1):
        self.channels.pop(number).connectionLost()

    def turns(self, count=1):
        for _ in range(count):
            self.clock.advance(TURN)

    def come(self, count=1, **fields):
        for _ in range(count):
            event = exchange(**fields)
            self.packets.observe(event)
            self.counters.observe(event)


class LiveTests(LiveCase):
    def test_a_packet_is_told_at_the_next_turn_within_a_second(self):
        self.assertLess(TURN, 1)
        self.come()
        wire = self.watch()
        self.come(method="REQUEST:SELECTING")
        self.turns()
        (told,) = wire.events("packets")
        ((row,), left_out) = told["packets"], told["left_out"]
        self.assertEqual((row["number"], row["type"], row["client"], left_out),
                         (2, "REQUEST:SELECTING", "02:00:5e:00:01:01", 0))  # fmt: skip
        self.turns(8)
        self.assertEqual(len(wire.events("packets")), 1)

    def test_who_knows_some_packets_is_told_of_those_that_came_since(self):
        self.come(5)
        (told,) = self.watch(f"{EVERYTHING}?topic=packets&after=3").events("packets")
        self.assertEqual([row["number"] for row in told["packets"]], [5, 4])
        for after in ("5", "9", "x", "-1", "9" * 5000):
            self.assertEqual(self.watch(f"{EVERYTHING}?topic=packets&after={after}").events(), [])
        self.come(2 * MOST)
        (told,) = self.watch(f"{EVERYTHING}?topic=packets&after=5").events("packets")
        self.assertEqual((len(told["packets"]), told["left_out"]), (MOST, MOST))

    def test_of_many_packets_the_last_are_told_and_how_many_are_left_out(self):
        wire = self.watch()
        self.come(10 * MOST)
        self.turns()
        (told,) = wire.events("packets")
        self.assertEqual([row["number"] for row in told["packets"]], list(range(10 * MOST, 9 * MOST, -1)))
        self.assertEqual(told["left_out"], 9 * MOST)

    def test_all_viewers_are_told_the_same_that_was_made_once(self):
        wires = [self.watch() for _ in range(20)]
        self.come(3)
        self.turns(2)
        values = {wire.value().partition(b"\r\n\r\n")[2] for wire in wires}
        self.assertEqual(len(values), 1)
        self.assertEqual(len(wires[0].events("packets")), 1)
        self.assertEqual(self.made, 1)

    def test_nothing_is_made_where_nobody_looks(self):
        wire = self.watch()
        self.assertIn(b"text/event-stream", wire.value())
        self.turns(4)
        made = self.made
        self.leave()
        self.assertEqual(self.clock.getDelayedCalls(), [])
        self.come(10)
        self.clock.advance(10)
        self.assertEqual(self.made, made)
        again = self.watch()
        self.turns()
        self.assertEqual(again.events("packets"), [])

    def test_panels_and_counters_are_told_when_they_have_changed(self):
        wire = self.watch()
        self.turns(12)
        self.assertEqual(wire.events("panels"), [{"name": "traffic", "text": "one"}])
        self.shown = "two\0"
        self.come()
        self.turns(4)
        self.assertEqual(wire.events("panels")[1:], [{"name": "traffic", "text": "two\ufffd"}])
        self.assertEqual(wire.events("counters")[-1]["exchanges"], [["DISCOVER", "offered", 1]])
        later = self.watch()
        self.assertEqual([name for name, _ in later.events()], ["counters", "panels"])
        self.assertEqual(later.events("panels"), wire.events("panels")[1:])

    def test_a_line_of_the_log_is_told(self):
        log = Logger("sdhcp", observer=self.lines)
        log.info("before")
        wire = self.watch()
        log.error("{text}", text="a line\nand more")
        self.turns()
        ((told,),) = [one["lines"] for one in wire.events("log")]
        self.assertEqual(told["severity"], 40)
        self.assertTrue(told["text"].endswith(" : a line\nand more"), told)

    def test_a_change_of_a_lease_is_told(self):
        lease = Lease(bytes([10, 0, 0, 5]), "guests", "02", LeaseState.QUARANTINED, 0.0, 1e9, evidence="02:00")
        self.live.observe(events.LeaseChanged(0.0, "quarantined", lease))
        wire = self.watch()
        self.live.observe(events.LeaseChanged(0.0, "declined", lease))
        self.turns()
        ((told,),) = [one["leases"] for one in wire.events("leases")]
        self.assertEqual((told["what"], told["address"]), ("declined", "10.0.0.5"))

    def test_a_topic_may_be_chosen_and_the_dashboard_has_its_own(self):
        counters, dashboard = self.watch(f"{EVERYTHING}?topic=counters"), self.watch(DASHBOARD)
        self.come()
        self.turns(4)
        self.assertEqual({name for name, _ in counters.events()}, {"counters"})
        self.assertEqual({name for name, _ in dashboard.events()}, {"panels"})
        self.assertIn(b"400", self.watch(f"{DASHBOARD}?topic=packets").value().partition(b"\r\n")[0])

    def test_what_cannot_be_made_is_in_the_log_once_and_told_when_it_can(self):
        self.shown = None
        wire = self.watch()
        with self.assertLogs("web.server") as caught:
            self.turns(8)
        self.assertEqual(len(caught.output), 1)
        self.shown = "again"
        self.turns(4)
        self.assertEqual(len(wire.events("panels")), 1)


class SlowTests(LiveCase):
    def test_who_takes_nothing_loses_events_and_is_told_how_many(self):
        slow, quick = self.watch(f"{EVERYTHING}?topic=packets"), self.watch(f"{EVERYTHING}?topic=packets")
        slow.producer.pauseProducing()
        before = len(slow.value())
        for _ in range(100):
            self.come(20)
            self.turns()
        self.assertEqual(len(slow.value()), before)
        self.assertEqual(len(quick.events("packets")), 100)
        slow.producer.resumeProducing()
        self.come()
        self.turns()
        self.assertEqual(slow.events("lost"), [100])
        self.assertEqual([one["packets"][0]["number"] for one in slow.events("packets")], [2001])
        self.assertEqual(quick.events("lost"), [])

    def test_who_takes_nothing_for_long_is_cut_off(self):
        slow, quick = self.watch(), self.watch()
        slow.producer.pauseProducing()
        self.turns(int(2 * PATIENCE / TURN))
        self.assertEqual((slow.connected, quick.connected), (False, True))

    def test_a_viewer_has_no_deadline_and_is_sent_something_now_and_then(self):
        wire = self.watch(f"{EVERYTHING}?topic=leases")
        before = len(wire.value())
        self.turns(int(2 * ANSWER_TIME / TURN))
        self.assertTrue(wire.connected)
        self.assertIn(b": still here", wire.value()[before:])

    def test_there_are_only_so_many_of_one_address(self):
        for _ in range(PER_ADDRESS):
            self.watch()
        self.assertIn(b" 503 ", self.watch().value().partition(b"\r\n")[0])
        self.assertIn(b" 200 ", self.watch(host="10.0.0.10").value().partition(b"\r\n")[0])
        self.leave(0)
        self.assertIn(b" 200 ", self.watch().value().partition(b"\r\n")[0])

    def test_there_are_only_so_many_and_they_take_no_place_of_who_asks_for_pages(self):
        self.assertGreaterEqual(CONNECTIONS, VIEWERS)
        for number in range(VIEWERS):
            self.watch(host=f"10.0.1.{number}")
        self.assertEqual(len(self.live), VIEWERS)
        self.assertIn(b" 503 ", self.watch(host="10.0.2.1").value().partition(b"\r\n")[0])
        self.assertEqual(len(self.live), VIEWERS)


class ConsoleTests(WebCase):
    async def test_who_may_see_the_dashboard_may_see_its_events_and_no_others(self):
        self.serve(WITH_PASSWORD)
        self.assertEqual((await self.ask(EVERYTHING)).status, 401)
        self.assertEqual((await self.ask(f"{DASHBOARD}?topic=packets")).status, 400)
        await self.console.stop()
        self.serve(WITH_PASSWORD + "WEB_DASHBOARD_SECURE = True\n")
        self.assertEqual((await self.ask(f"{DASHBOARD}?topic=packets")).status, 401)

    async def test_a_browser_that_does_not_read_loses_events_and_finds_out(self):
        self.patch(live, "TURN", 0.001)
        self.patch(live, "MOST", 1000)
        self.serve()
        slow, quick = (self.look(room) for room in (4096, 1 << 20))
        for one in (slow, quick):
            await deferToThread(self.until, one, b"retry: ")
        event = exchange()
        for _ in range(30):
            for _ in range(1000):
                self.publisher.publish(event)
            await deferToThread(self.until, quick, b"data: ")
        told, octets = await deferToThread(self.until, slow, b"event: lost")
        self.assertEqual(told, b"event: lost\n")
        # What waits in the server and in the kernel has a bound; what was lost is not kept.
        self.assertLess(octets, 24 * len(json.dumps({"packets": 1000 * [row_of(Kept(1, event, event.arrival), 0.0)]})))
        lost, _ = await deferToThread(self.until, slow, b"data: ")
        self.assertGreater(int(lost.removeprefix(b"data: ")), 0)

    def look(self, room):
        one = socket.socket()
        self.addCleanup(one.close)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        one.settimeout(20)
        one.connect(("127.0.0.1", self.port))
        one.sendall(f"GET {EVERYTHING}?topic=packets HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        stream = one.makefile("rb")
        self.addCleanup(stream.close)
        return stream

    def until(self, stream, start):
        """The next line with this start, and how many octets came with it."""
        octets = 0
        for line in stream:
            octets += len(line)
            if line.startswith(start):
                return line, octets
        raise AssertionError("the stream has ended")

    async def test_the_script_that_listens_is_loaded(self):
        self.serve()
        self.assertIn("EventSource", (await self.ask("/javascript")).text)


class ServerTests(SynchronousTestCase):
    def test_an_exchange_is_told_and_a_stream_does_not_keep_the_server(self):
        port = free_port()
        with running(conf(port)) as server, socket.create_connection(("127.0.0.1", port), 20) as viewer:
            viewer.sendall(f"GET {EVERYTHING}?topic=packets HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            stream = viewer.makefile("rb")
            for line in stream:
                if line.startswith(b"retry:"):
                    break
            request = encode(message(c.DISCOVER, giaddr=LINK, chaddr=MAC))
            server.send(request)
            reply, _ = server.agent.recvfrom(65535)
            data = next(line for line in stream if line.startswith(b"data: "))
            (row,) = json.loads(data.removeprefix(b"data: "))["packets"]
            self.assertEqual((row["client"], row["answer"], row["number"]), ("02:00:5e:00:01:01", "OFFER", 1))
            with urlopen(f"http://127.0.0.1:{port}/console/packets.pcap?number=1", timeout=20) as answer:
                file = answer.read()
            # A header for the file, and for each packet 16 octets, an IP header of 20 and a UDP header of 8.
            end = 24 + 44 + len(request)
            self.assertEqual((file[68:end], file[end + 44 :]), (request, reply))
            self.assertEqual(server.stop(), 0)
            self.assertNotIn("Traceback", server.log())
