"""Sources looked into by somebody who answers no client."""

import os
from pathlib import Path

from twisted.internet import reactor
from twisted.trial.unittest import TestCase

from sdhcp.backends.identified import IdentifiedSource
from sdhcp.backends.ini import IniSource
from sdhcp.backends.memory import MemorySource
from sdhcp.interfaces import Sought, SourceError
from sdhcp.reservations import Reservations

from .samples import definition, ip

INI = """[10.77.1.0/24|0]
lease-time: 3600
"""


def section(number: int) -> str:
    return f"[02:00:5e:00:00:{number:02x}]\nip: 10.77.1.{number}\nhostname: host-{number}\nsubnet: 10.77.1.0/24\n"


class ReservationsTests(TestCase):
    def setUp(self):
        self.now = 0.0

    def tick(self):
        """A clock on which time passes whenever somebody looks."""
        self.now += 1.0
        return self.now

    async def found(self, known, sought, most=3, seconds=1e9):
        keys, after, answers = [], "", 0
        while not answers or after:
            listed = await known.search(sought, after, most, seconds)
            keys += [one.hostname for _, one in listed.found]
            after, answers = listed.after, answers + 1
        return keys, answers

    async def test_a_source_that_lists_is_looked_through_a_part_at_a_time(self):
        path = os.path.abspath(self.mktemp())
        Path(path).write_text(INI + "".join(map(section, range(1, 11))), encoding="utf-8")
        known = Reservations(lambda: IniSource(path, reactor), reactor, self.tick)
        self.assertEqual((known.name, known.is_listed), ("INI", True))
        hosts = [f"host-{number}" for number in range(1, 11)]
        self.assertEqual(await self.found(known, Sought()), (hosts, 4))
        self.assertEqual(await self.found(known, Sought("host-1")), (["host-1", "host-10"], 1))
        self.assertEqual((await self.found(known, Sought("HOST".lower(), (), "1.7")))[0], hosts)
        self.assertEqual((await self.found(known, Sought("", (), "10.77.1.7", True)))[0], ["host-7"])
        self.assertEqual((await self.found(known, Sought("x", ("00:0a",))))[0], ["host-10"])

    async def test_it_ends_when_its_time_is_over_and_goes_on_from_there(self):
        many = {f"02:00:5e:00:{number >> 8:02x}:{number & 255:02x}": definition(hostname=f"host-{number}")
                for number in range(1000)}  # fmt: skip
        known = Reservations(lambda: MemorySource(many), reactor, self.tick)
        keys, answers = await self.found(known, Sought("host-999"), seconds=0.5)
        self.assertEqual((keys, answers > 2), (["host-999"], True))

    async def test_a_table_that_somebody_changes_meanwhile_is_no_fault_of_the_server(self):
        source = MemorySource({})

        def entries():
            yield "02:00:5e:00:00:01", definition()
            raise RuntimeError("dictionary changed size during iteration")

        source.reservations = entries
        known = Reservations(lambda: source, reactor, self.tick)
        with self.assertRaisesRegex(SourceError, "memory was changed while it was read"):
            await known.search(Sought(), "", 10, 1e9)

    async def test_a_client_is_looked_up_by_whatever_it_is_known_by(self):
        keys = {"circuit-id:0x00aa": "10.77.1.1", "remote-id:eth 7": "10.77.1.2", "client-identifier:abc": "10.77.1.3",
                "02:00:5e:00:00:01": "10.77.1.4", "own": "10.77.1.5"}  # fmt: skip
        source = MemorySource({key: definition(ip=ip(address)) for key, address in keys.items()})
        every = ("client-identifier", "circuit-id", "remote-id", "mac")
        for one in (source, IdentifiedSource(source, every)):
            known = Reservations(lambda one=one: one, reactor, self.tick)
            for key, address in keys.items():
                if key != "own" or one is source:
                    self.assertEqual((await known.lookup(key)).ip, ip(address), key)
            self.assertIsNone(await known.lookup("circuit-id:0xzz"))
            self.assertIsNone(await known.lookup("02:00:5e:00:00:99"))
