"""Option 81, the client's full name (RFC 4702), answered by a server that changes no DNS."""

from typing import Final

from .errors import BadOption
from .names import decode_names, encode_name, join_labels

_S: Final = 1
_O: Final = 2
_E: Final = 4
_N: Final = 8
_SHORTEST: Final = 3
_RCODES: Final = b"\xff\xff"


def answer_fqdn(value: bytes, hostname: str | None, domain: str | None) -> bytes | None:
    """The option for a reply: no update is done (N), which overrides a client that asked for one (O).

    The name is the reservation's if it has one, else the client's own, in the client's encoding (E).
    None for a value that is malformed, which is then as if it were not there.
    """
    if len(value) < _SHORTEST:
        return None
    flags = value[0]
    answer = _N | (_O if flags & _S else 0) | (flags & _E)
    try:
        sent = _sent_name(value[_SHORTEST:], bool(flags & _E))
        name = join_labels([hostname, domain or ""]) if hostname else sent
        octets = encode_name(name) if flags & _E else name.encode("ascii")
    except (BadOption, UnicodeError):
        return None
    if flags & _E and not name:
        octets = b""
    return bytes((answer,)) + _RCODES + octets


def _sent_name(data: bytes, canonical: bool) -> str:
    """The name as text; a canonical one need not end in the root label (RFC 4702 section 2.3.1).

    :raises BadOption: if it is no domain name.
    """
    if not canonical:
        text = data.decode("ascii")
        encode_name(text)
        if not (text + "x").isprintable():
            raise BadOption("option 81 holds control characters")
        return text
    if not data:
        return ""
    names = decode_names(data if data.endswith(b"\0") else data + b"\0")
    if len(names) != 1 or b"\xc0" in data:
        raise BadOption("option 81 holds no single name")
    return names[0]
