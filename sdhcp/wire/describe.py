"""Messages as text for people: addresses, options, one line, or in full. Nothing here ever raises."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from . import relay
from .constants import MESSAGE_NAMES, MESSAGE_TYPE, PARAMETER_REQUEST_LIST, RELAY_AGENT, ZERO_ADDRESS
from .message import Message
from .options import decode_option
from .registry import lookup, name_of

_LONGEST: Final = 200
_LONGEST_HARDWARE: Final = 32
_PRINTABLE: Final = range(0x20, 0x7F)


def address(octets: bytes) -> str:
    """4 bytes as a dotted quad, anything else in hexadecimal."""
    return ".".join(map(str, octets)) if len(octets) == 4 else hexadecimal(octets)


def hardware(octets: bytes) -> str:
    """A hardware address with colons, cut where it is longer than any."""
    cut = "..." if len(octets) > _LONGEST_HARDWARE else ""
    return octets[:_LONGEST_HARDWARE].hex(":") + cut if octets else "no hardware address"


def hexadecimal(octets: bytes) -> str:
    """Octets as 0x..., cut where they are many."""
    cut = f"... ({len(octets)} octets)" if len(octets) > _LONGEST else ""
    return f"0x{octets[:_LONGEST].hex()}{cut}"


def text(octets: bytes) -> str:
    """Octets as text in quotes if all of them are printable, else in hexadecimal."""
    if octets and all(octet in _PRINTABLE for octet in octets):
        shown = octets[:_LONGEST].decode("ascii").replace("\\", "\\\\").replace('"', '\\"')
        cut = "..." if len(octets) > _LONGEST else ""
        return f'"{shown}{cut}"'
    return hexadecimal(octets)


def option(code: int, octets: bytes) -> str:
    """The value of an option, readable; control characters never pass."""
    if code == MESSAGE_TYPE and len(octets) == 1:
        return MESSAGE_NAMES.get(octets[0], str(octets[0]))
    if code == PARAMETER_REQUEST_LIST:
        return _cut(", ".join(str(wanted) for wanted in octets))
    if code == RELAY_AGENT:
        return _suboptions(octets, lambda sub: relay.NAMES.get(sub, str(sub)))
    value = decode_option(code, octets)
    if isinstance(value, str) and lookup(code).family != "text":
        return value
    return _value(value, octets)


def _value(value: Any, octets: bytes) -> str:
    if isinstance(value, bytes | str):
        return text(octets.rstrip(b"\0") or octets) if octets else "present"
    if isinstance(value, dict):
        if sum(5 + len(data) for data in value.values()) < len(octets):
            return hexadecimal(octets)
        return _cut(", ".join(f"{key}={text(data)}" for key, data in value.items())) or hexadecimal(octets)
    if isinstance(value, list):
        shown = (" via ".join(item) if isinstance(item, tuple) else str(item) for item in value)
        return _printable(_cut(", ".join(shown)))
    return str(value)


def _suboptions(octets: bytes, name: Callable[[int], str]) -> str:
    found = relay.suboptions(octets)
    shown = _cut(", ".join(f"{name(code)}={_suboption(code, value)}" for code, value in found.items()))
    return shown or hexadecimal(octets)


def _suboption(code: int, value: bytes) -> str:
    return address(value) if code in (5, 11) and len(value) == 4 else text(value)


def _cut(shown: str) -> str:
    return shown if len(shown) <= 2 * _LONGEST else shown[: 2 * _LONGEST] + "..."


def _printable(shown: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in shown)


def kind(message: Message) -> str:
    """The message type's name."""
    if MESSAGE_TYPE not in message.options:
        return "BOOTREQUEST" if message.op == 1 else "BOOTREPLY"
    return option(MESSAGE_TYPE, message.options[MESSAGE_TYPE])


def one_line(message: Message) -> str:
    """The message in one line: type, client, transaction, addresses and options."""
    fields = [kind(message), hardware(message.hardware_address), f"xid {message.xid.hex()}"]
    for name in ("ciaddr", "yiaddr", "siaddr", "giaddr"):
        value = getattr(message, name)
        if value != ZERO_ADDRESS:
            fields.append(f"{name} {address(value)}")
    rest = {code: value for code, value in message.options.items() if code != MESSAGE_TYPE}
    options = (f"{name_of(code)}={option(code, value)}" for code, value in rest.items())
    return _cut(" ".join([*fields, *options]))


def in_full(message: Message) -> str:
    """The message with one line for each field and option."""
    return "\n".join(_lines(message))


def _lines(message: Message) -> Iterator[str]:
    yield kind(message)
    yield f"  op {message.op}  htype {message.htype}  hlen {message.hlen}  hops {message.hops}  secs {message.secs}"
    yield f"  xid {message.xid.hex()}  flags {message.flags:#06x}{' (broadcast)' if message.flags & 0x8000 else ''}"
    for name in ("ciaddr", "yiaddr", "siaddr", "giaddr"):
        yield f"  {name} {address(getattr(message, name))}"
    yield f"  chaddr {hardware(message.hardware_address)}"
    for name in ("sname", "file"):
        value = getattr(message, name).rstrip(b"\0")
        if value:
            yield f"  {name} {text(value)}"
    for code, value in message.options.items():
        yield f"  {code:3} {name_of(code)} = {option(code, value)}"
