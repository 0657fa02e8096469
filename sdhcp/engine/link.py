"""Which definition belongs on the link that a client is seen on (RFC 2131 section 4.3.1, RFC 3527)."""

from collections.abc import Sequence

from ..model import Definition, Local
from .policy import Policy


def on_link(definition: Definition, link: bytes, local: Local | None, policy: Policy) -> bool:
    """Whether a definition's network holds the link.

    ``link`` is an address on the client's link; ``local`` is given when that link is the server's
    own, whose other addresses then count as well. A definition that tells no network belongs
    anywhere.
    """
    if int.from_bytes(link, "big") & definition.mask == definition.network:
        return True
    if local is not None:
        for address in local.addresses:
            if int.from_bytes(address, "big") & definition.mask == definition.network:
                return True
    if policy.shared_networks:
        return _share_a_link(definition.ip, link, policy)
    return False


def _share_a_link(address: bytes, link: bytes, policy: Policy) -> bool:
    number, link_number = int.from_bytes(address, "big"), int.from_bytes(link, "big")
    for group in policy.shared_networks:
        if any(number & mask == network for network, mask in group) and any(
            link_number & mask == network for network, mask in group
        ):
            return True
    return False


def choose_by_address(definitions: Sequence[Definition], address: bytes) -> Definition | None:
    """Of a client's several definitions the one with an address, else one whose network holds it, else None."""
    for definition in definitions:
        if definition.ip == address:
            return definition
    number = int.from_bytes(address, "big")
    for definition in definitions:
        if definition.mask and number & definition.mask == definition.network:
            return definition
    return None


def choose(definitions: Sequence[Definition], link: bytes, local: Local | None, policy: Policy) -> Definition | None:
    """Of a client's several definitions the first that belongs on the link, else the first, else None."""
    for definition in definitions:
        if on_link(definition, link, local, policy):
            return definition
    return definitions[0] if definitions else None
