"""What people write who look for a client, as what is looked for."""

import re
from typing import Final, NamedTuple
from urllib.parse import quote

from ..identity import PREFIXES, octets_key
from ..interfaces import Sought
from ..model import Definition
from ..wire.constants import CIRCUIT_ID, REMOTE_ID
from ..wire.describe import address
from ..wire.relay import suboptions
from .trails import Told

LONGEST: Final = 255
"""Characters that are looked for; what is longer is cut."""
HOLDER: Final = "id "
"""What stands before the client identifier of who holds a lease by it."""
PAGE: Final = "/console/client/"
"""What stands before a client's name in the address of its page."""
_SEPARATORS: Final = re.compile(r"[:.\- ]")
_HEXADECIMAL: Final = re.compile(r"[0-9a-f]{2,}")
_ADDRESS: Final = re.compile(r"\d{1,3}(\.\d{0,3}){1,3}", re.ASCII)
_HARDWARE: Final = range(1, 33)


class Wanted(NamedTuple):
    """What is looked for: ``sought`` is what sources are asked for; ``mac`` is a whole hardware address, or b"";
    ``raw`` is octets that may occur in identifiers."""

    sought: Sought
    mac: bytes = b""
    raw: tuple[bytes, ...] = ()

    @property
    def is_all(self) -> bool:
        """Whether everybody is."""
        return self.sought == Sought()

    def fits_text(self, *texts: str) -> bool:
        """Whether a text is one that is looked for, or what is looked for occurs in it."""
        wanted = self.sought.text
        return bool(wanted) and any(wanted in text.lower() for text in texts)

    def fits_mac(self, mac: bytes) -> bool:
        """Whether it is a hardware address that is looked for."""
        if self.mac or not self.sought.key_parts:
            return bool(self.mac) and mac == self.mac
        text = mac.hex(":")
        return any(part in text for part in self.sought.key_parts)

    def fits_address(self, octets: bytes) -> bool:
        """Whether it is an address that is looked for."""
        wanted = self.sought.address
        if not wanted or len(octets) != 4:
            return False
        return address(octets) == wanted if self.sought.is_whole else wanted in address(octets)

    def fits_told(self, told: Told) -> bool:
        """Whether what a client and its relay agent have said is looked for."""
        own = b"\n".join(told[:3]).lower()
        for raw in self.raw:
            if raw in own:
                return True
            # Most do not have it anywhere, and need not be read.
            if raw in told.relay_agent.lower():
                known = suboptions(told.relay_agent)
                if any(raw in known.get(code, b"").lower() for code in (CIRCUIT_ID, REMOTE_ID)):
                    return True
        return False

    def fits_reservation(self, key: str, definition: Definition) -> bool:
        """Whether a source that is searched for this gives a reservation."""
        return key == self.mac.hex(":") if self.mac else self.sought.holds(key, definition)


def read(text: str) -> Wanted:
    """What is looked for. Whole hardware addresses are read in any writing, parts of them too, from an octet on."""
    text = "".join(filter(str.isprintable, text.strip().lower()))[:LONGEST]
    if not text:
        return Wanted(Sought())
    if _ADDRESS.fullmatch(text):
        parts = text.split(".")
        if len(parts) == 4 and all(parts):
            whole = ".".join(str(int(part)) for part in parts)
            return Wanted(Sought("", (), whole, True))
        return Wanted(Sought(text, (), text), raw=(text.encode(),))
    plain = _SEPARATORS.sub("", text)
    raw = [text.encode()]
    key_parts: tuple[str, ...] = ()
    mac = b""
    if _HEXADECIMAL.fullmatch(plain):
        pairs = ":".join(plain[place : place + 2] for place in range(0, len(plain), 2))
        key_parts = tuple(dict.fromkeys((pairs, text.replace("-", ":"))))
        if len(plain) == 12:
            mac = bytes.fromhex(plain)
        if len(plain) % 2 == 0 and len(plain) > 5:
            raw.append(bytes.fromhex(plain).lower())
    elif text.startswith("0x") and len(text) % 2 == 0 and _HEXADECIMAL.fullmatch(text[2:]):
        raw.append(bytes.fromhex(text[2:]).lower())
    return Wanted(Sought(text, key_parts), mac, tuple(raw))


class Who(NamedTuple):
    """One client: ``name`` is what it is called in addresses of pages; ``mac`` is b"" if that does not tell it;
    ``key`` is what sources know it by, ``holders`` what stores of leases do."""

    name: str
    mac: bytes
    key: str
    holders: tuple[str, ...]


def who(text: str) -> Who | None:
    """The client that a hardware address in any writing, a key of a source, or a holder of a lease is; None if it
    can be none of these."""
    text = text.strip()
    if not text or len(text) > 2 * LONGEST + 20 or not text.isprintable():
        return None
    if text.startswith(HOLDER):
        octets = _octets(f"0x{text.removeprefix(HOLDER)}")
        return _identified(octets) if octets else None
    if text.startswith(PREFIXES):
        kind, _, rest = text.partition(":")
        octets = _octets(rest)
        if kind == "client-identifier":
            return _identified(octets) if octets else None
        return Who(text, b"", octets_key(kind, octets) or text, ())
    plain = _SEPARATORS.sub("", text).lower()
    if _HEXADECIMAL.fullmatch(plain) and len(plain) % 2 == 0 and len(plain) // 2 in _HARDWARE:
        mac = bytes.fromhex(plain)
        # Most identifiers are that: the type of hardware and the address (RFC 2132 section 9.14).
        return Who(mac.hex(":"), mac, mac.hex(":"), (mac.hex(":"), f"{HOLDER}01{plain}"))
    return Who(text, b"", text, (text,))


def href_of(name: str) -> str:
    """Where the page of a client is that :func:`who` finds by this."""
    return PAGE + quote(name, safe=":")


def with_identifier(client: Who, identifier: bytes) -> Who:
    """The same client, which may hold a lease by an identifier too."""
    if not identifier:
        return client
    return client._replace(holders=tuple(dict.fromkeys((*client.holders, f"{HOLDER}{identifier.hex()}"))))


def _identified(octets: bytes) -> Who:
    mac = octets[1:] if octets[0] == 1 and len(octets) == 7 else b""
    key = octets_key("client-identifier", octets)
    return Who(key or f"{HOLDER}{octets.hex()}", mac, key, (f"{HOLDER}{octets.hex()}",))


def _octets(text: str) -> bytes:
    if text.startswith("0x"):
        try:
            return bytes.fromhex(text[2:])
        except ValueError:
            return b""
    return text.encode()
