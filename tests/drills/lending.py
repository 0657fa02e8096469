"""A server with a pool on the loopback interface, and crowds of clients behind a relay agent that it lends to."""

import json
import select
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sdhcp.wire import constants as c
from sdhcp.wire.errors import WireError
from sdhcp.wire.message import decode, encode

from ..loopback import CONF, INI, INI_CONF, Running
from ..netns.yard import ROOT
from ..samples import ip, message

AGENT = "127.0.0.4"
"""The relay agent that they are behind."""
SERVER = ip("127.0.0.1")
POOL = """
from sdhcp.pools import Pool

POOLS = [
    Pool("guests", {ranges!r}, subnet="127.0.0.0/16", gateway="127.0.0.4", lease_time={lease_time}, probe=False),
]
LOG_CONSOLE_SEVERITY = "WARN"
"""
RANGES = "127.0.16.0-127.0.31.159"
"""Four thousand addresses."""


def conf_of(ranges: str = RANGES, lease_time: int = 3600, more: str = "") -> str:
    """What conf.py says beside where the server listens."""
    return INI_CONF + POOL.format(ranges=ranges, lease_time=lease_time) + more


class Server(Running):
    """A server in a folder that may have leases from before.

    :ivar began: when its process was started.
    """

    def __init__(self, folder: Path, conf: str) -> None:
        (folder / "output").unlink(missing_ok=True)
        self.began = time.monotonic()
        super().__init__(folder, conf, {"dhcp.ini": INI})

    def kill(self) -> None:
        """End it as a power switch does, but for what the kernel holds."""
        self.process.kill()
        self.process.wait()


@contextmanager
def lending(folder: Path, conf: str, kind: type[Server] = Server) -> Iterator[Server]:
    """A server for the time of a block; its leases stay."""
    server = kind(folder, conf)
    try:
        yield server
    finally:
        server.close()


