"""What single options do (rows P) and clients that speak BOOTP (rows B)."""

from dataclasses import replace

from twisted.trial.unittest import SynchronousTestCase

from sdhcp.backends.memory import MemorySource
from sdhcp.model import Destination
from sdhcp.wire import constants as c
from sdhcp.wire.names import encode_names
from sdhcp.wire.options import encode_option

from .in_process import BROADCAST_SIDE, HERE, POLICY, STRANGER, World, written
from .samples import ADDRESS, FOREIGN, FRAMES, MAC, OTHER, RELAY, SERVER, definition, ip

IDENTIFIER = b"\xffan-identifier"
RAPID = replace(POLICY, rapid_commit=True)
SELECT = {c.SERVER_IDENTIFIER: SERVER, c.REQUESTED_ADDRESS: ADDRESS}
COLLIDING = {"options": {61: b"\1another"}, "forced": frozenset((61,))}
"""A definition that names a client identifier of its own."""


def world(policy=POLICY, local=FRAMES, **fields):
    return World(policy, MemorySource({MAC: definition(**fields)}), local)


class IdentifierTests(SynchronousTestCase):
    def identifiers(self, reply):
        """Every client identifier in a reply."""
        return [value for code, value in written(reply.octets[240:]) if code == 61]

    def test_P01(self):
        """The client identifier comes back in OFFER and ACK (RFC 6842 section 3)."""
        for kind, more in ((c.DISCOVER, {}), (c.REQUEST, SELECT)):
            for fields in ({}, COLLIDING):
                reply = world(**fields).ask(kind, {61: IDENTIFIER, 55: b"\1\x3d", **more})
                self.assertEqual(self.identifiers(reply), [IDENTIFIER])

    def test_P02(self):
        """The client identifier comes back in a NAK (RFC 6842 section 3)."""
        reply = world().ask(c.REQUEST, {61: IDENTIFIER, **SELECT, c.REQUESTED_ADDRESS: OTHER})
        self.assertEqual((reply.message.message_type, reply.message.options[61]), (c.NAK, IDENTIFIER))
        for size in (254, 255):
            identifier = bytes(range(size))
            reply = world().ask(c.REQUEST, {61: identifier, **SELECT, c.REQUESTED_ADDRESS: OTHER})
            self.assertEqual((reply.message.message_type, self.identifiers(reply)), (c.NAK, [identifier]))
            self.assertLessEqual(len(reply.octets), 548)

    def test_P03(self):
        """A client without an identifier gets none (RFC 6842 section 3)."""
        for more in ({}, SELECT, {**SELECT, c.REQUESTED_ADDRESS: OTHER}):
            for fields in ({}, COLLIDING):
                reply = world(**fields).ask(c.REQUEST if more else c.DISCOVER, {55: b"\1\x3d", **more})
                self.assertEqual(self.identifiers(reply), [])

    def test_P17(self):
        """A PXE client's machine identifier comes back; boot server and file are configured (RFC 4578 section 2)."""
        machine = bytes(17)
        sent = {60: b"PXEClient:Arch:00007:UNDI:003016", 93: b"\0\7", 94: b"\1\3\20", 97: machine}
        served = world(next_server=ip("10.77.0.9"), boot_file=b"boot.efi")
        for kind, more in ((c.DISCOVER, {}), (c.REQUEST, SELECT)):
            reply = served.ask(kind, {**sent, **more}).message
            self.assertEqual(reply.options[97], machine)
            self.assertEqual((reply.siaddr, reply.file), (ip("10.77.0.9"), b"boot.efi".ljust(128, b"\0")))


class RapidCommitTests(SynchronousTestCase):
    def test_P06(self):
        """A DISCOVER with option 80 gets an ACK with option 80 at once (RFC 4039 section 4)."""
        for sent in ({80: b""}, {80: b"", 55: b"\1\3"}):
            reply = world(RAPID).ask(c.DISCOVER, sent).message
            self.assertEqual((reply.message_type, reply.yiaddr, reply.options[80]), (c.ACK, ADDRESS, b""))

    def test_P07(self):
        """Where rapid commit is off a DISCOVER with option 80 gets an OFFER without it (RFC 4039 section 4)."""
        reply = world().ask(c.DISCOVER, {80: b""}).message
        self.assertEqual(reply.message_type, c.OFFER)
        self.assertNotIn(80, reply.options)

    def test_P08(self):
        """A client that does not speak of option 80 never sees it (RFC 4039 section 4)."""
        for kind, more in ((c.DISCOVER, {}), (c.REQUEST, SELECT)):
            self.assertNotIn(80, world(RAPID).ask(kind, more).message.options)


