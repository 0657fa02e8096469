"""Statistics of packets, as a site gets them."""

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from sdhcp import model
from sdhcp.events import Dropped, Exchange, Malformed, ServerMessage
from sdhcp.interfaces import IEventObserver
from sdhcp.publisher import Publisher
from sdhcp.scripting.ipv4 import IPv4
from sdhcp.scripting.mac import MAC as HARDWARE
from sdhcp.scripting.site import SiteCallbacks
from sdhcp.scripting.statistics import SiteStatistics
from sdhcp.wire import constants as c

from .samples import ADDRESS, LOCAL, MAC, RELAY, arrival, definition

HERE = arrival(LOCAL._replace(port=6767), "10.0.0.9", 68)
METHODS = {
    "DISCOVER", "REQUEST", "REQUEST:SELECTING", "REQUEST:INIT-REBOOT", "REQUEST:RENEW", "REQUEST:REBIND",
    "DECLINE", "RELEASE", "INFORM", "LEASEQUERY",
}  # fmt: skip
KINDS = (
    model.DISCOVER, model.SELECTING, model.INIT_REBOOT, model.RENEW, model.REBIND, model.DECLINE, model.RELEASE,
    model.INFORM, model.LEASEQUERY, model.UNCLEAR_REQUEST,
)  # fmt: skip


class AtOnce:
    def put(self, function, *arguments):
        function(*arguments)


KNOWN = definition()


def exchange(method, known=KNOWN, answer="ACK", accepted=True, mac=MAC):
    return Exchange(0.0, method, answer, "x", accepted, mac, ADDRESS, bytes(4), RELAY, known, HERE, 300, 0.25)


class StatisticsTests(SynchronousTestCase):
    def setUp(self):
        self.site, self.got = SiteCallbacks(), []
        self.statistics = SiteStatistics(self.site, AtOnce())
        self.publisher = Publisher(Clock().seconds)
        self.publisher.add(self.statistics)
        self.site.statistics.on_change(self.publisher.ask_again)
        self.site.statistics.add(self.got.append)

    def of(self, event):
        self.publisher.publish(event)
        return self.got.pop()

    def test_an_exchange(self):
        verifyObject(IEventObserver, self.statistics)
        found = self.of(exchange(model.RENEW))
        self.assertEqual(
            found._asdict(),
            {
                "source_address": (IPv4("10.0.0.9"), 68), "mac": HARDWARE(tuple(MAC)), "ip": IPv4(tuple(ADDRESS)),
                "subnet": "10.77.1.0/24", "serial": 0, "method": "REQUEST:RENEW", "processing_time": 0.25,
                "processed": True, "port": 6767,
            },
        )  # fmt: skip
        self.assertEqual((type(found.mac), type(found.ip), found.source_address.ip), (HARDWARE, IPv4, "10.0.0.9"))

    def test_methods_are_those_that_extension_files_know(self):
        self.assertEqual({self.of(exchange(kind)).method for kind in KINDS}, METHODS)
        self.assertEqual(self.of(exchange(model.PROXY_REQUEST)).method, "REQUEST")
        self.assertIsNone(self.of(exchange(model.BOOTP)).method)

    def test_a_stranger_is_told_by_the_address_that_it_has(self):
        for kind in KINDS:
            found = self.of(exchange(kind, None, "", False))
            has = kind in (model.RENEW, model.REBIND, model.INFORM, model.RELEASE)
            self.assertEqual((found.ip, found.subnet, found.serial), (ADDRESS if has else None, None, None), kind)
            self.assertIs(found.processed, False)

    def test_a_refusal_is_processed(self):
        self.assertIs(self.of(exchange(model.SELECTING, answer="NAK", accepted=False)).processed, True)

    def test_an_address_of_other_hardware_is_none(self):
        self.assertIsNone(self.of(exchange(model.DISCOVER, mac=bytes(8))).mac)

    def test_what_was_dropped_has_the_name_of_its_type(self):
        for kind, method in ((c.DISCOVER, "DISCOVER"), (c.REQUEST, "REQUEST"), (c.LEASEQUERY, "LEASEQUERY")):
            found = self.of(Dropped(0.0, "blocked", "", MAC, RELAY, HERE, kind))
            self.assertEqual(
                (found.method, found.processed, found.mac, found.ip), (method, False, HARDWARE(tuple(MAC)), None)
            )
        for kind in (0, 99):
            self.publisher.publish(Dropped(0.0, "type", "", MAC, RELAY, HERE, kind))
            self.assertEqual(self.got, [])

    def test_what_is_no_message_has_nothing(self):
        found = self.of(Malformed(0.0, "cookie", "", 5, HERE))
        self.assertEqual(found[1:], (None, None, None, None, None, 0.0, False, False))
        self.assertIs(found.port, False)

    def test_packets_are_looked_at_only_while_somebody_wants_to_know(self):
        self.site.statistics.remove(self.got.append)
        self.assertFalse(any(map(self.statistics.wants, (Exchange, Dropped, Malformed, ServerMessage))))
        self.publisher.publish(exchange(model.RENEW))
        self.assertEqual(self.got, [])
        self.site.statistics.add(self.got.append)
        self.assertEqual(self.of(exchange(model.RENEW)).method, "REQUEST:RENEW")
        self.assertFalse(self.statistics.wants(ServerMessage))

    def test_what_a_site_emits_is_handed_on_as_it_is(self):
        self.statistics.emit("something")
        self.assertEqual(self.got, ["something"])
