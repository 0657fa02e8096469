"""The settings that are in force, for people to read: without what is secret."""

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from ..config.schema import PARAMETERS
from ..config.settings import Configuration
from ..scripting.site_settings import setting

_SECRET: Final = re.compile(r"PASSWORD|TOKENS|KWARGS|HEADERS|URI|WEBHOOK$|PARAMETERS|SECRET|KEY\b")
_LONGEST: Final = 300
_PLAIN: Final = (bool, int, float, str, bytes)


class Row(NamedTuple):
    """A setting; ``line`` is conf.py's, 0 for one that it does not set."""

    name: str
    value: str
    line: int
    origin: str


def rows_of(configuration: Configuration, assigned: Mapping[str, Any]) -> list[Row]:
    """All settings, then the names of a site's own constants, of which only the type is told.

    :param assigned: what a site's code has assigned since.
    """
    rows = []
    for parameter in PARAMETERS:
        try:
            value = setting(parameter.name)
        except AttributeError:
            value = None
        line = configuration.lines.get(parameter.name, 0)
        origin = f"line {line}" if line else "default"
        if parameter.name in assigned:
            origin = "assigned by code"
        rows.append(Row(parameter.name, shown(parameter.name, value), line or parameter.name in assigned, origin))
    for name, value in sorted(configuration.site.constants.items()):
        line = configuration.lines.get(name, 0)
        rows.append(Row(name, f"a value of type {type(value).__name__}", line, f"line {line}" if line else "conf.py"))
    return rows


def shown(name: str, value: Any) -> str:
    """A value as text; of a secret whether it is set, of an object of the site's own its type."""
    if _SECRET.search(name):
        return "set, not shown" if value else repr(value) if value is None else "empty"
    text = _text(value, 0)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _text(value: Any, depth: int) -> str:
    if value is None or type(value) in _PLAIN:
        return repr(value)
    if type(value) in (list, tuple, set, frozenset) and depth < 3:
        return f"[{', '.join(_text(one, depth + 1) for one in list(value)[:50])}]"
    # An object may do anything when it is asked what it is, and may tell what is secret.
    name = getattr(value, "name", None) if type(value).__name__ == "Pool" else None
    return f"{type(value).__name__} {name}" if isinstance(name, str) else f"a value of type {type(value).__name__}"
