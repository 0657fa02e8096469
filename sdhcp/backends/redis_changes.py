"""What was changed in Redis, heard from the server itself.

A server from version 6 on tells every connection that wants it which keys were changed, and that the database
was emptied (CLIENT TRACKING). Where that may not be had, keyspace notifications are listened to, which tell of
keys alone; whether the database was emptied is then looked for every second.
"""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final

from twisted.internet.defer import CancelledError, Deferred, succeed
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall, deferLater
from twisted.logger import Logger
from twisted.python.failure import Failure

from ..interfaces import IChanges, SourceError
from .redis_connection import Connection, command
from .redis_hashes import subnet_of

FIRST: Final = 0.1
LAST: Final = 1.0
"""Seconds before a lost connection is made anew, at first and at most."""
PULSE: Final = 1.0
"""Seconds between two looks whether everything is told."""
SILENCE: Final = 4
"""Pulses without a word from the server after which the connection is given up."""

_CHANNEL: Final = "__redis__:invalidate"
_NEEDED: Final = frozenset("Kghxe")
_CLASSES: Final = frozenset("g$lshzxetd")
"""The classes of events that the flag A stands for."""
_EMPTYING: Final = tuple(f"cmdstat_{name}:".encode() for name in ("flushall", "flushdb", "swapdb"))
_LOOK: Final = (command("CONFIG", "GET", "notify-keyspace-events"), command("INFO", "commandstats"))
_TRACKING: Final = "allow its user to be told: ACL SETUSER <user> +client|id +client|tracking +subscribe +ping &*"
_log: Final = Logger()


class Subscriber(Connection):
    """A connection that is told of changes."""

    prefix = b""
    silent = 0

    def replyReceived(self, reply: Any) -> None:  # noqa: N802  txredisapi's name
        """Take a message, or an answer."""
        self.silent = 0
        if isinstance(reply, list) and reply:
            kind = reply[0]
            if kind == b"pmessage":
                self.told(reply[2][len(self.prefix) :])
                return
            if kind == b"message":
                if reply[2] is None:
                    self.told(None)
                for key in reply[2] or ():
                    self.told(key)
                return
            if kind == b"pong":
                return
        super().replyReceived(reply)


