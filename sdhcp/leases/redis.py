"""Leases in Redis, which any number of equal servers share.

Each step is a script, which Redis runs as a whole: of all servers that want an address for all their clients, one gets
it for one, and any of them renews what another gave. There are no roles, and nothing has to be agreed between them.

What is acknowledged is kept as the server keeps it. With ``appendonly yes`` and ``appendfsync always`` it is on disk
before it is acknowledged; with ``everysec`` the last second is lost when the power fails, though not when the process
ends; without an append-only file everything is. ``warnings`` tells which of it holds. Where sentinels have a replica
take over, a lease counts when ``LEASES_REDISDB_REPLICAS`` replicas have it. A master that was cut off from its
sentinels goes on for those servers that still reach it: ``min-replicas-to-write 1`` and ``min-replicas-max-lag`` there
bound that.

Times go by Redis's clock, as far as this server's was found to be apart from it. Where that clock is set back, what was
lent, offered or quarantined until then lasts that much longer.

A pool's keys begin with the prefix and its name, ``sdhcp:{name}:``; see ``lua/pool.lua``. What is written there is told
to everybody who tracks changes, so that a server of its own, or one without reservations, is the better place.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final
from urllib.parse import quote

from twisted.internet.defer import Deferred
from zope.interface import implementer

from ..backends.redis_settings import RedisSettings, read
from ..engine.addresses import Addresses
from ..interfaces import ILeaseStore, IServerReactor, IWarns, LeaseChange, SourceLoadError
from ..model import Holder, Lease, PoolCounts
from .choosing import Choosing, Chosen, Question, can_be_lent
from .redis_replies import before, change_of, joined, lease_of, number_of, reserved_of, text
from .redis_steps import RedisSteps
from .store_clock import StoreClock

PREFIX: Final = "sdhcp"
HISTORY: Final = 1_000_000
"""Entries of the history that are kept of each pool."""
LOOK: Final = 2000
"""Entries of the history that are looked at in one step."""
FORGET: Final = 1000
RESERVED: Final = 2000
"""Reserved addresses that are counted in one step."""
MOST: Final = 1000
"""Leases in one answer."""
MOST_REPLICAS: Final = 100
_THEIRS: Final = "X_REDISDB_"
_OURS: Final = "LEASES_REDISDB_"


@implementer(ILeaseStore, IWarns)
class RedisLeases:
    """Leases in a Redis server, or in the master that sentinels tell of.

    :param clock: seconds of a monotonic clock.
    :param wall: this server's clock, in seconds since the epoch, which ``now`` is of; Redis's clock is what counts, and
        how far they are apart is measured with each connection and each minute. None to take ``now`` for Redis's time.
    :param prefix: what the names of all keys begin with.
    :param history: entries of the history that are kept of each pool, about; 0 for none.
    :param replicas: how many have to have a lease before it counts.
    """

    name = "Redis"

    def __init__(
        self,
        settings: RedisSettings,
        reactor: IServerReactor,
        clock: Callable[[], float],
        wall: Callable[[], float] | None,
        prefix: str = PREFIX,
        history: int = HISTORY,
        replicas: int = 0,
    ) -> None:
        self._times = StoreClock(wall)
        self._steps = RedisSteps(settings, reactor, clock, self._times, replicas)
        self._settings = settings
        self._prefix = prefix
        self._kept = str(history)
        self._choosing = Choosing(self, clock)
        self._known: set[str] = set()

    @property
    def warnings(self) -> tuple[str, ...]:
        """What may lose leases, and settings that have no effect."""
        return (*self._settings.warnings, *self._steps.warnings)

    def start(self) -> "Deferred[None]":
        """Begin to hold connections; fires when one is there, fails with :class:`SourceError` if none is yet."""
        return self._steps.start()

    def stop(self) -> "Deferred[None]":
        """Finish what has begun, then end all connections; fires when they have ended."""
        return self._steps.stop()

    def offer(
        self, pool: Addresses, holder: Holder, wish: bytes | None, now: float, until: float
    ) -> "Deferred[Lease | None]":
        """Choose an address for a client, and hold it until a time."""
        return self._steps.within(partial(self._choosing.offer, pool, holder, wish, now, until))

    def bind(
        self, pool: Addresses, holder: Holder, address: bytes, now: float, expires: float
    ) -> "Deferred[Lease | None]":
        """Lend an address to a client until a time."""
        return self._steps.within(partial(self._bind, pool, holder, address, now, expires))

    def release(self, pool: Addresses, client: str, address: bytes, now: float) -> "Deferred[bool]":
        """The client holds it no longer."""
        return self._did("release", pool, address, self._time(now), _octets(client), address, self._kept)

    def decline(
        self, pool: Addresses, client: str, address: bytes, now: float, until: float, evidence: str
    ) -> "Deferred[bool]":
        """The client has found it in use."""
        return self._quarantine(pool, client, address, now, until, evidence)

    def quarantine(self, pool: Addresses, address: bytes, now: float, until: float, evidence: str) -> "Deferred[bool]":
        """The server has found it in use."""
        return self._quarantine(pool, "", address, now, until, evidence)

    def clear(self, pool: Addresses, address: bytes, now: float) -> "Deferred[bool]":
        """Forget all about an address."""
        return self._did("clear", pool, address, self._time(now), address, self._kept)

    def of_client(self, pool: Addresses, client: str, now: float) -> "Deferred[Lease | None]":
        """What a client holds or held last."""
        return self._one("client", pool, self._time(now), _octets(client))

    def at(self, pool: Addresses, address: bytes, now: float) -> "Deferred[Lease | None]":
        """Who holds an address, or held it last."""
        return self._one("at", pool, self._time(now), address)

    def leases(self, pool: Addresses, after: bytes | None, most: int) -> "Deferred[Sequence[Lease]]":
        """Up to so many, at most :data:`MOST`, by address."""
        return self._steps.within(partial(self._page, pool, after, min(most, MOST)))

    def counts(self, pool: Addresses, now: float) -> "Deferred[PoolCounts]":
        """How full the pool is."""
        return self._steps.within(partial(self._counts, pool, now))

    def history(self, address: bytes | None, client: str | None, most: int) -> "Deferred[Sequence[LeaseChange]]":
        """What became of an address, or of a client's, the latest first."""
        return Deferred.fromCoroutine(self._history(address or b"", client or "", most))

    def forget_history(self, before: float) -> "Deferred[int]":
        """Remove what is older than a time; how many entries."""
        return Deferred.fromCoroutine(self._forget(before))

    async def choose(self, pool: Addresses, question: Question) -> Chosen:
        """Choose an address, and offer it."""
        holder = question.holder
        how, *found = await self._steps.run(
            "offer",
            await self._key(pool),
            self._time(question.now),
            self._time(question.until),
            *_words(holder),
            question.wish or b"",
            question.denied,
            "1" if question.last else "0",
            joined(question.unused),
        )
        if how == b"more":
            return Chosen("more", None, found[0])
        return Chosen(text(how), lease_of(pool.name, found, self._times))

    async def lapsed(self, pool: Addresses, now: float, most: int) -> Sequence[bytes]:
        """Addresses that are free, the longest first."""
        key = f"{await self._key(pool)}:free"
        found: list[bytes] = await self._steps.ask("ZRANGEBYSCORE", key, "-inf", self._time(now), "LIMIT", 0, most)
        return found

    async def aside(self, pool: Addresses, most: int, skip: int) -> Sequence[bytes]:
        """Addresses that were set aside."""
        found: list[bytes] = await self._steps.ask("ZRANGE", f"{await self._key(pool)}:aside", skip, skip + most - 1)
        return found

    async def set_aside(self, pool: Addresses, addresses: Sequence[bytes], yes: bool) -> None:
        """Have some never be chosen until they are set back."""
        await self._steps.run("aside", await self._key(pool), "1" if yes else "0", joined(addresses))

    def _time(self, time: float) -> str:
        return repr(self._times.to_store(float(time)))

    async def _key(self, pool: Addresses) -> str:
        """What the names of a pool's keys begin with. All pools are known by name, for the history."""
        if pool.name not in self._known:
            await self._steps.ask("SADD", f"{self._prefix}:pools", pool.name)
            self._known.add(pool.name)
        return self._key_of(pool.name)

    def _key_of(self, name: str) -> str:
        # What is between the braces says in which part of a cluster a key is: that of a pool's keys is the same.
        return f"{self._prefix}:{{{quote(name, safe=' /:', errors='surrogatepass')}}}"

    async def _bind(self, pool: Addresses, holder: Holder, address: bytes, now: float, expires: float) -> Lease | None:
        if not can_be_lent(pool, address):
            return None
        client, mac, hostname, via = _words(holder)
        times = (self._time(now), self._time(expires))
        who = (client, address, mac, hostname, via)
        reply = await self._steps.run("bind", await self._key(pool), *times, *who, self._kept, writes=True)
        return lease_of(pool.name, reply, self._times)

    def _quarantine(
        self, pool: Addresses, client: str, address: bytes, now: float, until: float, evidence: str
    ) -> "Deferred[bool]":
        arguments = (self._time(now), self._time(until), _octets(client), address, _octets(evidence), self._kept)
        return self._did("quarantine", pool, address, *arguments)

    def _did(self, name: str, pool: Addresses, address: bytes, *arguments: str | bytes) -> "Deferred[bool]":
        async def step() -> bool:
            if address not in pool:
                return False
            return bool(await self._steps.run(name, await self._key(pool), *arguments, writes=True))

        return self._steps.within(step)

    def _one(self, name: str, pool: Addresses, *arguments: str | bytes) -> "Deferred[Lease | None]":
        async def step() -> Lease | None:
            return lease_of(pool.name, await self._steps.run(name, await self._key(pool), *arguments), self._times)

        return self._steps.within(step)

    async def _page(self, pool: Addresses, after: bytes | None, most: int) -> Sequence[Lease]:
        place = "-1" if after is None else str(number_of(after))
        reply = await self._steps.run("page", await self._key(pool), place, str(most))
        return [lease for one in reply if (lease := lease_of(pool.name, one, self._times)) is not None]

    async def _counts(self, pool: Addresses, now: float) -> PoolCounts:
        key = await self._key(pool)
        held = lapsed_too = 0
        for piece in reserved_of(pool, RESERVED) or [b""]:
            reply = await self._steps.run("counts", key, self._time(now), piece)
            bound, offered, lapsed, quarantined = reply[:4]
            held, lapsed_too = held + reply[4], lapsed_too + reply[5]
        reserved = sum(address in pool for address in pool.reserved) - held
        lapsed -= lapsed_too
        free = max(len(pool) - bound - offered - lapsed - quarantined - reserved, 0)
        return PoolCounts(len(pool), bound, offered, lapsed, quarantined, reserved, free)

    async def _pools(self) -> list[str]:
        step = partial(self._steps.ask, "SMEMBERS", f"{self._prefix}:pools")
        return [text(name) for name in await self._steps.within(step)]

    async def _history(self, address: bytes, client: str, most: int) -> Sequence[LeaseChange]:
        found: list[LeaseChange] = []
        for name in await self._pools():
            place, left = "+", most
            while place and left > 0:
                wanted = (address, _octets(client), str(LOOK), str(left))
                step = partial(self._steps.run, "history", self._key_of(name), place, *wanted)
                at, entries = await self._steps.within(step)
                found += [change_of(name, entry, self._times) for entry in entries]
                place, left = before(at) if at else "", left - len(entries)
        found.sort(key=lambda change: change.at, reverse=True)
        return found[:most]

    async def _forget(self, before: float) -> int:
        forgotten = 0
        for name in await self._pools():
            goes_on = True
            while goes_on:
                step = partial(self._steps.run, "forget", self._key_of(name), self._time(before), str(FORGET))
                some, goes_on = await self._steps.within(step)
                forgotten += some
        return forgotten


