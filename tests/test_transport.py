"""Sockets: what is read, what is sent, and what happens when neither works."""

import contextlib
import errno
import os
import socket

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from sdhcp.interfaces import ISender
from sdhcp.model import Destination
from sdhcp.transport import sockets
from sdhcp.transport.batches import LARGEST, LARGEST_REPLY
from sdhcp.transport.errors import ListenError
from sdhcp.transport.interfaces import addresses
from sdhcp.transport.reader import TURN, Reader
from sdhcp.transport.sender import HELD, TELL, FrameSocket, Sender

from .loopback import free_port
from .samples import ADDRESS, LOCAL, MAC, OTHER, SERVER

LOOPBACK = b"\x7f\0\0\1"


class Refusing:
    """A socket that refuses to send or to read."""

    def __init__(self, code=0):
        self.code, self.sent = code, []

    def _use(self, *what):
        if self.code:
            raise OSError(self.code, os.strerror(self.code))
        self.sent.append(what)

    def sendto(self, data, to):
        self._use(data, to)

    def sendmsg(self, data, ancillary, flags, to):
        self._use(b"".join(data), to)

    def send(self, frame):
        self._use(frame)

    def fileno(self):
        return -1


class SenderTests(SynchronousTestCase):
    def setUp(self):
        self.clock, self.told = Clock(), []
        self.udp, self.frame = Refusing(), Refusing()

    def sender(self, frames=True):
        made = FrameSocket(self.frame, MAC, ()) if frames else None
        sender = Sender(self.udp, SERVER, 67, "eth0", 2, made, self.told.append, self.clock.seconds)
        verifyObject(ISender, sender)
        return sender

    def test_each_way(self):
        sender = self.sender()
        self.assertTrue(sender.send(b"one", Destination(ADDRESS, 67)))
        self.assertTrue(sender.send(b"two", Destination(b"\xff" * 4, 68)))
        self.assertTrue(sender.send(b"three", Destination(ADDRESS, 68, MAC)))
        self.assertEqual(self.udp.sent, [(b"one", ("10.77.1.50", 67)), (b"two", ("255.255.255.255", 68))])
        ((frame,),) = self.frame.sent
        self.assertEqual((frame[:6], frame[-5:]), (MAC, b"three"))

    def test_without_frames_a_client_without_an_address_gets_a_broadcast(self):
        self.sender(frames=False).send(b"two", Destination(ADDRESS, 68, MAC))
        self.sender().send(b"two", Destination(ADDRESS, 68, MAC[:5]))
        self.assertEqual(self.udp.sent, [(b"two", ("255.255.255.255", 68))] * 2)

    def test_trouble_is_told_once_a_minute_with_a_count(self):
        sender = self.sender()
        self.udp.code = errno.ENOBUFS
        for _ in range(1000):
            self.assertFalse(sender.send(b"", Destination(ADDRESS, 67)))
        self.assertEqual([event.times for event in self.told], [1])
        self.clock.advance(TELL)
        sender.send(b"", Destination(OTHER, 67))
        self.assertEqual([(event.times, event.ip) for event in self.told], [(1, ADDRESS), (1000, OTHER)])

    def test_each_kind_of_trouble_is_told_with_what_to_do(self):
        for code, word in (
            (errno.ENETUNREACH, "route"),
            (errno.EHOSTUNREACH, "gateway"),
            (errno.ENETDOWN, "interface"),
            (errno.EPERM, "firewall"),
            (errno.EAGAIN, "cannot take more"),
            (errno.EINVAL, "Invalid"),
        ):
            self.udp.code = code
            self.sender().send(b"", Destination(ADDRESS, 67))
            self.assertIn(word, self.told[-1].error)


class HeldTests(SynchronousTestCase):
    """Replies that leave together, over real sockets."""

    def setUp(self):
        self.told = []
        self.udp = sockets.udp("127.0.0.1", 0)
        self.client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.client.bind(("127.0.0.1", 0))
        self.client.settimeout(5)
        self.addCleanup(self.client.close)
        self.addCleanup(self.udp.close)
        self.port = self.client.getsockname()[1]
        self.sender = Sender(self.udp, LOOPBACK, 67, "lo", 1, None, self.told.append, Clock().seconds)

    def arrived(self):
        self.client.setblocking(False)
        found = []
        with contextlib.suppress(BlockingIOError):
            while True:
                found.append(self.client.recvfrom(4096))
        self.assertEqual({source for _, source in found} - {self.udp.getsockname()}, set())
        return [data for data, _ in found]

    def test_leave_in_order_when_they_are_let_go(self):
        replies = [bytes([number]) * (300 + number) for number in range(HELD - 1)]
        self.sender.hold()
        for reply in replies:
            self.assertTrue(self.sender.send(reply, Destination(LOOPBACK, self.port)))
        self.assertEqual(self.arrived(), [])
        self.sender.flush()
        self.assertEqual(self.arrived(), replies)
        self.sender.send(b"alone", Destination(LOOPBACK, self.port))
        self.assertEqual(self.arrived(), [b"alone"])

    def test_more_than_are_held_do_not_wait(self):
        replies = [number.to_bytes(2, "big") for number in range(3 * HELD + 1)]
        self.sender.hold()
        for reply in replies:
            self.sender.send(reply, Destination(LOOPBACK, self.port))
        self.assertEqual(self.arrived(), replies[: 3 * HELD])
        self.sender.flush()
        self.assertEqual(self.arrived(), replies[3 * HELD :])

    def test_a_long_one_is_not_cut(self):
        self.sender.hold()
        self.assertTrue(self.sender.send(bytes(LARGEST_REPLY + 1), Destination(LOOPBACK, self.port)))
        self.sender.flush()
        self.assertEqual(self.arrived(), [bytes(LARGEST_REPLY + 1)])

    def test_one_that_cannot_be_sent_costs_the_others_nothing(self):
        self.sender.hold()
        for to in (LOOPBACK, OTHER, LOOPBACK, OTHER, OTHER, LOOPBACK):
            self.sender.send(to, Destination(to, self.port))
        self.sender.flush()
        self.assertEqual(self.arrived(), [LOOPBACK] * 3)
        # A socket on the loopback interface reaches no other network.
        self.assertEqual([(event.ip, event.times) for event in self.told], [(OTHER, 1)])


