"""What PostgreSQL tells of changes: the triggers of postgresql-notify.sql, and a connection that listens to them."""

import secrets
from collections.abc import Callable
from functools import partial
from typing import Final, Protocol, TypeVar

import psycopg2
from psycopg2.extensions import POLL_OK
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReadDescriptor
from twisted.internet.task import LoopingCall
from twisted.python.failure import Failure
from zope.interface import implementer

from ..interfaces import IChanges, IServerReactor, SourceError
from .reservation import hardware_address
from .sql_pool import Opened

LOOK: Final = 1.0
"""Seconds between two looks whether changes are still told."""
SILENT: Final = 3.0
"""Seconds after which what was not heard is taken for lost."""
_SOON: Final = 0.05
"""Seconds for which packets wait until it is sure that what was committed before them was heard."""
_WANTING: Final = 256
_LONGEST_PAUSE: Final = 5.0
_ROUNDS: Final = 64
_CHANNEL: Final = "sdhcp_changes"
_TELLING: Final = """
SELECT count(*) FROM (VALUES ('maps'), ('subnets')) AS t (name) WHERE (
    SELECT bit_or(g.tgtype) & 60 FROM pg_trigger g JOIN pg_proc p ON p.oid = g.tgfoid
    WHERE g.tgrelid = to_regclass(t.name) AND p.proname = 'sdhcp_tell' AND g.tgenabled IN ('O', 'A')
) = 60
AND NOT EXISTS (SELECT 1 FROM pg_inherits i WHERE i.inhparent = to_regclass(t.name))
AND NOT EXISTS (SELECT 1 FROM pg_subscription_rel r WHERE r.srrelid = to_regclass(t.name))
"""
"""How many of the tables tell of every INSERT, UPDATE, DELETE and TRUNCATE.

What is written to a table's parts, or by replication, passes its triggers by.
"""
_SILENT_TABLES: Final = (
    "PostgreSQL does not tell what is changed: with USE_CACHE a change counts after CACHE_AGE seconds; "
    "sdhcp/schemas/postgresql-notify.sql has it tell"
)

_UNHEARD: Final = (
    "PostgreSQL: what the server tells of changes does not arrive, so a change counts after CACHE_AGE seconds; "
    "a pooler must be in session mode"
)

T = TypeVar("T")


class _Ask(Protocol):
    def __call__(self, question: Callable[[Opened], T]) -> "Deferred[T]":
        """Put a question in a thread."""


class _Listens(Protocol):
    def listen(self, channel: str) -> Opened:
        """A connection that listens; may block."""


