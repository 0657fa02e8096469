"""The SQLite file of the cache on disk: everything that blocks, called in one thread."""

import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from math import inf
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from ..interfaces import Found, SourceError
from ..model import Definition
from .kept_text import SUBNET_FIELDS, DamagedText, TextReader, UnfitAnswer, subnet_record, to_text
from .reservation import hardware_address

TOLD: Final = 60.0
"""Seconds for which a file that was damaged is told of."""
_ASIDE: Final = 9
"""Damaged files that are kept."""
_WAIT: Final = 1.0
_DAMAGED: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_WORDS: Final = {
    sqlite3.SQLITE_FULL: ("the disk is full", "make room on it"),
    sqlite3.SQLITE_READONLY: ("it cannot be written to", "let the server's user write to it and into its folder"),
    sqlite3.SQLITE_CANTOPEN: ("it cannot be opened", "let the server's user write to it and into its folder"),
    sqlite3.SQLITE_PERM: ("it cannot be opened", "let the server's user write to it and into its folder"),
    sqlite3.SQLITE_BUSY: ("locked by another program", "give each server a file of its own"),
    sqlite3.SQLITE_LOCKED: ("locked by another program", "give each server a file of its own"),
}
_LEGACY_COUNT: Final = (
    "SELECT count(*) FROM maps WHERE NOT EXISTS (SELECT 1 FROM clients WHERE key = "
    "printf('%02x:%02x:%02x:%02x:%02x:%02x', (mac >> 40) & 255, (mac >> 32) & 255, (mac >> 24) & 255, "
    "(mac >> 16) & 255, (mac >> 8) & 255, mac & 255))"
)
_LEGACY_SUBNET: Final = f"SELECT {', '.join(SUBNET_FIELDS)} FROM subnets WHERE subnet = ? AND serial = ?"  # noqa: S608
_CLIENTS: Final = "CREATE {} TABLE clients (key TEXT PRIMARY KEY NOT NULL, details TEXT, at REAL)"
_TABLES: Final = {
    "clients": "SELECT key, details, at FROM clients LIMIT 0",
    "maps": "SELECT mac, details FROM maps LIMIT 0",
    "subnets": f"{_LEGACY_SUBNET} LIMIT 0".replace("?", "0"),
}
"""The tables that a file may have, each with a question about all that is wanted of it."""
_OLDEST: Final = "DELETE FROM {table} WHERE rowid IN (SELECT rowid FROM {table} ORDER BY {order} LIMIT ?)"


class Write(NamedTuple):
    """What is to stand in the file for a client, found at a time; nothing if it is not ``kept``."""

    found: Found
    at: float
    kept: bool = True


