"""The tables of the file in which leases are kept."""

import os
import sqlite3
from contextlib import suppress
from typing import Final

from .rows import COLUMNS, WIDTH

VERSION: Final = 1
"""What ``user_version`` is of a file that is complete."""
_FIELDS: Final = (
    "at REAL NOT NULL, what TEXT NOT NULL, since REAL NOT NULL, expires REAL NOT NULL, client TEXT NOT NULL, "
    "mac BLOB NOT NULL, hostname TEXT NOT NULL, via TEXT NOT NULL, evidence TEXT NOT NULL, sum INTEGER NOT NULL"
)
_NEW: Final = ", ".join(f"NEW.{name}" for name in COLUMNS.split(", "))
_SET: Final = ", ".join(f"{name} = excluded.{name}" for name in ("step", *COLUMNS.split(", ")))
_DOTTED: Final = "printf('%d.%d.%d.%d', place >> 24 & 255, place >> 16 & 255, place >> 8 & 255, place & 255)"
UPSERT: Final = (
    f"INSERT INTO leases (place, step, {COLUMNS}) VALUES {{}} "  # noqa: S608  names from above
    f"ON CONFLICT (place) DO UPDATE SET {_SET} WHERE excluded.step > leases.step"
)
"""Keeps a change of an address, unless a later one is kept."""
INSERT: Final = {
    count: f"INSERT INTO history (step, place, {COLUMNS}) VALUES "  # noqa: S608
    + ", ".join([f"({', '.join('?' * WIDTH)})"] * count)
    for count in (64, 32, 16, 8, 4, 2, 1)
}
"""Statements that add so many changes, the most first."""
_TABLES: Final = (
    "CREATE TABLE pools (number INTEGER PRIMARY KEY, name TEXT NOT NULL)",
    f"CREATE TABLE history (step INTEGER PRIMARY KEY, place INTEGER NOT NULL, {_FIELDS})",
    f"CREATE TABLE leases (place INTEGER PRIMARY KEY, step INTEGER NOT NULL, {_FIELDS})",
    "CREATE INDEX history_by_place ON history (place)",
    "CREATE INDEX history_by_client ON history (client)",
    f"CREATE TRIGGER kept AFTER INSERT ON history BEGIN {UPSERT.format(f'(NEW.place, NEW.step, {_NEW})')}; END",
    f"CREATE VIEW leases_as_text AS SELECT name AS pool, {_DOTTED} AS address, what, "  # noqa: S608
    "datetime(at, 'unixepoch') AS at, datetime(expires, 'unixepoch') AS expires, client, hex(mac) AS mac, hostname, "
    "via, evidence FROM leases LEFT JOIN pools ON number = place >> 32",
)


def connect(path: str) -> sqlite3.Connection:
    """Open a file for writing, or make it, so that each transaction is on the disk when it is over.

    It may be used in another thread.
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        sync_folder(path)
    connection = sqlite3.connect(path, timeout=1.0, isolation_level=None, check_same_thread=False)
    connection.text_factory = _text
    connection.execute("PRAGMA page_size = 4096")
    connection.execute("PRAGMA mmap_size = 0")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA journal_size_limit = 16777216")
    return connection


def make_tables(connection: sqlite3.Connection) -> None:
    """Make what a new file has in it."""
    connection.execute("BEGIN IMMEDIATE")
    for statement in _TABLES:
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("COMMIT")


def sync_folder(path: str) -> None:
    """See that the name of a file is on the disk."""
    folder = os.open(os.path.dirname(os.path.abspath(path)), os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _text(octets: bytes) -> str:
    return octets.decode("utf-8", "surrogatepass")
