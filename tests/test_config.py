"""conf.py: found, read, and turned into settings."""

import os
import sys
import warnings
from math import inf
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from sdhcp.config import ConfigurationError, load
from sdhcp.config.schema import PARAMETERS

from .samples import ip
from .test_run import sdhcp

PLAIN = 'DHCP_SERVER_IP = "192.0.2.1"\nDATABASE_ENGINE = None\n'


class ConfigCase(SynchronousTestCase):
    def setUp(self):
        self.folder = Path(self.mktemp()).absolute()
        self.folder.mkdir()
        before = list(sys.path), sys.modules.get("conf")
        self.addCleanup(self.put_back, *before)

    def put_back(self, path, conf):
        sys.path[:] = path
        sys.modules.pop("conf", None)
        if conf is not None:
            sys.modules["conf"] = conf

    def write(self, text=PLAIN, name="conf.py"):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return str(path)

    def read(self, text="", debug=False):
        return load(self.write(PLAIN + text), {}, str(self.folder), debug)

    def problems(self, text):
        return [str(one) for one in self.assertRaises(ConfigurationError, self.read, text).problems]


class PlaceTests(ConfigCase):
    def test_a_file_or_its_folder(self):
        path = self.write()
        for named in (path, str(self.folder), "conf.py", "."):
            self.assertEqual(load(named, {}, str(self.folder)).listen.addresses, (ip("192.0.2.1"),))

    def test_a_file_of_any_name(self):
        other = self.write(PLAIN + "DHCP_SERVER_PORT = 6767\n", "lab.py")
        self.assertEqual(load(other, {}, "/").listen.server_port, 6767)

    def test_the_environment_names_it(self):
        path = self.write(name="elsewhere/conf.py")
        for variable in ("SDHCP_CONF", "STATICDHCPD_CONF_PATH"):
            for value in (path, os.path.dirname(path)):
                self.assertEqual(load(None, {variable: value}, "/").path, path)
        # staticDHCPd looked for conf.py in the folder of the file that was named.
        sample = os.path.join(os.path.dirname(path), "conf.sample.py")
        self.assertEqual(load(None, {"STATICDHCPD_CONF_PATH": sample}, "/").path, path)

    def test_what_is_asked_for_goes_before_the_environment(self):
        path = self.write()
        self.assertEqual(load(path, {"SDHCP_CONF": "/nowhere/conf.py"}, "/").path, path)

    def test_the_working_folder_is_searched(self):
        path = self.write()
        self.assertEqual(load(None, {}, str(self.folder)).path, path)
        inner = self.write(name="conf/conf.py")
        self.assertEqual(load(None, {}, str(self.folder)).path, inner)

    def test_all_places_are_named_where_there_is_none(self):
        if os.path.exists("/etc/sdhcp/conf.py") or os.path.exists("/etc/staticDHCPd/conf.py"):
            self.skipTest("this machine has a conf.py in /etc")
        error = self.assertRaises(ConfigurationError, load, None, {}, str(self.folder))
        for place in (str(self.folder), "/etc/sdhcp/conf.py", "/etc/staticDHCPd/conf.py"):
            self.assertIn(place, str(error))


