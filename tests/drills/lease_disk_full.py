"""The disk that leases are kept on gets full while addresses are lent, and has room again later. Needs root."""

import contextlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from .drill import Figures, Patient, arguments, needs_root
from .lending import Crowd, Job, Journal, Server, conf_of, count, kept, lending, renews

BASE = 0x02005E400000
SLACK = 2.0


@contextlib.contextmanager
def disk(folder: Path, size: str) -> Iterator[Path]:
    """A disk of a few octets in memory."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(path: Path) -> None:
    """Take all the room that is left."""
    with path.open("ab", buffering=0) as file, contextlib.suppress(OSError):
        for size in (4096, 512, 1):
            with contextlib.suppress(OSError):
                while file.write(bytes(size)) == size:
                    pass


def mac(number: int) -> bytes:
    return (BASE + number).to_bytes(6, "big")


def clients(first: int, many: int) -> list[Job]:
    """New clients."""
    return [Job(mac(number)) for number in range(first, first + many)]


def served_within(crowd: Crowd, first: int, patience: float) -> float:
    """Seconds until a new client gets an address."""
    began = time.monotonic()
    crowd.do(clients(first, 1), again=0.2, patience=patience)
    return time.monotonic() - began


def trouble(figures: Figures, server: Server, crowd: Crowd, known: int, new: int, within: float) -> None:
    """Ask while the disk is full."""
    client = Patient(server)
    client.ask()
    before = list(crowd.journal.held.values())
    strangers = crowd.do(clients(known, new), window=64, again=0.5, patience=1.5)
    figures.exactly("full: new clients that were refused", count(strangers, "NAK"), 0)
    figures.show("full: new clients that there was room for all the same", count(strangers, "ACK"))
    figures.show("full: new clients that met silence", count(strangers, "silence"))
    again = crowd.do(map(renews, before[:known]), again=0.5, patience=1.5)
    figures.exactly("full: renewals that were refused", count(again, "NAK"), 0)
    figures.show("full: renewals that were acknowledged", count(again, "ACK"))
    client.ask()
    figures.exactly("full: questions of a client with a reservation without an answer", client.unanswered, 0)
    figures.at_most("full: longest wait of that client", max(client.times), within, "s")


def main() -> int:
    given = arguments(__doc__, size="256k", known=20, new=400, within=5.0)
    needs_root()
    figures = Figures(f"leases on a disk of {given.size} that gets full: {given.known} leases, {given.new} new clients")
    journal = Journal()
    with tempfile.TemporaryDirectory(prefix="sdhcp-") as name, disk(Path(name) / "disk", given.size) as place:
        folder = Path(name)
        conf = conf_of(more=f"LEASES_FILE = {str(place / 'leases.sqlite3')!r}\n")
        with lending(folder, conf) as server:
            crowd = Crowd(server.port, journal)
            known = crowd.do(clients(0, given.known))
            figures.exactly("clients that were served while there was room", count(known, "ACK"), given.known)
            for number in (1, 2):
                figures.part(f"the disk is filled, time {number}")
                fill(place / "filling")
                trouble(figures, server, crowd, given.known, given.new, given.within)
                (place / "filling").unlink()
                first = given.known + given.new + number
                figures.at_most(
                    "room again: until a new client is served", served_within(crowd, first, 60), given.within, "s"
                )
                again = crowd.do(list(map(renews, list(journal.held.values())[: given.known])), patience=3.0)
                figures.exactly("room again: renewals", count(again, "ACK"), given.known)
            figures.exactly("tracebacks in the log", server.log().count("Traceback"), 0)
            lines = [line for line in server.log().splitlines() if "the disk is full" in line]
            figures.at_least("lines in the log that say so", len(lines), 1)
            figures.at_most("lines in the log", server.log().count("\n"), 40)
            crowd.close()
            server.kill()
        stored = kept(folder, conf)
        lost = short = 0
        for address, ack in journal.held.items():
            client, state, expires = stored.get(address, ("", "", 0.0))
            lost += (client, state) != (ack.mac.hex(":"), "bound")
            short += expires + SLACK < ack.at + ack.lease_time
        figures.exactly("acknowledged leases that are not on the disk", lost, 0)
        figures.exactly("that end there before the client was told they do", short, 0)
        figures.exactly("addresses that were lent twice", journal.duplicates, 0)
    return figures.status()


if __name__ == "__main__":
    sys.exit(main())
