"""Database objects that a site's own classes inherit from or ask."""

import sqlite3
from contextlib import closing
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from sdhcp.scripting import connection_pool
from sdhcp.scripting.connection_pool import ConnectionPool
from sdhcp.scripting.databases import Null
from sdhcp.scripting.get_database import get_database
from sdhcp.scripting.ini_database import INI
from sdhcp.scripting.mac import MAC
from sdhcp.scripting.sql_databases import SQLite, _DB20Broker, _NonPoolingBroker, _SQLDatabase

from .contracts import FIRST, HOSTS, OWN_COLUMNS, SUBNETS
from .netns.yard import ROOT
from .servers import mariadb, postgresql
from .site_case import SiteCase
from .sql_cases import SqlCase, schema

STRANGER = "02:00:00:00:00:99"
BROKER = """
import sqlite3
from staticdhcpdlib.databases._sql import _NonPoolingBroker, _PoolingBroker

class Own(_NonPoolingBroker):
    _module = sqlite3
    _query_mac = (
        "SELECT ip, name, NULL, '255.0.0.0', NULL, 'example.org', '10.0.0.1,10.0.0.2', NULL, 60, 's', 3, 'red', 7 "
        "FROM own WHERE mac = ? LIMIT 1"
    )
    def __init__(self):
        _NonPoolingBroker.__init__(self, concurrency_limit=2)
        self._connection_details = {"database": X_FILE}
"""


def sqlite_file(path):
    """A database with our tables, one host, and two of the site's own columns."""
    with closing(sqlite3.connect(path)) as database:
        database.executescript((ROOT / "sdhcp" / "schemas" / "sqlite.sql").read_text(encoding="utf-8"))
        database.executescript(
            "ALTER TABLE maps ADD colour TEXT; ALTER TABLE subnets ADD room TEXT;"
            "INSERT INTO subnets (subnet, serial, lease_time, gateway, room) VALUES "
            "('10.0.0.0/8', 2, 60, '10.0.0.1, 10.0.0.2', NULL);"
            "INSERT INTO maps (mac, ip, hostname, subnet, serial, colour) VALUES "
            "('02:00:00:00:00:0A', '10.0.0.5', 'five', '10.0.0.0/8', 2, 'red');"
        )


class SqliteTests(SiteCase, SynchronousTestCase):
    def setUp(self):
        self.path = str(Path(self.mktemp()).absolute())
        sqlite_file(self.path)
        self.settings = f"DATABASE_ENGINE = 'SQLite'\nSQLITE_FILE = {self.path!r}\n"

    def test_what_a_client_gets(self):
        self.load(f"{self.settings}EXTRA_MAPS = ['colour']\nEXTRA_SUBNETS = ('room',)\nCASE_INSENSITIVE_MACS = True\n")
        database = get_database()
        found = database.lookupMAC(MAC("02:00:00:00:00:0a"))
        self.assertIsInstance(database, SQLite)
        self.assertEqual((found.ip, found.hostname, found.gateways), ("10.0.0.5", "five", ["10.0.0.1", "10.0.0.2"]))
        self.assertEqual((found.lease_time, found.subnet, found.serial), (60, "10.0.0.0/8", 2))
        self.assertEqual(found.extra, {"maps.colour": "red", "subnets.room": None})
        self.assertIsNone(database.lookupMAC(MAC(STRANGER)))

    def test_letters_count_and_nothing_is_extra_unless_conf_says_so(self):
        self.load(self.settings)
        database = SQLite()
        self.assertIsNone(database.lookupMAC(MAC("02:00:00:00:00:0a")))
        self.assertIsNone(database.lookupMAC("02:00:00:00:00:0A").extra)


class SiteClassTests(SiteCase, SynchronousTestCase):
    def own(self, text=""):
        path = str(Path(self.mktemp()).absolute())
        with closing(sqlite3.connect(path)) as database:
            database.executescript(
                "CREATE TABLE own (mac TEXT, ip TEXT, name TEXT);"
                "INSERT INTO own VALUES ('02:00:00:00:00:0a', '10.1.1.1', 'own');"
            )
        return self.load(f"X_FILE = {path!r}\n{BROKER}{text}").Own

    def test_a_question_of_its_own(self):
        found = self.own("EXTRA_MAPS = ['colour']\nEXTRA_SUBNETS = ['floor']\n")().lookupMAC(MAC("02:00:00:00:00:0a"))
        self.assertEqual((found.ip, found.hostname, found.gateways, found.serial), ("10.1.1.1", "own", None, 3))
        self.assertEqual(found.domain_name_servers, ["10.0.0.1", "10.0.0.2"])
        self.assertEqual(found.extra, {"maps.colour": "red", "subnets.floor": 7})

    def test_what_is_raised_comes_out_and_the_connection_is_closed(self):
        database = self.own()()
        database._query_mac = "SELECT nonsense FROM own WHERE mac = ?"
        self.assertRaises(sqlite3.OperationalError, database.lookupMAC, MAC(STRANGER))

    def test_a_connection_that_cannot_be_closed_costs_no_answer(self):
        class Connection(sqlite3.Connection):
            def close(self):
                super().close()
                raise sqlite3.Error("it does not close")

        database = self.own()()
        database._connection_details["factory"] = Connection
        with self.assertLogs("databases._sql", level="WARNING"):
            self.assertEqual(database.lookupMAC(MAC("02:00:00:00:00:0a")).hostname, "own")

    def test_a_class_without_a_connection_is_told(self):
        self.load("")
        for kind in (_SQLDatabase, _DB20Broker):
            self.assertRaises(NotImplementedError, kind()._getConnection)
        self.assertTrue(issubclass(_NonPoolingBroker, _SQLDatabase))


