"""What viewers of the console cost the clients: 4-way exchanges a second, and latency, with and without them.

    sudo python -m benchmarks.viewers [--rounds 3] [--seconds 5] [--viewers 200] [--json FILE]

One server with its console, and the generator, as in ``exchanges.py``. In each round it is measured with nobody
looking, then while so many viewers are sent all events (``/console/live``) and one more takes none of them. The viewers
run on the generator's core, whose share of the closed loop they take; latency is measured at 1,000 exchanges a second.

Needs root and a C compiler.
"""

import argparse
import contextlib
import json
import selectors
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .exchanges import IN_FLIGHT, LATENCY_RATE, blast, start
from .link import CLIENT_CORE, SERVER_ADDRESS, Link, build_generator, stop
from .servers import ROOT, Sdhcp

PORT = 30880
OF_ONE_ADDRESS = 32
ASK = b"GET /console/live HTTP/1.1\r\nHost: %b\r\n\r\n" % SERVER_ADDRESS.encode()
MEASURED = ("exchanges_per_s", "p99", "p99_half")


class WithConsole(Sdhcp):
    """This server, with its console for everybody."""

    def argv(self, folder: Path, clients: int) -> list[str]:
        """Write what it needs and return how to start it."""
        command = super().argv(folder, clients)
        with (folder / "conf.py").open("a", encoding="utf-8") as conf:
            conf.write(f'\nWEB_ENABLED = True\nWEB_IP = "{SERVER_ADDRESS}"\nWEB_PORT = {PORT}\nWEB_INSECURE = True\n')
        return command


def watch(viewers: int) -> None:
    """Be so many viewers, and one that reads nothing, until SIGTERM; prints what came."""
    came = {"octets": 0, "events": 0, "lost": 0, "refused": 0}
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    slow = _connect(0, 4096)
    with selectors.DefaultSelector() as waiting, contextlib.closing(slow):
        for number in range(viewers):
            waiting.register(_connect(1 + number // OF_ONE_ADDRESS), selectors.EVENT_READ)
        print("watching", flush=True)
        try:
            while True:
                for key, _ in waiting.select():
                    one: Any = key.fileobj
                    data = one.recv(1 << 18)
                    came["octets"] += len(data)
                    came["events"] += data.count(b"event: ")
                    came["lost"] += data.count(b"event: lost")
                    came["refused"] += data.startswith(b"HTTP/1.1 5")
                    if not data:
                        waiting.unregister(one)
        finally:
            print(json.dumps(came), flush=True)


def _connect(number: int, room: int = 0) -> socket.socket:
    one = socket.socket()
    if room:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
    one.bind((_address(number), 0))
    one.connect((SERVER_ADDRESS, PORT))
    one.sendall(ASK)
    return one


def _address(number: int) -> str:
    return f"10.0.9.{1 + number}"


@contextlib.contextmanager
def watching(link: Link, viewers: int) -> Iterator[dict[str, int]]:
    """Viewers for the time of a block; then the result has what they were sent."""
    for number in range(2 + viewers // OF_ONE_ADDRESS):
        command = ["ip", "-n", link.client, "addr", "add", f"{_address(number)}/16", "dev", "vcli"]
        subprocess.run(command, capture_output=True, check=False)
    # Beside the generator, after which they stand: what is measured is not how fast they read.
    place = ["ip", "netns", "exec", link.client, "taskset", "-c", str(CLIENT_CORE), "nice", "-n", "19"]
    command = [*place, sys.executable, "-m", "benchmarks.viewers", "--watch", str(viewers)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    came: dict[str, int] = {}
    try:
        assert process.stdout is not None
        if not process.stdout.readline():
            sys.exit("the viewers could not connect")
        yield came
    finally:
        process.terminate()
        told, _ = process.communicate()
        came.update(json.loads(told or "{}"))


def measured(link: Link, generator: Path, arguments: argparse.Namespace) -> dict[str, float]:
    """The rate of the closed loop, and latency."""
    clients, seconds = str(arguments.clients), str(arguments.seconds)
    slow = blast(link, generator, ["-r", str(LATENCY_RATE), "-n", clients, "-d", seconds])
    loop = blast(link, generator, ["-w", str(IN_FLIGHT), "-n", clients, "-d", seconds])
    half = max(slow["offer_ms_p99"], slow["ack_ms_p99"])
    return {"exchanges_per_s": loop["exchanges_per_s"], "p99": slow["exchange_ms_p99"], "p99_half": half}


def resident(process: "subprocess.Popen[bytes]") -> int:
    """Octets that a server holds."""
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--clients", type=int, default=10_000)
    parser.add_argument("--viewers", type=int, default=200)
    parser.add_argument("--watch", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    if arguments.watch is not None:
        watch(arguments.watch)
        return
    results: dict[str, list[dict[str, float]]] = {"alone": [], "watched": []}
    with tempfile.TemporaryDirectory(prefix="sdhcp-bench-") as folder, Link() as link:
        generator = build_generator(Path(folder))
        process = start(link, WithConsole(), Path(folder) / "state", arguments.clients, generator)
        blast(link, generator, ["-w", str(IN_FLIGHT), "-n", str(arguments.clients), "-d", "2"])
        before = resident(process)
        for turn in range(arguments.rounds):
            results["alone"].append(measured(link, generator, arguments))
            with watching(link, arguments.viewers) as came:
                results["watched"].append(measured(link, generator, arguments))
            own = {name: rounds[-1] for name, rounds in results.items()}
            print(f"round {turn + 1}: {own}, viewers: {came}", file=sys.stderr, flush=True)
        grown = resident(process) - before
        stop(process)
    print(f"{'':10}{'exchanges a second':>20}{'p99 ms':>9}{'half':>7}")
    for name, rounds in results.items():
        rate, p99, half = (statistics.median(one[what] for one in rounds) for what in MEASURED)
        print(f"{name:10}{rate:20.0f}{p99:9.2f}{half:7.2f}")
    print(f"the server has grown by {grown / (1 << 20):.1f} MiB")
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
