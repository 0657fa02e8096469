"""Figures with their bars, and the floods that several drills send."""

import argparse
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sdhcp.logs import FLUSH, PACKET_LINES
from sdhcp.severity import rank
from sdhcp.wire import constants as c
from sdhcp.wire.message import encode

from ..loopback import INI_CONF, Running
from ..netns.yard import ROOT
from ..samples import ip, message

NEEDS_ROOT = 3
SINK = "127.0.0.3"
"""The relay agent that a flood names: nobody reads there."""
SERVED = bytes.fromhex("02005e000101")
MARK = b"\xfe" * 255
"""Where a client identifier is put into a DISCOVER."""
FLOODED = (
    INI_CONF
    + """
ENABLE_SUSPEND = True
UNAUTHORIZED_CLIENT_TIMEOUT = 60
LOG_CONSOLE_SEVERITY = {severity!r}
"""
)
"""The settings of a server that is flooded."""


def short(number: float) -> str:
    """A number with four figures, but a large one whole."""
    return f"{number:.4g}" if abs(number) < 1000 else f"{number:.0f}"


class Figures:
    """What a drill measured."""

    def __init__(self, title: str) -> None:
        self.failed = 0
        print(title, flush=True)

    def part(self, title: str) -> None:
        """Begin a part of the drill."""
        print(f" {title}", flush=True)

    def show(self, what: str, value: object, bar: str = "", reached: bool = True) -> None:
        """Print one figure; one whose bar was not reached fails the drill."""
        self.failed += not reached
        verdict = f"   [{bar}: {'yes' if reached else 'NO'}]" if bar else ""
        shown = f"{value:.3f}" if isinstance(value, float) else value
        print(f"  {what:<58} {shown}{verdict}", flush=True)

    def at_most(self, what: str, value: float, most: float, unit: str = "") -> None:
        self.show(what, f"{short(value)} {unit}".strip(), f"at most {short(most)} {unit}".strip(), value <= most)

    def at_least(self, what: str, value: float, least: float, unit: str = "") -> None:
        self.show(what, f"{short(value)} {unit}".strip(), f"at least {short(least)} {unit}".strip(), value >= least)

    def exactly(self, what: str, value: object, wanted: object) -> None:
        self.show(what, value, f"{wanted}", value == wanted)

    def log_lines(self, what: str, lines: int, severity: str, rate: float, seconds: float) -> None:
        """How long a log got while packets came in at some rate."""
        packets = 0.0
        if rank(severity) <= rank("INFO"):
            # A line for a packet, and no more of them than the log writes in a round.
            packets = min(rate, PACKET_LINES / FLUSH)
        self.at_most(what, lines, 100 + (packets + 20) * seconds)

    def status(self) -> int:
        print("all bars reached" if not self.failed else f"{self.failed} bars NOT reached", flush=True)
        return 1 if self.failed else 0


def arguments(text: str, **defaults: float | str) -> argparse.Namespace:
    """The command line: each default is an option that takes a value of its kind."""
    parser = argparse.ArgumentParser(description=text)
    for name, default in defaults.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(default), default=default)
    return parser.parse_args()


def needs_root() -> None:
    """End with status 3 where the drill cannot be done."""
    if os.geteuid():
        print("needs root, to make network namespaces")
        sys.exit(NEEDS_ROOT)


@contextmanager
def flood(port: int, macs: str, rate: int, seconds: float) -> Iterator["subprocess.Popen[bytes]"]:
    """DISCOVERs from another process for the time of a block.

    :param macs: one hardware address in hexadecimal, or "random": every second DISCOVER has one of its own,
        the others none at all but a client identifier of 255 octets of its own.
    """
    command = [sys.executable, "-m", "tests.drills.drill", str(port), macs, str(rate), str(seconds)]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def send_flood(port: int, macs: str, rate: int, seconds: float) -> int:
    """Send DISCOVERs evenly; how many were sent."""
    chance = random.Random(port)
    sent = 0
    mac = None if macs == "random" else bytes.fromhex(macs)
    wanted = {55: b"\1\3\6\x0f"}
    whole = bytearray(encode(message(c.DISCOVER, wanted, giaddr=ip(SINK), chaddr=mac or bytes(6))))
    nameless = bytearray(
        encode(message(c.DISCOVER, {**wanted, 61: MARK}, giaddr=ip(SINK), htype=32, hlen=0, chaddr=bytes(6)))
    )
    at = nameless.index(MARK)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        out.bind((SINK, 0))
        began = time.perf_counter()
        while (elapsed := time.perf_counter() - began) < seconds:
            for _ in range(int(elapsed * rate) - sent):
                data = nameless if mac is None and sent % 2 else whole
                data[4:8] = chance.randbytes(4)
                if data is nameless:
                    data[at : at + len(MARK)] = chance.randbytes(len(MARK))
                elif mac is None:
                    data[28:34] = b"\2" + chance.randbytes(5)
                out.sendto(data, ("127.0.0.1", port))
                sent += 1
            time.sleep(0.002)
    return sent


class Patient:
    """A client with a reservation that asks for its address, and how long that took each time."""

    def __init__(self, server: Running) -> None:
        self._server = server
        self.times: list[float] = []
        self.unanswered = 0

    def ask(self) -> None:
        """One DISCOVER and its OFFER."""
        began = time.perf_counter()
        try:
            self._server.ask(c.DISCOVER, chaddr=SERVED)
        except AssertionError:
            self.unanswered += 1
        self.times.append(time.perf_counter() - began)

    def ask_every(self, seconds: float, until: Callable[[], bool]) -> None:
        """Ask again and again until something is so."""
        while not until():
            began = time.perf_counter()
            self.ask()
            time.sleep(max(0.0, seconds - (time.perf_counter() - began)))


if __name__ == "__main__":
    send_flood(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))
