"""docs/testing.md: its files are what it says, and its commands run."""

import importlib.util
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from .netns.yard import ROOT

TEXT = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
FILES = re.findall(r"`(\w+\.py)`:\n\n```python\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
COMMANDS = [text.strip() for language, text in BLOCKS if language == "sh"]
PROGRAMS = {"sdhcp": "sdhcp.cli.main", "trial": "twisted.trial", "pytest": "pytest"}
MEASURED = re.compile(r"after [0-9.]+ ms")


class TestingDocumentTests(SynchronousTestCase):
    def setUp(self):
        self.folder = Path(self.mktemp()).absolute()
        self.folder.mkdir()
        for name, text in FILES:
            (self.folder / name).write_text(text, encoding="utf-8")

    def run_program(self, command):
        program, *arguments = shlex.split(command)
        done = subprocess.run(
            [sys.executable, "-m", PROGRAMS[program], *arguments],
            cwd=self.folder, env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def test_every_block_is_a_file_a_command_or_what_a_command_says(self):
        self.assertEqual([name for name, _ in FILES], ["conf.py", "test_site.py", "test_site_pytest.py"])
        self.assertEqual([text for language, text in BLOCKS if language == "python"], [text for _, text in FILES])
        self.assertEqual([command.split()[0] for command in COMMANDS], ["trial", "pytest", "sdhcp"])
        self.assertEqual(len([text for language, text in BLOCKS if language == "text"]), 1)
        self.assertEqual({language for language, _ in BLOCKS}, {"python", "sh", "text"})

    def test_the_tests_for_trial_pass(self):
        self.assertIn("PASSED (successes=4)", self.run_program(COMMANDS[0]))

    def test_the_tests_for_pytest_pass(self):
        if importlib.util.find_spec("pytest") is not None:
            self.assertIn("2 passed", self.run_program(COMMANDS[1]))
            return
        held = {"__file__": str(self.folder / "test_site_pytest.py")}
        exec((self.folder / "test_site_pytest.py").read_text(encoding="utf-8"), held)
        tests = [function for name, function in held.items() if name.startswith("test_")]
        self.assertEqual(len(tests), 2)
        for test in tests:
            test()

    def test_the_shell_shows_what_is_said(self):
        (said,) = [text for language, text in BLOCKS if language == "text"]
        shown = self.run_program(COMMANDS[2])
        self.assertEqual(MEASURED.sub("after", shown)[: len(MEASURED.sub("after", said))], MEASURED.sub("after", said))
