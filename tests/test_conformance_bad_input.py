"""Whatever comes from the network: the server lives, and serves the next client (rows Z)."""

import random
import time
from dataclasses import replace
from functools import partial
from itertools import product

from twisted.internet.defer import succeed
from twisted.internet.task import Clock
from twisted.logger import Logger, formatEvent
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from sdhcp.backends.memory import MemorySource
from sdhcp.events import Dropped, Exchange, HandlingFailed, Malformed
from sdhcp.interfaces import IDefinitionSource, IPeekable
from sdhcp.logs import DIGEST, EventLog
from sdhcp.wire import constants as c
from sdhcp.wire.message import encode
from sdhcp.wire.names import encode_name

from .in_process import BROADCAST_SIDE, HERE, LOCAL_MAC, OTHER_MAC, POLICY, STRANGER, World, served
from .samples import ADDRESS, FRAMES, MAC, OTHER, RELAY, SERVER, definition, ip, message

SELECT = {c.SERVER_IDENTIFIER: SERVER, c.REQUESTED_ADDRESS: ADDRESS}
HEAD = 240
ON_NETWORKS = FRAMES._replace(broadcasts=frozenset((ip("10.77.0.255"), ip("192.168.7.127"))))
"""The server's side where the machine has addresses on two networks."""
PIECES = (b"", b"\0", b"\1\xff", b"\1\4\1\2\3", b"\5\0", bytes(range(64)), b"\xff" * 64)


def plain(kind=c.DISCOVER, options=None, **fields):
    """A message's octets as a relay agent would pass them on, without padding."""
    fields.setdefault("giaddr", RELAY)
    return encode(message(kind, options or {}, **fields), minimum=0)


def raw(area, **fields):
    """A message whose options area is exactly some octets."""
    return plain(**fields)[:HEAD] + area


@implementer(IDefinitionSource, IPeekable)
class ByIdentifier:
    """A source that knows clients by their identifiers."""

    name = "identifiers"

    def __init__(self, definitions):
        self._definitions = definitions

    def peek(self, query):
        return self._definitions.get(query.client_identifier)

    def lookup(self, query):
        return succeed(self.peek(query))


class BadInputCase(SynchronousTestCase):
    def setUp(self):
        self.world = World()

    def survives(self, *datagrams):
        """Send datagrams; nothing may fail, and a good client is served afterwards. All replies to them."""
        replies = [reply for data in datagrams for reply in self.world.send(data)]
        self.assertEqual(self.world.observed.of(HandlingFailed), [])
        self.assertEqual(self.world.ask(c.DISCOVER).message.yiaddr, ADDRESS)
        return replies

    def malformed(self):
        return [event.reason for event in self.world.observed.of(Malformed)]


class FormTests(BadInputCase):
    def test_Z01(self):
        """A datagram shorter than a BOOTP header meets silence."""
        whole = plain()
        self.assertEqual(self.survives(*(whole[:length] for length in range(236))), [])
        self.assertEqual(len(self.malformed()), 236)

    def test_Z02(self):
        """A cookie and no options at all is a BOOTP client."""
        self.assertEqual(served(self.survives(raw(b""))), [0])

    def test_Z03(self):
        """What follows another cookie is not read as options."""
        data = plain(c.REQUEST, {c.SERVER_IDENTIFIER: SERVER, c.REQUESTED_ADDRESS: OTHER})
        replies = self.survives(data[:236] + b"\x63\x82\x53\x64" + data[240:])
        self.assertNotIn(c.NAK, served(replies))

    def test_Z04(self):
        """Options that run to the end without an End are read as they are."""
        self.assertEqual(served(self.survives(raw(b"\x35\1\1"))), [c.OFFER])

    def test_Z05(self):
        """An option that is longer than what is left costs no more than its own packet."""
        for area in (b"\x35\1\1\x3d\xff\1\2", b"\x35\xff\1", b"\x3d\7\1\x35\1\1"):
            self.assertIn(served(self.survives(raw(area))), ([], [c.OFFER], [0]))

    def test_Z06(self):
        """A code with no length behind it costs no more than its own packet."""
        for area in (b"\x35\1\1\x3d", b"\x35"):
            self.assertIn(served(self.survives(raw(area))), ([], [c.OFFER], [0]))

    def test_Z07(self):
        """A message type of another length than one is not guessed at."""
        for area in (b"\x35\0\xff", b"\x35\2\1\1\xff", b"\x35\1\1\x35\1\3\xff", b"\x35\1\1\x35\1\1\xff"):
            self.assertIn(served(self.survives(raw(area))), ([], [c.OFFER]))

    def test_Z08(self):
        """Types that no client sends are ignored."""
        self.assertEqual(self.survives(*(plain(kind) for kind in (0, 9, 14, 18, 255))), [])
        reasons = [event.reason for event in self.world.observed.of(Dropped)]
        self.assertEqual(len(reasons), 5)

    def test_Z21(self):
        """Datagrams up to the largest that UDP carries are read."""
        for size in (2000, 9000, 65507):
            replies = self.survives(plain(options={200: bytes(100)}).ljust(size, b"\0"))
            self.assertEqual(served(replies), [c.OFFER])

    def test_Z22(self):
        """Sixty-four nested options with lengths that lie cost nothing but themselves."""
        for code in (82, 43, 124, 125):
            for piece in PIECES:
                area = b"\x35\1\1" + bytes([code, len(piece)]) + piece
                replies = self.survives(raw(area + (bytes([code, len(piece)]) + piece) * 63 + b"\xff"))
                self.assertIn(served(replies), ([], [c.OFFER]))

    def test_Z23(self):
        """Sixty thousand pads, or three hundred options of one octet, are read in one go."""
        many = b"".join(bytes([150 + number % 70, 1, number % 256]) for number in range(300))
        for area in (b"\x35\1\1" + bytes(60000), bytes(60000) + b"\x35\1\1", b"\x35\1\1" + many):
            began = time.process_time()
            self.assertEqual(served(self.survives(raw(area + b"\xff"))), [c.OFFER])
            # The row's own bar, a hundred times what it takes: a quadratic reader would need minutes.
            self.assertLess(time.process_time() - began, 5)


