"""The SQLite file in which leases are kept: everything that blocks, called in one thread."""

import os
import sqlite3
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Final

from ..interfaces import LeaseChange, SourceError
from .lock import Lock
from .rebuilding import finish_rebuilding, rebuild
from .rows import COLUMNS, Entry, Values, to_change, to_entry, to_octets, to_row
from .salvage import behind_damage, ends_within_a_page
from .tables import ADD, KEEP, VERSION, connect, make_tables, sync_file, sync_folder

LOOKED_THROUGH: Final = 64 << 20
"""Octets of a file up to which all of its pages are looked at when it is opened. Of a larger one the leases are."""
_FEW: Final = 1000
_WAIT: Final = 1.0
_DAMAGED: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_WORDS: Final = {
    sqlite3.SQLITE_FULL: ("the disk is full", "make room on it"),
    sqlite3.SQLITE_READONLY: ("it cannot be written to", "let the server's user write to it and into its folder"),
    sqlite3.SQLITE_CANTOPEN: ("it cannot be opened", "let the server's user write to it and into its folder"),
    sqlite3.SQLITE_PERM: ("it cannot be opened", "let the server's user write to it and into its folder"),
    sqlite3.SQLITE_BUSY: ("locked by another program", "let that program end its transaction"),
    sqlite3.SQLITE_LOCKED: ("locked by another program", "let that program end its transaction"),
    sqlite3.SQLITE_IOERR: ("the disk fails", "look into the system's log, and see to the disk"),
}


class Again(Exception):
    """The file was rebuilt; what was read of it has to be read again."""


