"""What is known of who holds an address, as octets: a fraction of what texts of their own would take."""

from struct import Struct
from typing import Final, NamedTuple

_LENGTH: Final = Struct(">H")
_LENGTHS: Final = Struct(">BHH")
_MOST: Final = 0xFFFF


class Details(NamedTuple):
    """The texts of a :class:`~sdhcp.model.Lease`."""

    client: str
    mac: bytes
    hostname: str
    via: str
    evidence: str


def key_of(client: str) -> bytes:
    """What the octets of all this client's records begin with, and nobody else's."""
    octets = client.encode("utf-8", "surrogatepass")[:_MOST]
    return _LENGTH.pack(len(octets)) + octets


def packed(key: bytes, mac: bytes, hostname: str, via: str, evidence: str) -> bytes:
    """A record; of a hardware address 255 octets are kept, of each text 65535."""
    name, way = hostname.encode("utf-8", "surrogatepass"), via.encode("utf-8", "surrogatepass")
    if len(mac) > 0xFF or len(name) > _MOST or len(way) > _MOST:
        mac, name, way = mac[:0xFF], name[:_MOST], way[:_MOST]
    why = evidence.encode("utf-8", "surrogatepass") if evidence else b""
    return key + _LENGTHS.pack(len(mac), len(name), len(way)) + mac + name + way + why


def with_evidence(record: bytes, evidence: str) -> bytes:
    """The same record for another reason."""
    _, mac, hostname, via, _ = unpacked(record)
    return packed(key_in(record), mac, hostname, via, evidence)


def key_in(record: bytes) -> bytes:
    """The key that a record begins with."""
    return record[: 2 + _LENGTH.unpack_from(record)[0]]


def unpacked(record: bytes) -> Details:
    """What :func:`packed` was given."""
    at = 2 + _LENGTH.unpack_from(record)[0]
    mac, hostname, via = _LENGTHS.unpack_from(record, at)
    mac_at = at + _LENGTHS.size
    name_at = mac_at + mac
    via_at = name_at + hostname
    end = via_at + via
    return Details(
        _text(record[2:at]),
        record[mac_at:name_at],
        _text(record[name_at:via_at]),
        _text(record[via_at:end]),
        _text(record[end:]) if end < len(record) else "",
    )


def _text(octets: bytes) -> str:
    return octets.decode("utf-8", "surrogatepass")


NOBODY: Final = key_of("")
"""The key of an address that nobody held."""
