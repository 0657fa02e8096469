"""Who watches this program, systemd or what speaks as it does: told how we are, and keeping our sockets."""

import os
import socket
from collections.abc import Mapping, MutableMapping
from time import clock_gettime_ns
from typing import Any, Final

from twisted.application.service import Service
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall
from zope.interface import implementer

from .events import Event, Reloaded
from .interfaces import IEventObserver
from .sd_notify import NotifySocket
from .transport.handed import HandedSockets, first_environment, handed_over

_MONOTONIC: Final = 1
_LONGEST: Final = 5.0
"""Seconds after which a message that could not be sent is sent again, at the latest."""


@implementer(IEventObserver)
class Supervisor(Service):
    """Tells that we are ready, read our files anew, or stop; and, as often as it wants to hear it, that we live.

    Without ``NOTIFY_SOCKET`` in the environment it does nothing.

    :param environment: what systemd put there is taken out, since it is not meant for programs that we start.
    :param first: the environment of the start, which names the sockets that were handed over.
    :param process: the number of this process.
    :ivar sockets: what the process before us has left.
    """

    def __init__(
        self, environment: MutableMapping[str, str], first: Mapping[str, str], process: int, reactor: IReactorTime
    ) -> None:
        self._notify = NotifySocket(environment.pop("NOTIFY_SOCKET", ""))
        self._interval = _watchdog(environment, process)
        for name in ("WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDNAMES"):
            environment.pop(name, None)
        self.sockets = HandedSockets(handed_over(first, process), self._keep)
        self._status = "starting"
        self._living = LoopingCall(self._live)
        self._living.clock = reactor

    def startService(self) -> None:
        """Begin to tell that the reactor runs."""
        super().startService()
        if self._notify:
            self._notify.send(f"STATUS={self._status}")
            self._living.start(min(self._interval or _LONGEST, _LONGEST))

    def stopService(self) -> None:
        """Tell that we stop."""
        super().stopService()
        if self._living.running:
            self._living.stop()
        self._notify.send("STOPPING=1", "STATUS=stopping")

    def ready(self, status: str) -> None:
        """Clients are served from now on; sockets that nobody has taken are closed."""
        self.sockets.close_rest()
        self._status = status
        self._notify.send("READY=1", f"STATUS={status}")

    def reloading(self) -> None:
        """Files are read anew; to be followed by :meth:`reloaded`."""
        self._notify.send("RELOADING=1", f"MONOTONIC_USEC={clock_gettime_ns(_MONOTONIC) // 1000}")

    def reloaded(self) -> None:
        """Files were read anew, or not, which the event says."""
        self._notify.send("READY=1")

    def wants(self, kind: type[Event]) -> bool:
        """Reloads."""
        return kind is Reloaded

    def observe(self, event: Event) -> None:
        """Say in the status whether what is served is what the files say."""
        if isinstance(event, Reloaded):
            note = f"; as before, since it cannot be read anew: {event.problem}" if event.problem else ""
            self._notify.send(f"STATUS={self._status}{note}")

    def _live(self) -> None:
        self._notify.flush()
        if self._interval:
            self._notify.send("WATCHDOG=1")

    def _keep(self, name: str, opened: socket.socket | None) -> None:
        # What had that name before is of an interface that is gone.
        self._notify.send("FDSTOREREMOVE=1", f"FDNAME={name}")
        if opened is not None:
            # An interface that goes down is no reason to let go of its socket, which is what polling is for.
            self._notify.send("FDSTORE=1", f"FDNAME={name}", "FDPOLL=0", attached=opened)


def supervisor_of_this_process(reactor: IReactorTime) -> Supervisor:
    """What was said to this process in its environment."""
    return Supervisor(os.environ, first_environment(), os.getpid(), reactor)


def _watchdog(environment: Mapping[str, Any], process: int) -> float:
    """Seconds between two signs of life: half of what the supervisor has patience for; 0 if it wants none."""
    patience = environment.get("WATCHDOG_USEC", "")
    if environment.get("WATCHDOG_PID", str(process)) != str(process) or not patience.isdecimal():
        return 0.0
    return int(patience) / 2e6
