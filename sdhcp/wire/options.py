"""Values of options: from Python, from text as it stands in files and databases, and back.

The family of an option says what its value is: address, addresses, address-pairs, 8-bit, 16-bit, 16-bit-list,
32-bit, boolean, text, octets, flag, names, sip, routes, encapsulated, relay-agent, vendor-class, vendor-options.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from .errors import BadOption
from .names import decode_names, decode_routes, encode_names, encode_route
from .registry import lookup
from .relay import encode as encode_relay
from .relay import suboptions
from .suboptions import decode_encapsulated, decode_vendor, encode_encapsulated, encode_vendor

_TRUE: Final = frozenset(("1", "true", "yes", "on", "y", "t"))
_NO_HEXADECIMAL: Final = frozenset(("text", "8-bit", "16-bit", "32-bit"))
_FALSE: Final = frozenset(("0", "false", "no", "off", "n", "f"))


def encode_option(code: int, value: Any) -> bytes:
    """The octets of an option's value, given as Python has it: int, bool, str, bytes, lists and dicts of those.

    Text is read as :func:`encode_text` reads it; octets are taken as they are.

    :raises BadOption: saying what is expected.
    :raises UnknownOption: if there is no such code.
    """
    known = lookup(code)
    if isinstance(value, bytes | bytearray):
        return bytes(value)
    if isinstance(value, str):
        return encode_text(code, value)
    try:
        return _FROM_VALUE[known.family](value)
    except BadOption as error:
        raise BadOption(f"{known.name}: {error}") from None
    except (TypeError, ValueError, OverflowError, AttributeError):
        raise BadOption(f"{known.name}: {value!r} does not fit; expected {_EXPECTED[known.family]}") from None


def encode_text(code: int, text: str) -> bytes:
    """The octets of an option's value, given as text. "0x..." is octets in hexadecimal, but for numbers and text.

    :raises BadOption: saying what is expected.
    :raises UnknownOption: if there is no such code.
    """
    known = lookup(code)
    if text[:2] in ("0x", "0X") and known.family not in _NO_HEXADECIMAL:
        return _octets(text)
    try:
        return _FROM_TEXT[known.family](text.strip())
    except BadOption as error:
        raise BadOption(f"{known.name}: {error}") from None
    except ValueError:
        raise BadOption(f"{known.name}: {text!r} does not fit; expected {_EXPECTED[known.family]}") from None


_OCTETS: Final = {str(number): number for number in range(256)}


def decode_option(code: int, data: bytes) -> Any:
    """The value of an option as Python has it; the octets themselves if they do not have its form. Never raises."""
    if not 0 < code < 255:
        return data
    try:
        return _TO_VALUE[lookup(code).family](data)
    except (BadOption, ValueError):
        return data


def address(text: str) -> bytes:
    """4 bytes of a dotted quad.

    :raises BadOption: if it is none.
    """
    parts = text.split(".")
    if len(parts) == 4:
        try:
            return bytes([_OCTETS[part] for part in parts])
        except KeyError:
            pass
    parts = text.strip().split(".")
    if len(parts) == 4 and all(part.isascii() and part.isdigit() and len(part) < 4 for part in parts):
        numbers = [int(part) for part in parts]
        if max(numbers) < 256:
            return bytes(numbers)
    raise BadOption(f"{text.strip()!r} is no IPv4 address; expected four numbers from 0 to 255 with dots between")


def _pieces(text: str) -> list[str]:
    return [piece for piece in text.replace(",", " ").split() if piece]


def _addresses(text: str) -> bytes:
    pieces = _pieces(text)
    if not pieces:
        raise BadOption("no address; expected one or more IPv4 addresses with commas between")
    return b"".join(address(piece) for piece in pieces)


def _pairs(text: str) -> bytes:
    octets = _addresses(text.replace("/", " "))
    if len(octets) % 8:
        raise BadOption("expected pairs of IPv4 addresses")
    return octets


def _number(size: int) -> Callable[[Any], bytes]:
    def encode(value: Any) -> bytes:
        number = int(value, 0) if isinstance(value, str) else int(value)
        if not 0 <= number < 1 << 8 * size:
            raise BadOption(f"{number} does not fit; expected 0 to {(1 << 8 * size) - 1}")
        return number.to_bytes(size, "big")

    return encode


def _signed(value: Any) -> bytes:
    number = int(value, 0) if isinstance(value, str) else int(value)
    if not -(1 << 31) <= number < 1 << 32:
        raise BadOption(f"{number} does not fit 32 bits")
    return (number & 0xFFFFFFFF).to_bytes(4, "big")


def _shorts(values: Iterable[Any]) -> bytes:
    return b"".join(_number(2)(value) for value in values)


def _boolean(text: str) -> bytes:
    word = text.lower()
    if word not in _TRUE | _FALSE:
        raise BadOption(f"{text!r} is neither yes nor no")
    return bytes((word in _TRUE,))


def _text(text: str) -> bytes:
    octets = text.encode()
    if not octets:
        raise BadOption("empty text; leave the option out instead")
    return octets


def _octets(text: str) -> bytes:
    if text[:2] in ("0x", "0X"):
        try:
            return bytes.fromhex(text[2:].replace(":", "").replace("-", ""))
        except ValueError:
            raise BadOption(f"{text!r} is no hexadecimal number of whole octets") from None
    pairs = text.split(":")
    if len(pairs) > 1 and all(len(pair) == 2 and _is_hex(pair) for pair in pairs):
        return bytes.fromhex("".join(pairs))
    return _text(text)


def _is_hex(text: str) -> bool:
    return all(character in "0123456789abcdefABCDEF" for character in text)


def _flag(text: str) -> bytes:
    return b""


def _names(text: str) -> bytes:
    pieces = _pieces(text)
    if not pieces:
        raise BadOption("no name; expected one or more domain names with commas between")
    return encode_names(pieces)


def _sip(text: str) -> bytes:
    try:
        return b"\1" + _addresses(text)
    except BadOption:
        return b"\0" + _names(text)


def _routes(text: str) -> bytes:
    pieces = text.replace(",", " ").replace(" via ", " ").replace("->", " ").split()
    if not pieces or len(pieces) % 2:
        raise BadOption("expected routes such as 10.1.0.0/16 10.0.0.1, with commas between")
    return b"".join(_route(*pair) for pair in zip(pieces[::2], pieces[1::2], strict=True))


def _route(network: str, router: str) -> bytes:
    base, slash, prefix = ("0.0.0.0", "/", "0") if network == "default" else network.partition("/")
    if not slash or not prefix.isascii() or not prefix.isdigit() or int(prefix) > 32:
        raise BadOption(f"{network!r} is no network; expected such as 10.1.0.0/16")
    return encode_route(address(base), int(prefix), address(router))


def _address_values(values: Iterable[Any]) -> bytes:
    return b"".join(value if isinstance(value, bytes) else address(str(value)) for value in values)


def _joined(encode: Callable[[str], bytes]) -> Callable[[Any], bytes]:
    return lambda values: encode(", ".join(str(value) for value in values))


def _route_values(values: Iterable[Any]) -> bytes:
    return b"".join(_route(str(network), str(router)) for network, router in values)


def _one_address(value: Any) -> bytes:
    return address(str(value))


def _byte_values(value: Any) -> bytes:
    return bytes((value,)) if isinstance(value, int) else bytes(value)


def _any_flag(value: Any) -> bytes:
    return b""


def _mapping(encode: Callable[[Mapping[int, bytes]], bytes]) -> Callable[[Any], bytes]:
    def encode_all(value: Any) -> bytes:
        if isinstance(value, list | tuple):
            return bytes(value)
        return encode({code: _byte_values(data) for code, data in value.items()})

    return encode_all


def _only(size: int, make: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
    def decode(data: bytes) -> Any:
        if len(data) != size:
            raise ValueError
        return make(data)

    return decode


def _dotted(data: bytes) -> str:
    return ".".join(map(str, data))


def _dotted_list(data: bytes) -> list[str]:
    if not data or len(data) % 4:
        raise ValueError
    return [_dotted(data[at : at + 4]) for at in range(0, len(data), 4)]


def _short_list(data: bytes) -> list[int]:
    if not data or len(data) % 2:
        raise ValueError
    return [int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2)]


def _to_int(data: bytes) -> int:
    return int.from_bytes(data, "big")


def _to_routes(data: bytes) -> list[tuple[str, str]]:
    return [(f"{_dotted(network)}/{prefix}", _dotted(router)) for network, prefix, router in decode_routes(data)]


def _to_sip(data: bytes) -> list[str]:
    if data[:1] == b"\1":
        return _dotted_list(data[1:])
    if data[:1] == b"\0":
        return decode_names(data[1:])
    raise ValueError


_FROM_TEXT: Final[dict[str, Callable[[str], bytes]]] = {
    "address": address,
    "addresses": _addresses,
    "address-pairs": _pairs,
    "8-bit": _number(1),
    "16-bit": _number(2),
    "16-bit-list": lambda text: _shorts(_pieces(text)),
    "32-bit": _signed,
    "boolean": _boolean,
    "text": _text,
    "octets": _octets,
    "flag": _flag,
    "names": _names,
    "sip": _sip,
    "routes": _routes,
    "encapsulated": _octets,
    "relay-agent": _octets,
    "vendor-class": _octets,
    "vendor-options": _octets,
}
_FROM_VALUE: Final[dict[str, Callable[[Any], bytes]]] = {
    "address": _one_address,
    "addresses": _address_values,
    "address-pairs": _address_values,
    "8-bit": _number(1),
    "16-bit": _number(2),
    "16-bit-list": lambda value: _shorts([value] if isinstance(value, int) else value),
    "32-bit": _signed,
    "boolean": lambda value: bytes((bool(value),)),
    "text": lambda value: _text(str(value)),
    "octets": _byte_values,
    "flag": _any_flag,
    "names": _joined(_names),
    "sip": _joined(_sip),
    "routes": _route_values,
    "encapsulated": _mapping(encode_encapsulated),
    "relay-agent": _mapping(encode_relay),
    "vendor-class": _mapping(encode_vendor),
    "vendor-options": _mapping(encode_vendor),
}
_TO_VALUE: Final[dict[str, Callable[[bytes], Any]]] = {
    "address": _only(4, _dotted),
    "addresses": _dotted_list,
    "address-pairs": _dotted_list,
    "8-bit": _only(1, _to_int),
    "16-bit": _only(2, _to_int),
    "16-bit-list": _short_list,
    "32-bit": _only(4, _to_int),
    "boolean": _only(1, lambda data: data != b"\0"),
    "text": lambda data: data.rstrip(b"\0").decode(),
    "octets": bytes,
    "flag": bytes,
    "names": decode_names,
    "sip": _to_sip,
    "routes": _to_routes,
    "encapsulated": decode_encapsulated,
    "relay-agent": suboptions,
    "vendor-class": decode_vendor,
    "vendor-options": decode_vendor,
}
_EXPECTED: Final = {
    "address": "an IPv4 address",
    "addresses": "one or more IPv4 addresses with commas between",
    "address-pairs": "pairs of IPv4 addresses",
    "8-bit": "a number from 0 to 255",
    "16-bit": "a number from 0 to 65535",
    "16-bit-list": "numbers from 0 to 65535 with commas between",
    "32-bit": "a number of 32 bits",
    "boolean": "yes or no",
    "text": "text",
    "octets": "octets, as 0x0102 or 01:02, or text",
    "flag": "nothing",
    "names": "domain names with commas between",
    "sip": "IPv4 addresses or domain names with commas between",
    "routes": "routes such as 10.1.0.0/16 10.0.0.1, with commas between",
    "encapsulated": "octets, as 0x0102 or 01:02, or a dict of them by sub-option",
    "relay-agent": "octets, as 0x0102 or 01:02, or a dict of them by sub-option",
    "vendor-class": "octets, as 0x0102 or 01:02, or a dict of them by enterprise number",
    "vendor-options": "octets, as 0x0102 or 01:02, or a dict of them by enterprise number",
}
