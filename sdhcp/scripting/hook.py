"""One function of a site's that takes part in answering: called, timed, and told of when it fails."""

import traceback
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Final

from twisted.internet.defer import CancelledError, Deferred, TimeoutError
from twisted.python.failure import Failure

from ..backends.site_code import raised
from ..backends.workers import Workers
from ..events import HookFailed, HookSlow
from ..interfaces import IServerReactor, SiteCodeFailed, SourceError

SLOW: Final = 0.05
"""Seconds for which a function may hold the thread that answers clients, without being told of."""
TOO_SLOW: Final = 1.0
"""Seconds after which a function is called in a thread from then on."""
THREADS: Final = 32
"""Calls of one function at a time, where it is called in threads."""
DEADLINE: Final = 4.0
"""Seconds after which an answer is of no use, because its client has asked again."""

TRACE_EVERY: Final = 60.0
"""Seconds after which the traceback of the same failure is told again."""
_KINDS: Final = 256
_FRAMES: Final = 40
"""Frames of a traceback that are told: what calls itself without an end would fill the log."""


class Failures:
    """Tells what a site's code has raised.

    :param folder: where the site's files are.
    :param publish: takes events; :param clock: seconds of a monotonic clock.
    """

    def __init__(
        self, folder: str, publish: Callable[[HookFailed | HookSlow], None], clock: Callable[[], float]
    ) -> None:
        self.publish = publish
        self.clock = clock
        self._folder = folder
        self._traced: dict[tuple[str, type, str], float] = {}

    def tell(self, name: str, error: BaseException, mac: bytes) -> SiteCodeFailed:
        """Tell of one failure; what to raise instead of it."""
        problem = str(raised(name, error, self._folder))
        now = self.clock()
        kind = name, type(error), problem.rpartition("; see ")[2]
        trace = ""
        # A traceback costs more than an answer, and nobody reads the same one a thousand times a second.
        if now - self._traced.get(kind, -TRACE_EVERY) >= TRACE_EVERY:
            if len(self._traced) >= _KINDS:
                self._traced.clear()
            self._traced[kind] = now
            trace = "".join(traceback.format_exception(error, limit=-_FRAMES))
        self.publish(HookFailed(now, name, mac, problem, trace))
        return SiteCodeFailed(problem)


class Hook:
    """A function of a site's.

    :param name: what it is called in messages.
    :param in_threads: whether it is called in threads, which it shares with no other function.
    :ivar in_threads: the same, now.
    """

    def __init__(
        self,
        name: str,
        function: Callable[..., Any],
        in_threads: bool,
        reactor: IServerReactor,
        failures: Failures,
    ) -> None:
        self.name = name
        self._function = function
        self.in_threads = in_threads
        self._workers = Workers(f"site code {name}", reactor, THREADS)
        self._reactor = reactor
        self._failures = failures
        self._clock = failures.clock
        self._is_ending = False

    def stop(self) -> "Deferred[None]":
        """End its threads; fires when they have ended, or are waited for no longer."""
        self._is_ending = True
        return self._workers.stop()

    def call(self, mac: bytes, *arguments: Any) -> Any:
        """What the function gives, or a Deferred that it fires with.

        :param mac: whose packet it is about.
        :raises SiteCodeFailed: if it raises something; the Deferred fails with the same.
        """
        if self.in_threads:
            return self._later(self._workers.call(partial(self._in_a_thread, arguments)), mac)
        start = self._clock()
        result = None
        try:
            result = self._function(*arguments)
            if isinstance(result, Coroutine):
                # It runs, up to where it waits, and may hold the thread as any other.
                result = Deferred.fromCoroutine(result)
        except BaseException as error:  # a site's code ends nothing but its own answer, nor the port that is read
            raise self._failures.tell(self.name, error, mac) from None
        finally:
            seconds = self._clock() - start
            if seconds > SLOW:
                self._tell_slow(seconds, isinstance(result, Deferred))
        if result is True or result is None:
            return result
        return self._later(result, mac) if isinstance(result, Deferred) else result

    def _in_a_thread(self, arguments: tuple[Any, ...]) -> Any:
        result = self._function(*arguments)
        if isinstance(result, Deferred):
            # It may fire at any moment on the reactor's thread, and is nothing for two threads.
            raise TypeError("it gave a Deferred in a thread; put @inline above it, to be called where Deferreds are")
        return result

    def _later(self, deferred: "Deferred[Any]", mac: bytes) -> "Deferred[Any]":
        deferred.addTimeout(DEADLINE, self._reactor)
        deferred.addCallback(self._unless_later, mac)
        return deferred.addErrback(self._failed, mac)

    def _unless_later(self, result: Any, mac: bytes) -> Any:
        """What came from a thread may be a coroutine, which belongs on the reactor's."""
        if isinstance(result, Coroutine):
            return Deferred.fromCoroutine(result).addTimeout(DEADLINE, self._reactor)
        return result

    def _failed(self, failure: Failure, mac: bytes) -> Failure:
        error = failure.value
        if isinstance(error, TimeoutError):
            error = TimeoutError(f"no answer within {DEADLINE:.0f} s; its client has asked again by then")
        elif isinstance(error, CancelledError):
            error = CancelledError("it was cancelled before it had an answer")
        elif isinstance(error, SourceError) and self._is_ending:
            # Its threads are ended, and the site's code has done nothing wrong.
            error = SiteCodeFailed(str(error))
        elif isinstance(error, SourceError):
            error = TimeoutError(str(error))
        if not isinstance(error, SiteCodeFailed):
            error = self._failures.tell(self.name, error or SiteCodeFailed("no reason was given"), mac)
        return Failure(error)

    def _tell_slow(self, seconds: float, waits: bool) -> None:
        moved = seconds > TOO_SLOW and not waits
        if moved:
            # In threads it was called by staticDHCPd, so that a function of a site's can stand it.
            self.in_threads = True
        self._failures.publish(HookSlow(self._clock(), self.name, seconds, moved, waits))


def called(function: Any) -> str:
    """What a function is called in messages."""
    return str(getattr(function, "__qualname__", None) or type(function).__name__).rpartition("<locals>.")[2]
