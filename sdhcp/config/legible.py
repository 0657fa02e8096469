"""Settings as people may read them: without what is secret."""

import re
from typing import Any, Final

_SECRET: Final = re.compile(r"PASSWORD|TOKENS|KWARGS|HEADERS|URI|WEBHOOK$|PARAMETERS|SECRET|KEY\b")
_LONGEST: Final = 300
_PLAIN: Final = (bool, int, float, str, bytes)


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
