"""Events as log lines: each trouble at once, then counted; packets only where someone reads them."""

from collections import Counter, deque
from collections.abc import Callable
from typing import Final, NamedTuple

from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.internet.task import LoopingCall
from twisted.logger import Logger, LogLevel
from zope.interface import implementer

from .config.settings import LogSettings, WebSettings
from .event_words import foreign_server
from .events import (
    Ambiguous,
    Blocked,
    Declined,
    Dropped,
    Edited,
    Event,
    Exchange,
    ForeignServer,
    ForeignServerSilent,
    HandlingFailed,
    HookFailed,
    HookSlow,
    LeaseBound,
    LeaseChanged,
    Malformed,
    ObserverFailed,
    OffLink,
    PoolExhausted,
    PoolFilled,
    Reloaded,
    SendFailed,
    ServerMessage,
    Shed,
    SourceFailed,
    SourceRecovered,
)
from .interfaces import IEventObserver
from .messages import LINES_LOST, MORE, message_of
from .severity import LEVELS, rank
from .wire.describe import address, hardware

PACKET_LINES: Final = 10_000
"""Packet lines that may wait to be written; the oldest go first."""
AT_A_TIME: Final = 8
"""Packet lines that are written before packets are heard again."""
FLUSH: Final = 0.25
"""Seconds between two rounds of writing packet lines."""
DIGEST: Final = 60.0
"""Seconds between two lines about the same kind of trouble."""
ALIKE: Final = 16
"""Cases of one kind of trouble, such as one client each, that are told apart between two digests."""
_ORDINARY: Final = frozenset(("other-server",))
"""Reasons of drops that are no trouble: a client that has chosen one of several servers tells all of them."""


class _Trouble(NamedTuple):
    """What is told once and then counted: its kind, of which the code has a fixed number, and whose it is."""

    kind: str
    case: str = ""


_Line = tuple[LogLevel, _Trouble | None, str | Callable[[], str]]
"""How grave a line is, what it is a case of, and its text, or what makes it for the few that are written."""


