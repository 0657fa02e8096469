"""What happens, as server-sent events: made once for all viewers, and only while there are some."""

import logging
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from twisted.internet.interfaces import IDelayedCall, IReactorTime
from zope.interface import implementer

from ..events import Event, LeaseChanged
from ..interfaces import IEventObserver
from .facts import ServerFacts
from .leases import Leases
from .limits import peer
from .log_lines import LogLines
from .packet_rows import row_of
from .packets import Packets
from .pages import readable
from .viewers import Viewer, Viewers, told
from .visit import Problem, visit_of

DASHBOARD: Final = "/live"
"""For who may see the dashboard: its panels and the log."""
EVERYTHING: Final = "/console/live"
"""For who may see the pages below /console/."""
OPEN: Final = ("panels", "log")
TOPICS: Final = (*OPEN, "packets", "counters", "leases")
TURN: Final = 0.5
"""Seconds between two looks at what has come."""
MOST: Final = 20
"""Packets, lines and leases that are told in one turn; of more the last ones are, and how many were left out."""
_SECOND: Final = 2
_HEARTBEAT: Final = 30
"""Turns after which something is sent in any case."""
_DIGITS: Final = 16
_BEAT: Final = b": still here\n\n"
_OVER: Final = object()
_logger: Final = logging.getLogger("web.server")

Panels = Mapping[str, Callable[[], str | None]]


