"""sdhcp beside Kea, ISC dhcpd, dnsmasq and a bare Twisted echo: 4-way exchanges a second, and latency.

    sudo python -m benchmarks.exchanges [--rounds 3] [--seconds 5] [--clients 10000] [--source postgresql]

All in one run, over one veth pair between two network namespaces, the server on one core and the
generator on another, with static reservations. Four things are measured, the servers taking turns:

- closed loop: 32 exchanges in flight (``dhcpblast.c``), complete exchanges a second;
- open loop: complete exchanges a second at the highest rate that ``dhcpblast.c`` offers with less than 1 %
  of them lost;
- perfdhcp: the same with Kea's own generator, whose core is busy at some 20,000 a second; a rate marked with +
  is what the generator could offer, not what the server could take;
- latency at 1,000 exchanges a second: the 99th percentile from DISCOVER to ACK, and of its slower half, from
  DISCOVER to OFFER or from REQUEST to ACK.

With ``--source postgresql`` the reservations are in one private PostgreSQL server, for Kea too; sdhcp asks it for
each packet, or has its cache in front, or holds the same reservations in memory.

With ``--dynamic`` there are no reservations, but a pool that each server lends addresses from (``lending.py``): whole
exchanges of clients that never asked before, and renewals, 32 of them in flight, and latency of new clients. Leases are
in the temporary folder (TMPDIR), which should be on a disk.

Needs root and a C compiler; perfdhcp (kea-admin) and the peers are left out where they are missing.
"""

import argparse
import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from tests.servers.postgresql import SKIP, PostgresqlServer

from . import database_servers, lending
from .link import CLIENT_ADDRESS, SERVER_ADDRESS, Link, build_generator, stop
from .pool_servers import LENDING
from .servers import ALL, HOOKED, ROOT, installed

IN_FLIGHT = 32
LATENCY_RATE = 1000
LOSS_LIMIT = 0.01
STEP = 1.08
OFFERS = 0.95
"""A generator that offers less than this share of what it should is at its limit."""
GUESS = 0.85
PERFDHCP = 14_000
LEAST, MOST = 50, 200_000
RATES = ("closed_loop", "open_loop", "perfdhcp")
READY_WITHIN = 30.0


