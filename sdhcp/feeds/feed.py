"""A feed that is asked for again and again, and made only when something in it has changed."""

from .atom import AtomDocument, FeedAddress, as_atom
from .store import Record, RecordStore


class Feed:
    """The feed of a store.

    :param most: how many records it has, the newest ones.
    """

    def __init__(self, store: RecordStore, address: FeedAddress, most: int) -> None:
        self.store = store
        self.address = address
        self._most = most
        self._made: tuple[tuple[Record, ...], float, AtomDocument] | None = None

    def document(self, now: float) -> AtomDocument:
        """The feed as of a moment, in seconds since the epoch. A few milliseconds' work if it has changed."""
        records, changed = self.store.records(now)[: self._most], self.store.changed(now)
        if self._made is None or self._made[:2] != (records, changed):
            self._made = records, changed, as_atom(self.address, records, changed)
        return self._made[2]
