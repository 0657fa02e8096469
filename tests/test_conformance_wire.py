"""The form of replies (rows W)."""

from itertools import product

from twisted.trial.unittest import SynchronousTestCase

from sdhcp.backends.memory import MemorySource
from sdhcp.wire import constants as c
from sdhcp.wire.message import decode, encode

from .in_process import World, written
from .samples import ADDRESS, MAC, OTHER, RELAY, SERVER, definition, ip, message

LONG = bytes(range(1, 251)) + bytes(50)
COLLIDING = (50, 52, 55, 57, 61, 97, 118)
"""Codes that a definition's options may name, though their values are not a site's to set."""
SMALL = (576).to_bytes(2, "big")
TIMES = (None, 0, 1, 2, 7, 1800, 3150, 3599, 3600, 5000)
"""Renewal and rebinding times, of which few pairs fit together."""


def codes(data: bytes) -> list[int]:
    """The codes of the options area as they stand."""
    return [code for code, _ in written(data[240:])]


def select(**more):
    return {c.SERVER_IDENTIFIER: SERVER, c.REQUESTED_ADDRESS: ADDRESS, **more}


class WireTests(SynchronousTestCase):
    def three(self, options=None, world=None, **fields):
        """An OFFER, an ACK and a NAK for the same kind of client."""
        world = world or World()
        options = options or {}
        wrong = {c.SERVER_IDENTIFIER: SERVER, c.REQUESTED_ADDRESS: OTHER}
        return [
            world.ask(c.DISCOVER, options, **fields),
            world.ask(c.REQUEST, {**options, **select()}, **fields),
            world.ask(c.REQUEST, {**options, **wrong}, **fields),
        ]

    def with_options(self, **options):
        return World(source=MemorySource({MAC: definition(**options)}))

    def with_collisions(self, **more):
        """A definition that has, and sends unasked, what is not a site's to set."""
        return self.with_options(options=dict.fromkeys(COLLIDING, b"\1x"), forced=frozenset(COLLIDING), **more)

    def every(self, world, options=None):
        """The reply to each kind of client: three() and the answers to INFORM and BOOTP."""
        options = options or {}
        inform, bootp = world.ask(c.INFORM, options, ciaddr=ADDRESS), world.ask(None, options)
        return [*self.three(options, world), inform, bootp]

    def test_W01(self):
        """Every reply is a BOOTREPLY (RFC 2131 table 3)."""
        self.assertEqual([reply.message.op for reply in self.three()], [2, 2, 2])

    def test_W02(self):
        """htype, hlen and all 16 octets of chaddr are those of the request (RFC 2131 table 3)."""
        chaddr = MAC + bytes(range(10))
        for reply in self.three(chaddr=chaddr):
            answer = reply.message
            self.assertEqual((answer.htype, answer.hlen, answer.chaddr), (1, 6, chaddr))

    def test_W03(self):
        """The transaction identifier is that of the request (RFC 2131 table 3)."""
        for reply in self.three(xid=b"\xde\xad\xbe\xef"):
            self.assertEqual(reply.message.xid, b"\xde\xad\xbe\xef")

    def test_W04(self):
        """hops is 0 in every reply (RFC 2131 table 3)."""
        self.assertEqual([reply.message.hops for reply in self.three(hops=3)], [0, 0, 0])

    def test_W05(self):
        """secs is 0 in every reply (RFC 2131 table 3)."""
        self.assertEqual([reply.message.secs for reply in self.three(secs=77)], [0, 0, 0])

    def test_W06(self):
        """OFFER and ACK have the flags of the request (RFC 2131 table 3)."""
        for flags in (0, 0x8000):
            offer, ack, _ = self.three(flags=flags)
            self.assertEqual((offer.message.flags, ack.message.flags), (flags, flags))

    def test_W07(self):
        """giaddr is that of the request (RFC 2131 table 3)."""
        self.assertEqual([reply.message.giaddr for reply in self.three()], [RELAY] * 3)

    def test_W08(self):
        """ciaddr is 0 in OFFER and NAK, and the request's in an ACK (RFC 2131 table 3)."""
        world = World()
        self.assertEqual(world.ask(c.DISCOVER, ciaddr=ADDRESS).message.ciaddr, bytes(4))
        self.assertEqual(world.ask(c.REQUEST, ciaddr=ADDRESS).message.ciaddr, ADDRESS)
        self.assertEqual(world.ask(c.REQUEST, ciaddr=OTHER).message.ciaddr, bytes(4))

    def test_W09(self):
        """yiaddr is the address in OFFER and ACK, 0 in a NAK and in the answer to an INFORM (RFC 2131 table 3)."""
        self.assertEqual([reply.message.yiaddr for reply in self.three()], [ADDRESS, ADDRESS, bytes(4)])
        self.assertEqual(World().ask(c.INFORM, ciaddr=ADDRESS).message.yiaddr, bytes(4))

    def test_W10(self):
        """siaddr is the configured boot server, else 0 (RFC 2131 table 3, RFC 2132 section 9.7)."""
        self.assertEqual([reply.message.siaddr for reply in self.three()], [bytes(4)] * 3)
        world = self.with_options(next_server=OTHER)
        self.assertEqual(world.ask(c.DISCOVER).message.siaddr, OTHER)

    def test_W11(self):
        """The magic cookie stands at octet 236 (RFC 2131 section 3)."""
        for reply in self.three():
            self.assertEqual(reply.octets[236:240], bytes([99, 130, 83, 99]))

    def test_W12(self):
        """Option 53 stands there once, with one octet (RFC 2132 section 9.6)."""
        for reply, kind in zip(self.three(), (2, 5, 6), strict=True):
            self.assertEqual(codes(reply.octets).count(53), 1)
            self.assertEqual(reply.message.options[53], bytes([kind]))

    def test_W13(self):
        """The options end with End, and only zero octets follow (RFC 2132 section 3.2)."""
        for reply in self.three():
            data, position = reply.octets, 240
            while data[position] != 255:
                position += 2 + data[position + 1]
            self.assertFalse(any(data[position + 1 :]))

    def test_W14(self):
        """A reply has at least 300 octets of payload (RFC 951 section 3, RFC 1542 section 2.1)."""
        for reply in self.three({c.PARAMETER_REQUEST_LIST: b"\1"}):
            self.assertGreaterEqual(len(reply.octets), 300)

    def test_W15(self):
        """Without option 57 no reply is larger than a datagram of 576 octets (RFC 2131 section 2)."""
        world = self.with_options(options=dict.fromkeys((43, 125, 224, 225), LONG))
        reply = world.ask(c.DISCOVER, {55: bytes([43, 125, 224, 225]), 82: b"\1\xc8" + bytes(200)})
        self.assertLessEqual(len(reply.octets) + 28, 576)
        self.assertEqual(written(reply.octets[240:])[-1], (82, b"\1\xc8" + bytes(200)))

    def test_W16(self):
        """With option 57 the reply may grow to it, and long options are there (RFC 2132 section 9.10)."""
        world = self.with_options(options=dict.fromkeys((43, 125), LONG))
        reply = world.ask(c.DISCOVER, {55: bytes([43, 125]), 57: (1400).to_bytes(2, "big")})
        self.assertLessEqual(len(reply.octets) + 28, 1400)
        self.assertEqual((reply.message.options[43], reply.message.options[125]), (LONG, LONG))

    def test_W17(self):
        """Option 57 below 576 counts as 576 (RFC 2132 section 9.10)."""
        plain = World().ask(c.DISCOVER).octets
        for size in (0, 1, 300, 575):
            self.assertEqual(World().ask(c.DISCOVER, {57: size.to_bytes(2, "big")}).octets, plain)

    def test_W20(self):
        """Every reply has option 54 with an address of this server (RFC 2131 table 3)."""
        for reply in self.three():
            self.assertEqual(reply.message.options[54], SERVER)

    def test_W21(self):
        """OFFER and ACK have a lease time (RFC 2131 table 3)."""
        offer, ack, _ = self.three()
        self.assertEqual((offer.message.options[51], ack.message.options[51]), ((3600).to_bytes(4, "big"),) * 2)

    def test_W22(self):
        """No reply has what only clients send: options 50, 55, 57 (RFC 2131 table 3)."""
        for reply in self.three({55: b"\1\x32\x37\x39", 57: b"\5\xdc"}):
            self.assertTrue({50, 55, 57}.isdisjoint(codes(reply.octets)))
        asked = bytes([1, *COLLIDING])
        for sent in ({}, {55: asked}, {55: asked.ljust(70, b"\3")}, {57: b"\5\xdc"}):
            for reply in self.every(self.with_collisions(), sent):
                self.assertTrue(set(COLLIDING).isdisjoint(codes(reply.octets)))

    def test_W23(self):
        """A NAK has no options but 53, 54, 56, and what is echoed (RFC 2131 table 3, RFC 6842)."""
        *_, nak = self.three({55: b"\1\3\6", 61: b"\1id", 82: b"\1\1a", 60: b"mine"})
        self.assertEqual(set(nak.message.options), {53, 54, 56, 61, 82})

    def test_W24(self):
        """No code stands there twice unless its value is over 255 octets (RFC 3396)."""
        world = self.with_options(options={43: LONG}, forced=frozenset([43]))
        reply = world.ask(c.DISCOVER, {55: bytes([43, 43, 1, 1, 3]), 57: b"\5\xdc"})
        found = codes(reply.octets)
        self.assertEqual([code for code in found if found.count(code) > 1], [43, 43])
        echoed = {61: b"\1id", 97: bytes(17), 118: RELAY}
        for sent in (echoed, {**echoed, 55: bytes(COLLIDING)}, {**echoed, 55: bytes(COLLIDING).ljust(70, b"\3")}):
            offer, ack, nak = self.three(sent, self.with_collisions())
            for reply, back in ((offer, echoed), (ack, echoed), (nak, {61: b"\1id", 118: RELAY})):
                stands = [(code, value) for code, value in written(reply.octets[240:]) if code in COLLIDING]
                self.assertEqual(sorted(stands), sorted(back.items()))

    def test_W25(self):
        """Options stand in the order in which the client asked for them (RFC 2132 section 9.8)."""
        for wanted, order in (((42, 6, 3, 1, 15), [42, 6, 1, 3, 15]), ((15, 42, 1, 6, 3), [15, 42, 1, 6, 3])):
            for reply in self.three({55: bytes(wanted)})[:2]:
                self.assertEqual([code for code in codes(reply.octets) if code in wanted], order)

    def test_W26(self):
        """What was asked for and has no value is left out (RFC 2131 section 4.3.1)."""
        reply = World().ask(c.DISCOVER, {55: bytes([44, 119, 121, 1])})
        self.assertTrue({44, 119, 121}.isdisjoint(reply.message.options))

    def test_W27(self):
        """The subnet mask stands before the routers (RFC 2132 section 3.3)."""
        found = codes(World().ask(c.DISCOVER, {55: bytes([3, 1])}).octets)
        self.assertLess(found.index(1), found.index(3))

    def test_W28(self):
        """A client that asks for nothing gets mask and routers (RFC 2131 section 4.3.1)."""
        self.assertTrue({1, 3} <= set(World().ask(c.DISCOVER).message.options))

    def test_W29(self):
        """T1 is less than T2, and T2 less than the lease (RFC 2131 section 4.4.5)."""
        options = World().ask(c.DISCOVER, {55: bytes([58, 59])}).message.options
        self.assertLess(options[58], options[59])
        self.assertLess(options[59], options[51])
        absent = 0
        for lease, first, second in product((1, 2, 3, 8, 3600), TIMES, TIMES):
            world = self.with_options(lease_time=lease, renewal_time=first, rebinding_time=second)
            lists = [{55: bytes([58, 59])}] if None in (first, second) else [{}, {55: b"\1"}, {55: bytes([58, 59])}]
            for reply in (reply for sent in lists for reply in self.three(sent, world)[:2]):
                options = reply.message.options
                times = [int.from_bytes(options[code], "big") for code in (58, 59, 51) if code in options]
                self.assertIn(len(times), (1, 3), (lease, first, second, times))
                self.assertEqual(times, sorted(set(times)), (lease, first, second))
                absent += len(times) == 1
        self.assertTrue(absent)

    def test_W30(self):
        """T1 is half and T2 seven eighths of the lease unless configured (RFC 2131 section 4.4.5)."""
        options = World().ask(c.DISCOVER, {55: bytes([58, 59])}).message.options
        self.assertEqual([int.from_bytes(options[code], "big") for code in (58, 59)], [1800, 3150])

    def test_W31(self):
        """Text does not end in NUL (RFC 2132 section 2)."""
        world = self.with_options(
            options={114: b"https://example.org"}, boot_file=b"f" * 130, server_name=b"boot", hostname="name"
        )
        options = world.ask(c.DISCOVER, {55: bytes([12, 15, 66, 67, 114])}).message.options
        self.assertFalse(any(options[code].endswith(b"\0") for code in (12, 15, 66, 67, 114)))

    def test_W32(self):
        """What was not asked for is not sent, but for what every client needs (RFC 2131 section 4.3.1)."""
        options = World().ask(c.DISCOVER, {55: bytes([1, 3, 6])}).message.options
        self.assertEqual(set(options), {53, 54, 51, 1, 3, 6, 15})

    def test_W33(self):
        """A wish for another lease time gets at most the configured one, in OFFER and ACK alike."""
        world = World()
        for wish in (0, 1, 300, 0xFFFFFFFF):
            offer = world.ask(c.DISCOVER, {51: wish.to_bytes(4, "big")})
            ack = world.ask(c.REQUEST, select(**{}) | {51: wish.to_bytes(4, "big")})
            for reply in (offer, ack):
                self.assertTrue(0 < int.from_bytes(reply.message.options[51], "big") <= 3600)
            self.assertEqual(offer.message.options[51], ack.message.options[51])

    def test_W34(self):
        """An ACK says what the OFFER said (RFC 2131 section 3.1)."""
        offer, ack, _ = self.three()
        for code in (1, 3, 6, 51):
            self.assertEqual(offer.message.options[code], ack.message.options[code])
        self.assertEqual(offer.message.yiaddr, ack.message.yiaddr)


