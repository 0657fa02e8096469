"""Domain names and routes."""

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sdhcp.wire.errors import BadOption
from sdhcp.wire.fqdn import answer_fqdn
from sdhcp.wire.names import decode_names, decode_routes, encode_name, encode_names, encode_route, join_labels

LABEL = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=20)
NAME = st.lists(LABEL, min_size=1, max_size=5).map(".".join)


class NameTests(SynchronousTestCase):
    @given(st.lists(NAME, max_size=80))
    def test_names_are_read_as_they_were_written(self, names):
        self.assertEqual(decode_names(encode_names(names)), names)

    def test_a_suffix_too_far_away_is_written_again(self):
        names = [f"{number:060}.example" for number in range(300)]
        self.assertEqual(decode_names(encode_names(names)), names)
        self.assertGreater(len(encode_names(names)), 0x4000)
        far = [*(f"{number:063}" for number in range(300)), "x.far.example", "y.far.example"]
        self.assertEqual(decode_names(encode_names(far)), far)

    def test_the_root_alone(self):
        self.assertEqual((encode_name("."), encode_name(""), decode_names(b"\0")), (b"\0", b"\0", [""]))

    def test_names_of_other_alphabets(self):
        self.assertEqual(encode_name("bücher.example"), b"\x0dxn--bcher-kva\7example\0")

    def test_what_is_no_name(self):
        for name in ("a..b", "a" * 64, ".".join(["a" * 60] * 5), "ü" * 80):
            self.assertRaises(BadOption, encode_name, name)

    def test_what_cannot_be_read(self):
        for data in (
            b"\1",
            b"\1a",
            b"\3ab",
            b"\xc0",
            b"\xc0\0",
            b"\1a\xc0\2",
            b"\x40a",
            b"\1a\xc0\x09",
            b"\x3f" + b"a" * 62,
        ):
            self.assertRaises(BadOption, decode_names, data)
        self.assertRaises(BadOption, decode_names, (b"\x3c" + b"a" * 60) * 5 + b"\0")

    def test_a_pointer_leads_back(self):
        self.assertEqual(decode_names(b"\1a\0\1b\xc0\0\1c\xc0\3"), ["a", "b.a", "c.b.a"])

    def test_labels_joined(self):
        self.assertEqual(join_labels(["host.", "", ".example.org", "."]), "host.example.org")


class RouteTests(SynchronousTestCase):
    @given(st.integers(0, 32), st.integers(0, 0xFFFFFFFF), st.binary(min_size=4, max_size=4))
    def test_routes_are_read_as_they_were_written(self, prefix, number, router):
        network = (number >> (32 - prefix) << (32 - prefix)).to_bytes(4, "big")
        octets = encode_route(network, prefix, router)
        self.assertEqual(decode_routes(octets * 2), [(network, prefix, router)] * 2)

    def test_a_network_with_bits_beyond_its_prefix(self):
        self.assertRaises(BadOption, encode_route, bytes([10, 1, 0, 1]), 16, bytes(4))

    def test_what_cannot_be_read(self):
        for data in (b"\x21" + bytes(9), b"\x18\n\0\0\1\2\3"):
            self.assertRaises(BadOption, decode_routes, data)


class FqdnTests(SynchronousTestCase):
    def test_the_reservations_name_in_the_clients_encoding(self):
        self.assertEqual(answer_fqdn(b"\0\0\0own", "known", "example.org"), b"\x08\xff\xffknown.example.org")
        self.assertEqual(answer_fqdn(b"\5\0\0\3own\0", "known", None), b"\x0e\xff\xff\5known\0")

    def test_the_clients_name_where_the_reservation_has_none(self):
        self.assertEqual(answer_fqdn(b"\0\0\0own", None, "example.org"), b"\x08\xff\xffown")
        self.assertEqual(answer_fqdn(b"\4\0\0\3own", None, None), b"\x0c\xff\xff\3own\0")
        for raw in (b"own\n", b"o\x1b[2Jn", b"own\0x"):
            self.assertIsNone(answer_fqdn(b"\0\0\0" + raw, None, None))
        self.assertEqual(answer_fqdn(b"\4\0\0", None, None), b"\x0c\xff\xff")

    def test_a_name_that_is_none_is_not_answered(self):
        for value in (b"", b"\0\0", b"\0\0\0a..b", b"\0\0\0\xff", b"\4\0\0\1a\0\1b\0", b"\4\0\0\1a\xc0\0"):
            self.assertIsNone(answer_fqdn(value, None, None))
