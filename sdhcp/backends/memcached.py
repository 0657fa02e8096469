"""The cache in memcached, which several servers may share."""

from collections.abc import Callable, Iterator
from functools import partial
from hashlib import blake2b
from math import inf
from time import time
from typing import Any, Final

from twisted.application.internet import ClientService
from twisted.internet.defer import Deferred, succeed
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.error import ConnectError, DNSLookupError
from twisted.internet.interfaces import IAddress, IProtocol, IStreamClientEndpoint
from twisted.internet.protocol import Factory
from twisted.protocols.memcache import MemCacheProtocol
from twisted.python.failure import Failure
from zope.interface import implementer

from ..interfaces import Found, ICache, ISheds, Kept
from ..model import Definition
from .kept_text import DamagedText, TextReader, UnfitAnswer, subnet_record, to_text, wanted_records

PATIENCE: Final = 1.0
"""Seconds for a connection, and for an answer."""
RETRY: Final = 1.0
"""Seconds between two tries to connect."""
REQUESTS: Final = 1024
"""Requests under way; more are refused."""
_LONGEST: Final = 250
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
        self._protocol: _Protocol | None = None
        self._problem = ""
        self._under_way = 0
        self._not_kept = self._refused = self._unfit = self._unread = 0
        endpoint = _Telling(HostnameEndpoint(reactor, host, port, timeout=PATIENCE), self._away)
        factory = Factory.forProtocol(partial(_Protocol, self._there, self._gone, reactor.callLater))
        factory.noisy = False
        self._service = ClientService(endpoint, factory, lambda failures: RETRY, reactor)

    def start(self) -> None:
        """Begin to connect, and go on for good."""
        self._service.startService()

    def stop(self) -> "Deferred[None]":
        """Let go of the connection, once what was sent is out."""
        if not self._service.running:
            return succeed(None)
        stopped: Deferred[None] = self._service.stopService()
        if self._protocol is not None:
            self._protocol.give_up_in(PATIENCE)
        return stopped

    def get(self, key: str) -> "Deferred[Kept | None]":
        """What is kept for a client; None at once while there is no connection."""
        if self._protocol is None:
            return succeed(None)
        if self._under_way >= REQUESTS:
            self._refused += 1
            return succeed(None)
        return self._fetch(key_of(key)).addCallback(self._read)

    def put(self, key: str, found: Found) -> None:
        """Keep what was found for a client."""
        try:
            value = to_text(found, self._epoch + self._clock()).encode()
        except UnfitAnswer:
            self._unfit += 1
            self.drop(key)
            return
        expires = self._age if self._age <= _MONTH else int(self._wall()) + self._age
        self._send(lambda protocol: protocol.set(key_of(key), value, 0, expires), self._not_taken)

    def drop(self, key: str) -> None:
        """Forget one client."""
        self._send(lambda protocol: protocol.delete(key_of(key)), _nothing)

    def clear(self) -> "Deferred[None]":
        """Forget everybody; whoever else keeps something there loses it too."""
        if self._protocol is None:
            return succeed(None)
        return self._counted(self._protocol.flushAll()).addBoth(_nothing)

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

    def _send(self, request: "Callable[[_Protocol], Deferred[Any]]", failed: Callable[[Any], None]) -> None:
        if self._protocol is None or self._under_way >= REQUESTS:
            self._not_kept += 1
        else:
            self._counted(request(self._protocol)).addCallbacks(_nothing, failed)

    def _fetch(self, key: bytes) -> "Deferred[bytes | None]":
        """One value; None if there is none or it cannot be had."""
        if self._protocol is None:
            return succeed(None)
        return self._counted(self._protocol.get(key)).addCallbacks(lambda answer: answer[1], _nothing)

    def _counted(self, request: "Deferred[Any]") -> "Deferred[Any]":
        """The answer to a request, apart from it: who gives up waiting does not end the request itself."""
        answer: Deferred[Any] = Deferred()
        self._under_way += 1
        request.addBoth(self._over, answer)
        return answer

    def _over(self, result: Any, answer: "Deferred[Any]") -> None:
        self._under_way -= 1
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
                records[subnet, serial] = subnet_record(subnet, serial, text)
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

    def _there(self, protocol: "_Protocol") -> None:
        self._protocol = protocol
        self._problem = ""

    def _gone(self, why: str) -> None:
        self._protocol = None
        self._problem = f"{why}; {_ADVICE}"

    def _away(self, failure: Failure) -> None:
        self._problem = f"cannot be reached: {_in_words(failure.value)}; {_ADVICE}"


class _Protocol(MemCacheProtocol):
    """One connection that tells when it is there and when it has failed."""

    noisy = False

    def __init__(
        self, there: "Callable[[_Protocol], None]", gone: Callable[[str], None], later: Callable[..., Any]
    ) -> None:
        super().__init__(timeOut=PATIENCE)
        self._there = there
        self._gone = gone
        # Twisted's own takes the reactor of the whole process.
        self.callLater = later

    def connectionMade(self) -> None:
        """It is there."""
        super().connectionMade()
        self._there(self)

    def timeoutConnection(self) -> None:
        """What was asked had no answer in time, so that nothing more is asked here."""
        self._gone(f"no answer within {PATIENCE:.0f} s")
        super().timeoutConnection()
        self._abort()

    def dataReceived(self, data: bytes) -> None:
        """Take in answers; who answers otherwise than memcached is left."""
        try:
            super().dataReceived(data)
        except Exception:  # Twisted's protocol raises whatever comes of it when an answer is none
            self._gone("what answers there is not memcached")
            self._abort()

    def connectionLost(self, reason: Failure = Failure(ConnectError())) -> None:  # noqa: B008  as Twisted has it
        """It is gone, and with it what was asked."""
        self._gone("the connection was closed")
        super().connectionLost(reason)

    def give_up_in(self, seconds: float) -> None:
        """Wait no longer than that for it to be closed in order."""
        self.callLater(seconds, self._abort)

    def _abort(self) -> None:
        if self.transport is not None:
            self.transport.abortConnection()


@implementer(IStreamClientEndpoint)
class _Telling:
    """An endpoint that tells why it could not connect."""

    def __init__(self, endpoint: HostnameEndpoint, failed: Callable[[Failure], None]) -> None:
        self._endpoint = endpoint
        self._failed = failed

    def connect(self, factory: Any) -> "Deferred[IProtocol]":
        """As the endpoint."""
        return self._endpoint.connect(factory).addErrback(self._tell)

    def _tell(self, failure: Failure) -> Failure:
        self._failed(failure)
        return failure


def _in_words(error: BaseException | None) -> str:
    if isinstance(error, DNSLookupError):
        return "there is no such host"
    return str(getattr(error, "osError", None) or error)[:200]


def _nothing(_: Any) -> None:
    return None
