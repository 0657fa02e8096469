"""A packet as text for people."""

from collections.abc import Iterator
from typing import Any, Final, Protocol

from ..wire.constants import FLAG_BROADCAST, PARAMETER_REQUEST_LIST
from ..wire.describe import address, hardware, hexadecimal, text
from ..wire.describe import option as option_text
from .constants import DHCP_OP_NAMES
from .option_values import option_name

_RULE: Final = "-" * 60


class Described(Protocol):
    """What of a packet its text is made of."""

    def getOption(self, option: Any, convert: bool = False) -> Any:
        """The octets of a field or an option; None for an option that is not set."""

    def getSelectedOptions(self, translate: bool = False) -> Any:
        """The codes of the options that are set and will be sent."""

    def isSelectedOption(self, option: Any) -> bool:
        """Whether an option is set and will be sent."""

    def getHardwareAddress(self) -> Any:
        """The client's."""


def describe(packet: Described) -> str:
    """The fields of a packet, then its options, one line for each; those that will be sent are marked with ``[X]``.

    Of option 55 the names of the options that will be sent are shown. Control characters never pass; long values are
    cut. Nothing raises for what a client sent.
    """
    return "\n".join([_RULE, *_header(packet), _RULE, *_body(packet), _RULE])


def _octets(packet: Described, name: str | int) -> bytes:
    return bytes(packet.getOption(name) or b"")


def _number(packet: Described, name: str) -> int:
    return int.from_bytes(_octets(packet, name), "big")


def _header(packet: Described) -> Iterator[str]:
    op = _number(packet, "op")
    flags = _number(packet, "flags")
    yield _line("op", DHCP_OP_NAMES.get(op, str(op)))
    yield _line("hwmac", _hardware_address(packet))
    yield _line("flags", f"{flags:#06x}{' (broadcast)' if flags & FLAG_BROADCAST else ''}")
    yield _line("hops", str(_number(packet, "hops")))
    yield _line("secs", str(_number(packet, "secs")))
    yield _line("xid", hexadecimal(_octets(packet, "xid")))
    for name in ("siaddr", "giaddr", "ciaddr", "yiaddr"):
        yield _line(name, address(_octets(packet, name)))
    for name in ("sname", "file"):
        octets = _octets(packet, name).rstrip(b"\0")
        yield _line(name, text(octets) if octets else "")


def _hardware_address(packet: Described) -> str:
    try:
        return str(packet.getHardwareAddress())
    except ValueError:
        # The length that the client tells is that of no hardware address.
        return hardware(_octets(packet, "chaddr"))


def _body(packet: Described) -> Iterator[str]:
    for code in range(1, 255):
        octets = packet.getOption(code)
        if octets is None:
            continue
        if code == PARAMETER_REQUEST_LIST:
            value = ", ".join(map(option_name, packet.getSelectedOptions()))
        else:
            value = option_text(code, bytes(octets))
        mark = "X" if packet.isSelectedOption(code) else " "
        yield f"[{mark}] {code:03} {option_name(code)}: {value}"


def _line(name: str, value: str) -> str:
    return f"{name:<6}  {value}".rstrip()