class ValueTests(ConfigCase):
    def test_defaults(self):
        found = self.read()
        self.assertEqual((found.listen.server_port, found.listen.client_port), (67, 68))
        self.assertEqual((found.policy.rapid_commit, found.policy.link_check), (False, False))
        self.assertEqual((found.policy.suspend_threshold, found.policy.unauthorized_timeout), (10, 60))
        self.assertEqual(found.notices, ())

    def test_nothing_in_every_form(self):
        names = "LOG_FILE PID_FILE DHCP_RESPONSE_INTERFACE PXE_PORT EMAIL_USER EMAIL_SERVER WEB_DIGEST_USERNAME"
        for nothing in ("None", '""', "0", "False"):
            found = self.read("".join(f"{name} = {nothing}\n" for name in names.split()))
            listen, web, email = found.listen, found.web, found.email
            self.assertEqual((found.log.file, found.process.pid_file), (None, None))
            self.assertEqual((listen.response_interface, listen.proxy_port), (None, None))
            self.assertEqual((web.digest_username, email.user, email.server), (None, None, None))
            settings = self.read(f"POSTGRESQL_HOST = {nothing}\n").source.settings
            self.assertIsNone(settings["POSTGRESQL_HOST"])
            found = self.read(f"EXTRA_MAPS = {nothing}\nALLOWED_DHCP_RELAYS = {nothing}\n")
            self.assertEqual((found.source.extra_maps, found.policy.allowed_relays), ((), frozenset()))

    def test_a_cache_that_is_not_known_is_none(self):
        for model in ('"redis"', "None", "5"):
            found = self.read(f"USE_CACHE = True\nCACHING_MODEL = {model}\n")
            self.assertFalse(found.cache.enabled)
            self.assertIn("conf.py:4: CACHING_MODEL: there is no such cache", " ".join(found.notices))

    def test_memcached_wants_a_host(self):
        model = 'USE_CACHE = True\nCACHING_MODEL = "Memcached"\n'
        (problem,) = self.problems(model)
        self.assertIn("conf.py: MEMCACHED_HOST: not set; expected the host of memcached", problem)
        (problem,) = self.problems(f"{model}MEMCACHED_SERVER = None\n")
        self.assertIn("conf.py:5: MEMCACHED_SERVER: None; expected the host of memcached", problem)
        (problem,) = self.problems(f"{model}MEMCACHED_HOST = 5\n")
        self.assertIn("conf.py:5: MEMCACHED_HOST: ", problem)
        self.assertTrue(self.read(f'{model}MEMCACHED_HOST = "m"\n').cache.enabled)
        self.assertEqual(self.read('CACHING_MODEL = "memcached"\n').notices, ())
        self.assertFalse(self.read('USE_CACHE = True\nCACHING_MODEL = "redis"\nMEMCACHED_HOST = None\n').cache.enabled)

    def test_a_cache_on_disk_that_nothing_is_kept_in_is_named(self):
        disk = 'DISK_CACHE = True\nPERSISTENT_CACHE = "cache.sqlite3"\n'
        for more, why in (
            ("", "USE_CACHE is off"),
            ('USE_CACHE = True\nCACHING_MODEL = "memcached"\nMEMCACHED_HOST = "m"\n', "CACHING_MODEL is memcached"),
        ):
            one, other = self.read(disk + more).notices
            self.assertIn(f"conf.py:3: DISK_CACHE: set, but without effect: {why}", one)
            self.assertIn(f"conf.py:4: PERSISTENT_CACHE: set, but without effect: {why}", other)
        self.assertEqual(self.read(f"USE_CACHE = True\n{disk}").notices, ())
        self.assertEqual(self.read("DISK_CACHE = False\nDISK_CACHE_PERSISTENT = None\n").notices, ())

    def test_how_long_what_is_cached_counts(self):
        cache = self.read(
            "CACHE_AGE = None\nCACHE_NEGATIVE_AGE = 0\nCACHE_SIZE = 10\nSTALE_ANSWERS_AGE = 86400\n"
        ).cache
        self.assertEqual((cache.age, cache.negative_age, cache.size, cache.stale_age), (inf, 0, 10, 86400))
        cache = self.read("STALE_ANSWERS = False\n").cache
        self.assertEqual((cache.age, cache.negative_age, cache.stale, cache.stale_age), (300, 10, False, inf))
        for given in (
            "CACHE_AGE = -1",
            'CACHE_AGE = "5"',
            "CACHE_SIZE = 0",
            "CACHE_SIZE = None",
            "STALE_ANSWERS = None",
        ):
            (problem,) = self.problems(f"{given}\n")
            self.assertIn(f"conf.py:3: {given.split()[0]}: ", problem)

    def test_lines_that_the_web_log_keeps(self):
        for given, kept in ((-5, 0), (0, 0), (200, 200), (10**7, 10**7)):
            self.assertEqual(self.read(f"WEB_LOG_HISTORY = {given}\n").web.log_history, kept)

    def test_notset_is_everything(self):
        log = self.read('LOG_FILE_SEVERITY = "NOTSET"\nLOG_CONSOLE_SEVERITY = "info"\n').log
        self.assertEqual((log.file_severity, log.console_severity), ("DEBUG", "INFO"))

    def test_every_parameter_takes_its_own_default(self):
        given = "".join(
            f"{one.name} = {one.default!r}\n"
            for one in PARAMETERS
            if one.name not in ("DHCP_SERVER_IP", "DATABASE_ENGINE", "ENABLE_RAPIDCOMMIT")
        )
        self.assertEqual(self.read(given).policy, self.read().policy)

    def test_aliases(self):
        self.assertEqual(self.read("PXE_PORT = 4011\n").listen.proxy_port, 4011)
        self.assertEqual(self.read("PXE_PORT = 4011\nPROXY_PORT = 4011\n").listen.proxy_port, 4011)
        self.assertEqual(self.read('MEMCACHED_SERVER = "m"\n').cache.memcached_host, "m")

    def test_of_two_names_for_one_setting_the_one_counts_that_staticdhcpd_took(self):
        found = self.read("PXE_PORT = 4011\nPROXY_PORT = 4012\n")
        self.assertEqual(found.listen.proxy_port, 4011)
        (notice,) = found.notices
        self.assertIn("conf.py:4: PROXY_PORT: the same setting as PXE_PORT", notice)
        cache = self.read(
            'DISK_CACHE = True\nCACHE_ON_DISK = False\nPERSISTENT_CACHE = "a"\nDISK_CACHE_PERSISTENT = "b"\n'
            'MEMCACHED_SERVER = "one"\nMEMCACHED_HOST = "two"\n'
        ).cache
        self.assertEqual((cache.on_disk, cache.persistent_path, cache.memcached_host), (True, "a", "one"))
        self.assertEqual(self.read("PXE_PORT = 4011\nPROXY_PORT = 4011\n").notices, ())

    def test_several_addresses(self):
        found = load(self.write('DHCP_SERVER_IP = ["192.0.2.1", "192.0.2.9"]\nDATABASE_ENGINE = 0\n'), {}, "/")
        self.assertEqual(found.listen.addresses, (ip("192.0.2.1"), ip("192.0.2.9")))

    def test_lists_in_every_form(self):
        for relays in ('["10.0.0.1"]', '("10.0.0.1",)', '{"10.0.0.1"}'):
            found = self.read(f"ALLOW_DHCP_RELAYS = True\nALLOWED_DHCP_RELAYS = {relays}\n")
            self.assertEqual(found.policy.allowed_relays, {ip("10.0.0.1")})

    def test_rapid_commit_for_some_subnets(self):
        policy = self.read('ENABLE_RAPIDCOMMIT = ["10.0.0.0/8"]\n').policy
        self.assertEqual((policy.rapid_commit, policy.rapid_commit_subnets), (False, {"10.0.0.0/8"}))
        self.assertTrue(self.read("ENABLE_RAPIDCOMMIT = True\n").policy.rapid_commit)

    def test_tags_and_shared_networks(self):
        self.assertEqual(self.read("DHCP_RESPONSE_INTERFACE_QTAGS = [(3, False, 100)]\n").listen.qtags, ((3, 0, 100),))
        shared = self.read('SHARED_NETWORKS = [["10.1.0.0/24", "10.2.0.0/24"]]\n').policy.shared_networks
        self.assertEqual(shared, (((0x0A010000, 0xFFFFFF00), (0x0A020000, 0xFFFFFF00)),))

    def test_one_interface_for_frames_of_several_addresses_is_a_fault(self):
        several = 'DHCP_SERVER_IP = ["192.0.2.1", "198.51.100.1"]\n'
        self.assertEqual(len(self.read(several).listen.addresses), 2)
        for single in ('"192.0.2.1"', '["192.0.2.1"]'):
            found = self.read(f'DHCP_SERVER_IP = {single}\nDHCP_RESPONSE_INTERFACE = "eth0"\n')
            self.assertEqual(found.listen.response_interface, "eth0")
        error = self.assertRaises(ConfigurationError, self.read, several + 'DHCP_RESPONSE_INTERFACE = "eth0"\n')
        self.assertIn("conf.py:4: DHCP_RESPONSE_INTERFACE: frames for the clients", str(error.problems[0]))

    def test_tags_without_frames_are_told(self):
        found = self.read("DHCP_RESPONSE_INTERFACE = None\nDHCP_RESPONSE_INTERFACE_QTAGS = [(3, False, 100)]\n")
        (notice,) = found.notices
        self.assertIn("conf.py:4: DHCP_RESPONSE_INTERFACE_QTAGS: set, but without effect", notice)
        self.assertEqual(self.read("DHCP_RESPONSE_INTERFACE = None\n").notices, ())

    def test_half_a_character_is_no_text(self):
        for parameter in PARAMETERS:
            if parameter.name.endswith(("_FILE", "_INTERFACE", "_NAME")):
                (problem,) = self.problems(f"{parameter.name} = '/x\\ud800'\n")
                self.assertIn(f"conf.py:3: {parameter.name}: the text holds half of a surrogate pair", problem)

    def test_users_by_number_and_name(self):
        process = self.read('UID = "root"\nGID = 0\n').process
        self.assertEqual((process.uid, process.gid), (0, 0))

    def test_debug_logs_everything(self):
        for found in (self.read("DEBUG = True\n"), self.read(debug=True)):
            self.assertEqual((found.log.console_severity, found.log.file_severity), ("DEBUG", "DEBUG"))

    def test_settings_are_frozen(self):
        self.assertRaises(AttributeError, setattr, self.read().listen, "server_port", 1)


