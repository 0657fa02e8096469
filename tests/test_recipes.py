"""Every recipe of docs/scripting.md, in a conf.py of its own, with the replies that it promises."""

import sqlite3
import time
from datetime import datetime

from twisted.internet import reactor
from twisted.internet.task import deferLater
from twisted.trial.unittest import SynchronousTestCase, TestCase
from twisted.web.resource import Resource
from twisted.web.server import Site

from sdhcp.config import ConfigurationError
from sdhcp.hooks import check_providers
from sdhcp.scripting import site
from sdhcp.wire.constants import ACK, DISCOVER, NAK, OFFER, REQUEST
from sdhcp.wire.message import encode

from .conf_world import ConfCase, ConfWorld
from .in_process import OTHER_MAC, STRANGER, served
from .recipes import CONF, recipes
from .samples import ADDRESS, MAC, RELAY, SERVER, ip, message

RECIPES = recipes()
SECOND = ip("10.77.2.1")
tried = set()


def tries(heading):
    """Marks the test of a recipe, which is given a server with it."""

    def decorate(method):
        tried.add(heading)

        def test(self):
            return method(self, ConfWorld(self.load_text(CONF + RECIPES[heading])))

        test.__name__ = method.__name__
        return test

    return decorate


def option_82(circuit):
    return bytes((1, len(circuit))) + circuit


class EveryRecipeTests(SynchronousTestCase):
    def test_every_recipe_has_a_test_and_every_test_its_recipe(self):
        self.assertEqual(sorted(tried), sorted(RECIPES))


class WhereTests(ConfCase, SynchronousTestCase):
    @tries("A class in conf.py")
    def test_a_class_filters_and_edits(self, site):
        self.assertIsNone(site.ask(DISCOVER, {60: b"Camera"}))
        self.assertEqual(site.ask(DISCOVER, {60: b"Phone"}).message.options[6], ip("10.77.1.53"))
        elsewhere = site.ask(DISCOVER, {60: b"Camera"}, giaddr=SECOND).message
        self.assertEqual(elsewhere.options[6], ip("10.77.0.53"))

    @tries("A gateway for single clients")
    def test_one_client_has_a_gateway_of_its_own(self, site):
        self.assertEqual(site.ask(DISCOVER).message.options[3], ip("10.77.1.254"))
        self.assertNotIn(3, site.ask(DISCOVER, chaddr=OTHER_MAC).message.options)

    @tries("Another gateway behind each relay agent")
    def test_each_agent_has_a_gateway(self, site):
        for relay, gateway in ((RELAY, "10.77.1.2"), (SECOND, "10.77.2.2"), (ip("10.77.3.1"), "10.77.1.1")):
            self.assertEqual(site.ask(DISCOVER, giaddr=relay).message.options[3], ip(gateway))

    @tries("An address for each switch port")
    def test_the_port_of_a_switch_decides(self, site):
        for circuit, address in ((b"eth0/1", "10.77.1.101"), (b"eth0/2", "10.77.1.102")):
            reply = site.ask(DISCOVER, {82: option_82(circuit)}, chaddr=STRANGER).message
            self.assertEqual((reply.yiaddr, reply.options[82]), (ip(address), option_82(circuit)))
        self.assertIsNone(site.ask(DISCOVER, {82: option_82(b"eth0/3")}, chaddr=STRANGER))

    @tries("One of several definitions by circuit")
    def test_a_circuit_chooses_the_definition(self, site):
        for circuit, address in ((b"lab/7", "10.77.1.60"), (b"eth0/7", "10.77.1.50")):
            reply = site.ask(DISCOVER, {82: option_82(circuit)}).message
            self.assertEqual(reply.yiaddr, ip(address))
        self.assertEqual(site.ask(DISCOVER).message.yiaddr, ADDRESS)

    @tries("Option 82 comes back, or not")
    def test_option_82_is_echoed_but_to_who_chokes_on_it(self, site):
        said = option_82(b"eth0/1")
        for wanted in ({}, {55: b"\1\3"}):
            self.assertEqual(site.ask(DISCOVER, {82: said, **wanted}).message.options[82], said)
            self.assertNotIn(82, site.ask(DISCOVER, {82: said, **wanted}, giaddr=SECOND).message.options)

    @tries("A definition by the network of the relay agent")
    def test_the_agents_network_chooses_the_definition(self, site):
        for relay, address in (("192.168.1.4", "10.77.1.50"), ("192.168.2.4", "10.77.2.50")):
            self.assertEqual(site.ask(DISCOVER, giaddr=ip(relay)).message.yiaddr, ip(address))
        self.assertIsNone(site.ask(DISCOVER, giaddr=ip("192.168.3.4")))
        renewed = site.ask_directly(REQUEST, ciaddr=ip("10.77.2.50"), source="10.77.2.50")
        self.assertEqual((renewed.message.message_type, renewed.message.yiaddr), (ACK, ip("10.77.2.50")))

    @tries("Time servers for each site")
    def test_each_site_has_its_time(self, site):
        self.assertEqual(site.ask(DISCOVER, {55: b"\x2a"}).message.options[42], ip("10.77.0.123") + ip("10.77.0.124"))


