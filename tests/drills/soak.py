"""Mixed load for hours: known clients and lent addresses, malformed and odd packets, hooks, a console, a feed, mails.

The shortest run that tells something is a minute; what grows slowly shows in half an hour, or a day.
"""

import http.client
import itertools
import os
import statistics
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from sdhcp.wire import constants as c
from sdhcp.wire.errors import WireError
from sdhcp.wire.message import decode, encode

from ..loopback import LINK, Running, free_port
from ..samples import message
from ..servers.smtp import HOST, MailServer
from .drill import Figures, arguments
from .exchanges import Outcome, finish, mac, start
from .fuzz import seeds
from .site_code import site

MEBI = 1 << 20
LENT = 500
"""Clients that addresses are lent to."""
AGENT_OF_LENT = "127.0.0.5"
PAGES = (
    "/", "/console/log", "/console/sources", "/console/leases", "/console/configuration", "/feed/atom", "/feed/record",
    "/api/v1/stats", "/api/v1/pools", "/api/v1/health/ready",
    "/ca/uguu/puukusoft/staticDHCPd/extension/stats/graph.csv",
)  # fmt: skip
HISTORY = 7
FIRST = 3000
"""Pages that are looked at before anything is measured: what they leave behind is collected once it is 50,000 objects,
and until then the server grows."""
REPORTER = bytes.fromhex("02005e0000f1")
TROUBLED = bytes.fromhex("02005e0000f2")
CODE = """
LOG_FILE = "soak.log"
LOG_FILE_HISTORY = {history}
LOG_FILE_SEVERITY = {severity!r}
WEB_ENABLED = True
WEB_IP = "127.0.0.1"
WEB_PORT = {web}
WEB_INSECURE = True
FEED_ENABLED = True
STATISTICS_INTERVAL = 5
EMAIL_ENABLED = True
EMAIL_SERVER = {mail_host!r}
EMAIL_PORT = {mail}
EMAIL_SOURCE = "dhcp@example.org"
EMAIL_DESTINATION = "admin@example.org"

import logging
import pathlib
from sdhcp.pools import Pool
from twisted.internet import reactor
from twisted.internet.task import deferLater

POOLS = [Pool("guests", "127.200.0.10-127.200.7.250", subnet="127.0.0.0/8", gateway="127.0.0.5", probe=False)]
_here = pathlib.Path(__file__).parent

def filterPacket(packet, method, mac, client_ip, relay_ip, port):
    if str(mac) == {reporter!r}:
        (_here / "timers.new").write_text(str(len(reactor.getDelayedCalls())))
        (_here / "timers.new").rename(_here / "timers")
        return False
    if str(mac) == {troubled!r}:
        logging.getLogger("soak").critical("a drill has sent a packet that means trouble")
        return False
    return True

async def handleUnknownMAC(packet, method, mac, client_ip, relay_ip, port):
    await deferLater(reactor, 0.001)

def loadDHCPPacket(packet, method, mac, definition, relay_ip, port, source_packet):
    packet.setOption("domain_name", "soak.example.org")
    return True
"""


class Sample(NamedTuple):
    """What the server held at the end of one interval, and how it answered in it."""

    at: float
    resident: int
    threads: int
    files: int
    timers: int
    p99: float


class Viewer:
    """Somebody who looks at one page after another.

    :ivar seen: how many pages; :ivar bad: what did not come as it should, the first few.
    """

    def __init__(self, port: int) -> None:
        self.seen = 0
        self.bad: list[str] = []
        self._port = port
        self._pages = itertools.cycle(PAGES)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._go_on, daemon=True)

    def look(self) -> None:
        """Look at the next page."""
        page = next(self._pages)
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)
        try:
            connection.request("GET", page)
            answer = connection.getresponse()
            body = answer.read()
            problem = "" if answer.status == 200 and body else f"status {answer.status}"
        except (OSError, http.client.HTTPException) as error:
            problem = repr(error)
        finally:
            connection.close()
        self.seen += 1
        if problem and len(self.bad) < 10:
            self.bad.append(f"{page}: {problem}")

    def start(self) -> None:
        """Go on looking, at four pages a second."""
        self._thread.start()

    def _go_on(self) -> None:
        while not self._ended.wait(0.25):
            self.look()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join()


