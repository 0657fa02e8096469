"""The servers whose reservations are in one PostgreSQL database server, and sdhcp with the same ones in memory."""

import io
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.servers.postgresql import PostgresqlServer

from .servers import BASE_IP, BASE_MAC, BELOW, ROOT, Kea, configure, ip, mac

SCHEMAS = ROOT / "sdhcp" / "schemas"
SQL = ("postgresql.sql", "postgresql-notify.sql")
SUBNET = "10.0.0.0/8"


def renew(database: PostgresqlServer, name: str, scripts: Sequence[str]) -> None:
    """Make a database anew, with what scripts make in it."""
    database.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", database="postgres")
    database.execute(f"CREATE DATABASE {name}", database="postgres")
    for script in scripts:
        command = [
            "psql",
            "-h",
            str(database.folder),
            "-p",
            str(database.port),
            "-U",
            "admin",
            "-d",
            name,
            "-q",
            "-f",
            "-",
        ]
        subprocess.run(command, input=script, check=True, capture_output=True, text=True)


def load(database: PostgresqlServer, name: str, table: str, lines: Iterable[str]) -> None:
    """Fill a table, given with its columns, from lines in the form of COPY."""
    connection = database.connect(name)
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {table} FROM STDIN", io.StringIO("\n".join(lines) + "\n"))
        cursor.execute("ANALYZE")
    connection.close()


def subnet(separator: str) -> str:
    """The one subnet's fields, in the order of its table."""
    return separator.join((SUBNET, "0", "3600", "10.0.0.1", "255.0.0.0", "10.0.0.1"))


class SdhcpInMemory:
    """This server, with reservations held in memory."""

    name = "sdhcp in memory"

    def argv(self, folder: Path, clients: int) -> list[str]:
        """Write what it needs and return how to start it."""
        lines = [
            f"[{SUBNET}|0]\nlease-time: 3600\ngateway: 10.0.0.1\nsubnet-mask: 255.0.0.0\n"
            "domain-name-servers: 10.0.0.1\n"
        ]
        lines += [f"[{mac(n)}]\nip: {ip(n)}\nsubnet: {SUBNET}\nserial: 0\n" for n in range(-BELOW, clients)]
        path = folder / "dhcp.ini"
        path.write_text("\n".join(lines), encoding="utf-8")
        return configure(folder, f'DATABASE_ENGINE = "INI"\nINI_FILE = "{path}"\n')


class SdhcpPostgresql:
    """This server, asking the database for each packet."""

    name = "sdhcp"
    cached = False

    def __init__(self, database: PostgresqlServer) -> None:
        self.database = database
        self._filled = 0

    def argv(self, folder: Path, clients: int) -> list[str]:
        """Write what it needs and return how to start it."""
        self._fill(clients)
        return configure(
            folder,
            'DATABASE_ENGINE = "PostgreSQL"\nPOSTGRESQL_DATABASE = "sdhcp"\n'
            f'POSTGRESQL_USERNAME = "admin"\nPOSTGRESQL_HOST = "{self.database.folder}"\n'
            f"POSTGRESQL_PORT = {self.database.port}\nUSE_CACHE = {self.cached}\n",
        )

    def _fill(self, clients: int) -> None:
        if self._filled == clients:
            return
        database = self.database
        renew(database, "sdhcp", [(SCHEMAS / name).read_text(encoding="utf-8") for name in SQL])
        columns = "subnet, serial, lease_time, gateway, subnet_mask, domain_name_servers"
        load(database, "sdhcp", f"subnets ({columns})", [subnet("\t")])
        rows = (f"{mac(n)}\t{ip(n)}\t{SUBNET}\t0" for n in range(-BELOW, clients))
        load(database, "sdhcp", "maps (mac, ip, subnet, serial)", rows)
        self._filled = clients


class SdhcpCached(SdhcpPostgresql):
    """This server, with its cache in front of the database, told of every change."""

    name = "sdhcp cached"
    cached = True


class KeaPostgresql(Kea):
    """Kea 2 with its PostgreSQL host backend; leases in memory and an append-only file."""

    name = "kea"
    threads = 0

    def __init__(self, database: PostgresqlServer) -> None:
        self.database = database
        self._filled = 0

    def argv(self, folder: Path, clients: int) -> list[str]:
        """Write what it needs and return how to start it."""
        self._fill(clients)
        threads = {"enable-multi-threading": bool(self.threads)}
        if self.threads:
            threads |= {"thread-pool-size": self.threads, "packet-queue-size": 64}
        hosts = {
            "type": "postgresql",
            "name": "kea",
            "user": "admin",
            "password": "",
            "host": str(self.database.folder),
            "port": self.database.port,
        }
        further = {
            "multi-threading": threads,
            "hosts-databases": [hosts],
            "reservations-global": False,
            "reservations-in-subnet": True,
            "reservations-out-of-pool": True,
        }
        return self.configured(folder, [], further)

    def _fill(self, clients: int) -> None:
        if self._filled == clients:
            return
        scripts = Path("/usr/share/kea/scripts/pgsql/dhcpdb_create.pgsql")
        if not scripts.exists():
            sys.exit("needs Kea's schema: apt-get install kea-admin")
        database = self.database
        renew(database, "kea", [scripts.read_text(encoding="utf-8")])
        columns = "dhcp_identifier, dhcp_identifier_type, dhcp4_subnet_id, ipv4_address"
        rows = (f"\\\\x{BASE_MAC + n:012x}\t0\t1\t{BASE_IP + n + BELOW}" for n in range(-BELOW, clients))
        load(database, "kea", f"hosts ({columns})", rows)
        self._filled = clients


class KeaThreads(KeaPostgresql):
    """The same with four threads, each with a connection of its own."""

    name = "kea 4 threads"
    threads = 4


def servers(database: PostgresqlServer) -> list[object]:
    """All of them, where Kea is installed."""
    own: list[object] = [SdhcpPostgresql(database), SdhcpCached(database), SdhcpInMemory()]
    kea: list[object] = [KeaPostgresql(database), KeaThreads(database)] if shutil.which("kea-dhcp4") else []
    return [*own, *kea]
