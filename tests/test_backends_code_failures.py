"""Site code that raises: for one client, or for all."""

from twisted.internet.defer import fail, succeed
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from sdhcp.backends.availability import CLIENTS
from sdhcp.backends.cached import CachedSource
from sdhcp.config.settings import CacheSettings
from sdhcp.interfaces import ClientFailed, IDefinitionSource, SourceError

from .contracts import FIRST, known_by
from .samples import definition


@implementer(IDefinitionSource)
class Raises:
    name = "raises"

    def __init__(self):
        self.for_keys = set()

    def lookup(self, query):
        if query.key in self.for_keys:
            return fail(ClientFailed(f"raised for {query.key}"))
        return succeed(definition())


class OneClientTests(SynchronousTestCase):
    def setUp(self):
        self.store = Raises()
        clock = Clock()
        self.source = CachedSource(self.store, CacheSettings(), clock, clock.seconds)

    def test_one_client_that_the_code_raises_for_costs_no_other_its_answer(self):
        self.store.for_keys = {"odd"}
        for _ in range(3 * CLIENTS):
            self.failureResultOf(self.source.lookup(known_by("odd")), SourceError)
        self.assertEqual(self.successResultOf(self.source.lookup(known_by(FIRST))), definition())
        self.assertEqual(self.source.problem(), "")

    def test_code_that_raises_for_one_known_client_after_the_other_is_in_trouble_but_asked_on(self):
        keys = [f"known {number}" for number in range(CLIENTS)]
        for key in keys:
            self.successResultOf(self.source.lookup(known_by(key)))
        self.store.for_keys = {*keys, "odd"}
        for key in keys:
            self.assertEqual(self.successResultOf(self.source.lookup(known_by(key))), definition())
        self.assertIn(f"serving {CLIENTS} cached clients: raised for", self.source.problem())
        self.assertEqual(self.source.peek(known_by(keys[0])), definition())
        self.failureResultOf(self.source.lookup(known_by("odd")), SourceError)
        self.assertEqual(self.successResultOf(self.source.lookup(known_by(FIRST))), definition())
        self.assertEqual(self.source.problem(), "")

    def test_code_that_raises_for_strangers_is_no_trouble(self):
        self.store.for_keys = {f"stranger {number}" for number in range(3 * CLIENTS)}
        for key in self.store.for_keys:
            self.failureResultOf(self.source.lookup(known_by(key)), SourceError)
        self.assertEqual(self.source.problem(), "")
