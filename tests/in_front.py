"""A store whose every answer the test gives, and what stands in front of it."""

from datetime import datetime, timedelta

from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock
from zope.interface import alsoProvides, implementer

from sdhcp.backends.cached import CachedSource
from sdhcp.config.settings import CacheSettings
from sdhcp.interfaces import ICache, IRemoteSource, ITellsChanges, Kept, SourceError

from .contracts import known_by
from .samples import definition, ip

NOON = datetime(2024, 2, 29, 12, 0, 0, 300_000)
REFUSED = SourceError("connection refused", "see that it runs")


@implementer(IRemoteSource)
class Store:
    """Questions wait until the test answers them.

    :ivar asked: (key, Deferred) of every question that waits, in order; :ivar probes: Deferreds of probes.
    """

    name = "a store"

    def __init__(self, tells=False):
        self.asked = []
        self.probes = []
        self.given_up = []
        self.started = self.stopped = 0
        if tells:
            alsoProvides(self, ITellsChanges)

    def lookup(self, query):
        deferred = Deferred(lambda _: self.given_up.append(query.key))
        self.asked.append((query.key, deferred))
        return deferred

    def probe(self):
        self.probes.append(Deferred())
        return self.probes[-1]

    def start(self):
        self.started += 1

    def stop(self):
        self.stopped += 1
        return succeed(None)

    def tell(self, changes):
        self.changes = changes

    def hear(self):
        pass

    @property
    def keys(self):
        """The clients that it is being asked for."""
        return [key for key, _ in self.asked]

    def answer(self, found, count=1):
        """Answer the questions that have waited longest."""
        for _ in range(count):
            _, deferred = self.asked.pop(0)
            if isinstance(found, Exception):
                deferred.errback(found)
            else:
                deferred.callback(found)

    def end_probes(self, result=None):
        """End all probes."""
        while self.probes:
            probe = self.probes.pop()
            if not probe.called:
                probe.callback(result) if result is None else probe.errback(result)


@implementer(ICache)
class Layer:
    """A cache whose entries the test sees; with ``waits`` it answers when the test says so."""

    name = "a layer"

    def __init__(self, waits=False):
        self.kept = {}
        self.asked = []
        self.waits = waits
        self.trouble = ""

    def start(self):
        pass

    def stop(self):
        return succeed(None)

    def get(self, key):
        if self.waits:
            self.asked.append(Deferred())
            return self.asked[-1]
        return succeed(self.kept.get(key))

    def put(self, key, found):
        self.kept[key] = Kept(found, 0)

    def drop(self, key):
        self.kept.pop(key, None)

    def clear(self):
        self.kept.clear()
        return succeed(None)

    def count(self):
        return len(self.kept)

    def problem(self):
        return self.trouble


class InFront:
    """Mixed into a synchronous test case: ``self.source`` in front of ``self.store``, by the clock ``self.time``."""

    def setUp(self):
        self.make()

    def make(self, tells=False, cache=None, store=None, **settings):
        self.time = Clock()
        self.store = store or Store(tells)
        settings = CacheSettings(**{"enabled": True, **settings})
        self.source = CachedSource(self.store, settings, self.time, self.time.seconds, cache, self.wall)
        self.source.start()
        if isinstance(self.store, Store):
            # Whether it is there is asked at once.
            self.store.end_probes()

    def wall(self):
        return NOON + timedelta(seconds=self.time.seconds())

    def pass_time(self, seconds):
        """Let time pass as a reactor does, little by little."""
        self.time.pump([0.01] * round(seconds * 100))

    def ask(self, key):
        """What a packet of a client leads to: its answer at once, or a Deferred."""
        found = self.source.peek(known_by(key))
        return self.source.lookup(known_by(key)) if not (found is None or hasattr(found, "ip")) else succeed(found)

    def probe(self, result=None):
        """Have the next probe end at once; how many seconds it took until there was one."""
        began = self.time.seconds()
        self.store.probes.clear()
        while not self.store.probes and self.time.seconds() - began < 5:
            self.pass_time(0.01)
        self.store.end_probes(result)
        return self.time.seconds() - began

    def keep(self, key, host="10.77.1.50"):
        """Have a client asked for, and known."""
        waiting = self.source.lookup(known_by(key))
        self.store.answer(at(host))
        return self.successResultOf(waiting)

    def fail_with(self, error=REFUSED):
        """Have the store fail once."""
        waiting = self.source.lookup(known_by("whoever"))
        self.store.answer(error)
        self.failureResultOf(waiting, SourceError)

    def gets(self, key, host):
        """A client gets an answer at once."""
        self.assertEqual(self.successResultOf(self.ask(key)), host and at(host))

    def is_asked_for(self, key, host="10.77.1.50"):
        """The store is asked for a client, which gets its answer."""
        waiting = self.ask(key)
        self.assertNoResult(waiting)
        self.assertEqual(self.store.keys, [key])
        self.store.answer(host and at(host))
        self.assertEqual(self.successResultOf(waiting), host and at(host))


def at(host, subnet="10.77.1.0/24", serial=0):
    """The definition of a client by its address."""
    return definition(ip=ip(host), subnet=subnet, serial=serial)
