"""What each message gets in each state of a client (rows D, S, I, N, X, L, F)."""

from dataclasses import replace

from twisted.trial.unittest import SynchronousTestCase

from sdhcp.backends.memory import MemorySource
from sdhcp.events import Declined, Exchange
from sdhcp.model import Destination
from sdhcp.wire import constants as c

from .in_process import BROADCAST_SIDE, DEFAULTS, HERE, LOCAL_MAC, OTHER_MAC, POLICY, STRANGER, World
from .samples import ADDRESS, FOREIGN, MAC, OTHER, RELAY, SERVER, definition, ip

FREE = ip("10.77.1.200")


def kind(reply):
    return reply.message.message_type if reply else None


class StateCase(SynchronousTestCase):
    """Rows that hold whatever the policy is; a class below each family runs them with what is set by default."""

    policy = POLICY

    def world(self, **changes):
        return World(replace(self.policy, **changes))


class DiscoverTests(StateCase):
    def test_D01(self):
        """A client with a reservation is offered exactly its address (RFC 2131 section 4.3.1)."""
        reply = self.world().ask(c.DISCOVER)
        self.assertEqual((kind(reply), reply.message.yiaddr), (c.OFFER, ADDRESS))

    def test_D03(self):
        """A stranger's DISCOVER meets silence, never a NAK (RFC 2131 sections 3.1 and 4.3.2)."""
        for authoritative in (False, True):
            self.assertIsNone(self.world(authoritative=authoritative).ask(c.DISCOVER, chaddr=STRANGER))

    def test_D04(self):
        """A second DISCOVER gets the same offer (RFC 2131 section 4.3.1)."""
        world = self.world()
        self.assertEqual(world.ask(c.DISCOVER).octets, world.ask(c.DISCOVER).octets)

    def test_D05(self):
        """Two clients are offered different addresses (RFC 2131 section 2.2)."""
        world = self.world()
        offers = {world.ask(c.DISCOVER, chaddr=mac).message.yiaddr for mac in (MAC, OTHER_MAC)}
        self.assertEqual(offers, {ADDRESS, OTHER})

    def test_D08(self):
        """A wish for an address of another network gets the right one (RFC 2131 section 4.3.1)."""
        self.assertEqual(self.world().ask(c.DISCOVER, {50: FOREIGN}).message.yiaddr, ADDRESS)

    def test_D09(self):
        """A wish for another client's reserved address does not get it (RFC 2131 section 4.3.1)."""
        self.assertEqual(self.world().ask(c.DISCOVER, {50: OTHER}).message.yiaddr, ADDRESS)

    def test_D10(self):
        """Neither the server's, nor the router's, nor a network's or broadcast address is offered on a wish."""
        for wish in (SERVER, RELAY, ip("10.77.1.0"), ip("10.77.1.255")):
            self.assertEqual(self.world().ask(c.DISCOVER, {50: wish}).message.yiaddr, ADDRESS)

    def test_D12(self):
        """ciaddr in a DISCOVER changes nothing and does not come back (RFC 2131 table 5)."""
        reply = self.world().ask(c.DISCOVER, ciaddr=ip("9.9.9.9"))
        self.assertEqual((reply.message.yiaddr, reply.message.ciaddr), (ADDRESS, bytes(4)))

    def test_D13(self):
        """A DISCOVER that names a server is answered (RFC 2131 table 5)."""
        for server in (SERVER, OTHER):
            self.assertEqual(kind(self.world().ask(c.DISCOVER, {54: server})), c.OFFER)


class DiscoverDefaultsTests(DiscoverTests):
    policy = DEFAULTS


