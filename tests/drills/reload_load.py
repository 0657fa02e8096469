"""conf.py and code are changed and read anew, good and broken in turn, while clients are served."""

import sys
import time

from sdhcp.wire import constants as c

from ..loopback import CONF, Running
from ..samples import ip
from .drill import Figures, arguments
from .exchanges import finish, start
from .site_code import DATABASE, site

VIA = "127.0.0.5"
STRANGER = bytes.fromhex("02005e000999")
CODE = """
import own

def handleUnknownMAC(packet, method, mac, client_ip, relay_ip, port):
    return own.found()

def loadDHCPPacket(packet, method, mac, definition, relay_ip, port, source_packet):
    return True

def init():
    callbacks.webAddMethod("/own", own.found)
    callbacks.statsAddHandler(lambda statistics: None)
"""
FOUND = """
def found(*_):
    return {{"ip": "127.201.{0}.{1}", "lease_time": 60, "subnet": "127.0.0.0/8", "serial": 0}}
"""
SETTINGS = """
DATABASE_ENGINE = "SQLite"
SQLITE_FILE = {file!r}
EXTRA_MAPS = {extra!r}
ENABLE_SUSPEND = False
NAK_RENEWALS = {nak}
LOG_CONSOLE_SEVERITY = "WARN"
"""
BROKEN = (
    "this is no Python",
    "1 / 0",
    "NAK_RENEWALS = 'perhaps'",
    "SQLITE_FILE = '/nowhere/dhcp.sqlite3'\nHOOKS = [5]",
    "def init():\n    raise RuntimeError('not today')",
)
PATIENCE = 20.0


def settings(number: int) -> str:
    """One good conf.py or another; every third has the source built anew."""
    return SETTINGS.format(file=DATABASE, extra=() if number // 3 % 2 else None, nak=bool(number % 2)) + CODE


def read_anew(server: Running, conf: str, number: int, word: str) -> float:
    """Have a conf.py read; the seconds until the log says what came of it, none for never."""
    before = server.log().count(word)
    own = server.folder / "own.py"
    if number:
        own.write_text(FOUND.format(number // 250, number % 250 + 1), encoding="utf-8")
    server.conf.write_text(CONF.format(port=server.port) + conf, encoding="utf-8")
    began = time.perf_counter()
    server.reload()
    while time.perf_counter() - began < PATIENCE:
        if server.log().count(word) > before:
            return time.perf_counter() - began
        time.sleep(0.01)
    return -1.0


def address(number: int) -> bytes:
    """What a stranger gets by one version of the code."""
    return ip(f"127.201.{number // 250}.{number % 250 + 1}")


def main() -> int:
    given = arguments(__doc__, rate=500, reloads=50, seconds=60, clients=2000)
    figures = Figures(f"{given.reloads} reloads while {given.rate} exchanges a second are served")
    wrong = never = 0
    longest = 0.0
    with site(given.clients, "") as server:
        never += read_anew(server, settings(0), 1, "conf.py was read anew") < 0
        load = start(server.port, given.clients, given.rate, given.seconds, 0, VIA)
        pause = given.seconds / given.reloads
        began = time.perf_counter()
        good = 1
        for number in range(given.reloads):
            if number % 2:
                broken = BROKEN[number // 2 % len(BROKEN)]
                seconds = read_anew(server, settings(good) + broken, 0, "conf.py is as it was")
            else:
                good += 1
                seconds = read_anew(server, settings(good), good, "conf.py was read anew")
            never += seconds < 0
            longest = max(longest, seconds)
            wrong += server.ask(c.DISCOVER, chaddr=STRANGER).yiaddr != address(good)
            time.sleep(max(0.0, began + pause * (number + 1) - time.perf_counter()))
            if number == given.reloads // 4:
                early = server.resident()
        kept = finish(load, given.seconds + 60)
        late = server.resident()
        faults = server.log().count("Traceback")
    figures.exactly("exchanges that were acknowledged", kept.acknowledged, kept.begun)
    figures.exactly("clients that got another address, or a NAK", kept.wrong + kept.refused, 0)
    figures.at_most("the longest exchange", kept.worst, 1000, "ms")
    figures.exactly("reloads of which the log said nothing", never, 0)
    figures.show("the longest reload", f"{longest:.2f} s")
    figures.exactly("reloads after which another conf.py served than the last good one", wrong, 0)
    figures.exactly("tracebacks", faults, 0)
    figures.at_most("memory that came in the last three quarters", (late - early) / 1e6, 20, "MB")
    return figures.status()


if __name__ == "__main__":
    sys.exit(main())
