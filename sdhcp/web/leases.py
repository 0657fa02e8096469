"""Leases of pools, a page at a time, and as CSV."""

import re
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, Final, NamedTuple

from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater

from ..interfaces import SourceError
from ..model import Lease, LeaseState, PoolCounts
from ..wire.describe import address, hardware
from .facts import PoolFacts, ServerFacts
from .waiting import now

STATES: Final = ("", "offered", "bound", "expired", "released", "quarantined")
"""What may be asked for; "" for all. A lease whose time is over is "expired", though the store has it as bound."""
MOST: Final = 1000
"""Leases in one answer."""
_STEP: Final = 500
_SEARCHED: Final = 50_000
"""Leases that are looked at for one answer."""
_FORMULA: Final = re.compile('(^|[;\t\r\n])(?=["\\s]*[-=+@\uff1d\uff0b\uff0d\uff20])')
COLUMNS: Final = ("address", "pool", "state", "mac", "hostname", "client", "since", "expires", "via", "evidence")


class Search(NamedTuple):
    """Which leases: text that occurs in one of the fields, and a state of :data:`STATES`."""

    find: str = ""
    state: str = ""


class Found(NamedTuple):
    """A part of what was searched for; ``after`` is where to go on, b"" at the end."""

    rows: Sequence[dict[str, Any]]
    after: bytes


class NoSuchPool(LookupError):
    """There is no pool of a name."""


class Leases:
    """The leases of a server's pools. Every method may fail with :class:`SourceError`."""

    def __init__(self, facts: ServerFacts, reactor: IReactorTime) -> None:
        self._facts = facts
        self._reactor = reactor

    def names(self) -> Sequence[str]:
        """The pools."""
        return [pool.name for pool in self._facts.pools()]

    async def counts(self, name: str) -> PoolCounts | None:
        """How full a pool is; None if that cannot be told now.

        :raises NoSuchPool: if there is none of this name.
        """
        pool = self._of(name)
        try:
            counts: PoolCounts = await now(pool.store.counts(pool.addresses, self._facts.wall()))
        except SourceError:
            return None
        return counts

    async def page(self, name: str, search: Search, after: bytes, most: int) -> Found:
        """Up to so many leases behind an address, b"" for the first; fewer if it takes long to find them.

        :raises NoSuchPool: if there is none of this name.
        """
        pool = self._of(name)
        fits = self._fitting(search)
        rows: list[dict[str, Any]] = []
        seen = 0
        while seen < _SEARCHED:
            leases = await now(pool.store.leases(pool.addresses, after or None, _STEP))
            for lease in leases:
                after = lease.address
                row = self.row(lease)
                if fits(row):
                    rows.append(row)
                    if len(rows) == most:
                        return Found(rows, after)
            if len(leases) < _STEP:
                return Found(rows, b"")
            seen += len(leases)
            # Clients are answered between two steps.
            await deferLater(self._reactor, 0)
        return Found(rows, after)

    async def csv(self, name: str, search: Search) -> AsyncIterator[bytes]:
        """All leases of a pool that fit, as CSV with a line of names, in pieces.

        :raises NoSuchPool: if there is none of this name.
        """
        self._of(name)
        yield (",".join(COLUMNS) + "\r\n").encode()
        after = b""
        while True:
            found = await self.page(name, search, after, MOST)
            if found.rows:
                yield "".join(_line(row) for row in found.rows).encode()
            if not found.after:
                return
            after = found.after

    def row(self, lease: Lease) -> dict[str, Any]:
        """A lease as text and numbers, by column."""
        state = state_of(lease, self._facts.wall())
        return {
            "address": address(lease.address),
            "pool": lease.pool,
            "state": state,
            "mac": hardware(lease.mac) if lease.mac else "",
            "hostname": lease.hostname,
            "client": lease.client,
            "since": int(lease.since),
            "expires": int(lease.expires),
            "via": lease.via,
            "evidence": lease.evidence,
        }

    def _fitting(self, search: Search) -> Callable[[dict[str, Any]], bool]:
        wanted = search.find.strip().lower()

        def fits(row: dict[str, Any]) -> bool:
            if search.state and row["state"] != search.state:
                return False
            return not wanted or any(wanted in str(row[column]).lower() for column in _SEARCHABLE)

        return fits

    def _of(self, name: str) -> PoolFacts:
        for pool in self._facts.pools():
            if pool.name == name:
                return pool
        raise NoSuchPool(name)


def state_of(lease: Lease, now: float) -> str:
    """The state of a lease, one of :data:`STATES`."""
    if lease.state is LeaseState.BOUND and lease.expires <= now:
        return "expired"
    return lease.state.value


_SEARCHABLE: Final = ("address", "mac", "hostname", "client", "via", "evidence")


def _line(row: dict[str, Any]) -> str:
    return ",".join(_cell(str(row[column])) for column in COLUMNS) + "\r\n"


def _cell(text: str) -> str:
    # What clients call themselves is not to become a formula of somebody's spreadsheet, which has, in some countries,
    # other borders of cells than a comma, within quotes too.
    text = _FORMULA.sub(r"\1'", text)
    if any(character in text for character in ',"\r\n'):
        doubled = text.replace('"', '""')
        return f'"{doubled}"'
    return text
