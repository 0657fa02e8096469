"""What a reservation has of the lease that it takes the place of."""

from collections.abc import Iterable
from contextlib import suppress

from ..backends.reservation import BadField, host_name
from ..identity import Identity, octets_key
from ..model import Lease
from .store import Refused


def key_of_lease(lease: Lease, identity: Iterable[Identity]) -> str:
    """What reservations know a client by: the first of IDENTITY that its lease tells.

    :raises Refused: if there is none.
    """
    identity = tuple(identity)
    for one in identity:
        if one == "mac":
            return lease.mac.hex(":")
        if one == "client-identifier" and lease.client.startswith("id "):
            with suppress(ValueError):
                return octets_key("client-identifier", bytes.fromhex(lease.client[3:]))
    names = ", ".join(one if isinstance(one, str) else getattr(one, "__name__", "a function") for one in identity)
    raise Refused(f"IDENTITY knows clients by {names}, which a lease does not tell: use sdhcp hosts add")


def name_of_lease(lease: Lease) -> str:
    """What a client calls itself, if that can be a host's name."""
    try:
        return host_name(lease.hostname) or ""
    except BadField:
        return ""
