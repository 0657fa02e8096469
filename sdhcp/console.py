"""The web console of one server, built from its configuration and its parts."""

from collections.abc import Callable, Iterator, Sequence
from math import isinf
from time import perf_counter, time
from typing import TYPE_CHECKING, Final

from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.logger import Logger

from .config.settings import CacheSettings, Configuration
from .interfaces import IDefinitionSource, IEventObserver, IHealth, ILayered, IServerReactor
from .lease_service import LeaseService
from .reports.reports import Reports
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

    :ivar source: who knows the clients; :ivar responder: who answers them, and watches over the source.
    :ivar leases: pools, if there are some; :ivar lender_health: watches over where their leases are.
    :ivar is_serving: whether clients are answered.
    """

    def __init__(self, source: IDefinitionSource, cache: CacheSettings) -> None:
        self.source = source
        self._cache = cache
        self.responder: Responder | None = None
        self.leases: LeaseService | None = None
        self.lender_health: SourceHealth | None = None
        self.is_serving = False

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
        cache = self._cache
        yield "clients kept in memory", str(source.count())
        yield "answers from memory", str(source.hits)
        yield "answers while the store was slow or away", str(source.stale)
        yield "good for", _seconds(cache.age) if cache.enabled else "bad times only"
        if cache.stale:
            yield "good in bad times for", _seconds(cache.stale_age)

    def pools(self) -> list[PoolFacts]:
        """The pools."""
        kept = self.leases.kept() if self.leases is not None else ()
        return [PoolFacts(addresses.name, addresses, store) for addresses, store in kept]


class ConsoleService(Service):
    """The console while the server runs; nothing at all if conf.py does not want one.

    :param lines: the end of the log.
    :param reload: what the server does at SIGHUP.
    :param tell: takes a severity and a line for the log.
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
        reload: Callable[[], "Deferred[None]"],
        reactor: IServerReactor,
        log: Logger,
        tell: Callable[[str, str], None],
    ) -> None:
        self.console: Console | None = None
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
            reload=reload,
            clock=perf_counter,
            wall=time,
            pools=parts.pools,
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

    def register(self) -> None:
        """Register what the console has of its own, before ``init()`` of conf.py may replace it."""
        if self.console is not None:
            self.console.register()

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
        return self.console.stop() if self.console is not None else None


def _seconds(value: float) -> str:
    return "no limit" if isinf(value) else f"{value:.0f} s"
