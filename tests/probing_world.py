"""A prober between sockets and a clock that a test holds in its hands."""

import errno
import os

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from sdhcp.transport.interfaces import ETHERNET, LOOPBACK, InterfaceAddress
from sdhcp.transport.probe_sockets import ProbeSocket, ProbeSystem
from sdhcp.transport.prober import Prober
from sdhcp.wire import arp, icmp
from sdhcp.wire.errors import WireError

from .samples import ip

IDENTIFIER = 4711
OWN = bytes.fromhex("0200000000fe")
HOST = bytes.fromhex("020000000001")
CLIENT = bytes.fromhex("020000000002")
TUNNEL = 65534
LINKS = (("eth0", "10.1.0.1", 24), ("eth1", "10.2.0.1", 16), ("eth2", "10.2.3.1", 24), ("tun0", "10.8.0.1", 24))


class FakeSocket:
    """Keeps what is sent, gives what a test lays in, and refuses with an errno if it is told to."""

    def __init__(self):
        self.sent, self.arrived, self.code, self.closed = [], [], 0, False

    def sendto(self, data, to):
        self.refuse()
        self.sent.append((data, to))

    def recvfrom(self, size):
        if self.arrived:
            return self.arrived.pop(0)
        self.refuse()
        raise BlockingIOError

    def refuse(self):
        if self.code:
            raise OSError(self.code, os.strerror(self.code))

    def fileno(self):
        return -1 if self.closed else 7

    def close(self):
        self.closed = True


class World(Clock):
    """A machine on four links; also the reactor that its prober runs on."""

    def __init__(self, whole=True, tags=()):
        super().__init__()
        self.readers, self.told, self.whole = [], [], whole
        self.arp, self.icmp = FakeSocket(), FakeSocket()
        self.kinds = {"eth0": ETHERNET, "eth1": ETHERNET, "eth2": ETHERNET, "tun0": TUNNEL, "lo": LOOPBACK}
        self.refusal, self.silent = 0, False
        system = ProbeSystem(self.addresses, self.hardware, lambda: self.opened("arp"), lambda: self.opened("icmp"))
        self.prober = Prober(self, self.seconds, self.told.append, tags, system)

    def addReader(self, reader):
        self.readers.append(reader)

    def removeReader(self, reader):
        if reader in self.readers:
            self.readers.remove(reader)

    def addresses(self):
        if self.silent:
            raise OSError(errno.ENOBUFS, os.strerror(errno.ENOBUFS))
        return [InterfaceAddress(ip(address), prefix, name, 1) for name, address, prefix in LINKS if name in self.kinds]

    def hardware(self, name):
        if name not in self.kinds:
            raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))
        return self.kinds[name], OWN

    def opened(self, kind):
        if self.refusal:
            raise OSError(self.refusal, os.strerror(self.refusal))
        made = FakeSocket()
        setattr(self, kind, made)
        return ProbeSocket(made, IDENTIFIER, self.whole and kind == "icmp")

    def run(self):
        self.prober.open()
        self.prober.start()

    def read(self):
        for reader in list(self.readers):
            reader.doRead()

    def texts(self):
        return [event.text for event in self.told]

    def asked(self):
        """What was asked for by ARP: interface and address, in order."""
        return [(to[0], arp.decode(frame).target) for frame, to in self.arp.sent]

    def echoes(self):
        """What was asked for by ICMP: address and sequence number."""
        return [(ip(to[0]), icmp.decode(data).sequence) for data, to in self.icmp.sent]

    def claim(self, address, hardware=HOST, link="eth0", operation=arp.REPLY):
        """Somebody on a link says that it uses an address."""
        packet = arp.encode(arp.Arp(operation, hardware, address, OWN, bytes(4)))
        self.arp.arrived.append((OWN + hardware + b"\x08\x06" + packet, (link, 0x0806, 0, 1, hardware)))
        self.read()

    def echo(self, address, sequence, identifier=IDENTIFIER, kind=icmp.ECHO_REPLY, data=None):
        """A host answers an echo request."""
        if data is None:
            data = icmp.decode(self.icmp.sent[-1][0]).data
        octets = icmp.encode(icmp.Echo(kind, identifier, sequence, data))
        if self.whole:
            size = (20 + len(octets)).to_bytes(2, "big")
            octets = b"\x45\0" + size + bytes(4) + b"\x40\x01\0\0" + address + bytes(4) + octets
        self.icmp.arrived.append((octets, (".".join(map(str, address)), 0)))
        self.read()

    def noise(self, octets):
        """Octets that are no packet of anybody's."""
        for made in (self.arp, self.icmp):
            made.arrived.append((octets, ("eth0", 0, 0, 1, b"")))
        try:
            self.read()
        except WireError as error:
            raise AssertionError("what others send ends the reading") from error


class ProberCase(SynchronousTestCase):
    def setUp(self):
        self.world = World()
        self.prober = self.world.prober
        self.world.run()

    def probe(self, *what, **more):
        """A list that gets the answer."""
        answers = []
        self.prober.probe(*what, **more).addBoth(answers.append)
        return answers

    def tearDown(self):
        self.prober.stop()
        self.assertEqual(self.world.getDelayedCalls(), [])
