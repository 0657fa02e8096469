"""Which reservations of many are meant."""

import re
from collections.abc import Iterable, Iterator
from fnmatch import translate
from typing import NamedTuple

from ..backends.reservation import hardware_address
from ..identity import PREFIXES
from ..wire.errors import WireError
from ..wire.options import address
from .host import Host


class Selection(NamedTuple):
    """What reservations have to be like; None for anything. ``network`` and ``mask`` are numbers."""

    key: re.Pattern[str] | None = None
    hostname: re.Pattern[str] | None = None
    subnet: str | None = None
    network: int = 0
    mask: int = 0

    @classmethod
    def read(cls, key: str | None, ip: str | None, hostname: str | None, subnet: str | None) -> "Selection":
        """A selection of what people write.

        :param key: a pattern with ``*`` and ``?``, or a hardware address in any writing.
        :param ip: an address, or a network such as 10.1.0.0/16.
        :raises ValueError: if ``ip`` is neither.
        """
        network, mask = network_of(ip) if ip is not None else (0, 0)
        return cls(_key_pattern(key), _pattern(hostname), subnet, network, mask)

    def holds(self, host: Host) -> bool:
        """Whether a reservation is meant."""
        if self.subnet is not None and host.subnet != self.subnet:
            return False
        if self.key is not None and not self.key.match(host.key.lower()):
            return False
        if self.hostname is not None and not self.hostname.match(host.hostname.lower()):
            return False
        if not self.mask:
            return True
        try:
            return int.from_bytes(address(host.ip), "big") & self.mask == self.network
        except WireError:
            return False


def select(hosts: Iterable[Host], selection: Selection) -> Iterator[Host]:
    """The reservations that are meant."""
    return iter(hosts) if selection == Selection() else filter(selection.holds, hosts)


def _pattern(text: str | None) -> re.Pattern[str] | None:
    return None if text is None else re.compile(translate(text.lower()))


def _key_pattern(text: str | None) -> re.Pattern[str] | None:
    if text is None:
        return None
    mac = hardware_address(text) if not set("*?[") & set(text) else None
    if mac is not None:
        return _pattern(mac.hex(":"))
    return _pattern(text if text.startswith(PREFIXES) else text.replace("-", ":"))


def network_of(text: str) -> tuple[int, int]:
    """The lowest address and the mask of an address or a network, as numbers.

    :raises ValueError: if it is neither.
    """
    base, slash, prefix = text.partition("/")
    bits = int(prefix) if prefix.isascii() and prefix.isdigit() and len(prefix) < 3 else 32 if not slash else 33
    try:
        number = int.from_bytes(address(base), "big")
    except WireError as error:
        raise ValueError(f"--ip: {error}") from None
    if bits > 32:
        raise ValueError(f"--ip: {text!r} is no network; expected such as 10.1.0.0/16")
    mask = 0xFFFFFFFF << (32 - bits) & 0xFFFFFFFF
    return number & mask, mask