class SiteTests(ConfigCase):
    def test_extensions_beside_it_are_found(self):
        self.write("PORT = 6700\n", "extensions/site_ports.py")
        self.assertEqual(self.read("import site_ports\nDHCP_SERVER_PORT = site_ports.PORT\n").listen.server_port, 6700)

    def test_a_sites_own_constants_are_kept(self):
        found = self.read('X_REDIS = {"host": "r"}\nROOMS = 5\nLOG_CAPACITY = 1000\n')
        self.assertEqual(found.source.settings["X_REDIS"], {"host": "r"})
        self.assertEqual(found.site.constants["ROOMS"], 5)

    def test_a_sites_own_constants_may_begin_as_settings_do(self):
        names = ("LOG_DIR", "DHCP_HOSTS", "EMAIL_ADMIN", "SQLITE_TIMEOUT")
        found = self.read("".join(f"{name} = 5\n" for name in names))
        for line, (name, notice) in enumerate(zip(names, found.notices, strict=True), 3):
            self.assertIn(f"conf.py:{line}: {name}: no such setting; taken as a constant of your own", notice)
            self.assertEqual(found.site.constants[name], 5)
        self.assertIn("perhaps LOG_FILE", " ".join(self.problems('LOG_FILES = "x"\n')))

    def test_endpoints_and_tokens_of_the_console(self):
        token = "0123456789abcdef-._~"
        web = self.read(
            f"WEB_ENDPOINT = 'unix:/run/sdhcp.sock'\nWEB_API_TOKENS = {{'monitoring': ('{token}', 'viewer')}}\n"
        ).web
        self.assertEqual(
            (web.endpoints, web.api_tokens), (("unix:/run/sdhcp.sock",), {"monitoring": (token, "viewer")})
        )
        self.assertEqual(self.read("WEB_ENDPOINT = ['tcp:1', 'tcp:2']\n").web.endpoints, ("tcp:1", "tcp:2"))
        self.assertNotIn(token, repr(web))
        for wrong in (
            "WEB_ENDPOINT = 5",
            "WEB_ENDPOINT = ['nothing']",
            "WEB_API_TOKENS = ['hunter2']",
            "WEB_API_TOKENS = {'a': 'hunter2'}",
            "WEB_API_TOKENS = {'a': ('hunter2', 'viewer')}",
            "WEB_API_TOKENS = {'a': ('hunter2-hunter2-hunter2 ', 'viewer')}",
            "WEB_API_TOKENS = {'a': ('hunter2-hunter2-hunter2', 'root')}",
        ):
            (problem,) = self.problems(f"{wrong}\n")
            self.assertIn(wrong.split()[0], problem)
            self.assertNotIn("hunter2", problem)

    def test_a_secret_is_in_no_message(self):
        problems = self.problems("WEB_DIGEST_PASSWORD = ['hunter2']\nEMAIL_PASSWORD = 4711\n")
        self.assertEqual(len(problems), 2)
        for text in problems:
            self.assertNotIn("hunter2", text)
            self.assertNotIn("4711", text)

    def test_a_secret_of_the_wrong_kind_is_in_no_message(self):
        secrets = ('("bob", "hunter2")', '{"password": "hunter2"}', '"postgresql://u:hunter2@h/db"', 'b"hunter2"')
        for parameter in PARAMETERS:
            if parameter.section not in ("source", "web", "email", "cache"):
                continue
            for name in (parameter.name, *parameter.aliases):
                for secret in secrets:
                    try:
                        said = self.read(f"{name} = {secret}\n").notices
                    except ConfigurationError as error:
                        said = error.problems
                    self.assertNotIn("hunter2", " ".join(map(str, said)), name)
        (problem,) = self.problems('DATABASE_ENGINE = "postgresql://u:hunter2@h/db"\n')
        self.assertIn("DATABASE_ENGINE: a value of type str is no source", problem)
        (problem,) = self.problems('WEB_PORT = "30.880"\n')
        self.assertIn("WEB_PORT: '30.880' is no whole number", problem)

    def test_a_line_that_python_warns_of_is_not_shown(self):
        path = self.write(PLAIN + 'WEB_DIGEST_PASSWORD = "hunter2" if 1 is 1 else "x"\nX_PASSWORD = "hun\\dter2"\n')
        done = sdhcp("check", "--config", path)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn('conf.py:3: Python warns: "is" with', done.stdout)
        self.assertNotIn("ter2", done.stdout)

    def test_a_line_of_an_extension_is_not_shown_either(self):
        self.write('PASSWORD = "hunter2" if 1 is 1 else "x"\n', "site_secrets.py")
        done = sdhcp("check", "--config", self.write(PLAIN + "import site_secrets\n"))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn('site_secrets.py:1: Python warns: "is" with', done.stdout)
        self.assertNotIn("hunter2", done.stdout)

    def test_a_sites_own_way_with_warnings_stays(self):
        before = warnings.showwarning
        self.addCleanup(setattr, warnings, "showwarning", before)
        self.read()
        self.assertIs(warnings.showwarning, before)
        self.read("import warnings\ndef show(*given):\n    pass\nwarnings.showwarning = show\n")
        self.assertEqual(warnings.showwarning.__name__, "show")

    def test_an_object_that_cannot_say_what_it_is(self):
        odd = "class Odd:\n    def __repr__(self):\n        raise RuntimeError\n"
        (problem,) = self.problems(odd + "DHCP_SERVER_PORT = Odd()\n")
        self.assertIn("DHCP_SERVER_PORT", problem)

    def test_lists_that_raise_while_they_are_read(self):
        broken = '(table[name] for name in ("a", "b"))'
        names = ["ALLOWED_DHCP_RELAYS", "EXTRA_MAPS", "EXTRA_SUBNETS", "SHARED_NETWORKS", "ENABLE_RAPIDCOMMIT"]
        names.append("DHCP_RESPONSE_INTERFACE_QTAGS")
        problems = self.problems("table = {}\n" + "".join(f"{name} = {broken}\n" for name in names))
        self.assertEqual(len(problems), len(names))
        for line, (name, problem) in enumerate(zip(names, problems, strict=True), 4):
            self.assertIn(f"conf.py:{line}: {name}: KeyError: 'a'", problem)
        (problem,) = self.problems(f"table = {{}}\nDHCP_SERVER_IP = {broken}\n")
        self.assertIn("conf.py:4: DHCP_SERVER_IP: KeyError: 'a'", problem)

    def test_objects_that_raise_whatever_they_are_asked(self):
        odd = (
            "class Odd:\n    def fail(self, *given):\n        raise RuntimeError('as ever')\n"
            "    __eq__ = __ne__ = __bool__ = __iter__ = __len__ = __repr__ = __str__ = fail\n"
            "    __class__ = property(fail)\n"
        )
        for parameter in PARAMETERS:
            for name in (parameter.name, *parameter.aliases):
                for problem in self.problems(f"{odd}{name} = Odd()\nDHCP_SERVER_PORT = 0\n"):
                    self.assertIn("conf.py:", problem)
        self.assertIn("PXE_PORT", " ".join(self.problems(odd + "PROXY_PORT = 4011\nPXE_PORT = Odd()\n")))
        self.assertIsNotNone(self.read(odd + "ROOMS = Odd()\n").site.constants["ROOMS"])

    def test_a_module_that_invents_names(self):
        self.assertEqual(self.read("def __getattr__(name):\n    raise KeyError(name)\n").site.hooks, {})

    def test_a_name_that_was_imported_from_elsewhere(self):
        self.write("DHCP_SERVER_PORT = 0\n", "common.py")
        (problem,) = self.problems("from common import *\n")
        self.assertIn("conf.py:3: DHCP_SERVER_PORT", problem)
