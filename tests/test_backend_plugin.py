"""A source that another package brings, installed and named in conf.py as its user would."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from sdhcp.wire import constants as c

from .loopback import Running
from .netns.yard import ROOT
from .samples import ip
from .test_run import sdhcp

BOOK = "02:00:5E:00:01:01 127.0.0.77 anna\n"
CONF = 'DATABASE_ENGINE = "Phonebook"\nX_PHONEBOOK_SUBNET = "127.0.0.0/24"\n'


class WithPackage(Running):
    """A server beside which a package is installed."""

    def launch(self, command):
        environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{self.folder / 'installed'}"}
        with self._output.open("ab") as output:
            return subprocess.Popen(command, cwd=self.folder, env=environment, stdout=output, stderr=output)


class PluginTests(SynchronousTestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="sdhcp-"))
        self.addCleanup(shutil.rmtree, self.folder)
        package = self.folder / "package"
        shutil.copytree(ROOT / "examples" / "backend-plugin", package, ignore=shutil.ignore_patterns("__pycache__"))
        pip = ("-m", "pip", "--disable-pip-version-check", "--quiet", "install", "--no-deps", "--no-build-isolation")
        command = [sys.executable, *pip, "--target", str(self.folder / "installed"), str(package)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_a_client_gets_what_the_package_knows(self):
        server = WithPackage(self.folder, CONF, {"phonebook": BOOK})
        try:
            reply = server.ask(c.DISCOVER)
            self.assertEqual((reply.message_type, reply.yiaddr), (c.OFFER, ip("127.0.0.77")))
        finally:
            server.close()

    def test_faults_are_told_by_the_package_and_without_it_the_name_is_not_known(self):
        (self.folder / "conf.py").write_text(f'DHCP_SERVER_IP = "127.0.0.1"\n{CONF}', encoding="utf-8")
        (self.folder / "phonebook").write_text(f"{BOOK}anna\n", encoding="utf-8")
        installed = {"PYTHONPATH": f"{ROOT}:{self.folder / 'installed'}"}
        checked = sdhcp("check", "-c", "conf.py", cwd=self.folder, env=installed)
        self.assertEqual(checked.returncode, 2)
        self.assertIn("phonebook:2: ", checked.stderr)
        self.assertIn(
            "Phonebook is no source", sdhcp("check", "-c", "conf.py", cwd=self.folder).stderr.replace("'", "")
        )
