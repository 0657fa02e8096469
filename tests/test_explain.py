"""What an explanation says: of guards, the source, pools, hooks, options, the destination."""

from dataclasses import replace

from twisted.internet.defer import fail, succeed
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from sdhcp.backends.cached import CachedSource
from sdhcp.backends.memory import MemorySource
from sdhcp.client_packets import BOOTP, DISCOVER, INFORM, RENEW, SELECTING, packet
from sdhcp.config.settings import CacheSettings
from sdhcp.explain.asked import packet_of, side_of
from sdhcp.explain.report import lines_of, report_of
from sdhcp.interfaces import IDefinitionSource, SourceError
from sdhcp.pools import Pool

from .explained_world import ExplainedWorld, SharedLeases
from .in_process import DEFAULTS, POLICY, usual
from .lending_world import guests
from .samples import FRAMES, MAC, definition, ip

GUEST = "02:00:5e:09:00:01"
RELAYED = "10.77.1.1"


def adds(packet, method, mac, client_ip, relay_ip, *_):
    """A loadDHCPPacket."""
    packet.setOption(66, "tftp.example.org")
    packet.deleteOption(15)
    return True


def report(world, kind=DISCOVER, mac=MAC, address=None, **more):
    made = packet(kind, mac, address, **{"giaddr": RELAYED, **more})
    return report_of(world.explain(made))


def texts(told, step):
    return [note["text"] for note in told["chain"] if note["step"] == step]


def whys(told, part="options"):
    return {one["code"]: one["why"] for one in told["reply"][part]}


class ChainTests(SynchronousTestCase):
    def test_a_guard_that_refuses_is_named(self):
        told = report(ExplainedWorld(policy=replace(POLICY, allow_relays=False)))
        self.assertEqual(texts(told, "guards"), ["refused: relays-not-allowed, ALLOW_DHCP_RELAYS is off"])
        self.assertIsNone(told["reply"])

    def test_what_is_no_dhcp_message_is_told_as_that(self):
        told = report_of(ExplainedWorld().explain(packet_of({"packet": "0102"})))
        self.assertIsNone(told["request"])
        self.assertIn("no DHCP message", texts(told, "request")[0])

    def test_a_client_that_would_be_blocked_is_not(self):
        world = ExplainedWorld(policy=DEFAULTS, pools=())
        for _ in range(3):
            told = report(world, mac=GUEST)
            self.assertEqual(told["outcome"], "unknown-client")
            self.assertIn("would not be heard for", texts(told, "abuse")[1])

    def test_a_client_that_is_blocked_is_told_to_be(self):
        world = ExplainedWorld(policy=replace(DEFAULTS, suspend_threshold=2, misbehaving_timeout=60), pools=())
        for _ in range(3):
            world.answer(packet(DISCOVER, MAC, giaddr=RELAYED))
        told = report(world)
        self.assertEqual(texts(told, "abuse"), ["the client is not heard for a while: too many packets"])

    def test_each_hook_is_told_with_its_place_and_what_it_changed(self):
        told = report(ExplainedWorld(hooks={"loadDHCPPacket": adds}))
        (hook,) = told["hooks"]
        self.assertRegex(hook["place"], r"test_explain\.py:\d+$")
        self.assertEqual(hook["changes"][1], 'set tftp_server_name = "tftp.example.org"')
        self.assertIn("hook loadDHCPPacket", whys(told)[66])
        self.assertIn("taken out by hook loadDHCPPacket", whys(told, "withheld")[15])

    def test_a_hook_that_raises_is_told_and_nobody_else_hears_of_it(self):
        def raises(*_):
            raise ValueError("no port")

        told = report(ExplainedWorld(hooks={"loadDHCPPacket": raises}))
        self.assertEqual((told["outcome"], told["hooks"][0]["raised"]), ("hook-failed", "ValueError: no port"))

    def test_a_renewal_past_the_relay_agent_is_explained_by_what_that_has_told(self):
        world = ExplainedWorld()
        world.answer(packet(SELECTING, MAC, "10.77.1.50", giaddr=RELAYED, server="10.77.0.1"))
        told = report(world, RENEW, MAC, "10.77.1.50", giaddr=None)
        self.assertEqual(
            texts(told, "link"), ["the client is on the link of 10.77.1.1, as its relay agent has told before"]
        )
        self.assertEqual(told["answer"], "ACK")


