"""DISCOVERs from random hardware addresses and identifiers, and one client that has a reservation."""

import sys
import time

from ..loopback import running
from .drill import FLOODED, Figures, Patient, arguments, flood

MEGA = 1 << 20


def main() -> int:
    given = arguments(__doc__, seconds=60.0, rate=4000, severity="INFO")
    title = f"{given.rate} DISCOVERs/s from random hardware addresses and identifiers for {given.seconds:g} s"
    figures = Figures(f"{title}, log at {given.severity}")
    with running(FLOODED.format(severity=given.severity)) as server:
        client = Patient(server)
        client.ask()
        before, began = server.resident(), time.perf_counter()
        busy = server.processor_time()
        late: list[int] = []
        with flood(server.port, "random", given.rate, given.seconds) as flooder:

            def over() -> bool:
                if time.perf_counter() - began > given.seconds * 2 / 3:
                    late.append(server.resident())
                return flooder.poll() is not None

            client.ask_every(1.0, over)
        after = server.resident()
        figures.at_most("longest wait of the client with a reservation", max(client.times), 1, "s")
        figures.exactly("questions of that client without an answer", client.unanswered, 0)
        figures.at_most("memory grew by", (after - before) / MEGA, 50, "MB")
        figures.at_most("of that in the last third", (after - late[0]) / MEGA if late else 0, 5, "MB")
        figures.show("processor time", (server.processor_time() - busy) / (time.perf_counter() - began))
        lines, seconds = server.log().count("\n"), time.perf_counter() - began
        figures.log_lines("lines in the log", lines, given.severity, given.rate, seconds)
        figures.exactly("tracebacks in the log", server.log().count("Traceback"), 0)
    return figures.status()


if __name__ == "__main__":
    sys.exit(main())
