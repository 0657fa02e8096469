"""The tables ``subnets`` and ``maps``: the question that every SQL database is asked, and its rows."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from ..model import Definition
from .reservation import combine, host_fields, subnet_fields, without_host

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
    """Turns rows into definitions; what subnets say is read once."""

    def __init__(self, columns: Columns) -> None:
        self._own_maps = tuple(f"maps.{name}" for name in columns.maps)
        self._own_subnets = tuple(f"subnets.{name}" for name in columns.subnets)
        self._subnets: dict[tuple[Any, ...], tuple[dict[str, Any], dict[str, Any]]] = {}

    def definition(self, row: Sequence[Any]) -> Definition:
        """The definition of one host's row.

        :raises BadField: if the row is not in order.
        """
        own = 3 + len(self._own_maps)
        subnet, subnet_extra = self._subnet(tuple(row[own:]))
        host_extra = dict(zip(self._own_maps, row[3:own], strict=True))
        host = {"ip": row[1], "hostname": row[2], "subnet": row[own], "serial": row[own + 1]}
        extra = {**host_extra, **subnet_extra} or None
        return combine(host_fields(host, host_extra), subnet, extra)

    def subnet(self, row: Sequence[Any]) -> Definition:
        """The definition of one subnet's row.

        :raises BadField: if the row is not in order.
        """
        subnet, extra = self._subnet(tuple(row))
        return without_host(str(row[0]), int(row[1] or 0), subnet, extra or None)

    def _subnet(self, row: tuple[Any, ...]) -> tuple[dict[str, Any], dict[str, Any]]:
        known = self._subnets.get(row)
        if known is None:
            extra = dict(zip(self._own_subnets, row[2 + len(_SUBNET_COLUMNS) :], strict=True))
            known = (subnet_fields(dict(zip(_SUBNET_COLUMNS, row[2:], strict=False)), extra), extra)
            if len(self._subnets) >= _KEPT:
                self._subnets.clear()
            self._subnets[row] = known
        return known
