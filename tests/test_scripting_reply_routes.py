"""Where the replies of a program's own server go (RFC 2131 section 4.1)."""

from twisted.trial.unittest import SynchronousTestCase

from sdhcp.model import Destination
from sdhcp.scripting.packet import DHCPPacket
from sdhcp.scripting.reply_routes import route
from sdhcp.wire.message import encode

from .samples import ADDRESS, FRAMES, LOCAL, MAC, RELAY, ip, message

NOBODY = (bytes(4), 68)
EVERYONE, EVERYBODY = b"\xff" * 4, b"\xff" * 6
THERE_TEXT = "10.77.0.9"
THERE = ip(THERE_TEXT)
PROXY = LOCAL._replace(port=4011, is_proxy=True)
BROADCAST = 0x8000


def reply(asked=1, kind="Offer", yiaddr=ADDRESS, options=None, **fields):
    packet = DHCPPacket(encode(message(asked, options, **fields)))
    getattr(packet, f"transformToDHCP{kind}Packet")()
    packet.setOption("yiaddr", yiaddr)
    return packet


class RouteTests(SynchronousTestCase):
    def assert_goes(self, packet, *destination, local=FRAMES, source=NOBODY):
        self.assertEqual(route(packet, source, local), Destination(*destination))

    def test_a_client_without_an_address_is_reached_by_a_frame(self):
        for asked, kind in ((1, "Offer"), (3, "Ack"), (1, "Ack")):
            self.assert_goes(reply(asked, kind), ADDRESS, 68, MAC)

    def test_without_frames_or_where_it_is_wished_everyone_is_reached(self):
        self.assert_goes(reply(), EVERYONE, 68, local=LOCAL)
        self.assert_goes(reply(flags=BROADCAST), EVERYONE, 68, local=LOCAL)
        self.assert_goes(reply(flags=BROADCAST), EVERYONE, 68, EVERYBODY)
        self.assert_goes(reply(yiaddr=bytes(4)), EVERYONE, 68, EVERYBODY)

    def test_a_source_says_nothing_of_a_client_that_asks_for_an_address(self):
        self.assert_goes(reply(), ADDRESS, 68, MAC, source=(THERE, 68))
        self.assert_goes(reply(), EVERYONE, 68, local=LOCAL, source=(THERE, 68))

    def test_a_client_with_an_address_is_reached_there(self):
        self.assert_goes(reply(3, "Ack", ciaddr=THERE), THERE, 68)
        self.assert_goes(reply(8, "Ack", ciaddr=THERE), THERE, 68, source=(ADDRESS, 1068))
        self.assert_goes(reply(3, "Ack", ciaddr=THERE, flags=BROADCAST), THERE, 68)

    def test_an_inform_without_an_address_is_answered_where_it_came_from(self):
        self.assert_goes(reply(8, "Ack", bytes(4)), THERE, 68, source=(THERE, 1068))
        self.assert_goes(reply(8, "Ack", bytes(4)), EVERYONE, 68, EVERYBODY)

    def test_a_relay_agent_gets_what_it_relayed_on_the_servers_port(self):
        for asked, kind in ((1, "Offer"), (3, "Ack"), (3, "Nak"), (10, "LeaseUnknown")):
            for ciaddr in (bytes(4), THERE):
                packet = reply(asked, kind, ciaddr=ciaddr, giaddr=RELAY)
                self.assert_goes(packet, RELAY, 67, source=(THERE, 1067))

    def test_a_relay_agent_that_says_so_gets_it_on_its_own_port(self):
        packet = reply(options={82: b"\x13\0"}, giaddr=RELAY)
        self.assert_goes(packet, RELAY, 1067, source=(RELAY, 1067))

    def test_a_refusal_reaches_everyone(self):
        for fields in ({}, {"ciaddr": THERE}, {"flags": BROADCAST}):
            self.assert_goes(reply(3, "Nak", **fields), EVERYONE, 68, EVERYBODY, source=(THERE, 68))

    def test_a_proxy_dhcp_client_is_answered_at_the_port_that_it_speaks_from(self):
        self.assert_goes(reply(3, "Ack", bytes(4)), THERE, 4011, local=PROXY, source=(THERE, 4011))
        self.assert_goes(reply(3, "Ack", bytes(4), ciaddr=ADDRESS), ADDRESS, 1068, local=PROXY, source=(THERE, 1068))
        self.assert_goes(reply(1), EVERYONE, 1068, local=PROXY, source=(bytes(4), 1068))

    def test_a_reply_without_a_transformation_goes_the_same_way(self):
        packet = DHCPPacket(encode(message(3, ciaddr=THERE)))
        packet.setOption("op", 2)
        packet.setOption(53, [5])
        self.assert_goes(packet, THERE, 68)

    def test_fields_that_a_program_sets_count(self):
        packet = reply(giaddr=RELAY)
        packet.setOption("giaddr", THERE)
        self.assert_goes(packet, THERE, 67)
        packet = reply()
        packet.setFlag(BROADCAST, True)
        self.assert_goes(packet, EVERYONE, 68, EVERYBODY)


