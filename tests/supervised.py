"""A server that is started and watched as systemd does it, by a test."""

import json
import os
import socket
import sys
from array import array
from pathlib import Path

from .loopback import INI_CONF, Running
from .netns.yard import ROOT

_LAUNCHER = """
import json, os, sys
numbers = json.loads(sys.argv[1])
high = [os.dup2(number, 200 + at) for at, number in enumerate(numbers)]
for at, number in enumerate(high):
    os.dup2(number, 3 + at)
os.closerange(3 + len(high), 300)
os.environ["LISTEN_PID"] = os.environ["WATCHDOG_PID"] = str(os.getpid())
os.execv(sys.argv[2], sys.argv[2:])
"""


class Supervised(Running):
    """Beside :class:`Running`: reads its messages, keeps its sockets, and starts it anew with them.

    :param abstract: whether its messages come by a socket without a file.
    """

    def __init__(self, folder: Path, conf: str = INI_CONF, abstract: bool = False, patience: float = 0.2) -> None:
        self.messages: list[dict[str, str]] = []
        self.store: dict[str, socket.socket] = {}
        self._patience = patience
        name = f"sdhcp-{os.getpid()}-{folder.name}" if abstract else str(folder / "notify")
        self._notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._notify.bind(f"\0{name}" if abstract else name)
        self._notify.settimeout(10)
        self._address = f"@{name}" if abstract else name
        super().__init__(folder, conf)

    def launch(self, command):
        handed = list(self.store.values())
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "NOTIFY_SOCKET": self._address,
            "WATCHDOG_USEC": str(int(self._patience * 1e6)),
            "LISTEN_FDS": str(len(handed)),
            "LISTEN_FDNAMES": ":".join(self.store),
            **self._journal(),
        }
        numbers = [one.fileno() for one in handed]
        return self.launch_in(environment, [sys.executable, "-c", _LAUNCHER, json.dumps(numbers), *command], numbers)

    def _journal(self) -> dict[str, str]:
        """Its output is what systemd calls the journal."""
        about = self._output.stat() if self._output.exists() else None
        return {"JOURNAL_STREAM": f"{about.st_dev}:{about.st_ino}"} if about else {}

    def again(self) -> None:
        """Start it anew once it has ended."""
        self.process = self.launch([sys.executable, "-m", "sdhcp.cli.main", "run", "--config", str(self.conf)])

    def until(self, name: str, value: str = "1") -> dict[str, str]:
        """Read messages up to one that says something; that one."""
        while True:
            data, rights, _, _ = self._notify.recvmsg(4096, socket.CMSG_SPACE(4))
            message = dict(line.split("=", 1) for line in data.decode().split("\n"))
            self.messages.append(message)
            if "FDSTOREREMOVE" in message and message["FDNAME"] in self.store:
                self.store.pop(message["FDNAME"]).close()
            for _, _, octets in rights:
                self.store[message["FDNAME"]] = socket.socket(fileno=array("i", octets)[0])
            if value in message.get(name, ""):
                return message

    def close(self) -> None:
        super().close()
        self._notify.close()
        for one in self.store.values():
            one.close()
