"""Where log lines end up: the console, or what twistd writes to, LOG_FILE, syslog and the journal."""

import os
from collections.abc import Callable, Iterator, Mapping
from time import monotonic, time
from typing import Any, Final

from twisted.logger import ILogObserver, LogEvent, globalLogPublisher
from zope.interface import implementer

from .config.settings import LogSettings
from .lines.daily_file import DailyFile
from .lines.datagrams import Datagrams, Stream
from .lines.forms import FORMS, for_journal, for_standard_error, for_syslog, for_syslog_elsewhere
from .lines.output import Output, Tell
from .messages import Message
from .ownership import give
from .severity import LEVELS, rank

JOURNAL: Final = "/run/systemd/journal/socket"
_OWN: Final = "sdhcp"
STANDARD_ERROR: Final = 2


def _nobody(level: str, text: str, message: Message) -> None:
    """Tells nobody."""


@implementer(ILogObserver)
class LogOutputs:
    """Takes the server's own log events: to each output by its severity, to everyone else by the console's.

    :param tell: is told once of an output that fails, and once when it works again, on any thread.
    :param wall: seconds since the epoch; :param clock: of a monotonic clock.
    :ivar console: where the lines of libraries are written besides, if that is ours.
    """

    def __init__(
        self,
        settings: LogSettings,
        tell: Tell = _nobody,
        wall: Callable[[], float] = time,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._settings = settings
        self._tell = tell
        self._wall = wall
        self._clock = clock
        self._console_levels = _levels_from(settings.console_severity)
        self._outputs: tuple[Output, ...] = ()
        self._others: _Others | None = None
        self.console: Output | None = None

    def __call__(self, event: LogEvent) -> None:
        """Take one event."""
        for output in self._outputs:
            output(event)
        if event["log_level"] in self._console_levels:
            globalLogPublisher(event)

    def use(self, settings: LogSettings) -> None:
        """Go by other severities; the outputs stay."""
        self._settings = settings
        self._console_levels = _levels_from(settings.console_severity)
        severities = {
            "LOG_FILE": settings.file_severity, "LOG_SYSLOG": settings.syslog_severity,
            "LOG_JOURNAL": settings.journal_severity,
        }  # fmt: skip
        for output in self._outputs:
            output.use(severities[output.name.partition(" ")[0]])
        if self.console is not None:
            self.console.use(settings.console_severity)

    def open(self, owner: tuple[int | None, int | None]) -> list[str]:
        """Open all outputs and give LOG_FILE to (uid, gid); what is wrong with them, a line each."""
        settings, made, problems = self._settings, [], []
        if settings.file:
            file = DailyFile(settings.file, settings.file_history or 0, self._wall)
            made.append(
                Output(
                    f"LOG_FILE {settings.file}", settings.file_severity, FORMS[settings.format], file, self._clock,
                    self._tell,
                )
            )  # fmt: skip
        if settings.syslog is not None:
            form = for_syslog if isinstance(settings.syslog, str) else for_syslog_elsewhere
            sink = Datagrams(settings.syslog)
            made.append(Output("LOG_SYSLOG", settings.syslog_severity, form, sink, self._clock, self._tell))
        if settings.journal:
            sink = Datagrams(JOURNAL)
            made.append(Output("LOG_JOURNAL", settings.journal_severity, for_journal, sink, self._clock, self._tell))
        problems = [problem for problem in [output.open() for output in made] if problem]
        if settings.file:
            try:
                give(settings.file, owner)
            except FileNotFoundError:
                # Told already.
                pass
            except OSError as error:
                text = f"LOG_FILE {settings.file}: cannot be given to the server's user: {error.strerror}"
                problems.append(f"{text}; it may not be rotated")
        self._outputs = tuple(made)
        if made:
            self._others = _Others(self._outputs)
            globalLogPublisher.addObserver(self._others)
        return problems

    def lost(self) -> Iterator[tuple[str, int]]:
        """Lines that each output could not take, since the start."""
        for output in self._outputs:
            yield output.name.partition(" ")[0], output.lost

    def close(self) -> None:
        """Write nothing more to any output of ours."""
        if self._others is not None:
            globalLogPublisher.removeObserver(self._others)
            self._others = None
        for output in self._outputs:
            output.close()


def _levels_from(severity: str) -> frozenset[Any]:
    return frozenset(level for name, level in LEVELS.items() if rank(name) >= rank(severity))


@implementer(ILogObserver)
class _Others:
    """Takes everything that is not the server's own to its outputs."""

    def __init__(self, outputs: tuple[Output, ...]) -> None:
        self._outputs = outputs

    def __call__(self, event: LogEvent) -> None:
        if event.get("log_namespace") != _OWN:
            for output in self._outputs:
                output(event)


def is_journal(number: int, environ: Mapping[str, str]) -> bool:
    """Whether what is written to a file of this process ends in the journal anyway, as systemd says."""
    status = os.fstat(number)
    return environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"


def console_observer(severity: str, form: str = "text", environ: Mapping[str, str] = os.environ) -> Output:
    """Writes log lines to standard error; where that is systemd's journal, with its priorities and without the time."""
    made = for_standard_error if is_journal(STANDARD_ERROR, environ) else FORMS[form]
    return Output("standard error", severity, made, Stream(STANDARD_ERROR), monotonic, _nobody)
