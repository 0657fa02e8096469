"""What the server puts into a reply before loadDHCPPacket sees it, what is left of the client's, and what is sent."""

from twisted.trial.unittest import SynchronousTestCase

from sdhcp.backends.memory import MemorySource
from sdhcp.engine.policy import Policy
from sdhcp.scripting.ipv4 import IPv4
from sdhcp.wire import constants as c

from .samples import ADDRESS, MAC, RELAY, SERVER, definition, ip
from .scripted_world import ScriptedWorld

PLAIN = Policy(allow_relays=True, suspend=False)
GONE = (22, 43, 50, 52, 55, 57, 60, 61, 93, 94, 97, 118, 124, 125)
CLIENTS_OWN = {
    22: b"\2\x40", 43: b"\1", 56: b"text", 57: b"\5\xdc", 60: b"vendor", 77: b"class", 93: b"\0\7", 94: b"\1\2\3",
    116: b"\1", 124: b"\0\0\0\1\1a", 125: b"\0\0\0\1\1a", 224: b"theirs",
}  # fmt: skip
BARE = {
    "hostname": None, "gateways": (), "subnet_mask": None, "broadcast_address": None, "domain_name": None,
    "domain_name_servers": (), "ntp_servers": (),
}  # fmt: skip
POSITIVE = (
    (c.OFFER, c.DISCOVER, {}, {}),
    (c.ACK, c.REQUEST, {50: ADDRESS, 54: SERVER}, {}),
    (c.ACK, c.REQUEST, {}, {"ciaddr": ADDRESS}),
    (c.ACK, c.INFORM, {}, {"ciaddr": ADDRESS}),
)


class ReplyCase(SynchronousTestCase):
    def ask(self, kind, options=None, known=None, load=None, first=None, **fields):
        """The reply; ``self.seen`` is what loadDHCPPacket saw, as ``see`` read it."""

        def load_dhcp_packet(packet, *_):
            return True if load is None else load(packet) or True

        def filter_packet(packet, *_):
            return True if first is None else first(packet) or True

        hooks = {"filterPacket": filter_packet, "loadDHCPPacket": load_dhcp_packet}
        source = MemorySource({MAC: known or definition()})
        reply = ScriptedWorld(policy=PLAIN, source=source, hooks=hooks).ask(kind, options, **fields)
        return reply and reply.message


class DefinitionTests(ReplyCase):
    """What of a definition is there when loadDHCPPacket is called."""

    def seen(self, kind, known=None, **fields):
        found = {}

        def look(packet):
            for code in (1, 3, 6, 12, 15, 28, 42, 51, 53, 54, 56, 58, 59):
                found[code] = packet.getOption(code, convert=True)
            for name in ("op", "yiaddr", "siaddr", "sname", "file"):
                found[name] = packet.getOption(name, convert=True)

        self.ask(kind, {54: SERVER} if kind == c.REQUEST else None, known, look, **fields)
        return found

    def test_all_that_it_has(self):
        for kind, answer in ((c.DISCOVER, c.OFFER), (c.REQUEST, c.ACK)):
            seen = self.seen(kind)
            self.assertEqual((seen["op"], seen[53], seen["yiaddr"], seen[51]), (2, answer, IPv4("10.77.1.50"), 3600))
            self.assertEqual((seen[1], seen[3], seen[28]), ("255.255.255.0", ["10.77.1.1"], "10.77.1.255"))
            self.assertEqual((seen[12], seen[15]), ("known", "example.org"))
            self.assertEqual((seen[6], seen[42]), (["10.77.0.53", "10.77.0.54"], ["10.77.0.123"]))

    def test_nothing_that_it_has_not(self):
        seen = self.seen(c.DISCOVER, definition(**BARE))
        self.assertEqual([seen[code] for code in (1, 3, 6, 12, 15, 28, 42)], [None] * 7)

    def test_nothing_that_no_definition_of_staticdhcpds_has(self):
        seen = self.seen(c.DISCOVER)
        self.assertIsNone(seen[56])
        self.assertEqual((seen["siaddr"], seen["sname"].strip("\0"), seen["file"].strip("\0")), (IPv4(0), "", ""))

    def test_an_inform_has_no_address_and_no_lease_time(self):
        seen = self.seen(c.INFORM, ciaddr=ADDRESS)
        self.assertEqual((seen["yiaddr"], seen[51], seen[53]), (IPv4(0), None, c.ACK))
        self.assertEqual((seen[1], seen[12]), ("255.255.255.0", "known"))

    def test_the_server_identifier_is_there_and_cannot_be_taken_away(self):
        self.assertEqual(self.seen(c.DISCOVER)[54], "10.77.0.1")
        for load in (lambda packet: packet.setOption(54, "192.0.2.1"), lambda packet: packet.deleteOption(54)):
            for answer, kind, options, fields in POSITIVE:
                reply = self.ask(kind, options, load=load, **fields)
                self.assertEqual((reply.message_type, reply.options[54]), (answer, SERVER))

    def test_fields_of_a_sites_own_are_for_scripts_alone(self):
        known = definition(extra={"maps.room": "5"})
        told = []

        def load(packet, method, mac, found, *_):
            told.append(found.extra)
            return True

        world = ScriptedWorld(policy=PLAIN, source=MemorySource({MAC: known}), hooks={"loadDHCPPacket": load})
        plain = ScriptedWorld(policy=PLAIN, source=MemorySource({MAC: definition()}), hooks={})
        self.assertEqual(world.ask(c.DISCOVER).octets, plain.ask(c.DISCOVER).octets)
        self.assertEqual(told, [{"maps.room": "5"}])