class Oddities:
    """Packets that are no exchanges, evenly: malformed ones of the corpus, lease queries, renewals, INFORMs.

    :param rate: packets a second of each kind.
    :ivar sent: how many in all.
    """

    def __init__(self, server: Running, rate: float) -> None:
        self.sent = 0
        self._server = server
        self._rate = rate
        known = {"giaddr": LINK, "chaddr": mac(0), "ciaddr": bytes((127, 1, 0, 0))}
        made = (
            message(c.LEASEQUERY, {}, giaddr=LINK, ciaddr=known["ciaddr"]),
            message(c.REQUEST, {}, **known),
            message(c.INFORM, {}, **known),
        )
        self._streams = [itertools.cycle(malformed()), *(itertools.repeat(encode(one)) for one in made)]

    def send(self, seconds: float) -> None:
        """Send for some seconds."""
        began, rounds = time.perf_counter(), 0
        while (elapsed := time.perf_counter() - began) < seconds:
            for _ in range(int(elapsed * self._rate) - rounds):
                rounds += 1
                for stream in self._streams:
                    self._server.send(next(stream))
                    self.sent += 1
            self._hear()
            time.sleep(min(0.02, 0.5 / self._rate))

    def _hear(self) -> None:
        """Take what was answered, so that nothing waits for ever."""
        self._server.agent.setblocking(False)
        with suppress(BlockingIOError):
            while True:
                self._server.agent.recv(65535)


def malformed() -> list[bytes]:
    """What is no DHCP message, of the corpus."""
    found = []
    for data in seeds():
        try:
            decode(data)
        except WireError:
            found.append(data)
    return found


def sample(server: Running, at: float, outcome: Outcome) -> Sample:
    """What the server holds now."""
    process, timers = Path(f"/proc/{server.process.pid}"), server.folder / "timers"
    timers.unlink(missing_ok=True)
    server.send(encode(message(c.DISCOVER, {}, giaddr=LINK, chaddr=REPORTER)))
    deadline = time.monotonic() + 5
    while not timers.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    threads, files = (len(os.listdir(process / name)) for name in ("task", "fd"))
    running = int(timers.read_text(encoding="ascii")) if timers.exists() else -1
    return Sample(at, server.resident(), threads, files, running, outcome.p99)


