"""What a site's conf.py has imported from its own folder, taken out of the process and put back."""

import hashlib
import importlib
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, Final

_CONF: Final = "conf"
_PACKAGE: Final = __name__.partition(".")[0]
_OURS: Final = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "")
_OTHERS: Final = frozenset(("site-packages", "dist-packages"))

Modules = Mapping[str, ModuleType]
"""Modules by their names, conf.py's among them."""


def is_from_elsewhere(function: Any, site: Modules) -> bool:
    """Whether a function is neither the server's nor in one of the modules of a site."""
    while isinstance(function, partial):
        function = function.func
    name = getattr(function, "__module__", None)
    return isinstance(name, str) and name not in site and name.partition(".")[0] != _PACKAGE


class SiteModules:
    """The modules that belong to a site: conf.py, and files written in Python below its folder.

    What is installed there, in an environment of its own, belongs to nobody.

    :param folder: conf.py's.
    """

    def __init__(self, folder: str) -> None:
        self._folder = os.path.join(os.path.abspath(folder), "")

    def now(self) -> Modules:
        """Those that are there now."""
        return dict(self._find())

    def take_out(self) -> Modules:
        """Have all of them imported anew by whoever wants them next; what was there."""
        found = self.now()
        for name in found:
            sys.modules.pop(name, None)
        importlib.invalidate_caches()
        return found

    def put_back(self, modules: Modules) -> None:
        """Have those that were taken out in the place of what has been imported since."""
        for name in self.now():
            sys.modules.pop(name, None)
        sys.modules.update(modules)
        # A package holds its modules as attributes too.
        for name, module in modules.items():
            parent, _, last = name.rpartition(".")
            if parent in modules:
                setattr(modules[parent], last, module)

    def digests(self) -> Mapping[str, bytes]:
        """A digest of each of their files as it is now. Reads all of them."""
        found = {}
        for _, module in self._find():
            path = os.path.abspath(_place(module))
            with suppress(OSError):
                found[path] = hashlib.sha256(Path(path).read_bytes()).digest()
        return found

    def _find(self) -> Iterator[tuple[str, ModuleType]]:
        for name, module in list(sys.modules.items()):
            if name == _CONF or (name != "__main__" and self._is_own(_place(module))):
                yield name, module

    def _is_own(self, path: str) -> bool:
        whole = os.path.abspath(path) if path else ""
        if not whole.startswith(self._folder) or whole.startswith(_OURS):
            return False
        is_source = whole.endswith(".py") or os.path.isdir(whole)
        return is_source and not _OTHERS & set(whole.split(os.sep))


def _place(module: Any) -> str:
    """Where a module's file is; of a package without a file, its folder."""
    file = getattr(module, "__file__", None)
    if file is None:
        file = next(iter(getattr(module, "__path__", None) or ()), None)
    return str(file or "")
