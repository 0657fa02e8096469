"""The clock is set, and the machine sleeps, while leases run: they neither all end at once nor last for ever."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .drill import Figures, arguments
from .lending import Ack, Crowd, Job, Journal, Server, conf_of, count, lending, renews, wants_offer

BASE, STRANGERS = 0x02005E700000, 0x02005E710000
DAY, LEASE_TIME = 86_400.0, 3600
SOON = 600.0


class Clocked(Server):
    """A server whose clock is set."""

    def launch(self, command: list[str]) -> "subprocess.Popen[bytes]":
        at = command.index("sdhcp.cli.main")
        file = str(self.folder / "clock")
        return super().launch([*command[:at], "tests.drills.clocked", file, *command[at + 1 :]])


class Hour:
    """One server and its clients, and what time it is for them."""

    def __init__(self, figures: Figures, folder: Path, clients: int) -> None:
        self._figures, self._folder, self._clients = figures, folder, clients
        self._conf = conf_of(f"127.0.16.0-127.0.16.{clients - 1}", LEASE_TIME)
        self._ahead = self._slept = 0.0
        self._strangers = STRANGERS
        self._leases: list[Ack] = []
        self._crowd: Crowd

    @contextmanager
    def running(self) -> Iterator[None]:
        """A server with what the last one has left."""
        self._write()
        with lending(self._folder, self._conf, Clocked) as server:
            # Its times are not those of this process.
            self._crowd = Crowd(server.port, Journal())
            yield
            self._crowd.close()
            self._figures.exactly("tracebacks in the log", server.log().count("Traceback"), 0)

    def lend(self) -> None:
        """All addresses there are, to one client each."""
        jobs = [Job((BASE + number).to_bytes(6, "big")) for number in range(self._clients)]
        self._figures.exactly("clients with a lease", count(self._crowd.do(jobs), "ACK"), self._clients)
        self._leases = list(self._crowd.journal.held.values())

    def set_clock(self, seconds: float) -> None:
        """Set it forward, or back."""
        self._ahead += seconds
        self._write()

    def pass_time(self, seconds: float) -> None:
        """Let time pass; the machine sleeps."""
        self._slept += seconds
        self._write()

    def held(self, when: str) -> None:
        """Nobody else gets an address."""
        self._figures.exactly(f"{when}: addresses that strangers are offered", self._free(), 0)

    def renewed(self, when: str) -> None:
        """Those who have leases may go on with them."""
        again = self._crowd.do(map(renews, self._leases), patience=2.0)
        self._figures.exactly(f"{when}: renewals", count(again, "ACK"), self._clients)

    def ended(self, when: str) -> None:
        """Everybody else may have the addresses."""
        self._figures.exactly(f"{when}: addresses that strangers are offered", self._free(), self._clients)

    def _free(self) -> int:
        jobs = []
        for ack in self._leases:
            self._strangers += 1
            jobs.append(wants_offer(self._strangers.to_bytes(6, "big"), ack.address))
        return count(self._crowd.do(jobs, window=64, again=0.2, patience=0.5), "OFFER")

    def _write(self) -> None:
        new = self._folder / "clock.new"
        new.write_text(f"{self._ahead} {self._slept}", encoding="ascii")
        os.replace(new, self._folder / "clock")


def set_by(hour: Hour, seconds: float) -> None:
    """The clock is set while the server runs."""
    with hour.running():
        hour.lend()
        hour.pass_time(SOON)
        hour.set_clock(seconds)
        hour.held("afterwards")
        hour.renewed("afterwards")
        hour.pass_time(LEASE_TIME - SOON)
        hour.held("almost an hour later")
        hour.pass_time(2 * SOON)
        hour.ended("after that hour")


def set_and_restarted(hour: Hour, seconds: float) -> None:
    """As above, and the server is started again when clients have renewed."""
    with hour.running():
        hour.lend()
        hour.set_clock(seconds)
        hour.pass_time(SOON)
        hour.renewed("afterwards")
    with hour.running():
        hour.held("after a restart")
        hour.pass_time(LEASE_TIME - SOON)
        hour.held("almost an hour later")
        hour.pass_time(2 * SOON)
        hour.ended("after that hour")


def set_back_meanwhile(hour: Hour, seconds: float) -> None:
    """The clock is set back while no server runs."""
    with hour.running():
        hour.lend()
    hour.set_clock(seconds)
    with hour.running():
        hour.held("after the start")
        hour.renewed("after the start")
        hour.pass_time(LEASE_TIME + SOON)
        hour.ended("after an hour")


def put_right_later(hour: Hour, seconds: float) -> None:
    """The machine starts with a clock that is far behind, which is put right when the server runs already."""
    with hour.running():
        hour.lend()
    hour.set_clock(-seconds)
    with hour.running():
        hour.held("after the start")
        hour.set_clock(seconds)
        hour.held("when the clock is right")
        hour.renewed("when the clock is right")
        hour.pass_time(LEASE_TIME + SOON)
        hour.ended("after an hour")


def main() -> int:
    given = arguments(__doc__, clients=50)
    figures = Figures(f"leases of {given.clients} clients, {LEASE_TIME} s each")
    for name, what, seconds in (
        ("the clock is set forward by a day", set_by, DAY),
        ("the clock is set back by a day", set_by, -DAY),
        ("the clock is set by a leap second", set_by, -1.0),
        ("the machine sleeps for ten minutes", set_by, 0.0),
        ("forward by a day, and the server is started again", set_and_restarted, DAY),
        ("back by a day, and the server is started again", set_and_restarted, -DAY),
        ("back by a day while no server runs", set_back_meanwhile, -DAY),
        ("a clock of ten years ago at the start, put right afterwards", put_right_later, 3650 * DAY),
    ):
        figures.part(name)
        with tempfile.TemporaryDirectory(prefix="sdhcp-") as folder:
            what(Hour(figures, Path(folder), given.clients), seconds)
    return figures.status()


if __name__ == "__main__":
    sys.exit(main())
