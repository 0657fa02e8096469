"""Reservations and subnets as stores and files write them: text, checked no further than it says."""

import re
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from ..backends.reservation import BadField, hardware_address, host_address
from ..identity import LONGEST, PREFIXES, octets_key
from ..wire.describe import address

HOST_FIELDS: Final = ("mac", "ip", "hostname", "subnet", "serial")
"""What every store says of a host, by the names of the database's columns and of a file's."""
SUBNET_FIELDS: Final = (
    "subnet",
    "serial",
    "lease_time",
    "gateway",
    "subnet_mask",
    "broadcast_address",
    "ntp_servers",
    "domain_name_servers",
    "domain_name",
)
"""What every store says of a subnet, in the same way."""

Own = tuple[tuple[str, str], ...]
"""Fields of the site's own with their values, by name; empty ones are left out."""

_HEXADECIMAL: Final = re.compile(r"0x(?:[0-9a-f]{2})+", re.IGNORECASE)


class Host(NamedTuple):
    """One reservation. ``key`` is what its client is known by; what is not told is ""."""

    key: str
    ip: str
    hostname: str
    subnet: str
    serial: int
    own: Own = ()

    @property
    def place(self) -> tuple[str, str, int]:
        """The address in its subnet, which no two reservations share."""
        return self.ip, self.subnet, self.serial

    def record(self) -> dict[str, Any]:
        """All of it by the names of fields."""
        return {**dict(zip(HOST_FIELDS, self, strict=False)), **dict(self.own)}


class SubnetRow(NamedTuple):
    """What all hosts of a subnet share. ``lease_time`` is seconds, 0 if it is not told; text that is not told is ""."""

    subnet: str
    serial: int
    lease_time: int = 0
    gateway: str = ""
    subnet_mask: str = ""
    broadcast_address: str = ""
    ntp_servers: str = ""
    domain_name_servers: str = ""
    domain_name: str = ""
    own: Own = ()

    def record(self) -> dict[str, Any]:
        """All of it by the names of fields."""
        return {**dict(zip(SUBNET_FIELDS, self, strict=False)), **dict(self.own)}


def with_texts(row: SubnetRow, texts: Iterable[str]) -> SubnetRow:
    """A subnet with the text of its fields from ``gateway`` on."""
    return SubnetRow._make((*row[:3], *texts, row.own))


def plain(value: Any) -> str:
    """A value of a database as text, "" for none."""
    if value is None:
        return ""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def own_fields(names: tuple[str, ...], values: tuple[Any, ...]) -> Own:
    """The site's own fields of a row."""
    return tuple((name, plain(value)) for name, value in zip(names, values, strict=True) if value not in (None, ""))


def sorted_own(fields: dict[str, str]) -> Own:
    """The site's own fields by name, without the empty ones."""
    return tuple(sorted((name, value) for name, value in fields.items() if value != ""))


def read_key(text: str, any_text: bool = False) -> str:
    """The key that text means: a hardware address in any writing, or one that begins as an identifier does.

    :param any_text: whether the site has keys of its own making.
    :raises BadField: if it is none.
    """
    mac = hardware_address(text)
    if mac is not None:
        return mac.hex(":")
    key = text.strip()
    if key and len(key) <= 2 * LONGEST + len(PREFIXES[0]) + 2 and key.isprintable():
        for prefix in PREFIXES:
            what = key.removeprefix(prefix)
            if what != key and what:
                octets = bytes.fromhex(what[2:]) if _HEXADECIMAL.fullmatch(what) else what.encode()
                found = octets_key(prefix[:-1], octets)
                if found:
                    return found
        if any_text and not key.startswith(PREFIXES):
            return key
    expected = "a hardware address, or " + ", ".join(f"{prefix}..." for prefix in PREFIXES)
    raise BadField(f"mac: {text[:60]!r} is no key of a client; expected {expected}")


def read_address(text: str) -> str:
    """An address that a client can have, as it is usually written.

    :raises BadField: if it is none.
    """
    return address(host_address(text))