class ReaderTests(SynchronousTestCase):
    def setUp(self):
        self.read, self.trouble, self.removed = [], [], []
        self.receiver = sockets.udp("127.0.0.1", 0)
        self.client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.client.bind(("127.0.0.1", 0))
        self.addCleanup(self.receiver.close)
        self.addCleanup(self.client.close)

    def reader(self, source):
        def receive(datagrams, local, sender):
            self.read += datagrams
            for data, address, port in datagrams:
                sender.send(data, Destination(address, port))

        sender = Sender(self.receiver, LOOPBACK, 67, "lo", 1, None, self.trouble.append, Clock().seconds)
        return Reader(source, LOCAL, sender, receive, self, self.trouble.append)

    def removeReader(self, reader):
        self.removed.append(reader)

    def test_reads_what_has_come_but_lets_the_reactor_look_at_other_things(self):
        for number in range(TURN + 100):
            self.client.sendto(number.to_bytes(2, "big"), self.receiver.getsockname())
        reader = self.reader(self.receiver)
        reader.doRead()
        self.assertLess(len(self.read), TURN + 100)
        reader.doRead()
        here = self.client.getsockname()[1]
        expected = [(number.to_bytes(2, "big"), LOOPBACK, here) for number in range(TURN + 100)]
        self.assertEqual(self.read, expected)
        reader.doRead()
        self.client.sendto(bytes(LARGEST + 500), self.receiver.getsockname())
        self.client.sendto(b"", self.receiver.getsockname())
        reader.doRead()
        self.assertEqual(([len(data) for data, *_ in self.read[-2:]], self.trouble), ([LARGEST, 0], []))

    def test_what_is_answered_reaches_its_client(self):
        reader = self.reader(self.receiver)
        self.client.settimeout(5)
        for count in (1, 2, 70):
            for number in range(count):
                self.client.sendto(number.to_bytes(2, "big"), self.receiver.getsockname())
            reader.doRead()
            answers = [self.client.recv(2) for _ in range(count)]
            self.assertEqual(answers, [number.to_bytes(2, "big") for number in range(count)])

    def test_a_reply_that_was_refused_is_no_trouble_for_those_who_ask(self):
        here, there = self.receiver.getsockname(), self.client.getsockname()
        self.receiver.connect(there)
        self.client.close()
        self.receiver.send(b"nobody hears this")
        reader = self.reader(self.receiver)
        reader.doRead()
        self.assertEqual((self.read, self.trouble, self.removed), ([], [], []))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as again:
            again.bind(there)
            again.sendto(b"asked", here)
            reader.doRead()
        self.assertEqual([data for data, *_ in self.read], [b"asked"])

    def test_a_socket_that_cannot_be_read_is_read_no_more(self):
        reader = self.reader(Refusing())
        reader.doRead()
        self.assertEqual(([error.errno for error in self.trouble], self.removed), ([errno.EBADF], [reader]))


class SocketTests(SynchronousTestCase):
    def test_this_machine_has_its_own_address(self):
        self.assertIn((b"\x7f\0\0\1", "lo"), [(one.address, one.name) for one in addresses()])

    def test_a_receive_buffer_for_thousands_of_packets(self):
        with sockets.udp("127.0.0.1", 0) as made:
            usual = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            with usual:
                buffer = made.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
                self.assertGreaterEqual(buffer, usual.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF))

    def test_what_is_in_the_way_is_named(self):
        port = free_port()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("127.0.0.1", port))
            for attempt in (sockets.udp, lambda address, port: sockets.probe(address, port, "lo")):
                error = self.assertRaises(ListenError, attempt, "127.0.0.1", port)
                self.assertIn(f"{port} of 127.0.0.1 is in use", str(error))
        error = self.assertRaises(ListenError, sockets.udp, "192.0.2.1", port)
        self.assertIn("cannot be opened", str(error))
        error = self.assertRaises(ListenError, sockets.udp, "", port, "no-device")
        self.assertIn("no-device", str(error))
        error = self.assertRaises(ListenError, sockets.frames, "no-device", ())
        self.assertIn("there is no interface no-device", str(error))
