"""What holds for any octets and any message."""

from hypothesis import assume, given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sdhcp.wire import describe
from sdhcp.wire.errors import WireError
from sdhcp.wire.message import decode, encode
from sdhcp.wire.options import decode_option, encode_option
from sdhcp.wire.relay import suboptions

from .strategies import ANY_OCTETS, messages


class PropertyTests(SynchronousTestCase):
    @given(ANY_OCTETS)
    def test_decode_raises_nothing_but_wire_errors(self, data):
        try:
            message = decode(data)
        except WireError as error:
            self.assertTrue(error.reason)
        else:
            self.assertTrue(describe.one_line(message).isprintable())
            self.assertTrue(all(line.isprintable() for line in describe.in_full(message).splitlines()))

    @given(messages())
    def test_what_was_written_is_read_again(self, message):
        self.assertEqual(decode(encode(message)), message)

    @given(messages(), st.integers(0, 1500))
    def test_a_message_keeps_to_its_limit_and_what_it_says_is_true(self, message, maximum):
        data = encode(message, maximum)
        self.assertLessEqual(len(data), max(maximum, 576) - 28)
        kept = decode(data).options
        for code, value in kept.items():
            self.assertEqual(value, message.options[code])

    @given(st.integers(1, 254), st.binary(max_size=300))
    def test_an_options_value_is_read_and_written_alike(self, code, data):
        value = decode_option(code, data)
        # Blanks around a text in a file are no part of it, nor are the NULs that some clients add.
        if isinstance(value, str):
            assume(value == value.strip().strip("\0").strip())
        try:
            written = encode_option(code, value)
        except WireError:
            return
        # What has several forms, as names with and without pointers do, still means the same.
        self.assertEqual(decode_option(code, written), value)

    @given(st.binary(max_size=300))
    def test_sub_options_are_never_longer_than_what_they_stand_in(self, data):
        self.assertLessEqual(sum(len(value) for value in suboptions(data).values()), len(data))
