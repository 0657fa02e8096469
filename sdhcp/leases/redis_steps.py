"""Steps of a lease store put to Redis, with every error in plain words."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

import txredisapi
from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.task import LoopingCall

from ..backends.redis_connection import Connection, command, connect
from ..backends.redis_errors import refused
from ..backends.redis_pool import Pool
from ..backends.redis_sentinel import Sentinels
from ..backends.redis_settings import RedisSettings
from ..interfaces import IServerReactor, SourceError
from . import redis_keeping
from .redis_scripts import script
from .store_clock import MEASURED, StoreClock
from .within import Within

CONNECT: Final = 1.5
REPLY: Final = 2.5
REPLICATED: Final = 1000
"""Milliseconds that replicas have to take a lease."""

_TIME: Final = command("TIME")
_RIGHTS: Final = ("does not allow its user what a lease store does", "ACL SETUSER <user> ~sdhcp:* +@all -@dangerous")
_REFUSALS: Final = (
    # what stands in an error that a script ended with, what it means, what to do
    ("READONLY", "is a replica, which takes no leases", "see which server is the master"),
    ("OOM", "has no memory left", "see maxmemory there"),
    ("MISCONF", "cannot write its data to disk", "see its log"),
    ("NOREPLICAS", "has too few replicas to take a lease", "see min-replicas-to-write there, and the replicas"),
    ("NOPERM", *_RIGHTS),
    ("user executing the script", *_RIGHTS),
    ("WRONGTYPE", "holds something else under the names of leases", "see that nothing else writes there"),
    ("unknown command", "is too old, or lacks a command", "sdhcp keeps leases in Redis 5 and later"),
)


class RedisSteps:
    """Runs scripts on one Redis server, or on the master that sentinels tell of.

    :param clock: seconds of a monotonic clock.
    :param times: the server's clock against Redis's, which is measured here.
    :param replicas: how many have to have what is written before it counts.
    """

    def __init__(
        self,
        settings: RedisSettings,
        reactor: IServerReactor,
        clock: Callable[[], float],
        times: StoreClock,
        replicas: int,
    ) -> None:
        server = settings.server
        self._server = server = replace(
            server,
            connect_timeout=min(server.connect_timeout, CONNECT),
            reply_timeout=min(server.reply_timeout, REPLY),
        )
        self._reactor = reactor
        self._times = times
        self._replicas = replicas
        self._sentinels: Sentinels | None = None
        self.place = server.place
        if settings.sentinels:
            self.place = f'Redis master "{settings.service}"'
            self._sentinels = Sentinels(settings.sentinels, settings.service, server, reactor, clock, self._moved)
        self._pool = Pool(self._connect, clock, settings.connections)
        self._within = Within(self.place, reactor, lambda advice: advice.replace("X_REDISDB_", "LEASES_REDISDB_"))
        self.within = self._within.do
        self._warnings: Sequence[str] = ()
        self._measuring = LoopingCall(self._measure)
        self._measuring.clock = reactor

    @property
    def warnings(self) -> tuple[str, ...]:
        """What of the server may lose leases, as of the last connection."""
        return (*self._warnings, *self._times.warnings(self.place))

    def start(self) -> "Deferred[None]":
        """Begin to hold connections; fires when one is there."""
        if self._sentinels is not None:
            self._sentinels.start()
        self._measuring.start(MEASURED, now=False)
        return self.within(self._first)

    def stop(self) -> "Deferred[None]":
        """Finish what has begun, then end all connections; fires when they have ended."""
        if self._measuring.running:
            self._measuring.stop()
        return self._within.finish().addCallback(self._end)

    def _end(self, _: None) -> "Deferred[None]":
        stopping = [self._pool.stop()]
        if self._sentinels is not None:
            stopping.append(self._sentinels.stop())
        return DeferredList(stopping, consumeErrors=True).addCallback(lambda _: None)

    async def run(self, name: str, key: str, *arguments: str | bytes, writes: bool = False) -> Any:
        """What a script answers.

        :param key: what the names of the pool's keys begin with.
        :param writes: whether what it writes has to be kept when this returns.
        :raises SourceError: if it cannot be run, or replicas have not taken what it wrote.
        """
        text = script(name)
        more = [command("WAIT", self._replicas, REPLICATED)] if writes and self._replicas else []
        replies = await self._pool.ask([text.again(key, *arguments), *more])
        if isinstance(replies[0], txredisapi.ResponseError) and str(replies[0]).startswith("NOSCRIPT"):
            replies = await self._pool.ask([text.first(key, *arguments), *more])
        reply = self._checked(replies[0], "EVALSHA")
        if more and self._checked(replies[1], "WAIT") < self._replicas:
            problem = f"{self.place}: {replies[1]} of {self._replicas} replicas have taken a lease in time"
            raise SourceError(problem, "see the replicas, or set LEASES_REDISDB_REPLICAS lower")
        return reply

    async def ask(self, *words: str | bytes | int) -> Any:
        """What a command answers.

        :raises SourceError: if it is refused or there is no answer.
        """
        (reply,) = await self._pool.ask([command(*words)])
        return self._checked(reply, str(words[0]))

    def _checked(self, reply: Any, name: str) -> Any:
        if not isinstance(reply, Exception):
            return reply
        text = str(reply)
        for word, problem, advice in _REFUSALS:
            if word in text:
                if word == "READONLY":
                    # It was the master: who is now has to be asked.
                    self._moved()
                raise SourceError(f"{self.place} {problem}", advice)
        raise refused(self.place, reply, name)

    async def _first(self) -> None:
        await self.ask("PING")

    async def _connect(self) -> Connection:
        if self._sentinels is None:
            connection = await connect(self._server, self._reactor)
        else:
            connection = await connect(await self._sentinels.master(), self._reactor, "master")
        try:
            asked = self._times.read()
            time, *told = await connection.ask([_TIME, *redis_keeping.QUESTIONS])
            self._take_time(asked, time)
        except BaseException:
            connection.abort()
            raise
        self._warnings = redis_keeping.warnings(self.place, told, self._sentinels is not None, self._replicas)
        connection.asked = 0
        return connection

    async def _measure(self) -> None:
        asked = self._times.read()
        try:
            self._take_time(asked, await self.ask("TIME"))
        except SourceError:
            # Who wants a lease will be told, and a new connection measures again.
            pass

    def _take_time(self, asked: float, reply: Any) -> None:
        if isinstance(reply, list):
            self._times.measured(asked, self._times.read(), int(reply[0]) + int(reply[1]) / 1e6)

    def _moved(self) -> None:
        self._pool.drop()
