"""Clients searched for: those that were heard, those that have reservations, and those that hold leases."""

import re
from collections.abc import AsyncIterator, Callable, Sequence
from heapq import nlargest, nsmallest
from typing import Any, Final, NamedTuple

from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater

from ..interfaces import SourceError
from ..model import Definition, Lease
from . import rows as kinds
from .facts import PoolFacts, ServerFacts
from .rows import Rows, kind_of
from .trails import Trails
from .waiting import now
from .wanted import Wanted, who

KINDS: Final = ("", "reservation", "lease", "unknown", "heard")
"""What may be asked for; "" for all."""
ORDERS: Final = ("heard", "client")
"""By when they were heard, the last one first, with those that were not heard behind them; or by who they are: first
reservations by key, then leases by address, then the others that were heard by hardware address."""
MOST: Final = 200
"""Clients in one answer."""
SECONDS: Final = 0.12
"""After which an answer has to do with what was found by then."""
_STEP: Final = 500
_HEARD_STEP: Final = 250
_HEARD, _RESERVED, _LEASED = "h", "r", "l"
_BEGIN: Final = {_HEARD: "h", _RESERVED: "r", _LEASED: "l_"}
_CURSOR: Final = re.compile(
    r"h(?:(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)_)?((?:[0-9a-f]{2})*)|r(.*)|l([0-9a-f]{8})?_(.*)", re.DOTALL | re.ASCII
)

Row = dict[str, Any]


class BadCursor(ValueError):
    """That is no place to go on from."""


class Asked(NamedTuple):
    """What is asked for: ``wanted``, of one of :data:`KINDS`, in one of :data:`ORDERS`."""

    wanted: Wanted
    kind: str = ""
    order: str = ORDERS[0]


class Note(NamedTuple):
    """What became of one place that was searched: ``how`` is "whole" if it was looked through to its end, "part" if
    there is more, "exact" if it was only asked for one client, "not" if it cannot be searched for this; ``problem``
    is "" or why it could not be asked."""

    place: str
    name: str
    how: str
    problem: str = ""


class Page(NamedTuple):
    """Some of them; ``after`` is where to go on, "" at the end."""

    rows: Sequence[Row]
    after: str
    notes: Sequence[Note]


