"""The database object that DATABASE_ENGINE names, for a site's own code."""

from typing import Any, Final

from .databases import Database, Null
from .ini_database import INI
from .site_settings import setting
from .sql_databases import MySQL, Oracle, PostgreSQL, SQLite

_NAMED: Final[dict[str, type[Database]]] = {
    "SQLite": SQLite, "PostgreSQL": PostgreSQL, "MySQL": MySQL, "Oracle": Oracle, "INI": INI,
}  # fmt: skip


def get_database() -> Any:
    """A database of its own for whoever asks: what conf.py makes, or one of what it names.

    :raises ValueError: if it names none of those that can be asked this way.
    """
    engine = setting("DATABASE_ENGINE")
    if not engine:
        return Null()
    if callable(engine):
        return engine()
    if hasattr(engine, "lookupMAC"):
        return engine
    named = {name.lower(): kind for name, kind in _NAMED.items()}
    kind = named.get(engine.lower()) if isinstance(engine, str) else None
    if kind is None:
        raise ValueError(f"DATABASE_ENGINE is none of {', '.join(_NAMED)}, and no function")
    return kind()
