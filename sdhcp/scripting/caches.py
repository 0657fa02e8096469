"""Caches of definitions, for a site's own database classes.

What DATABASE_ENGINE's answers are kept in is the server's own (USE_CACHE).
"""

import sqlite3
import tempfile
import threading
from contextlib import closing
from typing import Any, Final

from ..recent import Recent
from .cache_entries import RECORD, Entry, entries_of, entry_from, made, record_key
from .memcached_client import MemcachedClient
from .site_settings import setting

_MOST: Final = 262_144
"""Clients that are kept in memory."""
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS subnets (
    subnet TEXT, serial INTEGER, lease_time INTEGER, gateway TEXT, subnet_mask TEXT, broadcast_address TEXT,
    ntp_servers TEXT, domain_name_servers TEXT, domain_name TEXT, PRIMARY KEY (subnet, serial)
);
CREATE TABLE IF NOT EXISTS maps (mac INTEGER PRIMARY KEY, details TEXT);
"""
_GET_RECORD: Final = f"SELECT {', '.join(RECORD)} FROM subnets WHERE subnet = ? AND serial = ?"  # noqa: S608
_PUT_RECORD: Final = (
    f"INSERT OR REPLACE INTO subnets (subnet, serial, {', '.join(RECORD)}) "  # noqa: S608  as above, names of ours
    f"VALUES (?, ?{', ?' * len(RECORD)})"
)


class _DatabaseCache:
    """Keeps what was found, until :meth:`reinitialise`; what was not found is never kept.

    :param name: what it is called.
    :param chained_cache: another that is asked for what is not here, and given what comes.
    """

    def __init__(self, name: str = "", chained_cache: "_DatabaseCache | None" = None) -> None:
        self.name = name
        self._chained_cache = chained_cache

    def lookupMAC(self, mac: Any) -> Any:
        """What is kept for a hardware address: a definition made anew, several in a list, or None."""
        found = self._get(mac)
        if found:
            definitions = [made(entry) for entry in found]
            return definitions[0] if len(definitions) == 1 else definitions
        if self._chained_cache is None:
            return None
        answer = self._chained_cache.lookupMAC(mac)
        if answer:
            self._put(mac, entries_of(answer))
        return answer

    def cacheMAC(self, mac: Any, definition: Any) -> None:
        """Keep a definition, or several. Nothing is kept of what is none."""
        if definition:
            self._put(mac, entries_of(definition))
            if self._chained_cache is not None:
                self._chained_cache.cacheMAC(mac, definition)

    def reinitialise(self) -> None:
        """Forget everything."""
        self._clear()
        if self._chained_cache is not None:
            self._chained_cache.reinitialise()

    def _get(self, mac: Any) -> list[Entry]:
        raise NotImplementedError(f"{type(self).__name__} has no _get")

    def _put(self, mac: Any, entries: list[Entry]) -> None:
        raise NotImplementedError(f"{type(self).__name__} has no _put")

    def _clear(self) -> None:
        raise NotImplementedError(f"{type(self).__name__} has no _clear")


class MemoryCache(_DatabaseCache):
    """Keeps definitions in memory, of a bounded number of clients."""

    def __init__(self, name: str = "memory", chained_cache: _DatabaseCache | None = None) -> None:
        super().__init__(name, chained_cache)
        self._lock = threading.Lock()
        self._clear()

    def _get(self, mac: Any) -> list[Entry]:
        with self._lock:
            return self._kept.get(str(mac)) or []

    def _put(self, mac: Any, entries: list[Entry]) -> None:
        with self._lock:
            self._kept.put(str(mac), entries)

    def _clear(self) -> None:
        self._kept: Recent[list[Entry]] = Recent(_MOST)


class DiskCache(_DatabaseCache):
    """Keeps definitions in an SQLite file; those that staticDHCPd left there are read.

    :param filepath: the file; None for one that is gone with this object.
    """

    def __init__(
        self, name: str = "disk", filepath: str | None = None, chained_cache: _DatabaseCache | None = None
    ) -> None:
        super().__init__(name, chained_cache)
        self._lock = threading.Lock()
        self._folder = None if filepath else tempfile.TemporaryDirectory(prefix="sdhcp-")
        self._path = filepath or f"{self._folder.name}/cache.sqlite3"  # type: ignore[union-attr]
        with self._opened() as database:
            database.executescript(_TABLES)

    def _opened(self) -> "closing[sqlite3.Connection]":
        return closing(sqlite3.connect(self._path, isolation_level=None))

    def _get(self, mac: Any) -> list[Entry]:
        with self._lock, self._opened() as database:
            row = database.execute("SELECT details FROM maps WHERE mac = ?", (int(mac),)).fetchone()
            return [] if row is None else entry_from(row[0], lambda *key: _record(database, key))

    def _put(self, mac: Any, entries: list[Entry]) -> None:
        with self._lock, self._opened() as database:
            database.execute("BEGIN IMMEDIATE")
            for entry in entries:
                database.execute(_PUT_RECORD, (entry.subnet, entry.serial, *entry.record))
            details = Entry.text(entries, nested=False)
            database.execute("INSERT OR REPLACE INTO maps (mac, details) VALUES (?, ?)", (int(mac), details))
            database.execute("COMMIT")

    def _clear(self) -> None:
        with self._lock, self._opened() as database:
            database.executescript("DELETE FROM maps; DELETE FROM subnets;")


class MemcachedCache(_DatabaseCache):
    """Keeps definitions in memcached for some seconds, in staticDHCPd's form. Nothing there is forgotten at once.

    :param server: host and port; by default what conf.py says.
    :param timeout: how many seconds, likewise.
    """

    def __init__(
        self,
        name: str = "memcached",
        server: tuple[str, int] | None = None,
        timeout: int | None = None,
        chained_cache: _DatabaseCache | None = None,
    ) -> None:
        super().__init__(name, chained_cache)
        host, port = server or (setting("MEMCACHED_HOST"), setting("MEMCACHED_PORT"))
        self._age = int(setting("MEMCACHED_AGE_TIME") if timeout is None else timeout)
        self._client = MemcachedClient(str(host), int(port))

    def _get(self, mac: Any) -> list[Entry]:
        text = self._client.get(str(mac))
        return [] if text is None else entry_from(text, self._record)

    def _put(self, mac: Any, entries: list[Entry]) -> None:
        for entry in entries:
            self._client.set(record_key(entry.subnet, entry.serial), entry.record_text(), self._age)
        self._client.set(str(mac), Entry.text(entries, nested=True), self._age)

    def _clear(self) -> None:
        """Others may use it too, and what is old goes by itself."""

    def _record(self, subnet: str, serial: int) -> Any:
        text = self._client.get(record_key(subnet, serial))
        return None if text is None else Entry.record_from(text)


def _record(database: sqlite3.Connection, key: tuple[str, int]) -> Any:
    return database.execute(_GET_RECORD, key).fetchone()
