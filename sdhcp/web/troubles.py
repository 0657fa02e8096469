"""What is wrong now, and what went wrong lately, each once with how often."""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from zope.interface import implementer

from ..event_words import foreign_server
from ..events import (
    Ambiguous,
    Declined,
    Event,
    ForeignServer,
    ForeignServerSilent,
    HandlingFailed,
    HookFailed,
    HookSlow,
    LeaseChanged,
    ObserverFailed,
    OffLink,
    PoolExhausted,
    PoolFilled,
    Reloaded,
    SendFailed,
    ServerMessage,
    Shed,
    SiteCritical,
    SourceFailed,
    SourceRecovered,
)
from ..interfaces import IEventObserver
from ..wire.describe import address, hardware

LATELY: Final = 900.0
"""Seconds for which something that has happened is shown; what lasts is shown until it is over."""
MOST: Final = 64
"""Troubles that are told apart."""
_KINDS: Final = frozenset(
    (
        Ambiguous, Declined, ForeignServer, ForeignServerSilent, HandlingFailed, HookFailed, HookSlow, LeaseChanged,
        ObserverFailed, OffLink, PoolExhausted, PoolFilled, Reloaded, SendFailed, ServerMessage, Shed, SiteCritical,
        SourceFailed, SourceRecovered,
    )
)  # fmt: skip


class Trouble(NamedTuple):
    """One of them: ``severity`` is "critical", "error" or "warn"; ``at`` is when it came last, by the monotonic clock.

    ``lasts`` says that it has not ended.
    """

    severity: str
    text: str
    at: float
    times: int = 1
    lasts: bool = False


@implementer(IEventObserver)
class Troubles:
    """Keeps the troubles of the server.

    :param clock: seconds of a monotonic clock.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._known: OrderedDict[str, Trouble] = OrderedDict()

    def wants(self, kind: type[Event]) -> bool:
        """What tells of troubles, and nothing that every packet causes."""
        return kind in _KINDS

    def observe(self, event: Event) -> None:
        """Take note of one event."""
        for key, severity, text, lasts in _told(event):
            before = self._known.pop(key, None)
            if not severity:
                continue
            times = 1 if before is None or lasts else before.times + 1
            self._known[key] = Trouble(severity, text, event.now, times, lasts)
            if len(self._known) > MOST:
                self._shorten()

    def newest_first(self) -> Iterator[Trouble]:
        """Those that last, and those of the last quarter of an hour."""
        since = self._clock() - LATELY
        return (one for one in reversed(self._known.values()) if one.lasts or one.at >= since)

    def _shorten(self) -> None:
        passing = next((key for key, one in self._known.items() if not one.lasts), None)
        self._known.pop(passing if passing is not None else next(iter(self._known)))


def _told(event: Event) -> Iterator[tuple[str, str, str, bool]]:
    """What is wrong: a key, how bad, in words, and whether it lasts; without a severity, what is over."""
    match event:
        case SourceFailed(_, source, problem, advice, mac):
            advice = f"; {advice}" if advice else ""
            key = f"source {source} {mac.hex()}" if mac else f"source {source}"
            yield key, "critical", f"{source}: {problem}{advice}", not mac
        case SourceRecovered(_, source):
            yield f"source {source}", "", "", False
        case PoolFilled(_, pool, used, size, over):
            text = f"pool {pool}: {used} of {size} addresses are in use"
            yield f"pool {pool}", "" if over else "warn", text, True
        case PoolExhausted(_, pools, mac):
            names = ", ".join(pools)
            yield f"exhausted {names}", "error", f"{hardware(mac)} got no address: none is left in {names}", False
        case Reloaded(_, what, problem):
            yield f"reload {what}", "critical" if problem else "", f"{what} is as it was: {problem}", True
        case ObserverFailed(_, observer):
            yield f"observer {observer}", "critical", f"{observer} raised and gets no more events", True
        case HandlingFailed(_, mac, problem):
            yield f"handling {problem}", "critical", f"a packet from {hardware(mac)} was not answered: {problem}", False
        case HookFailed(_, hook, mac, problem):
            yield f"hook {hook}", "critical", f"{problem}; the packet from {hardware(mac)} was not answered", False
        case HookSlow(_, hook, seconds):
            yield f"slow {hook}", "warn", f"site code {hook} held up all clients for {seconds * 1000:.0f} ms", False
        case Declined(_, mac, declined):
            text = f"{hardware(mac)} declined {address(declined)}: another host uses that address"
            yield f"declined {declined.hex()}", "error", text, False
        case LeaseChanged(_, "quarantined", lease):
            text = f"pool {lease.pool}: {address(lease.address)} is not lent for a while: {lease.evidence}"
            yield f"quarantined {lease.address.hex()}", "warn", text, False
        case SendFailed(_, interface, _, error, _):
            yield f"send {interface} {error}", "error", f"cannot send on {interface}: {error}", False
        case OffLink(_, mac, given, link):
            text = f"{hardware(mac)}: {address(given)} does not belong on the link of {address(link)}"
            yield f"link {mac.hex()}", "warn", text, False
        case Ambiguous(_, mac):
            text = f"{hardware(mac)} has several reservations for one link; the first counts"
            yield f"ambiguous {mac.hex()}", "warn", text, False
        case ForeignServer(_, heard):
            yield f"rogue {heard.server.hex()}", "error", f"a foreign DHCP server: {foreign_server(heard)}", True
        case ForeignServerSilent(_, server):
            yield f"rogue {server.hex()}", "", "", False
        case Shed(_, what, times):
            yield f"shed {what}", "warn", f"let go, since a table was full: {times} {what}", False
        case SiteCritical(_, logger, cause, text):
            yield f"site {logger} {cause}", "critical", f"{logger}: {text.partition(chr(10))[0]}", False
        case ServerMessage(_, level, text) if level in ("ERROR", "CRITICAL"):
            yield f"message {text}", level.lower(), text, False
