"""Pools while the server runs: their store is opened and closed, how full they are is told, and history has an end."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, Final

from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall
from twisted.python.failure import Failure

from .backends.one_thread import OneThread
from .engine.addresses import Addresses
from .interfaces import IDefinitionSource, IEnumerableSource, ILeaseStore, IServerReactor, IWarns, SourceError
from .leases.lender import Lender
from .source_health import SourceHealth
from .transport.interfaces import addresses
from .transport.prober import Prober

WATCH: Final = 10.0
"""Seconds between two looks how full the pools are."""
TIDY: Final = 3600.0
"""Seconds between two times that history is cut."""
_DAY: Final = 86400.0


class LeaseService(Service):
    """Keeps leases.

    :ivar store: where leases are; :ivar kept: gives every pool as it is now, with where its own leases are.
    :param source: who knows the clients that have reservations, as it is now.
    :param history: days for which it is remembered who had an address.
    :param wall: seconds since the epoch.
    :param tell: takes a severity and a line for the log.
    :param others: further pools, whose addresses are lent by somebody else out of the same store.
    :param prober: what looks whether addresses are in use; None if no pool wants that.
    """

    def __init__(
        self,
        lender: Lender,
        source: Callable[[], IDefinitionSource],
        history: int,
        health: SourceHealth,
        reactor: IServerReactor,
        wall: Callable[[], float],
        tell: Callable[[str, str], None],
        prober: Prober | None = None,
        others: Callable[[], Sequence[Addresses]] = tuple,
    ) -> None:
        self._lender = lender
        self.store = self._store = lender.store
        self.kept: Callable[[], Iterable[tuple[Addresses, ILeaseStore]]] = tuple
        self._source = source
        self._history = history * _DAY
        self._health = health
        self._wall = wall
        self._say = tell
        self._prober = prober
        self._others = others
        self._thread = OneThread(reactor, "reservations in pools")
        self._loops = (LoopingCall(self._watch), LoopingCall(self._tidy))
        for loop in self._loops:
            loop.clock = reactor

    def startService(self) -> None:
        """Open the store; who asks before it is open waits."""
        super().startService()
        self._thread.start()
        if self._prober is not None:
            self._prober.start()
        self.look_for_reservations()
        opening = self._store.start()
        opening.addCallbacks(self._opened, self._failed)
        self._loops[0].start(WATCH, now=False)
        self._loops[1].start(TIDY, now=False)

    def stopService(self) -> "Deferred[None]":
        """Close the store; fires when everything that was lent is kept."""
        super().stopService()
        for loop in self._loops:
            if loop.running:
                loop.stop()
        self._thread.end()
        if self._prober is not None:
            self._prober.stop()
        return self._store.stop()

    def lend_by(self, lender: Lender, health: SourceHealth) -> None:
        """Go on with another lender of the same store."""
        self._lender, self._health = lender, health

    def place_of(self, pool: str) -> tuple[str, int] | None:
        """The subnet and serial of clients of a pool of conf.py; None if there is no such pool."""
        for rules in self._lender.pools:
            if rules.name == pool:
                return rules.template.subnet, rules.template.serial
        return None

    def look_for_reservations(self) -> None:
        """Learn which addresses of the pools belong to clients of the source; these are lent to nobody."""
        source = self._source()
        if IEnumerableSource.providedBy(source):
            pools = [*(pool.addresses for pool in self._lender.pools), *self._others()]
            looking = self._thread.call(_reserved, source, pools)
            looking.addCallbacks(partial(self._reserve, pools), self._failed)

    @staticmethod
    def _reserve(pools: Sequence[Addresses], found: Sequence[set[bytes]]) -> None:
        for pool, reserved in zip(pools, found, strict=True):
            pool.reserved = reserved

    def _scan(self) -> None:
        """Look which addresses of the pools somebody uses already, where that was asked for."""
        prober = self._prober
        if prober is None:
            return
        for pool in self._lender.pools:
            network, mask = pool.network
            here = [one for one in addresses() if int.from_bytes(one.address, "big") & mask == network]
            for one in here[:1] if pool.scans else ():
                for first, last in pool.addresses.ranges:
                    ends = first.to_bytes(4, "big"), last.to_bytes(4, "big")
                    prober.scan(*ends, one.name, self._found).addErrback(self._failed)

    def _found(self, address: bytes, user: bytes) -> None:
        Deferred.fromCoroutine(self._lender.found_in_use(address, user)).addErrback(self._failed)

    def _opened(self, _: Any) -> None:
        self._scan()
        if IWarns.providedBy(self._store):
            for warning in self._store.warnings:
                self._say("WARN", warning)

    def _failed(self, failure: Failure) -> None:
        error = failure.value
        if isinstance(error, SourceError):
            self._health.failed(error, b"")
        else:
            self._say("CRITICAL", f"{self._lender.name}: {failure.getErrorMessage()}")

    def _watch(self) -> "Deferred[Any]":
        watching = Deferred.fromCoroutine(self._lender.watch())
        return watching.addCallbacks(lambda _: self._health.answered(), self._failed)

    def _tidy(self) -> "Deferred[Any]":
        async def tidy() -> None:
            value = self._store.forget_history(self._wall() - self._history)
            if isinstance(value, Deferred):
                await value

        return Deferred.fromCoroutine(tidy()).addErrback(self._failed)


def _reserved(source: IEnumerableSource, pools: Sequence[Addresses]) -> list[set[bytes]]:
    """The addresses of reservations, by pool. In a thread."""
    found: list[set[bytes]] = [set() for _ in pools]
    for _, definition in source.reservations():
        for pool, reserved in zip(pools, found, strict=True):
            if definition.ip in pool:
                reserved.add(definition.ip)
    return found
