"""Values as PostgreSQL can hold them."""

import re
import socket
from collections.abc import Iterable
from typing import Any, Final

from ..model import Lease, LeaseState
from .store_clock import StoreClock

COLUMNS: Final = ("pool", "address", "client", "state", "since", "expires", "mac", "hostname", "via", "evidence")
"""What a lease is read from, in this order."""
_ODD: Final = re.compile("[\\\\\0\ud800-\udfff]")
_WRITTEN: Final = re.compile(r"\\(\\|u[0-9a-f]{4})")


def written(text: str) -> str:
    """Text with what the server cannot hold, NUL and halves of characters, written with a backslash."""
    return _ODD.sub(lambda one: "\\\\" if one[0] == "\\" else f"\\u{ord(one[0]):04x}", text)


def read(text: str) -> str:
    """What :func:`written` was given."""
    return (
        _WRITTEN.sub(lambda one: "\\" if one[1] == "\\" else chr(int(one[1][1:], 16)), text) if "\\" in text else text
    )


def shown(address: bytes | None) -> str | None:
    """An address as the server reads it."""
    return None if address is None else socket.inet_ntoa(address)


def array(addresses: Iterable[bytes]) -> str:
    """Addresses as an array that the server reads."""
    return f"{{{','.join(map(socket.inet_ntoa, addresses))}}}"


def address_of(text: str) -> bytes:
    """An address that the server has written."""
    return socket.inet_aton(text.partition("/")[0])


def lease_of(row: Any, clock: StoreClock) -> Lease:
    """The lease of a row of :data:`COLUMNS`."""
    pool, address, client, state, since, expires, mac, hostname, via, evidence = row
    return Lease(
        address_of(address),
        read(pool),
        read(client),
        LeaseState(state),
        clock.to_server(since),
        clock.to_server(expires),
        bytes(mac),
        read(hostname),
        read(via),
        read(evidence),
    )
