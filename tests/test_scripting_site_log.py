"""What a site logs, among the server's lines, and the other way round."""

import logging

from twisted.logger import Logger, LogLevel, LogPublisher, formatEvent
from twisted.trial.unittest import SynchronousTestCase

from sdhcp.config.settings import LogSettings
from sdhcp.outputs import LogOutputs
from sdhcp.scripting.site_log import SiteLog

from .site_case import SiteCase


class SiteLogTests(SynchronousTestCase):
    def setUp(self):
        self.written = []
        self.log = SiteLog(self.written.append, lambda function, *arguments: function(*arguments))
        self.own = Logger("sdhcp", observer=LogPublisher(self.written.append, self.log))
        root = logging.getLogger()
        before = root.level, list(root.handlers)
        root.handlers = []
        self.addCleanup(self.put_back, *before)
        self.log.install()

    def put_back(self, level, handlers):
        self.log.remove()
        self.assertEqual((logging.getLogger().level, len(logging.getLogger().handlers)), (level, 0))
        logging.getLogger().handlers = handlers

    def lines(self):
        return [(event["log_level"].name, formatEvent(event)) for event in self.written]

    def site_handler(self):
        records = []
        handler = logging.Handler()
        handler.emit = records.append
        logging.getLogger().addHandler(handler)
        self.addCleanup(logging.getLogger().removeHandler, handler)
        return records

    def test_every_level_of_every_logger_is_a_line(self):
        logger = logging.getLogger("extension.some")
        for number, level in ((10, "debug"), (20, "info"), (25, "info"), (30, "warn"), (40, "error"), (55, "critical")):
            logger.log(number, "level %i of %s", number, "{site}")
            self.assertEqual(self.lines()[-1], (level, f"level {number} of {{site}}"))
        self.assertEqual(len(self.written), 6)

    def test_a_traceback_cannot_be_taken_for_lines_of_the_log(self):
        try:
            raise ValueError("2026 : CRITICAL : forged\n2026 : \x1b more")
        except ValueError:
            logging.getLogger("conf").exception("it broke\nhere")
        first, *others = self.lines()[0][1].split("\n")
        self.assertEqual(first, "it broke")
        self.assertTrue(all(line.startswith("  | ") for line in others), others)
        self.assertNotIn("\x1b", self.lines()[0][1])

    def test_arguments_that_do_not_fit_are_told(self):
        logging.getLogger("conf").warning("%d hosts", "many")
        self.assertIn("%d hosts", self.lines()[0][1])

    def test_what_cannot_even_be_shown_raises_nothing_into_the_sites_code(self):
        class Rude:
            def __str__(self):
                raise KeyError("rude")

            __repr__ = __str__

        logging.getLogger("conf").warning(Rude())
        logging.getLogger("conf").warning("%s", Rude())
        self.assertEqual([level for level, _ in self.lines()], ["warn", "warn"])
        self.assertIn("Rude", self.lines()[0][1])

    def test_the_servers_lines_reach_a_sites_handlers_and_are_written_once(self):
        records = self.site_handler()
        self.own.debug("{text}", text="a packet")
        self.own.warn("{text}", text="beware %s")
        self.own.critical("{text}", text="it burns")
        found = [(one.name, one.levelname, one.getMessage()) for one in records]
        self.assertEqual(found, [("dhcp", "WARNING", "beware %s"), ("dhcp", "CRITICAL", "it burns")])
        self.assertEqual([text for _, text in self.lines()], ["a packet", "beware %s", "it burns"])

    def test_a_sites_line_reaches_its_handlers_once(self):
        records = self.site_handler()
        logging.getLogger("conf").error("once")
        self.assertEqual((len(records), len(self.written)), (1, 1))

    def test_nothing_is_made_of_lines_that_nobody_gets(self):
        self.log.remove()
        self.own.warn("{text}", text="alone")
        logging.getLogger().addHandler(logging.NullHandler())
        logging.getLogger("conf").error("not for the server")
        logging.getLogger().handlers.clear()
        self.assertEqual(self.lines(), [("warn", "alone")])

    def test_twisteds_log_that_is_handed_to_logging_does_not_go_round_in_circles(self):
        back = logging.getLogger("twisted")
        self.log.remove()
        self.log = SiteLog(lambda event: (self.written.append(event), back.warning("back")), lambda *_: None)
        self.log.install()
        logging.getLogger("conf").error("once")
        self.assertEqual(self.lines(), [("error", "once")])

    def test_what_the_outputs_write_is_not_written_again(self):
        path = self.mktemp()
        outputs = LogOutputs(LogSettings(file=path, file_history=None, file_severity="INFO", console_severity="FATAL"))
        self.log.remove()
        self.log = SiteLog(outputs, lambda *_: None)
        self.log.install()
        outputs.open((None, None))
        logging.getLogger("conf").info("once")
        logging.getLogger("conf").debug("never")
        Logger("sdhcp", observer=outputs).emit(LogLevel.error, "{text}", text="own")
        outputs.close()
        with open(path, encoding="utf-8") as file:
            lines = [line.split(" : ", 1)[1] for line in file]
        self.assertEqual(lines, ["INFO : once\n", "ERROR : own\n"])


class WriteLogTests(SiteCase, SynchronousTestCase):
    def test_it_is_a_warning_of_conf(self):
        conf = self.load("def say():\n    writeLog('said')\n    logger.info('quietly')\n")
        with self.assertLogs("conf", level="INFO") as logs:
            conf.say()
        self.assertEqual(logs.output, ["WARNING:conf:said", "INFO:conf:quietly"])
