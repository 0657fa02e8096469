"""Values that scripts give to options, read and given again; and octets of clients, whatever they are."""

from array import array

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sdhcp.scripting.constants import VALUE_TYPES
from sdhcp.scripting.ipv4 import IPv4
from sdhcp.scripting.option_values import read, written
from sdhcp.scripting.option_writing import Numbers, fits

ADDRESSES = st.lists(st.integers(0, 0xFFFFFFFF).map(IPv4), min_size=1, max_size=8)
NAMES = st.lists(st.from_regex(r"[a-z]{1,9}(\.[a-z]{1,9}){0,3}", fullmatch=True), min_size=1, max_size=4)
OCTETS = st.binary(min_size=1, max_size=40)
SUB_OPTIONS = st.dictionaries(st.integers(1, 254), OCTETS.map(list), min_size=1, max_size=4)
SHORTS = st.lists(st.integers(0, 65535), min_size=1, max_size=8)
ROUTES = st.tuples(
    st.tuples(st.integers(0, 0xFFFFFFFF).map(IPv4), st.integers(0, 32)), ADDRESSES.map(lambda one: one[0])
)
VALUES = {
    "ipv4": ADDRESSES.map(lambda one: one[0]),
    "ipv4+": ADDRESSES,
    "ipv4*": ADDRESSES,
    "byte": st.integers(0, 255),
    "byte+": OCTETS,
    "string": st.text(st.characters(exclude_categories=["Cs"])),
    "bool": st.booleans(),
    "16-bits": st.integers(-32768, 65535),
    "16-bits+": SHORTS,
    "32-bits": st.integers(-(1 << 31), 0xFFFFFFFF),
    "identifier": st.one_of(
        SHORTS.map(Numbers), st.binary(min_size=2, max_size=20).filter(lambda one: not len(one) % 2)
    ),
    "none": st.none(),
    "unassigned": OCTETS,
    "RFC2610_78": st.tuples(st.booleans(), ADDRESSES),
    "RFC2610_79": st.tuples(st.booleans(), st.text("abc,")),
    "RFC4174_83": st.tuples(*[st.integers(0, 65535)] * 3, st.integers(0, 0xFFFFFFFF), ADDRESSES),
    "RFC4280_88": NAMES,
    "RFC3118_90": OCTETS,
    "RFC3397_119": NAMES,
    "RFC3361_120": st.one_of(ADDRESSES, NAMES),
    "RFC3442_121": st.lists(ROUTES, max_size=4),
    "RFC5223_137": NAMES,
    "RFC5678_139": st.lists(st.tuples(st.integers(1, 4), ADDRESSES), max_size=4, unique_by=lambda pair: pair[0]),
    "RFC5678_140": st.lists(st.tuples(st.integers(1, 4), NAMES), max_size=4, unique_by=lambda pair: pair[0]),
}
OF_SUB_OPTIONS = {
    82: SUB_OPTIONS,
    124: st.dictionaries(st.integers(0, 0xFFFFFFFF), OCTETS.map(list), min_size=1, max_size=4),
    125: st.dictionaries(st.integers(0, 0xFFFFFFFF), SUB_OPTIONS, min_size=1, max_size=3),
}
BY_CODE = {code: VALUES[kind] for code, kind in VALUE_TYPES.items()} | OF_SUB_OPTIONS


class RoundTripTests(SynchronousTestCase):
    @settings(max_examples=20)
    @given(st.fixed_dictionaries(BY_CODE))
    def test_what_was_written_is_read_and_written_alike(self, values):
        for code, value in values.items():
            octets = written(code, value)
            self.assertEqual(written(code, read(code, octets)), octets, code)

    @given(st.integers(1, 254), st.binary(max_size=60))
    def test_octets_from_the_network_give_something_or_none(self, code, octets):
        kept = bytes(octets)
        try:
            value = read(code, octets)
        except ValueError:
            self.assertEqual(VALUE_TYPES[code], "ipv4")
            self.assertLess(len(octets), 4)
        else:
            self.assertEqual((read(code, octets), octets), (value, kept))

    @given(st.integers(1, 254), st.binary(max_size=60).filter(lambda octets: b"." not in octets))
    def test_octets_are_written_as_they_are_where_their_size_fits(self, code, octets):
        if not fits(VALUE_TYPES[code], len(octets)):
            self.assertRaises(ValueError, written, code, octets)
            self.assertEqual(written(code, octets, validate=False), octets)
        else:
            for form in (octets, list(octets), tuple(octets), array("B", octets), bytearray(octets), iter(octets)):
                self.assertEqual(written(code, form), octets)
