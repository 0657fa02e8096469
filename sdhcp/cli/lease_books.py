"""Leases as the commands get at them: in the file of a server of this machine, or in a store that servers share."""

import heapq
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import perf_counter, time
from typing import Any, Final, NamedTuple, Protocol

from twisted.internet.defer import Deferred, succeed

from ..backends.paths import find
from ..config import Configuration, ConfigurationError
from ..control import NobodyListens, Refusal, ask
from ..engine.addresses import Addresses
from ..hosts.reactor_thread import ReactorThread
from ..hosts.store import Refused, Unreachable, Unusable
from ..interfaces import ILeaseStore, LeaseChange, SourceError
from ..leases.operating import NotThere, Offered, clear, offered, release
from ..leases.reading import LeaseReader
from ..leasing import build_store, check_pools, socket_path
from ..model import Lease, LeaseState
from ..wire.options import address as address_of
from .stores import read_configuration, statuses

PAGE: Final = 1000
_SCRIPTED: Final = re.compile(r"(.+)\|([0-9]{1,9})(?: \([0-9]+\))?\Z")
"""Pools that a site's code has made are called by their subnet and serial."""


class Place(NamedTuple):
    """Where a pool's clients are: the subnet and serial of their reservations."""

    subnet: str
    serial: int


class Book(Protocol):
    """Leases, to be read and to be ended. Everything raises what :func:`opened` turns into an exit status."""

    pools: Sequence[str]

    def leases(self, pools: Iterable[str], first: int = 0, last: int = 0xFFFFFFFF) -> Iterator[Lease]:
        """The leases of some pools, ascending by address, from one address to another, as numbers."""

    def offers(self, pools: Iterable[str]) -> Iterator[Lease]:
        """The offers of some pools that hold now, ascending by address."""

    def history(self, address: bytes | None, client: str | None, mac: bytes | None, most: int) -> Sequence[LeaseChange]:
        """What became of an address or a client, the latest first."""

    def end(self, how: str, address: bytes) -> Lease | None:
        """``release`` or ``clear`` an address; the lease as it was, if that is known."""

    def close(self) -> None:
        """Let go of it."""


class Ledger(NamedTuple):
    """Leases, with the configuration that names them, and where their pools' clients are."""

    configuration: Configuration
    book: Book
    places: Mapping[str, Place]

    def place_of(self, pool: str) -> Place | None:
        """The subnet and serial of a pool, None if nobody knows them."""
        named = _SCRIPTED.match(pool)
        return self.places.get(pool) or (Place(named[1], int(named[2])) if named else None)


@contextmanager
def opened(config: str | None) -> Iterator[Ledger]:
    """Leases for as long as a command needs them; what goes wrong ends the process with its exit status."""
    with statuses():
        configuration = read_configuration(config)
        try:
            rules = check_pools(configuration)
        except ConfigurationError as error:
            raise Unusable("\n".join(map(str, error.problems))) from None
        places = {rule.name: Place(rule.template.subnet, rule.template.serial) for rule in rules}
        pools = [rule.addresses for rule in rules]
        book: Book
        try:
            if configuration.leases.store == "SQLite":
                book = FileBook(configuration)
            else:
                book = StoreBook(configuration, pools)
        except SourceError as error:
            raise told(error) from None
        try:
            yield Ledger(configuration, book, places)
        except SourceError as error:
            raise told(error) from None
        finally:
            book.close()


def told(error: SourceError) -> Exception:
    """What a store says, as the commands tell it."""
    return Unreachable(f"{error}; {error.advice}" if error.advice else str(error))


