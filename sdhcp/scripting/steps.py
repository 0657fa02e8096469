"""What one hook did to one packet."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from ..config.values import discreet
from ..wire.describe import address as address_text
from ..wire.describe import option as option_text
from ..wire.message import Message
from ..wire.registry import lookup


class Change(NamedTuple):
    """Something that a hook has changed in the packet.

    ``what`` is "set" or "deleted"; for an option whose value stayed, "selected" or "deselected". ``name`` is that of an
    option or a field, or response_ip and the like. ``before`` and ``after`` are octets of options and fields, other
    values as they were given, None for nothing.
    """

    what: str
    name: str
    before: Any
    after: Any

    def __str__(self) -> str:
        shown = f" = {_shown(self.name, self.after)}" if self.what == "set" else ""
        return f"{self.what} {self.name}{shown}"


@dataclass(frozen=True)
class Step:
    """What one hook did.

    ``hook`` is its name; ``mac``, ``method``, ``client_ip``, ``relay_ip`` and ``port`` are what it was told, addresses
    as text or None. ``answered`` tells whether it has come to its end; ``returned`` is what it gave, in ``seconds`` by
    the real clock, ``in_thread`` or on the thread that answers clients. ``raised`` is "" or what it raised, such as
    "ValueError: no port", and what is wrong with what it gave if that cannot be used; ``where`` is the line of that
    (file:line), ``trace`` the traceback.
    """

    hook: str
    mac: str
    method: str
    client_ip: str | None
    relay_ip: str | None
    port: int
    answered: bool
    returned: Any
    seconds: float
    in_thread: bool
    changes: tuple[Change, ...]
    raised: str
    where: str
    trace: str


def told(returned: Any) -> str:
    """What a hook gave, in words: a definition by its address; what may hold a secret by its type alone."""
    if hasattr(returned, "ip") and hasattr(returned, "subnet"):
        ip = address_text(returned.ip) if isinstance(returned.ip, bytes) else returned.ip
        return f"{ip} in {returned.subnet}"
    if isinstance(returned, list | tuple):
        return f"[{', '.join(map(told, returned))}]"
    return discreet(returned)


def _text(octets: bytes) -> str:
    return octets.rstrip(b"\0").decode("utf-8", "backslashreplace")


def _shown(name: str, value: Any) -> str:
    if not isinstance(value, bytes):
        return str(value)
    if name in ("ciaddr", "yiaddr", "siaddr", "giaddr"):
        return address_text(value)
    if name in Message.__slots__:
        return _text(value) if name in ("file", "sname") else f"0x{value.hex()}"
    return option_text(lookup(name).code, value)
