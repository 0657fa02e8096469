"""Octets that change whenever an SQLite file does (SQLite file format, section 1.3)."""

import os
from collections.abc import Callable
from typing import Final

_VERSIONS: Final = 18
"""Where the header has the write and read version (2 means WAL), and soon after the change counter."""
_SIZE: Final = 10
_INDEX_HEADER: Final = 48
"""Octets of the wal-index that every commit changes."""
LOOK: Final = 0.05
"""Seconds between two looks whether the file is still the one that its path names."""


class ChangeToken:
    """Reads the token of one file.

    Its descriptors stay open as long as a connection of this process does: closing any descriptor of
    the file would drop the locks that SQLite holds on it (POSIX advisory locks).

    :param mark: what tells this file's tokens from those of a file that had its path before.
    :ivar attach: has the connection read, so that it keeps a wal-index in being; set once there is a connection.
    :ivar replaced: whether the path names another file by now, or one was copied over this one.
    :ivar gone: whether the path names nothing.
    :ivar hidden: why nobody can say what the path names, "" if one can.
    :raises OSError: if the file cannot be opened.
    """

    def __init__(self, path: str, mark: bytes) -> None:
        self._path = path
        self._mark = mark
        self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        status = os.fstat(self._file)
        self._identity = (status.st_dev, status.st_ino)
        self._index: int | None = None
        self._look_at = 0.0
        self._seen: tuple[tuple[int, int, int], bytes] | None = None
        self._suspect = b""
        self.attach: Callable[[], None] = lambda: None
        self.replaced = False
        self.gone = False
        self.hidden = ""

    def read(self, now: float) -> bytes:
        """The token now; b"" if the file cannot be read or is not the one that the path names.

        :param now: seconds of a monotonic clock.
        """
        if now >= self._look_at:
            self._look_at = now + LOOK
            self._look()
        if self.replaced:
            return b""
        try:
            header = os.pread(self._file, _SIZE, _VERSIONS)
            if self._seen is not None and self._seen[1] != header:
                # What is written from here on without another change of the counter is no commit.
                self._seen = (_written(os.fstat(self._file)), header)
            if header[:1] == b"\2":
                return self._mark + header + self._wal_index()
        except OSError:
            return b""
        return self._mark + header

    def close(self) -> None:
        """Close the descriptors; only once the connection is closed."""
        os.close(self._file)
        if self._index is not None:
            os.close(self._index)

    def _look(self) -> None:
        try:
            status = os.stat(self._path)
        except (FileNotFoundError, NotADirectoryError):
            self.gone = True
            return
        except OSError as error:
            self.hidden = error.strerror or str(error)
            return
        self.gone = False
        self.hidden = ""
        if (status.st_dev, status.st_ino) != self._identity:
            self.replaced = True
        elif not self.replaced:
            self.replaced = self._is_overwritten(status)

    def _is_overwritten(self, status: os.stat_result) -> bool:
        """Whether the file was written to and its change counter did not move, at two looks in a row.

        One look is not enough: it may fall into a commit, which writes the counter among other pages. In
        WAL mode the file is written to without a change.
        """
        try:
            header = os.pread(self._file, _SIZE, _VERSIONS)
        except OSError:
            return False
        if header[:1] == b"\2":
            self._seen, self._suspect = None, b""
            return False
        before, suspect = self._seen, self._suspect
        self._seen = (_written(status), header)
        if suspect:
            self._suspect = b""
            return suspect == header
        if before is not None and before[0] != self._seen[0] and before[1] == header:
            self._suspect = header
        return False

    def _wal_index(self) -> bytes:
        if self._index is None:
            # Without a connection to it another program would remove the index, and a new one would be unseen.
            self.attach()
            try:
                self._index = os.open(f"{self._path}-shm", os.O_RDONLY | os.O_CLOEXEC)
            except FileNotFoundError:
                # Nobody has opened the file since it was closed whole: the header alone tells.
                return b""
        return os.pread(self._index, _INDEX_HEADER, 0)


def _written(status: os.stat_result) -> tuple[int, int, int]:
    """What changes when a file is written to."""
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns
