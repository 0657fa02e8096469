"""DHCP servers of other interfaces on the same machine."""

import socket
from unittest import SkipTest

from twisted.trial.unittest import SynchronousTestCase

from .yard import Yard, inside, ip, missing

CONF = """
DHCP_SERVER_IP = "10.2.0.1"
DATABASE_ENGINE = None
DAEMON = False
"""


class PortTests(SynchronousTestCase):
    def setUp(self):
        lacking = missing()
        if lacking:
            raise SkipTest(lacking)
        self.yard = Yard()
        self.addCleanup(self.yard.close)
        self.space, other = self.yard.space("s"), self.yard.space("c")
        for number, device in ((1, "va"), (2, "vb")):
            self.yard.link(self.space, device, other, f"p{device}")
            ip("-n", self.space, "addr", "add", f"10.{number}.0.1/24", "dev", device)

    def listening(self, device):
        def make():
            made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            if device:
                made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
            made.bind(("", 67))
            return made

        opened = inside(self.space, make)
        self.addCleanup(opened.close)

    def test_a_server_of_another_interface_is_not_in_the_way(self):
        self.listening("va")
        self.yard.server(self.space, CONF)

    def test_a_server_of_all_interfaces_is(self):
        self.listening("")
        error = self.assertRaises(AssertionError, self.yard.server, self.space, CONF)
        self.assertIn("UDP port 67 of 10.2.0.1 is in use", str(error))
