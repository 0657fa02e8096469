"""Reservations in PostgreSQL; many rows go there with COPY."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any, Final

import psycopg2

from ..backends.sql import Columns
from ..config.settings import SourceSettings
from .sql import SqlStore
from .store import Advance, Refused, Unreachable

_BATCH: Final = 5000
_MANY: Final = 500
"""Rows from which on a table of their own costs less than a statement each."""
_TABLE: Final = "sdhcp_hosts"
_READ_ONLY: Final = ("42501", "25006")
"""The codes for a user without the right, and for a server or transaction that only reads."""
_REFUSING: Final = ("22", "23", "27", "44", "54", "P0")
"""How the codes of errors begin that are about what is written."""
_ESCAPED: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_WIDTHS: Final = (
    "SELECT table_name, column_name, character_maximum_length FROM information_schema.columns "
    "WHERE table_schema = ANY (current_schemas(false)) AND table_name IN ('maps', 'subnets') "
    "AND character_maximum_length IS NOT NULL"
)


class PostgresqlStore(SqlStore):
    """The tables of a PostgreSQL database."""

    error = psycopg2.Error
    tables_there = (
        "SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname = ANY (current_schemas(false))"
    )
    # Of CHAR, as the key is in old databases, the filling is no part of the key.
    selected_key = "RTRIM(mac)"

    def widths(self) -> Mapping[str, int]:
        """How many characters fit."""
        return {f"{table}.{column}": width for table, column, width in self.ask(_WIDTHS)}

    def stream(self, statement: str) -> Iterator[list[tuple[Any, ...]]]:
        """The rows of a question, some at a time."""
        cursor = self.connection.cursor("sdhcp_all")
        try:
            cursor.execute(statement)
            while rows := cursor.fetchmany(_BATCH):
                yield rows
        finally:
            # Who wanted the first rows alone may have closed the connection before.
            with suppress(psycopg2.Error):
                cursor.close()

    def delete(self, keys: Sequence[str], advance: Advance) -> None:
        """Remove hosts."""
        if len(keys) < _MANY:
            super().delete(keys, advance)
            return
        self._load(("mac",), ((key,) for key in keys), advance)
        self._do(f"DELETE FROM maps m USING {_TABLE} t WHERE {self._mine} = t.mac", len(keys))  # noqa: S608

    def park(self, keys: Sequence[str], advance: Advance) -> None:
        """Give hosts addresses that nobody has."""
        if len(keys) < _MANY:
            super().park(keys, advance)
            return
        self._load(("mac", "ip"), ((key, self.parked(number)) for number, key in enumerate(keys)), advance)
        self._do(f"UPDATE maps m SET ip = t.ip FROM {_TABLE} t WHERE {self._mine} = t.mac", len(keys))  # noqa: S608

    def update(self, rows: Iterable[tuple[Any, ...]], number: int, advance: Advance) -> None:
        """Change hosts; a row begins with the key."""
        if number < _MANY:
            super().update(rows, number, advance)
            return
        self._load(self.host_columns, rows, advance)
        sets = ", ".join(f"{column} = t.{column}" for column in self.host_columns[1:])
        self._do(f"UPDATE maps m SET {sets} FROM {_TABLE} t WHERE {self._mine} = t.mac", number)  # noqa: S608

    def insert(self, rows: Iterable[tuple[Any, ...]], number: int, advance: Advance) -> None:
        """Add hosts."""
        if number < _MANY:
            super().insert(rows, number, advance)
            return
        self._load(self.host_columns, rows, advance)
        columns = ", ".join(self.host_columns)
        self._do(f"INSERT INTO maps ({columns}) SELECT {columns} FROM {_TABLE}", number)  # noqa: S608  checked names

    @property
    def _mine(self) -> str:
        return "LOWER(m.mac)" if self.any_case else "m.mac"

    def _load(self, columns: Sequence[str], rows: Iterable[tuple[Any, ...]], advance: Advance) -> None:
        """Have a table of their own for rows, until the transaction ends."""
        names = ", ".join(columns)
        with self.connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{_TABLE}")
            cursor.execute(
                f"CREATE TEMPORARY TABLE {_TABLE} ON COMMIT DROP AS SELECT {names} FROM maps WITH NO DATA"  # noqa: S608
            )
            cursor.copy_expert(f"COPY {_TABLE} ({names}) FROM STDIN", _Lines(rows, advance))
            cursor.execute(f"ANALYZE {_TABLE}")

    def _do(self, statement: str, number: int) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(statement)
            self.met(cursor.rowcount, number)


class _Lines:
    """Rows as the lines of COPY, in the form of a file."""

    def __init__(self, rows: Iterable[tuple[Any, ...]], advance: Advance) -> None:
        self._rows = iter(rows)
        self._advance = advance
        self._left = ""

    def read(self, size: int = -1) -> str:
        """Some more characters; "" at the end."""
        while not self._left:
            batch = list(islice(self._rows, _BATCH))
            if not batch:
                return ""
            self._left = "".join(map(_line, batch))
            self._advance(len(batch))
        piece, self._left = (self._left[:size], self._left[size:]) if size > 0 else (self._left, "")
        return piece


def _line(row: tuple[Any, ...]) -> str:
    return "\t".join(["\\N" if value is None else str(value).translate(_ESCAPED) for value in row]) + "\n"


def connect_arguments(settings: Mapping[str, Any]) -> dict[str, Any]:
    """What psycopg2 wants to know of conf.py's settings."""
    arguments = {
        "dbname": settings.get("POSTGRESQL_DATABASE"),
        "user": settings.get("POSTGRESQL_USERNAME"),
        "password": settings.get("POSTGRESQL_PASSWORD"),
        "connect_timeout": 10,
        "client_encoding": "UTF8",
        "application_name": "sdhcp hosts",
    }
    if settings.get("POSTGRESQL_HOST"):
        mode = settings.get("POSTGRESQL_SSLMODE", "disable")
        arguments |= {
            "host": settings["POSTGRESQL_HOST"],
            "port": settings.get("POSTGRESQL_PORT", 5432),
            "sslmode": "disable" if mode == "disabled" else mode,
        }
    return {name: value for name, value in arguments.items() if value}


def explain(error: psycopg2.Error) -> Exception:
    """What the server says, in plain words."""
    from ..backends.postgresql_errors import explain as told

    code = error.pgcode or ""
    text = " ".join(str(error).partition("\nLINE ")[0].split())
    if code in _READ_ONLY:
        return Refused(
            f"PostgreSQL: the account may not do this: {text}; nothing was changed; --user names one that may"
        )
    if code.startswith(_REFUSING):
        return Refused(f"PostgreSQL refuses this: {text[:300]}; nothing was changed")
    problem = told(error)
    return Unreachable(f"{problem}; {problem.advice}" if problem.advice else str(problem))


def connect(settings: SourceSettings) -> Any:
    """A connection.

    :raises Unreachable: if there is none to be had.
    """
    try:
        return psycopg2.connect(**connect_arguments(settings.settings))
    except psycopg2.Error as error:
        raise explain(error) from None


def open_store(settings: SourceSettings) -> PostgresqlStore:
    """The store of a configuration.

    :raises Unreachable: if it cannot be connected to.
    """
    columns = Columns(settings.extra_maps, settings.extra_subnets)
    return PostgresqlStore("PostgreSQL", connect(settings), columns, settings.case_insensitive_macs, explain)