class BootTests(ConfCase, SynchronousTestCase):
    @tries("Network boot by architecture")
    def test_each_architecture_gets_its_loader_and_ipxe_its_menu(self, site):
        for architecture, loader in ((0, b"undionly.kpxe"), (7, b"ipxe.efi"), (11, b"ipxe-arm64.efi")):
            reply = site.ask(DISCOVER, {60: b"PXEClient:Arch", 93: bytes((0, architecture)), 97: b"\0" + b"g" * 16})
            self.assertEqual((reply.message.siaddr, reply.message.file.rstrip(b"\0")), (ip("10.77.0.9"), loader))
            self.assertEqual((reply.message.options[66], reply.message.options[67]), (b"10.77.0.9", loader))
            self.assertEqual(reply.message.options[97], b"\0" + b"g" * 16)
        for tells in ({77: b"iPXE"}, {175: b"\xb1\1\1"}):
            reply = site.ask(DISCOVER, {60: b"PXEClient:Arch", 93: b"\0\0", **tells}).message
            self.assertEqual(reply.file.rstrip(b"\0"), b"http://10.77.0.9/menu.ipxe")
            self.assertNotIn(175, reply.options)
        self.assertEqual(site.ask(DISCOVER).message.siaddr, bytes(4))

    @tries("UEFI HTTP boot")
    def test_a_firmware_gets_its_class_and_a_url(self, site):
        options = site.ask(DISCOVER, {60: b"HTTPClient:Arch:00016", 93: b"\0\x10", 55: b"\x43"}).message.options
        self.assertEqual((options[60], options[67]), (b"HTTPClient", b"http://boot.example.org/shim-x64.efi"))
        for sent in ({60: b"HTTPClient"}, {60: b"PXEClient", 93: b"\0\x10"}, {}):
            self.assertNotIn(67, site.ask(DISCOVER, sent).message.options)

    @tries("Vendor options by vendor class")
    def test_each_vendor_gets_its_own(self, site):
        url = b"https://acs.example.org/cpe"
        for vendor, value in (
            (b"ubnt", b"\1\4" + ip("10.77.0.20")),
            (b"dslforum.org CPE", bytes((1, len(url))) + url + b"\2\4home"),
            (b"MSFT 5.0", b"\1\4\0\0\0\2\2\4\0\0\0\1"),
        ):
            self.assertEqual(site.ask(DISCOVER, {60: vendor}).message.options[43], value)
        self.assertNotIn(43, site.ask(DISCOVER, {60: b"udhcp 1.36", 43: b"\1\1x"}).message.options)

    @tries("Phones")
    def test_phones_hear_of_their_server(self, site):
        options = site.ask(DISCOVER, {60: b"ACME IP-Phone 7", 55: b"\x42\x96"}).message.options
        self.assertEqual(options[66], b"http://phones.example.org/")
        self.assertEqual(options[150], ip("10.77.0.30") + ip("10.77.0.31"))
        self.assertNotIn(43, options)
        self.assertEqual(site.ask(DISCOVER, {60: b"phone", 55: b"\x2b"}).message.options[43], b"\1\5voice")
        self.assertNotIn(66, site.ask(DISCOVER).message.options)