class LongOptionTests(SynchronousTestCase):
    def test_G01(self):
        """A long value stands in consecutive instances of at most 255 octets (RFC 3396 sections 5 and 7)."""
        world = World(source=MemorySource({MAC: definition(options={125: LONG})}))
        data = world.ask(c.DISCOVER, {55: bytes([125]), 57: (1400).to_bytes(2, "big")}).octets
        found = codes(data)
        first = found.index(125)
        self.assertEqual(found[first : first + 2], [125, 125])
        self.assertEqual(decode(data).options[125], LONG)

    def split(self, data: bytes) -> bytes:
        return data[: data.index(b"\xff", 240)]

    def test_G02(self):
        """A parameter request list in two instances counts whole (RFC 3396 section 7)."""
        head = encode(message(c.DISCOVER, {55: b"\x2a"}, giaddr=RELAY))
        data = self.split(head) + b"\x37\1\x0c\xff"
        reply = World().send(data)[0]
        self.assertTrue({42, 12} <= set(reply.message.options))

    def test_G03(self):
        """A client identifier in two instances counts whole (RFC 3396 section 7)."""
        data = self.split(encode(message(c.DISCOVER, {61: b"\0ab"}, giaddr=RELAY))) + b"\x3d\2cd\xff"
        self.assertEqual(World().send(data)[0].message.options[61], b"\0abcd")

    def raw_overload(self, which, file=b"", sname=b""):
        request = message(c.DISCOVER, {}, giaddr=RELAY, file=file, sname=sname)
        data = self.split(encode(request)) + b"\x34" + bytes([len(which)]) + which + b"\xff"
        replies = World().send(data.ljust(300, b"\0"))
        return replies[0].message if replies else None

    def test_G04(self):
        """Options in the file field count (RFC 2131 section 4.1, RFC 2132 section 9.3)."""
        self.assertIn(42, self.raw_overload(b"\1", file=b"\x37\1\x2a\xff").options)

    def test_G05(self):
        """Options in the sname field, or split over file and sname, count (RFC 2132 section 9.3)."""
        self.assertIn(42, self.raw_overload(b"\2", sname=b"\x37\1\x2a\xff").options)
        both = self.raw_overload(b"\3", file=b"\x37\1\x2a\xff", sname=b"\x37\1\x0c\xff")
        self.assertTrue({42, 12} <= set(both.options))

    def test_G06(self):
        """An overload option with a value that means nothing does no harm (RFC 2132 section 9.3)."""
        for which in (b"\0", b"\4", b"\xff", b"", b"\1\1"):
            self.assertEqual(self.raw_overload(which).message_type, c.OFFER)

    def test_G07(self):
        """An overload option in an overloaded field makes no loop (RFC 3396 section 5)."""
        reply = self.raw_overload(b"\1", file=b"\x34\1\3\x37\1\x2a\xff", sname=b"\x37\1\x0c\xff")
        self.assertIn(42, reply.options)
        self.assertNotIn(12, reply.options)

    def test_G08(self):
        """A reply that is too long overloads file and sname, never a configured boot file (RFC 2131 section 4.1)."""
        for size, fixed, which in (
            (300, {}, 1),
            (400, {}, 3),
            (300, {"server_name": b"s"}, 1),
            (290, {"boot_file": b"b"}, 2),
            (300, {"boot_file": b"b"}, 2),
        ):
            value = bytes(number % 250 + 1 for number in range(size))
            world = World(source=MemorySource({MAC: definition(options={125: value}, **fixed)}))
            for kind, sent in ((c.DISCOVER, {}), (c.REQUEST, select())):
                data = world.ask(kind, {**sent, 55: bytes([125]), 57: SMALL}).octets
                area, file, sname = data[240:], data[108:236], data[44:108]
                self.assertEqual([found for code, found in written(area) if code == 52], [bytes([which])])
                places = [written(area)]
                if which & 1:
                    places.append(written(file))
                if which & 2:
                    places.append(written(sname))
                parts = [found for place in places for code, found in place if code == 125]
                self.assertEqual(b"".join(parts), value)
                self.assertTrue(places[-1])
                if "boot_file" in fixed:
                    self.assertEqual(file, b"b".ljust(128, b"\0"))
                if "server_name" in fixed:
                    self.assertEqual(sname, b"s".ljust(64, b"\0"))
        taken = World(source=MemorySource({MAC: definition(options={125: LONG}, boot_file=b"b", server_name=b"s")}))
        reply = taken.ask(c.DISCOVER, {55: bytes([125]), 57: SMALL})
        self.assertEqual((reply.message.file[:2], reply.message.sname[:2]), (b"b\0", b"s\0"))
        self.assertNotIn(52, codes(reply.octets))


class SubnetTests(SynchronousTestCase):
    def test_options_of_another_subnet_never_appear(self):
        reply = World().ask(c.DISCOVER)
        self.assertEqual(reply.message.options[3], ip("10.77.1.1"))
