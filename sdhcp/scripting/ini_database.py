"""The INI file as a database object, for a site's own classes."""

import os
from typing import Any

from twisted.internet.interfaces import IReactorThreads

from ..backends.ini import IniSource
from ..backends.paths import find
from ..interfaces import SourceLoadError
from ..model import Definition as Found
from .databases import Database
from .definition import Definition
from .definition_of import definition_of
from .site import conf_module
from .site_settings import setting


class _Config:
    """What one reading of an INI file gave.

    :raises ValueError: with every fault of the file.
    """

    def __init__(self, path: str) -> None:
        nobody: Any = None
        reactor: IReactorThreads = nobody  # which only an IniSource that is read anew has a use for
        try:
            self._found: dict[str, Found] = dict(IniSource(path, reactor).reservations())
        except SourceLoadError as error:
            raise ValueError(str(error)) from None

    def get(self, mac: Any) -> Definition | None:
        """The definition of a hardware address; None if it is not known."""
        found = self._found.get(str(mac))
        return None if found is None else definition_of(found)


class INI(Database):
    """The file of INI_FILE, all of it in memory.

    :raises ValueError: as :class:`_Config`.
    """

    def __init__(self) -> None:
        self._config = _Config(self._path())

    def lookupMAC(self, mac: Any) -> Definition | None:
        """As in :class:`Database`."""
        return self._config.get(mac)

    def reinitialise(self) -> None:
        """Read the file anew; one that is not in order leaves what was.

        :raises ValueError: as :class:`_Config`.
        """
        self._config = _Config(self._path())

    def _path(self) -> str:
        folder = os.path.dirname(getattr(conf_module(), "__file__", None) or "")
        return find(str(setting("INI_FILE") or ""), folder)
