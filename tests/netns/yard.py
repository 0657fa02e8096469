"""Network namespaces, links between them, and programs in them, all gone at the end of a test."""

import atexit
import contextlib
import ctypes
import itertools
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
SBIN = os.environ.get("PATH", "/usr/bin:/bin") + ":/usr/local/sbin:/usr/sbin:/sbin"
PATIENCE = 30.0
_numbers = itertools.count()


def missing(*programs: str) -> str:
    """Why tests that need root and these programs cannot run here, or ""."""
    if os.geteuid():
        return "needs root, to make network namespaces"
    lacking = [program for program in ("ip", *programs) if shutil.which(program, path=SBIN) is None]
    return f"needs {', '.join(lacking)}" if lacking else ""


def wait_for(what: str, condition: Callable[[], Any], patience: float = PATIENCE) -> Any:
    """The first true value of a condition; it is looked at again and again, and must come true in time."""
    deadline = time.monotonic() + patience
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {patience} s: {what}")
        time.sleep(0.02)


class Yard:
    """Namespaces of one test."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="sdhcp-yard-"))
        self._prefix = f"sd{os.getpid()}x{next(_numbers)}"
        self._spaces: list[str] = []
        self._processes: list[subprocess.Popen[bytes]] = []
        atexit.register(self.close)

    def space(self, name: str) -> str:
        """Make a namespace."""
        whole = f"{self._prefix}{name}"
        ip("netns", "add", whole)
        self._spaces.append(whole)
        ip("-n", whole, "link", "set", "lo", "up")
        return whole

    def link(self, one: str, device: str, other: str, peer: str) -> None:
        """Join two namespaces by a veth pair whose ends are up."""
        ip("link", "add", device, "netns", one, "type", "veth", "peer", "name", peer, "netns", other)
        for space, name in ((one, device), (other, peer)):
            ip("-n", space, "link", "set", name, "up")
            # Programs that read frames would see checksums that a veth pair never fills in.
            subprocess.run(
                ["ip", "netns", "exec", space, "ethtool", "-K", name, "tx", "off"], capture_output=True, check=False
            )

    def start(self, space: str, command: Sequence[str], **keywords: Any) -> "subprocess.Popen[bytes]":
        """Start a program in a namespace."""
        environment = {**os.environ, "PATH": SBIN, "PYTHONPATH": str(ROOT), **keywords.pop("env", {})}
        process = subprocess.Popen(
            ["ip", "netns", "exec", space, *command], env=environment, cwd=self.folder, **keywords
        )
        self._processes.append(process)
        return process

    def run(self, space: str, *command: str) -> str:
        """Run a program in a namespace to its end; what it printed."""
        done = subprocess.run(
            ["ip", "netns", "exec", space, *command],
            env={**os.environ, "PATH": SBIN, "PYTHONPATH": str(ROOT)},
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
        if done.returncode:
            raise AssertionError(f"{command}: status {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def server(self, space: str, conf: str, name: str = "server") -> "ServerProcess":
        """Start sdhcp with a conf.py and wait until it serves."""
        return ServerProcess(self, space, conf, name)

    def stop(self, process: "subprocess.Popen[bytes]") -> None:
        """End one program and wait for it."""
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
        process.wait()

    def close(self) -> None:
        """End everything that was started and remove everything that was made."""
        atexit.unregister(self.close)
        for process in self._processes:
            self.stop(process)
        for space in self._spaces:
            # What a client left in the background ends with its namespace.
            pids = subprocess.run(["ip", "netns", "pids", space], capture_output=True, text=True, check=False).stdout
            for pid in pids.split():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(pid), 9)
            subprocess.run(["ip", "netns", "del", space], capture_output=True, check=False)
        self._spaces = []
        shutil.rmtree(self.folder, ignore_errors=True)


class ServerProcess:
    """sdhcp, running in a namespace."""

    def __init__(self, yard: Yard, space: str, conf: str, name: str) -> None:
        self._yard = yard
        folder = yard.folder / name
        folder.mkdir(exist_ok=True)
        self.folder = folder
        (folder / "conf.py").write_text(conf, encoding="utf-8")
        self._output = folder / "output"
        with self._output.open("wb") as output:
            self.process = yard.start(
                space,
                [sys.executable, "-m", "sdhcp.cli.main", "run", "--config", str(folder)],
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        wait_for("the server is ready", lambda: "ready" in self.log() or self.process.poll() is not None)
        if self.process.poll() is not None:
            raise AssertionError(f"the server ended:\n{self.log()}")

    def log(self) -> str:
        """Everything it has logged."""
        return self._output.read_text(encoding="utf-8", errors="replace")

    def lines(self, *words: str) -> list[str]:
        """The log lines that hold all of some words."""
        return [line for line in self.log().splitlines() if all(word in line for word in words)]

    def expect(self, *words: str, times: int = 1) -> str:
        """Wait until so many log lines hold all of some words; the last of them."""
        wait_for(
            f"{times} x {words} in the server's log",
            lambda: len(self.lines(*words)) >= times,
        )
        return self.lines(*words)[-1]

    def stop(self) -> None:
        """End it."""
        self._yard.stop(self.process)


def ip(*arguments: str) -> None:
    """Run ``ip``."""
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssertionError(f"ip {' '.join(arguments)}: {done.stderr}")


def inside(space: str, function: Callable[[], Any]) -> Any:
    """What a function gives when it is called in a namespace: in a thread, so that this process stays outside."""
    library = ctypes.CDLL(None, use_errno=True)
    result: list[Any] = []

    def enter_and_call() -> None:
        with open(f"/var/run/netns/{space}") as handle:
            if library.setns(handle.fileno(), 0x40000000):
                raise OSError(ctypes.get_errno(), f"cannot enter {space}")
        result.append(function())

    thread = threading.Thread(target=enter_and_call)
    thread.start()
    thread.join()
    return result[0]


def udp_socket(space: str, address: str, port: int) -> socket.socket:
    """A UDP socket that lives in a namespace."""

    def make() -> socket.socket:
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        made.settimeout(PATIENCE)
        made.bind((address, port))
        return made

    return inside(space, make)


def mac_of(space: str, device: str) -> str:
    """The hardware address of a device."""
    done = subprocess.run(
        ["ip", "netns", "exec", space, "cat", f"/sys/class/net/{device}/address"],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def addresses_of(space: str, device: str) -> list[str]:
    """The IPv4 addresses of a device."""
    done = subprocess.run(
        ["ip", "-n", space, "-4", "-o", "addr", "show", "dev", device], capture_output=True, text=True, check=True
    )
    return [line.split()[3].partition("/")[0] for line in done.stdout.splitlines()]


@contextlib.contextmanager
def yard() -> Iterator[Yard]:
    """A yard for the time of a block."""
    made = Yard()
    try:
        yield made
    finally:
        made.close()
