"""``make run``: makes the example database if there is none, and starts the example server."""

import os
import sqlite3
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
DATABASE = HERE / "dhcp.sqlite3"
SCHEMA = HERE.parent.parent / "sdhcp" / "schemas" / "sqlite.sql"

SUBNETS = [
    # subnet, serial, lease_time, gateway, subnet_mask, broadcast_address, ntp_servers, domain_name_servers, domain_name
    ("192.0.2.0/24", 0, 3600, "192.0.2.1", "255.255.255.0", "192.0.2.255", None, "192.0.2.53", "example.org"),
]
MAPS = [
    # mac, ip, hostname, subnet, serial
    ("02:00:00:00:00:01", "192.0.2.10", "first", "192.0.2.0/24", 0),
    ("02:00:00:00:00:02", "192.0.2.11", "second", "192.0.2.0/24", 0),
]


def make_database() -> None:
    """Fill a new file and put it in place whole."""
    fresh = DATABASE.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    connection = sqlite3.connect(fresh)
    connection.executescript(SCHEMA.read_text(encoding="utf-8"))
    connection.executemany(
        "INSERT INTO subnets (subnet, serial, lease_time, gateway, subnet_mask, broadcast_address, ntp_servers,"
        " domain_name_servers, domain_name) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        SUBNETS,
    )
    connection.executemany("INSERT INTO maps (mac, ip, hostname, subnet, serial) VALUES (?, ?, ?, ?, ?)", MAPS)
    connection.commit()
    connection.close()
    fresh.replace(DATABASE)


def main() -> None:
    """Make what is missing, say what to type next, and become the server."""
    if not DATABASE.exists():
        make_database()
    program = Path(sys.executable).with_name("sdhcp")
    shown = os.path.relpath(program)
    print(
        f"""
The example server starts now; Ctrl-C ends it. In a second terminal, in this folder, type

    {shown} probe

and the example client gets its address. Then give the client another one and probe again:

    sqlite3 {os.path.relpath(DATABASE)} "UPDATE maps SET ip = '192.0.2.99' WHERE hostname = 'first'"
""",
        flush=True,
    )
    os.execv(program, [str(program), "run", "--config", str(HERE / "conf.py")])


if __name__ == "__main__":
    main()
