"""Processes that attack a web console for the time of a block, and say what became of it."""

import json
import random
import selectors
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from ..netns.yard import ROOT

SLOW = 500
"""Connections that send an octet now and then."""
PAUSE = 10.0
"""Seconds between two octets of one of them."""
SOURCES = 50
"""Addresses that they come from, 127.0.1.x."""
HUGE = 100_000_000
HEAD = b" HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
_TRICKLED = b"GET / HTTP/1.1\r\nX-Slow: "


class Attack:
    """What an attack came to, once its block is over.

    :ivar found: figures by name.
    """

    def __init__(self) -> None:
        self.found: dict[str, Any] = {}


@contextmanager
def attack(kind: str, port: int, seconds: float) -> Iterator[Attack]:
    """An attack of :data:`KINDS` from another process; the block ends no sooner than it."""
    command = [sys.executable, "-m", "tests.drills.console_attacks", kind, str(port), str(seconds)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    made = Attack()
    try:
        yield made
        output, _ = process.communicate(timeout=seconds + 60)
        made.found = json.loads(output)
    finally:
        process.kill()
        process.wait()


class Slow:
    """One connection that never gets to the end of its head."""

    def __init__(self, port: int, source: str, now: float) -> None:
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.bind((source, 0))
        self.socket.connect_ex(("127.0.0.1", port))
        self.began = now
        self.sent = 0

    def send(self, now: float) -> None:
        """One more octet, if it is time."""
        if now - self.began < self.sent * PAUSE:
            return
        # Until it is connected nothing can be sent.
        with suppress(OSError):
            self.sent += self.socket.send(_TRICKLED[self.sent : self.sent + 1])
            if self.sent == 1:
                self.began = now

    def is_closed(self) -> bool:
        try:
            return not self.socket.recv(4096)
        except BlockingIOError:
            return False
        except OSError:
            return True


def trickle(port: int, seconds: float) -> dict[str, Any]:
    """500 connections that send an octet every 10 s, each made anew some seconds after it was closed."""
    chance = random.Random(port)
    end = time.monotonic() + seconds
    watched = selectors.DefaultSelector()
    slow: list[Slow] = []
    again: list[tuple[float, str]] = [(0.0, f"127.0.1.{1 + number % SOURCES}") for number in range(SLOW)]
    longest, closed = 0.0, 0
    while (now := time.monotonic()) < end:
        due = [source for at, source in again if at <= now]
        again = [(at, source) for at, source in again if at > now]
        for source in due:
            one = Slow(port, source, now)
            slow.append(one)
            watched.register(one.socket, selectors.EVENT_READ, one)
        for key, _ in watched.select(0.05):
            one = key.data
            if one.is_closed():
                watched.unregister(one.socket)
                slow.remove(one)
                longest, closed = max(longest, now - one.began if one.sent else 0.0), closed + 1
                again.append((now + chance.uniform(1, PAUSE), one.socket.getsockname()[0]))
                one.socket.close()
        for one in slow:
            one.send(now)
    open_for = max((time.monotonic() - one.began for one in slow if one.sent), default=0.0)
    return {"longest": max(longest, open_for), "closed": closed}


def answered(port: int, data: bytes, more: Iterable[bytes] = ()) -> str:
    """The status that comes back, "closed" if none does."""
    came = b""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 30) as one:
        with suppress(ConnectionError):
            one.sendall(data)
            for piece in more:
                one.sendall(piece)
        while len(came) < 64 and (piece := one.recv(4096)):
            came += piece
        # Whoever is in haste resets what the other still sends.
        while one.recv(1 << 20):
            pass
    return came.split(b" ")[1].decode() if came.startswith(b"HTTP/1.1 ") else "closed"


def brackets(port: int) -> str:
    """20,000 nested brackets as the JSON of a request."""
    body = b"[" * 20_000
    kind = b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
    return answered(port, b"POST /api/v1/explain" + HEAD + kind + body)


def long_line(port: int) -> str:
    """The same in the first line."""
    return answered(port, b"GET /api/v1/leases?find=" + b"[" * 20_000 + HEAD + b"\r\n")


def announced(port: int) -> str:
    """A body of 100 MB whose length is told before."""
    head = b"POST /api/v1/reload" + HEAD + b"Content-Length: %d\r\n\r\n" % HUGE
    return answered(port, head, (b"x" * 65536 for _ in range(HUGE // 65536)))


def chunked(port: int) -> str:
    """One whose length is not."""
    head = b"POST /api/v1/reload" + HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
    piece = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    return answered(port, head, (piece for _ in range(HUGE // 65536)))


def log_page(port: int) -> str:
    """The page of the log."""
    return answered(port, b"GET /console/log" + HEAD + b"\r\n")


def again_and_again(ask: Callable[[int], str], pause: float) -> Callable[[int, float], dict[str, Any]]:
    """Something that is asked for every so many seconds."""

    def asked(port: int, seconds: float) -> dict[str, Any]:
        end = time.monotonic() + seconds
        statuses: Counter[str] = Counter()
        while time.monotonic() < end:
            statuses[ask(port)] += 1
            time.sleep(pause)
        return dict(statuses)

    return asked


KINDS: dict[str, Callable[[int, float], dict[str, Any]]] = {
    "trickle": trickle,
    "brackets": again_and_again(brackets, 0.05),
    "long line": again_and_again(long_line, 0.05),
    "announced": again_and_again(announced, 0.05),
    "chunked": again_and_again(chunked, 0.05),
    "log": again_and_again(log_page, 1.0),
}


if __name__ == "__main__":
    print(json.dumps(KINDS[sys.argv[1]](int(sys.argv[2]), float(sys.argv[3]))))
