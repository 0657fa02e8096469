"""The source that a configuration names, with what stands in front of it."""

import importlib
from collections.abc import Callable
from typing import Final, NamedTuple

from twisted.plugin import getPlugins

from .adapters import adapt
from .backends.cache_layers import build_cache
from .backends.cached import CachedSource
from .backends.identified import IdentifiedSource
from .backends.memory import nobody
from .config.settings import Configuration
from .config.values import discreet
from .interfaces import (
    IBackendFactory,
    IDefinitionSource,
    IPeekable,
    IServerReactor,
    SourceError,
    SourceLoadError,
)


class _Engine(NamedTuple):
    """Where a source is built: a module with ``build``, and the extra of the package that its library comes with."""

    module: str
    extra: str = ""


_ENGINES: Final = {
    "INI": _Engine("ini"),
    "SQLite": _Engine("sqlite"),
    "PostgreSQL": _Engine("postgresql", "postgresql"),
    "MySQL": _Engine("mysql", "mysql"),
    "Oracle": _Engine("oracle", "oracle"),
    "Redis": _Engine("redis", "redis"),
    "HTTP": _Engine("http", "http"),
}


def build_source(
    configuration: Configuration, reactor: IServerReactor, clock: Callable[[], float]
) -> IDefinitionSource:
    """Build the source of a configuration. May block: files are read. No store is asked yet.

    :raises SourceLoadError: if it cannot be used; with conf.py's line where that is at fault.
    """
    settings = configuration.source
    source = build_store(configuration, reactor, clock)
    if not IPeekable.providedBy(source):
        cache = (
            build_cache(configuration.cache, settings.folder, reactor, clock) if configuration.cache.enabled else None
        )
        source = CachedSource(source, configuration.cache, reactor, clock, cache)
    if settings.identity != ("mac",):
        source = IdentifiedSource(source, settings.identity)
    return source


def build_store(configuration: Configuration, reactor: IServerReactor, clock: Callable[[], float]) -> IDefinitionSource:
    """Build what DATABASE_ENGINE names, with nothing in front of it; as :func:`build_source`."""
    try:
        return _store(configuration, reactor, clock)
    except SourceLoadError as error:
        raise SourceLoadError([configuration.with_line(problem) for problem in error.problems]) from None


def _store(configuration: Configuration, reactor: IServerReactor, clock: Callable[[], float]) -> IDefinitionSource:
    settings = configuration.source
    engine = settings.engine
    if not isinstance(engine, str):
        try:
            return adapt(engine, settings, reactor, clock)
        except SourceLoadError:
            raise
        except SourceError as error:
            raise _located(configuration, str(error), error.advice) from None
    if not engine:
        return nobody()
    known = _ENGINES.get(engine)
    if known is not None:
        try:
            module = importlib.import_module(f".backends.{known.module}", __package__)
        except ImportError as error:
            wanted = f"pip install 'sdhcp[{known.extra}]'"
            raise _located(configuration, f'"{engine}" wants {error.name}, which is not installed', wanted) from None
        source: IDefinitionSource = module.build(settings, reactor, clock)
        return source
    factories = {factory.name: factory for factory in getPlugins(IBackendFactory)}
    if engine in factories:
        return factories[engine].build(settings, reactor, clock)
    names = ", ".join(f'"{name}"' for name in [*_ENGINES, *sorted(factories)])
    raise _located(configuration, f"{discreet(engine)} is no source", f"None, code, or one of {names}")


def _located(configuration: Configuration, what: str, expected: str) -> SourceLoadError:
    line = configuration.lines.get("DATABASE_ENGINE", 0)
    where = f"{configuration.path}:{line}" if line else configuration.path
    hint = f"; expected {expected}" if expected else ""
    return SourceLoadError([f"{where}: DATABASE_ENGINE: {what}{hint}"])
