"""One client that floods: a thousand DISCOVERs in a second, then 500 a second; others are served."""

import subprocess
import sys
import time
from functools import partial

from sdhcp.severity import rank

from ..loopback import INI, Running, running
from .drill import FLOODED, Figures, Patient, arguments, flood

KNOWN, STRANGER = "02005e000102", "02005e0000ff"
SECOND = "\n[02:00:5e:00:01:02]\nip: 127.0.0.52\nsubnet: 127.0.0.0/24\nserial: 0\n"
HEARD = 10
"""SUSPEND_THRESHOLD, if it is not set."""
MEGA = 1 << 20


def _over(flooder: "subprocess.Popen[bytes]", server: Running, held: list[int]) -> bool:
    held.append(server.resident())
    return flooder.poll() is not None


def main() -> int:
    given = arguments(__doc__, seconds=600.0, rate=500, severity="INFO")
    title = f"1000 DISCOVERs in 1 s from one hardware address, then {given.rate}/s for {given.seconds:g} s"
    figures = Figures(f"{title}, log at {given.severity}")
    # How often it is heard before it is shut out, each of which is a line where packets are logged.
    heard = HEARD if rank(given.severity) <= rank("INFO") else 0
    for name, mac in (("known", KNOWN), ("unknown", STRANGER)):
        seconds = given.seconds / 2
        with running(FLOODED.format(severity=given.severity), {"dhcp.ini": INI + SECOND}) as server:
            client = Patient(server)
            began = time.perf_counter()
            held: list[int] = []
            for rate, length in ((1000, 1.0), (given.rate, seconds)):
                with flood(server.port, mac, rate, length) as flooder:
                    # Once a second, or that client would itself be one that asks too often.
                    client.ask_every(1.0, partial(_over, flooder, server, held))
            minutes = (time.perf_counter() - began) / 60
            spelled = ":".join(mac[at : at + 2] for at in range(0, 12, 2))
            lines = server.log().splitlines()
            named = sum(spelled in line for line in lines)
            figures.at_most(f"{name} flooder: longest wait of another client", max(client.times), 1, "s")
            figures.exactly(f"{name} flooder: questions of another client without an answer", client.unanswered, 0)
            # For each minute that the packets are not heard, and whenever it is heard again and shut out anew.
            figures.at_most(f"{name} flooder: lines that name it", named, 4 + 4 * minutes + heard * (1 + minutes))
            figures.log_lines(f"{name} flooder: lines in the log", len(lines), given.severity, heard / 60, 60 * minutes)
            figures.at_most(f"{name} flooder: memory grew by", (held[-1] - held[0]) / MEGA, 50, "MB")
            late = held[-1] - held[len(held) // 2]
            figures.at_most(f"{name} flooder: of that in the last half", late / MEGA, 1, "MB")
    return figures.status()


if __name__ == "__main__":
    sys.exit(main())
