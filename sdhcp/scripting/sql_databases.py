"""Databases with the tables ``subnets`` and ``maps``, asked through their DB-API drivers, for a site's own classes.

The server itself asks the databases of DATABASE_ENGINE through :mod:`sdhcp.backends`, which does not block. These are
for a site that makes a database of its own of one of them, by inheritance or by asking it.
"""

import importlib
import logging
import os
from contextlib import closing, suppress
from typing import Any, ClassVar, Final

from .connection_pool import ConnectionPool
from .databases import CachingDatabase
from .definition import Definition
from .site_settings import setting

_logger: Final = logging.getLogger("databases._sql")
_NO_LIMIT: Final = 2147483647
_PATIENCE: Final = 5
"""Seconds that a connection may take."""
_COLUMNS: Final = (
    "m.ip", "m.hostname", "s.gateway", "s.subnet_mask", "s.broadcast_address", "s.domain_name",
    "s.domain_name_servers", "s.ntp_servers", "s.lease_time", "s.subnet", "s.serial",
)  # fmt: skip


class _SQLDatabase(CachingDatabase):
    """A database that is asked in SQL."""

    def _getConnection(self) -> Any:
        """A connection, which whoever got it closes."""
        raise NotImplementedError(f"{type(self).__name__} has no _getConnection")


class _DB20Broker(_SQLDatabase):
    """Asks one question with one row for an answer.

    A class has ``_module``, a DB-API driver, ``_connection_details``, the arguments of its ``connect``, and
    ``_query_mac``, a question with one place for a hardware address, whose columns are those of the tables in the order
    ip, hostname, gateway, subnet_mask, broadcast_address, domain_name, domain_name_servers, ntp_servers, lease_time,
    subnet, serial, then those of EXTRA_MAPS and of EXTRA_SUBNETS.
    """

    _module: Any = None
    _connection_details: Any = None
    _query_mac: Any = None

    def _lookupMAC(self, mac: Any) -> Definition | None:
        connection = self._getConnection()
        try:
            with closing(connection.cursor()) as cursor:
                cursor.execute(self._query_mac, (str(mac),))
                row = cursor.fetchone()
        finally:
            try:
                connection.close()
            except Exception as error:  # a driver's own kinds of errors: the answer is there all the same
                _logger.warning("a connection could not be closed: %s", error)
        return None if row is None else self._definition(row)

    def _definition(self, row: Any) -> Definition:
        ip, hostname, gateway, mask, broadcast, name, name_servers, time_servers, lease_time, subnet, serial = row[:11]
        extra = dict(zip(_extra_names(), row[11:], strict=False)) or None
        return Definition(
            ip, lease_time, subnet, serial, hostname, gateway, mask, broadcast, name, name_servers, time_servers, extra
        )


class _PoolingBroker(_DB20Broker):
    """Keeps its connections and uses them again.

    :param concurrency_limit: how many there are at most.
    """

    def __init__(self, concurrency_limit: int = 4) -> None:
        super().__init__(concurrency_limit)
        self._pool = ConnectionPool(lambda: self._module.connect(**self._connection_details), concurrency_limit)

    def _getConnection(self) -> Any:
        return self._pool.take()


class _NonPoolingBroker(_DB20Broker):
    """Makes a connection for each question.

    :param concurrency_limit: how many there are at a time.
    """

    def __init__(self, concurrency_limit: int = _NO_LIMIT) -> None:
        super().__init__(concurrency_limit)

    def _getConnection(self) -> Any:
        return self._module.connect(**self._connection_details)


