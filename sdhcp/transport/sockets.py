"""Sockets as a DHCP server needs them, and plain words where the system refuses them."""

import contextlib
import errno
import os
import socket
from typing import Final

from .errors import ListenError
from .interfaces import ETHERNET, LOOPBACK, hardware
from .sender import FrameSocket

RECEIVE_BUFFER: Final = 8 << 20
"""Octets of packets that may wait: the usual buffer is what loses packets long before a server is busy."""
_SO_RCVBUFFORCE: Final = 33


def udp(address: str, port: int, device: str = "") -> socket.socket:
    """A UDP socket on an address and port, "" for any address; bound to an interface if one is named.

    :raises ListenError: saying what is in the way.
    """
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        _enlarge(opened)
        if device:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode() + b"\0")
        opened.bind((address, port))
    except OSError as error:
        opened.close()
        in_use = error.errno == errno.EADDRINUSE
        raise ListenError(_words(error, address or "any address", port, device), in_use) from None
    return opened


def unicast(address: str, port: int, device: str) -> socket.socket:
    """A UDP socket for what is sent to an address, on whichever interface it comes in if that can be.

    It cannot where a server of another interface has the port there; then on the address's own alone.

    :raises ListenError: as :func:`udp`.
    """
    try:
        return udp(address, port)
    except ListenError as error:
        if not error.in_use:
            raise
    return udp(address, port, device)


def probe(address: str, port: int, device: str) -> None:
    """See that a port is free on an interface; a server of another one may have it there.

    :raises ListenError: if it is not. Sockets that share it, as the server's own do, would hide that.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as trial:
        try:
            with contextlib.suppress(PermissionError):
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode() + b"\0")
            trial.bind((address, port))
        except OSError as error:
            raise ListenError(_words(error, address, port, "")) from None


def _enlarge(opened: socket.socket) -> None:
    try:
        opened.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, RECEIVE_BUFFER)
    except PermissionError:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)


def _words(error: OSError, address: str, port: int, device: str) -> str:
    where = f"UDP port {port} of {address}{f' on {device}' if device else ''}"
    if error.errno == errno.EADDRINUSE:
        return f"{where} is in use: end the other DHCP server on this machine, or set another port"
    if error.errno in (errno.EACCES, errno.EPERM):
        if port < 1024:
            return f"{where} needs CAP_NET_BIND_SERVICE and CAP_NET_RAW: start as root, or grant both"
        return f"{where} needs CAP_NET_RAW to be bound to its interface: start as root, or grant it"
    if error.errno == errno.ENODEV:
        return f"{where}: there is no such interface"
    return f"{where} cannot be opened: {os.strerror(error.errno or 0)}"


def frames(name: str, tags: tuple[tuple[int, int, int], ...]) -> FrameSocket | None:
    """A socket for frames on an interface; None if it does not carry Ethernet.

    :raises ListenError: saying what is in the way.
    """
    try:
        kind, own = hardware(name)
    except OSError:
        raise ListenError(f"DHCP_RESPONSE_INTERFACE: there is no interface {name}") from None
    if kind not in (ETHERNET, LOOPBACK):
        return None
    try:
        opened = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC, 0)
    except PermissionError:
        raise ListenError(
            f"needs CAP_NET_RAW to send frames on {name}: start as root, grant it, "
            "or set DHCP_RESPONSE_INTERFACE = None"
        ) from None
    except OSError as error:
        raise ListenError(f"cannot send frames on {name}: {error.strerror}") from None
    try:
        opened.bind((name, 0))
    except OSError as error:
        opened.close()
        raise ListenError(f"cannot send frames on {name}: {error.strerror}") from None
    return FrameSocket(opened, own, tags)
