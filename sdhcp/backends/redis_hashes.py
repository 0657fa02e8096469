"""Definitions from Redis hashes: one of a client, and one of its subnet with what the client's does not say."""

import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from ..model import Definition
from .reservation import BadField, combine, host_fields, subnet_fields, without_host

_OF_SUBNETS: Final = (
    "lease_time",
    "gateway",
    "subnet_mask",
    "broadcast_address",
    "domain_name",
    "domain_name_servers",
    "ntp_servers",
)
_KEPT: Final = 4096
"""How many subnets are kept in the form that clients share, with what clients say in their place."""


class Host(NamedTuple):
    """A client's hash, as far as it says where the rest stands. ``subnet`` is the name of the subnet's hash."""

    fields: Mapping[str, str]
    subnet: str


def read_host(hash_: list[bytes]) -> Host:
    """A client's hash as HGETALL gives it.

    :raises BadField: if it does not say where its client belongs.
    """
    fields = _fields(hash_)
    for name in ("ip", "subnet", "serial"):
        if name not in fields:
            raise BadField(f"{name}: is not there")
    try:
        serial = int(fields["serial"])
    except ValueError:
        raise BadField(f"serial: {fields['serial'][:40]!r} is no whole number") from None
    return Host(fields, subnet_name(fields["subnet"], serial))


def subnet_name(subnet: str, serial: int) -> str:
    """The name of a subnet's hash."""
    return f"{subnet}|{serial}"


def subnet_of(name: str) -> tuple[str, int] | None:
    """The subnet and serial that a hash's name tells; None if it is not a subnet's."""
    subnet, bar, serial = name.rpartition("|")
    return (subnet, int(serial)) if bar and serial.isascii() and serial.isdigit() and len(serial) < 20 else None


class Hashes:
    """Turns hashes into definitions; clients whose settings are the same share what was made of them."""

    def __init__(self) -> None:
        self._kept: dict[tuple[Any, ...], Definition] = {}

    def definition(self, host: Host, subnet: list[bytes]) -> Definition:
        """The definition of one client.

        :param subnet: its subnet's hash; empty if there is none.
        :raises BadField: if a field of either is not in order.
        """
        fields = host.fields
        own = {name: fields[name] for name in _OF_SUBNETS if name in fields}
        key = (host.subnet, tuple(subnet), tuple(own.items()))
        shared = self._kept.get(key)
        if shared is None:
            try:
                shared = self._keep(key, host, subnet, own)
            except BadField as error:
                name = str(error).partition(":")[0]
                raise error if name in own or name == "lease_time" else BadField(f"{host.subnet}: {error}") from None
        extra = _extra(fields)
        made = host_fields(fields, extra)
        return combine(made, shared, {**shared.extra, **extra} if extra and shared.extra else extra or shared.extra)

    def subnet(self, name: str, hash_: list[bytes]) -> Definition:
        """The definition of a subnet without clients.

        :raises BadField: if a field is not in order.
        """
        named = subnet_of(name)
        if named is None:
            raise BadField("is no subnet")
        fields = _fields(hash_)
        extra = _extra(fields)
        return without_host(*named, subnet_fields(fields, extra), extra)

    def _keep(self, key: tuple[Any, ...], host: Host, subnet: list[bytes], own: Mapping[str, str]) -> Definition:
        fields = _fields(subnet)
        if "lease_time" not in fields and "lease_time" not in own:
            where = "" if subnet else f", and there is no {host.subnet}"
            raise BadField(f"lease_time: is neither there nor in the subnet's hash{where}")
        extra = _extra(fields)
        made = subnet_fields({**fields, **own}, extra)
        if "lease_time" in own:
            made["lease_time"] = int(own["lease_time"])
        definition = without_host(host.fields["subnet"], host.fields["serial"], made, extra)
        if len(self._kept) >= _KEPT:
            self._kept.clear()
        self._kept[key] = definition
        return definition


def _fields(hash_: list[bytes]) -> dict[str, str]:
    """The fields that say something: an empty one is none."""
    texts = [octets.decode("utf-8", "replace").strip() for octets in hash_]
    return {name: value for name, value in zip(texts[::2], texts[1::2], strict=True) if value}


def _extra(fields: Mapping[str, str]) -> dict[str, Any]:
    text = fields.get("extra")
    if text is None:
        return {}
    try:
        extra = json.loads(text)
    except (ValueError, RecursionError):
        extra = None
    if not isinstance(extra, dict):
        shown = text if len(text) < 60 else text[:57] + "..."
        raise BadField(f"extra: {shown!r} is no JSON object")
    return extra
