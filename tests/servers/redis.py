"""A private redis-server, which may be a sentinel."""

import signal
import socket

from .processes import ServerProcess, find, wait_until

SKIP = "" if find("redis-server") else "redis-server is not installed"


class Refused(Exception):
    """What a server has against a command."""


class RedisServer(ServerProcess):
    """A server on a socket in its folder and a port of 127.0.0.1.

    :param options: lines of its configuration.
    """

    def __init__(self, *options, sentinel=False, port=0):
        super().__init__()
        self.port = port or self.port
        self.path = str(self.folder / "socket")
        self.file = self.folder / "redis.conf"
        self.mode = ["--sentinel"] if sentinel else []
        kept = (
            []
            if sentinel
            else ['save ""', "unixsocketperm 777", "repl-diskless-sync-delay 0", "enable-debug-command yes"]
        )
        lines = [
            f"dir {self.folder}",
            f"unixsocket {self.path}",
            "bind 127.0.0.1",
            f"port {self.port}",
            *kept,
            *options,
        ]
        self.file.write_text("\n".join(lines) + "\n")
        self.file.chmod(0o666)
        self.start()

    def start(self):
        """Start it, and wait until it answers."""
        self.spawn(find("redis-server"), self.file, *self.mode)
        wait_until(self.answers, self.said())

    def stop(self):
        """End it at once, with all that it holds."""
        if self.process is not None:
            self.go_on()
        self.end(signal.SIGKILL)

    def hang(self):
        """Have it neither answer nor end."""
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)

    def answers(self):
        """Whether one can connect."""
        with socket.socket(socket.AF_UNIX) as one:
            return one.connect_ex(self.path) == 0

    def is_master(self):
        """Whether it takes writes; one that is about to drops its connections."""
        try:
            return self.do(("ROLE",))[0][0] == b"master"
        except (Refused, OSError, ValueError):
            return False

    def do(self, *commands):
        """The replies to commands, each a tuple of words; the first that is an error is raised as :class:`Refused`."""
        with socket.socket(socket.AF_UNIX) as one:
            one.settimeout(10)
            one.connect(self.path)
            one.sendall(b"".join(map(_encoded, commands)))
            with one.makefile("rb") as file:
                return [_reply(file) for _ in commands]


def _encoded(words):
    octets = [word if isinstance(word, bytes) else str(word).encode() for word in words]
    return b"*%d\r\n" % len(octets) + b"".join(b"$%d\r\n%b\r\n" % (len(one), one) for one in octets)


def _reply(file):
    line = file.readline()[:-2]
    kind, rest = line[:1], line[1:]
    if kind == b"-":
        raise Refused(rest.decode())
    if kind == b"$":
        return None if rest == b"-1" else file.read(int(rest) + 2)[:-2]
    if kind == b"*":
        return [_reply(file) for _ in range(int(rest))]
    return int(rest) if kind == b":" else rest
