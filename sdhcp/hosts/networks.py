"""Subnets as reservations are held against them: whether there is one, and which addresses lie in it."""

from collections.abc import Iterable
from typing import NamedTuple

from ..backends import subnets
from ..backends.reservation import BadField, subnet_fields, without_host
from .host import SubnetRow


class Network(NamedTuple):
    """One subnet of a store. ``number`` is its number among all; ``mask`` is 0 if it does not tell its network."""

    number: int
    name: str
    serial: int
    base: int = 0
    mask: int = 0

    def holds(self, number: int) -> bool:
        """Whether an address, as a number, lies in it."""
        return number & self.mask == self.base


class Networks:
    """All subnets by name and serial."""

    def __init__(self, rows: Iterable[SubnetRow]) -> None:
        self._known = {(row.subnet, row.serial): _network(index, row) for index, row in enumerate(rows)}
        self._by_name: dict[str, list[int]] = {}
        for name, serial in self._known:
            self._by_name.setdefault(name, []).append(serial)

    def get(self, name: str, serial: int) -> Network | None:
        """A subnet, None if there is none."""
        return self._known.get((name, serial))

    def find(self, name: str, serial: str) -> Network:
        """A subnet, by the serial's text, "" for 0.

        :raises BadField: if there is none.
        """
        text = serial.strip() or "0"
        if not (text.isascii() and text.isdigit() and len(text) < 19):
            raise BadField(f"serial: {serial[:40]!r} is no whole number")
        if not name.strip():
            raise BadField("subnet: is empty")
        number = int(text)
        found = self._known.get((name.strip(), number))
        if found is not None:
            return found
        serials = self._by_name.get(name.strip())
        if serials:
            others = ", ".join(map(str, serials[:5]))
            raise BadField(f"serial: there is no subnet {name.strip()[:60]!r} with serial {number}, only with {others}")
        raise BadField(f"subnet: there is no subnet {name.strip()[:60]!r}")


def _network(index: int, row: SubnetRow) -> Network:
    plain = Network(index, row.subnet, row.serial)
    fields = {"lease_time": row.lease_time or 1, "subnet_mask": row.subnet_mask, "gateway": row.gateway}
    try:
        found = subnets.make(without_host(row.subnet, row.serial, subnet_fields(fields, {}), {}))
    except BadField:
        # Its own fault, which whoever serves it is told of: no address can be held against it.
        return plain
    return plain._replace(base=found.network, mask=found.mask) if found else plain
