"""Which kind a packet is."""

from twisted.trial.unittest import SynchronousTestCase

from sdhcp import model
from sdhcp.engine.classify import classify
from sdhcp.wire import constants as c

from .samples import ADDRESS, BROADCASTS, LOCAL, OTHER, RELAY, SERVER, message


class KindTests(SynchronousTestCase):
    def kind(self, kind, options=None, local=LOCAL, **fields):
        return classify(message(kind, options, **fields), local)

    def test_types_without_states(self):
        for number, name in (
            (c.DISCOVER, model.DISCOVER),
            (c.DECLINE, model.DECLINE),
            (c.RELEASE, model.RELEASE),
            (c.INFORM, model.INFORM),
            (c.LEASEQUERY, model.LEASEQUERY),
            (None, model.BOOTP),
        ):
            self.assertEqual(self.kind(number), name)

    def test_types_that_no_client_sends(self):
        for number in (0, c.OFFER, c.ACK, c.NAK, c.FORCERENEW, c.LEASEACTIVE, 14, 18, 255):
            self.assertEqual(self.kind(number), "")

    def test_type_of_wrong_length(self):
        for value in (b"", b"\1\1"):
            self.assertEqual(self.kind(None, {c.MESSAGE_TYPE: value}), "")

    def test_selecting(self):
        self.assertEqual(
            self.kind(c.REQUEST, {c.SERVER_IDENTIFIER: SERVER, c.REQUESTED_ADDRESS: ADDRESS}), model.SELECTING
        )
        self.assertEqual(self.kind(c.REQUEST, {c.SERVER_IDENTIFIER: SERVER}), model.SELECTING)

    def test_init_reboot(self):
        self.assertEqual(self.kind(c.REQUEST, {c.REQUESTED_ADDRESS: ADDRESS}), model.INIT_REBOOT)
        zero = {c.REQUESTED_ADDRESS: ADDRESS, c.SERVER_IDENTIFIER: c.ZERO_ADDRESS}
        self.assertEqual(self.kind(c.REQUEST, zero), model.INIT_REBOOT)

    def test_renewing_is_unicast_and_rebinding_is_not(self):
        self.assertEqual(self.kind(c.REQUEST, ciaddr=ADDRESS), model.RENEW)
        self.assertEqual(self.kind(c.REQUEST, local=BROADCASTS, ciaddr=ADDRESS), model.REBIND)
        self.assertEqual(self.kind(c.REQUEST, ciaddr=ADDRESS, giaddr=RELAY), model.REBIND)

    def test_a_renewal_may_repeat_ciaddr_as_requested_address(self):
        self.assertEqual(self.kind(c.REQUEST, {c.REQUESTED_ADDRESS: ADDRESS}, ciaddr=ADDRESS), model.RENEW)

    def test_requests_without_a_meaning(self):
        self.assertEqual(self.kind(c.REQUEST), model.UNCLEAR_REQUEST)
        for wrong in (b"\x0a\0\0", b"\x0a\0\0\1\1"):
            self.assertEqual(self.kind(c.REQUEST, {c.REQUESTED_ADDRESS: wrong}), model.UNCLEAR_REQUEST)
        self.assertEqual(self.kind(c.REQUEST, {c.SERVER_IDENTIFIER: SERVER}, ciaddr=ADDRESS), model.UNCLEAR_REQUEST)
        self.assertEqual(self.kind(c.REQUEST, {c.REQUESTED_ADDRESS: OTHER}, ciaddr=ADDRESS), model.UNCLEAR_REQUEST)