class OfNothingTests(SynchronousTestCase):
    def packet(self, op=2, **fields):
        packet = DHCPPacket()
        for name, value in {"op": op, "chaddr": MAC, **fields}.items():
            packet.setOption(name, value)
        packet.setOption(53, [2])
        return packet

    def test_it_goes_to_its_relay_agent_or_where_it_is_sent(self):
        for local, source, destination in (
            (FRAMES, (THERE, 1), Destination(THERE, 68)),
            (PROXY, (THERE, 1068), Destination(THERE, 1068)),
            (LOCAL, (EVERYONE, 68), Destination(EVERYONE, 68)),
            (FRAMES, NOBODY, Destination(EVERYONE, 68, EVERYBODY)),
        ):
            self.assertEqual(route(self.packet(), source, local), destination)
        self.assertEqual(route(self.packet(giaddr=RELAY), (THERE, 1), FRAMES), Destination(RELAY, 67))
        self.assertEqual(route(self.packet(1, giaddr=RELAY), (THERE, 1), FRAMES), Destination(THERE, 68))
        self.assertEqual(route(self.packet(yiaddr=ADDRESS), NOBODY, FRAMES).ip, ADDRESS)


class ResponseTests(SynchronousTestCase):
    def route(self, local=FRAMES, **said):
        packet = reply(flags=said.pop("flags", 0), giaddr=said.pop("giaddr", bytes(4)))
        for name, value in said.items():
            setattr(packet, f"response_{name}", value)
        return route(packet, NOBODY, local)

    def test_another_address_counts_if_the_client_wants_no_broadcast(self):
        self.assertEqual(self.route(ip=THERE_TEXT), Destination(THERE, 68, MAC))
        self.assertEqual(self.route(ip=THERE_TEXT, local=LOCAL), Destination(THERE, 68))
        self.assertEqual(self.route(ip=THERE_TEXT, giaddr=RELAY), Destination(THERE, 67))
        self.assertEqual(self.route(ip=THERE_TEXT, flags=BROADCAST), Destination(EVERYONE, 68, EVERYBODY))

    def test_another_port_counts_always(self):
        for fields, to in (({}, ADDRESS), ({"flags": BROADCAST}, EVERYONE), ({"giaddr": RELAY}, RELAY)):
            destination = self.route(port=1068, **fields)
            self.assertEqual((destination.ip, destination.port), (to, 1068))

    def test_another_hardware_address_counts_in_a_frame_that_is_not_for_everyone(self):
        other = "02:00:00:00:00:09"
        self.assertEqual(self.route(mac=other).hardware, b"\2\0\0\0\0\x09")
        self.assertEqual(self.route(mac=other, flags=BROADCAST).hardware, EVERYBODY)
        self.assertEqual(self.route(mac=other, ip="255.255.255.255").hardware, EVERYBODY)
        self.assertIsNone(self.route(mac=other, local=LOCAL).hardware)

    def test_another_source_port_counts_in_frames(self):
        self.assertEqual(self.route(source_port=1067), Destination(ADDRESS, 68, MAC, 1067))
        self.assertEqual(self.route(source_port=1067, flags=BROADCAST).source_port, 1067)
        self.assertIsNone(self.route(source_port=1067, local=LOCAL).source_port)

    def test_a_refusal_may_go_to_its_client_alone(self):
        packet = reply(3, "Nak", chaddr=MAC)
        packet.response_ip = THERE_TEXT
        self.assertEqual(route(packet, NOBODY, FRAMES), Destination(THERE, 68, MAC))

    def test_a_link_whose_addresses_fit_no_frame_is_reached_by_broadcast(self):
        packet = reply(hlen=8, chaddr=bytes(range(16)))
        self.assertEqual(route(packet, NOBODY, FRAMES), Destination(EVERYONE, 68))
        packet.response_ip = THERE_TEXT
        self.assertEqual(route(packet, NOBODY, FRAMES), Destination(THERE, 68))
