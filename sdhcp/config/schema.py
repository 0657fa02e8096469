"""Every setting of conf.py: which section it belongs to, what it may be, its default, its other names."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from . import alert_values as a
from . import log_values as o
from . import values as v

REQUIRED: Final = object()
"""The default of a setting that has none."""


class Parameter(NamedTuple):
    """One setting; ``section`` and ``field`` say where in :mod:`sdhcp.config.settings` its value goes."""

    name: str
    section: str
    field: str
    check: Callable[[Any], Any]
    default: Any = None
    aliases: tuple[str, ...] = ()


_port: Final = v.whole(1, 65535)
_time: Final = v.whole(0, 10**9)

PARAMETERS: Final = (
    Parameter("DEBUG", "process", "debug", v.boolean, False),
    Parameter("DAEMON", "process", "daemon", v.boolean, True),
    Parameter("SYSTEM_NAME", "process", "name", v.text, "staticDHCPd"),
    Parameter("PID_FILE", "process", "pid_file", v.optional(v.text)),
    Parameter("CONTROL_SOCKET", "process", "control_socket", v.optional(v.text), "sdhcp.sock"),
    Parameter("AUDIT_FILE", "process", "audit_file", v.optional(v.text), "audit.jsonl"),
    Parameter("UID", "process", "uid", v.user),
    Parameter("GID", "process", "gid", v.group),
    Parameter("DHCP_SERVER_IP", "listen", "addresses", v.server_addresses, REQUIRED),
    Parameter("DHCP_RESPONSE_INTERFACE", "listen", "response_interface", v.optional(v.text), "-"),
    Parameter("DHCP_RESPONSE_INTERFACE_QTAGS", "listen", "qtags", v.qtags, ()),
    Parameter("DHCP_SERVER_PORT", "listen", "server_port", _port, 67),
    Parameter("DHCP_CLIENT_PORT", "listen", "client_port", _port, 68),
    Parameter("PROXY_PORT", "listen", "proxy_port", v.optional(_port), None, ("PXE_PORT",)),
    Parameter("ALLOW_LOCAL_DHCP", "policy", "allow_local", v.boolean, True),
    Parameter("ALLOW_DHCP_RELAYS", "policy", "allow_relays", v.boolean, False),
    Parameter("ALLOWED_DHCP_RELAYS", "policy", "allowed_relays", v.relays, frozenset()),
    Parameter("ENABLE_RAPIDCOMMIT", "policy", "rapid_commit", v.rapid_commit, (False, frozenset())),
    Parameter("AUTHORITATIVE", "policy", "authoritative", v.boolean, False),
    Parameter("NAK_RENEWALS", "policy", "nak_renewals", v.boolean, False),
    Parameter("UNAUTHORIZED_CLIENT_TIMEOUT", "policy", "unauthorized_timeout", _time, 60),
    Parameter("MISBEHAVING_CLIENT_TIMEOUT", "policy", "misbehaving_timeout", _time, 150),
    Parameter("ENABLE_SUSPEND", "policy", "suspend", v.boolean, True),
    Parameter("SUSPEND_THRESHOLD", "policy", "suspend_threshold", v.whole(1, 10**6), 10),
    Parameter("LINK_CHECK", "policy", "link_check", v.boolean, False),
    Parameter("SHARED_NETWORKS", "policy", "shared_networks", v.networks, ()),
    Parameter("LEGACY_NAK_UNKNOWN_DISCOVER", "policy", "legacy_nak_unknown_discover", v.boolean, False),
    Parameter("LEGACY_NAK_UNKNOWN_REBOOT", "policy", "legacy_nak_unknown_reboot", v.boolean, False),
    Parameter("LEGACY_BLOCK_UNKNOWN_INFORM", "policy", "legacy_block_unknown_inform", v.boolean, False),
    Parameter("LEGACY_REQUESTED_OPTIONS_ONLY", "policy", "legacy_requested_options_only", v.boolean, False),
    Parameter("LEGACY_BLOCK_INCOMPLETE", "policy", "legacy_block_incomplete", v.boolean, False),
    Parameter("HOOKS", "site", "providers", v.providers, ()),
    Parameter("POOLS", "leases", "pools", v.pools, ()),
    Parameter("LEASES_STORE", "leases", "store", v.lease_store, "SQLite"),
    Parameter("LEASES_FILE", "leases", "file", v.text, "leases.sqlite3"),
    Parameter("LEASES_HISTORY", "leases", "history", v.whole(0, 36500), 90),
    Parameter("LEASES_PREFIX", "leases", "prefix", v.text, "sdhcp"),
    Parameter("LEASES_REDISDB_KWARGS", "leases", "", v.mapping, {}),
    Parameter("LEASES_REDISDB_CONCURRENCY_LIMIT", "leases", "", v.whole(1, 64), 4),
    Parameter("LEASES_REDISDB_SENTINELS", "leases", "", v.anything, ()),
    Parameter("LEASES_REDISDB_SENTINEL_SERVICE", "leases", "", v.optional(v.text)),
    Parameter("LEASES_REDISDB_SENTINEL_KWARGS", "leases", "", v.mapping, {}),
    Parameter("LEASES_REDISDB_REPLICAS", "leases", "", v.whole(0, 16), 0),
    Parameter("LEASES_POSTGRESQL_DATABASE", "leases", "", v.optional(v.text)),
    Parameter("LEASES_POSTGRESQL_USERNAME", "leases", "", v.optional(v.text)),
    Parameter("LEASES_POSTGRESQL_PASSWORD", "leases", "", v.optional(v.secret)),
    Parameter("LEASES_POSTGRESQL_HOST", "leases", "", v.optional(v.text)),
    Parameter("LEASES_POSTGRESQL_PORT", "leases", "", _port, 5432),
    Parameter("LEASES_POSTGRESQL_SSLMODE", "leases", "", v.text, "disable"),
    Parameter("LEASES_POSTGRESQL_MAXIMUM_CONNECTIONS", "leases", "", v.whole(1, 1000), 4),
    Parameter("DATABASE_ENGINE", "source", "engine", v.anything, REQUIRED),
    Parameter("CASE_INSENSITIVE_MACS", "source", "case_insensitive_macs", v.boolean, False),
    Parameter("EXTRA_MAPS", "source", "extra_maps", v.columns, ()),
    Parameter("EXTRA_SUBNETS", "source", "extra_subnets", v.columns, ()),
    Parameter("SQLITE_FILE", "source", "sqlite_file", v.optional(v.text)),
    Parameter("INI_FILE", "source", "ini_file", v.optional(v.text)),
    Parameter("USE_POOL", "source", "", v.boolean, True),
    Parameter("POSTGRESQL_DATABASE", "source", "", v.optional(v.text)),
    Parameter("POSTGRESQL_USERNAME", "source", "", v.optional(v.text)),
    Parameter("POSTGRESQL_PASSWORD", "source", "", v.optional(v.secret)),
    Parameter("POSTGRESQL_HOST", "source", "", v.optional(v.text)),
    Parameter("POSTGRESQL_PORT", "source", "", _port, 5432),
    Parameter("POSTGRESQL_SSLMODE", "source", "", v.text, "disable"),
    Parameter("POSTGRESQL_MAXIMUM_CONNECTIONS", "source", "", v.whole(1, 1000), 4),
    Parameter("ORACLE_DATABASE", "source", "", v.optional(v.text)),
    Parameter("ORACLE_USERNAME", "source", "", v.optional(v.text)),
    Parameter("ORACLE_PASSWORD", "source", "", v.optional(v.secret)),
    Parameter("ORACLE_MAXIMUM_CONNECTIONS", "source", "", v.whole(1, 1000), 4),
    Parameter("MYSQL_DATABASE", "source", "", v.optional(v.text)),
    Parameter("MYSQL_USERNAME", "source", "", v.optional(v.text)),
    Parameter("MYSQL_PASSWORD", "source", "", v.optional(v.secret)),
    Parameter("MYSQL_HOST", "source", "", v.optional(v.text)),
    Parameter("MYSQL_PORT", "source", "", _port, 3306),
    Parameter("MYSQL_MAXIMUM_CONNECTIONS", "source", "", v.whole(1, 1000), 4),
    Parameter("IDENTITY", "source", "identity", v.identity, ("mac",)),
    Parameter("USE_CACHE", "cache", "enabled", v.boolean, False),
    Parameter("CACHING_MODEL", "cache", "model", v.caching_model, "in-process"),
    Parameter("DISK_CACHE", "cache", "on_disk", v.boolean, False, ("CACHE_ON_DISK",)),
    Parameter("DISK_CACHE_PERSISTENT", "cache", "persistent_path", v.optional(v.text), None, ("PERSISTENT_CACHE",)),
    Parameter("MEMCACHED_HOST", "cache", "memcached_host", v.optional(v.text), None, ("MEMCACHED_SERVER",)),
    Parameter("MEMCACHED_PORT", "cache", "memcached_port", _port, 11211),
    Parameter("MEMCACHED_AGE_TIME", "cache", "memcached_age", _time, 300),
    Parameter("CACHE_AGE", "cache", "age", v.duration, 300.0),
    Parameter("CACHE_NEGATIVE_AGE", "cache", "negative_age", v.duration, 10.0),
    Parameter("CACHE_SIZE", "cache", "size", v.whole(1, 10**8), 262_144),
    Parameter("STALE_ANSWERS", "cache", "stale", v.boolean, True),
    Parameter("STALE_ANSWERS_AGE", "cache", "stale_age", v.duration),
    Parameter("LOG_FILE", "log", "file", v.optional(v.text)),
    Parameter("LOG_FILE_HISTORY", "log", "file_history", v.optional(v.whole(0, 36500)), 7),
    Parameter("LOG_FILE_SEVERITY", "log", "file_severity", v.severity, "WARN"),
    Parameter("LOG_CONSOLE_SEVERITY", "log", "console_severity", v.severity, "INFO"),
    Parameter("LOG_FORMAT", "log", "format", o.log_format, "text"),
    Parameter("LOG_SYSLOG", "log", "syslog", o.syslog),
    Parameter("LOG_SYSLOG_SEVERITY", "log", "syslog_severity", v.severity, "WARN"),
    Parameter("LOG_JOURNAL", "log", "journal", v.boolean, False),
    Parameter("LOG_JOURNAL_SEVERITY", "log", "journal_severity", v.severity, "INFO"),
    Parameter("WEB_ENABLED", "web", "enabled", v.boolean, True),
    Parameter("WEB_IP", "web", "ip", v.text, "0.0.0.0"),
    Parameter("WEB_PORT", "web", "port", _port, 30880),
    Parameter("WEB_LOG_HISTORY", "web", "log_history", v.history, 200),
    Parameter("WEB_LOG_SEVERITY", "web", "log_severity", v.severity, "INFO"),
    Parameter("WEB_LOG_MAX_HEIGHT", "web", "log_max_height", v.optional(v.whole(1, 10**5)), 400),
    Parameter("WEB_DIGEST_USERNAME", "web", "digest_username", v.optional(v.text)),
    Parameter("WEB_DIGEST_PASSWORD", "web", "digest_password", v.optional(v.secret)),
    Parameter("WEB_DASHBOARD_SECURE", "web", "dashboard_secure", v.boolean, False),
    Parameter("WEB_REINITIALISE_CONFIRM", "web", "reinitialise_confirm", v.boolean, True),
    Parameter("WEB_REINITIALISE_SECURE", "web", "reinitialise_secure", v.boolean, False),
    Parameter("WEB_REINITIALISE_HIDDEN", "web", "reinitialise_hidden", v.boolean, False),
    Parameter("WEB_REINITIALISE_ENABLED", "web", "reinitialise_enabled", v.boolean, True),
    Parameter("WEB_DASHBOARD_ORDER_LOG", "web", "dashboard_order_log", v.whole(-(10**9), 10**9), 1000),
    Parameter("WEB_HEADER_TITLE", "web", "header_title", v.boolean, True),
    Parameter("WEB_HEADER_CSS", "web", "header_css", v.boolean, True),
    Parameter("WEB_HEADER_FAVICON", "web", "header_favicon", v.boolean, True),
    Parameter("WEB_ENDPOINT", "web", "endpoints", v.endpoints, ()),
    Parameter("WEB_INSECURE", "web", "insecure", v.boolean, False),
    Parameter("WEB_API_TOKENS", "web", "api_tokens", v.api_tokens, {}),
    Parameter("WEB_METRICS_PUBLIC", "web", "metrics_public", v.boolean, False),
    Parameter("STATISTICS_INTERVAL", "statistics", "interval", v.whole(1, 86400), 300),
    Parameter("STATISTICS_FRAMES", "statistics", "frames", v.whole(1, 10_000), 576),
    Parameter("FEED_ENABLED", "feed", "enabled", v.boolean, False),
    Parameter("FEED_LEVEL", "feed", "severity", v.severity, "ERROR"),
    Parameter("FEED_EVENTS", "feed", "events", v.whole(1, 1000), 10),
    Parameter("FEED_TOTAL", "feed", "total", v.whole(1, 10_000), 100),
    Parameter("FEED_MAX_AGE", "feed", "age", v.duration, 86400.0),
    Parameter("FEED_TITLE", "feed", "title", v.optional(v.text)),
    Parameter("FEED_ID", "feed", "uid", v.optional(v.uuid)),
    Parameter("FEED_SERVER_BASE", "feed", "base", v.optional(v.web_address)),
    Parameter("FEED_CLEAR_ON_REINIT", "feed", "clear_on_reload", v.boolean, True),
    Parameter("EMAIL_ENABLED", "email", "enabled", v.boolean, False),
    Parameter("EMAIL_SERVER", "email", "server", v.optional(v.text)),
    Parameter("EMAIL_PORT", "email", "port", _port, 25),
    Parameter("EMAIL_TIMEOUT", "email", "timeout", v.seconds, 4.0),
    Parameter("EMAIL_SOURCE", "email", "source", a.sender),
    Parameter("EMAIL_DESTINATION", "email", "destination", a.recipients, ()),
    Parameter("EMAIL_SUBJECT", "email", "subject", v.text, "staticDHCPd encountered a problem"),
    Parameter("EMAIL_USER", "email", "user", v.optional(v.text)),
    Parameter("EMAIL_PASSWORD", "email", "password", v.optional(v.secret)),
    Parameter("EMAIL_TLS", "email", "tls", a.tls, "starttls"),
    Parameter("EMAIL_CA_FILE", "email", "ca_file", v.optional(v.text)),
    Parameter("EMAIL_QUEUE", "email", "queue", v.optional(v.text)),
    Parameter("ALERT_WEBHOOK", "alerts", "webhook", a.webhook),
    Parameter("ALERT_WEBHOOK_CA_FILE", "alerts", "webhook_ca_file", v.optional(v.text)),
    Parameter("ROGUE_WATCH", "rogue", "watch", v.boolean, True),
    Parameter("ROGUE_PROBE", "rogue", "probe", v.whole(0, 86400), 0),
    Parameter("ROGUE_SILENCE", "rogue", "silence", v.whole(1, 10**6), 600),
    Parameter("KNOWN_SERVERS", "rogue", "known", v.relays, frozenset()),
)

LEFTOVERS: Final = frozenset(
    ("LOG_CAPACITY", "LOG_FILE_TIMESTAMP", "POLLING_INTERVAL", "POLL_INTERVALS_TO_TRACK", "WEB_RELOAD_KEY")
)
"""Settings of staticDHCPd 1.x that nothing reads any more."""

HOOKS: Final = ("init", "filterPacket", "handleUnknownMAC", "filterRetrievedDefinitions", "loadDHCPPacket")
"""Functions of conf.py that take part in answering."""

FAMILIES: Final = (
    "DHCP_", "WEB_", "LOG_", "EMAIL_", "SQLITE_", "INI_", "POSTGRESQL_", "MYSQL_", "ORACLE_", "MEMCACHED_",
    "DISK_CACHE", "CACHE_", "STALE_", "DATABASE_", "LEGACY_", "ALLOW_", "ENABLE_",
    "FEED_", "STATISTICS_", "ROGUE_",
)  # fmt: skip
"""How the names of settings begin; a site's own constants seldom do."""
