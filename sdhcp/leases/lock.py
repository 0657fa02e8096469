"""Who has a file for itself."""

import fcntl
import os

from ..interfaces import SourceError


class Lock:
    """A lock that ends with the process at the latest.

    :param path: a file of its own, which stays; the lock is not in the file's being there.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._file = -1

    def take(self, what: str) -> None:
        """Take it.

        :param what: the file that it stands for.
        :raises SourceError: if another server has it.
        """
        if self._file >= 0:
            return
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(file)
            if isinstance(error, BlockingIOError):
                raise SourceError("another server uses it", "give each server a file of its own") from None
            raise
        self._file = file

    def leave(self) -> None:
        """Leave it to others."""
        file, self._file = self._file, -1
        if file >= 0:
            os.close(file)
