"""A site's functions raise, return nonsense, block, exit, recurse and spoil packets, for one client of ten.

The packets of that client are lost, and nobody else's. What blocks is waited for no longer than a client waits.
"""

import sys

from .drill import Figures, arguments
from .exchanges import exchange, finish, start
from .site_code import site

_VICTIM = "int(mac) % 10 == 0"
LOAD = """
def loadDHCPPacket(packet, method, mac, definition, relay_ip, port, source_packet):
    if {victim}:
        {fault}
    return True
"""
UNKNOWN = """
import time

def handleUnknownMAC(packet, method, mac, client_ip, relay_ip, port):
    {fault}
"""
FAULTS = {
    "raises": "raise ValueError(mac)",
    "returns a packet of its own": "return type('Rude', (), {'__bool__': lambda self: 1 / 0})()",
    "exits": "raise SystemExit(1)",
    "calls exit": "exit(3)",
    "recurses": "return loadDHCPPacket(packet, method, mac, definition, relay_ip, port, source_packet)",
    "raises what cannot be told": "raise type('Mute', (Exception,), {'__str__': lambda self: 1 / 0})()",
    "spoils a list of octets": "packet.getOption(51).append('x')",
    "removes the message type": "packet.deleteOption(53)",
    "puts an octet that is none": "packet.setOption('hops', 70000)",
    "wants no port at all": "packet.response_port = 'dhcp'",
    "empties all options": "[packet.deleteOption(code) for code in range(1, 255)]",
    "deletes what it was given": "del packet._message",
}


def main() -> int:
    given = arguments(__doc__, rate=500, seconds=4, clients=1000)
    figures = Figures("faults of a site's functions")
    for name, fault in FAULTS.items():
        figures.part(f"loadDHCPPacket {name}")
        with site(given.clients, LOAD.format(victim=_VICTIM, fault=fault)) as server:
            outcome = exchange(server.port, given.clients, given.rate, given.seconds)
            victims = sum(number % 10 == 0 for number in _clients(outcome.begun, given.clients))
            # Of its own packet either nothing comes, or the reply as the server would send it.
            figures.at_least("exchanges of others", outcome.acknowledged, outcome.begun - victims)
            figures.exactly("wrong answers, and NAKs", outcome.wrong + outcome.refused, 0)
            # The traceback once, and what is told of it.
            figures.at_most("lines in the log", len(server.log().splitlines()), 120)
            figures.exactly("exit status at SIGTERM", server.stop(), 0)
    figures.part("handleUnknownMAC blocks for 10 s, for 50 strangers a second")
    with site(given.clients, UNKNOWN.format(fault="time.sleep(10)")) as server:
        seconds = 3 * given.seconds
        known = start(server.port, given.clients, given.rate, seconds)
        strangers = exchange(server.port, 50 * seconds, 50, seconds, first=500_000, via="127.0.0.5")
        kept = finish(known, 60)
        figures.exactly("exchanges of known clients", kept.acknowledged, kept.begun)
        figures.at_most("99th percentile from DISCOVER to ACK", kept.p99, 20, "ms")
        figures.exactly("strangers that were answered", strangers.acknowledged, 0)
        figures.at_least("lines that say that it does not answer", server.log().count("no answer within 4 s"), 1)
        figures.exactly("exit status at SIGTERM", server.stop(), 0)
    figures.part("loadDHCPPacket holds the server up for 2 s, for one client of ten")
    body = "import time; time.sleep(2)"
    with site(given.clients, LOAD.format(victim=_VICTIM, fault=body)) as server:
        exchange(server.port, given.clients, given.rate, 1)
        figures.exactly("times that it is moved to threads", server.log().count("called in threads from now on"), 1)
        outcome = exchange(server.port, given.clients, given.rate / 5, given.seconds, first=1, patience=5)
        figures.at_least("share of exchanges after that", outcome.acknowledged / outcome.begun, 0.85)
        figures.exactly("exit status at SIGTERM", server.stop(), 0)
    return figures.status()


def _clients(begun: int, clients: int) -> list[int]:
    """The last digits that tell who is a victim, of each exchange: hardware addresses end in the client's number."""
    base = 0x02005E100000
    return [(base + number % clients) % 10 for number in range(begun)]


if __name__ == "__main__":
    sys.exit(main())
