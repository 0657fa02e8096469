"""What answers clients by one conf.py, and watches over it: put to work and taken out as a whole."""

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Final

from twisted.application.service import MultiService
from twisted.internet.defer import Deferred, DeferredList, maybeDeferred
from twisted.internet.task import deferLater

from ..interfaces import IDefinitionSource, ILayered, IReadAhead, IRemoteSource, IServerReactor, IWarns
from ..responder import Responder
from ..scripted import ScriptedResponder
from ..source_health import SourceHealth
from ..timers import Regularly, StepByStep

WATCH_INTERVAL: Final = 1.0
"""Seconds between two looks whether the source is well."""
SHED_INTERVAL: Final = 60.0
"""Seconds between two looks at what full tables have let go."""
AHEAD_INTERVAL: Final = 10.0
"""Seconds after which a source that has changed is read ahead anew, at the earliest."""
AHEAD_PAUSE: Final = 0.01
"""Seconds between two steps of that, each of which takes a fraction of a millisecond."""
_LOOK: Final = 0.05
_LONGEST: Final = 30.0
"""Seconds for which packets are waited for: a lookup and several hooks, each to its own deadline."""


class Serving(MultiService):
    """A source with who answers by it.

    :param publish: takes events; :param tell: takes a severity and a line for the log.
    """

    def __init__(
        self,
        source: IDefinitionSource,
        responder: Responder,
        publish: Callable[..., None],
        tell: Callable[[str, str], None],
        reactor: IServerReactor,
    ) -> None:
        super().__init__()
        self.source = source
        self.responder = responder
        self._say = tell
        self._reactor = reactor
        self._is_started = False
        self._warned: tuple[str, ...] = ()
        watched = [(responder.tell_what_was_shed, SHED_INTERVAL), (responder.source_health.watch, WATCH_INTERVAL)]
        if ILayered.providedBy(source):
            watched += [(SourceHealth(one, publish, perf_counter).watch, WATCH_INTERVAL) for one in source.layers()]
        watched.append((self._watch_warnings, WATCH_INTERVAL))
        for function, interval in watched:
            Regularly(function, interval, reactor).setServiceParent(self)
        if IReadAhead.providedBy(source):
            StepByStep(source.read_ahead, AHEAD_INTERVAL, AHEAD_PAUSE, reactor).setServiceParent(self)

    def open(self) -> None:
        """Have the source hold its connections, and what it can read ahead be read."""
        if IRemoteSource.providedBy(self.source):
            self._is_started = True
            self.source.start()
        if IReadAhead.providedBy(self.source):
            for _ in self.source.read_ahead():
                pass

    def is_open_already(self) -> None:
        """Somebody has started the source."""
        self._is_started = IRemoteSource.providedBy(self.source)

    def close(self, keeps_source: bool = False) -> "Deferred[None]":
        """End what is under way; fires when that is done. Never fails.

        :param keeps_source: whether somebody else goes on with the source.
        """
        stopping: list[Deferred[None]] = []
        if isinstance(self.responder, ScriptedResponder):
            stopping.append(maybeDeferred(self.responder.stop))
        if self._is_started and not keeps_source and IRemoteSource.providedBy(self.source):
            stopping.append(maybeDeferred(self.source.stop))
        self._is_started = False
        return DeferredList(stopping, consumeErrors=True).addCallback(lambda _: None)

    async def finish(self, keeps_source: bool) -> None:
        """As :meth:`close`, once no packet waits for anything here."""
        waited = 0.0
        while not self.responder.is_idle and waited < _LONGEST:
            await deferLater(self._reactor, _LOOK)
            waited += _LOOK
        await self.close(keeps_source)

    def tell_warnings(self, told: Sequence[str] = ()) -> None:
        """Tell what the source warns of, but for what was told before."""
        if IWarns.providedBy(self.source):
            warnings = tuple(self.source.warnings)
            for warning in warnings:
                if warning not in told:
                    self._say("WARN", warning)
            self._warned = warnings

    def _watch_warnings(self) -> None:
        self.tell_warnings(self._warned)
