"""Rows of files turned into hosts and subnets, with every line that is not in order named."""

import re
from array import array
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from ..backends.reservation import BadField, host_name
from .host import HOST_FIELDS, SUBNET_FIELDS, Host, Own, SubnetRow, read_address, read_key, sorted_own, with_texts
from .networks import Network, Networks
from .store import Advance, IHostStore, Unusable
from .tables import Faults, Table

_USUAL_KEY: Final = re.compile(r"[0-9a-f]{2}(?::[0-9a-f]{2}){5}")
_STEP: Final = 8192
_SHORT: Final = 15
"""Characters of a host's name that is not looked at more closely, if they are ASCII."""
_CHECKED: Final = 4096
"""How many sets of fields of the site's own are remembered to be in order."""
_OCTETS: Final = tuple({str(octet): octet << shift for octet in range(256)} for shift in (24, 16, 8, 0))
_LOWEST, _HIGHEST = 1 << 24, (224 << 24) - 1


class CheckedHosts(NamedTuple):
    """All hosts of a file, in its order.

    ``lines`` has the place of each, ``by_key`` and ``by_place`` its number, the latter by the
    number of its subnet, shifted by 32 bits, with that of its address.
    ``names`` are the fields that the file tells.
    """

    hosts: list[Host]
    lines: "array[int]"
    by_key: dict[str, int]
    by_place: dict[int, int]
    names: frozenset[str]
    networks: Networks
    table: Table


def usual_number(text: str) -> int:
    """An address that a client can have, written as usual, as a number.

    :raises ValueError: if it is none that is written as usual; also :class:`KeyError`.
    """
    a, b, c, d = text.split(".")
    number = _OCTETS[0][a] | _OCTETS[1][b] | _OCTETS[2][c] | _OCTETS[3][d]
    if not _LOWEST <= number <= _HIGHEST:
        raise ValueError(text)
    return number


def check_names(table: Table, fields: tuple[str, ...], own: tuple[str, ...] | None, setting: str) -> None:
    """See that the store has all fields of a table.

    :raises Unusable: if it has not.
    """
    strange = [name for name in table.names if name not in fields and own is not None and name not in own]
    if strange:
        known = ", ".join((*fields, *(own or ())))
        raise Unusable(f"{table.where(1)}: {strange[0][:60]!r} is no field; expected {known} ({setting} has more)")


def check_hosts(
    table: Table, networks: Networks, store: IHostStore, any_key: bool, faults: Faults, advance: Advance
) -> CheckedHosts:
    """All hosts of a table; what is wrong goes to ``faults``.

    :param any_key: whether the site has keys of its own making.
    :raises Unusable: if the store has not all fields of the table.
    """
    check_names(table, HOST_FIELDS, store.own_of_hosts, "EXTRA_MAPS")
    checking = _Checking(table, networks, store, any_key)
    checked = CheckedHosts([], array("Q"), {}, {}, frozenset(table.names), networks, table)
    hosts, lines, by_key, by_place = checked[:4]
    row_host, where = checking.host, table.where
    done = 0
    for line, values in table.rows:
        done += 1
        if done % _STEP == 0:
            advance(_STEP)
        if isinstance(values, str):
            faults.add(where(line), values)
            continue
        try:
            host = row_host(values)
        except BadField as error:
            faults.add(where(line), str(error))
            continue
        number = len(hosts)
        before = by_key.setdefault(host.key, number)
        if before != number:
            faults.add(where(line), f"mac: {host.key} stands in {_short(where(lines[before]))} already")
            continue
        before = by_place.setdefault(checking.place, number)
        if before != number:
            faults.add(where(line), f"ip: {host.ip} is given to the host in {_short(where(lines[before]))} already")
        hosts.append(host)
        lines.append(line)
    return checked


def check_subnets(table: Table, store: IHostStore, faults: Faults) -> list[SubnetRow]:
    """All subnets of a table; what is wrong goes to ``faults``.

    :raises Unusable: if the store has not all fields of the table.
    """
    check_names(table, SUBNET_FIELDS, store.own_of_subnets, "EXTRA_SUBNETS")
    widths = store.widths()
    rows: dict[tuple[str, int], tuple[SubnetRow, int]] = {}
    for line, values in table.rows:
        if isinstance(values, str):
            faults.add(table.where(line), values)
            continue
        try:
            row = subnet_row(dict(zip(table.names, values, strict=True)))
            for name, value in row.record().items():
                check_width(widths, "subnets", name, value)
            store.check_subnet(row)
        except BadField as error:
            faults.add(table.where(line), str(error))
            continue
        before = rows.setdefault((row.subnet, row.serial), (row, line))[1]
        if before != line:
            what = f"subnet: {row.subnet}, serial {row.serial}, stands in {_short(table.where(before))} already"
            faults.add(table.where(line), what)
    return [row for row, _ in rows.values()]


