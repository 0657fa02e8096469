"""What can go wrong with a web service, in plain words. Nothing of a request is in them."""

from collections.abc import Iterator
from typing import Final

from OpenSSL.SSL import Error as TlsError
from service_identity.exceptions import VerificationError
from twisted.internet.error import (
    ConnectError,
    ConnectionDone,
    ConnectionLost,
    ConnectionRefusedError,
    DNSLookupError,
    NoRouteError,
    TCPTimedOutError,
    TimeoutError,
)

from ..interfaces import ClientFailed, SourceError

_CREDENTIALS: Final = "see X_HTTPDB_HEADERS, or user and password in X_HTTPDB_URI"
_ADVICE: Final = {
    400: "see X_HTTPDB_PARAMETERS and X_HTTPDB_PARAMETER_KEY_MAC",
    401: _CREDENTIALS,
    403: _CREDENTIALS,
    405: "see X_HTTPDB_POST",
    407: "no proxy is used",
    415: "see X_HTTPDB_POST and X_HTTPDB_HEADERS",
    429: "let the service take more requests, or turn USE_CACHE on",
}
_SENT: Final = {301, 302, 303, 307, 308}


def refused(place: str, status: int) -> SourceError:
    """What a status says that is no answer about a client."""
    if status in _SENT:
        return SourceError(f"{place}: sends one elsewhere, with status {status}", "put that address in X_HTTPDB_URI")
    if status in (401, 403):
        return SourceError(f"{place}: refuses this server, with status {status}", _ADVICE[status])
    if status == 500:
        return ClientFailed(f"{place}: fails with status 500", "see the service's own log")
    if status > 500:
        return SourceError(f"{place}: fails with status {status}", "see the service's own log")
    return SourceError(f"{place}: answers with status {status}", _ADVICE.get(status, "see X_HTTPDB_URI"))


def explain(place: str, error: Exception) -> SourceError:
    """What became of a request that got no answer."""
    reasons = list(_reasons(error))
    for reason in reasons:
        if isinstance(reason, VerificationError):
            return SourceError(f"{place}: its certificate is for another name", "use a name that it is for")
        if isinstance(reason, TlsError):
            return _tls(place, reason)
    for reason in reasons:
        for kinds, problem, advice in _KINDS:
            if isinstance(reason, kinds):
                return SourceError(f"{place}: {problem}", advice)
    kind = type(reasons[0]).__name__
    return SourceError(f"{place}: no answer that can be understood as HTTP ({kind})", "see what listens there")


def _reasons(error: BaseException) -> Iterator[BaseException]:
    """What lies at the bottom of an exception of Twisted's client, which may hold several others."""
    inner = [reason.value for reason in getattr(error, "reasons", ()) if reason.value is not None]
    for reason in inner:
        yield from _reasons(reason)
    if not inner:
        yield error


def _tls(place: str, error: TlsError) -> SourceError:
    said = " ".join(str(part) for entry in (error.args[0] if error.args else ()) for part in entry)
    if "certificate verify failed" in said:
        problem = "its certificate is not from an authority that is trusted, or not valid now"
        return SourceError(f"{place}: {problem}", "see X_HTTPDB_CA_FILE, and the certificate")
    if "certificate required" in said or "alert" in said:
        problem = "does not take this server's certificate, or the lack of one"
        return SourceError(f"{place}: {problem}", "see X_HTTPDB_CLIENT_CERTIFICATE")
    return SourceError(f"{place}: TLS cannot be set up", "see whether the service speaks TLS there")


_KINDS: Final = (
    (ConnectionRefusedError, "refuses connections", "see whether the service runs"),
    (DNSLookupError, "its name cannot be resolved", "see the name, and this machine's resolver"),
    ((TimeoutError, TCPTimedOutError), "cannot be reached in time", "see the network on the way"),
    (NoRouteError, "there is no way to it", "see this machine's routes"),
    ((ConnectionDone, ConnectionLost), "closed the connection before its answer was whole", "see its own log"),
    (ConnectError, "cannot be connected to", "see the network on the way"),
)
"""What Twisted raises; the first that fits counts."""
