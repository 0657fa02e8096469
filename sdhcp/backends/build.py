"""The source that a configuration names."""

import os
from collections.abc import Callable

from twisted.internet.interfaces import IReactorThreads

from ..config.settings import SourceSettings
from ..interfaces import IDefinitionSource
from .ini import IniSource
from .memory import nobody
from .sql import Columns
from .sqlite import SqliteSource


def build_source(settings: SourceSettings, reactor: IReactorThreads, clock: Callable[[], float]) -> IDefinitionSource:
    """Open the source of a configuration. May block: files are read.

    A path that is not absolute is looked for in the working folder, then in conf.py's.

    :raises SourceLoadError: if it cannot be used.
    """
    if settings.engine == "SQLite":
        columns = Columns(settings.extra_maps, settings.extra_subnets)
        path = _find(settings.sqlite_file or "", settings.folder)
        return SqliteSource(path, columns, settings.case_insensitive_macs, clock)
    if settings.engine == "INI":
        return IniSource(_find(settings.ini_file or "", settings.folder), reactor)
    return nobody()


def _find(path: str, folder: str) -> str:
    try:
        os.stat(path)
        there = True
    except (FileNotFoundError, NotADirectoryError):
        there = False
    except OSError:
        # It may be there, and whoever opens it says why it cannot be seen.
        there = True
    if there:
        # A daemon changes its working folder.
        return os.path.abspath(path)
    return os.path.join(folder, path)
