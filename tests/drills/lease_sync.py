"""What a server does to its disk before each acknowledgement, as its system calls tell. Needs strace."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from .drill import Figures, arguments
from .lending import Crowd, Job, Journal, Server, conf_of, count, lending

NEEDS_STRACE = 3
BASE = 0x02005E300000
CALLS = "fsync,fdatasync,pwrite64,write,sendto,sendmsg,sendmmsg"
ACK = r"\x63\x82\x53\x63\x35\x01\x05"
"""How strace shows that a packet is an ACK."""
_LINE = re.compile(r"^(\d+) +(.*)$")


class Traced(Server):
    """A server whose system calls are written down."""

    def launch(self, command: list[str]) -> "subprocess.Popen[bytes]":
        trace = ["strace", "-f", "-y", "-xx", "-s", "300", "-o", str(self.folder / "trace"), "-e", f"trace={CALLS}"]
        return super().launch([*trace, *command])

    def close(self) -> None:
        """End it, and strace with it."""
        with contextlib.suppress(OSError, IndexError):
            children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text(encoding="ascii")
            os.kill(int(children.split()[0]), signal.SIGTERM)
            self.process.wait(20)
        super().close()


def events(trace: str, leases: str) -> Iterator[str]:
    """What happened, in its order: "write" and "sync" of the file of leases or its journal, and "ack"."""
    begun: dict[str, str] = {}
    shown = "".join(f"\\x{octet:02x}" for octet in leases.encode())
    for line in trace.splitlines():
        found = _LINE.match(line)
        if found is None:
            continue
        thread, text = found.groups()
        if text.endswith("<unfinished ...>"):
            # A packet has left, at the latest, when the call ends; a flush is done no sooner than that.
            begun[thread] = text
            if ACK in text and text.startswith("send"):
                yield "ack"
            continue
        if text.startswith("<... "):
            text = begun.pop(thread, "") + text
            if text.startswith("send"):
                continue
        if text.startswith("send") and ACK in text:
            yield "ack"
        elif (leases in text or shown in text) and not text.rstrip().endswith(")") and "= -1" not in text:
            if text.startswith(("fsync", "fdatasync")):
                yield "sync"
            elif text.startswith(("pwrite64", "write")):
                yield "write"


def main() -> int:
    given = arguments(__doc__, exchanges=20)
    if shutil.which("strace") is None:
        print("needs strace: apt-get install strace")
        return NEEDS_STRACE
    figures = Figures(f"what is on the disk before each of {given.exchanges} ACKs, one exchange at a time")
    with tempfile.TemporaryDirectory(prefix="sdhcp-") as name:
        folder = Path(name)
        with lending(folder, conf_of(), Traced) as server:
            crowd = Crowd(server.port, Journal())
            served = 0
            for number in range(given.exchanges):
                served += count(crowd.do([Job((BASE + number).to_bytes(6, "big"))]), "ACK")
            crowd.close()
        trace = (folder / "trace").read_text(encoding="ascii", errors="replace")
        acks = synced = written = 0
        is_written = is_synced = False
        for event in events(trace, "leases.sqlite3"):
            if event == "write":
                is_written, is_synced = True, False
            elif event == "sync":
                is_synced = True
            else:
                acks += 1
                written += is_written
                synced += is_synced
                is_written = is_synced = False
    figures.exactly("clients that were served", served, given.exchanges)
    figures.exactly("ACKs", acks, given.exchanges)
    figures.exactly("that were written before they were sent", written, given.exchanges)
    figures.exactly("and flushed, since the last of what was written", synced, given.exchanges)
    figures.exactly("sent too early", acks - synced, 0)
    return figures.status()


if __name__ == "__main__":
    sys.exit(main())
