"""A source's subnets, to be found by an address in them."""

from collections.abc import Iterable

from ..model import Definition, Subnet
from ..wire.errors import BadOption
from ..wire.options import address


def make(definition: Definition) -> Subnet | None:
    """The subnet of a definition; None if it does not tell its network."""
    if not definition.mask:
        return None
    try:
        base = address(definition.subnet.partition("/")[0])
    except BadOption:
        base = definition.gateways[0] if definition.gateways else b""
    if not base:
        return None
    return Subnet(int.from_bytes(base, "big") & definition.mask, definition.mask, definition)


class Subnets:
    """Subnets in the order in which they are tried: the narrowest first, then the lowest serial."""

    def __init__(self, subnets: Iterable[Subnet]) -> None:
        self._subnets = sorted(subnets, key=lambda subnet: (-subnet.mask, subnet.definition.serial))

    def holding(self, address: bytes) -> Subnet | None:
        """The first that holds a 4-byte address."""
        for subnet in self._subnets:
            if subnet.holds(address):
                return subnet
        return None
