"""Stores with many clients for the drills, which can be stopped, started and slowed down."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from ..netns.yard import ROOT
from ..servers.postgresql import PostgresqlServer
from ..servers.redis import RedisServer
from .exchanges import mac
from .slow_link import SlowLink

SCHEMAS = ROOT / "packaging" / "schemas"
SUBNET = "127.0.0.0/8"
NAMES = ("postgresql", "redis")


def address(number: int) -> str:
    """The address of one of the clients."""
    return f"127.{1 + (number >> 16)}.{number >> 8 & 255}.{number & 255}"


class Store(Protocol):
    """One of the stores."""

    name: str
    link: SlowLink

    def conf(self, slow: bool = True) -> str:
        """What conf.py says to use it, by way of the link that can be slowed down or straight."""

    def stop(self) -> None: ...

    def start(self) -> None: ...

    def move(self, number: int, to: str) -> None:
        """Give a client another address."""


class Postgresql:
    """PostgreSQL with the schema of packaging/, changes told."""

    name = "PostgreSQL"

    def __init__(self, clients: int) -> None:
        self._server = PostgresqlServer()
        schema = "".join(
            (SCHEMAS / name).read_text(encoding="utf-8") for name in ("postgresql.sql", "postgresql-notify.sql")
        )
        self._server.create(schema)
        self._server.execute(
            "INSERT INTO subnets (subnet, serial, lease_time, subnet_mask) VALUES (%s, 0, 3600, '255.0.0.0')", (SUBNET,)
        )
        rows = [(mac(number).hex(":"), address(number), SUBNET) for number in range(clients)]
        values = ",".join(f"('{key}', '{ip}', '{subnet}', 0)" for key, ip, subnet in rows)
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
        return 'DATABASE_ENGINE = "PostgreSQL"\n' + "".join(f"{name} = {value!r}\n" for name, value in settings.items())

    def move(self, number: int, to: str) -> None:
        self._server.execute("UPDATE maps SET ip = %s WHERE mac = %s", (to, mac(number).hex(":")))


class Redis:
    """Redis, changes told."""

    name = "Redis"

    def __init__(self, clients: int) -> None:
        self._server = RedisServer("notify-keyspace-events KA", "appendonly yes", "appendfsync everysec")
        self._server.start()
        subnet = ("HSET", f"{SUBNET}|0", "lease_time", "3600", "subnet_mask", "255.0.0.0")
        hosts = [
            ("HSET", mac(number).hex(":"), "ip", address(number), "subnet", SUBNET, "serial", "0")
            for number in range(clients)
        ]
        self._server.run(subnet, *hosts)
        self.link = SlowLink(self._server.port)
        self.stop = self._server.stop
        self.start = self._server.start
        self.remove = self._server.remove

    def conf(self, slow: bool = True) -> str:
        port = self.link.port if slow else self._server.port
        return f'DATABASE_ENGINE = "Redis"\nX_REDISDB_KWARGS = {{"host": "127.0.0.1", "port": {port}}}\n'

    def move(self, number: int, to: str) -> None:
        self._server.run(("HSET", mac(number).hex(":"), "ip", to))


@contextmanager
def store(name: str, clients: int) -> Iterator[Store]:
    """A store for the time of a block."""
    made = {"postgresql": Postgresql, "redis": Redis}[name](clients)
    try:
        yield made
    finally:
        made.link.close()
        made.stop()
        made.remove()
