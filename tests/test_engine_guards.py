"""Which packets are refused before anyone is asked about their client."""

from twisted.trial.unittest import SynchronousTestCase

from sdhcp import model
from sdhcp.engine.guards import admit, is_host_address, server_identifier
from sdhcp.engine.policy import Policy
from sdhcp.wire import constants as c

from .samples import ADDRESS, LOCAL, OTHER, RELAY, SERVER, ip, message

RELAYS = Policy(allow_relays=True)
LOOPBACK = LOCAL._replace(loopback=True)
OVERRIDE = bytes([c.SERVER_OVERRIDE, 4]) + ip("10.77.1.1")


class AdmissionTests(SynchronousTestCase):
    def reason(self, kind, options=None, policy=RELAYS, name=model.DISCOVER, local=LOCAL, **fields):
        drop = admit(message(kind, options, **fields), name, local, policy)
        return drop.reason if drop else ""

    def test_an_ordinary_packet_is_admitted(self):
        self.assertEqual(self.reason(c.DISCOVER), "")
        self.assertEqual(self.reason(c.DISCOVER, giaddr=RELAY), "")

    def test_replies_are_refused(self):
        self.assertEqual(self.reason(c.DISCOVER, op=c.BOOTREPLY), "op")
        self.assertEqual(self.reason(c.DISCOVER, op=0), "op")

    def test_types_of_servers_are_refused(self):
        self.assertEqual(self.reason(c.OFFER, name=""), "message-type")

    def test_hardware_addresses_longer_than_their_field(self):
        self.assertEqual(self.reason(c.DISCOVER, hlen=17), "hardware-address")
        self.assertEqual(self.reason(c.DISCOVER, hlen=255), "hardware-address")
        self.assertEqual(self.reason(c.DISCOVER, hlen=16), "")

    def test_local_clients_are_a_matter_of_policy(self):
        self.assertEqual(self.reason(c.DISCOVER, policy=Policy(allow_local=False)), "local-not-allowed")

    def test_relays_are_a_matter_of_policy(self):
        self.assertEqual(self.reason(c.DISCOVER, policy=Policy(), giaddr=RELAY), "relays-not-allowed")
        listed = Policy(allow_relays=True, allowed_relays=frozenset([RELAY]))
        self.assertEqual(self.reason(c.DISCOVER, policy=listed, giaddr=RELAY), "")
        self.assertEqual(self.reason(c.DISCOVER, policy=listed, giaddr=OTHER), "relay-not-listed")

    def test_giaddr_that_no_relay_can_have(self):
        for text in ("255.255.255.255", "224.0.0.1", "127.0.0.1", "0.0.0.1"):
            self.assertEqual(self.reason(c.DISCOVER, giaddr=ip(text)), "giaddr", text)
        self.assertEqual(self.reason(c.DISCOVER, giaddr=SERVER), "giaddr")
        self.assertEqual(self.reason(c.DISCOVER, local=LOOPBACK, giaddr=ip("127.0.0.2")), "")

    def test_ciaddr_that_no_client_can_have(self):
        for name in (model.RENEW, model.REBIND, model.INFORM):
            for text in ("255.255.255.255", "224.0.0.1", "127.0.0.1"):
                self.assertEqual(self.reason(c.REQUEST, name=name, ciaddr=ip(text)), "ciaddr")
            self.assertEqual(self.reason(c.REQUEST, name=name, ciaddr=ADDRESS), "")
        self.assertEqual(self.reason(c.INFORM, name=model.INFORM), "")
        self.assertEqual(self.reason(c.DISCOVER, ciaddr=ip("255.255.255.255")), "")

    def test_messages_to_another_server(self):
        for name in (model.SELECTING, model.DECLINE, model.RELEASE):
            self.assertEqual(self.reason(c.REQUEST, {c.SERVER_IDENTIFIER: OTHER}, name=name), "other-server")
            self.assertEqual(self.reason(c.REQUEST, {c.SERVER_IDENTIFIER: b"\1\2\3"}, name=name), "other-server")
            self.assertEqual(self.reason(c.REQUEST, {c.SERVER_IDENTIFIER: SERVER}, name=name), "")
        self.assertEqual(self.reason(c.DECLINE, name=model.DECLINE), "")
        self.assertEqual(self.reason(c.DISCOVER, {c.SERVER_IDENTIFIER: OTHER}), "")

    def test_a_relay_may_give_the_server_another_identifier(self):
        options = {c.SERVER_IDENTIFIER: ip("10.77.1.1"), c.RELAY_AGENT: OVERRIDE}
        self.assertEqual(self.reason(c.REQUEST, options, name=model.SELECTING, giaddr=RELAY), "")
        self.assertEqual(self.reason(c.REQUEST, options, name=model.SELECTING), "other-server")


class ServerIdentifierTests(SynchronousTestCase):
    def identifier(self, relay_agent, giaddr=RELAY):
        return server_identifier(message(c.DISCOVER, {c.RELAY_AGENT: relay_agent}, giaddr=giaddr), LOCAL)

    def test_own(self):
        self.assertEqual(server_identifier(message(c.DISCOVER), LOCAL), SERVER)
        self.assertEqual(self.identifier(b"\1\4port"), SERVER)

    def test_override(self):
        self.assertEqual(self.identifier(OVERRIDE), ip("10.77.1.1"))
        self.assertEqual(self.identifier(b"\1\4port" + OVERRIDE), ip("10.77.1.1"))

    def test_override_only_from_a_relay(self):
        self.assertEqual(self.identifier(OVERRIDE, c.ZERO_ADDRESS), SERVER)

    def test_override_that_is_no_address(self):
        self.assertEqual(self.identifier(bytes([c.SERVER_OVERRIDE, 4]) + ip("224.0.0.1")), SERVER)
        self.assertEqual(self.identifier(b"\1\6\x0b\4abcd"), SERVER)

    def test_host_addresses(self):
        self.assertTrue(is_host_address(ip("10.0.0.1")))
        self.assertFalse(is_host_address(ip("127.0.0.1")))
        self.assertTrue(is_host_address(ip("127.0.0.1"), loopback=True))
        self.assertFalse(is_host_address(ip("0.0.0.1")))
        self.assertFalse(is_host_address(ip("240.0.0.1")))
