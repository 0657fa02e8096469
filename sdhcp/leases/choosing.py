"""The choice of an address in a store that is asked over a network, and knows nothing of reservations."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, Protocol

from ..engine.addresses import Addresses
from ..interfaces import SourceError
from ..model import Holder, Lease
from .unused import FIRST, MOST, Unused

ROUNDS: Final = 6
"""Questions in which an address is looked for that was never lent, before one is taken that was."""
TRIES: Final = 64
"""Questions for one client. What was tried is not tried again, so that the client's next packet goes on from there."""
PAGE: Final = 256
"""Lapsed leases that are looked at together."""
PAGES: Final = 64
DUE: Final = 60.0
"""Seconds between two looks at what was set aside."""

ROUND: Final = 3600.0
"""Seconds after which a pool is gone through anew: a step that failed half-way may have hidden an address."""


class Chosen(NamedTuple):
    """What a store has chosen.

    ``how`` is "unused" for one of the given addresses, "lapsed" for one that was lent before, and of no interest else.
    ``hint`` is an address near the last that was taken.
    """

    how: str
    lease: Lease | None
    hint: bytes = b""


class Question(NamedTuple):
    """What a store is asked: an address for a client until a time, which is not ``denied``.

    ``last`` is whether a lapsed one is to be taken if none of ``unused`` is free.
    """

    holder: Holder
    wish: bytes | None
    now: float
    until: float
    denied: bytes
    unused: Sequence[bytes]
    last: bool


class IChooses(Protocol):
    """What a store does for it, each an atomic step of its own."""

    async def choose(self, pool: Addresses, question: Question) -> Chosen:
        """Choose an address, and offer it."""

    async def lapsed(self, pool: Addresses, now: float, most: int) -> Sequence[bytes]:
        """Addresses that are free, the longest first."""

    async def aside(self, pool: Addresses, most: int, skip: int) -> Sequence[bytes]:
        """Addresses that were set aside."""

    async def set_aside(self, pool: Addresses, addresses: Sequence[bytes], yes: bool) -> None:
        """Have some never be chosen until they are set back."""


class _Pool:
    def __init__(self, pool: Addresses) -> None:
        self.addresses = pool
        self.unused = Unused(pool)
        self.due = 0.0
        self.new_round = 0.0
        self.under_way = 0


class Choosing:
    """Finds addresses that are not reserved, of several pools.

    :param clock: seconds of a monotonic clock.
    """

    def __init__(self, store: IChooses, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock
        self._pools: dict[str, _Pool] = {}

    async def offer(
        self, addresses: Addresses, holder: Holder, wish: bytes | None, now: float, until: float
    ) -> Lease | None:
        """As :meth:`ILeaseStore.offer`.

        :raises SourceError: if the store cannot tell.
        """
        pool = self._pools.get(addresses.name)
        if pool is None or pool.addresses is not addresses:
            self._pools[addresses.name] = pool = _Pool(addresses)
        if pool.unused.reserved_changed() or self._clock() >= pool.due:
            pool.due = self._clock() + DUE
            await self._set_back(addresses)
        if self._clock() >= pool.new_round:
            pool.new_round = self._clock() + ROUND
            pool.unused.begin_anew()
        pool.under_way += 1
        try:
            return await self._choose(pool, holder, wish, now, until)
        finally:
            pool.under_way -= 1

    async def _choose(self, pool: _Pool, holder: Holder, wish: bytes | None, now: float, until: float) -> Lease | None:
        addresses, unused = pool.addresses, pool.unused
        if wish is not None and not can_be_lent(addresses, wish):
            wish = None
        denied = b""
        size, rounds = FIRST, 0
        for _ in range(TRIES):
            # Those who ask at the same time may take one each.
            window = unused.window(min(size + pool.under_way, MOST))
            last = unused.is_done or rounds >= ROUNDS
            question = Question(holder, wish, now, until, denied, window.addresses, last)
            how, lease, hint = await self._store.choose(addresses, question)
            if lease is None:
                if last and unused.is_done:
                    return None
                unused.none_of(window, hint)
                size, rounds = min(size * 4, MOST), rounds + 1
                continue
            if how == "unused":
                unused.taken(window, lease.address)
            if can_be_lent(addresses, lease.address):
                return lease
            denied = lease.address
            if how == "lapsed":
                await self._set_aside(addresses, now)
        raise SourceError(f"{addresses.name}: so many addresses are taken that none is found at once", passing=True)

    async def _set_aside(self, pool: Addresses, now: float) -> None:
        """Set the reserved ones aside that would come first from now on."""
        for _ in range(PAGES):
            page = await self._store.lapsed(pool, now, PAGE)
            reserved = [address for address in page if not can_be_lent(pool, address)]
            if reserved:
                await self._store.set_aside(pool, reserved, True)
            if len(page) < PAGE or len(reserved) < PAGE:
                return

    async def _set_back(self, pool: Addresses) -> None:
        """Set those back that are reserved no longer."""
        skip = 0
        for _ in range(PAGES):
            page = await self._store.aside(pool, PAGE, skip)
            free = [address for address in page if can_be_lent(pool, address)]
            if free:
                await self._store.set_aside(pool, free, False)
            skip += len(page) - len(free)
            if len(page) < PAGE:
                return


def can_be_lent(pool: Addresses, address: bytes) -> bool:
    """Whether an address is one of the pool's, and nobody's own."""
    return address in pool and address not in pool.reserved