class _Configured(_PoolingBroker):
    """A database whose settings are conf.py's."""

    _driver: ClassVar[str]
    _prefix: ClassVar[str]
    _place: ClassVar[str] = "%s"
    _limit: ClassVar[str] = " LIMIT 1"

    def __init__(self) -> None:
        super().__init__(int(setting(f"{self._prefix}_MAXIMUM_CONNECTIONS")))
        self._module = importlib.import_module(self._driver)
        self._connection_details = self._arguments()
        self._query_mac = _question(self._place, self._limit)

    def _getConnection(self) -> Any:
        if setting("USE_POOL"):
            return super()._getConnection()
        return self._module.connect(**self._connection_details)

    def _arguments(self) -> dict[str, Any]:
        raise NotImplementedError

    def _of(self, name: str) -> Any:
        return setting(f"{self._prefix}_{name}")


class PostgreSQL(_Configured):
    """The database of POSTGRESQL_*.

    :raises ImportError: if its driver, psycopg2, is not installed.
    """

    _driver = "psycopg2"
    _prefix = "POSTGRESQL"

    def _arguments(self) -> dict[str, Any]:
        arguments = {
            "dbname": self._of("DATABASE"), "user": self._of("USERNAME"), "password": self._of("PASSWORD"),
            "connect_timeout": _PATIENCE,
        }  # fmt: skip
        if self._of("HOST") is not None:
            arguments |= {"host": self._of("HOST"), "port": self._of("PORT"), "sslmode": self._of("SSLMODE")}
        return arguments


class MySQL(_Configured):
    """The database of MYSQL_*; without a host one of this machine.

    :raises ImportError: if its driver, PyMySQL, is not installed.
    """

    _driver = "pymysql"
    _prefix = "MYSQL"

    def _arguments(self) -> dict[str, Any]:
        password = self._of("PASSWORD") or ""
        arguments = {
            "database": self._of("DATABASE"), "user": self._of("USERNAME"), "charset": "utf8mb4",
            # The driver takes text for Latin-1.
            "password": password.encode() if isinstance(password, str) else password,
            "connect_timeout": _PATIENCE,
        }  # fmt: skip
        if self._of("HOST") is not None:
            return {**arguments, "host": self._of("HOST"), "port": self._of("PORT")}
        sockets = importlib.import_module("sdhcp.backends.mysql").SOCKETS
        there = [path for path in sockets if os.path.exists(path)]
        return {**arguments, **({"unix_socket": there[0]} if there else {"host": "localhost"})}


class Oracle(_Configured):
    """The database of ORACLE_*.

    :raises ImportError: if its driver, oracledb, is not installed.
    """

    _driver = "oracledb"
    _prefix = "ORACLE"
    _place = ":1"
    _limit = ""

    def _arguments(self) -> dict[str, Any]:
        return {"user": self._of("USERNAME"), "password": self._of("PASSWORD"), "dsn": self._of("DATABASE")}


class SQLite(_NonPoolingBroker):
    """The file of SQLITE_FILE, asked by one thread at a time."""

    def __init__(self) -> None:
        super().__init__(1)
        self._module = importlib.import_module("sqlite3")
        self._connection_details = {"database": setting("SQLITE_FILE")}
        self._query_mac = _question("?", " LIMIT 1")


def _question(place: str, limit: str) -> str:
    columns = [*_COLUMNS, *(f"{name[0]}.{name.partition('.')[2]}" for name in _extra_names())]
    column = "LOWER(m.mac)" if setting("CASE_INSENSITIVE_MACS") else "m.mac"
    return (
        f"SELECT {', '.join(columns)} FROM maps m, subnets s "  # noqa: S608  conf.py's own names of columns
        f"WHERE {column} = {place} AND m.subnet = s.subnet AND m.serial = s.serial{limit}"
    )


def _extra_names() -> list[str]:
    """The keys of ``extra``; EXTRA_* may be missing where a site's class is used without a conf.py."""
    names = []
    with suppress(AttributeError):
        names += [f"maps.{name}" for name in _listed(setting("EXTRA_MAPS"))]
        names += [f"subnets.{name}" for name in _listed(setting("EXTRA_SUBNETS"))]
    return names


def _listed(columns: Any) -> list[str]:
    return [columns] if isinstance(columns, str) else list(columns or ())
