"""The reservations of a source that can list them, and that nobody can write from here."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from zope.interface import implementer

from ..interfaces import IEnumerableSource, SourceError
from ..model import Definition
from ..wire.describe import address
from .host import Host, SubnetRow, plain, sorted_own
from .plan import Plan
from .store import Advance, IHostStore, Refused, Unreachable


@implementer(IHostStore)
class ListedStore:
    """What a source lists. Subnets are those that some host is in.

    :param name: what operators call the source.
    """

    own_of_hosts = None
    own_of_subnets = None

    def __init__(self, name: str, source: IEnumerableSource) -> None:
        self.name = name
        self._source = source

    def hosts(self) -> Iterator[Host]:
        """Every reservation."""
        for key, definition in self._definitions():
            own = {name.removeprefix("maps."): plain(value) for name, value in (definition.extra or {}).items()}
            host = Host(key, address(definition.ip), definition.hostname or "", definition.subnet, definition.serial)
            yield host._replace(own=sorted_own(own))

    def count(self) -> int:
        """Nobody knows."""
        return 0

    def known(self, keys: Iterable[str]) -> list[Host]:
        """The reservations of clients."""
        wanted = set(keys)
        return [host for host in self.hosts() if host.key in wanted]

    def at(self, ip: str) -> list[Host]:
        """The reservations of an address."""
        return [host for host in self.hosts() if host.ip == ip]

    def subnets(self) -> list[SubnetRow]:
        """The subnets of all hosts."""
        return list({(one.subnet, one.serial): _subnet(one) for _, one in self._definitions()}.values())

    def widths(self) -> Mapping[str, int]:
        """No limits."""
        return {}

    def check_host(self, host: Host) -> None:
        """Nothing is written that would have to be checked."""

    def check_subnet(self, subnet: SubnetRow) -> None:
        """Nothing is written that would have to be checked."""

    def write(self, plan: Plan, advance: Advance) -> None:
        """Never done.

        :raises Refused: always.
        """
        raise Refused(f"{self.name} can only be read from here")

    def close(self) -> None:
        """There is nothing to let go of."""

    def _definitions(self) -> Iterator[tuple[str, Definition]]:
        try:
            yield from self._source.reservations()
        except SourceError as error:
            raise Unreachable(str(error)) from None


def _subnet(definition: Definition) -> SubnetRow:
    def joined(addresses: Any) -> str:
        return ", ".join(map(address, addresses))

    return SubnetRow(
        definition.subnet,
        definition.serial,
        definition.lease_time,
        joined(definition.gateways),
        address(definition.subnet_mask) if definition.subnet_mask else "",
        address(definition.broadcast_address) if definition.broadcast_address else "",
        joined(definition.ntp_servers),
        joined(definition.domain_name_servers),
        definition.domain_name or "",
    )
