"""What goes wrong, gathered by its cause: told when it begins, now and then while it lasts, and when it is over."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

from zope.interface import implementer

from ..events import Event
from ..interfaces import IAlertSink, IEventObserver
from .symptoms import READERS, Symptom, symptom
from .trouble import Trouble

ALIKE: Final = 8
"""Troubles of one kind that are told apart, where packets or a site's code decide how many there are."""
BURST: Final = 20
"""Alerts that may be told at once; those that are too many wait, and are counted on meanwhile."""
REFILL: Final = 180.0
"""Seconds after which there may be one more."""


@implementer(IEventObserver)
class AlertBook:
    """Tells sinks of troubles.

    :param sinks: all of them get every alert.
    :param wall: seconds since the epoch.
    :param name: what the names of troubles begin with; no other start of any server should have the same.
    :param traffic: how many packets have come in since the start, and how many got no answer since a source failed.
    """

    def __init__(
        self,
        sinks: Sequence[IAlertSink],
        wall: Callable[[], float],
        name: str,
        traffic: Callable[[], tuple[int, int]] = lambda: (0, 0),
    ) -> None:
        self._sinks = tuple(sinks)
        self._wall = wall
        self._name = name
        self._traffic = traffic
        self._troubles: dict[tuple[str, str], Trouble] = {}
        self._alike: Counter[str] = Counter()
        self._begun = 0
        self._left = float(BURST)
        self._filled: float | None = None

    def wants(self, kind: type[Event]) -> bool:
        """Those that may tell of a trouble."""
        return kind in READERS

    def observe(self, event: Event) -> None:
        """Take note of one event; what it tells of may be told at once."""
        met = symptom(event)
        if met is None:
            return
        now = event.now
        if met.ends:
            trouble = self._troubles.get((met.kind, met.cause))
            if trouble is None or not trouble.on:
                return
            trouble.end(now, met.lasted)
        else:
            trouble = self._meet(met, now)
        self._tell(trouble, now)

    def watch(self, now: float) -> None:
        """Tell what is due; call this about once a second.

        :param now: seconds of the clock that events have theirs from.
        """
        for key, trouble in list(self._troubles.items()):
            trouble.look(now)
            self._tell(trouble, now)
            if trouble.is_forgotten(now):
                del self._troubles[key]
                self._alike[key[0]] -= 1

    def _meet(self, met: Symptom, now: float) -> Trouble:
        key = met.kind, met.cause
        trouble = self._troubles.get(key)
        if trouble is None and not met.tells_end and self._alike[met.kind] >= ALIKE:
            # Whoever sends packets, or site code, decides how many there are: not how many mails.
            met = met._replace(title=f"{met.title}, and further such troubles")
            key = met.kind, ""
            trouble = self._troubles.get(key)
        if trouble is None:
            self._begun += 1
            self._alike[met.kind] += 1
            trouble = self._troubles[key] = Trouble(f"{self._name}.{self._begun}", met, now, self._traffic())
        trouble.meet(met, now)
        return trouble

    def _tell(self, trouble: Trouble, now: float) -> None:
        stage = trouble.due(now)
        if not stage or not self._may_tell(now):
            return
        alert = trouble.tell(stage, now, self._wall(), self._traffic())
        for sink in self._sinks:
            sink.send(alert)

    def _may_tell(self, now: float) -> bool:
        if self._filled is not None:
            self._left = min(BURST, self._left + max(0.0, now - self._filled) / REFILL)
        self._filled = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
