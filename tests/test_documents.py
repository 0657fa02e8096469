"""What the documents say is so."""

import ast
import re

from twisted.trial.unittest import SynchronousTestCase

from sdhcp.config.schema import PARAMETERS, REQUIRED

from .netns.yard import ROOT
from .test_run import sdhcp

TEXT = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (`[A-Z][^|]*`) \| ([^|]*) \|", re.MULTILINE)


def documented():
    """Setting -> its default as the document has it."""
    found = {name: default for names, default in ROW.findall(TEXT) for name in re.findall(r"`([A-Z_]+)`", names)}
    # Those are read by the source that they belong to.
    return {name: default for name, default in found.items() if not name.startswith("X_")}


class ConfigurationDocumentTests(SynchronousTestCase):
    def test_has_every_setting_and_no_other(self):
        self.assertEqual(sorted(documented()), sorted(parameter.name for parameter in PARAMETERS))
        for parameter in PARAMETERS:
            for alias in parameter.aliases:
                self.assertIn(f"`{alias}`", TEXT)

    def test_has_every_default(self):
        for parameter in PARAMETERS:
            said = documented()[parameter.name].strip("`")
            if parameter.default is REQUIRED or said == "none":
                self.assertIn(parameter.default, (REQUIRED, None), parameter.name)
                continue
            try:
                default = parameter.check(ast.literal_eval(said))
            except ValueError as error:
                self.fail(f"{parameter.name}: {said}: {error}")
            self.assertEqual(default, parameter.default, parameter.name)


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