class Clients:
    """Searches."""

    def __init__(self, facts: ServerFacts, trails: Trails, rows: Rows, reactor: IReactorTime) -> None:
        self._facts = facts
        self._trails = trails
        self._rows = rows
        self._reactor = reactor

    async def search(self, asked: Asked, after: str, most: int) -> Page:
        """Up to so many clients behind a place, "" for the first; fewer if it takes long to find them.

        :raises BadCursor: if there is no such place.
        """
        if after and not _CURSOR.fullmatch(after):
            raise BadCursor("after is what the answer before has given.")
        looking = _Looking(asked, most, self._facts.clock() + SECONDS)
        parts = _parts(asked)
        ways = {_HEARD: self._heard, _RESERVED: self._reserved, _LEASED: self._leased}
        for part in parts[parts.index(after[0]) if after and after[0] in parts else 0 :]:
            begin = after if after.startswith(part) else _BEGIN[part]
            looking.after = begin if len(looking.rows) >= most else ""
            if not looking.after:
                await ways[part](looking, begin)
            if looking.after:
                return Page(looking.rows, looking.after, looking.notes)
        return Page(looking.rows, "", looking.notes)

    async def _heard(self, looking: "_Looking", after: str) -> None:
        asked = looking.asked
        match = _CURSOR.fullmatch(after)
        at, mac = (match[1], bytes.fromhex(match[2])) if match else (None, b"")
        by_time = asked.order == ORDERS[0]
        place = (float(at), mac) if at else None
        found: list[tuple[float, bytes]] = []
        seen = 0
        for one in self._trails.heard():
            seen += 1
            if seen % _HEARD_STEP == 0:
                await deferLater(self._reactor, 0)
            if (place is None or one < place) if by_time else one[1] > mac:
                if self._is_of_kind(asked, one[1]) and self._fits_heard(asked.wanted, one[1]):
                    found.append(one)
        most = looking.most - len(looking.rows)
        if by_time:
            chosen = nlargest(most + 1, found)
        else:
            chosen = nsmallest(most + 1, found, key=lambda one: one[1])
        for at_time, client in chosen[:most]:
            looking.rows.append(self._rows.of_heard(client, at_time))
        if len(chosen) > most:
            looking.after = _after_heard(chosen[most - 1], by_time)
        looking.note("heard", "clients heard since the start", bool(looking.after))

    def _is_of_kind(self, asked: Asked, mac: bytes) -> bool:
        """Whether somebody who was heard is to be in the table as such."""
        if asked.kind == "heard" or (not asked.kind and asked.order == ORDERS[0]):
            return True
        _, exchange = self._trails.last(mac)
        if exchange is None or exchange.definition is None or not any(exchange.definition.ip):
            return True
        if asked.kind:
            return False
        # The others are in the table already, unless only what they said themselves is what was searched for.
        kind, definition = kind_of(exchange, self._facts), exchange.definition
        if kind == kinds.LEASE:
            told, _ = self._trails.last(mac)
            wanted = asked.wanted
            hostname = told.hostname.decode("ascii", "replace")
            is_listed = wanted.is_all or wanted.fits_mac(mac) or wanted.fits_text(hostname)
            return not (is_listed or wanted.fits_address(definition.ip))
        known = self._facts.known
        return known is None or not (known.is_listed and asked.wanted.fits_reservation(mac.hex(":"), definition))

    def _fits_heard(self, wanted: Wanted, mac: bytes) -> bool:
        if wanted.is_all or wanted.fits_mac(mac):
            return True
        told, exchange = self._trails.last(mac)
        if wanted.fits_told(told):
            return True
        if exchange is None:
            return False
        definition = exchange.definition
        if wanted.fits_address(exchange.address if definition is None else definition.ip):
            return True
        return definition is not None and wanted.fits_text(definition.hostname or "")

    def _is_above(self, asked: Asked, mac: bytes) -> bool:
        """Whether a client is in the table already, since it was heard."""
        if asked.kind or asked.order != ORDERS[0] or not mac or self._trails.of(mac) is None:
            return False
        return self._fits_heard(asked.wanted, mac)

    async def _reserved(self, looking: "_Looking", after: str) -> None:
        known, asked = self._facts.known, looking.asked
        if known is None:
            return
        wanted = asked.wanted
        try:
            if wanted.mac or not known.is_listed:
                if wanted.mac:
                    found = await known.lookup(wanted.mac.hex(":"))
                    several = [found] if isinstance(found, Definition) else found or ()
                    self._add_reservations(looking, [(wanted.mac.hex(":"), one) for one in several])
                how = "exact" if wanted.mac else "not"
                looking.notes.append(Note("reservations", known.name, how))
                return
            begin = after[1:]
            while len(looking.rows) < looking.most:
                left = max(0.0, looking.until - self._facts.clock())
                listed = await known.search(wanted.sought, begin, looking.most - len(looking.rows), left)
                self._add_reservations(looking, listed.found)
                begin = listed.after
                if not begin or self._facts.clock() >= looking.until:
                    break
            looking.after = f"{_RESERVED}{begin}" if begin else ""
        except SourceError as error:
            looking.notes.append(Note("reservations", known.name, "not", str(error)))
            return
        looking.note("reservations", known.name, bool(looking.after))

    def _add_reservations(self, looking: "_Looking", found: Sequence[tuple[str, Definition]]) -> None:
        for key, definition in found:
            client = who(key)
            if not self._is_above(looking.asked, client.mac if client is not None else b""):
                looking.rows.append(self._rows.of_reservation(key, definition))

    async def _leased(self, looking: "_Looking", after: str) -> None:
        match = _CURSOR.fullmatch(after)
        begin, name = (bytes.fromhex(match[4] or ""), match[5]) if match and match[5] is not None else (b"", "")
        pools = list(self._facts.pools())
        first = next((place for place, pool in enumerate(pools) if pool.name == name), 0)
        for pool in pools[first:]:
            try:
                async for lease in self._leases_of(pool, looking, begin):
                    looking.rows.append(self._rows.of_lease(lease))
            except SourceError as error:
                looking.notes.append(Note("leases", pool.name, "not", str(error)))
            else:
                looking.note("leases", pool.name, bool(looking.after))
            if looking.after:
                return
            begin = b""

    async def _leases_of(self, pool: PoolFacts, looking: "_Looking", after: bytes) -> AsyncIterator[Lease]:
        """Those that are wanted; tells ``looking`` where to go on."""
        wanted, clock = looking.asked.wanted, self._facts.clock
        near = await self._near(pool, wanted)
        if near is not None:
            for lease in near:
                if not self._is_above(looking.asked, lease.mac):
                    yield lease
            return
        fits = _lease_fits(wanted)
        while True:
            leases = await now(pool.store.leases(pool.addresses, after or None, _STEP))
            for lease in leases:
                if len(looking.rows) >= looking.most:
                    looking.after = f"{_LEASED}{after.hex()}_{pool.name}"
                    return
                after = lease.address
                if fits(lease) and not self._is_above(looking.asked, lease.mac):
                    yield lease
            if len(leases) < _STEP:
                return
            if clock() >= looking.until:
                looking.after = f"{_LEASED}{after.hex()}_{pool.name}"
                return
            await deferLater(self._reactor, 0)

    async def _near(self, pool: PoolFacts, wanted: Wanted) -> list[Lease] | None:
        """What can be found without a search; None if there has to be one."""
        wall = self._facts.wall()
        if wanted.sought.is_whole and not wanted.sought.text:
            octets = bytes(map(int, wanted.sought.address.split(".")))
            lease = await now(pool.store.at(pool.addresses, octets, wall)) if octets in pool.addresses else None
            return [lease] if lease is not None else []
        client = who(wanted.mac.hex(":")) if wanted.mac else None
        if client is None:
            return None
        found = {}
        for holder in client.holders:
            lease = await now(pool.store.of_client(pool.addresses, holder, wall))
            if lease is not None:
                found[lease.address] = lease
        return list(found.values())