class Watch:
    """Listens to what is changed, over a connection of its own, and tells it on.

    :param connect: opens a :class:`Subscriber`; raises :class:`SourceError`.
    :param ask: puts commands over other connections.
    :param db: the number of the database.
    :param place: what operators call the server.
    :param subnets: is told the name of each subnet that was changed, "" for all.
    :ivar warning: why changes are not told in full, "" if they are, or nobody knows.
    """

    def __init__(
        self,
        connect: Callable[[], Coroutine[Any, Any, Connection]],
        ask: Callable[[Sequence[bytes]], Coroutine[Any, Any, list[Any]]],
        reactor: IReactorTime,
        db: int,
        place: str,
        subnets: Callable[[str], None],
    ) -> None:
        self._connect = connect
        self._ask = ask
        self._reactor = reactor
        self._db = db
        self._place = place
        self._subnets = subnets
        self._changes: IChanges | None = None
        self._connection: Connection | None = None
        self._running: Deferred[Any] | None = None
        self._stopped = False
        self._pulse = LoopingCall(self._beat)
        self._pulse.clock = reactor
        self._vouched = False
        self._looking = False
        self._emptied: bytes | None = None
        self._how = ""
        self.warning = ""

    def tell(self, changes: IChanges) -> None:
        """Whom to tell."""
        self._changes = changes

    @property
    def tells_all(self) -> bool:
        """Whether everything that is changed is told now."""
        return self._vouched

    def hear(self) -> None:
        """Take in what was told by now."""
        connection = self._connection
        if connection is not None:
            connection.hear()

    def start(self) -> None:
        """Listen from now on, if there is somebody to tell."""
        if self._changes is not None:
            self._running = Deferred.fromCoroutine(self._listen())
            self._running.addErrback(_ended)

    def stop(self) -> "Deferred[None]":
        """Listen no longer; fires when the connection has ended."""
        connection = self._connection
        self._stopped = True
        if self._running is not None:
            self._running.cancel()
            self._running = None
        return connection.abort() if connection is not None else succeed(None)

    def drop(self) -> None:
        """Listen to a server that has become another."""
        if self._connection is not None:
            self._connection.abort()

    async def _listen(self) -> None:
        wait = FIRST
        while not self._stopped:
            try:
                self._connection = connection = await self._connect()
                await self._subscribe(connection)
                wait = FIRST
                self._pulse.start(PULSE, now=False)
                await connection.gone()
            except SourceError:
                pass
            finally:
                self._lost()
            if self._stopped:
                # Who was asked may have made something else of being cancelled.
                return
            await deferLater(self._reactor, wait)
            wait = min(2 * wait, LAST)

    def _lost(self) -> None:
        connection, self._connection = self._connection, None
        if self._pulse.running:
            self._pulse.stop()
        self._how = ""
        if connection is not None:
            connection.abort()
        self._vouch(False)

    async def _subscribe(self, connection: Any) -> None:
        connection.told = self._told
        self._emptied = None
        if await self._track(connection):
            self._how = "tracking"
            self._say("")
            await self._look()
            self._vouch(True)
            return
        connection.prefix = f"__keyspace@{self._db}__:".encode()
        (reply,) = await connection.ask([command("PSUBSCRIBE", connection.prefix + b"*")])
        if isinstance(reply, Exception):
            self._say(f"does not allow to listen to what is changed; {_TRACKING}")
            return
        self._how = "keyspace"
        await self._look()

    async def _track(self, connection: Any) -> bool:
        (number,) = await connection.ask([command("CLIENT", "ID")])
        if not isinstance(number, int):
            return False
        # Told of to itself: version 2 of the protocol has messages for subscribers alone.
        commands = [command("CLIENT", "TRACKING", "ON", "REDIRECT", number, "BCAST"), command("SUBSCRIBE", _CHANNEL)]
        replies = await connection.ask(commands)
        return not any(isinstance(reply, Exception) for reply in replies)

    async def _look(self) -> None:
        """See whether notifications tell everything, and what nobody tells."""
        flags, stats = await self._ask(_LOOK)
        if isinstance(stats, bytes):
            emptied = b"".join(line for line in stats.splitlines() if line.startswith(_EMPTYING))
            if self._emptied is not None and emptied != self._emptied:
                self._told(None)
            self._emptied = emptied
        if self._how != "keyspace":
            return
        problem = _lacking(flags, stats)
        self._say(problem)
        self._vouch(not problem)

    def _beat(self) -> None:
        connection: Any = self._connection
        if connection is None:
            return
        connection.silent += 1
        if connection.silent > SILENCE:
            connection.abort()
            return
        connection.say(b"PING\r\n")
        if not self._looking:
            self._looking = True
            Deferred.fromCoroutine(self._look_again()).addErrback(_ended)

    async def _look_again(self) -> None:
        try:
            await self._look()
        except SourceError:
            self._emptied = b""
            if self._how == "keyspace":
                # What was told by nobody before may be lost with whatever this is.
                self._vouch(False)
        finally:
            self._looking = False

    def _told(self, key: bytes | None) -> None:
        changes = self._changes
        if changes is None:
            return
        if key is None:
            changes.all_changed()
            self._subnets("")
            return
        name = key.decode("utf-8", "replace")
        changes.changed(name)
        lower = name.lower()
        if lower != name:
            changes.changed(lower)
        subnet = subnet_of(name)
        if subnet is not None:
            changes.subnet_changed(*subnet)
            self._subnets(name)

    def _vouch(self, yes: bool) -> None:
        """Tell whether everything is told from now on. What was read before that is read anew."""
        if yes is self._vouched or self._changes is None:
            return
        self._vouched = yes
        if yes:
            self._changes.all_changed()
            self._subnets("")
        self._changes.watched(yes)

    def _say(self, problem: str) -> None:
        """Tell an operator once what keeps changes from being told."""
        warning = f"{self._place} {problem}. Until then changes count after CACHE_AGE" if problem else ""
        if warning and warning != self.warning:
            _log.warn("{problem}", problem=warning)
        self.warning = warning


def _ended(failure: Failure) -> Failure | None:
    return None if isinstance(failure.value, CancelledError) else failure


def _lacking(flags: Any, stats: Any) -> str:
    """Why notifications do not tell everything, "" if they do; by a server's replies to what is looked at."""
    if isinstance(flags, Exception) or isinstance(stats, Exception):
        command = "CONFIG GET" if isinstance(flags, Exception) else "INFO"
        return f"does not allow {command}, which shows whether all changes are told; {_TRACKING}"
    is_set = flags[1].decode() if isinstance(flags, list) and len(flags) == 2 else ""
    if set(is_set) | (_CLASSES if "A" in is_set else set()) >= _NEEDED:
        return ""
    wanted = "".join(sorted({*is_set, *_NEEDED}, key="KEAg$lshzxetdmn".find))
    return f"does not tell what is changed; CONFIG SET notify-keyspace-events {wanted}, or {_TRACKING}"
