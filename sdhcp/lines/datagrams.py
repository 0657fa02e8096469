"""Lines as datagrams, for syslog and the journal."""

import os
import socket


class Datagrams:
    """Sends datagrams and never waits: what is not taken at once is lost.

    :param place: a path, or an address and a port.
    """

    def __init__(self, place: str | tuple[str, int]) -> None:
        self._place = place
        self._socket: socket.socket | None = None

    def open(self) -> None:
        """Connect.

        :raises OSError: if there is nobody; a later :meth:`write` tries it again.
        """
        if self._socket is None:
            place = self._place
            family = (
                socket.AF_UNIX if isinstance(place, str) else socket.AF_INET6 if ":" in place[0] else socket.AF_INET
            )
            made = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK)
            try:
                made.connect(place)
            except OSError:
                made.close()
                raise
            self._socket = made

    def write(self, data: bytes) -> None:
        """Send one.

        :raises OSError: if it was not taken.
        """
        is_open = self._socket is not None
        try:
            self._send(data)
        except BlockingIOError as error:
            raise OSError(error.errno, "it does not keep up") from None
        except OSError:
            self.close()
            # Who was there may have been started anew, and has another socket.
            if not is_open or not isinstance(self._place, str):
                raise
            self._send(data)

    def _send(self, data: bytes) -> None:
        self.open()
        if self._socket is not None:
            self._socket.send(data)

    def close(self) -> None:
        """Disconnect."""
        made, self._socket = self._socket, None
        if made is not None:
            made.close()


class Stream:
    """Standard error, or what stands in its place.

    :param number: the file's number.
    """

    def __init__(self, number: int) -> None:
        self._number = number

    def open(self) -> None:
        """Nothing: it is open."""

    def write(self, data: bytes) -> None:
        """Write a line.

        :raises OSError: if that cannot be done.
        """
        while data:
            data = data[os.write(self._number, data) :]

    def close(self) -> None:
        """Nothing: it is not ours."""
