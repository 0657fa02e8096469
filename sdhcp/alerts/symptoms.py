"""Which events tell of a trouble that somebody should know of, and in what words."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from ..event_words import foreign_server
from ..events import (
    Declined,
    Event,
    ForeignServer,
    ForeignServerSilent,
    HandlingFailed,
    HookFailed,
    LeaseChanged,
    ObserverFailed,
    PoolExhausted,
    PoolFilled,
    Reloaded,
    ServerMessage,
    SiteCritical,
    SourceFailed,
    SourceRecovered,
)
from ..wire.describe import address, hardware

LONGEST: Final = 2000
"""Characters of a text that come from elsewhere; the rest is cut."""
LONGEST_TRACE: Final = 6000
"""Characters of a traceback; what is left is its end."""
_LEASES: Final = "leases in "
"""How the names of stores of leases begin."""
_CACHES: Final = ("memcached at ", "cache file ", "cache on disk")
"""How the names of caches behind memory begin."""


class Symptom(NamedTuple):
    """One event as a part of a trouble.

    ``kind`` and ``cause`` say of which one. ``whom`` it befell may be "". With ``ends`` the trouble is over; with
    ``tells_end`` something will say so, otherwise it is over when it was not met for a while; one that ``stays`` lasts
    as long as the process. ``lasted`` is how many seconds it had been there, 0 where it has just begun.
    """

    kind: str
    cause: str
    title: str
    what: str = ""
    whom: str = ""
    meanwhile: str = ""
    advice: str = ""
    trace: str = ""
    times: int = 1
    ends: bool = False
    tells_end: bool = False
    stays: bool = False
    lasted: float = 0.0


def symptom(event: Event) -> Symptom | None:
    """What an event says of a trouble; None if nothing."""
    reader = READERS.get(type(event))
    return reader(event) if reader is not None else None


def _line(text: str) -> str:
    """Text on one line, which what others send cannot break."""
    cut = text[:LONGEST]
    if cut.isprintable():
        return cut
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in cut)


def _trace(text: str) -> str:
    return "\n".join(_line(line.removeprefix("  | ")) for line in text[-LONGEST_TRACE:].splitlines())


def _kind(source: str) -> str:
    return "leases" if source.startswith(_LEASES) else "cache" if source.startswith(_CACHES) else "source"


def _source_failed(event: SourceFailed) -> Symptom:
    source, problem = _line(event.source), _line(event.problem)
    advice = _line(event.advice)
    if event.mac:
        return Symptom(
            "client", source, f"{source} fails for some clients", problem, hardware(event.mac),
            "Those clients get no answer; all others are served.",
            advice or "Mend the entries of these clients, or the code that is asked for them.",
        )  # fmt: skip
    kind = _kind(source)
    if kind == "cache":
        return Symptom(
            kind, source, f"{source} cannot be used", problem, "",
            "Clients are served; the source is asked more often, and what is learned now may not outlive the server.",
            advice or "See to it that it can be reached and written to.", tells_end=True,
        )  # fmt: skip
    if kind == "leases":
        return Symptom(
            "leases", source, f"{source} cannot be kept", problem, "clients of pools",
            "Nothing is lent that cannot be kept: clients of pools meet silence and ask again. Those with a "
            "reservation are served.",
            advice or "See to it that the store of leases can be reached and written to.", tells_end=True,
        )  # fmt: skip
    return Symptom(
        "source", source, f"{source} does not answer", problem, "all clients",
        "Clients that had asked before are answered with what is kept of them, if it is kept; others meet silence and "
        "ask again. The source is tried again all the while.",
        advice or "See to it that it can be reached; nothing needs to be done here then.", tells_end=True,
    )  # fmt: skip


def _recovered(event: SourceRecovered) -> Symptom:
    source = _line(event.source)
    return Symptom(_kind(source), source, f"{source} answers again", ends=True, tells_end=True, lasted=event.seconds)


def _hook_failed(event: HookFailed) -> Symptom:
    hook, problem = _line(event.hook), _line(event.problem)
    place = problem.rpartition("; see ")[2]
    return Symptom(
        "hook", f"{hook} {place}", f"site code {hook} fails", problem, hardware(event.mac),
        "Each packet that it fails for gets no answer; all others are served.",
        "Mend the code at the line that is named, and restart the server.", _trace(event.trace),
    )  # fmt: skip


def _handling_failed(event: HandlingFailed) -> Symptom:
    problem = _line(event.problem)
    return Symptom(
        "fault", problem.partition("(")[0], "packets meet a fault in the server", problem, hardware(event.mac),
        "Each such packet gets no answer; all others are served.",
        "Report the traceback to the makers of sdhcp, or mend the source if it is the site's own.",
        _trace(event.trace),
    )  # fmt: skip


def _observer_failed(event: ObserverFailed) -> Symptom:
    observer = _line(event.observer)
    return Symptom(
        "observer", observer, "an observer of events fails", f"{observer} raised something.", "",
        "It gets no more events until the next start; clients are served.",
        "Mend it and restart the server.", _trace(event.trace), stays=True,
    )  # fmt: skip


def _conflict(at: bytes, who: str, what: str, meanwhile: str) -> Symptom:
    return Symptom(
        "conflict", address(at), f"{address(at)} is in use by another host", what, who, meanwhile,
        "Find the host that uses the address without having got it here, and end the conflict.",
    )  # fmt: skip


def _declined(event: Declined) -> Symptom:
    who = hardware(event.mac)
    what = (
        f"{who} declined {address(event.address)} ({_line(event.subnet)}, {event.serial}), since another host has it."
    )
    meanwhile = (
        "An address of a pool is not lent for a while. One that is reserved is offered to its client again, which has "
        "no other."
    )
    return _conflict(event.address, who, what, meanwhile)


def _lease_changed(event: LeaseChanged) -> Symptom | None:
    # What a client declines is told by another event.
    if event.what != "quarantined":
        return None
    lease = event.lease
    what = f"Pool {_line(lease.pool)}, {address(lease.address)}: {_line(lease.evidence)}."
    return _conflict(lease.address, "", what, "The address is not lent for a while; clients get others of the pool.")


def _exhausted(event: PoolExhausted) -> Symptom:
    pools = _line(", ".join(event.pools))
    return Symptom(
        "exhausted", pools, f"no address is left in {pools}", f"Clients ask for an address, and {pools} has none left.",
        hardware(event.mac), "They get none; who has an address keeps it.",
        "Make the pool larger, or its leases shorter.",
    )  # fmt: skip


def _filled(event: PoolFilled) -> Symptom:
    pool = _line(event.pool)
    return Symptom(
        "full", pool, f"pool {pool} is nearly full", f"{event.used} of {event.size} addresses are in use.", "",
        "Addresses are lent as long as there are any.", "Make the pool larger, or its leases shorter.",
        ends=event.over, tells_end=True,
    )  # fmt: skip


def _reloaded(event: Reloaded) -> Symptom:
    what = _line(event.what)
    return Symptom(
        "reload", what, f"{what} could not be read anew", _line(event.problem), "",
        "What was served before is served on, without what has changed since.",
        "Mend what is named, and have it read anew (SIGHUP).", ends=not event.problem, tells_end=True,
    )  # fmt: skip


def _foreign(event: ForeignServer) -> Symptom:
    heard = event.heard
    server = address(heard.server)
    return Symptom(
        "rogue", server, f"{server} answers DHCP clients and is not known", f"{foreign_server(heard)}.",
        hardware(heard.mac) if heard.mac else "",
        "Clients may take addresses, routers and name servers from it; this server answers as before.",
        "Find the port of the switch that its hardware address is at, and end it. If it is meant to be there, list it "
        "in KNOWN_SERVERS.", times=event.times, tells_end=True,
    )  # fmt: skip


def _foreign_silent(event: ForeignServerSilent) -> Symptom:
    server = address(event.server)
    return Symptom("rogue", server, f"{server} is silent", ends=True, tells_end=True)


def _server_message(event: ServerMessage) -> Symptom | None:
    if event.level not in ("CRITICAL", "FATAL"):
        return None
    text = _line(event.text)
    return Symptom("server", text[:80], text[:120], text, advice="See the log of the server.")


def _site_critical(event: SiteCritical) -> Symptom:
    first, _, further = event.text.partition("\n")
    return Symptom(
        "site", event.cause, _line(first.partition("; see ")[0])[:120], f"{_line(event.logger)}: {_line(first)}", "",
        "The site's code has logged this as critical; what it does then, it knows itself.",
        "See what the site's code means by it.", _trace(further), event.times,
    )  # fmt: skip


READERS: Final[dict[type, Callable[[Any], Symptom | None]]] = {
    SourceFailed: _source_failed,
    SourceRecovered: _recovered,
    HookFailed: _hook_failed,
    HandlingFailed: _handling_failed,
    ObserverFailed: _observer_failed,
    Declined: _declined,
    LeaseChanged: _lease_changed,
    PoolExhausted: _exhausted,
    PoolFilled: _filled,
    Reloaded: _reloaded,
    ForeignServer: _foreign,
    ForeignServerSilent: _foreign_silent,
    ServerMessage: _server_message,
    SiteCritical: _site_critical,
}
"""What reads which events."""
