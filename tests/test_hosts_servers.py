"""``sdhcp hosts`` and ``sdhcp init-db`` over stores that are servers, private ones."""

import json

from twisted.trial.unittest import SynchronousTestCase

from .hosts_contract import FIRST, HOSTS_CSV, HostsContract
from .netns.yard import ROOT
from .servers import mariadb, postgresql, redis

MANY = 1500
"""More hosts than go one by one into any store."""


def many(number=MANY, shift=0):
    """So many hosts of one subnet."""
    places = [(host, (host + shift) % number) for host in range(number)]
    lines = [
        f"02:00:5e:09:{host >> 8:02x}:{host & 255:02x},10.9.{at // 250}.{at % 250},host\\{host}" for host, at in places
    ]
    return "mac,ip,hostname,subnet\n" + "".join(f"{line},wide\n" for line in lines)


class ServerContract(HostsContract):
    """With a server; ``conf`` names an account that may read and write."""

    def test_many_hosts_are_added_changed_and_removed(self):
        subnets = self.file("s.csv", "subnet,lease_time\nwide,60\n")
        for shift in (0, 1):
            # With the shift each gets the address of another one.
            hosts = self.file("h.csv", many(shift=shift))
            said, _ = self.run_hosts(0, "import", "--yes", "--subnets", subnets, hosts)
            self.assertIn(f"{MANY} {'changed' if shift else 'added'}", said)
            self.assertIn("nothing to change", self.run_hosts(0, "import", "--subnets", subnets, hosts)[0])
        (host,) = self.listed("--ip", "10.9.0.1").values()
        self.assertEqual(host["hostname"], "host\\0")
        self.run_hosts(0, "import", "--yes", "--replace-all", self.file("h.csv", many(1)))
        self.assertEqual(len(self.listed()), 1)

    def test_a_server_that_is_not_there(self):
        self.path.write_text(self.path.read_text().replace(str(self.server.port), "1"))
        self.assertEqual(self.run_hosts(3, "list")[1].count("\n"), 1)

    def test_a_password_that_is_wrong_is_not_told(self):
        self.path.write_text(self.path.read_text().replace(self.secret, "wr0ng"))
        _, said = self.run_hosts(3, "list")
        self.assertEqual(said.count("\n"), 1)
        self.assertNotIn("wr0ng", said)


class SqlServerContract(ServerContract):
    def configured(self, **settings):
        lines = [f"{name} = {value!r}\n" for name, value in self.server.settings(**settings).items()]
        return f"DATABASE_ENGINE = '{self.engine}'\nEXTRA_MAPS = ['room']\n" + "".join(lines)

    def tables(self):
        text = (ROOT / "sdhcp" / "schemas" / self.schema).read_text(encoding="utf-8")
        return text.replace("    UNIQUE (ip", "    room VARCHAR(20), theirs VARCHAR(20),\n    UNIQUE (ip")

    def forbid(self, key):
        self.server.execute(f"ALTER TABLE maps ADD CONSTRAINT forbidden CHECK (mac <> '{key}')")

    def test_columns_that_are_nobodys_business_stay(self):
        self.fill()
        self.server.execute("UPDATE maps SET theirs = 'x'")
        self.run_hosts(0, "add", FIRST, "10.77.1.55", "--subnet", "10.77.1.0/24", "--replace")
        self.assertEqual([tuple(row) for row in self.server.execute("SELECT DISTINCT theirs FROM maps")], [("x",)])

    def test_what_does_not_fit_into_its_column_is_named_before_anything_is_written(self):
        self.fill()
        lines = ["mac,ip,subnet,room", f"{FIRST},10.77.1.50,10.77.1.0/24,{'x' * 21}"]
        self.assertIn("more.csv:2: room: ", self.import_lines(2, lines)[1])

    def test_an_account_that_only_reads_is_told_so_and_another_one_may_write(self):
        self.fill()
        self.server.execute(self.revoke)
        for arguments in (
            ("remove", FIRST),
            ("add", FIRST, "10.77.1.55", "--subnet", "10.77.1.0/24", "--replace"),
            ("import", "--yes", "--replace-all", self.file("more.csv", "mac,ip,subnet\n")),
        ):
            _, said = self.run_hosts(1, *arguments)
            self.assertIn("the account may not do this", said)
            self.assertEqual(said.count("\n"), 1)
        self.assertEqual(len(self.listed()), 4)
        self.server.execute(self.writer)
        secret = self.file("secret", "f0r-writing\n")
        self.run_hosts(0, "remove", FIRST, "--user", "writer", "--password-file", secret)
        _, said = self.run_hosts(3, "list", "--user", "writer", "--password-file", self.file("secret", "n0t-it"))
        self.assertNotIn("n0t-it", said)

    def test_init_db_makes_the_tables_in_an_empty_database(self):
        self.assertIn("has subnets and maps already", self.run_sdhcp(1, "init-db", "--yes")[1])
        self.server.create("")
        self.server.execute(self.grant)
        self.assertIn("sdhcp init-db", self.run_hosts(3, "list")[1].replace("sdhcp/schemas", "sdhcp init-db"))
        said, _ = self.run_sdhcp(0, "init-db", "--yes", "--sample")
        self.assertIn("with maps.room", said)
        self.assertEqual(len(self.listed()), 3)

    def test_tables_of_before(self):
        """The columns that staticDHCPd's tables have: keys are CHAR(17)."""
        narrow = (
            self.tables()
            .replace("mac VARCHAR(255)", "mac CHAR(17)")
            .replace("hostname VARCHAR(255)", "hostname CHAR(32)")
        )
        self.server.create(narrow)
        self.server.execute(self.grant)
        subnets = self.file("s.csv", "subnet,lease_time\n10.77.1.0/24,60\na room,60\n")
        _, said = self.run_hosts(2, "import", "--yes", "--subnets", subnets, self.file("h.csv", HOSTS_CSV))
        self.assertIn("h.csv:5: mac: 'circuit-id:eth 1/1/04:7' is longer than the 17 characters", said)
        hosts = f"mac,ip,hostname,subnet\n{FIRST},10.77.1.50,known,10.77.1.0/24\nremote-id:7,10.9.9.9,x,a room\n"
        self.run_hosts(0, "import", "--yes", "--subnets", subnets, self.file("h.csv", hosts))
        self.assertEqual(self.listed("--mac", "remote-id:*")["remote-id:7"]["ip"], "10.9.9.9")
        self.assertIn("nothing to change", self.run_hosts(0, "import", self.file("h.csv", hosts))[0])


