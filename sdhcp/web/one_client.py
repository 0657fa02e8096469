"""One client: what it has, what it said, and what became of its packets."""

from collections.abc import Sequence
from typing import Any, Final

from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater

from ..interfaces import SourceError
from ..model import Definition
from ..wire.describe import address
from .facts import ServerFacts
from .leases import Leases
from .rows import plain, said_of
from .trails import Told, Trail, Trails
from .waiting import now
from .wanted import Who, who, with_identifier
from .words import lease_in_words, line_of

CHANGES: Final = 100
"""Entries of the history of leases."""
_STEP: Final = 1000


class OneClient:
    """Tells of one client at a time."""

    def __init__(self, facts: ServerFacts, trails: Trails, leases: Leases, reactor: IReactorTime) -> None:
        self._facts = facts
        self._trails = trails
        self._leases = leases
        self._reactor = reactor

    async def of(self, text: str) -> dict[str, Any] | None:
        """All that is known of a client, by what :func:`who` reads; None if that can be none.

        What could not be asked stands in "problems"; "is_known" is whether there is anything.
        """
        client = who(text)
        if client is None:
            return None
        trail = await self._trail_of(client)
        told = trail.told if trail is not None else Told()
        if trail is not None:
            client = client._replace(mac=trail.mac)
        client = with_identifier(client, told.identifier)
        problems: list[str] = []
        reservations = await self._reservations(client, problems)
        leases, history = await self._lent(client, problems)
        since = self._facts.wall() - self._facts.clock()
        timeline = [line_of(event, since) for event in reversed(trail.events)] if trail is not None else []
        blocked = self._facts.block_of(client.mac)
        return {
            "id": client.name,
            "mac": client.mac.hex(":"),
            "is_known": bool(reservations or leases or history or timeline),
            "said": {**said_of(told)._asdict(), "identifier": plain(told.identifier)},
            "reservations": reservations,
            "leases": leases,
            "blocked": {"seconds": round(blocked[0]), "reason": blocked[1]} if blocked is not None else None,
            "timeline": timeline,
            "history": history,
            "problems": problems,
        }

    async def _trail_of(self, client: Who) -> Trail | None:
        trail = self._trails.of(client.mac) if client.mac else None
        if trail is not None or client.mac:
            return trail
        # It is known by something else: those who were heard are looked through for it.
        seen = 0
        for _, mac in self._trails.heard():
            seen += 1
            if seen % _STEP == 0:
                await deferLater(self._reactor, 0)
            told, _ = self._trails.last(mac)
            if told.identifier and f"id {told.identifier.hex()}" in client.holders:
                return self._trails.of(mac)
        return None

    async def _reservations(self, client: Who, problems: list[str]) -> list[dict[str, Any]]:
        known = self._facts.known
        shown: list[dict[str, Any]] = []
        if known is None:
            return shown
        for key in dict.fromkeys(filter(None, (client.key, client.mac.hex(":")))):
            try:
                found = await known.lookup(key)
            except SourceError as error:
                problems.append(f"{known.name}: {error}")
                break
            several: Sequence[Definition] = [found] if isinstance(found, Definition) else found or ()
            shown += [one for one in map(_reservation, several) if one not in shown]
        return shown

    async def _lent(self, client: Who, problems: list[str]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        facts = self._facts
        leases: dict[tuple[str, bytes], dict[str, Any]] = {}
        changes: list[dict[str, Any]] = []
        asked: set[int] = set()
        for pool in facts.pools():
            is_new = id(pool.store) not in asked
            asked.add(id(pool.store))
            try:
                for holder in client.holders:
                    lease = await now(pool.store.of_client(pool.addresses, holder, facts.wall()))
                    if lease is not None:
                        leases[pool.name, lease.address] = self._leases.row(lease)
                    # One store keeps the history of all of its pools.
                    for change in await now(pool.store.history(None, holder, CHANGES)) if is_new else ():
                        changes.append(_change(change))
            except SourceError as error:
                problems.append(f"{pool.name}: {error}")
        changes.sort(key=lambda change: -float(change["at"]))
        return list(leases.values()), changes[:CHANGES]


def _reservation(definition: Definition) -> dict[str, Any]:
    return {
        "address": address(definition.ip),
        "subnet": definition.subnet,
        "serial": definition.serial,
        "hostname": definition.hostname or "",
        "lease_time": definition.lease_time,
        "gateways": [address(one) for one in definition.gateways],
    }


def _change(change: Any) -> dict[str, Any]:
    lease = change.lease
    return {
        "at": int(change.at),
        "what": change.what,
        "words": lease_in_words(change.what),
        "address": address(lease.address),
        "pool": lease.pool,
        "expires": int(lease.expires),
        "via": lease.via,
        "evidence": lease.evidence,
    }
