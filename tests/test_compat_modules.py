"""The modules that a site's files import, by the names that they have in staticDHCPd."""

import importlib
import logging
import struct
import sys
from xml.etree import ElementTree

from twisted.trial.unittest import SynchronousTestCase

from sdhcp.compat.finder import install
from sdhcp.scripting.site import site_of

from .site_case import SiteCase

NAMES = {
    "staticdhcpdlib": "VERSION URL COPYRIGHT",
    "staticdhcpdlib.config": "conf callbacks init filterPacket handleUnknownMAC filterRetrievedDefinitions "
    "loadDHCPPacket _Namespace DHCP_SERVER_IP WEB_ENABLED",
    "staticdhcpdlib.dhcp": "_DHCPServer DHCPService _PacketWrapper _IP_REJECTED _PacketRejection "
    "_PacketSourceBlocklist _PacketSourceIgnored "
    "_PacketSourceUnacceptable",
    "staticdhcpdlib.statistics": "Statistics emit registerStatsCallback unregisterStatsCallback",
    "staticdhcpdlib.system": "ALIVE reinitialise registerReinitialisationCallback "
    "unregisterReinitialisationCallback tick registerTickCallback unregisterTickCallback",
    "staticdhcpdlib.logging_handlers": "FIFOHandler",
    "staticdhcpdlib.databases": "get_database",
    "staticdhcpdlib.databases.generic": "Definition Database CachingDatabase Null",
    "staticdhcpdlib.databases._sql": "_SQLDatabase _DB20Broker _PoolingBroker _NonPoolingBroker MySQL PostgreSQL "
    "Oracle SQLite",
    "staticdhcpdlib.databases._ini": "INI _Config",
    "staticdhcpdlib.databases._caching": "_DatabaseCache MemoryCache MemcachedCache DiskCache",
    "staticdhcpdlib.web": "WEB_METHOD_DASHBOARD WEB_METHOD_TEMPLATE WEB_METHOD_RAW registerHeaderCallback "
    "unregisterHeaderCallback retrieveHeaderCallbacks registerDashboardCallback unregisterDashboardCallback "
    "retrieveDashboardCallbacks registerMethodCallback unregisterMethodCallback retrieveMethodCallback "
    "retrieveVisibleMethodCallbacks",
    "staticdhcpdlib.web.functions": "sanitise",
    "staticdhcpdlib.web.headers": "contentType title css favicon javascript",
    "staticdhcpdlib.web.methods": "Logger reinitialise css javascript favicon",
    "staticdhcpdlib.web._resources": "CSS JS FAVICON",
    "staticdhcpdlib.web.server": "WebService",
    "staticdhcpdlib.web._templates": "renderTemplate renderDashboard",
    "libpydhcpserver": "VERSION URL COPYRIGHT",
    "libpydhcpserver.dhcp": "Address DHCPServer IP_UNSPECIFIED_FILTER",
    "libpydhcpserver.getifaddrslib": "get_network_interface get_mac_address",
    "libpydhcpserver.dhcp_types.constants": "FIELD_CIADDR DHCP_OPTIONS",
    "libpydhcpserver.dhcp_types.conversion": "listToIP listToNumber",
    "libpydhcpserver.dhcp_types.packet": "DHCPPacket FLAGBIT_BROADCAST IPv4 MAC DHCP_OPTIONS rfc3397_119",
    "libpydhcpserver.dhcp_types.ipv4": "IPv4",
    "libpydhcpserver.dhcp_types.mac": "MAC",
    "libpydhcpserver.dhcp_types.rfc": "rfc3397_119",
}
TEN = {
    "DISCOVER", "REQUEST", "REQUEST:SELECTING", "REQUEST:INIT-REBOOT", "REQUEST:RENEW", "REQUEST:REBIND",
    "DECLINE", "RELEASE", "INFORM", "LEASEQUERY",
}  # fmt: skip
BROWSER = ("/", {}, None, None, {})


def served(name):
    install()
    return importlib.import_module(name)


