"""The record of who has changed what: lines of JSON, only ever added to, in files of a bounded number and size."""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

LARGEST: Final = 1 << 20
"""Octets from which on a file is put aside."""
FILES: Final = 10
"""Files that are kept beside the one that is written: ``.1`` is the latest of them."""


class CannotRecord(Exception):
    """Nothing can be recorded; the text says why in one line."""


class Audit:
    """Adds lines to a file that its owner alone may read. All methods block.

    :param path: the file; "" for none, which records nothing.
    """

    def __init__(self, path: str) -> None:
        self._path = path

    def see_that_it_can(self) -> None:
        """See that an entry could be added.

        :raises CannotRecord: if not.
        """
        if self._path:
            try:
                os.close(self._open())
            except OSError as error:
                raise CannotRecord(f"AUDIT_FILE {self._path}: {error.strerror}") from None

    def add(self, entry: Mapping[str, Any]) -> None:
        """Add an entry; it is on the disk when this returns.

        :raises CannotRecord: if it could not be.
        """
        if not self._path:
            return
        try:
            self._put_aside()
            number = self._open()
            try:
                os.write(number, (json.dumps(entry) + "\n").encode())
                os.fsync(number)
            finally:
                os.close(number)
        except OSError as error:
            raise CannotRecord(f"AUDIT_FILE {self._path}: {error.strerror}") from None

    def _open(self) -> int:
        return os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def _put_aside(self) -> None:
        with suppress(FileNotFoundError):
            if os.stat(self._path).st_size < LARGEST:
                return
            for number in range(FILES - 1, 0, -1):
                with suppress(FileNotFoundError):
                    os.replace(f"{self._path}.{number}", f"{self._path}.{number + 1}")
            os.replace(self._path, f"{self._path}.1")
