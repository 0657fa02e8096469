"""Reservations that change while their leases run: every client ends with what the database says, alone."""

import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sdhcp.backends.change_token import LOOK
from sdhcp.wire import constants as c
from sdhcp.wire.describe import address
from sdhcp.wire.message import encode

from ..loopback import LINK, Running, running
from ..netns.yard import ROOT
from ..samples import ip, message
from .drill import Figures, arguments

ONE, OTHER = "02:00:5e:00:01:01", "02:00:5e:00:01:02"
HERE, ELSEWHERE = "127.0.0.0/24", "127.0.9.0/24"
ROW = "INSERT INTO maps(mac, ip, subnet) VALUES(?, ?, ?)"
TABLES = (ROOT / "sdhcp" / "schemas" / "sqlite.sql").read_text(encoding="utf-8")
FREE_KEYS = TABLES.replace("TEXT NOT NULL PRIMARY KEY,      -- such", "TEXT NOT NULL,  -- such").replace(
    "    UNIQUE (ip, subnet, serial),\n", ""
)


class Clients:
    """Two clients and what each believes to hold."""

    def __init__(self, server: Running) -> None:
        self._server = server
        self.held: dict[str, str] = {}
        """The address that each holds, "nothing" after a NAK."""

    def _ask(self, mac: str, kind: int, options: dict[int, bytes], ciaddr: bytes = bytes(4)) -> int:
        sent = message(kind, options, giaddr=LINK, ciaddr=ciaddr, chaddr=bytes.fromhex(mac.replace(":", "")))
        self._server.send(encode(sent))
        answer = self._server.receive(0.5)
        if answer is None:
            return 0
        reply = answer[0]
        if reply.message_type == c.ACK:
            self.held[mac] = address(reply.yiaddr)
        elif reply.message_type == c.NAK:
            self.held[mac] = "nothing"
        elif reply.message_type == c.OFFER:
            return self._ask(mac, c.REQUEST, {54: ip("127.0.0.1"), 50: reply.yiaddr})
        return reply.message_type

    def begin(self, mac: str) -> str:
        """DISCOVER to ACK; the address."""
        self._ask(mac, c.DISCOVER, {})
        return self.held.get(mac, "nothing")

    def renew(self, mac: str) -> str:
        """Renew what is held: ACK, NAK or silence."""
        answer = self._ask(mac, c.REQUEST, {}, ciaddr=ip(self.held[mac]))
        return {c.ACK: "ACK", c.NAK: "NAK"}.get(answer, "silence")

    def renew_for(self, mac: str, seconds: float) -> None:
        """Renew again and again for some time."""
        began = time.perf_counter()
        while time.perf_counter() - began < seconds:
            self.renew(mac)


def counter(path: str) -> bytes:
    """The change counter of a database file (SQLite file format, section 1.3)."""
    return Path(path).read_bytes()[24:28]


def build(path: str, mode: str) -> None:
    """A database with two subnets and one reservation."""
    with closing(connect(path)) as database:
        database.execute(f"PRAGMA journal_mode={mode}")
        database.executescript(FREE_KEYS)
        for subnet in (HERE, ELSEWHERE):
            database.execute(
                "INSERT INTO subnets(subnet, serial, lease_time, subnet_mask) VALUES(?, 0, 600, '255.255.255.0')",
                (subnet,),
            )
        database.execute(ROW, (ONE, "127.0.0.50", HERE))


def connect(path: str) -> sqlite3.Connection:
    """A connection that commits each change at once unless a transaction is begun."""
    return sqlite3.connect(path, isolation_level=None)


