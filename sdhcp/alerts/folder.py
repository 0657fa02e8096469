"""A folder in which parcels outlive the process, one file each."""

import json
import os
import re
from collections.abc import Callable
from typing import Any, Final

from twisted.internet.defer import Deferred, DeferredLock
from twisted.python.failure import Failure

from .parcels import Parcel

MOST: Final = 1000
"""Files that are looked at."""
_NAME: Final = re.compile(r"[0-9A-Za-z.-]{1,100}\Z")
_ENDING: Final = ".json"


class ParcelFolder:
    """Keeps parcels in a folder, which is made if it is not there.

    :param path: an absolute path.
    :param aside: calls a function with arguments where it may block; a Deferred of what it returns.
    :param tell: takes a severity and a line for the log.
    """

    def __init__(self, path: str, aside: Callable[..., "Deferred[Any]"], tell: Callable[[str, str], None]) -> None:
        self.path = path
        self._aside = aside
        self._tell = tell
        # What is done with one file must be done in its order.
        self._lock = DeferredLock()
        self._is_broken = False

    def load(self) -> "Deferred[list[Parcel]]":
        """What is there, the oldest first. Never fails."""
        return self._in_order(list, self._load)

    def keep(self, parcel: Parcel) -> None:
        """Write one, over what was written of it before."""
        self._in_order(lambda: None, self._keep, parcel)

    def forget(self, name: str) -> None:
        """Remove one."""
        self._in_order(lambda: None, self._forget, name)

    def settled(self) -> "Deferred[None]":
        """Fires when all that was asked for is done."""
        return self._in_order(lambda: None, lambda: None)

    def _in_order(self, otherwise: Callable[[], Any], function: Callable[..., Any], *arguments: Any) -> "Deferred[Any]":
        done: Deferred[Any] = self._lock.run(self._aside, function, *arguments)
        return done.addErrback(self._failed, otherwise)

    def _failed(self, failure: Failure, otherwise: Callable[[], Any]) -> Any:
        if not self._is_broken:
            self._is_broken = True
            error = failure.value
            why = error.strerror if isinstance(error, OSError) else failure.getErrorMessage()
            self._tell("ERROR", f"EMAIL_QUEUE {self.path}: {why}; mails that wait may not survive a restart")
        return otherwise()

    # What follows may block.

    def _load(self) -> list[Parcel]:
        os.makedirs(self.path, mode=0o700, exist_ok=True)
        found = []
        for name in sorted(os.listdir(self.path))[-MOST:]:
            if name.endswith(_ENDING):
                parcel = self._read(name)
                if parcel is not None:
                    found.append(parcel)
        return sorted(found, key=lambda parcel: parcel.at)

    def _read(self, name: str) -> Parcel | None:
        """One file; None if it is nothing that was written here."""
        try:
            with open(os.path.join(self.path, name), encoding="utf-8") as file:
                held = json.load(file)
            parcel = Parcel(str(held["name"]), float(held["at"]), tuple(map(str, held["to"])), str(held["text"]))
        except (ValueError, TypeError, KeyError):
            return None
        return parcel if parcel.name + _ENDING == name and parcel.to else None

    def _keep(self, parcel: Parcel) -> None:
        path = self._path(parcel.name)
        os.makedirs(self.path, mode=0o700, exist_ok=True)
        descriptor = os.open(f"{path}.new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:
            json.dump(parcel._asdict(), file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(f"{path}.new", path)

    def _forget(self, name: str) -> None:
        try:
            os.unlink(self._path(name))
        except FileNotFoundError:
            return

    def _path(self, name: str) -> str:
        if not _NAME.match(name):
            raise ValueError(f"{name!r} is no name of a file")
        return os.path.join(self.path, name + _ENDING)