def start(link: Link, server: Any, folder: Path, clients: int, generator: Path) -> subprocess.Popen[bytes]:
    """Start a server with fresh state and wait for its first answer."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    command = server.argv(folder, clients)
    with (folder / "output").open("wb") as output:
        process = link.start(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        if blast(link, generator, ["-w", "1", "-N", "1", "-d", "0.3", "-t", "0.2", "-n", "1"])["ack"]:
            return process
    stop(process)
    sys.exit(f"{server.name} does not answer:\n{(folder / 'output').read_text(errors='replace')[-2000:]}")


def blast(link: Link, generator: Path, arguments: list[str]) -> dict[str, Any]:
    """One run of the generator."""
    done = link.load([str(generator), "-s", SERVER_ADDRESS, "-l", CLIENT_ADDRESS, *arguments], 150)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


class Offered(NamedTuple):
    """What came of one offered rate: complete exchanges a second, the share that was lost, what was offered."""

    rate: float
    loss: float
    offered: float


def perfdhcp(link: Link, rate: float, clients: int, seconds: float) -> Offered:
    """Offer a rate with perfdhcp."""
    command = ["perfdhcp", "-4", "-g", "single", "-l", CLIENT_ADDRESS, "-r", str(int(rate)), "-R", str(clients)]
    done = link.load([*command, "-p", str(int(seconds)), "-W", "500000", SERVER_ADDRESS], seconds + 60)
    sent = re.search(r"DISCOVER-OFFER.*?sent packets: (\d+)", done.stdout, re.DOTALL)
    received = re.search(r"REQUEST-ACK.*?received packets: (\d+)", done.stdout, re.DOTALL)
    if sent is None or received is None or not int(sent[1]):
        sys.exit(f"perfdhcp: {done.stdout[-1000:]}{done.stderr[-1000:]}")
    loss = max(0.0, 1 - int(received[1]) / int(sent[1]))
    return Offered(int(received[1]) / int(seconds), loss, int(sent[1]) / int(seconds))


def open_loop(link: Link, generator: Path, rate: float, clients: int, seconds: float) -> Offered:
    """Offer a rate with dhcpblast."""
    arguments = ["-r", str(int(rate)), "-n", str(clients), "-d", str(seconds)]
    done = blast(link, generator, arguments)
    return Offered(done["exchanges_per_s"], done["drop_ratio"], done["discover"] / seconds)


def highest(offer: Callable[[float], Offered], guess: float) -> tuple[float, bool]:
    """The most exchanges a second with less than 1 % lost, and whether the generator could offer no more.

    Searched in steps of 8 %, from the guess up or down.
    """
    rate, best = guess, 0.0
    while rate < MOST:
        took = offer(rate)
        if took.loss >= LOSS_LIMIT:
            break
        best = max(best, took.rate)
        if took.offered < rate * OFFERS:
            return best, True
        rate *= STEP
    rate = guess
    while not best and rate > LEAST:
        rate /= STEP
        took = offer(rate)
        if took.loss < LOSS_LIMIT:
            best = took.rate
    return best, False


def latency(link: Link, generator: Path, arguments: argparse.Namespace, own: dict[str, Any]) -> None:
    """Measure it once more."""
    clients, seconds = str(arguments.clients), str(arguments.seconds)
    slow = blast(link, generator, ["-r", str(LATENCY_RATE), "-n", clients, "-d", seconds])
    own["p99"].append(slow["exchange_ms_p99"])
    own["p99_half"].append(max(slow["offer_ms_p99"], slow["ack_ms_p99"]))


def measure(
    link: Link, folder: Path, arguments: argparse.Namespace, compared: Sequence[Any]
) -> dict[str, dict[str, Any]]:
    """All figures, by server."""
    generator = build_generator(folder)
    servers = [one for one in compared if not arguments.only or one.name in arguments.only]
    results: dict[str, dict[str, Any]] = {
        server.name: {what: [] for what in (*RATES, "perfdhcp_limit", "p99", "p99_half")} for server in servers
    }
    clients, seconds = arguments.clients, arguments.seconds
    for turn in range(arguments.rounds):
        for server in servers:
            process = start(link, server, folder / "state", clients, generator)
            own = results[server.name]
            # Each client once, so that what is measured is a server that has been running for a while.
            blast(link, generator, ["-w", str(IN_FLIGHT), "-n", str(clients), "-N", str(clients), "-d", "60"])
            latency(link, generator, arguments, own)
            loop = blast(link, generator, ["-w", str(IN_FLIGHT), "-n", str(clients), "-d", str(seconds)])
            own["closed_loop"].append(loop["exchanges_per_s"])
            guess = loop["exchanges_per_s"] * GUESS
            if not arguments.quick:
                offer = partial(open_loop, link, generator, clients=clients, seconds=seconds)
                own["open_loop"].append(highest(offer, guess)[0])
            if shutil.which("perfdhcp") and not arguments.quick:
                offer = partial(perfdhcp, link, clients=clients, seconds=seconds)
                rate, limit = highest(offer, min(guess, PERFDHCP))
                own["perfdhcp"].append(rate)
                own["perfdhcp_limit"].append(limit)
            latency(link, generator, arguments, own)
            stop(process)
            print(f"round {turn + 1}: {server.name}: {_line(own)}", file=sys.stderr, flush=True)
    return results


def _line(own: dict[str, Any]) -> str:
    rates = ", ".join(f"{what} {own[what][-1]:.0f}/s" for what in RATES if own[what])
    p99 = " and ".join(f"{one:.2f}" for one in own["p99"][-2:])
    return f"{rates}, p99 {p99} ms at 1,000/s"


def private(stack: ExitStack) -> PostgresqlServer:
    """A PostgreSQL server for the length of the run."""
    if SKIP:
        sys.exit(f"needs PostgreSQL's server: {SKIP}")
    server = PostgresqlServer()
    stack.callback(server.remove)
    stack.callback(server.stop)
    return server


def table(results: dict[str, dict[str, Any]]) -> str:
    """The medians, and how many times as fast as each server sdhcp is, taken round by round."""
    lines = [f"{'':14}" + "".join(f"{what:>12}{'sdhcp is':>10}" for what in RATES) + f"{'p99 ms':>9}{'half':>7}"]
    ours = results.get("sdhcp")
    for name, own in results.items():
        row = f"{name:14}"
        for what in RATES:
            rates = own[what]
            if not rates:
                row += f"{'-':>12}{'-':>10}"
                continue
            mark = "+" if what == "perfdhcp" and any(own["perfdhcp_limit"]) else " "
            row += f"{statistics.median(rates):11.0f}{mark}"
            ratio = statistics.median(us / them for us, them in zip(ours[what], rates, strict=True)) if ours else 0.0
            row += f"{ratio:9.2f}x" if ours else f"{'-':>10}"
        lines.append(f"{row}{statistics.median(own['p99']):9.2f}{statistics.median(own['p99_half']):7.2f}")
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--clients", type=int, default=10_000)
    parser.add_argument("--only", nargs="*", help="names of servers")
    parser.add_argument("--quick", action="store_true", help="the closed loop and latency alone")
    parser.add_argument("--source", choices=("own", "postgresql"), default="own", help="where reservations are")
    parser.add_argument("--hooks", action="store_true", help="sdhcp alone, with and without loadDHCPPacket in conf.py")
    parser.add_argument("--dynamic", action="store_true", help="pools instead of reservations")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sdhcp-bench-") as folder, Link() as link, ExitStack() as stack:
        if arguments.source == "postgresql":
            compared = database_servers.servers(private(stack))
        elif arguments.dynamic:
            compared = [kind() for kind in LENDING if installed(kind)]
        elif arguments.hooks:
            compared = list(HOOKED)
        else:
            compared = [kind() for kind in ALL if installed(kind)]
        if arguments.dynamic:
            results = lending.measure(link, Path(folder), arguments, compared, IN_FLIGHT, start, blast)
        else:
            results = measure(link, Path(folder), arguments, compared)
    print(lending.table(results) if arguments.dynamic else table(results))
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
