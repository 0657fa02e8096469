"""One place where lines go: what it takes, and what becomes of it while it cannot."""

from collections.abc import Callable
from threading import RLock
from typing import Final, Protocol

from twisted.logger import ILogObserver, LogEvent
from zope.interface import implementer

from ..messages import OUTPUT_BACK, OUTPUT_FAILED, Message
from ..severity import LEVELS, rank
from .fields import level_of
from .forms import Form

QUIET: Final = 60.0
"""Seconds between two times that an output is told to fail."""

Tell = Callable[[str, str, Message], None]
"""Takes a severity, a text, and the kind of message. Any thread may call it."""


class Sink(Protocol):
    """What octets are written to."""

    def open(self) -> None:
        """Open it, unless it is."""

    def write(self, data: bytes) -> None:
        """Write the octets of a line; raises OSError if it cannot."""

    def close(self) -> None:
        """Close it."""


@implementer(ILogObserver)
class Output:
    """Takes lines from a severity on. Any thread may log; nothing is raised.

    :param name: what operators call it.
    :param clock: seconds of a monotonic clock.
    :param tell: is told once when it fails, and once when it works again.
    :ivar lost: lines that could not be written.
    """

    def __init__(
        self, name: str, severity: str, form: Form, sink: Sink, clock: Callable[[], float], tell: Tell
    ) -> None:
        self.name = name
        self.use(severity)
        self._form = form
        self._sink = sink
        self._clock = clock
        self._tell = tell
        self._lock = RLock()
        self._is_failing = self._was_told = self._is_closed = False
        self._told_at = -QUIET
        self._lost_before = 0
        self.lost = 0

    def use(self, severity: str) -> None:
        """Take lines from another severity on."""
        self._levels = frozenset(level for one, level in LEVELS.items() if rank(one) >= rank(severity))

    def __call__(self, line: LogEvent) -> None:
        """Write one line."""
        if level_of(line) not in self._levels:
            return
        try:
            data = self._form(line)
        except Exception:  # what somebody logs may be anything, and whoever does it is not to suffer
            self.lost += 1
            return
        with self._lock:
            if self._is_closed:
                return
            try:
                self._sink.write(data)
            except OSError as error:
                self.lost += 1
                self._failed(error)
                return
            if self._is_failing:
                self._works()

    def open(self) -> str:
        """Open it; "" or what is wrong, which it tells nobody else."""
        with self._lock:
            try:
                self._sink.open()
            except OSError as error:
                self._is_failing = self._was_told = True
                self._told_at = self._clock()
                return self._problem(error)
            return ""

    def close(self) -> None:
        """Write nothing more."""
        with self._lock:
            self._is_closed = True
            self._sink.close()

    def _problem(self, error: OSError) -> str:
        return f"{self.name}: {error.strerror or error}; lines are lost until that is over"

    def _failed(self, error: OSError) -> None:
        if not self._is_failing:
            self._is_failing, self._was_told = True, False
            self._lost_before = self.lost - 1
        if not self._was_told and self._clock() - self._told_at >= QUIET:
            self._was_told = True
            self._told_at = self._clock()
            self._tell("ERROR", self._problem(error), OUTPUT_FAILED)

    def _works(self) -> None:
        self._is_failing = False
        if self._was_told:
            lost = self.lost - self._lost_before
            self._tell("WARN", f"{self.name} is written again; {lost} lines were lost", OUTPUT_BACK)
