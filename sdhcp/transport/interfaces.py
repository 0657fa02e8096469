"""The interfaces of this machine and their IPv4 addresses, asked of the kernel (RFC 3549)."""

import fcntl
import os
import socket
import sys
from collections.abc import Iterator
from struct import Struct
from typing import Final, NamedTuple

ETHERNET: Final = 1
LOOPBACK: Final = 772

_GET_ADDRESS: Final = 22
_NEW_ADDRESS: Final = 20
_ERROR: Final = 2
_DONE: Final = 3
_DUMP: Final = 0x301
_HEADER: Final = Struct("=IHHII")
_ADDRESS: Final = Struct("=BBBBI")
_ATTRIBUTE: Final = Struct("=HH")
_IFA_ADDRESS: Final = 1
_IFA_LOCAL: Final = 2
_GET_HARDWARE: Final = 0x8927
_PATIENCE: Final = 1.0
"""Seconds: the kernel answers within microseconds, or something is badly wrong."""


class InterfaceAddress(NamedTuple):
    """One address: 4 bytes, the length of its prefix, its interface's name and index."""

    address: bytes
    prefix: int
    name: str
    number: int

    @property
    def broadcast(self) -> bytes | None:
        """The address that reaches all hosts of its network; None where there is none (RFC 3021)."""
        hosts = (1 << (32 - self.prefix)) - 1
        return (int.from_bytes(self.address, "big") | hosts).to_bytes(4, "big") if hosts > 1 else None


def addresses() -> list[InterfaceAddress]:
    """All IPv4 addresses of this machine, or rather of this network namespace.

    :raises OSError: if the kernel does not tell.
    """
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as link:
        link.settimeout(_PATIENCE)
        request = _ADDRESS.pack(socket.AF_INET, 0, 0, 0, 0)
        link.sendall(_HEADER.pack(_HEADER.size + len(request), _GET_ADDRESS, _DUMP, 1, 0) + request)
        found: list[InterfaceAddress] = []
        while True:
            for kind, body in _messages(link.recv(65536)):
                if kind == _DONE:
                    return found
                if kind == _ERROR:
                    code = -int.from_bytes(body[:4], sys.byteorder, signed=True)
                    raise OSError(code, os.strerror(code))
                if kind == _NEW_ADDRESS:
                    one = _parse(body)
                    if one is not None:
                        found.append(one)


def _messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    position = 0
    while position + _HEADER.size <= len(data):
        size, kind, *_ = _HEADER.unpack_from(data, position)
        yield kind, data[position + _HEADER.size : position + size]
        position += max((size + 3) & ~3, _HEADER.size)


def _parse(body: bytes) -> InterfaceAddress | None:
    _, prefix, _, _, index = _ADDRESS.unpack_from(body)
    position, values = _ADDRESS.size, {}
    while position + _ATTRIBUTE.size <= len(body):
        size, kind = _ATTRIBUTE.unpack_from(body, position)
        values[kind] = body[position + _ATTRIBUTE.size : position + size]
        position += max((size + 3) & ~3, _ATTRIBUTE.size)
    address = values.get(_IFA_LOCAL) or values.get(_IFA_ADDRESS)
    if address is None:
        return None
    try:
        return InterfaceAddress(address, prefix, socket.if_indextoname(index), index)
    except OSError:
        # The interface went away between two answers of the kernel.
        return None


def hardware(name: str) -> tuple[int, bytes]:
    """The type (ARPHRD) and hardware address of an interface.

    :raises OSError: if there is no such interface.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        answer = fcntl.ioctl(any_socket, _GET_HARDWARE, name.encode()[:15].ljust(40, b"\0"))
    return int.from_bytes(answer[16:18], "little"), answer[18:24]
