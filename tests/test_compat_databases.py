"""Databases that a site has written for staticDHCPd, in files as they stand there."""

import json
import os
import sys
import threading
from pathlib import Path

from twisted.internet import reactor
from twisted.trial.unittest import SynchronousTestCase, TestCase

from sdhcp.compat import install
from sdhcp.config import load
from sdhcp.interfaces import BadReservation, IReloadable, SourceError, SourceLoadError
from sdhcp.sources import build_store

from .contracts import FIRST, CachedContract, SourceContract, asked, record
from .samples import ip
from .test_run import sdhcp

DATABASE = """\
import json
import os

from libpydhcpserver.dhcp_types.ipv4 import IPv4
from libpydhcpserver.dhcp_types.mac import MAC
from staticdhcpdlib import config
from staticdhcpdlib.databases.generic import CachingDatabase, Database, Definition


class _Lookup(object):
    def _lookupMAC(self, mac):
        if not isinstance(mac, MAC) and str(mac).count(":") > 4:
            raise TypeError("no MAC")
        with open(config.X_SITE_FILE) as file:
            found = json.load(file).get(str(mac))
        if not found:
            return None
        return Definition(
            ip=found["ip"], lease_time=found["lease_time"], subnet=found["subnet"], serial=found["serial"],
            hostname=found.get("hostname"), gateways=found.get("gateway"), subnet_mask=found.get("subnet_mask"),
            broadcast_address=found.get("broadcast_address"), domain_name=found.get("domain_name"),
            domain_name_servers=found.get("domain_name_servers"), ntp_servers=found.get("ntp_servers"),
            extra=found.get("extra"),
        )


class Inventory(Database, _Lookup):
    def lookupMAC(self, mac):
        return self._lookupMAC(mac)


class CachingInventory(CachingDatabase, _Lookup):
    def __init__(self):
        CachingDatabase.__init__(self, concurrency_limit=config.X_SITE_LIMIT)

    def reinitialise(self):
        CachingDatabase.reinitialise(self)
        if os.path.exists(config.X_SITE_FILE + ".broken"):
            raise IOError("inventory is broken")
        with open(config.X_SITE_FILE + ".again", "w"):
            pass
"""
CONF = """\
from site_inventory import CachingInventory, Inventory
DHCP_SERVER_IP = "127.0.0.1"
X_SITE_FILE = {file!r}
X_SITE_LIMIT = 4
"""


class SiteCase:
    """A folder with a conf.py and a module of the site's beside it."""

    def site(self, engine, conf=CONF, database=DATABASE):
        self.folder = Path(self.mktemp()).absolute()
        self.folder.mkdir()
        self.file = self.folder / "inventory.json"
        (self.folder / "site_inventory.py").write_text(database, encoding="utf-8")
        path = self.folder / "conf.py"
        path.write_text(f"{conf.format(file=str(self.file))}DATABASE_ENGINE = {engine}\n", encoding="utf-8")
        before = list(sys.path), sys.modules.get("conf")
        self.addCleanup(self.put_back, *before)
        sys.modules.pop("site_inventory", None)
        return path

    def put_back(self, path, conf):
        sys.path[:] = path
        for name in ("conf", "site_inventory"):
            sys.modules.pop(name, None)
        if conf is not None:
            sys.modules["conf"] = conf

    def store(self, engine, **more):
        configuration = load(str(self.site(engine, **more)), {}, "/", prepare=install)
        return build_store(configuration, reactor, reactor.seconds)


class DatabaseContractTests(SiteCase, SourceContract, TestCase):
    engine = "Inventory"

    def open(self, subnets, hosts):
        source = self.store(self.engine)
        self.change(subnets, hosts)
        return source

    def change(self, subnets, hosts):
        self.file.write_text(json.dumps({host["mac"]: record(host, subnets) for host in hosts}), encoding="utf-8")


class CachingDatabaseContractTests(DatabaseContractTests):
    engine = "CachingInventory"


class CachedDatabaseContractTests(CachedContract, DatabaseContractTests):
    engine = "Inventory()"


class CachedCachingDatabaseContractTests(CachedContract, DatabaseContractTests):
    engine = "lambda: CachingInventory()"


