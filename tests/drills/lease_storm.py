"""A thousand clients are switched on at the same moment, and ask again after a second."""

import sys
import tempfile
import time
from pathlib import Path

from .drill import Figures, arguments
from .lending import Crowd, Job, Journal, conf_of, count, lending

BASE = 0x02005E200000


def main() -> int:
    given = arguments(__doc__, clients=1000, window=512, rounds=3, within=10.0)
    figures = Figures(f"{given.clients} clients at once, {given.window} of them at a time, {given.rounds} rounds")
    for number in range(given.rounds):
        journal = Journal()
        with tempfile.TemporaryDirectory(prefix="sdhcp-") as folder, lending(Path(folder), conf_of()) as server:
            crowd = Crowd(server.port, journal)
            jobs = [Job((BASE + client).to_bytes(6, "big")) for client in range(given.clients)]
            began, busy = time.monotonic(), server.processor_time()
            through = crowd.do(jobs, window=given.window, again=1.0, patience=30)
            took = time.monotonic() - began
            figures.part(f"round {number + 1}")
            figures.exactly("clients that were served", count(through, "ACK"), given.clients)
            figures.exactly("addresses", len(journal.held), given.clients)
            figures.exactly("addresses that were lent twice", journal.duplicates, 0)
            figures.at_most("until the last was served", took, given.within, "s")
            figures.show("processor time of the server", f"{server.processor_time() - busy:.2f} s")
            crowd.close()
    return figures.status()


if __name__ == "__main__":
    sys.exit(main())
