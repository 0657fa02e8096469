"""Reservations in MySQL or MariaDB."""

import os
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

import pymysql
from pymysql.cursors import SSCursor

from ..config.settings import SourceSettings
from ..interfaces import IServerReactor, SourceError
from .mysql_errors import LOST, OF_A_KEY, explain
from .sql import Columns
from .sql_pool import CONNECT, STATEMENT, Dialect, Opened, Row, given, wanted
from .sql_source import SqlSource

SOCKETS: Final = ("/run/mysqld/mysqld.sock", "/var/run/mysqld/mysqld.sock", "/var/lib/mysql/mysql.sock")
"""Where servers of this machine are met, as their own library would look for them."""
_PORT: Final = 3306


class MysqlDialect(Dialect):
    """How MySQL and MariaDB are spoken to.

    :param arguments: of the driver, beside the password.
    """

    name = "MySQL"
    driver = "pymysql"

    def __init__(self, columns: Columns, any_case: bool, arguments: Mapping[str, Any], password: str) -> None:
        super().__init__(columns, any_case, password)
        self._arguments = {
            **arguments,
            "charset": "utf8mb4",
            "autocommit": True,
            "connect_timeout": CONNECT,
            # Should the server know no such limit, or be unable to say that it is reached.
            "read_timeout": STATEMENT + 1,
            "write_timeout": STATEMENT + 1,
        }
        # A server that has never looked at its tables may begin with the few subnets, and read all of their hosts.
        self._select = columns.select_host(f"WHERE {self.column} IN ").replace(" JOIN ", " STRAIGHT_JOIN ", 1)

    def connect(self) -> Opened:
        """Make a connection where each question is a transaction of its own."""
        # The driver takes text for Latin-1; servers take it for UTF-8.
        connection = pymysql.connect(**self._arguments, password=self._password.encode())
        opened = Opened(connection, socket.socket(fileno=os.dup(connection._sock.fileno())))
        _limit(opened, STATEMENT)
        return opened

    def hosts(self, opened: Opened, keys: Sequence[str]) -> Sequence[Row]:
        """The rows of some hosts."""
        literal = opened.connection.literal
        return self.rows(opened, f"{self._select}({','.join([literal(key) for key in keys])})")

    def rows(self, opened: Opened, question: str) -> Sequence[Row]:
        """All rows of a question."""
        opened.cursor.execute(question)
        found: Sequence[Row] = opened.cursor.fetchall()
        return found

    def every_row(self, opened: Opened, question: str) -> Iterator[Row]:
        """The same, as they come."""
        _limit(opened, 0)
        with opened.connection.cursor(SSCursor) as cursor:
            cursor.execute(question)
            yield from cursor

    def is_lost(self, opened: Opened, error: Exception) -> bool:
        """Whether a connection is of no use after an error."""
        if not opened.connection.open or not isinstance(error, pymysql.MySQLError):
            return True
        return isinstance(error, pymysql.InterfaceError) or bool(error.args and error.args[0] in LOST)

    def is_about_a_key(self, error: Exception) -> bool:
        """Whether a key has letters that the column's character set has not."""
        return isinstance(error, pymysql.MySQLError) and bool(error.args and error.args[0] in OF_A_KEY)

    def explain(self, error: Exception) -> SourceError:
        """What an error means."""
        return explain(error)


def _limit(opened: Opened, seconds: int) -> None:
    """Have the server give up what takes longer; 0 is never. Old servers know no such limit."""
    is_mariadb = "MariaDB" in opened.connection.get_server_info()
    limit = f"max_statement_time = {seconds}" if is_mariadb else f"max_execution_time = {seconds * 1000}"
    with suppress(pymysql.MySQLError):
        opened.cursor.execute(f"SET SESSION {limit}")


def place(host: str | None, port: int) -> dict[str, Any]:
    """Where a server is, as arguments of the driver.

    A path is a socket. No host, and ``localhost`` with the usual port, is the socket of this machine's server, as
    it is for all programs with MySQL's own library, if there is one.
    """
    if host and host.startswith("/"):
        return {"unix_socket": host}
    if not host or (host == "localhost" and port == _PORT):
        there = next((path for path in SOCKETS if os.path.exists(path)), None)
        return {"unix_socket": there} if there is not None else {"host": "localhost"}
    return {"host": host, "port": port}


def build(settings: SourceSettings, reactor: IServerReactor, clock: Callable[[], float]) -> SqlSource:
    """The source of a configuration.

    :raises SourceLoadError: if a setting is missing.
    """
    own = settings.settings
    arguments = {
        "database": wanted(settings, "MYSQL_DATABASE"),
        "user": own.get("MYSQL_USERNAME"),
        **place(own.get("MYSQL_HOST"), own["MYSQL_PORT"]),
    }
    columns = Columns(settings.extra_maps, settings.extra_subnets)
    password = str(own.get("MYSQL_PASSWORD") or "")
    dialect = MysqlDialect(columns, settings.case_insensitive_macs, given(arguments), password)
    most, keep = own["MYSQL_MAXIMUM_CONNECTIONS"], own["USE_POOL"]
    return SqlSource(dialect, reactor, most, keep, settings.case_insensitive_macs)
