"""A private redis-server, or a sentinel, that ends with its test."""

import atexit
import functools
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

PROGRAM = shutil.which("redis-server")
MISSING = None if PROGRAM else "redis-server is not installed"


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class RedisServer:
    """A server on a UNIX socket, and on a port of the loopback interface.

    :param options: lines of its configuration.
    """

    def __init__(self, *options, sentinel=False):
        self.folder = tempfile.mkdtemp(prefix="sdhcp-redis-", dir="/tmp")
        self.path = os.path.join(self.folder, "s")
        self.port = free_port()
        self._sentinel = sentinel
        self._process = None
        self._file = os.path.join(self.folder, "redis.conf")
        lines = [f"dir {self.folder}", f"unixsocket {self.path}", "bind 127.0.0.1", f"port {self.port}", *options]
        if not sentinel:
            lines += ['save ""', "enable-debug-command yes"]
        with open(self._file, "w", encoding="ascii") as file:
            file.write("\n".join(lines) + "\n")

    def start(self):
        command = [PROGRAM, self._file, *(["--sentinel"] if self._sentinel else [])]
        log = open(os.path.join(self.folder, "log"), "ab")
        with log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        until = time.monotonic() + 10
        while True:
            try:
                with socket.socket(socket.AF_UNIX) as one:
                    one.connect(self.path)
                return self
            except OSError:
                if time.monotonic() > until or self._process.poll() is not None:
                    with open(os.path.join(self.folder, "log"), encoding="utf-8", errors="replace") as file:
                        raise AssertionError(f"redis-server does not start: {file.read()[-2000:]}") from None
                time.sleep(0.01)

    def stop(self):
        """End it as a crash would."""
        if self._process is not None:
            self.go_on()
            self._process.kill()
            self._process.wait()
            self._process = None

    def hang(self):
        """Let it neither answer nor end."""
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self._process.send_signal(signal.SIGCONT)

    def remove(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, *commands):
        """Carry out commands, each a tuple of words; their replies as redis-cli's user reads them, errors raised."""
        with socket.socket(socket.AF_UNIX) as one:
            one.settimeout(10)
            one.connect(self.path)
            one.sendall(b"".join(map(_encoded, commands)))
            with one.makefile("rb") as file:
                return [_reply(file) for _ in commands]


@functools.cache
def shared(*options):
    """A server that runs until all tests have been; who uses it empties it first."""
    server = RedisServer(*options)
    atexit.register(server.remove)
    return server.start()


def _encoded(words):
    octets = [word if isinstance(word, bytes) else str(word).encode() for word in words]
    return b"*%d\r\n" % len(octets) + b"".join(b"$%d\r\n%b\r\n" % (len(one), one) for one in octets)


def _reply(file):
    line = file.readline()[:-2]
    kind, rest = line[:1], line[1:]
    if kind == b"-":
        raise AssertionError(rest.decode())
    if kind == b"$":
        return None if rest == b"-1" else file.read(int(rest) + 2)[:-2]
    if kind == b"*":
        return [_reply(file) for _ in range(int(rest))]
    return int(rest) if kind == b":" else rest