class GetDatabaseTests(SiteCase, SynchronousTestCase):
    def test_what_conf_makes(self):
        conf = self.load("class Own:\n    def lookupMAC(self, mac):\n        return None\nDATABASE_ENGINE = Own\n")
        self.assertIsInstance(get_database(), conf.Own)
        conf = self.load("class Own:\n    def lookupMAC(self, mac):\n        return None\nDATABASE_ENGINE = Own()\n")
        self.assertIs(get_database(), conf.DATABASE_ENGINE)
        self.load("")
        self.assertIsInstance(get_database(), Null)

    def test_what_cannot_be_asked_this_way(self):
        self.load("DATABASE_ENGINE = 'HTTP'\nX_HTTPDB_URI = 'http://127.0.0.1/'\n")
        self.assertRaises(ValueError, get_database)


class IniTests(SiteCase, SynchronousTestCase):
    def setUp(self):
        self.load("DATABASE_ENGINE = 'INI'\nINI_FILE = 'own.ini'\n")
        self.path = Path(self.configuration.source.folder) / "own.ini"

    def write(self, hostname, rest=""):
        self.path.write_text(
            f"[10.0.0.0/8|1]\nlease-time: 60\ngateway: 10.0.0.1\nsubnets.room: 5\n"
            f"[02:00:00:00:00:0a]\nip: 10.0.0.5\nhostname: {hostname}\nsubnet: 10.0.0.0/8\nserial: 1\n{rest}",
            encoding="utf-8",
        )

    def test_it_is_read_beside_conf_and_anew_when_told(self):
        self.write("one")
        database = get_database()
        self.assertIsInstance(database, INI)
        found = database.lookupMAC(MAC("02:00:00:00:00:0a"))
        self.assertEqual((found.ip, found.hostname, found.gateways, found.extra),
                         ("10.0.0.5", "one", ["10.0.0.1"], {"subnets.room": "5"}))  # fmt: skip
        self.assertEqual((found.subnet_mask, found.ntp_servers), (None, None))
        self.assertIsNone(database.lookupMAC(MAC(STRANGER)))
        self.write("two")
        database.reinitialise()
        self.assertEqual(database.lookupMAC(MAC("02:00:00:00:00:0a")).hostname, "two")
        self.write("three", "nonsense\n")
        self.assertRaises(ValueError, database.reinitialise)
        self.assertEqual(database.lookupMAC(MAC("02:00:00:00:00:0a")).hostname, "two")

    def test_a_file_that_is_not_there_is_told(self):
        self.assertRaises(ValueError, INI)


class Connection:
    def __init__(self, broken=False):
        self.broken, self.closed, self.undone = broken, 0, 0

    def rollback(self):
        self.undone += 1
        if self.broken:
            raise OSError("gone")

    def close(self):
        self.closed += 1


class PoolTests(SynchronousTestCase):
    def setUp(self):
        self.made, self.now = [], 0.0
        self.pool = ConnectionPool(self.connect, 2, lambda: self.now)

    def connect(self):
        self.made.append(Connection())
        return self.made[-1]

    def test_a_connection_is_used_again_with_nothing_under_way(self):
        for _ in range(3):
            one = self.pool.take()
            one.close()
            one.close()
        self.assertEqual((len(self.made), self.made[0].undone, self.made[0].closed), (1, 3, 0))

    def test_one_that_was_left_for_long_is_not_used_again(self):
        self.pool.take().close()
        self.now += connection_pool.IDLE
        self.pool.take().close()
        self.assertEqual((len(self.made), self.made[0].closed), (2, 1))

    def test_one_that_is_old_is_not_used_again(self):
        one = self.pool.take()
        self.now += connection_pool.AGE
        one.close()
        self.pool.take()
        self.assertEqual((len(self.made), self.made[0].closed), (2, 1))

    def test_one_that_is_of_no_use_is_not_kept(self):
        one = self.pool.take()
        one.broken = True
        self.assertTrue(self.made[0].broken)
        one.close()
        self.pool.take()
        self.assertEqual((len(self.made), self.made[0].closed), (2, 1))

    def test_no_more_are_kept_than_there_is_room_for(self):
        for one in [self.pool.take() for _ in range(3)]:
            one.close()
        self.assertEqual([one.closed for one in self.made], [0, 0, 1])


class ServerTests(SiteCase):
    def test_what_a_client_gets_and_what_others_write_meanwhile(self):
        self.server.create(self.schema)
        self.refill(SUBNETS, HOSTS)
        for pool in (True, False):
            settings = "".join(f"{name} = {value!r}\n" for name, value in self.server.settings(USE_POOL=pool).items())
            self.load(f"DATABASE_ENGINE = {self.engine!r}\n{settings}EXTRA_MAPS = {list(OWN_COLUMNS)!r}\n")
            database = get_database()
            for address in ("10.77.1.50", "10.77.1.99"):
                self.refill(SUBNETS, [{**HOSTS[0], "ip": address}])
                found = database.lookupMAC(MAC(FIRST))
                self.assertEqual((found.ip, list(found.extra)), (address, [f"maps.{name}" for name in OWN_COLUMNS]))
            self.assertIsNone(database.lookupMAC(MAC(STRANGER)))


class PostgresqlTests(ServerTests, SqlCase):
    skip = postgresql.SKIP or None
    engine, module = "PostgreSQL", "postgresql"
    schema = schema("postgresql.sql")
    make_server = postgresql.PostgresqlServer.shared


class MysqlTests(ServerTests, SqlCase):
    skip = mariadb.SKIP or None
    engine, module = "MySQL", "mysql"
    schema = schema("mysql.sql")
    make_server = mariadb.MariadbServer.shared
