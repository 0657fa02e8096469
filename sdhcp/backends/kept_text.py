"""Answers as JSON text, for caches outside the process's memory.

A list of entries ``[ip, hostname, extra, [subnet, serial], {all further fields}]``. staticDHCPd left the last
element out and kept a record for each subnet apart. Where the time of writing is kept with the text it is a last
element ``{"at": seconds}`` of the list.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from ..interfaces import Found
from ..model import BLOCKS, Definition
from ..wire.constants import ZERO_ADDRESS
from .reservation import BadField, host_address, host_name, subnet_fields, without_host

SHARED: Final = 4096
"""How many subnets' settings are kept, each shared by all of its clients."""
SUBNET_FIELDS: Final = (
    "gateway", "subnet_mask", "broadcast_address", "domain_name", "domain_name_servers", "ntp_servers", "lease_time",
)  # fmt: skip
"""What a record of staticDHCPd has, in the order that memcached has it in."""
_MOST: Final = 0xFFFFFFFF
_DAMAGED: Final = (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError, OverflowError)


class UnfitAnswer(ValueError):
    """An answer that is no text: something in it would be another when it is read."""


class DamagedText(ValueError):
    """Text that is no answer."""


Record = Callable[[str, int], Definition | None]
"""Gives what the clients of a subnet share, for an entry that does not say it; None if that is not known."""


def to_text(found: Found, at: float | None = None) -> str:
    """What was found, as text; ``at`` is the time to keep with it.

    :raises UnfitAnswer: if it would not be the same when it is read.
    """
    several = [found] if isinstance(found, Definition) else found or []
    try:
        entries: list[Any] = [_entry(one) for one in several]
        if at is not None:
            entries.append({"at": at})
        return json.dumps(entries, separators=(",", ":"), allow_nan=False)
    except _DAMAGED as error:
        raise UnfitAnswer(str(error)) from None


def from_text(text: str | bytes, record: Record = lambda subnet, serial: None) -> Found:
    """What :func:`to_text` made text of; several definitions as a tuple.

    :raises DamagedText: if the text is nothing of the kind.
    """
    return TextReader().read(text, record).found


class Told(NamedTuple):
    """What a text says: what was found, and when it was written, None if it does not say."""

    found: Found
    at: float | None


class TextReader:
    """Reads text; clients with the same settings share them, and so what is encoded of them."""

    def __init__(self, size: int = SHARED) -> None:
        self._size = size
        self._shared: dict[tuple[Any, ...], Definition] = {}

    def read(self, text: str | bytes, record: Record = lambda subnet, serial: None) -> Told:
        """What a text says.

        :raises DamagedText: if it is damaged, or an entry's subnet is not known.
        """
        try:
            entries = json.loads(text)
            if not isinstance(entries, list):
                raise DamagedText("no list")
            at = None
            if entries and isinstance(entries[-1], dict):
                at = float(_number(entries.pop()["at"]))
            found = tuple(self._definition(entry, record) for entry in entries)
        except DamagedText:
            raise
        except _DAMAGED as error:
            raise DamagedText(f"{type(error).__name__}: {error}"[:200]) from None
        return Told(found[0] if len(found) == 1 else found or None, at)

    def _definition(self, entry: list[Any], record: Record) -> Definition:
        if len(entry) == 5 and isinstance(entry[4], dict):
            ip, hostname, extra, (subnet, serial), further = entry
            shared = self._subnet(_text(subnet), _whole(serial), further)
            host = _address(ip)
        else:
            # The file has subnet and serial one by one, memcached has them in a list.
            ip, hostname, extra, *of_subnet = entry
            subnet, serial = of_subnet[0] if len(of_subnet) == 1 else of_subnet
            known = record(_text(subnet), _whole(serial))
            if known is None:
                raise DamagedText("an entry whose subnet is not there")
            shared, host, hostname = known, host_address(ip), host_name(hostname)
        if not (hostname is None or isinstance(hostname, str)) or not (extra is None or isinstance(extra, dict)):
            raise DamagedText("a name or fields of the site's own that are none")
        return shared.for_host(host, hostname, extra)

    def _subnet(self, subnet: str, serial: int, further: Mapping[str, Any]) -> Definition:
        fields: dict[str, Any] = {
            "lease_time": _seconds(further["lease_time"]),
            "gateways": _addresses(further["gateways"]),
            "subnet_mask": _optional(_address, further["subnet_mask"]),
            "broadcast_address": _optional(_address, further["broadcast_address"]),
            "domain_name": _optional(_text, further["domain_name"]),
            "domain_name_servers": _addresses(further["domain_name_servers"]),
            "ntp_servers": _addresses(further["ntp_servers"]),
            "forced": frozenset(_code(code) for code in further["forced"]),
            "next_server": _address(further["next_server"]),
            "server_name": bytes.fromhex(further["server_name"]),
            "boot_file": bytes.fromhex(further["boot_file"]),
            "renewal_time": _optional(_seconds, further["renewal_time"]),
            "rebinding_time": _optional(_seconds, further["rebinding_time"]),
        }
        options = {_code(code): bytes.fromhex(octets) for code, octets in further["options"]}
        key = (subnet, serial, *options.items(), *fields.values())
        shared = self._shared.get(key)
        if shared is None:
            shared = Definition(ip=ZERO_ADDRESS, subnet=subnet, serial=serial, options=options, **fields)
            shared.blocks.most = BLOCKS
            if len(self._shared) >= self._size:
                self._shared.clear()
            self._shared[key] = shared
        return shared


