"""Replies that scripts set options in: however they are put together, the same octets come of it."""

import os

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sdhcp.engine import decide as rules
from sdhcp.engine.edited import Reply
from sdhcp.engine.policy import Policy
from sdhcp.scripting.packet import DHCPPacket
from sdhcp.wire.constants import DISCOVER
from sdhcp.wire.message import decode

from .samples import LOCAL, RELAY, SERVER, definition, message

EXAMPLES = int(os.environ.get("EXAMPLES", "150"))
CODES = st.sampled_from([1, 2, 3, 6, 12, 15, 17, 28, 42, 43, 51, 54, 58, 60, 61, 66, 67, 77, 81, 82, 97, 118, 150, 252])
SET = st.lists(st.tuples(CODES, st.binary(max_size=60)), max_size=8)
ASKED = st.none() | st.binary(min_size=1, max_size=12)
KNOWN = (definition(), definition(hostname=None, options={66: b"boot", 43: b"\1\2xy"}, forced=frozenset((66,))))


def reply_to(request, known, policy):
    return Reply(request, rules.OFFERED, known, LOCAL, SERVER, policy)


class EditedReplyTests(SynchronousTestCase):
    @settings(max_examples=EXAMPLES)
    @given(SET, ASKED, st.sampled_from(KNOWN), st.booleans(), st.booleans(), st.integers(0, 1500))
    def test_to_look_at_a_reply_changes_nothing_in_it(self, options, asked, known, relayed, legacy, limit):
        more = {55: asked} if asked else {}
        more |= {82: b"\1\4port"} if relayed else {61: b"\1abcdef"}
        more |= {57: limit.to_bytes(2, "big")} if limit else {}
        request = message(DISCOVER, more, giaddr=RELAY if relayed else bytes(4))
        reply = reply_to(request, known, Policy(legacy_requested_options_only=legacy))
        octets = []
        for looks in (False, True):
            packet = DHCPPacket.of(request)
            packet.answer_with(reply)
            if looks:
                packet.getOption("yiaddr")
            for code, value in options:
                packet.setOption(code, list(value), validate=False)
            octets.append(packet.encodePacket())
        self.assertEqual(octets[0], octets[1])
        self.assertEqual(decode(octets[0]).options[54], SERVER)
