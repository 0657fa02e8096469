"""What the console can change, as whoever does it for the console promises."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

FIELDS = ("ip", "hostname", "subnet", "serial")
"""What every reservation has beside its key, all as text."""


class Who(NamedTuple):
    """Who asks for a change, and from where."""

    name: str
    address: str


class Reservation(NamedTuple):
    """One reservation; ``fields`` are :data:`FIELDS` and the site's own. ``version`` is another with each change."""

    key: str
    fields: Mapping[str, str]
    version: str


class Edit(NamedTuple):
    """A change of one reservation: None where there is none before or after it."""

    before: Reservation | None
    after: Reservation | None

    def rows(self) -> Sequence[tuple[str, str, str]]:
        """Each field with its value before and after."""
        old = self.before.fields if self.before is not None else {}
        new = self.after.fields if self.after is not None else {}
        return [(name, old.get(name, ""), new.get(name, "")) for name in dict.fromkeys((*old, *new))]

    @property
    def is_empty(self) -> bool:
        """Whether nothing is another than before."""
        return all(old == new for _, old, new in self.rows()) and (self.before is None) == (self.after is None)


class Refused(Exception):
    """Something is not done, and nothing was changed. The text is a sentence, or a line for each reason.

    :ivar status: as HTTP has it: 400 for what cannot be, 404 for what is not there, 409 for what the store does not
        take, 412 for what somebody else has changed, 503 for a store that is away.
    """

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class Editing(Protocol):
    """Changes reservations and leases. Coroutines raise :class:`Refused`, and nothing else."""

    def why_not(self) -> str:
        """Why reservations cannot be changed from here, "" if they can."""

    def own_fields(self) -> Sequence[str] | None:
        """The names of the site's own fields that the store has; None for any."""

    async def subnets(self) -> Sequence[tuple[str, int]]:
        """The subnets that reservations may lie in: name and serial."""

    async def find(self, text: str, most: int) -> Sequence[Reservation]:
        """Up to so many reservations with a text in one of their fields."""

    async def get(self, key: str) -> Reservation | None:
        """The reservation of a client, in any writing of its key."""

    async def plan(self, key: str, fields: Mapping[str, str] | None, version: str | None) -> Edit:
        """What :meth:`change` would do."""

    async def change(self, key: str, fields: Mapping[str, str] | None, version: str | None, who: Who) -> Edit:
        """Make or change a reservation, or remove it.

        :param fields: all fields that it is to have; None to remove it.
        :param version: of the reservation that is changed, "" if there is to be none yet; None for whatever is there.
        """

    async def leased(self, pool: str, address: str) -> Reservation:
        """The reservation that would take the place of a lease; it has no version."""

    async def release(self, pool: str, address: str, who: Who) -> None:
        """End the lease of an address."""

    async def clear(self, pool: str, address: str, who: Who) -> None:
        """Forget what is known of an address: who held it, or that it is quarantined."""
