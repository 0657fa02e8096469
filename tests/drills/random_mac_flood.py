"""DISCOVERs from random hardware addresses, and one client that has a reservation."""

import sys
import time

from ..loopback import INI_CONF, running
from .drill import Figures, Patient, arguments, flood

CONF = INI_CONF + 'ENABLE_SUSPEND = True\nUNAUTHORIZED_CLIENT_TIMEOUT = 60\nLOG_CONSOLE_SEVERITY = "WARN"\n'
MEGA = 1 << 20


def main() -> int:
    given = arguments(__doc__, seconds=60.0, rate=4000)
    figures = Figures(f"{given.rate} DISCOVERs/s from random hardware addresses for {given.seconds:g} s")
    with running(CONF) as server:
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
        figures.at_most("lines in the log", server.log().count("\n"), 100 + 20 * given.seconds)
        figures.exactly("tracebacks in the log", server.log().count("Traceback"), 0)
    return figures.status()


if __name__ == "__main__":
    sys.exit(main())
