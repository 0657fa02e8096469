"""What is to be explained, as people and programs say it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ..client_packets import Packet, as_packet, packet
from ..model import BOOTP, DECLINE, DISCOVER, INFORM, INIT_REBOOT, REBIND, RELEASE, RENEW, SELECTING, Local
from ..wire.errors import WireError
from ..wire.options import address as address_of
from ..wire.options import encode_text
from ..wire.registry import lookup
from .origins import codes_of

TYPES: Final = {
    "discover": DISCOVER,
    "request": SELECTING,
    "reboot": INIT_REBOOT,
    "renew": RENEW,
    "rebind": REBIND,
    "inform": INFORM,
    "release": RELEASE,
    "decline": DECLINE,
    "bootp": BOOTP,
}
"""Kinds of packets by what ``type`` may say."""
TEXTS: Final = (
    "mac", "type", "address", "giaddr", "circuit_id", "remote_id", "client_id", "vendor", "ask_for", "options",
    "packet", "server", "interface",
)  # fmt: skip
"""Members that are text. All may be left out, but for one of ``mac`` and ``packet``."""
_SIDE: Final = ("packet", "server", "interface", "port")
_LONGEST: Final = 65_536


def packet_of(asked: Mapping[str, Any]) -> Packet:
    """The packet that is meant.

    :raises ValueError: saying what of it cannot be.
    """
    unknown = [name for name in asked if name not in (*TEXTS, "broadcast", "port")]
    if unknown:
        raise ValueError(f"{unknown[0][:40]!r} is nothing that can be said of a packet")
    for name in TEXTS:
        if not isinstance(asked.get(name, ""), str) or len(asked.get(name, "")) > _LONGEST:
            raise ValueError(f"{name}: expected text")
    if not isinstance(asked.get("broadcast", False), bool):
        raise ValueError("broadcast: expected true or false")
    said = {name: value for name, value in asked.items() if value not in ("", None)}
    if "packet" in said:
        others = [name for name in said if name not in _SIDE and name != "broadcast"]
        if others:
            raise ValueError(f"packet has all of it; leave out {others[0]}")
        return as_packet(_octets("packet", said["packet"]))
    if "mac" not in said:
        raise ValueError("expected mac, the client's hardware address, or packet, a packet's octets in hexadecimal")
    kind = TYPES.get(said.get("type", "discover").lower())
    if kind is None:
        raise ValueError(f"type: expected one of {', '.join(TYPES)}")
    more: dict[str, Any] = {}
    if "ask_for" in said:
        more["parameter_request_list"] = _named("ask_for", codes_of, said["ask_for"])
    if "client_id" in said:
        more["client_identifier"] = _octets("client_id", said["client_id"])
    for name in ("circuit_id", "remote_id"):
        text = said.get(name, "")
        more[name] = _octets(name, text) if text.startswith("0x") else text
    for name in ("address", "giaddr"):
        more[name] = _named(name, address_of, said[name].strip()) if name in said else None
    return packet(
        kind,
        said["mac"].strip(),
        options=_options(said.get("options", "")),
        vendor=said.get("vendor", ""),
        broadcast=asked.get("broadcast", False),
        **more,
    )


def side_of(asked: Mapping[str, Any], sides: Sequence[Local]) -> Local:
    """The side of the server that a packet comes in on: by ``server``, ``interface`` and ``port``, else the first.

    :raises ValueError: if there is none like it.
    """
    server = _named("server", address_of, asked["server"].strip()) if asked.get("server") else None
    port = asked.get("port")
    for side in sides:
        if (
            server in (None, side.server_id)
            and asked.get("interface") in (None, "", side.interface)
            and (side.port == port if port is not None else not side.is_proxy)
        ):
            return side
    raise ValueError("the server does not listen there")


def _options(text: str) -> dict[int | str, Any]:
    """Options given as name=value, one a line, or with semicolons between."""
    options: dict[int | str, Any] = {}
    for line in text.replace(";", "\n").splitlines():
        name, equals, value = line.strip().partition("=")
        if name:
            try:
                code = lookup(name.strip()).code
                options[code] = encode_text(code, value.strip()) if equals else b""
            except WireError as error:
                raise ValueError(f"options: {line.strip()[:80]}: {error}") from None
    return options


def _octets(name: str, text: str) -> bytes:
    digits = "".join(text.removeprefix("0x").split()).replace(":", "").replace("-", "")
    try:
        return bytes.fromhex(digits)
    except ValueError:
        raise ValueError(f"{name}: expected hexadecimal") from None


def _named(name: str, read: Any, text: str) -> Any:
    try:
        return read(text)
    except WireError as error:
        raise ValueError(f"{name}: {error}") from None