@implementer(IReadDescriptor)
class PostgresqlChanges:
    """Listens for changes, and sees to it that it would hear them.

    That is so while both tables have the triggers, and what is said on a connection for lookups is heard here:
    a pooler between us and the server, or a network that is half dead, would swallow it without a word.

    :param ask: puts a question in a thread, as :meth:`Pool.ask`.
    :param any_case: whether keys stand in the tables in any case.
    :param subnets_changed: called when a subnet was changed.
    :ivar watched: whether every change is told now; :ivar warnings: what an operator should know, one line each.
    """

    def __init__(
        self,
        dialect: _Listens,
        ask: _Ask,
        reactor: IServerReactor,
        any_case: bool,
        changes: IChanges,
        subnets_changed: Callable[[], object],
    ) -> None:
        self.warnings: tuple[str, ...] = ()
        self._dialect = dialect
        self._ask = ask
        self._reactor = reactor
        self._any_case = any_case
        self._changes = changes
        self._subnets_changed = subnets_changed
        self._listening: Opened | None = None
        self._running = False
        self.watched = False
        self._word = ""
        self._wanting: list[Callable[[], None]] = []
        self._confirming: list[Callable[[], None]] = []
        self._late: IDelayedCall | None = None
        self._is_asking = self._is_heard_out = self._is_stuck = False
        self._said_at = 0.0
        self._tell: bool | None = None
        self._pause = LOOK
        self._listen_at = 0.0
        self._looping = LoopingCall(self._look)
        self._looping.clock = reactor

    def start(self) -> None:
        """Begin to listen."""
        self._running = True
        self._looping.start(LOOK)

    def stop(self) -> None:
        """Listen no more."""
        self._running = False
        if self._looping.running:
            self._looping.stop()
        self._lose()

    def hear(self) -> None:
        """Take in what has been told by now."""
        opened = self._listening
        if opened is None:
            return
        connection = opened.connection
        try:
            for _ in range(_ROUNDS):
                state = connection.poll()
                if connection.notifies:
                    told, connection.notifies[:] = list(connection.notifies), []
                    for notify in told:
                        self._heard(notify.payload)
                elif not self._is_asking:
                    return
                elif state != POLL_OK or connection.isexecuting():
                    return
                elif self._is_heard_out:
                    self._is_asking = self._is_heard_out = False
                    self._has_answered()
                    return
                else:
                    # What came right behind the answer is there with the next look.
                    self._is_heard_out = True
        except psycopg2.Error:
            self._lose()

    def confirm(self, heard: Callable[[], None]) -> bool:
        """Have a function called when all is heard that was committed before now; False if that cannot be had now.

        The server wakes this connection at each commit, before it tells the one who committed; but it may take a
        moment until the other end runs. Whatever it is asked after that, it tells what was committed first.
        """
        if self._listening is None or not self.watched or self._is_stuck or len(self._wanting) >= _WANTING:
            return False
        self._wanting.append(heard)
        if not self._confirming:
            self._ask_for_nothing()
        return True

    def _ask_for_nothing(self) -> None:
        if self._listening is None:
            return
        self._confirming, self._wanting = self._wanting, []
        try:
            self._is_asking = True
            self._listening.cursor.execute("SELECT 1")
        except psycopg2.Error:
            self._lose()
        else:
            self._late = self._reactor.callLater(_SOON, self._release)

    def _release(self) -> None:
        """The server takes too long: who waits need not."""
        self._late = None
        self._is_stuck = True
        self._let_all_go_on()

    def _has_answered(self) -> None:
        self._is_stuck = False
        self._go_on()
        if self._wanting:
            self._ask_for_nothing()

    def _let_all_go_on(self) -> None:
        self._confirming += self._wanting
        self._wanting = []
        self._go_on()

    def _go_on(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None
        confirming, self._confirming = self._confirming, []
        for heard in confirming:
            heard()

    def fileno(self) -> int:
        """For the reactor."""
        opened = self._listening
        return opened.socket.fileno() if opened is not None and opened.socket is not None else -1

    def doRead(self) -> None:  # noqa: D102  IReadDescriptor says what it does
        self.hear()

    def connectionLost(self, reason: Failure) -> None:  # noqa: D102  as above
        self._lose()

    def logPrefix(self) -> str:  # noqa: D102  as above
        return "PostgreSQL"

    async def _look_around(self) -> None:
        now = self._reactor.seconds()
        if self._word and now - self._said_at > SILENT:
            self._lose()
            self.warnings = (_UNHEARD,)
        if self._listening is None:
            if now < self._listen_at:
                return
            await self._listen()
        if self._listening is not None and not self._word:
            self._word = word = f"?{secrets.token_hex(8)}"
            self._said_at = self._reactor.seconds()
            self._tell = None
            try:
                tell = await self._ask(partial(_say, word)).addTimeout(SILENT, self._reactor)
            except Exception:  # whatever kept the server from answering, nobody can vouch for what is kept
                self._word = ""
                self._watch(False)
                return
            self._tell = tell
            self.warnings = () if tell else (_SILENT_TABLES,)
            self._settle()

    def _look(self) -> "Deferred[None]":
        return Deferred.fromCoroutine(self._look_around()).addErrback(lambda _: self._lose())

    async def _listen(self) -> None:
        try:
            opened = await self._ask(self._open)
        except SourceError as error:
            self._listen_at = self._reactor.seconds() + self._pause
            self._pause = min(2 * self._pause, _LONGEST_PAUSE)
            # A server that is away is told of as such.
            self.warnings = (f"{_SILENT_TABLES}; now: {error}",) if await self._is_there() else ()
            return
        if not self._running:
            opened.close()
            return
        self._pause = LOOK
        self._listening = opened
        self._reactor.addReader(self)

    async def _is_there(self) -> bool:
        try:
            await self._ask(_greet)
        except SourceError:
            return False
        return True

    def _open(self, _: Opened) -> Opened:
        """A connection of its own; in a thread."""
        return self._dialect.listen(_CHANNEL)

    def _lose(self) -> None:
        opened = self._listening
        self._word = ""
        if opened is not None:
            self._reactor.removeReader(self)
            self._listening = None
            opened.close()
        self._watch(False)
        self._is_asking = self._is_heard_out = self._is_stuck = False
        self._let_all_go_on()

    def _heard(self, text: str) -> None:
        kind, _, key = text.partition(":")
        if text == self._word:
            self._word = ""
            self._settle()
        elif kind == "m":
            if self._any_case and hardware_address(key) is None:
                # Others may know this client by other capitals.
                self._changes.all_changed()
                return
            self._changes.changed(key)
            if key != key.lower():
                self._changes.changed(key.lower())
        elif kind == "s":
            serial, _, subnet = key.partition("|")
            if serial.lstrip("-").isdigit():
                self._changes.subnet_changed(subnet, int(serial))
            self._subnets_changed()
        elif text == "*":
            self._changes.all_changed()
            self._subnets_changed()

    def _settle(self) -> None:
        """Both that the tables tell, and that it is heard, is known, or one of them is not known yet."""
        if self._tell is False or (self._tell and not self._word):
            self._watch(self._tell)

    def _watch(self, yes: bool) -> None:
        if yes != self.watched:
            self.watched = yes
            self._changes.watched(yes)


def _greet(opened: Opened) -> None:
    """Ask something that every server knows. In a thread."""
    opened.cursor.execute("SELECT 1")
    opened.cursor.fetchall()


def _say(word: str, opened: Opened) -> bool:
    """Say something that is to be heard; whether the tables tell their changes. In a thread."""
    opened.cursor.execute(_TELLING)
    (telling,) = opened.cursor.fetchone()
    opened.cursor.execute("SELECT pg_notify(%s, %s)", (_CHANNEL, word))
    opened.cursor.fetchall()
    return bool(telling == 2)
