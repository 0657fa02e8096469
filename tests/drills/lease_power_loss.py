"""The power fails while leases are written: none that was acknowledged is lost, no address has two holders.

The system calls of a process that lends are recorded with their order and what they wrote (strace). At each of many
writes the disk is made up as a loss of power may leave it: with all that was flushed, and of what was not with
nothing, everything, or some sectors. Names of files that were not flushed are gone or there. Then it is opened.
"""

import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults

from sdhcp.engine.addresses import Addresses
from sdhcp.leases import file as lease_file
from sdhcp.leases.file import LeaseFile
from sdhcp.leases.loading import load
from sdhcp.leases.sqlite import SqliteLeases
from sdhcp.model import Holder, LeaseState

from ..netns.yard import ROOT
from .drill import NEEDS_ROOT, Figures, arguments

NOW = 1_700_000_000.0
FIRST = int.from_bytes(bytes((10, 77, 0, 0)), "big")
SIZE = 200
SECTOR = 512
FILE = "leases.sqlite3"
CALLS = "openat,pwrite64,write,ftruncate,fsync,fdatasync,unlink,rename"
STEP = re.compile(r"^(\w+)\((.*)\)\s+= (-?\d+)")
NAMED = re.compile(r'^(?:\d+|AT_FDCWD)<([^>]*)>(?:, )?|^"([^"]*)"(?:, )?')
OCTETS = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')


def pool() -> Addresses:
    return Addresses("floor", [(FIRST, FIRST + SIZE - 1)])


