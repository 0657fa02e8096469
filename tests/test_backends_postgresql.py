"""PostgreSQL, as it is and as others leave it."""

from twisted.internet import reactor
from twisted.trial.unittest import TestCase

from .contracts import OWN_COLUMNS, CachedContract, ListContract, SourceContract, columns
from .netns.yard import ROOT
from .servers.postgresql import SKIP, PostgresqlServer

skip = SKIP or None
SCHEMA = (ROOT / "packaging" / "schemas" / "postgresql.sql").read_text(encoding="utf-8")
OWN_SCHEMA = SCHEMA.replace("    UNIQUE (ip", "".join(f"    {name} TEXT,\n" for name in OWN_COLUMNS) + "    UNIQUE (ip")


def fill(connection, subnets, hosts):
    with connection.cursor() as cursor:
        for table, rows in (("subnets", subnets), ("maps", hosts)):
            for row in rows:
                marks = ", ".join(["%s"] * len(row))
                cursor.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", list(row.values()))


class PostgresqlCase(TestCase):
    def setUp(self):
        self.server = PostgresqlServer.shared()

    def refill(self, subnets, hosts):
        connection = self.server.connect()
        connection.autocommit = False
        with connection, connection.cursor() as cursor:
            cursor.execute("DELETE FROM maps; DELETE FROM subnets")
            fill(connection, subnets, map(columns, hosts))
        connection.close()

    def build(self, extra_maps=OWN_COLUMNS, any_case=False, **settings):
        from sdhcp.backends.postgresql import build
        from sdhcp.config.settings import SourceSettings

        own = self.server.settings(**settings)
        chosen = SourceSettings("PostgreSQL", any_case, extra_maps, settings=own)
        self.source = build(chosen, reactor, reactor.seconds)
        return self.source


class ContractTests(ListContract, SourceContract, PostgresqlCase):
    def open(self, subnets, hosts):
        self.server.create(OWN_SCHEMA)
        self.refill(subnets, hosts)
        return self.build()

    def change(self, subnets, hosts):
        self.refill(subnets, hosts)

    async def opened(self, subnets, hosts):
        opened = await super().opened(subnets, hosts)
        await self.source.read_subnets()
        return opened


class CachedContractTests(CachedContract, ContractTests):
    pass
