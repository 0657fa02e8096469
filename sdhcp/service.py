"""The server as a tree of Twisted services: assembled here, started and stopped by twistd or ``sdhcp run``."""

import gc
import os
from collections.abc import Callable, Sequence
from time import perf_counter, time
from typing import Any, Final

from twisted.application.service import MultiService
from twisted.internet.defer import Deferred, DeferredList, maybeDeferred, succeed
from twisted.logger import Logger, LogPublisher
from twisted.python.failure import Failure

from . import __version__
from .adapters import is_made_by_calling
from .alerting import Alerting, check_alerts
from .backends.memory import nobody
from .config.settings import Configuration
from .console import ConsoleService, Parts
from .events import Event, Reloaded, ServerMessage, Shed
from .explain.explainer import Explainer
from .explain.explanations import Explanations
from .hooks import build_responder, call_init, check_providers, is_policy, with_setting
from .interfaces import (
    IDefinitionSource,
    ILayered,
    IReadAhead,
    IReloadable,
    IRemoteSource,
    IServerReactor,
    IWarns,
    SourceLoadError,
)
from .lease_service import LeaseService
from .leasing import check_pools
from .lending import LendingResponder
from .logs import EventLog, severity_read
from .model import Local
from .outputs import LogOutputs
from .pidfile import PidFile
from .pool_services import PoolServices
from .privileges import drop
from .publisher import Publisher
from .reports.reports import Reports
from .responder import Responder
from .scripted import ScriptedResponder
from .scripting.site import SiteCallbacks, site_of
from .scripting.site_criticals import SiteCriticals
from .scripting.site_log import SiteLog
from .scripting.site_thread import SiteThread
from .scripting.statistics import SiteStatistics
from .signals import Signals
from .source_health import SourceHealth
from .sources import build_source
from .stats import Counters
from .timers import Regularly, StepByStep
from .transport.listener import Listener, bind_all, build_listeners
from .web.log_lines import LogLines
from .wire.describe import address

WATCH_INTERVAL: Final = 1.0
"""Seconds between two looks whether the source is well."""
SHED_INTERVAL: Final = 60.0
"""Seconds between two looks at what full tables have let go."""
FAULTS: Final = 20
"""Faults of a source that was read anew that are told one by one; the others are counted."""
AHEAD_INTERVAL: Final = 10.0
"""Seconds after which a source that has changed is read ahead anew, at the earliest."""
AHEAD_PAUSE: Final = 0.01
"""Seconds between two steps of that, each of which takes a fraction of a millisecond."""


