"""Where the console is served: sockets, opened while the process may, and plain words where that does not work."""

import errno
import os
from collections.abc import Callable, Sequence
from functools import partial
from ipaddress import ip_address
from typing import Any

from twisted.internet.defer import Deferred, DeferredList, maybeDeferred
from twisted.internet.endpoints import TCP4ServerEndpoint, TCP6ServerEndpoint, serverFromString
from twisted.internet.error import CannotListenError
from twisted.python.failure import Failure

from ..config.settings import Configuration
from .limits import LimitedSite

Tell = Callable[[str, str], None]
"""Takes a severity and a line for the log."""


class Listening:
    """The ports of the console.

    Without a password, and unless conf.py sets WEB_IP itself, it is served on the loopback interface alone.
    """

    def __init__(self, configuration: Configuration, factory: LimitedSite, reactor: Any, tell: Tell) -> None:
        web = configuration.web
        self._factory = factory
        self._reactor = reactor
        self._tell = tell
        self._endpoints = tuple(web.endpoints)
        has_password = bool(web.digest_username and web.digest_password)
        self._is_free = has_password or web.insecure
        chosen = "WEB_IP" in configuration.lines or has_password
        self._ip = web.ip if chosen else "127.0.0.1"
        self._port = web.port
        self._ports: list[Any] = []
        self._is_over = False

    def open(self) -> None:
        """Open all of them; one that cannot be opened is a line in the log. Never raises."""
        if not self._endpoints:
            kind = TCP6ServerEndpoint if ":" in self._ip else TCP4ServerEndpoint
            self._listen(
                f"port {self._port} of {self._ip}", lambda: kind(self._reactor, self._port, interface=self._ip)
            )
        for number, text in enumerate(self._endpoints, 1):
            # Such a text may have what is nobody's business in it.
            where = f"number {number} of WEB_ENDPOINT, {text.partition(':')[0]}"
            self._listen(where, partial(serverFromString, self._reactor, text))

    def hosts(self) -> Sequence[Any]:
        """Where it is served now."""
        return [port.getHost() for port in self._ports]

    @property
    def is_local(self) -> bool:
        """Whether nobody but this machine's own users can ask."""
        return all(_is_local(getattr(host, "host", "")) for host in self.hosts())

    def tell(self) -> None:
        """Say where it is served, and warn if anybody may ask."""
        for host in self.hosts():
            name = getattr(host, "host", None)
            where = f"port {host.port} of {name}" if name else f"{getattr(host, 'name', host)}"
            if self._is_free or _is_local(name or ""):
                self._tell("INFO", f"the web console is on {where}")
                continue
            self._tell(
                "WARN",
                f"the web console is on {where} WITHOUT A PASSWORD: whoever reaches it sees all clients and can have "
                "everything read anew; set WEB_DIGEST_USERNAME and WEB_DIGEST_PASSWORD, or WEB_INSECURE = True if "
                "this is meant",
            )

    def close(self) -> "Deferred[Any]":
        """Close all ports and connections; fires when that is done."""
        self._is_over = True
        ports, self._ports = self._ports, []
        closing = [maybeDeferred(port.stopListening) for port in ports]
        self._factory.close_all()
        return DeferredList(closing, consumeErrors=True)

    def _listen(self, where: str, make: Callable[[], Any]) -> None:
        listening = maybeDeferred(lambda: make().listen(self._factory))
        listening.addCallbacks(self._opened, partial(self._failed, where))

    def _opened(self, port: Any) -> None:
        if self._is_over:
            port.stopListening()
        else:
            self._ports.append(port)

    def _failed(self, where: str, failure: Failure) -> None:
        self._tell(
            "ERROR", f"the web console is not on {where}: {_words(failure.value)}; clients are served all the same"
        )


def _is_local(host: str) -> bool:
    if not host:
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _words(error: Any) -> str:
    """Why a port cannot be opened."""
    number = getattr(error.socketError, "errno", None) if isinstance(error, CannotListenError) else None
    if number == errno.EADDRINUSE:
        return "another program has this port; end it, or set WEB_PORT to another"
    if number in (errno.EACCES, errno.EPERM):
        return "this needs CAP_NET_BIND_SERVICE: start as root, grant it, or set WEB_PORT to one from 1024 on"
    if number == errno.EADDRNOTAVAIL:
        return "this machine has no such address"
    if number is not None:
        return os.strerror(number)
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    # Texts of other errors may repeat the setting.
    return f"it cannot be opened ({type(error).__name__})"