def quarters(samples: Sequence[Sample], value: Callable[[Sample], float]) -> tuple[float, float]:
    """The middle of the first quarter and of the last: what comes and goes within one is no growth."""
    count = max(1, len(samples) // 4)
    first, last = samples[:count], samples[-count:]
    return statistics.median(map(value, first)), statistics.median(map(value, last))


def judge(figures: Figures, samples: Sequence[Sample], seconds: float) -> None:
    """Whether anything grows after the first third, at most an hour."""
    warm = min(3600.0, seconds / 3)
    steady = [one for one in samples if one.at >= warm]
    before, after = quarters(steady, lambda one: one.resident)
    # Less than an hour has the bar of an hour: what a minute brings, times sixty, is noise.
    hours = max(1.0, (steady[-1].at - steady[0].at) / 3600)
    figures.show("memory held after warming up", f"{before / MEBI:.1f} MiB")
    figures.at_most("memory grew after that, an hour", (after - before) / MEBI / hours, 1, "MiB")
    for name in ("threads", "files", "timers"):
        before, after = quarters(steady, lambda one, name=name: getattr(one, name))  # type: ignore[misc]
        figures.at_most(f"{name} in the end, and at first", after, before)
    figures.at_least("looks at the timers", min(one.timers for one in samples), 0)
    before, after = quarters(steady, lambda one: one.p99)
    figures.at_most("99th percentile from DISCOVER to ACK in the end", after, 1.5 * before, "ms")


def log_of(server: Running) -> tuple[str, int]:
    """LOG_FILE with what was put aside of it, and how many files that is."""
    files = sorted(server.folder.glob("soak.log*"))
    return "".join(one.read_text(encoding="utf-8", errors="replace") for one in files), len(files)


def drill(figures: Figures, server: Running, viewer: Viewer, seconds: float, rate: float, interval: float) -> None:
    clients = clients_at(rate)
    oddities = Oddities(server, rate / 100)
    samples: list[Sample] = []
    begun = unanswered = wrong = 0
    began = time.monotonic()
    print("    seconds      MiB  threads  files  timers  p99 ms", flush=True)
    while (at := time.monotonic() - began) < seconds:
        part = min(interval, max(1.0, seconds - at))
        loads = [
            start(server.port, clients, rate * 0.9, part),
            start(server.port, LENT, rate * 0.1, part, clients, AGENT_OF_LENT),
        ]
        oddities.send(part)
        server.send(encode(message(c.DISCOVER, {}, giaddr=LINK, chaddr=TROUBLED)))
        outcomes = [finish(load, part + 60) for load in loads]
        for outcome in outcomes:
            begun += outcome.begun
            unanswered += outcome.unanswered
            wrong += outcome.wrong + outcome.refused
        one = sample(server, time.monotonic() - began, outcomes[0])
        samples.append(one)
        print(
            f"    {one.at:7.0f} {one.resident / MEBI:8.1f} {one.threads:8} {one.files:6} {one.timers:7} {one.p99:7.2f}",
            flush=True,
        )
    lasted = time.monotonic() - began
    figures.show("exchanges, and other packets", f"{begun}, {oddities.sent}")
    figures.at_most("exchanges without an answer, of ten thousand", unanswered / begun * 10_000, 1)
    figures.exactly("wrong answers, and NAKs", wrong, 0)
    figures.show("pages seen", viewer.seen)
    figures.exactly("pages that did not come", viewer.bad, [])
    judge(figures, samples, lasted)


def clients_at(rate: float) -> int:
    """So many clients that each comes once in ten seconds."""
    return max(100, int(rate * 10))


def main() -> int:
    given = arguments(__doc__, seconds=1800.0, rate=500.0, interval=10.0, severity="WARN")
    figures = Figures(f"{given.rate:g} exchanges/s and more for {given.seconds:g} s, log at {given.severity}")
    mails = MailServer().start()
    names = {"reporter": REPORTER.hex(":"), "troubled": TROUBLED.hex(":")}
    web = free_port()
    settings = {"history": HISTORY, "severity": given.severity, "web": web, "mail_host": HOST, "mail": mails.port}
    try:
        with site(clients_at(given.rate), CODE.format(**settings, **names)) as server:
            viewer = Viewer(web)
            for _ in range(FIRST):
                viewer.look()
            viewer.start()
            began = time.monotonic()
            drill(figures, server, viewer, given.seconds, given.rate, given.interval)
            viewer.stop()
            figures.exactly("exit status at SIGTERM", server.stop(), 0)
            lasted = time.monotonic() - began
            text, files = log_of(server)
            # Two packets of each exchange, and the others.
            figures.log_lines("lines in the log", text.count("\n"), given.severity, given.rate * 2.1, lasted)
            figures.at_most("files of the log", files, HISTORY + 1)
            figures.show("size of the log", f"{len(text) / MEBI:.2f} MiB")
            figures.exactly("tracebacks in the log", text.count("Traceback") + server.log().count("Traceback"), 0)
            figures.at_least("mails", len(mails.taken), 1)
            figures.at_most("mails", len(mails.taken), 20 + lasted / 180)
    finally:
        mails.stop()
    return figures.status()


if __name__ == "__main__":
    sys.exit(main())
