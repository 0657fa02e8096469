"""How conf.py is found and executed, the names that it finds, and what its own names are to other files."""

import contextlib
import io
import os
import sys

from twisted.trial.unittest import SynchronousTestCase

from sdhcp.compat import install
from sdhcp.config import ConfigurationError, load
from sdhcp.scripting.namespaces import _Namespace

from .loopback import INI_CONF, running
from .site_case import SiteCase
from .test_config import PLAIN, ConfigCase

CONVERSIONS = (
    "listToIP listToIPs ipToList ipsToList listToInt listToInts listToLong listToLongs intToList intsToList longToList "
    "longsToList strToList strToPaddedList listToStr"
).split()
RFCS = (
    "rfc3046_decode rfc3925_decode rfc3925_125_decode rfc1035_plus rfc2610_78 rfc2610_79 rfc3361_120 rfc3397_119 "
    "rfc3442_121 rfc3925_124 rfc3925_125 rfc4174_83 rfc4280_88 rfc5223_137 rfc5678_139 rfc5678_140"
).split()
OTHERS = ["logger", "writeLog", "callbacks", "extensions"]


class LoadingTests(ConfigCase):
    def test_nothing_is_printed(self):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            self.read()
        self.assertEqual(printed.getvalue(), "")

    def test_it_is_the_module_conf_with_its_file(self):
        found = self.read("import sys\nSEEN = sys.modules['conf'].__file__, __name__\n")
        self.assertEqual(found.site.constants["SEEN"], (str(self.folder / "conf.py"), "conf"))
        self.assertIs(sys.modules["conf"], found.site.module)

    def test_its_folder_is_added_behind_the_path_and_stays(self):
        self.write("LIMIT = 5\n", "site_module.py")
        self.addCleanup(sys.modules.pop, "site_module", None)
        before = list(sys.path)
        self.assertEqual(self.read("from site_module import LIMIT\n").site.constants["LIMIT"], 5)
        self.assertEqual((sys.path[: len(before)], sys.path[len(before)]), (before, str(self.folder)))

    def test_a_folder_of_extensions_is_a_package_and_on_the_path_itself(self):
        for name, folder in (("site_one", "staticDHCPd_extensions"), ("site_two", "extensions")):
            self.write("LIMIT = 5\n", f"{folder}/{name}.py")
            self.addCleanup(sys.modules.pop, name, None)
        text = "import staticDHCPd_extensions.site_one as one\nimport site_one as plain\nimport site_two as two\n"
        found = self.read(f"{text}SUM = one.LIMIT + plain.LIMIT + two.LIMIT\n")
        for name in ("staticDHCPd_extensions.site_one", "staticDHCPd_extensions"):
            self.addCleanup(sys.modules.pop, name, None)
        self.assertEqual(found.site.constants["SUM"], 15)

    def test_what_it_cannot_open_is_told_and_no_other_conf_is_taken(self):
        self.write(name="conf.py")
        inner = self.write(f"{PLAIN}open('/nowhere/at-all')\n", "conf/conf.py")
        error = self.assertRaises(ConfigurationError, load, None, {}, str(self.folder))
        self.assertIn(f"{os.path.relpath(inner, self.folder)}:3", str(error))
        self.assertIn("FileNotFoundError", str(error))

    def test_what_it_raises_leaves_the_path_as_it_was(self):
        before = list(sys.path)
        self.problems("raise ValueError('no')\n")
        self.assertEqual(sys.path, before)

    def test_it_is_executed_once_and_not_again_when_sources_are_read_anew(self):
        with running(INI_CONF + "print('executed', flush=True)\n") as server:
            server.reload()
            server.expect("read anew")
            self.assertEqual(server.log().count("executed"), 1)
            os.utime(server.conf, (1, 1))
            server.reload()
            server.expect("read anew", times=2)
            server.expect("executed", times=2)
            server.reload()
            server.expect("read anew", times=3)
            self.assertEqual(server.log().count("executed"), 2)


