"""Definitions as caches keep them: what is a client's own apart from what it shares with its subnet."""

import json
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from .definition import Definition

RECORD: Final = (
    "gateway", "subnet_mask", "broadcast_address", "domain_name", "domain_name_servers", "ntp_servers", "lease_time",
)  # fmt: skip
"""What is kept of a subnet, in the order that memcached has it in."""


class Entry(NamedTuple):
    """One definition; addresses are text, with commas between, and ``record`` is by :data:`RECORD`."""

    ip: str
    hostname: str | None
    extra: Any
    subnet: str
    serial: int
    record: tuple[Any, ...]

    @staticmethod
    def text(entries: "list[Entry]", nested: bool) -> str:
        """Entries without their records, as JSON; ``nested`` has subnet and serial in a list.

        :raises TypeError: if something in ``extra`` cannot be JSON.
        """
        return json.dumps(
            [[*one[:3], list(one[3:5])] if nested else list(one[:5]) for one in entries], separators=(",", ":")
        )

    def record_text(self) -> str:
        """The record as JSON."""
        return json.dumps(self.record, separators=(",", ":"))

    @staticmethod
    def record_from(text: str) -> tuple[Any, ...]:
        """What :meth:`record_text` gave."""
        return tuple(json.loads(text))


def entry_from(text: str, record: Callable[[str, int], Any]) -> list[Entry]:
    """What :meth:`Entry.text` gave; none if the record of one of the subnets is not there.

    :param record: the record of a subnet, None if there is none.
    """
    entries = []
    for ip, hostname, extra, *of_subnet in json.loads(text):
        subnet, serial = of_subnet[0] if len(of_subnet) == 1 else of_subnet
        found = record(subnet, serial)
        if found is None:
            return []
        entries.append(Entry(ip, hostname, extra, subnet, serial, tuple(found)))
    return entries


def entries_of(found: Any) -> list[Entry]:
    """The entries of a definition, or of several."""
    several = [found] if isinstance(found, Definition) else list(found)
    return [_entry(one) for one in several]


def _entry(one: Definition) -> Entry:
    record = (
        _text(one.gateways),
        _text(one.subnet_mask),
        _text(one.broadcast_address),
        one.domain_name,
        _text(one.domain_name_servers),
        _text(one.ntp_servers),
        one.lease_time,
    )
    return Entry(str(one.ip), one.hostname, one.extra, one.subnet, one.serial, record)


def made(entry: Entry) -> Definition:
    """A definition of its own for whoever asks."""
    gateways, mask, broadcast, domain_name, name_servers, time_servers, lease_time = entry.record
    return Definition(
        entry.ip, lease_time, entry.subnet, entry.serial, entry.hostname, gateways, mask, broadcast, domain_name,
        name_servers, time_servers, entry.extra,
    )  # fmt: skip


def record_key(subnet: str, serial: int) -> str:
    """What memcached knows the record of a subnet by."""
    return f"{subnet.replace(' ', '_')}-{serial}"


def _text(value: Any) -> str | None:
    if not value:
        return None
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
