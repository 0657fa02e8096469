"""Which settings count at once when conf.py is read anew, and which want a restart."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from ..config.difference import Change, Snapshot
from ..config.schema import PARAMETERS, Parameter
from ..config.settings import Configuration

_BY_NAME: Final = {parameter.name: parameter for parameter in PARAMETERS}
_AT_START: Final = frozenset(("listen", "process", "statistics", "feed", "leases"))
"""Sections that belong to sockets, files and tables that are opened or made once."""
_BUT: Final = frozenset(("DEBUG", "POOLS"))
_OTHERS_AT_START: Final = frozenset(
    ("LOG_FILE", "LOG_FILE_HISTORY", "WEB_ENABLED", "WEB_IP", "WEB_PORT", "WEB_ENDPOINT", "WEB_INSECURE",
     "WEB_LOG_HISTORY")
)  # fmt: skip
_LOGIN: Final = ("WEB_DIGEST_USERNAME", "WEB_DIGEST_PASSWORD")
_KNOWN_ENGINES: Final = frozenset(("", "INI", "SQLite", "PostgreSQL", "MySQL", "Oracle", "Redis", "HTTP"))
ALERT_SECTIONS: Final = frozenset(("email", "alerts"))


def wants_restart(name: str) -> bool:
    """Whether a setting counts at the next start only."""
    parameter = _BY_NAME.get(name)
    if parameter is None:
        return False
    return name in _OTHERS_AT_START or (parameter.section in _AT_START and name not in _BUT)


def sorted_out(
    changes: Sequence[Change], old: Configuration, new: Configuration, pools_fit: bool
) -> tuple[Change, ...]:
    """The changes, with what each of them wants.

    :param pools_fit: whether the new pools can take the place of the old ones.
    """
    # Whether there is a password decides where the console is served.
    login_waits = _has_login(old) != _has_login(new)

    def waits(name: str) -> bool:
        return wants_restart(name) or (name == "POOLS" and not pools_fit) or (name in _LOGIN and login_waits)

    return tuple(change._replace(waits=waits(change.name)) for change in changes)


def in_force(old: Configuration, new: Configuration, changes: Iterable[Change]) -> Configuration:
    """A new configuration with what stays of the old one until a restart."""
    waiting = {change.name for change in changes if change.waits}
    web = {name: getattr(old.web, name) for name in _fields(waiting, "web")}
    login_waits = bool(waiting & set(_LOGIN))
    if login_waits:
        web |= {"digest_username": old.web.digest_username, "digest_password": old.web.digest_password}
    pools = old.leases.pools if "POOLS" in waiting else new.leases.pools
    log = {name: getattr(old.log, name) for name in _fields(waiting, "log")}
    # What stores of leases were opened by stands among the settings of sources.
    leases = {name: value for name, value in old.source.settings.items() if name.startswith("LEASES_")}
    settings = MappingProxyType({**new.source.settings, **leases})
    return replace(
        new,
        listen=old.listen,
        process=replace(old.process, debug=new.process.debug),
        statistics=old.statistics,
        feed=old.feed,
        leases=replace(old.leases, pools=pools),
        log=replace(new.log, **log),
        web=replace(new.web, **web),
        source=replace(new.source, settings=settings),
    )


def snapshot_in_force(old: Snapshot, new: Snapshot, changes: Iterable[Change]) -> Snapshot:
    """What counts as read, so that what waits for a restart is told each time."""
    kept = {change.name: old[change.name] for change in changes if change.waits and change.name in old}
    return MappingProxyType({**new, **kept})


def keeps_its_source(old: Configuration, new: Configuration, changes: Iterable[Change], code_changed: bool) -> bool:
    """Whether the source that is there is the one that a new configuration asks for."""
    engine = new.source.engine
    if not isinstance(engine, str) or engine not in _KNOWN_ENGINES or old.source.engine != engine:
        return False
    if any(callable(identity) for identity in new.source.identity) and code_changed:
        return False
    return not any(_is_of_source(change.name) for change in changes)


def _is_of_source(name: str) -> bool:
    parameter = _BY_NAME.get(name)
    return name.startswith("X_") if parameter is None else parameter.section in ("source", "cache")


def touches_alerts(changes: Iterable[Change]) -> bool:
    """Whether alerts are sent in another way."""
    return any(
        (parameter := _BY_NAME.get(change.name)) is not None and parameter.section in ALERT_SECTIONS
        for change in changes
    )


def _fields(names: Iterable[str], section: str) -> list[str]:
    parameters: list[Parameter] = [_BY_NAME[name] for name in names if name in _BY_NAME]
    return [one.field for one in parameters if one.section == section and one.field]


def _has_login(configuration: Configuration) -> bool:
    return bool(configuration.web.digest_username and configuration.web.digest_password)
