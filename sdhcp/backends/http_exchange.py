"""One request to a web service and its answer, over a connection that is closed if either is given up."""

from collections.abc import Hashable
from typing import Any, Final, NamedTuple

from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator, IStreamClientEndpoint
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.web.client import Agent, HTTPConnectionPool, ResponseDone
from twisted.web.http import PotentialDataLoss
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgent, IBodyProducer, IPolicyForHTTPS, IResponse
from zope.interface import implementer

LARGEST: Final = 65_536
"""Octets of an answer; one that is longer is not read to its end."""


class Answer(NamedTuple):
    """What a service said. ``is_page`` tells a web page, ``is_whole`` an answer of at most :data:`LARGEST`."""

    status: int
    body: bytes
    is_page: bool
    is_whole: bool


@implementer(IPolicyForHTTPS)
class Policy:
    """How the one host that is asked proves who it is; None where there is no TLS."""

    def __init__(self, tls: IOpenSSLClientConnectionCreator | None) -> None:
        self._tls = tls

    def creatorForNetloc(self, hostname: bytes, port: int) -> IOpenSSLClientConnectionCreator:
        """What checks the certificate; made once, since it reads all authorities."""
        if self._tls is None:
            raise ValueError("there is no TLS")
        return self._tls


@implementer(IAgent)
class _Uncompressed:
    """An agent that asks for answers as they are: they are short."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent

    def request(
        self, method: bytes, uri: bytes, headers: Headers | None = None, bodyProducer: IBodyProducer | None = None
    ) -> "Deferred[IResponse]":
        if headers is not None:
            headers = headers.copy()
            headers.removeHeader("Accept-Encoding")
        return self._agent.request(method, uri, headers, bodyProducer)


class Asking:
    """The pool of connections as one request sees it: what it uses is known, to be closed."""

    persistent = True
    """As the pool's."""

    def __init__(self, pool: HTTPConnectionPool) -> None:
        self._pool = pool
        self._connection: Any = None

    def over(self, agent: Agent) -> IAgent:
        """The agent to ask with."""
        return _Uncompressed(agent)

    def getConnection(self, key: Hashable, endpoint: IStreamClientEndpoint) -> "Deferred[Any]":
        """A connection of the pool's, or a new one."""
        return self._pool.getConnection(key, endpoint).addCallback(self._use)

    def _use(self, connection: Any) -> Any:
        self._connection = connection
        return connection

    def answer(self, response: IResponse) -> "Deferred[Answer]":
        """The answer, once its body has come; cancelling closes the connection."""
        body = _Body(response.code, self._connection)
        response.deliverBody(body)
        return body.deferred


class _Body(Protocol):
    """Collects a body; ``deferred`` fires with the answer."""

    def __init__(self, status: int, connection: Any) -> None:
        self.deferred: Deferred[Answer] = Deferred(self._give_up)
        self._status = status
        self._connection = connection
        self._body = bytearray()
        self._is_over = False

    def dataReceived(self, data: bytes) -> None:
        self._body += data
        if len(self._body) > LARGEST and not self._is_over:
            self._answer(is_whole=False)
            self._connection.abort()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if self._is_over:
            return
        if reason.check(ResponseDone, PotentialDataLoss):
            self._answer(is_whole=True)
        else:
            self._is_over = True
            self.deferred.errback(reason)

    def _answer(self, is_whole: bool) -> None:
        self._is_over = True
        body = bytes(self._body[:LARGEST])
        # The type is no help: many services call their JSON text/html.
        self.deferred.callback(Answer(self._status, body, body.lstrip()[:1] == b"<", is_whole))

    def _give_up(self, _: object) -> None:
        self._is_over = True
        self._connection.abort()


def is_stale(error: Exception) -> bool:
    """Whether a request failed since its connection had been closed, as the service may do with one that was idle."""
    reasons = getattr(error, "reasons", ())
    return bool(reasons) and all(reason.check(ConnectionDone, ConnectionLost) for reason in reasons)
