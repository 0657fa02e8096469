"""Values of options with a form of their own, as scripts make and take them apart."""

from twisted.trial.unittest import SynchronousTestCase

from sdhcp.scripting.ipv4 import IPv4
from sdhcp.scripting.rfc import (
    RFC,
    rfc1035_plus,
    rfc2610_78,
    rfc2610_79,
    rfc3046_decode,
    rfc3361_120,
    rfc3397_119,
    rfc3442_121,
    rfc3925_124,
    rfc3925_125,
    rfc3925_125_decode,
    rfc3925_decode,
    rfc4174_83,
    rfc4280_88,
    rfc5223_137,
    rfc5678_139,
    rfc5678_140,
)

A_B = b"\1a\1b\0"
SERVER = b"\x0a\0\0\1"
SERVERS = SERVER + b"\x0a\0\0\2"


class ObjectTests(SynchronousTestCase):
    def test_is_its_octets(self):
        own = rfc1035_plus("a.b")
        self.assertEqual((own.getValue(), bytes(own)), (list(A_B), A_B))
        self.assertEqual(repr(own), "rfc1035_plus([1, 97, 1, 98, 0])")
        self.assertTrue(RFC())

    def test_is_compared_with_another_and_with_a_list(self):
        own = rfc1035_plus("a.b")
        for same in (rfc3397_119("a.b"), list(A_B), tuple(A_B), A_B):
            self.assertTrue(own == same and own <= same and own >= same)
        for other in ([1], None, 5, rfc1035_plus("a")):
            self.assertNotEqual(own, other)
        self.assertTrue(own < [2] and own > [1] and rfc1035_plus("a") < own)
        self.assertRaises(TypeError, lambda: own < None)

    def test_cannot_be_a_key(self):
        self.assertRaises(TypeError, hash, RFC())


class NamesTests(SynchronousTestCase):
    def test_names_are_labels_one_after_the_other(self):
        for form in (rfc1035_plus, rfc3397_119, rfc4280_88):
            for names in ("a.b,c", "a.b., c", b"a.b,c,", ["a.b", "c."], ("a.b", "c")):
                self.assertEqual(bytes(form(names)), A_B + b"\1c\0", names)

    def test_the_server_for_emergencies_has_one_name(self):
        for names in ("a.b", "a.b.", "a.b,c", ["a.b", "c"]):
            self.assertEqual(bytes(rfc5223_137(names)), A_B)
        self.assertRaises(ValueError, rfc5223_137, "")

    def test_names_beyond_ascii_are_written_as_hosts_are_asked_for_them(self):
        self.assertEqual(bytes(rfc3397_119("zürich")), b"\x0dxn--zrich-kva\0")

    def test_what_are_no_names(self):
        for names in ("", ",", "a..b", "a" * 64, ".".join(["a" * 60] * 5), []):
            self.assertRaises(ValueError, rfc3397_119, names)


class ServerTests(SynchronousTestCase):
    def test_directory_agents(self):
        for own in (rfc2610_78(1, "10.0.0.1,10.0.0.2"), rfc2610_78(True, [IPv4("10.0.0.1"), "10.0.0.2"])):
            self.assertEqual(bytes(own), b"\1" + SERVERS)
        for own in (rfc2610_78("10.0.0.1"), rfc2610_78(False, "10.0.0.1"), rfc2610_78(mandatory=0, ips="10.0.0.1")):
            self.assertEqual(bytes(own), b"\0" + SERVER)
        self.assertRaises(ValueError, rfc2610_78, True, "")

    def test_service_scope(self):
        self.assertEqual(bytes(rfc2610_79(True, "zürich,b")), b"\1" + "zürich,b".encode())
        self.assertEqual((bytes(rfc2610_79("a")), bytes(rfc2610_79(0, b"a"))), (b"\0a", b"\0a"))

    def test_sip_servers_have_addresses_or_names(self):
        for servers in ("10.0.0.1, 10.0.0.2", ["10.0.0.1", IPv4("10.0.0.2")]):
            self.assertEqual(bytes(rfc3361_120(servers)), b"\1" + SERVERS)
        self.assertEqual(bytes(rfc3361_120(IPv4("10.0.0.1"))), b"\1" + SERVER)
        self.assertEqual(bytes(rfc3361_120("a.b,a.b")), b"\0" + A_B * 2)
        for servers in ("", "10.0.0.1,a.b", []):
            self.assertRaises(ValueError, rfc3361_120, servers)

    def test_storage_name_servers(self):
        own = rfc4174_83(1, b"\0\2", [0, 3], 0xFFFFFFFF, "10.0.0.1")
        self.assertEqual(bytes(own), b"\0\1\0\2\0\3\xff\xff\xff\xff" + SERVER)
        for numbers in ((65536, 0, 0, 0), (0, -1, 0, 0), (0, 0, 0, 1 << 32), (0, 0, [1], 0)):
            self.assertRaises(ValueError, rfc4174_83, *numbers, "10.0.0.1")

    def test_mobility_servers_are_suboptions_with_a_length(self):
        addresses = b"\1\4" + SERVER + b"\2\x08" + SERVERS
        pairs = [(1, "10.0.0.1"), (2, ["10.0.0.1", "10.0.0.2"])]
        for own in (rfc5678_139(pairs), rfc5678_139(*pairs), rfc5678_139(tuple(pairs)), rfc5678_139(dict(pairs))):
            self.assertEqual(bytes(own), addresses)
        for own in (rfc5678_140([(1, "a.b")]), rfc5678_140((1, "a.b")), rfc5678_140([1, ["a.b"]])):
            self.assertEqual(bytes(own), b"\1\5" + A_B)
        self.assertEqual((bytes(rfc5678_139()), bytes(rfc5678_140([]))), (b"", b""))
        for values in ([(256, "10.0.0.1")], [(1, "10.0.0.1", 2)], [(1, ["10.0.0.1"] * 64)], "ab"):
            self.assertRaises(ValueError, rfc5678_139, values)


