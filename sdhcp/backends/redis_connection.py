"""One connection to a Redis server, on txredisapi's protocol, with many questions in one write."""

import select
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final

import txredisapi
from twisted.internet import error as net
from twisted.internet.defer import CancelledError, Deferred, DeferredList, fail, succeed
from twisted.internet.endpoints import HostnameEndpoint, TCP4ClientEndpoint, TCP6ClientEndpoint, UNIXClientEndpoint
from twisted.internet.interfaces import IReactorTime, IStreamClientEndpoint
from twisted.internet.protocol import Factory
from twisted.python.failure import Failure

from ..interfaces import SourceError
from ..wire.errors import WireError
from ..wire.options import address
from .redis_errors import Lost, NoAnswer, refused, unreachable
from .redis_replies import reader
from .redis_settings import Server

_TURNS: Final = 16
"""How often a socket is read before packets are answered; what is left waits for the reactor."""


class _Question:
    __slots__ = ("deferred", "replies", "wanted")

    def __init__(self, wanted: int, deferred: "Deferred[list[Any]]") -> None:
        self.wanted = wanted
        self.replies: list[Any] = []
        self.deferred = deferred


class Connection(txredisapi.BaseRedisProtocol):  # type: ignore[misc]
    """A connection. Commands go out as they are asked and are answered in their order.

    :param server: how the server is reached, and what it wants to be told first.
    :ivar asked: questions that were answered: 0 for a connection that has not proved itself.
    """

    def __init__(self, server: Server, reactor: IReactorTime) -> None:
        super().__init__(convertNumbers=False)
        self._server = server
        self._reactor = reactor
        self._reader = reader()
        self._questions: deque[_Question] = deque()
        self._gone: list[Deferred[None]] = []
        self._why: BaseException = net.ConnectionDone()
        self._poll: select.poll | None = None
        self._spoken = False
        self.asked = 0
        self.told: Callable[[bytes | None], None] = _nobody
        """Takes the name of a key that was changed, None for all; of a connection that has subscribed to that."""

    @property
    def load(self) -> int:
        """How many questions are under way."""
        return len(self._questions)

    def connectionMade(self) -> None:  # noqa: N802  Twisted calls it
        """Begin TLS, if that is wanted; nothing else is said before :meth:`introduce`."""
        self.connected = 1
        if self._server.keepalive and not self._server.path:
            self.transport.setTcpKeepAlive(True)
        self._poll = select.poll()
        self._poll.register(self.transport.fileno(), select.POLLIN)
        if self._server.tls is not None:
            self.transport.startTLS(self._server.tls.options(self._server.host))

    async def introduce(self, role: str = "") -> None:
        """Say who asks, and of which database.

        :param role: what the server must be, such as "master"; "" for anything.
        :raises SourceError: if it is not satisfied.
        """
        server = self._server
        steps: dict[str, Deferred[Any]] = {}
        if server.password:
            # txredisapi.auth() takes no user in older versions.
            who = [server.username] if server.username else []
            steps["AUTH"] = self.execute_command("AUTH", *who, server.password)
        if server.db:
            steps["SELECT"] = self.select(server.db)
        if role:
            steps["ROLE"] = self.role()
        # All of it is on its way before the first is answered.
        results = await DeferredList(steps.values(), consumeErrors=True)
        for name, (done, result) in zip(steps, results, strict=True):
            if not done and isinstance(result.value, SourceError):
                raise result.value
            if name == "ROLE":
                if done and result[0] != role.encode():
                    raise Lost(f"{server.place} is not the {role}", "the sentinels will tell which is")
            elif not done:
                raise refused(server.place, result.value, name)
        self.asked = 0

    def ask(self, commands: Sequence[bytes]) -> "Deferred[list[Any]]":
        """Put commands, encoded, and gather their replies, errors among them.

        Fails with :class:`Lost` or :class:`NoAnswer`; then, and when it is cancelled, the connection ends: answers
        come in order, and one that nobody waits for would be taken for another.
        """
        if not self.connected:
            return fail(unreachable(self._server.place, self._why))
        deferred: Deferred[list[Any]] = Deferred(self._given_up)
        self._questions.append(_Question(len(commands), deferred))
        self.transport.write(b"".join(commands))
        return deferred.addTimeout(self._server.reply_timeout, self._reactor, self._late)

    def say(self, line: bytes) -> None:
        """Send what is answered by a message, or by nothing."""
        self.transport.write(line)

    def execute_command(self, *arguments: Any, **_: Any) -> "Deferred[Any]":
        """One command of txredisapi's; fails with a ``txredisapi.ResponseError`` if the server refuses it."""
        return self.ask([command(*arguments)]).addCallback(lambda replies: self.handle_reply(replies[0]))

    def dataReceived(self, octets: bytes, unpause: bool = False) -> None:
        """Take what the server says."""
        replies = self._reader
        self._spoken = True
        try:
            replies.feed(octets)
            reply = replies.gets()
            while reply is not False:
                self.replyReceived(reply)
                reply = replies.gets()
        except txredisapi.InvalidData as error:
            self._why = error
            self.transport.abortConnection()

    def replyReceived(self, reply: Any) -> None:  # noqa: N802  txredisapi's name
        """Take one reply."""
        if not self._questions:
            return
        question = self._questions[0]
        question.replies.append(reply)
        if len(question.replies) == question.wanted:
            self._questions.popleft()
            self.asked += 1
            question.deferred.callback(question.replies)

    def hear(self) -> None:
        """Take in what the socket holds now. Never blocks, never raises."""
        poll, turns = self._poll, _TURNS
        while poll is not None and turns and poll.poll(0):
            turns -= 1
            try:
                if self.transport.doRead() is not None:
                    # The end of the connection is for the reactor to see.
                    return
            except Exception:  # as the reactor does it: whatever a library raises costs the connection alone
                self.abort()
                return
            poll = self._poll

    def connectionLost(self, why: Failure) -> None:
        """Fail what is under way."""
        self.connected = 0
        self._poll = None
        self.told = _nobody
        if isinstance(self._why, net.ConnectionDone) and why.value is not None:
            self._why = why.value
        error = unreachable(self._server.place, self._why)
        questions, self._questions = self._questions, deque()
        # Who is failed asks anew at once, and must not ask this connection.
        gone, self._gone = self._gone, []
        for deferred in gone:
            deferred.callback(None)
        for question in questions:
            question.deferred.errback(error)

    def gone(self) -> "Deferred[None]":
        """Fires when the connection has ended."""
        if not self.connected:
            return succeed(None)
        deferred: Deferred[None] = Deferred(self._gone.remove)
        self._gone.append(deferred)
        return deferred

    def abort(self) -> "Deferred[None]":
        """End the connection now; fires when it has ended."""
        gone = self.gone()
        if self.connected:
            self._poll = None
            self.transport.abortConnection()
        return gone

    def _given_up(self, deferred: "Deferred[list[Any]]") -> None:
        self._questions = deque(question for question in self._questions if question.deferred is not deferred)
        self.abort()

    def _late(self, result: Any, seconds: float) -> Any:
        advice = "see what keeps it busy, or what lies between"
        if self._server.tls is not None and not self._spoken:
            advice = "see whether it speaks TLS there"
        raise NoAnswer(f"{self._server.place} has not answered within {seconds:.3g} s", advice)