class ValueTests(SynchronousTestCase):
    def test_P09(self):
        """Option 119 is a list of names as RFC 1035 writes them (RFC 3397 section 2)."""
        value = encode_names(["eng.example.org", "example.org"])
        reply = world(options={119: value}).ask(c.DISCOVER, {55: b"\x77"}).message
        plain = b"\3eng\7example\3org\0\7example\3org\0"
        compressed = b"\3eng\7example\3org\0\xc0\4"
        self.assertIn(reply.options[119], (plain, compressed))

    def test_P10(self):
        """Option 121 is width, significant octets and router, exactly (RFC 3442)."""
        value = encode_option(121, "10.229.0.0/17 10.77.1.1, 0.0.0.0/0 10.77.1.2")
        reply = world(options={121: value}).ask(c.DISCOVER, {55: b"\x79"}).message
        self.assertEqual(reply.options[121], bytes([17, 10, 229, 0, 10, 77, 1, 1, 0, 10, 77, 1, 2]))

    def test_P11(self):
        """Option 81 is answered to who sends it, with flags that fit together (RFC 4702 section 4)."""
        for flags in range(16):
            name = b"\3own\7example\3org\0" if flags & 4 else b"own.example.org"
            answer = world().ask(c.DISCOVER, {81: bytes([flags, 0, 0]) + name}).message.options[81]
            serves, overrides, canonical, no_update = (bool(answer[0] & bit) for bit in (1, 2, 4, 8))
            self.assertFalse(answer[0] & 0xF0)
            self.assertFalse(serves and no_update)
            self.assertEqual(overrides, serves != bool(flags & 1))
            self.assertEqual(canonical, bool(flags & 4))
            self.assertEqual(answer[1:3], b"\xff\xff")

    def test_P12(self):
        """A client that does not send option 81 gets none (RFC 4702 section 4)."""
        reply = world(options={81: b"\0\0\0own"}).ask(c.DISCOVER)
        self.assertNotIn(81, reply.message.options)

    def test_P13(self):
        """The captive portal's URI is sent exactly, without a NUL (RFC 8910 section 2.1)."""
        uri = "https://portal.example.org/?net=1"
        reply = world(options={114: encode_option(114, uri)}).ask(c.DISCOVER, {55: b"\x72"})
        self.assertEqual(reply.message.options[114], uri.encode())

    def test_P14(self):
        """Option 108 is not sent to a client that does not ask for it (RFC 8925 section 3.3)."""
        served = world(options={108: b"\0\0\7\x08"}, forced=frozenset({108}))
        for sent in ({}, {55: b"\1\3\6"}):
            self.assertNotIn(108, served.ask(c.DISCOVER, sent).message.options)

    def test_P15(self):
        """Option 108 goes to a client that asks, four octets long, with its address (RFC 8925 section 3.3)."""
        reply = world(options={108: b"\0\0\7\x08"}).ask(c.DISCOVER, {55: b"\1\x6c"}).message
        self.assertEqual((reply.options[108], reply.yiaddr), (b"\0\0\7\x08", ADDRESS))

    def test_P16(self):
        """A client is served whatever its options 124 and 125 hold (RFC 3925)."""
        for value in (b"\0\0\0\x09\3\1\1a", b"\0\0\0\x09\xff", b"\0", b"", bytes(255)):
            for code in (124, 125):
                self.assertEqual(world().ask(c.DISCOVER, {code: value}).message.yiaddr, ADDRESS)

    def test_P18(self):
        """The ProxyDHCP port tells what to load, gives no address, and answers who spoke (PXE 2.1 section 2.2)."""
        proxy = FRAMES._replace(is_proxy=True, port=4011)
        served = world(local=proxy, ip=HERE, subnet="10.77.0.0/24", options={43: b"\6\1\x08\xff"})
        offer = served.ask_directly(c.DISCOVER, {60: b"PXEClient"}).message
        self.assertEqual((offer.message_type, offer.yiaddr, offer.options[60]), (c.OFFER, bytes(4), b"PXEClient"))
        self.assertEqual(offer.options[43], b"\6\1\x08\xff")
        self.assertNotIn(51, offer.options)
        reply = served.ask_directly(c.REQUEST, {**SELECT, 60: b"PXEClient", 50: HERE}, source="10.77.0.50", port=4011)
        self.assertEqual((reply.message.message_type, reply.message.yiaddr), (c.ACK, bytes(4)))
        self.assertEqual(reply.to, Destination(HERE, 4011))
        # It gives no addresses, so that it has none to refuse.
        strict = replace(POLICY, authoritative=True, nak_renewals=True)
        for policy in (POLICY, strict):
            served = world(policy, proxy, ip=HERE, subnet="10.77.0.0/24")
            for sent, ciaddr in (
                ({54: SERVER}, HERE),
                ({54: SERVER, 50: OTHER}, HERE),
                ({}, HERE),
                ({}, ip("10.77.0.99")),
                ({}, FOREIGN),
                ({54: SERVER}, FOREIGN),
                ({50: OTHER}, bytes(4)),
            ):
                reply = served.ask_directly(c.REQUEST, {60: b"PXEClient", **sent}, ciaddr=ciaddr, source="10.77.0.50")
                self.assertEqual((reply.message.message_type, reply.message.yiaddr), (c.ACK, bytes(4)))
                self.assertNotIn(51, reply.message.options)
            for kind in (c.DISCOVER, c.REQUEST):
                self.assertIsNone(served.ask_directly(kind, {60: b"PXEClient"}, chaddr=STRANGER, ciaddr=FOREIGN))
            self.assertIsNone(served.ask_directly(c.REQUEST, {60: b"PXEClient", 54: OTHER}, ciaddr=HERE))

    def test_P19(self):
        """Boot server and file stand in their fields; what is too long goes to options 66 and 67 (RFC 2131)."""
        plain = world(next_server=ip("10.77.0.9"), boot_file=b"boot.efi", server_name=b"boot").ask(c.DISCOVER).message
        self.assertEqual((plain.siaddr, plain.file.rstrip(b"\0")), (ip("10.77.0.9"), b"boot.efi"))
        self.assertEqual(plain.sname.rstrip(b"\0"), b"boot")
        self.assertNotIn(67, plain.options)
        long = world(server_name=b"s" * 70, boot_file=b"f" * 140).ask(c.DISCOVER).message
        self.assertEqual((long.options[66], long.options[67]), (b"s" * 70, b"f" * 140))

    def test_P20(self):
        """A FORCERENEW meets silence, and authentication that a client sends changes nothing (RFC 3203, RFC 3118)."""
        self.assertIsNone(world().ask(9))
        self.assertEqual(world().ask(c.DISCOVER, {90: bytes(30)}).message.yiaddr, ADDRESS)

    def test_P21(self):
        """Option 12 is the reservation's name, not the client's own (RFC 2132 section 3.14)."""
        reply = world().ask(c.DISCOVER, {12: b"impostor", 55: b"\x0c"}).message
        self.assertEqual(reply.options[12], b"known")
        self.assertNotIn(12, world(hostname=None).ask(c.DISCOVER, {12: b"impostor", 55: b"\x0c"}).message.options)


