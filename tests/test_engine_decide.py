"""The answer to each kind of packet."""

from twisted.trial.unittest import SynchronousTestCase

from sdhcp import model
from sdhcp.engine.decide import before_lookup, decide
from sdhcp.engine.policy import Policy
from sdhcp.wire import constants as c

from .samples import ADDRESS, OTHER, SERVER, definition, ip, message

PLAIN = Policy()
AUTHORITATIVE = Policy(authoritative=True)


class BeforeLookupTests(SynchronousTestCase):
    def outcome(self, name, kind, options=None, policy=PLAIN, **fields):
        decision = before_lookup(name, message(kind, options, **fields), policy)
        return None if decision is None else (decision.answer, decision.outcome, decision.block)

    def test_what_a_definition_decides(self):
        for name in (model.DISCOVER, model.SELECTING, model.INIT_REBOOT, model.INFORM, model.BOOTP, model.RENEW):
            self.assertIsNone(self.outcome(name, c.REQUEST))

    def test_renewals_may_be_refused_by_policy(self):
        refusing = Policy(nak_renewals=True)
        self.assertEqual(self.outcome(model.RENEW, c.REQUEST, policy=refusing), (c.NAK, "nak-renewals", ""))
        self.assertIsNone(self.outcome(model.REBIND, c.REQUEST, policy=refusing))
        both = Policy(nak_renewals=True, authoritative=True)
        self.assertEqual(self.outcome(model.REBIND, c.REQUEST, policy=both), (c.NAK, "nak-renewals", ""))

    def test_declines_and_releases_that_lack_something(self):
        whole = {c.SERVER_IDENTIFIER: SERVER, c.REQUESTED_ADDRESS: ADDRESS}
        self.assertIsNone(self.outcome(model.DECLINE, c.DECLINE, whole))
        self.assertIsNone(self.outcome(model.RELEASE, c.RELEASE, {c.SERVER_IDENTIFIER: SERVER}))
        self.assertEqual(self.outcome(model.RELEASE, c.RELEASE), (0, "incomplete", ""))
        without_address = {c.SERVER_IDENTIFIER: SERVER}
        self.assertEqual(self.outcome(model.DECLINE, c.DECLINE, without_address), (0, "incomplete", ""))
        legacy = Policy(legacy_block_incomplete=True)
        answer, outcome, block = self.outcome(model.DECLINE, c.DECLINE, without_address, legacy)
        self.assertEqual((answer, outcome), (0, "incomplete"))
        self.assertTrue(block)

    def test_silence_for_lease_queries_and_unclear_requests(self):
        self.assertEqual(self.outcome(model.LEASEQUERY, c.LEASEQUERY), (0, "leasequery", ""))
        self.assertEqual(self.outcome(model.UNCLEAR_REQUEST, c.REQUEST), (0, "unclear-request", ""))


