"""Sockets: what is read, what is sent, and what happens when neither works."""

import errno
import os
import socket

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from sdhcp.interfaces import ISender
from sdhcp.model import Destination
from sdhcp.transport import sockets
from sdhcp.transport.errors import ListenError
from sdhcp.transport.interfaces import addresses
from sdhcp.transport.reader import LARGEST, TURN, Reader
from sdhcp.transport.sender import TELL, FrameSocket, Sender

from .loopback import free_port
from .samples import ADDRESS, LOCAL, MAC, OTHER, SERVER


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

    def recvfrom(self, size):
        raise OSError(self.code, os.strerror(self.code))

    def fileno(self):
        return 99


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


class ReaderTests(SynchronousTestCase):
    def setUp(self):
        self.read, self.trouble, self.removed = [], [], []

    def reader(self, source):
        def receive(datagrams, local, sender):
            self.read += [data for data, _ in datagrams]

        return Reader(source, LOCAL, None, receive, self, self.trouble.append)

    def removeReader(self, reader):
        self.removed.append(reader)

    def test_reads_what_has_come_but_lets_the_reactor_look_at_other_things(self):
        receiver = sockets.udp("127.0.0.1", 0)
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(receiver.close)
        self.addCleanup(sender.close)
        for number in range(TURN + 100):
            sender.sendto(number.to_bytes(2, "big"), receiver.getsockname())
        reader = self.reader(receiver)
        reader.doRead()
        self.assertLess(len(self.read), TURN + 100)
        reader.doRead()
        self.assertEqual([int.from_bytes(data, "big") for data in self.read], list(range(TURN + 100)))
        reader.doRead()
        sender.sendto(bytes(LARGEST + 500), receiver.getsockname())
        reader.doRead()
        self.assertEqual((len(self.read[-1]), self.trouble), (LARGEST, []))

    def test_an_error_of_some_other_packet_is_no_trouble(self):
        for code in (errno.EAGAIN, errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH):
            self.reader(Refusing(code)).doRead()
        self.assertEqual((self.trouble, self.removed), ([], []))

    def test_a_socket_that_cannot_be_read_is_read_no_more(self):
        reader = self.reader(Refusing(errno.ENETDOWN))
        reader.doRead()
        self.assertEqual(([error.errno for error in self.trouble], self.removed), ([errno.ENETDOWN], [reader]))


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
            for attempt in (sockets.udp, sockets.probe):
                error = self.assertRaises(ListenError, attempt, "127.0.0.1", port)
                self.assertIn(f"{port} of 127.0.0.1 is in use", str(error))
        error = self.assertRaises(ListenError, sockets.udp, "192.0.2.1", port)
        self.assertIn("cannot be opened", str(error))
        error = self.assertRaises(ListenError, sockets.udp, "", port, "no-device")
        self.assertIn("no-device", str(error))
        error = self.assertRaises(ListenError, sockets.frames, "no-device", ())
        self.assertIn("there is no interface no-device", str(error))
