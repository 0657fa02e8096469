"""The tables of the file in which leases are kept."""

import os
import sqlite3
from contextlib import suppress
from typing import Final

from .rows import COLUMNS, WIDTH

_PAGE: Final = 4096
_JOURNAL: Final = 1000
"""Pages of the journal (WAL) that are enough to write them back into the file."""
VERSION: Final = 1
"""What ``user_version`` is of a file that is complete."""
_FIELDS: Final = (
    "at REAL NOT NULL, what TEXT NOT NULL, since REAL NOT NULL, expires REAL NOT NULL, client TEXT NOT NULL, "
    "mac BLOB NOT NULL, hostname TEXT NOT NULL, via TEXT NOT NULL, evidence TEXT NOT NULL, sum INTEGER NOT NULL"
)
_DOTTED: Final = "printf('%d.%d.%d.%d', place >> 24 & 255, place >> 16 & 255, place >> 8 & 255, place & 255)"
_ADD: Final = f"INSERT INTO history (step, place, {COLUMNS}) VALUES "  # noqa: S608  names from above
_KEEP: Final = "INSERT INTO leases (place, step, entry) VALUES "
_UNLESS_LATER: Final = (
    " ON CONFLICT (place) DO UPDATE SET step = excluded.step, entry = excluded.entry WHERE excluded.step > leases.step"
)
AT_ONCE: Final = (64, 16, 4, 1)
"""How many rows there are statements for, the most first."""
ADD: Final = {count: _ADD + ", ".join([f"({', '.join('?' * WIDTH)})"] * count) for count in AT_ONCE}
"""Statements that add so many changes to the history."""
KEEP: Final = {count: _KEEP + ", ".join(["(?, ?, ?)"] * count) + _UNLESS_LATER for count in AT_ONCE}
"""Statements that keep so many last changes, unless a later one of the address is kept: place, step, octets."""
_TABLES: Final = (
    "CREATE TABLE pools (number INTEGER PRIMARY KEY, name TEXT NOT NULL)",
    f"CREATE TABLE history (step INTEGER PRIMARY KEY, place INTEGER NOT NULL, {_FIELDS})",
    "CREATE TABLE leases (place INTEGER PRIMARY KEY, step INTEGER NOT NULL, entry BLOB NOT NULL)",
    "CREATE INDEX history_by_place ON history (place)",
    "CREATE INDEX history_by_client ON history (client)",
    f"CREATE VIEW history_as_text AS SELECT step, name AS pool, {_DOTTED} AS address, what, "  # noqa: S608
    "datetime(at, 'unixepoch') AS at, datetime(expires, 'unixepoch') AS expires, client, hex(mac) AS mac, hostname, "
    "via, evidence FROM history LEFT JOIN pools ON number = place >> 32",
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
    connection.execute(f"PRAGMA page_size = {_PAGE}")
    connection.execute("PRAGMA mmap_size = 0")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA journal_size_limit = 16777216")
    # On a small disk the journal must leave room for what has to come out of it.
    room = os.statvfs(path)
    pages = min(_JOURNAL, max(1, room.f_bavail * room.f_frsize // _PAGE // 16))
    connection.execute(f"PRAGMA wal_autocheckpoint = {pages}").fetchall()
    return connection


def make_tables(connection: sqlite3.Connection) -> None:
    """Make what a new file has in it."""
    connection.execute("BEGIN IMMEDIATE")
    for statement in _TABLES:
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("COMMIT")


def sync_file(path: str) -> None:
    """See that what is in a file is on the disk."""
    file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def sync_folder(path: str) -> None:
    """See that the name of a file is on the disk."""
    folder = os.open(os.path.dirname(os.path.abspath(path)), os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _text(octets: bytes) -> str:
    return octets.decode("utf-8", "surrogatepass")
