"""The web console of one server, built from its configuration and its parts."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from math import isinf
from time import perf_counter, time
from typing import TYPE_CHECKING, Any, Final

from twisted.application.service import Service
from twisted.internet.defer import Deferred, fail
from twisted.logger import Logger

from .backends.paths import find
from .config.difference import Change, Outcome
from .config.settings import CacheSettings, Configuration
from .editing.audit import Audit
from .editing.editor import Editor
from .engine.addresses import Addresses
from .explain.explanations import Explanations
from .interfaces import (
    IChanges,
    IDefinitionSource,
    IEventObserver,
    IHealth,
    ILayered,
    ILeaseStore,
    IReloadable,
    IServerReactor,
    SourceError,
)
from .lease_service import LeaseService
from .reports.reports import Reports
from .reservations import Reservations
from .responder import Responder
from .scripting.site import SiteCallbacks
from .source_health import SourceHealth
from .web.facts import Counted, PoolFacts, ServerFacts, SourceFacts
from .web.log_lines import LogLines

if TYPE_CHECKING:
    from .web.console import Console

_SOURCE: Final = "source"
_CACHE: Final = "cache"
_LEASES: Final = "leases"


class Parts:
    """The parts of a server that the console tells of; they are there only once it has been assembled.

    :ivar source: who knows the clients; :ivar cache: what stands in front of it.
    :ivar responder: who answers them, and watches over the source.
    :ivar leases: pools, if there are some; :ivar lender_health: watches over where their leases are.
    :ivar explanations: why clients get their answers; ``explained_by`` makes those of another responder.
    :ivar is_serving: whether clients are answered.
    """

    def __init__(self, source: IDefinitionSource, cache: CacheSettings) -> None:
        self.source = source
        self.cache = cache
        self.responder: Responder | None = None
        self.leases: LeaseService | None = None
        self.lender_health: SourceHealth | None = None
        self.is_serving = False
        self.explanations: Explanations | None = None
        self.explained_by: Callable[[Responder], Explanations] | None = None

    def explain(self, asked: Mapping[str, Any]) -> "Deferred[Mapping[str, Any]]":
        """As :meth:`Explanations.tell`."""
        if self.explanations is None:
            return fail(SourceError("the server does not answer clients yet", passing=True))
        return self.explanations.tell(asked)

    def sources(self) -> Iterator[SourceFacts]:
        """What each source, cache and store of leases is like now."""
        source, responder = self.source, self.responder
        problem = source.problem() if IHealth.providedBy(source) else ""
        if not problem and responder is not None:
            problem = responder.source_health.problem_now
        if not ILayered.providedBy(source):
            yield SourceFacts(source.name, _SOURCE, problem)
        else:
            yield SourceFacts(source.name, _SOURCE, problem, tuple(self._memory(source)))
            for layer in source.layers():
                yield SourceFacts(layer.name, _CACHE, layer.problem(), (("clients kept", str(layer.count())),))
        if self.leases is not None and self.lender_health is not None:
            yield SourceFacts(self.leases.store.name, _LEASES, self.lender_health.problem_now)

    def _memory(self, source: ILayered) -> Iterator[tuple[str, str]]:
        cache = self.cache
        yield "clients kept in memory", str(source.count())
        yield "answers from memory", str(source.hits)
        yield "answers while the store was slow or away", str(source.stale)
        yield "good for", _seconds(cache.age) if cache.enabled else "bad times only"
        if cache.stale:
            yield "good in bad times for", _seconds(cache.stale_age)

    def kept(self) -> list[tuple[Addresses, ILeaseStore]]:
        """The pools, each with where its leases are."""
        return list(self.leases.kept()) if self.leases is not None else []

    def place_of(self, pool: str, site: SiteCallbacks) -> tuple[str, int] | None:
        """The subnet and serial of a pool's clients; None if there is no such pool."""
        place = self.leases.place_of(pool) if self.leases is not None else None
        own = ((one.subnet, one.serial) for one in site.pools if one.addresses.name == pool)
        return place or next(own, None)

    async def learn(self, key: str) -> None:
        """Have the source and pools know of a change to the reservation with a key.

        :raises SourceError: if the source cannot be read anew.
        """
        source = self.source
        if IChanges.providedBy(source):
            source.changed(key)
        elif IReloadable.providedBy(source):
            await source.reload()
        if self.leases is not None:
            self.leases.look_for_reservations()

    def block_of(self, client: bytes) -> tuple[float, str] | None:
        """For how many seconds a client is not heard, and why; None if it is heard."""
        block = self.responder.block_of(client) if self.responder is not None else None
        return (block.until - perf_counter(), block.reason) if block is not None else None

    def pools(self) -> list[PoolFacts]:
        """The pools."""
        return [PoolFacts(addresses.name, addresses, store) for addresses, store in self.kept()]


