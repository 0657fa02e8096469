"""One listener for each address of the server: its sockets, opened anew when its interface changes."""

import socket
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from twisted.internet.task import LoopingCall

from ..config.settings import ListenSettings
from ..events import Event, ServerMessage
from ..interfaces import IServerReactor
from ..messages import INTERFACE
from ..model import Local
from . import sockets
from .errors import ListenError
from .handed import HandedSockets
from .interfaces import InterfaceAddress, addresses
from .reader import Reader, Receive
from .sender import FrameSocket, Sender

LOOK: Final = 2.0
"""Seconds between two looks at the interface, which bound how long a changed one goes unserved."""


class _Open(NamedTuple):
    """What is open for one port."""

    readers: tuple[Reader, ...]
    sender: Sender
    sockets: tuple[socket.socket, ...]
    local: Local

    def close(self) -> None:
        """Read no more and let go of the port."""
        for reader in self.readers:
            reader.stop()
        for one in self.sockets:
            one.close()


class Listener:
    """Serves one address of the server, on the DHCP port and, if it is wanted, on the ProxyDHCP port.

    :param broadcasts: whether this listener takes its interface's broadcasts; of several addresses
        on one interface the first does.
    :param handed: what the process before has left open.
    """

    def __init__(
        self,
        address: bytes,
        settings: ListenSettings,
        broadcasts: bool,
        receive: Receive,
        reactor: IServerReactor,
        clock: Callable[[], float],
        publish: Callable[[Event], None],
        handed: HandedSockets,
    ) -> None:
        self._address = address
        self._text = socket.inet_ntoa(address)
        self._settings = settings
        self._broadcasts = broadcasts
        self._receive = receive
        self._reactor = reactor
        self._clock = clock
        self._publish = publish
        self._handed = handed
        self._open: list[_Open] = []
        self._where: tuple[str, int] = ("", 0)
        self._running = False
        self._told = ""
        self._looking = LoopingCall(self._look)
        self._looking.clock = reactor

    def probe(self) -> None:
        """See that no other program has the ports; before any listener's sockets are open.

        :raises ListenError: if one has, or the address is not here.
        """
        here = next((one for one in addresses() if one.address == self._address), None)
        if here is not None:
            for port in (self._settings.server_port, self._settings.proxy_port):
                # Our own from before would be taken for another program's.
                if port is not None and not self._handed.has_port(port):
                    sockets.probe(self._text, port, here.name)

    def bind(self) -> None:
        """Open the sockets.

        :raises ListenError: saying which cannot be opened, why, and what to do.
        """
        found = addresses()
        here = next((one for one in found if one.address == self._address), None)
        if here is None:
            known = ", ".join(f"{socket.inet_ntoa(one.address)} ({one.name})" for one in found) or "none at all"
            raise ListenError(f"DHCP_SERVER_IP: {self._text} is no address of this machine; it has {known}")
        ports = [(self._settings.server_port, False)]
        if self._settings.proxy_port is not None:
            ports.append((self._settings.proxy_port, True))
        try:
            for port, is_proxy in ports:
                self._open.append(self._open_port(here, found, port, is_proxy))
        except (ListenError, OSError):
            self._close()
            raise
        self._where = (here.name, here.number)

    def start(self) -> None:
        """Begin to read."""
        self._running = True
        for opened in self._open:
            for reader in opened.readers:
                reader.start()
        self._looking.start(LOOK, now=False)

    def sides(self) -> Sequence[Local]:
        """The sides of the server that are open here, each as for packets that are sent to its own address."""
        return [opened.local for opened in self._open]

    def stop(self) -> None:
        """Close everything."""
        self._running = False
        if self._looking.running:
            self._looking.stop()
        self._close()

    def _open_port(self, here: InterfaceAddress, found: Sequence[InterfaceAddress], port: int, is_proxy: bool) -> _Open:
        settings = self._settings
        opened: list[socket.socket] = []
        try:
            unicast = self._handed.socket(
                f"unicast-{self._text}-{port}",
                self._text, port, here.name, lambda: sockets.unicast(self._text, port, here.name),
            )  # fmt: skip
            opened.append(unicast)
            frames = self._frames(here)
            if frames is not None:
                opened.append(frames.socket)
            sender = Sender(unicast, self._address, port, here.name, here.number, frames, self._publish, self._clock)
            local = Local(
                server_id=self._address,
                interface=here.name,
                addresses=tuple(one.address for one in found if one.number == here.number),
                port=port,
                client_port=settings.client_port,
                is_proxy=is_proxy,
                loopback=self._address[0] == 127,
                link_layer=frames is not None,
                broadcasts=frozenset(one.broadcast for one in found if one.broadcast is not None),
            )
            readers = [Reader(unicast, local, sender, self._receive, self._reactor, self._trouble)]
            if self._broadcasts:
                everything = self._handed.socket(
                    f"broadcast-{here.number}-{port}", "", port, here.name, lambda: sockets.udp("", port, here.name)
                )
                opened.append(everything)
                heard = local._replace(hears_broadcasts=True)
                readers.append(Reader(everything, heard, sender, self._receive, self._reactor, self._trouble))
        except ListenError:
            for one in opened:
                one.close()
            raise
        return _Open(tuple(readers), sender, tuple(opened), local)

    def _frames(self, here: InterfaceAddress) -> FrameSocket | None:
        settings = self._settings
        if settings.response_interface is None:
            return None
        name = here.name if settings.response_interface == "-" else settings.response_interface
        frames = sockets.frames(name, settings.qtags)
        if frames is None:
            self._tell("WARN", f"{name} carries no Ethernet frames: clients without an address get broadcasts")
        return frames

    def _look(self) -> None:
        try:
            self._follow_interface()
        except OSError as error:
            what = f"cannot look at this machine's addresses: {error.strerror or error}"
            self._tell_once(f"{what}; tried again every {LOOK:.0f} s")
        for opened in self._open:
            opened.sender.tell()

    def _follow_interface(self) -> None:
        """Open everything anew if the address is on another interface than it was, or the interface is a new one.

        :raises OSError: if the system does not say what addresses there are.
        """
        here = next((one for one in addresses() if one.address == self._address), None)
        name, number = self._where
        if here is None:
            # The sockets stay: they hear again as soon as the address is back.
            self._tell_once(f"{self._text} is gone from {name}; its clients are not served until it is back")
        elif here.number != number or not self._open:
            self._open_anew(here)
        elif here.name != name:
            # Sockets are bound to an interface by its number; and privileges to bind others may be gone.
            for opened in self._open:
                for reader in opened.readers:
                    reader.rename(here.name)
            self._where = (here.name, number)
            self._tell("WARN", f"{name} is called {here.name} now; {self._text} is served there as before")
            self._told = ""
        elif self._told:
            self._tell("WARN", f"{self._text} is on {here.name} again and is served")
            self._told = ""

    def _open_anew(self, here: InterfaceAddress) -> None:
        before, self._open = self._open, []
        try:
            self.bind()
        except ListenError as error:
            # What still hears through a relay agent goes on.
            self._open = before
            what = f"{self._text} on {here.name} cannot be served in full: {error}"
            self._tell_once(f"{what}; tried again every {LOOK:.0f} s")
            return
        for one in before:
            one.close()
        for opened in self._open:
            for reader in opened.readers:
                reader.start()
        self._tell("WARN", f"{self._text} is served on {here.name}, whose sockets were opened anew")
        self._told = ""

    def _trouble(self, error: OSError) -> None:
        self._tell_once(f"cannot read from {self._where[0]}: {error.strerror}; its sockets are opened anew")
        self._close()

    def _close(self) -> None:
        for opened in self._open:
            opened.close()
        self._open = []

    def _tell_once(self, text: str) -> None:
        if text != self._told:
            self._told = text
            self._tell("ERROR", text)

    def _tell(self, level: str, text: str) -> None:
        self._publish(ServerMessage(self._clock(), level, text, INTERFACE.id))


def bind_all(listeners: Sequence[Listener]) -> None:
    """Open the sockets of all listeners, or of none.

    :raises ListenError: as :meth:`Listener.bind`.
    """
    for listener in listeners:
        listener.probe()
    try:
        for listener in listeners:
            listener.bind()
    except ListenError:
        for listener in listeners:
            listener.stop()
        raise


def build_listeners(
    settings: ListenSettings,
    receive: Receive,
    reactor: IServerReactor,
    clock: Callable[[], float],
    publish: Callable[[Event], None],
    handed: HandedSockets,
) -> list[Listener]:
    """A listener for each address of the server; nothing is opened yet.

    :param receive: takes every datagram.
    :param clock: seconds of a monotonic clock.
    :param handed: what the process before has left open.
    """
    names = {one.address: one.name for one in addresses()}
    listeners: list[Listener] = []
    heard: set[str] = set()
    for address in settings.addresses:
        name = names.get(address, "")
        first = name not in heard
        heard.add(name)
        listeners.append(Listener(address, settings, first, receive, reactor, clock, publish, handed))
    return listeners
