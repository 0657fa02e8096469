"""Guessed passwords, from one address and from many, ways around the password, and a client's name that is markup."""

import http.client
import re
import secrets
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sdhcp.web.brakes import FREE, SIEGE
from sdhcp.wire import constants as c

from ..loopback import INI_CONF, running
from ..netns.yard import wait_for
from ..samples import ip
from ..web_case import authorization, fields_of
from .drill import Figures, Patient, arguments
from .resource_limits import free_tcp_port

NAME = "admin"
TOKEN = secrets.token_hex(16)
PASSWORD = secrets.token_hex(16)
SOURCES = 50
GUEST = bytes.fromhex("02005e0000ff")
EVIL = "<img src=x onerror=alert(1)>"
CONF = f"""
WEB_ENABLED = True
WEB_PORT = %d
WEB_IP = "127.0.0.1"
WEB_DIGEST_USERNAME = {NAME!r}
WEB_DIGEST_PASSWORD = {PASSWORD!r}
WEB_API_TOKENS = {{"deploy": ({TOKEN!r}, "operator")}}
LOG_CONSOLE_SEVERITY = "DEBUG"
DEBUG = True
FEED_ENABLED = True
FEED_LEVEL = "WARN"
import logging
from sdhcp.pools import Pool
POOLS = [Pool("guests", "127.0.0.100-127.0.0.199", subnet="127.0.0.0/24", probe=False)]
def init():
    callbacks.webAddMethod("/hidden", lambda *_: ("text/plain", "hidden away"), secure=True, confirm=True)
def loadDHCPPacket(packet, method, mac, definition, relay_ip, port, source_packet):
    name = bytes(source_packet.getOption("hostname") or ()).decode()
    logging.getLogger("site").warning("a client is called %%s", name)
    return True
"""
PAGES = (
    "/", "/console/log", "/console/packets", "/console/packets/1", "/console/leases", "/console/leases.csv?pool=guests",
    "/console/sources", "/console/configuration", "/console/leases?find=%3Cimg", "/console/clients",
    "/console/clients?find=%3Cimg", "/console/client/02:00:5e:00:00:ff",
    "/console/explain?mac=02:00:5e:00:00:ff&type=discover", "/feed/record", "/feed/atom",
)  # fmt: skip
AROUND = (
    "/console/../console/log", "//console/log", "/%63onsole/log", "/console%2flog", "/css/../console/log", "/hidden/",
    "/%68idden", "/hidden%00", "/hidden;x", "/hidden/../hidden", "/../conf.py", "/..%2fconf.py", "/%2e%2e/conf.py",
    "/../../../../../../etc/passwd", "/..%2f..%2f..%2f..%2fetc%2fpasswd", "/static/../../../etc/passwd",
    "/.//etc/passwd",
    "/api/v1/health/live/../../stats", "/api/v1/health/../stats", "/API/v1/stats",
    "/api/v1/stats?x=/api/v1/health/live",
    "/live/../console/live", "/console/live", "/console/packets.pcap", "/console/leases.csv?pool=guests",
)  # fmt: skip
POSTED = (
    "/console/reload",
    "/console/reservations/apply",
    "/console/leases/release",
    "/api/v1/reload",
    "/hidden",
    "/ca/uguu/puukusoft/staticDHCPd/reinitialise",
)


class Visitor:
    """A program at one address that asks over and over on one connection."""

    def __init__(self, port: int, source: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10, source_address=(source, 0))
        self._challenge = ""
        self._count = 0

    def ask(
        self, path: str, method: str = "GET", headers: Mapping[str, str] = {}, body: str | None = None
    ) -> tuple[int, str]:
        """Status and text of an answer."""
        self._connection.request(method, path, body, dict(headers))
        answer = self._connection.getresponse()
        challenges = answer.headers.get_all("www-authenticate") or []
        if any(one.startswith("Digest") for one in challenges):
            self._challenge, self._count = challenges[0], 0
        return answer.status, answer.read().decode("utf-8", "replace")

    def tried(
        self, password: str, path: str = "/hidden", method: str = "GET", name: str = NAME, **more: str
    ) -> tuple[int, str]:
        """What comes of a password; another challenge is asked for only if there is none yet."""
        if not self._challenge:
            self.ask(path)
        self._count += 1
        login = authorization(self._challenge, path, method=method, count=self._count, name=name, password=password)
        GUESSED.add(fields_of(login)["response"])
        return self.ask(path, method, {"Authorization": login, **more})

    def close(self) -> None:
        self._connection.close()


GUESSED: set[str] = set()
"""What was sent in place of passwords."""


@contextmanager
def visitor(port: int, source: str) -> Iterator[Visitor]:
    one = Visitor(port, source)
    try:
        yield one
    finally:
        one.close()


