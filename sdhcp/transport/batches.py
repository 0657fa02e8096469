"""Many datagrams for one system call: recvmmsg(2) and sendmmsg(2), which Python's socket module lacks."""

import ctypes
import errno
import os
import socket
from struct import Struct
from typing import Any, Final

LARGEST: Final = 8192
"""Octets that are read of a datagram; no client sends more."""
LARGEST_REPLY: Final = 1536
"""Octets of a reply that may wait in an :class:`Outbox`; an Ethernet frame carries less."""

_LIBRARY: Final = ctypes.CDLL(None, use_errno=True)
_receive: Final = _LIBRARY.recvmmsg
_receive.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int, ctypes.c_void_p]
_send: Final = _LIBRARY.sendmmsg
_send.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int]

_NAME: Final = Struct("!2xH4s8x")
"""Port and address in a sockaddr_in(3type)."""
_PORT_AND_ADDRESS: Final = Struct("!H4s")
_FAMILY: Final = Struct("=H")

Datagram = tuple[bytes, bytes, int]
"""What came: octets, and the address, 4 bytes, and port that it came from."""


class _Part(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("size", ctypes.c_size_t))


class _Message(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_void_p),
        ("name_size", ctypes.c_uint32),
        ("parts", ctypes.c_void_p),
        ("number_of_parts", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("control_size", ctypes.c_size_t),
        ("flags", ctypes.c_int),
    )


class _Counted(ctypes.Structure):
    _fields_ = (("message", _Message), ("size", ctypes.c_uint))


class _Slots:
    """Room for a number of datagrams, laid out as the kernel wants it."""

    def __init__(self, count: int, size: int) -> None:
        octets = ctypes.create_string_buffer(count * size)
        names = ctypes.create_string_buffer(count * _NAME.size)
        parts = (_Part * count)()
        messages = (_Counted * count)()
        for number in range(count):
            _FAMILY.pack_into(names, number * _NAME.size, socket.AF_INET)
            part, message = parts[number], messages[number].message
            part.base, part.size = ctypes.addressof(octets) + number * size, size
            message.name, message.name_size = ctypes.addressof(names) + number * _NAME.size, _NAME.size
            message.parts, message.number_of_parts = ctypes.addressof(part), 1
        # What the kernel reads and writes must stay where it is for as long as this object does.
        self._kept: tuple[Any, ...] = (octets, names, parts, messages)
        self.octets = memoryview(octets).cast("B")
        self.names = memoryview(names).cast("B")
        self.lengths = memoryview(parts).cast("B").cast("P")[1::2]
        self.sizes = memoryview(messages).cast("B").cast("I")[_Counted.size.offset // 4 :: ctypes.sizeof(_Counted) // 4]
        self.address = ctypes.addressof(messages)
        self.step = ctypes.sizeof(_Counted)


class Inbox:
    """Reads what has come to a socket.

    :param count: how many datagrams are read at a time, at most.
    """

    def __init__(self, source: socket.socket, count: int) -> None:
        self._socket = source
        self._count = count
        self._slots = _Slots(count, LARGEST)

    def read(self) -> list[Datagram]:
        """What has come, at most ``count`` datagrams; empty if nothing has. Never waits.

        :raises OSError: if the socket has failed.
        """
        slots = self._slots
        number = _receive(self._socket.fileno(), slots.address, self._count, socket.MSG_DONTWAIT, None)
        if number < 0:
            code = ctypes.get_errno()
            if code == errno.EAGAIN:
                return []
            raise OSError(code, os.strerror(code))
        octets, start = slots.octets, 0
        found: list[Datagram] = []
        sources = _NAME.iter_unpack(slots.names[: number * _NAME.size])
        for (port, address), size in zip(sources, slots.sizes[:number].tolist(), strict=True):
            found.append((bytes(octets[start : start + size]), address, port))
            start += LARGEST
        return found


class Outbox:
    """Collects datagrams and sends them together.

    :param count: how many it holds.
    """

    def __init__(self, out: socket.socket, count: int) -> None:
        self._socket = out
        self._slots = _Slots(count, LARGEST_REPLY)
        self._waiting: list[bytes] = []
        self._room = count

    def put(self, data: bytes, address: bytes, port: int) -> bool:
        """Add one; False if it does not fit, and nothing was added."""
        waiting, slots = self._waiting, self._slots
        number, size = len(waiting), len(data)
        if number >= self._room or size > LARGEST_REPLY:
            return False
        start = number * LARGEST_REPLY
        slots.octets[start : start + size] = data
        slots.lengths[number] = size
        _PORT_AND_ADDRESS.pack_into(slots.names, number * _NAME.size + _FAMILY.size, port, address)
        waiting.append(address)
        return True

    def flush(self) -> list[tuple[int, bytes]]:
        """Send all; the errno and the address of each that could not be sent. Never raises."""
        waiting, self._waiting = self._waiting, []
        failed: list[tuple[int, bytes]] = []
        done, count, slots = 0, len(waiting), self._slots
        while done < count:
            sent = _send(self._socket.fileno(), slots.address + done * slots.step, count - done, socket.MSG_DONTWAIT)
            if sent > 0:
                done += sent
            else:
                # The error is that of the first one alone.
                failed.append((ctypes.get_errno(), waiting[done]))
                done += 1
        return failed
