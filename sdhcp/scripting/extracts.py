"""What clients tell of themselves, in the forms that older scripts know."""

from typing import Any, NamedTuple, Protocol


class _Packet(Protocol):
    def getOption(self, option: int | str, convert: bool = False) -> Any:
        """As in a packet."""


class PXEOptions(NamedTuple):
    """Options 93, 94 and 97: numbers, octets, and the first octet with a list of the rest; None if absent."""

    client_system: list[int] | None
    client_ndi: tuple[int, ...] | None
    uuid_guid: tuple[int, list[int]] | None


def pxe_options(packet: _Packet) -> PXEOptions:
    """What a PXE client tells of itself (RFC 4578)."""
    ndi, guid = packet.getOption(94), packet.getOption(97)
    return PXEOptions(
        packet.getOption(93, convert=True),
        None if ndi is None else tuple(ndi),
        (guid[0], list(guid[1:])) if guid else None,
    )


def vendor_options(packet: _Packet) -> tuple[Any, Any, Any, Any]:
    """Option 43 as octets, 60 as text, 124 as pairs of enterprise and octets, 125 as pairs of enterprise and pairs of
    sub-option and octets; None for what is absent."""
    classes, options = packet.getOption(124, convert=True), packet.getOption(125, convert=True)
    return (
        packet.getOption(43),
        packet.getOption(60, convert=True),
        None if classes is None else tuple(sorted(classes.items())),
        None if options is None else tuple(sorted((one, tuple(sorted(sub.items()))) for one, sub in options.items())),
    )
