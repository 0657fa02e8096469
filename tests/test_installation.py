"""What an installation brings beside the program: pages, a unit, completion, a conf.py; and the source archive."""

import os
import re
import runpy
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import click
from click.shell_completion import get_completion_class
from twisted.trial.unittest import SkipTest, SynchronousTestCase

from sdhcp.cli.main import main
from sdhcp.config import load

from .netns.yard import ROOT

PACKAGING = ROOT / "packaging"


def commands(command=main, path="sdhcp", parent=None):
    """Every command by its name with dashes, with its context."""
    context = click.Context(command, info_name=path.rpartition(" ")[2], parent=parent, **command.context_settings)
    yield path.replace(" ", "-"), command, context
    for name, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, f"{path} {name}", context)


class ManualPageTests(SynchronousTestCase):
    def setUp(self):
        self.pages = dict(runpy.run_path(str(PACKAGING / "manpages"))["pages"](main, "sdhcp"))

    def test_each_command_has_one_with_each_of_its_options(self):
        self.assertEqual(set(self.pages), {f"{name}.1" for name, _, _ in commands()})
        for name, command, context in commands():
            page = self.pages[f"{name}.1"].replace("\\-", "-")
            self.assertIn(f"{name} - ", page)
            for parameter in command.get_params(context):
                for written in parameter.opts if isinstance(parameter, click.Option) else ():
                    self.assertIn(written, page, name)

    def test_troff_has_nothing_to_say_against_them(self):
        if shutil.which("groff") is None:
            raise SkipTest("needs groff")
        done = subprocess.run(
            ["groff", "-man", "-Tutf8", "-ww", "-z"],
            input="".join(self.pages.values()), text=True, capture_output=True, check=False, timeout=30,
        )  # fmt: skip
        self.assertEqual((done.returncode, done.stderr), (0, ""))


class CompletionTests(SynchronousTestCase):
    def test_a_shell_can_complete_commands_and_options(self):
        completion = get_completion_class("bash")(main, {}, "sdhcp", "_SDHCP_COMPLETE")
        self.assertEqual([item.value for item in completion.get_completions([], "lea")], ["leases"])
        self.assertIn("--config", [item.value for item in completion.get_completions(["run"], "--")])


class UnitTests(SynchronousTestCase):
    def test_it_is_exposed_to_little(self):
        if shutil.which("systemd-analyze") is None:
            raise SkipTest("needs systemd-analyze")
        done = subprocess.run(
            ["systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=20",
             str(PACKAGING / "systemd" / "sdhcp.service")],
            capture_output=True, text=True, check=False, timeout=30,
        )  # fmt: skip
        self.assertEqual(done.returncode, 0, done.stdout[-300:] + done.stderr)


class ConfTests(SynchronousTestCase):
    def test_what_is_installed_is_in_order_and_names_folders_that_the_unit_lets_be_written(self):
        folder = Path(self.mktemp()).absolute()
        folder.mkdir()
        text = (PACKAGING / "conf.py").read_text(encoding="utf-8")
        self.assertEqual(text.count('ID = "sdhcp"\n'), 2)
        text = text.replace('UID = "sdhcp"', f"UID = {os.getuid()}").replace('GID = "sdhcp"', f"GID = {os.getgid()}")
        (folder / "conf.py").write_text(text, encoding="utf-8")
        configuration = load(str(folder), {}, str(folder), False)
        written = [
            configuration.log.file, configuration.leases.file, configuration.process.control_socket,
            configuration.source.sqlite_file,
        ]  # fmt: skip
        unit = (PACKAGING / "systemd" / "sdhcp.service").read_text(encoding="utf-8")
        for path in written:
            kind = {"lib": "State", "log": "Logs", "run": "Runtime"}[
                re.fullmatch(r"/(?:var/)?(\w+)/sdhcp/[\w.]+", path)[1]
            ]
            self.assertIn(f"{kind}Directory=sdhcp\n", unit)
        self.assertEqual(configuration.web.ip, "127.0.0.1")


class ScriptTests(SynchronousTestCase):
    def test_a_shell_can_read_each_that_builds_or_is_installed(self):
        scripts = [
            path for path in PACKAGING.rglob("*") if path.is_file() and path.read_bytes().startswith(b"#!/bin/sh")
        ]
        self.assertGreaterEqual({path.name for path in scripts}, {"layout", "build", "check", "install", "postinst"})
        for path in scripts:
            self.assertTrue(os.access(path, os.X_OK), path)
            done = subprocess.run(["sh", "-n", path], capture_output=True, text=True, check=False, timeout=30)
            self.assertEqual((done.returncode, done.stderr), (0, ""), path)


class PrivilegeTests(SynchronousTestCase):
    def test_no_capability_is_left_even_where_the_system_was_told_to_keep_them(self):
        if os.geteuid():
            raise SkipTest("needs root")
        program = (
            "import ctypes\nfrom sdhcp.privileges import drop\n"
            "ctypes.CDLL(None).prctl(28, 1 << 2, 0, 0, 0)\n"  # SECBIT_NO_SETUID_FIXUP
            "drop(65534, 65534)\nprint(open('/proc/self/status').read())"
        )
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=30, cwd=ROOT
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        for kind in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
            self.assertRegex(done.stdout, rf"{kind}:\t0+\n")


class SourceArchiveTests(SynchronousTestCase):
    def test_it_holds_all_that_packages_are_built_from(self):
        folder = Path(self.mktemp()).absolute()
        trees = ("sdhcp", "twisted", "packaging", "docs", "examples")
        for tree in trees:
            shutil.copytree(ROOT / tree, folder / tree, ignore=shutil.ignore_patterns("__pycache__", "dropin.cache"))
        files = ("setup.cfg", "pyproject.toml", "MANIFEST.in", "README.md", "NEWS.md", "LICENSE", "Makefile")
        for name in files:
            shutil.copy(ROOT / name, folder)
        wanted = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
        done = subprocess.run(
            [sys.executable, "-c", "from setuptools.build_meta import build_sdist; build_sdist('made')"],
            cwd=folder, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        (made,) = (folder / "made").glob("*.tar.gz")
        with tarfile.open(made) as archive:
            names = {name.partition("/")[2] for name in archive.getnames()}
        self.assertEqual({name for name in wanted - names if "sqlite3" not in name}, set())