class _Looking:
    """A search while it goes on."""

    def __init__(self, asked: Asked, most: int, until: float) -> None:
        self.asked = asked
        self.most = most
        self.until = until
        self.rows: list[Row] = []
        self.notes: list[Note] = []
        self.after = ""

    def note(self, place: str, name: str, is_part: bool) -> None:
        self.notes.append(Note(place, name, "part" if is_part else "whole"))


def _parts(asked: Asked) -> list[str]:
    """The parts of the table, in their order."""
    if asked.kind == "reservation":
        return [_RESERVED]
    if asked.kind == "lease":
        return [_LEASED]
    if asked.kind:
        return [_HEARD]
    return [_HEARD, _RESERVED, _LEASED] if asked.order == ORDERS[0] else [_RESERVED, _LEASED, _HEARD]


def _after_heard(last: tuple[float, bytes], by_time: bool) -> str:
    return f"{_HEARD}{last[0]!r}_{last[1].hex()}" if by_time else f"{_HEARD}{last[1].hex()}"


def _lease_fits(wanted: Wanted) -> Callable[[Lease], bool]:
    if wanted.is_all:
        return lambda lease: True

    def fits(lease: Lease) -> bool:
        if wanted.fits_text(lease.hostname, lease.via, lease.client):
            return True
        return wanted.fits_mac(lease.mac) or wanted.fits_address(lease.address)

    return fits
