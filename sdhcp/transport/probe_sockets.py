"""The sockets that ask whether an address is in use. Both are opened as root and serve after it was given up."""

import contextlib
import os
import socket
from collections.abc import Callable, Iterator
from struct import Struct
from typing import Final, NamedTuple

from . import packet_filter as program
from .interfaces import addresses, hardware
from .links import Addresses, Hardware

_ETHERTYPE_ARP: Final = 0x0806
_CLAIMS: Final = (
    (program.LOAD_HALF, 0, 0, 20),  # the operation
    (program.IF_EQUAL, 4, 0, 2),  # a reply
    (program.LOAD_WORD, 0, 0, 38),  # the target's address
    (program.COPY, 0, 0, 0),
    (program.LOAD_WORD, 0, 0, 28),  # the sender's address
    (program.IF_EQUAL_TO_COPY, 0, 1, 0),  # an announcement
    (program.GIVE, 0, 0, program.WHOLE),
    (program.GIVE, 0, 0, 0),
)
"""A program of the kernel's packet filter that lets replies and announcements of ARP pass, so that the questions of a
busy link cost this process nothing."""

_RAW: Final = 255
_ICMP_FILTER: Final = 1
_ALL_BUT_REPLIES: Final = Struct("=I").pack(0xFFFFFFFE)


class ProbeSocket(NamedTuple):
    """A socket that asks; for ICMP echo the identifier of its questions, and whether it reads whole IPv4 packets."""

    socket: socket.socket
    identifier: int = 0
    whole: bool = False


def arp() -> ProbeSocket:
    """A socket for ARP on all links: it sends whole frames, and reads replies and announcements.

    One that is not bound to a link serves those too that come later.

    :raises OSError: if the system refuses; ``PermissionError`` without CAP_NET_RAW.
    """
    opened = socket.socket(
        socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC, socket.htons(_ETHERTYPE_ARP)
    )
    with closed_on_error(opened):
        program.attach(opened, _CLAIMS)
    return ProbeSocket(opened)


def echo() -> ProbeSocket:
    """A socket for ICMP echo: one that needs no privileges where the system permits it, else a raw one.

    :raises OSError: if the system refuses; ``PermissionError`` without CAP_NET_RAW.
    """
    flags = socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC
    try:
        opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | flags, socket.IPPROTO_ICMP)
    except OSError:
        opened = socket.socket(socket.AF_INET, socket.SOCK_RAW | flags, socket.IPPROTO_ICMP)
        with closed_on_error(opened):
            opened.setsockopt(_RAW, _ICMP_FILTER, _ALL_BUT_REPLIES)
        return ProbeSocket(opened, int.from_bytes(os.urandom(2), "big"), whole=True)
    with closed_on_error(opened):
        # Such a socket's port is its identifier: the kernel writes it into questions and reads it in answers.
        opened.bind(("", 0))
    return ProbeSocket(opened, opened.getsockname()[1], whole=False)


@contextlib.contextmanager
def closed_on_error(opened: socket.socket) -> Iterator[None]:
    """Close a socket that cannot be set up."""
    try:
        yield
    except OSError:
        opened.close()
        raise


class ProbeSystem(NamedTuple):
    """What a prober needs of the operating system."""

    addresses: Addresses = addresses
    hardware: Hardware = hardware
    arp: Callable[[], ProbeSocket] = arp
    echo: Callable[[], ProbeSocket] = echo
