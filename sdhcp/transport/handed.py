"""Sockets that outlive the process: kept by the program that started it, and handed to the next process.

Packets that come between two processes wait in them.
"""

import os
import socket
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

FIRST: Final = 3
"""The descriptor at which handed-over ones begin (sd_listen_fds(3))."""

_NAMES: Final = ("unicast-", "broadcast-")

Keep = Callable[[str, socket.socket | None], None]
"""Keeps a socket under a name in place of what was kept there; None to keep nothing there."""


def first_environment() -> dict[str, str]:
    """The environment that this process was started with; empty where the system does not tell."""
    # Twisted takes what is said of descriptors out of os.environ as soon as its endpoints are imported.
    try:
        octets = Path("/proc/self/environ").read_bytes()
    except OSError:
        return {}
    lines = octets.decode(errors="surrogateescape").split("\0")
    return dict(line.split("=", 1) for line in lines if "=" in line)


def handed_over(environment: Mapping[str, str], process: int) -> list[tuple[str, int]]:
    """The names and descriptors that were handed to a process for listeners.

    :param process: the number of this process; what was meant for another is none of ours, nor are other sockets,
        such as those of endpoints of Twisted.
    """
    count = environment.get("LISTEN_FDS", "")
    if environment.get("LISTEN_PID") != str(process) or not count.isdecimal():
        return []
    numbered = zip(environment.get("LISTEN_FDNAMES", "").split(":"), range(FIRST, FIRST + int(count)), strict=False)
    return [(name, number) for name, number in numbered if name.startswith(_NAMES)]


class HandedSockets:
    """The sockets of the process before, until each is taken or nobody wants it.

    :param given: as from :func:`handed_over`; what is no UDP socket of IPv4 is closed.
    :param keep: has a socket kept for the next process.
    """

    def __init__(self, given: Iterable[tuple[str, int]] = (), keep: Keep = lambda name, opened: None) -> None:
        self._keep = keep
        self._left: dict[str, socket.socket] = {}
        for name, number in given:
            self._receive(name, number)

    def _receive(self, name: str, number: int) -> None:
        try:
            os.set_inheritable(number, False)
            opened = socket.socket(fileno=number)
        except OSError:
            return
        if name in self._left or (opened.family, opened.type) != (socket.AF_INET, socket.SOCK_DGRAM):
            opened.close()
            return
        opened.setblocking(False)
        self._left[name] = opened

    def has_port(self, port: int) -> bool:
        """Whether a socket that nobody has taken yet is on a UDP port."""
        return any(opened.getsockname()[1] == port for opened in self._left.values())

    def socket(
        self, name: str, address: str, port: int, device: str, open_new: Callable[[], socket.socket]
    ) -> socket.socket:
        """The socket that was handed over under a name, or a new one; kept for the next process either way.

        :param address: "" for all.
        :param device: the interface that it is bound to if the socket is for all addresses.
        :raises ListenError: as ``open_new``, which is called where none was handed over that fits.
        """
        opened = self._left.pop(name, None)
        if opened is not None:
            if opened.getsockname() == (address or "0.0.0.0", port) and (address or _device(opened) == device):
                return opened
            opened.close()
        opened = open_new()
        self._keep(name, opened)
        return opened

    def close_rest(self) -> None:
        """Close what nobody has taken, and have it kept no more."""
        while self._left:
            name, opened = self._left.popitem()
            opened.close()
            self._keep(name, None)


def _device(opened: socket.socket) -> str:
    """The interface that a socket is bound to, by the name that it has now; "" for none."""
    with suppress(OSError):
        return opened.getsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, 16).rstrip(b"\0").decode(errors="replace")
    return ""
