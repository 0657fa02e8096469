"""Leases in an SQLite file, with all that decides about them in memory."""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, Final, NamedTuple, TypeVar

from twisted.internet.defer import Deferred, fail, maybeDeferred, succeed
from twisted.python.failure import Failure
from zope.interface import implementer

from ..engine.addresses import Addresses
from ..interfaces import IForesees, IHealth, ILeaseStore, IServerReactor, IWarns, Later, LeaseChange, SourceError
from ..model import Holder, Lease, LeaseState, PoolCounts
from .errors import NotKept
from .file import LeaseFile
from .flushes import Flushes
from .loading import load
from .pool import PoolLeases, Step
from .rows import number_of_pool

T = TypeVar("T")

_new: Final = tuple.__new__

WAITING: Final = 20_000
"""Steps that wait for the disk at a time; more are refused."""


class _Unwritten(NamedTuple):
    """A step that has been done in memory, and waits for the disk."""

    leases: PoolLeases
    step: Step
    result: Any
    deferred: "Deferred[Any]"


@implementer(ILeaseStore, IForesees, IHealth, IWarns)
class SqliteLeases:
    """Leases of all pools in one file. No two servers can have it open.

    Steps are decided on the reactor's thread, at once, and written in another; a Deferred fires when what was decided
    is on the disk. All that waits while the disk is busy is written with one flush. What could not be written is taken
    back, together with all that was decided on top of it, and fails with :class:`~.errors.NotKept`; the next step
    tries the disk again. Offers are in memory alone.

    Another value of :class:`~sdhcp.engine.addresses.Addresses` for a pool of the same name takes its place; its leases
    are read from the file then. Pools that are given here are read by :meth:`start`.

    :param path: the file, which is made if there is none. Next to it are one for the lock, and SQLite's.
    :param wall: seconds since the epoch; asked only when leases are read.
    :param pools: the pools that will be asked for.
    :param passed: seconds of a clock that nobody sets, as for :class:`~.steady.Steady`.
    :ivar warnings: what was lost of a file that was damaged, one line each.
    """

    name = "SQLite"

    def __init__(
        self,
        path: str,
        reactor: IServerReactor,
        wall: Callable[[], float],
        pools: Iterable[Addresses] = (),
        passed: Callable[[], float] | None = None,
    ) -> None:
        self._file = LeaseFile(path)
        self._flushes = Flushes(reactor, self._file.write, self._written)
        self._wall = wall
        self._passed = passed
        self._expected = tuple(pools)
        self._pools: dict[str, PoolLeases] = {}
        self._loading: dict[str, list[tuple[Deferred[Any], Callable[[], Any]]]] = {}
        self._unwritten: deque[_Unwritten] = deque()
        self._turn = 0
        self._trouble = ""
        self._is_open = False
        self._is_opening = False
        self._before_start: list[tuple[Deferred[Any], Callable[[], Any]]] = []

    @property
    def warnings(self) -> Sequence[str]:
        """What was lost, since the start."""
        return tuple(self._file.warnings)

    def problem(self) -> str:
        """What kept the last step from being written, "" if nothing did."""
        return self._trouble

    def start(self) -> "Deferred[None]":
        """Open the file and read the leases; fails with :class:`SourceError` if another server has it."""
        self._flushes.start()
        self._is_opening = True
        opened = self._flushes.call(partial(self._open, self._expected))
        return opened.addCallbacks(self._started, self._not_started)

    def stop(self) -> "Deferred[None]":
        """Write what waits, and close the file."""
        if not self._is_open:
            return succeed(None)
        self._is_open = False
        closed = self._flushes.call(self._file.close)
        self._flushes.end()
        return closed

    def offer(
        self, pool: Addresses, holder: Holder, wish: bytes | None, now: float, until: float
    ) -> "Later[Lease | None]":
        """As the contract has it; at once."""
        leases = self._of(pool)
        if leases is None:
            return self._when_loaded(pool, partial(self.offer, pool, holder, wish, now, until))
        return leases.offer(holder, wish, now, until)

    def bind(
        self, pool: Addresses, holder: Holder, address: bytes, now: float, expires: float
    ) -> "Later[Lease | None]":
        """As the contract has it; None at once, a lease when it is on the disk."""
        leases = self._of(pool)
        if leases is None:
            return self._when_loaded(pool, partial(self.bind, pool, holder, address, now, expires))
        if len(self._unwritten) >= WAITING or not self._is_open:
            return self._refused(leases.of_client(holder.client, now), now)
        step = leases.bind(holder, address, now, expires)
        return None if step is None else self._keep(leases, step, step.lease)

    def would_offer(
        self, pool: Addresses, holder: Holder, wish: bytes | None, now: float, until: float
    ) -> "Later[Lease | None]":
        """As the contract has it; at once."""
        return self._ask(pool, lambda leases: leases.would_offer(holder, wish, now, until))

    def would_bind(
        self, pool: Addresses, holder: Holder, address: bytes, now: float, expires: float
    ) -> "Later[Lease | None]":
        """As the contract has it; at once."""
        if not self._is_open:
            return self._refused(None, now)
        return self._ask(pool, lambda leases: leases.would_bind(holder, address, now, expires))

    def release(self, pool: Addresses, client: str, address: bytes, now: float) -> "Later[bool]":
        """As the contract has it."""
        return self._do(pool, partial(PoolLeases.release, client=client, address=address, now=now))

    def decline(
        self, pool: Addresses, client: str, address: bytes, now: float, until: float, evidence: str
    ) -> "Later[bool]":
        """As the contract has it."""
        decline = partial(
            PoolLeases.decline, client=client, address=address, now=now, until=until, evidence=evidence
        )  # fmt: skip
        return self._do(pool, decline)

    def quarantine(self, pool: Addresses, address: bytes, now: float, until: float, evidence: str) -> "Later[bool]":
        """As the contract has it."""
        return self._do(pool, partial(PoolLeases.quarantine, address=address, now=now, until=until, evidence=evidence))

    def clear(self, pool: Addresses, address: bytes, now: float) -> "Later[bool]":
        """As the contract has it."""
        return self._do(pool, partial(PoolLeases.clear, address=address, now=now))

    def of_client(self, pool: Addresses, client: str, now: float) -> "Later[Lease | None]":
        """As the contract has it; at once."""
        return self._ask(pool, lambda leases: leases.of_client(client, now))

    def at(self, pool: Addresses, address: bytes, now: float) -> "Later[Lease | None]":
        """As the contract has it; at once."""
        return self._ask(pool, lambda leases: leases.at(address, now))

    def leases(self, pool: Addresses, after: bytes | None, most: int) -> "Later[Sequence[Lease]]":
        """As the contract has it; at once."""
        return self._ask(pool, lambda leases: leases.leases(after, most))

    def counts(self, pool: Addresses, now: float) -> "Later[PoolCounts]":
        """As the contract has it; at once."""
        return self._ask(pool, lambda leases: leases.counts(now))

    def history(self, address: bytes | None, client: str | None, most: int) -> "Deferred[Sequence[LeaseChange]]":
        """As the contract has it; behind all steps before it."""
        names = {number_of_pool(name): name for name in self._pools}
        return self._call(partial(self._file.history, names, address, client, most))

    def forget_history(self, before: float) -> "Deferred[int]":
        """As the contract has it, some of it at a time, so that steps need not wait for the end of it."""
        return self._forget(before, 0)

    def _forget(self, before: float, gone: int) -> "Deferred[int]":
        def again(some: int) -> "int | Deferred[int]":
            return self._forget(before, gone + some) if some else gone

        return self._call(partial(self._file.forget, before)).addCallback(again)

    def _ask(self, pool: Addresses, question: Callable[[PoolLeases], T]) -> "Later[T]":
        leases = self._of(pool)
        if leases is None:
            return self._when_loaded(pool, partial(self._ask, pool, question))
        return question(leases)

    def _do(self, pool: Addresses, do: Callable[[PoolLeases], Step | None]) -> "Later[bool]":
        leases = self._of(pool)
        if leases is None:
            return self._when_loaded(pool, partial(self._do, pool, do))
        if len(self._unwritten) >= WAITING or not self._is_open:
            return self._refused(None, 0.0)
        step = do(leases)
        return False if step is None else self._keep(leases, step, True)

    def _keep(self, leases: PoolLeases, step: Step, result: Any) -> "Deferred[Any]":
        if not step.changes:
            return succeed(result)
        deferred: Deferred[Any] = Deferred()
        self._unwritten.append(_new(_Unwritten, (leases, step, result, deferred)))
        self._flushes.put(self._turn, step.changes)
        return deferred

    def _written(self, turn: int, count: int, problem: SourceError | None) -> None:
        """Steps are on the disk, or none of this turn is any more."""
        unwritten = self._unwritten
        if problem is None:
            self._trouble = ""
            for _ in range(count):
                one = unwritten.popleft()
                one.deferred.callback(one.result)
            return
        self._trouble = f"{problem}; {problem.advice}" if problem.advice else str(problem)
        self._turn = turn + 1
        undone = list(unwritten)
        unwritten.clear()
        for one in reversed(undone):
            one.step.undo()
        for one in undone:
            change = one.step.changes[-1] if one.step.changes else None
            held = None
            if change is not None and one.step.lease.client:
                held = _held(one.leases.of_client(one.step.lease.client, change.at), change.at)
            one.deferred.errback(NotKept(problem, held))

    def _refused(self, lease: Lease | None, now: float) -> "Deferred[Any]":
        if not self._is_open:
            return fail(SourceError("the file of leases is not open", passing=True))
        problem = SourceError(f"{WAITING} steps wait for the disk", "see why the disk is slow", True)
        return fail(NotKept(problem, _held(lease, now)))

    def _of(self, pool: Addresses) -> PoolLeases | None:
        """The leases of a pool, if they have been read."""
        leases = self._pools.get(pool.name)
        if leases is None or leases.pool is pool:
            return leases
        if leases.pool.ranges == pool.ranges:
            leases.pool = pool
            return leases
        return None

    def _when_loaded(self, pool: Addresses, function: Callable[[], Any]) -> "Deferred[Any]":
        """Call a function when the leases of a pool have been read; fires with what comes of it."""
        deferred: Deferred[Any] = Deferred()
        waiting = self._loading.get(pool.name)
        if waiting is not None and len(waiting) >= WAITING:
            return self._refused(None, 0.0)
        if waiting is not None:
            waiting.append((deferred, function))
            return deferred
        if self._is_opening:
            if len(self._before_start) >= WAITING:
                return self._refused(None, 0.0)
            self._before_start.append((deferred, function))
            return deferred
        self._loading[pool.name] = [(deferred, function)]
        self._call(partial(load, self._file, (pool,), self._wall())).addBoth(self._loaded, pool.name)
        return deferred

    def _loaded(self, result: "Sequence[PoolLeases] | Failure", name: str) -> None:
        waiting = self._loading.pop(name)
        if isinstance(result, Failure):
            for deferred, _ in waiting:
                deferred.errback(result)
            return
        self._have(result)
        for deferred, function in waiting:
            maybeDeferred(function).chainDeferred(deferred)

    def _have(self, loaded: Sequence[PoolLeases]) -> None:
        for leases in loaded:
            if self._passed is not None:
                leases.follow(self._passed)
            before = self._pools.get(leases.pool.name)
            if before is not None:
                leases.take_offers(before)
            self._pools[leases.pool.name] = leases

    def _open(self, pools: Sequence[Addresses]) -> Sequence[PoolLeases]:
        """In the thread: open the file and read the leases."""
        try:
            self._file.open()
            return load(self._file, pools, self._wall())
        except BaseException:
            self._file.close()
            raise

    def _started(self, loaded: Sequence[PoolLeases]) -> None:
        self._is_open = True
        self._have(loaded)
        self._answer_those_before()

    def _not_started(self, failure: Failure) -> Failure:
        self._flushes.end()
        self._answer_those_before()
        return failure

    def _answer_those_before(self) -> None:
        """Go on with what was asked before it was known whether the file can be opened."""
        self._is_opening = False
        waiting, self._before_start = self._before_start, []
        for deferred, function in waiting:
            maybeDeferred(function).chainDeferred(deferred)

    def _call(self, function: Callable[[], Any]) -> "Deferred[Any]":
        if not self._is_open:
            return fail(SourceError("the file of leases is not open", passing=True))
        return self._flushes.call(function)


def _held(lease: Lease | None, now: float) -> Lease | None:
    """A lease that is one."""
    return lease if lease is not None and lease.state is LeaseState.BOUND and lease.expires > now else None


def build(
    path: str,
    reactor: IServerReactor,
    wall: Callable[[], float],
    pools: Iterable[Addresses] = (),
    passed: Callable[[], float] | None = None,
) -> SqliteLeases:
    """The store of a configuration, as :class:`SqliteLeases` has it; nothing is opened yet."""
    return SqliteLeases(path, reactor, wall, pools, passed)
