"""What conf.py says about Redis: the keyword arguments of redis-py's client, read for this one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ..interfaces import SourceLoadError
from .redis_tls import Tls, read_tls

KWARGS: Final = "X_REDISDB_KWARGS"
LIMIT: Final = "X_REDISDB_CONCURRENCY_LIMIT"
SENTINELS: Final = "X_REDISDB_SENTINELS"
SERVICE: Final = "X_REDISDB_SENTINEL_SERVICE"
SENTINEL_KWARGS: Final = "X_REDISDB_SENTINEL_KWARGS"
CONNECTIONS: Final = 4
"""How many connections there are at most, if conf.py does not say: more than this gain nothing."""
MOST: Final = 64
CONNECT: Final = 2.0
"""Seconds for which a connection may be on its way."""
REPLY: Final = 3.0
"""Seconds for which an answer may be on its way; less than what a lookup has in all."""

_ELSEWHERE: Final = frozenset(
    (
        "auto_close_connection_pool", "cache", "cache_config", "charset", "client_name", "connection_pool",
        "credential_provider", "decode_responses", "driver_info", "encoding", "encoding_errors", "errors",
        "event_dispatcher", "from_url", "health_check_interval", "lib_name", "lib_version",
        "maint_notifications_config", "protocol", "redis_connect_func", "retry", "retry_on_error", "retry_on_timeout",
        "single_connection_client", "socket_keepalive_options", "socket_read_size", "socket_type",
        "ssl_exclude_verify_flags", "ssl_include_verify_flags", "ssl_ocsp_context", "ssl_ocsp_expected_cert",
        "ssl_validate_ocsp", "ssl_validate_ocsp_stapled",
    )
)  # fmt: skip
"""Arguments of redis-py that say nothing to this client."""


@dataclass(frozen=True)
class Server:
    """How one Redis server, or each of several, is reached. Times are seconds."""

    host: str = "localhost"
    port: int = 6379
    path: str = ""
    db: int = 0
    username: str = ""
    password: str = field(default="", repr=False)
    tls: Tls | None = None
    keepalive: bool = False
    connect_timeout: float = CONNECT
    reply_timeout: float = REPLY

    @property
    def place(self) -> str:
        """What operators call it."""
        if self.path:
            return f"Redis at {self.path}"
        return f"Redis at [{self.host}]:{self.port}" if ":" in self.host else f"Redis at {self.host}:{self.port}"


@dataclass(frozen=True)
class RedisSettings:
    """All settings of the Redis source. ``sentinels`` are asked for the master of ``service``; empty for none."""

    server: Server
    connections: int = CONNECTIONS
    sentinels: tuple[Server, ...] = ()
    service: str = ""
    warnings: tuple[str, ...] = ()


class _Faults(list[str]):
    """What is wrong, with the setting's name; never a value that may be a password."""

    def __init__(self, setting: str) -> None:
        super().__init__()
        self._setting = setting

    def add(self, name: str, what: str) -> None:
        self.append(f'{self._setting}: "{name}": {what}' if name else f"{self._setting}: {what}")


def read(settings: Mapping[str, Any]) -> RedisSettings:
    """Read and check the settings; files of TLS are opened.

    :raises SourceLoadError: with every fault, by the name of its setting.
    """
    problems: list[str] = []
    warnings: list[str] = []
    server, most = _server(KWARGS, settings.get(KWARGS) or {}, problems, warnings)
    connections = _number(settings.get(LIMIT), 1, 2**31 - 1, min(most, CONNECTIONS))
    if connections is None:
        problems.append(f"{LIMIT}: expected a whole number of connections, 1 or more")
    sentinels = _sentinels(settings, problems, warnings)
    service = settings.get(SERVICE)
    if bool(sentinels) != bool(service) or not isinstance(service or "", str):
        problems.append(f'{SENTINELS} and {SERVICE} go together: [("host", 26379), ...] and the name of the master')
    if sentinels and server.path:
        problems.append(f'{KWARGS}: "unix_socket_path": the sentinels tell where the server is')
    if problems:
        raise SourceLoadError(problems)
    return RedisSettings(server, min(connections or 1, MOST, most), sentinels, service or "", tuple(warnings))


