"""The wheel: it holds everything, and what it installs is a plugin of twistd."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from .netns.yard import ROOT


class WheelTests(SynchronousTestCase):
    def run_python(self, *arguments, **more):
        done = subprocess.run(
            [sys.executable, *arguments], capture_output=True, text=True, check=False, timeout=300, **more
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def test_installs_whole(self):
        folder = Path(self.mktemp()).absolute()
        source = folder / "source"
        for name in ("sdhcp", "twisted"):
            shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__", "dropin.cache"))
        for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
            shutil.copy(ROOT / name, source)
        pip = ("-m", "pip", "--disable-pip-version-check", "--quiet")
        self.run_python(*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", str(folder), str(source))
        (wheel,) = folder.glob("*.whl")
        names = set(zipfile.ZipFile(wheel).namelist())
        wanted = {str(path.relative_to(ROOT)) for tree in ("sdhcp", "twisted") for path in (ROOT / tree).rglob("*.py")}
        self.assertEqual(wanted - names, set())
        self.assertIn("sdhcp/py.typed", names)
        lua = {str(path.relative_to(ROOT)) for path in (ROOT / "sdhcp").rglob("*.lua")}
        self.assertEqual((lua - names, len(lua) > 0), (set(), True))
        schemas = {str(path.relative_to(ROOT)) for path in (ROOT / "sdhcp" / "schemas").iterdir()}
        self.assertEqual(schemas - names, set())
        console = [path for folder in ("static", "templates") for path in (ROOT / "sdhcp" / "web" / folder).iterdir()]
        self.assertEqual({str(path.relative_to(ROOT)) for path in console} - names, set())
        target = folder / "installed"
        self.run_python(*pip, "install", "--no-deps", "--target", str(target), str(wheel))
        there = {"cwd": folder, "env": {**os.environ, "PYTHONPATH": str(target)}}
        where = self.run_python("-c", "import sdhcp; print(sdhcp.__file__)", **there)
        self.assertTrue(where.startswith(str(target)), where)
        self.assertIn("sdhcp", self.run_python("-m", "sdhcp.cli.main", "version", **there))
        self.assertTrue((target / "bin" / "sdhcp").exists())
