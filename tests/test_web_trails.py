"""What is kept of each client's packets, and the bounds of that."""

from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from sdhcp import events
from sdhcp.interfaces import IEventObserver
from sdhcp.model import Arrival, Lease, LeaseState
from sdhcp.web.trails import Trails
from sdhcp.web.wanted import read, who
from sdhcp.web.words import line_of
from sdhcp.wire import relay

from .samples import MAC, arrival, definition, ip

LOCAL = arrival()
ZERO = bytes(4)


def exchange(number=0, mac=MAC, method="DISCOVER", options=None, known=None):
    return events.Exchange(float(number), method, "OFFER", "offered", True, mac, ip("10.77.1.50"), b"\1\2\3\4", ZERO,
                           known, Arrival(LOCAL.local, b"", 0, float(number)), 0, 0.001, options)  # fmt: skip


def client(number):
    return number.to_bytes(6, "big")


class TrailTests(SynchronousTestCase):
    def test_keeps_the_last_events_of_each_client_in_their_order(self):
        trails = Trails(room=1000, most=3)
        verifyObject(IEventObserver, trails)
        for number in range(5):
            trails.observe(exchange(number))
        trails.observe(events.Blocked(5.0, MAC, 60, "x"))
        kept = trails.of(MAC).events
        self.assertEqual([event.now for event in kept], [3.0, 4.0, 5.0])
        self.assertEqual(kept[0], exchange(3))
        self.assertEqual((len(trails), trails.shed, trails.of(client(1))), (1, 0, None))

    def test_takes_what_is_about_one_client_and_nothing_else(self):
        lease = Lease(ip("10.0.0.1"), "guests", "x", LeaseState.RELEASED, 0.0, 0.0, MAC)
        of_clients = [
            exchange(),
            events.Dropped(1.0, "blocked", "x", MAC, ZERO, LOCAL),
            events.Blocked(1.0, MAC, 60, "x"),
            events.LeaseChanged(1.0, "released", lease),
            events.OffLink(1.0, MAC, ZERO, ZERO, True),
            events.Ambiguous(1.0, MAC, (ZERO,), ZERO),
            events.Declined(1.0, MAC, ZERO, "net", 0),
            events.SourceFailed(1.0, "SQLite", "is away", "", MAC),
            events.PoolExhausted(1.0, ("guests",), MAC),
            events.HookFailed(1.0, "edit", MAC, "x", ""),
            events.HandlingFailed(1.0, MAC, "x", ""),
        ]
        trails = Trails()
        for event in of_clients:
            self.assertTrue(trails.wants(type(event)), event)
            trails.observe(event)
        trails.observe(events.SourceFailed(1.0, "SQLite", "is away", ""))
        self.assertEqual(list(trails.of(MAC).events), of_clients)
        self.assertEqual(len(trails), 1)
        for event in trails.of(MAC).events:
            line = line_of(event, 100.0)
            self.assertEqual((line["at"], bool(line["kind"] and line["words"])), (event.now + 100.0, True), event)
        self.assertFalse(trails.wants(events.Shed) or trails.wants(events.LeaseBound))

    def test_never_keeps_more_than_there_is_room_for(self):
        trails = Trails(room=300, most=8)
        for number in range(5000):
            trails.observe(exchange(number, client(number % 7 if number % 3 else number)))
            if number % 20 == 0:
                kept = sum(len(trails.of(mac).events) for _, mac in trails.heard())
                self.assertLessEqual(kept + len(trails), 300)
        self.assertGreater(trails.shed, 1000)
        # Those that go on to be heard stay, with all that is kept of them.
        for number in range(7):
            self.assertEqual(len(trails.of(client(number)).events), 8)

    def test_what_a_client_said_stays_though_later_packets_say_less(self):
        trails = Trails()
        said = relay.encode({1: b"port 7"})
        trails.observe(exchange(1, options={12: b"name", 60: b"vendor", 61: b"\1x", 82: said}))
        trails.observe(exchange(2, method="REQUEST:RENEW", options={12: b"", 55: b"\1"}))
        trails.observe(exchange(3, options={12: b"other"}))
        told, last = trails.last(MAC)
        self.assertEqual(told, (b"other", b"vendor", b"\1x", said))
        self.assertEqual(last, exchange(3))
        self.assertEqual(trails.last(client(9)), ((b"", b"", b"", b""), None))

    def test_options_are_not_kept_with_each_packet(self):
        trails = Trails()
        known = definition()
        trails.observe(exchange(1, options={12: b"name"}, known=known))
        event = trails.of(MAC).events[0]
        self.assertEqual((event.options, event.definition), (None, known))

    def test_nor_are_the_octets_of_any_packet(self):
        came = LOCAL._replace(data=bytes(8000))
        trails = Trails()
        trails.observe(exchange()._replace(arrival=came, reply=bytes(500)))
        trails.observe(events.Dropped(1.0, "blocked", "x", MAC, ZERO, came))
        trails.observe(events.HandlingFailed(2.0, MAC, "x", "", came))
        kept = trails.of(MAC).events
        self.assertEqual([event.arrival.data for event in kept], [b""] * 3)
        self.assertEqual((kept[0].reply, kept[0].elapsed), (b"", 0.001))


class ReadingTests(SynchronousTestCase):
    def test_hardware_addresses_are_read_in_any_writing(self):
        for text in ("02:00:5e:00:01:01", "02-00-5E-00-01-01", "0200.5e00.0101", "02005e000101", " 02005E-000101 "):
            self.assertEqual((read(text).mac, who(text).mac), (MAC, MAC), text)
            self.assertTrue(read(text).fits_mac(MAC))
        for part in ("5e:00", "5e00", "5E-00-0", "005e.00", "02:00", ":01:01"):
            self.assertTrue(read(part).fits_mac(MAC), part)
        for part in ("5e:01", "00:5e:01", "printer", "1.2.3.4"):
            self.assertFalse(read(part).fits_mac(MAC), part)

    def test_addresses_are_read_whole_or_in_part(self):
        for text, fits in (("10.77.1.50", True), ("010.077.1.50", True), ("77.1", True), ("10.77.1.5", False),
                           ("10.77.1.", True), ("10.78", False)):  # fmt: skip
            self.assertEqual(read(text).fits_address(ip("10.77.1.50")), fits, text)

    def test_whom_a_lease_or_a_reservation_names_is_one_client(self):
        for text in ("id 0102005e000101", "client-identifier:0x0102005e000101"):
            self.assertEqual((who(text).mac, who(text).holders), (MAC, ("id 0102005e000101",)), text)
        self.assertEqual(who("circuit-id:eth 1").key, "circuit-id:eth 1")
        for text in ("", "\0", "x" * 600):
            self.assertIsNone(who(text))