class FileBook:
    """The SQLite file of one server: read beside it, and changed by it, or without it if it does not run."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        self._reader = LeaseReader(find(configuration.leases.file, configuration.source.folder))
        self.pools: Sequence[str] = self._reader.pools

    def leases(self, pools: Iterable[str], first: int = 0, last: int = 0xFFFFFFFF) -> Iterator[Lease]:
        """See :class:`Book`."""
        return self._reader.leases(pools, first, last)

    def offers(self, pools: Iterable[str]) -> Iterator[Lease]:
        """See :class:`Book`. They are in the memory of the server, which is asked; none if it does not run."""
        return heapq.merge(*map(self._offers_of, pools), key=lambda lease: lease.address)

    def _offers_of(self, pool: str) -> Iterator[Lease]:
        path, behind, count = socket_path(self._configuration), "", 0
        while path:
            try:
                answer = ask(path, "lease-offers", pool=pool, behind=behind)
            except (NobodyListens, Refusal):
                return
            for address, client, since, expires, mac, *more in answer["leases"]:
                count += 1
                octets = address_of(address), bytes.fromhex(mac)
                yield Lease(octets[0], pool, client, LeaseState.OFFERED, since, expires, octets[1], *more)
            behind = answer["behind"]
            if not behind or count >= answer["total"]:
                return

    def history(self, address: bytes | None, client: str | None, mac: bytes | None, most: int) -> Sequence[LeaseChange]:
        """See :class:`Book`."""
        return self._reader.history(address, client, mac, most)

    def end(self, how: str, address: bytes) -> Lease | None:
        """See :class:`Book`."""
        number = int.from_bytes(address, "big")
        lease = next(self.leases(self.pools, number, number), None)
        path = socket_path(self._configuration)
        if path:
            try:
                ask(path, f"lease-{how}", address=".".join(map(str, address)))
                return lease
            except NobodyListens:
                pass
            except Refusal as error:
                raise Refused(str(error)) from None
        if lease is None:
            raise Refused(f"{'.'.join(map(str, address))}: it was never lent")
        # Of the whole file, one row is read for this.
        book = StoreBook(self._configuration, [Addresses(lease.pool, [(number, number)])])
        try:
            return book.end(how, address)
        finally:
            book.close()

    @property
    def unread(self) -> int:
        """Entries that are damaged, and were left out."""
        return self._reader.unread

    def close(self) -> None:
        """See :class:`Book`."""
        self._reader.close()


class StoreBook:
    """A store that is asked as servers ask it: what it does is done for all of them at once."""

    def __init__(self, configuration: Configuration, pools: Sequence[Addresses]) -> None:
        if not pools:
            raise Unusable("POOLS names no pool: there are no leases")
        self._pools = {pool.name: pool for pool in pools}
        self.pools: Sequence[str] = tuple(self._pools)
        self._thread = ReactorThread()
        try:
            self._store: ILeaseStore = build_store(configuration, self._thread.reactor, perf_counter, time)
            self._wait(self._store.start)
        except SourceError:
            self._thread.stop()
            raise

    def leases(self, pools: Iterable[str], first: int = 0, last: int = 0xFFFFFFFF) -> Iterator[Lease]:
        """See :class:`Book`."""
        wanted = set(pools)
        each = (self._of_pool(pool, first, last) for pool in self._pools.values() if pool.name in wanted)
        return heapq.merge(*each, key=lambda lease: lease.address)

    def _of_pool(self, pool: Addresses, first: int, last: int) -> Iterator[Lease]:
        after = (first - 1).to_bytes(4, "big") if first else None
        while page := self._wait(self._store.leases, pool, after, PAGE):
            for lease in page:
                if int.from_bytes(lease.address, "big") > last:
                    return
                yield lease
            after = page[-1].address

    def offers(self, pools: Iterable[str]) -> Iterator[Lease]:
        """See :class:`Book`."""
        wanted = set(pools)
        each = (self._offers_of(pool) for pool in self._pools.values() if pool.name in wanted)
        return heapq.merge(*each, key=lambda lease: lease.address)

    def _offers_of(self, pool: Addresses) -> Iterator[Lease]:
        behind, count = None, 0
        while True:
            found: Offered = self._wait(offered, self._store, pool, behind, time(), lambda: succeed(None))
            yield from found.leases
            behind, count = found.behind, count + len(found.leases)
            if behind is None or count >= found.total:
                return

    def history(self, address: bytes | None, client: str | None, mac: bytes | None, most: int) -> Sequence[LeaseChange]:
        """See :class:`Book`."""
        if address is not None:
            return list(self._wait(self._store.history, address, None, most))
        clients = {client} if client is not None else set()
        if mac is not None:
            # The history is kept by what clients are known by, which may be an identifier of theirs.
            clients |= {mac.hex(":"), *(lease.client for lease in self.leases(self.pools) if lease.mac == mac)}
        found: list[LeaseChange] = []
        for one in clients:
            found += self._wait(self._store.history, None, one, most)
        found.sort(key=lambda change: change.at, reverse=True)
        return found[:most]

    def end(self, how: str, address: bytes) -> Lease | None:
        """See :class:`Book`."""
        for pool in self._pools.values():
            if address in pool:
                step = release if how == "release" else clear
                try:
                    lease: Lease = self._wait(step, self._store, pool, address, time()).lease
                    return lease
                except NotThere as error:
                    raise Refused(str(error)) from None
        raise Refused(f"{'.'.join(map(str, address))}: no pool has it")

    def close(self) -> None:
        """See :class:`Book`."""
        self._wait(self._store.stop)
        self._thread.stop()

    def _wait(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """What a function of the store gives, or a coroutine function, called on the reactor's thread."""

        async def asked() -> Any:
            value = function(*arguments)
            return await value if isinstance(value, Deferred) or hasattr(value, "__await__") else value

        return self._thread.wait(asked)
