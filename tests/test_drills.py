"""The drills whose bars are no times, in short."""

import subprocess
import sys

from twisted.trial.unittest import SkipTest, SynchronousTestCase

from .drills.drill import NEEDS_ROOT
from .netns.yard import ROOT


class DrillTests(SynchronousTestCase):
    def drill(self, name, *arguments):
        done = subprocess.run(
            [sys.executable, "-m", f"tests.drills.{name}", *arguments],
            cwd=ROOT, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        if done.returncode == NEEDS_ROOT:
            raise SkipTest(done.stdout.strip())
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_assignment_changes(self):
        self.drill("assignment_changes")

    def test_raw_frames(self):
        self.drill("raw_frames", "--rounds", "10")

    def test_lease_power_loss(self):
        self.drill("lease_power_loss", "--points", "60", "--rounds", "30")

    def test_lease_damage(self):
        self.drill("lease_damage", "--damages", "30")

    def test_lease_kill(self):
        self.drill("lease_kill", "--rounds", "2", "--within", "60")

    def test_lease_sync(self):
        self.drill("lease_sync", "--exchanges", "3")

    def test_lease_disk_full(self):
        self.drill("lease_disk_full", "--new", "60", "--within", "60")

    def test_lease_storm(self):
        self.drill("lease_storm", "--rounds", "1", "--within", "60")

    def test_lease_conflict(self):
        self.drill("lease_conflict", "--within", "60")

    def test_lease_poison(self):
        self.drill("lease_poison", "--times", "3")

    def test_lease_clock(self):
        self.drill("lease_clock", "--clients", "5")

    def test_lease_cluster_on_redis(self):
        self.cluster("redis")

    def test_lease_cluster_on_postgresql(self):
        self.cluster("postgresql")

    def cluster(self, store):
        few = ("--clients", "250", "--kills", "3", "--away", "4", "--within", "60")
        self.drill("lease_cluster", "--store", store, *few)

    def test_lease_store_away(self):
        few = ("--seconds", "8", "--rate", "50", "--clients", "100", "--within", "60", "--most", "60000")
        self.drill("lease_store_away", "--store", "postgresql", "--how", "stopped", *few)

    def test_resource_limits(self):
        for part in ("files", "log"):
            self.drill("resource_limits", "--only", part, "--within", "60")

    def test_console_guessing(self):
        self.drill("console_guessing", "--guesses", "100", "--seconds", "1", "--each", "20", "--within", "60")

    def test_two_servers(self):
        self.drill("two_servers", "--rounds", "6")