class PoolTests(SynchronousTestCase):
    def test_each_pool_says_why_it_is_not_the_clients(self):
        phones = Pool("phones", "10.77.1.200", subnet="10.77.1.0/24", vendor_class="Phone")
        elsewhere = Pool("elsewhere", "10.99.0.10", subnet="10.99.0.0/24")
        last = Pool("last", "10.77.1.210", subnet="10.77.1.0/24")
        told = report(ExplainedWorld(pools=(phones, elsewhere, guests(), last)), mac=GUEST)
        first, second, third, given = [note for note in told["chain"] if note["step"] == "pools"]
        self.assertIn("phones is not for this client: the vendor class", first["text"])
        self.assertIn("elsewhere is not for this client: the client's link", second["text"])
        self.assertEqual(third["text"], "pool guests is for this client")
        self.assertEqual(given["text"], "pool guests has 10.77.1.100 for 600 s")
        self.assertEqual(given["more"], ["pool last was not asked, since guests comes first"])
        self.assertEqual(whys(told)[3], "pool guests")

    def test_a_pool_that_is_used_up_is_told(self):
        world = ExplainedWorld(pools=(guests("10.77.1.100"),))
        world.answer(packet(DISCOVER, "02:00:5e:09:00:02", giaddr=RELAYED))
        told = report(world, mac=GUEST)
        self.assertIn("no address is left in guests", texts(told, "pools"))

    def test_what_would_become_of_a_lease_is_told(self):
        told = report(ExplainedWorld(), SELECTING, GUEST, "10.77.1.103", server="10.77.0.1")
        self.assertEqual(texts(told, "lease"), ["would be bound: 10.77.1.103 of guests"])

    def test_where_servers_share_leases_the_next_address_is_one_that_stands_for_it(self):
        world = ExplainedWorld(store=SharedLeases())
        told = report(world, mac=GUEST)
        self.assertIn("the next free address", texts(told, "stand-in")[0])
        held = world.answer(packet(DISCOVER, GUEST, giaddr=RELAYED))[0][16:20]
        again = report(world, mac=GUEST)
        self.assertEqual(
            (texts(again, "stand-in"), again["reply"]["message"]["yiaddr"]), ([], ".".join(map(str, held)))
        )


class OptionTests(SynchronousTestCase):
    def test_every_option_has_its_origin(self):
        told = report(ExplainedWorld(), client_identifier=b"\1abc", circuit_id="port3")
        found = whys(told)
        self.assertEqual(found[53], "protocol: the decision")
        self.assertEqual(found[3], "subnet 10.77.1.0/24 in memory")
        self.assertEqual(found[12], "reservation in memory")
        self.assertEqual(found[61], "echo of the request (RFC 6842)")
        self.assertIn("relay agent", found[82])
        self.assertEqual(set(found), {53, 54, 51, 1, 3, 6, 12, 15, 28, 42, 61, 82})

    def test_what_a_reservation_has_otherwise_than_its_subnet_is_the_reservations(self):
        source = usual()
        source.definitions[MAC.hex(":")] = definition(gateways=(ip("10.77.1.2"),))
        found = whys(report(ExplainedWorld(source=source)))
        self.assertEqual((found[3], found[6]), ("reservation in memory", "subnet 10.77.1.0/24 in memory"))

    def test_options_that_are_not_sent_have_their_reason(self):
        told = report(ExplainedWorld(), parameter_request_list=b"\1\3\x2b")
        found = whys(told, "withheld")
        self.assertEqual(found[42], "not in the parameter request list (option 55)")
        self.assertEqual(found[43], "asked for, and memory has no value for it")

    def test_what_has_no_room_is_told(self):
        big = definition(options={200 + at: bytes(200) for at in range(4)}, forced=frozenset(range(200, 204)))
        told = report(ExplainedWorld(source=MemorySource({MAC: big})))
        short = [code for code, why in whys(told, "withheld").items() if why.startswith("no room")]
        self.assertTrue(short)
        self.assertFalse(set(short) & set(whys(told)))

    def test_what_a_hook_sets_without_room_is_told(self):
        def much(packet, *_):
            for code in range(200, 204):
                packet.setOption(code, [7] * 200)
            return True

        told = report(ExplainedWorld(hooks={"loadDHCPPacket": much}))
        short = whys(told, "withheld")
        self.assertTrue([code for code in short if code >= 200], short)
        self.assertFalse(set(short) & set(whys(told)))

    def test_an_inform_gets_no_lease(self):
        told = report(ExplainedWorld(), INFORM, MAC, "10.77.1.50", parameter_request_list=b"\1\x33\x3a")
        self.assertNotIn(51, whys(told))

    def test_a_bootp_client_gets_what_fits_into_its_area(self):
        source = MemorySource({MAC: definition(options={200: bytes(60)})})
        told = report(ExplainedWorld(source=source), BOOTP)
        self.assertEqual((told["answer"], list(whys(told, "withheld"))), ("BOOTREPLY", [200]))
        self.assertIn("64 octets", whys(told, "withheld")[200])


