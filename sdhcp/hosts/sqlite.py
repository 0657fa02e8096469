"""Reservations in an SQLite file, written in one transaction."""

import os
import sqlite3
from typing import Final
from urllib.parse import quote

from ..backends.paths import find
from ..backends.sql import Columns
from ..backends.sqlite_file import explain, look_at
from ..config.settings import SourceSettings
from ..interfaces import SourceError
from .sql import SqlStore
from .store import Refused, Unreachable

_WAIT: Final = 10.0
"""Seconds to wait for locks of other programs."""
_PAGES: Final = 262_144
"""Kibibytes of the file that SQLite may keep in memory."""
_REFUSING: Final = (sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_FULL, sqlite3.SQLITE_MISMATCH)


class SqliteStore(SqlStore):
    """The tables of an SQLite file."""

    mark = "?"
    error = sqlite3.Error
    tables_there = "SELECT name FROM sqlite_master"
    folded = "mac COLLATE NOCASE"

    def begin(self) -> None:
        """Take the lock before anything is read that the writing goes by."""
        self.connection.execute("BEGIN IMMEDIATE")


def file_of(settings: SourceSettings) -> str:
    """Where the file is, or would be."""
    return find(settings.sqlite_file or "", settings.folder)


def open_file(path: str) -> sqlite3.Connection:
    """A connection that can write; the file must be there.

    :raises Unreachable: if it is not.
    """
    try:
        look_at(path)
        mode = "rw" if os.access(path, os.W_OK) else "ro"
        address = f"file:{quote(os.fsencode(os.path.abspath(path)))}?mode={mode}"
        connection = sqlite3.connect(address, uri=True, timeout=_WAIT, isolation_level=None)
    except SourceError as error:
        raise Unreachable(str(error)) from None
    except sqlite3.Error as error:
        raise explained(path, error) from None
    try:
        connection.execute(f"PRAGMA cache_size = -{_PAGES}")
        connection.execute("PRAGMA foreign_keys = ON")
    except sqlite3.Error as error:
        connection.close()
        raise explained(path, error) from None
    return connection


def explained(path: str, error: sqlite3.Error) -> Exception:
    """What SQLite says, in words that help."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_READONLY:
        return Refused(f"{path}: may only be read; nothing was changed")
    if code in _REFUSING:
        return Refused(f"{path}: refuses this: {error}; nothing was changed")
    told = explain(path, error)
    return Unreachable(f"{told}; {told.advice}" if told.advice else str(told))


def make_file(path: str) -> None:
    """Make an empty file that its owner may write and its group read, if there is none.

    :raises Refused: if it cannot be made.
    """
    try:
        number = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o640)
    except FileExistsError:
        return
    except OSError as error:
        raise Refused(f"{path}: cannot be made: {error.strerror}") from None
    # Whatever the umask takes away.
    os.fchmod(number, 0o640)
    os.close(number)


def open_store(settings: SourceSettings) -> SqliteStore:
    """The store of a configuration.

    :raises Unreachable: if the file cannot be opened.
    """
    path = file_of(settings)
    columns = Columns(settings.extra_maps, settings.extra_subnets)
    connection = open_file(path)
    return SqliteStore(
        "SQLite", connection, columns, settings.case_insensitive_macs, lambda error: explained(path, error)
    )
