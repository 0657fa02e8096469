"""What Redis, or the way to it, has against a question, in plain words. No argument of a command is ever told."""

from typing import Any, Final

import txredisapi
from OpenSSL import SSL
from twisted.internet import error as net
from twisted.internet.ssl import VerificationError

from ..interfaces import SourceError

_KWARGS: Final = "X_REDISDB_KWARGS"
_ADVICE: Final = {
    # the first word of an error: (what is wrong, what to do)
    "NOAUTH": ("wants a password", f'set "password" in {_KWARGS}'),
    "WRONGPASS": ("does not take the user or the password", f'see "username" and "password" in {_KWARGS}'),
    "LOADING": ("is still reading its data", "it answers when it has"),
    "MASTERDOWN": ("is a replica that has lost its master", "see the master, or set replica-serve-stale-data"),
    "MOVED": ("is part of a cluster", "sdhcp asks single servers and those behind sentinels"),
    "CLUSTERDOWN": ("is part of a cluster", "sdhcp asks single servers and those behind sentinels"),
    "BUSY": ("runs a script that does not end", "end it: SCRIPT KILL"),
    "MISCONF": ("cannot write its data to disk", "see its log"),
}
_LONGEST: Final = 160


class Lost(SourceError):
    """A connection has ended with the question under way; nothing tells whether the next one fares better."""


class NoAnswer(SourceError):
    """An answer has not come in time."""


def is_key_denied(error: Any) -> bool:
    """Whether a user may run a command, but not with the key that it was given."""
    text = str(error)
    return text.startswith("NOPERM") and "key" in text and "run the" not in text


def refused(place: str, error: Any, command: str) -> SourceError:
    """What a server's error means.

    :param error: a ``txredisapi.ResponseError``; its text may repeat what was sent, so that it is not told for AUTH.
    :param command: the command, without its arguments.
    """
    text = str(error)
    word = text.partition(" ")[0]
    if word in _ADVICE:
        problem, advice = _ADVICE[word]
        return SourceError(f"{place} {problem}", advice)
    if word == "NOPERM":
        return SourceError(f"{place} does not allow {command} to its user", f"ACL SETUSER <user> +{command.lower()} ~*")
    if "DB index" in text:
        return SourceError(f"{place} has no such database", f'see "db" in {_KWARGS}')
    if "max number of clients" in text:
        return SourceError(f"{place} has as many clients as it takes", "see maxclients there")
    if command == "AUTH":
        problem = f"{place} does not take the password"
        if "no password is set" in text or "without any password" in text:
            problem = f"{place} has no password"
        return SourceError(problem, f'see "username" and "password" in {_KWARGS}')
    shown = "".join(character if character.isprintable() else " " for character in text[:_LONGEST])
    return SourceError(f"{place} refuses {command}: {shown.partition(', with args')[0]}", "see its log")


def unreachable(place: str, error: BaseException) -> SourceError:
    """Why a connection could not be made, or has ended."""
    if isinstance(error, SourceError):
        return error
    if isinstance(error, net.ConnectionRefusedError):
        return SourceError(f"{place} refuses connections", "see that it runs, and listens there")
    if isinstance(error, net.TimeoutError | net.UserError):
        return SourceError(f"{place} cannot be connected to in time", "see that it runs, and what lies between")
    if isinstance(error, net.DNSLookupError):
        return SourceError(f"{place}: there is no such host", f'see "host" in {_KWARGS}')
    if isinstance(error, VerificationError):
        return SourceError(f"{place} shows a certificate of another host", 'see "host", or its certificate')
    if isinstance(error, SSL.Error):
        # A library's list of (library, function, reason).
        reasons = [str(part[-1]) for part in (error.args[0] if error.args else ()) if isinstance(part, tuple)]
        return SourceError(f"{place}: TLS: {', '.join(reasons) or 'failed'}", f'see "ssl_ca_certs" in {_KWARGS}')
    if isinstance(error, net.ConnectError) and error.osError:
        return SourceError(f"{place} cannot be connected to: {_strerror(error)}", "see that it runs, and listens there")
    if isinstance(error, txredisapi.InvalidData):
        return SourceError(f"{place} says {error}", "see whether that is a Redis server, and ssl is as it is there")
    return Lost(f"{place} has ended the connection", "see that it runs")


def _strerror(error: net.ConnectError) -> str:
    text = getattr(error.osError, "strerror", None) or str(error.osError)
    return str(text)
