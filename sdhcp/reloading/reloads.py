"""Reads conf.py and the sources anew while the server runs: all of it, or nothing."""

import gc
import os
import traceback
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from time import perf_counter
from typing import Any, Final

from twisted.internet.defer import Deferred, succeed
from twisted.internet.threads import deferToThreadPool
from twisted.python.failure import Failure

from ..config import ConfigurationError
from ..config.difference import Change, Outcome, snapshot_of
from ..events import Reloaded
from ..hooks import InitFailed
from ..interfaces import IReloadable, SourceError, SourceLoadError
from ..scripting.site import site_of
from ..scripting.site_modules import SiteModules
from .candidate import Candidate, InForce, NotReadable, load_candidate
from .in_force import snapshot_in_force, sorted_out
from .running import Running
from .swap import Swapped, ready, stop, swap, take_assigned

FAULTS: Final = 20
"""Faults that are told one by one; the others are counted."""
CHANGES: Final = 50
"""Changes that are told one by one."""
SLOW: Final = 30.0
"""Seconds after which a conf.py that is executed still is told of: nothing can end it."""
CONF: Final = "conf.py"

Stamps = dict[str, tuple[int, int, int]]


class Reloads:
    """What is done at SIGHUP, one after the other.

    :param cwd: the folder that the server was started in.
    """

    def __init__(self, running: Running, cwd: str) -> None:
        self._running = running
        self._cwd = cwd
        configuration = running.configuration
        self._has_conf = configuration.site.module is not None
        self._modules = SiteModules(configuration.source.folder)
        # Before init() of conf.py, which may change what it holds.
        snapshot = snapshot_of(configuration)
        self._in_force = InForce(configuration, snapshot, {}, snapshot)
        self._wanted: list[tuple[Deferred[Outcome], bool]] = []
        self._asked: list[Deferred[Outcome]] = []
        self._is_busy = self._is_over = False
        self._was_refused = False
        self._leaving: list[Swapped] = []
        self._stamps: Stamps = {}
        self._waiting: tuple[Change, ...] = ()

    def remember_files(self) -> None:
        """Take note of the site's files as they are; when ``init()`` has imported what it needs."""
        if self._has_conf:
            self._in_force = self._in_force._replace(files=self._modules.digests())
            self._stamps = stamps_of(self._in_force.files)

    def reload(self) -> "Deferred[Outcome]":
        """Call the site's functions that want to know, then read conf.py and the source anew; fires with the outcome.

        What is not in order leaves everything as it was. Calls while one is under way cause one more afterwards, and
        fire with that. Never fails.
        """
        return self._want(True)

    def reread(self) -> "Deferred[Any]":
        """The same without the site's functions, for the site's thread, for which nothing may wait meanwhile."""
        is_busy = self._is_busy
        wanted = self._want(False)
        return succeed(None) if is_busy else wanted

    def check(self) -> "Deferred[Outcome]":
        """See what :meth:`reload` would change, without changing anything. conf.py is executed. Never fails."""
        done: Deferred[Outcome] = Deferred()
        self._asked.append(done)
        self._next()
        return done

    def take_assigned(self, name: str, value: Any) -> None:
        """A site's code has changed a setting."""
        if self._running.serving is not None:
            take_assigned(self._running.serving.responder, name, value, self._running)

    def stop(self) -> "list[Deferred[Any]]":
        """End at once what answered before; what fires when that is done."""
        self._is_over = True
        leaving, self._leaving = self._leaving, []
        return [one.old.close(one.keeps_source) for one in leaving]

    def _want(self, calls: bool) -> "Deferred[Outcome]":
        if self._is_over:
            return succeed(Outcome())
        done: Deferred[Outcome] = Deferred()
        self._wanted.append((done, calls))
        self._next()
        return done

    def _next(self) -> None:
        if self._is_busy or self._is_over:
            return
        doing: Callable[[], Any]
        if self._wanted:
            wanted, self._wanted = self._wanted, []
            waiting = [done for done, _ in wanted]
            doing = lambda: self._reload(any(calls for _, calls in wanted))  # noqa: E731
        elif self._asked:
            waiting, self._asked = self._asked, []
            doing = self._check
        else:
            return
        self._is_busy = True
        Deferred.fromCoroutine(doing()).addErrback(self._broken).addCallback(self._done, waiting)

    def _done(self, outcome: Outcome, waiting: "Sequence[Deferred[Outcome]]") -> None:
        self._is_busy = False
        for done in waiting:
            done.callback(outcome)
        self._next()

    def _broken(self, failure: Failure) -> Outcome:
        """A fault of our own; nothing is to come of it but a line in the log."""
        trace = "".join(traceback.format_exception(failure.value)) if failure.value is not None else ""
        self._running.tell("CRITICAL", f"conf.py could not be read anew: {failure.getErrorMessage()}\n{trace}")
        return Outcome((failure.getErrorMessage(),))

    async def _load(self) -> Candidate:
        running = self._running
        pool = running.reactor.getThreadPool()
        loading: Deferred[Candidate] = deferToThreadPool(
            running.reactor, pool, load_candidate, self._in_force, self._cwd, running.reactor, perf_counter
        )
        slow = running.reactor.callLater(SLOW, self._tell_slow)
        try:
            return await loading
        finally:
            if slow.active():
                slow.cancel()

    def _tell_slow(self) -> None:
        text = f"conf.py is being executed for {SLOW:.0f} s; nothing is read anew before it has ended"
        self._running.tell("ERROR", text)

    async def _check(self) -> Outcome:
        if not self._has_conf:
            return Outcome()
        try:
            candidate = await self._load()
            if not candidate.keeps_source:
                await stop(await ready(candidate, self._running))
        except NotReadable as error:
            return Outcome((f"{error}: the server's user may not read it",))
        except (ConfigurationError, SourceError) as error:
            return Outcome(_problems(error))
        running, new = self._running, candidate.configuration
        has_own = new.site.module is not None and bool(site_of(new.site.module).pools)
        fit = running.pools is not None and running.pools.can_lend_by(new, has_own)
        changes = sorted_out(candidate.changes, running.configuration, new, fit)
        return Outcome((), changes, self._short(candidate.changed_files), new.notices)

    async def _reload(self, calls: bool) -> Outcome:
        running = self._running
        if calls:
            await running.site_thread.reinitialise()
        if not self._has_conf:
            return await self._reread_source()
        stamps = stamps_of(self._in_force.files)
        if stamps == self._stamps and not self._was_refused:
            # Files that nobody has touched say what they said, and may do more than that when they are executed.
            outcome = await self._reread_source(" and conf.py is as it was")
            return outcome._replace(changes=self._waiting)
        try:
            candidate = await self._load()
        except NotReadable as error:
            running.tell("WARN", f"{error}: the server's user may not read it; its settings are as they were")
            return await self._reread_source()
        except (ConfigurationError, SourceError) as error:
            return self._refuse(_problems(error))
        if not candidate.differs:
            self._accepted()
            self._stamps = stamps
            # What was swapped is not among them any more.
            self._waiting = tuple(change._replace(waits=True) for change in candidate.changes)
            outcome = await self._reread_source(" and conf.py is as it was")
            return outcome._replace(changes=self._waiting)
        try:
            swapped = await swap(running, candidate)
        except (ConfigurationError, InitFailed, SourceError) as error:
            return self._refuse(_problems(error))
        except Exception as error:  # whatever a site's code is at fault for, the old one serves on
            trace = "".join(traceback.format_exception(error)).rstrip()
            running.tell("ERROR", f"conf.py could not be put in place: {trace}")
            return self._refuse((f"{type(error).__name__}: {error}",))
        self._stamps = {
            **stamps_of(self._modules.digests()),
            **{one: stamp for one, stamp in stamps.items() if one in candidate.files},
        }
        self._waiting = tuple(change for change in swapped.changes if change.waits)
        return self._follow(candidate, swapped)

    def _follow(self, candidate: Candidate, swapped: Swapped) -> Outcome:
        """Tell what was swapped, and let what answered before come to its end."""
        running = self._running
        self._in_force = InForce(
            running.configuration,
            snapshot_in_force(self._in_force.snapshot, candidate.snapshot, swapped.changes),
            {**self._modules.digests(), **candidate.files},
            candidate.snapshot,
        )
        outcome = Outcome((), swapped.changes, self._short(candidate.changed_files), candidate.configuration.notices)
        for text in told(outcome):
            running.tell("WARN", text)
        for notice in outcome.notices:
            running.tell("WARN", notice)
        self._was_refused = True
        self._accepted()
        serving = running.serving
        if serving is not None:
            if IReloadable.providedBy(serving.source) or not swapped.keeps_source:
                running.publisher.publish(Reloaded(perf_counter(), serving.source.name, ""))
            serving.tell_warnings()
            if self._is_over:
                # The server has ended meanwhile, and nobody else closes it.
                serving.close()
        self._leaving.append(swapped)
        finishing = Deferred.fromCoroutine(swapped.old.finish(swapped.keeps_source))
        finishing.addBoth(lambda _: self._left(swapped))
        return outcome

    def _left(self, swapped: Swapped) -> None:
        if swapped in self._leaving:
            self._leaving.remove(swapped)
        # Modules and functions of a conf.py hold each other.
        gc.collect()

    async def _reread_source(self, also: str = "") -> Outcome:
        """Read the source anew, and nothing else."""
        running = self._running
        serving = running.serving
        if serving is None:
            return Outcome()
        name = serving.source.name
        if not IReloadable.providedBy(serving.source):
            running.tell("WARN", f"nothing to read anew: {name} is asked for each client{',' if also else ''}{also}")
            if running.leases is not None:
                running.leases.look_for_reservations()
            return Outcome()
        try:
            await serving.source.reload()
        except SourceError as error:
            return self._refuse(_problems(error), name)
        if running.leases is not None:
            running.leases.look_for_reservations()
        running.publisher.publish(Reloaded(perf_counter(), name, ""))
        serving.tell_warnings()
        return Outcome()

    def _accepted(self) -> None:
        """conf.py is in order, which ends the trouble of one that was not."""
        if self._was_refused:
            self._was_refused = False
            self._running.publisher.publish(Reloaded(perf_counter(), CONF, ""))

    def _refuse(self, problems: Sequence[str], what: str = CONF) -> Outcome:
        if what == CONF:
            self._was_refused = True
        for problem in problems[1:FAULTS]:
            self._running.tell("ERROR", problem)
        more = len(problems) - 1
        text = f"{problems[0]}{f'; and {more} more faults' if more else ''}"
        self._running.publisher.publish(Reloaded(perf_counter(), what, text))
        return Outcome(tuple(problems[:FAULTS]))

    def _short(self, files: Iterable[str]) -> tuple[str, ...]:
        folder = self._running.configuration.source.folder
        return tuple(os.path.relpath(path, folder) for path in files)


def told(outcome: Outcome) -> list[str]:
    """The lines of the log that say what has changed."""
    lines = [f"conf.py: {change}" for change in outcome.swapped[:CHANGES]]
    lines += [f"conf.py: wants a restart: {change}" for change in outcome.waiting[:CHANGES]]
    left = len(outcome.changes) - len(lines)
    if left > 0:
        lines.append(f"conf.py: and {left} more settings")
    if outcome.files:
        lines.append(f"code that was changed: {', '.join(outcome.files[:CHANGES])}")
    return lines


def stamps_of(paths: Iterable[str]) -> Stamps:
    """What tells that somebody has touched files: which one it is, when it was written, how long it is."""
    found: Stamps = {}
    for path in paths:
        with suppress(OSError):
            status = os.stat(path)
            found[path] = (status.st_ino, status.st_mtime_ns, status.st_size)
    return found


def _problems(error: BaseException) -> tuple[str, ...]:
    if isinstance(error, ConfigurationError):
        return tuple(str(problem) for problem in error.problems)
    if isinstance(error, SourceLoadError):
        return error.problems or (str(error),)
    advice = getattr(error, "advice", "")
    return (f"{error}; {advice}" if advice else str(error),)
