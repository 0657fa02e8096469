"""A socket on this machine by which a running server is told to do things: one line of JSON each way."""

import json
import os
import socket
import stat
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, Final, cast

from twisted.application.service import Service
from twisted.internet.defer import Deferred, TimeoutError, maybeDeferred, succeed
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IAddress, IListeningPort, IReactorUNIX, ITCPTransport
from twisted.internet.protocol import Factory, Protocol
from twisted.python.failure import Failure

from .interfaces import IServerReactor, SourceError

LINE: Final = 4096
"""Octets of a command."""
ANSWER: Final = 1 << 18
"""Octets of an answer."""
SECONDS: Final = 10.0
"""Seconds in which a command has to have come, and to be over."""
CONNECTIONS: Final = 16
"""Commands at a time."""
_LONGEST_PATH: Final = 107

Command = Callable[[Mapping[str, Any]], Awaitable[Mapping[str, Any]]]
"""Does something, given the other members of the JSON object; what it returns is the answer."""


class Refusal(Exception):
    """A command that is not done; the text says why, in one line without secrets."""


class NobodyListens(Exception):
    """There is no server at a socket."""


class ControlService(Service):
    """Listens while the server runs. Only its own user, and root, can connect.

    :param path: the socket; what an earlier process left there is replaced, the socket of one that runs is not.
    :param commands: by the name that stands in ``do``.
    :param tell: takes a severity and a line for the log.
    """

    def __init__(
        self,
        path: str,
        commands: Mapping[str, Command],
        reactor: IServerReactor,
        tell: Callable[[str, str], None],
    ) -> None:
        self._path = path
        self._factory = _Conversations(commands, reactor)
        self._reactor = reactor
        self._say = tell
        self._port: IListeningPort | None = None

    def startService(self) -> None:
        """Listen. What keeps it from that is told, and costs nothing else."""
        super().startService()
        try:
            _make_way(self._path)
            reactor = cast(IReactorUNIX, self._reactor)
            self._port = reactor.listenUNIX(self._path, self._factory, mode=0o600)
        except (OSError, CannotListenError, Refusal) as error:
            cause = getattr(error, "socketError", error)
            why = getattr(cause, "strerror", None) or str(cause)
            self._say("WARN", f"CONTROL_SOCKET {self._path}: {why}; the server cannot be told to release leases")

    def stopService(self) -> "Deferred[Any]":
        """Listen no longer, and end what is under way; fires when the socket is gone."""
        super().stopService()
        port, self._port = self._port, None
        self._factory.end()
        return succeed(None) if port is None else maybeDeferred(port.stopListening)


class _Conversations(Factory):
    noisy = False

    def __init__(self, commands: Mapping[str, Command], reactor: IServerReactor) -> None:
        self.commands = commands
        self.reactor = reactor
        self.open: set[_Conversation] = set()

    def buildProtocol(self, addr: IAddress | None) -> Protocol | None:  # noqa: N802  Twisted calls it
        if len(self.open) >= CONNECTIONS:
            return None
        return _Conversation(self)

    def logPrefix(self) -> str:
        return "control socket"

    def end(self) -> None:
        for one in list(self.open):
            one.end()


class _Conversation(Protocol):
    """One command and its answer."""

    def __init__(self, conversations: _Conversations) -> None:
        self._all = conversations
        self._octets = b""
        self._doing: Deferred[Any] | None = None
        self._late = conversations.reactor.callLater(SECONDS, self.end)

    def connectionMade(self) -> None:  # noqa: N802  Twisted calls it
        self._all.open.add(self)

    def connectionLost(self, reason: Failure | None = None) -> None:
        self._all.open.discard(self)
        if self._late.active():
            self._late.cancel()
        if self._doing is not None:
            # Nobody waits for it any more, and what is under way is bounded by who waits.
            self._doing.cancel()

    def dataReceived(self, data: bytes) -> None:
        if self._doing is not None:
            self.end()
            return
        self._octets += data
        line, end, more = self._octets.partition(b"\n")
        if more or len(line) > LINE:
            self._answer({"error": f"expected one line of at most {LINE} octets"})
        elif end:
            self._late.cancel()
            self._doing = doing = Deferred.fromCoroutine(self._done(line))
            doing.addTimeout(SECONDS, self._all.reactor)
            doing.addErrback(_told)
            doing.addCallback(self._answer)

    async def _done(self, line: bytes) -> Mapping[str, Any]:
        try:
            wanted = json.loads(line)
        except (ValueError, RecursionError):
            raise Refusal("that is no JSON") from None
        if not isinstance(wanted, dict):
            raise Refusal('expected an object such as {"do": "reload"}')
        name = wanted.pop("do", None)
        command = self._all.commands.get(name) if isinstance(name, str) else None
        if command is None:
            raise Refusal(f"there is no such command; expected one of {', '.join(sorted(self._all.commands))}")
        return await command(wanted)

    def _answer(self, answer: Mapping[str, Any]) -> None:
        line = json.dumps(answer).encode() + b"\n"
        if len(line) > ANSWER:
            line = b'{"error": "the answer is too long"}\n'
        if self.transport is not None and self in self._all.open:
            self.transport.write(line)
            self.transport.loseConnection()

    def end(self) -> None:
        """Hang up."""
        if self.transport is not None:
            cast(ITCPTransport, self.transport).abortConnection()


def _told(failure: Failure) -> Mapping[str, Any]:
    error = failure.value
    if isinstance(error, SourceError):
        return {"error": f"{error}; {error.advice}" if error.advice else str(error)}
    if isinstance(error, TimeoutError):
        return {"error": f"not over within {SECONDS:.0f} s; it may be done yet"}
    return {"error": str(error) if isinstance(error, Refusal) else failure.getErrorMessage()}


def _make_way(path: str) -> None:
    """Remove a socket at which nobody listens.

    :raises Refusal: if somebody does, or something else is there.
    """
    if len(os.fsencode(path)) > _LONGEST_PATH:
        raise Refusal(f"longer than the {_LONGEST_PATH} octets that the path of a socket may have")
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise Refusal("another file is there")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as one:
        one.setblocking(False)
        try:
            one.connect(path)
        except ConnectionRefusedError:
            os.unlink(path)
            return
        except BlockingIOError:
            pass
    raise Refusal("another server listens there")


def ask(path: str, command: str, **arguments: Any) -> Mapping[str, Any]:
    """Have a running server do something, and wait for its answer. For commands, never for the server itself.

    :raises NobodyListens: if no server is there; :raises Refusal: if it does not do it, or cannot be asked.
    """
    line = json.dumps({"do": command, **arguments}).encode() + b"\n"
    octets = b""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as one:
        one.settimeout(SECONDS + 2)
        try:
            if len(os.fsencode(path)) > _LONGEST_PATH:
                raise FileNotFoundError
            one.connect(path)
            one.sendall(line)
            while not octets.endswith(b"\n") and len(octets) <= ANSWER:
                some = one.recv(ANSWER)
                if not some:
                    break
                octets += some
        except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError):
            raise NobodyListens(path) from None
        except OSError as error:
            raise Refusal(f"{path}: the server cannot be asked: {error.strerror or error}") from None
    answer: Any = None
    with suppress(ValueError):
        answer = json.loads(octets)
    if not isinstance(answer, dict):
        raise Refusal(f"{path}: the server gave no answer")
    if "error" in answer:
        raise Refusal(str(answer["error"]))
    return answer
