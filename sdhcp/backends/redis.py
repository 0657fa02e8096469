"""Reservations in Redis: a hash for each client, and one for each subnet."""

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

from twisted.internet.defer import Deferred, DeferredList
from zope.interface import implementer

from ..config.settings import SourceSettings
from ..interfaces import (
    Answered,
    BadReservation,
    Found,
    ICallsBack,
    IChanges,
    IRemoteSource,
    IServerReactor,
    ISheds,
    ISubnetSource,
    ITellsChanges,
    IWarns,
    SourceError,
)
from ..model import Query, Subnet
from .batches import QUEUE, Answers, Batches
from .redis_changes import Subscriber, Watch
from .redis_connection import Connection, connect, hgetall
from .redis_errors import is_key_denied, refused
from .redis_hashes import Hashes, Host, read_host
from .redis_pool import Pool
from .redis_sentinel import Sentinels
from .redis_settings import RedisSettings, read
from .redis_subnets import KnownSubnets
from .reservation import BadField

PROBE: Final = "sdhcp:nobody"
"""A key that nobody has: asking for it shows whether questions are answered."""
_HARDWARE: Final = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2})*\Z")
_MEND: Final = "mend the hash; the next packet counts"


@implementer(IRemoteSource, ICallsBack, ITellsChanges, ISubnetSource, ISheds, IWarns)
class RedisSource:
    """Reservations in a Redis server, never written to. What was changed there is heard from it.

    :param any_case: whether hardware addresses stand there in any case, that is, all in lower or upper case.
    :param reactor: connects and times.
    :param clock: seconds of a monotonic clock.
    """

    name = "Redis"

    def __init__(
        self, settings: RedisSettings, any_case: bool, reactor: IServerReactor, clock: Callable[[], float]
    ) -> None:
        self._server = server = settings.server
        self._any_case = any_case
        self._reactor = reactor
        self._warnings = settings.warnings
        self._sentinels: Sentinels | None = None
        self._place = server.place
        if settings.sentinels:
            self._place = f'Redis master "{settings.service}"'
            self._sentinels = Sentinels(settings.sentinels, settings.service, server, reactor, clock, self._moved)
        self._pool = Pool(partial(self._connect, Connection), clock, settings.connections)
        self._batches = Batches(self._look_up, reactor, settings.connections)
        self._hashes = Hashes()
        self._subnets = KnownSubnets(self._pool.ask, self._hashes, reactor, self._is_told)
        self._watch = Watch(
            partial(self._connect, Subscriber), self._pool.ask, reactor, server.db, self._place, self._subnets.changed
        )

    @property
    def warnings(self) -> tuple[str, ...]:
        """What of the settings has no effect, and what keeps the server from telling what is changed."""
        return (*self._warnings, self._watch.warning) if self._watch.warning else self._warnings

    def start(self) -> None:
        """Begin to hold connections."""
        if self._sentinels is not None:
            self._sentinels.start()
        self._pool.open()
        self._watch.start()
        self._subnets.start()

    def stop(self) -> "Deferred[None]":
        """Ask no more; fires when no connection is left."""
        self._batches.stop()
        self._subnets.stop()
        stopping = [self._watch.stop(), self._pool.stop()]
        if self._sentinels is not None:
            stopping.append(self._sentinels.stop())
        return DeferredList(stopping, consumeErrors=True).addCallback(lambda _: None)

    def lookup(self, query: Query) -> "Deferred[Found]":
        """What Redis holds for a client, asked together with others that wait.

        The Deferred fails with :class:`SourceError`, or :class:`BadReservation` for a hash that is not in order.
        """
        return self._batches.lookup(query.key)

    def look_up(self, query: Query, answered: Answered) -> Callable[[], None]:
        """The same with a function that is called; what is returned ends the waiting."""
        return self._batches.look_up(query.key, answered)

    def probe(self) -> "Deferred[None]":
        """Ask for a client that nobody has. Fails with :class:`SourceError`."""
        return Deferred.fromCoroutine(self._probe())

    def tell(self, changes: IChanges) -> None:
        """Whom to tell what is changed."""
        self._watch.tell(changes)

    def hear(self) -> None:
        """Take in what Redis has told by now."""
        self._watch.hear()

    def subnet_of(self, address: bytes) -> Subnet | None:
        """The narrowest subnet that holds an address, as of the last look through the database."""
        return self._subnets.holding(address)

    def read_subnets(self) -> "Deferred[None]":
        """Look through the database for subnets; fires when that is done. Fails with :class:`SourceError`."""
        return Deferred.fromCoroutine(self._subnets.read())

    def shed(self) -> "list[tuple[str, int]]":
        """Lookups that were refused."""
        return [(f"lookups that wait for Redis ({QUEUE})", self._batches.shed)]

    async def _connect(self, protocol: "type[Connection]") -> Connection:
        if self._sentinels is None:
            return await connect(self._server, self._reactor, "", protocol)
        return await connect(await self._sentinels.master(), self._reactor, "master", protocol)

    def _moved(self) -> None:
        """The master has become another: what is said by the old one counts no more."""
        self._pool.drop()
        self._watch.drop()

    def _is_told(self) -> bool:
        return self._watch.tells_all

    def _look_up(self, keys: Sequence[str]) -> "Deferred[Answers]":
        return Deferred.fromCoroutine(self._answers(keys))

    async def _answers(self, keys: Sequence[str]) -> Answers:
        names = [(key, name) for key in keys for name in self._names(key)]
        hosts: dict[str, Host] = {}
        answers: dict[str, Found | SourceError] = {}
        replies = await self._pool.ask([hgetall(name) for _, name in names])
        for (key, name), reply in zip(names, replies, strict=True):
            if reply == [] or key in hosts:
                continue
            try:
                hosts[key] = read_host(self._hash(name, reply))
            except BadField as error:
                answers[key] = self._bad(key, error)
        wanted = list({host.subnet for host in hosts.values()})
        replies = await self._pool.ask([hgetall(name) for name in wanted]) if wanted else []
        found = dict(zip(wanted, replies, strict=True))
        for key, host in hosts.items():
            try:
                answers[key] = self._hashes.definition(host, self._hash(host.subnet, found[host.subnet]))
            except BadField as error:
                answers[key] = self._bad(key, error)
        return answers

    def _names(self, key: str) -> tuple[str, ...]:
        """The hashes that may be a client's, in the order in which they count."""
        return (key, key.upper()) if self._any_case and _HARDWARE.match(key) else (key,)

    def _hash(self, name: str, reply: Any) -> list[bytes]:
        """The hash that a reply gives.

        :raises BadField: if it is something else, or may not be read.
        :raises SourceError: if the server refuses to answer.
        """
        if isinstance(reply, list):
            return reply
        if str(reply).startswith("WRONGTYPE"):
            raise BadField(f"{name}: is something else than a hash")
        if is_key_denied(reply):
            raise BadField(f"{name}: may not be read by the user that asks")
        raise refused(self._place, reply, "HGETALL")

    def _bad(self, key: str, error: BadField) -> BadReservation:
        text = str(error)
        text = text if text.startswith(f"{key}: ") else f"{key}: {text}"
        return BadReservation(f"{self._place}: {text}", _MEND)

    async def _probe(self) -> None:
        (reply,) = await self._pool.ask([hgetall(PROBE)])
        if isinstance(reply, Exception) and not is_key_denied(reply) and not str(reply).startswith("WRONGTYPE"):
            raise refused(self._place, reply, "HGETALL")


def build(settings: SourceSettings, reactor: IServerReactor, clock: Callable[[], float]) -> RedisSource:
    """The source of a configuration. Files of TLS are read; no server is asked.

    :raises SourceLoadError: if the settings are not in order.
    """
    return RedisSource(read(settings.settings), settings.case_insensitive_macs, reactor, clock)
