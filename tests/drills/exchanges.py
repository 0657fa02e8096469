"""Many clients behind one relay agent, whole exchanges at a rate: what came of each, and how long it took.

python -m tests.drills.exchanges PORT CLIENTS RATE SECONDS FIRST VIA  prints one JSON object.
"""

import json
import select
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Sequence
from typing import Any, NamedTuple

from sdhcp.wire import constants as c
from sdhcp.wire.message import encode

from ..netns.yard import ROOT
from ..samples import ip, message

AGENT = "127.0.0.4"
"""The relay agent that they are behind."""
BASE = 0x02005E100000
LOST = 2.0
"""Seconds without an answer after which one is held to be lost."""
_TYPE, _CHADDR, _XID = 242, 28, 4


def mac(number: int) -> bytes:
    """The hardware address of one of the clients."""
    return (BASE + number).to_bytes(6, "big")


class Outcome(NamedTuple):
    """What came of the exchanges; times are milliseconds from DISCOVER to ACK, or to the OFFER."""

    begun: int
    acknowledged: int
    refused: int
    unanswered: int
    wrong: int
    p99: float
    worst: float
    offered: int
    longest_offer: float


def _quantile(times: Sequence[float], share: float) -> float:
    ordered = sorted(times) or [0.0]
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000


def exchange(
    port: int, clients: int, rate: float, seconds: float, first: int = 0, via: str = AGENT, patience: float = LOST
) -> Outcome:
    """Begin exchanges evenly, client after client, and wait for the last of them.

    :param via: the relay agent's address.
    """
    wanted = {55: b"\1\3\6\x0f"}
    discover = bytearray(encode(message(c.DISCOVER, wanted, giaddr=ip(via))))
    chosen = {50: bytes(4), 54: bytes(4), **wanted}
    request = bytearray(encode(message(c.REQUEST, chosen, giaddr=ip(via))))
    address, server = request.index(b"\x32\x04") + 2, request.index(b"\x36\x04") + 2
    open_: dict[int, tuple[float, int]] = {}
    begun_at: deque[tuple[float, int]] = deque()
    given: dict[int, bytes] = {}
    times: list[float] = []
    offers: list[float] = []
    begun = refused = unanswered = wrong = 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as agent:
        agent.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        agent.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        agent.bind((via, port))
        agent.setblocking(False)
        to = ("127.0.0.1", port)
        began = time.perf_counter()
        while True:
            now = time.perf_counter()
            due = min(int((now - began) * rate), int(seconds * rate))
            while begun < due:
                client = first + begun % clients
                discover[_XID : _XID + 4] = begun.to_bytes(4, "big")
                discover[_CHADDR : _CHADDR + 6] = mac(client)
                open_[begun] = (now, client)
                begun_at.append((now, begun))
                agent.sendto(discover, to)
                begun += 1
            while begun_at and now - begun_at[0][0] > patience:
                unanswered += open_.pop(begun_at.popleft()[1], None) is not None
            if begun >= int(seconds * rate) and not open_:
                p99, worst, last = _quantile(times, 0.99), _quantile(times, 1), _quantile(offers, 1)
                return Outcome(begun, len(times), refused, unanswered, wrong, p99, worst, len(offers), last)
            if not select.select([agent], [], [], 0.001)[0]:
                continue
            while True:
                try:
                    data = agent.recv(2048)
                except BlockingIOError:
                    break
                number = int.from_bytes(data[_XID : _XID + 4], "big")
                known = open_.get(number)
                if known is None:
                    continue
                kind = data[_TYPE]
                if kind == c.OFFER:
                    offers.append(time.perf_counter() - known[0])
                    request[_XID : _XID + 4] = data[_XID : _XID + 4]
                    request[_CHADDR : _CHADDR + 6] = mac(known[1])
                    request[address : address + 4] = data[16:20]
                    at = data.index(b"\x36\x04", 240) + 2
                    request[server : server + 4] = data[at : at + 4]
                    agent.sendto(request, to)
                elif kind in (c.ACK, c.NAK):
                    del open_[number]
                    if kind == c.NAK:
                        refused += 1
                    else:
                        times.append(time.perf_counter() - known[0])
                        # A client gets the same address each time.
                        wrong += given.setdefault(known[1], data[16:20]) != data[16:20]


def start(
    port: int, clients: int, rate: float, seconds: float, first: int = 0, via: str = AGENT
) -> "subprocess.Popen[str]":
    """The same in a process of its own; :func:`finish` has what came of it."""
    command = [sys.executable, "-m", "tests.drills.exchanges", *map(str, (port, clients, rate, seconds, first)), via]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def finish(process: "subprocess.Popen[str]", patience: float) -> Outcome:
    """What came of exchanges in another process."""
    output, _ = process.communicate(timeout=patience)
    values: dict[str, Any] = json.loads(output)
    return Outcome(**values)


if __name__ == "__main__":
    port_, clients_, rate_, seconds_, first_, via_ = sys.argv[1:7]
    print(json.dumps(exchange(int(port_), int(clients_), float(rate_), float(seconds_), int(first_), via_)._asdict()))
