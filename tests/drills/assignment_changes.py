"""Reservations that change while their leases run: every client ends with what the database says, alone."""

import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from sdhcp.wire import constants as c
from sdhcp.wire.describe import address
from sdhcp.wire.message import encode

from ..loopback import LINK, Running, running
from ..netns.yard import ROOT
from ..samples import ip, message
from .drill import Figures, arguments

ONE, OTHER = "02:00:5e:00:01:01", "02:00:5e:00:01:02"
TABLES = (ROOT / "packaging" / "schemas" / "sqlite.sql").read_text(encoding="utf-8")
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


def main() -> int:
    arguments(__doc__)
    figures = Figures("reservations that change while their leases run")
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "dhcp.sqlite3")
        with closing(sqlite3.connect(path, isolation_level=None)) as database:
            database.executescript(FREE_KEYS)
            for subnet in ("127.0.0.0/24", "127.0.9.0/24"):
                database.execute(
                    "INSERT INTO subnets(subnet, serial, lease_time, subnet_mask) VALUES(?, 0, 600, '255.255.255.0')",
                    (subnet,),
                )
            row = "INSERT INTO maps(mac, ip, subnet) VALUES(?, ?, ?)"
            database.execute(row, (ONE, "127.0.0.50", "127.0.0.0/24"))
            settings = f'DATABASE_ENGINE = "SQLite"\nSQLITE_FILE = {path!r}\nLINK_CHECK = True\n'
            with running(settings + "AUTHORITATIVE = True\n") as server:
                clients = Clients(server)
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
                database.execute(row, (OTHER, "127.0.0.52", "127.0.0.0/24"))
                answers = {clients.begin(OTHER) for _ in range(10)}
                figures.exactly("entered twice: different addresses given", len(answers), 1)
                figures.exactly("entered twice: renewals", {clients.renew(OTHER) for _ in range(5)}, {"ACK"})
                server.expect("several reservations")
                told = server.log().count("several reservations")
                figures.exactly("entered twice: lines in the log", told, 1)

                database.execute("DELETE FROM maps")
                figures.exactly("deleted: the next renewal", clients.renew(OTHER), "NAK")
                figures.exactly("tracebacks in the log", server.log().count("Traceback"), 0)
    return figures.status()


if __name__ == "__main__":
    sys.exit(main())
