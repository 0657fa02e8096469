"""What clients are known by."""

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from sdhcp.backends.identified import IdentifiedSource
from sdhcp.backends.memory import MemorySource
from sdhcp.identity import IDENTITIES, LONGEST, keys, octets_key
from sdhcp.interfaces import IDefinitionSource, IEnumerableSource, IPeekable, IReloadable, ISubnetSource
from sdhcp.model import Query, Remembered
from sdhcp.wire.constants import CIRCUIT_ID, CLIENT_IDENTIFIER, RELAY_AGENT, REMOTE_ID

from .contracts import FIRST, STRANGER, asked
from .samples import RELAY, arrival, definition, message


def relayed(circuit=b"", remote=b""):
    """What a relay agent adds."""
    options = [(CIRCUIT_ID, circuit), (REMOTE_ID, remote)]
    return b"".join(bytes([code, len(octets)]) + octets for code, octets in options if octets)


def query(circuit=b"", remote=b"", identifier=b""):
    options = {RELAY_AGENT: relayed(circuit, remote)} if circuit or remote else {}
    return asked(FIRST, {**options, **({CLIENT_IDENTIFIER: identifier} if identifier else {})})


class KeyTests(SynchronousTestCase):
    def test_text_and_other_octets(self):
        for octets, key in (
            (b"eth 1/1/04:7", "circuit-id:eth 1/1/04:7"),
            (b"\0\4\1\2", "circuit-id:0x00040102"),
            (b"0x00", "circuit-id:0x30783030"),
            ("дом".encode(), f"circuit-id:0x{'дом'.encode().hex()}"),
            (b"a\n", "circuit-id:0x610a"),
            (b"x" * LONGEST, f"circuit-id:{'x' * LONGEST}"),
            (b"x" * (LONGEST + 1), ""),
            (b"", ""),
        ):
            self.assertEqual(octets_key("circuit-id", octets), key)

    @given(st.binary(min_size=1, max_size=LONGEST), st.binary(min_size=1, max_size=LONGEST))
    def test_no_two_identifiers_have_one_key(self, one, other):
        self.assertEqual(octets_key("a", one) == octets_key("a", other), one == other)

    @given(st.binary(max_size=300), st.binary(max_size=255), st.binary(max_size=255), st.binary(max_size=16))
    def test_a_client_cannot_take_the_key_of_another_kind(self, identifier, circuit, remote, mac):
        options = {CLIENT_IDENTIFIER: identifier, RELAY_AGENT: relayed(circuit, remote)}
        client = Query(message(1, options, chaddr=mac, hlen=len(mac)), arrival())
        for kind in ("client-identifier", "circuit-id", "remote-id"):
            for key in keys(client, (kind,)):
                self.assertTrue(key.startswith(f"{kind}:"))
                self.assertTrue(key.isascii() and key.isprintable())
        for key in keys(client, ("mac",)):
            self.assertEqual(key, mac.hex(":"))

    def test_each_kind_and_their_order(self):
        client = query(b"port 7", b"switch", b"\1\2\0\x5e\0\1\1")
        self.assertEqual(
            list(keys(client, tuple(IDENTITIES))),
            [FIRST, "client-identifier:0x0102005e000101", "circuit-id:port 7", "remote-id:switch"],
        )
        self.assertEqual(list(keys(client, ("remote-id", "mac"))), ["remote-id:switch", FIRST])

    def test_what_a_client_does_not_tell_is_left_out(self):
        self.assertEqual(list(keys(query(), tuple(IDENTITIES))), [FIRST])
        nothing = Query(message(1, chaddr=b"", hlen=0), arrival())
        self.assertEqual(list(keys(nothing, tuple(IDENTITIES))), [])

    def test_what_a_relay_told_earlier_counts_where_the_client_speaks_for_itself(self):
        renewal = Query(message(3, ciaddr=definition().ip), arrival(), Remembered(RELAY, relayed(b"port 7")))
        self.assertEqual(list(keys(renewal, ("circuit-id", "mac"))), ["circuit-id:port 7", FIRST])

    def test_a_sites_own(self):
        def room(client):
            return f"room:{client.remote_id.decode()}" if client.remote_id else None

        self.assertEqual(list(keys(query(b"", b"12"), (room, lambda client: "", "mac"))), ["room:12", FIRST])
        self.assertEqual(list(keys(query(), (room,))), [])

    def test_a_sites_own_that_gives_something_else(self):
        def number(client):
            return 12

        error = self.assertRaises(TypeError, list, keys(query(), (number,)))
        self.assertIn("number gave a value of type int; expected text, or None", str(error))


class SourceTests(SynchronousTestCase):
    def setUp(self):
        self.memory = MemorySource(
            {"circuit-id:port 7": definition(hostname="port"), FIRST: definition(hostname="host")}
        )
        self.source = IdentifiedSource(self.memory, ("circuit-id", "mac"))

    def name_of(self, client):
        found = self.source.peek(client)
        self.assertEqual(self.successResultOf(self.source.lookup(client)), found)
        return found and found.hostname

    def test_the_first_that_is_known_counts(self):
        self.assertEqual(self.name_of(query(b"port 7")), "port")
        self.assertEqual(self.name_of(query(b"port 8")), "host")
        self.assertEqual(self.name_of(query()), "host")
        self.assertIsNone(self.name_of(asked(STRANGER)))
        self.assertIsNone(self.name_of(asked(b"")))

    def test_it_is_what_the_source_is(self):
        for interface in (IDefinitionSource, IPeekable, ISubnetSource, IEnumerableSource):
            verifyObject(interface, self.source)
        self.assertFalse(IReloadable.providedBy(self.source))
        self.assertEqual(dict(self.source.reservations()), dict(self.memory.reservations()))
        self.assertEqual(self.source.name, "memory")