@implementer(IEventObserver)
class Live:
    """Sends viewers what happens.

    :param panels: parts of the dashboard that are made anew each second, by their headings.
    """

    def __init__(
        self,
        facts: ServerFacts,
        packets: Packets,
        lines: LogLines,
        stored: Leases,
        panels: Panels,
        reactor: IReactorTime,
    ) -> None:
        self._facts = facts
        self._packets = packets
        self._lines = lines
        self._leases = stored
        self._panels = panels
        self._reactor = reactor
        self._viewers = Viewers()
        self._turn: IDelayedCall | None = None
        self._turns = 0
        self._packet = self._line = 0
        self._changes: deque[LeaseChanged] = deque(maxlen=MOST)
        self._changed = 0
        self._last: dict[tuple[str, str], bytes] = {}
        self._told: list[tuple[str, bytes]] = []
        self._has_failed = False

    def wants(self, kind: type[Event]) -> bool:
        """Leases that are given back, declined and the like; those that are lent are packets too."""
        return kind is LeaseChanged

    def observe(self, event: Event) -> None:
        """Keep a change of a lease until the next turn, if somebody looks."""
        if self._viewers and isinstance(event, LeaseChanged):
            self._changes.append(event)
            self._changed += 1

    def serve(self, request: Any) -> None:
        """Answer a request for one of the two paths with events, for as long as it is connected.

        Who knows packets up to a number says so with ``after``, and is told of those that came since.
        """
        question = visit_of(request).question
        if request.method != b"GET":
            request.setHeader(b"allow", b"GET")
            raise Problem(405, "This is asked for in another way.")
        may = OPEN if question.path == DASHBOARD else TOPICS
        topics = question.query.get("topic") or may
        if any(topic not in may for topic in topics):
            raise Problem(400, f"There is no such topic here; there are {', '.join(may)}.")
        address = peer(request.getClientAddress())
        if not self._viewers.has_room(address):
            request.setHeader(b"retry-after", b"60")
            raise Problem(503, "Too many look on already; the pages work without that.")
        viewer = Viewer(request, frozenset(topics), self._facts.clock)
        if not self._viewers:
            self._begin()
        self._viewers.add(viewer, address)
        request.notifyFinish().addBoth(self._gone, viewer)
        viewer.begin()
        after = question.first("after")
        if after.isdecimal() and len(after) < _DIGITS and "packets" in viewer.topics:
            if int(after) < self._packets.newest:
                viewer.send(told("packets", self._packets_behind(int(after))))
        # What is told only where it has changed, whoever comes later has to know too.
        for (topic, _), data in self._last.items():
            if topic in viewer.topics:
                viewer.send(data)

    def stop(self) -> None:
        """Send nothing more."""
        if self._turn is not None:
            self._turn.cancel()
            self._turn = None

    def __len__(self) -> int:
        """Viewers."""
        return len(self._viewers)

    def _begin(self) -> None:
        """Somebody looks: what has come before is on the page."""
        self._packet, self._line = self._packets.newest, self._lines.newest
        self._last.clear()
        self._turns = 0
        if self._turn is None:
            self._turn = self._reactor.callLater(TURN, self._tell)

    def _gone(self, _: object, viewer: Viewer) -> None:
        viewer.end()
        self._viewers.remove(viewer)
        if not self._viewers:
            self._changes.clear()
            self._changed = 0
            self.stop()

    def _tell(self) -> None:
        self._turn = None
        self._turns += 1
        try:
            self._tell_what_came()
            if self._turns % _SECOND == 1:
                self._tell_what_stands()
                self._has_failed = False
        except Exception:  # whatever cannot be told now, the next turn comes
            if not self._has_failed:
                _logger.exception("the web console could not tell its viewers what happens")
            self._has_failed = True
        events, self._told = self._told, []
        self._deliver(self._viewers.send(events, _BEAT if self._turns % _HEARTBEAT == 0 else b""))

    def _deliver(self, steps: Iterator[None]) -> None:
        self._turn = None
        is_over = next(steps, _OVER) is _OVER
        if not self._viewers:
            return
        if is_over:
            self._turn = self._reactor.callLater(TURN, self._tell)
        else:
            self._turn = self._reactor.callLater(0, self._deliver, steps)

    def _tell_what_came(self) -> None:
        newest = self._packets.newest
        if newest > self._packet:
            after, self._packet = self._packet, newest
            if self._viewers.want("packets"):
                self._send("packets", self._packets_behind(after))
        newest = self._lines.newest
        if newest > self._line:
            come, self._line = newest - self._line, newest
            if self._viewers.want("log"):
                self._send_lines(self._lines.newest_first(min(come, MOST)), come)
        if self._changed:
            changes = [{"what": one.what, **self._leases.row(one.lease)} for one in reversed(self._changes)]
            self._send("leases", {"leases": changes, "left_out": self._changed - len(changes)})
            self._changes.clear()
            self._changed = 0

    def _packets_behind(self, number: int) -> dict[str, Any]:
        since, newest = self._facts.wall() - self._facts.clock(), self._packets.newest
        numbers = range(newest, max(number, newest - MOST), -1)
        rows = [row_of(kept, since) for kept in map(self._packets.at, numbers) if kept is not None]
        return {"packets": rows, "left_out": newest - number - len(rows)}

    def _send_lines(self, lines: Sequence[tuple[int, str]], come: int) -> None:
        told_lines = [{"severity": number, "text": readable(text)} for number, text in lines]
        self._send("log", {"lines": told_lines, "left_out": come - len(lines)})

    def _tell_what_stands(self) -> None:
        """What is told as it is now, if it has changed."""
        if self._viewers.want("counters"):
            counters = self._facts.counters
            exchanges = [[*key, count] for key, count in sorted(counters.exchanges.items())]
            others = {"dropped": dict(counters.dropped), "malformed": dict(counters.malformed)}
            self._send_changed("counters", {"exchanges": exchanges, **others})
        if self._viewers.want("panels"):
            for name, render in self._panels.items():
                text = render()
                if text is not None:
                    self._send_changed("panels", {"name": name, "text": readable(text)}, name)

    def _send_changed(self, topic: str, value: Any, name: str = "") -> None:
        data = told(topic, value)
        if self._last.get((topic, name)) != data:
            self._last[topic, name] = data
            self._told.append((topic, data))

    def _send(self, topic: str, value: Any) -> None:
        self._told.append((topic, told(topic, value)))
