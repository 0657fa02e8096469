"""The server's own definitions as a site's code sees them."""

from .. import model
from ..wire.describe import address
from .definition import Definition


def definition_of(definition: model.Definition) -> Definition:
    """A definition that a site's code may change, with the same fields."""
    return Definition(
        address(definition.ip),
        definition.lease_time,
        definition.subnet,
        definition.serial,
        definition.hostname,
        _texts(definition.gateways),
        definition.subnet_mask and address(definition.subnet_mask),
        definition.broadcast_address and address(definition.broadcast_address),
        definition.domain_name,
        _texts(definition.domain_name_servers),
        _texts(definition.ntp_servers),
        definition.extra,
    )


def _texts(addresses: tuple[bytes, ...]) -> list[str]:
    return [address(one) for one in addresses]
