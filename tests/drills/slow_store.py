"""Every answer of a store takes three seconds, while clients that had asked before and clients that had not ask on."""

import sys
import time

from ..loopback import running
from .drill import Figures, arguments
from .exchanges import exchange, finish, start
from .stores import NAMES, numbered, store

DELAY = 3.0
USELESS = 4.0
"""Seconds after which an answer must not come any more."""


def main() -> int:
    given = arguments(__doc__, store="all", seconds=30, rate=500, clients=1000, unseen_rate=50)
    status = 0
    for name in NAMES if given.store == "all" else (given.store,):
        unseen = given.unseen_rate * given.seconds
        figures = Figures(f"{name} takes {DELAY:.0f} s for each answer, for {given.seconds} s")
        conf = "ENABLE_SUSPEND = False\nLOG_CONSOLE_SEVERITY = 'WARN'\n"
        with store(name, numbered(given.clients + unseen)) as made, running(made.conf() + conf, {}) as server:
            before = finish(start(server.port, given.clients, given.rate, given.clients / given.rate), 60)
            figures.exactly("before: complete exchanges", before.acknowledged, given.clients)
            made.link.delay = DELAY
            memory = server.resident()
            known = start(server.port, given.clients, given.rate, given.seconds)
            others = exchange(
                server.port, unseen, given.unseen_rate, given.seconds, given.clients, "127.0.0.5", USELESS + 2
            )
            kept = finish(known, 60)
            figures.exactly("known clients: complete exchanges", kept.acknowledged, given.rate * given.seconds)
            figures.at_most("known clients: 99th percentile from DISCOVER to ACK", kept.p99, 20, "ms")
            figures.exactly("NAKs", kept.refused + others.refused, 0)
            figures.show("others that were offered an address", others.offered)
            figures.at_most("others: longest until an OFFER", others.longest_offer / 1000, USELESS, "s")
            figures.at_most("memory more than before", (server.resident() - memory) / 1e6, 30, "MB")
            made.link.delay = 0.0
            began = time.monotonic()
            while not exchange(server.port, 1, 1, 1, given.clients, "127.0.0.5", 0.5).acknowledged:
                if time.monotonic() - began > 30:
                    break
            figures.at_most("until others are served again", time.monotonic() - began, 5, "s")
            figures.exactly("tracebacks in the log", server.log().count("Traceback"), 0)
            for line in server.log().splitlines()[1:]:
                print(f"    {line}")
        status |= figures.status()
    return status


if __name__ == "__main__":
    sys.exit(main())