class RouteTests(SynchronousTestCase):
    def test_routes_have_their_significant_octets(self):
        routes = [(("10.0.0.0", 8), "10.0.0.1"), ((IPv4(0), 0), IPv4("10.0.0.1")), (([10, 1, 2, 3], 32), "10.0.0.1")]
        expected = b"\x08\x0a" + SERVER + b"\0" + SERVER + b"\x20\x0a\1\2\3" + SERVER
        for own in (rfc3442_121(routes), rfc3442_121(*routes), rfc3442_121(iter(routes))):
            self.assertEqual(bytes(own), expected)
        self.assertEqual(bytes(rfc3442_121(routes[0])), b"\x08\x0a" + SERVER)
        self.assertEqual(bytes(rfc3442_121([])), b"")

    def test_bits_beyond_the_prefix_are_cleared(self):
        self.assertEqual(bytes(rfc3442_121([(("10.0.255.9", 17), "10.0.0.1")])), b"\x11\x0a\0\x80" + SERVER)

    def test_what_are_no_routes(self):
        for routes in ([(("10.0.0.0", 33), "10.0.0.1")], [(("10.0.0.0", -1), "10.0.0.1")], [("10.0.0.0", "10.0.0.1")],
                       [(("10.0.0", 8), "10.0.0.1")], [(("10.0.0.0", 8),)]):  # fmt: skip
            self.assertRaises(ValueError, rfc3442_121, routes)


class EnterpriseTests(SynchronousTestCase):
    def test_octets_by_enterprise(self):
        expected = b"\0\0\0\1\2\x08\x09" + b"\0\0\0\2\1a"
        for data in ({2: "a", 1: [8, 9]}, [(1, b"\x08\x09"), (2, [97])], ((1, (8, 9)), [2, "a"])):
            self.assertEqual(bytes(rfc3925_124(data)), expected, data)
        self.assertEqual(rfc3925_decode(expected), {1: [8, 9], 2: [97]})

    def test_suboptions_by_enterprise(self):
        expected = b"\0\0\0\1\7" + b"\1\2\x08\x09" + b"\2\1a"
        for data in ({1: {2: "a", 1: [8, 9]}}, [(1, [(1, [8, 9]), (2, b"a")])], {1: ((1, (8, 9)), (2, "a"))}):
            self.assertEqual(bytes(rfc3925_125(data)), expected, data)
        self.assertEqual(rfc3925_125_decode(expected), {1: {1: [8, 9], 2: [97]}})
        self.assertEqual(rfc3925_decode(expected[5:], identifier_size=1), {1: [8, 9], 2: [97]})

    def test_what_has_no_place(self):
        for data in ({1 << 32: [1]}, {-1: [1]}, {1: [1] * 256}, {1: [256]}, {1: 5}, [1, 2]):
            self.assertRaises(ValueError, rfc3925_124, data)
        for data in ({1: {256: [1]}}, {1: {1: [1] * 254}}, {1: {1: 5}}):
            self.assertRaises(ValueError, rfc3925_125, data)


class DecoderTests(SynchronousTestCase):
    def test_relay_agents_suboptions_by_number(self):
        octets = [1, 2, 8, 9, 2, 1, 7, 1, 1, 10]
        for convert in (list, tuple, bytes):
            self.assertEqual(rfc3046_decode(convert(octets)), {1: [8, 9, 10], 2: [7]})

    def test_decoding_leaves_its_argument_as_it_is(self):
        for decode, octets in (
            (rfc3046_decode, [1, 1, 8, 2, 1, 9]), (rfc3925_decode, [0, 0, 0, 1, 1, 8]),
            (rfc3925_125_decode, [0, 0, 0, 1, 3, 1, 1, 8]),
        ):  # fmt: skip
            kept = list(octets)
            first = decode(octets)
            self.assertTrue(first)
            self.assertEqual((decode(octets), octets), (first, kept))

    def test_what_follows_a_cut_one_is_left_out(self):
        self.assertEqual(rfc3046_decode([1, 1, 8, 2, 5, 9]), {1: [8]})
        self.assertEqual(rfc3046_decode([1]), {})
        self.assertEqual(rfc3925_decode([0, 0, 0, 1, 1, 8, 0, 0]), {1: [8]})
        self.assertEqual(rfc3925_decode([1, 1, 8, 2, 9], 1), {1: [8]})
        self.assertEqual(rfc3925_125_decode([0, 0, 0, 1, 4, 1, 1, 8, 2]), {1: {1: [8]}})

    def test_what_are_no_octets(self):
        for decode in (rfc3046_decode, rfc3925_decode, rfc3925_125_decode):
            for value in (None, 5, [256], {}):
                self.assertRaises(ValueError, decode, value)
