"""How an SQLite file is opened, and what SQLite says of it in words that help."""

import os
import sqlite3
from typing import Final
from urllib.parse import quote

from ..interfaces import SourceError

_PAGES: Final = 16_384
"""Kibibytes of the file that SQLite keeps in memory."""


def connect(path: str) -> sqlite3.Connection:
    """A connection that cannot write, and does not wait for locks."""
    address = f"file:{quote(os.path.abspath(path))}?mode=ro"
    connection = sqlite3.connect(address, uri=True, timeout=0, isolation_level=None)
    connection.text_factory = _text
    connection.execute("PRAGMA query_only = 1")
    # A file that another program cuts short must not end this process with SIGBUS.
    connection.execute("PRAGMA mmap_size = 0")
    connection.execute(f"PRAGMA cache_size = -{_PAGES}")
    return connection


def _text(octets: bytes) -> str:
    return octets.decode("utf-8", "replace")


def explain(path: str, error: sqlite3.Error) -> SourceError:
    """What SQLite says, in words that help."""
    text = str(error)
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return SourceError(f"{path}: locked by another program", "let that program end its transaction", True)
    if code == sqlite3.SQLITE_NOTADB:
        return SourceError(f"{path}: not an SQLite database", "expected the file of SQLITE_FILE")
    if code == sqlite3.SQLITE_CORRUPT:
        return SourceError(f"{path}: the database is damaged: {text}", "put back a copy that is whole")
    if "no such table" in text or "no such column" in text:
        return SourceError(
            f"{path}: {text}", "expected the tables subnets and maps with the columns that conf.py names"
        )
    if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
        advice = "let the server's user read it, and in WAL mode write into its folder"
        return SourceError(f"{path}: cannot be opened: {text}", advice)
    return SourceError(f"{path}: {text}")
