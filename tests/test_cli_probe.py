"""``sdhcp probe``: what it says of wrong arguments, and what it sends."""

from twisted.trial.unittest import SynchronousTestCase

from .loopback import running
from .test_run import sdhcp

SHORT = ("--timeout", "0.1")


class UsageTests(SynchronousTestCase):
    def refused(self, *arguments):
        done = sdhcp("probe", *arguments)
        self.assertEqual((done.returncode, "Traceback" in done.stderr), (2, False), done.stderr)
        return done.stderr

    def test_octets_that_are_no_text(self):
        for option in ("--hostname", "--interface", "--server", "--option", "--mac"):
            self.assertIn(option, self.refused(option, b"caf\xe9", *SHORT))

    def test_a_timeout_that_is_no_number(self):
        self.assertIn("--timeout", self.refused("--timeout", "nan"))

    def test_an_address_that_this_machine_does_not_have(self):
        said = self.refused("--inform", "203.0.113.7", *SHORT)
        self.assertIn("203.0.113.7 is no address of this machine", said)
        self.assertIn("name one with --inform", said)
        self.assertIn("name one with --relay", self.refused("--relay", "203.0.113.7", *SHORT))


class RequestListTests(SynchronousTestCase):
    def asked_for(self, *arguments):
        with running() as server:
            server.agent.close()
            done = sdhcp("probe", "--port", str(server.port), "--discover-only", "--full", *arguments)
            line = next(line for line in done.stdout.splitlines() if "parameter_request_list" in line)
            return line.split(maxsplit=1)[1]

    def test_an_explicit_option_55_counts(self):
        self.assertIn("3, 6", self.asked_for())
        self.assertEqual(self.asked_for("--option", "55=0x2a"), self.asked_for("--request", "42"))