class SelectingTests(StateCase):
    def select(self, address, server=SERVER, world=None, **fields):
        return (world or self.world()).ask(c.REQUEST, {54: server, 50: address}, **fields)

    def test_S01(self):
        """The offered address is acknowledged (RFC 2131 section 4.3.2)."""
        reply = self.select(ADDRESS)
        self.assertEqual((kind(reply), reply.message.yiaddr), (c.ACK, ADDRESS))

    def test_S02(self):
        """A REQUEST to another server meets silence (RFC 2131 section 4.3.2)."""
        self.assertIsNone(self.select(ADDRESS, server=OTHER))

    def test_S03(self):
        """Another client's address is refused (RFC 2131 section 4.3.2)."""
        self.assertEqual(kind(self.select(OTHER)), c.NAK)

    def test_S04(self):
        """An address of a foreign network is refused (RFC 2131 section 4.3.2)."""
        self.assertEqual(kind(self.select(FOREIGN)), c.NAK)

    def test_S05(self):
        """A free address that is not the client's own is refused (RFC 2131 section 4.3.2)."""
        self.assertEqual(kind(self.select(FREE)), c.NAK)

    def test_S06(self):
        """The same REQUEST gets the same ACK (RFC 2131 section 4.1)."""
        world = self.world()
        self.assertEqual(self.select(ADDRESS, world=world).octets, self.select(ADDRESS, world=world).octets)

    def test_S07(self):
        """A REQUEST that names no address gets the one that was offered (RFC 2131 section 4.3.2)."""
        reply = self.world().ask(c.REQUEST, {54: SERVER})
        self.assertEqual((kind(reply), reply.message.yiaddr), (c.ACK, ADDRESS))

    def test_S08(self):
        """A NAK names the server, and no address nor lease time (RFC 2131 table 3)."""
        nak = self.select(OTHER).message
        self.assertEqual((nak.yiaddr, nak.ciaddr, nak.siaddr, nak.options[54]), (*(bytes(4),) * 3, SERVER))
        self.assertNotIn(51, nak.options)

    def test_S09(self):
        """A stranger that selects this server gets no ACK (RFC 2131 section 4.3.2)."""
        self.assertEqual(kind(self.select(ADDRESS, chaddr=STRANGER)), c.NAK)

    def test_S10(self):
        """A REQUEST without a DISCOVER before it is answered by the reservation alone (RFC 2131 section 3.1)."""
        self.assertEqual(kind(self.select(OTHER, chaddr=OTHER_MAC)), c.ACK)


class SelectingDefaultsTests(SelectingTests):
    policy = DEFAULTS


class RebootTests(StateCase):
    def reboot(self, address, authoritative=False, **fields):
        return self.world(authoritative=authoritative).ask(c.REQUEST, {50: address}, **fields)

    def test_I01(self):
        """A client that asks for its own address gets it (RFC 2131 section 4.3.2)."""
        reply = self.reboot(ADDRESS)
        self.assertEqual((kind(reply), reply.message.yiaddr), (c.ACK, ADDRESS))

    def test_I02(self):
        """A client that asks for another address of its network is refused (RFC 2131 section 4.3.2)."""
        self.assertEqual(kind(self.reboot(FREE)), c.NAK)

    def test_I03(self):
        """A client that asks for an address of another network is refused (RFC 2131 section 4.3.2)."""
        self.assertEqual(kind(self.reboot(FOREIGN)), c.NAK)

    def test_I04(self):
        """A stranger meets silence; a NAK only where AUTHORITATIVE says so (RFC 2131 section 4.3.2)."""
        self.assertIsNone(self.reboot(FREE, chaddr=STRANGER))
        self.assertEqual(kind(self.reboot(FREE, True, chaddr=STRANGER)), c.NAK)

    def test_I07(self):
        """A REQUEST without any address meets silence (RFC 2131 section 4.3.2)."""
        self.assertIsNone(self.world().ask(c.REQUEST))


class RebootDefaultsTests(RebootTests):
    policy = DEFAULTS


class RenewalTests(StateCase):
    def renew(self, world=None, address=HERE, mac=LOCAL_MAC, **fields):
        fields.setdefault("source", ".".join(map(str, address)))
        return (world or self.world()).ask_directly(c.REQUEST, ciaddr=address, chaddr=mac, **fields)

    def test_N01(self):
        """A renewal of the client's own address is acknowledged (RFC 2131 section 4.3.2)."""
        reply = self.renew()
        self.assertEqual((kind(reply), reply.message.yiaddr), (c.ACK, HERE))

    def test_N02(self):
        """Without a relay the ACK goes to ciaddr (RFC 2131 section 4.1)."""
        self.assertEqual(self.renew().to, Destination(HERE, 68))

    def test_N03(self):
        """ciaddr comes back (RFC 2131 table 3)."""
        self.assertEqual(self.renew().message.ciaddr, HERE)

    def test_N04(self):
        """A rebinding client, whose REQUEST is broadcast, gets its ACK at ciaddr (RFC 2131 section 4.3.2)."""
        reply = self.renew(local=BROADCAST_SIDE)
        self.assertEqual((kind(reply), reply.to), (c.ACK, Destination(HERE, 68)))
        self.assertEqual(self.world().ask(c.REQUEST, ciaddr=ADDRESS).to, Destination(RELAY, 67))

    def test_N05(self):
        """A renewal of another client's address is refused (RFC 2131 section 4.3.2)."""
        self.assertEqual(kind(self.renew(address=OTHER)), c.NAK)

    def test_N07(self):
        """A direct renewal after a lease through a relay is acknowledged without option 82 (RFC 3046 section 2.2)."""
        world = self.world()
        world.ask(c.REQUEST, {54: SERVER, 50: ADDRESS, 82: b"\1\4port"})
        reply = self.renew(world, ADDRESS, MAC)
        self.assertEqual((kind(reply), reply.message.yiaddr), (c.ACK, ADDRESS))
        self.assertNotIn(82, reply.message.options)

    def test_N08(self):
        """A stranger that rebinds meets silence; a NAK only where AUTHORITATIVE says so (RFC 2131 section 4.3.2)."""
        self.assertIsNone(self.world().ask(c.REQUEST, ciaddr=FREE, chaddr=STRANGER))
        self.assertEqual(kind(self.world(authoritative=True).ask(c.REQUEST, ciaddr=FREE, chaddr=STRANGER)), c.NAK)

    def test_N10(self):
        """A renewal gets a full lease anew (RFC 2131 section 4.4.5)."""
        world = self.world()
        first = self.renew(world).message.options[51]
        world.clock.advance(1800)
        self.assertEqual((self.renew(world).message.options[51], first), ((3600).to_bytes(4, "big"),) * 2)


