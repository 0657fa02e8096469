"""Asking by ICMP echo, for addresses that are behind a router."""

import errno
import os
import socket
from collections.abc import Callable
from typing import Any, Final

from twisted.internet.interfaces import IReactorFDSet

from ..wire import icmp
from ..wire.describe import address as in_words
from ..wire.errors import WireError
from .lasting_socket import LastingSocket, Purpose
from .outages import Outages
from .probe_sockets import ProbeSocket

Heard = Callable[[int, bytes], None]
"""Called with the sequence number of a question and the address that answered it."""

# Neither an interface nor a network has this name.
_PURPOSE: Final = Purpose(
    "icmp/",
    "addresses behind routers are not probed by ICMP",
    "addresses behind routers are probed by ICMP again",
    "needs CAP_NET_RAW, or a group of net.ipv4.ping_group_range",
)
_NO_ROOM: Final = (errno.ENOBUFS, errno.EAGAIN)
_DATA: Final = b"sdhcp asks whether this address is in use"
_ADVICE: Final = {
    errno.ENETUNREACH: "; is there a route to it?",
    errno.EHOSTUNREACH: "; is there a route to it?",
    errno.EPERM: "; does a firewall forbid it?",
    errno.ENETDOWN: "; is the interface up?",
}


class EchoQuestions:
    """Sends echo requests and hears who answers.

    :param open_socket: opens a socket for ICMP echo.
    """

    def __init__(
        self, outages: Outages, open_socket: Callable[[], ProbeSocket], reactor: IReactorFDSet, heard: Heard
    ) -> None:
        self._outages = outages
        self._heard = heard
        self.socket = LastingSocket(_PURPOSE, open_socket, self._take, outages, reactor)

    def ask(self, address: bytes, sequence: int) -> bool:
        """Ask an address for an echo; False, told once, if that does not work now. Never raises."""
        # A route that is missing for one address is seldom there for its neighbours.
        network = f"{in_words(address[:3] + bytes(1))}/24"
        out = None if self._outages.off(network) else self.socket.ready()
        if out is None:
            return False
        question = icmp.encode(icmp.Echo(icmp.ECHO, out.identifier, sequence, _DATA))
        try:
            out.socket.sendto(question, (in_words(address), 0))
        except OSError as error:
            code = error.errno or 0
            if code not in _NO_ROOM:
                why = os.strerror(code) + _ADVICE.get(code, "")
                self._outages.failed(network, f"addresses in {network} are not probed: {why}")
            return False
        self._outages.works(network, f"addresses in {network} are probed again")
        return True

    def _take(self, packet: bytes, source: Any) -> None:
        out = self.socket.ready()
        if out is None:
            return
        try:
            sender, octets = icmp.unpack(packet) if out.whole else (socket.inet_aton(source[0]), packet)
            answer = icmp.decode(octets)
        except WireError:
            return
        if answer.kind == icmp.ECHO_REPLY and answer.identifier == out.identifier and answer.data == _DATA:
            self._heard(answer.sequence, sender)