@contextmanager
def served(mode: str) -> Iterator[tuple[str, Clients, Running]]:
    """The path of such a database, the clients of a server that has it, and that server."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "dhcp.sqlite3")
        build(path, mode)
        settings = f'DATABASE_ENGINE = "SQLite"\nSQLITE_FILE = {path!r}\nLINK_CHECK = True\nAUTHORITATIVE = True\n'
        with running(settings) as server:
            yield path, Clients(server), server


def changed(figures: Figures, mode: str) -> None:
    """One row after another changes."""
    with served(mode) as (path, clients, server), closing(connect(path)) as database:
        figures.exactly("first lease", clients.begin(ONE), "127.0.0.50")

        database.execute("UPDATE maps SET ip = '127.0.0.51'")
        figures.exactly("address changed: the next renewal", clients.renew(ONE), "NAK")
        figures.exactly("address changed: the next lease", clients.begin(ONE), "127.0.0.51")

        database.execute("UPDATE maps SET mac = ?", (OTHER,))
        figures.exactly("given to another client: its first lease", clients.begin(OTHER), "127.0.0.51")
        figures.exactly("given to another client: the renewal of before", clients.renew(ONE), "NAK")
        figures.exactly("given to another client: nobody else holds it", clients.held[ONE], "nothing")

        database.execute("UPDATE maps SET subnet = '127.0.9.0/24', ip = '127.0.9.51'")
        figures.exactly("moved to another subnet: the next renewal", clients.renew(OTHER), "NAK")

        database.execute("UPDATE maps SET subnet = '127.0.0.0/24', ip = '127.0.0.51'")
        figures.exactly("moved back: the next lease", clients.begin(OTHER), "127.0.0.51")
        database.execute(ROW, (OTHER, "127.0.0.52", HERE))
        answers = {clients.begin(OTHER) for _ in range(10)}
        figures.exactly("entered twice: different addresses given", len(answers), 1)
        figures.exactly("entered twice: renewals", {clients.renew(OTHER) for _ in range(5)}, {"ACK"})
        server.expect("several reservations")
        told = server.log().count("several reservations")
        figures.exactly("entered twice: lines in the log", told, 1)

        database.execute("DELETE FROM maps")
        figures.exactly("deleted: the next renewal", clients.renew(OTHER), "NAK")
        figures.exactly("tracebacks in the log", server.log().count("Traceback"), 0)


def locked(figures: Figures, mode: str) -> None:
    """Another program holds the file's lock while it changes a row, and again as soon as it has changed one."""
    waits = mode != "WAL"
    with served(mode) as (path, clients, server), closing(connect(path)) as database:
        figures.exactly("first lease", clients.begin(ONE), "127.0.0.50")
        database.execute("BEGIN EXCLUSIVE")
        database.execute("UPDATE maps SET ip = '127.0.0.51'")
        figures.exactly("not committed: the next renewal", clients.renew(ONE), "ACK")
        database.execute("COMMIT")
        figures.exactly("committed: the next renewal", clients.renew(ONE), "NAK")
        figures.exactly("committed: the next lease", clients.begin(ONE), "127.0.0.51")

        database.execute("UPDATE maps SET mac = ?", (OTHER,))
        database.execute("BEGIN EXCLUSIVE")
        # Readers of a WAL do not wait for writers. Others cannot see the change: nobody is refused for a lock.
        renewal, first = clients.renew(ONE), clients.begin(OTHER)
        figures.exactly("locked: the renewal of before", renewal, "ACK" if waits else "NAK")
        figures.exactly("locked: the first lease of the other client", first, "nothing" if waits else "127.0.0.51")
        database.execute("COMMIT")
        if waits:
            figures.exactly("unlocked: the renewal of before", clients.renew(ONE), "NAK")
            figures.exactly("unlocked: the first lease of the other client", clients.begin(OTHER), "127.0.0.51")
        figures.exactly("at the end: nobody else holds it", clients.held[ONE], "nothing")
        figures.exactly("tracebacks in the log", server.log().count("Traceback"), 0)


def overwritten(figures: Figures) -> None:
    """Another database is copied over the file, with a change counter that differs, and with the same one."""
    for name, changes in (
        ("with another change counter", ("127.0.0.53", "127.0.0.52")),
        ("with the same", ("127.0.0.52",)),
    ):
        with served("DELETE") as (path, clients, server):
            other = f"{path}.other"
            shutil.copyfile(path, other)
            figures.exactly(f"{name}: first lease", clients.begin(ONE), "127.0.0.50")
            for file, addresses in ((path, ("127.0.0.51",)), (other, changes)):
                with closing(connect(file)) as database:
                    for address in addresses:
                        database.execute("UPDATE maps SET ip = ?", (address,))
            same = counter(path) == counter(other)
            figures.exactly(f"{name}: change counters are the same", same, len(changes) == 1)
            figures.exactly(f"{name}: refused before it is copied", clients.renew(ONE), "NAK")
            figures.exactly(f"{name}: lease before it is copied", clients.begin(ONE), "127.0.0.51")
            # The server looks at the file itself, not at its change counter alone, no more often than this.
            clients.renew_for(ONE, 4 * LOOK)
            shutil.copyfile(other, path)
            began = time.perf_counter()
            while clients.renew(ONE) == "ACK" and time.perf_counter() - began < 10:
                pass
            figures.at_most(f"{name}: renewals refused after", time.perf_counter() - began, 5, "s")
            figures.exactly(f"{name}: the next lease", clients.begin(ONE), "127.0.0.52")
            figures.exactly(f"{name}: tracebacks in the log", server.log().count("Traceback"), 0)


def main() -> int:
    arguments(__doc__)
    figures = Figures("reservations that change while their leases run")
    for mode in ("DELETE", "WAL"):
        figures.part(f"journal mode {mode}")
        changed(figures, mode)
        figures.part(f"journal mode {mode}, a lock at the moment of the change")
        locked(figures, mode)
    figures.part("the file overwritten in place")
    overwritten(figures)
    return figures.status()


if __name__ == "__main__":
    sys.exit(main())
