"""Every command that a document shows: those that are run, here or elsewhere, and those that are not, with the reason.

A command is a line of an indented block, or of one that begins with ```sh or ```console, whose first word is a
program's; lines that end in a backslash go on.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from .netns.yard import ROOT

PROGRAMS = frozenset(
    "apt cp curl docker editor journalctl make pip psql pytest python python3 redis-cli rpmbuild sdhcp setpriv"
    " sqlite3 ss systemctl tar tcpdump trial twistd".split()
)
_FENCE = re.compile(r"\s*```(\w*)")
_COMMENT = re.compile(r"\s{2,}#.*|\s+# .*")
_INLINE = re.compile(r"`(sdhcp [a-z][^`]*)`")


class Shown(NamedTuple):
    """A command, and where it stands."""

    where: str
    line: int
    command: str

    @property
    def program(self) -> str:
        first = self.command.removeprefix("$ ").removeprefix("sudo ").split()[0]
        return first if "=" in first else first.rpartition("/")[2]


RUN = (
    "README.md: /opt/sdhcp/bin/sdhcp check ",
    "api.md: curl ",
    "console.md: curl --digest ",
    "console.md: curl -H ",
    "explain.md: curl ",
    "installing.md: sdhcp check ",
    "migrating.md: /opt/sdhcp/bin/sdhcp check ",
    "operations.md: /opt/sdhcp-new/bin/sdhcp check ",
    "operations.md: sdhcp ",
    "operations.md: sqlite3 ",
    "quickstart.md: curl ",
    "quickstart.md: sdhcp ",
)
"""Documents, and how their commands begin, that :mod:`tests.test_documents` runs, beside a server."""
SYNOPSES = re.compile(r"commands\.md: sdhcp ")
"""Each option that these name is looked for in the program."""
ELSEWHERE = {
    "README.md: .venv/bin/sdhcp probe": "netns.test_quickstart.QuickStartTests",
    "README.md: make run": "netns.test_quickstart.QuickStartTests",
    "console.md: curl -N ": "test_web_live.ServerTests",
    "explain.md: $ sdhcp explain ": "test_explain_server.DocumentTests",
    "migrating.md: /opt/sdhcp/bin/sdhcp run ": "test_migrating.TrialTests",
    "pools.md: sdhcp init-db ": "test_hosts_servers",
    "pools.md: sdhcp leases promote ": "test_cli_leases",
    "quickstart.md: make run": "netns.test_quickstart.QuickStartTests",
    "sources.md: sdhcp init-db ": "test_hosts_servers",
    "testing.md: ": "test_testing_document.TestingDocumentTests",
}
"""The same of those that other tests run, or do the same as."""
NOT_RUN = {
    "README.md: /opt/sdhcp/bin/pip ": "fetches packages",
    "README.md: /opt/sdhcp/bin/sdhcp run ": "takes port 67; the same runs by quickstart.md",
    "README.md: make test": "is what runs this",
    "README.md: python3 -m venv ": "writes below /opt",
    "benchmarks.md: ": "take minutes",
    "drills.md: ": "takes a minute",
    "installing.md: apt ": "installs a package; packaging/debian/check does that in a system of its own",
    "installing.md: editor ": "is a person's work",
    "installing.md: make deb": "takes minutes",
    "installing.md: setpriv ": "needs the user that the package makes",
    "installing.md: systemctl ": "needs systemd",
    "messages.md: journalctl ": "needs systemd's journal",
    "migrating.md: /opt/sdhcp/bin/pip ": "fetches packages",
    "migrating.md: /opt/sdhcp/bin/sdhcp probe ": "its client is one of the reader's own",
    "migrating.md: cp ": "its folder is the reader's",
    "migrating.md: python3 -m venv ": "writes below /opt",
    "migrating.md: systemctl ": "needs systemd",
    "operations.md: /opt/sdhcp-new/bin/pip ": "fetches packages",
    "operations.md: python3 -m venv ": "writes below /opt",
    "pools.md: psql ": "writes to the reader's database",
}
"""The same of those that no test runs, and why."""


def documents() -> list[Path]:
    """All documents."""
    return [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]


def commands() -> Iterator[Shown]:
    """All commands of all documents, in their order."""
    for path in documents():
        yield from commands_of(path)


def commands_of(path: Path) -> Iterator[Shown]:
    """All commands of one document."""
    fence: str | None = None
    begun, first = "", 0
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        if found := _FENCE.match(line):
            fence = found[1] if fence is None else None
            continue
        if fence not in ("sh", "console") if fence is not None else not line.startswith("    "):
            begun = ""
            continue
        begun, first = (f"{begun} {line.strip()}", first) if begun else (line.strip(), number)
        if begun.endswith("\\"):
            begun = begun[:-1].rstrip()
            continue
        shown = Shown(path.name, first, _COMMENT.sub("", begun))
        if shown.command and shown.program in PROGRAMS:
            yield shown
        begun = ""


def inline() -> Iterator[Shown]:
    """Every command of sdhcp that stands within a text."""
    for path in documents():
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
            for found in _INLINE.finditer(line):
                yield Shown(path.name, number, found[1])


def treatment(shown: Shown) -> list[str]:
    """The entries of the lists above that a command falls under."""
    text = f"{shown.where}: {shown.command}"
    entries = [entry for entry in (*RUN, *ELSEWHERE, *NOT_RUN) if text.startswith(entry)]
    return entries + (["synopsis"] if SYNOPSES.match(text) else [])
