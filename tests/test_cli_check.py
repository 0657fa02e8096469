"""``sdhcp check``: what it says beside the faults."""

import json
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from .test_run import sdhcp


class MachineTests(SynchronousTestCase):
    def check(self, text, *arguments):
        path = Path(self.mktemp()).absolute()
        path.write_text(f"DATABASE_ENGINE = None\n{text}", encoding="utf-8")
        done = sdhcp("check", "--config", str(path), *arguments)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return path, done.stdout

    def test_addresses_that_this_machine_does_not_have(self):
        path, said = self.check('DHCP_SERVER_IP = ["203.0.113.7", "127.0.0.1", "203.0.113.8"]\n')
        notes = [line for line in said.splitlines() if line.startswith("note: ")]
        self.assertEqual(len(notes), 2)
        for note, own in zip(notes, ("203.0.113.7", "203.0.113.8"), strict=True):
            self.assertIn(f"{path}:2: DHCP_SERVER_IP: {own} is no address of this machine", note)
            self.assertIn("the server will not start here", note)

    def test_an_interface_that_is_not_there(self):
        path, said = self.check('DHCP_SERVER_IP = "127.0.0.1"\nDHCP_RESPONSE_INTERFACE = "nowhere0"\n')
        self.assertIn(f"{path}:3: DHCP_RESPONSE_INTERFACE: there is no interface nowhere0", said)
        _, said = self.check('DHCP_SERVER_IP = "203.0.113.7"\n', "--json")
        self.assertIn("203.0.113.7", json.loads(said)["notices"][0])

    def test_what_this_machine_has(self):
        for interface in ('"lo"', '"-"', "None"):
            _, said = self.check(f'DHCP_SERVER_IP = "127.0.0.1"\nDHCP_RESPONSE_INTERFACE = {interface}\n')
            self.assertNotIn("note: ", said)
