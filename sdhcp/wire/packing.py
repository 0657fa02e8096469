"""Writing options: splitting, the size limit and overload (RFC 3396, RFC 2131 section 4.1)."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from .constants import LEASE_TIME, MESSAGE_TYPE, OVERLOAD, RELAY_AGENT, SERVER_IDENTIFIER

_FILE_SIZE: Final = 128
_SNAME_SIZE: Final = 64
_OVERLOAD_SIZE: Final = 3
_HEAD: Final = (MESSAGE_TYPE, SERVER_IDENTIFIER, LEASE_TIME)


class Packed(NamedTuple):
    """Where options went: the options area with its End, and the overloaded fields or None."""

    area: bytes
    file: bytes | None
    sname: bytes | None
    left_out: tuple[int, ...]


def write_option(code: int, value: bytes) -> bytes:
    """One option as octets; a value over 255 octets becomes consecutive instances (RFC 3396)."""
    if len(value) < 256:
        return bytes((code, len(value))) + value
    return b"".join(
        bytes((code, len(part))) + part for part in (value[at : at + 255] for at in range(0, len(value), 255))
    )


def ordered(options: Mapping[int, bytes]) -> list[int]:
    """Codes in the order they are written: 53 first, 82 last, the others as they stand."""
    codes = [code for code in options if code not in (MESSAGE_TYPE, RELAY_AGENT, OVERLOAD)]
    if MESSAGE_TYPE in options:
        codes.insert(0, MESSAGE_TYPE)
    if RELAY_AGENT in options:
        codes.append(RELAY_AGENT)
    return codes


def pack(options: Mapping[int, bytes], room: int | None, file_free: bool = True, sname_free: bool = True) -> Packed:
    """Write options into at most ``room`` octets (None: no limit), End included.

    What does not fit goes, whole, into the file field and then the sname field where those are
    free; a value over 255 octets, which is split in any case, is split where a field ends. What
    fits nowhere is left out and named. Option 82 is never put into a field (RFC 3046 section 2.2),
    and never cut: it stands in the options area or not at all.
    """
    codes = ordered(options)
    area = b"".join([write_option(code, options[code]) for code in codes])
    if room is None or len(area) < room:
        return Packed(area + b"\xff", None, None, ())
    return _pack_tight(options, codes, room, file_free, sname_free)


class _Field:
    """Room that is being filled; the last octet is kept for End."""

    def __init__(self, size: int) -> None:
        self.left = size - 1
        self.parts: list[bytes] = []

    def put(self, code: int, value: bytes) -> None:
        self.parts.append(bytes((code, len(value))) + value)
        self.left -= 2 + len(value)

    def octets(self) -> bytes:
        return b"".join(self.parts) + b"\xff"


def _pack_tight(options: Mapping[int, bytes], codes: list[int], room: int, file_free: bool, sname_free: bool) -> Packed:
    main = _Field(room)
    fields = [main]
    file = _Field(_FILE_SIZE) if file_free else None
    sname = _Field(_SNAME_SIZE) if sname_free else None
    fields += [field for field in (file, sname) if field is not None]
    if len(fields) > 1:
        main.left -= _OVERLOAD_SIZE
    relay = options.get(RELAY_AGENT)
    relay_octets = b"" if relay is None else write_option(RELAY_AGENT, relay)
    left_out: list[int] = []
    # What makes a reply one goes before what is repeated.
    head_size = sum(2 + len(options[code]) for code in _HEAD if code in options)
    if len(relay_octets) + head_size > main.left:
        left_out.append(RELAY_AGENT)
        relay_octets = b""
    main.left -= len(relay_octets)
    for code in codes:
        if code == RELAY_AGENT:
            continue
        value = options[code]
        placed = _place(code, value, fields) if len(value) < 256 else _spread(code, value, fields)
        if not placed:
            left_out.append(code)
    which = (1 if file is not None and file.parts else 0) + (2 if sname is not None and sname.parts else 0)
    overload = bytes((OVERLOAD, 1, which)) if which else b""
    head = main.parts[:1]
    area = b"".join(head) + overload + b"".join(main.parts[1:]) + relay_octets + b"\xff"
    return Packed(
        area,
        file.octets().ljust(_FILE_SIZE, b"\0") if file is not None and file.parts else None,
        sname.octets().ljust(_SNAME_SIZE, b"\0") if sname is not None and sname.parts else None,
        tuple(left_out),
    )


def _place(code: int, value: bytes, fields: list[_Field]) -> bool:
    for field in fields:
        if field.left >= 2 + len(value):
            field.put(code, value)
            return True
    return False


def _spread(code: int, value: bytes, fields: list[_Field]) -> bool:
    shares: list[tuple[_Field, bytes]] = []
    rest = value
    for field in fields:
        left = field.left
        while rest and left > 2:
            part = rest[: min(255, left - 2)]
            rest = rest[len(part) :]
            left -= 2 + len(part)
            shares.append((field, part))
    if rest:
        return False
    for field, part in shares:
        field.put(code, part)
    return True
