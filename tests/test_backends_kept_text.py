"""Answers as text."""

import json

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sdhcp.backends.kept_text import (
    DamagedText,
    TextReader,
    UnfitAnswer,
    from_text,
    subnet_record,
    subnet_record_of_text,
    to_text,
    wanted_records,
)
from sdhcp.model import Definition

from .samples import definition
from .strategies import ADDRESS

SECONDS = st.integers(0, 2**32 - 1)
ADDRESSES = st.lists(ADDRESS, max_size=4).map(tuple)
TEXT = st.text(max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
DEFINITIONS = st.builds(
    Definition,
    ip=ADDRESS,
    lease_time=SECONDS,
    subnet=TEXT,
    serial=st.integers(-(2**63), 2**63 - 1),
    hostname=st.none() | TEXT,
    gateways=ADDRESSES,
    subnet_mask=st.none() | ADDRESS,
    broadcast_address=st.none() | ADDRESS,
    domain_name=st.none() | TEXT,
    domain_name_servers=ADDRESSES,
    ntp_servers=ADDRESSES,
    extra=st.none() | st.dictionaries(TEXT, JSON, max_size=3),
    options=st.dictionaries(st.integers(1, 254), st.binary(max_size=20), max_size=4),
    forced=st.frozensets(st.integers(1, 254), max_size=4),
    next_server=ADDRESS,
    server_name=st.binary(max_size=20),
    boot_file=st.binary(max_size=20),
    renewal_time=st.none() | SECONDS,
    rebinding_time=st.none() | SECONDS,
)


class TextTests(SynchronousTestCase):
    @given(st.none() | DEFINITIONS | st.lists(DEFINITIONS, min_size=2, max_size=4).map(tuple))
    def test_what_is_read_is_what_was_written(self, found):
        self.assertEqual(from_text(to_text(found)), found)

    @given(DEFINITIONS, st.floats(0, 2e9))
    def test_the_time_is_read_too(self, found, at):
        self.assertEqual(TextReader().read(to_text(found, at)), (found, at))
        self.assertEqual(TextReader().read(to_text(found)), (found, None))

    @given(
        st.text()
        | st.binary()
        | JSON.map(json.dumps)
        | st.lists(st.lists(JSON, max_size=6), max_size=3).map(json.dumps)
    )
    def test_any_other_text_is_damaged_or_an_answer(self, text):
        for read in (from_text, lambda text: from_text(text, lambda subnet, serial: definition())):
            try:
                read(text)
            except DamagedText as error:
                self.assertTrue(str(error))
        for subnet, serial in wanted_records(text):
            self.assertEqual((type(subnet), type(serial)), (str, int))

    @given(st.data())
    def test_a_piece_of_text_that_is_changed(self, data):
        text = to_text(definition(extra={"maps.a": 1}, options={66: b"x"}, renewal_time=5))
        at = data.draw(st.integers(0, len(text) - 1))
        changed = text[:at] + data.draw(st.text(max_size=3)) + text[at + data.draw(st.integers(0, 3)) :]
        try:
            found = from_text(changed)
        except DamagedText:
            return
        self.assertEqual(from_text(to_text(found)), found)

    def test_deep_and_endless_values(self):
        for text in ("[" * 100_000, f"[{'1' * 10_000}]", '[{"at":"now"}]', '[{"at":true}]', "[NaN]", "", "null", "{}"):
            self.assertRaises(DamagedText, from_text, text)

    def test_what_json_would_change_is_not_written(self):
        since = {1, 2}
        deep = []
        for _ in range(100_000):
            deep = [deep]
        for extra in (
            {"a": since},
            {"a": (1, 2)},
            {1: "a"},
            {"a": b"x"},
            {"a": float("nan")},
            {"a": {2: 3}},
            {"a": deep},
        ):
            self.assertRaises(UnfitAnswer, to_text, definition(extra=extra))
        for more in ({"ip": b"\1\2\3"}, {"lease_time": "60"}, {"lease_time": 2**32}, {"serial": None}):
            self.assertRaises(
                UnfitAnswer,
                to_text,
                Definition(**{"ip": bytes(4), "lease_time": 1, "subnet": "a", "serial": 0, **more}),
            )

    def test_clients_with_the_same_settings_share_what_is_encoded_of_them(self):
        reader = TextReader(size=2)
        one = reader.read(to_text(definition(hostname="one"))).found
        other = reader.read(to_text(definition(hostname="other", ip=b"\12\1\1\1"))).found
        own = reader.read(to_text(definition(lease_time=99))).found
        self.assertIs(one.blocks, other.blocks)
        self.assertIsNot(one.blocks, own.blocks)
        for seconds in range(100, 200):
            reader.read(to_text(definition(lease_time=seconds)))
        self.assertIsNot(reader.read(to_text(definition())).found.blocks, one.blocks)

    def test_records_of_staticdhcpd(self):
        fields = [
            "10.77.1.1",
            "255.255.255.0",
            "10.77.1.255",
            "example.org",
            "10.77.0.53,10.77.0.54",
            "10.77.0.123",
            3600,
        ]
        shared = subnet_record("10.77.1.0/24", 0, fields)
        self.assertEqual(shared.for_host(definition().ip, "known"), definition())
        self.assertEqual(subnet_record_of_text("10.77.1.0/24", 0, json.dumps(fields)), shared)
        for bad in (fields[:6], [*fields, 1], ["10.77.1.500", *fields[1:]], [*fields[:6], 0], [*fields[:6], None]):
            self.assertRaises(DamagedText, subnet_record, "a", 0, bad)
            self.assertRaises(DamagedText, subnet_record_of_text, "a", 0, json.dumps(bad))
        for bad in ("", "5", "null", "{}", "[" * 100_000):
            self.assertRaises(DamagedText, subnet_record_of_text, "a", 0, bad)
