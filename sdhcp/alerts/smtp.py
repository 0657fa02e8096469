"""One mail to one mail server (RFC 5321), with TLS (RFC 3207) and a login (RFC 4954) where these are wanted."""

import base64
import binascii
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Final

from twisted.internet.defer import Deferred, succeed
from twisted.internet.endpoints import HostnameEndpoint, TCP4ClientEndpoint, wrapClientTLS
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory, connectionDone
from twisted.mail.smtp import ESMTPClient, SMTPClientError
from twisted.python.failure import Failure

from . import trust
from .login import Replies, ways
from .parcels import Attempt, told

TAKEN: Final = 600.0
"""Seconds for a server to take a mail that it has in full: until it says so nobody knows (RFC 5321 section 4.5.3.2)."""
LEAVE: Final = 2.0
"""Seconds for each answer that nothing hangs on any more."""
_VERBS: Final = (b"EHLO", b"HELO", b"STARTTLS", b"AUTH", b"MAIL", b"RCPT", b"DATA", b"RSET", b"QUIT")
_ANY: Final = range(0, 1000)


@dataclass(frozen=True, slots=True)
class MailServer:
    """The server that takes mails. ``tls`` is "starttls" (where offered), "require", "implicit" or "none"."""

    host: str
    port: int
    tls: str = "starttls"
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    trust: Any = field(default=None, repr=False)

    @property
    def place(self) -> str:
        """What the log calls it."""
        return f"mail server {self.host}:{self.port}"

    def discreet(self, text: str) -> str:
        """A text in which the password does not stand, though the server has said it."""
        secret = self.password or ""
        for form in (secret, base64.b64encode(secret.encode()).decode()):
            if form:
                text = text.replace(form, "...")
        return text


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail: who sends it, who is to get it, and its octets, with lines that end in a line feed."""

    sender: str
    to: tuple[str, ...]
    octets: bytes


def deliver(
    server: MailServer, mail: Mail, reactor: Any, patience: float, taken: float = TAKEN, without_tls: bool = False
) -> "Deferred[Attempt]":
    """Make one attempt. The Deferred never fails, and may be cancelled.

    :param patience: seconds for a connection, and for each answer.
    :param taken: seconds for the last answer, when the server has the whole mail.
    :param without_tls: leave out STARTTLS though it is offered.
    """
    context: Any = None
    if server.tls != "none" and not without_tls:
        try:
            context = trust.options(server.host, server.trust)
        except UnicodeError:
            if server.tls != "starttls" or server.user is not None:
                what = f"TLS failed: no certificate can be of the name {server.host}"
                return succeed(Attempt(problem=what, is_away=True, is_tls_trouble=True))
    # The other one takes only names that the DNS has, and a machine may have others in its own file.
    kind: Any = TCP4ClientEndpoint if "_" in server.host else HostnameEndpoint
    endpoint: Any = kind(reactor, server.host, server.port, timeout=patience)
    if server.tls == "implicit":
        endpoint = wrapClientTLS(context, endpoint)
    connecting: Deferred[Any] | None = None
    session = _Session(server, mail, context, patience, taken, reactor.callLater)

    def cancelled(_: object) -> None:
        session.break_off("it was given up, since the server ends")
        if connecting is not None:
            connecting.cancel()

    done: Deferred[Attempt] = Deferred(cancelled)
    session.done = done
    factory = Factory.forProtocol(lambda: session)
    # A line in the log for each connection is of no use to anybody.
    factory.noisy = False
    connecting = endpoint.connect(factory)
    connecting.addErrback(session.not_connected)
    return done


class _Session(ESMTPClient):
    """What is said to the server. Fires ``done`` as soon as it is known what came of it."""

    # What is said, the password among it, must not be gathered.
    debug = False
    transport: Any
    timeout: Any
    callLater: Any
    _expected: Any

    def __init__(
        self,
        server: MailServer,
        mail: Mail,
        context: Any,
        patience: float,
        taken: float,
        call_later: Callable[..., Any],
    ) -> None:
        ESMTPClient.__init__(self, None, context, b"")
        self.callLater = call_later
        self.timeout = patience
        self.heloFallback = True
        self.requireAuthentication = server.user is not None
        self.requireTransportSecurity = server.tls == "require"
        self.done: Deferred[Attempt] | None = None
        self._server = server
        self._mail = mail
        self._taken = taken
        self._is_begun = False
        self._step = "its greeting"
        self._ways: list[tuple[bytes, Replies]] = []
        self._replies: Replies = iter(())
        self._in_clear = False

    # How it ends.

    def _finish(self, attempt: Attempt) -> None:
        done, self.done = self.done, None
        if done is not None:
            attempt = attempt._replace(
                problem=self._server.discreet(attempt.problem),
                answer=self._server.discreet(attempt.answer),
                is_in_clear=self._in_clear,
            )
            if self.connected:
                self.setTimeout(min(LEAVE, self.timeout))
            done.callback(attempt)

    def _away(self, problem: str, is_tls_trouble: bool = False) -> None:
        self._finish(Attempt(problem=problem, is_away=True, is_tls_trouble=is_tls_trouble))

    def _refuse(self, problem: str, is_tls_trouble: bool = False) -> None:
        """Nothing comes of it with this server; take leave."""
        self._away(problem, is_tls_trouble)
        self._disconnectFromServer()

    def break_off(self, problem: str) -> None:
        """End it at once."""
        self._away(problem)
        if self.transport is not None:
            self.transport.abortConnection()

    def not_connected(self, failure: Failure) -> None:
        """There is no connection."""
        self._away(f"cannot be reached: {told(failure.getErrorMessage()).rstrip('.')}")

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The connection has ended."""
        ESMTPClient.connectionLost(self, reason)
        self.connected = 0
        wrong = trust.trouble(reason) if self._tlsMode else ""
        if wrong:
            self._away(f"TLS failed: {wrong}", is_tls_trouble=True)
        else:
            self._away(f"the connection ended instead of an answer to {self._step}")

    def timeoutConnection(self) -> None:  # noqa: N802  Twisted calls it
        """No answer has come."""
        self.break_off(f"no answer to {self._step} within {self.timeOut:g} s")

    def sendError(self, exc: Exception) -> None:  # noqa: N802  Twisted calls it
        """Something has gone wrong before a mail was sent."""
        what = told(exc.resp) if isinstance(exc, SMTPClientError) else told(exc)
        code = exc.code if isinstance(exc, SMTPClientError) and exc.code > 0 else ""
        is_tls_trouble = self._step == "STARTTLS"
        self._away(f"answer to {self._step}: {code} {what}".replace(":  ", ": "), is_tls_trouble)
        ESMTPClient.sendError(self, exc)

    def sentMail(self, code: int, resp: bytes, numOk: int, addresses: Any, log: object) -> None:  # noqa: N802, N803
        """The mail was taken, or was not; each address has its own answer."""
        self._finish(self._outcome(code, told(resp), numOk, addresses))

    def _outcome(self, code: int, answer: str, accepted: int, addresses: Any) -> Attempt:
        if not addresses:
            what = f"does not take mail from {self._mail.sender}: {code} {answer}"
            return Attempt(problem=what, is_away=True)
        good = [one for one, status, _ in addresses if 200 <= status < 300]
        # Of an address that was not taken its own answer counts, of the others what the whole mail met.
        answers = {one: (status, told(text)) for one, status, text in addresses}
        answers |= dict.fromkeys(good, (code, answer))
        taken = tuple(one for one, (status, _) in answers.items() if 200 <= status < 300) if accepted else ()
        refused = tuple(one for one, (status, _) in answers.items() if status >= 500)
        wrong = [f"{status} {text}" for one, (status, text) in answers.items() if one not in taken]
        return Attempt(taken, refused, "; ".join(dict.fromkeys(wrong)), answer=f"{code} {answer}")

    # What is sent.

    def getMailFrom(self) -> str | None:  # noqa: N802  Twisted calls it
        """The sender, once."""
        if self._is_begun:
            return None
        self._is_begun = True
        return self._mail.sender

    def getMailTo(self) -> tuple[str, ...]:  # noqa: N802  Twisted calls it
        """Who is to get it."""
        return self._mail.to

    def getMailData(self) -> BytesIO:  # noqa: N802  Twisted calls it
        """The mail."""
        return BytesIO(self._mail.octets)

    def finishedFileTransfer(self, lastsent: bytes) -> None:  # noqa: N802  Twisted calls it
        """The server has it all; whether it takes it, it says in its own time."""
        ESMTPClient.finishedFileTransfer(self, lastsent)
        self._step = "the whole mail"
        self.setTimeout(max(self._taken, self.timeout))

    def sendLine(self, line: bytes) -> None:  # noqa: N802  Twisted calls it
        """Send one line, and remember of it what is no secret."""
        verb = line.split(b" ", 1)[0]
        if verb in _VERBS:
            self._step = verb.decode()
        ESMTPClient.sendLine(self, line)

    def connectionMade(self) -> None:  # noqa: N802  Twisted calls it
        """Begin, by the name of this machine, or its address if it has no full name."""
        name = os.uname().nodename
        own = self.transport.getHost()
        self.identity = name.encode() if "." in name and name.isascii() else _literal(own)
        ESMTPClient.connectionMade(self)

    def esmtpState_starttls(self, code: int, resp: bytes) -> None:  # noqa: N802  Twisted calls it
        """Begin TLS; what was said before it in the hope of being taken for said in it is not heard."""
        if self.clearLineBuffer():
            self._refuse("TLS failed: something was said between STARTTLS and TLS", is_tls_trouble=True)
            return
        ESMTPClient.esmtpState_starttls(self, code, resp)

    def esmtpTLSRequired(self, code: int = -1, resp: bytes | None = None) -> None:  # noqa: N802  Twisted calls it
        """There is no TLS."""
        self._refuse('has no TLS, which EMAIL_TLS = "require" wants')

    # Logging in.

    def authenticate(self, code: int, resp: bytes, items: dict[bytes, bytes | None]) -> None:
        """Log in, if that is wanted, by each way that the server has until one goes."""
        if self._server.user is None:
            self.smtpState_from(code, resp)
            return
        offered = (items.get(b"AUTH") or b"").upper().split()
        self._ways = [
            (name, way) for name, way in ways(self._server.user, self._server.password or "") if name in offered
        ]
        if not self._ways:
            self._refuse("offers no login by CRAM-MD5, PLAIN or LOGIN, which EMAIL_USER wants")
            return
        self._log_in(code, resp)

    def _log_in(self, code: int, resp: bytes) -> None:
        name, self._replies = self._ways.pop(0)
        self._failresponse = self._not_logged_in
        self._in_clear = self._in_clear or (name != b"CRAM-MD5" and not self._tlsMode)
        if name == b"PLAIN":
            self._expected = [235]
            self._okresponse = self.smtpState_from
            self.sendLine(b"AUTH PLAIN " + base64.b64encode(next(self._replies)(b"")))
        else:
            self._expected = [334]
            self._okresponse = self._challenged
            self.sendLine(b"AUTH " + name)

    def _challenged(self, code: int, resp: bytes) -> None:
        if code == 235:
            self.smtpState_from(code, resp)
            return
        try:
            answer = base64.b64encode(next(self._replies)(base64.b64decode(resp)))
        except (StopIteration, binascii.Error):
            self._expected = _ANY
            self._okresponse = self._not_logged_in
            self.sendLine(b"*")
            return
        self._expected = [235, 334]
        self.sendLine(answer)

    def _not_logged_in(self, code: int, resp: bytes) -> None:
        if self._ways and code >= 500:
            self._log_in(code, resp)
        else:
            self._refuse(f"does not let {self._server.user} in: {code} {told(resp)}")


def _literal(own: IAddress) -> bytes:
    """An address as a name (RFC 5321 section 4.1.3)."""
    host = getattr(own, "host", "127.0.0.1")
    return (f"[IPv6:{host}]" if ":" in host else f"[{host}]").encode()
