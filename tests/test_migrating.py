"""What docs/migrating.md tells of sdhcp, and what of that can be tried in one process."""

import importlib
import re
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from sdhcp.compat.finder import install
from sdhcp.config.schema import LEFTOVERS, PARAMETERS
from sdhcp.scripting.site import site_of
from sdhcp.wire.constants import DISCOVER, OFFER

from .compat_site import FOLDER
from .conf_world import ConfCase, ConfWorld
from .netns.yard import ROOT
from .samples import ADDRESS, ip
from .site_case import SiteCase

TEXT = (ROOT / "docs" / "migrating.md").read_text(encoding="utf-8")
ROW = re.compile(r"\b[A-Z]\d\d\b")
DEVIATIONS = TEXT[TEXT.index("## What clients see") : TEXT.index("## Settings")]
HEAD = 'DHCP_SERVER_IP = "10.77.0.1"\nDATABASE_ENGINE = None\nALLOW_DHCP_RELAYS = True\n'


class DocumentTests(SynchronousTestCase):
    def test_every_switch_is_in_the_table_of_deviations(self):
        known = {parameter.name for parameter in PARAMETERS if parameter.name.startswith("LEGACY_")}
        self.assertEqual(set(re.findall(r"`(LEGACY_\w+)`", DEVIATIONS)), known)

    def test_every_row_that_it_points_at_is_proved(self):
        proved = dict(
            re.findall(r"^\| ([A-Z]\d\d) \| .* \| (.*) \|$", (ROOT / "docs/rfc.md").read_text(), re.MULTILINE)
        )
        for row in ROW.findall(DEVIATIONS):
            self.assertIn("`tests.", proved[row], row)

    def test_every_setting_that_it_names_is_one(self):
        known = {name for parameter in PARAMETERS for name in (parameter.name, *parameter.aliases)}
        settings = TEXT[TEXT.index("## Settings") : TEXT.index("## Code")]
        for name in re.findall(r"`([A-Z][A-Z]+_[A-Z_]+)[`= ]", settings):
            if name not in ("SDHCP_CONF", "STATICDHCPD_CONF_PATH") and not name.endswith("_"):
                self.assertIn(name, known)
        for name in LEFTOVERS:
            self.assertIn(f"`{name}`", TEXT)

    def test_every_module_that_it_names_can_be_imported_and_none_is_left_out(self):
        install()
        section = TEXT[TEXT.index("### Modules") : TEXT.index("### Leftovers")]
        named = set(re.findall(r"`([a-z0-9_.]+)`", section))
        for name in named:
            importlib.import_module(name)
        compat = ROOT / "sdhcp" / "compat"
        served = [path.relative_to(compat).with_suffix("").parts for path in compat.rglob("*.py")]
        names = {".".join(parts).removesuffix(".__init__") for parts in served if len(parts) > 1}
        private = {"staticdhcpdlib.web._resources", "staticdhcpdlib.web._templates", "libpydhcpserver.dhcp_types"}
        self.assertEqual(named, names - private)


