"""Definitions held in memory."""

from twisted.trial.unittest import SynchronousTestCase

from sdhcp.backends.memory import MemorySource, nobody
from sdhcp.model import Definition, Subnet

from .contracts import EXPECTED, SourceContract, asked, octets
from .samples import definition, ip


class MemoryTests(SourceContract, SynchronousTestCase):
    def make(self, subnets, hosts):
        if not subnets:
            return nobody()
        definitions = {octets(host["mac"]): EXPECTED[host["mac"]] for host in hosts}
        wide = Definition(bytes(4), 600, "10.77.0.0/16", 0)
        narrow = [Definition(bytes(4), 3600 + 3600 * serial, "10.77.1.0/24", serial) for serial in (1, 0)]
        return MemorySource(
            definitions,
            [
                Subnet(0x0A4D0000, 0xFFFF0000, wide),
                *(Subnet(0x0A4D0100, 0xFFFFFF00, one) for one in narrow),
            ],
        )

    def test_a_client_without_a_host_name_has_none(self):
        source = MemorySource({octets("02:00:5e:00:01:01"): definition(hostname=None)})
        self.assertIsNone(source.peek(asked()).hostname)

    def test_several_definitions_for_one_client(self):
        both = [definition(), definition(ip=ip("10.77.2.50"))]
        source = MemorySource({octets("02:00:5e:00:01:01"): both})
        self.assertEqual(list(source.peek(asked())), both)
        self.assertEqual([found for _, found in source.reservations()], both)
