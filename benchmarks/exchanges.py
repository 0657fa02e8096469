"""sdhcp beside Kea, ISC dhcpd, dnsmasq and a bare Twisted echo: 4-way exchanges a second, and latency.

    sudo python -m benchmarks.exchanges [--rounds 3] [--seconds 5] [--clients 10000] [--json FILE]

All in one run, over one veth pair between two network namespaces, the server on one core and the
generator on another, with static reservations. Three things are measured, the servers taking turns:

- closed loop: 32 exchanges in flight (``dhcpblast.c``), complete exchanges a second;
- open loop: the highest rate that perfdhcp offers with less than 1 % of the exchanges lost;
- latency at 1,000 exchanges a second: the 99th percentile of each half, OFFER and ACK.

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
from pathlib import Path
from typing import Any

from .link import CLIENT_ADDRESS, SERVER_ADDRESS, Link, build_generator, stop
from .servers import ALL, ROOT, installed

IN_FLIGHT = 32
LATENCY_RATE = 1000
LOSS_LIMIT = 0.01
STEP = 1.12
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


def perfdhcp(link: Link, rate: int, clients: int, seconds: float) -> float:
    """The share of exchanges that are lost at an offered rate."""
    command = ["perfdhcp", "-4", "-g", "single", "-l", CLIENT_ADDRESS, "-r", str(rate), "-R", str(clients)]
    done = link.load([*command, "-p", str(int(seconds)), "-W", "500000", SERVER_ADDRESS], seconds + 60)
    sent = re.search(r"DISCOVER-OFFER.*?sent packets: (\d+)", done.stdout, re.DOTALL)
    received = re.search(r"REQUEST-ACK.*?received packets: (\d+)", done.stdout, re.DOTALL)
    if sent is None or received is None or not int(sent[1]):
        sys.exit(f"perfdhcp: {done.stdout[-1000:]}{done.stderr[-1000:]}")
    return max(0.0, 1 - int(received[1]) / int(sent[1]))


def best_rate(link: Link, clients: int, seconds: float, guess: float) -> int:
    """The highest offered rate with less than 1 % lost, searched in steps of 12 % around a guess."""
    rate = max(50.0, guess)
    if perfdhcp(link, int(rate), clients, seconds) < LOSS_LIMIT:
        while rate < 60_000:
            if perfdhcp(link, int(rate * STEP), clients, seconds) >= LOSS_LIMIT:
                break
            rate *= STEP
        return int(rate)
    while rate > 50:
        rate /= STEP
        if perfdhcp(link, int(rate), clients, seconds) < LOSS_LIMIT:
            break
    return int(rate)


def measure(link: Link, folder: Path, arguments: argparse.Namespace) -> dict[str, dict[str, Any]]:
    """All figures, by server."""
    generator = build_generator(folder)
    servers = [kind() for kind in ALL if installed(kind) and (not arguments.only or kind().name in arguments.only)]
    results: dict[str, dict[str, Any]] = {
        server.name: {"closed_loop": [], "loss": [], "open_loop": [], "p99": []} for server in servers
    }
    for turn in range(arguments.rounds):
        for server in servers:
            process = start(link, server, folder / "state", arguments.clients, generator)
            own = results[server.name]
            clients = str(arguments.clients)
            loop = blast(link, generator, ["-w", str(IN_FLIGHT), "-n", clients, "-d", str(arguments.seconds)])
            own["closed_loop"].append(loop["exchanges_per_s"])
            own["loss"].append(loop["drop_ratio"])
            slow = blast(link, generator, ["-r", str(LATENCY_RATE), "-n", clients, "-d", str(arguments.seconds)])
            own["p99"].append(max(slow["offer_ms_p99"], slow["ack_ms_p99"]))
            if shutil.which("perfdhcp") and not arguments.quick:
                seconds = arguments.seconds
                guess = own["open_loop"][-1] if own["open_loop"] else loop["exchanges_per_s"] * 0.8
                own["open_loop"].append(best_rate(link, arguments.clients, seconds, guess))
            stop(process)
            print(f"round {turn + 1}: {server.name}: {_line(own, -1)}", file=sys.stderr, flush=True)
    return results


def _line(own: dict[str, Any], which: int) -> str:
    rate = f"{own['open_loop'][which]}/s under 1 % loss, " if own["open_loop"] else ""
    return f"{own['closed_loop'][which]:.0f}/s in a closed loop, {rate}p99 {own['p99'][which]:.2f} ms at 1,000/s"


def table(results: dict[str, dict[str, Any]]) -> str:
    """The medians, and each server's ratio to sdhcp, taken round by round."""
    lines = [
        f"{'server':14}{'closed loop':>12}{'sdhcp is':>10}{'open loop':>12}{'sdhcp is':>10}{'p99 ms':>9}{'loss':>8}"
    ]
    ours = results.get("sdhcp")
    for name, own in results.items():
        row = f"{name:14}"
        for what in ("closed_loop", "open_loop"):
            rates = own[what]
            if not rates:
                row += f"{'-':>12}{'-':>10}"
                continue
            row += f"{statistics.median(rates):12.0f}"
            if ours:
                ratio = statistics.median(us / them for us, them in zip(ours[what], rates, strict=True))
                row += f"{ratio:9.2f}x"
        row += f"{statistics.median(own['p99']):9.2f}{max(own['loss']):8.2%}"
        lines.append(row)
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--clients", type=int, default=10_000)
    parser.add_argument("--only", nargs="*", help="names of servers")
    parser.add_argument("--quick", action="store_true", help="leave the search with perfdhcp out")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sdhcp-bench-") as folder, Link() as link:
        results = measure(link, Path(folder), arguments)
    print(table(results))
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
