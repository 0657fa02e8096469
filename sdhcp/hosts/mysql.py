"""Reservations in MySQL and MariaDB."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import pymysql
from pymysql.constants import CLIENT, ER

from ..backends.mysql import place
from ..backends.sql import Columns
from ..config.settings import SourceSettings
from .sql import SqlStore
from .store import Advance, Refused, Unreachable

_BATCH: Final = 5000
_FORBIDDEN: Final = (
    ER.TABLEACCESS_DENIED_ERROR,
    ER.COLUMNACCESS_DENIED_ERROR,
    ER.DBACCESS_DENIED_ERROR,
    ER.SPECIFIC_ACCESS_DENIED_ERROR,
    ER.OPTION_PREVENTS_STATEMENT,
)
_REFUSING_CODES: Final = (1205, 1213, 1644, 3819, 4025)
"""Locks that others hold, and what triggers and checks do not let pass."""
_REFUSING: Final = (pymysql.err.IntegrityError, pymysql.err.DataError, pymysql.err.NotSupportedError)
_ADVICE: Final = {
    ER.ACCESS_DENIED_ERROR: "the server refuses the user or the password",
    ER.BAD_DB_ERROR: "there is no such database",
    ER.NO_SUCH_TABLE: "there are no tables maps and subnets, which sdhcp init-db makes",
    2002: "the server cannot be reached",
    2003: "the server cannot be reached",
    2013: "the connection was lost",
}
_WIDTHS: Final = (
    "SELECT table_name, column_name, character_maximum_length FROM information_schema.columns "
    "WHERE table_schema = DATABASE() AND table_name IN ('maps', 'subnets') AND character_maximum_length IS NOT NULL"
)
_ENGINES: Final = (
    "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() "
    "AND table_name IN ('maps', 'subnets') AND engine IN ('MyISAM', 'Aria', 'MEMORY', 'CSV', 'ARCHIVE')"
)


class MysqlStore(SqlStore):
    """The tables of a MySQL or MariaDB database."""

    error = pymysql.err.Error
    tables_there = "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()"

    def widths(self) -> Mapping[str, int]:
        """How many characters fit."""
        return {f"{table}.{column}": width for table, column, width in self.ask(_WIDTHS)}

    def begin(self) -> None:
        """See that what is written can be taken back.

        :raises Refused: if it cannot.
        """
        tables = ", ".join(row[0] for row in self.ask(_ENGINES))
        if tables:
            raise Refused(f"MySQL keeps {tables} in an engine without transactions: ALTER TABLE ... ENGINE = InnoDB")

    def stream(self, statement: str) -> Iterator[list[tuple[Any, ...]]]:
        """The rows of a question about hosts, some at a time, all as of its beginning."""
        cursor = self.connection.cursor()
        cursor.execute(f"{statement} ORDER BY mac LIMIT {_BATCH}")
        while rows := cursor.fetchall():
            yield list(rows)
            cursor.execute(f"{statement} WHERE mac > %s ORDER BY mac LIMIT {_BATCH}", (rows[-1][0],))

    def delete(self, keys: Sequence[str], advance: Advance) -> None:
        """Remove hosts."""
        met = 0
        for begin in range(0, len(keys), _BATCH):
            batch = keys[begin : begin + _BATCH]
            places = ", ".join(["%s"] * len(batch))
            cursor = self.connection.cursor()
            cursor.execute(f"DELETE FROM maps WHERE {self.key} IN ({places})", batch)  # noqa: S608  checked names
            met += cursor.rowcount
            advance(len(batch))
        self.met(met, len(keys))


def connect_arguments(settings: Mapping[str, Any]) -> dict[str, Any]:
    """What PyMySQL wants to know of conf.py's settings."""
    arguments = {
        "database": settings.get("MYSQL_DATABASE"),
        "user": settings.get("MYSQL_USERNAME"),
        "password": settings.get("MYSQL_PASSWORD"),
        **place(settings.get("MYSQL_HOST"), settings.get("MYSQL_PORT", 3306)),
    }
    return {name: value for name, value in arguments.items() if value}


def explain(error: pymysql.err.Error) -> Exception:
    """What the server says, in plain words."""
    code = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    text = " ".join(str(error.args[-1] if error.args else error).split())[:300]
    if code in _FORBIDDEN:
        return Refused(f"MySQL: the account may not do this: {text}; nothing was changed; --user names one that may")
    if isinstance(error, _REFUSING) or code in _REFUSING_CODES:
        return Refused(f"MySQL refuses this: {text}; nothing was changed")
    known = _ADVICE.get(code)
    return Unreachable(f"MySQL: {known}: {text}" if known else f"MySQL: {text or type(error).__name__}")


def connect(settings: SourceSettings, flags: int = 0) -> Any:
    """A connection.

    :param flags: of PyMySQL, further ones.
    :raises Unreachable: if there is none to be had.
    """
    try:
        return pymysql.connect(
            **connect_arguments(settings.settings),
            charset="utf8mb4",
            connect_timeout=10,
            client_flag=CLIENT.FOUND_ROWS | flags,
            sql_mode="STRICT_ALL_TABLES",
        )
    except pymysql.err.Error as error:
        raise explain(error) from None


def open_store(settings: SourceSettings) -> MysqlStore:
    """The store of a configuration.

    :raises Unreachable: if it cannot be connected to.
    """
    columns = Columns(settings.extra_maps, settings.extra_subnets)
    return MysqlStore("MySQL", connect(settings), columns, settings.case_insensitive_macs, explain)
