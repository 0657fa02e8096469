"""Clients in a real Redis server."""

import json
import subprocess

import txredisapi
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet import reactor
from twisted.internet.defer import ensureDeferred
from twisted.trial.unittest import SynchronousTestCase

from sdhcp.backends.ini import IniSource
from sdhcp.backends.redis_replies import LONGEST, Replies
from sdhcp.interfaces import BadReservation

from .contracts import FIRST, HOSTS, SUBNETS, CachedContract, SourceContract, asked, known_by, plain
from .netns.yard import ROOT
from .redis_case import RedisCase, hset, source_of
from .samples import ip

HOST = {"ip": "10.0.0.9", "subnet": "n", "serial": "0"}
SUBNET = {
    "lease_time": 600, "gateway": "10.0.0.1", "subnet_mask": "255.0.0.0", "domain_name": "all.example.org",
    "broadcast_address": "10.255.255.255", "domain_name_servers": "10.0.0.3", "ntp_servers": "10.0.0.4",
}  # fmt: skip
OWN = {
    "lease_time": 60, "gateway": "10.0.0.2", "subnet_mask": "255.255.0.0", "domain_name": "own.example.org",
    "broadcast_address": "10.0.255.255", "domain_name_servers": "10.0.0.5", "ntp_servers": "10.0.0.6",
}  # fmt: skip


class ContractTests(SourceContract, RedisCase):
    def open(self, subnets, hosts):
        self.fill(subnets, hosts)
        return source_of(self.server)

    change = RedisCase.fill


class CachedContractTests(CachedContract, ContractTests):
    pass


class OneConnectionContractTests(ContractTests):
    def open(self, subnets, hosts):
        self.fill(subnets, hosts)
        return source_of(self.server, host="127.0.0.1", port=self.server.port, max_connections=1)


class HashTests(RedisCase):
    async def found(self, host, subnet=SUBNET, query=None, any_case=False, key=FIRST):
        commands = [hset("n|0", subnet)] if subnet else []
        self.server.do(("FLUSHALL",), *commands, hset(key, host))
        return await self.started(source_of(self.server, any_case)).lookup(query or asked())

    async def refused(self, host, subnet=SUBNET):
        error = await self.assertFailure(ensureDeferred(self.found(host, subnet)), BadReservation)
        self.assertIn(FIRST, str(error))
        self.assertTrue(error.advice)
        return str(error)

    def said(self, found):
        return (
            found.lease_time, found.gateways, found.subnet_mask, found.domain_name, found.broadcast_address,
            found.domain_name_servers, found.ntp_servers,
        )  # fmt: skip

    def expected(self, fields):
        return (
            fields["lease_time"], (ip(fields["gateway"]),), ip(fields["subnet_mask"]), fields["domain_name"],
            ip(fields["broadcast_address"]), (ip(fields["domain_name_servers"]),), (ip(fields["ntp_servers"]),),
        )  # fmt: skip

    async def test_what_a_client_says_goes_before_what_its_subnet_says(self):
        self.assertEqual(self.said(await self.found({**HOST, **OWN})), self.expected(OWN))

    async def test_what_a_client_leaves_empty_its_subnet_says(self):
        self.assertEqual(self.said(await self.found({**HOST, **dict.fromkeys(OWN, "")})), self.expected(SUBNET))

    async def test_a_client_that_says_all_needs_no_subnet(self):
        self.assertEqual(self.said(await self.found({**HOST, **OWN}, None)), self.expected(OWN))

    async def test_each_single_field_of_a_client_counts(self):
        for name, value in OWN.items():
            found = await self.found({**HOST, name: value})
            self.assertEqual(self.said(found), self.expected({**SUBNET, name: value}))

    async def test_digits_stay_text(self):
        found = await self.found({**HOST, "hostname": "0123", "domain_name": "1e3"})
        self.assertEqual((found.hostname, found.domain_name), ("0123", "1e3"))

    async def test_extra_is_merged_and_the_clients_wins(self):
        subnet = {**SUBNET, "extra": json.dumps({"floor": 3, "room": "all", "option-66": "all.example.org"})}
        found = await self.found({**HOST, "extra": json.dumps({"room": "12", "option-67": "own"})}, subnet)
        self.assertEqual(found.extra, {"floor": 3, "room": "12", "option-66": "all.example.org", "option-67": "own"})
        self.assertEqual(found.options, {66: b"all.example.org", 67: b"own"})

    async def test_what_extra_names_counts_in_its_own_types(self):
        extra = {"option-ntp-servers": ["10.0.0.7", "10.0.0.8"], "next-server": "10.0.0.2", "force-option-19": True}
        found = await self.found({**HOST, "extra": json.dumps(extra)})
        self.assertEqual(found.options, {42: ip("10.0.0.7") + ip("10.0.0.8"), 19: b"\1"})
        self.assertEqual((found.next_server, found.forced), (ip("10.0.0.2"), frozenset({19})))

    async def test_clients_of_a_subnet_share_what_was_encoded(self):
        self.fill(SUBNETS, [{**HOSTS[0], "mac": key, "own": {"room": key[-1]}} for key in ("a1", "a2")])
        source = self.started(source_of(self.server))
        one, other = [await source.lookup(known_by(key)) for key in ("a1", "a2")]
        self.assertIs(one.blocks, other.blocks)
        self.assertEqual((one.extra, other.extra), ({"room": "1"}, {"room": "2"}))

    async def test_a_fault_costs_its_own_client_and_is_named(self):
        for changes, words in (
            ({"ip": ""}, ("ip",)),
            ({"ip": "10.0.0"}, ("ip", "10.0.0")),
            ({"subnet": ""}, ("subnet",)),
            ({"serial": ""}, ("serial",)),
            ({"serial": "first"}, ("serial", "first")),
            ({"lease_time": "long"}, ("lease_time", "long")),
            ({"gateway": "10.0.0.300"}, ("gateway", "10.0.0.300")),
            ({"extra": "{"}, ("extra", "{")),
            ({"extra": "[]"}, ("extra", "[]")),
            ({"extra": "[" * 100_000}, ("extra", "[[")),
            ({"extra": '{"option-3": "nowhere"}'}, ("option-3", "nowhere")),
            ({"serial": "7"}, ("lease_time", "n|7")),
        ):
            text = await self.refused({**HOST, **changes})
            for word in words:
                self.assertIn(word, text)

    async def test_a_fault_of_the_subnet_is_named_as_its_own(self):
        self.assertIn("n|0: gateway", await self.refused(HOST, {**SUBNET, "gateway": "x"}))
        self.assertIn("lease_time", await self.refused(HOST, {"gateway": "10.0.0.1"}))

    async def test_a_key_that_is_no_hash_costs_its_own_client(self):
        self.fill(SUBNETS, HOSTS[1:])
        self.server.do(("SET", FIRST, "10.77.1.50"))
        source = self.started(source_of(self.server))
        other = source.lookup(asked(HOSTS[1]["mac"]))
        await self.assertFailure(source.lookup(asked()), BadReservation)
        self.assertEqual((await other).ip, ip("10.77.1.51"))
        self.server.do(("DEL", FIRST), ("SET", "n|0", ""), hset(FIRST, HOST))
        self.assertIn("n|0", str(await self.assertFailure(source.lookup(asked()), BadReservation)))

    async def test_capitals_count_where_they_may(self):
        mac = "02:00:5e:aa:bb:cc"
        for any_case in (True, False):
            found = await self.found(HOST, query=asked(mac), any_case=any_case, key=mac.upper())
            self.assertEqual(found is not None, any_case)
        self.assertIsNotNone(await self.found(HOST, query=asked(mac), any_case=True, key=mac))

    async def test_knows_the_subnets_apart_from_their_clients(self):
        self.fill(SUBNETS, HOSTS)
        source = self.started(source_of(self.server))
        await source.read_subnets()
        found = source.subnet_of(ip("10.77.1.9")).definition
        self.assertEqual((found.ip, found.hostname, found.lease_time), (bytes(4), None, 3600))
        self.assertEqual(source.subnet_of(ip("10.77.2.9")).definition.lease_time, 600)
        self.assertIsNone(source.subnet_of(ip("10.78.0.1")))


