"""The watch for foreign DHCP servers while the server runs: built from a configuration."""

from collections.abc import Callable, Iterator
from typing import Final

from twisted.application.service import Service
from twisted.internet.task import LoopingCall

from .config import Configuration
from .events import Event, Shed
from .interfaces import IServerReactor
from .publisher import Publisher
from .rogues import ForeignServers
from .transport.foreign_answers import AnswerSystem, ForeignAnswers

WATCH: Final = 1.0
"""Seconds between two looks whether somebody is silent."""
TELL_LOST: Final = 60.0
"""Seconds between two looks at what was let go."""
MISSED: Final = 3
"""Answers to its own questions that a server may owe before it is taken to be gone."""


class RogueWatch(Service):
    """Listens for other servers, and asks for them if conf.py wants it; nothing at all if it wants no watch.

    :param clock: seconds of a monotonic clock, which events have theirs from.
    """

    def __init__(
        self,
        configuration: Configuration,
        publisher: Publisher,
        reactor: IServerReactor,
        clock: Callable[[], float],
        system: AnswerSystem | None = None,
    ) -> None:
        rogue, listen = configuration.rogue, configuration.listen
        self._clock = clock
        self._publish: Callable[[Event], None] = publisher.publish
        self._told: dict[str, int] = {}
        self._answers: ForeignAnswers | None = None
        self._loops: list[tuple[LoopingCall, float, bool]] = []
        if not rogue.watch or all(one[0] == 127 for one in listen.addresses):
            return
        known = rogue.known.union(listen.addresses)
        self._answers = answers = ForeignAnswers(listen, known, reactor, clock, self._publish, system)
        silence = float(max(rogue.silence, MISSED * rogue.probe))
        self._servers = ForeignServers(known, answers.is_own, silence, self._publish)
        publisher.add(self._servers)
        loops: list[tuple[Callable[[], None], float, bool]] = [
            (self._watch, WATCH, False),
            (self._tell_lost, TELL_LOST, False),
        ]
        if rogue.probe:
            loops.append((answers.ask, float(rogue.probe), True))
        for function, interval, at_once in loops:
            loop = LoopingCall(function)
            loop.clock = reactor
            self._loops.append((loop, interval, at_once))

    def privilegedStartService(self) -> None:
        """Open the socket; where that is refused it is told, and the server serves without."""
        super().privilegedStartService()
        if self._answers is not None:
            self._answers.open()

    def startService(self) -> None:
        """Begin to listen."""
        super().startService()
        if self._answers is not None:
            self._answers.start()
        for loop, interval, at_once in self._loops:
            loop.start(interval, now=at_once)

    def stopService(self) -> None:
        """Listen no more."""
        super().stopService()
        for loop, *_ in self._loops:
            if loop.running:
                loop.stop()
        if self._answers is not None:
            self._answers.stop()

    def _watch(self) -> None:
        if self._answers is not None:
            self._answers.look()
        self._servers.watch(self._clock())

    def _tell_lost(self) -> None:
        for what, total in self._shed():
            count = total - self._told.get(what, 0)
            if count:
                self._told[what] = total
                self._publish(Shed(self._clock(), what, count))

    def _shed(self) -> Iterator[tuple[str, int]]:
        yield from self._servers.shed()
        if self._answers is not None:
            yield from self._answers.shed()
