"""Where replies go, and what relay agents say (rows A, O, K)."""

from twisted.trial.unittest import SynchronousTestCase

from sdhcp.model import Destination
from sdhcp.wire import constants as c
from sdhcp.wire.message import encode

from .in_process import BROADCAST_SIDE, HERE, LOCAL_MAC, World, served, written
from .samples import ADDRESS, FOREIGN, OTHER, RELAY, SERVER, ip, message

EVERYONE = Destination(c.BROADCAST_ADDRESS, 68, b"\xff" * 6)
KINDS = (
    (c.DISCOVER, {}, c.OFFER),
    (c.REQUEST, {54: SERVER, 50: ADDRESS}, c.ACK),
    (c.REQUEST, {54: SERVER, 50: OTHER}, c.NAK),
)
ODD = b"\2\3zzz\1\4port\x63\1x\x09\6\0\0\0\x09\1\1"


def here(kind, options=None, **fields):
    return World().ask_directly(kind, options, chaddr=LOCAL_MAC, **fields)


class AddressingTests(SynchronousTestCase):
    def test_A01(self):
        """A relay agent gets the reply at giaddr, port 67 (RFC 2131 section 4.1)."""
        self.assertEqual(World().ask(c.DISCOVER).to, Destination(RELAY, 67))

    def test_A02(self):
        """Also if the packet came from another of its addresses (RFC 2131 section 4.1)."""
        self.assertEqual(World().ask(c.DISCOVER, source="10.77.0.2", port=6767).to, Destination(RELAY, 67))

    def test_A03(self):
        """A client with ciaddr gets it there (RFC 2131 section 4.1)."""
        self.assertEqual(here(c.REQUEST, ciaddr=HERE).to, Destination(HERE, 68))

    def test_A04(self):
        """With the broadcast flag it is a broadcast, in a broadcast frame (RFC 2131 section 4.1)."""
        self.assertEqual(here(c.DISCOVER, flags=0x8000).to, EVERYONE)

    def test_A05(self):
        """Without it, a frame to chaddr with yiaddr as destination (RFC 2131 section 4.1)."""
        self.assertEqual(here(c.DISCOVER).to, Destination(HERE, 68, LOCAL_MAC))

    def test_A06(self):
        """A NAK without a relay is broadcast in all cases (RFC 2131 section 4.1)."""
        self.assertEqual(here(c.REQUEST, ciaddr=OTHER).to, EVERYONE)

    def test_A07(self):
        """A NAK through a relay has the broadcast flag (RFC 2131 section 4.3.2)."""
        reply = World().ask(c.REQUEST, ciaddr=OTHER)
        self.assertEqual((reply.to, reply.message.flags), (Destination(RELAY, 67), 0x8000))

    def test_A08(self):
        """A packet that is a reply itself is ignored (RFC 2131 section 4.1)."""
        self.assertIsNone(World().ask(c.DISCOVER, op=2))

    def test_A09(self):
        """Types that servers send are ignored (RFC 2131 table 3)."""
        for kind in (c.OFFER, c.ACK, c.NAK, 0):
            self.assertIsNone(World().ask(kind))

    def test_A10(self):
        """A relay that says so is answered at its own port, and its word comes back (RFC 8357)."""
        reply = World().ask(c.DISCOVER, {82: b"\x13\0"}, port=5000)
        self.assertEqual((reply.to, reply.message.options[82]), (Destination(RELAY, 5000), b"\x13\0"))

    def test_A11(self):
        """However often a packet was relayed, it is answered (RFC 1542 section 4.1.1)."""
        for hops in (16, 255):
            self.assertEqual(World().ask(c.DISCOVER, hops=hops).message.hops, 0)

    def test_A12(self):
        """A broadcast is answered from the server's address on that link (RFC 1542 section 5.4)."""
        reply = here(c.DISCOVER, flags=0x8000, local=BROADCAST_SIDE)
        self.assertEqual((reply.to, reply.message.options[54]), (EVERYONE, SERVER))


