"""Definitions as a site's code sees them, and what it makes of them as the server knows them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from ..backends.records import Records
from ..interfaces import Found
from ..model import Definition as Known
from .definition import Definition
from .ipv4 import IPv4

_FIELDS: Final = (
    "ip",
    "lease_time",
    "subnet",
    "serial",
    "hostname",
    "gateways",
    "subnet_mask",
    "broadcast_address",
    "domain_name",
    "domain_name_servers",
    "ntp_servers",
    "extra",
)


class KnownDefinition(Definition):
    """A definition of a source's. Its fields are made when one of them is looked at: most scripts look at none."""

    def __init__(self, known: Known) -> None:
        self._known = known

    def __getattr__(self, name: str) -> Any:
        if name not in _FIELDS:
            raise AttributeError(f"a definition has no {name}")
        fields = _fields(self._known)
        vars(self).update({**fields, **vars(self)})
        return fields[name]


def known_as(found: Any, records: Records) -> Found:
    """What the server makes of what a site's code has given it: definitions, mappings, several of them, or nothing.

    :raises BadField: if it is not in order.
    """
    if type(found) is KnownDefinition:
        return _read(found, records)
    if isinstance(found, list | tuple):
        several = tuple(known_as(one, records) for one in found)
        flat = tuple(one for one in several if isinstance(one, Known))
        if len(flat) == len(several):
            return flat or None
    return records.found(found)


def _read(definition: KnownDefinition, records: Records) -> Found:
    """A definition of a source's, with what a script has changed in it."""
    known = definition._known
    held = vars(definition)
    if len(held) == 1:
        return known
    before = _fields(known)
    if all(held.get(name, value) == value for name, value in before.items()):
        return known
    changed = records.found({**before, **{name: held[name] for name in _FIELDS if name in held}})
    if not isinstance(changed, Known):
        return changed
    return replace(
        changed,
        options={**known.options, **changed.options},
        forced=known.forced | changed.forced,
        next_server=changed.next_server if any(changed.next_server) else known.next_server,
        server_name=changed.server_name or known.server_name,
        boot_file=changed.boot_file or known.boot_file,
        renewal_time=known.renewal_time if changed.renewal_time is None else changed.renewal_time,
        rebinding_time=known.rebinding_time if changed.rebinding_time is None else changed.rebinding_time,
    )


def _fields(known: Known) -> dict[str, Any]:
    """A definition's fields as scripts know them."""
    extra = known.extra
    return {
        "ip": IPv4.of(known.ip),
        "lease_time": known.lease_time,
        "subnet": known.subnet,
        "serial": known.serial,
        "hostname": known.hostname,
        "gateways": _addresses(known.gateways),
        "subnet_mask": _address(known.subnet_mask),
        "broadcast_address": _address(known.broadcast_address),
        "domain_name": known.domain_name,
        "domain_name_servers": _addresses(known.domain_name_servers),
        "ntp_servers": _addresses(known.ntp_servers),
        "extra": dict(extra) if isinstance(extra, Mapping) else extra,
    }


def _address(octets: bytes | None) -> IPv4 | None:
    return None if octets is None else IPv4.of(octets)


def _addresses(several: tuple[bytes, ...]) -> list[IPv4] | None:
    return [IPv4.of(octets) for octets in several] or None