class DiskFile:
    """Answers by client in the table ``clients``, and those that staticDHCPd left in ``maps`` and ``subnets``.

    Methods raise :class:`SourceError` for what is wrong with the file; one that is damaged is put aside and begun
    anew first.

    :param path: the file; None for one that nobody else sees and that is gone when it is closed.
    :param size: clients; those that were written longest ago go.
    :param clock: seconds of a monotonic clock.
    :ivar count: clients; :ivar shed: clients that had to go; :ivar unfit: answers that could not be kept as text;
        :ivar unread: entries that could not be read.
    """

    def __init__(self, path: str | None, size: int, clock: Callable[[], float]) -> None:
        self._path = path
        self._size = size
        self._clock = clock
        self._reader = TextReader()
        self._connection: sqlite3.Connection | None = None
        self._read_only = self._legacy = False
        self._put_aside = ""
        self._put_aside_at = -inf
        self._read_trouble = self._write_trouble = ""
        self.count = self.shed = self.unfit = self.unread = 0

    def problem(self) -> str:
        """What is wrong, "" if nothing is; may be called from any thread."""
        if self._write_trouble or self._read_trouble:
            return self._write_trouble or self._read_trouble
        if self._clock() - self._put_aside_at < TOLD:
            return f"the file was damaged; it is now {self._put_aside}, and a new one was begun"
        return ""

    def open(self) -> None:
        """Open the file, or make it."""
        with self._telling(writing=True):
            self._open()

    def get(self, key: str) -> tuple[Found, float] | None:
        """What is kept for a client, and when it was found: an infinite time ago if nobody knows."""
        if not _fit(key):
            return None
        with self._telling(writing=False):
            connection = self._opened()
            try:
                row = connection.execute("SELECT details, at FROM clients WHERE key = ?", (key,)).fetchone()
                if row is not None:
                    return self._reader.read(row[0]).found, row[1] if isinstance(row[1], float) else -inf
                octets = _octets(key)
                if not self._legacy or octets is None:
                    return None
                number = int.from_bytes(octets, "big")
                row = connection.execute("SELECT details FROM maps WHERE mac = ?", (number,)).fetchone()
                return row and (self._reader.read(row[0], self._record).found, -inf)
            except DamagedText:
                self.unread += 1
        return None

    def write(self, writes: Mapping[str, Write]) -> None:
        """Write all of them, or none."""
        with self._telling(writing=True):
            if self._read_only:
                self.close()
            connection = self._opened()
            if self._read_only:
                raise SourceError("it can be read, but not written to", _WORDS[sqlite3.SQLITE_READONLY][1])
            connection.execute("BEGIN IMMEDIATE")
            try:
                more = sum(self._write(connection, key, write) for key, write in writes.items())
                more -= (gone := self._prune(connection, self.count + more))
                connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
                raise
            self.count += more
            self.shed += gone

    def clear(self) -> None:
        """Forget everybody."""
        with self._telling(writing=True):
            connection = self._opened()
            for table in ("clients", "maps", "subnets") if self._legacy else ("clients",):
                connection.execute(f"DELETE FROM {table}")  # noqa: S608  names from above
            self.count = 0

    def close(self) -> None:
        """Close the file."""
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None

    def _write(self, connection: sqlite3.Connection, key: str, write: Write) -> int:
        """Write one; by how many clients there are more."""
        if not _fit(key):
            self.unfit += write.kept
            return 0
        gone = 0
        octets = _octets(key)
        if self._legacy and octets is not None:
            number = int.from_bytes(octets, "big")
            gone = connection.execute("DELETE FROM maps WHERE mac = ?", (number,)).rowcount
        if write.kept:
            try:
                text = to_text(write.found)
            except UnfitAnswer:
                self.unfit += 1
            else:
                values = (text, write.at, key)
                if connection.execute("UPDATE clients SET details = ?, at = ? WHERE key = ?", values).rowcount:
                    return -gone
                connection.execute("INSERT INTO clients (details, at, key) VALUES (?, ?, ?)", values)
                return 1 - gone
        return -gone - connection.execute("DELETE FROM clients WHERE key = ?", (key,)).rowcount

    def _prune(self, connection: sqlite3.Connection, count: int) -> int:
        gone = 0
        for table, order in (("maps", "mac"), ("clients", "at")):
            if count - gone > self._size and (table == "clients" or self._legacy):
                gone += connection.execute(
                    _OLDEST.format(table=table, order=order), (count - gone - self._size,)
                ).rowcount
        return gone

    def _record(self, subnet: str, serial: int) -> Definition | None:
        row = self._opened().execute(_LEGACY_SUBNET, (subnet, serial)).fetchone()
        return None if row is None else subnet_record(subnet, serial, row)

    @contextmanager
    def _telling(self, writing: bool) -> Iterator[None]:
        """What goes wrong inside is kept to be told, and raised in plain words."""
        trouble = ""
        try:
            yield
        except SourceError as error:
            trouble = f"{error}; {error.advice}" if error.advice else str(error)
            raise
        except (sqlite3.Error, OSError) as error:
            words, advice = _WORDS.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, (str(error), ""))
            if not (_is_damage(error) and self._begin_anew()):
                trouble = f"{words}; {advice}" if advice else words
            raise SourceError(words, advice) from None
        finally:
            if writing:
                self._write_trouble = trouble
            self._read_trouble = "" if writing and not trouble else self._read_trouble if writing else trouble

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            self._open()
        assert self._connection is not None  # noqa: S101  _open raises otherwise
        return self._connection

    def _open(self) -> None:
        try:
            self._connection = self._connect()
        except sqlite3.Error as error:
            if not (_is_damage(error) and self._begin_anew()):
                raise
            self._connection = self._connect()

    def _connect(self) -> sqlite3.Connection:
        self._read_only = False
        if self._path is None:
            # SQLite's own temporary file: it has no name, and is gone however the process ends.
            return self._prepared(sqlite3.connect("", isolation_level=None))
        with suppress(OSError):
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        try:
            return self._prepared(sqlite3.connect(self._path, timeout=_WAIT, isolation_level=None))
        except sqlite3.Error as error:
            if _is_damage(error) or not os.path.isfile(self._path):
                raise
            try:
                address = f"file:{quote(os.path.abspath(self._path))}?mode=ro"
                connection = sqlite3.connect(address, uri=True, timeout=_WAIT, isolation_level=None)
                self._read_only = True
                return self._prepared(connection)
            except sqlite3.Error:
                raise error from None

    def _prepared(self, connection: sqlite3.Connection) -> sqlite3.Connection:
        try:
            connection.text_factory = lambda octets: octets.decode("utf-8", "replace")
            connection.execute("PRAGMA mmap_size = 0")
            is_new = self._look_at_tables(connection)
            if not self._read_only:
                connection.execute("PRAGMA journal_mode = WAL").fetchall()
                connection.execute("PRAGMA synchronous = NORMAL")
            (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            if found != "ok":
                raise _damage(found)
            if is_new:
                connection.execute(_CLIENTS.format("TEMP" if self._read_only else ""))
            if not self._read_only:
                connection.execute("CREATE INDEX IF NOT EXISTS clients_at ON clients (at)")
            (self.count,) = connection.execute("SELECT count(*) FROM clients").fetchone()
            if self._legacy:
                self.count += connection.execute(_LEGACY_COUNT).fetchone()[0]
        except BaseException:
            connection.close()
            raise
        return connection

    def _look_at_tables(self, connection: sqlite3.Connection) -> bool:
        """Whether the table of clients is yet to be made.

        :raises SourceError: if there are tables that are no cache's: nothing of them is touched.
        """
        there = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
        tables = {str(name) for (name,) in there}
        try:
            for table in tables:
                connection.execute(_TABLES[table]).fetchall()
        except (KeyError, sqlite3.OperationalError) as error:
            if isinstance(error, KeyError) or "no such column" in str(error):
                raise SourceError("it is the database of another program", "give the cache a file of its own") from None
            raise
        self._legacy = tables >= {"maps", "subnets"}
        return "clients" not in tables

    def _begin_anew(self) -> bool:
        """Put the file aside, so that the next call begins another; whether that could be done."""
        self.close()
        if self._path is not None:
            if not os.path.isfile(self._path):
                return False
            names = [f"{self._path}.damaged-{number}" for number in range(1, _ASIDE + 1)]
            aside = next((name for name in names if not os.path.lexists(name)), names[-1])
            try:
                for end in ("", "-wal", "-shm", "-journal"):
                    with suppress(FileNotFoundError):
                        os.replace(self._path + end, aside + end)
            except OSError:
                return False
            self._put_aside, self._put_aside_at = aside, self._clock()
        self.count = 0
        return True


def _fit(key: str) -> bool:
    """Whether a key can stand in the file."""
    try:
        return bool(key.encode())
    except UnicodeEncodeError:
        return False


def _octets(key: str) -> bytes | None:
    """The octets of a key that is a hardware address of six."""
    return hardware_address(key) if len(key) == 17 and key[2::3] == ":::::" else None


def _is_damage(error: BaseException) -> bool:
    return isinstance(error, sqlite3.DatabaseError) and (getattr(error, "sqlite_errorcode", 0) & 0xFF) in _DAMAGED


def _damage(found: Any) -> sqlite3.DatabaseError:
    error = sqlite3.DatabaseError(str(found))
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error
