"""Reservations in an SQLite file, asked on the reactor's thread, every answer as fresh as the file.

An answer that is kept holds as long as the file's change counter stays what it was when the answer was
read (SQLite file format, section 1.3.9; in WAL mode the header of the wal-index, section 2.3 of its
description). One system call tells, so another program's change counts at the next packet.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any, Final

from twisted.internet.defer import Deferred, fail, succeed
from zope.interface import implementer

from ..config.settings import SourceSettings
from ..interfaces import (
    BadReservation,
    Found,
    IDefinitionSource,
    IEnumerableSource,
    IHealth,
    IPeekable,
    IReadAhead,
    IRefreshable,
    ISearchableSource,
    ISubnetSource,
    IWarns,
    Listed,
    Sought,
    SourceError,
    SourceLoadError,
)
from ..model import Definition, Query, Subnet
from ..recent import Recent
from . import subnets
from .change_token import ChangeToken
from .paths import find
from .reservation import BadField
from .sql import Columns, Rows
from .sqlite_file import connect, explain, look_at
from .sqlite_search import search_file
from .sqlite_slices import Slices

KEPT: Final = 32_768
"""Clients whose answers are kept, known or not; the one asked for first goes when they are full."""
RETRY: Final = 0.1
"""Seconds between two tries to read a database that cannot be read."""
MOMENT: Final = 1.0
"""Seconds for which another program may lock the file without being told of."""
_WAIT: Final = 2.0
_HOLD: Final = 2
"""Of the questions for packets that came together, the one from which on the file is held until the last."""

_Answer = Definition | tuple[Definition, ...] | BadReservation | None


@implementer(
    IDefinitionSource,
    IPeekable,
    IRefreshable,
    IReadAhead,
    ISubnetSource,
    IEnumerableSource,
    ISearchableSource,
    IHealth,
    IWarns,
)
class SqliteSource:
    """Reservations of an SQLite file with the tables ``subnets`` and ``maps``; never written to.

    While the file cannot be read, clients that were asked for before get their last answers.

    :param path: the file.
    :param columns: the site's own columns.
    :param any_case: whether hardware addresses stand there in any case.
    :param clock: seconds of a monotonic clock.
    :raises SourceLoadError: if the file cannot be used.
    """

    name = "SQLite"

    def __init__(self, path: str, columns: Columns, any_case: bool, clock: Callable[[], float]) -> None:
        self._path = path
        self._clock = clock
        self._columns = columns
        self._select = columns.select_host(f"WHERE m.mac = ?{' COLLATE NOCASE' if any_case else ''}")
        self._rows = Rows(columns)
        self._slices = Slices(columns, any_case, KEPT)
        self._read_ahead = b""
        # While the file and the answers are as they were then, who has no answer is not in it.
        self._all_known: tuple[bytes, int] | None = None
        self._kept: Recent[tuple[bytes, _Answer]] = Recent(KEPT)
        self._opened = 0
        self._subnets: tuple[bytes, subnets.Subnets] = (b"", subnets.Subnets(()))
        self._now = b""
        self._fetched = 0
        self._trouble: SourceError | None = None
        self._trouble_since = 0.0
        self._try_again_at = 0.0
        try:
            self._connection, self._token = self._open()
        except SourceError as error:
            advice = f"; {error.advice}" if error.advice else ""
            raise SourceLoadError([f"{error}{advice}"]) from None
        self.warnings = tuple(self._plan_warnings(any_case))

    def peek(self, query: Query) -> Found:
        """What the file holds now for a client, at once.

        :raises SourceError: if the file cannot be read and nothing is known about the client.
        :raises BadReservation: if the client's row is not in order.
        """
        self.refresh()
        self.settle()
        return self.peek_refreshed(query)

    def refresh(self) -> None:
        """Look whether the file has changed."""
        self._now = self._token.read(self._clock())
        self._fetched = 0

    def settle(self) -> None:
        """Let go of the file, if it was held for several questions."""
        if self._connection.in_transaction:
            with suppress(sqlite3.Error):
                self._connection.execute("COMMIT")

    def peek_refreshed(self, query: Query) -> Found:
        """What the file held when it was last looked at.

        :raises SourceError: as :meth:`peek`.
        """
        key, token = query.key, self._now
        kept = self._kept.get(key)
        if kept is None or kept[0] != token or not token:
            if kept is None and self._all_known == (token, self._kept.shed) and token and key == key.lower():
                return None
            return self._fetch(key, token, kept)
        answer = kept[1]
        if isinstance(answer, BadReservation):
            raise answer
        return answer

    def lookup(self, query: Query) -> "Deferred[Found]":
        """As :meth:`peek`; the Deferred has fired."""
        try:
            return succeed(self.peek(query))
        except SourceError as error:
            return fail(error)

    def read_ahead(self) -> Iterator[None]:
        """Keep the answers of all clients, if that many are kept; some with each step.

        Nothing is read if nothing has changed since the last time.
        """
        token = self._token.read(self._clock())
        if not token or token == self._read_ahead or self._trouble is not None:
            return
        self._read_ahead = token
        shed, slices = self._kept.shed, self._slices.read(self._ask)
        while True:
            try:
                clients = next(slices)
            except StopIteration as end:
                if end.value and self._token.read(self._clock()) == token:
                    self._all_known = (token, shed)
                return
            if self._token.read(self._clock()) != token:
                return
            for text, rows in clients:
                self._keep(text, token, rows)
            yield

    def problem(self) -> str:
        """What is wrong with the file now, "" if nothing is."""
        token = self._token.read(self._clock())
        if (self._trouble is not None or not token) and self._may_try():
            self._ask_everything()
        if self._token.gone:
            return f"{self._path}: the file is gone; answers are as it was last"
        if self._token.hidden:
            what = f"{self._path}: whether another file is there cannot be seen: {self._token.hidden}"
            return f"{what}; let the server's user enter its folder"
        trouble = self._trouble
        if trouble is None or (trouble.passing and self._clock() - self._trouble_since < MOMENT):
            return ""
        return f"{trouble}; {trouble.advice}" if trouble.advice else str(trouble)

    def subnet_of(self, address: bytes) -> Subnet | None:
        """The narrowest subnet that holds an address."""
        token = self._token.read(self._clock())
        if self._subnets[0] != token and self._may_try():
            # What is held may be older than the token.
            self.settle()
            rows = self._ask(self._columns.select_subnets(), ())
            if rows is not None:
                self._subnets = (token, subnets.Subnets(self._rows.networks(rows)))
        return self._subnets[1].holding(address)

    def reservations(self) -> Iterator[tuple[str, Definition]]:
        """Every client's key with its definition; rows that are not in order are left out.

        Uses a connection of its own, so that it may run in any thread.

        :raises SourceError: if the file cannot be read.
        """
        try:
            connection = connect(self._path, _WAIT)
            rows = Rows(self._columns)
            try:
                for row in connection.execute(self._columns.select_host("")):
                    try:
                        definition = rows.definition(row)
                    except BadField:
                        continue
                    yield str(row[0]), definition
            finally:
                connection.close()
        except sqlite3.Error as error:
            raise explain(self._path, error) from None

    def search(
        self, sought: Sought, after: str, most: int, seconds: float, in_thread: "Callable[..., Deferred[Any]]"
    ) -> "Deferred[Listed]":
        """Reservations that are searched for, ascending by key."""
        return in_thread(search_file, self._path, self._columns, sought, after, most, self._clock, seconds)

    def _fetch(self, key: str, token: bytes, kept: tuple[bytes, _Answer] | None) -> Found:
        rows = None
        if self._may_try():
            self._fetched += 1
            if self._fetched == _HOLD:
                # Half of what a question costs is to take and to leave the file's lock.
                with suppress(sqlite3.Error):
                    self._connection.execute("BEGIN")
            rows = self._ask(self._select, (key,))
        if rows is None:
            if kept is None or isinstance(kept[1], BadReservation):
                raise self._trouble or SourceError(f"{self._path} cannot be read")
            return kept[1]
        answer = self._keep(key, token, rows)
        if isinstance(answer, BadReservation):
            raise answer
        return answer

    def _keep(self, key: str, token: bytes, rows: list[Any]) -> _Answer:
        """The answer that a client's rows give, kept for the time that the token holds."""
        answer: _Answer = None
        try:
            if len(rows) == 1:
                answer = self._rows.definition(rows[0])
            elif rows:
                answer = tuple(self._rows.definition(row) for row in rows)
        except BadField as error:
            answer = BadReservation(f"{self._path}: {key}: {error}", "mend the row; the next packet counts")
        self._kept.put(key, (token, answer))
        return answer

    def _may_try(self) -> bool:
        """Whether the file is to be asked now, or its last trouble is too fresh; a new file is opened first."""
        if (self._trouble is None or self._trouble.passing) and not self._token.replaced:
            return True
        now = self._clock()
        if now < self._try_again_at:
            return False
        self._try_again_at = now + RETRY
        if self._token.replaced:
            try:
                connection, token = self._open()
            except SourceError as error:
                self._trouble = error
                return False
            self._connection.close()
            self._token.close()
            self._connection, self._token = connection, token
            self._subnets = (b"", self._subnets[1])
        return True

    def _ask_everything(self) -> None:
        """Ask what packets ask, so that what would fail for them fails here."""
        if self._ask(self._select, ("",)) is not None:
            self._ask(f"{self._columns.select_subnets()} LIMIT 1", ())

    def _ask(self, question: str, values: tuple[Any, ...]) -> list[Any] | None:
        try:
            rows = self._connection.execute(question, values).fetchall()
        except sqlite3.Error as error:
            now = self._clock()
            if self._trouble is None:
                self._trouble_since = now
            self._trouble = explain(self._path, error)
            self._try_again_at = now + RETRY
            return None
        if self._trouble is not None and not self._token.gone:
            self._trouble = None
        return rows

    def _open(self) -> tuple[sqlite3.Connection, ChangeToken]:
        """Open the file and see that it holds what is wanted.

        :raises SourceError: if it does not.
        """
        look_at(self._path)
        try:
            # What was kept of another file serves in bad times, but is never taken for fresh.
            self._opened += 1
            token = ChangeToken(self._path, self._opened.to_bytes(8, "big"))
        except OSError as error:
            problem = f"{self._path}: cannot be read: {error.strerror}"
            raise SourceError(problem, "let the server's user read it") from None
        try:
            # At the start there is time to wait for another program's commit.
            connection = connect(self._path, _WAIT if self._opened == 1 else 0)
            try:
                connection.execute(self._select, ("",)).fetchall()
                connection.execute(f"{self._columns.select_subnets()} LIMIT 1").fetchall()
                connection.execute("PRAGMA busy_timeout = 0")
            except sqlite3.Error:
                connection.close()
                raise
            token.attach = partial(_read, connection)
        except sqlite3.Error as error:
            token.close()
            raise explain(self._path, error) from None
        return connection, token

    def _plan_warnings(self, any_case: bool) -> Iterator[str]:
        plan = self._connection.execute(f"EXPLAIN QUERY PLAN {self._select}", ("",)).fetchall()
        if any(str(step[-1]).startswith("SCAN m") for step in plan):
            collation = " COLLATE NOCASE" if any_case else ""
            yield (
                f"{self._path}: maps has no index for its clients, each packet reads the whole table; "
                f"expected CREATE INDEX maps_mac ON maps (mac{collation})"
            )


def _read(connection: sqlite3.Connection) -> None:
    with suppress(sqlite3.Error):
        connection.execute("SELECT 1 FROM maps LIMIT 1").fetchall()


def build(settings: SourceSettings, reactor: object, clock: Callable[[], float]) -> SqliteSource:
    """The source of a configuration.

    :raises SourceLoadError: if the file cannot be used.
    """
    columns = Columns(settings.extra_maps, settings.extra_subnets)
    path = find(settings.sqlite_file or "", settings.folder)
    return SqliteSource(path, columns, settings.case_insensitive_macs, clock)
