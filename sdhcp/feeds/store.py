"""The last records, bounded by their number, their length and their age."""

import threading
from collections import OrderedDict
from typing import Final, NamedTuple
from uuid import UUID, uuid5

LONGEST: Final = 16_384
"""Characters of a record; what is longer is cut."""
_LONGEST_TITLE: Final = 120
_NAMESPACE: Final = UUID("7b21c7eb-8164-48db-b151-40c29f75cfd9")
"""What the names of records lie in; it never changes, so that a record has the same name wherever it is made."""


class Record(NamedTuple):
    """One line of the log with what belongs to it, such as a traceback.

    ``uid`` names it: the same text at the same moment has the same. ``time`` is seconds since the epoch, ``severity``
    ERROR or the like, ``module`` the logger that it came from, ``title`` its beginning on one line.
    """

    uid: str
    time: float
    severity: str
    module: str
    title: str
    text: str


def record_of(time: float, severity: str, module: str, text: str) -> Record:
    """A record with its name; what no document can hold is escaped, what is too long is cut."""
    text = printable(text)
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]} ... ({len(text) - LONGEST} more characters)"
    module = printable(module).replace("\n", " ")
    title = text.partition("\n")[0]
    if len(title) > _LONGEST_TITLE:
        title = f"{title[: _LONGEST_TITLE - 3]}..."
    uid = str(uuid5(_NAMESPACE, "\0".join((repr(time), severity, module, text))))
    return Record(uid, time, severity, module, title, text)


def printable(text: str) -> str:
    """Text without control characters but line feeds: what clients send may stand in it."""
    return "".join(one if one.isprintable() or one == "\n" else one.encode("unicode_escape").decode() for one in text)


class RecordStore:
    """Keeps the last records. Any thread may call it.

    :param now: when it was made, in seconds since the epoch.
    :param most: how many records it keeps.
    :param age: for how many seconds; None for no limit.
    """

    def __init__(self, now: float, most: int, age: float | None) -> None:
        self._lock = threading.Lock()
        self._records: OrderedDict[str, Record] = OrderedDict()
        self._most = most
        self._age = age
        self._changed = now

    def add(self, record: Record) -> None:
        """Keep a record, in place of the oldest if there is no room; one that is there already is the same one."""
        with self._lock:
            if record.uid not in self._records:
                self._records[record.uid] = record
                if len(self._records) > self._most:
                    self._records.popitem(last=False)
                self._changed = max(self._changed, record.time)

    def clear(self, now: float) -> None:
        """Forget all of them."""
        with self._lock:
            if self._records:
                self._records.clear()
                self._changed = max(self._changed, now)

    def records(self, now: float) -> tuple[Record, ...]:
        """Those that are not too old, the newest first."""
        with self._lock:
            self._forget(now)
            return tuple(reversed(self._records.values()))

    def find(self, uid: str, now: float) -> Record | None:
        """The record of a name; None if there is none any more."""
        with self._lock:
            self._forget(now)
            return self._records.get(uid)

    def changed(self, now: float) -> float:
        """When a record came or went last, in seconds since the epoch."""
        with self._lock:
            self._forget(now)
            return self._changed

    def _forget(self, now: float) -> None:
        if self._age is None:
            return
        # The clock may have been set back: then the first is not the oldest.
        for record in list(self._records.values()):
            end = record.time + self._age
            if end < now:
                del self._records[record.uid]
                self._changed = max(self._changed, end)
