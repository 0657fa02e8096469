"""The API of the web console, asked by a program that knows nothing but its description."""

import itertools
import os
import subprocess
import sys
from pathlib import Path

from twisted.internet.threads import deferToThread

from .netns.yard import ROOT
from .web_case import WebCase

TOKEN = "operator-0123456789abcdef"
CONF = f"WEB_API_TOKENS = {{'deploy': ('{TOKEN}', 'operator')}}\n"
EXAMPLES = 25


class Leaping:
    """A clock that is a hundred seconds on whenever somebody looks, so that nobody has to wait for having guessed."""

    def __init__(self):
        self._times = itertools.count(1000, 100)

    @property
    def now(self):
        return float(next(self._times))


class DescribedTests(WebCase):
    async def test_each_operation_does_what_the_document_says_whatever_it_is_asked_with(self):
        self.serve(CONF)
        for number in range(1, 8):
            await self.lend(number, f"host-{number}", 1e9)
        self.clock = Leaping()
        command = [
            sys.executable, "-m", "schemathesis.cli", "run", f"http://127.0.0.1:{self.port}/api/v1/openapi.json",
            "--header", f"Authorization: Bearer {TOKEN}", "--checks", "all",
            "--phases", "examples,coverage,fuzzing", "--max-examples", str(EXAMPLES), "--seed", "1",
            "--generation-database", "none", "--no-color", "--request-timeout", "10", "--continue-on-failure",
        ]  # fmt: skip
        folder = Path(self.mktemp())
        folder.mkdir()
        done = await deferToThread(
            subprocess.run, command, cwd=folder, capture_output=True, text=True, check=False, timeout=55,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual([text for _, text in self.lines.newest_first() if "Traceback" in text], [])
        self.assertGreater(self.reloads, 0)
