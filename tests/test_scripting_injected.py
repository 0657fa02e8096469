"""The names that conf.py finds without importing them."""

import logging

from twisted.trial.unittest import SynchronousTestCase

from sdhcp.scripting.injected import _FUNCTIONS
from sdhcp.scripting.site import site_of

from .site_case import SiteCase


class InjectedTests(SiteCase, SynchronousTestCase):
    def test_functions_find_them(self):
        conf = self.load("def names():\n    return logger, writeLog, callbacks, extensions\n")
        logger, write_log, callbacks, _ = conf.names()
        self.assertIs(logger, logging.getLogger("conf"))
        with self.assertLogs("conf", level="WARNING") as logs:
            write_log("a word")
        self.assertEqual(logs.output, ["WARNING:conf:a word"])
        self.assertEqual(callbacks.WEB_METHOD_RAW, 3)

    def test_the_top_level_finds_them_too(self):
        conf = self.load("def tick():\n    pass\ncallbacks.systemAddTickHandler(tick)\nextensions.some.A = 1\n")
        self.assertEqual(site_of(conf).ticks.all(), (conf.tick,))

    def test_extension_files_find_callbacks_while_conf_is_executed(self):
        source = (
            "from staticdhcpdlib import config\ndef tick():\n    pass\nconfig.callbacks.systemAddTickHandler(tick)\n"
        )
        conf = self.load("from extra import tick\n", extra=source)
        self.assertEqual(site_of(conf).ticks.all(), (conf.tick,))

    def test_what_conf_defines_itself_stays(self):
        conf = self.load("logger = 'mine'\ndef writeLog(text):\n    return text\ncallbacks = None\nextensions = 5\n")
        self.assertEqual((conf.logger, conf.writeLog("own")), ("mine", "own"))
        conf.callbacks.systemAddTickHandler(conf.writeLog)
        self.assertEqual(conf.extensions.some.extension_config_dict(), {})

    def test_each_conf_has_its_own_registrations(self):
        text = "def tick():\n    pass\ndef init():\n    callbacks.systemAddTickHandler(tick)\n"
        one, other = self.load(text), self.load(text)
        from sdhcp.compat.staticdhcpdlib import system

        one.init()
        system.registerTickCallback(other.tick)
        self.assertEqual((site_of(one).ticks.all(), site_of(other).ticks.all()), ((one.tick,), (other.tick,)))
        self.assertIs(self.configuration.site.module, other)

    def test_functions_for_values_are_there(self):
        conf = self.load("")
        for names in _FUNCTIONS.values():
            for name in names:
                self.assertTrue(callable(getattr(conf, name)), name)
