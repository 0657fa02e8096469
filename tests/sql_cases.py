"""What the tests of the SQL servers have in common."""

import importlib
import logging
from time import monotonic

from twisted.internet import reactor
from twisted.internet.defer import gatherResults
from twisted.internet.task import deferLater
from twisted.trial.unittest import TestCase

from sdhcp.backends.cached import CachedSource
from sdhcp.config.settings import CacheSettings, SourceSettings

from .contracts import FIRST, HOSTS, OWN_COLUMNS, SUBNETS, ListContract, SourceContract, columns, known_by
from .netns.yard import ROOT
from .samples import ip

PATIENCE = 30.0
ODD = (
    "", "\0", "a\0b", "\ud800", "\\", '\\"', "{}", "},{", ",", '"', "NULL", "%s", "'; DROP TABLE maps; --",
    FIRST.upper(), f"{FIRST} ", f" {FIRST}", "ключ", "x" * 300,
)  # fmt: skip
"""Keys that nobody has."""


def schema(name, own=True):
    """A schema of ours, with the columns of the contract's own fields."""
    text = (ROOT / "sdhcp" / "schemas" / name).read_text(encoding="utf-8")
    further = "".join(f"    {column} VARCHAR(255),\n" for column in OWN_COLUMNS) if own else ""
    return text.replace("    UNIQUE (ip", f"{further}    UNIQUE (ip")


async def until(condition, what):
    """Wait for a condition."""
    end = monotonic() + PATIENCE
    while not condition():
        if monotonic() > end:
            raise AssertionError(f"waited {PATIENCE} s in vain: {what}")
        await deferLater(reactor, 0.005)


class SqlCase(TestCase):
    """A private server whose database is filled anew for each test."""

    timeout = 90
    engine = module = schema = ""
    make_server = None

    def setUp(self):
        self.server = type(self).make_server()

    def refill(self, subnets, hosts):
        """Have the database hold these, from one moment to the next."""
        connection = self.server.connect()
        with connection.cursor() as cursor:
            cursor.execute("BEGIN")
            for table in ("maps", "subnets"):
                cursor.execute(f"DELETE FROM {table}")
            for table, rows in (("subnets", subnets), ("maps", map(columns, hosts))):
                for row in rows:
                    marks = ", ".join(["%s"] * len(row))
                    cursor.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", list(row.values()))
            cursor.execute("COMMIT")
        connection.close()

    def build(self, extra_maps=(), any_case=False, extra_subnets=(), **settings):
        """The source that a configuration asks for."""
        module = importlib.import_module(f"sdhcp.backends.{self.module}")
        own = self.server.settings(**settings)
        chosen = SourceSettings(self.engine, any_case, extra_maps, extra_subnets, settings=own)
        return module.build(chosen, reactor, reactor.seconds)

    def started(self, *arguments, **settings):
        """The same, started."""
        source = self.build(*arguments, **settings)
        source.start()
        self.addCleanup(source.stop)
        return source

    def cached(self, source, **settings):
        """With what stands in front of it in the server, started."""
        cached = CachedSource(source, CacheSettings(**settings), reactor, reactor.seconds)
        cached.start()
        self.addCleanup(cached.stop)
        return cached

    def lines(self):
        """What is logged from now on, by anybody."""
        kept = []
        handler = logging.Handler()
        handler.emit = lambda record: kept.append(record.getMessage())
        logging.getLogger().addHandler(handler)
        self.addCleanup(logging.getLogger().removeHandler, handler)
        return kept


class SqlContract(ListContract, SourceContract):
    """The contract of sources, and what is particular to keys in SQL."""

    def open(self, subnets, hosts):
        self.server.create(self.schema)
        self.refill(subnets, hosts)
        self.source = self.build(OWN_COLUMNS)
        return self.source

    def change(self, subnets, hosts):
        self.refill(subnets, hosts)

    async def opened(self, subnets, hosts):
        opened = await super().opened(subnets, hosts)
        await self.source.read_subnets()
        return opened

    async def test_keys_that_no_database_can_take(self):
        source = await self.opened(SUBNETS, HOSTS)
        for odd in ODD:
            self.assertIsNone(await source.lookup(known_by(odd)), ascii(odd))
        both = [*ODD, FIRST, "x" * 301, HOSTS[1]["mac"]]
        found = await gatherResults([source.lookup(known_by(key)) for key in both])
        known = [None] * len(ODD) + [ip("10.77.1.50"), None, ip("10.77.1.51")]
        self.assertEqual([one and one.ip for one in found], known)