class FieldTests(BadInputCase):
    def with_length(self, length, **more):
        data = bytearray(plain(chaddr=bytes(range(1, 17)), **more))
        data[2] = length
        return bytes(data)

    def test_Z09(self):
        """A hardware address length that cannot be is met with silence; up to 16 octets come back as they came."""
        whole = bytes(range(1, 17))
        known = {MAC: definition(), **{whole[:length]: definition(ip=OTHER) for length in (7, 16)}}
        self.world = World(source=MemorySource(known))
        for length in (7, 16):
            for kind, sent in ((c.DISCOVER, {}), (c.REQUEST, {**SELECT, 50: OTHER}), (c.REQUEST, SELECT)):
                (reply,) = self.survives(self.with_length(length, kind=kind, options=sent, htype=6))
                answer = reply.message
                self.assertEqual((answer.htype, answer.hlen, answer.chaddr), (6, length, whole))
        self.assertEqual(self.survives(*map(self.with_length, (0, 17, 255))), [])
        dropped = [event.reason for event in self.world.observed.of(Dropped)]
        self.assertEqual(dropped, ["hardware-address"] * 2)
        # Without a hardware address it is the identifier that a source may know a client by.
        self.world = World(source=ByIdentifier({b"\xff1234": definition(ip=OTHER), b"": definition()}))
        for length, addresses in ((0, [OTHER]), (17, []), (255, [])):
            replies = self.survives(self.with_length(length, options={61: b"\xff1234"}, htype=32))
            self.assertEqual([reply.message.yiaddr for reply in replies], addresses)
            for reply in replies:
                answer = reply.message
                self.assertEqual((answer.htype, answer.hlen, answer.chaddr), (32, 0, whole))
        self.assertEqual(self.survives(self.with_length(0, options={61: b"\xff9999"})), [])

    def test_Z10(self):
        """No hardware type is too strange to read."""
        for htype in (0, 6, 32, 255):
            self.survives(plain(htype=htype), plain(htype=htype, hlen=0, chaddr=b"", options={61: b"\xff1234"}))

    def test_Z11(self):
        """Hardware addresses that no device has are not answered, least of all to everybody."""
        world = World(local=BROADCAST_SIDE)
        for chaddr in (bytes(6), b"\xff" * 6, bytes.fromhex("01005e000001")):
            self.assertIsNone(world.ask_directly(c.DISCOVER, chaddr=chaddr))
            self.assertEqual(self.survives(plain(chaddr=chaddr)), [])

    def test_Z12(self):
        """A client is served by its hardware address whatever the length of its identifier."""
        for length in (0, 1, 255):
            replies = self.survives(raw(b"\x35\1\1\x3d" + bytes([length]) + b"i" * length + b"\xff"))
            self.assertEqual(served(replies), [c.OFFER])

    def logged(self, events):
        """What the log writes about events while everything is read."""
        lines, clock = [], Clock()
        log = EventLog(Logger(observer=lambda event: lines.append(formatEvent(event))), "DEBUG", clock)
        log.start()
        for event in events:
            log.observe(event)
        clock.advance(DIGEST)
        log.stop()
        return lines

    def test_Z13(self):
        """A client's host name is escaped in the log and never sent back."""
        for name in (
            b"a\0b",
            b"a\nb",
            b"\x1b[2Ja",
            b"\"'",
            b"$(reboot)",
            b"a;b",
            b"%n%s",
            b"../../etc",
            b"\xff\xfe\xc3(",
        ):
            # Wherever a client may put such text, and whatever becomes of it.
            sent = {12: name, 15: name, 56: name, 60: name, 61: name, 77: name, 82: b"\1" + bytes([len(name)]) + name}
            world = World()
            reply = world.ask(c.DISCOVER, {**sent, 55: b"\x0c\x0f"})
            self.assertEqual((reply.message.options[12], reply.message.options[15]), (b"known", b"example.org"))
            world.ask(c.REQUEST, {**sent, **SELECT, 50: OTHER})
            world.ask(c.DECLINE, {**sent, **SELECT})
            world.ask(c.DISCOVER, sent, chaddr=STRANGER)
            world.ask(c.DISCOVER, sent, htype=32, hlen=0)
            world.ask(c.DISCOVER, sent, hlen=17)
            world.send(raw(b"\x35\1\1\x0c\xff" + name))
            lines = self.logged(world.observed.events)
            self.assertEqual(len(world.observed.of(Exchange)), 5)
            self.assertEqual(sum("DISCOVER from" in line for line in lines), 3)
            self.assertTrue(any("declined 10.77.1.50" in line for line in lines))
            for line in lines:
                self.assertTrue(line.isprintable(), line)

    def test_Z14(self):
        """A name that is none in options 12 or 81 costs the client nothing."""
        too_long = b"\x40" + b"a" * 64 + b"\0"
        for code, value in (
            (12, b""),
            (12, b"a" * 255),
            (81, b"\4\0\0" + too_long),
            (81, b"\4\0\0\xc0\0"),
            (81, b"\4\0\0\1a\0\1b\0"),
            (81, b"\0\0\0a..b"),
            (81, b"\0"),
            (81, b""),
        ):
            head = b"\x35\1\1" + bytes([code, len(value)]) + value
            replies = self.survives(raw(head + b"\xff"))
            self.assertEqual((served(replies), replies[0].message.yiaddr), ([c.OFFER], ADDRESS))
        self.assertTrue(encode_name("a" * 63))

    def test_Z15(self):
        """A list that asks for everything, and twice, is answered once and within the limit."""
        for wanted in (bytes(range(256))[:255], b"\1" * 255, b"\0\xff\0\xff\3", bytes(range(255, 0, -1))):
            reply = self.survives(plain(options={55: wanted}))[0]
            self.assertLessEqual(len(reply.octets), 548)
            position, seen = HEAD, []
            while reply.octets[position] != 255:
                seen.append(reply.octets[position])
                position += 2 + reply.octets[position + 1]
            self.assertEqual(len(seen), len(set(seen)))

    def test_Z16(self):
        """A wish for an address that no host can have is never acknowledged."""
        for wish in ("255.255.255.255", "224.0.0.1", "127.0.0.1"):
            sent = {c.SERVER_IDENTIFIER: SERVER, c.REQUESTED_ADDRESS: ip(wish)}
            self.assertEqual(served(self.survives(plain(c.REQUEST, sent))), [c.NAK])
        nothing = self.survives(plain(c.REQUEST, {c.SERVER_IDENTIFIER: SERVER, c.REQUESTED_ADDRESS: bytes(4)}))
        self.assertEqual([reply.message.yiaddr for reply in nothing], [ADDRESS])
        for wish in (b"\1\2\3", b"\1\2\3\4\5"):
            area = b"\x35\1\3\x36\4" + SERVER + b"\x32" + bytes([len(wish)]) + wish + b"\xff"
            self.assertNotIn(c.ACK, served(self.survives(raw(area))))

    def test_Z17(self):
        """A server identifier of another length than four is not ours."""
        for value in (SERVER[:3], SERVER * 2):
            area = b"\x35\1\3\x32\4" + ADDRESS + b"\x36" + bytes([len(value)]) + value + b"\xff"
            self.assertEqual(self.survives(raw(area)), [])

    def test_Z18(self):
        """A lease time that a client wishes for does not change the reservation's."""
        for wish in (0, 1, 0xFFFFFFFF):
            reply = self.survives(plain(options={51: wish.to_bytes(4, "big")}))[0]
            self.assertEqual(reply.message.options[51], (3600).to_bytes(4, "big"))

    def test_Z19(self):
        """A relay agent's address that no host can have, or that is the server's own, is met with silence."""
        for giaddr in ("255.255.255.255", "127.0.0.1", "224.0.0.1", "10.77.0.1"):
            self.assertEqual(self.survives(plain(giaddr=ip(giaddr))), [])
        self.world = World(replace(POLICY, link_check=False), local=ON_NETWORKS)
        self.assertEqual(served(self.survives(plain(giaddr=ip("192.168.7.126")))), [c.OFFER])
        for giaddr in ON_NETWORKS.broadcasts:
            for kind in (c.DISCOVER, c.REQUEST, c.INFORM, None):
                self.assertEqual(self.survives(plain(kind, giaddr=giaddr)), [])

    def test_Z20(self):
        """A forged ciaddr draws no reply to everybody or to a group."""
        world = World(local=BROADCAST_SIDE)
        for ciaddr in ("255.255.255.255", "224.0.0.1", "10.77.0.255", "10.77.0.0"):
            for kind in (c.REQUEST, c.INFORM):
                for local in (None, world.local._replace(hears_broadcasts=False)):
                    reply = world.ask_directly(
                        kind, local=local, chaddr=LOCAL_MAC, ciaddr=ip(ciaddr), source="10.77.0.50"
                    )
                    # A NAK for a wrong address goes to everybody on the link by RFC 2131 section 4.1.
                    if reply is not None:
                        self.assertEqual((kind, reply.message.message_type), (c.REQUEST, c.NAK))
        self.assertEqual(world.observed.of(HandlingFailed), [])
        wide = definition(ip=ip("10.77.0.255"), subnet="10.77.0.0/16", subnet_mask=ip("255.255.0.0"))
        forged = ["255.255.255.255", "224.0.0.1", "10.77.1.0", "10.77.1.255", "10.77.0.255", "192.168.7.127"]
        for local, link_check in product((ON_NETWORKS, ON_NETWORKS._replace(hears_broadcasts=True)), (True, False)):
            world = World(replace(POLICY, link_check=link_check), local=local)
            # A stranger is told of a subnet that is served, but not where all of it would hear.
            good = world.ask_directly(c.INFORM, chaddr=STRANGER, ciaddr=ip("10.77.1.9"), source="10.77.1.9")
            self.assertEqual((good.message.message_type, good.to.ip), (c.ACK, ip("10.77.1.9")))
            for ciaddr, giaddr in product(map(ip, forged), (bytes(4), RELAY)):
                asked = partial(world.ask_directly, ciaddr=ciaddr, giaddr=giaddr, source="10.77.1.9")
                for mac in (STRANGER, MAC, LOCAL_MAC):
                    self.assertIsNone(asked(c.INFORM, chaddr=mac))
                    self.assertIsNone(asked(None, chaddr=mac))
            self.assertEqual(world.observed.of(HandlingFailed), [])
            # Not even if somebody entered such an address as a client's own.
            world = World(source=MemorySource({MAC: wide}), local=local)
            for kind in (None, c.REQUEST, c.INFORM):
                self.assertIsNone(world.ask_directly(kind, ciaddr=wide.ip, source="10.77.1.9"))