class SampleTests(RedisCase):
    async def test_the_sample_is_that_of_the_ini_source(self):
        self.server.do(("FLUSHALL",))
        schemas = ROOT / "sdhcp" / "schemas"
        text = (schemas / "sample.redis").read_text(encoding="utf-8")
        said = subprocess.run(
            ["redis-cli", "-s", self.server.path], input=text, capture_output=True, text=True, check=True, timeout=10
        )
        self.assertNotIn("ERR", said.stdout)
        source = self.started(source_of(self.server))
        for key, definition in IniSource(str(schemas / "sample.ini"), reactor).reservations():
            self.assertEqual(await source.lookup(known_by(key)), plain(definition))


REPLY = st.recursive(
    st.none() | st.integers(-(2**63), 2**63 - 1) | st.binary(max_size=50), lambda inner: st.lists(inner, max_size=4)
)


def encoded(reply):
    if reply is None:
        return b"$-1\r\n"
    if isinstance(reply, int):
        return b":%d\r\n" % reply
    if isinstance(reply, bytes):
        return b"$%d\r\n%b\r\n" % (len(reply), reply)
    return b"*%d\r\n" % len(reply) + b"".join(map(encoded, reply))


class RepliesTests(SynchronousTestCase):
    def read(self, pieces):
        replies, found = Replies(), []
        for piece in pieces:
            replies.feed(piece)
            reply = replies.gets()
            while reply is not False:
                found.append(reply)
                reply = replies.gets()
        return found

    @given(st.lists(REPLY, max_size=4), st.integers(1, 20))
    def test_reads_what_is_written_in_whatever_pieces(self, replies, size):
        octets = b"".join(map(encoded, replies))
        self.assertEqual(self.read(octets[at : at + size] for at in range(0, len(octets), size)), replies)

    def test_a_status_is_octets_and_an_error_an_error(self):
        status, nothing, error = self.read([b"+OK\r\n*-1\r\n-WRONGTYPE no hash\r\n"])
        self.assertEqual((status, nothing), (b"OK", None))
        self.assertIsInstance(error, txredisapi.ResponseError)
        self.assertEqual(str(error), "WRONGTYPE no hash")

    def test_what_no_server_says_is_refused(self):
        for octets in (b"HTTP/1.1 400 Bad Request\r\n", b"$x\r\n", b"$%d\r\n" % (LONGEST + 1), b"+" * (LONGEST + 2)):
            self.assertRaises(txredisapi.InvalidData, self.read, [octets])
