"""The ports of a server that waits for its packets itself, in a thread of its own and without a reactor."""

import errno
import os
import select
import socket
from collections.abc import Sequence
from contextlib import suppress
from time import monotonic
from typing import Final, NamedTuple

from ..model import Destination, Local
from ..wire.constants import BROADCAST_ADDRESS
from ..wire.frame import udp_frame
from . import sockets
from .errors import ListenError
from .interfaces import InterfaceAddress, addresses
from .sender import FrameSocket, leaving_on

_HARDWARE_SIZE: Final = 6
_OF_ANOTHER_PACKET: Final = (errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH)
_HARMLESS: Final = frozenset((*_OF_ANOTHER_PACKET, errno.ENETDOWN, errno.ENOBUFS, errno.ENOMEM))
"""What a read may say that says nothing about the socket: the next one may well succeed."""


class Received(NamedTuple):
    """One datagram, where it came from, and the port that it came in on."""

    data: bytes
    address: bytes
    source_port: int
    port: "WaitingPort"


class WaitingPort:
    """One port of an address: what reads it, and the way back.

    :ivar local: the side of the server that packets come in on.
    """

    def __init__(
        self,
        here: InterfaceAddress,
        local: Local,
        frames: FrameSocket | None,
        link_local_only: bool,
    ) -> None:
        self.local = local
        self._frames = frames
        self._broadcast = leaving_on(here.number, here.address)
        text = socket.inet_ntoa(here.address)
        sockets.probe(text, local.port, here.name)
        self._udp = sockets.unicast(text, local.port, here.name)
        try:
            everything = sockets.udp("", local.port, here.name)
        except ListenError:
            self._udp.close()
            raise
        self.sockets = (self._udp, everything)
        # Reads never wait, as they are told; what is sent waits until it can be.
        self._udp.setblocking(True)
        if link_local_only:
            for one in self.sockets:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_DONTROUTE, 1)

    def send(self, data: bytes, destination: Destination) -> int:
        """Send one reply; the octets that were sent, of a frame all of them.

        :raises OSError: if that fails.
        """
        ip, port, hardware, source_port = destination
        if hardware is not None and self._frames is not None and len(hardware) == _HARDWARE_SIZE:
            out, own, tags = self._frames
            source = self.local.server_id
            return out.send(udp_frame(own, hardware, source, source_port or self.local.port, ip, port, data, tags))
        if ip == BROADCAST_ADDRESS:
            return self._udp.sendmsg([data], self._broadcast, 0, ("255.255.255.255", port))
        return self._udp.sendto(data, (socket.inet_ntoa(ip), port))

    def close(self) -> None:
        """Let go of the port."""
        for one in self.sockets:
            one.close()


class WaitingServer:
    """One address of the server, with its ports.

    :param address: the server's.
    :param ports: the DHCP port, and the ProxyDHCP port if there is one.
    :param response_interface: where frames leave, ``-`` for the interface of the address; None for UDP alone.
    :param tags: of frames, (pcp, dei, vid).
    :param link_local_only: whether what is sent goes to hosts of the link alone.
    :raises ValueError: if no interface has the address.
    :raises ListenError: if a socket cannot be opened.
    """

    def __init__(
        self,
        address: bytes,
        ports: Sequence[int],
        client_port: int,
        response_interface: str | None,
        tags: tuple[tuple[int, int, int], ...],
        link_local_only: bool,
    ) -> None:
        found = addresses()
        here = next((one for one in found if one.address == address), None)
        if here is None:
            known = ", ".join(f"{socket.inet_ntoa(one.address)} ({one.name})" for one in found) or "none at all"
            raise ValueError(f"{socket.inet_ntoa(address)} is no address of this machine; it has {known}")
        self._next = 0
        self._frames: FrameSocket | None = None
        self.ports: list[WaitingPort] = []
        if response_interface is not None:
            self._frames = sockets.frames(here.name if response_interface == "-" else response_interface, tags)
        local = Local(
            server_id=address,
            interface=here.name,
            addresses=tuple(one.address for one in found if one.number == here.number),
            client_port=client_port,
            loopback=address[0] == 127,
            link_layer=self._frames is not None,
            broadcasts=frozenset(one.broadcast for one in found if one.broadcast is not None),
        )
        if self._frames is not None:
            self._frames.socket.setblocking(True)
        try:
            for number, port in enumerate(ports):
                side = local._replace(port=port, is_proxy=number > 0)
                self.ports.append(WaitingPort(here, side, self._frames, link_local_only))
        except (ListenError, OSError):
            self.close()
            raise

    def receive(self, timeout: float | None, size: int) -> Received | None:
        """Wait for a datagram; None if there was none in time.

        :param timeout: seconds; None for ever.
        :param size: octets of it that are read at most.
        :raises OSError: if the sockets have failed, or are closed.
        """
        deadline = None if timeout is None else monotonic() + max(0.0, timeout)
        by_number = {one.fileno(): (port, one) for port in self.ports for one in port.sockets}
        if not by_number or -1 in by_number:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        waiting = select.poll()
        for number in by_number:
            waiting.register(number, select.POLLIN)
        while True:
            left = None if deadline is None else max(0.0, deadline - monotonic()) * 1000
            ready = [by_number[number] for number, _ in waiting.poll(left)]
            # All sockets get their turn, however busy one is.
            self._next += 1
            for port, one in ready[self._next % len(ready) :] + ready[: self._next % len(ready)] if ready else ():
                received = _read(port, one, size)
                if received is not None:
                    return received
            if deadline is not None and monotonic() >= deadline:
                return None

    def close(self) -> None:
        """Close everything; nobody may be waiting."""
        for port in self.ports:
            port.close()
        if self._frames is not None:
            self._frames.socket.close()


def _read(port: WaitingPort, one: socket.socket, size: int) -> Received | None:
    """What has come; None if that was nothing after all, as when another thread has read it.

    :raises OSError: if the socket has failed.
    """
    with suppress(BlockingIOError, InterruptedError):
        try:
            data, (address, source_port) = one.recvfrom(size, socket.MSG_DONTWAIT)
        except OSError as error:
            if error.errno in _HARMLESS:
                return None
            raise
        return Received(data, socket.inet_aton(address), source_port, port)
    return None
