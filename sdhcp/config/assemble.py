"""An executed conf.py, checked against the schema and turned into a :class:`Configuration`."""

import difflib
import types
from collections.abc import Sequence
from dataclasses import replace
from math import inf
from typing import Any, Final

from ..engine.policy import Policy
from .loader import Loaded
from .problems import ConfigurationError, Problem
from .reading import NEEDED, Reading
from .schema import FAMILIES, HOOKS, LEFTOVERS, PARAMETERS
from .settings import (
    AlertSettings,
    CacheSettings,
    Configuration,
    EmailSettings,
    FeedSettings,
    LeaseSettings,
    ListenSettings,
    LogSettings,
    ProcessSettings,
    RogueSettings,
    SiteSettings,
    SourceSettings,
    StatisticsSettings,
    WebSettings,
)
from .values import discreet, is_word, off, shown

_KNOWN: Final = {name for parameter in PARAMETERS for name in (parameter.name, *parameter.aliases)}
_DATABASE: Final = "the database"
_ACCOUNT: Final = "the account"
_NEEDED_BY: Final[dict[str, dict[str, str]]] = {
    "SQLite": {"SQLITE_FILE": "the file"},
    "INI": {"INI_FILE": "the file"},
    "PostgreSQL": {"POSTGRESQL_DATABASE": _DATABASE, "POSTGRESQL_USERNAME": _ACCOUNT},
    "MySQL": {"MYSQL_DATABASE": _DATABASE, "MYSQL_USERNAME": _ACCOUNT},
    "Oracle": {"ORACLE_DATABASE": _DATABASE, "ORACLE_USERNAME": _ACCOUNT, "ORACLE_PASSWORD": "its password"},
    "Redis": {},
    "HTTP": {"X_HTTPDB_URI": "the address"},
}
"""Sources by name, each with the settings that it cannot do without."""
_ENDLESS: Final = ("age", "negative_age", "stale_age")
"""Times of a cache that are without an end where they are None."""
_NEAR: Final = 0.86


def assemble(loaded: Loaded, debug: bool) -> Configuration:
    """Check everything that a conf.py sets.

    :raises ConfigurationError: with every fault, in the order of their lines.
    """
    reading = Reading(loaded)
    for parameter in PARAMETERS:
        reading.read(parameter)
    constants = _constants(reading)
    hooks = _hooks(reading)
    with reading.looking_at("DATABASE_ENGINE"):
        _check_source(reading)
    _check_ports(reading)
    _check_cache(reading)
    _check_interface(reading)
    _check_tags(reading)
    _check_feed(reading)
    _check_email(reading)
    _check_rogue(reading)
    if reading.problems:
        raise ConfigurationError(_by_line(reading.problems))
    values = reading.values
    listen, process = ListenSettings(**values["listen"]), ProcessSettings(**values["process"])
    log = LogSettings(**values["log"])
    if process.debug or debug:
        process = replace(process, debug=True)
        log = replace(
            log, file_severity="DEBUG", console_severity="DEBUG", syslog_severity="DEBUG", journal_severity="DEBUG"
        )
    rapid, subnets = values["policy"].pop("rapid_commit")
    return Configuration(
        path=loaded.path,
        listen=listen,
        policy=Policy(**values["policy"], rapid_commit=rapid, rapid_commit_subnets=subnets),
        source=SourceSettings(
            **values["source"],
            settings=types.MappingProxyType({**reading.settings, **constants}),
            folder=loaded.folder,
        ),
        cache=CacheSettings(**_endless(values["cache"])),
        leases=LeaseSettings(**values["leases"]),
        process=process,
        log=log,
        web=WebSettings(**values["web"]),
        statistics=StatisticsSettings(**values["statistics"]),
        feed=FeedSettings(**values["feed"]),
        email=EmailSettings(**values["email"]),
        alerts=AlertSettings(**values["alerts"]),
        rogue=RogueSettings(**values["rogue"]),
        site=SiteSettings(
            hooks=types.MappingProxyType(hooks),
            constants=types.MappingProxyType(constants),
            module=loaded.module,
            **values["site"],
        ),
        notices=tuple(str(notice) for notice in _by_line(reading.notices)),
        lines=types.MappingProxyType(
            {
                **{name: reading.line(name) for name in constants},
                **{setting: reading.line(name) for setting, name in reading.set_by.items()},
            }
        ),
    )


def _endless(cache: dict[str, Any]) -> dict[str, Any]:
    return {name: inf if value is None and name in _ENDLESS else value for name, value in cache.items()}


def _by_line(problems: Sequence[Problem]) -> list[Problem]:
    return sorted(dict.fromkeys(problems), key=lambda problem: (problem.file, problem.line))


def _constants(reading: Reading) -> dict[str, Any]:
    """The site's own upper-case names; those that look like a setting misspelt are problems."""
    constants = {}
    for name, value in reading.names.items():
        if name in _KNOWN or name in LEFTOVERS:
            continue
        # Asks the type alone: an object may raise when it is asked what it is.
        own = name.startswith(("X_", "_")) or callable(value) or issubclass(type(value), types.ModuleType)
        near = [] if own else difflib.get_close_matches(name, _KNOWN, 1, _NEAR)
        if near:
            expected = f"a known name, perhaps {near[0]}, or X_ before a constant of your own"
            reading.problem(name, "no such setting", expected)
            continue
        if not own and name.startswith(FAMILIES):
            reading.notice(name, "no such setting; taken as a constant of your own")
        constants[name] = value
    return constants


