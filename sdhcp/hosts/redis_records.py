"""Hosts and subnets as Redis hashes hold them.

A hash has fields of its own for what a host or subnet says by itself, and one, ``extra``, with a JSON object of
what the site adds. Members that are text are taken as fields, and written as members again; an object with other
members is kept as it is, in a field ``extra``.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from ..backends.reservation import BadField, host_fields, subnet_fields
from .host import SUBNET_FIELDS, Host, Own, SubnetRow, sorted_own, with_texts

_OF_SUBNETS: Final = SUBNET_FIELDS[2:]
_OF_HOSTS: Final = ("ip", "hostname", "subnet", "serial")
_EXTRA: Final = "extra"

Fields = dict[str, str]


def fields_of(reply: Sequence[bytes]) -> Fields:
    """The fields of a hash that say something, as HGETALL gives them."""
    texts = [octets.decode("utf-8", "replace").strip() for octets in reply]
    return {name: value for name, value in zip(texts[::2], texts[1::2], strict=True) if value}


def host_of(key: str, fields: Fields) -> Host:
    """A host of the fields of its hash."""
    return Host(
        key,
        fields.get("ip", ""),
        fields.get("hostname", ""),
        fields.get("subnet", ""),
        _number(fields.get("serial", "0")),
        _own(fields, _OF_HOSTS, _OF_SUBNETS),
    )


def subnet_row_of(name: str, serial: int, fields: Fields) -> SubnetRow:
    """A subnet of the fields of its hash."""
    row = SubnetRow(name, serial, _number(fields.get("lease_time", "0")), own=_own(fields, _OF_SUBNETS, ()))
    return with_texts(row, [fields.get(field, "") for field in _OF_SUBNETS[1:]])


def host_hash(host: Host) -> Fields:
    """The fields of a host's hash."""
    fields = {"ip": host.ip, "subnet": host.subnet, "serial": str(host.serial)}
    if host.hostname:
        fields["hostname"] = host.hostname
    return {**fields, **_written(host.own, _OF_SUBNETS)}


def subnet_hash(row: SubnetRow) -> Fields:
    """The fields of a subnet's hash."""
    fields = {name: str(value) for name, value in zip(_OF_SUBNETS, row[2:-1], strict=True) if value}
    return {**fields, **_written(row.own, ())}


def check_host(host: Host) -> None:
    """See that what a host says beside its address means something.

    :raises BadField: for the first field that does not.
    """
    own = dict(host.own)
    fields: Fields = {name: own[name] for name in _OF_SUBNETS if name in own}
    subnet_fields({"lease_time": "1", **fields}, {})
    host_fields({"ip": host.ip, "subnet": "", "serial": 0}, _members(host.own, _OF_SUBNETS))


def check_subnet(row: SubnetRow) -> None:
    """See that a subnet is in order. It need not tell a lease time: its hosts may.

    :raises BadField: for the first field that is not.
    """
    fields = row.record()
    subnet_fields({**fields, "lease_time": fields["lease_time"] or "1"}, _members(row.own, ()))


def _own(fields: Fields, known: Sequence[str], further: Sequence[str]) -> Own:
    own = {name: value for name, value in fields.items() if name in further}
    text = fields.get(_EXTRA)
    if text is not None:
        members = _object(text)
        flat = members is not None and all(
            isinstance(value, str) and value and name not in (_EXTRA, *known, *further)
            for name, value in members.items()
        )
        own |= members if flat and members is not None else {_EXTRA: text}
    return sorted_own(own)


def _written(own: Own, further: Sequence[str]) -> Fields:
    fields = {name: value for name, value in own if name in further}
    alone = all(name == _EXTRA or name in further for name, _ in own)
    if alone:
        return {**fields, **{name: value for name, value in own if name == _EXTRA}}
    return {**fields, _EXTRA: json.dumps(_members(own, further), ensure_ascii=False)}


def _members(own: Own, further: Sequence[str]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, value in own:
        if name == _EXTRA:
            found = _object(value)
            if found is None:
                raise BadField(f"extra: {value[:60]!r} is no JSON object")
            members = {**found, **members}
        elif name not in further:
            members[name] = value
    return members


def _object(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def changed(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[Fields, list[str]]:
    """What is to be set in a hash, and what is to be taken away."""
    return {name: value for name, value in new.items() if old.get(name) != value}, [n for n in old if n not in new]