@implementer(IEventObserver)
class EventLog:
    """Writes events to a logger.

    Exchanges and drops are written one line each only if ``severity`` asks for them (INFO for
    exchanges, DEBUG for drops), in rounds, so that no packet waits for a log. Repeated trouble is
    written once, and then as a count a minute.

    :param severity: the least severity that anybody reads.
    :param most: packet lines of each round that are written, the last ones; where that is less than
        :data:`PACKET_LINES`, nobody wants more, and what is left out is not told of.
    :ivar lost: packets that were told to be left out, since the start.
    """

    def __init__(self, logger: Logger, severity: str, reactor: IReactorTime, most: int = PACKET_LINES) -> None:
        self._logger = logger
        self._waiting: deque[Event] = deque()
        self.use(severity, most)
        self._lost = 0
        self.lost = 0
        self._troubles: Counter[_Trouble] = Counter()
        self._cases: Counter[str] = Counter()
        self._ongoing: frozenset[_Trouble] = frozenset()
        self._reactor = reactor
        self._writing: deque[Event] = deque()
        self._goes_on: IDelayedCall | None = None
        self._flushing = LoopingCall(self._begin_round)
        self._digesting = LoopingCall(self.digest)
        self._flushing.clock = self._digesting.clock = reactor

    def use(self, severity: str, most: int) -> None:
        """Write what another severity asks for; the publisher has to ask anew which events are wanted."""
        self._writes_exchanges = rank(severity) <= rank("INFO")
        self._writes_drops = rank(severity) <= rank("DEBUG")
        self._most = most
        self._waiting = deque(self._waiting, maxlen=most)

    @property
    def waiting(self) -> int:
        """Packet lines that wait to be written."""
        return len(self._waiting) + len(self._writing)

    @property
    def running(self) -> bool:
        """Whether packet lines are being written."""
        return self._flushing.running

    def start(self) -> None:
        """Begin to write packet lines and digests."""
        self._flushing.start(FLUSH, now=False)
        self._digesting.start(DIGEST, now=False)

    def stop(self) -> None:
        """Write what waits and end."""
        for call in (self._flushing, self._digesting):
            if call.running:
                call.stop()
        if self._goes_on is not None:
            self._goes_on.cancel()
            self._goes_on = None
        self.flush()
        self.digest()

    def wants(self, kind: type[Event]) -> bool:
        """Exchanges only where somebody reads them; that of a lease tells all that a line could."""
        return kind is not LeaseBound and (self._writes_exchanges or kind is not Exchange)

    def observe(self, event: Event) -> None:
        """Take note of one event; packets are queued, everything else is written at once."""
        if type(event) is Exchange:
            if len(self._waiting) == PACKET_LINES == self._most:
                self._lost += 1
            self._waiting.append(event)
            return
        if isinstance(event, Dropped | Malformed):
            if self._writes_drops:
                self._queue(event)
            if event.reason not in _ORDINARY:
                self._trouble(LogLevel.warn, _drop_trouble(event), lambda: _drop_text(event), event)
            return
        writer = _WRITERS.get(type(event))
        line = writer(event) if writer is not None else None
        if line is not None:
            level, trouble, text = line
            if trouble is not None:
                self._trouble(level, trouble, text, event)
            else:
                self._say(level, text, event)

    def _begin_round(self) -> None:
        if self._goes_on is None:
            self._writing, self._waiting = self._waiting, deque(maxlen=self._most)
            self._write_some()

    def _write_some(self) -> None:
        """Write some lines of a round; packets are heard before the next ones."""
        for _ in range(min(AT_A_TIME, len(self._writing))):
            self._write(self._writing.popleft())
        if self._writing:
            self._goes_on = self._reactor.callLater(0, self._write_some)
            return
        self._goes_on = None
        self._tell_lost()

    def flush(self) -> None:
        """Write the packet lines that wait, all at once."""
        waiting, self._waiting = self._waiting, deque(maxlen=self._most)
        while self._writing:
            self._write(self._writing.popleft())
        for event in waiting:
            self._write(event)
        self._tell_lost()

    def _write(self, event: Event) -> None:
        if isinstance(event, Exchange):
            self._say(LogLevel.info, _exchange_text(event), event)
        elif isinstance(event, Dropped | Malformed):
            self._say(LogLevel.debug, _drop_text(event), event)

    def _tell_lost(self) -> None:
        if self._lost:
            text = f"{self._lost} packets were not logged: too many at once"
            self._logger.emit(LogLevel.warn, "{text}", text=text, message=LINES_LOST)
            self.lost += self._lost
            self._lost = 0

    def digest(self) -> None:
        """Write how often each trouble came again; one that did not come for a minute is told at once next time."""
        troubles, self._troubles = self._troubles, Counter()
        self._cases.clear()
        for trouble, count in troubles.items():
            more = count - (trouble not in self._ongoing)
            if more:
                what = f"{trouble.kind}, {trouble.case}" if trouble.case else trouble.kind
                text = f"{more} more in the last minute: {what}"
                self._logger.emit(LogLevel.warn, "{text}", text=text, message=MORE)
        self._ongoing = frozenset(troubles)

    def _queue(self, event: Event) -> None:
        if len(self._waiting) == PACKET_LINES == self._most:
            self._lost += 1
        self._waiting.append(event)

    def _say(self, level: LogLevel, text: str | Callable[[], str], event: Event) -> None:
        text = text() if callable(text) else text
        self._logger.emit(level, "{text}", text=text, message=message_of(event), about=event)

    def _trouble(self, level: LogLevel, trouble: _Trouble, text: str | Callable[[], str], event: Event) -> None:
        if trouble not in self._troubles:
            # Whoever sends packets chooses their cases: they must not decide how long the log gets.
            if self._cases[trouble.kind] >= ALIKE:
                trouble = trouble._replace(case="others")
            self._cases[trouble.kind] += 1
        self._troubles[trouble] += 1
        if self._troubles[trouble] == 1 and trouble not in self._ongoing:
            self._say(level, text, event)


def severity_read(log: LogSettings, web: WebSettings) -> tuple[str, int]:
    """The least severity that anybody reads, and how many packet lines of a round: no more than are kept."""
    severities = [log.console_severity]
    severities += [log.file_severity] if log.file else []
    severities += [log.syslog_severity] if log.syslog else []
    severities += [log.journal_severity] if log.journal else []
    severity = min(severities, key=rank)
    if not web.enabled or not web.log_history or rank(web.log_severity) >= rank(severity):
        return severity, PACKET_LINES
    is_written = rank(severity) <= rank("INFO")
    return web.log_severity, PACKET_LINES if is_written else min(web.log_history, PACKET_LINES)


