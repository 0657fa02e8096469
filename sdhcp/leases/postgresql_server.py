"""A PostgreSQL server as a lease store asks it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from ..backends.postgresql import PostgresqlDialect
from ..backends.sql import Columns
from ..backends.sql_pool import Opened, given
from ..interfaces import SourceError, SourceLoadError
from .postgresql_errors import OURS, SCHEMA, explain
from .postgresql_questions import FIRST, KNOWN, VERSION
from .store_clock import StoreClock

CONNECTIONS: Final = 8
"""How many there are at most, if conf.py does not say: what waits for the disk waits together."""
MOST: Final = 64
STATEMENT: Final = 3
"""Seconds after which the server is to give up a step."""
RETRY: Final = 0.25
"""Seconds between two tries to connect to a server that cannot be connected to: each costs what others wait for."""
TRIES: Final = 3
"""How often a step is put that the server has taken back since two were in each other's way."""
_AGAIN: Final = ("40P01", "40001", "23505")
_MODES: Final = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")


class LeaseServer(PostgresqlDialect):
    """How the server is spoken to. All methods but the constructor may block.

    :param arguments: of the driver, beside the password.
    :param times: this server's clock against PostgreSQL's, which is measured here.
    :param clock: seconds of a monotonic clock.
    :ivar warnings: what of the server may lose leases, as of the last connection.
    """

    def __init__(self, arguments: dict[str, Any], password: str, times: StoreClock, clock: Callable[[], float]) -> None:
        super().__init__(Columns((), ()), False, arguments, password)
        self._times = times
        self._clock = clock
        self._trouble: tuple[float, Exception] | None = None
        self.warnings: tuple[str, ...] = ()

    def connect(self) -> Opened:
        """Make a connection, and see by what clock the server goes, and whether it keeps what it is given."""
        trouble = self._trouble
        if trouble is not None and self._clock() < trouble[0]:
            raise trouble[1].with_traceback(None)
        try:
            opened = super().connect()
        except Exception as error:  # whatever the driver has against it, the next one would hear the same
            self._trouble = (self._clock() + RETRY, error)
            raise
        try:
            opened.cursor.execute(f"SET statement_timeout = {STATEMENT * 1000}")
            _, fsync, full_pages, is_standby = self.look(opened)
        except BaseException:
            opened.close()
            raise
        lines = []
        if fsync != "on":
            lines.append("PostgreSQL may lose leases when its power fails: fsync is off there")
        elif full_pages != "on":
            lines.append("PostgreSQL may damage leases when its power fails: full_page_writes is off there")
        if is_standby:
            lines.append("PostgreSQL is a standby, which takes no leases")
        self.warnings = tuple(lines)
        return opened

    def look(self, opened: Opened) -> Sequence[Any]:
        """Measure the clock; what else the server tells of itself."""
        asked = self._times.read()
        opened.cursor.execute(FIRST)
        row: Sequence[Any] = opened.cursor.fetchone()
        self._times.measured(asked, self._times.read(), row[0])
        return row

    def explain(self, error: Exception) -> SourceError:
        """What an error means."""
        return explain(error)


def see_ready(opened: Opened) -> None:
    """See that the tables are there, and of this release.

    :raises SourceError: if they are of another; the driver has errors of its own for what is not there.
    """
    opened.cursor.execute(KNOWN)
    version, may_write = opened.cursor.fetchone()
    if version != VERSION:
        raise SourceError("PostgreSQL: its tables for leases are of another release", SCHEMA)
    if not may_write:
        advice = "GRANT SELECT, INSERT, UPDATE, DELETE ON lease, lease_offer, lease_history TO the user"
        raise SourceError("PostgreSQL: its user may not write leases", advice)


def rows(question: str, values: Any, opened: Opened) -> list[Any]:
    """Put a step; its rows, or how many rows it has changed."""
    for left in reversed(range(TRIES)):
        try:
            opened.cursor.execute(question, values)
            break
        except Exception as error:  # each is looked at, and raised anew if it is not one of ours
            if not left or getattr(error, "pgcode", None) not in _AGAIN:
                raise
    found: list[Any] = opened.cursor.fetchall() if opened.cursor.description else [opened.cursor.rowcount]
    return found


def read_settings(
    settings: Mapping[str, Any], times: StoreClock, clock: Callable[[], float]
) -> tuple[LeaseServer, int]:
    """The server that settings tell of, and how many connections there may be.

    :param clock: seconds of a monotonic clock.
    :raises SourceLoadError: with every fault, by the name of its setting.
    """
    own: dict[str, Any] = {name[len(OURS) :]: value for name, value in settings.items() if name.startswith(OURS)}
    problems = []
    if not own.get("DATABASE"):
        problems.append(f"{OURS}DATABASE: not set; leases cannot be kept in PostgreSQL without it")
    arguments: dict[str, Any] = {"dbname": own.get("DATABASE"), "user": own.get("USERNAME")}
    if own.get("HOST"):
        mode = own.get("SSLMODE") or "prefer"
        mode = {"disabled": "disable"}.get(mode, mode)
        if mode not in _MODES:
            problems.append(f"{OURS}SSLMODE: {mode!r} is none, expected one of {', '.join(_MODES)}")
        port = _number(own.get("PORT"), 5432, 65535)
        if port is None:
            problems.append(f"{OURS}PORT: expected a port from 1 to 65535")
        arguments |= {"host": own["HOST"], "port": port, "sslmode": mode}
    most = _number(own.get("MAXIMUM_CONNECTIONS"), CONNECTIONS, 2**31)
    if most is None:
        problems.append(f"{OURS}MAXIMUM_CONNECTIONS: expected a whole number of connections, 1 or more")
    if problems:
        raise SourceLoadError(problems)
    server = LeaseServer(given(arguments), str(own.get("PASSWORD") or ""), times, clock)
    return server, min(most or 1, MOST)


def _number(value: Any, default: int, high: int) -> int | None:
    if value is None:
        return default
    fits = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= high
    return value if fits else None