class DatabaseTests(SiteCase, TestCase):
    def database(self, body, engine="Site"):
        text = f"from staticdhcpdlib.databases.generic import CachingDatabase, Database, Definition, Null\n{body}"
        source = self.store(engine, database=text, conf=CONF.replace("CachingInventory, Inventory", "*"))
        source.start()
        self.addCleanup(source.stop)
        return source

    async def test_several_definitions(self):
        source = self.database(
            "class Site(Database):\n    def lookupMAC(self, mac):\n"
            "        return [Definition('10.0.0.%i' % n, 60, 'a', n) for n in (1, 2)]\n"
        )
        self.assertEqual([found.ip for found in await source.lookup(asked())], [ip("10.0.0.1"), ip("10.0.0.2")])

    async def test_a_class_of_another_kind_with_the_method(self):
        source = self.database(
            "class Plain:\n    ip, lease_time, subnet, serial, gateways = '10.0.0.5', '60', 'a', 0, ['10.0.0.1']\n"
            "class Site:\n    def lookupMAC(self, mac):\n        return Plain()\n"
        )
        found = await source.lookup(asked())
        self.assertEqual((found.ip, found.lease_time, found.gateways), (ip("10.0.0.5"), 60, (ip("10.0.0.1"),)))

    async def test_what_a_database_raises_is_told_with_its_line(self):
        source = self.database("class Site(Database):\n    def lookupMAC(self, mac):\n        return {}[str(mac)]\n")
        error = await self.assertFailure(source.lookup(asked()), SourceError)
        where = self.folder / "site_inventory.py"
        self.assertEqual(str(error), f"site code Site raised KeyError: {FIRST!r}; see {where}:4")

    async def test_a_database_without_the_method_is_told(self):
        source = self.database("class Site(Database):\n    pass\n")
        error = await self.assertFailure(source.lookup(asked()), SourceError)
        self.assertIn("Site has no lookupMAC", str(error))

    async def test_an_answer_of_another_kind_is_told(self):
        source = self.database("class Site(Database):\n    def lookupMAC(self, mac):\n        return 5\n")
        self.assertIn("int", str(await self.assertFailure(source.lookup(asked()), BadReservation)))

    async def test_nobody(self):
        self.assertIsNone(await self.database("", "Null").lookup(asked()))

    async def test_it_is_called_in_a_thread_and_reinitialised_when_sources_are_read_anew(self):
        source = self.store("CachingInventory")
        self.addCleanup(source.stop)
        self.assertTrue(IReloadable.providedBy(source))
        await source.reload()
        self.assertTrue(os.path.exists(f"{self.file}.again"))
        Path(f"{self.file}.broken").touch()
        error = await self.assertFailure(source.reload(), SourceLoadError)
        self.assertIn("inventory is broken", error.problems[0])

    async def test_as_many_threads_as_the_database_allows(self):
        source = self.database(
            "import threading\nBEGUN = []\nGO = threading.Event()\n"
            "class Site(CachingDatabase):\n    def __init__(self):\n        CachingDatabase.__init__(self, 1)\n"
            "    def _lookupMAC(self, mac):\n        BEGUN.append(threading.current_thread())\n"
            "        overlap = len(BEGUN)\n        GO.wait(0.01)\n        assert overlap == len(BEGUN)\n"
        )
        lookups = [source.lookup(asked(bytes([2, 0, 0, 0, 0, number]))) for number in range(5)]
        for lookup in lookups:
            self.assertIsNone(await lookup)
        begun = sys.modules["site_inventory"].BEGUN
        self.assertNotIn(threading.main_thread(), begun)
        self.assertEqual(len(begun), 5)


class ModuleTests(SiteCase, SynchronousTestCase):
    def names(self, text):
        path = self.site("None", conf=text, database="")
        return vars(sys.modules["conf"]) if load(str(path), {}, "/", prepare=install) else None

    def test_one_class_whoever_imports_it(self):
        found = self.names(
            "DHCP_SERVER_IP = '127.0.0.1'\nimport staticdhcpdlib.databases.generic as generic\n"
            "from staticdhcpdlib.databases.generic import Definition\n"
            "from libpydhcpserver.dhcp_types import ipv4, mac\n"
            "import staticdhcpdlib\nimport libpydhcpserver.dhcp_types.ipv4\n"
        )
        from sdhcp.compat.staticdhcpdlib.databases import generic

        self.assertIs(found["Definition"], generic.Definition)
        self.assertIs(found["generic"], generic)
        self.assertEqual(found["staticdhcpdlib"].VERSION, "3.0.0-beta1")
        self.assertIs(found["libpydhcpserver"].dhcp_types.ipv4, found["ipv4"])

    def test_what_is_not_there_is_told_as_python_does(self):
        done = sdhcp("check", "-c", str(self.site("None", conf="import staticdhcpdlib.nothing\n")))
        self.assertEqual(done.returncode, 2)
        self.assertIn("conf.py:1: ModuleNotFoundError: No module named 'staticdhcpdlib.nothing'", done.stderr)

    def test_settings_are_attributes(self):
        self.names(
            "from staticdhcpdlib import config\nX_EARLY = 5\nassert config.X_EARLY == 5\nX_OWN = [1]\n"
            "DHCP_SERVER_IP = '127.0.0.1'\nPXE_PORT = 4011\n"
        )
        from sdhcp.compat.staticdhcpdlib import config

        self.assertEqual((config.X_OWN, config.PROXY_PORT, config.DHCP_SERVER_IP), ([1], 4011, "127.0.0.1"))
        self.assertEqual((config.USE_CACHE, config.DHCP_SERVER_PORT, config.EXTRA_MAPS), (False, 67, None))
        self.assertIs(config.conf, sys.modules["conf"])
        for name in ("X_NOTHING", "nothing"):
            self.assertRaises(AttributeError, getattr, config, name)
        self.assertEqual(getattr(config, "X_NOTHING", "default"), "default")

    def test_the_names_are_there_only_for_a_site(self):
        done = sdhcp("check", "-c", str(self.site("Inventory()")))
        self.assertEqual((done.returncode, "127.0.0.1" in done.stdout), (2, False), done.stdout)
        self.assertIn("No such file", done.stderr)
        self.file.write_text("{}", encoding="utf-8")
        self.assertEqual(sdhcp("check", "-c", str(self.folder / "conf.py")).returncode, 0)
