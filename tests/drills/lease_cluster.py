"""Three equal servers on one store of leases: they are killed, and cut off from it, as clients come and go. Needs root.

A relay agent sends each packet to all three. Clients choose one of the OFFERs, renew at another server than the one
that gave them their address, rebind at all, give their addresses back and take others; some wish for one that is held.
"""

import random
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator

from ..netns.yard import yard
from .cluster import AGENT, MISSING, NODES, Cluster, Node
from .cluster_clients import REBIND, RENEW, TAKE, Clients, Task
from .drill import NEEDS_ROOT, Figures, arguments, needs_root
from .lending import Ack, Journal, kept

SLACK = 2.0
"""Seconds by which clocks and rounding may differ."""
WINDOW = 96
"""Clients that ask at the same time."""
PATIENCE = 30.0
BACK = 5.0
"""Seconds after which a client that gave its address back may come again: no server does anything for it any more."""
LOGGED = 2.0
"""Seconds after which what happened is in a log."""
LONGEST = 900.0
"""Seconds after which a drill ends whose servers do not answer again."""


class Load:
    """New clients one after the other; in between some of those that hold an address renew it or give it back.

    :param clients: how many there are at a time, about.
    :param over: whether the troubles are.
    """

    def __init__(self, clients: int, asking: Clients, chance: random.Random, over: Callable[[], bool]) -> None:
        self._clients, self._asking, self._chance, self._over = clients, asking, chance, over
        self._away: deque[tuple[float, bytes]] = deque()
        self._next = 0
        self._ends = time.monotonic() + LONGEST
        self.released = self.returned = 0

    def tasks(self) -> Iterator[Task | None]:
        """Until all are there and the troubles are over."""
        while (self._next < self._clients or not self._over()) and time.monotonic() < self._ends:
            held = self._asking.journal.held
            if len(held) + len(self._away) < self._clients:
                named = self._somebody() if self._chance.random() < 0.2 else None
                yield Task(TAKE, self._new(), wish=named.address if named is not None else b"")
            if self._away and self._away[0][0] <= time.monotonic():
                self.returned += 1
                yield Task(TAKE, self._away.popleft()[1])
            dice = self._chance.random()
            ack = self._somebody() if dice < 0.5 or len(held) >= self._clients else None
            if ack is None:
                yield None
            elif dice < 0.25:
                yield Task(RENEW, ack.mac, ack.address, self._another(ack))
            elif dice < 0.35:
                yield Task(REBIND, ack.mac, ack.address)
            else:
                self.released += 1
                self._asking.release(ack, self._chance.randrange(len(NODES)))
                if self._chance.random() < 0.5:
                    self._away.append((time.monotonic() + BACK, ack.mac))

    def _new(self) -> bytes:
        self._next += 1
        return b"\2" + self._next.to_bytes(5, "big")

    def _somebody(self) -> Ack | None:
        """One that holds an address and does nothing else."""
        acks = self._asking.journal.acks
        for _ in range(4 if acks else 0):
            ack = self._asking.journal.held.get(self._chance.choice(acks).address)
            if ack is not None and ack.mac not in self._asking.busy:
                return ack
        return None

    def _another(self, ack: Ack) -> int:
        return (self._asking.given_by[ack.mac] + self._chance.choice((1, 2))) % len(NODES)


class Troubles(threading.Thread):
    """Servers are killed and started again, one after the other; now and then one is cut off from the store.

    :ivar started: seconds from each start of a process until clients had an answer of it.
    :ivar joined: seconds from each end of a cut until then.
    :ivar told: lines about the store in the log of the server that was cut off, for each cut.
    """

    def __init__(self, nodes: list[Node], asking: Clients, chance: random.Random, kills: int, away: float) -> None:
        super().__init__(daemon=True)
        self._nodes, self._asking, self._chance = nodes, asking, chance
        self._kills, self._away = kills, away
        self.started: list[float] = []
        self.joined: list[float] = []
        self.told: list[int] = []
        self.error: BaseException | None = None

    def run(self) -> None:
        """All of it."""
        try:
            for number in range(self._kills):
                time.sleep(self._chance.uniform(0.5, 2))
                killed = self._nodes[number % len(self._nodes)]
                cut = self._nodes[(number + 1) % len(self._nodes)] if number % 3 == 0 else None
                before = 0
                if cut is not None:
                    before = len(about_the_store(cut.log()))
                    cut.cut_off()
                    time.sleep(self._chance.uniform(0.2, 1))
                killed.kill()
                time.sleep(self._chance.uniform(0.2, 2))
                began = time.monotonic()
                killed.start()
                self.started.append(self._answers(killed, began))
                if cut is not None:
                    time.sleep(self._away)
                    began = time.monotonic()
                    cut.join()
                    self.joined.append(self._answers(cut, began))
                    time.sleep(LOGGED)
                    self.told.append(len(about_the_store(cut.log())) - before)
        except BaseException as error:  # the drill tells of it, and fails
            self.error = error

    def _answers(self, node: Node, began: float) -> float:
        """Seconds until clients have heard of a server."""
        while self._asking.heard[node.number] <= began and time.monotonic() - began < 60:
            time.sleep(0.005)
        return max(self._asking.heard[node.number], began + 60 * (self._asking.heard[node.number] <= began)) - began


