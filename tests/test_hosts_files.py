"""``sdhcp hosts`` and ``sdhcp init-db`` over stores that are files."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing

from twisted.trial.unittest import SynchronousTestCase

from .hosts_contract import CIRCUIT, FIRST, HostsContract
from .netns.yard import ROOT

SCHEMA = (ROOT / "sdhcp" / "schemas" / "sqlite.sql").read_text(encoding="utf-8")
INI = """\
; the first line
[10.77.1.0/24|0]
lease_time = 3600

# the printer of the hall
[02005E000101]
  IP:    10.77.1.50
  # its name
  hostname: printer,
     of the hall
  subnet: 10.77.1.0/24
  maps.room: 12
; the end of it

[02:00:5e:00:01:02]
ip = 10.77.1.51
subnet = 10.77.1.0/24
; the last line"""


class SqliteTests(HostsContract, SynchronousTestCase):
    def conf(self):
        self.database = self.folder / "dhcp.sqlite3"
        self.execute(SCHEMA + "ALTER TABLE maps ADD COLUMN room TEXT; ALTER TABLE maps ADD COLUMN theirs TEXT;")
        return "DATABASE_ENGINE = 'SQLite'\nSQLITE_FILE = 'dhcp.sqlite3'\nEXTRA_MAPS = ['room']\n"

    def execute(self, script):
        with closing(sqlite3.connect(self.database)) as database:
            database.executescript(script)

    def forbid(self, key):
        self.execute(
            f"CREATE TRIGGER t BEFORE INSERT ON maps WHEN NEW.mac = '{key}' BEGIN SELECT RAISE(ABORT, 'no'); END"
        )

    def test_columns_that_are_nobodys_business_stay(self):
        self.fill()
        self.execute("UPDATE maps SET theirs = 'x'")
        self.run_hosts(0, "add", FIRST, "10.77.1.55", "--subnet", "10.77.1.0/24", "--replace")
        with closing(sqlite3.connect(self.database)) as database:
            self.assertEqual(database.execute("SELECT DISTINCT theirs FROM maps").fetchall(), [("x",)])

    def test_addresses_of_hardware_in_any_case(self):
        self.path.write_text(self.path.read_text() + "CASE_INSENSITIVE_MACS = True\n")
        self.fill()
        self.execute("UPDATE maps SET mac = UPPER(mac) WHERE mac LIKE '02:%'")
        self.assertIn(FIRST, self.listed())
        self.assertIn("nothing to change", self.run_hosts(0, "import", str(self.folder / "hosts.csv"))[0])
        self.run_hosts(0, "add", FIRST, "10.77.1.55", "--subnet", "10.77.1.0/24", "--replace")
        self.run_hosts(0, "remove", FIRST)
        self.assertNotIn(FIRST, self.listed())

    def test_a_column_that_is_not_there_is_named(self):
        self.fill()
        _, said = self.import_lines(2, ["mac,ip,subnet,colour", f"{FIRST},10.77.1.50,10.77.1.0/24,red"])
        self.assertIn("more.csv:1: 'colour' is no field", said)
        _, said = self.import_lines(2, ["mac,hostname", f"{FIRST},x"])
        self.assertIn("more.csv:1: there is no ip, no subnet", said)

    def test_a_file_that_is_no_database_or_not_there(self):
        self.database.write_bytes(b"x" * 5000)
        self.assertIn("not an SQLite database", self.run_hosts(3, "list")[1])
        self.database.unlink()
        self.assertIn("there is no such file", self.run_hosts(3, "list")[1])

    def test_whoever_reads_the_list_may_stop_early(self):
        self.fill()
        places = [f"{n >> 8:02x}:{n & 255:02x}', '10.1.{n >> 8}.{n & 255}" for n in range(9000)]
        rows = ", ".join(f"('0a:00:00:00:{place}', 'a room')" for place in places)
        self.execute(f"INSERT INTO maps (mac, ip, subnet) VALUES {rows}")
        command = f"{sys.executable} -m sdhcp.cli.main hosts list --config {self.path} | head -1"
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, shell=True, capture_output=True, check=False, text=True, env=environment)
        self.assertEqual((done.stdout.count("\n"), done.stderr), (1, ""))

    def test_has_no_accounts(self):
        self.assertIn("databases on servers", self.run_hosts(2, "list", "--user", "x")[1])

    def test_init_db_makes_a_file_and_never_touches_tables(self):
        self.database.unlink()
        self.assertIn("--yes", self.run_sdhcp(1, "init-db")[1])
        self.assertFalse(self.database.exists())
        said, _ = self.run_sdhcp(0, "init-db", "--yes", "--sample")
        self.assertIn("made the tables subnets and maps in SQLite\nwith maps.room\n", said)
        self.assertEqual(os.stat(self.database).st_mode & 0o777, 0o640)
        self.assertEqual(len(self.listed()), 3)
        self.assertIn("already", self.run_sdhcp(1, "init-db", "--yes", "--sample")[1])
        self.assertEqual(len(self.listed()), 3)
        self.run_sdhcp(0, "check")


class IniTests(HostsContract, SynchronousTestCase):
    csv_room = ""

    def conf(self):
        self.ini = self.folder / "dhcp.ini"
        self.ini.write_text("; nobody yet\n")
        return "DATABASE_ENGINE = 'INI'\nINI_FILE = 'dhcp.ini'\n"

    def test_a_store_that_fails_in_the_middle_is_as_it_was(self):
        self.fill()
        before = self.ini.read_bytes()
        lines = ["mac,ip,subnet,colour", f"{FIRST},10.77.1.90,10.77.1.0/24,red"]
        _, said = self.import_lines(1, lines)
        self.assertIn("a server would not take this, so that nothing was changed", said)
        self.assertIn("colour: no such field", said)
        self.assertEqual(self.ini.read_bytes(), before)
        self.assertEqual([path.name for path in self.folder.iterdir() if path.suffix == ".ini"], ["dhcp.ini"])

    def run_hosts(self, status, *arguments, **more):
        # In this file the site's own fields have names of their own form.
        arguments = [text.replace("room=", "maps.room=") for text in arguments]
        out, err = super().run_hosts(status, *arguments, **more)
        return out.replace("maps.room", "room"), err

    def file(self, name, text):
        return super().file(name, text.replace(",room", ",maps.room").replace('"room"', '"maps.room"'))

    def test_an_export_taken_in_again_changes_nothing_there_and_makes_the_same_elsewhere(self):
        self.fill()
        before = self.listed()
        subnets, table, both = (str(self.folder / name) for name in ("s.csv", "h.csv", "h.json"))
        self.run_hosts(0, "export", "--subnets", subnets, table)
        self.run_hosts(0, "export", both)
        self.assertIn("nothing to change", self.run_hosts(0, "import", "--subnets", subnets, table)[0])
        for arguments in ((both,), ("--subnets", subnets, table)):
            self.ini.write_text("")
            self.run_hosts(0, "import", "--yes", *arguments)
            self.assertEqual(self.listed(), before)

    def test_comments_order_and_writing_stay(self):
        for end in ("\n", "\r\n"):
            self.ini.write_bytes(INI.replace("\n", end).encode() + "; b\u00fccher".encode("latin-1"))
            self.run_hosts(0, "add", FIRST, "10.77.1.52", "--subnet", "10.77.1.0/24", "--replace", "--hostname", "new")
            self.run_hosts(0, "add", CIRCUIT, "10.77.1.60", "--subnet", "10.77.1.0/24", "--set", "option-66=a")
            expected = INI.replace("10.77.1.50", "10.77.1.52").replace("printer,\n     of the hall", "new")
            expected += f"; b\u00fccher\n\n[{CIRCUIT}]\nip: 10.77.1.60\nsubnet: 10.77.1.0/24\nserial: 0\noption-66: a\n"
            self.assertEqual(self.ini.read_bytes().decode("latin-1"), expected.replace("\n", end))
            self.run_hosts(0, "remove", "02:00:5e:00:01:02")
            gone = "[02:00:5e:00:01:02]\nip = 10.77.1.51\nsubnet = 10.77.1.0/24\n"
            self.assertEqual(self.ini.read_bytes().decode("latin-1"), expected.replace(gone, "").replace("\n", end))

    def test_an_owner_and_a_mode_stay_and_a_link_is_one(self):
        real = self.folder / "real.ini"
        real.write_text(INI)
        real.chmod(0o604)
        self.ini.unlink()
        self.ini.symlink_to(real)
        self.run_hosts(0, "remove", FIRST)
        self.assertTrue(self.ini.is_symlink())
        self.assertEqual(real.stat().st_mode & 0o777, 0o604)
        self.assertNotIn("10.77.1.50", real.read_text())

    def test_a_file_with_faults_is_not_touched(self):
        self.ini.write_text("[nonsense\n")
        self.assertIn("dhcp.ini:1: ", self.run_hosts(2, "list")[1])

    def test_init_db_writes_an_example_where_there_is_none(self):
        self.assertIn("is there already", self.run_sdhcp(1, "init-db", "--yes")[1])
        self.ini.unlink()
        self.run_sdhcp(0, "init-db", "--yes")
        self.assertEqual(len(self.listed()), 3)
        self.run_sdhcp(0, "check")