def command(*words: str | bytes | int) -> bytes:
    """A command as a server reads it."""
    parts = [word if isinstance(word, bytes) else str(word).encode("utf-8", "surrogatepass") for word in words]
    return b"*%d\r\n%b" % (len(parts), b"".join(b"$%d\r\n%b\r\n" % (len(part), part) for part in parts))


def hgetall(key: str) -> bytes:
    """The command for all fields of a hash."""
    octets = key.encode("utf-8", "surrogatepass")
    return b"*2\r\n$7\r\nHGETALL\r\n$%d\r\n%b\r\n" % (len(octets), octets)


def _nobody(key: bytes | None) -> None:
    """Nobody wants to know."""


async def connect(
    server: Server, reactor: Any, role: str = "", protocol: Callable[[Server, IReactorTime], Connection] = Connection
) -> Connection:
    """A connection that may be asked.

    :param role: as for :meth:`Connection.introduce`.
    :raises SourceError: why there is none.
    """
    factory = Factory.forProtocol(lambda: protocol(server, reactor))
    factory.noisy = False
    try:
        connection: Any = await _endpoint(server, reactor).connect(factory)
    except (CancelledError, net.ConnectingCancelledError):
        raise CancelledError from None
    except Exception as error:  # an endpoint fails with errors of many libraries
        raise unreachable(server.place, error) from None
    try:
        await connection.introduce(role)
    except BaseException:
        connection.abort()
        raise
    return connection  # type: ignore[no-any-return]


def _endpoint(server: Server, reactor: Any) -> IStreamClientEndpoint:
    wait = server.connect_timeout
    if server.path:
        return UNIXClientEndpoint(reactor, server.path, wait)
    if ":" in server.host:
        return TCP6ClientEndpoint(reactor, server.host, server.port, wait)
    try:
        address(server.host)
    except WireError:
        return HostnameEndpoint(reactor, server.host, server.port, wait)
    # No thread is needed to resolve an address.
    return TCP4ClientEndpoint(reactor, server.host, server.port, wait)
