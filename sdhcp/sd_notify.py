"""Messages to the program that started this one, as systemd wants them (sd_notify(3))."""

import socket
from array import array
from collections import deque
from typing import Final

WAITING: Final = 64
"""Messages that wait at most, if the other side does not read them; the oldest are let go."""


class NotifySocket:
    """Sends messages, in their order, without ever waiting.

    :param address: ``NOTIFY_SOCKET`` as it stands in the environment: a path, or ``@`` and a name that has no file;
        "" for nobody, to whom nothing is sent.
    """

    def __init__(self, address: str) -> None:
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self._waiting: deque[tuple[bytes, socket.socket | None]] = deque()
        self._socket: socket.socket | None = None
        if address.startswith(("/", "@")):
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK)

    def __bool__(self) -> bool:
        """Whether anybody is told."""
        return self._socket is not None

    def send(self, *lines: str, attached: socket.socket | None = None) -> None:
        """Send ``NAME=VALUE`` lines as one message, with a socket for the other side to keep if one is given.

        A message that cannot be taken now is sent by :meth:`flush`; one to nobody is let go.
        """
        if self._socket is None:
            return
        message = "\n".join(" ".join(line.split("\n")) for line in lines)
        if len(self._waiting) == WAITING:
            self._let_go()
        try:
            # What is sent may have been closed by its owner when its turn comes.
            copy = attached.dup() if attached is not None else None
        except OSError:
            # No more files may be open: then it is not kept.
            return
        self._waiting.append((message.encode(errors="replace"), copy))
        self.flush()

    def flush(self) -> None:
        """Send what waits, as far as it is taken."""
        while self._waiting and self._socket is not None:
            message, attached = self._waiting[0]
            rights = (
                [] if attached is None else [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array("i", [attached.fileno()]))]
            )
            try:
                self._socket.sendmsg([message], rights, 0, self._address)
            except BlockingIOError:
                return
            except OSError:
                # Whoever started this program is gone, or takes no such message: that must not end the service.
                pass
            self._let_go()

    def close(self) -> None:
        """Send nothing more."""
        while self._waiting:
            self._let_go()
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _let_go(self) -> None:
        _, attached = self._waiting.popleft()
        if attached is not None:
            attached.close()
