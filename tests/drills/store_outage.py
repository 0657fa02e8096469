"""A store is stopped, or answers after five seconds, while clients come and go; then it is itself again."""

import os
import sys
import threading
import time
from collections.abc import Callable

from ..loopback import Running, running
from .drill import Figures, arguments
from .exchanges import exchange, finish, start
from .stores import NAMES, Store, numbered, store

AWAY = 5.0
"""Seconds after which a store that is slow answers."""
STRANGERS = 50
"""Clients of the store that do not ask before it is away."""
CONNECTIONS = 4
WHOLE = "complete exchanges of clients that had asked before"


class Unseen:
    """Clients that nothing is kept of, asked for one after the other."""

    def __init__(self, server: Running, first: int) -> None:
        self._server = server
        self._first = first
        self._asked = 0
        self.answered = self.refused = 0

    def ask(self) -> bool:
        """Whether the next one got its address."""
        number = self._first + self._asked % STRANGERS
        self._asked += 1
        got = exchange(self._server.port, 1, 1, 1, number, "127.0.0.5", 0.5)
        self.answered += got.acknowledged
        self.refused += got.refused
        return bool(got.acknowledged)

    def ask_until(self, done: Callable[[], bool]) -> None:
        while not done():
            self.ask()


def threads(server: Running) -> int:
    return len(os.listdir(f"/proc/{server.process.pid}/task"))


def main() -> int:
    given = arguments(__doc__, store="all", how="all", seconds=60, rate=1000, clients=2000, cache="all")
    status = 0
    for name in NAMES if given.store == "all" else (given.store,):
        for how in ("stopped", "slow") if given.how == "all" else (given.how,):
            for cache in ("off", "on") if given.cache == "all" else (given.cache,):
                figures = Figures(f"{name} is {how} for {given.seconds} s, {given.rate} exchanges/s, cache {cache}")
                with store(name, numbered(given.clients + STRANGERS)) as made:
                    drill(figures, made, how, given.seconds, given.rate, given.clients, cache == "on")
                status |= figures.status()
    return status


def drill(figures: Figures, made: Store, how: str, seconds: int, rate: int, clients: int, cache: bool) -> None:
    conf = f"{made.conf()}USE_CACHE = {cache}\nUNAUTHORIZED_CLIENT_TIMEOUT = 60\nLOG_CONSOLE_SEVERITY = 'WARN'\n"
    with running(conf, {}) as server:
        known = finish(start(server.port, clients, rate, clients / rate), clients / rate + 30)
        figures.exactly(f"before: {WHOLE}", known.acknowledged, clients)
        before = threads(server)
        load = start(server.port, clients, rate, seconds)
        if how == "stopped":
            made.stop()
        else:
            made.link.delay = AWAY
        unseen = Unseen(server, clients)
        ended = threading.Event()
        asking = threading.Thread(target=unseen.ask_until, args=(ended.is_set,))
        asking.start()
        most = 0
        while load.poll() is None:
            most = max(most, threads(server))
            time.sleep(0.2)
        ended.set()
        asking.join()
        during = finish(load, 60)
        figures.exactly(f"meanwhile: {WHOLE}", during.acknowledged, seconds * rate)
        figures.exactly("NAKs", during.refused + unseen.refused, 0)
        figures.exactly("addresses other than before", during.wrong, 0)
        figures.at_most("99th percentile from DISCOVER to ACK", during.p99, 20, "ms")
        figures.show("longest", f"{during.worst:.0f} ms")
        figures.exactly("answers to clients that had not asked before", unseen.answered, 0)
        figures.at_most("threads of the server", most, before + 2 * CONNECTIONS)
        if how == "stopped":
            made.start()
        else:
            made.link.delay = 0.0
        began = time.monotonic()
        while not unseen.ask() and time.monotonic() - began < 30:
            pass
        figures.at_most("until a client that had not asked before is answered", time.monotonic() - began, 5, "s")
        after = finish(start(server.port, clients, rate, 5), 60)
        figures.exactly(f"afterwards: {WHOLE}", after.acknowledged, 5 * rate)
        time.sleep(1.5)
        told = [line for line in server.log().splitlines() if made.name in line and "ready" not in line]
        for line in told:
            print(f"    {line}")
        figures.exactly("lines in the log about it", len(told), 2)
        figures.exactly("tracebacks in the log", server.log().count("Traceback"), 0)


if __name__ == "__main__":
    sys.exit(main())
