"""A whole server in memory with a site's conf.py in it: packets are answered, nothing is sent."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from time import time
from typing import Any, Final, cast

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock, LoopingCall
from twisted.python.failure import Failure

from ..client_packets import Packet, as_packet
from ..config import Configuration
from ..events import Event, Reloaded, ServerMessage
from ..explain.asked import packet_of
from ..explain.explainer import Explainer
from ..explain.report import report_of
from ..hooks import InitFailed, build_responder, call_init, check_providers, is_policy, with_setting
from ..interfaces import IEnumerableSource, IReloadable, IRemoteSource, IServerReactor, IWarns, SourceLoadError
from ..leases.lender import Lender
from ..leases.memory import MemoryLeases
from ..leasing import check_pools
from ..logs import DIGEST
from ..model import Local
from ..publisher import Publisher
from ..scripted import ScriptedResponder
from ..scripting.hook import DEADLINE
from ..scripting.site import SiteCallbacks, site_of
from ..scripting.site_log import SiteLog
from ..scripting.site_thread import SiteThread
from ..scripting.statistics import SiteStatistics
from ..scripting.watching import Watch
from ..sources import build_source
from ..wire.message import Message
from ..wire.options import address
from .loading import CONFIGURED, LoadedSite, alone
from .outcome import Outcome
from .pools import lending_in_memory
from .reactor import SimulatedReactor
from .recording import Flight, Recorder

PATIENCE: Final = DEADLINE
"""Seconds of the real clock for which a thread or a store is waited for."""
INTERFACE: Final = "simulated"
"""The name of the interface that packets come in on."""

_STOPPING: Final = 0.5
"""Seconds of the real clock for which threads and connections are waited for when they are to end."""
_STEP, _STEPS = 1.0, 1000
"""The longest of the shortest steps in which time passes, in seconds, and how many there are of them at most."""


class Site:
    """A server with a site's code and a source, for packets one after the other.

    Its time stands still but for :meth:`advance`. Ports are not taken, replies not sent, and caches outside this
    process not used; the site's own code does what it does. Use it in a ``with`` statement, or call :meth:`close`.

    :param conf: conf.py, its folder, or a loaded configuration.
    :param source: what takes the place of DATABASE_ENGINE: a dict, a source, a function, a class, or None for nobody;
        left out for what conf.py has.
    :param clock: whose time it is, if it is to be shared.
    :param patience: seconds of the real clock for which functions and stores that answer later are waited for.
    :raises ConfigurationError: if conf.py is not in order.
    :raises SourceLoadError: if the source cannot be used.
    :raises InitFailed: if ``init()`` of conf.py raises something.
    :ivar configuration: what conf.py says; :ivar source: who knows the clients.
    """

    def __init__(
        self,
        conf: "Configuration | str | os.PathLike[str]",
        source: Any = CONFIGURED,
        clock: Clock | None = None,
        patience: float = PATIENCE,
    ) -> None:
        self.clock = Clock() if clock is None else clock
        self._patience = patience
        self._simulated = SimulatedReactor(self.clock)
        self._reactor = cast(IServerReactor, self._simulated)
        self._loaded = LoadedSite(conf)
        self._responder: Any = None
        self._is_serving = False
        self._digests = LoopingCall(lambda: self._recorder.digest())
        self._digests.clock = self._reactor
        try:
            self.configuration = alone(self._loaded.configuration, source)
            self._assemble()
        except BaseException:
            self.close()
            raise

    def _assemble(self) -> None:
        configuration, seconds = self.configuration, self.clock.seconds
        check_providers(configuration)
        check_pools(configuration)
        self._recorder = Recorder(configuration.log, self._reactor)
        self._publisher = Publisher(seconds)
        self._publisher.add(self._recorder)
        self._site_log = SiteLog(self._recorder, _to_nobody)
        module = configuration.site.module
        self._site = SiteCallbacks() if module is None else site_of(module)
        thread = _AtOnce(self._site, module, self._reactor, self._tell, seconds)
        statistics = SiteStatistics(self._site, thread)
        self._site.run_all, self._site.emit = thread.run_all, statistics.emit
        self._site.reinitialise = self._reinitialise
        self._site.statistics.on_change(lambda: self._simulated.callFromThread(self._publisher.ask_again))
        self._publisher.add(statistics)
        began = time()
        self._wall = lambda: began + seconds()
        self._site.lending = lending_in_memory(self._reactor, self._wall)
        with self._at_work():
            self._digests.start(DIGEST, now=False)
            starting = call_init(configuration)
            self.source = build_source(configuration, self._reactor, seconds)
            assigned = self._site.assigned
            self._responder = build_responder(
                configuration,
                assigned,
                self.source,
                self._publisher,
                seconds,
                self._reactor,
                Watch(self._recorder.begun),
                self._lender(configuration),
            )
            for name, value in assigned.items():
                self._take_over(name, value)
            self._site.on_assign(lambda name, value: self._simulated.callFromThread(self._take_over, name, value))
            if IRemoteSource.providedBy(self.source):
                self._is_serving = True
                self.source.start()
            if starting is not None:
                self._wait_for_init(starting)
            notices = [*configuration.notices, *(self.source.warnings if IWarns.providedBy(self.source) else ())]
            for notice in notices:
                self._tell("WARN", notice)

    def _lender(self, configuration: Configuration) -> Lender | None:
        """Who lends the addresses of pools: all are free at the beginning, whatever the server has lent."""
        rules = check_pools(configuration)
        if not rules:
            return None
        lender = Lender(rules, MemoryLeases(), None, self._publisher.publish, self._wall, self._simulated.seconds)
        if IEnumerableSource.providedBy(self.source):
            for _, definition in self.source.reservations():
                for rule in rules:
                    if definition.ip in rule.addresses:
                        rule.addresses.reserved.add(definition.ip)
        return lender

    @property
    def log(self) -> tuple[str, ...]:
        """The lines of the log so far, without their times; the last ten thousand."""
        return tuple(self._recorder.lines)

    def ask(self, packet: bytes | Message | Packet) -> Outcome:
        """Simulate one packet to its end.

        Where that does not come within ``patience``, the outcome is "waiting"; :meth:`advance` gives the one that the
        packet comes to.

        :raises TypeError: if it is no packet. :raises ValueError: if it goes to an address that is not the server's.
        """
        given = as_packet(packet)
        local = self._local(given)
        data = given.addressed(local.server_id)
        flight = Flight(replace(given, data=data, names_server=False).message, local)
        with self._at_work():
            self._recorder.begin(flight)
            flight.arrives = True
            self._responder.receive([(data, address(given.source), given.source_port)], local, flight)
            flight.arrives = False
            self._simulated.run_until(lambda: flight.end is not None, self._patience)
        if flight.end is not None:
            self._recorder.forget(flight)
        return flight.outcome()

    def explain(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        """Why a client gets its answer: as :meth:`sdhcp.explain.explanations.Explanations.tell` has it. Nothing of it
        is kept, so that the site is as it was, but for what its own functions do.

        :raises ValueError: if there is no such packet. :raises TimeoutError: if it takes longer than ``patience``.
        """
        packet = packet_of(asked)
        named = {"server": packet.server, "port": packet.port}
        wanted = {name: asked[name] for name in named if asked.get(name)}
        local = self._local(replace(packet, **wanted))
        explainer = Explainer(self._responder, self._reactor, self._simulated.seconds, self.configuration.source.folder)
        with self._at_work():
            return report_of(self._wait_for(explainer.explain(packet, local)))

    def advance(self, seconds: float) -> tuple[Outcome, ...]:
        """Let time pass; the outcomes of packets that were waiting and have come to their end by that.

        Timers that are due meanwhile run in their order. Tick callbacks are not called, see :meth:`tick`.

        :raises ValueError: if ``seconds`` are fewer than none.
        """
        if not seconds >= 0:
            raise ValueError(f"{seconds} is no time that can pass; expected seconds from 0 on")
        with self._at_work():
            self._advance(seconds)
        return self._ended()

    def reload(self) -> str:
        """What the server does at SIGHUP: call reinitialisation callbacks, then read the source anew; what is wrong
        with that, "" if nothing is.

        :raises TimeoutError: if that takes longer than ``patience``.
        """
        with self._at_work():
            return self._reload()

    def tick(self) -> None:
        """Call the site's tick callbacks once, as the server does about each second. The time does not change."""
        with self._at_work():
            self._site.run_all(self._site.ticks.all())
            self._simulated.turn()

    def close(self) -> None:
        """End what is under way, and forget conf.py and what it has imported from its folder."""
        with self._loaded.in_place():
            stopping: list[Deferred[Any]] = []
            if isinstance(self._responder, ScriptedResponder):
                stopping.append(self._responder.stop())
            if self._is_serving and IRemoteSource.providedBy(self.source):
                stopping.append(self.source.stop())
                self._is_serving = False
            for deferred in stopping:
                deferred.addErrback(lambda _: None)
            self._simulated.run_until(lambda: all(one.called for one in stopping), _STOPPING)
        if self._digests.running:
            self._digests.stop()
        self._simulated.stop_threads()
        self._loaded.forget()

    def __enter__(self) -> "Site":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _at_work(self) -> Iterator[None]:
        with self._loaded.in_place():
            self._site_log.install()
            try:
                yield
            finally:
                self._site_log.remove()

    def _local(self, packet: Packet) -> Local:
        listen = self.configuration.listen
        own = listen.addresses[0] if packet.server is None else address(packet.server)
        if own not in listen.addresses:
            raise ValueError(f"{packet.server} is not in DHCP_SERVER_IP")
        port = listen.server_port if packet.port is None else packet.port
        if port not in (listen.server_port, listen.proxy_port):
            raise ValueError(f"the server does not listen on port {port}; see DHCP_SERVER_PORT and PROXY_PORT")
        interface = listen.response_interface
        return Local(
            own,
            INTERFACE if interface in (None, "-") else str(interface),
            (own,),
            port,
            listen.client_port,
            hears_broadcasts=packet.to_all,
            is_proxy=port != listen.server_port,
            loopback=own[0] == 127,
            link_layer=interface is not None and own[0] != 127,
        )

    def _advance(self, seconds: float) -> None:
        clock = self.clock
        end = clock.seconds() + seconds
        # What is due many times a second may be late, so that a long time does not take long.
        step = min(_STEP, seconds / _STEPS)
        self._simulated.turn()
        while True:
            now = clock.seconds()
            due = max(now + step, min((call.getTime() for call in clock.getDelayedCalls()), default=end))
            if due >= end:
                break
            clock.advance(due - now)
            self._simulated.turn()
        clock.advance(max(0.0, end - clock.seconds()))
        self._simulated.turn()

    def _ended(self) -> tuple[Outcome, ...]:
        over = [flight for flight in self._recorder.flights if flight.end is not None]
        for flight in over:
            self._recorder.forget(flight)
        return tuple(flight.outcome() for flight in over)

    def _reload(self) -> str:
        self._site.run_all(self._site.reinit.all())
        if not IReloadable.providedBy(self.source):
            text = f"nothing to read anew: {self.source.name} is asked for each client, conf.py is read at start"
            self._tell("WARN", text)
            return ""
        problem = ""
        try:
            self._wait_for(self.source.reload())
        except SourceLoadError as error:
            problem = error.problems[0]
            for further in error.problems[1:]:
                self._tell("ERROR", further)
        self._publisher.publish(Reloaded(self.clock.seconds(), self.source.name, problem))
        return problem

    def _reinitialise(self) -> float:
        self._simulated.callFromThread(self._reload)
        return 0.0

    def _wait_for_init(self, starting: "Deferred[Any]") -> None:
        try:
            self._wait_for(starting)
        except TimeoutError as error:
            raise InitFailed(f"init() of conf.py: {error}") from None

    def _wait_for(self, deferred: "Deferred[Any]") -> Any:
        """Wait for something that is no packet, and give what it becomes.

        :raises TimeoutError: if it does not come.
        """
        results: list[Any] = []
        deferred.addBoth(results.append)
        if not self._simulated.run_until(lambda: bool(results), self._patience):
            raise TimeoutError(f"no answer within {self._patience:g} s")
        if isinstance(results[0], Failure):
            results[0].raiseException()
        return results[0]

    def _take_over(self, name: str, value: Any) -> None:
        """The site's code has changed a setting."""
        if is_policy(name):
            try:
                self._responder.policy = with_setting(self._responder.policy, name, value)
            except ValueError as error:
                self._tell("ERROR", f"assigned in staticdhcpdlib.config: {error}; as it was")

    def _tell(self, level: str, text: str) -> None:
        event: Event = ServerMessage(self.clock.seconds(), level, text)
        self._publisher.publish(event)


