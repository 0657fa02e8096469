"""What a site's own database is made of."""

import threading
from typing import Any, Final

_NO_LIMIT: Final = 2147483647


class Database:
    """Knows clients. A site's class has :meth:`lookupMAC`, which is called in several threads at once."""

    def lookupMAC(self, mac: Any) -> Any:
        """What a client gets: a :class:`Definition`, several in a list, or None for one that is not known."""
        raise NotImplementedError(f"{type(self).__name__} has no lookupMAC")

    def reinitialise(self) -> None:
        """Called when the server reads its sources anew."""


class CachingDatabase(Database):
    """A database whose ``_lookupMAC``, which a site's class has, is asked by a bounded number of threads.

    Answers are kept in front of all databases by the server itself (USE_CACHE).

    :param concurrency_limit: how many at a time.
    """

    def __init__(self, concurrency_limit: int = _NO_LIMIT) -> None:
        self._resource_lock = threading.BoundedSemaphore(concurrency_limit)
        self._cache = None

    def lookupMAC(self, mac: Any) -> Any:
        """As in :class:`Database`."""
        with self._resource_lock:
            return self._lookupMAC(mac)  # type: ignore[attr-defined]  # a mixin beside this class may have it


class Null(Database):
    """Knows nobody."""

    def lookupMAC(self, mac: Any) -> None:
        """None."""
