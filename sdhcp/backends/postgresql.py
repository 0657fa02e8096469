"""Reservations in PostgreSQL."""

import os
import select
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import psycopg2
from psycopg2.extensions import POLL_OK, POLL_READ
from twisted.internet.defer import Deferred
from zope.interface import implementer

from ..config.settings import SourceSettings
from ..interfaces import IChanges, IConfirms, IServerReactor, ITellsChanges, IWarns, SourceError, SourceLoadError
from .postgresql_changes import PostgresqlChanges
from .postgresql_errors import explain
from .sql import Columns
from .sql_pool import CONNECT, STATEMENT, Dialect, Opened, Row, given, wanted
from .sql_search import Wording
from .sql_source import SqlSource

_MODES: Final = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_CODES_LOST: Final = ("57P", "08")
"""How the codes of errors begin after which the connection ends."""
_AT_ONCE: Final = 2000
"""Rows that are fetched in one go where all are wanted."""
_LASTING: Final = {
    "application_name": "sdhcp",
    "client_encoding": "UTF8",
    "connect_timeout": CONNECT,
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 6000,
}


class PostgresqlDialect(Dialect):
    """How PostgreSQL is spoken to.

    :param arguments: of the driver, beside the password.
    """

    name = "PostgreSQL"
    driver = "psycopg2"
    wording = Wording("%s", "LOWER(CAST({} AS VARCHAR(255)))")

    def __init__(self, columns: Columns, any_case: bool, arguments: dict[str, Any], password: str) -> None:
        super().__init__(columns, any_case, password)
        self._arguments = {**arguments, **_LASTING, **({"password": password} if password else {})}
        self._select = columns.select_host(f"WHERE {self.column} = ANY(%s)")
        # A pooler between us and the server may not take such an option.
        self._can_limit = True

    def connect(self) -> Opened:
        """Make a connection where each question is a transaction of its own."""
        try:
            limit = {"options": f"-c statement_timeout={STATEMENT * 1000}"} if self._can_limit else {}
            connection = psycopg2.connect(**self._arguments, **limit)
        except psycopg2.OperationalError as error:
            if not self._can_limit or "unsupported startup parameter" not in str(error):
                raise
            self._can_limit = False
            connection = psycopg2.connect(**self._arguments)
        connection.autocommit = True
        return Opened(connection, socket.socket(fileno=os.dup(connection.fileno())))

    def listen(self, channel: str) -> Opened:
        """Make a connection that listens to a channel, and that no question on it blocks from now on."""
        connection = psycopg2.connect(**self._arguments, async_=True)
        try:
            _wait(connection)
            opened = Opened(connection, socket.socket(fileno=os.dup(connection.fileno())))
            opened.cursor.execute(f"LISTEN {channel}")
            _wait(connection)
        except BaseException:
            connection.close()
            raise
        return opened

    def hosts(self, opened: Opened, keys: Sequence[str]) -> Sequence[Row]:
        """The rows of some hosts."""
        opened.cursor.execute(self._select, (_array(keys),))
        found: list[Row] = opened.cursor.fetchall()
        return found

    def rows(self, opened: Opened, question: str) -> Sequence[Row]:
        """All rows of a question."""
        opened.cursor.execute(question)
        found: list[Row] = opened.cursor.fetchall()
        return found

    def every_row(self, opened: Opened, question: str) -> Iterator[Row]:
        """The same, some at a time."""
        opened.cursor.execute("SET statement_timeout = 0")
        opened.connection.autocommit = False
        with opened.connection.cursor("sdhcp_all") as cursor:
            cursor.itersize = _AT_ONCE
            cursor.execute(question)
            yield from cursor

    def is_lost(self, opened: Opened, error: Exception) -> bool:
        """Whether a connection is of no use after an error."""
        code = getattr(error, "pgcode", None) or ""
        return bool(opened.connection.closed) or not isinstance(error, psycopg2.Error) or code.startswith(_CODES_LOST)

    def is_about_a_key(self, error: Exception) -> bool:
        """Whether a key cannot be written in the database's encoding, or is nothing of the column's type."""
        return isinstance(error, psycopg2.DataError)

    def explain(self, error: Exception) -> SourceError:
        """What an error means."""
        return explain(error)


