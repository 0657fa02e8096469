"""The metrics of one server, put together from its parts."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from .alerting import Alerting
from .console import ConsoleService, Parts
from .interfaces import ILayered
from .logs import EventLog
from .metrics.measuring import Cached, Meters, Waited
from .metrics.page import MetricsPage
from .metrics.reloads import Reloads
from .outputs import LogOutputs
from .publisher import Publisher
from .scripting.site_thread import SiteThread
from .stats import Counters
from .traffic.frames import Traffic


class Metering:
    """Where the numbers of a server come from.

    :param public: whether everybody may read them.
    """

    def __init__(
        self,
        parts: Parts,
        counters: Counters,
        traffic: Traffic,
        alerting: Alerting,
        event_log: EventLog,
        outputs: LogOutputs,
        site_thread: SiteThread,
        started: float,
    ) -> None:
        self._parts = parts
        self._alerting = alerting
        self._event_log = event_log
        self._outputs = outputs
        self._site_thread = site_thread
        self.reloads = Reloads()
        self.meters = Meters(
            counters=counters,
            reloads=self.reloads,
            started=started,
            traffic=traffic.lifetime,
            is_serving=lambda: parts.is_serving,
            sources=parts.sources,
            lookups=self._lookups,
            cached=self._cached,
            queues=self._queues,
            sheds=self._sheds,
            log_lost=self._log_lost,
            alerts_failed=lambda: (("lost", alerting.lost), ("refused", alerting.refused)),
        )

    def serve(
        self, console: ConsoleService, publisher: Publisher, wall: Callable[[], float], reactor: Any, public: bool
    ) -> None:
        """Have the console give the numbers, if there is one."""
        if console.console is not None:
            publisher.add(self.reloads)
            console.console.add_method(MetricsPage(self.meters, self._parts.pools, wall, reactor, not public))

    def _lookups(self) -> Waited:
        responder = self._parts.responder
        return Waited(0, 0.0) if responder is None else Waited(responder.lookups.done, responder.lookups.waited)

    def _cached(self) -> Cached | None:
        source = self._parts.source
        if not ILayered.providedBy(source):
            return None
        clients = {"memory": source.count(), **{layer.name: layer.count() for layer in source.layers()}}
        return Cached(source.hits, source.stale, clients)

    def _queues(self) -> Iterator[tuple[str, int]]:
        responder = self._parts.responder
        yield "lookups", 0 if responder is None else len(responder.lookups)
        yield "site thread", self._site_thread.waiting
        yield "packet lines", self._event_log.waiting
        yield "alerts", self._alerting.waiting

    def _sheds(self) -> Iterator[tuple[str, int]]:
        responder = self._parts.responder
        if responder is not None:
            yield from responder.sheds()
        yield "statistics and log lines of the site", self._site_thread.shed

    def _log_lost(self) -> Iterable[tuple[str, int]]:
        yield "packets", self._event_log.lost
        yield from self._outputs.lost()