def kept(folder: Path, conf: str) -> dict[bytes, tuple[str, str, float]]:
    """What the store of a server that does not run holds: client, state and end of each lease, by address."""
    (folder / "kept.py").write_text(CONF.format(port=67) + conf, encoding="utf-8")
    command = [sys.executable, "-m", "tests.drills.kept", str(folder / "kept.py")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode:
        raise AssertionError(f"the store cannot be read:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    rows: list[list[Any]] = json.loads(done.stdout)
    return {bytes.fromhex(address): (client, state, expires) for address, client, state, expires in rows}


@dataclass
class Ack:
    """What a client was told."""

    at: float
    """Seconds since the epoch."""
    mac: bytes
    address: bytes
    lease_time: int
    who: bytes
    """The client's identifier, or its hardware address."""


class Journal:
    """Every ACK, and what is wrong with them taken together.

    :ivar acks: in the order in which they came.
    :ivar held: who has which address, as far as clients know.
    :ivar duplicates: ACKs of addresses that another client had.
    """

    def __init__(self) -> None:
        self.acks: list[Ack] = []
        self.held: dict[bytes, Ack] = {}
        self.duplicates = 0

    def write(self, ack: Ack) -> None:
        before = self.held.get(ack.address)
        if before is not None and before.who != ack.who and before.at + before.lease_time > ack.at:
            self.duplicates += 1
        self.acks.append(ack)
        self.held[ack.address] = ack

    def released(self, address: bytes) -> None:
        """A RELEASE is under way: from now on nobody knows whether the server has heard of it."""
        self.held.pop(address, None)


@dataclass
class Job:
    """What one client is to do.

    :ivar outcome: "ACK", "NAK", "OFFER" or, at the end of its patience, "silence".
    """

    mac: bytes
    kind: int = c.DISCOVER
    options: dict[int, bytes] = field(default_factory=dict)
    ciaddr: bytes = bytes(4)
    fields: dict[str, Any] = field(default_factory=dict)
    """Further fields of the message's header."""
    to_the_end: bool = True
    """Whether an OFFER is followed by a REQUEST."""
    outcome: str = ""
    address: bytes = bytes(4)
    began: float = 0.0
    ended: float = 0.0
    due: float = 0.0
    last: bytes = b""


def wants_offer(mac: bytes, wish: bytes) -> Job:
    """A stranger that asks for an address by name."""
    return Job(mac, options={c.REQUESTED_ADDRESS: wish}, to_the_end=False)


def selects(mac: bytes, wish: bytes) -> Job:
    """A client that takes an address of this server which it may never have been offered."""
    return Job(mac, c.REQUEST, {c.REQUESTED_ADDRESS: wish, c.SERVER_IDENTIFIER: SERVER})


def reboots(ack: Ack) -> Job:
    """A client that asks whether it may have its address of before."""
    return Job(ack.mac, c.REQUEST, {c.REQUESTED_ADDRESS: ack.address})


def renews(ack: Ack) -> Job:
    """A client that extends its lease."""
    return Job(ack.mac, c.REQUEST, ciaddr=ack.address)


class Crowd:
    """Clients that ask at the same time.

    :param journal: where their ACKs are written.
    """

    def __init__(self, port: int, journal: Journal) -> None:
        self._to = ("127.0.0.1", port)
        self._port = port
        self.journal = journal
        self._number = 0
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self._socket.bind((AGENT, port))
        self._socket.setblocking(False)
        self._open: dict[bytes, Job] = {}

    def close(self) -> None:
        self._socket.close()

    def release(self, ack: Ack) -> None:
        """Give an address back, unless its client waits for an answer, that would come after it."""
        if any(job.mac == ack.mac for job in self._open.values()):
            return
        self.journal.released(ack.address)
        self._send(c.RELEASE, {c.SERVER_IDENTIFIER: SERVER}, chaddr=ack.mac, ciaddr=ack.address)

    def do(
        self, jobs: Iterable[Job], window: int = 32, again: float = 1.0, patience: float = 10.0, until: float = 0.0
    ) -> list[Job]:
        """Have clients ask, so many at a time; those that are through.

        :param again: seconds after which what has no answer is sent again.
        :param patience: seconds after which nobody waits any more.
        :param until: when to stop in the midst of it; :meth:`drain` has what is under way then.
        """
        waiting, through = iter(jobs), []
        timers: deque[Job] = deque()
        self._open.clear()
        more = True
        while True:
            now = time.monotonic()
            if until and now >= until:
                return through
            while more and len(self._open) < window:
                job = next(waiting, None)
                if job is None:
                    more = False
                    break
                self._begin(job, now)
                job.due = now + again
                timers.append(job)
            if not more and not self._open:
                return through
            while timers and timers[0].due <= now:
                job = timers.popleft()
                if job.outcome:
                    continue
                if now - job.began >= patience:
                    job.outcome, job.ended = "silence", now
                    self._open.pop(job.last[4:8], None)
                    through.append(job)
                    continue
                self._socket.sendto(job.last, self._to)
                job.due = now + again
                timers.append(job)
            if select.select([self._socket], [], [], 0.02)[0]:
                through.extend(self._hear())

    def drain(self) -> list[Job]:
        """What had been answered when it was stopped."""
        return self._hear(goes_on=False)

    def _begin(self, job: Job, now: float) -> None:
        self._number += 1
        job.began = now
        xid = self._number.to_bytes(4, "big")
        self._open[xid] = job
        job.last = self._send(job.kind, job.options, xid=xid, chaddr=job.mac, ciaddr=job.ciaddr, **job.fields)

    def _send(self, kind: int, options: dict[int, bytes], **fields: Any) -> bytes:
        data = encode(message(kind, options, giaddr=ip(AGENT), hops=1, **fields))
        self._socket.sendto(data, self._to)
        return data

    def _hear(self, goes_on: bool = True) -> list[Job]:
        through = []
        while True:
            try:
                data = self._socket.recv(2048)
            except (BlockingIOError, ConnectionRefusedError):
                return through
            try:
                reply = decode(data)
            except WireError:
                continue
            job = self._open.get(reply.xid)
            if job is None or job.mac != reply.chaddr[: len(job.mac)]:
                continue
            kind = reply.message_type
            if kind == c.OFFER and job.to_the_end:
                if goes_on and job.kind == c.DISCOVER:
                    job.kind = c.REQUEST
                    wanted = {c.REQUESTED_ADDRESS: reply.yiaddr, c.SERVER_IDENTIFIER: reply.options[54]}
                    job.options = {**job.options, **wanted}
                    job.last = self._send(c.REQUEST, job.options, xid=reply.xid, chaddr=job.mac, **job.fields)
                continue
            job.outcome, job.address = c.MESSAGE_NAMES[kind or 0], reply.yiaddr
            job.ended = time.monotonic()
            del self._open[reply.xid]
            if kind == c.ACK:
                lease_time = int.from_bytes(reply.options[51], "big")
                who = job.options.get(c.CLIENT_IDENTIFIER) or job.mac
                self.journal.write(Ack(time.time(), job.mac, reply.yiaddr, lease_time, who))
            through.append(job)


def count(jobs: Iterable[Job], outcome: str) -> int:
    """How many ended in some way."""
    return sum(job.outcome == outcome for job in jobs)
