"""Pools as they were declared, checked and turned into what lends addresses."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from ipaddress import AddressValueError, IPv4Address, IPv4Network, NetmaskValueError
from typing import Any, Final

from ..backends.reservation import BadField, host_name, subnet_fields, without_host
from ..engine.addresses import Addresses
from ..model import Definition, Query
from ..pools import Pool
from ..recent import Recent
from ..wire.constants import VENDOR_CLASS, ZERO_ADDRESS

_USER_CLASS: Final = 77
_CLIENTS: Final = ("unknown", "known", "all")
_LONGEST: Final = 0xFFFFFFFF
_KNOWN_ALONE: Final = "it is for clients with a reservation elsewhere, and this one has none"
_UNKNOWN_ALONE: Final = "it is for clients without a reservation, and this one has one elsewhere"
_LATE: Final = (0.97, 0.975)
"""Shares of a lease for T1 and T2 where renewals are discouraged."""
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,252}\Z")
_KEPT: Final = 64
"""How many lease times, which clients choose, have a definition of their own at hand."""
_DEFINITIONS: Final = 32_768
"""How many addresses have theirs at hand, for the REQUEST that follows an OFFER, and for renewals."""


class BadPool(ValueError):
    """A pool is not in order; ``field`` says what of it."""

    def __init__(self, field: str, what: str, expected: str) -> None:
        super().__init__(f"{field}: {what}")
        self.field, self.what, self.expected = field, what, expected


@dataclass(frozen=True, slots=True)
class LendingRules:
    """One pool: its addresses, who may use them, and what comes with them. Times are seconds."""

    name: str
    addresses: Addresses
    network: tuple[int, int]
    template: Definition
    lease_time: int
    shortest: int
    longest: int
    late_renewals: bool
    hostname: str | None
    relays: tuple[tuple[int, int], ...]
    interfaces: frozenset[str]
    vendor_classes: tuple[bytes, ...]
    user_classes: tuple[bytes, ...]
    clients: str
    allow: Callable[[Query], bool] | None
    ignores_client_identifier: bool
    offer_time: int
    quarantine_time: int
    probes: bool
    scans: bool
    alert: float | None
    templates: dict[int, Definition]
    definitions: Recent[Definition]

    def why_not(self, query: Query, is_known: bool) -> str:
        """Why a client may not use the pool where it is now, in words; "" if it may.

        :param is_known: whether a source knows it, though not there.
        :raises Exception: what ``allow`` raises.
        """
        if self.clients != "all" and is_known != (self.clients == "known"):
            return _KNOWN_ALONE if self.clients == "known" else _UNKNOWN_ALONE
        network, mask = self.network
        if int.from_bytes(query.link, "big") & mask != network:
            return "the client's link is not in the pool's subnet"
        if self.relays and not _in_any(query.giaddr, self.relays):
            return "the relay agent is none of the pool's relays"
        if self.interfaces and query.arrival.local.interface not in self.interfaces:
            return "the packet came in on none of the pool's interfaces"
        options = query.message.options
        if self.vendor_classes and not options.get(VENDOR_CLASS, b"").startswith(self.vendor_classes):
            return "the vendor class (option 60) is none of the pool's"
        if self.user_classes and not _begins(options.get(_USER_CLASS, b""), self.user_classes):
            return "the user class (option 77) is none of the pool's"
        return "" if self.allow is None or self.allow(query) else "its function allow says no"

    def serves(self, query: Query, is_known: bool) -> bool:
        """Whether a client may use the pool where it is now; arguments and exceptions as of :meth:`why_not`."""
        return not self.why_not(query, is_known)

    def lends_for(self, wish: bytes | None) -> int:
        """For how long a client gets an address that wishes for so long (option 51)."""
        if wish is None or len(wish) != 4:
            return self.lease_time
        return min(max(int.from_bytes(wish, "big"), self.shortest), self.longest)

    def definition(self, address: bytes, lease_time: int) -> Definition:
        """What the client of an address gets."""
        known = self.definitions.get(address)
        if known is not None and known.lease_time == lease_time:
            return known
        template = self.templates.get(lease_time)
        if template is None:
            template = self.template
            if lease_time != template.lease_time or self.late_renewals:
                early, late = (int(lease_time * share) for share in _LATE)
                times: dict[str, Any] = {"renewal_time": early, "rebinding_time": late} if self.late_renewals else {}
                template = replace(template, lease_time=lease_time, **times)
                template.blocks.most = self.template.blocks.most
            if len(self.templates) >= _KEPT:
                self.templates.clear()
            self.templates[lease_time] = template
        name = None
        if self.hostname is not None:
            a, b, c, d = address
            name = self.hostname.format(a=a, b=b, c=c, d=d)
        definition = template.for_host(address, name)
        self.definitions.put(address, definition)
        return definition


def rules_of(pool: Pool) -> LendingRules:
    """A pool, checked.

    :raises BadPool: for the first thing that is not in order.
    """
    if not isinstance(pool.name, str) or not pool.name or not pool.name.isprintable():
        raise BadPool("name", f"{pool.name!r} is no name", "text")
    subnet = _network("subnet", pool.subnet) if pool.subnet else None
    ranges = [one for text in _several("ranges", pool.ranges) for one in [_range("ranges", text)]]
    if not ranges:
        raise BadPool("ranges", "there is none", 'such as "192.168.2.100-192.168.2.199"')
    if subnet is None:
        raise BadPool("subnet", "not set", "the network that the addresses lie in, such as 192.168.2.0/24")
    low, high = int(subnet.network_address), int(subnet.broadcast_address)
    for first, last in ranges:
        if first < low or last > high:
            what = f"{IPv4Address(first)}-{IPv4Address(last)} is not inside of {subnet}"
            raise BadPool("ranges", what, "addresses of the subnet")
    excluded = [_range("exclude", text) for text in _several("exclude", pool.exclude)]
    _not_twice(ranges)
    if subnet.prefixlen < 31:
        # They mean all hosts, and the network itself.
        excluded += [(low, low), (high, high)]
    addresses = Addresses(pool.name, ranges, excluded)
    if not len(addresses):
        raise BadPool("exclude", "leaves no address", "ranges that leave some")
    lease_time = _seconds("lease_time", pool.lease_time)
    shortest = lease_time if pool.lease_time_min is None else _seconds("lease_time_min", pool.lease_time_min)
    longest = lease_time if pool.lease_time_max is None else _seconds("lease_time_max", pool.lease_time_max)
    if not shortest <= lease_time <= longest:
        raise BadPool("lease_time", f"{lease_time} is not from {shortest} to {longest}", "a time between both")
    if pool.clients not in _CLIENTS:
        raise BadPool("clients", f"{pool.clients!r}", '"unknown", "known" or "all"')
    if pool.allow is not None and not callable(pool.allow):
        raise BadPool("allow", "cannot be called", "a function that takes a query")
    if pool.alert is not None and (not isinstance(pool.alert, int | float) or not 0 < pool.alert <= 100):
        raise BadPool("alert", f"{pool.alert!r}", "percent, or None")
    return LendingRules(
        name=pool.name,
        addresses=addresses,
        network=(low, int(subnet.netmask)),
        template=_template(pool, subnet),
        lease_time=lease_time,
        shortest=shortest,
        longest=longest,
        late_renewals=bool(pool.discourage_renewals),
        hostname=_pattern(pool.hostname),
        relays=tuple(_as_mask(_network("relays", text)) for text in _several("relays", pool.relays)),
        interfaces=frozenset(_several("interfaces", pool.interfaces)),
        vendor_classes=tuple(text.encode() for text in _several("vendor_class", pool.vendor_class)),
        user_classes=tuple(text.encode() for text in _several("user_class", pool.user_class)),
        clients=pool.clients,
        allow=pool.allow,
        ignores_client_identifier=bool(pool.ignore_client_identifier),
        offer_time=_seconds("offer_time", pool.offer_time),
        quarantine_time=_seconds("quarantine_time", pool.quarantine_time),
        probes=bool(pool.probe),
        scans=bool(pool.scan),
        alert=None if pool.alert is None else float(pool.alert),
        templates={},
        definitions=Recent(_DEFINITIONS),
    )


def overlaps(rules: Sequence[LendingRules]) -> Iterable[tuple[LendingRules, LendingRules]]:
    """Pairs of pools that have addresses in common."""
    spans = sorted((first, last, at) for at, one in enumerate(rules) for first, last in one.addresses.ranges)
    seen = set()
    highest, holder = -1, 0
    for first, last, at in spans:
        if first <= highest and holder != at and (holder, at) not in seen:
            seen.add((holder, at))
            yield rules[holder], rules[at]
        if last > highest:
            highest, holder = last, at


def _template(pool: Pool, subnet: IPv4Network) -> Definition:
    """What all clients of the pool get."""
    further: dict[str, Any] = {f"option-{name}": value for name, value in pool.options.items()}
    for name in ("next_server", "server_name", "boot_file", "renewal_time", "rebinding_time"):
        if getattr(pool, name) is not None:
            further[name.replace("_", "-")] = getattr(pool, name)
    fields: Mapping[str, Any] = {
        "lease_time": pool.lease_time,
        "gateway": _joined(pool.gateway),
        "subnet_mask": pool.subnet_mask or str(subnet.netmask),
        "broadcast_address": pool.broadcast_address
        or (str(subnet.broadcast_address) if subnet.prefixlen < 31 else None),
        "domain_name": pool.domain_name,
        "domain_name_servers": _joined(pool.domain_name_servers),
        "ntp_servers": _joined(pool.ntp_servers),
    }
    try:
        return without_host(pool.subnet, pool.serial, subnet_fields(fields, further), {})
    except BadField as error:
        field, _, what = str(error).partition(": ")
        what, _, expected = what.partition("; expected ")
        raise BadPool(field, what, expected or "a value that fits") from None


def _pattern(hostname: Any) -> str | None:
    if hostname is None:
        return None
    pattern = hostname if isinstance(hostname, str) and "{" in hostname else f"{hostname}-{{a}}-{{b}}-{{c}}-{{d}}"
    try:
        name = pattern.format(a=255, b=255, c=255, d=255)
        if not _NAME.match(name):
            raise ValueError(name)
        host_name(name)
    except (BadField, KeyError, IndexError, ValueError, AttributeError):
        expected = 'a prefix, or a pattern such as "guest-{a}-{b}-{c}-{d}"'
        raise BadPool("hostname", f"{hostname!r} makes no name", expected) from None
    return pattern


def _several(field: str, value: Any) -> list[str]:
    """Text with commas between, or a list."""
    if isinstance(value, str):
        return [piece.strip() for piece in value.split(",") if piece.strip()]
    if isinstance(value, list | tuple | set | frozenset) and all(isinstance(one, str) for one in value):
        return [one.strip() for one in value]
    raise BadPool(field, f"a value of type {type(value).__name__}", "text, or a list of texts")


def _joined(value: Any) -> Any:
    return ",".join(value) if isinstance(value, list | tuple) else value


def _range(field: str, text: str) -> tuple[int, int]:
    first, dash, last = (piece.strip() for piece in text.partition("-"))
    try:
        if not dash and "/" in text:
            network = IPv4Network(text)
            low, high = int(network.network_address), int(network.broadcast_address)
            return (low, high) if network.prefixlen > 30 else (low + 1, high - 1)
        low = int(IPv4Address(first))
        high = int(IPv4Address(last)) if dash else low
    except (AddressValueError, NetmaskValueError, ValueError):
        expected = 'an address, "192.168.2.100-192.168.2.199", or "192.168.2.0/24"'
        raise BadPool(field, f"{text!r} is no range", expected) from None
    if low > high:
        raise BadPool(field, f"{text!r} ends before it begins", "the lower address first")
    return low, high


def _network(field: str, text: Any) -> IPv4Network:
    try:
        return IPv4Network(str(text))
    except ValueError:
        raise BadPool(field, f"{text!r} is no network", "such as 192.168.2.0/24") from None


def _as_mask(network: IPv4Network) -> tuple[int, int]:
    return int(network.network_address), int(network.netmask)


def _not_twice(ranges: Sequence[tuple[int, int]]) -> None:
    for (_, last), (first, _) in zip(sorted(ranges), sorted(ranges)[1:], strict=False):
        if first <= last:
            raise BadPool("ranges", f"{IPv4Address(first)} is in two of them", "ranges apart from each other")


def _seconds(field: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= _LONGEST:
        raise BadPool(field, f"{value!r}", "seconds, a whole number over 0")
    return value


def _in_any(address: bytes, networks: Sequence[tuple[int, int]]) -> bool:
    value = int.from_bytes(address, "big")
    return address != ZERO_ADDRESS and any(value & mask == network for network, mask in networks)


def _begins(user_class: bytes, wanted: tuple[bytes, ...]) -> bool:
    """Whether a user class is one of those: as plain text, or as the first of several (RFC 3004)."""
    return user_class.startswith(wanted) or user_class[1:].startswith(wanted)
