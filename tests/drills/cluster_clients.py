"""Clients of equal servers: behind a relay agent that sends each packet to all of them, and straight to one."""

import random
import select
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sdhcp.wire import constants as c
from sdhcp.wire.errors import WireError
from sdhcp.wire.message import Message, decode, encode

from ..netns.yard import udp_socket
from ..samples import ip, message
from .lending import Ack, Journal

AGAIN = 1.0
"""Seconds after which a client repeats itself."""
CHOOSES = 0.25
"""Seconds for which a client waits for more OFFERs."""
ANEW = 3
"""REQUESTs without an answer after which a client begins with a DISCOVER again."""
TAKE, RENEW, REBIND = "take", "renew", "rebind"


@dataclass
class Task:
    """What one client is to do: take an address, renew it at one server, or rebind at all.

    :ivar outcome: "ACK", "NAK" or, at the end of its patience, "silence".
    :ivar node: the server that is asked, or was chosen, by number.
    """

    kind: str
    mac: bytes
    address: bytes = bytes(4)
    node: int = -1
    wish: bytes = b""
    """The address that it would like to take, if any."""
    stays: bool = False
    """Whether it asks no other server when this one is silent."""
    offers: list[tuple[int, bytes]] = field(default_factory=list)
    outcome: str = ""
    xid: bytes = b""
    began: float = 0.0
    due: float = 0.0
    ended: float = 0.0
    asked_at: float = 0.0
    """When the REQUEST was sent first, in seconds since the epoch: from then on a lease counts."""
    tries: int = 0