def _wait(connection: Any) -> None:
    """Wait until a connection that does not block is done with what it does.

    :raises psycopg2.OperationalError: if that takes too long.
    """
    until = time.monotonic() + CONNECT
    while (state := connection.poll()) != POLL_OK:
        left = until - time.monotonic()
        ready, write = [connection.fileno()], state != POLL_READ
        if left <= 0 or not any(select.select([] if write else ready, ready if write else [], [], left)):
            raise psycopg2.OperationalError("timeout expired")


def _array(keys: Sequence[str]) -> str:
    """Keys as an array that takes the type of the column."""
    text = '","'.join(keys)
    if "\\" in text or text.count('"') != 2 * (len(keys) - 1):
        text = '","'.join([key.replace("\\", "\\\\").replace('"', '\\"') for key in keys])
    return f'{{"{text}"}}'


@implementer(ITellsChanges, IConfirms, IWarns)
class PostgresqlSource(SqlSource):
    """Reservations in PostgreSQL, which can tell what is changed."""

    _changes: PostgresqlChanges | None = None

    def __init__(
        self, dialect: PostgresqlDialect, reactor: IServerReactor, most: int, keep: bool, any_case: bool
    ) -> None:
        super().__init__(dialect, reactor, most, keep, any_case)
        self._listens = dialect

    @property
    def warnings(self) -> tuple[str, ...]:
        """What an operator should know about changes, if somebody wants to be told of them."""
        return self._changes.warnings if self._changes is not None else ()

    @property
    def is_watched(self) -> bool:
        """Whether every change is told now."""
        return self._changes is not None and self._changes.watched

    def tell(self, changes: IChanges) -> None:
        """Whom to tell of changes."""
        self._changes = PostgresqlChanges(
            self._listens, self.ask, self._reactor, self._any_case, changes, self.subnets_changed
        )

    def hear(self) -> None:
        """Take in what the server has told by now."""
        if self._changes is not None:
            self._changes.hear()

    def confirm(self, heard: Callable[[], None]) -> bool:
        """Have a function called when all is heard that was committed before now; whether it will be."""
        return self._changes is not None and self._changes.confirm(heard)

    def start(self) -> None:
        """Begin to hold connections, and to listen for changes."""
        super().start()
        if self._changes is not None:
            self._changes.start()

    def stop(self) -> "Deferred[None]":
        """Let go of all connections; fires when no thread is left."""
        if self._changes is not None:
            self._changes.stop()
        return super().stop()


def build(settings: SourceSettings, reactor: IServerReactor, clock: Callable[[], float]) -> PostgresqlSource:
    """The source of a configuration.

    :raises SourceLoadError: if a setting is missing or of no use.
    """
    own = settings.settings
    arguments = {"dbname": wanted(settings, "POSTGRESQL_DATABASE"), "user": own.get("POSTGRESQL_USERNAME")}
    host = own.get("POSTGRESQL_HOST")
    if host:
        mode = {"disabled": "disable"}.get(own["POSTGRESQL_SSLMODE"], own["POSTGRESQL_SSLMODE"])
        if mode not in _MODES:
            raise SourceLoadError([f"POSTGRESQL_SSLMODE: {mode!r} is none, expected one of {', '.join(_MODES)}"])
        arguments |= {"host": host, "port": own["POSTGRESQL_PORT"], "sslmode": mode}
    columns = Columns(settings.extra_maps, settings.extra_subnets)
    password = str(own.get("POSTGRESQL_PASSWORD") or "")
    dialect = PostgresqlDialect(columns, settings.case_insensitive_macs, given(arguments), password)
    most, keep = own["POSTGRESQL_MAXIMUM_CONNECTIONS"], own["USE_POOL"]
    return PostgresqlSource(dialect, reactor, most, keep, settings.case_insensitive_macs)
