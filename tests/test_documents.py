"""What the documents say is so."""

import importlib.util
import re
from pathlib import Path

import click
from twisted.python.reflect import namedAny
from twisted.trial.unittest import SkipTest, SynchronousTestCase

from sdhcp.cli.main import main
from sdhcp.config.schema import PARAMETERS

from . import api_document, settings_document
from .documented_commands import ELSEWHERE, NOT_RUN, RUN, commands, documents, inline, treatment
from .manual_world import ManualWorld, lacking
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


class ApiDocumentTests(SynchronousTestCase):
    def test_is_what_the_server_says_of_itself(self):
        written = api_document.PATH.read_text(encoding="utf-8")
        self.assertTrue(written == api_document.document(), "docs/api.md is old: run `python -m tests.api_document`")


class CommandTests(SynchronousTestCase):
    def test_every_command_is_run_or_there_is_a_reason(self):
        used = set()
        for shown in commands():
            entries = treatment(shown)
            self.assertEqual(len(entries), 1, f"{shown}: {entries}")
            used.update(entries)
        listed = {*RUN, *ELSEWHERE, *NOT_RUN}
        self.assertEqual((listed - used, used - listed), (set(), {"synopsis"}))

    def test_every_test_that_runs_one_elsewhere_is_there(self):
        for name in ELSEWHERE.values():
            self.assertTrue(namedAny(f"tests.{name}"), name)

    def test_every_command_that_is_run_does_what_it_should(self):
        if missing := lacking("curl", "sqlite3"):
            raise SkipTest(f"not installed: {', '.join(missing)}")
        chosen = [one for one in commands() if treatment(one)[0] in RUN]
        # The server is started there, and a reservation made that others show.
        chosen.sort(key=lambda one: (one.where != "quickstart.md", one.where == "api.md"))
        world = ManualWorld(Path(self.mktemp()).absolute())
        self.addCleanup(world.end)
        faults = [fault for one in chosen if (fault := world.run(one))]
        self.assertEqual(faults, [], "\n".join([*faults, world.log()]))
        self.assertEqual(world.end(), 0)
        self.assertNotIn("Traceback", world.log())
        self.assertTrue((world.folder / "packets.pcap").read_bytes().startswith(b"\xd4\xc3\xb2\xa1"))
        for name in ("dhcp-copy.sqlite3", "leases-copy.sqlite3", "hosts.json", "leases.csv"):
            self.assertTrue((world.folder / name).stat().st_size, name)

    def test_every_option_that_a_document_names_is_there(self):
        context = click.Context(main)
        for shown in (*commands(), *inline()):
            words = re.sub(r"[][(){}|]|\.\.\.", " ", shown.command.removeprefix("$ ")).replace("'", " ").split()
            if not words[0].endswith("sdhcp"):
                continue
            command, chosen = main, [main]
            for word in words[1:]:
                if isinstance(command, click.Group) and word in command.list_commands(context):
                    # A synopsis has several, one after the other.
                    chosen.append(command.get_command(context, word))
                    if not isinstance(chosen[-1], click.Group) and "|" in shown.command:
                        continue
                    command = chosen[-1]
            known = {name for one in chosen for parameter in one.params for name in parameter.opts} | {"--help"}
            named = {word.partition("=")[0] for word in words if word.startswith("--")}
            self.assertTrue(len(chosen) > 1, shown)
            self.assertEqual(named - known, set(), shown)

    def test_every_benchmark_and_drill_is_there(self):
        for shown in commands():
            if found := re.search(r"python (?:-m ([\w.]+)|(\S+\.py))", shown.command):
                module, path = found.groups()
                there = (ROOT / path).exists() if path else importlib.util.find_spec(module) is not None
                self.assertTrue(there or module == "venv", shown)


class LinkTests(SynchronousTestCase):
    def test_every_file_that_a_document_points_at_is_there(self):
        for document in documents():
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