class OptionTests(ConfCase, SynchronousTestCase):
    @tries("A captive portal")
    def test_clients_hear_of_the_portal(self, site):
        self.assertEqual(site.ask(DISCOVER, {55: b"\x72"}).message.options[114], b"https://portal.example.org/api")

    @tries("Classless routes")
    def test_routes_are_given_to_who_asks(self, site):
        routes = b"\x08\x0a" + ip("10.77.1.9") + b"\0" + ip("10.77.1.1")
        options = site.ask(DISCOVER, {55: b"\1\3\x79"}).message.options
        self.assertEqual((options[121], options[3]), (routes, ip("10.77.1.1")))
        self.assertNotIn(249, options)
        self.assertEqual(site.ask(DISCOVER, {55: b"\1\3\xf9"}).message.options[249], routes)

    @tries("A domain search list")
    def test_names_are_written_out(self, site):
        value = b"\3lab\7example\3org\0\7example\3org\0"
        self.assertEqual(site.ask(DISCOVER, {55: b"\x77"}).message.options[119], value)

    @tries("Host names from hardware addresses")
    def test_who_has_no_name_gets_one(self, site):
        wants = {55: b"\x0c"}
        self.assertEqual(site.ask(DISCOVER, wants, chaddr=OTHER_MAC).message.options[12], b"host-02005e000102")
        self.assertEqual(site.ask(DISCOVER, wants).message.options[12], b"known")

    @tries("Short leases by day")
    def test_leases_are_short_by_day_and_times_below_them(self, site):
        for hour, lease, renewal in ((12, 1200, 600), (3, 3600, 1800)):
            site.conf.localtime = lambda hour=hour: time.struct_time((2026, 5, 4, hour, 0, 0, 0, 124, 0))
            options = site.ask(DISCOVER, {55: b"\x3a"}).message.options
            times = [int.from_bytes(options[code], "big") for code in (51, 58)]
            self.assertEqual(times, [lease, renewal])


