"""The store that a configuration names."""

import importlib
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Final, NamedTuple, cast

from ..config.settings import Configuration, SourceSettings
from ..interfaces import IDefinitionSource, IEnumerableSource, IServerReactor, SourceError
from ..sources import build_source
from .listed import ListedStore
from .store import IHostStore, Refused, Unusable


class _Engine(NamedTuple):
    """Where a store is opened, the extra of the package that its library comes with, and whose accounts it has."""

    module: str
    extra: str = ""
    accounts: str = ""


_ENGINES: Final = {
    "SQLite": _Engine("sqlite"),
    "INI": _Engine("ini"),
    "PostgreSQL": _Engine("postgresql", "postgresql", "POSTGRESQL"),
    "MySQL": _Engine("mysql", "mysql", "MYSQL"),
    "Oracle": _Engine("oracle", "oracle", "ORACLE"),
    "Redis": _Engine("redis", "redis"),
}


@dataclass(frozen=True, slots=True)
class Account:
    """Who writes, if not the account of conf.py."""

    user: str
    password: str | None = field(default=None, repr=False)


def open_store(configuration: Configuration, account: Account | None, reactor: IServerReactor) -> IHostStore:
    """The store that holds a configuration's reservations; one that can only be read if it is no known one.

    :param reactor: what a source of the site's own is built with.
    :raises Unusable: if there is none, or what it needs is not installed.
    :raises sdhcp.hosts.store.Unreachable: if it cannot be asked now.
    """
    settings = configuration.source
    engine = _ENGINES.get(settings.engine) if isinstance(settings.engine, str) else None
    settings = with_account(settings, account)
    if engine is not None:
        return _open(engine, settings)
    return _listed(configuration, reactor)


def where_leases_are(configuration: Configuration) -> Configuration:
    """The same with the database of leases in the place of that of reservations.

    :raises Refused: if leases are kept where no tables have to be made.
    """
    kept = configuration.leases.store
    if kept != "PostgreSQL":
        raise Refused(f'LEASES_STORE is "{kept}", which needs no tables made; nothing was changed')
    source, ours = configuration.source, "LEASES_POSTGRESQL_"
    named = {name.removeprefix("LEASES_"): held for name, held in source.settings.items() if name.startswith(ours)}
    source = replace(source, engine=kept, settings={**source.settings, **named})
    return replace(configuration, source=source)


def with_account(settings: SourceSettings, account: Account | None) -> SourceSettings:
    """The settings with another account.

    :raises Unusable: if the store has no accounts.
    """
    if account is None:
        return settings
    engine = _ENGINES.get(settings.engine) if isinstance(settings.engine, str) else None
    if engine is None or not engine.accounts:
        raise Unusable("--user and --password-file are for databases on servers")
    changed = {f"{engine.accounts}_USERNAME": account.user, f"{engine.accounts}_PASSWORD": account.password}
    return replace(settings, settings={**settings.settings, **changed})


def _open(engine: _Engine, settings: SourceSettings) -> IHostStore:
    try:
        module = importlib.import_module(f".{engine.module}", __package__)
    except ImportError as error:
        wanted = f"pip install 'sdhcp[{engine.extra}]'"
        raise Unusable(f'"{settings.engine}" wants {error.name}, which is not installed: {wanted}') from None
    store: IHostStore = module.open_store(settings)
    return store


def _listed(configuration: Configuration, reactor: IServerReactor) -> IHostStore:
    if not configuration.source.engine:
        raise Unusable("DATABASE_ENGINE names no source: there are no reservations")
    try:
        source: IDefinitionSource = build_source(configuration, reactor, perf_counter)
    except SourceError as error:
        raise Unusable(str(error)) from None
    if not IEnumerableSource.providedBy(source):
        raise Unusable(f"{source.name} cannot list its reservations")
    return ListedStore(source.name, cast(IEnumerableSource, source))