def _octets(words: str) -> bytes:
    return words.encode("utf-8", "surrogatepass")


def _words(holder: Holder) -> tuple[bytes, bytes, bytes, bytes]:
    return _octets(holder.client), holder.mac, _octets(holder.hostname), _octets(holder.via)


def build(
    settings: Mapping[str, Any],
    reactor: IServerReactor,
    clock: Callable[[], float],
    wall: Callable[[], float] | None,
    **more: Any,
) -> RedisLeases:
    """The store of a configuration. Files of TLS are read; no server is asked.

    :param settings: ``LEASES_REDISDB_KWARGS`` and so on, as ``X_REDISDB_KWARGS`` and so on are for reservations, and
        ``LEASES_REDISDB_REPLICAS``.
    :param more: further arguments of :class:`RedisLeases`.
    :raises SourceLoadError: if the settings are not in order.
    """
    renamed = {name.replace(_OURS, _THEIRS): value for name, value in settings.items() if name.startswith(_OURS)}
    replicas = renamed.pop(f"{_THEIRS}REPLICAS", None) or 0
    problems: list[str] = []
    if not isinstance(replicas, int) or not 0 <= replicas <= MOST_REPLICAS:
        problems.append(f"{_OURS}REPLICAS: expected a whole number of replicas up to {MOST_REPLICAS}")
    try:
        told = read(renamed)
    except SourceLoadError as error:
        raise SourceLoadError([*(problem.replace(_THEIRS, _OURS) for problem in error.problems), *problems]) from None
    if problems:
        raise SourceLoadError(problems)
    told = replace(told, warnings=tuple(line.replace(_THEIRS, _OURS) for line in told.warnings))
    return RedisLeases(told, reactor, clock, wall, replicas=replicas, **more)
