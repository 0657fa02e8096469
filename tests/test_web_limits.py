"""How large requests to the web console are, how long they may take, and how many connections there are."""

import io

from twisted.internet.address import IPv4Address
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from sdhcp.web.limits import ANSWER_TIME, BODIES, BODY, CONNECTIONS, HEADERS, PER_ADDRESS, REQUEST_TIME, LimitedSite

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


class Echo(Resource):
    """Gives back what was posted; waits if nothing was."""

    isLeaf = True

    def __init__(self):
        super().__init__()
        self.waiting = []

    def render(self, request):
        if request.uri == b"/wait":
            self.waiting.append(request)
            return NOT_DONE_YET
        return b"%d %s" % (len(request.content.read()), b"octets")


class Wire(StringTransport):
    connected = True

    def abortConnection(self):
        super().abortConnection()
        self.connected = False


class LimitCase(SynchronousTestCase):
    def setUp(self):
        self.clock = Clock()
        self.resource = Echo()
        self.site = LimitedSite(self.resource, self.clock)

    def connect(self, host="192.0.2.1"):
        """A connection, None if it is refused."""
        channel = self.site.buildProtocol(IPv4Address("TCP", host, 4711))
        if channel is not None:
            self.wire = Wire(peerAddress=IPv4Address("TCP", host, 4711))
            channel.makeConnection(self.wire)
        return channel

    def status(self):
        """The status of the last answer."""
        return int(self.wire.value().split()[1])


class SizeTests(LimitCase):
    def test_a_body_up_to_a_mebibyte_is_taken(self):
        self.connect().dataReceived(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % BODY + b"x" * BODY)
        self.assertIn(b"%d octets" % BODY, self.wire.value())

    def test_a_larger_one_is_refused_when_it_is_announced(self):
        self.connect().dataReceived(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % (BODY + 1))
        self.assertEqual((self.status(), self.wire.disconnecting), (413, True))

    def test_one_in_chunks_is_refused_when_it_becomes_too_large(self):
        channel = self.connect()
        channel.dataReceived(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        piece = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
        for _ in range(BODY // 0x10000):
            channel.dataReceived(piece)
        self.assertEqual(self.wire.value(), b"")
        channel.dataReceived(piece + b"0\r\n\r\n")
        self.assertEqual((self.status(), self.wire.disconnecting), (413, True))
        self.assertNotIn(b"octets", self.wire.value())

    def test_all_bodies_together_have_a_bound_and_room_comes_again(self):
        head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % BODY
        waiting = []
        for number in range(BODIES // BODY + 1):
            waiting.append((self.connect(f"192.0.2.{number}"), self.wire))
            waiting[-1][0].dataReceived(head + b"x" * (BODY - 1))
        self.assertEqual((self.status(), self.wire.disconnecting), (503, True))
        for channel, wire in waiting[:2]:
            channel.dataReceived(b"x") if wire is waiting[0][1] else channel.connectionLost(io.BytesIO())
        self.assertIn(b"%d octets" % BODY, waiting[0][1].value())
        for number in (100, 101):
            self.connect(f"192.0.2.{number}").dataReceived(head + b"x" * BODY)
            self.assertIn(b"%d octets" % BODY, self.wire.value())
        for channel, _ in waiting[2:]:
            channel.connectionLost(io.BytesIO())
        self.assertEqual(self.site.bodies, 0)

    def test_a_head_has_a_bound_in_lines_and_octets(self):
        for head in (
            b"".join(b"X-%d: 1\r\n" % number for number in range(HEADERS + 2)),
            b"X-Long: %s\r\n" % (b"x" * 9000) * 2,
        ):
            self.connect().dataReceived(b"GET / HTTP/1.1\r\nHost: a\r\n" + head + b"\r\n")
            self.assertEqual((self.status(), self.wire.disconnecting), (400, True))

    def test_a_form_is_left_as_it_came(self):
        kind = b"Content-Type: multipart/form-data; boundary=x\r\n"
        self.connect().dataReceived(b"POST / HTTP/1.1\r\nHost: a\r\n" + kind + b"Content-Length: 7\r\n\r\nnothing")
        self.assertIn(b"7 octets", self.wire.value())


class TimeTests(LimitCase):
    def test_a_request_that_trickles_in_is_closed_all_the_same(self):
        channel = self.connect()
        for octet in (GET[:-1] * 10)[: int(REQUEST_TIME * 2)]:
            channel.dataReceived(bytes([octet]) if octet not in b"\r\n" else b"x")
            self.clock.advance(0.499)
        self.assertFalse(self.wire.disconnected)
        self.clock.advance(0.5)
        self.assertTrue(self.wire.disconnected)
        self.assertLessEqual(self.clock.seconds(), 30)

    def test_so_is_a_body_that_does_and_a_connection_that_says_nothing(self):
        for data in (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx", b""):
            self.connect().dataReceived(data)
            self.clock.advance(REQUEST_TIME)
            self.assertTrue(self.wire.disconnected)

    def test_each_request_of_a_connection_has_its_own_time(self):
        channel = self.connect()
        for _ in range(5):
            channel.dataReceived(GET)
            self.clock.advance(REQUEST_TIME - 1)
        self.assertEqual((self.wire.value().count(b"0 octets"), self.wire.disconnected), (5, False))
        self.clock.advance(1)
        self.assertTrue(self.wire.disconnected)

    def test_an_answer_has_a_longer_time_and_not_for_ever(self):
        self.connect().dataReceived(b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
        self.clock.advance(ANSWER_TIME - 1)
        self.assertFalse(self.wire.disconnected)
        self.clock.advance(1)
        self.assertTrue(self.wire.disconnected)

    def test_nothing_is_left_of_a_connection_that_is_over(self):
        channel = self.connect()
        channel.dataReceived(GET)
        channel.connectionLost(io.BytesIO())
        self.assertEqual(self.clock.getDelayedCalls(), [])


class NumberTests(LimitCase):
    def test_an_address_has_so_many_connections_and_others_have_theirs(self):
        channels = [self.connect() for _ in range(PER_ADDRESS)]
        self.assertIsNone(self.connect())
        self.assertIsNotNone(self.connect("192.0.2.2"))
        channels[0].connectionLost(io.BytesIO())
        self.assertIsNotNone(self.connect())
        self.assertIsNone(self.connect())

    def test_all_together_have_so_many(self):
        made = [self.connect(f"192.0.2.{number}") for number in range(CONNECTIONS + 10)]
        self.assertEqual((made.count(None), self.site.refused), (10, 10))

    def test_all_are_closed_at_the_end(self):
        wires = []
        for _ in range(3):
            self.connect()
            wires.append(self.wire)
        self.site.close_all()
        self.assertEqual([wire.disconnected for wire in wires], [True] * 3)