class ModuleCase(SiteCase, SynchronousTestCase):
    def setUp(self):
        self.conf = self.load("X_OWN = 1\nSYSTEM_NAME = 'site & co'\n")
        self.site = site_of(self.conf)


class NameTests(ModuleCase):
    def test_every_name_is_there(self):
        for module, names in NAMES.items():
            found = served(module)
            for name in names.split():
                self.assertTrue(hasattr(found, name), f"{module}.{name}")

    def test_all_modules_can_be_imported_before_a_conf_is_loaded_and_at_its_top(self):
        served_names = ("staticdhcpdlib", "libpydhcpserver")
        held = {name: sys.modules.pop(name) for name in list(sys.modules) if name.startswith(served_names)}
        conf = sys.modules.pop("conf")
        install()
        try:
            for module in NAMES:
                served(module)
        finally:
            sys.modules.update(held)
            sys.modules["conf"] = conf
        self.load("".join(f"import {module}\n" for module in NAMES))

    def test_methods_of_packets(self):
        dhcp = served("staticdhcpdlib.dhcp")
        self.assertEqual({getattr(dhcp, name) for name in dir(dhcp) if name.startswith("_PACKET_TYPE_")}, TEN)
        self.assertTrue(issubclass(dhcp._PacketSourceIgnored, dhcp._PacketRejection))


class ConfigTests(ModuleCase):
    def test_settings_that_are_assigned_are_read_and_told_of(self):
        config, heard = served("staticdhcpdlib.config"), []
        self.site.on_assign(lambda *change: heard.append(change))
        config.AUTHORITATIVE = True
        config.filterPacket = heard.append
        self.assertEqual((config.AUTHORITATIVE, config.filterPacket), (True, heard.append))
        self.assertEqual(heard, [("AUTHORITATIVE", True), ("filterPacket", heard.append)])
        self.assertFalse(hasattr(self.conf, "AUTHORITATIVE"))
        self.load("")
        self.assertEqual((config.AUTHORITATIVE, config.filterPacket(1, 2, 3, 4, 5, 6)), (False, True))

    def test_hooks_are_those_of_conf_or_do_nothing(self):
        config = served("staticdhcpdlib.config")
        self.assertEqual((config.init(), config.filterPacket(*range(6)), config.handleUnknownMAC(*range(6)),
                          config.loadDHCPPacket(*range(7))), (None, True, None, True))  # fmt: skip
        self.assertRaises(ValueError, config.filterRetrievedDefinitions, *range(7))
        conf = self.load("def init():\n    return 'own'\n")
        self.assertIs(config.init, conf.init)

    def test_what_is_listed(self):
        config = served("staticdhcpdlib.config")
        listed = dir(config)
        for name in ("X_OWN", "DHCP_SERVER_PORT", "conf", "callbacks", "init", "_Namespace"):
            self.assertIn(name, listed)
        config.lower = 5
        self.assertEqual(config.lower, 5)
        del config.lower

    def test_without_a_conf_there_is_nobody_to_register_with(self):
        config, system = served("staticdhcpdlib.config"), served("staticdhcpdlib.system")
        conf = sys.modules.pop("conf")
        try:
            self.assertIsNone(config.conf)
            self.assertRaises(AttributeError, getattr, config, "callbacks")
            self.assertRaises(RuntimeError, system.registerTickCallback, print)
            self.assertIs(system.ALIVE, True)
            self.assertEqual(config.DHCP_SERVER_PORT, 67)
        finally:
            sys.modules["conf"] = conf


class SystemTests(ModuleCase):
    def test_ticks_and_reinitialisation(self):
        system, called = served("staticdhcpdlib.system"), []
        tick, again = (lambda: called.append("tick")), (lambda: called.append("again"))
        system.registerTickCallback(tick)
        system.registerReinitialisationCallback(again)
        system.tick()
        self.assertIsInstance(system.reinitialise(), float)
        self.assertEqual(called, ["tick", "again"])
        self.assertTrue(system.unregisterTickCallback(tick))
        self.assertTrue(system.unregisterReinitialisationCallback(again))

    def test_alive_is_the_sites(self):
        system = served("staticdhcpdlib.system")
        system.ALIVE = False
        self.assertEqual((system.ALIVE, self.site.alive), (False, False))
        self.load("")
        self.assertIs(system.ALIVE, True)

    def test_statistics_are_emitted_to_who_is_registered(self):
        statistics, got = served("staticdhcpdlib.statistics"), []
        statistics.registerStatsCallback(got.append)
        statistics.emit(5)
        self.assertTrue(statistics.unregisterStatsCallback(got.append))
        self.assertEqual(got, [5])
        self.assertEqual(
            statistics.Statistics._fields,
            ("source_address", "mac", "ip", "subnet", "serial", "method", "processing_time", "processed", "port"),
        )


