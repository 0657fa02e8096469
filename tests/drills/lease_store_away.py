"""The store of leases is stopped, or silent, while clients with reservations are served; then it is itself again."""

import random
import sys
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ..servers.postgresql import PostgresqlServer
from ..servers.redis import RedisServer
from .cluster import MISSING, make_tables, postgresql_conf, redis_conf
from .drill import NEEDS_ROOT, Figures, arguments
from .exchanges import finish, start
from .lending import Crowd, Job, Journal, conf_of, count, lending, reboots, renews, selects
from .slow_link import SlowLink
from .store_outage import threads
from .stores import address, mac

VIA, UNSERVED = "127.0.0.5", "127.200.0.1"
"""Relay agents: of the clients with reservations, and of clients that no pool is for."""
STRANGERS = 200_000
"""The first number of the latter."""
AWAY = 10.0
"""Seconds after which a store that is silent answers."""
CONNECTIONS = 8
PACE = 0.01
"""Seconds from one client to the next."""
LENT = 200
"""Clients that hold an address when the store goes."""


class Away:
    """A store of leases behind a link that can be made slow."""

    def __init__(self, kind: str) -> None:
        self._server: Any
        if kind == "redis":
            self._server = RedisServer("appendonly yes", "appendfsync always")
        else:
            self._server = PostgresqlServer()
            make_tables(self._server, postgresql_conf(self._server, str(self._server.folder)))
        self._kind = kind
        self._link = SlowLink(self._server.port)

    def conf(self) -> str:
        """What conf.py says to keep leases in it."""
        if self._kind == "redis":
            return redis_conf({"host": "127.0.0.1", "port": self._link.port})
        told = postgresql_conf(self._server, "127.0.0.1")
        return told.replace(f"PORT = {self._server.port}", f"PORT = {self._link.port}")

    def goes(self, how: str) -> None:
        """Begin to be stopped, or silent."""
        if how == "stopped":
            self._server.stop()
        else:
            self._link.delay = AWAY

    def is_back(self, how: str) -> None:
        """End that."""
        if how == "stopped":
            self._server.start()
        else:
            self._link.delay = 0.0

    def close(self) -> None:
        self._link.close()
        self._server.stop()
        self._server.remove()


@contextmanager
def store(kind: str) -> Iterator[Away]:
    """A store for the time of a block."""
    made = Away(kind)
    try:
        yield made
    finally:
        made.close()


def reservations(clients: int) -> str:
    """So many in an INI file."""
    lines = ["[127.0.0.0/8|0]\nlease-time: 3600\nsubnet-mask: 255.0.0.0\n"]
    lines += [
        f"[{mac(number).hex(':')}]\nip: {address(number)}\nsubnet: 127.0.0.0/8\nserial: 0\n"
        for number in range(clients)
    ]
    return "\n".join(lines)


def load(chance: random.Random, journal: Journal) -> Iterator[Job]:
    """Clients of the pool: new ones, and such as hold an address. Without an end."""
    held = list(journal.held.values())
    while True:
        stranger = b"\2" + chance.randbytes(5)
        ack = chance.choice(held)
        yield chance.choice((Job(stranger), renews(ack), reboots(ack), selects(stranger, chance.choice(held).address)))


def drill(figures: Figures, folder: Path, made: Away, how: str, given: Namespace) -> None:
    seconds, rate, clients = given.seconds, given.rate, given.clients
    chance, journal = random.Random(seconds), Journal()
    (folder / "clients.ini").write_text(reservations(clients), encoding="ascii")
    with lending(folder, conf_of(more=f'INI_FILE = "clients.ini"\n{made.conf()}')) as server:
        crowd = Crowd(server.port, journal)
        crowd.do([Job(b"\6" + chance.randbytes(5)) for _ in range(LENT)])
        figures.exactly("before: clients that were lent an address", len(journal.held), LENT)
        known = finish(start(server.port, clients, rate, 5, via=VIA), 60)
        figures.exactly("before: exchanges of clients with reservations", known.acknowledged, 5 * rate)
        before = threads(server)
        held = list(journal.held.values())
        made.goes(how)
        reserved = start(server.port, clients, rate, seconds, via=VIA)
        unserved = start(server.port, 1000, 20, seconds, STRANGERS, UNSERVED)
        asked = during(crowd, load(chance, journal), seconds)
        meanwhile, others = finish(reserved, seconds + 60), finish(unserved, 60)
        figures.exactly("meanwhile: exchanges of clients with reservations", meanwhile.acknowledged, seconds * rate)
        figures.at_most("99th percentile from DISCOVER to ACK", meanwhile.p99, given.most, "ms")
        figures.show("before", f"{known.p99:.1f} ms")
        figures.show("longest", f"{meanwhile.worst:.0f} ms")
        figures.at_least("clients of the pool that asked meanwhile", len(asked), 64)
        figures.exactly("of these, with an answer", len(asked) - count(asked, "silence"), 0)
        figures.exactly("NAKs", meanwhile.refused + others.refused + count(asked, "NAK"), 0)
        figures.at_most("threads of the server", threads(server), before + 2 * CONNECTIONS)
        made.is_back(how)
        began = time.monotonic()
        crowd.do([Job(b"\6" + chance.randbytes(5))], again=0.2, patience=30)
        figures.at_most("until a new client is lent an address", time.monotonic() - began, given.within, "s")
        again = crowd.do([*map(renews, held), *map(reboots, held)], patience=20)
        figures.exactly("held addresses that were not confirmed afterwards", 2 * len(held) - count(again, "ACK"), 0)
        figures.exactly("addresses that were lent twice", journal.duplicates, 0)
        crowd.close()
        server.stop()
        told = [line for line in server.log().splitlines() if "leases in" in line]
        for line in told[:10]:
            print(f"    {line}")
        figures.exactly("lines in the log about it", len(told), 2)
        figures.exactly("tracebacks in the log", server.log().count("Traceback"), 0)


def during(crowd: Crowd, jobs: Iterator[Job], seconds: float) -> list[Job]:
    """Clients that asked for some time, and as long as nobody answered."""
    ends, asked = time.monotonic() + seconds, []
    while (left := ends - time.monotonic()) > 3:
        asked += crowd.do(paced(islice(jobs, 64)), window=64, again=0.5, patience=min(2.0, left))
    return asked


def paced(jobs: Iterator[Job]) -> Iterator[Job]:
    """The same, some time apart: what comes at the same moment waits for each other, whether the store is there."""
    for job in jobs:
        time.sleep(PACE)
        yield job


def main() -> int:
    given = arguments(__doc__, store="all", how="all", seconds=30, rate=500, clients=1000, within=5.0, most=20.0)
    status = 0
    for kind in MISSING if given.store == "all" else (given.store,):
        if MISSING[kind]:
            print(MISSING[kind])
            return NEEDS_ROOT
        for how in ("stopped", "silent") if given.how == "all" else (given.how,):
            figures = Figures(f"leases in {kind}, which is {how} for {given.seconds} s; {given.rate} exchanges/s")
            with TemporaryDirectory(prefix="sdhcp-") as folder, store(kind) as made:
                drill(figures, Path(folder), made, how, given)
            status |= figures.status()
    return status


if __name__ == "__main__":
    sys.exit(main())
