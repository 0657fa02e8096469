"""Arguments of commands that make or show packets: read, and written as JSON can hold them."""

import math
from typing import Any

import click

from ..wire.client import WANTED
from ..wire.errors import WireError
from ..wire.options import address as address_of
from ..wire.options import encode_text
from ..wire.registry import lookup


def hexadecimal(context: click.Context, parameter: click.Parameter, value: str | None) -> bytes:
    """Octets in hexadecimal, with any punctuation; none if nothing was given."""
    if value is None:
        return b""
    try:
        octets = bytes.fromhex(value.replace(":", "").replace("-", ""))
    except ValueError:
        raise click.BadParameter(f"{value!r} is not hexadecimal, such as 02:00:00:00:00:01") from None
    if len(octets) > 16 and parameter.name == "mac":
        raise click.BadParameter("a hardware address has at most 16 octets")
    return octets


def text(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """Text that is UTF-8."""
    try:
        (value or "").encode()
    except UnicodeEncodeError:
        # Octets of the command line that are no UTF-8 come as halves of surrogate pairs.
        raise click.BadParameter(f"{value!r} is no text in UTF-8") from None
    return value


def seconds(context: click.Context, parameter: click.Parameter, value: float) -> float:
    """A number of seconds, which NaN is not."""
    if math.isnan(value):
        raise click.BadParameter("nan is no number of seconds")
    return value


def address(context: click.Context, parameter: click.Parameter, value: str | None) -> bytes | None:
    """The 4 octets of an IPv4 address."""
    try:
        return None if value is None else address_of(value)
    except WireError as error:
        raise click.BadParameter(str(error)) from None


def options(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> dict[int, bytes]:
    """Options by code, each given as NAME=VALUE, or as NAME alone for one without a value."""
    options = {}
    for value in values:
        name, equals, octets = value.partition("=")
        try:
            code = lookup(name).code
            options[code] = encode_text(code, octets) if equals else b""
        except WireError as error:
            raise click.BadParameter(f"{value}: {error}") from None
    return options


def codes(context: click.Context, parameter: click.Parameter, value: str | None) -> bytes:
    """The codes of options by name or number, with commas between; the usual ones if nothing was given."""
    if value is None:
        return WANTED
    try:
        return bytes(lookup(name).code for name in value.replace(",", " ").split())
    except WireError as error:
        raise click.BadParameter(str(error)) from None


def plain(value: Any) -> Any:
    """A value as JSON can hold it."""
    if isinstance(value, bytes):
        return f"0x{value.hex()}"
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value
