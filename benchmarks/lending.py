"""Servers that lend addresses, beside each other: new clients, renewals, and latency; see ``exchanges.py``."""

import argparse
import statistics
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from .link import Link, build_generator, stop

RATES = ("new clients", "renewals")
LATENCY_RATE = 1000
NEW = 1_000_000
"""Where the numbers of clients begin that have never asked."""

Start = Callable[[Link, Any, Path, int, Path], Any]
Blast = Callable[[Link, Path, list[str]], dict[str, Any]]


def measure(
    link: Link,
    folder: Path,
    arguments: argparse.Namespace,
    compared: Sequence[Any],
    in_flight: int,
    start: Start,
    blast: Blast,
) -> dict[str, dict[str, Any]]:
    """All figures, by server."""
    generator = build_generator(folder)
    servers = [one for one in compared if not arguments.only or one.name in arguments.only]
    results: dict[str, dict[str, Any]] = {
        server.name: {what: [] for what in (*RATES, "p99", "loss", "refused")} for server in servers
    }
    clients, seconds, window = str(arguments.clients), str(arguments.seconds), str(in_flight)
    for turn in range(arguments.rounds):
        for server in servers:
            process = start(link, server, folder / "state", arguments.clients, generator)
            own = results[server.name]
            # Each client once, so that what is measured is a server that has been running for a while.
            blast(link, generator, ["-w", window, "-n", clients, "-N", clients, "-d", "60"])
            many = ["-n", str(NEW), "-d", seconds]
            new = blast(link, generator, ["-w", window, "-k", str(NEW), *many])
            renewed = blast(link, generator, ["-w", window, "-m", "renew", "-n", clients, "-d", seconds])
            slow = blast(link, generator, ["-r", str(LATENCY_RATE), "-k", str(3 * NEW), *many])
            stop(process)
            own["new clients"].append(new["exchanges_per_s"])
            own["renewals"].append(renewed["exchanges_per_s"])
            own["p99"].append(slow["exchange_ms_p99"])
            own["loss"].append(max(new["drop_ratio"], renewed["drop_ratio"], slow["drop_ratio"]))
            own["refused"].append(new["nak"] + renewed["nak"] + slow["nak"])
            rates = ", ".join(f"{what} {own[what][-1]:.0f}/s" for what in RATES)
            rest = f"p99 {own['p99'][-1]:.2f} ms, loss {own['loss'][-1]:.2%}, {own['refused'][-1]} refused"
            print(f"round {turn + 1}: {server.name}: {rates}, {rest}", file=sys.stderr, flush=True)
    return results


def table(results: dict[str, dict[str, Any]]) -> str:
    """The medians, and how many times as fast as each server sdhcp is, taken round by round."""
    lines = [f"{'':14}" + "".join(f"{what:>13}{'sdhcp is':>10}" for what in RATES) + f"{'p99 ms':>9}{'loss':>8}"]
    ours = results.get("sdhcp")
    for name, own in results.items():
        row = f"{name:14}"
        for what in RATES:
            row += f"{statistics.median(own[what]):13.0f}"
            ratios = [us / them for us, them in zip(ours[what], own[what], strict=True)] if ours else []
            row += f"{statistics.median(ratios):9.2f}x" if ratios else f"{'-':>10}"
        lines.append(f"{row}{statistics.median(own['p99']):9.2f}{max(own['loss']):8.2%}")
    return "\n".join(lines)