def _hooks(reading: Reading) -> dict[str, Any]:
    hooks = {}
    for name in HOOKS:
        function = vars(reading.loaded.module).get(name)
        if function is None:
            continue
        if callable(function):
            hooks[name] = function
        else:
            reading.problem(name, f"{shown(function)} cannot be called", "a function")
    return hooks


def _check_ports(reading: Reading) -> None:
    """Whether the ProxyDHCP port is one of its own."""
    listen = reading.values["listen"]
    if listen["proxy_port"] == listen["server_port"]:
        what = f"{listen['proxy_port']} is DHCP_SERVER_PORT too"
        reading.problem(reading.set_by["PROXY_PORT"], what, "another port, usually 4011, or None")


def _check_interface(reading: Reading) -> None:
    """Whether frames to the clients of each address leave where those clients are."""
    listen = reading.values["listen"]
    interface = listen["response_interface"]
    if interface not in (None, "-") and len(listen["addresses"] or ()) > 1:
        what = f"frames for the clients of all addresses would leave on {interface}"
        reading.problem("DHCP_RESPONSE_INTERFACE", what, 'a single DHCP_SERVER_IP, or "-" for the interface of each')


def _check_tags(reading: Reading) -> None:
    """Whether there are frames for the tags to be in."""
    listen = reading.values["listen"]
    if listen["qtags"] and listen["response_interface"] is None:
        name = "DHCP_RESPONSE_INTERFACE"
        reading.notice(f"{name}_QTAGS", f"set, but without effect: {name} is None, so that no frames are sent")


def _check_email(reading: Reading) -> None:
    """Whether there is what mails need, if there are to be any."""
    email = reading.values["email"]
    if not email["enabled"]:
        return
    needed = {
        "EMAIL_SERVER": "the server that takes mails",
        "EMAIL_SOURCE": "the address that they come from",
        "EMAIL_DESTINATION": "the address that they go to",
    }
    if email["user"] is not None:
        needed["EMAIL_PASSWORD"] = "the password of EMAIL_USER"  # noqa: S105  what is expected, no password
    for name, expected in needed.items():
        if not email[name.removeprefix("EMAIL_").lower()] and not _is_wrong(reading, name):
            reading.problem(
                name, "None" if name in reading.set_by else "not set", f"{expected}, or EMAIL_ENABLED = False"
            )
    if email["tls"] == "implicit" and email["port"] == 25:
        reading.notice(
            reading.set_by.get("EMAIL_TLS", "EMAIL_TLS"), "TLS from the start is seldom spoken on port 25; 465 is usual"
        )


def _check_feed(reading: Reading) -> None:
    """Whether there is a console for the feed to be read from."""
    if reading.values["feed"]["enabled"] and not reading.values["web"]["enabled"]:
        reading.notice("FEED_ENABLED", "set, but without effect: WEB_ENABLED is off")


def _check_rogue(reading: Reading) -> None:
    """Whether there is a watch for the answers to be heard by."""
    if reading.values["rogue"]["probe"] and not reading.values["rogue"]["watch"]:
        reading.notice("ROGUE_PROBE", "set, but without effect: ROGUE_WATCH is off")


def _check_cache(reading: Reading) -> None:
    """Whether there is such a cache; staticDHCPd went on without one."""
    cache = reading.values["cache"]
    if not cache["model"]:
        cache["enabled"] = False
        reading.notice("CACHING_MODEL", "there is no such cache, so that nothing is cached")
        return
    is_elsewhere = cache["model"] == "memcached"
    if (
        cache["enabled"]
        and is_elsewhere
        and cache["memcached_host"] is None
        and not _is_wrong(reading, "MEMCACHED_HOST")
    ):
        what = "None" if "MEMCACHED_HOST" in reading.set_by else "not set"
        name = reading.set_by.get("MEMCACHED_HOST", "MEMCACHED_HOST")
        reading.problem(name, what, "the host of memcached")
    if not cache["enabled"] or is_elsewhere:
        why = "CACHING_MODEL is memcached" if cache["enabled"] else "USE_CACHE is off"
        for name, field in (("DISK_CACHE", "on_disk"), ("DISK_CACHE_PERSISTENT", "persistent_path")):
            if cache[field]:
                reading.notice(reading.set_by[name], f"set, but without effect: {why}")


def _is_wrong(reading: Reading, setting: str) -> bool:
    name = reading.set_by.get(setting, setting)
    return any(problem.name == name for problem in reading.problems)


def _check_source(reading: Reading) -> None:
    """Whether what the engine needs is set. A name that is not known may be a plugin's."""
    source = reading.values["source"]
    if "DATABASE_ENGINE" not in reading.set_by:
        return
    engine = source["engine"]
    # A dict may be filled later.
    if off(engine) and not isinstance(engine, dict):
        source["engine"] = ""
        return
    named = {name.lower(): name for name in _NEEDED_BY}
    name = named.get(engine.lower()) if isinstance(engine, str) else None
    if name is None:
        if isinstance(engine, str) and not is_word(engine):
            reading.problem("DATABASE_ENGINE", f"{discreet(engine)} is no source", NEEDED["DATABASE_ENGINE"])
        return
    source["engine"] = name
    for setting, expected in _NEEDED_BY[name].items():
        if off(reading.names.get(setting)) and not any(problem.name == setting for problem in reading.problems):
            what = "None" if setting in reading.names else "not set"
            reading.problem(setting, what, f"{expected} of the {name} source")
