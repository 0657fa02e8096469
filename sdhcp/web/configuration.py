"""The settings that are in force, for people to read: without what is secret."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..config.difference import Change
from ..config.legible import shown
from ..config.schema import PARAMETERS
from ..config.settings import Configuration
from ..scripting.site_settings import setting


class Row(NamedTuple):
    """A setting; ``line`` is conf.py's, 0 for one that it does not set."""

    name: str
    value: str
    line: int
    origin: str


def rows_of(configuration: Configuration, assigned: Mapping[str, Any], waiting: Sequence[Change] = ()) -> list[Row]:
    """All settings, then the names of a site's own constants, of which only the type is told.

    :param assigned: what a site's code has assigned since.
    :param waiting: settings that are others in conf.py by now, and count at the next start.
    """
    rows = []
    later = {change.name: change for change in waiting}
    for parameter in PARAMETERS:
        try:
            value = setting(parameter.name)
        except AttributeError:
            value = None
        line = configuration.lines.get(parameter.name, 0)
        origin = f"line {line}" if line else "default"
        if parameter.name in assigned:
            origin = "assigned by code"
        text = shown(parameter.name, value)
        if parameter.name in later:
            text, origin = later[parameter.name].old, f"{origin}; {text} after a restart"
        rows.append(Row(parameter.name, text, line or parameter.name in assigned, origin))
    for name, value in sorted(configuration.site.constants.items()):
        line = configuration.lines.get(name, 0)
        rows.append(Row(name, f"a value of type {type(value).__name__}", line, f"line {line}" if line else "conf.py"))
    return rows