class LeaseQueryTests(SynchronousTestCase):
    def test_P22(self):
        """A lease query by address, hardware address or identifier meets silence: it is not offered (RFC 4388)."""
        for sent, fields in (({}, {"ciaddr": ADDRESS, "chaddr": bytes(6)}), ({}, {}), ({61: IDENTIFIER}, {})):
            self.assertIsNone(world().ask(10, sent, **fields))

    def test_P23(self):
        """A lease query from anybody meets silence: nothing leaks (RFC 4388 section 6.3)."""
        self.assertIsNone(world().ask(10, {}, chaddr=STRANGER, ciaddr=ADDRESS, giaddr=FOREIGN))

    def test_P24(self):
        """A lease query that no relay agent sent meets silence (RFC 4388 section 6.3)."""
        self.assertIsNone(world().ask_directly(10, {}, source="10.77.1.9", ciaddr=ADDRESS))


class BootpTests(SynchronousTestCase):
    def test_B01(self):
        """A BOOTP client with a reservation gets a BOOTREPLY without DHCP's own options (RFC 1534 section 2)."""
        reply = world().ask(None).message
        self.assertEqual((reply.op, reply.yiaddr), (2, ADDRESS))
        self.assertFalse({51, 53, 54, 58, 59} & set(reply.options))

    def test_B02(self):
        """A BOOTREPLY has 300 octets, its vendor area 64 unless the client takes more (RFC 1542 section 2.1)."""
        large = world(options={224: bytes(100)})
        short, long = large.ask(None), large.ask(None, {57: b"\x05\xdc"})
        self.assertEqual(len(short.octets), 300)
        self.assertNotIn(224, short.message.options)
        self.assertIn(224, long.message.options)

    def test_B03(self):
        """A BOOTP client that is not known meets silence (RFC 1534 section 2)."""
        self.assertIsNone(world().ask(None, chaddr=STRANGER))

    def test_B04(self):
        """A BOOTREQUEST without a cookie is answered or met with silence, whatever its length (RFC 951)."""
        head = bytes([1, 1, 6, 0]) + b"\1\2\3\4" + bytes(16) + RELAY
        for length in range(236, 301):
            served = world()
            data = (head[:24] + RELAY + MAC).ljust(length, b"\0")
            replies = served.send(data)
            self.assertEqual([reply.message.yiaddr for reply in replies], [ADDRESS])
            self.assertEqual(served.ask(c.DISCOVER).message.yiaddr, ADDRESS)

    def test_B05(self):
        """A relayed BOOTREQUEST is answered to the agent's port 67, its fields copied (RFC 1542 section 4.1.2)."""
        reply = world(local=BROADCAST_SIDE).ask(None, flags=0x8000, hops=3)
        self.assertEqual(reply.to, Destination(RELAY, 67))
        answer = reply.message
        self.assertEqual((answer.giaddr, answer.flags, answer.chaddr[:6]), (RELAY, 0x8000, MAC))
