"""A conf.py in a process that is not its server: loaded, put in place while it is at work, and taken away again."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import ModuleType
from typing import Any, Final

from ..compat import inject, install
from ..config import Configuration, load
from ..config.settings import CacheSettings

_CONF: Final = "conf"
CONFIGURED: Final = object()
"""Stands for the source that conf.py has."""


class LoadedSite:
    """A configuration, and what its conf.py has brought into the process.

    :param conf: conf.py, its folder, or a configuration that is loaded already, which stays in the process.
    :raises ConfigurationError: if conf.py is not in order.
    """

    def __init__(self, conf: "Configuration | str | os.PathLike[str]") -> None:
        path, module = list(sys.path), sys.modules.get(_CONF)
        self._modules = frozenset(sys.modules)
        self._added: list[str] = []
        self._brought_it = not isinstance(conf, Configuration)
        if isinstance(conf, Configuration):
            self.configuration = conf
        else:
            try:
                self.configuration = load(os.fspath(conf), {}, os.getcwd(), prepare=install, executed=inject)
            except BaseException:
                sys.path[:] = path
                raise
            finally:
                self._added = [entry for entry in sys.path if entry not in path]
                self._put_back(module)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """What the site's code does in here it does with its own conf.py."""
        module = self.configuration.site.module
        if module is None:
            yield
            return
        before = sys.modules.get(_CONF)
        sys.modules[_CONF] = module
        try:
            yield
        finally:
            self._put_back(before)

    def forget(self) -> None:
        """Take conf.py, and what it has imported from its folder, out of the process."""
        if not self._brought_it:
            return
        sys.path[:] = [entry for entry in sys.path if entry not in self._added]
        folder = os.path.join(self.configuration.source.folder, "")
        for name, module in list(sys.modules.items()):
            if name not in self._modules and _place(module).startswith(folder):
                del sys.modules[name]

    def _put_back(self, conf: ModuleType | None) -> None:
        if conf is None:
            sys.modules.pop(_CONF, None)
        else:
            sys.modules[_CONF] = conf


def alone(configuration: Configuration, source: Any) -> Configuration:
    """A configuration that touches no cache of the server's, and has another source if one is given."""
    cache = configuration.cache
    inside = CacheSettings(
        enabled=cache.enabled,
        age=cache.age,
        negative_age=cache.negative_age,
        size=cache.size,
        stale=cache.stale,
        stale_age=cache.stale_age,
    )
    sources = configuration.source
    if source is not CONFIGURED:
        sources = replace(sources, engine="" if source is None else source)
    return replace(configuration, cache=inside, source=sources)


def _place(module: Any) -> str:
    """Where a module's file is; of a package without a file, its folder."""
    file = getattr(module, "__file__", None)
    if file is None:
        file = next(iter(getattr(module, "__path__", ())), None)
    return str(file or "")