def subnet_record(subnet: str, serial: int, fields: Sequence[Any]) -> Definition:
    """What the clients of a subnet share, by a record of staticDHCPd with the values of :data:`SUBNET_FIELDS`.

    :raises DamagedText: if a value is none.
    """
    try:
        settings = subnet_fields(dict(zip(SUBNET_FIELDS, fields, strict=True)), {})
        return without_host(subnet, serial, settings, {})
    except (BadField, ValueError, TypeError) as error:
        raise DamagedText(str(error)[:200]) from None


def subnet_record_of_text(subnet: str, serial: int, text: str | bytes) -> Definition:
    """As :func:`subnet_record`, of the list that memcached has."""
    try:
        return subnet_record(subnet, serial, json.loads(text))
    except _DAMAGED as error:
        raise DamagedText(str(error)[:200]) from None


def wanted_records(text: str | bytes) -> tuple[tuple[str, int], ...]:
    """The subnets whose records an answer in memcached cannot do without; none if it is damaged."""
    try:
        entries = [entry for entry in json.loads(text) if isinstance(entry, list) and len(entry) == 4]
        return tuple(dict.fromkeys((_text(entry[3][0]), _whole(entry[3][1])) for entry in entries))
    except _DAMAGED:
        return ()


def _entry(one: Definition) -> list[Any]:
    further = {
        "lease_time": _seconds(one.lease_time),
        "gateways": [_quad(octets) for octets in one.gateways],
        "subnet_mask": _optional(_quad, one.subnet_mask),
        "broadcast_address": _optional(_quad, one.broadcast_address),
        "domain_name": _optional(_text, one.domain_name),
        "domain_name_servers": [_quad(octets) for octets in one.domain_name_servers],
        "ntp_servers": [_quad(octets) for octets in one.ntp_servers],
        "options": [[_code(code), octets.hex()] for code, octets in one.options.items()],
        "forced": [_code(code) for code in sorted(one.forced)],
        "next_server": _quad(one.next_server),
        "server_name": one.server_name.hex(),
        "boot_file": one.boot_file.hex(),
        "renewal_time": _optional(_seconds, one.renewal_time),
        "rebinding_time": _optional(_seconds, one.rebinding_time),
    }
    extra = None if one.extra is None else dict(one.extra)
    if extra:
        _see_that_it_stays(extra)
    return [_quad(one.ip), _optional(_text, one.hostname), extra, [_text(one.subnet), _whole(one.serial)], further]


def _see_that_it_stays(extra: dict[str, Any]) -> None:
    """JSON makes text of numbers that are keys, lists of tuples, and nothing at all of dates.

    :raises UnfitAnswer: if reading would give something else.
    """
    if json.loads(json.dumps(extra, allow_nan=False)) != extra:
        raise UnfitAnswer("a field of the site's own is nothing that JSON knows")


def _optional(make: Callable[[Any], Any], value: Any) -> Any:
    return None if value is None else make(value)


def _quad(octets: bytes) -> str:
    if len(octets) != 4:
        raise UnfitAnswer("an address that is none")
    return ".".join(map(str, octets))


def _address(text: str) -> bytes:
    octets = bytes(map(int, text.split(".")))
    if len(octets) != 4:
        raise DamagedText("an address that is none")
    return octets


def _addresses(texts: list[str]) -> tuple[bytes, ...]:
    return tuple(map(_address, texts))


def _number(value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("no number")
    return value


def _whole(value: Any, least: int = -(2**63)) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value < 2**63:
        raise ValueError("no whole number that can be")
    return value


def _seconds(value: Any) -> int:
    if not _whole(value, 0) <= _MOST:
        raise ValueError("no time that can be")
    return int(value)


def _code(value: Any) -> int:
    if not 0 <= _whole(value) <= 255:
        raise ValueError("no code of an option")
    return int(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("no text")
    return value
