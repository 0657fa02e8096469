"""How an SQLite file is opened, and what SQLite says of it in words that help."""

import os
import sqlite3
import stat
from typing import Final
from urllib.parse import quote

from ..interfaces import SourceError

_UNFINISHED: Final = 776
"""SQLITE_READONLY_ROLLBACK: there is a journal to roll back, and reading alone cannot."""
_PAGES: Final = 16_384
"""Kibibytes of the file that SQLite keeps in memory."""


def look_at(path: str) -> None:
    """See that there is a file.

    :raises SourceError: if there is none, or it is something else.
    """
    expected = "expected the file of SQLITE_FILE"
    try:
        mode = os.stat(path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        raise SourceError(f"{path}: there is no such file", expected) from None
    except OSError as error:
        raise SourceError(f"{path}: cannot be read: {error.strerror}", "let the server's user read it") from None
    if not stat.S_ISREG(mode):
        raise SourceError(f"{path}: it is {'a folder' if stat.S_ISDIR(mode) else 'no ordinary file'}", expected)


def connect(path: str, wait: float) -> sqlite3.Connection:
    """A connection that cannot write.

    :param wait: seconds to wait for locks of other programs.
    """
    address = f"file:{quote(os.fsencode(os.path.abspath(path)))}?mode=ro"
    connection = sqlite3.connect(address, uri=True, timeout=wait, isolation_level=None)
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
    whole_code = getattr(error, "sqlite_errorcode", 0)
    code = whole_code & 0xFF
    if whole_code == _UNFINISHED:
        advice = f"open it once for writing, which ends that: sqlite3 {path} .tables"
        return SourceError(f"{path}: a program that ended in the middle left a transaction unfinished", advice)
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
