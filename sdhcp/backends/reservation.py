"""One reservation, from the text that files and databases hold, checked field by field."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any, Final

from ..model import BLOCKS, NOT_CONFIGURED, Definition
from ..wire.constants import ZERO_ADDRESS
from ..wire.errors import WireError
from ..wire.options import address, encode_option
from ..wire.registry import lookup

INFINITE: Final = 0xFFFFFFFF
_OPTION: Final = "option-"
_FORCED: Final = "force-option-"
_TEXT_FIELDS: Final = {"server-name": "server_name", "boot-file": "boot_file"}
_TIMES: Final = {"renewal-time": "renewal_time", "rebinding-time": "rebinding_time", "lease-time": "lease_time"}
_LONGEST_TEXT: Final = 255
_PLAIN: Final = len(("ip", "subnet", "serial", "hostname"))
_HEX: Final = frozenset("0123456789abcdef")


class BadField(ValueError):
    """A field that does not fit; the text names it, its value and what is expected."""


def hardware_address(text: str) -> bytes | None:
    """The 6 bytes of a hardware address with any punctuation or none, or None."""
    digits = [character for character in text.lower() if character.isalnum()]
    if len(digits) != 12 or not _HEX.issuperset(digits):
        return None
    return bytes.fromhex("".join(digits))


def host_address(value: Any) -> bytes:
    """The 4 bytes of the address that a host is to get.

    :raises BadField: if it is none.
    """
    octets = _address("ip", value)
    if octets is None or not 0 < octets[0] < 224:
        raise BadField(f"ip: {_shown(value)} is no address that a client can have")
    return octets


def host_name(value: Any) -> str | None:
    """A host's name, None if it has none.

    :raises BadField: if it cannot be sent.
    """
    return _text("hostname", value)


def host_fields(fields: Mapping[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    """What a host's fields, by the names of the database's columns, give to a definition.

    :param extra: the site's own fields of the host, as ``maps.<name>``.
    :raises BadField: for the first field that is not in order.
    """
    return {
        "ip": host_address(fields.get("ip")),
        "subnet": str(fields["subnet"]),
        "serial": _whole("serial", fields["serial"]),
        "hostname": host_name(fields.get("hostname")),
        **_further(extra),
    }


def subnet_fields(fields: Mapping[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    """What a subnet's fields give to the definitions of all its hosts; as :func:`host_fields`."""
    lease_time = _seconds("lease_time", fields.get("lease_time"))
    return {
        "lease_time": lease_time,
        "gateways": _addresses("gateway", fields.get("gateway")),
        "subnet_mask": _mask(fields.get("subnet_mask")),
        "broadcast_address": _address("broadcast_address", fields.get("broadcast_address")),
        "domain_name": _text("domain_name", fields.get("domain_name")),
        "domain_name_servers": _addresses("domain_name_servers", fields.get("domain_name_servers")),
        "ntp_servers": _addresses("ntp_servers", fields.get("ntp_servers")),
        **_further(extra, lease_time),
    }


def combine(host: Mapping[str, Any], subnet: Definition, extra: Mapping[str, Any] | None) -> Definition:
    """One definition; what a host says wins over what its subnet says.

    :param subnet: from :func:`without_host`.
    """
    if len(host) == _PLAIN:
        return subnet.for_host(host["ip"], host["hostname"], extra)
    fields = {**host, "extra": extra}
    if "options" in host:
        fields["options"] = {**subnet.options, **host["options"]}
        fields["forced"] = subnet.forced | host["forced"]
    return replace(subnet, **fields)


def without_host(name: str, serial: Any, fields: Mapping[str, Any], extra: Mapping[str, Any]) -> Definition:
    """A subnet's own definition: what its hosts share, and what an INFORM of a stranger is answered with.

    :param fields: from :func:`subnet_fields`.
    :raises BadField: if the serial is no number.
    """
    definition = Definition(
        **{"ip": ZERO_ADDRESS, "subnet": name, "serial": _whole("serial", serial), **fields, "extra": extra or None}
    )
    definition.blocks.most = BLOCKS
    return definition


def _further(extra: Mapping[str, Any], lease_time: int | None = None) -> dict[str, Any]:
    """What the site's own fields mean for the reply: options, boot server and file, times below the lease's."""
    fields: dict[str, Any] = {}
    options: dict[int, bytes] = {}
    forced: set[int] = set()
    for name, value in extra.items():
        key = (name.partition(".")[2] or name).lower().replace("_", "-")
        if value is None or value == "":
            continue
        if key.startswith((_OPTION, _FORCED)):
            code, octets = _option(name, key.removeprefix("force-").removeprefix(_OPTION), value)
            options[code] = octets
            if key.startswith(_FORCED):
                forced.add(code)
        elif key in _TIMES:
            fields[_TIMES[key]] = _seconds(name, value)
        elif key in _TEXT_FIELDS:
            fields[_TEXT_FIELDS[key]] = (_text(name, value) or "").encode()
        elif key == "next-server":
            fields["next_server"] = _address(name, value) or ZERO_ADDRESS
    known = {"lease_time": lease_time, **fields}
    times = [(key, known[key]) for key in ("renewal_time", "rebinding_time", "lease_time") if known.get(key)]
    for (earlier, less), (later, more) in pairwise(times):
        if less >= more:
            name = next(own for own in extra if (own.partition(".")[2] or own).lower().replace("-", "_") == earlier)
            raise BadField(f"{name}: {less} s is not before {later}, {more} s")
    if options:
        fields["options"] = options
        fields["forced"] = frozenset(forced)
    return fields


def _option(name: str, which: str, value: Any) -> tuple[int, bytes]:
    try:
        code = lookup(which).code
        if code in NOT_CONFIGURED:
            raise BadField(f"{name}: option {code} is not configured: the server decides it, or repeats the client's")
        return code, encode_option(code, value)
    except WireError as error:
        raise BadField(f"{name}: {error}") from None


def _text(name: str, value: Any) -> str | None:
    if value is None or value == "":
        return None
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    text = text.strip()
    if "\0" in text or len(text.encode("utf-8", "replace")) > _LONGEST_TEXT:
        raise BadField(f"{name}: {text[:40]!r} is no text of at most {_LONGEST_TEXT} octets without NUL characters")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise BadField(f"{name}: {text[:40]!r} is no text that can be sent") from None
    return text or None


def _whole(name: str, value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        raise BadField(f"{name}: {_shown(value)} is no whole number") from None


def _seconds(name: str, value: Any) -> int:
    seconds = _whole(name, value) if value is not None else 0
    if not 0 < seconds <= INFINITE:
        raise BadField(f"{name}: {_shown(value)} is no time; expected a number of seconds from 1 to {INFINITE}")
    return seconds


def _address(name: str, value: Any) -> bytes | None:
    if value is None or str(value).strip() == "":
        return None
    try:
        return address(str(value))
    except WireError as error:
        raise BadField(f"{name}: {error}") from None


def _addresses(name: str, value: Any) -> tuple[bytes, ...]:
    if value is None:
        return ()
    found = [_address(name, piece) for piece in str(value).replace(",", " ").split()]
    return tuple(octets for octets in found if octets is not None)


def _mask(value: Any) -> bytes | None:
    octets = _address("subnet_mask", value)
    if octets is not None:
        number = int.from_bytes(octets, "big")
        if number | (number - 1) != 0xFFFFFFFF or not number:
            raise BadField(f"subnet_mask: {value} is no mask; expected such as 255.255.255.0")
    return octets


def _shown(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) < 60 else shown[:57] + "..."
