"""Which leases of very many are meant."""

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import NamedTuple

from ..backends.reservation import hardware_address
from ..hosts.selecting import network_of
from ..hosts.store import Unusable
from ..leases.operating import state_of
from ..model import Lease, LeaseState
from ..wire.errors import WireError
from ..wire.options import address as address_of


class LeaseSelection(NamedTuple):
    """What leases have to be like; None for anything. Patterns have ``*`` and ``?``, and are in small letters."""

    states: frozenset[str] = frozenset()
    mac: str | None = None
    client: str | None = None
    hostname: str | None = None
    expired: bool = False
    first: int = 0
    last: int = 0xFFFFFFFF

    @classmethod
    def read(
        cls,
        states: Iterable[str],
        mac: str | None,
        client: str | None,
        hostname: str | None,
        ip: str | None,
        expired: bool,
    ) -> "LeaseSelection":
        """A selection of what people write.

        :param ip: an address, or a network such as 10.1.0.0/16.
        :raises Unusable: if ``ip`` is neither.
        """
        first, last = 0, 0xFFFFFFFF
        if ip is not None:
            try:
                first, mask = network_of(ip)
            except ValueError as error:
                raise Unusable(str(error)) from None
            last = first | ~mask & 0xFFFFFFFF
        whole = hardware_address(mac) if mac and not set("*?[") & set(mac) else None
        pattern = whole.hex(":") if whole else mac and mac.lower().replace("-", ":")
        name, known = hostname and hostname.lower(), client and client.lower()
        return cls(frozenset(states), pattern, known, name, expired, first, last)

    def holds(self, lease: Lease, now: float) -> bool:
        """Whether a lease is meant."""
        if self.states and state_of(lease, now) not in self.states:
            return False
        if not self.first <= int.from_bytes(lease.address, "big") <= self.last:
            return False
        if self.expired and (lease.state is LeaseState.RELEASED or lease.expires > now):
            return False
        if self.mac is not None and not fnmatchcase(lease.mac.hex(":"), self.mac):
            return False
        if self.client is not None and not fnmatchcase(lease.client.lower(), self.client):
            return False
        return self.hostname is None or fnmatchcase(lease.hostname.lower(), self.hostname)


def select(leases: Iterable[Lease], selection: LeaseSelection, now: float) -> Iterator[Lease]:
    """Those that are meant."""
    return (lease for lease in leases if selection.holds(lease, now))


class Client(NamedTuple):
    """An address, a hardware address, or what a client is known by, as somebody wrote it; one of them."""

    address: bytes | None = None
    mac: bytes | None = None
    client: str | None = None

    @classmethod
    def read(cls, text: str) -> "Client":
        """What a text means.

        :raises Unusable: if it is none of these.
        """
        try:
            return cls(address=address_of(text))
        except WireError:
            pass
        mac = hardware_address(text)
        if mac is not None:
            return cls(mac=mac)
        kind, _, octets = text.partition(" ")
        try:
            if kind == "id" and bytes.fromhex(octets):
                return cls(client=f"id {octets.lower()}")
        except ValueError:
            pass
        expected = 'an address, a hardware address, or a client identifier such as "id 01aabbccddeeff"'
        raise Unusable(f"{text[:60]!r} is no client; expected {expected}")

    def is_of(self, lease: Lease) -> bool:
        """Whether a lease is this client's, or this address's."""
        if self.address is not None:
            return lease.address == self.address
        return lease.mac == self.mac if self.mac is not None else lease.client == self.client