def guess(port: int, source: str, times: int, seconds: float, client: Patient, names: tuple[str, ...]) -> Counter[int]:
    """Wrong passwords from one address, evenly; what each came to. A client asks for its address now and then."""
    statuses: Counter[int] = Counter()
    began = time.monotonic()
    with visitor(port, source) as one:
        for number in range(times):
            time.sleep(max(0.0, began + seconds * number / times - time.monotonic()))
            word = f"guessed-{source}-{number}"
            GUESSED.add(word)
            status, _ = one.tried(word, name=names[number % len(names)])
            statuses[status] += 1
            if number % 100 == 0:
                client.ask()
    return statuses


def told(statuses: Mapping[int, int]) -> str:
    return ", ".join(f"{count} x {status}" for status, count in sorted(statuses.items()))


def main() -> int:
    given = arguments(__doc__, guesses=1000, seconds=10.0, each=100, within=1.0)
    figures = Figures("a web console whose password is guessed")
    port = free_tcp_port()
    with running(INI_CONF + CONF % port) as server:
        client = Patient(server)
        name = {c.HOSTNAME: EVIL.encode()}
        offer = server.ask(c.DISCOVER, name, chaddr=GUEST)
        wanted = {c.REQUESTED_ADDRESS: offer.yiaddr, c.SERVER_IDENTIFIER: ip("127.0.0.1")}
        server.ask(c.REQUEST, {**name, **wanted}, chaddr=GUEST)

        figures.part(f"{given.guesses} wrong passwords in {given.seconds:.0f} s from one address")
        found = guess(port, "127.0.1.200", given.guesses, given.seconds, client, (NAME,))
        figures.show("answers", told(found))
        # 1 s, 2 s, 4 s and so on after those that are free.
        figures.at_most("that were looked at", found[401], FREE + 1 + int(given.seconds).bit_length())
        figures.exactly("that were let in", found[200], 0)
        with visitor(port, "127.0.1.200") as one, visitor(port, "127.0.0.8") as other:
            one.ask("/hidden")
            figures.exactly("the right password from that address, at once", one.tried(PASSWORD)[0], 429)
            figures.exactly("and from another", other.tried(PASSWORD)[0], 200)

        figures.part(f"{given.each} from each of {SOURCES} addresses, with two names")
        total: Counter[int] = Counter()
        for number in range(SOURCES):
            total += guess(port, f"127.0.1.{1 + number}", given.each, 0, client, (NAME, "root"))
        figures.show("answers", told(total))
        figures.at_most("that were looked at", total[401], SIEGE + SOURCES)
        figures.exactly("that were let in", total[200], 0)
        with visitor(port, "127.0.0.7") as one:
            figures.exactly("the right password from one more address", one.tried(PASSWORD)[0], 200)
        with visitor(port, "127.0.1.201") as one:
            first, second = one.tried("guessed-once")[0], one.tried("guessed-twice")[0]
            figures.exactly("two wrong ones from one more address", (first, second), (401, 429))

        figures.part("ways around the password")
        with visitor(port, "127.0.0.9") as one:
            around = {path: one.ask(path) for path in AROUND}
            figures.exactly(
                "paths that lead anywhere", [p for p, got in around.items() if got[0] not in (401, 404)], []
            )
            leaks = [p for p, got in around.items() if re.search("root:|hidden away|WEB_DIGEST|csrf|<html", got[1])]
            figures.exactly("that show anything", leaks, [])
            status = {path: one.ask(path, "POST", {"Origin": "http://evil.example"}, "a=b")[0] for path in POSTED}
            figures.exactly("changes that somebody made", [p for p, got in status.items() if got not in (401, 403)], [])
        with visitor(port, "127.0.0.7") as one:
            for path in ("/console/reload", "/api/v1/reload"):
                figures.exactly(f"a POST without a token to {path}", one.tried(PASSWORD, path, "POST")[0], 403)
            got = one.tried(PASSWORD, "/hidden", "POST", Origin="http://evil.example")[0]
            figures.exactly("one of another site's page to a method", got, 403)

            figures.part(f"a client that is called {EVIL}")
            pages = {path: one.tried(PASSWORD, path) for path in PAGES}
            figures.exactly("pages that came", sum(got[0] == 200 for got in pages.values()), len(PAGES))
            figures.at_least("pages that have it as text", sum("&lt;img" in got[1] for got in pages.values()), 5)
            raw = [path for path, got in pages.items() if EVIL in got[1] and ".csv" not in path]
            figures.exactly("pages that have it as markup", raw, [])

        figures.part("afterwards")
        wait_for("the log is written", lambda: "from many addresses" in server.log())
        log = server.log()
        everything = log + "".join(text for _, text in pages.values())
        known = [word for word in (PASSWORD, TOKEN, *GUESSED) if word in everything]
        figures.exactly("passwords, tokens and guesses in the log and on pages", len(known), 0)
        figures.at_most("lines about guesses", sum("wrong passwords" in line for line in log.splitlines()), 4)
        figures.exactly("questions of a client without an answer", client.unanswered, 0)
        figures.at_most("longest wait of that client", max(client.times), given.within, "s")
        figures.exactly("tracebacks in the log", log.count("Traceback"), 0)
        figures.exactly("exit status after SIGTERM", server.stop(), 0)
    return figures.status()


if __name__ == "__main__":
    sys.exit(main())
