"""Equal servers that share one store of leases, each in a network namespace; the store is in one of its own."""

import subprocess
import sys
from typing import Any, Protocol

from ..netns.yard import ROOT, ServerProcess, Yard, ip
from ..servers.postgresql import SKIP as NO_POSTGRESQL
from ..servers.postgresql import PostgresqlServer
from ..servers.redis import SKIP as NO_REDIS
from ..servers.redis import RedisServer
from .network import Switch

AGENT = "10.77.0.2"
NODES = ("10.77.0.11", "10.77.0.12", "10.77.0.13")
STORE = "10.78.0.1"
RANGE = "10.77.16.0"
"""The first of the addresses that are lent."""
CONF = """
DHCP_SERVER_IP = {address!r}
DATABASE_ENGINE = "INI"
INI_FILE = {ini!r}
ALLOW_DHCP_RELAYS = True
ENABLE_SUSPEND = False
UNAUTHORIZED_CLIENT_TIMEOUT = 0
DAEMON = False
LOG_CONSOLE_SEVERITY = "WARN"
"""
POOL = """
from sdhcp.pools import Pool

POOLS = [Pool("guests", {ranges!r}, subnet="10.77.0.0/16", lease_time={lease_time}, probe=False)]
"""
MISSING = {"redis": NO_REDIS, "postgresql": NO_POSTGRESQL}
"""Why a kind of store cannot be had, or ""."""


class LeaseStore(Protocol):
    """What leases are kept in.

    :ivar durable: how well it keeps what it has acknowledged.
    """

    durable: str

    def conf(self) -> str:
        """What conf.py says to use it over the network."""

    def conf_by_socket(self) -> str:
        """The same by its socket in the file system."""

    def stop(self) -> None: ...

    def start(self) -> None: ...

    def remove(self) -> None: ...


class Redis(RedisServer):  # type: ignore[misc]
    """Redis in a namespace, with everything on disk before it is acknowledged."""

    durable = "appendfsync always"

    def __init__(self, space: str) -> None:
        self._space = space
        super().__init__("appendonly yes", "appendfsync always", "bind 0.0.0.0", "protected-mode no")

    def as_user(self, *command: Any) -> list[str]:
        return ["ip", "netns", "exec", self._space, *super().as_user(*command)]

    def conf(self) -> str:
        return redis_conf({"host": STORE, "port": self.port})

    def conf_by_socket(self) -> str:
        return redis_conf({"unix_socket_path": self.path})


class Postgresql(PostgresqlServer):  # type: ignore[misc]
    """PostgreSQL in a namespace, with everything on disk before it is acknowledged, and the tables of init-db."""

    durable = "fsync on"

    def __init__(self, space: str) -> None:
        self._space = space
        super().__init__()
        with (self.data / "pg_hba.conf").open("a") as rules:
            rules.write("host all reader 10.78.0.0/16 scram-sha-256\n")
        self.execute("SELECT pg_reload_conf()")
        make_tables(self, self.conf_by_socket())

    def as_user(self, *command: Any) -> list[str]:
        return ["ip", "netns", "exec", self._space, *super().as_user(*command)]

    def spawn(self, *command: Any) -> None:
        kept = ("listen_addresses=*", "fsync=on", "synchronous_commit=on", "full_page_writes=on", "autovacuum=on")
        super().spawn(*command, *(part for setting in kept for part in ("-c", setting)))

    def conf(self) -> str:
        return postgresql_conf(self, STORE)

    def conf_by_socket(self) -> str:
        return postgresql_conf(self, str(self.folder))


def redis_conf(arguments: dict[str, object]) -> str:
    """What conf.py says to keep leases in a Redis."""
    return f'LEASES_STORE = "Redis"\nLEASES_REDISDB_KWARGS = {arguments!r}\n'


def postgresql_conf(server: Any, host: str) -> str:
    """What conf.py says to keep leases in a PostgreSQL."""
    told = server.settings(POSTGRESQL_HOST=host)
    del told["USE_POOL"]
    return 'LEASES_STORE = "PostgreSQL"\n' + "".join(f"LEASES_{name} = {value!r}\n" for name, value in told.items())


