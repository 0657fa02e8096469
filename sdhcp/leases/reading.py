"""The SQLite file of leases as somebody beside the server reads it: without its lock, while it writes. Blocks."""

import heapq
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from ..backends.sqlite_file import connect
from ..interfaces import LeaseChange, SourceError
from ..model import Lease
from .records import unpacked
from .rows import COLUMNS, STATES, Entry, from_octets, to_change, to_entry
from .table import STATES as SHOWN
from .tables import VERSION

PAGE: Final = 2000
"""Leases that are read at a time: the server cannot shorten its journal while somebody reads."""
_WAIT: Final = 10.0


class LeaseReader:
    """Reads a file, each method as it is then. Offers are not in it.

    All methods raise :class:`SourceError` if it cannot be read.

    :param path: the file, which has to be there.
    :ivar pools: the names of all pools that it has or had leases of.
    :ivar unread: leases that are not whole, and were left out.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self.unread = 0
        with self._telling():
            os.stat(path)
            self._connection = connect(path, _WAIT)
            try:
                self._connection.text_factory = _text
                (version,) = self._connection.execute("PRAGMA user_version").fetchone()
                if version != VERSION:
                    raise SourceError(f"it is no file of leases, or of another version of sdhcp, {version}")
                self._names: dict[int, str] = dict(self._connection.execute("SELECT number, name FROM pools"))
            except BaseException:
                self._connection.close()
                raise
        self.pools: Sequence[str] = tuple(sorted(self._names.values()))

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def leases(self, pools: Iterable[str], first: int = 0, last: int = 0xFFFFFFFF) -> Iterator[Lease]:
        """The leases of some pools, ascending by address, from one address to another, both included, as numbers."""
        wanted = set(pools)
        numbers = [number for number, name in self._names.items() if name in wanted]
        pages = (self._of_pool(number, number << 32 | first, number << 32 | last) for number in numbers)
        return heapq.merge(*pages, key=lambda lease: lease.address)

    def _of_pool(self, number: int, first: int, last: int) -> Iterator[Lease]:
        select = f"SELECT place, entry FROM leases WHERE place BETWEEN ? AND ? ORDER BY place LIMIT {PAGE}"  # noqa: S608
        while True:
            with self._telling():
                rows = self._connection.execute(select, (first, last)).fetchall()
            for place, octets in rows:
                entry = from_octets(octets)
                if entry is None or entry.place != place:
                    self.unread += 1
                elif entry.what != "cleared":
                    yield _lease(self._names[number], entry)
            if len(rows) < PAGE:
                return
            first = rows[-1][0] + 1

    def history(self, address: bytes | None, client: str | None, mac: bytes | None, most: int) -> Sequence[LeaseChange]:
        """What became of an address, or of a client by what it is known by, or by its hardware address; latest first.

        What is known of a hardware address alone is looked for in the whole history.
        """
        conditions: list[str] = []
        given: list[str | bytes | int] = []
        if address is not None:
            places = [number << 32 | int.from_bytes(address, "big") for number in self._names]
            conditions.append(f"place IN ({', '.join('?' * len(places))})")
            given += places
        if client is not None:
            conditions.append("client = ?")
            given.append(client)
        if mac is not None:
            conditions.append("mac = ?")
            given.append(mac)
        where = f"WHERE {' OR '.join(conditions)}" if conditions else ""
        select = f"SELECT step, place, {COLUMNS} FROM history {where} ORDER BY step DESC LIMIT ?"  # noqa: S608  as above
        changes = []
        with self._telling():
            for step, place, *values in self._connection.execute(select, (*given, most)):
                if to_entry(step, place, values) is None:
                    self.unread += 1
                else:
                    changes.append(to_change(self._names.get(place >> 32, ""), place, values))
        return changes

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except SourceError as error:
            raise SourceError(f"{self._path}: {error}", error.advice) from None
        except FileNotFoundError:
            advice = "the server makes it when it starts with pools"
            raise SourceError(f"{self._path}: there is no such file", advice) from None
        except (sqlite3.Error, OSError) as error:
            why = getattr(error, "strerror", None) or str(error)
            raise SourceError(f"{self._path}: cannot be read: {why}", "be the server's user, or root") from None


def _lease(pool: str, entry: Entry) -> Lease:
    """What an address was by its last change, which has not been cleared."""
    client, mac, hostname, via, evidence = unpacked(entry.record)
    address, state = (entry.place & 0xFFFFFFFF).to_bytes(4, "big"), SHOWN[STATES[entry.what]]
    return Lease(address, pool, client, state, entry.since, entry.expires, mac, hostname, via, evidence)


def _text(octets: bytes) -> str:
    return octets.decode("utf-8", "surrogatepass")