def subnet_row(fields: Mapping[str, str]) -> SubnetRow:
    """A subnet of the text of its fields.

    :raises BadField: if a number is none.
    """
    name = fields["subnet"].strip()
    if not name or not name.isprintable():
        raise BadField(f"subnet: {name[:60]!r} is no name for a subnet")
    texts = [fields.get(field, "").strip() for field in SUBNET_FIELDS[3:]]
    numbers = {}
    for field in ("serial", "lease_time"):
        text = fields.get(field, "").strip() or "0"
        if not (text.isascii() and text.isdigit() and len(text) < 19):
            raise BadField(f"{field}: {text[:40]!r} is no whole number")
        numbers[field] = int(text)
    own = sorted_own({field: value for field, value in fields.items() if field not in SUBNET_FIELDS})
    row = SubnetRow(name, numbers["serial"], numbers["lease_time"], own=own)
    return with_texts(row, texts)


def check_width(widths: Mapping[str, int], table: str, name: str, value: object) -> None:
    """See that a value fits into its column.

    :raises BadField: if it does not, or holds what no store takes.
    """
    if not isinstance(value, str):
        return
    width = widths.get(f"{table}.{name}")
    if width is not None and len(value) > width:
        raise BadField(f"{name}: {value[:40]!r} is longer than the {width} characters of its column")
    if not _writable(value):
        raise BadField(f"{name}: {value[:40]!r} is no text that can be kept")


def _writable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def _short(where: str) -> str:
    """The place of another line of the same file: its number is enough."""
    _, colon, line = where.rpartition(":")
    return f"line {line}" if colon and line.isdigit() else where.rpartition(": ")[2]


class _Checking:
    """One table while it is checked; ``place`` is where the last host was put, by number."""

    def __init__(self, table: Table, networks: Networks, store: IHostStore, any_key: bool) -> None:
        names = table.names
        self._at = tuple(names.index(name) if name in names else -1 for name in HOST_FIELDS)
        self._own_at = sorted((name, index) for index, name in enumerate(names) if name not in HOST_FIELDS)
        self._networks = networks
        self._found: dict[tuple[str, str], Network] = {}
        self._any_key = any_key
        self._widths = store.widths()
        self._check_host = store.check_host
        self._usual_name = min(self._widths.get("maps.hostname", _SHORT), _SHORT)
        self._check_own = lru_cache(_CHECKED)(self._check_own_fields)
        self.place = 0

    def host(self, values: list[str]) -> Host:
        """The host of a row.

        :raises BadField: for the first field that is not in order.
        """
        mac_at, ip_at, name_at, subnet_at, serial_at = self._at
        key = values[mac_at]
        if not _USUAL_KEY.fullmatch(key):
            key = read_key(key, self._any_key)
            check_width(self._widths, "maps", "mac", key)
        ip = values[ip_at]
        try:
            address = usual_number(ip)
        except (ValueError, KeyError):
            ip = read_address(ip)
            address = usual_number(ip)
        subnet = values[subnet_at]
        serial = values[serial_at] if serial_at >= 0 else "0"
        network = self._found.get((subnet, serial))
        if network is None:
            network = self._found[subnet, serial] = self._networks.find(subnet, serial)
        if address & network.mask != network.base:
            raise BadField(f"ip: {ip} is not in subnet {network.name}")
        self.place = network.number << 32 | address
        hostname = values[name_at] if name_at >= 0 else ""
        if hostname:
            usual = hostname.isascii() and hostname.isprintable() and len(hostname) <= self._usual_name
            if not usual or hostname[0] == " " or hostname[-1] == " ":
                hostname = host_name(hostname) or ""
                check_width(self._widths, "maps", "hostname", hostname)
        own = tuple([(name, values[index]) for name, index in self._own_at if values[index]]) if self._own_at else ()
        if own:
            self._check_own(own)
        return Host(key, ip, hostname, network.name, network.serial, own)

    def _check_own_fields(self, own: Own) -> None:
        for name, value in own:
            check_width(self._widths, "maps", name, value)
        self._check_host(Host("", "192.0.2.1", "", "", 0, own))