class RelayInformationTests(SynchronousTestCase):
    def three(self, options, world=None):
        """An OFFER, an ACK and a NAK to a client that also sends some options."""
        world = world or World()
        replies = [world.ask(kind, {**more, **options}) for kind, more, _ in KINDS]
        self.assertEqual(served(replies), [answer for *_, answer in KINDS])
        return replies

    def test_O01(self):
        """Option 82 comes back octet by octet in OFFER, ACK and NAK (RFC 3046 section 2.2)."""
        for reply in self.three({82: ODD}):
            self.assertEqual(reply.message.options[82], ODD)

    def test_O02(self):
        """It is the last option before End (RFC 3046 section 2.2)."""
        for reply in self.three({82: ODD, 61: b"\1id", 55: b"\1\3\6"}):
            self.assertEqual(written(reply.octets[240:])[-1], (82, ODD))

    def test_O03(self):
        """Whether or not the client asks for it (RFC 3046 section 2.2)."""
        self.assertEqual(World().ask(c.DISCOVER, {82: ODD, 55: b"\1\3"}).message.options[82], ODD)

    def test_O04(self):
        """With unknown and vendor sub-options (RFC 3046 section 2.2)."""
        value = b"\xc8\2hi\x09\7\0\0\x0d\xe9\2ab"
        self.assertEqual(World().ask(c.DISCOVER, {82: value}).message.options[82], value)

    def test_O05(self):
        """Also if it is 255 octets long, in one piece (RFC 3046 section 2.2)."""
        for size in (254, 255):
            value = bytes([1, size - 2]) + bytes(size - 2)
            for reply in self.three({82: value}):
                self.assertEqual([found for code, found in written(reply.octets[240:]) if code == 82], [value])

    def test_O06(self):
        """It is never put into sname or file (RFC 3046 section 2.2)."""
        value = bytes([1, 200]) + b"\x77" * 200
        # The identifier has no room beside it: every reply overloads the fields.
        for reply in self.three({82: value, 57: (576).to_bytes(2, "big"), 61: b"\1" + bytes(99)}):
            area = written(reply.octets[240:])
            self.assertEqual([code for code, _ in area if code == 52], [52])
            self.assertEqual(area[-1], (82, value))
            self.assertNotIn(value, reply.octets[:240])

    def test_O07(self):
        """Malformed, it comes back as it came (RFC 3046 section 2.0)."""
        for value in (b"", b"\1", b"\1\x20abc", b"\0\0\0"):
            self.assertEqual(World().ask(c.DISCOVER, {82: value}).message.options[82], value)

    def test_O08(self):
        """A client without it gets none (RFC 3046 section 2.2)."""
        self.assertNotIn(82, World().ask(c.DISCOVER).message.options)

    def test_O09(self):
        """Without giaddr, from a switch that adds it, it comes back too (RFC 3046 section 2.1)."""
        self.assertEqual(here(c.DISCOVER, {82: ODD}).message.options[82], ODD)

    def test_O10(self):
        """In two instances it counts whole (RFC 3396 section 7)."""
        data = encode(message(c.DISCOVER, {82: b"\1\4po"}, giaddr=RELAY))
        data = data[: data.index(b"\xff", 240)] + b"\x52\2rt\xff"
        self.assertEqual(World().send(data)[0].message.options[82], b"\1\4port")


def selection(address):
    return b"\5\4" + address


class LinkTests(SynchronousTestCase):
    def test_K01(self):
        """Link selection chooses the link; the reply goes to giaddr (RFC 3527 section 3)."""
        reply = World().ask(c.DISCOVER, {82: selection(RELAY)}, giaddr=FOREIGN)
        self.assertEqual((reply.message.yiaddr, reply.to), (ADDRESS, Destination(FOREIGN, 67)))

    def test_K02(self):
        """Of a link that is not served nothing is given, whatever giaddr says (RFC 3527 section 3)."""
        self.assertIsNone(World().ask(c.DISCOVER, {82: selection(FOREIGN)}))

    def test_K03(self):
        """A link selection of a wrong length is ignored (RFC 3527 section 3)."""
        self.assertEqual(World().ask(c.DISCOVER, {82: b"\5\3\1\2\3"}).message.yiaddr, ADDRESS)

    def test_K04(self):
        """Subnet selection chooses the link, and comes back (RFC 3011 section 2)."""
        reply = World().ask(c.DISCOVER, {118: RELAY}, giaddr=FOREIGN)
        self.assertEqual((reply.message.yiaddr, reply.message.options[118]), (ADDRESS, RELAY))

    def test_K05(self):
        """Link selection wins over subnet selection (RFC 3527 section 3)."""
        self.assertIsNotNone(World().ask(c.DISCOVER, {82: selection(RELAY), 118: FOREIGN}))
        self.assertIsNone(World().ask(c.DISCOVER, {82: selection(FOREIGN), 118: RELAY}))

    def test_K06(self):
        """A relay may have the server go by another address (RFC 5107)."""
        reply = World().ask(c.DISCOVER, {82: b"\x0b\4" + RELAY})
        self.assertEqual(reply.message.options[54], RELAY)

    def test_K07(self):
        """A REQUEST to that address is acknowledged (RFC 5107)."""
        reply = World().ask(c.REQUEST, {82: b"\x0b\4" + RELAY, 54: RELAY, 50: ADDRESS})
        self.assertEqual((reply.message.message_type, reply.message.options[54]), (c.ACK, RELAY))
        self.assertIsNone(World().ask(c.REQUEST, {54: ip("10.77.1.9"), 50: ADDRESS}))
