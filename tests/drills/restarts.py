"""A server that is started again and again, as systemd does it, while its clients ask."""

import contextlib
import itertools
import signal
import socket
import sys
import tempfile
import threading
import time
from pathlib import Path

from sdhcp.transport.reader import BATCH
from sdhcp.wire import constants as c
from sdhcp.wire.message import decode, encode

from ..loopback import INI_CONF, LINK
from ..samples import message
from ..supervised import Supervised
from .drill import SERVED, Figures, arguments

SO_RCVBUFFORCE = 33


class Asking(threading.Thread):
    """A client that asks evenly, whether it is answered or not; ``asked`` and ``answered`` hold transactions."""

    def __init__(self, server: Supervised, rate: int) -> None:
        super().__init__()
        self._agent = server.agent.dup()
        self._port = server.port
        self._rate = rate
        self.over = threading.Event()
        self.asked: dict[bytes, float] = {}
        self.answered: dict[bytes, float] = {}

    def run(self) -> None:
        self._agent.settimeout(1 / self._rate)
        # All that has waited is answered at once.
        with contextlib.suppress(PermissionError):
            self._agent.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20)
        began = time.monotonic()
        for number in itertools.count():
            if self.over.is_set():
                break
            xid = number.to_bytes(4, "big")
            data = encode(message(c.DISCOVER, giaddr=LINK, chaddr=SERVED, xid=xid))
            self._agent.sendto(data, ("127.0.0.1", self._port))
            self.asked[xid] = time.monotonic()
            while time.monotonic() < began + (number + 1) / self._rate:
                self._hear()
        self._agent.settimeout(2)
        while self._hear():
            pass

    def _hear(self) -> bool:
        try:
            data = self._agent.recv(65535)
        except TimeoutError:
            return False
        self.answered.setdefault(decode(data).xid, time.monotonic())
        return True

    def unanswered(self) -> int:
        return len(self.asked.keys() - self.answered.keys())


def restarted(figures: Figures, number: signal.Signals, rounds: int, rate: int, within: float) -> None:
    with tempfile.TemporaryDirectory(prefix="sdhcp-") as name:
        server = Supervised(Path(name), INI_CONF + 'LOG_CONSOLE_SEVERITY = "WARN"\n')
        try:
            server.until("READY")
            asking = Asking(server, rate)
            asking.start()
            for _ in range(rounds):
                time.sleep(0.5)
                server.stop(number)
                server.again()
                server.until("READY")
            time.sleep(0.5)
            asking.over.set()
            asking.join()
            figures.show("packets", len(asking.asked))
            lost = 0 if number is signal.SIGTERM else rounds * BATCH
            figures.at_most("packets without an answer", asking.unanswered(), lost)
            waits = [asking.answered[xid] - at for xid, at in asking.asked.items() if xid in asking.answered]
            figures.at_most("longest wait", max(waits), within, "s")
            figures.exactly("tracebacks in the log", server.log().count("Traceback"), 0)
        finally:
            server.close()


def main() -> int:
    given = arguments(__doc__, rounds=5, rate=500, within=5.0)
    figures = Figures(f"{given.rounds} restarts at {given.rate} packets a second")
    for number, what in ((signal.SIGTERM, "ended by SIGTERM"), (signal.SIGKILL, "killed")):
        figures.part(what)
        restarted(figures, number, given.rounds, given.rate, given.within)
    return figures.status()


if __name__ == "__main__":
    sys.exit(main())
