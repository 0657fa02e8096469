"""Two network namespaces joined by a veth pair, and programs that run in them on one core each."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

SERVER_ADDRESS = "10.0.0.1"
CLIENT_ADDRESS = "10.0.0.2"
SERVER_CORE = 0
CLIENT_CORE = (os.cpu_count() or 1) - 1


class Link:
    """The two namespaces; removed, with everything that still runs in them, on leaving."""

    def __init__(self) -> None:
        self.server = f"bs{os.getpid()}"
        self.client = f"bc{os.getpid()}"
        self._running: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        if os.geteuid():
            sys.exit("needs root: it makes network namespaces")
        try:
            self._make()
        except subprocess.CalledProcessError as error:
            self._remove()
            sys.exit(f"cannot make network namespaces: {error}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._running:
            stop(process)
        self._remove()

    def _make(self) -> None:
        for name in (self.server, self.client):
            _ip("netns", "add", name)
            _ip("-n", name, "link", "set", "lo", "up")
        _ip("link", "add", "vsrv", "netns", self.server, "type", "veth", "peer", "name", "vcli", "netns", self.client)
        hardware = {}
        for name, device, address in (
            (self.server, "vsrv", SERVER_ADDRESS),
            (self.client, "vcli", CLIENT_ADDRESS),
        ):
            _ip("-n", name, "addr", "add", f"{address}/16", "dev", device)
            _ip("-n", name, "link", "set", device, "up")
            hardware[device] = self.output(name, ["cat", f"/sys/class/net/{device}/address"]).strip()
            # Servers that read frames would see checksums that the veth pair never fills in.
            subprocess.run(
                ["ip", "netns", "exec", name, "ethtool", "-K", device, "tx", "off"], capture_output=True, check=False
            )
        # Address resolution is no part of what is measured.
        for name, device, other, peer in (
            (self.server, "vsrv", CLIENT_ADDRESS, "vcli"),
            (self.client, "vcli", SERVER_ADDRESS, "vsrv"),
        ):
            _ip("-n", name, "neigh", "replace", other, "lladdr", hardware[peer], "dev", device, "nud", "permanent")

    def _remove(self) -> None:
        for name in (self.server, self.client):
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)

    def start(self, command: Sequence[str], **keywords: Any) -> subprocess.Popen[bytes]:
        """Start a server on its core."""
        process = subprocess.Popen(_inside(self.server, SERVER_CORE, command), **keywords)
        self._running.append(process)
        return process

    def load(self, command: Sequence[str], seconds: float) -> subprocess.CompletedProcess[str]:
        """Run a generator of load on the other core, at most so long."""
        whole = _inside(self.client, CLIENT_CORE, command)
        return subprocess.run(whole, capture_output=True, text=True, check=False, timeout=seconds)

    def output(self, name: str, command: Sequence[str]) -> str:
        """What a command in a namespace prints."""
        return subprocess.run(
            ["ip", "netns", "exec", name, *command], capture_output=True, text=True, check=True
        ).stdout


def stop(process: subprocess.Popen[bytes]) -> None:
    """End one program, by force if it does not go."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


def _inside(name: str, core: int, command: Sequence[str]) -> list[str]:
    return ["ip", "netns", "exec", name, "taskset", "-c", str(core), *command]


def build_generator(folder: Path) -> Path:
    """Compile ``dhcpblast.c``."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        sys.exit("needs a C compiler: apt-get install gcc libc6-dev")
    program = folder / "dhcpblast"
    subprocess.run(
        [compiler, "-O2", "-w", "-o", str(program), str(Path(__file__).with_name("dhcpblast.c"))], check=True
    )
    return program