class ConstantTests(SiteCase, SynchronousTestCase):
    TEXT = (
        "X_SITE_URI = 'http://a'\n_PRIVATE = 5\nROOM_2 = 7\nlower = 1\nMixed = 2\n"
        "class TABLE:\n    pass\ndef FIND():\n    return 'found'\n"
    )

    def config(self, text):
        self.load(text)
        install()
        from staticdhcpdlib import config

        return config

    def test_all_upper_case_names_of_conf_are_there(self):
        config = self.config(self.TEXT)
        self.assertEqual((config.X_SITE_URI, config._PRIVATE, config.ROOM_2), ("http://a", 5, 7))
        self.assertEqual((config.FIND(), isinstance(config.TABLE, type)), ("found", True))

    def test_others_are_not(self):
        config = self.config(self.TEXT)
        for name in ("lower", "Mixed", "X_OTHER"):
            self.assertRaises(AttributeError, getattr, config, name)

    def test_what_conf_changes_later_reaches_code_and_not_the_server(self):
        config = self.config("def init():\n    global AUTHORITATIVE, X_OWN\n    AUTHORITATIVE, X_OWN = True, 5\n")
        config.conf.init()
        self.assertEqual((config.AUTHORITATIVE, config.X_OWN), (True, 5))
        self.assertFalse(self.configuration.policy.authoritative)

    def test_a_function_that_conf_replaces_later_is_not_called(self):
        conf = self.load("def filterPacket(*_):\n    return True\nFIRST = filterPacket\n")
        conf.filterPacket = None
        self.assertIs(self.configuration.site.hooks["filterPacket"], conf.FIRST)

    def test_conf_keeps_the_name_that_it_uses_itself(self):
        config = self.config("PXE_PORT = 4011\ndef port():\n    return PXE_PORT\n")
        self.assertEqual(
            (config.conf.port(), hasattr(config.conf, "PROXY_PORT"), config.PROXY_PORT), (4011, False, 4011)
        )

    def test_an_extension_file_that_conf_imports_reads_what_stands_above(self):
        source = "from staticdhcpdlib import config\nABOVE = config.X_ABOVE\nBELOW = getattr(config, 'X_BELOW', None)\n"
        install()
        conf = self.load("X_ABOVE = 5\nimport site_extra\nX_BELOW = 6\n", site_extra=source)
        self.addCleanup(sys.modules.pop, "site_extra", None)
        self.assertEqual((conf.site_extra.ABOVE, conf.site_extra.BELOW), (5, None))

    def test_conf_itself_is_there(self):
        config = self.config("lower = 5\n")
        self.assertEqual(config.conf.lower, 5)


class InjectedTests(SiteCase, SynchronousTestCase):
    def test_they_are_these_and_no_others(self):
        conf = self.load("")
        own = {line.split()[0] for line in PLAIN.splitlines()}
        found = {name for name in vars(conf) if not name.startswith("__")} - own
        self.assertEqual(found, {*CONVERSIONS, *RFCS, *OTHERS, "staticDHCPd_extensions"})

    def test_functions_and_the_top_level_find_them(self):
        names = ", ".join([*CONVERSIONS, *RFCS, *OTHERS])
        conf = self.load(f"ABOVE = [{names}]\ndef below():\n    return [{names}]\n")
        self.assertEqual(conf.ABOVE, conf.below())
        self.assertEqual(len(conf.ABOVE), len(CONVERSIONS) + len(RFCS) + len(OTHERS))

    def test_they_work(self):
        conf = self.load("def init():\n    return listToIP(ipToList('10.0.0.1')), rfc3397_119('a.b').getValue()\n")
        self.assertEqual(conf.init(), ("10.0.0.1", [1, 97, 1, 98, 0]))

    def test_callbacks_has_all_that_code_calls(self):
        callbacks = self.load("").callbacks
        names = (
            "systemAddReinitHandler systemRemoveReinitHandler systemAddTickHandler systemRemoveTickHandler "
            "statsAddHandler statsRemoveHandler webAddHeader webRemoveHeader webAddDashboard webRemoveDashboard "
            "webAddMethod webRemoveMethod"
        )
        for name in names.split():
            self.assertTrue(callable(getattr(callbacks, name)), name)
        modes = callbacks.WEB_METHOD_DASHBOARD, callbacks.WEB_METHOD_TEMPLATE, callbacks.WEB_METHOD_RAW
        self.assertEqual(modes, (1, 2, 3))

    def test_extension_files_find_the_same_callbacks(self):
        conf = self.load("")
        install()
        from staticdhcpdlib import config

        self.assertIs(config.callbacks, conf.callbacks)

    def test_pages_can_be_registered_though_there_is_no_console(self):
        conf = self.load(
            "WEB_ENABLED = False\ndef page(*_):\n    return 'text/plain', 'own'\ndef init():\n"
            "    callbacks.webAddHeader(page)\n    callbacks.webAddDashboard('m', 'n', page)\n"
            "    callbacks.webAddMethod('/own', page)\n    return callbacks.webRemoveMethod('/own')\n"
        )
        self.assertIs(conf.init(), True)


class NamespaceTests(SynchronousTestCase):
    def test_each_floor_is_a_context_that_is_itself(self):
        extensions = _Namespace()
        with extensions as root, extensions.some as some:
            some.A = 1
        self.assertIs(root, extensions)
        self.assertIs(some, extensions.some)

    def test_names_with_two_underscores_are_never_made(self):
        for namespace in (_Namespace(), _Namespace().some):
            self.assertRaises(AttributeError, getattr, namespace, "__path__")

    def test_parameters_are_gone_through_one_by_one(self):
        some = _Namespace().some
        some.A = 1
        iterator = some.extension_config_iter()
        self.assertEqual((next(iterator), list(iterator)), (("A", 1), []))

    def test_defaults_and_what_is_required_must_be_told(self):
        self.assertRaises(TypeError, _Namespace().some.extension_config_merge)
        merged = _Namespace().some.extension_config_merge(defaults={"A": 1}, required=[])
        self.assertEqual(merged.A, 1)
