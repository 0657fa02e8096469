"""The frozen sections that conf.py becomes; each part of the server gets the ones it needs.

Addresses are 4 bytes, times are seconds, a path is as it was written.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import inf
from types import ModuleType
from typing import Any

from ..engine.policy import Policy
from ..identity import Identity
from ..pools import Pool


@dataclass(frozen=True, slots=True)
class ListenSettings:
    """Where packets come in and how replies leave.

    ``addresses`` are the server's own, one listener each. ``response_interface`` is "-" for frames
    on the interface that holds the address, a name for frames on that one, None for plain UDP.
    ``qtags`` are (pcp, dei, vid).
    """

    addresses: tuple[bytes, ...]
    response_interface: str | None = "-"
    qtags: tuple[tuple[int, int, int], ...] = ()
    server_port: int = 67
    client_port: int = 68
    proxy_port: int | None = None


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """Which source knows the clients, and everything its own settings say.

    ``engine`` is "" for none, one of the known names, a plugin's name, or an object of the site's.
    ``extra_maps`` and ``extra_subnets`` are further columns to read. ``identity`` is
    what clients are known by, in order. ``settings`` holds the settings
    of one engine or of an extension by their names in conf.py. ``folder`` is conf.py's folder.
    """

    engine: Any = field(repr=False)
    case_insensitive_macs: bool = False
    extra_maps: tuple[str, ...] = ()
    extra_subnets: tuple[str, ...] = ()
    sqlite_file: str | None = None
    ini_file: str | None = None
    identity: tuple[Identity, ...] = ("mac",)
    settings: Mapping[str, Any] = field(default_factory=dict, repr=False)
    folder: str = ""


@dataclass(frozen=True, slots=True)
class LeaseSettings:
    """Pools, and where their leases are kept; ``history`` is how many days it is remembered who had an address."""

    pools: tuple[Pool, ...] = ()
    store: str = "SQLite"
    file: str = "leases.sqlite3"
    history: int = 90
    prefix: str = "sdhcp"


@dataclass(frozen=True, slots=True)
class CacheSettings:
    """The caches in front of a source. ``model`` is "" where conf.py names one that is not known.

    ``age`` is how many seconds an answer is good for where the store cannot tell what is changed, and
    ``negative_age`` the answer that a client is not known; ``size`` is how many clients are kept. ``stale`` is
    whether clients are served from what is kept while the store is away, ``stale_age`` for how many seconds at
    most. Times may be infinite.
    """

    enabled: bool = False
    model: str = "in-process"
    on_disk: bool = False
    persistent_path: str | None = None
    memcached_host: str | None = None
    memcached_port: int = 11211
    memcached_age: int = 300
    age: float = 300.0
    negative_age: float = 10.0
    size: int = 262_144
    stale: bool = True
    stale_age: float = inf


@dataclass(frozen=True, slots=True)
class ProcessSettings:
    """The process itself. ``uid`` and ``gid`` are None to stay who it is; ``audit_file`` is None to record nothing."""

    name: str = "staticDHCPd"
    debug: bool = False
    daemon: bool = True
    pid_file: str | None = None
    control_socket: str | None = "sdhcp.sock"
    audit_file: str | None = "audit.jsonl"
    uid: int | None = None
    gid: int | None = None


@dataclass(frozen=True, slots=True)
class LogSettings:
    """Where log lines go; severities are names of :mod:`logging`.

    ``format`` is that of LOG_FILE, and of standard error in the foreground: "text", "ids" or "json". ``syslog`` is a
    path, or an address and a port; None for none.
    """

    file: str | None = None
    file_history: int | None = 7
    file_severity: str = "WARN"
    console_severity: str = "INFO"
    format: str = "text"
    syslog: str | tuple[str, int] | None = None
    syslog_severity: str = "WARN"
    journal: bool = False
    journal_severity: str = "INFO"


@dataclass(frozen=True, slots=True)
class WebSettings:
    """The web console. ``log_history`` is 0 for no log.

    ``endpoints`` are Twisted's descriptions of where it is served, in place of ``ip`` and ``port``. ``api_tokens`` are
    (token, role) by name.
    """

    enabled: bool = True
    ip: str = "0.0.0.0"
    port: int = 30880
    log_history: int = 200
    log_severity: str = "INFO"
    log_max_height: int | None = 400
    digest_username: str | None = None
    digest_password: str | None = field(default=None, repr=False)
    dashboard_secure: bool = False
    reinitialise_confirm: bool = True
    reinitialise_secure: bool = False
    reinitialise_hidden: bool = False
    reinitialise_enabled: bool = True
    dashboard_order_log: int = 1000
    header_title: bool = True
    header_css: bool = True
    header_favicon: bool = True
    endpoints: tuple[str, ...] = ()
    insecure: bool = False
    api_tokens: Mapping[str, tuple[str, str]] = field(default_factory=dict, repr=False)
    metrics_public: bool = False


@dataclass(frozen=True, slots=True)
class StatisticsSettings:
    """How finely packets are counted: in frames of ``interval`` seconds, of which ``frames`` are kept."""

    interval: int = 300
    frames: int = 576


@dataclass(frozen=True, slots=True)
class FeedSettings:
    """The Atom feed of what was logged from ``severity`` on.

    ``total`` records are kept, ``age`` seconds each (None for no limit), and the last ``events`` are in the feed.
    ``uid`` is a UUID, ``base`` the console's address as readers know it; None for what follows from other settings.
    """

    enabled: bool = False
    severity: str = "ERROR"
    events: int = 10
    total: int = 100
    age: float | None = 86400.0
    title: str | None = None
    uid: str | None = None
    base: str | None = None
    clear_on_reload: bool = True


@dataclass(frozen=True, slots=True)
class EmailSettings:
    """Alerts by mail. ``timeout`` is seconds for each answer of the server; ``queue`` a folder for mails that wait."""

    enabled: bool = False
    server: str | None = None
    port: int = 25
    timeout: float = 4.0
    source: str | None = None
    destination: tuple[str, ...] = ()
    subject: str = "staticDHCPd encountered a problem"
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: str = "starttls"
    ca_file: str | None = None
    queue: str | None = None


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """Alerts to a program: the address of a web service, which may hold a secret, and who vouches for it."""

    webhook: str | None = field(default=None, repr=False)
    webhook_ca_file: str | None = None


@dataclass(frozen=True, slots=True)
class RogueSettings:
    """The watch for DHCP servers that nobody has put there.

    ``probe`` is seconds between two questions of this server's own, 0 for none; ``silence`` seconds without a packet
    after which one is taken to be gone. ``known`` are addresses of servers that are meant to be there.
    """

    watch: bool = True
    probe: int = 0
    silence: int = 600
    known: frozenset[bytes] = frozenset()


@dataclass(frozen=True, slots=True)
class SiteSettings:
    """What else a site's conf.py holds: its hook functions by name, and its own upper-case names.

    ``providers`` are the objects of HOOKS. ``module`` is conf.py itself, as it was executed.
    """

    hooks: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    constants: Mapping[str, Any] = field(default_factory=dict, repr=False)
    providers: tuple[Any, ...] = field(default=(), repr=False)
    module: ModuleType | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Configuration:
    """One conf.py, whole. ``path`` is the file it came from; ``notices`` is what an operator should know.

    ``lines`` has where each setting was set, by its name.
    """

    path: str
    listen: ListenSettings
    policy: Policy
    source: SourceSettings
    cache: CacheSettings
    leases: LeaseSettings
    process: ProcessSettings
    log: LogSettings
    web: WebSettings
    statistics: StatisticsSettings
    feed: FeedSettings
    email: EmailSettings
    alerts: AlertSettings
    rogue: RogueSettings
    site: SiteSettings
    notices: tuple[str, ...] = ()
    lines: Mapping[str, int] = field(default_factory=dict, repr=False)

    def with_line(self, problem: str) -> str:
        """A problem with conf.py's line, if it begins with the name of a setting."""
        line = self.lines.get(problem.partition(":")[0], 0)
        return f"{self.path}:{line}: {problem}" if line else problem