def make_tables(server: Any, conf: str) -> None:
    """Make the tables of leases as an operator does."""
    file = server.folder / "init.py"
    file.write_text(f'DHCP_SERVER_IP = "127.0.0.1"\nDATABASE_ENGINE = "INI"\nINI_FILE = "none.ini"\n{conf}')
    command = [sys.executable, "-m", "sdhcp.cli.main", "init-db", "--config", str(file), "--leases", "--yes"]
    done = subprocess.run(
        [*command, "--user", "admin"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if done.returncode:
        raise AssertionError(f"init-db --leases: {done.stdout}{done.stderr}")
    server.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON lease, lease_offer, lease_history TO reader")


def ranges_of(size: int) -> str:
    """So many addresses, as a pool has them."""
    first = int.from_bytes(bytes(map(int, RANGE.split("."))), "big")
    return f"{RANGE}-{'.'.join(map(str, (first + size - 1).to_bytes(4, 'big')))}"


class Node:
    """One of the servers.

    :ivar logs: what it said in each life that has ended.
    :ivar began: when its process was started the last time.
    """

    def __init__(self, cluster: "Cluster", number: int, port: str) -> None:
        self.address = NODES[number]
        self.number = number
        self.space = cluster.yard.space(f"n{number}")
        self._cluster = cluster
        self._port = port
        self._server: ServerProcess | None = None
        self.logs: list[str] = []

    def start(self) -> None:
        """Start it, and wait until it serves."""
        self._server = self._cluster.yard.server(self.space, self._cluster.conf(self.address), f"node{self.number}")

    def kill(self) -> None:
        """End it with SIGKILL."""
        if self._server is not None:
            self._server.process.kill()
            self._server.process.wait(10)
            self.logs.append(self._server.log())
            self._server = None

    def log(self) -> str:
        """What it has said in this life."""
        return self._server.log() if self._server is not None else ""

    def cut_off(self) -> None:
        """Have nothing pass between it and the store; its interface stays up."""
        ip("-n", self._cluster.back, "link", "set", self._port, "nomaster")

    def join(self) -> None:
        """End that."""
        ip("-n", self._cluster.back, "link", "set", self._port, "master", "br0")


class Cluster:
    """The servers, the store and the links: clients' packets come by one, the store is on the other.

    :ivar clients: the namespace of the relay agent and of the clients.
    """

    def __init__(self, yard: Yard, kind: str, size: int, lease_time: int) -> None:
        self.yard = yard
        front, back = Switch(yard, "w"), Switch(yard, "b")
        self.back = back.space
        self.clients = yard.space("c")
        front.plug(self.clients, "vcli", f"{AGENT}/16")
        # All addresses that are lent are there, behind the relay agent as behind a router.
        for network in ("10.77.16.0/20", "10.77.32.0/19", "10.77.64.0/18", "10.77.128.0/17"):
            ip("-n", self.clients, "route", "add", "local", network, "dev", "lo")
        store = yard.space("t")
        back.plug(store, "vst", f"{STORE}/16")
        self.nodes: list[Node] = []
        for number, address in enumerate(NODES):
            node = Node(self, number, f"p{number + 1}")
            front.plug(node.space, "vsrv", f"{address}/24")
            ip("-n", node.space, "route", "add", "10.77.0.0/16", "via", AGENT)
            back.plug(node.space, "vst", f"10.78.0.{11 + number}/16")
            self.nodes.append(node)
        self.ini = yard.folder / "dhcp.ini"
        self.ini.write_text("[10.77.0.0/16|0]\nlease-time: 3600\n", encoding="ascii")
        self._pool = POOL.format(ranges=ranges_of(size), lease_time=lease_time)
        self.store: LeaseStore = {"redis": Redis, "postgresql": Postgresql}[kind](store)

    def conf(self, address: str) -> str:
        """The conf.py of a server."""
        return CONF.format(address=address, ini=str(self.ini)) + self.store.conf() + self._pool

    def conf_by_socket(self) -> str:
        """What conf.py says for somebody who reads the store where it is."""
        ini = f'DATABASE_ENGINE = "INI"\nINI_FILE = {str(self.ini)!r}\n'
        return ini + self.store.conf_by_socket() + self._pool

    def close(self) -> None:
        """End the servers, then the store."""
        for node in self.nodes:
            node.kill()
        self.store.stop()
        self.store.remove()
