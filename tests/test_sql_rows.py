"""Tables as sites have them, and what is said of those that are not in order: for each kind of SQL server."""

from dataclasses import replace

from twisted.internet.defer import gatherResults

from sdhcp.backends.ini import IniSource
from sdhcp.interfaces import BadReservation, SourceError, SourceLoadError

from .contracts import EXPECTED, FIRST, HOSTS, SUBNETS, asked, known_by
from .netns.yard import ROOT
from .samples import ip
from .servers import mariadb, postgresql
from .sql_cases import SqlCase, schema

SAMPLES = ROOT / "sdhcp" / "schemas"


class Rows:
    """What holds for each kind of server."""

    def fill(self, tables=None, subnets=SUBNETS, hosts=HOSTS):
        self.server.create(self.schema if tables is None else tables)
        self.refill(subnets, hosts)

    def setting(self, name):
        return f"{self.engine.upper()}_{name}"

    async def error_of(self, source, failure=SourceError):
        """What a lookup and a probe say alike."""
        lookup = await self.assertFailure(source.lookup(asked()), failure)
        probe = await self.assertFailure(source.probe(), failure)
        self.assertEqual(str(lookup), str(probe))
        return f"{lookup}; {lookup.advice}"

    async def test_several_reservations_of_one_client(self):
        both = [HOSTS[0], {**HOSTS[0], "ip": "10.77.9.50", "subnet": "10.77.0.0/16"}, HOSTS[1]]
        self.fill(self.schema.replace("NOT NULL PRIMARY KEY", "NOT NULL"), hosts=both)
        source = self.started()
        found, other = await gatherResults([source.lookup(asked()), source.lookup(asked(HOSTS[1]["mac"]))])
        self.assertEqual({one.ip for one in found}, {ip("10.77.1.50"), ip("10.77.9.50")})
        self.assertEqual(other.ip, ip("10.77.1.51"))

    async def test_one_of_several_that_is_not_in_order(self):
        both = [HOSTS[0], {**HOSTS[0], "ip": "10.77.9", "subnet": "10.77.0.0/16"}, HOSTS[1]]
        self.fill(self.schema.replace("NOT NULL PRIMARY KEY", "NOT NULL"), hosts=both)
        await self.assertFailure(self.started().lookup(asked()), BadReservation)

    async def test_hardware_addresses_in_any_case(self):
        hosts = [{**HOSTS[0], "mac": FIRST.upper()}, {**HOSTS[3], "mac": "circuit-id:Eth 1"}]
        self.fill(hosts=hosts)
        strict, loose = self.started(), self.started(any_case=True)
        self.assertIsNone(await strict.lookup(asked()))
        self.assertEqual(await loose.lookup(asked()), EXPECTED[FIRST])
        keys = ("circuit-id:Eth 1", "circuit-id:ETH 1", "circuit-id:eth 1")
        found = await gatherResults([loose.lookup(known_by(key)) for key in keys])
        self.assertEqual([one.ip for one in found], [ip("10.77.9.9")] * 3)
        self.assertEqual([bool(await strict.lookup(known_by(key))) for key in keys], [True, False, False])

    async def test_columns_of_the_sites_own(self):
        tables = self.schema.replace("    hostname", "    room INTEGER,\n    hostname").replace(
            "    gateway", "    option_150 VARCHAR(15),\n    gateway")  # fmt: skip
        self.fill(tables, [{**SUBNETS[1], "option_150": "10.0.0.1"}], [{**HOSTS[0], "room": 12}])
        found = await self.started(extra_maps=("room",), extra_subnets=("option_150",)).lookup(asked())
        self.assertEqual((found.extra["maps.room"], found.options), (12, {150: ip("10.0.0.1")}))

    async def test_an_entry_that_is_not_in_order_is_left_out_of_the_list(self):
        self.fill(hosts=[{**HOSTS[0], "ip": "10.77.1"}, HOSTS[1]])
        self.assertEqual([key for key, _ in self.build().reservations()], [HOSTS[1]["mac"]])

    async def test_tables_as_staticdhcpd_has_them(self):
        self.fill(self.theirs)
        source = self.started()
        await source.probe()
        for mac, definition in EXPECTED.items():
            self.assertEqual(await source.lookup(asked(mac)), definition)
        for other in ("", "02:00:5e:00:01:0", known_by("circuit-id:eth 1/1/04:7").key):
            self.assertIsNone(await source.lookup(known_by(other)))
        await source.read_subnets()
        self.assertEqual(source.subnet_of(ip("10.77.1.9")).definition.lease_time, 3600)
        self.assertEqual(dict(source.reservations()), EXPECTED)

    async def test_the_sample_is_that_of_ini(self):
        self.server.create(self.schema)
        lines = (SAMPLES / "sample.sql").read_text(encoding="utf-8").splitlines()
        for statement in filter(str.strip, "\n".join(line for line in lines if line[:2] != "--").split(";")):
            self.server.execute(statement)
        self.assertEqual(
            dict(self.build().reservations()), dict(IniSource(str(SAMPLES / "sample.ini"), None).reservations())
        )

    async def test_a_table_that_is_not_there(self):
        self.server.create("")
        text = await self.error_of(self.started())
        self.assertIn("maps", text)
        self.assertIn(f"schemas/{self.file}", text)

    async def test_a_column_that_is_not_there(self):
        self.fill()
        self.assertIn("no_such", await self.error_of(self.started(extra_subnets=("no_such",))))

    async def test_a_table_that_may_not_be_read(self):
        self.fill()
        self.forbid()
        text = await self.error_of(self.started())
        self.assertIn("not permitted", text)
        self.assertIn("GRANT SELECT", text)

    async def test_a_wrong_password_and_nothing_of_the_right_one(self):
        self.fill()
        lines = self.lines()
        source = self.started(**{self.setting("PASSWORD"): "wr0ng-password"})
        text = await self.error_of(source)
        self.assertIn("PASSWORD", text)
        self.assertNotIn("wr0ng-password", f"{text} {source!r} {vars(source)!r} {lines!r}")
        error = self.assertRaises(SourceError, list, source.reservations())
        self.assertNotIn("wr0ng-password", f"{error} {error.advice}")
        self.assertEqual(self.flushLoggedErrors(), [])

    async def test_a_password_that_is_in_what_the_driver_says_is_masked(self):
        self.fill()
        settings = {self.setting("PASSWORD"): "no_such", "extra_maps": ("no_such",)}
        dialect = self.build(**settings)._dialect
        self.assertNotIn("no_such", str(dialect.error(Exception("something with no_such in it"))))

    async def test_a_database_that_is_not_there(self):
        self.fill()
        text = await self.error_of(self.started(**{self.setting("DATABASE"): "nowhere"}))
        self.assertIn(self.no_database, text)

    async def test_nobody_who_listens(self):
        text = await self.error_of(self.started(**{self.setting("PORT"): 1}))
        self.assertIn("nobody listens", text)

    async def test_no_socket(self):
        text = await self.error_of(self.started(**{self.setting("HOST"): self.no_socket}))
        self.assertIn("socket", text)

    async def test_a_setting_that_is_missing(self):
        error = self.assertRaises(SourceLoadError, self.build, **{self.setting("DATABASE"): None})
        self.assertIn(self.setting("DATABASE"), str(error))

    async def test_nothing_is_asked_before_the_start(self):
        source = self.build(**{self.setting("PORT"): 1})
        await self.assertFailure(source.probe(), SourceError)
        await source.stop()

    async def test_over_the_socket(self):
        self.fill()
        source = self.started(**{self.setting("HOST"): self.socket()})
        self.assertEqual(await source.lookup(asked()), EXPECTED[FIRST])


