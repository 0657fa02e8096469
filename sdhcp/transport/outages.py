"""Ways out that do not work now: told once, left alone for a while, and told again when they work."""

from collections.abc import Callable
from typing import Final, NamedTuple

from ..events import ServerMessage
from ..messages import INTERFACE

RETRY: Final = 2.0
"""Seconds for which a way that failed is not tried."""
MOST: Final = 64
"""Ways that are remembered; the oldest is forgotten, and told of once more if it fails again."""


class _Outage(NamedTuple):
    """What was told of a way, and when it last failed."""

    text: str
    since: float


class Outages:
    """Remembers which ways do not work.

    :param clock: seconds of a monotonic clock.
    """

    def __init__(self, clock: Callable[[], float], publish: Callable[[ServerMessage], None]) -> None:
        self._clock = clock
        self._publish = publish
        self._ways: dict[str, _Outage] = {}

    def off(self, way: str) -> bool:
        """Whether a way failed less than :data:`RETRY` ago."""
        outage = self._ways.get(way)
        return outage is not None and self._clock() - outage.since < RETRY

    def failed(self, way: str, text: str) -> None:
        """A way failed; the text is told unless it is what was told of it last."""
        before = self._ways.get(way)
        if before is None and len(self._ways) >= MOST:
            del self._ways[next(iter(self._ways))]
        now = self._clock()
        self._ways[way] = _Outage(text, now)
        if before is None or before.text != text:
            self._publish(ServerMessage(now, "ERROR", text, INTERFACE.id))

    def works(self, way: str, text: str) -> None:
        """A way was used; the text is told if it had failed."""
        if self._ways and self._ways.pop(way, None) is not None:
            self._publish(ServerMessage(self._clock(), "WARN", text, INTERFACE.id))
