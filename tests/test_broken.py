"""Configurations that are broken on purpose: one located message for each fault, status 2, no traceback.

Each folder of ``broken`` holds what an operator might have written, and ``expected.txt`` with what
``sdhcp check`` says; {here} stands for the folder. ``database.sql`` becomes ``dhcp.sqlite3``.
"""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from .test_run import sdhcp

BROKEN = Path(__file__).resolve().parent / "broken"


def prepared(case: Path, folder: Path) -> Path:
    """A copy of a case's folder, with its database built."""
    shutil.copytree(case, folder)
    script = folder / "database.sql"
    if script.exists():
        with closing(sqlite3.connect(folder / "dhcp.sqlite3")) as database:
            database.executescript(script.read_text(encoding="utf-8"))
    return folder


def said(case: Path, folder: Path, command: str = "check") -> tuple[int, str, str]:
    """Status, standard output and standard error of a command for a case."""
    here = prepared(case, folder)
    done = sdhcp(command, "--config", str(here / "conf.py"), cwd=here)
    return done.returncode, done.stdout, done.stderr.replace(str(here), "{here}")


class BrokenTests(SynchronousTestCase):
    def check(self, case: Path) -> None:
        status, output, errors = said(case, Path(self.mktemp()).absolute())
        self.assertEqual(errors, (case / "expected.txt").read_text(encoding="utf-8"))
        self.assertEqual((status, output), (2, ""))
        self.assertNotIn("Traceback", errors)

    def test_run_says_the_same(self) -> None:
        for case in (sorted(BROKEN.iterdir())[5], sorted(BROKEN.iterdir())[-1]):
            status, _, errors = said(case, Path(self.mktemp()).absolute(), "run")
            self.assertEqual((status, errors), (2, (case / "expected.txt").read_text(encoding="utf-8")))

    def test_a_locked_database(self) -> None:
        here = prepared(sorted(BROKEN.iterdir())[-1], Path(self.mktemp()).absolute())
        with closing(sqlite3.connect(here / "dhcp.sqlite3")) as database:
            database.execute("BEGIN EXCLUSIVE")
            done = sdhcp("check", "--config", str(here / "conf.py"), cwd=here)
            database.rollback()
        self.assertEqual(done.returncode, 2)
        self.assertIn("locked", done.stderr)
        self.assertNotIn("Traceback", done.stderr)


def _named(case: Path):
    def test(self: BrokenTests) -> None:
        self.check(case)

    return test


for _case in sorted(BROKEN.iterdir()):
    setattr(BrokenTests, f"test_{_case.name.replace('-', '_')}", _named(_case))