class DecideTests(SynchronousTestCase):
    def decide(self, name, options=None, known=True, on_link=True, policy=PLAIN, **fields):
        decision = decide(name, message(c.REQUEST, options, **fields), definition() if known else None, on_link, policy)
        return decision.answer, decision.outcome

    def test_discover(self):
        self.assertEqual(self.decide(model.DISCOVER), (c.OFFER, "offered"))
        self.assertEqual(self.decide(model.DISCOVER, known=False), (0, "unknown-client"))
        self.assertEqual(self.decide(model.DISCOVER, on_link=False), (0, "off-link"))

    def test_discover_of_a_stranger_is_never_answered_but_blocks(self):
        for policy in (PLAIN, AUTHORITATIVE, Policy(legacy_nak_unknown_discover=True)):
            decision = decide(model.DISCOVER, message(c.DISCOVER), None, True, policy)
            self.assertEqual((decision.answer, bool(decision.block)), (0, True))
        legacy = Policy(legacy_nak_unknown_discover=True, authoritative=True)
        self.assertEqual(self.decide(model.DISCOVER, known=False, policy=legacy), (c.NAK, "nak-unknown"))

    def test_rapid_commit(self):
        asks = {c.RAPID_COMMIT: b""}
        here = Policy(rapid_commit_subnets=frozenset(["10.77.1.0/24"]))
        elsewhere = Policy(rapid_commit_subnets=frozenset(["10.77.2.0/24"]))
        for policy, expected in (
            (PLAIN, c.OFFER),
            (Policy(rapid_commit=True), c.ACK),
            (here, c.ACK),
            (elsewhere, c.OFFER),
        ):
            self.assertEqual(self.decide(model.DISCOVER, asks, policy=policy)[0], expected)
        self.assertEqual(self.decide(model.DISCOVER, policy=Policy(rapid_commit=True))[0], c.OFFER)

    def test_selecting(self):
        right, wrong = {c.REQUESTED_ADDRESS: ADDRESS}, {c.REQUESTED_ADDRESS: OTHER}
        self.assertEqual(self.decide(model.SELECTING, right), (c.ACK, "acknowledged"))
        self.assertEqual(self.decide(model.SELECTING), (c.ACK, "acknowledged"))
        self.assertEqual(self.decide(model.SELECTING, wrong), (c.NAK, "nak-wrong-address"))
        self.assertEqual(self.decide(model.SELECTING, {c.REQUESTED_ADDRESS: b"\n"}), (c.NAK, "nak-wrong-address"))
        self.assertEqual(self.decide(model.SELECTING, right, known=False), (c.NAK, "nak-unknown"))
        self.assertEqual(self.decide(model.SELECTING, right, on_link=False), (c.NAK, "nak-wrong-network"))

    def test_init_reboot(self):
        right, wrong = {c.REQUESTED_ADDRESS: ADDRESS}, {c.REQUESTED_ADDRESS: OTHER}
        self.assertEqual(self.decide(model.INIT_REBOOT, right), (c.ACK, "acknowledged"))
        self.assertEqual(self.decide(model.INIT_REBOOT, wrong), (c.NAK, "nak-wrong-address"))
        self.assertEqual(self.decide(model.INIT_REBOOT, right, on_link=False), (c.NAK, "nak-wrong-network"))
        self.assertEqual(self.decide(model.INIT_REBOOT, right, known=False), (0, "unknown-client"))
        for policy in (AUTHORITATIVE, Policy(legacy_nak_unknown_reboot=True)):
            self.assertEqual(self.decide(model.INIT_REBOOT, right, known=False, policy=policy), (c.NAK, "nak-unknown"))

    def test_renewing_and_rebinding(self):
        for name in (model.RENEW, model.REBIND):
            self.assertEqual(self.decide(name, ciaddr=ADDRESS), (c.ACK, "acknowledged"))
            self.assertEqual(self.decide(name, ciaddr=OTHER), (c.NAK, "nak-wrong-address"))
            self.assertEqual(self.decide(name, ciaddr=ADDRESS, on_link=False), (c.NAK, "nak-wrong-network"))
            self.assertEqual(self.decide(name, ciaddr=ADDRESS, known=False), (0, "unknown-client"))
            unknown = self.decide(name, ciaddr=ADDRESS, known=False, policy=AUTHORITATIVE)
            self.assertEqual(unknown, (c.NAK, "nak-unknown"))

    def test_inform(self):
        self.assertEqual(self.decide(model.INFORM, ciaddr=OTHER), (c.ACK, "informed"))
        for everybody in ("10.77.1.255", "10.77.1.0"):
            self.assertEqual(self.decide(model.INFORM, ciaddr=ip(everybody)), (0, "ciaddr"))
        odd = definition(broadcast_address=ip("10.77.1.77"))
        self.assertEqual(decide(model.INFORM, message(8, ciaddr=ip("10.77.1.77")), odd, True, PLAIN).outcome, "ciaddr")
        pair = definition(subnet="10.77.1.0/31", broadcast_address=None, subnet_mask=ip("255.255.255.254"))
        self.assertEqual(decide(model.INFORM, message(8, ciaddr=ip("10.77.1.1")), pair, True, PLAIN).answer, c.ACK)
        decision = decide(model.INFORM, message(c.INFORM), None, True, PLAIN)
        self.assertEqual((decision.answer, decision.block), (0, ""))
        decision = decide(model.INFORM, message(c.INFORM), None, True, Policy(legacy_block_unknown_inform=True))
        self.assertTrue(decision.block)

    def test_bootp(self):
        self.assertEqual(self.decide(model.BOOTP), (model.BOOTP_REPLY, "bootp"))
        self.assertEqual(self.decide(model.BOOTP, known=False), (0, "unknown-client"))
        self.assertEqual(self.decide(model.BOOTP, on_link=False), (0, "off-link"))

    def test_bootp_is_not_answered_at_an_address_that_is_not_the_clients_own(self):
        self.assertEqual(self.decide(model.BOOTP, ciaddr=ADDRESS)[1], "bootp")
        self.assertEqual(self.decide(model.BOOTP, ciaddr=OTHER), (0, "ciaddr"))

    def test_the_proxy_port_gives_no_address_and_refuses_none(self):
        for ciaddr in ("10.77.1.0", "10.77.1.255", "10.99.0.255"):
            self.assertEqual(self.decide(model.PROXY_REQUEST, ciaddr=ip(ciaddr)), (0, "ciaddr"))
        for ciaddr in (bytes(4), ADDRESS, OTHER):
            self.assertEqual(self.decide(model.PROXY_REQUEST, ciaddr=ciaddr), (c.ACK, "acknowledged"))
            self.assertEqual(self.decide(model.PROXY_REQUEST, known=False, ciaddr=ciaddr), (0, "unknown-client"))
            self.assertEqual(self.decide(model.PROXY_REQUEST, on_link=False, ciaddr=ciaddr), (0, "off-link"))

    def test_release_and_decline_only_by_the_holder(self):
        self.assertEqual(self.decide(model.RELEASE, ciaddr=ADDRESS), (0, "released"))
        self.assertEqual(self.decide(model.RELEASE, ciaddr=OTHER), (0, "not-holder"))
        self.assertEqual(self.decide(model.RELEASE, ciaddr=ADDRESS, known=False), (0, "not-holder"))
        self.assertEqual(self.decide(model.DECLINE, {c.REQUESTED_ADDRESS: ADDRESS}), (0, "declined"))
        self.assertEqual(self.decide(model.DECLINE, {c.REQUESTED_ADDRESS: OTHER}), (0, "not-holder"))
        self.assertEqual(self.decide(model.DECLINE, {c.REQUESTED_ADDRESS: ADDRESS}, known=False), (0, "not-holder"))
