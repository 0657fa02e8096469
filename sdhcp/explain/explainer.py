"""One packet, answered by responders of the live server's classes that stand beside it: nothing is sent or kept."""

import inspect
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from twisted.internet.defer import Deferred, TimeoutError

from ..client_packets import Packet
from ..engine.abuse import Abuse
from ..engine.policy import Policy
from ..events import Dropped
from ..interfaces import IServerReactor, SourceError
from ..leases.lender import Lender
from ..lending import LendingResponder
from ..model import Arrival, Destination, Local
from ..publisher import Publisher
from ..responder import Responder, client_of
from ..scripted import ScriptedResponder
from ..scripting.hook import Failures
from ..scripting.request import Request
from ..scripting.site_hooks import Part, SiteHooks
from ..scripting.watching import Call, Watch
from ..wire.message import Message
from ..wire.options import address
from .leases import NotedLender
from .notes import End, Note, Notes
from .sources import examined

AT_A_TIME: Final = 4
"""Packets that are explained at a time; more are refused."""
SECONDS: Final = 9.0
"""Seconds after which one is given up, so that who waits at the control socket hears of it."""


@dataclass(frozen=True)
class Explained:
    """What became of one packet.

    ``message`` is None if it is no DHCP message. ``octets`` and ``destination`` are None for silence. ``end`` is the
    event that told of its end. ``level`` is how many packets the client had to its account before, ``block`` why it was
    not heard, "" if it was.
    """

    message: Message | None
    local: Local
    arrival: Arrival
    policy: Policy
    notes: Sequence[Note]
    events: Sequence[Any]
    end: End
    octets: bytes | None
    destination: Destination | None
    found: Sequence[Any]
    lent: Sequence[tuple[Any, str]]
    places: Mapping[str, str]
    link: str
    level: float
    block: str
    source: Any


class Explainer:
    """Explains what the live server would answer now. Functions of the site's code are called; they do what they do.

    :param live: who answers clients.
    :param reactor: times hooks and lookups.
    :param clock: seconds of a monotonic clock, which ``live`` goes by.
    :param folder: where the site's files are.
    """

    def __init__(self, live: Responder, reactor: IServerReactor, clock: Callable[[], float], folder: str) -> None:
        self._live = live
        self._reactor = reactor
        self._clock = clock
        self._folder = folder
        self._under_way = 0

    def explain(self, packet: Packet, local: Local) -> "Deferred[Explained]":
        """Explain one packet that comes in on a side of the server.

        The Deferred fails with :class:`SourceError` if too many are explained already, or if something does not answer
        within :data:`SECONDS`.
        """
        doing: Deferred[Explained] = Deferred.fromCoroutine(self._explain(packet, local))
        return doing

    async def _explain(self, packet: Packet, local: Local) -> Explained:
        if self._under_way >= AT_A_TIME:
            raise SourceError(f"{AT_A_TIME} packets are explained already", passing=True)
        self._under_way += 1
        ended: Deferred[End] = Deferred()
        notes = Notes(ended.callback)
        site: SiteHooks | None = None
        try:
            local = local._replace(hears_broadcasts=packet.to_all)
            data = packet.addressed(local.server_id)
            arrival = Arrival(local, address(packet.source), packet.source_port, self._clock())
            message = packet.message
            publisher = Publisher(self._clock)
            publisher.add(notes)
            responder, site = self._beside(notes, publisher)
            level, block = 0.0, ""
            if message is not None:
                abuse = responder.know_as(self._live, client_of(message))
                level, block = _abuse_of(abuse, client_of(message), arrival.now)
            responder.receive([(data, arrival.address, arrival.port)], local, notes)
            ended.addTimeout(SECONDS, self._reactor)
            try:
                end = await ended
            except TimeoutError:
                raise SourceError(f"no answer within {SECONDS:.0f} s: {_last(notes)}", passing=True) from None
        finally:
            self._under_way -= 1
            if site is not None:
                site.stop()
        octets, to = notes.sent[-1] if notes.sent else (None, None)
        if isinstance(end, Dropped) and end.reason == "blocked":
            block = end.detail
        return Explained(
            message=message,
            local=local,
            arrival=arrival,
            policy=responder.policy,
            notes=tuple(notes.all),
            events=tuple(notes.events),
            end=end,
            octets=octets,
            destination=to,
            found=tuple(notes.found),
            lent=tuple(notes.lent),
            places=notes.places,
            link=notes.link,
            level=level,
            block=block,
            source=self._live.source,
        )

    def _beside(self, notes: Notes, publisher: Publisher) -> tuple[Responder, SiteHooks | None]:
        """A responder as the live one is now, and the site's code that it asks, if it asks any."""
        live, clock, reactor = self._live, self._clock, self._reactor
        source = examined(live.source, notes)
        if not isinstance(live, LendingResponder):
            return Responder(source, live.policy, publisher, clock, reactor), None
        lender = NotedLender(live.lender, notes, publisher.publish) if isinstance(live.lender, Lender) else None
        if not isinstance(live, ScriptedResponder) or not isinstance(live.site, SiteHooks):
            return LendingResponder(source, live.policy, publisher, clock, reactor, lender), None
        watch = Watch(lambda call, request: _begun(notes, call, request))

        def watched(part: Part) -> Part:
            notes.places[part.name] = place_of(part.function, self._folder)
            return watch(part)

        site = live.site.beside(watched, Failures(self._folder, publisher.publish, clock))
        return ScriptedResponder(source, live.policy, publisher, clock, reactor, site, lender), site


def place_of(function: Any, folder: str) -> str:
    """Where a function begins, ``file:line`` as seen from a folder; "" if that cannot be told."""
    function = inspect.unwrap(getattr(function, "__func__", function))
    code = getattr(function, "__code__", None)
    if code is None:
        return ""
    file = code.co_filename
    if folder and file.startswith(os.path.join(folder, "")):
        file = os.path.relpath(file, folder)
    return f"{file}:{code.co_firstlineno}"


def _begun(notes: Notes, call: Call, request: Request) -> Callable[[], Callable[[], None]]:
    notes.add("hook", call.name, call=call)
    return lambda: _nothing


def _nothing() -> None:
    """Nothing is put in place for a call, nor put back."""


def _abuse_of(abuse: Abuse, client: bytes, now: float) -> tuple[float, str]:
    block = abuse.blocks.get(client)
    return abuse.level(client, now), block.reason if block is not None and now < block.until else ""


def _last(notes: Notes) -> str:
    return notes.all[-1].text if notes.all else "nothing was asked"
