"""Domain names and routes inside options (RFC 1035 section 3.1, RFC 3397, RFC 3442)."""

from collections.abc import Iterable, Sequence
from typing import Final

from .errors import BadOption

_LONGEST_LABEL: Final = 63
_LONGEST_NAME: Final = 255
_POINTER: Final = 0xC0


def encode_name(name: str) -> bytes:
    """One domain name as labels, without compression; a final dot makes no difference.

    :raises BadOption: if a label is empty or over 63 octets, or the name over 255 octets.
    """
    labels = name.rstrip(".").split(".") if name.strip(".") else []
    encoded = b""
    for label in labels:
        octets = _label(label)
        if not 0 < len(octets) <= _LONGEST_LABEL:
            raise BadOption(f"{name!r} is no domain name: a label has 1 to 63 octets")
        encoded += bytes((len(octets),)) + octets
    if len(encoded) >= _LONGEST_NAME:
        raise BadOption(f"{name[:40]!r}... is no domain name: it has over 255 octets")
    return encoded + b"\0"


def _label(label: str) -> bytes:
    try:
        return label.encode("ascii")
    except UnicodeEncodeError:
        pass
    try:
        return label.encode("idna")
    except UnicodeError:
        raise BadOption(f"{label!r} is no label of a domain name") from None


def encode_names(names: Iterable[str]) -> bytes:
    """Several names, each suffix written once and then pointed to (RFC 3397 section 2).

    :raises BadOption: as :func:`encode_name`.
    """
    seen: dict[bytes, int] = {}
    area = b""
    for name in names:
        rest = encode_name(name)
        while rest != b"\0":
            if rest in seen:
                area += (_POINTER << 8 | seen[rest]).to_bytes(2, "big")
                break
            if len(area) < 0x4000:
                seen[rest] = len(area)
            size = rest[0] + 1
            area += rest[:size]
            rest = rest[size:]
        else:
            area += b"\0"
    return area


def decode_names(data: bytes) -> list[str]:
    """All names of an area; pointers are followed backwards only, so that they end.

    :raises BadOption: if a label is cut, a pointer leads nowhere or a name is over 255 octets.
    """
    names = []
    position = 0
    while position < len(data):
        name, position = _decode_name(data, position)
        names.append(name)
    return names


def _decode_name(data: bytes, start: int) -> tuple[str, int]:
    labels: list[str] = []
    position, after, limit, octets = start, 0, start, 0
    while True:
        if position >= len(data):
            raise BadOption("a domain name runs past the end")
        size = data[position]
        if size & _POINTER == _POINTER:
            if position + 1 >= len(data):
                raise BadOption("a domain name ends in half a pointer")
            target = (size & ~_POINTER) << 8 | data[position + 1]
            if target >= limit:
                raise BadOption("a domain name points forwards or at itself")
            after = after or position + 2
            position = limit = target
            continue
        if size & _POINTER:
            raise BadOption("a label of a domain name has an unknown form")
        if not size:
            return ".".join(labels), after or position + 1
        label = data[position + 1 : position + 1 + size]
        if len(label) < size:
            raise BadOption("a label of a domain name runs past the end")
        octets += size + 1
        if octets >= _LONGEST_NAME:
            raise BadOption("a domain name has over 255 octets")
        labels.append(label.decode("ascii", "backslashreplace").replace(".", "\\."))
        position += size + 1


def encode_route(network: bytes, prefix: int, router: bytes) -> bytes:
    """One route: width, significant octets of the network, router (RFC 3442).

    :raises BadOption: if the network has bits beyond its prefix.
    """
    if int.from_bytes(network, "big") & (0xFFFFFFFF >> prefix):
        raise BadOption(f"a route's network has bits beyond its prefix of {prefix}")
    return bytes((prefix,)) + network[: (prefix + 7) // 8] + router


def decode_routes(data: bytes) -> list[tuple[bytes, int, bytes]]:
    """(network, prefix, router) of each route.

    :raises BadOption: if a width is over 32 or a route is cut.
    """
    routes = []
    position = 0
    while position < len(data):
        prefix = data[position]
        middle = position + 1 + (prefix + 7) // 8
        if prefix > 32 or middle + 4 > len(data):
            raise BadOption("a classless route is cut or wider than 32")
        routes.append((data[position + 1 : middle].ljust(4, b"\0"), prefix, data[middle : middle + 4]))
        position = middle + 4
    return routes


def join_labels(labels: Sequence[str]) -> str:
    """Labels as one name, empty ones left out."""
    return ".".join(label.strip(".") for label in labels if label and label.strip("."))