def lend(folder: str, rounds: int) -> None:
    """Lend, renew and release for some rounds, and write down what was asked for and what was acknowledged."""
    chance = random.Random(1)
    connect = lease_file.connect

    def often_written_back(path: str) -> Any:
        connection = connect(path)
        connection.execute("PRAGMA wal_autocheckpoint = 40")
        return connection

    lease_file.connect = often_written_back
    store = SqliteLeases(os.path.join(folder, FILE), reactor, lambda: NOW, [addresses := pool()])
    log = os.open(os.path.join(folder, "log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def note(*what: Any) -> None:
        os.write(log, json.dumps(what).encode() + b"\n")

    def step(client: str, now: float) -> "Deferred[None]":
        lease = store.of_client(addresses, client, now)
        if lease is not None and lease.state is LeaseState.BOUND and chance.random() < 0.3:
            note("begun", client, lease.address.hex(), 0)
            done = store.release(addresses, client, lease.address, now)
            note_what = ("done", client, lease.address.hex(), 0)
        else:
            offer = store.offer(addresses, Holder(client), None, now, now + 30)
            note("begun", client, offer.address.hex(), now + 3600)
            done = store.bind(addresses, Holder(client), offer.address, now, now + 3600)
            note_what = ("done", client, offer.address.hex(), now + 3600)
        return done.addCallback(lambda _: note(*note_what))

    async def all_rounds() -> None:
        await store.start()
        for number in range(rounds):
            clients = chance.sample(range(60), chance.randrange(1, 9))
            await gatherResults([step(f"client {client}", NOW + number) for client in clients])
        os._exit(0)

    reactor.callWhenRunning(lambda: Deferred.fromCoroutine(all_rounds()).addErrback(lambda why: os._exit(1)))
    reactor.run()


def calls(text: str) -> Iterator[tuple[str, str]]:
    """The system calls that succeeded, with their arguments, in the order in which they ended."""
    begun: dict[str, str] = {}
    for line in text.splitlines():
        process, _, rest = line.partition(" ")
        rest = rest.strip()
        if rest.endswith("<unfinished ...>"):
            begun[process] = rest.removesuffix("<unfinished ...>").rstrip()
            continue
        if rest.startswith("<... "):
            rest = begun.pop(process, "") + rest.partition("resumed>")[2]
        found = STEP.match(rest)
        if found is not None and int(found[3]) >= 0:
            yield found[1], found[2]


class Disk:
    """What is in the files, and what of it was flushed."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.flushed: dict[str, bytes] = {}
        self.writes: dict[str, list[tuple[int, bytes | None]]] = {}
        """Of each file what was written where since the last flush; None where the file was cut."""
        self.unnamed: set[str] = set()
        self.log = b""

    def take(self, call: str, given: str) -> bool:
        """Take in a call; whether it wrote to the file or its journal."""
        named = NAMED.match(given)
        path = (named[1] or named[2] or "") if named else ""
        rest = given[named.end() :] if named else ""
        if call == "openat":
            path = os.path.join(path, given.split('"')[1]) if '"' in given else path
        name = os.path.basename(path)
        if path == self.folder and call in ("fsync", "fdatasync"):
            self.unnamed.clear()
        if os.path.dirname(path) != self.folder or name.endswith(("-shm", ".lock")):
            return False
        if name == "log":
            if call == "write":
                self.log += octets(rest)
            return False
        if call == "openat":
            if "O_CREAT" in given and name not in self.flushed:
                self.flushed[name], self.writes[name] = b"", []
                self.unnamed.add(name)
        elif call == "pwrite64":
            self.writes[name].append((int(rest.rpartition(", ")[2]), octets(rest)))
            return True
        elif call == "ftruncate":
            self.writes[name].append((int(rest), None))
        elif call in ("fsync", "fdatasync"):
            self.flushed[name] = made(self.flushed[name], self.writes[name])
            self.writes[name] = []
        elif call == "unlink":
            self.flushed.pop(name, None)
            self.writes.pop(name, None)
        return False

    def leave(self, to: str, how: str, chance: random.Random) -> None:
        """Make up the files as they may be after a loss of power."""
        for name, flushed in self.flushed.items():
            if name in self.unnamed and (how == "nothing" or (how == "some" and chance.random() < 0.5)):
                continue
            writes = self.writes[name] if how != "nothing" else []
            if how == "some":
                writes = [piece for write in writes for piece in sectors(write) if chance.random() < 0.5]
            Path(to, name).write_bytes(made(flushed, writes))


def octets(text: str) -> bytes:
    found = OCTETS.search(text)
    return bytes.fromhex(found[1].replace("\\x", "")) if found else b""


def sectors(write: tuple[int, bytes | None]) -> Iterator[tuple[int, bytes | None]]:
    at, data = write
    if data is None:
        yield write
        return
    while data:
        room = SECTOR - at % SECTOR
        yield at, data[:room]
        at, data = at + room, data[room:]


def made(content: bytes, writes: list[tuple[int, bytes | None]]) -> bytes:
    whole = bytearray(content)
    for at, data in writes:
        if data is None:
            del whole[at:]
            whole.extend(bytes(at - len(whole)))
        else:
            whole.extend(bytes(max(0, at - len(whole))))
            whole[at : at + len(data)] = data
    return bytes(whole)


def compare(folder: str, log: bytes) -> tuple[int, int]:
    """How many leases that were acknowledged are not in what is left; how many addresses have two holders."""
    addresses = pool()
    file = LeaseFile(os.path.join(folder, FILE))
    file.open()
    (leases,) = load(file, [addresses], NOW + 1000)
    file.close()
    may_be: dict[str, list[tuple[str, float]]] = {}
    for line in log.splitlines():
        what, client, address, end = json.loads(line)
        held = may_be.setdefault(client, [("", 0)])
        if what == "done":
            held[:] = []
        held.append((address, end))
    lost = 0
    holders: dict[bytes, str] = {}
    twice = 0
    for client, held in may_be.items():
        lease = leases.of_client(client, NOW + 1000)
        is_bound = lease is not None and lease.state is LeaseState.BOUND
        found = (lease.address.hex(), lease.expires) if lease is not None and is_bound else ("", 0)
        lost += found not in held and not (found == ("", 0) and any(not end for _, end in held))
        if lease is not None and is_bound:
            twice += holders.setdefault(lease.address, client) != client
            at = leases.at(lease.address, NOW + 1000)
            twice += at is None or at.client != client
    return lost, twice


def main() -> int:
    if sys.argv[1:2] == ["lend"]:
        lend(sys.argv[2], int(sys.argv[3]))
        return 0
    given = arguments(__doc__, points=500, rounds=120)
    if shutil.which("strace") is None:
        print("this drill needs strace")
        return NEEDS_ROOT
    figures = Figures(f"power loss at {given.points} writes")
    chance = random.Random(2)
    with tempfile.TemporaryDirectory() as place:
        folder = os.path.realpath(os.path.join(place, "lent"))
        os.mkdir(folder)
        trace = os.path.join(place, "trace")
        child = [sys.executable, "-m", "tests.drills.lease_power_loss", "lend", folder, str(given.rounds)]
        subprocess.run(
            ["strace", *"-f -y -xx -e quiet=all -s 70000 -e".split(), f"trace={CALLS}", "-o", trace, *child],
            cwd=ROOT, check=True,
        )  # fmt: skip
        text = unescaped(Path(trace).read_text(encoding="ascii", errors="replace"))
        disk = Disk(folder)
        points = lost = twice = unopened = 0
        for call, arguments_ in calls(text):
            if not disk.take(call, arguments_) or points >= given.points:
                continue
            points += 1
            for how in ("nothing", "everything", "some"):
                left = os.path.join(place, f"left-{points}-{how}")
                os.mkdir(left)
                disk.leave(left, how, chance)
                try:
                    some_lost, some_twice = compare(left, disk.log)
                    lost += some_lost
                    twice += some_twice
                except Exception as error:  # that it opens is what is asked
                    print(f"  write {points}, {how}: {error!r}")
                    unopened += 1
                shutil.rmtree(left)
        acknowledged = disk.log.count(b'"done"')
        figures.exactly("writes at which the power failed", points, given.points)
        figures.show("steps that were acknowledged in all", acknowledged)
        figures.exactly("leases lost", lost, 0)
        figures.exactly("addresses with two holders", twice, 0)
        figures.exactly("files that could not be opened", unopened, 0)
    return figures.status()


def unescaped(text: str) -> str:
    """The trace with the names of files in letters; only what was written is left in numbers."""

    def letters(found: re.Match[str]) -> str:
        name = bytes.fromhex(found[1].replace("\\x", "")).decode("latin-1")
        return f"<{name}>"

    text = re.sub(r"<((?:\\x[0-9a-f]{2})+)>", letters, text)

    def named(found: re.Match[str]) -> str:
        return found[1] + '"' + bytes.fromhex(found[2].replace("\\x", "")).decode("latin-1") + '"'

    return re.sub(r'((?:openat\([^"]*|unlink\(|rename\())"((?:\\x[0-9a-f]{2})*)"', named, text)


if __name__ == "__main__":
    sys.exit(main())