class Server(MultiService):
    """One sdhcp: its source, its listeners, its log.

    ``privilegedStartService`` opens what needs root, ``startService`` gives root up and begins to
    answer. The log line that ends in "ready" says that clients are served.

    :param configuration: what conf.py says.
    :param source: who knows the clients; None if that is to be built after ``init()`` of conf.py.
    :ivar gave_up: whether it ends because it could not start: the process is to end with status 1.
    """

    def __init__(self, configuration: Configuration, source: IDefinitionSource | None, reactor: IServerReactor) -> None:
        super().__init__()
        self.setName("sdhcp")
        self._configuration = configuration
        self._source = source or nobody()
        self._reactor = reactor
        self._built_in = os.getpid() if source is not None else 0
        self._starting: Deferred[Any] | None = None
        self.gave_up = False
        self._responder: Responder | None = None
        self._leases: LeaseService | None = None
        self._outputs = LogOutputs(configuration.log)
        self._log = Logger("sdhcp", observer=self._outputs)
        self.counters = Counters()
        self.publisher = Publisher(perf_counter)
        self.publisher.add(self.counters)
        self.reports = Reports(configuration, perf_counter, time)
        module = configuration.site.module
        self._site = SiteCallbacks() if module is None else site_of(module)
        self._site_thread = SiteThread(self._site, module, reactor, self._tell)
        self.reports.register(self.publisher, self._site)
        lines = LogLines(configuration.web, configuration.process.debug)
        written = LogPublisher(self._outputs, lines, *self.reports.log_observers)
        criticals = SiteCriticals(lambda tell: reactor.callFromThread(tell), self.publisher.publish, perf_counter)
        self._site_log = SiteLog(written, self._site_thread.put, criticals.add)
        site_statistics = SiteStatistics(self._site, self._site_thread)
        self._site.emit = site_statistics.emit
        self._site.statistics.on_change(lambda: reactor.callFromThread(self.publisher.ask_again))
        self.publisher.add(site_statistics)
        for_all = LogPublisher(written, self._site_log)
        severity, most = severity_read(configuration.log, configuration.web)
        self._event_log = EventLog(Logger("sdhcp", observer=for_all), severity, reactor, most)
        self.publisher.add(self._event_log)
        alerting = Alerting(configuration, self.publisher.publish, reactor, perf_counter, time, self.counters)
        if alerting.book is not None:
            self.publisher.add(alerting.book)
        alerting.setServiceParent(self)
        process = configuration.process
        self._pid_file = PidFile(process.pid_file, (process.uid, process.gid), self._log) if process.pid_file else None
        self._signals = Signals(reactor, self.reload, self.tell_counters)
        self._parts = Parts(self._source, configuration.cache)
        self._console = ConsoleService(
            configuration, self._parts, self.counters, self._site, lines, self.reload, reactor, self._log, self._tell
        )
        self._console.show(self.reports)
        self._console.setServiceParent(self)
        for observer in self._console.observers:
            self.publisher.add(observer)
        self._listeners: Sequence[Listener] = ()
        self._reloading: Deferred[None] | None = None
        self._reload_again = False
        self._serving = False
        self._warned: tuple[str, ...] = ()

    def privilegedStartService(self) -> None:
        """Open the log file, the pid file and the sockets.

        :raises ListenError: if a socket cannot be opened.
        :raises SourceLoadError: if the source, opened anew after twistd went into the background, is gone.
        :raises InitFailed: if ``init()`` of conf.py raises something.
        """
        process = self._configuration.process
        problem = self._outputs.open((process.uid, process.gid))
        self._site_log.install()
        publish = self.publisher.publish
        if problem:
            publish(ServerMessage(perf_counter(), "ERROR", problem))
        try:
            responder = self._assemble()
        except Exception:  # as below
            self._site_log.remove()
            self._outputs.close()
            raise
        self._listeners = build_listeners(
            self._configuration.listen, responder.receive, self._reactor, perf_counter, publish
        )
        try:
            bind_all(self._listeners)
        except Exception:  # whatever went wrong, nothing that was opened may be left behind
            self._site_log.remove()
            self._close()
            raise
        # Only now: a server that runs already has its ports, and its file stays.
        if self._pid_file is not None:
            self._pid_file.write()
        self._signals.install()
        Regularly(self._tell_what_the_site_shed, SHED_INTERVAL, self._reactor).setServiceParent(self)
        Regularly(self._watch_site, WATCH_INTERVAL, self._reactor).setServiceParent(self)
        Regularly(responder.tell_what_was_shed, SHED_INTERVAL, self._reactor).setServiceParent(self)
        Regularly(responder.source_health.watch, WATCH_INTERVAL, self._reactor).setServiceParent(self)
        if ILayered.providedBy(self._source):
            for layer in self._source.layers():
                health = SourceHealth(layer, publish, perf_counter)
                Regularly(health.watch, WATCH_INTERVAL, self._reactor).setServiceParent(self)
        Regularly(self._watch_warnings, WATCH_INTERVAL, self._reactor).setServiceParent(self)
        if IReadAhead.providedBy(self._source):
            StepByStep(self._source.read_ahead, AHEAD_INTERVAL, AHEAD_PAUSE, self._reactor).setServiceParent(self)
        super().privilegedStartService()

    def _assemble(self) -> Responder:
        """Let a site's code prepare itself, and build what it has a say in."""
        configuration = self._configuration
        self._console.register()
        self._starting = call_init(configuration)
        if self._built_in != os.getpid():
            # A connection to a database must not be carried over a fork.
            self._source = build_source(configuration, self._reactor, perf_counter)
            self._built_in = os.getpid()
        assigned = self._site.assigned
        publish = self.publisher.publish
        pools = PoolServices(configuration, self._site, publish, self._tell, self._reactor)
        responder = build_responder(
            configuration, assigned, self._source, self.publisher, perf_counter, self._reactor, lender=pools.lender
        )
        if isinstance(responder, LendingResponder) and responder.lender_health is not None:
            health = responder.lender_health
            self._leases = pools.serve(self, health, lambda: self._source, self._look_again, self._parts.explain)
            self._parts.leases, self._parts.lender_health = self._leases, health
        elif "CONTROL_SOCKET" in configuration.lines:
            pools.control(self, tuple, self._look_again, self._parts.explain)
        self._responder = self._parts.responder = responder
        self._parts.source = self._source
        explainer = Explainer(responder, self._reactor, perf_counter, configuration.source.folder)
        self._parts.explanations = Explanations(explainer, self._sides)
        for name, value in assigned.items():
            self._take_over(name, value)
        self._site.on_assign(lambda name, value: self._reactor.callFromThread(self._take_over, name, value))
        return responder

    def _sides(self) -> Sequence[Local]:
        return [side for listener in self._listeners for side in listener.sides()]

    def _look_again(self) -> "Deferred[None] | None":
        """Learn of reservations that were changed, for somebody at the control socket."""
        if IReloadable.providedBy(self._source):
            return self.reload()
        if self._leases is not None:
            self._leases.look_for_reservations()
        return None

    def _take_over(self, name: str, value: Any) -> None:
        """A site's code has changed a setting."""
        responder = self._responder
        if responder is not None and is_policy(name):
            try:
                responder.policy = with_setting(responder.policy, name, value)
            except ValueError as error:
                self._tell("ERROR", f"assigned in staticdhcpdlib.config: {error}; as it was")

    def startService(self) -> None:
        """Give up privileges and begin to answer.

        :raises PrivilegeError: if the user or group of conf.py cannot be taken on.
        """
        process = self._configuration.process
        try:
            drop(process.uid, process.gid)
        except Exception:  # as in privilegedStartService
            self._close()
            raise
        super().startService()
        self._event_log.start()
        self._site_thread.start(self.reload, self._reread)
        publish = self.publisher.publish
        for notice in self._configuration.notices:
            publish(ServerMessage(perf_counter(), "WARN", notice))
        self._tell_warnings()
        if IRemoteSource.providedBy(self._source):
            self._serving = True
            self._source.start()
        if IReadAhead.providedBy(self._source):
            for _ in self._source.read_ahead():
                pass
        starting = self._starting
        if starting is None or starting.called:
            self._listen(None)
        else:
            starting.addCallbacks(self._listen, self._init_failed)

    def _init_failed(self, failure: Failure) -> None:
        self.gave_up = True
        self._tell("CRITICAL", f"cannot start: {failure.getErrorMessage()}")
        self._reactor.stop()

    def _listen(self, _: object) -> None:
        publish = self.publisher.publish
        for listener in self._listeners:
            listener.start()
        self._parts.is_serving = True
        # What stands now stays for the life of the process, and answering makes no cycles: walking
        # what is kept for clients every few packets would cost more than it frees.
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 20)
        where = ", ".join(address(own) for own in self._configuration.listen.addresses)
        publish(
            ServerMessage(
                perf_counter(),
                "WARN",
                f"sdhcp {__version__} on {where}, port {self._configuration.listen.server_port}, "
                f"clients from {self._source.name}: ready",
            )
        )

    def stopService(self) -> "Deferred[None]":
        """Stop answering and close everything; fires when that is done."""
        self._signals.remove()
        self._parts.is_serving = False
        stopping = [maybeDeferred(super().stopService), self._site_thread.stop()]
        if isinstance(self._responder, ScriptedResponder):
            stopping.append(self._responder.stop())
        if self._serving and IRemoteSource.providedBy(self._source):
            stopping.append(self._source.stop())
        self._close()
        return DeferredList(stopping, consumeErrors=True).addCallback(self._stopped)

    def _stopped(self, _: object) -> None:
        self.publisher.publish(ServerMessage(perf_counter(), "WARN", "stopped"))
        if self._event_log.running:
            self._event_log.stop()
        self._site_log.remove()
        self._outputs.close()

    def _watch_site(self) -> None:
        if not self._site_thread.watch():
            self._tell("WARN", "staticdhcpdlib.system.ALIVE was set to False: the server ends")
            self._site.alive = True
            self._reactor.stop()

    def _tell_what_the_site_shed(self) -> None:
        count = self._site_thread.newly_shed()
        if count:
            what = "statistics and log lines, since the site's functions take too long"
            self.publisher.publish(Shed(perf_counter(), what, count))

    def _close(self) -> None:
        for listener in self._listeners:
            listener.stop()
        if self._pid_file is not None:
            self._pid_file.remove()

    def reload(self) -> "Deferred[None]":
        """Call the site's functions that want to know, then read the source anew. Fires when that is done.

        What cannot be read leaves everything as it was. A call while one is under way causes one more afterwards.
        """
        return self._reload(self._site_thread.reinitialise)

    def _reread(self) -> "Deferred[None]":
        """Read the source anew, for the site's thread, for which nothing may wait meanwhile."""
        if self._reloading is not None:
            self._reload_again = True
            return succeed(None)
        return self._reload(lambda: succeed(None))

    def _reload(self, first: Callable[[], "Deferred[None]"]) -> "Deferred[None]":
        if self._reloading is not None:
            self._reload_again = True
            return self._reloading
        reloading = self._reloading = first()
        reloading.addCallback(lambda _: self._read_source())
        reloading.addErrback(self._not_reloaded)
        return reloading

    def _read_source(self) -> "Deferred[None] | None":
        if not IReloadable.providedBy(self._source):
            text = f"nothing to read anew: {self._source.name} is asked for each client, conf.py is read at start"
            self._tell("WARN", text)
            self._reload_over()
            return None
        return self._source.reload().addCallback(self._reloaded)

    def _reloaded(self, _: None) -> None:
        if self._leases is not None:
            self._leases.look_for_reservations()
        self._publish_reload("")
        self._tell_warnings()

    def _tell_warnings(self, told: Sequence[str] = ()) -> None:
        """Tell what the source warns of, but for what was told before."""
        if IWarns.providedBy(self._source):
            warnings = tuple(self._source.warnings)
            for warning in warnings:
                if warning not in told:
                    self._tell("WARN", warning)
            self._warned = warnings

    def _watch_warnings(self) -> None:
        self._tell_warnings(self._warned)

    def _not_reloaded(self, failure: Failure) -> None:
        error = failure.value
        problems = error.problems if isinstance(error, SourceLoadError) else (failure.getErrorMessage(),)
        for problem in problems[1:FAULTS]:
            self._tell("ERROR", problem)
        more = len(problems) - 1
        self._publish_reload(f"{problems[0]}{f'; and {more} more faults' if more else ''}")

    def _publish_reload(self, problem: str) -> None:
        self.publisher.publish(Reloaded(perf_counter(), self._source.name, problem))
        self._reload_over()

    def _reload_over(self) -> None:
        self._reloading = None
        if self._reload_again:
            self._reload_again = False
            self.reload()

    def tell_counters(self) -> None:
        """Write all counters to the log."""
        for line in self.counters.lines() or ["nothing has come in yet"]:
            self._tell("WARN", line)

    def _tell(self, level: str, text: str) -> None:
        event: Event = ServerMessage(perf_counter(), level, text)
        self.publisher.publish(event)


def make_service(configuration: Configuration, reactor: IServerReactor, kind: type[Server] = Server) -> Server:
    """Assemble a server; nothing is opened yet but its source.

    :raises SourceLoadError: if the source cannot be used.
    :raises ConfigurationError: if something in HOOKS is nothing that can be asked, or a pool or a file that alerts
        need is not in order.
    """
    check_providers(configuration)
    check_pools(configuration)
    check_alerts(configuration)
    later = is_made_by_calling(configuration.source.engine)
    source = None if later else build_source(configuration, reactor, perf_counter)
    return kind(configuration, source, reactor)