class ClientsOwnTests(ReplyCase):
    """What the client sent."""

    def test_what_tells_of_the_client_is_gone_when_load_dhcp_packet_is_called(self):
        options = {**CLIENTS_OWN, 52: b"\0", 55: b"\1\3", 61: b"\1abcdef", 97: b"\0guid", 118: RELAY}
        for _, kind, more, fields in POSITIVE:
            seen = []
            self.ask(
                kind, {**options, **more}, load=lambda p, seen=seen: seen.extend(filter(p.isOption, GONE)), **fields
            )
            self.assertEqual(seen, [])

    def test_nothing_of_it_is_sent_back_but_what_answers_it(self):
        echoed = {61: b"\1abcdef", 97: b"\0guid", 118: RELAY, 82: b"\1\1x"}
        for _, kind, more, fields in POSITIVE:
            reply = self.ask(
                kind, {**CLIENTS_OWN, **echoed, **more}, known=definition(**BARE), load=lambda p: None, **fields
            )
            own = {53, 54} | (set() if kind == c.INFORM else {51})
            self.assertEqual(set(reply.options) - {58, 59}, {*own, *echoed}, kind)
            self.assertEqual({code: reply.options[code] for code in echoed}, echoed)

    def test_header_fields_of_it_are_not_sent_back_but_those_of_the_exchange(self):
        said = {"hops": 3, "secs": 9, "yiaddr": ip("10.0.0.9"), "siaddr": ip("10.0.0.8"), "sname": b"s", "file": b"f"}
        kept = {"htype": 6, "hlen": 6, "xid": b"abcd", "flags": 0x8000, "giaddr": RELAY, "chaddr": MAC + bytes(10)}
        reply = self.ask(c.DISCOVER, load=lambda packet: packet.setOption(66, "boot"), **said, **kept)
        self.assertEqual({name: getattr(reply, name) for name in kept}, kept)
        self.assertEqual((reply.op, reply.hops, reply.secs, reply.yiaddr), (2, 0, 0, ADDRESS))
        self.assertEqual((reply.siaddr, reply.sname.strip(b"\0"), reply.file.strip(b"\0")), (bytes(4), b"", b""))

    def test_ciaddr_is_kept_in_an_ack_alone(self):
        for answer, kind, options, fields in POSITIVE:
            reply = self.ask(kind, options, load=lambda packet: packet.setOption(66, "boot"), **fields)
            self.assertEqual((reply.message_type, reply.ciaddr), (answer, fields.get("ciaddr", bytes(4))))

    def test_what_is_left_can_be_read_and_is_sent_once_it_is_set(self):
        def load(packet):
            packet.setOption(224, [*packet.getOption(224), 1])

        reply = self.ask(c.DISCOVER, {224: b"a", 225: b"b"}, load=load)
        self.assertEqual((reply.options[224], reply.options.get(225)), (b"a\1", None))


