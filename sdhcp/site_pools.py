"""Pools that a site's code has made, while the server runs: where their leases are, and who uses their addresses."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, Final

from twisted.application.service import Service
from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.task import LoopingCall
from twisted.python.failure import Failure

from .config import Configuration
from .engine.addresses import Addresses
from .interfaces import ILeaseStore, IProber, IServerReactor, IWarns, SourceError, SourceLoadError
from .scripting.dynamic_pool import DynamicPool, Lending
from .scripting.pool_steps import found_in_use
from .scripting.site import SiteCallbacks
from .wire.describe import address as dotted

LOOKS: Final = 64
"""Addresses that are looked at, at a time."""
LINGER: Final = 10.0
"""Seconds for which a store stays open that no pool has any longer."""
TIDY: Final = 3600.0
"""Seconds between two times that the history of a store of their own is cut."""
_DAY: Final = 86400.0
_REDIS: Final = "LEASES_REDISDB_"


class SitePools(Service):
    """Lends by the pools of a site's code.

    :param store: where the leases of those are that have no Redis server of their own; others start it and stop it.
    :param others: the pools of conf.py.
    :param build: builds the store of a configuration.
    :param prober: what looks whether addresses are in use, which others start; None if nobody does.
    :param wall: seconds since the epoch; :param tell: takes a severity and a line for the log.
    :raises SourceLoadError: if pools have addresses or a name in common, or a store cannot be used.
    """

    def __init__(
        self,
        site: SiteCallbacks,
        configuration: Configuration,
        store: ILeaseStore,
        others: Sequence[Addresses],
        build: Callable[[Configuration], ILeaseStore],
        prober: IProber | None,
        reactor: IServerReactor,
        wall: Callable[[], float],
        tell: Callable[[str, str], None],
    ) -> None:
        self._site = site
        self._configuration = configuration
        self._store = store
        self._build = build
        self._prober = prober
        self._reactor = reactor
        self._wall = wall
        self._say = tell
        self._own: dict[str, ILeaseStore] = {}
        self._is_begun = False
        self._tidying = LoopingCall(self._tidy)
        self._tidying.clock = reactor
        see_apart([*others, *self.addresses()])
        for pool in site.pools:
            self.store_of(pool)

    def addresses(self) -> list[Addresses]:
        """The addresses of all pools, as they are now."""
        return [pool.addresses for pool in self._site.pools]

    def kept(self) -> list[tuple[Addresses, ILeaseStore]]:
        """The same, each with where its leases are."""
        return [(pool.addresses, self.store_of(pool)) for pool in self._site.pools]

    def store_of(self, pool: DynamicPool) -> ILeaseStore:
        """Where the leases of a pool are.

        :raises SourceLoadError: if that cannot be used.
        """
        if pool.redis is None:
            return self._store
        key = _key_of(pool)
        store = self._own.get(key)
        if store is None:
            store = self._own[key] = self._build(_with_redis(self._configuration, pool.redis, pool.prefix))
            if self._is_begun:
                self._open(store)
        return store

    def startService(self) -> None:
        """Open stores of their own, and let the pools lend."""
        super().startService()
        self._is_begun = True
        for store in self._own.values():
            self._open(store)
        self._tidying.start(TIDY, now=False)
        self._site.lending = Lending(
            self._reactor, threading.get_ident(), self._wall, self.store_of, self._prober, self._look
        )
        for pool in self._site.pools:
            for addresses, timeout in pool.to_look_at():
                self._look(pool, addresses, timeout)

    def stopService(self) -> "Deferred[Any]":
        """Let them lend no longer; fires when what was lent is kept."""
        super().stopService()
        self._site.lending = None
        self._is_begun = False
        if self._tidying.running:
            self._tidying.stop()
        return DeferredList([store.stop() for store in self._own.values()], consumeErrors=True)

    def renew(self) -> None:
        """Take note of the pools that the site has now, and let go of stores that none of them has."""
        before, self._own = self._own, {}
        for pool in self._site.pools:
            if pool.redis is not None:
                key = _key_of(pool)
                if key in before:
                    self._own[key] = before.pop(key)
                self.store_of(pool)
            for addresses, timeout in pool.to_look_at():
                self._look(pool, addresses, timeout)
        for store in before.values():
            # What was asked of it before is answered before that.
            self._reactor.callLater(LINGER, store.stop)

    def _open(self, store: ILeaseStore) -> None:
        def opened(_: None) -> None:
            if IWarns.providedBy(store):
                for warning in store.warnings:
                    self._say("WARN", warning)

        store.start().addCallbacks(opened, self._failed)

    def _look(self, pool: DynamicPool, addresses: Sequence[bytes], timeout: float) -> None:
        """Look which addresses somebody uses, some at a time."""
        left = iter(addresses)
        if self._prober is None:
            self._say("WARN", f"pool {pool.addresses.name}: nobody can be asked whether its addresses are in use")
            return
        for _ in range(LOOKS):
            Deferred.fromCoroutine(self._look_at(pool, left, timeout)).addErrback(self._failed)

    async def _look_at(self, pool: DynamicPool, left: Any, timeout: float) -> None:
        for address in left:
            lending, prober = self._site.lending, self._prober
            if lending is None or prober is None:
                return
            user = await prober.probe(address, timeout=timeout)
            if isinstance(user, bytes):
                who = user.hex(":") or "somebody"
                self._say("INFO", f"pool {pool.addresses.name}: {dotted(address)} is used by {who}")
                await found_in_use(address, user, pool.rules, pool.lends(lending))

    def _failed(self, failure: Failure) -> None:
        error = failure.value
        advice = f"; {error.advice}" if isinstance(error, SourceError) and error.advice else ""
        self._say("CRITICAL", f"pools of the site: {failure.getErrorMessage()}{advice}")

    def _tidy(self) -> "Deferred[Any]":
        async def tidy() -> None:
            before = self._wall() - self._configuration.leases.history * _DAY
            for store in self._own.values():
                gone = store.forget_history(before)
                if isinstance(gone, Deferred):
                    await gone

        return Deferred.fromCoroutine(tidy()).addErrback(self._failed)


def _key_of(pool: DynamicPool) -> str:
    """Tells apart stores of their own."""
    redis = pool.redis or {}
    return repr((pool.prefix, sorted(redis.items(), key=lambda item: item[0])))


def _with_redis(configuration: Configuration, arguments: Mapping[str, Any], prefix: str) -> Configuration:
    """A configuration whose leases are in another Redis server."""
    others = {name: value for name, value in configuration.source.settings.items() if not name.startswith(_REDIS)}
    source = replace(configuration.source, settings={**others, f"{_REDIS}KWARGS": dict(arguments)})
    return replace(configuration, source=source, leases=replace(configuration.leases, store="Redis", prefix=prefix))


def see_apart(pools: Sequence[Addresses]) -> None:
    """See that each pool has a name and addresses of its own.

    :raises SourceLoadError: if one has not.
    """
    names: set[str] = set()
    problems = []
    for pool in pools:
        if pool.name in names:
            problems.append(f"pool {pool.name!r}: is there twice; expected another name")
        names.add(pool.name)
    spans = sorted((first, last, pool.name) for pool in pools for first, last in pool.ranges)
    for (_, last, one), (first, _, other) in pairwise(spans):
        if first <= last:
            problems.append(f"pools {one!r} and {other!r} have addresses in common; expected ranges apart")
    if problems:
        raise SourceLoadError(problems)
