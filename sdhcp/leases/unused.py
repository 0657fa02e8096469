"""Which addresses of a pool were never lent: where to look for them next."""

from typing import Final, NamedTuple

from ..engine.addresses import Addresses

FIRST: Final = 32
"""Addresses that are tried in the first question; with each further one there are four times as many."""
MOST: Final = 2048
COMPARED: Final = 64
"""Reserved addresses that are compared with each step."""


class Window(NamedTuple):
    """Some addresses that may be lent, in this order: those of ``covered`` numbers from ``start`` on, in a round."""

    addresses: tuple[bytes, ...]
    round: int
    start: int
    covered: int


class Unused:
    """Goes through the numbers of a pool once, from where another server is already, and around.

    Nothing is kept of it: the store knows which addresses were lent. It begins anew when addresses are no longer
    reserved; what else becomes free is known to the store.
    """

    def __init__(self, pool: Addresses) -> None:
        self._pool = pool
        self._origin = 0
        self._done = 0
        self._round = 0
        self._reserved = _known(pool)
        self._is_placed = False

    @property
    def is_done(self) -> bool:
        """Whether there are none, as far as can be told."""
        return self._done >= len(self._pool)

    def reserved_changed(self) -> bool:
        """Whether other addresses are reserved than at the last call, of many whether more are or fewer; then it
        begins anew."""
        known = _known(self._pool)
        if known == self._reserved:
            return False
        self._reserved = known
        self.begin_anew()
        return True

    def begin_anew(self) -> None:
        """Go once around from here."""
        self._place(self._origin + self._done)

    def window(self, most: int) -> Window:
        """Up to so many addresses that are not reserved."""
        pool, reserved, size = self._pool, self._pool.reserved, len(self._pool)
        found: list[bytes] = []
        start = at = self._done
        end = min(size, start + 4 * most)
        while at < end and len(found) < most:
            address = pool.address_of((self._origin + at) % size)
            if address not in reserved:
                found.append(address)
            at += 1
        return Window(tuple(found), self._round, start, at - start)

    def taken(self, window: Window, address: bytes) -> None:
        """One of them has been taken, so that none before it is free."""
        if window.round != self._round:
            return
        number = (self._pool.number_of(address) - self._origin) % len(self._pool)
        if number >= window.start:
            self._done = max(self._done, number + 1)

    def none_of(self, window: Window, hint: bytes) -> None:
        """None of them is free.

        :param hint: the address that some server took last; b"" for none.
        """
        if window.round != self._round:
            return
        self._done = max(self._done, window.start + window.covered)
        if not self._is_placed:
            self._is_placed = True
            number = self._pool.number_of(hint) if len(hint) == 4 else -1
            if number >= 0:
                self._place(number + 1)

    def _place(self, origin: int) -> None:
        self._origin, self._done = origin, 0
        self._round += 1


def _known(pool: Addresses) -> frozenset[bytes] | int:
    return frozenset(pool.reserved) if len(pool.reserved) <= COMPARED else len(pool.reserved)
