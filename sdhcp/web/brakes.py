"""Slows down who guesses passwords, by address, sooner while many do; the table of addresses has a bound."""

from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from math import ceil
from typing import Final, NamedTuple

from ..recent import Recent

FREE: Final = 5
"""Wrong guesses that cost nothing: people mistype."""
LONGEST: Final = 60.0
"""Seconds for which an address has to wait at most."""
FORGOTTEN: Final = 900.0
"""Seconds after which wrong guesses are forgotten."""
SIEGE: Final = 50
"""Wrong guesses of all addresses together within that time, from which on each has to wait longest after its first."""
_ADDRESSES: Final = 4096
_QUIET: Final = 60.0
"""Seconds between two lines of the log about addresses that guess."""


class _Guesses(NamedTuple):
    wrong: int
    last: float
    until: float


class Brakes:
    """Has an address wait after each wrong guess, twice as long as after the one before.

    There is one password to guess: while guesses come from many addresses, none of them has any for free. Who knows the
    password is let in at once even then, unless wrong guesses came from where they are.

    :param clock: seconds of a monotonic clock.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._guesses: Recent[_Guesses] = Recent(_ADDRESSES)
        self._all, self._last = 0.0, clock()
        self._told = self._besieged = float("-inf")

    def wait(self, address: str) -> int:
        """Seconds until an address may try again; 0 if it may now."""
        guesses = self._guesses.get(_group(address))
        return 0 if guesses is None else max(0, ceil(guesses.until - self._clock()))

    def failed(self, address: str) -> str:
        """An address has guessed wrong; a line for the log, "" for none: there is one in a minute at most, and one more
        when guesses begin to come from many addresses."""
        now = self._clock()
        key = _group(address)
        before = self._guesses.get(key)
        wrong = 1 if before is None or now - before.last > FORGOTTEN else before.wrong + 1
        lately = max(0.0, self._all - (now - self._last) * SIEGE / FORGOTTEN)
        self._all, self._last = lately + 1, now
        is_siege = self._all > SIEGE
        if is_siege:
            pause = LONGEST
        else:
            pause = 0.0 if wrong < FREE else min(LONGEST, 2.0 ** min(wrong - FREE, 10))
        self._guesses.put(key, _Guesses(wrong, now, now + pause))
        if is_siege and lately <= SIEGE and now - self._besieged >= FORGOTTEN:
            self._besieged = now
            return f"wrong passwords come from many addresses, {address} among them: each has one guess in a minute"
        if wrong == FREE and now - self._told >= _QUIET:
            self._told = now
            return f"{FREE} wrong passwords came from {address}: it has to wait after each"
        return ""

    def succeeded(self, address: str) -> None:
        """An address knows the password."""
        self._guesses.pop(_group(address))


def _group(address: str) -> str:
    """What counts as one guesser: an IPv4 address, or the /64 that an IPv6 one belongs to, which anybody has whole."""
    try:
        known = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(known, IPv6Address):
        return str(known.ipv4_mapped) if known.ipv4_mapped else known.packed[:8].hex()
    return address
