"""What the README says of ``make run``: an example server, and a change that counts at once."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from unittest import SkipTest

from twisted.trial.unittest import SynchronousTestCase

from .yard import ROOT, Yard, missing, wait_for

SDHCP = (sys.executable, "-m", "sdhcp.cli.main")


class QuickStartTests(SynchronousTestCase):
    def test_the_example_client_gets_its_address_and_then_another_one(self):
        if lacking := missing("sqlite3") or ("" if Path(sys.executable).with_name("sdhcp").exists() else "no sdhcp"):
            raise SkipTest(lacking)
        yard = Yard()
        self.addCleanup(yard.close)
        space = yard.space("q")
        here = yard.folder / "examples" / "quickstart"
        here.mkdir(parents=True)
        for name in ("run.py", "conf.py"):
            shutil.copy(ROOT / "examples" / "quickstart" / name, here)
        (yard.folder / "sdhcp").symlink_to(ROOT / "sdhcp")
        output = yard.folder / "output"
        with output.open("wb") as file:
            yard.start(space, [sys.executable, str(here / "run.py")], stdout=file, stderr=subprocess.STDOUT)
        wait_for("the server is ready", lambda: ": ready" in output.read_text(encoding="utf-8"))
        yard.run(space, *SDHCP, "probe", "--expect", "192.0.2.10")
        (change,) = re.findall(r"^ +(sqlite3 .*)$", output.read_text(encoding="utf-8"), re.MULTILINE)
        yard.run(space, "sh", "-c", change)
        yard.run(space, *SDHCP, "probe", "--expect", "192.0.2.99")