class DestinationTests(SynchronousTestCase):
    def test_the_reason_of_each_destination_is_told(self):
        world = ExplainedWorld()
        here = "02:00:5e:00:01:03"
        for more, why in (
            ({}, "the relay agent's address (giaddr)"),
            ({"giaddr": None, "mac": here}, "the address that is given, in a frame to the client"),
            ({"giaddr": None, "mac": here, "broadcast": True}, "to all, since the client asks for that"),
            ({"giaddr": None, "kind": RENEW, "mac": here, "address": "10.77.0.50"}, "the client's own address"),
            ({"giaddr": None, "kind": SELECTING, "mac": here, "address": "10.77.0.9"}, "to all, as a NAK has to be"),
        ):  # fmt: skip
            if more.get("kind") == SELECTING:
                more["server"] = "10.77.0.1"
            self.assertIn(why, report(world, **more)["reply"]["destination"]["why"], more)


@implementer(IDefinitionSource)
class Store:
    """One that is asked, and fails when it is told to."""

    name = "store"

    def __init__(self):
        self.asked, self.fails = 0, False

    def lookup(self, query):
        self.asked += 1
        return fail(SourceError("away")) if self.fails else succeed(definition() if query.mac == MAC else None)


class CacheTests(SynchronousTestCase):
    def setUp(self):
        self.store = Store()
        self.clock = Clock()
        settings = CacheSettings(enabled=True, age=60.0, negative_age=60.0)
        self.source = CachedSource(self.store, settings, self.clock, self.clock.seconds)
        self.world = ExplainedWorld(source=self.source, pools=())

    def test_what_the_store_says_is_not_kept_and_not_counted(self):
        for number in (1, 2):
            told = report(self.world)
            self.assertIn("store knows", texts(told, "source")[0])
            self.assertEqual((self.store.asked, self.source.count(), self.source.hits), (number, 0, 0))

    def test_the_layer_that_answers_is_named(self):
        self.world.answer(packet(DISCOVER, MAC, giaddr=RELAYED))
        self.assertIn("memory, for store, knows", texts(report(self.world), "source")[0])
        self.assertEqual((self.store.asked, self.source.hits), (1, 0))

    def test_a_store_that_fails_is_told_and_its_health_is_what_it_was(self):
        self.store.fails = True
        told = report(self.world)
        self.assertEqual(told["outcome"], "source-unavailable")
        self.assertEqual((self.source.problem(), self.world.responder.source_health.troubled), ("", False))


class AskedTests(SynchronousTestCase):
    def test_what_cannot_be_is_refused_in_words(self):
        for asked, what in (
            ({}, "expected mac"),
            ({"mac": "zz"}, "no hardware address"),
            ({"mac": GUEST, "type": "hello"}, "type: expected one of discover"),
            ({"mac": GUEST, "giaddr": "1.2.3"}, "giaddr"),
            ({"mac": GUEST, "options": "frob=1"}, "options: frob=1"),
            ({"mac": GUEST, "ask_for": "frob"}, "ask_for"),
            ({"mac": GUEST, "packet": "00"}, "leave out mac"),
            ({"packet": "0x0g"}, "packet: expected hexadecimal"),
            ({"mac": 7}, "mac: expected text"),
            ({"mac": GUEST, "broadcast": "yes"}, "broadcast: expected true or false"),
            ({"mac": GUEST, "path": "x"}, "'path' is nothing that can be said"),
            ({"mac": GUEST, "circuit_id": "p"}, "giaddr"),
            ({"mac": GUEST, "type": "renew"}, "needs an address"),
        ):
            error = self.assertRaises(ValueError, packet_of, asked)
            self.assertIn(what, str(error))

    def test_a_packet_is_the_same_described_or_pasted(self):
        described = packet_of(
            {"mac": GUEST, "giaddr": RELAYED, "circuit_id": "0x01ff", "options": "hostname=pc; 57=1500"}
        )
        pasted = packet_of({"packet": described.data.hex(":")})
        self.assertEqual(pasted, described)
        self.assertEqual(described.message.options[82], b"\1\2\1\xff")

    def test_the_side_is_the_one_that_was_named(self):
        proxy = FRAMES._replace(port=4011, is_proxy=True)
        other = FRAMES._replace(interface="eth1", server_id=ip("10.78.0.1"))
        sides = [proxy, FRAMES, other]
        self.assertEqual(side_of({}, sides), FRAMES)
        self.assertEqual(side_of({"interface": "eth1"}, sides), other)
        self.assertEqual(side_of({"server": "10.78.0.1"}, sides), other)
        self.assertEqual(side_of({"port": 4011}, sides), proxy)
        self.assertRaises(ValueError, side_of, {"interface": "eth7"}, sides)

    def test_lines_say_the_same(self):
        lines = list(lines_of(report(ExplainedWorld())))
        self.assertTrue(any(line.startswith("decision: offered: OFFER is sent") for line in lines))
        self.assertIn('  hostname (12) = "known": reservation in memory', lines)
        self.assertTrue(lines[-1].startswith("octets: 0201"))
