"""Which options of a packet are sent: by the client's parameter request list, and as a script has it."""

from collections.abc import Collection
from typing import Final

ALWAYS: Final = frozenset((1, 3, 6, 15, 51, 53, 54, 58, 59))
"""Options that are sent though a parameter request list leaves them out."""


class Selection:
    """Codes that were selected.

    :param requested: the parameter request list; empty if everything is wanted.
    :ivar changed: whether a script has had a say.
    :ivar removed: what a script does not want sent.
    """

    def __init__(self, requested: bytes) -> None:
        self._picked: set[int] | None = {*requested, *ALWAYS} if requested else None
        self._is_strict = False
        self.removed: set[int] = set()
        self.changed = False

    def copy(self) -> "Selection":
        """Another one with the same contents."""
        other = Selection(b"")
        other._picked = None if self._picked is None else set(self._picked)
        other._is_strict = self._is_strict
        other.removed = set(self.removed)
        other.changed = self.changed
        return other

    @property
    def only(self) -> frozenset[int] | None:
        """The codes beside which nothing is sent, if a script has told them one by one; else None."""
        return frozenset(self._picked) if self._is_strict and self._picked is not None else None

    def has(self, code: int, is_written: bool) -> bool:
        """Whether an option is sent if it has a value.

        :param is_written: whether a script has given it that value: then it is sent though nobody has asked for it.
        """
        if code in self.removed:
            return False
        return self._picked is None or code in self._picked or (is_written and not self._is_strict)

    def add(self, code: int) -> None:
        """Send an option whatever the client has asked for."""
        self.removed.discard(code)
        if self._picked is not None and code not in self._picked:
            self._picked.add(code)
            self.changed = True

    def select(self, added: Collection[int] | None, removed: Collection[int] | None) -> None:
        """Send what is added, and not what is removed; everything if both are None.

        Where everything was to be sent, what is added is sent alone.
        """
        self.changed = True
        if added is None and removed is None:
            self._picked = None
            self._is_strict = False
            self.removed.clear()
            return
        if added is not None:
            if self._picked is None:
                self._picked = set()
                self._is_strict = True
            self._picked.update(added)
            self.removed.difference_update(added)
        for code in removed or ():
            self.removed.add(code)
            if self._picked is not None:
                self._picked.discard(code)
