"""Settings that are checked, but belong to parts that this version does not have: an operator is told so."""

from typing import Final

PARTS: Final[dict[str, str]] = {
    "web": "the web console",
    "email": "alerting by mail",
    "cache": "caching in front of a source",
    "hooks": "calling a site's functions",
}
"""What is not part of this version, by section."""

SILENT: Final[dict[str, object]] = {"WEB_ENABLED": False, "EMAIL_ENABLED": False, "USE_CACHE": False}
"""Settings that say themselves that a part is not wanted."""

ENGINES: Final = ("PostgreSQL", "MySQL", "Oracle")
"""Sources that this version does not have."""


def notice(place: str, name: str, section: str) -> str:
    """The line that an operator reads at start-up."""
    return f"{place}: {name}: {PARTS[section]} is not part of this version; set, but without effect"
