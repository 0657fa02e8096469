"""The one thread on which a site's functions are called that take part in no packet."""

import logging
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from time import monotonic
from types import ModuleType
from typing import Any, Final

from twisted.internet.defer import Deferred, succeed
from twisted.internet.threads import blockingCallFromThread

from ..interfaces import IServerReactor
from .faults import Faults, name
from .site import SiteCallbacks

TICK: Final = 1.0
"""Seconds between two rounds of the tick callbacks."""
QUEUE: Final = 10_000
"""Statistics and log lines that may wait; more are let go."""
STUCK: Final = 10.0
"""Seconds after which a function that has not returned is told of, and after which a reload waits for none."""
PATIENCE: Final = 2.0
"""Seconds that the thread is waited for when it is to end."""


class SiteThread:
    """Calls the functions that a site has registered, one after the other.

    What raises is told of, and the others are called all the same. The thread does not keep the process from ending.

    :param conf: the site's conf.py, None if there is none.
    :param tell: takes a severity and a line for the log, on the reactor's thread.
    :param clock: seconds of a monotonic clock.
    :ivar shed: how much was let go because too much waited.
    """

    def __init__(
        self,
        site: SiteCallbacks,
        conf: ModuleType | None,
        reactor: IServerReactor,
        tell: Callable[[str, str], None],
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._site = site
        self._reactor = reactor
        self._say = tell
        self._clock = clock
        self._faults = Faults(conf, clock)
        self._queue: SimpleQueue[tuple[Callable[..., Any], tuple[Any, ...]] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._reload: Callable[[], Deferred[Any]] = _nothing_to_read
        self._reread: Callable[[], Deferred[Any]] = _nothing_to_read
        self._is_reinitialising = False
        self._reactor_thread = threading.get_ident()
        self._ending = False
        self._busy: tuple[Callable[..., Any], float] | None = None
        self._named: tuple[Callable[..., Any], float] | None = None
        self._waiting: dict[Deferred[None], Any] = {}
        self._ended: Deferred[None] | None = None
        self._is_over = False
        self.shed = 0
        self._shed_told = 0

    def start(self, reload: Callable[[], "Deferred[Any]"], reread: Callable[[], "Deferred[Any]"]) -> None:
        """Begin. What a site's code runs, emits or reinitialises from now on goes this way.

        :param reload: what the server does at SIGHUP; ``reread`` the same without the site's own functions.
        """
        self._reactor_thread = threading.get_ident()
        self._reload, self._reread = reload, reread
        self._site.run_all = self.run_all
        self._site.reinitialise = self.reinitialise_now
        self._thread = threading.Thread(target=self._run, name="site", daemon=True)
        self._thread.start()

    def stop(self) -> "Deferred[None]":
        """Begin nothing more; fires when the thread has ended, after :data:`PATIENCE` in any case."""
        self._site.alive = False
        self._ending = True
        ended: Deferred[None] = Deferred()
        waiting, self._waiting = self._waiting, {}
        for deferred, late in waiting.items():
            late.cancel()
            deferred.callback(None)
        if self._thread is None or self._is_over:
            ended.callback(None)
            return ended
        self._queue.put(None)
        self._ended = ended
        late = self._reactor.callLater(PATIENCE, self._tell_ended)
        ended.addCallback(lambda _: late.cancel() if late.active() else None)
        return ended

    def put(self, function: Callable[..., Any], *arguments: Any) -> None:
        """Call a function after what waits already, unless too much does. Any thread may ask."""
        if self._queue.qsize() >= QUEUE or self._ending:
            self.shed += 1
        else:
            self._queue.put((function, arguments))

    @property
    def waiting(self) -> int:
        """Calls that wait."""
        return self._queue.qsize()

    def reinitialise(self) -> "Deferred[None]":
        """Call all functions that want to know that sources are read anew; fires when they have returned.

        After :data:`STUCK` seconds nobody waits for them any longer.
        """
        done: Deferred[None] = Deferred()
        if self._thread is None or self._ending or not self._site.reinit:
            done.callback(None)
            return done
        self._waiting[done] = self._reactor.callLater(STUCK, self._give_up, done)
        self._queue.put((self._reinitialise, (done,)))
        return done

    def reinitialise_now(self) -> float:
        """Read everything anew, for a site's code that asks for it; the seconds that it took.

        On the reactor's thread, which must not wait, it only begins.
        """
        start = self._clock()
        here = threading.get_ident()
        if self._ending:
            return 0.0
        if here == self._reactor_thread:
            self._reload()
        elif self._thread is not None and here == self._thread.ident:
            if self._is_reinitialising:
                logging.getLogger("system").error("a reinitialisation callback cannot reinitialise; it goes on")
                return 0.0
            self._call_reinit()
            _wait(self._reactor, self._reread)
        else:
            _wait(self._reactor, self._reload)
        return self._clock() - start

    def run_all(self, functions: tuple[Callable[..., Any], ...], *arguments: Any) -> None:
        """Call functions one after the other, on the calling thread; what they raise is told of."""
        for function in functions:
            self._call(function, arguments, "callback", "the others are called, and this one the next time too")

    def watch(self) -> bool:
        """Name a function that does not return; whether the site wants the server to go on. Call this each second."""
        busy = self._busy
        if busy is not None and busy is not self._named and self._clock() - busy[1] > STUCK:
            self._named = busy
            what = f"{name(busy[0])} of the site has not returned for {STUCK:.0f} s"
            self._say("ERROR", f"{what}; tick callbacks and statistics wait for it")
        return self._site.alive or self._ending

    def newly_shed(self) -> int:
        """How much was let go since this was asked last."""
        shed = self.shed
        count, self._shed_told = shed - self._shed_told, shed
        return count

    def _run(self) -> None:
        due = self._clock() + TICK
        while not self._ending:
            wait = due - self._clock()
            if wait <= 0:
                self.run_all(self._site.ticks.all())
                self._faults.digest()
                due = max(due + TICK, self._clock())
                continue
            try:
                item = self._queue.get(timeout=wait)
            except Empty:
                continue
            if item is not None:
                self._call(item[0], item[1], "callback", "the next one is called")
            # What was counted is not kept alive by a thread that waits.
            del item
        self._reactor.callFromThread(self._tell_ended)

    def _call(self, function: Callable[..., Any], arguments: tuple[Any, ...], what: str, then: str) -> bool:
        """Call one function; whether it returned."""
        is_own = self._thread is not None and threading.get_ident() == self._thread.ident
        before = self._busy
        if is_own:
            self._busy = (function, self._clock())
        try:
            function(*arguments)
        except BaseException as error:  # a site's function may raise anything, and the others are to be called
            self._faults.happened(what, "system", function, error, then)
            return False
        finally:
            if is_own:
                self._busy = before
        return True

    def _reinitialise(self, done: "Deferred[None]") -> None:
        self._call_reinit()
        self._reactor.callFromThread(self._fire, done)

    def _call_reinit(self) -> None:
        self._is_reinitialising = True
        for function in self._site.reinit.all():
            self._faults.forget(function)
            self._call(function, (), "reinitialisation callback", "the server goes on serving")
        self._is_reinitialising = False

    def _fire(self, done: "Deferred[None]") -> None:
        late = self._waiting.pop(done, None)
        if late is not None:
            late.cancel()
            done.callback(None)

    def _give_up(self, done: "Deferred[None]") -> None:
        del self._waiting[done]
        self._say("WARN", f"reinitialisation callbacks have not returned for {STUCK:.0f} s; sources are read anew now")
        done.callback(None)

    def _tell_ended(self) -> None:
        self._is_over = True
        ended, self._ended = self._ended, None
        if ended is not None:
            ended.callback(None)


def _wait(reactor: IServerReactor, function: Callable[[], "Deferred[Any]"]) -> None:
    call: Callable[..., None] = blockingCallFromThread
    call(reactor, function)


def _nothing_to_read() -> "Deferred[None]":
    return succeed(None)
