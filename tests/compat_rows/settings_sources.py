"""Settings of conf.py that say who knows the clients, and what is kept of that."""

from .setting import CONNECTIONS, FLAG, PORT, SECRET, TEXT, TEXT_OR_NONE, TIME, Setting

_COLUMNS = (("None", ()), ('["room"]', ("room",)), ('("room", "floor")', ("room", "floor")), ("[]", ()))
_NO_COLUMNS = ('"room"', "5", '["a b"]')


def _server(prefix: str, port: int | None, sslmode: bool = False) -> tuple[Setting, ...]:
    """Settings that the engines with a server have in common."""
    for_ = {"POSTGRESQL": "PostgreSQL", "MYSQL": "MySQL and MariaDB", "ORACLE": "Oracle"}[prefix]
    where = "its DSN" if prefix == "ORACLE" else "the database"
    found = [
        Setting(f"{prefix}_DATABASE", "*", None, *TEXT_OR_NONE, f"{where}, needed for {for_}"),
        Setting(f"{prefix}_USERNAME", "*", None, *TEXT_OR_NONE, f"the account, needed for {for_}"),
        Setting(
            f"{prefix}_PASSWORD", "*", None, *SECRET, f"its password, for {for_}",
            differs="" if prefix == "ORACLE" else "need not be set, as where the server knows the account otherwise",
        ),
    ]  # fmt: skip
    if port:
        found += [
            Setting(f"{prefix}_HOST", "*", None, *TEXT_OR_NONE, f"the server of {for_}; None is this machine's own"),
            Setting(f"{prefix}_PORT", "*", port, *PORT, "its port"),
        ]
    if sslmode:
        found.append(
            Setting(
                f"{prefix}_SSLMODE",
                "*",
                "disable",
                (('"require"', "require"), ('"disabled"', "disabled")),
                TEXT[1],
                "how the connection is secured",
                differs='`"disabled"`, as the sample of version 1 has it, is taken for `"disable"`',
            )
        )
    found.append(Setting(f"{prefix}_MAXIMUM_CONNECTIONS", "*", 4, *CONNECTIONS, f"connections at most, for {for_}"))
    return tuple(found)


SOURCES = (
    Setting(
        "DATABASE_ENGINE", "source.engine", None,
        (("None", ""), ("False", ""), ('""', ""), ('"INI"', "INI"), ('"ini"', "INI")), ('"a b"', "'postgresql://u@h/d'"),
        "nobody, or `SQLite`, `PostgreSQL`, `MySQL`, `Oracle` or `INI`, or code that makes a database; must be set",
        needs="INI_FILE = 'x'\n",
        differs="the names count in any case; further sources go by theirs; code may also be a dict or a function of "
        "a client",
    ),
    Setting(
        "CASE_INSENSITIVE_MACS", "source.case_insensitive_macs", False, *FLAG,
        "hardware addresses stand in the database in any case",
    ),
    Setting(
        "EXTRA_MAPS", "source.extra_maps", (), _COLUMNS, _NO_COLUMNS, "further columns of the table maps",
        differs="may be set alone, which ended staticDHCPd; a name that is none is told",
    ),
    Setting(
        "EXTRA_SUBNETS", "source.extra_subnets", (), _COLUMNS, _NO_COLUMNS, "further columns of the table subnets",
        differs="as EXTRA_MAPS",
    ),
    Setting(
        "USE_POOL", "*", True, *FLAG, "connections are kept between questions",
        differs="needs no further package",
    ),
    Setting("SQLITE_FILE", "source.sqlite_file", None, *TEXT_OR_NONE, "the file, needed for SQLite"),
    Setting("INI_FILE", "source.ini_file", None, *TEXT_OR_NONE, "the file, needed for INI"),
    *_server("POSTGRESQL", 5432, sslmode=True),
    *_server("ORACLE", None),
    *_server("MYSQL", 3306),
    Setting("USE_CACHE", "cache.enabled", False, *FLAG, "answers are kept"),
    Setting(
        "CACHING_MODEL", "cache.model", "in-process",
        (('"in-process"', "in-process"), ('"memcached"', "memcached"), ('"MEMCACHED"', "memcached"), ("None", "")), (),
        "where; one that is not known is told, and nothing is cached",
        differs="the names count in any case",
    ),
    Setting("DISK_CACHE", "cache.on_disk", False, *FLAG, "in a file behind the memory", aliases=("CACHE_ON_DISK",)),
    Setting(
        "DISK_CACHE_PERSISTENT", "cache.persistent_path", None, *TEXT_OR_NONE, "a file that outlives the server",
        aliases=("PERSISTENT_CACHE",),
    ),
    Setting(
        "MEMCACHED_HOST", "cache.memcached_host", None, *TEXT_OR_NONE, "the host of memcached",
        aliases=("MEMCACHED_SERVER",),
        differs="both names count; staticDHCPd told one in its guide and read the other",
    ),
    Setting("MEMCACHED_PORT", "cache.memcached_port", 11211, *PORT, "its port"),
    Setting("MEMCACHED_AGE_TIME", "cache.memcached_age", 300, *TIME, "seconds for which it keeps an answer"),
)  # fmt: skip
