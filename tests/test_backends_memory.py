"""Definitions held in memory."""

from twisted.trial.unittest import SynchronousTestCase, TestCase

from sdhcp.backends.memory import MemorySource, nobody
from sdhcp.model import Definition, Subnet

from .contracts import FIRST, CachedContract, ListContract, SourceContract, asked, definitions
from .samples import definition, ip


class MemoryTests(ListContract, SourceContract, TestCase):
    checks_entries_when_read = True

    def open(self, subnets, hosts):
        if not subnets:
            return nobody()
        wide = Definition(bytes(4), 600, "10.77.0.0/16", 0)
        narrow = [Definition(bytes(4), 3600 + 3600 * serial, "10.77.1.0/24", serial) for serial in (1, 0)]
        networks = [Subnet(0x0A4D0000, 0xFFFF0000, wide), *(Subnet(0x0A4D0100, 0xFFFFFF00, one) for one in narrow)]
        self.memory = MemorySource(definitions(subnets, hosts), networks)
        return self.memory

    def change(self, subnets, hosts):
        self.memory.definitions = definitions(subnets, hosts)


class CachedMemoryTests(CachedContract, MemoryTests):
    pass


class SeveralTests(SynchronousTestCase):
    def test_several_definitions_for_one_client(self):
        both = [definition(), definition(ip=ip("10.77.2.50"))]
        source = MemorySource({FIRST: both})
        self.assertEqual(list(source.peek(asked())), both)
        self.assertEqual([found for _, found in source.reservations()], both)
