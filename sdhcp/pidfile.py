"""The file that names the running process."""

import os
from pathlib import Path

from twisted.logger import Logger, LogLevel

from .messages import PID_FILE
from .ownership import give


class PidFile:
    """Written with privileges, given to the user that the server becomes, removed at the end.

    :param owner: (uid, gid) that may remove it later; None leaves either as it is.
    """

    def __init__(self, path: str, owner: tuple[int | None, int | None], log: Logger) -> None:
        self._path = Path(path)
        self._owner = owner
        self._log = log
        self._written = False

    def write(self) -> None:
        """Write the number of this process; a failure is logged and costs nothing else."""
        try:
            present = self._path.read_text(encoding="ascii", errors="replace").strip()
        except OSError:
            present = ""
        if present and present != str(os.getpid()):
            alive = _is_alive(present)
            self._log.emit(
                LogLevel.warn,
                "PID_FILE {path} names process {present!r}, which {state}; overwriting it",
                message=PID_FILE,
                path=str(self._path),
                present=present[:20],
                state="is running" if alive else "is gone",
            )
        try:
            self._path.write_text(f"{os.getpid()}\n", encoding="ascii")
            self._written = True
        except OSError as error:
            self._log.error(
                "cannot write PID_FILE {path}: {why}", message=PID_FILE, path=str(self._path), why=error.strerror
            )
            return
        try:
            give(self._path, self._owner)
        except OSError as error:
            text = "cannot give PID_FILE {path} to the server's user: {why}"
            self._log.error(text, message=PID_FILE, path=str(self._path), why=error.strerror)

    def remove(self) -> None:
        """Take the file away, or empty it where its folder does not let this user remove it."""
        if not self._written:
            return
        self._written = False
        try:
            if self._path.read_text(encoding="ascii").strip() != str(os.getpid()):
                return
            self._path.unlink()
        except PermissionError:
            self._empty()
        except (OSError, UnicodeDecodeError) as error:
            self._log.emit(
                LogLevel.warn,
                "cannot remove PID_FILE {path}: {why}",
                message=PID_FILE,
                path=str(self._path),
                why=str(error),
            )

    def _empty(self) -> None:
        try:
            self._path.write_text("", encoding="ascii")
        except OSError as error:
            text = "cannot empty PID_FILE {path}: {why}"
            self._log.emit(LogLevel.warn, text, message=PID_FILE, path=str(self._path), why=error.strerror)


def _is_alive(text: str) -> bool:
    try:
        os.kill(int(text), 0)
    except PermissionError:
        return True
    except (ValueError, OSError, OverflowError):
        return False
    return True
