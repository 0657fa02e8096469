"""A file of leases, or its journal, is cut or has octets changed: the server starts with all that is whole."""

import os
import random
import shutil
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from sdhcp.engine.addresses import Addresses
from sdhcp.interfaces import LeaseChange
from sdhcp.leases.file import LeaseFile
from sdhcp.leases.loading import load
from sdhcp.model import Holder, Lease, LeaseState

from .drill import Figures, arguments

NOW = 1_700_000_000.0
FIRST = int.from_bytes(bytes((10, 77, 0, 0)), "big")
SIZE = 4000
FILE = "leases.sqlite3"
ROWS_OF_A_PAGE = 60


class Outcome(NamedTuple):
    """What a start after a damage came to."""

    started: bool
    lost: int
    wrong: int
    lines: int
    lends: bool


def pool() -> Addresses:
    return Addresses("floor", [(FIRST, FIRST + SIZE - 1)])


def address(number: int) -> bytes:
    return (FIRST + number).to_bytes(4, "big")


def change(number: int, at: float) -> LeaseChange:
    who = f"02:00:5e:00:{number >> 8:02x}:{number & 255:02x}"
    lease = Lease(address(number), "floor", who, LeaseState.BOUND, NOW, at + 3600, b"\2" * 6, f"host-{number}", "relay")
    return LeaseChange(at, "bound" if at == NOW else "renewed", lease)


def fill(folder: str) -> dict[bytes, Lease]:
    """Some thousand leases, the last of which stand in the journal alone; as they are on the disk while it is open."""
    work = os.path.join(folder, "open")
    os.mkdir(work)
    file = LeaseFile(os.path.join(work, FILE))
    file.open()
    load(file, [pool()], NOW)
    expected = {}
    for begin, at, count in ((0, NOW, 2000), (0, NOW + 10, 600), (2000, NOW + 20, 400)):
        for first in range(begin, begin + count, 20):
            changes = [change(number, at) for number in range(first, first + 20)]
            file.write(changes)
            expected.update({one.lease.address: one.lease for one in changes})
    for end in ("", "-wal"):
        shutil.copyfile(os.path.join(work, FILE + end), os.path.join(folder, FILE + end))
    file.close()
    shutil.rmtree(work)
    return expected


def start(folder: str, expected: dict[bytes, Lease]) -> Outcome:
    """Start with what is there, and lend."""
    path = os.path.join(folder, FILE)
    addresses = pool()
    file = LeaseFile(path)
    try:
        file.open()
        (leases,) = load(file, [addresses], NOW + 100)
    except Exception as error:  # that it starts is what is asked
        print(f"  {error!r}")
        file.close()
        return Outcome(False, 0, 0, 0, False)
    lost = wrong = 0
    for one, lease in expected.items():
        found = leases.at(one, NOW + 100)
        lost += found is None or found != lease
        wrong += found is not None and found.client != lease.client
    lends = True
    try:
        step = leases.bind(Holder("new"), address(SIZE - 1), NOW + 100, NOW + 200)
        assert step is not None
        file.write(step.changes)
        file.history({}, address(5), None, 10)
    except Exception as error:  # that it lends is what is asked
        print(f"  {error!r}")
        lends = False
    lines = len(file.warnings)
    file.close()
    return Outcome(True, lost, wrong, lines, lends)


def damage(path: str, chance: random.Random) -> str:
    """Cut a file, or change some octets of it; what was done."""
    whole = bytearray(Path(path).read_bytes())
    at = chance.randrange(len(whole))
    if chance.random() < 0.25:
        del whole[at:]
        what = f"cut at {at}"
    else:
        count = chance.choice((1, 1, 8, 512))
        for place in range(at, min(len(whole), at + count)):
            whole[place] ^= chance.randrange(1, 256)
        what = f"{count} octets changed at {at}"
    Path(path).write_bytes(whole)
    return what


def main() -> int:
    given = arguments(__doc__, damages=200)
    figures = Figures(f"{given.damages} damages of a file of leases")
    chance = random.Random(4)
    with tempfile.TemporaryDirectory() as place:
        expected = fill(place)
        outcomes = []
        most = 0
        silent = 0
        for number in range(given.damages):
            folder = os.path.join(place, f"damaged-{number}")
            os.mkdir(folder)
            for end in ("", "-wal"):
                shutil.copyfile(os.path.join(place, FILE + end), os.path.join(folder, FILE + end))
            which = chance.choice(("", "-wal"))
            what = damage(os.path.join(folder, FILE + which), chance)
            outcome = start(folder, expected)
            outcomes.append(outcome)
            if not what.startswith("cut"):
                most = max(most, outcome.lost)
                silent += bool(outcome.lost) and not outcome.lines
            if not outcome.started or not outcome.lends or outcome.wrong or (outcome.lost and not outcome.lines):
                print(f"  {FILE}{which}, {what}: {outcome}")
            shutil.rmtree(folder)
        figures.exactly("starts", sum(one.started for one in outcomes), given.damages)
        figures.exactly("of which lend", sum(one.lends for one in outcomes), given.damages)
        figures.exactly("addresses with another holder", sum(one.wrong for one in outcomes), 0)
        figures.exactly("octets changed, leases lost, and not a line of it", silent, 0)
        figures.at_most("leases lost by changed octets, the most", most, ROWS_OF_A_PAGE)
        figures.show("leases lost in all by cuts and changes", sum(one.lost for one in outcomes))
        figures.show("starts at which a line told of the damage", sum(one.lines > 0 for one in outcomes))
    return figures.status()


if __name__ == "__main__":
    sys.exit(main())
