"""What a site's code logs as CRITICAL, on whatever thread, as events on the server's own."""

import logging
import threading
from collections.abc import Callable
from typing import Final

from ..events import SiteCritical

CAUSE: Final = "sdhcp_cause"
"""The attribute of a record that says what it is about; without it that is where it was logged."""
TIMES: Final = "sdhcp_times"
"""The attribute of a record that says how many cases it stands for."""
MOST: Final = 64
"""Records that are told apart between two rounds; what is more is counted with the last of them."""


class SiteCriticals:
    """Gathers records that are alike, so that a thread that logs without end costs the server one call a round.

    :param soon: calls a function on the reactor's thread; may be called on any.
    :param publish: takes events, on the reactor's thread.
    :param clock: seconds of a monotonic clock.
    """

    def __init__(
        self,
        soon: Callable[[Callable[[], None]], object],
        publish: Callable[[SiteCritical], None],
        clock: Callable[[], float],
    ) -> None:
        self._soon = soon
        self._publish = publish
        self._clock = clock
        self._lock = threading.Lock()
        self._gathered: dict[tuple[str, str], SiteCritical] = {}

    def add(self, record: logging.LogRecord, text: str) -> None:
        """Take one record with its text. Any thread may call this."""
        cause = str(getattr(record, CAUSE, f"{record.name} {record.pathname}:{record.lineno}"))
        times = int(getattr(record, TIMES, 1))
        with self._lock:
            is_first = not self._gathered
            key = cause, text
            if key not in self._gathered and len(self._gathered) >= MOST:
                key = next(reversed(self._gathered))
            known = self._gathered.get(key)
            if known is None:
                self._gathered[key] = SiteCritical(self._clock(), record.name, cause, text, times)
            else:
                self._gathered[key] = known._replace(times=known.times + times)
        if is_first:
            self._soon(self._tell)

    def _tell(self) -> None:
        with self._lock:
            gathered, self._gathered = self._gathered, {}
        for event in gathered.values():
            self._publish(event)
