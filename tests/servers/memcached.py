"""A private memcached."""

import os
import signal
import socket

from .processes import ServerProcess, find, wait_until

PROGRAM = find("memcached")
MISSING = None if PROGRAM else "memcached is not installed"


class Memcached(ServerProcess):
    """One on a port of the loopback interface."""

    def start(self):
        """Start it, empty."""
        self.spawn(PROGRAM, "-l", "127.0.0.1", "-p", self.port, "-U", "0", "-m", "16")
        wait_until(self._answers, "memcached answers")

    def stop(self):
        """End it, as a crash would."""
        if self.process is not None:
            self.go_on()
            self.end(signal.SIGKILL)

    def hang(self):
        """Let it neither answer nor end."""
        os.kill(self.process.pid, signal.SIGSTOP)

    def go_on(self):
        """End that."""
        os.kill(self.process.pid, signal.SIGCONT)

    def tell(self, *lines):
        """Send it lines; all that it answers to them."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as one:
            one.sendall("".join(f"{line}\r\n" for line in (*lines, "quit")).encode())
            with one.makefile("rb") as file:
                return file.read().decode()

    def hold(self, key, value, expires=0):
        """Keep a value there."""
        answer = self.tell(f"set {key} 0 {expires} {len(value)}", value)
        if answer != "STORED\r\n":
            raise AssertionError(answer)

    def held(self, key):
        """The value of a key; None if there is none."""
        answer = self.tell(f"get {key}").split("\r\n")
        return answer[1] if len(answer) > 2 else None

    def _answers(self):
        try:
            return self.tell("version").startswith("VERSION")
        except OSError:
            return False
