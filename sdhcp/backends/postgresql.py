"""Reservations in PostgreSQL."""

import os
import socket
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import psycopg2

from ..config.settings import SourceSettings
from ..interfaces import IServerReactor, SourceError, SourceLoadError
from .postgresql_errors import explain
from .sql import Columns
from .sql_pool import CONNECT, STATEMENT, Dialect, Opened, Row, given, wanted
from .sql_source import SqlSource

_MODES: Final = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_CODES_LOST: Final = ("57P", "08", "0A000")
"""The server ends the connection; or it will not use what was prepared on it, since a table was altered."""
_NOT_PREPARED: Final = ("26000", "42P05")
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

    def __init__(self, columns: Columns, any_case: bool, arguments: dict[str, Any], password: str) -> None:
        super().__init__(columns, any_case, password)
        self._arguments = {**arguments, **_LASTING, **({"password": password} if password else {})}
        condition = f"WHERE {self.column} = ANY("
        self._select = columns.select_host(f"{condition}%s)")
        self._prepare = f"PREPARE sdhcp_hosts AS {columns.select_host(f'{condition}$1)')}"
        # A pooler between us and the server may take neither.
        self._can_limit = self._can_prepare = True

    def connect(self) -> Opened:
        """Make a connection where each question is a transaction of its own."""
        try:
            limit = {"options": f"-c statement_timeout={STATEMENT * 1000}"} if self._can_limit else {}
            connection = psycopg2.connect(**self._arguments, **limit)
        except psycopg2.OperationalError as error:
            if not self._can_limit or "unsupported startup parameter" not in str(error):
                raise
            self._can_limit = self._can_prepare = False
            connection = psycopg2.connect(**self._arguments)
        connection.autocommit = True
        return Opened(connection, socket.socket(fileno=os.dup(connection.fileno())))

    def hosts(self, opened: Opened, keys: Sequence[str]) -> Sequence[Row]:
        """The rows of some hosts."""
        cursor, array = opened.cursor, (_array(keys),)
        if self._can_prepare:
            try:
                if not opened.prepared:
                    cursor.execute(self._prepare)
                    opened.prepared = True
                cursor.execute("EXECUTE sdhcp_hosts(%s)", array)
            except psycopg2.Error as error:
                if error.pgcode not in _NOT_PREPARED:
                    raise
                self._can_prepare = False
            else:
                found: list[Row] = cursor.fetchall()
                return found
        cursor.execute(self._select, array)
        found = cursor.fetchall()
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


def _array(keys: Sequence[str]) -> str:
    """Keys as an array that takes the type of the column."""
    text = '","'.join(keys)
    if "\\" in text or text.count('"') != 2 * (len(keys) - 1):
        text = '","'.join([key.replace("\\", "\\\\").replace('"', '\\"') for key in keys])
    return f'{{"{text}"}}'


def build(settings: SourceSettings, reactor: IServerReactor, clock: Callable[[], float]) -> SqlSource:
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
    return SqlSource(dialect, reactor, most, keep, settings.case_insensitive_macs)
