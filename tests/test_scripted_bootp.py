"""BOOTP clients where a site's code changes replies: what they get is BOOTP all the same (RFC 951, RFC 1534)."""

from twisted.trial.unittest import SynchronousTestCase

from sdhcp.backends.memory import MemorySource
from sdhcp.wire.message import encode

from .in_process import written
from .samples import ADDRESS, MAC, RELAY, definition, message
from .scripted_world import ScriptedWorld

AREA = 240
"""Where options begin, behind the cookie."""
TIMES = {"renewal_time": 100, "rebinding_time": 200}


def asked(load, options=None, **settings):
    """The octets of the reply to a BOOTP client that a function has seen."""
    few = {"domain_name_servers": (), "ntp_servers": (), "domain_name": None, **settings}
    source = MemorySource({MAC: definition(**few)})
    site = ScriptedWorld(source=source, hooks={"loadDHCPPacket": load})
    replies = site.send(encode(message(None, {1: b"", **(options or {})}, giaddr=RELAY)))
    return site, [reply.octets for reply in replies]


def codes(octets):
    return [code for code, _ in written(octets[AREA:])]


class EditedTests(SynchronousTestCase):
    def test_what_a_function_sets_is_in_the_vendor_area(self):
        _, (octets,) = asked(lambda packet, *_: packet.setOption(17, "/srv"))
        self.assertEqual(dict(written(octets[AREA:]))[17], b"/srv")
        self.assertEqual(len(octets), 300)

    def test_nothing_that_only_dhcp_has_is_in_it(self):
        def load(packet, *_):
            packet.setOption(17, "/srv")
            packet.setOption("ip_address_lease_time", 600)
            packet.setOption(58, 300)
            return True

        _, (octets,) = asked(load, **TIMES)
        self.assertEqual({51, 52, 53, 54, 58, 59} & set(codes(octets)), set())
        self.assertIn(17, codes(octets))

    def test_it_is_no_longer_than_a_bootp_client_reads_and_spills_into_no_field(self):
        def load(packet, *_):
            packet.setOption(17, "x" * 20)
            packet.setOption(12, "y" * 40)
            packet.setOption(15, "z" * 200)
            return True

        _, (octets,) = asked(load)
        self.assertEqual(len(octets), 300)
        self.assertNotIn(52, codes(octets))
        self.assertEqual(octets[44:236], bytes(192))

    def test_a_longer_option_82_makes_it_no_longer(self):
        _, (octets,) = asked(lambda packet, *_: packet.setOption(82, bytes(100)), {82: b"\1\4eth0"})
        self.assertLessEqual(len(octets), 300 + 8)

    def test_names_that_a_function_sets_stand_in_their_fields(self):
        def load(packet, *_):
            packet.setOption("file", "boot.img")
            packet.setOption("sname", "boot")
            return True

        _, (octets,) = asked(load)
        self.assertEqual((octets[44:48], octets[108:116], octets[16:20]), (b"boot", b"boot.img", ADDRESS))
        self.assertEqual(len(octets), 300)

    def test_it_cannot_be_refused(self):
        def load(packet, *_):
            packet.transformToDHCPNakPacket()
            return True

        site, replies = asked(load)
        self.assertEqual(replies, [])
        self.assertEqual(site.outcomes(), ["withheld"])
