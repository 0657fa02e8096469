"""Clients with the oddest identifiers and host names get leases, and the server is started again with what it kept."""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from sdhcp.wire import constants as c
from sdhcp.wire.message import decode

from .drill import Figures, arguments
from .lending import Crowd, Job, Journal, conf_of, count, kept, lending

CORPUS = Path(__file__).resolve().parent.parent / "packets" / "corpus"
RECORDED = ("cve-2019-6474-htype0", "cve-2019-6473-hostname", "concat-cid-16k", "concat-hostname-4k", "cve-2010-2156")
NAMES = (
    b"",
    b"\0",
    b"a\0b",
    b"a\nlease 10.0.0.1 {",
    b"\x1b]0;x\x07",
    b'"; } host x {',
    b"a,b,\"c\"'d'",
    b"$(reboot)`reboot`",
    b"%n%s%x",
    b"../../etc/passwd",
    b"\xff\xfe\xfd",
    b"\xed\xa0\x80",
    "ä€😀".encode(),
    b"'; DROP TABLE leases; --",
    b"a" * 255,
    b"." * 63,
    b"\\",
)
IDENTIFIERS = (
    b"",
    b"\0",
    b"\xff",
    b"\xff\0\0\0\1",
    b"\1",
    b"\0" * 64,
    b"\xff" * 255,
    b"\n\r\t ",
    b"'\"\\;{}",
    b"\xed\xa0\x80",
    b"id 00",
    bytes(range(255)),
)
HARDWARE = ({"htype": 0}, {"htype": 32, "hlen": 0}, {"hlen": 16}, {"htype": 255})
BASE = 0x02005E600000


class Poison(NamedTuple):
    """One odd client; there are many of its kind, each with a number of its own."""

    name: str
    options: dict[int, bytes]
    fields: dict[str, Any]
    is_numbered: bool
    """Whether the number goes into its identifier too."""


def kinds() -> Iterator[Poison]:
    """All odd clients."""
    for name in RECORDED:
        packet = decode((CORPUS / f"{name}.bin").read_bytes())
        left_out = (c.MESSAGE_TYPE, c.REQUESTED_ADDRESS, c.SERVER_IDENTIFIER)
        options = {code: value for code, value in packet.options.items() if code not in left_out}
        yield Poison(name, options, {"htype": packet.htype, "hlen": packet.hlen}, c.CLIENT_IDENTIFIER in options)
    for name in NAMES:
        yield Poison(f"host name {name[:20]!r}", {c.HOSTNAME: name}, {}, False)
    for identifier in IDENTIFIERS:
        for numbered in (False, True):
            how = "with numbers" if numbered else "the same"
            yield Poison(f"identifier {identifier[:20]!r}, {how}", {c.CLIENT_IDENTIFIER: identifier}, {}, numbered)
    for fields in HARDWARE:
        yield Poison(f"header {fields}", {c.CLIENT_IDENTIFIER: b"\0poison"}, fields, True)
        yield Poison(f"header {fields} alone", {}, fields, False)


def jobs(poison: Poison, first: int, times: int) -> Iterator[Job]:
    """Its clients, ready to ask."""
    for number in range(first, first + times):
        options = dict(poison.options)
        if poison.is_numbered:
            options[c.CLIENT_IDENTIFIER] = (options[c.CLIENT_IDENTIFIER] + number.to_bytes(3, "big"))[-65000:]
        yield Job((BASE + number).to_bytes(6, "big"), options=options, fields=poison.fields)


def again(job: Job) -> Job:
    """The same client after a reboot."""
    options = {code: value for code, value in job.options.items() if code != c.SERVER_IDENTIFIER}
    return Job(job.mac, c.REQUEST, {**options, c.REQUESTED_ADDRESS: job.address}, fields=job.fields)


def main() -> int:
    given = arguments(__doc__, times=101)
    figures = Figures(f"odd clients, {given.times} of each kind, and two starts with what they left")
    journal, number = Journal(), 0
    served: list[Job] = []
    silent = refused = 0
    with tempfile.TemporaryDirectory(prefix="sdhcp-") as name:
        folder, conf = Path(name), conf_of("127.0.16.0-127.0.63.255")
        with lending(folder, conf) as server:
            crowd = Crowd(server.port, journal)
            for poison in kinds():
                # One after the other: those that are one client would wait for each other.
                through = crowd.do(jobs(poison, number, given.times), window=1, again=0.15, patience=0.3)
                number += given.times
                served.extend(job for job in through if job.outcome == "ACK")
                silent += count(through, "silence") > 0
                refused += count(through, "NAK")
                if count(through, "ACK") < given.times:
                    figures.show(f"{poison.name}: served", count(through, "ACK"))
            crowd.close()
            log = server.log()
            server.kill()
        figures.show("clients that were served", len(served))
        figures.exactly("NAKs", refused, 0)
        figures.exactly("tracebacks in the log", log.count("Traceback"), 0)
        figures.exactly("packets that met a fault", log.count("was not answered"), 0)
        first = kept(folder, conf)
        figures.exactly("addresses on the disk", len(first), len(journal.held))
        for time in ("first", "second"):
            with lending(folder, conf) as server:
                crowd = Crowd(server.port, journal)
                through = crowd.do(map(again, served), window=1, again=0.15, patience=0.3)
                same = sum(job.outcome == "ACK" and job.address == job.options[50] for job in through)
                figures.exactly(f"{time} start: addresses that were confirmed", same, len(served))
                crowd.close()
                figures.exactly(f"{time} start: warnings", server.log().count("leases.sqlite3"), 0)
                figures.exactly(f"{time} start: ends with", server.stop(), 0)
            then = kept(folder, conf)
            changed = sum(then.get(address, ("",))[:2] != lease[:2] for address, lease in first.items())
            figures.exactly(f"{time} start: leases that are others", changed + len(then.keys() - first.keys()), 0)
        figures.exactly("addresses that were lent twice", journal.duplicates, 0)
    return figures.status()


if __name__ == "__main__":
    sys.exit(main())