class Clients:
    """Clients that ask at the same time.

    :param space: the namespace where they and the relay agent are.
    :param nodes: the servers' addresses.
    :ivar heard: when each server last answered anything, of a monotonic clock.
    :ivar given_by: which server acknowledged a client's address last.
    :ivar naks: NAKs to anybody.
    :ivar apart: clients that were offered several addresses at once.
    """

    def __init__(self, space: str, agent: str, nodes: Sequence[str], journal: Journal, chance: random.Random) -> None:
        self._agent = ip(agent)
        self._nodes = list(nodes)
        self._number_of = {ip(node): number for number, node in enumerate(nodes)}
        self.journal = journal
        self._chance = chance
        self._relay = udp_socket(space, agent, 67)
        self._own = udp_socket(space, "0.0.0.0", 68)
        for one in (self._relay, self._own):
            one.setsockopt(1, 33, 1 << 23)  # SO_RCVBUFFORCE
            one.setblocking(False)
        self._xid = 0
        self._open: dict[bytes, Task] = {}
        self.busy: set[bytes] = set()
        self.heard = [0.0] * len(nodes)
        self.given_by: dict[bytes, int] = {}
        self.naks = self.apart = 0

    def close(self) -> None:
        self._relay.close()
        self._own.close()

    def release(self, ack: Ack, node: int) -> None:
        """Give an address back to one of the servers."""
        self.journal.released(ack.address)
        self._straight(node, c.RELEASE, {c.SERVER_IDENTIFIER: ip(self._nodes[node])}, ack.mac, ack.address)

    def do(self, tasks: Iterable[Task | None], window: int, patience: float) -> list[Task]:
        """Have clients ask, so many at a time; all of them when they are through.

        :param tasks: None for one that is not there yet.
        """
        waiting, through, more = iter(tasks), [], True
        while more or self._open:
            now = time.monotonic()
            while more and len(self._open) < window:
                task = next(waiting, False)
                if task is False:
                    more = False
                elif task is None:
                    break
                elif isinstance(task, Task):
                    self.busy.add(task.mac)
                    task.began = now
                    self._ask(task, now)
            for task in [task for task in self._open.values() if task.due <= now]:
                if now - task.began >= patience:
                    self._end(task, "silence", through)
                else:
                    self._go_on(task, now)
            if select.select([self._relay, self._own], [], [], 0.01)[0]:
                self._hear(through)
        return through

    def _begin(self, task: Task) -> None:
        """Give a task another transaction: what was asked before is not listened to any more."""
        self._open.pop(task.xid, None)
        self._xid += 1
        task.xid = self._xid.to_bytes(4, "big")
        self._open[task.xid] = task
        task.offers.clear()
        task.asked_at = 0.0
        task.tries = 0

    def _ask(self, task: Task, now: float) -> None:
        if not task.tries:
            self._begin(task)
        task.tries += 1
        task.due = now + AGAIN
        if task.kind != TAKE:
            task.asked_at = task.asked_at or time.time()
        if task.kind == TAKE:
            wish = {c.REQUESTED_ADDRESS: task.wish} if task.wish else {}
            self._to_all(c.DISCOVER, {**wish, c.PARAMETER_REQUEST_LIST: b"\1\3\6\x0f"}, task)
        elif task.kind == REBIND:
            self._to_all(c.REQUEST, {}, task, ciaddr=task.address)
        else:
            self._straight(task.node, c.REQUEST, {}, task.mac, task.address, task.xid)

    def _go_on(self, task: Task, now: float) -> None:
        """What a client does that has waited for long enough."""
        if task.kind == TAKE and task.offers and task.tries <= ANEW:
            if not task.asked_at:
                task.asked_at = time.time()
                task.tries = 0
                task.node, task.address = self._chance.choice(task.offers)
                self.apart += len({address for _, address in task.offers}) > 1
            task.tries += 1
            task.due = now + AGAIN
            chosen = {c.REQUESTED_ADDRESS: task.address, c.SERVER_IDENTIFIER: ip(self._nodes[task.node])}
            self._to_all(c.REQUEST, chosen, task)
            return
        if task.kind == TAKE and task.offers:
            task.tries = 0
        if task.kind == RENEW and not task.stays:
            task.node = (task.node + 1) % len(self._nodes)
        self._ask(task, now)

    def _to_all(self, kind: int, options: dict[int, bytes], task: Task, **fields: Any) -> None:
        """The relay agent: what it hears goes to every server."""
        data = encode(message(kind, options, giaddr=self._agent, hops=1, xid=task.xid, chaddr=task.mac, **fields))
        for node in self._nodes:
            self._relay.sendto(data, (node, 67))

    def _straight(
        self, node: int, kind: int, options: dict[int, bytes], mac: bytes, ciaddr: bytes, xid: bytes = b"\0\0\0\0"
    ) -> None:
        self._own.sendto(encode(message(kind, options, xid=xid, chaddr=mac, ciaddr=ciaddr)), (self._nodes[node], 67))

    def _end(self, task: Task, outcome: str, through: list[Task]) -> None:
        task.outcome, task.ended = outcome, time.monotonic()
        self._open.pop(task.xid, None)
        self.busy.discard(task.mac)
        through.append(task)

    def _hear(self, through: list[Task]) -> None:
        for one in (self._relay, self._own):
            while True:
                try:
                    data, (source, _) = one.recvfrom(2048)
                except OSError:  # nothing more, or a server's machine that says its port is closed
                    break
                try:
                    reply = decode(data)
                except WireError:
                    continue
                node = self._number_of.get(ip(source))
                if node is not None:
                    self.heard[node] = time.monotonic()
                    self._take(reply, node, through)

    def _take(self, reply: Message, node: int, through: list[Task]) -> None:
        kind = reply.message_type
        self.naks += kind == c.NAK
        task = self._open.get(reply.xid)
        if task is None or task.mac != reply.chaddr[:6]:
            return
        if kind == c.OFFER and task.kind == TAKE and not task.asked_at:
            task.offers.append((node, reply.yiaddr))
            now = time.monotonic()
            task.due = now if len(task.offers) == len(self._nodes) else min(task.due, now + CHOOSES)
        elif kind == c.NAK:
            self._end(task, "NAK", through)
        elif kind == c.ACK:
            lease_time = int.from_bytes(reply.options[c.LEASE_TIME], "big")
            self.journal.write(Ack(task.asked_at, task.mac, reply.yiaddr, lease_time, task.mac))
            self.given_by[task.mac] = node
            self._end(task, "ACK", through)