class TrialTests(ConfCase, SynchronousTestCase):
    def test_a_copy_of_a_sites_conf_with_these_lines_serves_beside_it(self):
        (lines,) = re.findall(r"^```python\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
        text = (FOLDER / "conf.py").read_text(encoding="utf-8") + lines
        folder = Path(self.mktemp()).absolute()
        folder.mkdir(parents=True)
        (folder / "staticDHCPd_extensions").symlink_to(FOLDER / "staticDHCPd_extensions")
        (folder / "conf.py").write_text(text, encoding="utf-8")
        configuration = self.load_folder(folder)
        listen, process = configuration.listen, configuration.process
        self.assertEqual((listen.addresses, listen.server_port, listen.proxy_port), ((ip("127.0.0.1"),), 6767, None))
        self.assertEqual((process.pid_file, process.uid, configuration.log.file), (None, None, None))
        self.assertTrue(configuration.policy.allow_relays)


class BothFormsTests(SiteCase, SynchronousTestCase):
    def test_files_beside_conf_are_found_by_either_name(self):
        extension = {"staticDHCPd_extensions___handlers": "x = 1\n", "extensions__older": "y = 2\n"}
        conf = self.load(
            "from _handlers import x\nfrom staticDHCPd_extensions._handlers import x as same\nfrom older import y\n",
            **extension,
        )
        self.assertEqual((conf.x, conf.same, conf.y), (1, 1, 2))

    def test_settings_of_both_names(self):
        for text, section, field, value in (
            ("PXE_PORT = 4011", "listen", "proxy_port", 4011),
            ("MEMCACHED_SERVER = 'a'", "cache", "memcached_host", "a"),
            ("MEMCACHED_HOST = 'a'", "cache", "memcached_host", "a"),
            ("PERSISTENT_CACHE = '/tmp/a'", "cache", "persistent_path", "/tmp/a"),
            ("CACHE_ON_DISK = True", "cache", "on_disk", True),
            ("PXE_PORT = 4012\nPROXY_PORT = 4011", "listen", "proxy_port", 4012),
            ("ALLOWED_DHCP_RELAYS = {'10.0.0.1'}", "policy", "allowed_relays", frozenset((ip("10.0.0.1"),))),
            ("DHCP_RESPONSE_INTERFACE_QTAGS = [(0, 0, 7)]", "listen", "qtags", ((0, 0, 7),)),
            ("EXTRA_MAPS = ['room']", "source", "extra_maps", ("room",)),
            ("DATABASE_ENGINE = 'ini'\nINI_FILE = 'a'", "source", "engine", "INI"),
        ):
            with self.subTest(text):
                self.load(text + "\n")
                self.assertEqual(getattr(getattr(self.configuration, section), field), value)

    def test_constants_are_there_while_conf_is_executed(self):
        conf = self.load("X_A = 5\nimport early\n", early="from staticdhcpdlib import config\na = config.X_A\n")
        self.assertEqual(conf.early.a, 5)

    def test_values_in_both_forms(self):
        conf = self.load(
            "from libpydhcpserver.dhcp_types.packet import DHCPPacket\n"
            "from libpydhcpserver.dhcp_types.ipv4 import IPv4\n"
            "from libpydhcpserver.dhcp_types.mac import MAC\n"
            "from staticdhcpdlib.databases.generic import Definition\n"
        )
        packet = conf.DHCPPacket()
        self.assertIs(packet.setOption(60, "PXEClient:Arch"), True)
        text = packet.getOption(60, convert=True)
        self.assertTrue(text.startswith("PXEClient") and text.startswith(b"PXEClient"))
        self.assertTrue(packet.isRequestedOption("router") and packet.forceOption(150, [10, 0, 0, 1]))
        packet.setHardwareAddress(conf.MAC("02:00:5e:00:01:01"))
        self.assertTrue(packet.isOption("chaddr"))
        self.assertIn("02:00:5e:00:01:01", str(packet))
        packet.setOption(3, conf.IPv4("10.0.0.1"))
        self.assertEqual(packet.getOption(3), [10, 0, 0, 1])
        self.assertRaises(ValueError, packet.setOption, 1, [1, 2, 3])
        self.assertTrue(packet.setOption(1, [1, 2, 3], validate=False))
        packet.setOption(93, [6])
        self.assertEqual(packet.getOption(93, convert=True), [6])
        packet.setOption(82, b"\1\2ab")
        for _ in range(2):
            self.assertEqual(packet.getOption(82, convert=True), {1: [97, 98]})
            self.assertEqual(conf.rfc3046_decode(packet.getOption(82)), {1: [97, 98]})
        packet.setSelectedOptions(removed=[60])
        self.assertFalse(packet.isSelectedOption(60))
        self.assertNotIn(60, packet.getSelectedOptions())
        self.assertEqual(conf.rfc2610_78("10.0.0.1").getValue(), [0, 10, 0, 0, 1])
        self.assertEqual(conf.rfc2610_78(True, "10.0.0.1").getValue(), [1, 10, 0, 0, 1])
        self.assertEqual(conf.rfc5678_139((1, "10.0.0.1")), conf.rfc5678_139([(1, "10.0.0.1")]))
        self.assertEqual(conf.rfc3925_125([(9, [(1, "a")])]), conf.rfc3925_125({9: {1: [97]}}))
        self.assertFalse(conf.IPv4("10.0.0.1") == "nonsense")
        one = conf.Definition("10.0.0.9", "60", "net", "0", gateways="10.0.0.1,", ntp_servers=[10, 0, 0, 1])
        self.assertEqual((one.gateways, one.ntp_servers), ([conf.IPv4("10.0.0.1")], [conf.IPv4("10.0.0.1")]))


class CodeTests(ConfCase, SynchronousTestCase):
    def test_a_function_that_is_assigned_while_conf_is_executed_or_in_init_counts(self):
        function = "def load(packet, *_):\n    return packet.setOption(66, 'assigned')\n"
        for where in ("config.loadDHCPPacket = load\n", "def init():\n    config.loadDHCPPacket = load\n"):
            entry = f'DATABASE_ENGINE = {{"02:00:5e:00:01:01": {ENTRY!r}}}\n'
            text = HEAD + entry + f"from staticdhcpdlib import config\n{function}{where}"
            reply = ConfWorld(self.load_text(text)).ask(DISCOVER).message
            self.assertEqual((reply.message_type, reply.options[66]), (OFFER, b"assigned"))

    def test_definitions_are_changed_without_effect_where_the_reply_is_made_already(self):
        code = "def loadDHCPPacket(packet, method, mac, definition, *_):\n    definition.ip = None\n    return True\n"
        entry = f'DATABASE_ENGINE = {{"02:00:5e:00:01:01": {ENTRY!r}}}\n'
        self.assertEqual(ConfWorld(self.load_text(HEAD + entry + code)).ask(DISCOVER).message.yiaddr, ADDRESS)

    def test_functions_that_are_called_regularly_may_register_and_remove_functions(self):
        code = (
            "seen = []\n"
            "def second():\n    seen.append(2)\n    callbacks.systemRemoveTickHandler(second)\n"
            "def first():\n    seen.append(1)\n    callbacks.systemRemoveTickHandler(first)\n"
            "    callbacks.systemAddTickHandler(second)\n"
            "def init():\n    callbacks.systemAddTickHandler(first)\n"
        )
        world = ConfWorld(self.load_text(HEAD + code))
        world.tick()
        world.tick()
        self.assertEqual((world.conf.seen, site_of(world.conf).ticks.all()), ([1, 2], ()))


ENTRY = {"ip": "10.77.1.50", "subnet": "10.77.1.0/24", "serial": 0, "lease_time": 3600}
