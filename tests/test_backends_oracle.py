"""Oracle Database: what is said to its driver. A stand-in answers from SQLite: no server is at hand."""

import re
import sqlite3

from twisted.internet import reactor
from twisted.internet.defer import gatherResults
from twisted.trial.unittest import TestCase

from sdhcp.config.settings import SourceSettings
from sdhcp.interfaces import BadReservation, SourceError, SourceLoadError

from .contracts import EXPECTED, FIRST, HOSTS, STRANGER, SUBNETS, asked, known_by
from .samples import ip
from .sql_cases import schema

try:
    import oracledb

    from sdhcp.backends.oracle import build
except ImportError:
    oracledb = None

PASSWORD = "s3cret-of-ora"
PLACE = "db.example.org:1521/dhcp"


class Cursor:
    def __init__(self, connection):
        self.connection = connection
        self.cursor = connection.database.cursor()

    def execute(self, statement, values=()):
        if self.connection.error is not None:
            raise self.connection.error
        self.connection.said.append((statement, tuple(values)))
        statement = re.sub(r"FETCH FIRST (\d+) ROWS ONLY$", r"LIMIT \1", statement)
        self.cursor.execute(statement, {str(place + 1): value for place, value in enumerate(values)})

    def fetchall(self):
        return self.cursor.fetchall()

    def __iter__(self):
        return iter(self.cursor)


class Connection:
    """A connection to the stand-in."""

    error = None

    def __init__(self, path, said):
        self.database = sqlite3.connect(path, check_same_thread=False)
        self.said = said

    def cursor(self):
        return Cursor(self)

    def close(self):
        self.database.close()

    def cancel(self):
        self.database.interrupt()


def fault(number, text):
    """An error as the driver raises it."""
    of = type("Error", (), {"full_code": number, "isrecoverable": False, "__str__": lambda self: text})()
    return oracledb.DatabaseError(of)


class OracleTests(TestCase):
    skip = None if oracledb else "oracledb is not installed"

    def setUp(self):
        self.path = self.mktemp()
        self.said, self.arguments, self.connections = [], [], []
        database = sqlite3.connect(self.path)
        database.executescript(schema("oracle.sql", own=False))
        for table, rows in (("subnets", SUBNETS), ("maps", HOSTS)):
            for row in rows:
                marks = ", ".join("?" * len(row))
                database.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", list(row.values()))
        database.commit()
        database.close()
        self.patch(oracledb, "connect", self.connect)

    def connect(self, **arguments):
        self.arguments.append(arguments)
        self.connections.append(Connection(self.path, self.said))
        return self.connections[-1]

    def started(self, any_case=False, **settings):
        own = {
            "ORACLE_DATABASE": PLACE, "ORACLE_USERNAME": "dhcp", "ORACLE_PASSWORD": PASSWORD,
            "ORACLE_MAXIMUM_CONNECTIONS": 1, "USE_POOL": True, **settings,
        }  # fmt: skip
        source = build(SourceSettings("Oracle", any_case, settings=own), reactor, reactor.seconds)
        source.start()
        self.addCleanup(source.stop)
        return source

    async def test_who_and_where_and_for_how_long(self):
        await self.started().probe()
        (arguments,) = self.arguments
        self.assertEqual((arguments["user"], arguments["password"], arguments["dsn"]), ("dhcp", PASSWORD, PLACE))
        self.assertEqual(arguments["tcp_connect_timeout"], 3)
        self.assertEqual(self.connections[0].call_timeout, 4000)

    async def test_knows_its_clients_and_no_others(self):
        source = self.started()
        keys = [*EXPECTED, STRANGER, FIRST.upper(), "", "\0", "\ud800"]
        found = await gatherResults([source.lookup(known_by(key)) for key in keys])
        self.assertEqual(found, [*EXPECTED.values(), *[None] * 5])
        await source.read_subnets()
        self.assertEqual(source.subnet_of(ip("10.77.1.9")).definition.lease_time, 3600)
        self.assertEqual(dict(source.reservations()), EXPECTED)

    async def test_a_column_of_a_fixed_width(self):
        database = sqlite3.connect(self.path)
        database.execute("UPDATE maps SET mac = mac || '   '")
        database.commit()
        database.close()
        self.assertEqual(dict(self.started().reservations()), EXPECTED)

    async def test_any_case(self):
        database = sqlite3.connect(self.path)
        database.execute("UPDATE maps SET mac = UPPER(mac)")
        database.commit()
        database.close()
        self.assertEqual(await self.started(any_case=True).lookup(asked()), EXPECTED[FIRST])

    async def test_few_statements_for_any_number_of_clients(self):
        source = self.started()
        for number in (1, 2, 3, 5, 17, 100, 256, 300):
            await gatherResults([source.lookup(known_by(f"{number}-{one}")) for one in range(number)])
        statements = {statement for statement, values in self.said if values}
        self.assertLessEqual(len(statements), 5)
        self.assertTrue(all(f":{len(values)})" in statement for statement, values in self.said if values))

    async def test_a_connection_that_was_lost_is_made_anew(self):
        source = self.started()
        await source.lookup(asked())
        self.connections[0].error = fault("DPY-4011", "DPY-4011: the database or network closed the connection")
        self.assertEqual(await source.lookup(asked()), EXPECTED[FIRST])
        self.assertEqual(len(self.connections), 2)

    async def test_a_row_that_is_not_in_order(self):
        database = sqlite3.connect(self.path)
        database.execute("UPDATE maps SET ip = '10.77.1.500' WHERE mac = ?", (FIRST,))
        database.commit()
        database.close()
        error = await self.assertFailure(self.started().lookup(asked()), BadReservation)
        self.assertIn("10.77.1.500", str(error))

    async def test_errors_say_what_to_do_and_no_secret(self):
        for number, words in (
            ("ORA-00942", "oracle.sql"), ("ORA-00904", "no such column"), ("ORA-01017", "ORACLE_PASSWORD"),
            ("ORA-12514", "ORACLE_DATABASE"), ("DPY-4024", "no answer"), ("DPY-6005", "nobody listens"),
            ("ORA-99999", "see the server's log"),
        ):  # fmt: skip
            source = self.started()
            await source.read_subnets()
            self.connections[-1].error = fault(number, f"{number}: dhcp/{PASSWORD}@{PLACE} (DESCRIPTION=...)")
            self.patch(oracledb, "connect", self.refuse(self.connections[-1].error))
            error = await self.assertFailure(source.lookup(asked()), SourceError)
            told = f"{error}; {error.advice}"
            self.assertIn(words, told)
            self.assertNotIn(PASSWORD, f"{told} {source!r}")
            self.assertNotIn(PLACE, told)
            self.patch(oracledb, "connect", self.connect)

    def refuse(self, error):
        def connect(**arguments):
            raise error

        return connect

    async def test_a_database_that_is_not_named(self):
        self.assertRaises(SourceLoadError, self.started, ORACLE_DATABASE=None)
