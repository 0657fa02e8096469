"""What a client is known by: the keys under which sources hold reservations."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from .model import Query

Identity = str | Callable[[Query], str | None]
"""One of :data:`IDENTITIES`, or a site's function that gives a key, or None or "" for a client without one."""

LONGEST: Final = 255
"""Octets of an identifier; a longer one identifies nobody."""


def octets_key(kind: str, octets: bytes) -> str:
    """The key for an identifier that is octets: as text where all of them are printable ASCII, else in hexadecimal.

    ``circuit-id:eth 1/1/04:7``, ``circuit-id:0x00040102``. Text that begins with ``0x`` is written in
    hexadecimal too, so that no two identifiers have one key. "" for none, or one of more than
    :data:`LONGEST` octets.
    """
    if not octets or len(octets) > LONGEST:
        return ""
    if all(0x20 <= octet < 0x7F for octet in octets) and not octets.startswith(b"0x"):
        return f"{kind}:{octets.decode('ascii')}"
    return f"{kind}:0x{octets.hex()}"


IDENTITIES: Final[dict[str, Callable[[Query], str]]] = {
    "mac": lambda query: query.mac.hex(":"),
    "client-identifier": lambda query: octets_key("client-identifier", query.client_identifier),
    "circuit-id": lambda query: octets_key("circuit-id", query.circuit_id),
    "remote-id": lambda query: octets_key("remote-id", query.remote_id),
}
"""The keys that a packet tells by itself (RFC 2132 section 9.14, RFC 3046 sections 3.1 and 3.2)."""

PREFIXES: Final = tuple(f"{name}:" for name in IDENTITIES if name != "mac")
"""How keys begin that are no hardware addresses."""


def keys(query: Query, identities: Sequence[Identity]) -> Iterator[str]:
    """What a client may be known by, in order; what it does not tell is left out.

    :raises TypeError: if a site's function gives something that is no text.
    """
    for identity in identities:
        key = IDENTITIES[identity](query) if isinstance(identity, str) else identity(query)
        if not key:
            continue
        if not isinstance(key, str):
            name = getattr(identity, "__name__", "IDENTITY")
            raise TypeError(f"{name} gave a value of type {type(key).__name__}; expected text, or None")
        yield key