class PostgresqlTests(SqlServerContract, SynchronousTestCase):
    skip = postgresql.SKIP or None
    engine, schema, secret = "PostgreSQL", "postgresql.sql", postgresql.PASSWORD
    grant = "GRANT ALL ON SCHEMA public TO reader; GRANT ALL ON ALL TABLES IN SCHEMA public TO reader"
    revoke = "REVOKE INSERT, UPDATE, DELETE ON maps, subnets FROM reader"
    writer = (
        "DROP OWNED BY writer; GRANT USAGE ON SCHEMA public TO writer; "
        "GRANT SELECT, INSERT, UPDATE, DELETE ON maps, subnets TO writer"
    )

    def conf(self):
        self.server = postgresql.PostgresqlServer.shared()
        self.server.create(self.tables())
        self.server.execute(self.grant)
        if not self.server.execute("SELECT 1 FROM pg_roles WHERE rolname = 'writer'"):
            self.server.execute("CREATE ROLE writer LOGIN PASSWORD 'f0r-writing'")
        return self.configured()

    def test_addresses_of_hardware_in_any_case(self):
        self.path.write_text(self.path.read_text() + "CASE_INSENSITIVE_MACS = True\n")
        self.file("s.csv", "subnet,lease_time\nwide,60\n")
        self.run_hosts(0, "import", "--yes", "--subnets", str(self.folder / "s.csv"), self.file("h.csv", many()))
        self.server.execute("UPDATE maps SET mac = UPPER(mac)")
        self.assertIn("nothing to change", self.run_hosts(0, "import", str(self.folder / "h.csv"))[0])
        said, _ = self.run_hosts(0, "import", "--yes", self.file("h.csv", many(shift=7)))
        self.assertIn(f"{MANY} changed", said)
        self.assertEqual(self.server.execute("SELECT COUNT(*) FROM maps WHERE mac = UPPER(mac)"), [(MANY,)])

    def test_init_db_makes_the_triggers_that_tell_changes_as_often_as_one_likes(self):
        self.server.execute("GRANT CREATE ON SCHEMA public TO reader; ALTER TABLE maps OWNER TO reader")
        self.server.execute("ALTER TABLE subnets OWNER TO reader")
        for _ in range(2):
            said, _ = self.run_sdhcp(0, "init-db", "--notify", "--yes")
            self.assertIn("tell what is changed", said)
        told = "SELECT COUNT(*) FROM pg_trigger WHERE tgname LIKE 'sdhcp%'"
        self.assertEqual(self.server.execute(told), [(8,)])

    def test_init_db_makes_the_tables_for_leases_as_often_as_one_likes(self):
        self.server.execute("GRANT CREATE ON SCHEMA public TO reader")
        before = self.path.read_text()
        self.assertIn('LEASES_STORE is "SQLite"', self.run_sdhcp(1, "init-db", "--leases", "--yes")[1])
        held = self.server.settings()
        # Reservations may be elsewhere.
        lines = [f"LEASES_{name} = {value!r}\n" for name, value in held.items() if name.startswith("POSTGRESQL")]
        elsewhere = before.replace(held["POSTGRESQL_USERNAME"], "somebody_else")
        self.path.write_text(elsewhere + "LEASES_STORE = 'PostgreSQL'\n" + "".join(lines))
        for _ in range(2):
            said, _ = self.run_sdhcp(0, "init-db", "--leases", "--yes")
            self.assertIn("made the tables lease, lease_offer and lease_history", said)
            self.assertEqual(self.server.execute("SELECT COUNT(*), sdhcp_leases() FROM lease"), [(0, 1)])
        self.assertEqual(self.server.execute("SELECT COUNT(*) FROM maps"), [(0,)])


