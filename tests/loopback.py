"""sdhcp as a process of its own on the loopback interface, asked by a relay agent at 127.0.0.2."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from sdhcp.wire.message import Message, decode, encode

from .netns.yard import ROOT, wait_for
from .samples import ip, message

AGENT = "127.0.0.2"
LINK = ip(AGENT)
CONF = """
DHCP_SERVER_IP = "127.0.0.1"
DHCP_SERVER_PORT = {port}
DHCP_RESPONSE_INTERFACE = None
ALLOW_DHCP_RELAYS = True
ENABLE_SUSPEND = False
UNAUTHORIZED_CLIENT_TIMEOUT = 0
DAEMON = False
LOG_CONSOLE_SEVERITY = "INFO"
WEB_ENABLED = False
"""
INI_CONF = 'DATABASE_ENGINE = "INI"\nINI_FILE = "dhcp.ini"\n'
INI = """
[127.0.0.0/24|0]
lease-time: 3600
gateway: 127.0.0.2
subnet-mask: 255.255.255.0

[02:00:5e:00:01:01]
ip: 127.0.0.50
subnet: 127.0.0.0/24
serial: 0
"""


def free_port() -> int:
    """A UDP port that nobody uses on 127.0.0.1 nor on the agent's address."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
            one.bind(("127.0.0.1", 0))
            port = int(one.getsockname()[1])
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other, contextlib.suppress(OSError):
                other.bind((AGENT, port))
                return port


def _hear_interrupts() -> None:
    """What a shell starts in the background is not to hear SIGINT, unless it says otherwise."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Running:
    """A server that serves, with the relay agent's socket to ask it."""

    def __init__(self, folder: Path, conf: str = INI_CONF, files: dict[str, str] | None = None) -> None:
        self.folder = folder
        self.port = free_port()
        self.conf = folder / "conf.py"
        self.conf.write_text(CONF.format(port=self.port) + conf, encoding="utf-8")
        for name, text in (files if files is not None else {"dhcp.ini": INI}).items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        self._output = folder / "output"
        self.process = self.launch([sys.executable, "-m", "sdhcp.cli.main", "run", "--config", str(self.conf)])
        self.agent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        wait_for("the server is ready", lambda: "ready" in self.log() or self.process.poll() is not None)
        if self.process.poll() is not None:
            raise AssertionError(f"the server ended with {self.process.returncode}:\n{self.log()}")
        # Beside the server, which hears broadcasts on every address: not before it, or its port would be taken.
        self.agent.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.agent.bind((AGENT, self.port))

    def launch(self, command: list[str]) -> "subprocess.Popen[bytes]":
        return self.launch_in({**os.environ, "PYTHONPATH": str(ROOT)}, command)

    def launch_in(
        self, environment: dict[str, str], command: list[str], descriptors: Sequence[int] = ()
    ) -> "subprocess.Popen[bytes]":
        """Start it in an environment, with some open files."""
        with self._output.open("ab") as output:
            return subprocess.Popen(
                command, cwd=self.folder, env=environment, stdout=output, stderr=output,
                preexec_fn=_hear_interrupts, pass_fds=descriptors,
            )  # fmt: skip

    def log(self) -> str:
        return self._output.read_text(encoding="utf-8", errors="replace")

    def expect(self, *words: str, times: int = 1) -> None:
        """Wait until so many log lines hold all of some words."""

        def enough() -> bool:
            return sum(all(word in line for word in words) for line in self.log().splitlines()) >= times

        wait_for(f"{times} x {words} in\n{self.log()}", enough)

    def send(self, data: bytes) -> None:
        self.agent.sendto(data, ("127.0.0.1", self.port))

    def receive(self, patience: float = 10) -> tuple[Message, tuple[str, int]] | None:
        """The next reply and where it came from, None for silence."""
        self.agent.settimeout(patience)
        try:
            data, source = self.agent.recvfrom(65535)
        except TimeoutError:
            return None
        return decode(data), source

    def ask(self, kind: int, options: dict[int, bytes] | None = None, **fields: object) -> Message:
        """The reply to a message that is answered."""
        self.send(encode(message(kind, options, giaddr=LINK, **fields)))
        answer = self.receive()
        if answer is None:
            raise AssertionError(f"no answer to message type {kind}:\n{self.log()}")
        return answer[0]

    def reload(self) -> None:
        self.process.send_signal(signal.SIGHUP)

    def resident(self) -> int:
        """The memory it holds, in octets."""
        pages = Path(f"/proc/{self.process.pid}/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def processor_time(self) -> float:
        """Seconds of processor time that it has used."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End it with a signal; its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(20)

    def close(self) -> None:
        self.agent.close()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


@contextlib.contextmanager
def running(conf: str = INI_CONF, files: dict[str, str] | None = None) -> Iterator[Running]:
    """A server in a folder of its own, for the time of a block."""
    with tempfile.TemporaryDirectory(prefix="sdhcp-") as folder:
        server = Running(Path(folder), conf, files)
        try:
            yield server
        finally:
            server.close()
