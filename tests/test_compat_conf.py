"""A site's conf.py as it is, and one of staticDHCPd 1: what their functions do to packets, in memory."""

from xml.etree import ElementTree

from twisted.internet import reactor
from twisted.trial.unittest import SynchronousTestCase

from sdhcp.compat import inject, install
from sdhcp.config import load
from sdhcp.sources import build_store
from sdhcp.wire import constants as c
from sdhcp.wire.message import encode

from .compat_site import OLD, SiteFolder, old_database
from .in_process import DEFAULTS
from .samples import SERVER, ip, message
from .scripted_world import ScriptedWorld

PRINTER, PHONE, RETIRED = (bytes.fromhex(f"02005e00010{number}") for number in (1, 2, 3))
XHTML = "{http://www.w3.org/1999/xhtml}"
GUESTS = [bytes.fromhex(f"02005e0002{number:02x}") for number in range(12)]


class ConfCase(SiteFolder, SynchronousTestCase):
    def world(self, path):
        """A server with the functions and the source of a conf.py, whose init() has run."""
        configuration = load(str(path), {}, "/", prepare=install, executed=inject)
        self.conf = configuration.site.module
        hooks = dict(configuration.site.hooks)
        init = hooks.pop("init", None)
        if init:
            init()
        source = build_store(configuration, reactor, reactor.seconds)
        return ScriptedWorld(policy=DEFAULTS, source=source, hooks=hooks, proxy_port=4011)

    def late(self, world, kind, mac, options=None, **fields):
        """The reply to a client that is looked up in a thread, None for silence."""
        before = len(world.late.replies)
        giaddr = ip("192.168.1.1")
        world.send_late(encode(message(kind, options, chaddr=mac, giaddr=giaddr, **fields)))
        replies = world.late.replies[before:]
        return replies[0].message if replies else None


