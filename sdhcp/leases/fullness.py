"""Which pools are nearly full, told once when one becomes so and once when it is no longer."""

from collections.abc import Iterable

from ..events import PoolFilled
from ..model import PoolCounts
from .settings import LendingRules


class Fullness:
    """What was told of pools.

    :ivar pools: those whose fullness is anybody's business.
    """

    def __init__(self, pools: Iterable[LendingRules]) -> None:
        self.pools = tuple(pool for pool in pools if pool.alert is not None)
        self._full: set[str] = set()

    def take_over(self, other: "Fullness") -> None:
        """Go on with what another one has told of pools of the same names."""
        self._full = other._full & {pool.name for pool in self.pools}

    def told(self, pool: LendingRules, counts: PoolCounts, now: float) -> PoolFilled | None:
        """What is to be told of one of :attr:`pools`, None if that has been told or is not worth it."""
        if pool.alert is None:
            return None
        lendable = counts.size - counts.reserved
        used = counts.bound + counts.offered + counts.quarantined
        is_full = used * 100 >= pool.alert * lendable
        if is_full == (pool.name in self._full):
            return None
        (self._full.add if is_full else self._full.discard)(pool.name)
        return PoolFilled(now, pool.name, used, lendable, not is_full)
