"""Reservations from a web service: a request for each client, an answer in JSON."""

import json
from collections.abc import Callable, Sequence
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Final, cast

from treq.client import HTTPClient
from twisted.internet.defer import CancelledError, Deferred
from twisted.web.client import Agent, HTTPConnectionPool
from twisted.web.http_headers import Headers
from zope.interface import implementer

from ..config.settings import SourceSettings
from ..interfaces import BadReservation, Found, IRemoteSource, IServerReactor, SourceError
from ..model import Query
from .batches import Answers, Batches
from .http_exchange import Answer, Asking, Policy, is_stale
from .http_failures import explain, refused
from .http_settings import HttpSettings, read
from .records import EXPECTED, Records
from .reservation import BadField

CONNECT: Final = 3.0
"""Seconds to wait for a connection."""
IDLE: Final = 30
"""Seconds for which a connection without work is kept."""
NOBODY: Final = "00:00:00:00:00:00"
"""The hardware address that is asked for to see whether the service answers."""
_NOT_KNOWN: Final = (204, 404)


@implementer(IRemoteSource)
class HttpSource:
    """A service that is asked with POST, or with GET, for one client at a time.

    A status of 404 or 204 and an answer that is empty mean that a client is not known. No redirection is followed,
    no proxy of the environment is used, and no cookie is kept.
    """

    name = "HTTP"

    def __init__(self, settings: HttpSettings, reactor: IServerReactor) -> None:
        self._settings = settings
        self._reactor = reactor
        self._records = Records(settings.defaults)
        self._pool = HTTPConnectionPool(reactor)
        self._pool.maxPersistentPerHost = settings.concurrency
        self._pool.cachedConnectionTimeout = IDLE
        # A connection that the service has just closed is seen to here, for POST as well.
        self._pool.retryAutomatically = False
        self._policy = Policy(settings.tls)
        self._batches = Batches(self._ask, reactor, settings.concurrency, most=1)
        self._asked: set[Deferred[Any]] = set()

    def start(self) -> None:
        """Nothing is opened before the first question."""

    def stop(self) -> "Deferred[None]":
        """Give up all questions and close all connections; fires when they are closed."""
        self._batches.stop()
        for deferred in list(self._asked):
            deferred.cancel()
        closing: Deferred[None] = self._pool.closeCachedConnections()
        return closing

    def lookup(self, query: Query) -> "Deferred[Found]":
        """What the service says of a client.

        Fails with :class:`BadReservation` if it is not in order, and with :class:`SourceError` if the service
        does not answer, or not as one that knows clients would.
        """
        return self._batches.lookup(query.key)

    def probe(self) -> "Deferred[None]":
        """Ask for a client that nobody has; an entry that is not in order is an answer too."""
        return self._ask([NOBODY]).addCallback(lambda _: None)

    def _ask(self, keys: Sequence[str]) -> "Deferred[Answers]":
        (key,) = keys
        deferred = Deferred.fromCoroutine(self._answer_for(key))
        if not deferred.called:
            self._asked.add(deferred)
            deferred.addBoth(self._done, deferred)
        deferred.addTimeout(self._settings.timeout, self._reactor, self._late)
        return deferred

    def _done(self, result: Any, deferred: "Deferred[Any]") -> Any:
        self._asked.discard(deferred)
        return result

    def _late(self, _: object, seconds: float) -> None:
        problem = f"{self._settings.place}: no answer within {seconds:g} s"
        raise SourceError(problem, "see what keeps the service busy, or cut off")

    async def _answer_for(self, key: str) -> Answers:
        answer = await self._exchange(key)
        try:
            return {key: self._found(answer)}
        except BadField as error:
            problem = f"{self._settings.place}: {key}: {error}"
            return {key: BadReservation(problem, "mend what the service says of this client")}

    async def _exchange(self, key: str) -> Answer:
        try:
            try:
                return await self._request(key)
            except Exception as error:  # whatever it is, it is looked at and goes on below
                if not is_stale(error):
                    raise
                return await self._request(key)
        except (CancelledError, SourceError):
            raise
        except Exception as error:  # Twisted has many; each is told in plain words
            raise explain(self._settings.place, error) from None

    async def _request(self, key: str) -> Answer:
        settings = self._settings
        asking = Asking(self._pool)
        client = HTTPClient(
            asking.over(Agent(self._reactor, self._policy, CONNECT, pool=cast(HTTPConnectionPool, asking))),
            cast(Any, CookieJar(DefaultCookiePolicy(allowed_domains=[]))),
        )
        headers = Headers({"Accept": ["application/json"], "User-Agent": ["sdhcp"]})
        body = None
        params: dict[str, Any] = {}
        if settings.post:
            headers.setRawHeaders("Content-Type", ["application/json"])
            body = json.dumps({**settings.parameters, settings.key: key}).encode()
        else:
            params = {**settings.parameters, settings.key: key}
        for name in {name for name, _ in settings.headers}:
            headers.setRawHeaders(name, [value for other, value in settings.headers if other == name])
        response = await client.request(
            "POST" if settings.post else "GET",
            settings.uri,
            headers=headers,
            params=params,
            data=body,
            auth=settings.login,
            allow_redirects=False,
            unbuffered=True,
            reactor=cast(Any, self._reactor),
        )
        return await asking.answer(response)

    def _found(self, answer: Answer) -> Found:
        if answer.status in _NOT_KNOWN:
            return None
        if answer.status != 200:
            raise refused(self._settings.place, answer.status)
        if answer.is_whole:
            if not answer.body.strip():
                return None
            try:
                value = json.loads(answer.body)
            except (ValueError, RecursionError):
                pass
            else:
                return self._records.found(value)
        if answer.is_page:
            problem = f"{self._settings.place}: answers with a web page instead of JSON"
            raise SourceError(
                problem, "see whether X_HTTPDB_URI is right, and whether a proxy or a login is in between"
            )
        size = "" if answer.is_whole else f" of over {len(answer.body) >> 10} KiB"
        raise BadField(f"an answer{size} that is no JSON; expected {EXPECTED}")


def build(settings: SourceSettings, reactor: IServerReactor, clock: Callable[[], float]) -> HttpSource:
    """The source of a configuration.

    :raises SourceLoadError: if its settings are not in order.
    """
    return HttpSource(read(settings), reactor)