class RenewalDefaultsTests(RenewalTests):
    policy = DEFAULTS


class WrongLinkTests(SynchronousTestCase):
    """Rows that hold where LINK_CHECK is on."""

    def test_D16(self):
        """A relay agent on a network that is not served meets silence (RFC 2131 section 4.3.1)."""
        self.assertIsNone(World().ask(c.DISCOVER, giaddr=FOREIGN))
        self.assertIsNone(World(DEFAULTS).ask(c.DISCOVER, chaddr=STRANGER, giaddr=FOREIGN))

    def test_D18(self):
        """An address is not offered on another link than its own (RFC 2131 section 4.1)."""
        world = World()
        self.assertIsNone(world.ask(c.DISCOVER, giaddr=ip("10.99.0.1")))
        self.assertIsNone(world.ask_directly(c.DISCOVER))

    def test_I05(self):
        """On the wrong network behind a relay the NAK goes to the relay, with the broadcast flag (RFC 2131 4.3.2)."""
        reply = World().ask(c.REQUEST, {50: ADDRESS}, giaddr=FOREIGN)
        self.assertEqual((kind(reply), reply.to), (c.NAK, Destination(FOREIGN, 67)))
        self.assertEqual(reply.message.flags & 0x8000, 0x8000)

    def test_I06(self):
        """On the wrong network without a relay the NAK is broadcast, frame and all (RFC 2131 section 4.1)."""
        reply = World().ask_directly(c.REQUEST, {50: ADDRESS})
        self.assertEqual((kind(reply), reply.to), (c.NAK, Destination(c.BROADCAST_ADDRESS, 68, b"\xff" * 6)))

    def test_N06(self):
        """A rebinding client on the wrong network behind a relay is refused (RFC 2131 section 4.3.2)."""
        self.assertEqual(kind(World().ask(c.REQUEST, ciaddr=ADDRESS, giaddr=FOREIGN)), c.NAK)


class DeclineTests(SynchronousTestCase):
    def decline(self, options, mac=MAC, **fields):
        world = World()
        self.assertIsNone(world.ask(c.DECLINE, options, chaddr=mac, **fields))
        return len(world.observed.of(Declined))

    def test_X01(self):
        """A DECLINE is not answered; that of the holder is told (RFC 2131 section 4.3.3)."""
        self.assertEqual(self.decline({50: ADDRESS, 54: SERVER}), 1)

    def test_X04(self):
        """A DECLINE of an address by a client that does not hold it counts for nothing (RFC 2131 section 4.3.3)."""
        self.assertEqual(self.decline({50: ADDRESS, 54: SERVER}, OTHER_MAC), 0)
        self.assertEqual(self.decline({50: ADDRESS, 54: SERVER}, STRANGER), 0)

    def test_X05(self):
        """A DECLINE that names no address counts for nothing (RFC 2131 table 5)."""
        self.assertEqual(self.decline({54: SERVER}), 0)

    def test_X06(self):
        """A DECLINE to another server counts for nothing (RFC 2131 table 5)."""
        self.assertEqual(self.decline({50: ADDRESS, 54: OTHER}), 0)

    def test_X07(self):
        """Many forged DECLINEs leave the server serving."""
        world = World()
        for number in range(200):
            world.ask(c.DECLINE, {50: ip(f"10.77.1.{number}"), 54: SERVER}, chaddr=STRANGER)
        self.assertEqual(kind(world.ask(c.DISCOVER)), c.OFFER)