class MariadbTests(SqlServerContract, SynchronousTestCase):
    skip = mariadb.SKIP or None
    engine, schema, secret = "MySQL", "mysql.sql", mariadb.PASSWORD
    grant = "GRANT ALL ON dhcp.* TO reader"
    revoke = "REVOKE INSERT, UPDATE, DELETE ON dhcp.* FROM reader"
    writer = "GRANT SELECT, INSERT, UPDATE, DELETE ON dhcp.* TO writer IDENTIFIED BY 'f0r-writing'"

    def conf(self):
        self.server = mariadb.MariadbServer.shared()
        self.server.create(self.tables())
        self.server.execute(self.grant)
        return self.configured()

    def test_tables_without_transactions_are_not_written_to(self):
        self.fill()
        self.server.execute("ALTER TABLE maps DROP FOREIGN KEY maps_ibfk_1")
        self.server.execute("ALTER TABLE maps ENGINE = Aria")
        self.assertIn("without transactions", self.run_hosts(1, "remove", FIRST)[1])
        self.assertIn(FIRST, self.listed())


class RedisTests(ServerContract, SynchronousTestCase):
    skip = redis.SKIP or None
    secret = "s3cret-of-redis"
    csv_room = ""

    def conf(self):
        self.server = redis.RedisServer.shared()
        self.server.do(("FLUSHALL",), ("ACL", "SETUSER", "writer", "reset", "on", f">{self.secret}", "~*", "+@all"))
        kwargs = {"host": "127.0.0.1", "port": self.server.port, "username": "writer", "password": self.secret}
        return f"DATABASE_ENGINE = 'Redis'\nX_REDISDB_KWARGS = {kwargs!r}\n"

    def forbid(self, key):
        self.server.do(("ACL", "SETUSER", "writer", "resetkeys", "~*[^f]", f"%R~{key}"))

    def test_hashes_as_the_server_reads_them(self):
        self.fill()
        self.run_hosts(0, "add", FIRST, "10.77.1.55", "--subnet", "10.77.1.0/24", "--replace", "--set", "lease_time=9")
        names = ("ip", "hostname", "serial", "lease_time", "extra")
        (values,) = self.server.do(("HMGET", FIRST, *names))
        self.assertEqual(values[:4], [b"10.77.1.55", b"known", b"0", b"9"])
        self.assertEqual(json.loads(values[4]), {"room": "12, left"})
        self.assertEqual(self.server.do(("HGET", "a room|0", "lease_time")), [b"60"])

    def test_an_object_that_is_more_than_text_stays_as_it_is(self):
        self.fill()
        extra = '{"rooms": [1, 2], "n": 5}'
        self.server.do(("HSET", FIRST, "extra", extra), ("SET", "other", "1"), ("HSET", "leases", "x", "y"))
        self.run_hosts(0, "export", str(self.folder / "all.json"))
        self.assertIn("nothing to change", self.run_hosts(0, "import", str(self.folder / "all.json"))[0])
        self.run_hosts(0, "add", FIRST, "10.77.1.55", "--subnet", "10.77.1.0/24", "--replace")
        self.assertEqual(self.server.do(("HGET", FIRST, "extra")), [extra.encode()])
        self.run_hosts(0, "add", FIRST, "10.77.1.55", "--subnet", "10.77.1.0/24", "--replace", "--set", "room=7")
        (text,) = self.server.do(("HGET", FIRST, "extra"))
        self.assertEqual(json.loads(text), {**json.loads(extra), "room": "7"})

    def test_an_account_that_only_reads_is_told_so(self):
        self.fill()
        self.server.do(("ACL", "SETUSER", "writer", "-@write"))
        _, said = self.run_hosts(1, "remove", FIRST)
        self.assertIn("does not allow", said)
        self.assertEqual(len(self.listed()), 4)

    def test_init_db_has_nothing_to_make_but_a_sample(self):
        self.assertIn("nothing to do", self.run_sdhcp(0, "init-db")[0])
        self.run_sdhcp(0, "init-db", "--yes", "--sample")
        self.assertEqual(len(self.listed()), 3)
        self.assertIn("not empty", self.run_sdhcp(1, "init-db", "--yes", "--sample")[1])
