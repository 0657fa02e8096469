"""Settings that are checked, but belong to parts that this version does not have: an operator is told so."""

from typing import Final

from .schema import Parameter

_SECTIONS: Final[dict[str, str]] = {
    "web": "the web console",
}

SILENT: Final[dict[str, object]] = {"WEB_ENABLED": False}
"""Settings that say themselves that a part is not wanted."""


def part_of(parameter: Parameter) -> str:
    """What a setting belongs to that is not part of this version; "" if it has an effect."""
    return _SECTIONS.get(parameter.section, "")


def notice(part: str) -> str:
    """What an operator reads at start-up beside the setting's name."""
    return f"{part} is not part of this version; set, but without effect"
