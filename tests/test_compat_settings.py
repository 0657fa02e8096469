"""Each setting that conf.py files of staticDHCPd have: its default, the forms that it may have, its other names."""

from pathlib import Path

from twisted.logger import Logger, LogLevel
from twisted.trial.unittest import SynchronousTestCase

from sdhcp.compat import install
from sdhcp.config import ConfigurationError
from sdhcp.config.settings import LogSettings
from sdhcp.outputs import LogOutputs

from .compat_rows.settings_policy import POLICY
from .compat_rows.settings_process import EMAIL, PROCESS, WEB
from .compat_rows.settings_sources import SOURCES
from .site_case import SiteCase
from .test_config import PLAIN, ConfigCase

REQUIRED = ("DHCP_SERVER_IP", "DATABASE_ENGINE")
CODE_SEES = {
    "DHCP_RESPONSE_INTERFACE_QTAGS": None, "ALLOWED_DHCP_RELAYS": (), "EXTRA_MAPS": None, "EXTRA_SUBNETS": None,
    "EMAIL_DESTINATION": None,
}  # fmt: skip
"""Defaults that the configuration has in another form than code of a site's."""


def held(configuration, setting):
    """What a configuration has for a setting."""
    if setting.held == "*":
        return configuration.source.settings[setting.name]
    section, _, field = setting.held.partition(".")
    return getattr(getattr(configuration, section), field)


class SettingsCase(ConfigCase):
    def read(self, text="", debug=False):
        # A name that is set twice counts as it stands last.
        return super().read(text, debug)

    def shown(self, settings):
        """Assert of each setting what its row says."""
        unset = self.read()
        for setting in settings:
            with self.subTest(setting.name):
                if setting.name not in REQUIRED:
                    self.assertEqual(held(unset, setting), setting.default)
                for name in (setting.name, *setting.aliases):
                    for form, expected in setting.accepted:
                        found = held(self.read(f"{setting.needs}{name} = {form}\n"), setting)
                        self.assertEqual((found, type(found) is bool), (expected, type(expected) is bool), form)
                    for form in setting.refused:
                        problems = self.problems(f"{setting.needs}{name} = {form}\n")
                        self.assertEqual(len(problems), 1, (form, problems))
                        self.assertIn(f": {name}: ", problems[0])


class DefaultAndFormTests(SettingsCase):
    def test_who_is_answered_where(self):
        self.shown(POLICY)

    def test_who_knows_the_clients_and_what_is_kept_of_that(self):
        self.shown(SOURCES)

    def test_the_process_and_its_logs(self):
        self.shown(PROCESS)

    def test_the_web_console(self):
        self.shown(WEB)

    def test_mail(self):
        self.shown(EMAIL)

    def test_two_have_no_default(self):
        for name, line in zip(REQUIRED, PLAIN.splitlines(), strict=True):
            path = self.write("".join(other + "\n" for other in PLAIN.splitlines() if other != line))
            from sdhcp.config import load

            error = self.assertRaises(ConfigurationError, load, path, {}, "/")
            self.assertIn(f"{name}: not set", str(error))

    def test_what_a_source_needs_is_asked_for(self):
        for engine, names in (
            ("SQLite", ["SQLITE_FILE"]),
            ("INI", ["INI_FILE"]),
            ("PostgreSQL", ["POSTGRESQL_DATABASE", "POSTGRESQL_USERNAME"]),
            ("MySQL", ["MYSQL_DATABASE", "MYSQL_USERNAME"]),
            ("Oracle", ["ORACLE_DATABASE", "ORACLE_USERNAME", "ORACLE_PASSWORD"]),
        ):
            with self.subTest(engine):
                problems = self.problems(f'DATABASE_ENGINE = "{engine}"\n')
                self.assertEqual([problem.split(": ")[1] for problem in problems], names)
                self.assertTrue(all("not set" in problem for problem in problems))

    def test_leftovers_of_the_first_version_are_accepted_silently(self):
        names = ("LOG_CAPACITY", "LOG_FILE_TIMESTAMP", "POLLING_INTERVAL", "POLL_INTERVALS_TO_TRACK", "WEB_RELOAD_KEY")
        found = self.read("".join(f"{name} = 5\n" for name in names))
        self.assertEqual((found.notices, dict(found.site.constants)), ((), {}))

    def test_no_setting_is_without_effect(self):
        for setting in (*WEB, *EMAIL):
            if setting.needs:
                continue
            form = next(form for form, expected in setting.accepted if expected not in (False, None))
            self.assertEqual(self.read(f"{setting.name} = {form}\n").notices, ())


class CodeTests(SiteCase, SynchronousTestCase):
    """What extension files read of :mod:`staticdhcpdlib.config`."""

    def config(self, text=""):
        self.load(text)
        install()
        from staticdhcpdlib import config

        return config

    def test_each_setting_has_its_default_there(self):
        config = self.config()
        for setting in (*POLICY, *SOURCES, *PROCESS, *WEB, *EMAIL):
            if setting.name not in REQUIRED:
                expected = CODE_SEES.get(setting.name, setting.default)
                found = getattr(config, setting.name)
                self.assertEqual((found, type(found)), (expected, type(expected)), setting.name)

    def test_each_setting_is_there_as_conf_wrote_it(self):
        for setting in (*POLICY, *SOURCES, *PROCESS, *WEB, *EMAIL):
            form = setting.accepted[-1][0]
            text = f"{setting.needs}{setting.name} = {form}\n"
            if setting.name in ("CACHING_MODEL", "DATABASE_ENGINE"):
                continue
            config = self.config(text)
            self.assertEqual(getattr(config, setting.name), eval(form), setting.name)
            self.assertIn(setting.name, dir(config))

    def test_the_new_name_is_there_whichever_conf_used(self):
        config = self.config('PXE_PORT = 4011\nCACHE_ON_DISK = True\nPERSISTENT_CACHE = "/tmp/c"\n')
        self.assertEqual((config.PROXY_PORT, config.DISK_CACHE, config.DISK_CACHE_PERSISTENT), (4011, True, "/tmp/c"))
        config = self.config("PXE_PORT = 4011\nPROXY_PORT = 4012\nDISK_CACHE = False\nCACHE_ON_DISK = True\n")
        self.assertEqual((config.PROXY_PORT, config.DISK_CACHE), (4011, False))

    def test_a_name_of_neither_is_not_there(self):
        self.assertRaises(AttributeError, getattr, self.config(), "X_NOT_SET")
        self.assertRaises(AttributeError, getattr, self.config(), "lower")


class LogFileTests(SynchronousTestCase):
    """How long LOG_FILE is kept, by days that have passed."""

    def lines(self, history, days):
        """How many lines each file has after so many days with one line each."""
        folder = Path(self.mktemp())
        folder.mkdir()
        now = [0.0]
        settings = LogSettings(
            file=str(folder / "log"), file_history=history, file_severity="INFO", console_severity="FATAL"
        )
        outputs = LogOutputs(settings, wall=lambda: now[0])
        self.assertEqual(outputs.open((None, None)), [])
        self.addCleanup(outputs.close)
        logger = Logger("sdhcp", observer=outputs)
        for day in range(1, days + 1):
            now[0] = day * 86400.0
            logger.emit(LogLevel.warn, "day {day}", day=day)
        return [path.read_text(encoding="utf-8").count("day") for path in sorted(folder.iterdir())]

    def test_as_many_days_are_kept_as_wanted(self):
        self.assertEqual(self.lines(3, 6), [1, 1, 1, 1])

    def test_without_days_it_grows_on(self):
        self.assertEqual(self.lines(None, 6), [6])
