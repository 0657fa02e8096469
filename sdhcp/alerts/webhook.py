"""Alerts to a web service: a POST of one JSON object each."""

import base64
import json
from typing import Any, Final
from urllib.parse import unquote, urlsplit, urlunsplit

from twisted.internet.defer import Deferred, TimeoutError, succeed
from twisted.internet.interfaces import IConsumer, IOpenSSLClientConnectionCreator
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure
from twisted.web.client import Agent, ResponseFailed
from twisted.web.http_headers import Headers
from twisted.web.iweb import IBodyProducer, IPolicyForHTTPS, IResponse
from zope.interface import implementer

from .. import __version__
from ..interfaces import Alert, IAlertSink
from . import trust
from .courier import Courier
from .parcels import Attempt, Parcel, told
from .texts import as_json

PATIENCE: Final = 10.0
"""Seconds for a request and the beginning of its answer."""
_PASSING: Final = (408, 425, 429)
"""Statuses below 500 after which the same request may be taken later."""


@implementer(IPolicyForHTTPS)
class _Trust:
    """Who vouches for the service."""

    def __init__(self, authorities: Any) -> None:
        self._authorities = authorities

    def creatorForNetloc(self, hostname: bytes, port: int) -> IOpenSSLClientConnectionCreator:
        """What checks the certificate."""
        options: IOpenSSLClientConnectionCreator = trust.options(hostname.decode("ascii"), self._authorities)
        return options


class _Ended(Protocol):
    """Ends the connection as soon as there is an answer: nobody reads more of it than its status."""

    def connectionMade(self) -> None:  # noqa: N802  Twisted calls it
        """The body begins."""
        if self.transport is not None:
            self.transport.loseConnection()


@implementer(IBodyProducer)
class _Body:
    """A body that is sent at once: it is a few thousand octets."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self.length = len(octets)

    def startProducing(self, consumer: IConsumer) -> "Deferred[None]":  # noqa: N802  Twisted calls it
        """Send it."""
        consumer.write(self._octets)
        return succeed(None)

    def pauseProducing(self) -> None:  # noqa: N802  Twisted calls it
        """It is sent already."""

    def resumeProducing(self) -> None:  # noqa: N802  Twisted calls it
        """It is sent already."""

    def stopProducing(self) -> None:  # noqa: N802  Twisted calls it
        """It is sent already."""


class WebService:
    """One service; its address may hold a secret, and is told in part only.

    :param uri: http or https, with user and password if it wants them.
    :param authorities: from :func:`sdhcp.alerts.trust.authorities`.
    """

    def __init__(self, uri: str, authorities: Any, reactor: Any) -> None:
        parts = urlsplit(uri)
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
        netloc = f"{host}:{parts.port}" if parts.port else host
        self.place = f"webhook {parts.scheme}://{netloc}"
        self._uri = urlunsplit((parts.scheme, netloc, parts.path or "/", parts.query, "")).encode("ascii")
        self._headers = {"User-Agent": [f"sdhcp/{__version__}"], "Content-Type": ["application/json"]}
        if "@" in parts.netloc:
            login = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
            self._headers["Authorization"] = [f"Basic {base64.b64encode(login.encode()).decode()}"]
        self._reactor = reactor
        self._agent = Agent(reactor, _Trust(authorities), connectTimeout=PATIENCE)

    def deliver(self, parcel: Parcel, number: int) -> "Deferred[Attempt]":
        """Make one attempt. The Deferred never fails, and may be cancelled."""
        headers = Headers({**self._headers, "Idempotency-Key": [parcel.name]})
        asking: Deferred[IResponse] = self._agent.request(b"POST", self._uri, headers, _Body(parcel.text.encode()))
        asking.addTimeout(PATIENCE, self._reactor)
        return asking.addCallbacks(self._answered, self._failed, callbackArgs=(parcel,))

    def _answered(self, response: IResponse, parcel: Parcel) -> Attempt:
        response.deliverBody(_Ended())
        code = response.code
        answer = f"{code} {told(response.phrase)}".strip()
        if 200 <= code < 300:
            return Attempt(taken=parcel.to, answer=answer)
        if code in _PASSING or code >= 500:
            return Attempt(problem=f"answers {answer}", is_away=True)
        return Attempt(refused=parcel.to, problem=f"answers {answer}")

    def _failed(self, failure: Failure) -> Attempt:
        error = failure.value
        reasons = error.reasons if isinstance(error, ResponseFailed) else [failure]
        wrong = next(filter(None, map(trust.trouble, reasons)), "")
        if wrong:
            return Attempt(problem=f"TLS failed: {wrong}", is_away=True)
        if failure.check(TimeoutError):
            return Attempt(problem=f"no answer within {PATIENCE:.0f} s", is_away=True)
        return Attempt(problem=f"cannot be reached: {told(reasons[0].getErrorMessage()).rstrip('.')}", is_away=True)


@implementer(IAlertSink)
class WebhookSink:
    """Sends each alert as JSON.

    :param name: what the server is called; :param host: the name of its machine.
    """

    def __init__(self, place: str, name: str, host: str, courier: Courier) -> None:
        self._place = place
        self._name = name
        self._host = host
        self._courier = courier

    def send(self, alert: Alert) -> None:
        """See :class:`IAlertSink`."""
        text = json.dumps(as_json(alert, self._name, self._host))
        self._courier.put(Parcel(f"{alert.trouble}.{alert.number}", alert.at, (self._place,), text))
