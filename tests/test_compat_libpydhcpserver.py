"""The library below staticDHCPd, as its modules are imported by a site's files."""

import importlib

from twisted.trial.unittest import SynchronousTestCase

from sdhcp.compat import install
from sdhcp.scripting import constants, conversion, rfc
from sdhcp.transport.interfaces import addresses, hardware


class ModuleTests(SynchronousTestCase):
    def setUp(self):
        install()

    def imported(self, name):
        return importlib.import_module(f"libpydhcpserver.{name}")

    def test_the_package_tells_its_version(self):
        own = importlib.import_module("libpydhcpserver")
        self.assertTrue(own.VERSION.startswith("3.0.0"))
        self.assertTrue(own.URL.startswith("https://") and own.COPYRIGHT)

    def test_names_can_be_imported_one_by_one_and_all_together(self):
        for name, own in (("constants", constants), ("conversion", conversion), ("rfc", rfc)):
            module = self.imported(f"dhcp_types.{name}")
            brought = {}
            exec(f"from libpydhcpserver.dhcp_types.{name} import *", brought)
            for one in own.__all__:
                self.assertIs(getattr(module, one), getattr(own, one))
                self.assertIs(brought[one], getattr(own, one))
            self.assertEqual(set(brought) - {"__builtins__"}, set(own.__all__))

    def test_names_that_a_site_knows_are_there(self):
        self.assertLessEqual(
            {
                *("rfc3046_decode", "rfc3925_decode", "rfc3925_125_decode", "rfc1035_plus", "rfc2610_78", "rfc2610_79"),
                *(
                    "rfc3361_120",
                    "rfc3397_119",
                    "rfc3442_121",
                    "rfc3925_124",
                    "rfc3925_125",
                    "rfc4174_83",
                    "rfc4280_88",
                ),
                *("rfc5223_137", "rfc5678_139", "rfc5678_140", "RFC"),
            },
            set(rfc.__all__),
        )


class InterfaceTests(SynchronousTestCase):
    def setUp(self):
        install()
        self.own = importlib.import_module("libpydhcpserver.getifaddrslib")

    def test_an_interface_is_found_by_its_address(self):
        for one in addresses():
            named = {other.name for other in addresses() if other.address == one.address}
            self.assertIn(self.own.get_network_interface(".".join(map(str, one.address))), named)
        self.assertIsNone(self.own.get_network_interface("192.0.2.254"))
        self.assertRaises(ValueError, self.own.get_network_interface, "no address")

    def test_an_interface_has_its_hardware_address_if_any(self):
        for name in {one.name for one in addresses()}:
            address = hardware(name)[1]
            self.assertEqual(self.own.get_mac_address(name), address.hex(":") if any(address) else None)
        self.assertIsNone(self.own.get_mac_address("no-such-one"))
