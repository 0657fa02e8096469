"""The cache in memcached, which several servers may share."""

from collections.abc import Callable, Iterator
from hashlib import blake2b
from math import inf
from time import time
from typing import Any, Final

from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import ConnectionLost
from twisted.python.failure import Failure
from zope.interface import implementer

from ..interfaces import Found, ICache, ISheds, Kept
from ..model import Definition
from .kept_text import DamagedText, TextReader, UnfitAnswer, subnet_record_of_text, to_text, wanted_records
from .memcached_connection import MemcachedConnection, MemcachedConnector

REQUESTS: Final = 1024
"""Requests under way; more are refused."""
_LONGEST: Final = 250
_LARGEST: Final = 1_000_000
"""Octets of a value; memcached takes somewhat more."""
_MONTH: Final = 30 * 24 * 3600
"""Seconds; memcached takes more for a moment since the epoch."""
_ASKEW: Final = 5.0
"""Seconds by which the clocks of servers that share a memcached may differ."""
_HASHED: Final = b"sdhcp-"
_ADVICE: Final = "meanwhile answers are kept in the memory of this process alone"


def key_of(key: str) -> bytes:
    """What memcached knows a client by: its key, or a hash of one that cannot stand there."""
    octets = key.encode("utf-8", "surrogatepass")
    fits = 0 < len(octets) <= _LONGEST and all(0x20 < octet != 0x7F for octet in octets)
    if fits and not octets.startswith(_HASHED):
        return octets
    return _HASHED + blake2b(octets, digest_size=20).hexdigest().encode()


@implementer(ICache, ISheds)
class MemcachedCache:
    """Answers in memcached, in the form of :mod:`kept_text`; those of staticDHCPd are read.

    While there is no connection nothing is asked or kept, at no cost to who asks.

    :param age: seconds after which memcached lets go of an answer; 0 for never.
    :param reactor: connects, and times that.
    :param clock: seconds of a monotonic clock.
    :param wall: seconds since the epoch.
    """

    def __init__(
        self,
        host: str,
        port: int,
        age: int,
        reactor: Any,
        clock: Callable[[], float],
        wall: Callable[[], float] = time,
    ) -> None:
        self.name = f"memcached at {host}:{port}"
        self._age = age
        self._clock = clock
        self._wall = wall
        # The time of day may be set while the server runs; what lies between two moments of it may not.
        self._epoch = wall() - clock()
        self._reader = TextReader()
        self._connection: MemcachedConnection | None = None
        self._problem = ""
        self._under_way: dict[Deferred[Any], None] = {}
        self._not_kept = self._refused = self._unfit = self._unread = 0
        self._connector = MemcachedConnector(host, port, reactor, self._there, self._gone)

    def start(self) -> None:
        """Begin to connect, and go on for good."""
        self._connector.start()

    def stop(self) -> "Deferred[None]":
        """Let go of the connection, once what was sent is out."""
        return self._connector.stop()

    def get(self, key: str) -> "Deferred[Kept | None]":
        """What is kept for a client; None at once while there is no connection."""
        if self._connection is None:
            return succeed(None)
        if len(self._under_way) >= REQUESTS:
            self._refused += 1
            return succeed(None)
        return self._fetch(key_of(key)).addCallback(self._read)

    def put(self, key: str, found: Found) -> None:
        """Keep what was found for a client."""
        try:
            value = to_text(found, self._epoch + self._clock()).encode()
        except UnfitAnswer:
            value = b""
        if not 0 < len(value) <= _LARGEST:
            self._unfit += 1
            self.drop(key)
            return
        expires = self._age if self._age <= _MONTH else int(self._wall()) + self._age
        if self._connection is None or len(self._under_way) >= REQUESTS:
            self._not_kept += 1
        else:
            self._counted(self._connection.set(key_of(key), value, 0, expires)).addCallbacks(_nothing, self._not_taken)

    def drop(self, key: str) -> None:
        """Forget one client."""
        # More of these than of other requests may be under way: what is not dropped is given to clients.
        if self._connection is not None and len(self._under_way) < 2 * REQUESTS:
            self._counted(self._connection.delete(key_of(key))).addBoth(_nothing)

    def clear(self) -> "Deferred[None]":
        """Forget everybody; whoever else keeps something there loses it too."""
        if self._connection is None:
            return succeed(None)
        return self._counted(self._connection.flushAll()).addBoth(_nothing)

    def count(self) -> int:
        """0: memcached knows no clients, and holds what others put there."""
        return 0

    def problem(self) -> str:
        """Why there is no connection."""
        return self._problem

    def shed(self) -> Iterator[tuple[str, int]]:
        """What could not be kept or asked."""
        yield "answers that memcached did not take", self._not_kept
        yield "questions to memcached while too many were under way", self._refused
        yield "answers with fields that a cache cannot keep", self._unfit
        yield "entries in memcached that could not be read", self._unread

    def _fetch(self, key: bytes) -> "Deferred[bytes | None]":
        """One value; None if there is none or it cannot be had."""
        if self._connection is None:
            return succeed(None)
        return self._counted(self._connection.get(key)).addCallbacks(lambda answer: answer[1], _nothing)

    def _counted(self, request: "Deferred[Any]") -> "Deferred[Any]":
        """The answer to a request, apart from it: who gives up waiting does not end the request itself."""
        answer: Deferred[Any] = Deferred()
        self._under_way[answer] = None
        request.addBoth(self._over, answer)
        return answer

    def _over(self, result: Any, answer: "Deferred[Any]") -> None:
        if answer in self._under_way:
            del self._under_way[answer]
            answer.callback(result)

    def _read(self, value: bytes | None) -> "Deferred[Kept | None] | Kept | None":
        if value is None:
            return None
        wanted = wanted_records(value)
        if wanted:
            return Deferred.fromCoroutine(self._with_records(value, wanted))
        return self._kept(value, {})

    async def _with_records(self, value: bytes, wanted: tuple[tuple[str, int], ...]) -> Kept | None:
        records: dict[tuple[str, int], Definition] = {}
        for subnet, serial in wanted[:REQUESTS]:
            text = await self._fetch(key_of(f"{subnet.replace(' ', '_')}-{serial}"))
            if text is None:
                return None
            try:
                records[subnet, serial] = subnet_record_of_text(subnet, serial, text)
            except DamagedText:
                self._unread += 1
                return None
        return self._kept(value, records)

    def _kept(self, value: bytes, records: dict[tuple[str, int], Definition]) -> Kept | None:
        try:
            found, at = self._reader.read(value, lambda subnet, serial: records.get((subnet, serial)))
        except DamagedText:
            self._unread += 1
            return None
        age = inf if at is None else self._epoch + self._clock() - at
        return Kept(found, max(age, 0.0) if age >= -_ASKEW else inf)

    def _not_taken(self, _: Failure) -> None:
        self._not_kept += 1

    def _there(self, connection: MemcachedConnection) -> None:
        self._connection = connection
        self._problem = ""

    def _gone(self, why: str) -> None:
        self._connection = None
        self._problem = f"{why}; {_ADVICE}"
        under_way, self._under_way = self._under_way, {}
        for answer in under_way:
            answer.errback(ConnectionLost())


def _nothing(_: Any) -> None:
    return None