class FIFOHandlerTests(SynchronousTestCase):
    def test_the_last_records_the_newest_first(self):
        handler = served("staticdhcpdlib.logging_handlers").FIFOHandler(2)
        handler.setFormatter(logging.Formatter("%(message)s!"))
        for number in range(3):
            handler.handle(logging.makeLogRecord({"msg": f"m{number}", "levelno": 10 * number}))
        self.assertEqual(handler.readContents(), [(20, "m2!"), (10, "m1!")])
        handler.flush()
        self.assertEqual(handler.readContents(), [])
        handler.handle(logging.makeLogRecord({"msg": "m"}))
        handler.close()
        self.assertEqual(handler.readContents(), [])


class WebTests(ModuleCase):
    def setUp(self):
        super().setUp()
        self.web = served("staticdhcpdlib.web")
        self.templates = served("staticdhcpdlib.web._templates")
        self.service = served("staticdhcpdlib.web.server").WebService()
        self.addCleanup(self.service.log.close)

    def page(self, text):
        self.assertTrue(text.startswith("<?xml"))
        return ElementTree.fromstring(text.encode())

    def texts(self, page, tag, kind):
        found = [one for one in page.iter(f"{{http://www.w3.org/1999/xhtml}}{tag}") if one.get("class") == kind]
        return ["".join(one.itertext()).strip() for one in found]

    def test_the_consoles_own_part(self):
        self.assertEqual([callback(*BROWSER).split()[0] for callback in self.web.retrieveHeaderCallbacks()],
                         ["<meta", "<script", "<title>site", "<link", "<link"])  # fmt: skip
        listed = [(one.path, one.module, one.name, one.confirm) for one in self.web.retrieveVisibleMethodCallbacks()]
        path = "/ca/uguu/puukusoft/staticDHCPd/reinitialise"
        self.assertEqual(listed, [(path, "core", "reinitialise", True)])
        for path, kind in (("/css", "text/css"), ("/javascript", "text/javascript"), ("/favicon.ico", "image/x-icon")):
            method = self.web.retrieveMethodCallback(path)
            self.assertEqual((method.callback(*BROWSER)[0], method.cacheable, method.hidden), (kind, True, True))
        self.assertEqual([one[:3] for one in self.web.retrieveDashboardCallbacks()], [(1000, "core", "events")])

    def test_the_icon_is_one(self):
        icon = served("staticdhcpdlib.web._resources").FAVICON
        _, kind, count, width, height, _, _, _, bits, size, offset = struct.unpack("<HHHBBBBHHII", icon[:22])
        self.assertEqual((kind, count, width, height, bits, size + offset), (1, 1, 32, 32, 32, len(icon)))
        self.assertEqual(struct.unpack("<Iii", icon[22:34]), (40, 32, 64))

    def test_the_dashboard_has_all_elements_but_those_that_fail_or_have_nothing(self):
        def fails(**_):
            raise SystemExit("broken")

        def shows(path, queryargs, mimetype, data, headers):
            return f"<p>{path} {sorted(queryargs)}</p>"

        self.web.registerDashboardCallback("a & b", "shows", shows)
        self.web.registerDashboardCallback("m", "fails", fails)
        self.web.registerDashboardCallback("m", "nothing", lambda **_: None, ordering=0)
        self.web.registerHeaderCallback(lambda path, *_: f"<meta name='x' content='{path}'/>")
        self.web.registerHeaderCallback(lambda *_: None)
        self.web.registerHeaderCallback(fails)
        with self.assertLogs("web.server", level="ERROR") as logs:
            page = self.page(self.templates.renderDashboard("/", {"q": ["1"]}, None, None, {}))
        self.assertEqual(len(logs.records), 2)
        self.assertEqual(self.texts(page, "h1", "element"), ["core | events", "a & b | shows"])
        self.assertIn("/ ['q']", self.texts(page, "div", "element"))
        self.assertEqual([one.get("id") for one in page.iter() if one.get("id")],
                         ["content", "header", "methods", "main", "footer"])  # fmt: skip
        self.assertEqual(self.texts(page, "h1", "method"), ["core"])
        self.assertIn("site & co", self.texts(page, "div", "name"))

    def test_a_featured_method_stands_first_and_is_not_repeated_by_loading_again(self):
        method = self.web.retrieveMethodCallback("/ca/uguu/puukusoft/staticDHCPd/reinitialise")
        called = []
        self.site.reinit.add(lambda: called.append(1))
        page = self.page(self.templates.renderDashboard(*BROWSER, method))
        self.assertEqual((called, self.texts(page, "h1", "element")), ([1], ["core | reinitialise", "core | events"]))
        body = next(page.iter("{http://www.w3.org/1999/xhtml}body"))
        self.assertEqual(body.get("onload"), "rewriteLocation('/');")

    def test_a_reinitialisation_that_fails_says_so(self):
        def bad():
            raise ValueError("<broken>")

        self.site.reinit.add(bad)
        with self.assertLogs("web.methods", level="ERROR"):
            shown = served("staticdhcpdlib.web.methods").reinitialise(*BROWSER)
        self.assertIn('class="critical"', shown)
        self.assertIn("&lt;broken&gt;", shown)

    def test_a_method_has_a_page_of_its_own(self):
        template = self.web.WEB_METHOD_TEMPLATE
        self.web.registerMethodCallback("/own", lambda **asked: b"<p>one</p>", name="<own>", display_mode=template)
        page = self.page(self.templates.renderTemplate(*BROWSER, self.web.retrieveMethodCallback("/own")))
        self.assertEqual(self.texts(page, "h1", "element"), ["<own>"])
        self.assertEqual(self.texts(page, "div", "element"), ["one"])

    def test_the_log_element(self):
        logger = logging.getLogger("extension.some")
        before = logger.level
        self.addCleanup(logger.setLevel, before)
        logger.setLevel(1)
        for level, text in ((10, "unseen"), (20, "info"), (30, "first\nsecond"), (55, "<script>")):
            logger.log(level, text)
        shown = self.service.log.render(*BROWSER)
        spans = [line.split(" : ", 1)[1] for line in shown.split("<span ")[1:]]
        self.assertEqual([span.split("</span>")[0] for span in spans], ["&lt;script&gt;", "first<br/>second", "info"])
        self.assertLess(shown.index('"critical"'), shown.index('"warn"'))
        self.assertIn("max-height: 400px", shown)

    def test_a_site_replaces_the_style(self):
        self.assertTrue(self.web.unregisterMethodCallback("/css"))
        self.web.registerMethodCallback("/css", lambda *_: ("text/css", "p {}"))
        self.assertEqual(self.web.retrieveMethodCallback("/css").callback(*BROWSER), ("text/css", "p {}"))

    def test_text_for_pages(self):
        sanitise = served("staticdhcpdlib.web.functions").sanitise
        self.assertEqual((sanitise("<a> & \"b\""), sanitise(None), sanitise(5)),
                         ("&lt;a&gt; &amp; &quot;b&quot;", None, "5"))  # fmt: skip

    def test_what_conf_switches_off_is_not_there(self):
        conf = self.load("WEB_LOG_HISTORY = 0\nWEB_HEADER_CSS = False\nWEB_REINITIALISE_ENABLED = False\n")
        self.assertIsNone(served("staticdhcpdlib.web.server").WebService().log)
        site = site_of(conf)
        self.assertEqual((len(site.headers), site.methods.get("/css"), site.methods.visible()), (4, None, ()))
