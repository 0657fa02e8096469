"""A file that lines are added to, and that is put aside at midnight."""

import os
import re
import stat
from collections.abc import Callable
from contextlib import suppress
from time import localtime, mktime, strftime
from typing import Final

_CLOSED: Final = -1
_DATE: Final = re.compile(r"\.\d{4}-\d{2}-\d{2}\Z")


class DailyFile:
    """Adds to a file. What is of the days before has their date behind its name.

    Nothing is kept back in memory: what was written is with the system.

    :param history: how many days before this one are kept; 0 to add to one file for ever.
    :param wall: seconds since the epoch.
    """

    def __init__(self, path: str, history: int, wall: Callable[[], float]) -> None:
        self._path = os.path.abspath(path)
        self._history = history
        self._wall = wall
        self._number = _CLOSED
        self._is_kept_for_ever = False
        self._ends = 0.0
        self._day = ""
        self._is_torn = False

    def open(self) -> None:
        """Open it, or make it.

        :raises OSError: if that cannot be done; a later :meth:`write` tries it again.
        """
        if self._number == _CLOSED:
            self._number = self._opened()
            status = os.fstat(self._number)
            # A device or a pipe stays where it is.
            self._is_kept_for_ever = not self._history or not stat.S_ISREG(status.st_mode)
            self._begin(status.st_mtime if status.st_size else self._wall())

    def give_to(self, uid: int, gid: int) -> None:
        """Make it somebody's, -1 for whose it is.

        :raises OSError: if that may not be done.
        """
        if self._number != _CLOSED:
            os.fchown(self._number, uid, gid)

    def write(self, data: bytes) -> None:
        """Add a line.

        :raises OSError: if not all of it could be written; the next one begins on a line of its own.
        """
        self.open()
        if not self._is_kept_for_ever and self._wall() >= self._ends:
            self._turn()
        if self._is_torn:
            data = b"\n" + data
        done = 0
        while done < len(data):
            try:
                done += os.write(self._number, data[done:])
            except OSError:
                self._is_torn = self._is_torn or done > 0
                raise
        self._is_torn = False

    def close(self) -> None:
        """Close it."""
        number, self._number = self._number, _CLOSED
        if number != _CLOSED:
            os.close(number)

    def _opened(self) -> int:
        return os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666)

    def _begin(self, at: float) -> None:
        """Go by the day of a moment."""
        day = localtime(at)
        self._day = strftime("%Y-%m-%d", day)
        self._ends = mktime((day.tm_year, day.tm_mon, day.tm_mday + 1, 0, 0, 0, 0, 0, -1))

    def _turn(self) -> None:
        """Put the file aside and begin another; where that cannot be done the same goes on for another day."""
        aside = f"{self._path}.{self._day}"
        self._begin(self._wall())
        if os.path.lexists(aside):
            return
        try:
            os.rename(self._path, aside)
        except OSError:
            # The folder may not be ours any more once privileges are given up.
            return
        try:
            number = self._opened()
        except OSError:
            with suppress(OSError):
                os.rename(aside, self._path)
            return
        os.close(self._number)
        self._number = number
        self._is_torn = False
        with suppress(OSError):
            self._forget()

    def _forget(self) -> None:
        """Remove what is older than wanted."""
        folder, name = os.path.split(self._path)
        aside = sorted(one for one in os.listdir(folder) if one.startswith(name) and _DATE.fullmatch(one[len(name) :]))
        for one in aside[: -self._history]:
            # What cannot be removed today may be tomorrow.
            with suppress(OSError):
                os.remove(os.path.join(folder, one))