class SetBeforeTests(ReplyCase):
    """What a function put into the request."""

    def test_it_is_in_the_reply(self):
        def first(packet):
            packet.setOption(58, 500)
            packet.setOption(59, 800)
            packet.setOption(66, "boot")
            packet.setOption("siaddr", "10.0.0.8")
            packet.setOption("file", "image")

        for prl in ({}, {55: b"\1\3"}):
            reply = self.ask(c.DISCOVER, prl, first=first)
            self.assertEqual([reply.options[code] for code in (58, 59, 66)],
                             [(500).to_bytes(4, "big"), (800).to_bytes(4, "big"), b"boot"])  # fmt: skip
            self.assertEqual((reply.siaddr, reply.file.strip(b"\0")), (ip("10.0.0.8"), b"image"))

    def test_what_the_definition_says_goes_before_it(self):
        def first(packet):
            for code, value in ((12, "other"), (15, "other.example"), (1, "255.0.0.0"), (3, "10.9.9.9"), (51, 5)):
                packet.setOption(code, value)
            packet.setOption("yiaddr", "10.9.9.9")

        reply = self.ask(c.DISCOVER, first=first)
        self.assertEqual((reply.options[12], reply.options[15], reply.options[1]),
                         (b"known", b"example.org", ip("255.255.255.0")))  # fmt: skip
        self.assertEqual(
            (reply.options[3], reply.options[51][-2:], reply.yiaddr), (ip("10.77.1.1"), b"\x0e\x10", ADDRESS)
        )

    def test_where_the_definition_says_nothing_it_stays(self):
        reply = self.ask(c.DISCOVER, known=definition(**BARE), first=lambda packet: packet.setOption(12, "own"))
        self.assertEqual(reply.options[12], b"own")

    def test_what_load_dhcp_packet_says_goes_before_all(self):
        def load(packet):
            packet.setOption(12, "last")
            packet.setOption(51, 77)
            packet.setOption("yiaddr", "10.77.1.99")

        reply = self.ask(c.DISCOVER, first=lambda packet: packet.setOption(12, "first"), load=load)
        self.assertEqual(
            (reply.options[12], reply.options[51], reply.yiaddr), (b"last", b"\0\0\0\x4d", ip("10.77.1.99"))
        )

    def test_what_is_deleted_is_not_sent(self):
        def load(packet):
            for code in (82, 61, 12, 3):
                packet.deleteOption(code)

        reply = self.ask(c.DISCOVER, {82: b"\1\1x", 61: b"\1abcdef"}, load=load)
        self.assertEqual({82, 61, 12, 3} & set(reply.options), set())

    def test_option_82_that_was_decoded_comes_back_whole(self):
        def load(packet):
            self.assertEqual(packet.getOption(82, convert=True), {1: [120], 2: [121, 122]})
            packet.getOption(82, convert=True)

        for first in (None, lambda packet: packet.getOption(82, convert=True)):
            reply = self.ask(c.DISCOVER, {82: b"\1\1x\2\2yz", 55: b"\1"}, first=first, load=load)
            self.assertEqual(reply.options[82], b"\1\1x\2\2yz")


class ChangedToNakTests(ReplyCase):
    def test_it_carries_no_configuration(self):
        def load(packet):
            packet.transformToDHCPNakPacket()

        reply = self.ask(c.REQUEST, {54: SERVER, 50: ADDRESS, 12: b"theirs", 61: b"\1abcdef", 82: b"\1\1x"}, load=load)
        self.assertEqual((reply.message_type, set(reply.options)), (c.NAK, {53, 54, 56, 61, 82}))
        fields = (reply.ciaddr, reply.yiaddr, reply.siaddr, reply.sname.strip(b"\0"), reply.file.strip(b"\0"))
        self.assertEqual(fields, (bytes(4), bytes(4), bytes(4), b"", b""))
