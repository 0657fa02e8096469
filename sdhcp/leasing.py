"""Pools and the store of their leases, built from a configuration."""

import importlib
import os
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from .backends.paths import find
from .config import Configuration, ConfigurationError, Problem
from .interfaces import ILeaseStore, IProber, IServerReactor, SourceLoadError
from .leases.lender import Lender
from .leases.settings import BadPool, LendingRules, overlaps, rules_of


class _Store(NamedTuple):
    module: str
    extra: str = ""


_STORES: Final = {
    "SQLite": _Store("sqlite"),
    "Redis": _Store("redis", "redis"),
    "PostgreSQL": _Store("postgresql", "postgresql"),
}


def check_pools(configuration: Configuration) -> Sequence[LendingRules]:
    """The pools of a configuration.

    :raises ConfigurationError: with what is not in order of any of them, with its line.
    """
    problems: list[Problem] = []
    rules: list[LendingRules] = []
    names: dict[str, int] = {}
    lines: dict[str, int] = {}

    def problem(line: int, what: str, expected: str) -> None:
        problems.append(Problem(configuration.path, line, "POOLS", what, expected))

    for pool in configuration.leases.pools:
        try:
            rule = rules_of(pool)
        except BadPool as error:
            problem(pool.line, f"pool {pool.name!r}: {error}", error.expected)
            continue
        if rule.name in names:
            problem(pool.line, f"pool {pool.name!r}: is there twice", "another name")
            continue
        names[rule.name] = pool.line
        lines[rule.name] = pool.line
        rules.append(rule)
    for one, other in overlaps(rules):
        line = max(lines[one.name], lines[other.name])
        problem(line, f"pools {one.name!r} and {other.name!r} have addresses in common", "ranges apart from each other")
    if problems:
        raise ConfigurationError(sorted(problems, key=lambda one: one.line))
    return rules


def socket_path(configuration: Configuration) -> str:
    """Where a running server can be told to do things; "" if nowhere.

    One that is not told is beside the file of leases. Where servers share a store nobody needs it, unless it is told.
    """
    name = configuration.process.control_socket
    if not name or (configuration.leases.store != "SQLite" and "CONTROL_SOCKET" not in configuration.lines):
        return ""
    beside = os.path.dirname(find(configuration.leases.file, configuration.source.folder))
    return os.path.join(beside, name)


def build_store(
    configuration: Configuration,
    reactor: IServerReactor,
    clock: Callable[[], float],
    wall: Callable[[], float],
    pools: Sequence[LendingRules] = (),
    passed: Callable[[], float] | None = None,
) -> ILeaseStore:
    """Where leases are kept; nothing is opened yet.

    :param clock: seconds of a monotonic clock; :param wall: seconds since the epoch.
    :param pools: those that will be asked for, so that their leases are read when it is opened.
    :param passed: seconds of a clock that nobody sets, and that goes on while the machine sleeps.
    :raises SourceLoadError: if it cannot be used, with conf.py's line where that is at fault.
    """
    settings = configuration.leases
    kind = _STORES[settings.store]
    try:
        module = importlib.import_module(f".leases.{kind.module}", __package__)
    except ImportError as error:
        line = configuration.lines.get("LEASES_STORE", 0)
        where = f"{configuration.path}:{line}" if line else configuration.path
        wanted = f"pip install 'sdhcp[{kind.extra}]'"
        what = f'LEASES_STORE: "{settings.store}" wants {error.name}, which is not installed; expected {wanted}'
        raise SourceLoadError([f"{where}: {what}"]) from None
    store: ILeaseStore
    if settings.store == "SQLite":
        path = find(settings.file, configuration.source.folder)
        store = module.build(path, reactor, wall, [pool.addresses for pool in pools], passed)
        return store
    more = {"prefix": settings.prefix} if settings.store == "Redis" else {}
    try:
        store = module.build(configuration.source.settings, reactor, clock, wall, **more)
    except SourceLoadError as error:
        raise SourceLoadError([configuration.with_line(problem) for problem in error.problems]) from None
    return store


def wants_prober(configuration: Configuration) -> bool:
    """Whether addresses of any pool are probed or looked for."""
    return any(pool.probe or pool.scan for pool in configuration.leases.pools)


def build_lender(
    configuration: Configuration,
    prober: IProber | None,
    publish: Callable[[Any], None],
    reactor: IServerReactor,
    clock: Callable[[], float],
    wall: Callable[[], float],
    passed: Callable[[], float] | None = None,
) -> Lender | None:
    """Who lends the addresses of the pools; None if there are none.

    :param passed: as for :func:`build_store`.
    :raises ConfigurationError: as :func:`check_pools`; :raises SourceLoadError: as :func:`build_store`.
    """
    rules = check_pools(configuration)
    if not rules:
        return None
    store = build_store(configuration, reactor, clock, wall, rules, passed)
    return Lender(rules, store, prober, publish, wall, clock)
