"""Serves ``staticdhcpdlib`` and ``libpydhcpserver`` to a site's files, from the modules of these names beside this."""

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, spec_from_loader
from types import ModuleType
from typing import Final

SERVED: Final = ("staticdhcpdlib", "libpydhcpserver")
"""The packages that are served; one of these names that is installed besides is not used."""


class _Alias(Loader):
    """Gives a module of this package out under the name that the site knows."""

    def __init__(self, own_name: str) -> None:
        self._own_name = own_name
        self._own_spec: ModuleSpec | None = None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """The module itself, so that there is one of each class whoever imports it."""
        module = importlib.import_module(self._own_name)
        self._own_spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """It has been executed; it keeps the name that its own imports start from."""
        module.__spec__ = self._own_spec


class _Finder(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Where a module of staticDHCPd's is; None for all others."""
        if fullname.partition(".")[0] not in SERVED:
            return None
        own = find_spec(f"{__package__}.{fullname}")
        if own is None:
            return None
        is_package = own.submodule_search_locations is not None
        return spec_from_loader(fullname, _Alias(own.name), is_package=is_package)


_finder: Final = _Finder()


def install() -> None:
    """From now on, and as long as the process lives, the names can be imported; before a conf.py is executed."""
    if _finder not in sys.meta_path:
        sys.meta_path.insert(0, _finder)
