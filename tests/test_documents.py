"""What the documents say is so."""

import re

from twisted.trial.unittest import SynchronousTestCase

from sdhcp.config.schema import PARAMETERS

from . import settings_document
from .netns.yard import ROOT
from .test_run import sdhcp


class ConfigurationDocumentTests(SynchronousTestCase):
    def setUp(self):
        self.text = settings_document.PATH.read_text(encoding="utf-8")

    def test_has_every_setting_once_and_says_of_each_what_the_schema_does(self):
        self.assertTrue(
            self.text == settings_document.written(self.text),
            "docs/configuration.md is old: run `python -m tests.settings_document`",
        )

    def test_has_every_other_name_of_a_setting(self):
        for alias in [alias for parameter in PARAMETERS for alias in parameter.aliases]:
            self.assertIn(f"`{alias}`", self.text)

    def test_a_setting_that_it_lacks_is_named(self):
        lacking = re.sub(r"\| `LINK_CHECK` .*\n", "", self.text)
        error = self.assertRaises(AssertionError, settings_document.written, lacking)
        self.assertIn("without a row: ['LINK_CHECK']", str(error))


class LinkTests(SynchronousTestCase):
    def test_every_file_that_a_document_points_at_is_there(self):
        for document in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]:
            for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text(encoding="utf-8")):
                self.assertTrue((document.parent / target).exists(), f"{document}: {target}")

    def test_every_command_is_documented(self):
        text = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
        commands = sdhcp("--help").stdout.partition("Commands:")[2].split("\n")
        for command in [line.split()[0] for line in commands if line.strip()]:
            self.assertIn(f"## sdhcp {command}", text)


class ExampleTests(SynchronousTestCase):
    def test_the_example_lacks_nothing_but_its_database(self):
        checked = sdhcp("check", "--config", str(ROOT / "examples" / "conf.py"))
        self.assertEqual(checked.stderr.count("\n"), 1, checked.stderr)
        self.assertIn("/etc/sdhcp/dhcp.sqlite3: there is no such file", checked.stderr)
