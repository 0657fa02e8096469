"""handleUnknownMAC sleeps for 200 ms while known clients ask on; loadDHCPPacket that sleeps is named."""

import statistics
import sys

from .drill import Figures, arguments
from .exchanges import exchange, finish, start
from .site_code import site

CODE = """
import time

def handleUnknownMAC(packet, method, mac, client_ip, relay_ip, port):
    time.sleep(0.2)
    number = int(mac) & 0xFFFF
    return {"ip": f"127.200.{number >> 8}.{number & 255}", "lease_time": 60, "subnet": "127.0.0.0/8", "serial": 0}
"""
SLEEPS = """
import time

def loadDHCPPacket(packet, method, mac, definition, relay_ip, port, source_packet):
    time.sleep(0.2 if mac[5] == 7 else 0)
    return True
"""
STRANGERS = 10
"""A second: each is asked for twice, so that twenty calls of 200 ms keep four threads busy."""


def main() -> int:
    given = arguments(__doc__, rate=1000, seconds=10, clients=1000, rounds=5)
    figures = Figures(f"handleUnknownMAC sleeps for 200 ms; known clients at {given.rate} exchanges a second")
    without: list[float] = []
    beside: list[float] = []
    with site(given.clients, CODE) as server:
        for _ in range(given.rounds):
            for times, ask in ((without, False), (beside, True)):
                known = start(server.port, given.clients, given.rate, given.seconds)
                if ask:
                    strangers = exchange(
                        server.port, STRANGERS * given.seconds, STRANGERS, given.seconds, 65_536 * 9, "127.0.0.5"
                    )
                    figures.exactly("strangers that were served", strangers.acknowledged, strangers.begun)
                kept = finish(known, given.seconds + 60)
                figures.exactly("exchanges of known clients", kept.acknowledged, kept.begun)
                times.append(kept.p99)
    alone, both = statistics.median(without), statistics.median(beside)
    noise = max(without) - min(without)
    figures.show("99th percentile without strangers", ", ".join(f"{one:.2f}" for one in without) + " ms")
    figures.show("99th percentile beside them", ", ".join(f"{one:.2f}" for one in beside) + " ms")
    figures.at_most("median beside them", both, alone + max(noise, alone / 2), "ms")
    figures.part("loadDHCPPacket sleeps for one client")
    with site(given.clients, SLEEPS) as server:
        exchange(server.port, 20, 20, 2)
        log = server.log()
        figures.exactly("times that it is named", log.count("loadDHCPPacket held up all clients"), 1)
        figures.exactly("times with what to do", log.count("put @threaded above it"), 1)
    return figures.status()


if __name__ == "__main__":
    sys.exit(main())
