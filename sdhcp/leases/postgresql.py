"""Leases in PostgreSQL, which any number of equal servers share.

Each step is one function there, which ``sdhcp/schemas/postgresql-leases.sql`` makes and says how it locks: one
question, one transaction. Of all servers that want an address for all their clients, one gets it for one, and any of
them renews what another gave. There are no roles, and nothing has to be agreed between them. The functions need READ
COMMITTED, and a user who may SELECT, INSERT, UPDATE and DELETE in three tables.

What is acknowledged is on disk, whatever ``synchronous_commit`` says where it is off; with
``synchronous_standby_names`` there it is on the standby too, before a client hears of it. Offers are not kept on disk:
a crash of PostgreSQL ends them.

Times go by PostgreSQL's clock, as far as this server's was found to be apart from it. Where that clock is set back,
what was lent, offered or quarantined until then lasts that much longer.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import LoopingCall
from zope.interface import implementer

from ..backends.sql_pool import Opened, Pool
from ..engine.addresses import Addresses
from ..interfaces import ILeaseStore, IServerReactor, IWarns, LeaseChange, SourceError
from ..model import Holder, Lease, PoolCounts
from . import postgresql_questions as questions
from .choosing import Choosing, Chosen, Question, can_be_lent
from .postgresql_errors import renamed
from .postgresql_server import LeaseServer, read_settings, rows, see_ready
from .postgresql_text import address_of, array, lease_of, shown, written
from .store_clock import MEASURED, StoreClock
from .within import Within

MOST: Final = 1000
"""Leases in one answer."""
FORGET: Final = 5000
"""Entries of the history that are removed in one step."""


@implementer(ILeaseStore, IWarns)
class PostgresqlLeases:
    """Leases in a PostgreSQL server.

    :param server: how it is spoken to.
    :param times: this server's clock, which ``now`` is of, against PostgreSQL's, which counts; how far they are apart
        is measured with each connection and each minute.
    :param most: connections at most, each with a thread of its own.
    :param clock: seconds of a monotonic clock.
    """

    name = "PostgreSQL"

    def __init__(
        self, server: LeaseServer, times: StoreClock, most: int, reactor: IServerReactor, clock: Callable[[], float]
    ) -> None:
        self._server = server
        self._times = times
        self._most = most
        self._reactor = reactor
        self._pool: Pool | None = None
        self._steps = Within(self.name, reactor, renamed)
        self._within = self._steps.do
        self._choosing = Choosing(self, clock)
        self._measuring = LoopingCall(self._measure)
        self._measuring.clock = reactor

    @property
    def warnings(self) -> tuple[str, ...]:
        """What of the server may lose leases."""
        return (*self._server.warnings, *self._times.warnings(self.name))

    def start(self) -> "Deferred[None]":
        """Begin to hold connections; fires when leases can be kept, fails with :class:`SourceError` if not yet."""
        self._pool = Pool(self._server, self._reactor, self._most, True)
        self._measuring.start(MEASURED, now=False)
        return self._within(self._see_ready)

    def stop(self) -> "Deferred[None]":
        """Finish what has begun, then let go of all connections; fires when no thread is left."""
        if self._measuring.running:
            self._measuring.stop()
        return self._steps.finish().addCallback(self._close)

    def _close(self, _: None) -> "Deferred[None]":
        pool, self._pool = self._pool, None
        return pool.stop() if pool is not None else succeed(None)

    def offer(
        self, pool: Addresses, holder: Holder, wish: bytes | None, now: float, until: float
    ) -> "Deferred[Lease | None]":
        """Choose an address for a client, and hold it until a time."""
        return self._within(partial(self._choosing.offer, pool, holder, wish, now, until))

    def bind(
        self, pool: Addresses, holder: Holder, address: bytes, now: float, expires: float
    ) -> "Deferred[Lease | None]":
        """Lend an address to a client until a time."""
        if not can_be_lent(pool, address):
            return succeed(None)
        values = (written(pool.name), *_words(holder), shown(address), self._time(now), self._time(expires))

        async def step() -> Lease | None:
            ((how, *row),) = await self._ask(questions.BIND, values)
            return lease_of(row, self._times) if how is not None else None

        return self._within(step)

    def release(self, pool: Addresses, client: str, address: bytes, now: float) -> "Deferred[bool]":
        """The client holds it no longer."""
        return self._did(pool, address, questions.RELEASE, written(client), shown(address), self._time(now))

    def decline(
        self, pool: Addresses, client: str, address: bytes, now: float, until: float, evidence: str
    ) -> "Deferred[bool]":
        """The client has found it in use."""
        times = (self._time(now), self._time(until))
        return self._did(
            pool, address, questions.QUARANTINE, written(client), shown(address), *times, written(evidence)
        )

    def quarantine(self, pool: Addresses, address: bytes, now: float, until: float, evidence: str) -> "Deferred[bool]":
        """The server has found it in use."""
        return self.decline(pool, "", address, now, until, evidence)

    def clear(self, pool: Addresses, address: bytes, now: float) -> "Deferred[bool]":
        """Forget all about an address."""
        return self._did(pool, address, questions.CLEAR, shown(address), self._time(now))

    def of_client(self, pool: Addresses, client: str, now: float) -> "Deferred[Lease | None]":
        """What a client holds or held last."""
        return self._one(questions.OF_CLIENT, pool, now, client=written(client))

    def at(self, pool: Addresses, address: bytes, now: float) -> "Deferred[Lease | None]":
        """Who holds an address, or held it last."""
        return self._one(questions.AT, pool, now, address=shown(address))

    def leases(self, pool: Addresses, after: bytes | None, most: int) -> "Deferred[Sequence[Lease]]":
        """Up to so many, at most :data:`MOST`, by address."""
        # Nobody is ever lent the lowest address of all.
        values = (written(pool.name), shown(after or bytes(4)), min(most, MOST))

        async def step() -> Sequence[Lease]:
            return [lease_of(row, self._times) for row in await self._ask(questions.PAGE, values)]

        return self._within(step)

    def counts(self, pool: Addresses, now: float) -> "Deferred[PoolCounts]":
        """How full the pool is. All of its leases are looked at."""
        reserved = array(address for address in pool.reserved if address in pool)
        values = {"pool": written(pool.name), "now": self._time(now), "reserved": reserved}

        async def step() -> PoolCounts:
            (row,) = await self._ask(questions.COUNTS, values)
            bound, offered, lapsed, quarantined, reserved = row
            free = max(len(pool) - sum(row), 0)
            return PoolCounts(len(pool), bound, offered, lapsed, quarantined, reserved, free)

        return self._within(step)

    def history(self, address: bytes | None, client: str | None, most: int) -> "Deferred[Sequence[LeaseChange]]":
        """What became of an address, or of a client's, the latest first."""
        wanted: dict[str, Any] = {}
        if address is not None:
            wanted["h.address = %s"] = shown(address)
        if client is not None:
            wanted["h.client = %s"] = written(client)
        question = questions.HISTORY % (f"WHERE {' AND '.join(wanted)}" if wanted else "")

        async def step() -> Sequence[LeaseChange]:
            found = await self._ask(question, (*wanted.values(), most))
            return [
                LeaseChange(self._times.to_server(at), what, lease_of(row, self._times)) for at, what, *row in found
            ]

        return self._within(step)

    def forget_history(self, before: float) -> "Deferred[int]":
        """Remove what is older than a time; how many entries."""
        return Deferred.fromCoroutine(self._forget(before))

    async def choose(self, pool: Addresses, question: Question) -> Chosen:
        """Choose an address, and offer it."""
        values = (
            written(pool.name),
            *_words(question.holder),
            shown(question.wish),
            shown(question.denied or None),
            question.last,
            array(question.unused),
            self._time(question.now),
            self._time(question.until),
        )
        ((how, *row),) = await self._ask(questions.OFFER, values)
        if how in ("more", "none"):
            return Chosen(how, None, address_of(row[1]) if row[1] else b"")
        return Chosen(how, lease_of(row, self._times))

    async def lapsed(self, pool: Addresses, now: float, most: int) -> Sequence[bytes]:
        """Addresses that are free, the longest first."""
        found = await self._ask(questions.LAPSED, (written(pool.name), self._time(now), most))
        return [address_of(address) for (address,) in found]

    async def aside(self, pool: Addresses, most: int, skip: int) -> Sequence[bytes]:
        """Addresses that were set aside."""
        found = await self._ask(questions.ASIDE, (written(pool.name), most, skip))
        return [address_of(address) for (address,) in found]

    async def set_aside(self, pool: Addresses, addresses: Sequence[bytes], yes: bool) -> None:
        """Have some never be chosen until they are set back."""
        await self._ask(questions.SET_ASIDE, (yes, written(pool.name), array(addresses)))

    def _time(self, time: float) -> float:
        return self._times.to_store(float(time))

    def _ask(self, question: str, values: Any) -> "Deferred[list[Any]]":
        return self._put(partial(rows, question, values))

    def _put(self, step: Callable[[Opened], Any]) -> "Deferred[Any]":
        if self._pool is None:
            raise SourceError("the store is not open", passing=True)
        return self._pool.ask(step)

    def _did(self, pool: Addresses, address: bytes, question: str, *values: Any) -> "Deferred[bool]":
        if address not in pool:
            return succeed(False)

        async def step() -> bool:
            ((did,),) = await self._ask(question, (written(pool.name), *values))
            return bool(did)

        return self._within(step)

    def _one(self, question: str, pool: Addresses, now: float, **values: Any) -> "Deferred[Lease | None]":
        values |= {"pool": written(pool.name), "now": self._time(now)}

        async def step() -> Lease | None:
            found = await self._ask(question, values)
            return lease_of(found[0][:-1], self._times) if found else None

        return self._within(step)

    async def _forget(self, before: float) -> int:
        forgotten = some = 0

        async def step() -> int:
            (removed,) = await self._ask(questions.FORGET, (self._time(before), FORGET))
            return int(removed)

        while True:
            some = await self._within(step)
            forgotten += some
            if some < FORGET:
                return forgotten

    async def _see_ready(self) -> None:
        await self._put(see_ready)

    async def _measure(self) -> None:
        try:
            await self._put(self._server.look)
        except SourceError:
            # Who wants a lease will be told, and a new connection measures again.
            pass


def _words(holder: Holder) -> tuple[str, bytes, str, str]:
    return written(holder.client), holder.mac, written(holder.hostname), written(holder.via)


def build(
    settings: Mapping[str, Any],
    reactor: IServerReactor,
    clock: Callable[[], float],
    wall: Callable[[], float] | None,
) -> PostgresqlLeases:
    """The store of a configuration; no server is asked.

    :param settings: ``LEASES_POSTGRESQL_DATABASE`` and so on, as ``POSTGRESQL_DATABASE`` and so on are for
        reservations.
    :param clock: seconds of a monotonic clock.
    :param wall: this server's clock, in seconds since the epoch; None to take ``now`` for PostgreSQL's time.
    :raises SourceLoadError: if the settings are not in order.
    """
    times = StoreClock(wall)
    server, most = read_settings(settings, times)
    return PostgresqlLeases(server, times, most, reactor, clock)