class ReleaseTests(SynchronousTestCase):
    def outcome(self, mac=MAC, server=SERVER, address=ADDRESS, options=None):
        world = World()
        self.assertIsNone(world.ask(c.RELEASE, {54: server, **(options or {})}, chaddr=mac, ciaddr=address))
        exchanges = world.observed.of(Exchange)
        return exchanges[0].outcome if exchanges else "dropped"

    def test_L01(self):
        """A RELEASE is not answered (RFC 2131 section 4.3.4)."""
        self.assertEqual(self.outcome(), "released")

    def test_L02(self):
        """A RELEASE of another client's address counts for nothing."""
        self.assertEqual(self.outcome(OTHER_MAC), "not-holder")

    def test_L03(self):
        """A RELEASE is judged by the hardware address, by which clients are known."""
        self.assertEqual(self.outcome(options={61: b"\0another"}), "released")

    def test_L04(self):
        """A RELEASE to another server counts for nothing (RFC 2131 table 5)."""
        self.assertEqual(self.outcome(server=OTHER), "dropped")

    def test_L06(self):
        """After a RELEASE the client is offered its address again."""
        world = World()
        world.ask(c.RELEASE, {54: SERVER}, ciaddr=ADDRESS)
        self.assertEqual(world.ask(c.DISCOVER).message.yiaddr, ADDRESS)


class InformTests(StateCase):
    def test_F01(self):
        """The answer to an INFORM goes to ciaddr (RFC 2131 section 4.3.5)."""
        for local in (None, BROADCAST_SIDE):
            reply = self.world().ask_directly(c.INFORM, ciaddr=HERE, chaddr=LOCAL_MAC, local=local, source="10.77.0.50")
            self.assertEqual((kind(reply), reply.to), (c.ACK, Destination(HERE, 68)))

    def test_F02(self):
        """It has no address and no times (RFC 2131 section 4.3.5)."""
        reply = self.world().ask(c.INFORM, {55: bytes([51, 58, 59, 6])}, ciaddr=ADDRESS)
        self.assertEqual(reply.message.yiaddr, bytes(4))
        self.assertTrue({51, 58, 59}.isdisjoint(reply.message.options))

    def test_F03(self):
        """It has what was asked for (RFC 2131 section 4.3.5)."""
        reply = self.world().ask(c.INFORM, {55: b"\6\x0f\x2a"}, ciaddr=ADDRESS)
        self.assertTrue({6, 15, 42} <= set(reply.message.options))

    def test_F04(self):
        """An INFORM that tells no address at all meets silence (RFC 2131 section 4.3.5)."""
        self.assertIsNone(self.world().ask_directly(c.INFORM, chaddr=LOCAL_MAC, source="0.0.0.0"))

    def test_F05(self):
        """Through a relay it is answered to ciaddr; without ciaddr to the relay, to be broadcast."""
        self.assertEqual(self.world().ask(c.INFORM, ciaddr=ADDRESS).to, Destination(ADDRESS, 68))
        reply = self.world().ask(c.INFORM)
        self.assertEqual((reply.to, reply.message.flags), (Destination(RELAY, 67), 0x8000))

    def test_F06(self):
        """A stranger's INFORM gets the options of the subnet that it is in, if that is served."""
        reply = self.world().ask(c.INFORM, {55: b"\6\x0c"}, ciaddr=FREE, chaddr=STRANGER)
        self.assertEqual((kind(reply), 6 in reply.message.options, 12 in reply.message.options), (c.ACK, True, False))
        self.assertIsNone(self.world().ask(c.INFORM, ciaddr=FOREIGN, chaddr=STRANGER))


class InformDefaultsTests(InformTests):
    policy = DEFAULTS


class SeveralDefinitionsTests(SynchronousTestCase):
    def test_the_one_that_belongs_on_the_link_is_used(self):
        elsewhere = definition(ip=FOREIGN, subnet="10.99.0.0/24")
        world = World(source=MemorySource({MAC: [elsewhere, definition()]}))
        self.assertEqual(world.ask(c.DISCOVER).message.yiaddr, ADDRESS)
        self.assertEqual(world.ask(c.DISCOVER, giaddr=ip("10.99.0.1")).message.yiaddr, FOREIGN)
        self.assertIsNone(world.ask(c.DISCOVER, giaddr=ip("10.98.0.1")))
