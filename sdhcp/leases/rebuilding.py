"""A file of leases that is damaged is put aside, and another with all that is whole in it takes its place."""

import os
import sqlite3
from contextlib import closing, suppress
from typing import Final

from .rows import to_octets
from .salvage import Found
from .tables import ADD, KEEP, VERSION, connect, make_tables, sync_file, sync_folder

_ASIDE: Final = 9
"""Damaged files that are kept; the last one goes for the next."""
_AT_A_TIME: Final = 10_000


def rebuild(path: str, problem: str) -> str:
    """Put another file in the place of a damaged one that nobody has open; what that has cost, in one line.

    :raises OSError: or :class:`sqlite3.Error`, if it cannot be written; everything is then as it was.
    """
    new = f"{path}.new"
    _remove(new)
    found = Found()
    with closing(connect(new)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        make_tables(connection)
        # It is not complete before everything is in it and on the disk.
        connection.execute("PRAGMA user_version = 0")
        add = ADD[1].replace("INSERT", "INSERT OR IGNORE", 1)
        connection.execute("BEGIN IMMEDIATE")
        for number, (entry, values) in enumerate(found.rows(path)):
            if values is not None:
                connection.execute(add, (entry.step, entry.place, *values))
            connection.execute(KEEP[1], (entry.place, entry.step, to_octets(entry)))
            if number % _AT_A_TIME == _AT_A_TIME - 1:
                connection.execute("COMMIT")
                connection.execute("BEGIN IMMEDIATE")
        connection.execute("COMMIT")
        counts = [connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("leases", "history")]  # noqa: S608
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA user_version = {VERSION}")
    sync_file(new)
    aside = _put_in_place(path)
    lost = f"{found.unread} entries could not be read" if found.unread else "what was in damaged pages is lost"
    return (
        f"{path}: damaged ({problem}): {counts[0]} leases and {counts[1]} changes were read, {lost}; it is now {aside}"
    )


def finish_rebuilding(path: str) -> None:
    """If a process ended while it did :func:`rebuild`, do what it had left to do."""
    new = f"{path}.new"
    if not os.path.exists(new):
        return
    with suppress(sqlite3.Error), closing(connect(new)) as connection:
        is_complete = connection.execute("PRAGMA user_version").fetchone() == (VERSION,)
        if not is_complete:
            raise sqlite3.DatabaseError
        connection.close()
        _put_in_place(path)
        return
    _remove(new)


def _put_in_place(path: str) -> str:
    """Put the new file in the place of the old one; where that is now."""
    names = [f"{path}.damaged-{number}" for number in range(1, _ASIDE + 1)]
    aside = next((name for name in names if not os.path.lexists(name)), names[-1])
    # The new file must never come together with the old one's journal.
    for end in ("-wal", "-shm", "-journal"):
        with suppress(FileNotFoundError):
            os.replace(path + end, aside + end)
    with suppress(FileNotFoundError):
        os.replace(path, aside)
    os.replace(f"{path}.new", path)
    sync_folder(path)
    return aside


def _remove(new: str) -> None:
    for end in ("", "-wal", "-shm", "-journal"):
        with suppress(FileNotFoundError):
            os.unlink(new + end)
