"""A PostgreSQL server for the length of a benchmark, reached through a socket in its folder."""

import glob
import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

ACCOUNT = "postgres"


class Database:
    """Private to a folder; ended on leaving. Runs as the user ``postgres`` where this is root."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._as = ["setpriv", "--reuid", ACCOUNT, "--regid", ACCOUNT, "--clear-groups"] if os.geteuid() == 0 else []

    def __enter__(self) -> Self:
        if not programs():
            sys.exit("needs PostgreSQL's server: apt-get install postgresql")
        self.folder.mkdir()
        if self._as:
            for above in (self.folder, self.folder.parent):
                above.chmod(0o755)
            os.chown(self.folder, pwd.getpwnam(ACCOUNT).pw_uid, -1)
        self._run("initdb", "-D", str(self.folder / "data"), "-U", ACCOUNT, "-A", "trust", "-E", "UTF8", "--no-sync")
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "stop")

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = f"-k {self.folder} -c listen_addresses= -c fsync=off -c max_connections=40"
        log = str(self.folder / "log")
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-o", options, "-l", log, "-w", "start")

    def stop(self) -> None:
        """End it; its connections are cut."""
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", "fast", "-w", "stop")

    def create(self, name: str) -> None:
        """Make an empty database."""
        self.ask(ACCOUNT, f"CREATE DATABASE {name}")

    def ask(self, name: str, question: str) -> str:
        """What one database answers to SQL."""
        return self._psql(name, question)

    def load(self, name: str, table: str, lines: Iterable[str]) -> None:
        """Fill a table, given with its columns, from lines in the form of COPY."""
        self._psql(name, f"COPY {table} FROM STDIN;\n" + "\n".join(lines) + "\n\\.\nANALYZE;\n")

    def _psql(self, name: str, text: str) -> str:
        command = ["psql", "-h", str(self.folder), "-U", ACCOUNT, "-d", name, "-v", "ON_ERROR_STOP=1", "-Atqf", "-"]
        return subprocess.run(command, input=text, check=True, capture_output=True, text=True).stdout

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [*self._as, programs()[program], *arguments], capture_output=True, text=True, check=False, cwd="/"
        )
        if done.returncode:
            sys.exit(f"{program}: {done.stdout[-500:]}{done.stderr[-500:]}")


def programs() -> dict[str, str]:
    """PostgreSQL's programs by name, of the newest version that is there."""
    for folder in sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True):
        return {name: f"{folder}/{name}" for name in ("initdb", "pg_ctl")}
    found = {name: shutil.which(name) for name in ("initdb", "pg_ctl")}
    return {name: path for name, path in found.items() if path}
