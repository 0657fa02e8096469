"""How the probe reaches a server: as a relay agent, as a host with an address, or as a client on a link."""

import errno
import os
import select
import socket
import time
from collections.abc import Callable, Sequence
from typing import Final

from ..wire.errors import WireError
from ..wire.message import Message, decode, encode

FIRST_WAIT: Final = 1.0
"""Seconds until a message is sent again, doubled each time (RFC 2131 section 4.1)."""


class ProbeError(Exception):
    """The probe cannot speak; the text says why and what to do."""


class Way:
    """A socket, and where messages are sent: one address and one or several ports.

    :param named_by: the option of the command line that names ``own``.
    :raises ProbeError: if the socket cannot be opened.
    """

    def __init__(
        self,
        own: str,
        own_port: int,
        server: str,
        ports: Sequence[int],
        interface: str = "",
        named_by: str = "--relay",
    ) -> None:
        self._targets = [(server, port) for port in ports]
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            if interface:
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode() + b"\0")
            self._socket.bind((own, own_port))
        except OSError as error:
            self._socket.close()
            raise ProbeError(_words(error, own, own_port, interface, named_by)) from None
        self.port: int = self._socket.getsockname()[1]

    def ask(self, message: Message, timeout: float, wanted: Callable[[Message], bool]) -> Message | None:
        """Send a message, again and again, until an answer comes that is wanted; None if none does.

        :raises ProbeError: if it cannot be sent.
        """
        deadline = time.monotonic() + timeout
        wait = FIRST_WAIT
        while True:
            self.tell(message)
            until = min(deadline, time.monotonic() + wait)
            answer = self._hear(message.xid, until, wanted)
            if answer is not None or time.monotonic() >= deadline:
                return answer
            wait *= 2

    def tell(self, message: Message) -> None:
        """Send a message once.

        :raises ProbeError: if it cannot be sent.
        """
        data = encode(message)
        for target in self._targets:
            try:
                self._socket.sendto(data, target)
            except ConnectionRefusedError:
                # An earlier datagram met a closed port; another of the ports may be the right one.
                continue
            except OSError as error:
                raise ProbeError(f"cannot send to {target[0]}: {error.strerror}") from None

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def _hear(self, xid: bytes, until: float, wanted: Callable[[Message], bool]) -> Message | None:
        while True:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self._socket], [], [], left)[0]:
                return None
            try:
                data, source = self._socket.recvfrom(65536)
                answer = decode(data)
            except (WireError, ConnectionRefusedError):
                continue
            if answer.op == 2 and answer.xid == xid and wanted(answer):
                if source in self._targets:
                    self._targets = [source]
                return answer


def _words(error: OSError, own: str, port: int, interface: str, named_by: str) -> str:
    where = f"{own or 'any address'} port {port}{f' on {interface}' if interface else ''}"
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"needs root to speak from {where}"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{own} is no address of this machine, so answers to it cannot be heard; name one with {named_by}"
    if error.errno == errno.EADDRINUSE:
        return f"{where} is in use by another program"
    if error.errno == errno.ENODEV:
        return f"there is no interface {interface}"
    return f"cannot speak from {where}: {os.strerror(error.errno or 0)}"