def _safe(text: str) -> str:
    """Text on one line: what site code says may hold what a client sent."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def _indented(trace: str) -> str:
    """A traceback whose lines cannot be taken for lines of the log."""
    return "".join(f"\n  | {_safe(line)}" for line in trace.splitlines())


def _via(giaddr: bytes) -> str:
    return f" via {address(giaddr)}" if any(giaddr) else ""


def _exchange_text(event: Exchange) -> str:
    answer = event.answer or "no answer"
    seconds = event.elapsed * 1000
    what = address(event.address) if len(event.address) == 4 else "no address"
    return (
        f"{event.method} from {hardware(event.mac)}{_via(event.giaddr)} on {event.arrival.local.interface}: "
        f"{answer} {what} ({event.outcome}, {event.size} octets, {seconds:.2f} ms)"
    )


def _drop_trouble(event: Dropped | Malformed) -> _Trouble:
    """The kind of trouble that a packet which was not heard is."""
    if isinstance(event, Malformed):
        return _Trouble(f"datagrams that are no DHCP messages ({event.reason})")
    if event.reason == "blocked":
        return _Trouble(f"packets not heard: {event.detail}", hardware(event.mac))
    return _Trouble(f"packets refused: {event.reason}", _via(event.giaddr).strip())


def _drop_text(event: Dropped | Malformed) -> str:
    """A line about one of them."""
    if isinstance(event, Malformed):
        return f"a datagram from {address(event.arrival.address)} is no DHCP message: {event.detail}"
    who = hardware(event.mac)
    if event.reason == "blocked":
        return f"{who} is not heard: {event.detail}"
    return f"a packet from {who}{_via(event.giaddr)} was refused: {event.reason}, {event.detail}"


def _blocked(event: Blocked) -> _Line:
    return (
        LogLevel.warn,
        _Trouble(f"clients not heard: {event.reason}"),
        lambda: f"{hardware(event.mac)} is not heard for {event.seconds} s: {event.reason}",
    )


def _off_link(event: OffLink) -> _Line:
    done = "withheld" if event.withheld else "given all the same, since LINK_CHECK is off"
    text = (
        f"{hardware(event.mac)}: {address(event.address)} does not belong on the link of "
        f"{address(event.link)}, where the client is; {done}"
    )
    return LogLevel.warn, _Trouble("addresses that do not belong on their client's link"), text


def _ambiguous(event: Ambiguous) -> _Line:
    text = (
        f"{hardware(event.mac)} has several reservations for the link of {address(event.link)}: "
        f"{', '.join(map(address, event.addresses))}; the first counts, remove the others"
    )
    return LogLevel.warn, _Trouble("clients with several reservations for one link"), text


def _declined(event: Declined) -> _Line:
    text = (
        f"{hardware(event.mac)} declined {address(event.address)} ({event.subnet}, {event.serial}): "
        "another host uses that address; find it and end the conflict"
    )
    return LogLevel.error, _Trouble("addresses declined", f"by {hardware(event.mac)}"), text


def _send_failed(event: SendFailed) -> _Line:
    times = "" if event.times == 1 else f" ({event.times} times)"
    return LogLevel.error, None, f"cannot send to {address(event.ip)} on {event.interface}{times}: {event.error}"


def _source_failed(event: SourceFailed) -> _Line:
    advice = f"; {event.advice}" if event.advice else ""
    trouble = _Trouble("clients that a source fails for", hardware(event.mac)) if event.mac else None
    return LogLevel.critical, trouble, _safe(f"{event.source}: {event.problem}{advice}")


def _recovered(event: SourceRecovered) -> _Line:
    return LogLevel.warn, None, f"{event.source} answers again after {event.seconds:.1f} s"


def _shed(event: Shed) -> _Line:
    return LogLevel.warn, None, f"let go, since a table was full: {event.times} {event.what}"


def _reloaded(event: Reloaded) -> _Line:
    if event.problem:
        return LogLevel.critical, None, f"{event.what} is as it was: {event.problem}"
    return LogLevel.warn, None, f"{event.what} was read anew"


def _observer_failed(event: ObserverFailed) -> _Line:
    return LogLevel.critical, None, f"{_safe(event.observer)} raised and gets no more events:{_indented(event.trace)}"


def _handling_failed(event: HandlingFailed) -> _Line:
    problem = _safe(event.problem)
    return (
        LogLevel.critical,
        _Trouble("packets not answered", problem),
        lambda: f"a packet from {hardware(event.mac)} was not answered: {problem}{_indented(event.trace)}",
    )


def _lease_changed(event: LeaseChanged) -> _Line | None:
    if event.what != "quarantined":
        return None
    lease = event.lease
    text = f"pool {_safe(lease.pool)}: {address(lease.address)} is not lent for a while: {_safe(lease.evidence)}"
    trouble = _Trouble(f"addresses of pool {_safe(lease.pool)} that somebody uses", address(lease.address))
    return LogLevel.warn, trouble, text


def _exhausted(event: PoolExhausted) -> _Line:
    pools = _safe(", ".join(event.pools))
    who, advice = event.mac, "make it larger, or its leases shorter"
    return (
        LogLevel.error,
        _Trouble(f"clients for whom no address was left in {pools}"),
        lambda: f"{hardware(who)} gets no address: none is left in {pools}; {advice}",
    )


def _filled(event: PoolFilled) -> _Line:
    again = " again" if event.over else ""
    return LogLevel.warn, None, f"pool {_safe(event.pool)}: {event.used} of {event.size} addresses are in use{again}"


def _hook_failed(event: HookFailed) -> _Line:
    problem = _safe(event.problem)
    return (
        LogLevel.critical,
        _Trouble(f"failures of site code {_safe(event.hook)}", problem.rpartition("; see ")[2]),
        lambda: f"{problem}; the packet from {hardware(event.mac)} is not answered:{_indented(event.trace)}",
    )


def _hook_slow(event: HookSlow) -> _Line:
    hook = _safe(event.hook)
    text = f"site code {hook} held up all clients for {event.seconds * 1000:.0f} ms; "
    if event.moved:
        return LogLevel.warn, None, f"{text}it is called in threads from now on: put @threaded above it"
    if event.waits:
        text += "it may not wait, nor compute for long, but by what it awaits"
        return LogLevel.warn, _Trouble(f"slow calls of site code {hook}"), text
    text += "put @threaded above it (from sdhcp.scripting import threaded), or make it quicker"
    return LogLevel.warn, _Trouble(f"slow calls of site code {hook}"), text


def _foreign(event: ForeignServer) -> _Line | None:
    if not event.is_news:
        return None
    text = f"a foreign DHCP server: {foreign_server(event.heard)}; list it in KNOWN_SERVERS if it is meant to be there"
    return LogLevel.error, None, text


def _foreign_silent(event: ForeignServerSilent) -> _Line:
    text = (
        f"the foreign DHCP server {address(event.server)} on {event.interface} is silent for {event.silence:.0f} s; "
        f"it was heard of {event.times} times in {event.seconds:.0f} s"
    )
    return LogLevel.warn, None, text


def _server_message(event: ServerMessage) -> _Line:
    return LEVELS[event.level], None, event.text


def _edited(event: Edited) -> _Line:
    fields = " -> ".join(one for one in (event.before or "nothing", event.after or "nothing"))
    who = f"{event.by or 'somebody'} from {event.origin}"
    return LogLevel.warn, None, _safe(f"{event.what} by {who}: {event.subject}: {fields}")


_WRITERS: Final[dict[type, Callable[..., _Line | None]]] = {
    Blocked: _blocked,
    OffLink: _off_link,
    Ambiguous: _ambiguous,
    Declined: _declined,
    SendFailed: _send_failed,
    SourceFailed: _source_failed,
    SourceRecovered: _recovered,
    Shed: _shed,
    Reloaded: _reloaded,
    Edited: _edited,
    ObserverFailed: _observer_failed,
    HandlingFailed: _handling_failed,
    HookFailed: _hook_failed,
    LeaseChanged: _lease_changed,
    PoolExhausted: _exhausted,
    PoolFilled: _filled,
    HookSlow: _hook_slow,
    ForeignServer: _foreign,
    ForeignServerSilent: _foreign_silent,
    ServerMessage: _server_message,
}