class WhoTests(ConfCase, SynchronousTestCase):
    @tries("Clients that are not answered")
    def test_makers_are_blocked_and_vendors_left_alone(self, site):
        self.assertIsNone(site.ask(DISCOVER, {60: b"GameBox 9"}))
        self.assertEqual(site.ask(DISCOVER).message.message_type, OFFER)
        self.assertIsNone(site.ask(DISCOVER, chaddr=bytes.fromhex("001122000001")))
        outcomes = [event.seconds for event in site.observed.events if type(event).__name__ == "Blocked"]
        self.assertEqual(outcomes, [60])

    @tries("No renewals before maintenance")
    def test_renewals_are_refused_for_a_while(self, site):
        moments = ((datetime(2026, 5, 4, 21, 0), NAK), (datetime(2026, 5, 4, 23, 0), ACK))
        for moment, answer in moments:
            site.conf.datetime = type("Then", (datetime,), {"now": staticmethod(lambda moment=moment: moment)})
            reply = site.ask(REQUEST, ciaddr=ADDRESS).message
            self.assertEqual(reply.message_type, answer)
            self.assertEqual(site.ask(DISCOVER).message.message_type, OFFER)
        site.conf.datetime = type("Then", (datetime,), {"now": staticmethod(lambda: moments[0][0])})
        refused = site.ask(REQUEST, ciaddr=ADDRESS).message
        self.assertEqual(refused.options[56], b"maintenance: ask for an address anew")
        self.assertNotIn(51, refused.options)

    @tries("An address for guests")
    def test_guests_get_an_address_each(self, site):
        guests = ip("10.77.9.1")
        first = site.ask(DISCOVER, chaddr=STRANGER, giaddr=guests).message
        second = site.ask(DISCOVER, chaddr=b"\2\0\0\0\0\1", giaddr=guests).message
        self.assertEqual((first.yiaddr, second.yiaddr), (ip("10.77.9.10"), ip("10.77.9.11")))
        bound = site.ask(REQUEST, {50: first.yiaddr, 54: SERVER}, chaddr=STRANGER, giaddr=guests).message
        self.assertEqual((bound.message_type, bound.yiaddr), (ACK, first.yiaddr))
        renewed = site.ask_directly(REQUEST, ciaddr=first.yiaddr, source="10.77.9.10", chaddr=STRANGER).message
        self.assertEqual((renewed.message_type, renewed.yiaddr), (ACK, first.yiaddr))
        self.assertIsNone(site.ask(DISCOVER, chaddr=b"\2\0\0\0\0\2"))
        self.assertEqual(site.ask(DISCOVER, giaddr=guests).message.yiaddr, ADDRESS)

    @tries("Slow questions in threads")
    def test_a_database_is_asked_in_a_thread(self, site):
        self.addCleanup(site.responder.stop)
        site.conf.X_VISITORS = self.mktemp()
        with sqlite3.connect(site.conf.X_VISITORS) as visitors:
            visitors.execute("CREATE TABLE visitors (mac TEXT, ip TEXT)")
            visitors.execute("INSERT INTO visitors VALUES ('02:00:5e:00:00:ff', '10.77.1.80')")
        self.assertEqual(site.ask_and_wait(DISCOVER, chaddr=STRANGER).message.yiaddr, ip("10.77.1.80"))
        self.assertIsNone(site.ask_and_wait(DISCOVER, chaddr=b"\2\0\0\0\0\1"))

    @tries("Counting what is asked")
    def test_packets_are_counted_and_told(self, site):
        site.ask(DISCOVER)
        site.ask(DISCOVER)
        site.ask(DISCOVER, chaddr=STRANGER)
        site.send(b"noise")
        self.assertEqual(site.conf.counts["DISCOVER", "answered"], 2)
        (told,) = site_callbacks(site).reinit.all()
        with self.assertLogs("conf") as logs:
            told()
        words = ["DISCOVER, answered: 2", "DISCOVER, not answered: 1", "not DHCP, not answered: 1"]
        self.assertEqual([record.getMessage() for record in logs.records], words)


def site_callbacks(world):
    return site.site_of(world.conf)


class Inventory(Resource):
    isLeaf = True

    def render_GET(self, request):
        if not request.path.endswith(b"/02:00:5e:00:00:ff"):
            request.setResponseCode(404)
            return b""
        return b'{"ip": "10.77.1.90", "subnet": "10.77.1.0/24", "lease_time": 600}'


class HTTPTests(ConfCase, TestCase):
    heading = "An inventory over HTTP"
    tried.add(heading)

    async def test_strangers_are_looked_up_over_http(self):
        listening = reactor.listenTCP(0, Site(Inventory()), interface="127.0.0.1")
        self.addCleanup(listening.stopListening)
        uri = f"http://127.0.0.1:{listening.getHost().port}/hosts/"
        configuration = self.load_text(CONF + RECIPES[self.heading] + f"X_INVENTORY = {uri!r}\n")
        world = ConfWorld(configuration, reactor)
        for mac in (STRANGER, b"\2\0\0\0\0\1", MAC):
            data = encode(message(DISCOVER, chaddr=mac, giaddr=RELAY))
            world.responder.receive([(data, RELAY, 67)], world.local, world.late)
        while len(world.observed.events) < 4:
            await deferLater(reactor, 0.001, lambda: None)
        self.assertEqual(served(world.late.replies), [OFFER, OFFER])
        self.assertEqual([reply.message.yiaddr for reply in world.late.replies], [ADDRESS, ip("10.77.1.90")])
        await world.responder.stop()
        import treq

        await treq.api.get_global_pool().closeCachedConnections()


class HookNamesTests(ConfCase, SynchronousTestCase):
    def test_what_is_no_such_object_is_named_with_its_line(self):
        configuration = self.load_text(CONF + "HOOKS = [object()]\n")
        error = self.assertRaises(ConfigurationError, check_providers, configuration)
        self.assertIn("HOOKS", str(error))
        self.assertIn(f"conf.py:{CONF.count(chr(10)) + 1}:", str(error))
