"""A packet as a pool of a site's code sees it."""

from typing import Any, Final

from ..backends.reservation import hardware_address
from ..model import DECLINE, DISCOVER, INIT_REBOOT, SELECTING, Holder
from ..wire.constants import HOSTNAME, RAPID_COMMIT, REQUESTED_ADDRESS
from .ipv4 import IPv4
from .pool_steps import Asked
from .site_settings import setting

_CLIENT_IDENTIFIER: Final = 61
_LONGEST_NAME: Final = 63
_ASKS_FOR: Final = frozenset((DISCOVER, SELECTING, INIT_REBOOT, DECLINE))


def asked_of(method: str, packet: Any, mac: Any, client_ip: Any, subnet: str, by_mac: bool) -> Asked:
    """What a packet asks of a pool.

    What ``client_ip`` does not tell is taken from the packet: the wish of a DISCOVER, and the address that a client
    renews. :raises ValueError: if ``mac`` is no hardware address.
    """
    octets = hardware_address(str(mac))
    if octets is None:
        raise ValueError(f"{mac} is no hardware address")
    address = bytes(IPv4(client_ip)) if client_ip else _address_in(packet, method)
    identifier = b"" if by_mac else _option(packet, _CLIENT_IDENTIFIER)
    giaddr = _option(packet, "giaddr")
    is_here = not any(giaddr)
    holder = Holder(
        f"id {identifier.hex()}" if identifier else octets.hex(":"),
        octets,
        _name_in(packet),
        "" if is_here else ".".join(map(str, giaddr)),
    )
    commits = method == DISCOVER and _commits(packet, subnet)
    return Asked(method, holder, address, commits, is_here)


def _option(packet: Any, option: int | str) -> bytes:
    get = getattr(packet, "getOption", None)
    return bytes((get(option) if get is not None else None) or b"")


def _address_in(packet: Any, method: str) -> bytes:
    address = _option(packet, REQUESTED_ADDRESS if method in _ASKS_FOR else "ciaddr")
    return address if any(address) else b""


def _name_in(packet: Any) -> str:
    name = _option(packet, HOSTNAME).decode("ascii", "replace")[:_LONGEST_NAME]
    return "".join(one for one in name if one.isprintable())


def _commits(packet: Any, subnet: str) -> bool:
    """Whether a DISCOVER is answered with an ACK (RFC 4039), so that its lease begins by it."""
    is_asked = getattr(packet, "isOption", None)
    if is_asked is None or not is_asked(RAPID_COMMIT):
        return False
    wanted = setting("ENABLE_RAPIDCOMMIT")
    return bool(wanted) if isinstance(wanted, int) else subnet in wanted
