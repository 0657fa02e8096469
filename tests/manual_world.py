"""A folder in which commands of the documents run as they stand, beside the server of docs/quickstart.md."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

from .documented_commands import Shown
from .loopback import free_port
from .netns.yard import ROOT, wait_for

QUICK_START = ROOT / "docs" / "quickstart.md"
TOKEN, PASSWORD = "a-token-of-twenty-characters", "correct horse"
MORE = f"""
from sdhcp.pools import Pool

POOLS = [Pool("guests", "192.168.0.100-192.168.0.109", subnet="192.168.0.0/24", probe=False)]
WEB_API_TOKENS = {{"test": ("{TOKEN}", "operator")}}
WEB_DIGEST_USERNAME, WEB_DIGEST_PASSWORD = "admin", "{PASSWORD}"
WEB_IP = "127.0.0.1"
"""
"""What further documents take for granted: a pool, a token, a password."""


class ManualWorld:
    """The folder; where a document has a place of an installation, or a port, it has its own.

    ``server`` is None until a document says that it is started.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            self.web_port = int(one.getsockname()[1])
        programs = folder / "bin"
        programs.mkdir(parents=True)
        sdhcp = programs / "sdhcp"
        sdhcp.write_text(f'#!/bin/sh\nexec {sys.executable} -m sdhcp.cli.main "$@"\n', encoding="utf-8")
        sdhcp.chmod(0o755)
        self.environment = {
            **os.environ,
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "TOKEN": TOKEN,
        }
        conf = re.findall(r"^```python\n(.*?)^```$", QUICK_START.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)[
            0
        ]
        conf = conf.replace("6767", str(self.port)).replace("6768", str(free_port()))
        (folder / "conf.py").write_text(f"{conf}{MORE}WEB_PORT = {self.web_port}\n", encoding="utf-8")
        self.server: subprocess.Popen[bytes] | None = None
        self._log = folder / "log"
        self._done: dict[str, str] = {}

    def here(self, command: str) -> str:
        """The command with the places of this world."""
        for pattern, place in (
            (r"^\$ ", ""),
            (r"(/opt/sdhcp(-new)?|\.venv)/bin/", ""),
            (r"/etc/(sdhcp|staticDHCPd)/conf\.py", "conf.py"),
            (r"/etc/sdhcp\b", "conf.py"),
            (r"127\.0\.0\.1:30880", f"127.0.0.1:{self.web_port}"),
            (r"^curl ", "curl -sS --fail --max-time 20 "),
            (r"-u admin ", f"-u 'admin:{PASSWORD}' "),
            (r"^sdhcp probe ", f"sdhcp probe --port {self.port} "),
        ):
            command = re.sub(pattern, place, command)
        return command

    def run(self, shown: Shown) -> str:
        """Run one to its end, each only once; "" if that ended well, else what it said."""
        command = self.here(shown.command)
        if command.startswith("sdhcp run "):
            return self._start(command)
        if command not in self._done:
            done = subprocess.run(
                ["sh", "-c", command], cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
                capture_output=True, text=True, errors="replace", timeout=60, check=False,
            )  # fmt: skip
            said = f"{shown.where}:{shown.line}: {command}: status {done.returncode}\n{done.stdout}{done.stderr}"
            self._done[command] = said if done.returncode else ""
        return self._done[command]

    def _start(self, command: str) -> str:
        with self._log.open("ab") as log:
            self.server = subprocess.Popen(
                ["sh", "-c", f"exec {command}"], cwd=self.folder, env=self.environment, stdout=log, stderr=log
            )
        wait_for("the server is ready", lambda: ": ready" in self.log() or self.server.poll() is not None)
        return "" if self.server.poll() is None else self.log()

    def log(self) -> str:
        """What the server has said."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def end(self) -> int | None:
        """End the server; its exit status."""
        if self.server is None:
            return None
        self.server.send_signal(signal.SIGTERM)
        return self.server.wait(30)


def lacking(*programs: str) -> list[str]:
    """Those programs that are not installed."""
    return [program for program in programs if shutil.which(program) is None]
