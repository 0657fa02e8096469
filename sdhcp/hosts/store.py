"""What the commands ask of every store, and how a store says no."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from zope.interface import Attribute, Interface

from .host import Host, SubnetRow

if TYPE_CHECKING:
    from .plan import Plan

Advance = Callable[[int], None]
"""Told of how many more rows are done."""
Phases = Callable[[str, int], AbstractContextManager[Advance]]
"""Called with the name of a phase and how many rows it has, 0 if nobody knows."""


class Refused(Exception):
    """The store will not do this; nothing was changed. The text is a line for each reason, without secrets."""


class Unusable(Exception):
    """What was given is not in order; nothing was changed. The text is a line for each fault, without secrets."""


class Unreachable(Exception):
    """The store cannot be asked now; the text is one line, without secrets."""


def quiet(name: str, rows: int) -> AbstractContextManager[Advance]:
    """The :data:`Phases` of somebody who does not watch."""
    return nullcontext(_unwatched)


def _unwatched(rows: int) -> None:
    """Nobody is told."""


class IHostStore(Interface):
    """Where reservations are kept. All methods block, and raise :class:`Unreachable` if the store is away."""

    name = Attribute("What operators call it, as in DATABASE_ENGINE.")
    own_of_hosts = Attribute("The names of the site's own fields of hosts; None where they may have any.")
    own_of_subnets = Attribute("The same for subnets.")

    def hosts() -> Iterator[Host]:
        """Every reservation, in the store's own order, in little memory where the store can do that."""

    def count() -> int:
        """How many reservations there are, more or less; 0 if that cannot be told quickly."""

    def known(keys: Iterable[str]) -> list[Host]:
        """The reservations of clients; those that are not known are left out."""

    def at(ip: str) -> list[Host]:
        """The reservations of an address, in whatever subnet."""

    def subnets() -> list[SubnetRow]:
        """Every subnet."""

    def widths() -> Mapping[str, int]:
        """How many characters fit, for those of HOST_FIELDS that have a limit."""

    def check_host(host: Host) -> None:
        """See that the fields of the site's own mean something.

        :raises BadField: for the first that does not.
        """

    def check_subnet(subnet: SubnetRow) -> None:
        """See that all fields of a subnet are in order.

        :raises BadField: for the first that is not.
        """

    def write(plan: "Plan", advance: Advance) -> None:
        """Do all of a plan, or nothing.

        :raises Refused: if the store does not take it, or holds something else than when the plan was made.
        """

    def close() -> None:
        """Let go of the store. Never raises."""
