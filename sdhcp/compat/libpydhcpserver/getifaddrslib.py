"""The interfaces of this machine. Both questions are answered by the kernel, within microseconds."""

from typing import Any, Final

from ...scripting.ipv4 import IPv4
from ...transport.interfaces import addresses, hardware

__all__ = ["get_mac_address", "get_network_interface"]

_HARDWARE_SIZE: Final = 6


def get_network_interface(ipv4: Any) -> str | None:
    """The name of the interface that has an address; None if there is none.

    :raises ValueError: if it is no address.
    :raises OSError: if the kernel does not tell.
    """
    wanted = bytes(IPv4(ipv4))
    return next((one.name for one in addresses() if one.address == wanted), None)


def get_mac_address(iface: str) -> str | None:
    """The hardware address of an interface as "02:00:00:00:00:01"; None if there is no such interface or address."""
    try:
        _, address = hardware(iface)
    except OSError:
        return None
    return address.hex(":") if any(address) else None
