"""A site's function raises for every packet of some clients, a thousand times a second, while others are served."""

import sys
import time

from .drill import Figures, arguments
from .exchanges import finish, start
from .site_code import site

CODE = """
def filterPacket(packet, method, mac, client_ip, relay_ip, port):
    if int(mac) & 1:
        raise KeyError(str(mac))
    return True
"""


def main() -> int:
    given = arguments(__doc__, rate=2000, seconds=150, clients=1000)
    figures = Figures(f"a function raises for {given.rate // 2} packets a second, for {given.seconds} s")
    with site(given.clients, CODE) as server:
        began = time.monotonic()
        exchanging = start(server.port, given.clients, given.rate, given.seconds)
        memory = 0
        while exchanging.poll() is None:
            time.sleep(1)
            if not memory and time.monotonic() - began > given.seconds / 3:
                memory = server.resident()
        after = server.resident()
        outcome = finish(exchanging, 30)
        figures.exactly("exchanges of others", outcome.acknowledged, outcome.begun // 2)
        figures.show("99th percentile from DISCOVER to ACK", f"{outcome.p99:.2f} ms")
        figures.at_most("memory more than after a third of the time", (after - memory) / 1e6, 1, "MB")
        server.stop()
        log = server.log()
        figures.exactly("tracebacks", log.count("Traceback"), 1)
        reports = [line for line in log.splitlines() if "failures of site code filterPacket" in line]
        figures.at_most("reports of a count", len(reports), given.seconds / 60 + 1)
        told = sum(int(line.split(" : ", 2)[2].split()[0]) for line in reports)
        figures.exactly("failures that were counted", told + 1, outcome.begun - outcome.begun // 2)
        for line in reports:
            print(f"    {line}")
    return figures.status()


if __name__ == "__main__":
    sys.exit(main())
