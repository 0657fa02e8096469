"""Settings that are checked, but belong to parts that this version does not have: an operator is told so."""

from typing import Final

from .schema import Parameter

_SECTIONS: Final[dict[str, str]] = {
    "web": "the web console",
    "email": "alerting by mail",
    "cache": "caching in front of a source",
}
_FAMILIES: Final[dict[str, str]] = {
    "POSTGRESQL_": "the PostgreSQL source",
    "MYSQL_": "the MySQL source",
    "ORACLE_": "the Oracle source",
    "USE_POOL": "pooling of a source's connections",
}

HOOKS: Final = "calling a site's functions"
"""What the hooks of a conf.py belong to."""

SILENT: Final[dict[str, object]] = {"WEB_ENABLED": False, "EMAIL_ENABLED": False, "USE_CACHE": False}
"""Settings that say themselves that a part is not wanted."""

ENGINES: Final = ("PostgreSQL", "MySQL", "Oracle")
"""Sources that this version does not have."""


def part_of(parameter: Parameter) -> str:
    """What a setting belongs to that is not part of this version; "" if it has an effect."""
    for beginning, part in _FAMILIES.items():
        if parameter.name.startswith(beginning):
            return part
    return _SECTIONS.get(parameter.section, "")


def notice(part: str) -> str:
    """What an operator reads at start-up beside the setting's name."""
    return f"{part} is not part of this version; set, but without effect"
