"""A server that may open few files, has little memory, no room for its log, nobody who reads it, or no folder to write.

Needs root.
"""

import contextlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from ..loopback import INI_CONF, Running
from ..netns.yard import wait_for
from .drill import Figures, Patient, arguments, flood, needs_root, short
from .lease_disk_full import disk, fill

CONSOLE = 'WEB_ENABLED = True\nWEB_IP = "127.0.0.1"\nWEB_PORT = {port}\nWEB_INSECURE = True\n'
LOGGED = 'LOG_FILE = {path!r}\nLOG_FILE_SEVERITY = "INFO"\n'


class Limited(Running):
    """A server that is started by another command."""

    def __init__(self, folder: Path, before: list[str], conf: str = "") -> None:
        self._before = before
        super().__init__(folder, INI_CONF + conf)

    def launch(self, command: list[str]) -> "subprocess.Popen[bytes]":
        return super().launch([*self._before, *command])


@contextlib.contextmanager
def limited(before: list[str], conf: str = "", folder: Path | None = None) -> Iterator[Limited]:
    with tempfile.TemporaryDirectory(prefix="sdhcp-") as name:
        server = Limited(folder or Path(name), before, conf)
        try:
            yield server
        finally:
            server.close()


def free_tcp_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def console_answers(port: int) -> bool:
    """Whether the web console shows its first page."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 2) as one:
        one.sendall(b"GET / HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
        return one.recv(20).startswith(b"HTTP/1")
    return False


def served(figures: Figures, client: Patient, within: float) -> None:
    """The client with a reservation was answered all the while."""
    figures.exactly("questions of a client with a reservation without an answer", client.unanswered, 0)
    figures.at_most("longest wait of that client", max(client.times), within, "s")


def ended(figures: Figures, server: Running) -> None:
    """It ends as it should."""
    figures.exactly("tracebacks in the log", server.log().count("Traceback"), 0)
    figures.exactly("exit status after SIGTERM", server.stop(signal.SIGTERM), 0)


def few_files(figures: Figures, most: int, within: float) -> None:
    figures.part(f"{most} open files, and twice as many connections to the web console")
    port = free_tcp_port()
    with limited(["prlimit", f"--nofile={most}:{most}"], CONSOLE.format(port=port)) as server:
        client = Patient(server)
        figures.exactly("lines that say so", server.log().count(f"only {most} files may be open"), 1)
        figures.exactly("the console answers", console_answers(port), True)
        connections = []
        with contextlib.suppress(OSError):
            for _ in range(2 * most):
                one = socket.socket()
                one.setblocking(False)
                # From many readers, of whom each may have a few.
                one.bind((f"127.1.{len(connections) % 50}.1", 0))
                one.connect_ex(("127.0.0.1", port))
                connections.append(one)
        for _ in range(20):
            client.ask()

        def refused() -> bool:
            server.reload()
            return "as it was" in server.log()

        # There may be a descriptor left while connections are being closed.
        wait_for("files cannot be read anew", refused)
        client.ask()
        for one in connections:
            one.close()
        began = time.monotonic()
        wait_for("the console answers again", lambda: console_answers(port))
        figures.at_most("until the console answers again", time.monotonic() - began, within, "s")
        client.ask()
        served(figures, client, within)
        figures.at_most("lines in the log", server.log().count("\n"), 300)
        ended(figures, server)


def little_memory(figures: Figures, megabytes: int, seconds: float, within: float) -> None:
    figures.part(f"{megabytes} MB of addresses, at 1000 packets a second of unknown clients")
    port = free_tcp_port()
    conf = CONSOLE.format(port=port) + 'LOG_CONSOLE_SEVERITY = "WARN"\n'
    with limited(["prlimit", f"--as={megabytes << 20}"], conf) as server:
        client = Patient(server)
        before = server.resident()
        with flood(server.port, "random", 1000, seconds) as sending:
            client.ask_every(0.1, lambda: sending.poll() is not None)
        console = [console_answers(port) for _ in range(5)]
        figures.show("pages of the console of five", sum(console))
        figures.show("memory it has got more", f"{short((server.resident() - before) / 1e6)} MB")
        served(figures, client, within)
        ended(figures, server)


def full_log_disk(figures: Figures, within: float) -> None:
    figures.part("the disk of LOG_FILE is full, and has room again")
    with tempfile.TemporaryDirectory(prefix="sdhcp-") as name, disk(Path(name) / "disk", "64k") as place:
        path = place / "sdhcp.log"
        with limited([], LOGGED.format(path=str(path))) as server:
            client = Patient(server)
            client.ask()
            fill(place / "filling")
            for _ in range(300):
                client.ask()
            server.expect("No space left on device")
            figures.exactly("lines that say so", server.log().count("No space left on device"), 1)
            (place / "filling").unlink()
            client.ask()
            server.expect("is written again")
            size = path.stat().st_size
            client.ask()
            wait_for("the log grows again", lambda: path.stat().st_size > size)
            served(figures, client, within)
            ended(figures, server)


def nobody_reads(figures: Figures, within: float) -> None:
    figures.part("whoever read standard error is gone")
    with tempfile.TemporaryDirectory(prefix="sdhcp-") as name:
        path = Path(name) / "sdhcp.log"
        # The reader takes a line and goes.
        through = ["bash", "-c", 'exec "$@" 2> >(head -n 1 >&1)', "bash"]
        with limited(through, LOGGED.format(path=str(path))) as server:
            client = Patient(server)
            for _ in range(50):
                client.ask()
            served(figures, client, within)
            wait_for("all of them are in the file", lambda: path.read_text("utf-8").count("OFFER") >= 50)
            ended(figures, server)


def no_syslog(figures: Figures, within: float) -> None:
    figures.part("twistd --syslog, where there is no syslog")
    hidden = "mount --bind /dev/null /dev/log && " if Path("/dev/log").exists() else ""
    alone = ["unshare", "--mount", "sh", "-c", f'{hidden}exec "$@"', "sh"]
    with tempfile.TemporaryDirectory(prefix="sdhcp-") as name:
        path = Path(name) / "sdhcp.log"
        twistd = [str(Path(sys.executable).with_name("twistd")), "-n", "--syslog", "--pidfile=", "sdhcp"]

        class Daemon(Limited):
            def launch(self, command: list[str]) -> "subprocess.Popen[bytes]":
                return Running.launch(self, [*alone, *twistd, "--config", str(self.conf)])

            def log(self) -> str:
                return path.read_text("utf-8") if path.exists() else ""

        server = Daemon(Path(name), [], LOGGED.format(path=str(path)))
        try:
            client = Patient(server)
            for _ in range(50):
                client.ask()
            served(figures, client, within)
            figures.exactly("tracebacks in the log", server.log().count("Traceback"), 0)
        finally:
            server.close()


def read_only_home(figures: Figures, within: float) -> None:
    figures.part("the folder that it is started in, its home, cannot be written to")
    own = 'LOG_FILE = "own.log"\nPID_FILE = "own.pid"\nCONTROL_SOCKET = "own.sock"\n'
    with tempfile.TemporaryDirectory(prefix="sdhcp-") as name:
        home = Path(name)
        alone = 'mount --bind . . && mount -o remount,ro,bind . && cd "$PWD" && exec "$@"'
        with limited(["env", f"HOME={home}", "unshare", "--mount", "sh", "-c", alone, "sh"], own, home) as server:
            client = Patient(server)
            for _ in range(20):
                client.ask()
            for setting in ("LOG_FILE", "PID_FILE"):
                lines = [line for line in server.log().splitlines() if setting in line and "Read-only" in line]
                figures.exactly(f"lines that say so of {setting}", len(lines), 1)
            served(figures, client, within)
            ended(figures, server)


def main() -> int:
    given = arguments(__doc__, files=64, megabytes=256, seconds=10.0, within=1.0, only="")
    needs_root()
    figures = Figures("a server that lacks what it usually has")
    parts = {
        "files": partial(few_files, figures, given.files),
        "memory": partial(little_memory, figures, given.megabytes, given.seconds),
        "log": partial(full_log_disk, figures),
        "reader": partial(nobody_reads, figures),
        "syslog": partial(no_syslog, figures),
        "home": partial(read_only_home, figures),
    }
    for name, part in parts.items():
        if given.only in ("", name):
            part(given.within)
    return figures.status()


if __name__ == "__main__":
    sys.exit(main())
