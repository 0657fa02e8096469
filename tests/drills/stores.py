"""Stores with many clients for the drills, which can be stopped, started and slowed down."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple, Protocol

from ..netns.yard import ROOT
from ..servers.postgresql import PostgresqlServer
from ..servers.redis import RedisServer
from .exchanges import mac
from .slow_link import SlowLink

SCHEMAS = ROOT / "sdhcp" / "schemas"
SUBNET = "127.0.0.0/8"
NAMES = ("postgresql", "redis")


def address(number: int) -> str:
    """The address of one of the clients."""
    return f"127.{1 + (number >> 16)}.{number >> 8 & 255}.{number & 255}"


class Clients(NamedTuple):
    """Clients of one subnet, each with its hardware address and its address, and the subnet's mask."""

    subnet: str
    mask: str
    hosts: list[tuple[str, str]]


def numbered(clients: int) -> Clients:
    """Clients by number."""
    return Clients(SUBNET, "255.0.0.0", [(mac(number).hex(":"), address(number)) for number in range(clients)])


class Store(Protocol):
    """One of the stores."""

    name: str
    link: SlowLink

    def conf(self, slow: bool = True) -> str:
        """What conf.py says to use it, by way of the link that can be slowed down or straight."""

    def conf_by_socket(self) -> str:
        """The same by a socket in the file system, for a server in a network namespace."""

    def stop(self) -> None: ...

    def start(self) -> None: ...

    def move(self, number: int, to: str) -> None:
        """Give a client another address."""


class Postgresql:
    """PostgreSQL with the schema of packaging/, changes told."""

    name = "PostgreSQL"

    def __init__(self, clients: Clients) -> None:
        self._server = PostgresqlServer()
        schema = "".join(
            (SCHEMAS / name).read_text(encoding="utf-8") for name in ("postgresql.sql", "postgresql-notify.sql")
        )
        self._server.create(schema)
        self._server.execute(
            "INSERT INTO subnets (subnet, serial, lease_time, subnet_mask) VALUES (%s, 0, 3600, %s)", clients[:2]
        )
        values = ",".join(f"('{key}', '{ip}', '{clients.subnet}', 0)" for key, ip in clients.hosts)
        self._server.execute(f"INSERT INTO maps (mac, ip, subnet, serial) VALUES {values}")
        self._server.execute("ANALYZE")
        self.link = SlowLink(self._server.port)
        self.stop = self._server.stop
        self.start = self._server.start
        self.remove = self._server.remove

    def conf(self, slow: bool = True) -> str:
        settings = self._server.settings()
        if slow:
            settings["POSTGRESQL_PORT"] = self.link.port
        return _conf(settings)

    def conf_by_socket(self) -> str:
        return _conf({**self._server.settings(), "POSTGRESQL_HOST": str(self._server.folder)})

    def move(self, number: int, to: str) -> None:
        self._server.execute("UPDATE maps SET ip = %s WHERE mac = %s", (to, mac(number).hex(":")))


class Redis:
    """Redis, changes told."""

    name = "Redis"

    def __init__(self, clients: Clients) -> None:
        self._server = RedisServer("notify-keyspace-events KA", "appendonly yes", "appendfsync everysec")
        subnet = ("HSET", f"{clients.subnet}|0", "lease_time", "3600", "subnet_mask", clients.mask)
        hosts = [("HSET", key, "ip", ip, "subnet", clients.subnet, "serial", "0") for key, ip in clients.hosts]
        self._server.do(subnet, *hosts)
        self.link = SlowLink(self._server.port)
        self.stop = self._server.stop
        self.start = self._server.start
        self.remove = self._server.remove

    def conf(self, slow: bool = True) -> str:
        port = self.link.port if slow else self._server.port
        return f'DATABASE_ENGINE = "Redis"\nX_REDISDB_KWARGS = {{"host": "127.0.0.1", "port": {port}}}\n'

    def conf_by_socket(self) -> str:
        return f'DATABASE_ENGINE = "Redis"\nX_REDISDB_KWARGS = {{"unix_socket_path": "{self._server.path}"}}\n'

    def move(self, number: int, to: str) -> None:
        self._server.do(("HSET", mac(number).hex(":"), "ip", to))


def _conf(settings: Mapping[str, object]) -> str:
    return 'DATABASE_ENGINE = "PostgreSQL"\n' + "".join(f"{name} = {value!r}\n" for name, value in settings.items())


@contextmanager
def store(name: str, clients: Clients) -> Iterator[Store]:
    """A store for the time of a block."""
    made = {"postgresql": Postgresql, "redis": Redis}[name](clients)
    try:
        yield made
    finally:
        made.link.close()
        made.stop()
        made.remove()