class FloodTests(BadInputCase):
    def setUp(self):
        self.world = World(policy=replace(POLICY, suspend=False))
        self.random = random.Random(20260131)

    def test_Z24(self):
        """A thousand mutations of good packets leave the server well."""
        good = [plain(kind, SELECT) for kind in (c.DISCOVER, c.REQUEST, c.DECLINE, c.RELEASE, c.INFORM)]
        datagrams = []
        for _ in range(1000):
            data = bytearray(self.random.choice(good))
            for _ in range(self.random.randint(1, 8)):
                data[self.random.randrange(len(data))] = self.random.randrange(256)
            datagrams.append(bytes(data[: self.random.randint(200, len(data))]))
        self.survives(*datagrams)

    def test_Z25(self):
        """A thousand random datagrams leave the server well."""
        self.survives(*(self.random.randbytes(self.random.randint(0, 1500)) for _ in range(1000)))

    def test_Z26(self):
        """Every type without each of its options in turn leaves the server well."""
        whole = {**SELECT, 55: b"\1\3\6", 57: b"\x05\xdc", 61: b"\1" + MAC, 12: b"name", 51: bytes(4), 56: b"no"}
        for kind in range(1, 9):
            for left_out in whole:
                self.survives(plain(kind, {code: value for code, value in whole.items() if code != left_out}))
            self.survives(plain(kind))

    def test_Z27(self):
        """The server's own replies, sent back at it, are ignored."""
        replies = [self.world.ask(c.DISCOVER), self.world.ask(c.REQUEST, SELECT), self.world.ask(None)]
        self.assertEqual(self.survives(*(reply.octets for reply in replies)), [])

    def test_Z28(self):
        """A client that sends a thousand DISCOVERs a second is answered a bounded number of times, others always."""
        self.world = World(policy=replace(POLICY, suspend=True, suspend_threshold=10))
        flood = plain(chaddr=OTHER_MAC)
        replies = self.survives(*([flood] * 1000))
        self.assertLessEqual(len(replies), 10)
        self.assertEqual(self.world.ask_directly(c.DISCOVER, chaddr=LOCAL_MAC).message.yiaddr, HERE)
