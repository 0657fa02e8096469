"""What an object in HOOKS learns of a client by its request: as much as sources are told."""

from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from sdhcp.interfaces import IPacketFilter, IReplyEditor, IUnknownClient
from sdhcp.site_marks import inline
from sdhcp.wire.constants import ACK, INFORM, REQUEST

from .samples import ADDRESS, RELAY, SERVER
from .scripted_world import ScriptedWorld

CIRCUIT = bytes((1, 4)) + b"eth1"


@implementer(IPacketFilter, IUnknownClient, IReplyEditor)
class Curious:
    """Keeps what it could learn, under the method by which it was asked."""

    def __init__(self):
        self.learned = []

    def look(self, name, request):
        query = request.query
        self.learned.append((name, query.circuit_id, query.giaddr, query.link))
        return True

    def admits(self, request):
        return self.look("admits", request)

    @inline
    def find(self, request):
        self.look("find", request)

    def edit(self, request, definition):
        return self.look("edit", request)


class QueryTests(SynchronousTestCase):
    def test_a_renewal_past_the_relay_agent_tells_what_the_relay_agent_told_before(self):
        site = ScriptedWorld(providers=(Curious(),))
        (curious,) = site.providers
        selecting = {50: ADDRESS, 54: SERVER, 82: CIRCUIT}
        self.assertEqual(site.ask(REQUEST, selecting).message.message_type, ACK)
        before = [("admits", b"eth1", RELAY, RELAY), ("edit", b"eth1", RELAY, RELAY)]
        self.assertEqual(curious.learned, before)
        curious.learned.clear()
        renewal = site.ask_directly(REQUEST, ciaddr=ADDRESS, source="10.77.1.50")
        self.assertEqual((renewal.message.message_type, curious.learned), (ACK, before))
        curious.learned.clear()
        site.ask_directly(INFORM, ciaddr=ADDRESS, source="10.77.1.50")
        self.assertEqual(curious.learned, before)

    def test_a_client_that_no_relay_agent_told_of_is_where_it_is(self):
        site = ScriptedWorld(providers=(Curious(),))
        (curious,) = site.providers
        site.ask_directly(REQUEST, ciaddr=ADDRESS, source="10.77.1.50")
        self.assertEqual({learned[1:3] for learned in curious.learned}, {(b"", bytes(4))})