def _server(setting: str, kwargs: Any, problems: list[str], warnings: list[str]) -> tuple[Server, int]:
    """A server, and how many connections to it there may be."""
    faults = _Faults(setting)
    if not isinstance(kwargs, Mapping):
        faults.add("", 'expected a dictionary, such as {"host": "localhost", "port": 6379}')
        kwargs = {}
    left = {str(name): value for name, value in kwargs.items() if value is not None}

    def take(name: str, fits: Callable[[Any], bool], expected: str, default: Any) -> Any:
        value = left.pop(name, default)
        if value is not default and not fits(value):
            faults.add(name, f"expected {expected}")
            return default
        return value

    fields: dict[str, Any] = {
        "host": take("host", _is_text, "a host's name or address", Server.host),
        "port": int(take("port", _is_number(1, 65535), "a port from 1 to 65535", Server.port)),
        "path": take("unix_socket_path", _is_text, "the path of a socket", ""),
        "db": int(take("db", _is_number(0, 2**31), "the number of a database", 0)),
        "username": take("username", _is_text, "a user's name", ""),
        "password": _text(take("password", _is_secret, "text", "")),
        "keepalive": bool(left.pop("socket_keepalive", False)),
    }
    wait = take("socket_timeout", _is_time, "a number of seconds", None)
    connect = take("socket_connect_timeout", _is_time, "a number of seconds", wait)
    most = int(take("max_connections", _is_number(1, 2**31), "a number of connections", 2**31))
    fields["reply_timeout"] = min(wait or REPLY, REPLY)
    fields["connect_timeout"] = min(connect or CONNECT, CONNECT)
    # An empty user or password is none, as redis-py has it.
    if fields["username"] and not fields["password"]:
        faults.add("username", "there is no password for it")
    fields["tls"] = read_tls(left, faults.add)
    for name in [name for name in left if name in _ELSEWHERE]:
        del left[name]
        warnings.append(f'{setting}: "{name}" means nothing here and is not used')
    for name in left:
        faults.add(name[:40], "no such argument of redis-py's client")
    problems += faults
    return Server(**fields), most


def _sentinels(settings: Mapping[str, Any], problems: list[str], warnings: list[str]) -> tuple[Server, ...]:
    kwargs = settings.get(SENTINEL_KWARGS) or {}
    places = settings.get(SENTINELS) or ()
    found: list[Server] = []
    expected = f'{SENTINELS}: expected a list such as [("host", 26379), ...]'
    if isinstance(places, str) or not isinstance(places, Sequence):
        problems.append(expected)
        return ()
    for place in places:
        host, port = place if isinstance(place, tuple | list) and len(place) == 2 else (None, None)
        if not _is_text(host) or not _is_number(1, 65535)(port):
            problems.append(expected)
            return ()
        own = {**kwargs, "host": host, "port": port, "db": None} if isinstance(kwargs, Mapping) else kwargs
        # What is wrong with one of them is wrong with all.
        server, _ = _server(SENTINEL_KWARGS, own, [] if found else problems, [] if found else warnings)
        found.append(server)
    return tuple(found)


def _number(value: Any, low: int, high: int, default: int) -> int | None:
    if not value:
        return default
    return int(value) if _is_number(low, high)(value) else None


def _is_number(low: int, high: int) -> Callable[[Any], bool]:
    def fits(value: Any) -> bool:
        if isinstance(value, bool) or not isinstance(value, int | str):
            return False
        text = str(value)
        return text.isascii() and text.isdigit() and len(text) < 11 and low <= int(text) <= high

    return fits


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and "\0" not in value and bool(value.strip())


def _is_secret(value: Any) -> bool:
    return isinstance(value, str | bytes)


def _is_time(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e9


def _text(value: str | bytes) -> str:
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else value
