"""The run of the suite itself: what fails, ends or is skipped in a lane is told."""

import os
import subprocess
import sys
from pathlib import Path

from twisted.trial.runner import TestLoader
from twisted.trial.unittest import SynchronousTestCase

from . import lanes

MODULE = """
import os
from twisted.trial.unittest import SynchronousTestCase

class {name}(SynchronousTestCase):
    def test_one(self):
        {does}
"""
DOES = {
    "Passing": "pass",
    "Failing": "self.fail('as it was to')",
    "Skipped": "self.skipTest('no such thing here')",
    "Dying": "os._exit(3)",
    "Last": "self.assertEqual(os.read(0, 1), b'')",
}


class LanesTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.folder = Path(self.mktemp()).absolute()
        self.folder.mkdir()
        for name, does in DOES.items():
            (self.folder / f"lanes_{name.lower()}.py").write_text(MODULE.format(name=name, does=does))

    def run_lanes(self, *names: str) -> tuple[int, str]:
        """Status and standard output of a run of some modules, one after the other."""
        done = subprocess.run(
            [sys.executable, "-m", "tests.lanes", "--lanes=1", f"--folder={self.folder / 'lanes'}", *names],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            cwd=lanes.ROOT,
            env={**os.environ, "PYTHONPATH": os.pathsep.join((str(lanes.ROOT), str(self.folder)))},
        )
        return done.returncode, done.stdout

    def test_what_fails_or_ends_its_process_fails_the_run_and_the_others_run_all_the_same(self) -> None:
        status, said = self.run_lanes("lanes_failing", "lanes_dying", "lanes_last", "lanes_nowhere")
        self.assertEqual(status, 1)
        for expected in (
            "as it was to",
            "its process ended with status 3",
            "ok  lanes_last (1)",
            "No module named 'lanes_nowhere'",
            "FAILED (3 of 4)",
        ):
            self.assertIn(expected, said)

    def test_what_passes_and_is_skipped_is_counted_and_each_skip_has_its_reason(self) -> None:
        status, said = self.run_lanes("lanes_passing", "lanes_skipped")
        self.assertEqual(status, 0)
        self.assertIn("skipped: lanes_skipped.Skipped.test_one: no such thing here", said)
        self.assertIn("Ran 2 tests", said)
        self.assertTrue(said.endswith("PASSED\n"), said)

    def test_the_classes_that_run_apart_are_the_whole_of_their_module(self) -> None:
        for name in lanes.BY_CLASS:
            apart = [TestLoader().loadByName(turn).countTestCases() for turn in lanes.turns([name])]
            self.assertEqual(sum(apart), TestLoader().loadByName(name).countTestCases())
            self.assertGreater(len(apart), 1)

    def test_modules_that_are_named_in_lists_exist(self) -> None:
        names = lanes.modules()
        self.assertEqual([name for name in (*lanes.FIRST, *lanes.BY_CLASS) if name not in names], [])