class ConsoleService(Service):
    """The console while the server runs; nothing at all if conf.py does not want one.

    :param lines: the end of the log.
    :param reload: what the server does at SIGHUP, or with False what it would.
    :param tell: takes a severity and a line for the log; :param publish: takes events.
    :ivar observers: those that want the server's events.
    :ivar console: where panels and pages are added; None if there is no console.
    """

    def __init__(
        self,
        configuration: Configuration,
        parts: Parts,
        counters: Counted,
        site: SiteCallbacks,
        lines: LogLines,
        reload: Callable[[bool], "Deferred[Outcome]"],
        reactor: IServerReactor,
        log: Logger,
        tell: Callable[[str, str], None],
        publish: Callable[[Any], None],
    ) -> None:
        self.console: Console | None = None
        self._editor: Editor | None = None
        self.observers: Sequence[IEventObserver] = ()
        if not configuration.web.enabled:
            return
        # A server without a console starts sooner without its libraries.
        from .web import console

        facts = ServerFacts(
            configuration=configuration,
            counters=counters,
            is_serving=lambda: parts.is_serving,
            sources=lambda: tuple(parts.sources()),
            reload=partial(reload, True),
            check=partial(reload, False),
            clock=perf_counter,
            wall=time,
            pools=parts.pools,
            known=Reservations(lambda: parts.source, reactor, perf_counter),
            block_of=parts.block_of,
            explain=parts.explain,
        )
        self._editor = facts.editing = Editor(
            lambda: facts.configuration,
            Audit(audit_path(configuration)),
            parts.kept,
            lambda pool: parts.place_of(pool, site),
            lambda key: Deferred.fromCoroutine(parts.learn(key)),
            publish,
            tell,
            reactor,
            time,
            perf_counter,
        )
        self.console = console.Console(facts, site, lines, reactor, log, tell)
        self.observers = self.console.observers

    def show(self, reports: Reports) -> None:
        """Show what is counted, and what is kept of the log."""
        if self.console is not None:
            for panel in reports.panels():
                self.console.add_panel(panel)
            for method in reports.methods():
                self.console.add_method(method)
            for head in reports.heads():
                self.console.add_head(head)

    def register(self, site: SiteCallbacks | None = None) -> None:
        """Register what the console has of its own, before ``init()`` of conf.py may replace it.

        :param site: of a conf.py that is about to take the place of the one in force.
        """
        if self.console is not None:
            self.console.register(site)

    def use(self, configuration: Configuration, waiting: Sequence[Change]) -> None:
        """Go by another configuration, as far as that needs no other sockets.

        :param waiting: settings that count at the next start.
        """
        if self.console is not None:
            self.console.use(configuration, waiting)

    def privilegedStartService(self) -> None:
        """Open its sockets."""
        if self.console is not None:
            self.console.open()

    def startService(self) -> None:
        """Say where it is."""
        super().startService()
        if self.console is not None:
            self.console.start()

    def stopService(self) -> "Deferred[None] | None":
        """Close everything; fires when that is done."""
        super().stopService()
        if self._editor is not None:
            self._editor.stop()
        return self.console.stop() if self.console is not None else None


def audit_path(configuration: Configuration) -> str:
    """Where it is recorded who has changed what: beside the file of leases, unless that is told; "" for nowhere."""
    name = configuration.process.audit_file
    beside = os.path.dirname(find(configuration.leases.file, configuration.source.folder))
    return os.path.join(beside, name) if name else ""


def _seconds(value: float) -> str:
    return "no limit" if isinf(value) else f"{value:.0f} s"
