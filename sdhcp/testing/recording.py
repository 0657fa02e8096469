"""What is heard of packets while they are simulated: events, log lines, calls of a site's functions."""

from collections import deque
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, Final

from twisted.internet.interfaces import IReactorTime
from twisted.logger import ILogObserver, LogEvent, Logger, LogLevel, formatEvent
from zope.interface import implementer

from ..config.settings import LogSettings
from ..engine.classify import classify
from ..events import Dropped, Event, Exchange, HandlingFailed, HookFailed, Malformed
from ..interfaces import IEventObserver, ISender
from ..logs import EventLog
from ..model import Destination, Local
from ..scripting.request import Request
from ..scripting.watching import Call
from ..severity import LEVELS, rank
from ..wire.describe import address, hardware
from ..wire.message import Message, decode
from .outcome import WAITING, Answer, Outcome, Place

LINES: Final = 10_000
"""Lines of the log that are kept of all packets; the oldest go first."""
_NAMES: Final = {LogLevel.warn: "WARN", LogLevel.critical: "CRITICAL"}


@implementer(ISender)
class Flight:
    """One packet from its arrival to its end; nothing of it is sent.

    :param local: the side of the server that it came in on, a value of its own for each packet.
    :ivar arrives: whether it is being received just now.
    """

    def __init__(self, request: Message | None, local: Local) -> None:
        self.request = request
        self.local = local
        self.client = b"" if request is None else request.hardware_address
        self._kind = "" if request is None else classify(request, local)
        self.arrives = False
        self.events: list[Event] = []
        self.lines: list[str] = []
        self.calls: list[Call] = []
        self.end: Exchange | Dropped | Malformed | HandlingFailed | None = None
        self._sent: list[tuple[bytes, Destination]] = []

    def send(self, data: bytes, destination: Destination) -> bool:
        """Keep one reply."""
        self._sent.append((data, destination))
        return True

    def hold(self) -> None:
        """Replies count when they are given."""

    def flush(self) -> None:
        """As above."""

    def outcome(self) -> Outcome:
        """What is known by now."""
        end = self.end
        outcome, detail, definition = WAITING, "", None
        if isinstance(end, Exchange):
            outcome, definition = end.outcome, end.definition
        elif isinstance(end, Dropped | Malformed):
            outcome, detail = end.reason, end.detail
        elif end is not None:
            outcome, detail = "fault", end.problem
        steps = tuple(call.step() for call in self.calls)
        octets, reply, place = None, None, None
        if self._sent:
            octets, to = self._sent[-1]
            reply = Answer(decode(octets), octets)
            frame = None if to.hardware is None else hardware(to.hardware)
            place = Place(address(to.ip), to.port, frame, to.source_port)
        events, log = tuple(self.events), tuple(self.lines)
        return Outcome(self.request, self._kind, outcome, detail, reply, octets, place, definition, events, log, steps)


@implementer(IEventObserver, ILogObserver)
class Recorder:
    """Hears of everything, and finds out which packet it is about.

    :param settings: whose severities decide what is a line of the log.
    :ivar lines: the lines of the log so far.
    """

    def __init__(self, settings: LogSettings, reactor: IReactorTime) -> None:
        chosen = [settings.console_severity, settings.file_severity] if settings.file else [settings.console_severity]
        least = min(chosen, key=rank)
        self._levels = frozenset(level for name, level in LEVELS.items() if rank(name) >= rank(least))
        self._event_log = EventLog(Logger("sdhcp", observer=self), least, reactor)
        self.lines: deque[str] = deque(maxlen=LINES)
        self._flights: list[Flight] = []
        self._at_work: ContextVar[Flight | None] = ContextVar("flight", default=None)
        self._told_of: Flight | None = None

    @property
    def flights(self) -> tuple[Flight, ...]:
        """The packets that are under way."""
        return tuple(self._flights)

    def begin(self, flight: Flight) -> None:
        """A packet is about to come in."""
        self._flights.append(flight)

    def forget(self, flight: Flight) -> None:
        """A packet is over."""
        self._flights.remove(flight)

    def begun(self, call: Call, request: Request) -> Callable[[], Callable[[], None]]:
        """A site's function is called, in any thread; see :class:`sdhcp.scripting.watching.Watch`."""
        flight = self._of(request.arrival.local)
        if flight is not None:
            flight.calls.append(call)

        def resume() -> Callable[[], None]:
            token = self._at_work.set(flight)
            return lambda: self._at_work.reset(token)

        return resume

    def wants(self, kind: type[Event]) -> bool:
        """All of them."""
        return True

    def observe(self, event: Event) -> None:
        """Take note of one event, and write the lines that the log has of it."""
        flight = self._about(event)
        if flight is not None:
            flight.events.append(event)
            if isinstance(event, HookFailed):
                _tell(flight.calls, event)
            elif isinstance(event, Exchange | Dropped | Malformed | HandlingFailed):
                flight.end = event
        self._told_of = flight
        if self._event_log.wants(type(event)):
            self._event_log.observe(event)
            self._event_log.flush()
        self._told_of = None

    def digest(self) -> None:
        """Write how often each trouble came again; called by a timer."""
        self._event_log.digest()

    def __call__(self, event: LogEvent) -> None:
        """One line, of the server or of a site's code."""
        level = event["log_level"]
        if level not in self._levels:
            return
        line = f"{_NAMES.get(level, level.name.upper())} : {formatEvent(event)}"
        self.lines.append(line)
        flight = self._at_work.get() or self._told_of or (self._flights[-1] if self._flights else None)
        if flight is not None:
            flight.lines.append(line)

    def _of(self, local: Local) -> Flight | None:
        return next((flight for flight in self._flights if flight.local is local), None)

    def _about(self, event: Event) -> Flight | None:
        arrival: Any = getattr(event, "arrival", None)
        if arrival is not None:
            return self._of(arrival.local)
        client = getattr(event, "mac", None)
        newest = self._flights[-1] if self._flights else None
        if client and not (newest is not None and newest.arrives and newest.client == client):
            return next((flight for flight in self._flights if flight.client == client), None)
        return newest


def _tell(calls: list[Call], event: HookFailed) -> None:
    """What failed is the last call of that function; a changed reply that is none is the last editor's."""
    call = next((call for call in reversed(calls) if call.name == event.hook), calls[-1] if calls else None)
    if call is not None:
        call.problem = event.problem
        call.trace = call.trace or event.trace
