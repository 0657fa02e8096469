"""Asking by ARP, on any link of this machine."""

import errno
import os
from collections.abc import Callable
from typing import Any, Final

from twisted.internet.interfaces import IReactorFDSet

from ..wire import arp
from ..wire.errors import WireError
from .lasting_socket import LastingSocket, Purpose
from .links import Links
from .outages import Outages
from .probe_sockets import ProbeSocket

Heard = Callable[[str, bytes, bytes], None]
"""Called with the interface, the address and the hardware address of who says that it uses the address."""

# No interface has a slash in its name, so that none is called as the socket is.
_PURPOSE: Final = Purpose(
    "arp/",
    "addresses on links are not probed by ARP",
    "addresses on links are probed by ARP again",
    "needs CAP_NET_RAW: start as root, or grant it",
)
_NO_ROOM: Final = (errno.ENOBUFS, errno.EAGAIN)
_WORDS: Final = {
    errno.ENODEV: "there is no such interface",
    errno.ENXIO: "there is no such interface",
    errno.ENETDOWN: "the interface is down",
    errno.EPERM: "the system forbids it",
}


class ArpQuestions:
    """Sends ARP probes and hears who claims an address.

    :param open_socket: opens a socket for ARP.
    :param tags: 802.1Q tags of all frames, outermost first, each (pcp, dei, vid).
    """

    def __init__(
        self,
        links: Links,
        outages: Outages,
        open_socket: Callable[[], ProbeSocket],
        tags: tuple[tuple[int, int, int], ...],
        reactor: IReactorFDSet,
        heard: Heard,
    ) -> None:
        self._links = links
        self._outages = outages
        self._tags = tags
        self._heard = heard
        self.socket = LastingSocket(_PURPOSE, open_socket, self._take, outages, reactor)

    def ask(self, interface: str, address: bytes) -> bool:
        """Ask for an address on an interface; False, told once, if that does not work now. Never raises."""
        out = None if self._outages.off(interface) else self.socket.ready()
        if out is None:
            return False
        try:
            own = self._links.ethernet(interface)
            if own is None:
                self._failed(interface, "it carries no Ethernet")
                return False
            out.socket.sendto(arp.probe_frame(own, address, self._tags), (interface, 0))
        except OSError as error:
            if error.errno not in _NO_ROOM:
                self._links.forget()
                self._failed(interface, _WORDS.get(error.errno or 0) or os.strerror(error.errno or 0))
            return False
        self._outages.works(interface, f"addresses on {interface} are probed again")
        return True

    def _take(self, frame: bytes, source: Any) -> None:
        try:
            packet = arp.decode(frame)
        except WireError:
            return
        if packet.claims:
            self._heard(source[0], packet.sender, packet.sender_hardware)

    def _failed(self, interface: str, why: str) -> None:
        self._outages.failed(interface, f"addresses on {interface} are not probed: {why}")
