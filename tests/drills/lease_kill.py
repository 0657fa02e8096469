"""A server that lends addresses is killed in the midst of it and started again, again and again, on one store."""

import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from .drill import Figures, arguments
from .lending import (
    Ack,
    Crowd,
    Job,
    Journal,
    Server,
    conf_of,
    count,
    kept,
    lending,
    reboots,
    renews,
    selects,
    wants_offer,
)

RECENT, BY_NAME, NEW = 200, 40, 100
"""Clients that are asked after each start: the last that were told they have an address, strangers, and new ones."""
FULL = 2500
"""Leases from which on every client gives its address back."""
RANGES = "127.0.16.0-127.0.143.159"
"""With each kill there are addresses that were lent to clients who do not know of it."""
SLACK = 2.0
"""Seconds by which clocks and rounding may differ."""


class Load:
    """New clients one after the other, of whom some renew and many give their address back."""

    def __init__(self, chance: random.Random, journal: Journal) -> None:
        self._chance, self._journal = chance, journal

    def mac(self) -> bytes:
        return b"\2" + self._chance.randbytes(5)

    def jobs(self, crowd: Crowd) -> Iterator[Job]:
        """Without an end."""
        while True:
            yield Job(self.mac())
            held = self._journal.held
            if not held:
                continue
            ack = (
                held[self._chance.choice(list(held))] if self._chance.random() < 0.02 else next(reversed(held.values()))
            )
            if self._chance.random() < (1.0 if len(held) > FULL else 0.4):
                crowd.release(ack)
            elif self._chance.random() < 0.3:
                yield renews(ack)


def first_answer(crowd: Crowd, server: Server, ack: Ack) -> float:
    """Seconds from the start of the process until a client has its answer."""
    (job,) = crowd.do([reboots(ack)], again=0.05, patience=20)
    return job.ended - server.began


def main() -> int:
    given = arguments(__doc__, rounds=10, longest=2.0, within=2.0, seed=20260131)
    figures = Figures(f"kill -9 under load, {given.rounds} rounds on one store, seed {given.seed}")
    chance, journal = random.Random(given.seed), Journal()
    load = Load(chance, journal)
    lost = moved = short = offered = taken = unserved = starts = 0
    slowest = 0.0
    acknowledged = len(journal.acks)
    with tempfile.TemporaryDirectory(prefix="sdhcp-") as name:
        folder, conf = Path(name), conf_of(RANGES)
        for _ in range(given.rounds):
            with lending(folder, conf) as server:
                crowd = Crowd(server.port, journal)
                if not journal.held:
                    crowd.do([Job(load.mac()) for _ in range(RECENT)])
                crowd.do(load.jobs(crowd), until=time.monotonic() + chance.uniform(0.1, given.longest))
                server.kill()
                crowd.drain()
                crowd.close()
            stored = kept(folder, conf)
            for address, ack in journal.held.items():
                client, state, expires = stored.get(address, ("", "", 0.0))
                if (client, state) != (ack.mac.hex(":"), "bound"):
                    lost += 1
                    print("   ", address.hex("."), "of", ack.mac.hex(":"), "is", state or "not there", client)
                short += expires + SLACK < ack.at + ack.lease_time
            with lending(folder, conf) as server:
                crowd = Crowd(server.port, journal)
                recent = list(journal.held.values())[-RECENT:]
                slowest = max(slowest, first_answer(crowd, server, recent[-1]))
                starts += 1
                again = crowd.do(map(reboots, recent))
                moved += len(recent) - count(again, "ACK")
                held = chance.sample(sorted(journal.held), BY_NAME)
                offers = crowd.do([wants_offer(load.mac(), address) for address in held])
                offered += sum(job.address in journal.held for job in offers)
                asked = crowd.do([selects(load.mac(), address) for address in held], patience=1.0)
                taken += count(asked, "ACK")
                new = crowd.do([Job(load.mac()) for _ in range(NEW)])
                unserved += NEW - count(new, "ACK")
                crowd.close()
                server.kill()
    figures.show("addresses that were acknowledged", len(journal.acks) - acknowledged)
    figures.show("leases in the end", len(journal.held))
    figures.exactly("of those that were acknowledged, not in the store after a kill", lost, 0)
    figures.exactly("that end before the client was told they do", short, 0)
    figures.exactly("that were not confirmed after the start", moved, 0)
    figures.exactly("held addresses that were offered to strangers", offered, 0)
    figures.exactly("held addresses that strangers were given by name", taken, 0)
    figures.exactly("addresses that were lent twice", journal.duplicates, 0)
    figures.exactly("new clients that got no address", unserved, 0)
    figures.at_most(f"longest of {starts} starts until the first answer", slowest, given.within, "s")
    return figures.status()


if __name__ == "__main__":
    sys.exit(main())
