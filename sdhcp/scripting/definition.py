"""What one client gets, as a site's code sees and makes it."""

from collections.abc import Iterable
from typing import Any, Final

from .ipv4 import IPv4

_SERVERS: Final = 3
"""Name servers, and time servers, that a definition takes."""


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
