"""A socket that is opened before privileges are given up, and anew when it failed, if that can be."""

from collections.abc import Callable
from typing import Any, NamedTuple

from twisted.internet.interfaces import IReactorFDSet

from .outages import Outages
from .packet_reader import PacketReader
from .probe_sockets import ProbeSocket


class Purpose(NamedTuple):
    """What a socket is for, in the words of the log.

    ``way`` is what it is called among ways out, ``fails`` and ``works`` say what cannot be done without it and can be
    with it, ``needs`` what privileges it takes.
    """

    way: str
    fails: str
    works: str
    needs: str


class LastingSocket:
    """Opens a socket and hands what comes to ``take``.

    :param take: takes a packet and where it came from, as ``recvfrom`` tells it.
    """

    def __init__(
        self,
        purpose: Purpose,
        open_socket: Callable[[], ProbeSocket],
        take: Callable[[bytes, Any], None],
        outages: Outages,
        reactor: IReactorFDSet,
    ) -> None:
        self._purpose = purpose
        self._open_socket = open_socket
        self._take = take
        self._outages = outages
        self._reactor = reactor
        self._reading = False
        self._opened: ProbeSocket | None = None
        self._reader: PacketReader | None = None

    def open(self) -> None:
        """Open it; where that fails it is told, and tried again when it is needed."""
        purpose = self._purpose
        try:
            self._opened = opened = self._open_socket()
        except PermissionError:
            self._outages.failed(purpose.way, f"{purpose.fails}: {purpose.needs}")
        except OSError as error:
            self._outages.failed(purpose.way, f"{purpose.fails}: {error.strerror}")
        else:
            self._outages.works(purpose.way, purpose.works)
            self._reader = PacketReader(opened.socket, self._take, self._reactor, self._trouble)
            if self._reading:
                self._reader.start()

    def start(self) -> None:
        """Begin to read."""
        self._reading = True
        if self._reader is not None:
            self._reader.start()

    def stop(self) -> None:
        """Close it."""
        self._reading = False
        if self._reader is not None:
            self._reader.stop()
            self._reader = None
        if self._opened is not None:
            self._opened.socket.close()
            self._opened = None

    def ready(self) -> ProbeSocket | None:
        """The socket, opened now if it is not; None where that cannot be."""
        if self._opened is None and not self._outages.off(self._purpose.way):
            self.open()
        return self._opened

    def _trouble(self, error: OSError) -> None:
        reading = self._reading
        self.stop()
        self._reading = reading
        self._outages.failed(self._purpose.way, f"{self._purpose.fails}: {error.strerror}")
