"""What a process sets for itself once: who may read what it writes, how many files it may open, when it collects."""

import gc
import os
import resource
from contextlib import suppress
from typing import Final

UMASK: Final = 0o027
"""What the files that a server makes are closed to: others altogether, the group for writing."""
ENOUGH: Final = 512
"""Open files at a time that suffice for the sockets, the web console full of readers, and usual numbers of connections
to a store."""
_WANTED: Final = 1024


def close_to_others() -> None:
    """Keep what is written from now on from other users; where that is stricter already it stays so."""
    os.umask(os.umask(UMASK) | UMASK)


def raise_file_limit() -> list[str]:
    """Have as many files open as may be needed; a line for the log if the system does not let us."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limits = [number for number in (hard, _WANTED) if number != resource.RLIM_INFINITY]
    if soft != resource.RLIM_INFINITY and soft < min(limits):
        with suppress(OSError):
            # A filter of system calls may forbid it.
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(limits), hard))
            soft = min(limits)
    if soft == resource.RLIM_INFINITY or soft >= ENOUGH:
        return []
    return [
        f"only {soft} files may be open at a time (ulimit -n, LimitNOFILE= of systemd), {ENOUGH} should be: "
        "connections to the web console and to stores may be refused"
    ]


def settle() -> None:
    """Look for garbage seldom: what stands now stays for the life of the process, and answering makes no cycles."""
    # Walking what is kept for clients every few packets would cost more than it frees.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