class PostgresqlRowTests(Rows, SqlCase):
    skip = postgresql.SKIP or None
    engine, module, file = "PostgreSQL", "postgresql", "postgresql.sql"
    schema = schema("postgresql.sql", own=False)
    make_server = postgresql.PostgresqlServer.shared
    no_database = "no such database"
    no_socket = "/nowhere"
    theirs = """
        CREATE TABLE subnets (subnet VARCHAR(18) NOT NULL, serial SMALLINT NOT NULL DEFAULT 0,
            lease_time INTEGER NOT NULL, gateway VARCHAR(255), subnet_mask VARCHAR(15), broadcast_address VARCHAR(15),
            ntp_servers VARCHAR(50), domain_name_servers VARCHAR(50), domain_name VARCHAR(128),
            PRIMARY KEY (subnet, serial));
        CREATE TABLE maps (mac CHAR(17) PRIMARY KEY, ip VARCHAR(15) NOT NULL, hostname VARCHAR(32),
            subnet VARCHAR(18) NOT NULL, serial SMALLINT NOT NULL DEFAULT 0, UNIQUE (ip, subnet, serial),
            FOREIGN KEY (subnet, serial) REFERENCES subnets (subnet, serial));
        CREATE INDEX any_case ON maps (LOWER(mac))"""

    def forbid(self):
        self.server.execute("REVOKE SELECT ON maps FROM reader")

    def socket(self):
        return str(self.server.folder)

    async def test_columns_of_types_that_postgresql_has_for_such_things(self):
        tables = self.schema.replace("mac VARCHAR(255)", "mac MACADDR").replace("ip VARCHAR(15)", "ip INET").replace(
            "    gateway", "    notes JSONB,\n    tags TEXT[],\n    gateway")  # fmt: skip
        self.fill(tables.partition("-- For CASE")[0])
        self.server.execute("""UPDATE subnets SET notes = '{"a": 1}', tags = '{x,y}' WHERE serial = 0""")
        source = self.started(extra_subnets=("notes", "tags"))
        found, nobody = await gatherResults([source.lookup(asked()), source.lookup(known_by("circuit-id:x"))])
        self.assertEqual(replace(found, extra=None), EXPECTED[FIRST])
        self.assertEqual(found.extra["subnets.notes"], "{'a': 1}")
        self.assertIsNone(nobody)
        self.assertEqual(len(list(source.reservations())), len(HOSTS))

    async def test_a_view_that_fails_for_one_client(self):
        self.fill(hosts=[])
        self.server.execute("""
            ALTER TABLE maps RENAME TO hosts;
            CREATE VIEW maps AS SELECT mac, ip, (10 / length(hostname))::text AS hostname, subnet, serial FROM hosts;
            GRANT SELECT ON maps TO reader;
        """)
        for mac, address, name in ((FIRST, "10.77.1.50", ""), (HOSTS[1]["mac"], "10.77.1.51", "x")):
            self.server.execute("INSERT INTO hosts VALUES (%s, %s, %s, '10.77.1.0/24', 0)", (mac, address, name))
        source = self.started()
        spoilt, fine = source.lookup(asked()), source.lookup(asked(HOSTS[1]["mac"]))
        self.assertIn(FIRST, str(await self.assertFailure(spoilt, BadReservation)))
        self.assertEqual((await fine).ip, ip("10.77.1.51"))

    async def test_a_database_with_few_letters(self):
        create = "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0"
        self.server.execute(create, database="postgres")
        self.addCleanup(self.server.execute, "DROP DATABASE latin WITH (FORCE)", database="postgres")
        rows = (
            f"INSERT INTO subnets VALUES ('a', 0, 60); INSERT INTO maps VALUES ('{FIRST}', '10.0.0.1', 'bücher', 'a')"
        )
        self.server.execute(f"{self.schema}; {rows}; GRANT SELECT ON maps, subnets TO reader", database="latin")
        source = self.started(POSTGRESQL_DATABASE="latin")
        found = await gatherResults([source.lookup(known_by(key)) for key in ("ключ", FIRST, "bücher")])
        self.assertEqual([one and one.hostname for one in found], [None, "bücher", None])

    async def test_a_pooler_that_takes_no_options(self):
        import psycopg2

        connect = psycopg2.connect

        def refuse(**arguments):
            if "options" in arguments:
                raise psycopg2.OperationalError("FATAL:  unsupported startup parameter: options")
            return connect(**arguments)

        self.patch(psycopg2, "connect", refuse)
        self.fill()
        self.assertEqual(await self.started().lookup(asked()), EXPECTED[FIRST])

    async def test_a_question_that_takes_too_long_ends_at_the_server(self):
        self.fill()
        self.server.execute("""
            ALTER TABLE subnets RENAME TO s;
            CREATE VIEW subnets AS SELECT s.*, pg_sleep(60)::text AS slow FROM s;
            GRANT SELECT ON subnets TO reader;
        """)
        error = await self.assertFailure(self.started(extra_subnets=("slow",)).lookup(asked()), SourceError)
        self.assertIn("no answer", str(error))
        running = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'reader' AND state = 'active'"
        self.assertEqual(self.server.execute(running), [(0,)])

    async def test_modes_of_tls(self):
        error = self.assertRaises(SourceLoadError, self.build, POSTGRESQL_SSLMODE="on")
        self.assertIn("verify-full", str(error))
        self.fill()
        self.assertEqual(await self.started(POSTGRESQL_SSLMODE="disabled").lookup(asked()), EXPECTED[FIRST])
        self.assertIn("TLS", await self.error_of(self.started(POSTGRESQL_SSLMODE="require")))


