"""What a site's code has registered to be called: functions in their order, each of them once."""

import logging
import threading
from collections.abc import Callable
from typing import Any

Callback = Callable[..., Any]


class Functions:
    """Functions of one kind, in the order in which they were added. Any thread may add, remove and list them.

    Two that are equal are the same one, as two that were got from one method of one object are. No lock is held
    while they are called, so that they may add and remove others, and themselves.

    :param what: what one is called in the log.
    :param logger: the logger that is told of one that is there twice, or not at all.
    """

    def __init__(self, what: str, logger: str) -> None:
        self._what = what
        self._logger = logging.getLogger(logger)
        self._lock = threading.Lock()
        self._functions: tuple[Callback, ...] = ()
        self._listeners: tuple[Callable[[], None], ...] = ()

    def __len__(self) -> int:
        return len(self._functions)

    def all(self) -> tuple[Callback, ...]:
        """Those that are there now."""
        return self._functions

    def add(self, callback: Callback) -> None:
        """Add one at the end; one that is there already is an ERROR in the log, and nothing else.

        :raises TypeError: if it cannot be called.
        """
        checked(callback)
        with self._lock:
            is_new = callback not in self._functions
            if is_new:
                self._functions = (*self._functions, callback)
        if is_new:
            self._changed()
        else:
            self._logger.error("%s %r is registered already; nothing was changed", self._what, callback)

    def remove(self, callback: Callback) -> bool:
        """Take one out; False, and an ERROR in the log, if it is not there."""
        with self._lock:
            is_there = callback in self._functions
            if is_there:
                self._functions = tuple(one for one in self._functions if one != callback)
        if is_there:
            self._changed()
        else:
            self._logger.error("%s %r is not registered; nothing was changed", self._what, callback)
        return is_there

    def replace(self, functions: tuple[Callback, ...]) -> None:
        """Have these functions, and no others."""
        with self._lock:
            self._functions = functions
        self._changed()

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call this after each change, on the thread that made it."""
        self._listeners = (*self._listeners, listener)

    def _changed(self) -> None:
        for listener in self._listeners:
            listener()


def checked(callback: Any) -> None:
    """Whether something can be called at all: what cannot would only be found out when its turn comes.

    :raises TypeError: if not.
    """
    if not callable(callback):
        raise TypeError(f"{callback!r} cannot be called")
