"""Servers with many clients in an SQLite file and a site's functions in conf.py, for the drills."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

from ..loopback import Running, running
from .exchanges import mac
from .stores import SCHEMAS, SUBNET, address

DATABASE = "dhcp.sqlite3"
_CONF = """
DATABASE_ENGINE = "SQLite"
SQLITE_FILE = "dhcp.sqlite3"
ENABLE_SUSPEND = False
LOG_CONSOLE_SEVERITY = "WARN"
"""


@contextmanager
def site(clients: int, code: str) -> Iterator[Running]:
    """A server that knows so many clients, with a site's code."""
    # The file has to be there at the start, in the server's own folder: conf.py makes it.
    make = (
        f"from {__name__} import fill\n"
        f"import pathlib\nfill(str(pathlib.Path(__file__).with_name({DATABASE!r})), {clients})\n"
    )
    with running(f"{make}{_CONF}{code}", {}) as server:
        yield server


def fill(file: str, clients: int) -> None:
    """Make the database."""
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.executescript((SCHEMAS / "sqlite.sql").read_text(encoding="utf-8"))
        connection.execute(
            "INSERT INTO subnets (subnet, serial, lease_time, gateway, subnet_mask) VALUES (?, 0, 3600, ?, ?)",
            (SUBNET, "127.0.0.1", "255.0.0.0"),
        )
        connection.executemany(
            "INSERT INTO maps (mac, ip, subnet, serial) VALUES (?, ?, ?, 0)",
            ((mac(number).hex(":"), address(number), SUBNET) for number in range(clients)),
        )
