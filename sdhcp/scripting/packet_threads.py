"""Threads for packets, one for each and never more than a number of them."""

import logging
import threading
from collections.abc import Callable
from typing import Any


class PacketThreads:
    """Runs functions, each in a thread of its own.

    :param most: how many may run at a time.
    :param log: is told of what is refused, and of what functions raise.
    """

    def __init__(self, most: int, log: logging.Logger) -> None:
        self._most = most
        self._free = threading.Semaphore(most)
        self._log = log
        self._counting = threading.Lock()
        self._refused = 0

    @property
    def refused(self) -> int:
        """How many functions were not run because there were too many."""
        return self._refused

    def run(self, function: Callable[..., Any], *arguments: Any) -> bool:
        """Start to run a function; False if there are too many, which is counted."""
        if not self._free.acquire(blocking=False):
            self._refuse()
            return False
        try:
            threading.Thread(target=self._run, args=(function, arguments), name="dhcp-packet", daemon=True).start()
        except RuntimeError:
            # The system has no more threads.
            self._free.release()
            self._refuse()
            return False
        return True

    def _run(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        try:
            function(*arguments)
        except Exception:  # of a site's own function, which costs one packet
            self._log.exception("a packet was not handled")
        finally:
            self._free.release()

    def _refuse(self) -> None:
        with self._counting:
            self._refused += 1
            refused = self._refused
        # At 1, 2, 4, 8 and so on: a flood of packets makes no flood of lines.
        if refused & (refused - 1) == 0:
            self._log.warning("%d packets dropped: %d were being handled already", refused, self._most)
