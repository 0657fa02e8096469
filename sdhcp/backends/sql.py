"""The tables ``subnets`` and ``maps``: the question that every SQL database is asked, and its rows."""

from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

from ..model import Definition, Subnet
from . import subnets
from .reservation import BadField, combine, host_address, host_fields, host_name, subnet_fields, without_host

_SUBNET_COLUMNS: Final = (
    "gateway",
    "subnet_mask",
    "broadcast_address",
    "domain_name",
    "domain_name_servers",
    "ntp_servers",
    "lease_time",
)
_KEPT: Final = 4096
"""How many subnets' rows are kept in the form that definitions take them."""


class Columns(NamedTuple):
    """The site's own columns of both tables."""

    maps: tuple[str, ...] = ()
    subnets: tuple[str, ...] = ()

    @property
    def of_subnets(self) -> str:
        """The columns that say everything about a subnet, in the order that :class:`Rows` reads."""
        return ", ".join(f"s.{name}" for name in ("subnet", "serial", *_SUBNET_COLUMNS, *self.subnets))

    @property
    def of_hosts(self) -> str:
        """The columns that say everything about a host, before those of its subnet."""
        return ", ".join(f"m.{name}" for name in ("mac", "ip", "hostname", *self.maps))

    def select_host(self, condition: str) -> str:
        """The question for the hosts that a condition selects."""
        return (
            f"SELECT {self.of_hosts}, {self.of_subnets} FROM maps m "  # noqa: S608  names were checked, nothing else
            f"JOIN subnets s ON m.subnet = s.subnet AND m.serial = s.serial {condition}"
        )

    def select_subnets(self) -> str:
        """The question for all subnets."""
        return f"SELECT {self.of_subnets} FROM subnets s"  # noqa: S608  as above


class Rows:
    """Turns rows into definitions; what a subnet says is read once, and its hosts share it."""

    def __init__(self, columns: Columns) -> None:
        self._own_maps = tuple(f"maps.{name}" for name in columns.maps)
        self._own_subnets = tuple(f"subnets.{name}" for name in columns.subnets)
        self._subnets: dict[tuple[Any, ...], Definition] = {}
        self._of_subnet = 3 + len(self._own_maps)

    def definition(self, row: tuple[Any, ...]) -> Definition:
        """The definition of one host's row.

        :raises BadField: if the row is not in order.
        """
        of_subnet = row[self._of_subnet :]
        try:
            subnet = self._subnets.get(of_subnet) or self._read(of_subnet)
        except TypeError:
            of_subnet = _hashable(of_subnet)
            subnet = self._subnets.get(of_subnet) or self._read(of_subnet)
        if not self._own_maps:
            return subnet.for_host(host_address(row[1]), host_name(row[2]), subnet.extra)
        own = dict(zip(self._own_maps, row[3:], strict=False))
        host = {"ip": row[1], "hostname": row[2], "subnet": subnet.subnet, "serial": subnet.serial}
        return combine(host_fields(host, own), subnet, {**own, **(subnet.extra or {})})

    def subnet(self, row: tuple[Any, ...]) -> Definition:
        """The definition of one subnet's row.

        :raises BadField: if the row is not in order.
        """
        row = _hashable(row)
        return self._subnets.get(row) or self._read(row)

    def networks(self, rows: Iterable[tuple[Any, ...]]) -> Iterator[Subnet]:
        """The subnets of rows that are in order and tell their network."""
        for row in rows:
            try:
                subnet = subnets.make(self.subnet(row))
            except BadField:
                continue
            if subnet is not None:
                yield subnet

    def _read(self, row: tuple[Any, ...]) -> Definition:
        extra = dict(zip(self._own_subnets, row[2 + len(_SUBNET_COLUMNS) :], strict=True))
        fields = subnet_fields(dict(zip(_SUBNET_COLUMNS, row[2:], strict=False)), extra)
        # Columns of a fixed width are padded.
        subnet = without_host(str(row[0]).rstrip(" "), row[1], fields, extra)
        if len(self._subnets) >= _KEPT:
            self._subnets.clear()
        self._subnets[row] = subnet
        return subnet


def _hashable(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """A row whose arrays and JSON are text, as they would be in a column of text."""
    return tuple(str(value) if isinstance(value, (list, dict, set)) else value for value in row)
