"""What lies between sdhcp and a store that is far away: a proxy that holds back what the store says."""

import contextlib
import socket
import threading
import time
from collections import deque


class SlowLink:
    """Forwards connections to a port of 127.0.0.1, with a delay for what comes back from it.

    :ivar port: where it listens.
    :ivar delay: seconds; may be changed at any time.
    """

    def __init__(self, to: int) -> None:
        self._to = to
        self.delay = 0.0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._start(self._accept)

    def close(self) -> None:
        """Take no more connections."""
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                try:
                    store = socket.create_connection(("127.0.0.1", self._to))
                except OSError:
                    client.close()
                    continue
                for one in (client, store):
                    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._start(self._forward, client, store)
                held: deque[tuple[float, bytes]] = deque()
                more = threading.Semaphore(0)
                self._start(self._take, store, held, more)
                self._start(self._hand_on, client, store, held, more)

    def _forward(self, source: socket.socket, to: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                to.sendall(data)
        _end(to)

    def _take(self, store: socket.socket, held: "deque[tuple[float, bytes]]", more: threading.Semaphore) -> None:
        data = b"x"
        while data:
            try:
                data = store.recv(65536)
            except OSError:
                data = b""
            # The end comes no later than it must: a store that went away is not slow.
            held.append((time.monotonic() + self.delay if data else 0.0, data))
            more.release()

    def _hand_on(
        self,
        client: socket.socket,
        store: socket.socket,
        held: "deque[tuple[float, bytes]]",
        more: threading.Semaphore,
    ) -> None:
        with contextlib.suppress(OSError):
            while True:
                more.acquire()
                at, data = held.popleft()
                if not data:
                    break
                time.sleep(max(0.0, at - time.monotonic()))
                client.sendall(data)
        _end(client)
        _end(store)

    def _start(self, target: object, *arguments: object) -> None:
        threading.Thread(target=target, args=arguments, daemon=True).start()  # type: ignore[arg-type]


def _end(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
