"""The API of the web console, asked by a program that knows nothing but its description."""

import os
import subprocess
import sys

from twisted.trial.unittest import SynchronousTestCase

from sdhcp.wire import constants as c

from .loopback import running
from .netns.yard import ROOT
from .samples import ip
from .test_web_server import POOL, conf, free_port, get

TOKEN = "operator-0123456789abcdef"
# Who tries wrong tokens would have to wait, for all others that the same address sends.
SITE = f"""
{POOL}
WEB_API_TOKENS = {{"deploy": ("{TOKEN}", "operator")}}
LOG_CONSOLE_SEVERITY = "WARN"
from sdhcp.web import brakes
brakes.FREE = brakes.SIEGE = 1_000_000
"""
EXAMPLES = 25
BESIDE = "positive_data_acceptance"
"""What no schema says: that a key is one of IDENTITY, or that a version is the one that is there."""


class DescribedTests(SynchronousTestCase):
    timeout = 120

    def test_each_operation_does_what_the_document_says_whatever_it_is_asked_with(self):
        port = free_port()
        with running(conf(port, SITE)) as server:
            for number in range(3):
                mac = bytes([2, 0, 0x5E, 0, 2, number])
                offer = server.ask(c.DISCOVER, chaddr=mac)
                options = {c.REQUESTED_ADDRESS: offer.yiaddr, c.SERVER_IDENTIFIER: ip("127.0.0.1")}
                server.ask(c.REQUEST, options, chaddr=mac)
            command = [
                sys.executable, "-m", "schemathesis.cli", "run", f"http://127.0.0.1:{port}/api/v1/openapi.json",
                "--header", f"Authorization: Bearer {TOKEN}", "--checks", "all", "--exclude-checks", BESIDE,
                "--phases", "examples,coverage,fuzzing", "--max-examples", str(EXAMPLES), "--seed", "1",
                "--generation-database", "none", "--no-color", "--request-timeout", "10", "--continue-on-failure",
            ]  # fmt: skip
            environment = {**os.environ, "PYTHONPATH": str(ROOT)}
            done = subprocess.run(
                command, cwd=server.folder, env=environment, capture_output=True, text=True, check=False, timeout=100
            )
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertNotIn("Traceback", server.log())
            status, text = get(port, "/api/v1/health/live")
            self.assertEqual((status, text), (200, '{"status": "live"}'))
