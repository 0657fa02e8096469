"""The servers that lend addresses, compared: each with the same pool, its leases in a folder of its own."""

import sys
from pathlib import Path

from .servers import Dhcpd, Kea, Sdhcp, configure, fill

FIRST, LAST = "10.16.0.1", "10.16.255.254"
"""65,534 addresses; every client that asks while it is measured is a new one."""
POOLS = f"""
from sdhcp.pools import Pool

POOLS = [
    Pool(
        "clients", "{FIRST}-{LAST}", subnet="10.0.0.0/8", gateway="10.0.0.1", domain_name_servers="10.0.0.1",
        lease_time=3600, probe=False,
    ),
]
"""


class LendingSdhcp(Sdhcp):
    """This server, with its leases in SQLite: each is on the disk before its client hears of it."""

    program = sys.executable

    def argv(self, folder: Path, clients: int) -> list[str]:
        """Write what it needs and return how to start it."""
        database = folder / "dhcp.sqlite3"
        fill(database, 0)
        leases = folder / "leases.sqlite3"
        source = f'DATABASE_ENGINE = "SQLite"\nSQLITE_FILE = "{database}"\nLEASES_FILE = "{leases}"\n'
        return configure(folder, source + POOLS)


class LendingKea(Kea):
    """Kea 2, leases in memory and an append-only file, without waiting for the disk: it has no such setting."""

    def argv(self, folder: Path, clients: int) -> list[str]:
        """Write what it needs and return how to start it."""
        return self.configured(folder, [], {"multi-threading": {"enable-multi-threading": False}})

    def subnet(self) -> dict[str, object]:
        """What its subnet has beside reservations and options."""
        return {"pools": [{"pool": f"{FIRST} - {LAST}"}]}


class LendingDhcpd(Dhcpd):
    """ISC dhcpd, which waits for the disk with each lease; it writes every renewal, as the others do."""

    def argv(self, folder: Path, clients: int) -> list[str]:
        """Write what it needs and return how to start it."""
        settings = f"dhcp-cache-threshold 0;\nsubnet 10.0.0.0 netmask 255.0.0.0 {{ range {FIRST} {LAST}; }}\n"
        return self.configured(folder, settings)


LENDING = (LendingSdhcp, LendingKea, LendingDhcpd)
