"""What a site's own database is made of."""

import threading
from collections.abc import Iterable
from typing import Any, Final

from ...libpydhcpserver.dhcp_types.ipv4 import IPv4

_SERVERS: Final = 3
"""Name servers, and time servers, that a definition takes."""
_NO_LIMIT: Final = 2147483647


class Definition:
    """What one client gets. Its fields may be changed.

    ``ip``, ``subnet_mask`` and ``broadcast_address`` are :class:`IPv4`; ``gateways``, ``domain_name_servers`` and
    ``ntp_servers`` are lists of these; what is not set is None. Given are texts, lists, or objects.

    :raises ValueError: if ``ip`` is missing, or something is no address or no number.
    """

    def __init__(
        self,
        ip: Any,
        lease_time: Any,
        subnet: Any,
        serial: Any,
        hostname: Any = None,
        gateways: Any = None,
        subnet_mask: Any = None,
        broadcast_address: Any = None,
        domain_name: Any = None,
        domain_name_servers: Any = None,
        ntp_servers: Any = None,
        extra: Any = None,
    ) -> None:
        address = _address(ip)
        if address is None or not address:
            raise ValueError("an address is needed")
        self.ip: IPv4 = address
        self.lease_time = int(lease_time)
        self.subnet = str(subnet)
        self.serial = int(serial)
        self.hostname = str(hostname) if hostname else hostname
        self.gateways = _addresses(gateways)
        self.subnet_mask = _address(subnet_mask)
        self.broadcast_address = _address(broadcast_address)
        self.domain_name = str(domain_name) if domain_name else domain_name
        self.domain_name_servers = _addresses(domain_name_servers, _SERVERS)
        self.ntp_servers = _addresses(ntp_servers, _SERVERS)
        self.extra = extra


class Database:
    """Knows clients. A site's class has :meth:`lookupMAC`, which is called in several threads at once."""

    def lookupMAC(self, mac: Any) -> Any:
        """What a client gets: a :class:`Definition`, several in a list, or None for one that is not known."""
        raise NotImplementedError(f"{type(self).__name__} has no lookupMAC")

    def reinitialise(self) -> None:
        """Called when the server reads its sources anew."""


class CachingDatabase(Database):
    """A database whose ``_lookupMAC``, which a site's class has, is asked by a bounded number of threads.

    Answers are kept in front of all databases by the server itself (USE_CACHE).

    :param concurrency_limit: how many at a time.
    """

    def __init__(self, concurrency_limit: int = _NO_LIMIT) -> None:
        self._resource_lock = threading.BoundedSemaphore(concurrency_limit)
        self._cache = None

    def lookupMAC(self, mac: Any) -> Any:
        """As in :class:`Database`."""
        with self._resource_lock:
            return self._lookupMAC(mac)  # type: ignore[attr-defined]  # a mixin beside this class may have it


class Null(Database):
    """Knows nobody."""

    def lookupMAC(self, mac: Any) -> None:
        """None."""


def _address(value: Any) -> IPv4 | None:
    if isinstance(value, IPv4):
        return value
    return IPv4(value) if value else None


def _addresses(value: Any, most: int | None = None) -> list[IPv4] | None:
    """Addresses from text with commas between, octets one after the other, or a collection of addresses."""
    if isinstance(value, IPv4):
        return [value]
    if not value:
        return None
    if isinstance(value, str):
        pieces: list[Any] = [piece for piece in value.split(",") if piece.strip()]
    elif isinstance(value, Iterable):
        pieces = list(value)
        if all(type(piece) is int for piece in pieces):
            pieces = [pieces[start : start + 4] for start in range(0, len(pieces), 4)]
    else:
        raise TypeError(f"{value!r} is no list of addresses")
    return [address for address in map(_address, pieces[:most]) if address is not None] or None
