"""The few words of memcached's text protocol that a cache of a site's own needs. It blocks."""

import socket
import threading
from collections.abc import Callable
from io import BufferedReader
from typing import Final

PATIENCE: Final = 1.0
"""Seconds that memcached is waited for."""
_LONGEST: Final = 250
_MONTH: Final = 30 * 24 * 3600
"""Seconds; memcached takes more for a moment since the epoch."""


class MemcachedClient:
    """One connection, made when it is needed, and anew after any trouble. Any thread may ask; one at a time does.

    Methods raise OSError if memcached is away or says what cannot be understood, and ValueError for a key that cannot
    be one.
    """

    def __init__(self, host: str, port: int) -> None:
        self._address = host, port
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._lines: BufferedReader | None = None

    def get(self, key: str) -> str | None:
        """The text of a key; None if there is none."""
        name = _checked(key)
        with self._lock:
            answer = self._ask(b"get %s\r\n" % name)
            if answer == b"END":
                return None
            words = answer.split()
            if len(words) < 4 or words[0] != b"VALUE" or not words[3].isdigit():
                raise self._broken(answer)
            data = self._read(int(words[3]) + 2)[:-2]
            end = self._line()
            if end != b"END":
                raise self._broken(end)
            return data.decode("utf-8", "replace")

    def set(self, key: str, text: str, age: int) -> None:
        """Keep a text for some seconds; 0 for as long as there is room."""
        name, data = _checked(key), text.encode()
        with self._lock:
            answer = self._ask(b"set %s 0 %d %d\r\n%s\r\n" % (name, min(age, _MONTH), len(data), data))
            if answer != b"STORED":
                raise self._broken(answer)

    def _ask(self, question: bytes) -> bytes:
        try:
            if self._socket is None:
                self._socket = socket.create_connection(self._address, PATIENCE)
                self._lines = self._socket.makefile("rb")
            self._socket.sendall(question)
        except OSError:
            self._close()
            raise
        return self._line()

    def _line(self) -> bytes:
        return self._from(lambda lines: lines.readline(4096)).removesuffix(b"\r\n")

    def _read(self, size: int) -> bytes:
        return self._from(lambda lines: lines.read(size))

    def _from(self, take: Callable[[BufferedReader], bytes]) -> bytes:
        lines = self._lines
        try:
            data = b"" if lines is None else take(lines)
        except OSError:
            self._close()
            raise
        if not data.endswith(b"\r\n"):
            raise self._broken(b"the end of the connection")
        return data

    def _broken(self, answer: bytes) -> OSError:
        self._close()
        return OSError(f"memcached said {answer[:80]!r}")

    def _close(self) -> None:
        if self._lines is not None:
            self._lines.close()
        if self._socket is not None:
            self._socket.close()
        self._socket = self._lines = None


def _checked(key: str) -> bytes:
    name = key.encode()
    if not 0 < len(name) <= _LONGEST or any(octet <= 0x20 or octet == 0x7F for octet in name):
        raise ValueError(f"{key[:80]!r} can be no key of memcached")
    return name
