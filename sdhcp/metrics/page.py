"""``/metrics``."""

from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from typing import Any, Final

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.threads import deferToThreadPool
from twisted.python.failure import Failure
from zope.interface import implementer

from ..interfaces import IWebMethod, WebAnswer, WebQuestion
from ..model import PoolCounts
from ..web.facts import PoolFacts
from ..web.waiting import all_of
from .measuring import Meters, measured

PATH: Final = "/metrics"
PATIENCE: Final = 2.0
"""Seconds that a store of leases has to tell how full its pools are: without them all else is told."""


@implementer(IWebMethod)
class MetricsPage:
    """Gives the numbers of a server to Prometheus.

    :param pools: the pools as they are now; :param wall: seconds since the epoch.
    :param secure: whether it asks for the password or a token, if there is one.
    """

    path = PATH
    module = "statistics"
    name = "metrics"
    hidden = True

    def __init__(
        self,
        meters: Meters,
        pools: Callable[[], Iterable[PoolFacts]],
        wall: Callable[[], float],
        reactor: Any,
        secure: bool,
    ) -> None:
        self._meters = meters
        self._pools = pools
        self._wall = wall
        self._reactor = reactor
        self.secure = secure
        self._write: Callable[..., tuple[str, bytes]] | None = None

    def render(self, question: WebQuestion) -> "Deferred[WebAnswer | str | None]":
        """Fires with the text."""
        return Deferred.fromCoroutine(self._render(question.headers.get("accept", "")))

    async def _render(self, accept: str) -> WebAnswer | str | None:
        write = self._write
        if write is None:
            # It takes a tenth of a second to load, and few sites have somebody who reads it.
            pool = self._reactor.getThreadPool()
            loaded = await deferToThreadPool(self._reactor, pool, import_module, f"{__package__}.exposition")
            write = self._write = loaded.exposition
        counts = await self._counts()
        return WebAnswer(*write(measured(self._meters, counts), accept))

    async def _counts(self) -> Sequence[tuple[str, PoolCounts]]:
        """How full the pools are that can tell."""
        now = self._wall()
        pools = list(self._pools())
        asked = []
        for pool in pools:
            counting: Deferred[Any] = maybeDeferred(pool.store.counts, pool.addresses, now)
            asked.append(counting.addTimeout(PATIENCE, self._reactor))
        found = await all_of(asked)
        return [
            (pool.name, counts)
            for pool, counts in zip(pools, found, strict=True)
            if not isinstance(counts, Failure) and counts is not None
        ]
