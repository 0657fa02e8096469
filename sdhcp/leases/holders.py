"""Who asks for an address of a pool, and for which one."""

from functools import lru_cache
from typing import Final

from ..model import Holder, Query
from ..wire.constants import HOSTNAME, REQUESTED_ADDRESS, ZERO_ADDRESS
from ..wire.describe import address
from .settings import LendingRules

_LONGEST_NAME: Final = 63
_new: Final = tuple.__new__
_dotted: Final = lru_cache(1024)(address)
"""There are few relay agents."""


def wish_of(query: Query) -> bytes | None:
    """The address that a client would like to have."""
    wish = query.message.options.get(REQUESTED_ADDRESS)
    return wish if wish is not None and len(wish) == 4 else None


def client_of(query: Query, pool: LendingRules) -> str:
    """What a client is known by in a pool: its identifier, else its hardware address (RFC 2131 section 4.2)."""
    identifier = query.client_identifier
    if identifier and not (pool.ignores_client_identifier and query.mac):
        return f"id {identifier.hex()}"
    return query.mac.hex(":")


def holder_of(query: Query, pool: LendingRules) -> Holder:
    """Who asks, with what people want to know of it."""
    name = query.message.options.get(HOSTNAME)
    shown = _host_name(name) if name else ""
    giaddr = query.giaddr
    if giaddr == ZERO_ADDRESS:
        via = ""
    else:
        circuit = query.circuit_id
        via = _dotted(giaddr) + (f", circuit {circuit.hex()}" if circuit else "")
    return _new(Holder, (client_of(query, pool), query.mac, shown, via))


def _host_name(octets: bytes) -> str:
    name = octets.decode("ascii", "replace")[:_LONGEST_NAME]
    return name if name.isprintable() else "".join(one for one in name if one.isprintable())
