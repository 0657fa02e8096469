"""An SQLite file searched, in a thread, by a connection of its own."""

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any, Final

from ..interfaces import Listed, Sought, SourceError
from .sql import Columns
from .sql_search import Searching, TooLong, Wording
from .sqlite_file import connect, explain

WORDING: Final = Wording("?", "{}", unindexed="+{}")
"""Its LIKE compares in any case by itself."""
PATIENCE: Final = 3.0
"""Seconds after which one question is ended."""
_WAIT: Final = 1.0
_STEPS: Final = 100_000


def search_file(
    path: str, columns: Columns, sought: Sought, after: str, most: int, clock: Callable[[], float], seconds: float
) -> Listed:
    """As :class:`ISearchableSource` has it. Blocks.

    :raises SourceError: if the file cannot be read, or its tables have no index that makes it quick enough.
    """
    until = clock() + seconds
    try:
        connection = connect(path, _WAIT)
    except sqlite3.Error as error:
        raise explain(path, error) from None

    def ask(question: str, values: Sequence[str]) -> list[Any]:
        end = clock() + PATIENCE
        connection.set_progress_handler(lambda: clock() > end, _STEPS)
        try:
            return connection.execute(question, values).fetchall()
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_INTERRUPT:
                raise TooLong from None
            raise

    try:
        return Searching(ask, columns, WORDING, clock).search(sought, after, most, until)
    except TooLong:
        raise SourceError(f"{path}: to search it takes too long", "see whether maps has an index of mac") from None
    except sqlite3.Error as error:
        raise explain(path, error) from None
    finally:
        connection.close()
