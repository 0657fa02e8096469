"""What the number of reservations costs: start-up, exchanges a second and memory, from 10 thousand to 10 million.

    sudo python -m benchmarks.scale [--sizes 10000 100000 1000000 10000000] [--rounds 3] [--json FILE]

The same clients are active in every database, spread evenly among the others. One database after the
other is served, in turns, over the veth pair of ``exchanges.py``. Needs root and a C compiler, and
about 2 GB in the temporary folder for 10 million.
"""

import argparse
import json
import os
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .exchanges import IN_FLIGHT, blast
from .link import Link, build_generator, stop
from .servers import BELOW, ROOT, SCHEMA, configure, ip, mac

ACTIVE = 10_000
READY_WITHIN = 60.0


def rows(total: int) -> Iterator[tuple[str, str]]:
    """Hardware addresses and addresses: an active client after every so many others."""
    every = total // ACTIVE
    others = ACTIVE
    for number in range(-BELOW, ACTIVE):
        yield mac(number), ip(number)
        for _ in range(every - 1):
            # Before and behind the active ones, so that these lie in the middle of the index.
            yield mac(others if others % 2 else -others), ip(others)
            others += 1


def build(path: Path, total: int) -> None:
    """A database with so many reservations."""
    connection = sqlite3.connect(path)
    for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -500000"):
        connection.execute(f"PRAGMA {pragma}")
    connection.executescript(SCHEMA.read_text(encoding="utf-8"))
    connection.execute(
        "INSERT INTO subnets (subnet, serial, lease_time, gateway, subnet_mask, domain_name_servers)"
        " VALUES ('10.0.0.0/8', 0, 3600, '10.0.0.1', '255.0.0.0', '10.0.0.1')"
    )
    connection.executemany("INSERT INTO maps (mac, ip, subnet, serial) VALUES (?, ?, '10.0.0.0/8', 0)", rows(total))
    connection.commit()
    connection.close()


def resident(process: "subprocess.Popen[bytes]") -> float:
    """Megabytes that the server holds; it is the child of the program that entered the namespace."""
    pages = Path(f"/proc/{process.pid}/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE") / 1e6


def serve(link: Link, folder: Path, database: Path, generator: Path, seconds: float) -> dict[str, float]:
    """Start, measure and stop one server."""
    folder.mkdir(exist_ok=True)
    command = configure(folder, f'DATABASE_ENGINE = "SQLite"\nSQLITE_FILE = "{database}"\n')
    began = time.perf_counter()
    with (folder / "output").open("wb") as output:
        process = link.start(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
    while b"ready" not in (folder / "output").read_bytes():
        if process.poll() is not None or time.perf_counter() - began > READY_WITHIN:
            sys.exit(f"the server does not start:\n{(folder / 'output').read_text(errors='replace')}")
        time.sleep(0.005)
    start = time.perf_counter() - began
    try:
        loop = blast(link, generator, ["-w", str(IN_FLIGHT), "-n", str(ACTIVE), "-d", str(seconds)])
        held = resident(process)
    finally:
        process.send_signal(signal.SIGTERM)
        stop(process)
    return {"start": start, "rate": loop["exchanges_per_s"], "memory": held, "loss": loop["drop_ratio"]}


def measure(arguments: argparse.Namespace, folder: Path, link: Link) -> dict[int, dict[str, list[float]]]:
    """All figures by the number of reservations."""
    generator = build_generator(folder)
    databases = {}
    for size in arguments.sizes:
        databases[size] = folder / f"{size}.sqlite3"
        began = time.perf_counter()
        build(databases[size], size)
        print(f"{size:,} reservations made in {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
    results: dict[int, dict[str, list[float]]] = {size: {} for size in arguments.sizes}
    for _ in range(arguments.rounds):
        for size, database in databases.items():
            for what, value in serve(link, folder / "state", database, generator, arguments.seconds).items():
                results[size].setdefault(what, []).append(value)
    return results


def table(results: dict[int, dict[str, list[float]]]) -> str:
    """The medians, and the rate as a share of the smallest database's."""
    lines = [f"{'reservations':>14}{'start s':>10}{'exchanges/s':>14}{'share':>8}{'memory MB':>12}{'loss':>8}"]
    first = next(iter(results.values()))
    for size, own in results.items():
        middle = {what: statistics.median(values) for what, values in own.items()}
        share = statistics.median(ours / base for ours, base in zip(own["rate"], first["rate"], strict=True))
        lines.append(
            f"{size:14,}{middle['start']:10.2f}{middle['rate']:14.0f}{share:8.0%}{middle['memory']:12.1f}"
            f"{max(own['loss']):8.2%}"
        )
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000, 10_000_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sdhcp-scale-") as folder, Link() as link:
        results: dict[Any, Any] = measure(arguments, Path(folder), link)
    print(table(results))
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