def simulate(
    conf: "Configuration | str | os.PathLike[str]",
    packet: bytes | Message | Packet,
    source: Any = CONFIGURED,
    patience: float = PATIENCE,
) -> Outcome:
    """What becomes of one packet that is the first to a server with this conf.py; arguments as for :class:`Site`.

    Where no answer comes, time is advanced until the server gives up waiting.
    """
    with Site(conf, source, patience=patience) as site:
        return ask_to_the_end(site, packet)


def ask_to_the_end(site: Site, packet: bytes | Message | Packet) -> Outcome:
    """As :meth:`Site.ask`; where no answer comes, time is advanced until the server gives up waiting."""
    outcome = site.ask(packet)
    for _ in range(_GIVES_UP):
        if not outcome.is_waiting:
            break
        for ended in site.advance(DEADLINE):
            outcome = ended
    return outcome


_GIVES_UP: Final = 8
"""Hooks and lookups of one packet, one after the other, that may each take their whole time."""


class _AtOnce(SiteThread):
    """What the server has called on a thread of its own is called at once."""

    def put(self, function: Callable[..., None], *arguments: Any) -> None:
        """Call a function."""
        function(*arguments)


def _to_nobody(*_: Any) -> None:
    """Lines of the log are for who simulates, not for the site's own handlers, which may send them somewhere."""
