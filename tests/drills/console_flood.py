"""Slow connections, nested brackets, huge bodies and a long log at the web console, beside clients that are served.

How long a client waits is measured in turns, without and with each of them.
"""

import http.client
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

from sdhcp.web.limits import CONNECTIONS, PER_ADDRESS
from sdhcp.wire import constants as c
from sdhcp.wire.message import encode

from ..loopback import INI_CONF, LINK, Running, running
from ..netns.yard import wait_for
from ..samples import message
from .console_attacks import attack
from .drill import SERVED, Figures, arguments, short
from .resource_limits import free_tcp_port

LINES = 10_000
CLOSED_WITHIN = 30
GRACE = 1.0
"""Milliseconds: so much and less is no difference that can be told, whatever part of a wait it is."""
CONF = """
WEB_ENABLED = True
WEB_PORT = {port}
WEB_LOG_HISTORY = {lines}
LOG_CONSOLE_SEVERITY = "WARN"
import logging
def init():
    for number in range({lines}):
        logging.getLogger("drill").info("line %d of a log that is long, with <what> is & has to be escaped", number)
"""


def waits(server: Running, seconds: float, rate: float) -> list[float]:
    """How long a client waited for each OFFER, in milliseconds; it asks evenly, whatever became of the last one."""
    found: list[float] = []
    data = encode(message(c.DISCOVER, giaddr=LINK, chaddr=SERVED))
    server.agent.settimeout(1)
    began = time.perf_counter()
    for number in range(int(seconds * rate)):
        due = began + number / rate
        time.sleep(max(0.0, due - time.perf_counter()))
        server.send(data)
        try:
            server.agent.recv(65535)
        except TimeoutError:
            found.append(1000.0)
        else:
            found.append((time.perf_counter() - due) * 1000)
    return found


def p99(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.99)]


def usual(times: list[float], rate: float) -> float:
    """What 99 of 100 waits are at most in two seconds, in a quiet one of such pieces: three of four are no quieter.

    What else the machine does for a moment is not in it.
    """
    step = max(1, int(2 * rate))
    pieces = sorted(p99(times[at : at + step]) for at in range(0, len(times), step))
    return pieces[len(pieces) // 4]


class Turns:
    """Measures what an attack costs clients."""

    def __init__(self, figures: Figures, server: Running, port: int, rate: float) -> None:
        self._figures = figures
        self._server = server
        self._port = port
        self._rate = rate

    def measure(self, kind: str, turns: int, seconds: float, without: float) -> dict[str, float]:
        """Measure in so many turns; what the attacks came to, all together."""
        plain: list[float] = []
        under: list[float] = []
        found: dict[str, float] = {}
        used = 0.0
        for _ in range(turns):
            plain += waits(self._server, without / 2, self._rate)
            with attack(kind, self._port, seconds) as made:
                time.sleep(0.5)
                began = self._server.processor_time()
                under += waits(self._server, seconds - 0.5, self._rate)
                used += self._server.processor_time() - began
            for name, value in made.found.items():
                found[name] = found.get(name, 0) + value
            plain += waits(self._server, without / 2, self._rate)
        before, after = usual(plain, self._rate), usual(under, self._rate)
        self._figures.show("of a processor while it lasts", f"{short(100 * used / turns / (seconds - 0.5))} %")
        self._figures.show("99 of 100 waits without it are at most", f"{short(before)} ms")
        self._figures.at_most("with it", after, max(before * 1.1, before + GRACE), "ms")
        self._figures.show("in all, without and with it", f"{short(p99(plain))} and {short(p99(under))} ms")
        self._figures.exactly("questions without an answer", under.count(1000.0), 0)
        return found


def answers(figures: Figures, found: dict[str, float], *wanted: str) -> None:
    """What was answered, and nothing but what is wanted."""
    figures.show("answers", ", ".join(f"{int(count)} x {status}" for status, count in sorted(found.items())))
    figures.exactly("other answers than that", sum(count for one, count in found.items() if one not in wanted), 0)


def console_is_there(port: int) -> bool:
    """Whether somebody at an address that does nothing wrong gets a page."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5, source_address=("127.0.0.9", 0))) as one:
        try:
            one.request("GET", "/api/v1/health/live")
            return one.getresponse().status == 200
        except OSError:
            return False


@contextmanager
def counted(server: Running) -> Iterator[list[int]]:
    """How many connections the server has, again and again, for the time of a block."""
    files = f"/proc/{server.process.pid}/fd"
    before = len(os.listdir(files))
    found = [0]
    is_over = threading.Event()

    def count() -> None:
        # Looking costs the server something too.
        while not is_over.wait(3):
            found.append(len(os.listdir(files)) - before)

    counting = threading.Thread(target=count)
    counting.start()
    try:
        yield found
    finally:
        is_over.set()
        counting.join()


def main() -> int:
    given = arguments(__doc__, seconds=35.0, turns=3, turn=4.0, rate=200.0)
    figures = Figures("a web console that is flooded")
    port = free_tcp_port()
    with running(INI_CONF + CONF.format(port=port, lines=LINES)) as server:
        wait_for("the console is there", lambda: console_is_there(port))
        waits(server, 1, given.rate)
        turns = Turns(figures, server, port, given.rate)
        resident = server.resident()

        figures.part("500 connections from 50 addresses that send one octet of their head every 10 s")
        with counted(server) as most:
            found = turns.measure("trickle", 1, given.seconds, 10.0)
        figures.at_most("most at a time", max(most), CONNECTIONS)
        figures.at_most("longest that one was open", found["longest"], CLOSED_WITHIN, "s")
        figures.show("closed", int(found["closed"]))

        figures.part("20,000 nested brackets as JSON of a request")
        answers(figures, turns.measure("brackets", given.turns, given.turn, given.turn), "400")
        figures.part("20,000 brackets in the first line")
        answers(figures, turns.measure("long line", given.turns, given.turn, given.turn), "400")
        figures.part("a body of 100 MB, announced")
        answers(figures, turns.measure("announced", given.turns, given.turn, given.turn), "413")
        figures.part("a body of 100 MB in chunks")
        answers(figures, turns.measure("chunked", given.turns, given.turn, given.turn), "413")
        figures.part(f"a page of {LINES} lines of the log, each second")
        answers(figures, turns.measure("log", given.turns, given.turn, given.turn), "200")

        figures.part("afterwards")
        wait_for("the console is there", lambda: console_is_there(port))
        one_address = [socket.create_connection(("127.0.0.1", port)) for _ in range(2 * PER_ADDRESS)]
        time.sleep(1)
        figures.at_most("connections that one address has of 64", sum(map(is_open, one_address)), PER_ADDRESS)
        for one in one_address:
            one.close()
        figures.at_most("memory it has got more", (server.resident() - resident) / 1e6, 50, "MB")
        figures.exactly("tracebacks in the log", server.log().count("Traceback"), 0)
        figures.exactly("exit status after SIGTERM", server.stop(), 0)
    return figures.status()


def is_open(connection: socket.socket) -> bool:
    """Whether the server has not closed it."""
    connection.setblocking(False)
    try:
        return bool(connection.recv(1))
    except BlockingIOError:
        return True
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main())
