"""Reservations in Oracle Database."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import oracledb

from ..config.settings import SourceSettings
from ..interfaces import IServerReactor, SourceError
from .oracle_errors import explain, number_of
from .sql import Columns
from .sql_pool import CONNECT, STATEMENT, Dialect, Opened, Row, given, wanted
from .sql_search import Wording
from .sql_source import SqlSource

_SIZES: Final = (1, 4, 16, 64, 256)
"""Clients in one question: each number is a statement of its own for the server, which keeps only so many."""
_LOST: Final = frozenset(
    {
        "ORA-00028", "ORA-01012", "ORA-01033", "ORA-01034", "ORA-01089", "ORA-01092", "ORA-02396", "ORA-03113",
        "ORA-03114", "ORA-03135", "ORA-12537", "DPY-1001", "DPY-4011", "DPY-4024", "DPY-4032", "DPY-4033",
    }
)  # fmt: skip
"""After these a connection is of no use."""


class OracleDialect(Dialect):
    """How Oracle Database is spoken to, by the driver's thin mode.

    :param arguments: of the driver, beside the password.
    """

    name = "Oracle"
    driver = "oracledb"
    most = _SIZES[-1]
    wording = Wording(":{}", "LOWER({})", "FETCH FIRST {} ROWS ONLY", "OFFSET {} ROWS FETCH FIRST 1 ROWS ONLY")

    def __init__(self, columns: Columns, any_case: bool, arguments: dict[str, Any], password: str) -> None:
        super().__init__(columns, any_case, password)
        self._dsn = str(arguments["dsn"])
        self._arguments = {**arguments, "tcp_connect_timeout": float(CONNECT), "expire_time": 1}
        select = columns.select_host(f"WHERE {self.column} IN ")
        self._selects = {size: f"{select}({', '.join(f':{place}' for place in range(1, size + 1))})" for size in _SIZES}

    def connect(self) -> Opened:
        """Make a connection whose calls end in time."""
        connection = oracledb.connect(**self._arguments, password=self._password or None)
        connection.call_timeout = STATEMENT * 1000
        connection.autocommit = True
        opened = Opened(connection, None)
        opened.cursor.arraysize = self.most
        opened.cursor.prefetchrows = self.most + 1
        return opened

    def hosts(self, opened: Opened, keys: Sequence[str]) -> Sequence[Row]:
        """The rows of some hosts."""
        size = next(size for size in _SIZES if size >= len(keys))
        opened.cursor.execute(self._selects[size], [*keys, *[keys[-1]] * (size - len(keys))])
        found: Sequence[Row] = opened.cursor.fetchall()
        return found

    def rows(self, opened: Opened, question: str) -> Sequence[Row]:
        """All rows of a question."""
        opened.cursor.execute(question)
        found: Sequence[Row] = opened.cursor.fetchall()
        return found

    def every_row(self, opened: Opened, question: str) -> Iterator[Row]:
        """The same, as they come."""
        opened.connection.call_timeout = 0
        opened.cursor.execute(question)
        yield from opened.cursor

    def limited(self, question: str, rows: int) -> str:
        """A question for that many rows at most."""
        return f"{question} FETCH FIRST {rows} ROWS ONLY"

    def is_lost(self, opened: Opened, error: Exception) -> bool:
        """Whether a connection is of no use after an error."""
        if not isinstance(error, oracledb.DatabaseError):
            return True
        return number_of(error) in _LOST or bool(getattr(error.args[0] if error.args else None, "isrecoverable", False))

    def is_about_a_key(self, error: Exception) -> bool:
        """Never: a letter that the database's character set has not is replaced, and found nowhere."""
        return False

    def explain(self, error: Exception) -> SourceError:
        """What an error means. What it says of the place may hold a user and a password."""
        told = explain(error)
        return SourceError(str(told).replace(self._dsn, "ORACLE_DATABASE"), told.advice)


def build(settings: SourceSettings, reactor: IServerReactor, clock: Callable[[], float]) -> SqlSource:
    """The source of a configuration.

    :raises SourceLoadError: if a setting is missing.
    """
    own = settings.settings
    arguments = given({"user": own.get("ORACLE_USERNAME"), "dsn": wanted(settings, "ORACLE_DATABASE")})
    columns = Columns(settings.extra_maps, settings.extra_subnets)
    password = str(own.get("ORACLE_PASSWORD") or "")
    dialect = OracleDialect(columns, settings.case_insensitive_macs, arguments, password)
    most, keep = own["ORACLE_MAXIMUM_CONNECTIONS"], own["USE_POOL"]
    return SqlSource(dialect, reactor, most, keep, settings.case_insensitive_macs)
