"""Asking for a whole range of addresses, no faster than a link can bear."""

from collections.abc import Callable
from typing import Final

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall

from ..interfaces import Scanned

TICK: Final = 0.05
"""Seconds between two handfuls of questions."""
LINGER: Final = 0.5
"""Seconds that the last address has to answer."""
PATIENCE: Final = 5.0
"""Seconds that a link may take no frames before the scan is ended."""

Found = Callable[[bytes, bytes], None]


class Scan:
    """One scan of a range on one link.

    :param first: the first address as a number; ``last`` is asked too.
    :param rate: addresses a second.
    :param own: the hardware address for an address of this machine's own, which nobody asks for; None for others.
    :param ask: sends the question for an address and tells whether that worked.
    :param found: called once with each address that is in use, and its hardware address.
    """

    def __init__(
        self,
        first: int,
        last: int,
        rate: float,
        own: Callable[[bytes], bytes | None],
        ask: Callable[[bytes], bool],
        found: Found,
        reactor: IReactorTime,
    ) -> None:
        self._first = self._next = first
        self._last = last
        self._rate = rate
        self._own = own
        self._ask = ask
        self._found = found
        self._reactor = reactor
        self._allowed = 0.0
        self._answered: set[bytes] = set()
        self._went_on = reactor.seconds()
        self._ticking = LoopingCall(self._tick)
        self._ticking.clock = reactor
        self._done: Deferred[Scanned] = Deferred(lambda _: self._halt())

    def run(self) -> "Deferred[Scanned]":
        """Ask; fires when all addresses were asked and had their time, or when the link has long taken no frames."""
        self._went_on = self._reactor.seconds()
        self._ticking.start(TICK)
        return self._done

    def heard(self, address: bytes, hardware: bytes) -> None:
        """Somebody says that it uses an address."""
        if self._first <= int.from_bytes(address, "big") < self._next and address not in self._answered:
            self._answered.add(address)
            try:
                self._found(address, hardware)
            except Exception:  # whatever it raises is for the one who gave it to us, and nobody else's scan
                self._halt()
                self._done.errback()

    def end(self) -> None:
        """Ask no more."""
        if not self._done.called:
            self._halt()
            self._done.callback(Scanned(self._next - self._first, len(self._answered)))

    def _halt(self) -> None:
        if self._ticking.running:
            self._ticking.stop()

    def _tick(self) -> None:
        now = self._reactor.seconds()
        if self._next > self._last:
            if now - self._went_on >= LINGER:
                self.end()
            return
        # What could not be asked while the reactor was busy is not asked all at once.
        self._allowed = min(self._allowed, 1.0) + self._rate * TICK
        while self._allowed >= 1.0 and self._next <= self._last and not self._done.called:
            address = self._next.to_bytes(4, "big")
            own = self._own(address)
            if own is None and not self._ask(address):
                break
            self._allowed -= 1.0
            self._next += 1
            self._went_on = now
            if own is not None:
                self.heard(address, own)
        if self._next <= self._last and now - self._went_on >= PATIENCE:
            self.end()