class MariadbRowTests(Rows, SqlCase):
    skip = mariadb.SKIP or None
    engine, module, file = "MySQL", "mysql", "mysql.sql"
    schema = schema("mysql.sql", own=False)
    make_server = mariadb.MariadbServer.shared
    no_database = "nowhere"
    no_socket = "/nowhere/socket"
    theirs = """
        CREATE TABLE subnets (subnet CHAR(18) NOT NULL, serial SMALLINT UNSIGNED NOT NULL DEFAULT 0,
            lease_time MEDIUMINT UNSIGNED NOT NULL, gateway TEXT, subnet_mask CHAR(15), broadcast_address CHAR(15),
            ntp_servers CHAR(50), domain_name_servers CHAR(50), domain_name CHAR(128), PRIMARY KEY (subnet, serial));
        CREATE TABLE maps (mac CHAR(17) PRIMARY KEY, ip CHAR(15) NOT NULL, hostname CHAR(32), subnet CHAR(18) NOT NULL,
            serial SMALLINT UNSIGNED NOT NULL DEFAULT 0, UNIQUE (ip, subnet, serial),
            FOREIGN KEY (subnet, serial) REFERENCES subnets (subnet, serial))"""

    def forbid(self):
        self.server.execute("REVOKE SELECT ON dhcp.* FROM reader")
        self.server.execute("GRANT SELECT ON dhcp.subnets TO reader")

    def socket(self):
        return str(self.server.socket)

    async def test_a_column_that_compares_loosely(self):
        tables = self.theirs.replace("mac CHAR(17)", "mac VARCHAR(40)")
        hosts = [{**HOSTS[0], "mac": FIRST.upper()}, {**HOSTS[3], "mac": "circuit-id:Eth 1"}]
        self.fill(tables, hosts=hosts)
        source = self.started()
        # The same hardware address, as such tables have always been read.
        self.assertEqual(await source.lookup(asked()), EXPECTED[FIRST])
        for other in ("circuit-id:eth 1", "circuit-id:Eth 1 ", "circuit-id:Èth 1"):
            self.assertIsNone(await source.lookup(known_by(other)))
        self.assertIsNotNone(await source.lookup(known_by("circuit-id:Eth 1")))

    async def test_columns_in_another_character_set(self):
        self.fill(self.theirs.replace("mac CHAR(17)", "mac CHAR(17) CHARACTER SET latin1"))
        source = self.started()
        found = await gatherResults([source.lookup(known_by(key)) for key in ("ключ", FIRST, "\U0001f5a8")])
        self.assertEqual([one and one.ip for one in found], [None, ip("10.77.1.50"), None])

    async def test_a_column_of_octets(self):
        self.fill(self.schema.replace("mac VARCHAR(255)", "mac VARBINARY(255)"))
        self.assertEqual(await self.started().lookup(asked()), EXPECTED[FIRST])

    async def test_a_question_that_takes_too_long_ends_at_the_server(self):
        self.fill()
        self.server.execute("RENAME TABLE subnets TO s")
        self.server.execute("CREATE VIEW subnets AS SELECT s.*, SLEEP(20) AS slow FROM s")
        self.server.execute("GRANT SELECT ON dhcp.* TO reader")
        error = await self.assertFailure(self.started(extra_subnets=("slow",)).lookup(asked()), SourceError)
        self.assertIn("no answer", str(error))
        running = "SELECT count(*) FROM information_schema.processlist WHERE user = 'reader' AND command = 'Query'"
        self.assertEqual(self.server.execute(running), [(0,)])
