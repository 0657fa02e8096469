"""The server as a tree of Twisted services: assembled here, started and stopped by twistd or ``sdhcp run``."""

import os
from collections.abc import Callable, Sequence
from functools import partial
from time import perf_counter, time
from typing import Any

from twisted.application.service import MultiService
from twisted.internet.defer import Deferred, DeferredList, maybeDeferred
from twisted.logger import Logger, LogPublisher
from twisted.python.failure import Failure

from . import __version__, messages
from .adapters import is_made_by_calling
from .alerting import Alerting, check_alerts
from .backends.memory import nobody
from .config.difference import Outcome
from .config.settings import Configuration
from .console import ConsoleService, Parts
from .events import ServerMessage, Shed
from .explain.explainer import Explainer
from .explain.explanations import Explanations
from .hooks import build_responder, call_init, check_providers
from .interfaces import IDefinitionSource, ISender, IServerReactor
from .leasing import check_pools
from .lending import LendingResponder
from .lines.output import Output
from .logs import EventLog, severity_read
from .messages import Message
from .metering import Metering
from .model import Local
from .outputs import LogOutputs
from .pidfile import PidFile
from .pool_services import PoolServices
from .privileges import drop
from .process import raise_file_limit, settle
from .publisher import Publisher
from .reloading.reloads import Reloads
from .reloading.running import Running
from .reloading.serving import SHED_INTERVAL, WATCH_INTERVAL, Serving
from .reports.reports import Reports
from .responder import Responder
from .rogue_watch import RogueWatch
from .scripting.site import SiteCallbacks, site_of
from .scripting.site_criticals import SiteCriticals
from .scripting.site_log import SiteLog
from .scripting.site_thread import SiteThread
from .scripting.statistics import SiteStatistics
from .signals import Signals
from .sources import build_source
from .stats import Counters
from .supervisor import supervisor_of_this_process
from .timers import Regularly
from .transport.listener import Listener, bind_all, build_listeners
from .web.log_lines import LogLines
from .wire.describe import address


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
        self._outputs = LogOutputs(configuration.log, lambda *line: reactor.callFromThread(self._tell, *line))
        self._log = Logger("sdhcp", observer=self._outputs)
        self.counters = Counters()
        self.publisher = Publisher(perf_counter)
        self.publisher.add(self.counters)
        self.reports = Reports(configuration, perf_counter, time)
        module = configuration.site.module
        self._site = SiteCallbacks() if module is None else site_of(module)
        self._site_thread = SiteThread(self._site, module, reactor, self._as(messages.OF_SITE_THREAD))
        self.reports.register(self.publisher, self._site)
        lines = LogLines(configuration.web, configuration.process.debug)
        written = LogPublisher(self._outputs, lines, *self.reports.log_observers)
        criticals = SiteCriticals(lambda tell: reactor.callFromThread(tell), self.publisher.publish, perf_counter)
        self._site_log = SiteLog(written, self._site_thread.put, criticals.add)
        site_statistics = SiteStatistics(self._site, self._site_thread)
        self._site.emit = site_statistics.emit
        self._site.statistics.on_change(self.publisher.ask_again)
        self.publisher.add(site_statistics)
        for_all = LogPublisher(written, self._site_log)
        severity, most = severity_read(configuration.log, configuration.web)
        self._event_log = EventLog(Logger("sdhcp", observer=for_all), severity, reactor, most)
        self.publisher.add(self._event_log)
        alerting = Alerting(configuration, self.publisher.publish, reactor, perf_counter, time, self.counters)
        if alerting.book is not None:
            self.publisher.add(alerting.book)
        alerting.setServiceParent(self)
        RogueWatch(configuration, self.publisher, reactor, perf_counter).setServiceParent(self)
        process = configuration.process
        self._pid_file = PidFile(process.pid_file, (process.uid, process.gid), self._log) if process.pid_file else None
        self._supervisor = supervisor_of_this_process(reactor)
        self._supervisor.setServiceParent(self)
        self.publisher.add(self._supervisor)
        self._signals = Signals(reactor, self.reload, self.tell_counters)
        self._parts = Parts(self._source, configuration.cache)
        tell = self._as(messages.CONSOLE)
        self._console = ConsoleService(
            configuration,
            self._parts,
            self.counters,
            self._site,
            lines,
            self._reload_or_check,
            reactor,
            self._log,
            tell,
            self.publisher.publish,
        )
        self._console.show(self.reports)
        self._console.setServiceParent(self)
        for observer in self._console.observers:
            self.publisher.add(observer)
        metering = Metering(
            self._parts, self.counters, self.reports.traffic, alerting, self._event_log, self._outputs,
            self._site_thread, self._site.started,
        )  # fmt: skip
        metering.serve(self._console, self.publisher, time, reactor, configuration.web.metrics_public)
        self._listeners: Sequence[Listener] = ()
        self._running = Running(
            configuration, self._site, self._site_thread, self.publisher, self.counters, self.reports, lines,
            self._outputs, self._event_log, alerting, self._console, self._parts, self, reactor, self._tell,
        )  # fmt: skip
        self._reloads = Reloads(self._running, os.getcwd())

    def privilegedStartService(self) -> None:
        """Open the log file, the pid file and the sockets.

        :raises ListenError: if a socket cannot be opened.
        :raises SourceLoadError: if the source, opened anew after twistd went into the background, is gone.
        :raises InitFailed: if ``init()`` of conf.py raises something.
        """
        process = self._configuration.process
        problems = self._outputs.open((process.uid, process.gid))
        self._site_log.install()
        publish = self.publisher.publish
        for problem in problems:
            self._tell("ERROR", problem, messages.OUTPUT_FAILED)
        try:
            self._assemble()
        except Exception:  # as below
            self._site_log.remove()
            self._outputs.close()
            raise
        self._listeners = build_listeners(
            self._configuration.listen,
            self._receive,
            self._reactor,
            perf_counter,
            publish,
            self._supervisor.sockets,
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
        super().privilegedStartService()

    def _receive(self, datagrams: Sequence[tuple[bytes, bytes, int]], local: Local, sender: ISender) -> None:
        self._serving.responder.receive(datagrams, local, sender)

    @property
    def _serving(self) -> Serving:
        """Who answers now."""
        serving = self._running.serving
        assert serving is not None  # noqa: S101  there are no sockets before it is assembled
        return serving

    def _assemble(self) -> None:
        """Let a site's code prepare itself, and build what it has a say in."""
        configuration, running = self._configuration, self._running
        self._console.register()
        self._starting = call_init(configuration)
        if self._built_in != os.getpid():
            # A connection to a database must not be carried over a fork.
            self._source = build_source(configuration, self._reactor, perf_counter)
            self._built_in = os.getpid()
        assigned, publish = self._site.assigned, self.publisher.publish
        pools = PoolServices(configuration, self._site, publish, self._as(messages.POOLS), self._reactor)
        responder = build_responder(
            configuration, assigned, self._source, self.publisher, perf_counter, self._reactor, lender=pools.lender
        )
        if isinstance(responder, LendingResponder) and responder.lender_health is not None:
            health = responder.lender_health
            reload, explain = self._reload_or_check, self._parts.explain
            running.leases = pools.serve(self, health, lambda: self._serving.source, reload, explain)
            self._parts.leases, self._parts.lender_health = running.leases, health
        elif "CONTROL_SOCKET" in configuration.lines:
            pools.control(self, tuple, self._reload_or_check, self._parts.explain)
        self._parts.responder = responder
        self._parts.explained_by = self._explained_by
        self._parts.explanations = self._explained_by(responder)
        self._parts.source = self._source
        running.pools = pools
        running.serving = Serving(self._source, responder, publish, self._tell, self._reactor)
        running.serving.setServiceParent(self)
        take = self._reloads.take_assigned
        for name, value in assigned.items():
            take(name, value)
        self._site.on_assign(lambda name, value: self._reactor.callFromThread(take, name, value))

    def _reload_or_check(self, changes: bool) -> "Deferred[Outcome]":
        """What somebody at the control socket has done."""
        return self._reloads.reload() if changes else self._reloads.check()

    def _explained_by(self, responder: Responder) -> Explanations:
        explainer = Explainer(responder, self._reactor, perf_counter, self._configuration.source.folder)
        return Explanations(explainer, self._sides)

    def _sides(self) -> Sequence[Local]:
        return [side for listener in self._listeners for side in listener.sides()]

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
        self._reloads.remember_files()
        self._site_thread.start(self.reload, self._reloads.reread)
        for notice in (*self._configuration.notices, *raise_file_limit()):
            self._tell("WARN", notice, messages.NOTICE)
        self._serving.tell_warnings()
        self._serving.open()
        starting = self._starting
        if starting is None or starting.called:
            self._listen(None)
        else:
            starting.addCallbacks(self._listen, self._init_failed)

    def _init_failed(self, failure: Failure) -> None:
        self.gave_up = True
        self._tell("CRITICAL", f"cannot start: {failure.getErrorMessage()}", messages.NOT_STARTED)
        self._reactor.stop()

    def _listen(self, _: object) -> None:
        for listener in self._listeners:
            listener.start()
        self._parts.is_serving = True
        settle()
        where = ", ".join(address(own) for own in self._configuration.listen.addresses)
        serves = f"on {where}, port {self._configuration.listen.server_port}, clients from {self._source.name}"
        self._tell("WARN", f"sdhcp {__version__} {serves}: ready", messages.READY)
        self._supervisor.ready(serves)

    def stopService(self) -> "Deferred[None]":
        """Stop answering and close everything; fires when that is done."""
        self._signals.remove()
        self._parts.is_serving = False
        stopping = [maybeDeferred(super().stopService), self._site_thread.stop()]
        stopping += self._reloads.stop()
        if self._running.serving is not None:
            stopping.append(self._running.serving.close())
        self._close()
        return DeferredList(stopping, consumeErrors=True).addCallback(self._stopped)

    def _stopped(self, _: object) -> None:
        self._tell("WARN", "stopped", messages.STOPPED)
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
        what = "statistics and log lines, since the site's functions take too long"
        if count:
            self.publisher.publish(Shed(perf_counter(), what, count))

    def _close(self) -> None:
        for listener in self._listeners:
            listener.stop()
        if self._pid_file is not None:
            self._pid_file.remove()

    def reload(self) -> "Deferred[Outcome]":
        """Call the site's functions that want to know, then read conf.py and the source anew; fires with the outcome.

        What is not in order leaves everything as it was. A call while one is under way causes one more afterwards.
        """
        self._supervisor.reloading()
        return self._reloads.reload().addCallback(self._reloaded)

    def _reloaded(self, outcome: Outcome) -> Outcome:
        self._supervisor.reloaded()
        return outcome

    def writes_console(self, console: Output) -> None:
        """Lines of the console are written there, by the severity that conf.py has for them now."""
        self._outputs.console = console

    def tell_counters(self) -> None:
        """Write all counters to the log."""
        for line in self.counters.lines() or ["nothing has come in yet"]:
            self._tell("WARN", line, messages.COUNTERS)

    def _as(self, message: Message) -> Callable[[str, str], None]:
        """What tells lines of one kind."""
        return partial(self._tell, message=message)

    def _tell(self, level: str, text: str, message: Message = messages.GENERAL) -> None:
        self.publisher.publish(ServerMessage(perf_counter(), level, text, message.id))


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