class OfficeTests(ConfCase):
    def setUp(self):
        self.office = self.world(self.copied())
        self.addCleanup(self.office.site.stop)

    def ask(self, kind, mac, options=None, **fields):
        reply = self.office.ask(kind, options, chaddr=mac, **fields)
        return reply and reply.message

    def guest(self, kind, mac, options=None, **fields):
        return self.late(self.office, kind, mac, options, **fields)

    def test_options_by_number_and_by_name(self):
        offer = self.ask(c.DISCOVER, PRINTER, {55: bytes((1, 3, 42, 119, 121))})
        self.assertEqual((offer.message_type, offer.yiaddr), (c.OFFER, ip("192.168.1.10")))
        self.assertEqual(offer.options[42], ip("192.168.1.3") + ip("192.168.1.4"))
        self.assertEqual(offer.options[119], b"\6office\7example\3org\0\7example\3org\0")
        self.assertEqual(offer.options[121], b"\x08\x0a" + ip("192.168.1.253"))
        self.assertEqual((offer.siaddr, offer.options.get(66), offer.options.get(67)), (bytes(4), None, None))

    def test_a_telephone_gets_what_it_does_not_ask_for(self):
        offer = self.ask(c.DISCOVER, PHONE, {60: b"acme-phone 7", 55: bytes((1, 3))})
        self.assertEqual((offer.yiaddr, offer.siaddr), (ip("192.168.1.11"), ip("192.168.1.2")))
        self.assertEqual(offer.options[66], b"192.168.1.2")
        self.assertEqual(offer.options[67], b"phones/02005e000102.cfg")

    def test_some_vendors_are_not_served(self):
        self.assertIsNone(self.ask(c.DISCOVER, PHONE, {60: b"acme-camera 2"}))
        self.assertIsNotNone(self.ask(c.DISCOVER, PHONE))
        self.assertIsNone(self.ask(c.DISCOVER, PHONE, {60: b"rogue"}))
        self.assertEqual(self.office.outcomes(), ["filtered", "offered", "filtered"])
        self.office.clock.advance(30)
        self.assertIsNone(self.ask(c.DISCOVER, PHONE))
        self.office.clock.advance(31)
        self.assertIsNotNone(self.ask(c.DISCOVER, PHONE))

    def test_a_reply_that_the_site_does_not_want_sent_is_not_sent(self):
        self.assertIsNone(self.ask(c.DISCOVER, RETIRED))
        self.assertEqual(self.office.outcomes(), ["withheld"])

    def test_a_guest_gets_an_address_of_the_pool(self):
        offer = self.guest(c.DISCOVER, GUESTS[0], {55: bytes((1, 3))})
        self.assertEqual((offer.message_type, offer.yiaddr), (c.OFFER, ip("192.168.1.200")))
        # What the pool set in the client's own packet goes into the reply.
        self.assertEqual((offer.options[58], offer.options[59]), ((585).to_bytes(4, "big"),) * 2)
        wanted = {54: SERVER, 50: offer.yiaddr, 55: bytes((12, 15, 42))}
        ack = self.guest(c.REQUEST, GUESTS[0], wanted)
        self.assertEqual((ack.message_type, ack.yiaddr), (c.ACK, offer.yiaddr))
        self.assertEqual((ack.options[12], ack.options[15]), (b"guest-192-168-1-200", b"guests.example.org"))
        self.assertEqual(ack.options[42], ip("192.168.1.3") + ip("192.168.1.4"))

    def test_an_address_outside_of_the_pool_is_refused(self):
        nak = self.guest(c.REQUEST, GUESTS[0], {50: ip("192.168.1.99")})
        self.assertEqual(nak.message_type, c.NAK)

    def test_an_address_that_was_given_back_or_declined_is_for_another_guest(self):
        given = [self.guest(c.DISCOVER, guest).yiaddr for guest in GUESTS[:10]]
        self.assertEqual(given, [ip(f"192.168.1.{number}") for number in range(200, 210)])
        self.assertIsNone(self.guest(c.DISCOVER, GUESTS[10]))
        self.office.clock.advance(61)
        self.guest(c.RELEASE, GUESTS[3], {54: SERVER}, ciaddr=given[3])
        self.assertEqual(self.guest(c.DISCOVER, GUESTS[10]).yiaddr, given[3])
        self.guest(c.DECLINE, GUESTS[5], {54: SERVER, 50: given[5]})
        self.assertEqual(self.guest(c.DISCOVER, GUESTS[11]).yiaddr, given[5])
        self.assertEqual(self.office.outcomes()[-4:], ["released", "offered", "declined", "offered"])

    def test_a_guest_that_has_an_address_of_its_own_is_informed(self):
        ack = self.guest(c.INFORM, GUESTS[0], ciaddr=ip("192.168.1.77"))
        self.assertEqual((ack.message_type, ack.yiaddr), (c.ACK, bytes(4)))
        self.assertEqual(ack.options[15], b"guests.example.org")
        self.assertEqual(self.guest(c.DISCOVER, GUESTS[1]).yiaddr, ip("192.168.1.200"))

    def test_the_dashboard_is_one_page_with_all_that_was_registered(self):
        from staticdhcpdlib.web import _templates, retrieveMethodCallback

        self.guest(c.DISCOVER, GUESTS[0])
        page = ElementTree.fromstring(_templates.renderDashboard("/", {}, None, None, {}).encode())
        titles = ["".join(one.itertext()).split() for one in page.iter(f"{XHTML}h1") if one.get("class") == "element"]
        self.assertEqual(
            [" ".join(title) for title in titles],
            [
                "recent activity | dhcp", "statistics | packets per second", "statistics | averages",
                "statistics | lifetime",
            ],
        )  # fmt: skip
        links = {link.get("href") for link in page.iter(f"{XHTML}a")}
        self.assertLess({"/guests", "/guests.csv"}, links)
        scripts = [script.get("src") for script in page.iter(f"{XHTML}script") if script.get("src")]
        self.assertEqual(len([script for script in scripts if script.startswith("https:")]), 3)
        method = retrieveMethodCallback("/guests")
        page = ElementTree.fromstring(_templates.renderTemplate("/guests", {}, None, None, {}, method).encode())
        self.assertIn("192.168.1.200", [cell.text for cell in page.iter(f"{XHTML}td")])


class OldTests(ConfCase):
    def setUp(self):
        path = self.copied("")
        file = path.parent / "dhcp.sqlite3"
        old_database(file, "02:00:5e:00:01:02")
        path.write_text(OLD.format(path=str(file)), encoding="utf-8")
        self.site = self.world(path)
        self.addCleanup(self.site.site.stop)

    def offer(self, options):
        return self.site.ask(c.DISCOVER, options, chaddr=PHONE).message

    def test_a_known_client(self):
        offer = self.offer({60: b"acme-phone 7", 55: bytes((1, 42, 66)), 43: b"hello"})
        self.assertEqual((offer.message_type, offer.yiaddr), (c.OFFER, ip("192.168.1.11")))
        self.assertEqual((offer.options[66], offer.options[67]), (b"192.168.1.2", b"phones/02005e000102"))
        self.assertEqual(offer.options[42], ip("192.168.1.3"))
        self.assertNotIn(42, self.offer({55: bytes((1, 3))}).options)

    def test_ten_values_are_a_guest(self):
        offer = self.late(self.site, c.DISCOVER, GUESTS[0])
        self.assertEqual((offer.yiaddr, offer.options[12]), (ip("192.168.1.250"), b"guest"))
        self.assertEqual(offer.options[6], ip("192.168.1.5") + ip("192.168.1.6"))
        self.assertNotIn(3, offer.options)
        self.assertIsNone(self.late(self.site, c.DISCOVER, bytes.fromhex("02005e000401")))