class LeaseFile:
    """The tables ``history``, which is only added to, and ``leases``, the last change of each address.

    What is written is on the disk when :meth:`write` returns. Methods raise :class:`SourceError` for what is wrong
    with the file or the disk, and may be called again at once. A file that is damaged is put aside, and one with all
    of its rows that are whole takes its place.

    :param path: the file.
    :ivar step: the number of the last change.
    :ivar warnings: what was lost, one line each.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._lock = Lock(f"{path}.lock")
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None
        self.step = 0
        self.warnings: list[str] = []

    def open(self) -> None:
        """Open the file, or make it, and see that nobody else has it."""
        with self._telling():
            self._lock.take(self._path)
            finish_rebuilding(self._path)
            lost = behind_damage(self._path)
            if ends_within_a_page(self._path):
                self.warnings.append(f"{self._path}: the journal ends within a page; what stood behind that is lost")
            try:
                self._opened()
                if os.path.getsize(self._path) <= LOOKED_THROUGH:
                    self._look_through()
                self._take_back(lost)
            except sqlite3.DatabaseError as error:
                if not _is_damage(error):
                    raise
                self._rebuild(error)
                self._take_back(lost)

    def write(self, changes: Sequence[LeaseChange]) -> None:
        """Write all of them, or none."""
        first = self.step + 1
        rows = []
        for step, change in enumerate(changes, first):
            values, entry = to_row(step, change)
            rows.append((values, (entry.place, step, to_octets(entry))))
        with self._telling():
            try:
                self._look_for_the_file()
                self._write(rows)
            except sqlite3.DatabaseError as error:
                if _is_damage(error):
                    self._rebuild(error)
                elif error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_FULL:
                    # There may be room in the file for what is in the journal.
                    self._opened().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
                else:
                    raise
                self._write(rows)
        self.step += len(rows)

    def count(self, pool: int, first: int, last: int) -> int:
        """How many leases there are of a range of addresses, both ends included; those that were cleared count."""
        select = "SELECT count(*) FROM leases WHERE place BETWEEN ? AND ?"
        with self._reading() as connection:
            (count,) = connection.execute(select, (pool << 32 | first, pool << 32 | last)).fetchone()
            return int(count)

    def leases(self, pool: int, first: int, last: int) -> Generator[tuple[int, bytes], None, None]:
        """Place and octets of the last change of each address of a range, ascending.

        If they cannot be read the file is rebuilt, and :class:`Again` raised.
        """
        select = "SELECT place, entry FROM leases WHERE place BETWEEN ? AND ? ORDER BY place"
        with self._reading() as connection:
            yield from connection.execute(select, (pool << 32 | first, pool << 32 | last))

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._telling():
            try:
                yield self._opened()
            except sqlite3.DatabaseError as error:
                if not _is_damage(error):
                    raise
                self._rebuild(error)
                raise Again from None

    def mend(self) -> None:
        """Rebuild the file, for a lease in it is not whole."""
        with self._telling():
            self._rebuild(_damage("a lease is not whole"))

    def history(
        self, pools: dict[int, str], address: bytes | None, client: str | None, most: int
    ) -> Sequence[LeaseChange]:
        """The latest changes, of one address and one client if they are given; without those that are not whole."""
        conditions, given = [], []
        with self._telling():
            connection = self._opened()
            names = {**dict(connection.execute("SELECT number, name FROM pools")), **pools}
            if address is not None:
                places = [number << 32 | int.from_bytes(address, "big") for number in names]
                conditions.append(f"place IN ({', '.join(map(str, places))})")
            if client is not None:
                conditions.append("client = ?")
                given.append(client)
            where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
            select = f"SELECT step, place, {COLUMNS} FROM history {where} ORDER BY step DESC LIMIT ?"  # noqa: S608
            changes = []
            for step, place, *values in connection.execute(select, (*given, most)):
                if to_entry(step, place, values) is not None:
                    changes.append(to_change(names.get(place >> 32, ""), place, values))
            return changes

    def forget(self, before: float) -> int:
        """Remove some of the oldest changes, if they are older than a time; how many."""
        oldest = f"SELECT step FROM history ORDER BY step LIMIT {_FEW}"  # noqa: S608
        with self._telling():
            delete = f"DELETE FROM history WHERE step IN ({oldest}) AND at < ?"  # noqa: S608
            return self._opened().execute(delete, (before,)).rowcount

    def name(self, pools: dict[int, str]) -> None:
        """Keep the names of pools, for who reads the file; they are wanted for nothing else."""
        with self._telling():
            self._opened().executemany("INSERT OR REPLACE INTO pools VALUES (?, ?)", list(pools.items()))

    def close(self) -> None:
        """Close the file, and let others have it."""
        self._let_go()
        self._lock.leave()

    def _let_go(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            connection = connect(self._path)
            try:
                self._prepare(connection)
            except BaseException:
                connection.close()
                raise
            self._connection = connection
            self._identity = _identity(self._path)
        return self._connection

    def _look_for_the_file(self) -> None:
        """See that what is written is found by the next server: in a file of this name."""
        connection = self._opened()
        found = _identity(self._path)
        if found == self._identity:
            return
        if found is not None:
            raise SourceError("another file is in its place", "restart the server, which reads that one")
        connection.execute("VACUUM INTO ?", (self._path,))
        self._let_go()
        os.chmod(self._path, 0o600)
        sync_file(self._path)
        sync_folder(self._path)
        self._opened()
        self.warnings.append(f"{self._path}: the file was gone; it was written anew")

    def _prepare(self, connection: sqlite3.Connection) -> None:
        """Make the tables if there are none, and see where the numbers of changes go on."""
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if not version:
            if connection.execute("SELECT count(*) FROM sqlite_master").fetchone() != (0,):
                raise SourceError("it is the database of another program", "give the leases a file of their own")
            make_tables(connection)
        elif version != VERSION:
            raise SourceError(f"it is of another version of sdhcp, {version}", f"expected version {VERSION}")
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        if not tables >= {"pools", "history", "leases"}:
            raise _damage("there are tables missing")
        steps = [connection.execute(f"SELECT max(step) FROM {table}").fetchone()[0] for table in ("history", "leases")]  # noqa: S608
        self.step = max(self.step, *(step or 0 for step in steps))

    def _look_through(self) -> None:
        found = self._opened().execute("PRAGMA quick_check(1)").fetchall()
        if found != [("ok",)]:
            raise _damage(found[0][0])

    def _write(self, rows: Sequence[tuple[Values | None, Values]]) -> None:
        connection = self._opened()
        try:
            connection.execute("BEGIN IMMEDIATE")
            _run(connection, ADD, [change for change, _ in rows if change is not None])
            _run(connection, KEEP, [lease for _, lease in rows])
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            if getattr(error, "sqlite_errorcode", 0) & 0xFF not in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_BUSY):
                self._let_go()
            raise

    def _take_back(self, lost: Sequence[tuple[Entry, Values | None]]) -> None:
        """Write what SQLite has passed over in a damaged journal, unless it is there."""
        rows: list[tuple[Values | None, Values]] = []
        steps = set()
        connection = self._opened()
        for entry, values in lost:
            changes = connection.execute("SELECT count(*) FROM history WHERE step = ?", (entry.step,)).fetchone()[0]
            later = "SELECT count(*) FROM leases WHERE place = ? AND step >= ?"
            if (values is not None and not changes) or not connection.execute(
                later, (entry.place, entry.step)
            ).fetchone()[0]:
                change = None if values is None or changes else (entry.step, entry.place, *values)
                rows.append((change, (entry.place, entry.step, to_octets(entry))))
                steps.add(entry.step)
        if rows:
            self._write(rows)
            self.step = max(self.step, *steps)
            self.warnings.append(f"{self._path}: the journal was damaged; {len(steps)} changes were read from the rest")

    def _rebuild(self, error: Exception) -> None:
        self._let_go()
        self.warnings.append(rebuild(self._path, str(error)))
        self._opened()

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """What goes wrong inside is raised in plain words."""
        try:
            yield
        except SourceError as error:
            raise SourceError(f"{self._path}: {error}", error.advice) from None
        except (sqlite3.Error, OSError) as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            words, advice = _WORDS.get(code, (getattr(error, "strerror", None) or str(error), ""))
            raise SourceError(f"{self._path}: {words}", advice) from None


def _identity(path: str) -> tuple[int, int] | None:
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino


def _run(connection: sqlite3.Connection, statements: Mapping[int, str], rows: Sequence[Values]) -> None:
    """Run statements for many rows at once: each that is run lets go of Python's lock, and waits to have it back."""
    begin = 0
    while begin < len(rows):
        count = next(size for size in statements if size <= len(rows) - begin)
        connection.execute(statements[count], [value for row in rows[begin : begin + count] for value in row])
        begin += count


def _is_damage(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGED


def _damage(found: str) -> sqlite3.DatabaseError:
    error = sqlite3.DatabaseError(found)
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error
