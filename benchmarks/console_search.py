"""How long the console's search for clients takes among many: by each field, in an SQLite file.

    python -m benchmarks.console_search [--clients 1000000] [--heard 20000] [--leases 100000] [--json FILE]

In one process: the file is filled first, in the temporary folder (some 150 MB for a million), clients are heard, and
leases are kept in memory. Each search is made a few times; the middle one counts, and how long it held the reactor's
thread at most, as clients would have felt it.
"""

import argparse
import json
import random
import sqlite3
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter, time
from types import SimpleNamespace
from typing import Any, cast

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall

from sdhcp.backends.sql import Columns
from sdhcp.backends.sqlite import SqliteSource
from sdhcp.engine.addresses import Addresses
from sdhcp.events import Exchange
from sdhcp.interfaces import IServerReactor
from sdhcp.leases.memory import MemoryLeases
from sdhcp.model import Arrival, Holder, Local
from sdhcp.reservations import Reservations
from sdhcp.web.clients import Asked, Clients
from sdhcp.web.facts import PoolFacts, ServerFacts
from sdhcp.web.rows import Rows
from sdhcp.web.trails import Trails
from sdhcp.web.wanted import read
from sdhcp.wire import relay

from .servers import SCHEMA

ROUNDS = 5
BASE = 0x02005E000000
HERE = Local(bytes(4), "eth0", ())
REACTOR = cast(IServerReactor, reactor)


def mac(number: int) -> bytes:
    """The hardware address of a client."""
    return (BASE + number).to_bytes(6, "big")


def address(number: int) -> str:
    """Its address."""
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def hosts(count: int) -> Iterator[tuple[str, str, str]]:
    """Reservations in no order, as a site adds them over the years."""
    numbers = list(range(count))
    random.Random(1).shuffle(numbers)
    for number in numbers:
        yield mac(number).hex(":"), address(number), f"host-{number}"


def build(path: Path, count: int) -> None:
    """The file."""
    connection = sqlite3.connect(path)
    for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -500000"):
        connection.execute(f"PRAGMA {pragma}")
    connection.executescript(SCHEMA.read_text(encoding="utf-8"))
    connection.execute("INSERT INTO subnets (subnet, serial, lease_time) VALUES ('10.0.0.0/8', 0, 3600)")
    insert = "INSERT INTO maps (mac, ip, hostname, subnet, serial) VALUES (?, ?, ?, '10.0.0.0/8', 0)"
    connection.executemany(insert, hosts(count))
    connection.commit()
    connection.close()


def hear(trails: Trails, count: int) -> None:
    """Have clients be heard whom nobody knows."""
    for number in range(count):
        circuit = relay.encode({1: b"eth 1/%d" % number, 2: b"switch"})
        options = {12: b"heard-%d" % number, 60: b"vendor-%d" % (number % 1000), 82: circuit}
        arrival = Arrival(HERE, bytes(4), 67, perf_counter())
        trails.observe(
            Exchange(arrival.now, "DISCOVER", "", "unknown-client", False, mac(0x800000 + number), bytes(4), bytes(4),
                     bytes(4), None, arrival, 0, 1e-4, options)
        )  # fmt: skip


def lend(store: MemoryLeases, pool: Addresses, count: int) -> None:
    """Lend addresses."""
    now = time()
    for number in range(count):
        who = mac(0xC00000 + number)
        octets = (0xC0000001 + number).to_bytes(4, "big")
        store.bind(pool, Holder(who.hex(":"), who, f"guest-{number}"), octets, now, now + 3600)


class Held:
    """The longest time for which the reactor's thread was held."""

    def __init__(self) -> None:
        self._last = perf_counter()
        self.longest = 0.0
        self._looping = LoopingCall(self._look)
        self._looping.clock = REACTOR

    def _look(self) -> None:
        now = perf_counter()
        self.longest, self._last = max(self.longest, now - self._last - 0.001), now

    def start(self) -> None:
        """Begin."""
        self.longest, self._last = 0.0, perf_counter()
        self._looping.start(0.001)

    def stop(self) -> float:
        """Seconds."""
        self._looping.stop()
        return self.longest


async def measure(clients: Clients, count: int, report: Callable[[str, dict[str, Any]], None]) -> None:
    """Every search."""
    middle = count // 2 + 7
    searches = {
        "nothing": "",
        "a hardware address": mac(middle).hex(":"),
        "part of a hardware address": mac(middle).hex(":")[6:],
        "its beginning": mac(middle).hex(":")[:14],
        "an address": address(middle),
        "the beginning of an address": ".".join(address(middle).split(".")[:3]) + ".",
        "a host name": f"host-{middle}",
        "part of many host names": "host-",
        "part of some host names": "st-4242",
        "a vendor class": "vendor-77",
        "a circuit": "eth 1/1234",
        "a lease's host name": "guest-99",
        "what nobody has": "nothing at all",
    }
    held = Held()
    for what, text in searches.items():
        took, rows, answers = [], 0, 0
        held.start()
        for _ in range(ROUNDS):
            began = perf_counter()
            page = await clients.search(Asked(read(text)), "", 50)
            took.append(perf_counter() - began)
        longest = held.stop()
        after = page.after
        rows, answers = len(page.rows), 1
        while after and rows < 50 and answers < 100:
            page = await clients.search(Asked(read(text)), after, 50)
            rows, after, answers = rows + len(page.rows), page.after, answers + 1
        report(what, {"ms": statistics.median(took) * 1000, "held ms": longest * 1000, "rows": rows,
                      "answers": answers})  # fmt: skip


def main() -> None:
    """Fill, search, print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--clients", type=int, default=1_000_000)
    parser.add_argument("--heard", type=int, default=20_000)
    parser.add_argument("--leases", type=int, default=100_000)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    figures: dict[str, Any] = {}

    def report(what: str, found: dict[str, Any]) -> None:
        figures[what] = found
        print(f"{what:30} {found['ms']:8.1f} ms   reactor held {found['held ms']:6.1f} ms   "
              f"{found['rows']} rows in {found['answers']} answers")  # fmt: skip

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "dhcp.sqlite3"
        build(path, arguments.clients)
        source = SqliteSource(str(path), Columns(), False, perf_counter)
        trails, store, pool = Trails(), MemoryLeases(), Addresses("guests", [(0xC0000001, 0xC01FFFFF)])
        hear(trails, arguments.heard)
        lend(store, pool, arguments.leases)
        facts = cast(
            ServerFacts,
            SimpleNamespace(
                clock=perf_counter,
                wall=time,
                known=Reservations(lambda: source, REACTOR, perf_counter),
                pools=lambda: [PoolFacts("guests", pool, store)],
            ),
        )
        clients = Clients(facts, trails, Rows(facts, trails), REACTOR)
        failed: list[object] = []

        def begin() -> None:
            doing = Deferred.fromCoroutine(measure(clients, arguments.clients, report))
            doing.addErrback(failed.append).addBoth(lambda _: REACTOR.stop())

        REACTOR.callWhenRunning(begin)
        REACTOR.run()
    if failed:
        sys.exit(str(failed[0]))
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
