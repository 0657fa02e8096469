"""What the private servers have in common: a folder, a user, a port, a process."""

import atexit
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

PATIENCE = 60.0


def free_port():
    """A TCP port of the loopback interface that nobody has now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def find(program, *folders):
    """A program's path, looked for in PATH and some folders; None if it is not there."""
    return shutil.which(program, path=os.pathsep.join([os.environ.get("PATH", ""), *folders]))


def wait_until(condition, what, patience=PATIENCE):
    """Block until a condition holds."""
    end = time.monotonic() + patience
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"waited {patience} s in vain: {what}")
        time.sleep(0.01)


class ServerProcess:
    """A server in a folder of its own, as a user of its own where the tests are run by root."""

    user = "nobody"
    last_word = "TERM"
    """The signal that ends it if the tests are killed."""
    _shared = None

    @classmethod
    def shared(cls):
        """The one that all tests of a run use, which ends with it."""
        if cls.__dict__.get("_shared") is None:
            cls._shared = server = cls()
            atexit.register(server.remove)
            atexit.register(server.stop)
        if cls._shared.process is None:
            cls._shared.start()
        return cls._shared

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="sdhcp-"))
        self.port = free_port()
        self.process = None
        if os.geteuid() == 0:
            account = pwd.getpwnam(self.user)
            os.chown(self.folder, account.pw_uid, account.pw_gid)

    def as_user(self, *command):
        """A command that runs as the server's user, and ends with the tests even if they are killed."""
        drop = ["setpriv", f"--pdeathsig={self.last_word}"]
        if os.geteuid() == 0:
            account = pwd.getpwnam(self.user)
            drop += [f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]
        return [*drop, *(str(part) for part in command)]

    def run(self, *command, **more):
        """Run a program as the server's user, to its end."""
        done = subprocess.run(
            self.as_user(*command), capture_output=True, text=True, check=False, timeout=120, cwd=self.folder, **more
        )
        if done.returncode:
            raise AssertionError(f"{command}: {done.stdout}{done.stderr}")
        return done.stdout

    def spawn(self, *command):
        """Start the server itself."""
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(self.as_user(*command), stdout=log, stderr=log, cwd=self.folder)

    def end(self, number):
        """Send the server a signal and wait for its end."""
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(PATIENCE)
            self.process = None

    def said(self):
        """What the server wrote to its log."""
        return (self.folder / "log").read_text(errors="replace")

    def remove(self):
        """Remove all that it left."""
        shutil.rmtree(self.folder, ignore_errors=True)
