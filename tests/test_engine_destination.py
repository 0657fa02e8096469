"""Where replies go."""

from twisted.trial.unittest import SynchronousTestCase

from sdhcp import model
from sdhcp.engine.destination import destination
from sdhcp.model import Destination
from sdhcp.wire import constants as c

from .samples import ADDRESS, FRAMES, LOCAL, MAC, OTHER, RELAY, arrival, ip, message

EVERYONE = b"\xff" * 6
PROXY = LOCAL._replace(is_proxy=True, port=4011)


class DestinationTests(SynchronousTestCase):
    def to(self, name, answer=c.ACK, options=None, local=FRAMES, yiaddr=ADDRESS, source="0.0.0.0", port=68, **fields):
        packet = message(c.REQUEST, options, **fields)
        return destination(name, packet, answer, yiaddr, arrival(local, source, port))

    def test_a_broadcast_address_is_nobodys_source(self):
        here = LOCAL._replace(broadcasts=frozenset([ip("10.77.0.255")]))
        for local in (here, here._replace(is_proxy=True, port=4011)):
            for kind in (model.INFORM, model.DISCOVER, model.PROXY_REQUEST):
                to = destination(kind, message(c.INFORM), c.ACK, bytes(4), arrival(local, "10.77.0.255", 4011))
                self.assertNotEqual(to and to.ip, ip("10.77.0.255"))

    def test_a_relay_gets_it_whatever_the_source_was(self):
        for name in (model.DISCOVER, model.REBIND, model.BOOTP):
            self.assertEqual(self.to(name, giaddr=RELAY, source="10.9.9.9", port=67), Destination(RELAY, 67))
        self.assertEqual(self.to(model.REBIND, c.NAK, giaddr=RELAY, ciaddr=ADDRESS), Destination(RELAY, 67))

    def test_a_relay_on_another_port(self):
        options = {c.RELAY_AGENT: bytes([c.RELAY_SOURCE_PORT, 0])}
        self.assertEqual(self.to(model.DISCOVER, options=options, giaddr=RELAY, port=5000), Destination(RELAY, 5000))
        other = {c.RELAY_AGENT: bytes([1, 1, c.RELAY_SOURCE_PORT])}
        self.assertEqual(self.to(model.DISCOVER, options=other, giaddr=RELAY, port=5000), Destination(RELAY, 67))

    def test_a_client_that_has_its_address(self):
        for name in (model.RENEW, model.REBIND, model.INFORM):
            self.assertEqual(self.to(name, ciaddr=ADDRESS), Destination(ADDRESS, 68))

    def test_a_client_without_one_gets_a_frame(self):
        for name in (model.DISCOVER, model.SELECTING, model.INIT_REBOOT, model.BOOTP):
            self.assertEqual(self.to(name), Destination(ADDRESS, 68, MAC))

    def test_or_a_broadcast_if_it_asks_for_one_or_frames_cannot_be_sent(self):
        broadcast = Destination(c.BROADCAST_ADDRESS, 68, EVERYONE)
        self.assertEqual(self.to(model.DISCOVER, flags=c.FLAG_BROADCAST), broadcast)
        self.assertEqual(self.to(model.DISCOVER, local=LOCAL), Destination(c.BROADCAST_ADDRESS, 68))

    def test_a_nak_is_broadcast(self):
        broadcast = Destination(c.BROADCAST_ADDRESS, 68, EVERYONE)
        self.assertEqual(self.to(model.RENEW, c.NAK, ciaddr=OTHER), broadcast)
        self.assertEqual(self.to(model.SELECTING, c.NAK), broadcast)

    def test_a_discover_with_ciaddr_is_not_sent_there(self):
        self.assertEqual(self.to(model.DISCOVER, c.OFFER, ciaddr=OTHER), Destination(ADDRESS, 68, MAC))

    def test_inform(self):
        self.assertEqual(self.to(model.INFORM, giaddr=RELAY, ciaddr=ADDRESS), Destination(ADDRESS, 68))
        self.assertEqual(self.to(model.INFORM, giaddr=RELAY), Destination(RELAY, 67))
        self.assertEqual(self.to(model.INFORM, source="10.77.1.9"), Destination(ip("10.77.1.9"), 68))
        self.assertIsNone(self.to(model.INFORM, source="0.0.0.0"))

    def test_the_proxy_port_answers_where_the_client_spoke_from(self):
        to = self.to(model.SELECTING, local=PROXY, source="10.77.1.50", port=4011)
        self.assertEqual(to, Destination(ADDRESS, 4011))
        to = self.to(model.SELECTING, local=PROXY, ciaddr=ADDRESS, source="10.77.1.9", port=68)
        self.assertEqual(to, Destination(ADDRESS, 68))
        self.assertEqual(self.to(model.SELECTING, local=PROXY), Destination(c.BROADCAST_ADDRESS, 68))
        self.assertEqual(self.to(model.SELECTING, local=PROXY, giaddr=RELAY), Destination(RELAY, 4011))