def drill(figures: Figures, cluster: Cluster, clients: int, kills: int, away: float, within: float, seed: int) -> None:
    chance, journal = random.Random(seed), Journal()
    for node in cluster.nodes:
        node.start()
    asking = Clients(cluster.clients, AGENT, NODES, journal, chance)
    troubles = Troubles(cluster.nodes, asking, random.Random(seed + 1), kills, away)
    load = Load(clients, asking, chance, lambda: not troubles.is_alive())
    began = time.monotonic()
    troubles.start()
    done = asking.do(load.tasks(), WINDOW, PATIENCE)
    troubles.join(60)
    took = time.monotonic() - began
    if troubles.error is not None:
        raise troubles.error
    figures.show("addresses that were acknowledged", f"{len(journal.acks)} in {took:.0f} s")
    for kind in (TAKE, RENEW, REBIND):
        figures.show(f"  of clients that {kind}", sum(task.kind == kind and task.outcome == "ACK" for task in done))
    figures.show("given back; of these clients came again", f"{load.released}; {load.returned}")
    figures.show("clients that were offered several addresses", asking.apart)
    figures.exactly("clients without an answer in the end", sum(task.outcome == "silence" for task in done), 0)
    figures.exactly("addresses that were lent twice", journal.duplicates, 0)
    figures.at_least("servers that were killed", len(troubles.started), kills)
    figures.at_most("longest start until the first answer", max(troubles.started), within, "s")
    figures.at_most("longest from the end of a cut until then", max(troubles.joined), within, "s")
    held = list(journal.held.values())
    figures.at_least("leases in the end", len(held), clients * 0.5)
    stored = kept(cluster.yard.folder, cluster.conf_by_socket())
    lost = [ack for ack in held if stored.get(ack.address, ("", "", 0.0))[:2] != (ack.mac.hex(":"), "bound")]
    short = [ack for ack in held if stored.get(ack.address, ("", "", 0.0))[2] + SLACK < ack.at + ack.lease_time]
    figures.exactly("of these, not in the store", len(lost), 0)
    figures.exactly("that end before the client was told they do", len(short), 0)
    for node in cluster.nodes:
        renewing = (Task(RENEW, ack.mac, ack.address, node.number, stays=True) for ack in held)
        renewed = asking.do(renewing, WINDOW, PATIENCE)
        figures.exactly(f"not renewed by {node.address}", sum(task.outcome != "ACK" for task in renewed), 0)
    figures.exactly("NAKs to anybody", asking.naks, 0)
    figures.exactly("addresses that were lent twice, in the end", journal.duplicates, 0)
    asking.close()
    logs = [log for node in cluster.nodes for log in (*node.logs, node.log())]
    lines = [line for log in logs for line in about_the_store(log)]
    for line in lines:
        print(f"    {line}")
    figures.exactly("cuts with other than two lines in the server's log", sum(many != 2 for many in troubles.told), 0)
    # A disk that others use may keep a store for longer than servers wait.
    figures.at_most("further lines about the store", len(lines) - sum(troubles.told), 2 * len(NODES))
    figures.exactly("tracebacks in the logs", sum(log.count("Traceback") for log in logs), 0)


def about_the_store(log: str) -> list[str]:
    """The lines of a log that say how the store is."""
    return [line for line in log.splitlines() if "leases in" in line]


def main() -> int:
    given = arguments(__doc__, store="all", clients=20_000, kills=20, away=6.0, within=5.0, seed=20261125)
    needs_root()
    status = 0
    for kind in MISSING if given.store == "all" else (given.store,):
        if MISSING[kind]:
            print(MISSING[kind])
            return NEEDS_ROOT
        with yard() as made:
            # So few more addresses than clients that they come round.
            cluster = Cluster(made, kind, given.clients + given.clients // 20 + 2 * WINDOW, 3600)
            try:
                figures = Figures(
                    f"three servers on one {kind} ({cluster.store.durable}), {given.clients} clients,"
                    f" {given.kills} kills, seed {given.seed}"
                )
                drill(figures, cluster, given.clients, given.kills, given.away, given.within, given.seed)
                status |= figures.status()
            finally:
                cluster.close()
    return status


if __name__ == "__main__":
    sys.exit(main())
