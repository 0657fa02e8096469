"""The tables that come with this package, made in an empty database, and sample data."""

import os
import re
from collections.abc import Iterator
from importlib.resources import as_file, files
from typing import Final

from ..config.settings import SourceSettings
from .ini import IniStore
from .plan import Plan
from .sql import SqlStore
from .store import IHostStore, Refused

_PIECE: Final = re.compile(r"--[^\n]*|'(?:[^']|'')*'|\"[^\"]*\"|(?P<mark>\$\w*\$).*?(?P=mark)|(?P<end>;)|.", re.DOTALL)
_TABLES: Final = ("subnets", "maps")


def script(name: str) -> str:
    """The text of a file of ``sdhcp/schemas``."""
    return (files("sdhcp") / "schemas" / name).read_text(encoding="utf-8")


def statements(text: str) -> Iterator[str]:
    """The statements of a script, without comments."""
    said: list[str] = []
    for piece in _PIECE.finditer(text):
        if piece["end"]:
            yield "".join(said).strip()
            said = []
        elif not piece[0].startswith("--"):
            said.append(piece[0])
    if "".join(said).strip():
        yield "".join(said).strip()


def see_empty(store: SqlStore) -> None:
    """See that the tables are not there.

    :raises Refused: if one is.
    """
    names = {str(row[0]).lower() for row in store.ask(store.tables_there)}
    there = [table for table in _TABLES if table in names]
    if there:
        raise Refused(f"{store.name} has {' and '.join(there)} already; nothing was changed")


def make_tables(store: SqlStore, settings: SourceSettings) -> list[str]:
    """Make the tables, with the columns that conf.py adds; what was made, in words.

    :raises Refused: if the database does not take it; some databases keep what was made before.
    """
    see_empty(store)
    steps = list(statements(script(f"{store.name.lower()}.sql")))
    steps += [f"ALTER TABLE maps ADD {column} VARCHAR(255)" for column in settings.extra_maps]
    steps += [f"ALTER TABLE subnets ADD {column} VARCHAR(255)" for column in settings.extra_subnets]
    with store.explained():
        cursor = store.connection.cursor()
        for step in steps:
            cursor.execute(step)
        store.connection.commit()
    own = [f"maps.{column}" for column in settings.extra_maps]
    own += [f"subnets.{column}" for column in settings.extra_subnets]
    return [f"made the tables subnets and maps in {store.name}", *([f"with {', '.join(own)}"] if own else [])]


def make_triggers(store: SqlStore) -> str:
    """Have PostgreSQL tell what is changed, now and when it is run again; what was made, in words.

    :raises Refused: if the database does not take it, or is another one.
    """
    if store.name != "PostgreSQL":
        raise Refused(f"{store.name} cannot tell what is changed; nothing was changed")
    with store.explained():
        # The whole script at once: it has functions, in which statements end as well.
        store.connection.cursor().execute(script("postgresql-notify.sql"))
        store.connection.commit()
    return "made the triggers that tell what is changed"


def make_lease_tables(store: SqlStore) -> str:
    """Make what PostgreSQL keeps leases in, or make it anew for this release; what was made, in words.

    Leases that are there stay. :raises Refused: if the database does not take it, or is another one.
    """
    if store.name != "PostgreSQL":
        raise Refused(f"{store.name} keeps no leases; nothing was changed")
    with store.explained():
        # The whole script at once, as above.
        store.connection.cursor().execute(script("postgresql-leases.sql"))
        store.connection.commit()
    return "made the tables lease, lease_offer and lease_history, and their functions"


def sample() -> Plan:
    """The sample data: three subnets, three hosts."""
    with as_file(files("sdhcp") / "schemas" / "sample.ini") as path:
        store = IniStore(str(path))
        return Plan(added=list(store.hosts()), subnets_added=store.subnets())


def put_sample(store: IHostStore) -> str:
    """Put the sample data into a store that holds nothing; what was put there, in words.

    :raises Refused: if it holds something.
    """
    if store.subnets() or store.count():
        raise Refused(f"{store.name} is not empty; nothing was changed")
    plan = sample()
    store.write(plan, lambda rows: None)
    return f"put {len(plan.subnets_added)} subnets and {len(plan.added)} hosts into {store.name}"


def make_ini(path: str) -> str:
    """Write the sample as an INI file that only its owner writes and its group reads; what was done, in words.

    :raises Refused: if there is a file.
    """
    try:
        number = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o640)
    except FileExistsError:
        raise Refused(f"{path} is there already; nothing was changed") from None
    except OSError as error:
        raise Refused(f"{path}: cannot be made: {error.strerror}") from None
    os.fchmod(number, 0o640)
    with open(number, "w", encoding="utf-8") as file:
        file.write(script("sample.ini"))
    return f"wrote {path} with three subnets and three hosts"
