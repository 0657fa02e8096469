"""A pool that is filled to its last address: how fast when empty and when nearly full, and what a lease takes.

    python -m benchmarks.pool_fill [--prefix 9] [--sqlite-prefix 12] [--json FILE]

In this process, without packets: an offer and a lease for each address, then clients for whom nothing is left, then
new clients when everything has ended. First the rules of lending alone, then with leases in SQLite in the temporary
folder, 512 clients at a time. A pool of /9, 8,388,608 addresses, takes some minutes and 2 GB.
"""

import argparse
import gc
import ipaddress
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

from twisted.internet import reactor
from twisted.internet.defer import Deferred, ensureDeferred, gatherResults

from sdhcp.engine.addresses import Addresses
from sdhcp.interfaces import IServerReactor
from sdhcp.leases.pool import PoolLeases
from sdhcp.leases.sqlite import SqliteLeases
from sdhcp.model import Holder

NOW = 1_700_000_000.0
LEASE_TIME = 86_400.0
BASE = 0x020000000000
SHARES = (0.0, 0.5, 0.9, 1.0)
"""How full the pool is where the rate is measured; the last is up to the last address."""
MEASURED = 50_000
"""Leases that a rate is measured with, and at most a twentieth of the pool."""
AT_ONCE = 512

Lend = Callable[[Iterator[Holder], int, float], "Deferred[None] | None"]


def resident() -> int:
    """Octets that this process holds."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def holders(first: int) -> Iterator[Holder]:
    """New clients, with the name and relay agent that one has."""
    number = first
    while True:
        mac = (BASE + number).to_bytes(6, "big")
        yield Holder(mac.hex(":"), mac, f"host-{number}", "10.0.0.2")
        number += 1


class Filling:
    """What was measured; ``lend`` gives so many clients an address each, at a time."""

    def __init__(self, pool: Addresses, lend: Lend, exhausted: Callable[[Holder, float], Any]) -> None:
        self._size = len(pool)
        self._lend = lend
        self._exhausted = exhausted
        self.figures: dict[str, float] = {"addresses": self._size}

    async def fill(self) -> None:
        """From the first to the last address, and over."""
        clients = holders(0)
        step = max(1, min(MEASURED, self._size // 20))
        gc.collect()
        before, lent, began = resident(), 0, time.perf_counter()
        for share in SHARES:
            at = min(int(self._size * share), self._size - step)
            await self._some(clients, at - lent, NOW)
            self.figures[f"leases a second, {share:.0%} full"] = step / await self._some(clients, step, NOW)
            lent = at + step
        self.figures["seconds until it is full"] = time.perf_counter() - began
        gc.collect()
        self.figures["octets for each lease"] = (resident() - before) / self._size
        times = []
        for holder, _ in zip(clients, range(1000), strict=False):
            start = time.perf_counter()
            if self._exhausted(holder, NOW) is not None:
                sys.exit("more was lent than there is")
            times.append(time.perf_counter() - start)
        self.figures["longest search in a full pool, ms"] = max(times) * 1000
        later = NOW + LEASE_TIME + 1
        start = time.perf_counter()
        await self._some(clients, 1, later)
        self.figures["first lease after all have ended, ms"] = (time.perf_counter() - start) * 1000
        self.figures["leases a second, when all have ended"] = step / await self._some(clients, step, later)

    async def _some(self, clients: Iterator[Holder], count: int, now: float) -> float:
        """Seconds that it takes to serve some clients."""
        began = time.perf_counter()
        if count > 0:
            lending = self._lend(clients, count, now)
            if lending is not None:
                await lending
        return time.perf_counter() - began


async def rules(prefix: int) -> dict[str, float]:
    """The rules of lending alone."""
    pool = addresses(prefix)
    leases = PoolLeases(pool)

    def lend(clients: Iterator[Holder], count: int, now: float) -> None:
        for _ in range(count):
            holder = next(clients)
            offer = leases.offer(holder, None, now, now + 60)
            if offer is None or leases.bind(holder, offer.address, now, now + LEASE_TIME) is None:
                sys.exit("an address that is free was not lent")

    filling = Filling(pool, lend, lambda holder, now: leases.offer(holder, None, now, now + 60))
    await filling.fill()
    return filling.figures


async def in_sqlite(prefix: int, folder: Path) -> dict[str, float]:
    """With leases in a file, each of them flushed to the disk."""
    pool = addresses(prefix)
    file = folder / "leases.sqlite3"
    store = SqliteLeases(str(file), cast(IServerReactor, reactor), lambda: NOW, [pool])
    await store.start()

    async def lend(clients: Iterator[Holder], count: int, now: float) -> None:
        while count > 0:
            binding = []
            for _ in range(min(AT_ONCE, count)):
                holder = next(clients)
                offer: Any = store.offer(pool, holder, None, now, now + 60)
                binding.append(store.bind(pool, holder, offer.address, now, now + LEASE_TIME))
            if None in await gatherResults(binding):  # type: ignore[arg-type]
                sys.exit("an address that is free was not lent")
            count -= len(binding)

    filling = Filling(
        pool,
        lambda clients, count, now: ensureDeferred(lend(clients, count, now)),
        lambda holder, now: store.offer(pool, holder, None, now, now + 60),
    )
    await filling.fill()
    await store.stop()
    filling.figures["octets of the file for each address"] = file.stat().st_size / len(pool)
    again = SqliteLeases(str(file), cast(IServerReactor, reactor), lambda: NOW, [pool])
    began = time.perf_counter()
    await again.start()
    filling.figures["seconds until they are read"] = time.perf_counter() - began
    await again.stop()
    return filling.figures


def addresses(prefix: int) -> Addresses:
    """A pool of all addresses of a network."""
    network = ipaddress.ip_network(f"10.0.0.0/{prefix}")
    return Addresses("large", [(int(network[0]), int(network[-1]))])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prefix", type=int, default=9, help="0 for the rules left out")
    parser.add_argument("--sqlite-prefix", type=int, default=12, help="0 for SQLite left out")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    results: dict[str, dict[str, float]] = {}
    failed = []

    async def measure() -> None:
        if arguments.prefix:
            show("the rules alone", results.setdefault("rules", await rules(arguments.prefix)))
        if arguments.sqlite_prefix:
            with tempfile.TemporaryDirectory(prefix="sdhcp-fill-") as folder:
                show("in SQLite", results.setdefault("sqlite", await in_sqlite(arguments.sqlite_prefix, Path(folder))))

    def ended(failure: Any) -> None:
        if failure is not None:
            failed.append(failure.getTraceback())
        reactor.stop()  # type: ignore[attr-defined]

    reactor.callWhenRunning(lambda: ensureDeferred(measure()).addBoth(ended))  # type: ignore[attr-defined]
    reactor.run()  # type: ignore[attr-defined]
    if failed:
        sys.exit(failed[0])
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


def show(title: str, figures: dict[str, float]) -> None:
    """Print figures."""
    print(title)
    for what, value in figures.items():
        print(f"  {what:<42} {value:14,.2f}" if value < 1000 else f"  {what:<42} {value:14,.0f}", flush=True)


if __name__ == "__main__":
    main()
