"""Who holds which address of one pool, in memory: the rules of lending (RFC 2131 section 4.3.1), without any I/O."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from math import inf
from typing import Final, NamedTuple

from ..engine.addresses import Addresses
from ..interfaces import LeaseChange
from ..model import Holder, Lease, LeaseState, PoolCounts
from .offers import Offer, Offers
from .records import NOBODY, key_in, key_of, packed, unpacked, with_evidence
from .steady import Steady
from .table import BOUND, QUARANTINED, RELEASED, STATES, Row, Table

_TRIES: Final = 1024
"""Reserved addresses that are passed over in one step."""
_LOOKED_AT: Final = 64
"""Addresses that were reserved before, and may not be any more, that are looked at in one step."""

_new: Final = tuple.__new__
"""Makes a NamedTuple in half the time that its own constructor takes."""

Rows = tuple[tuple[int, Row | None], ...]
Known = tuple[tuple[bytes, int], ...]
Given = tuple[tuple[int, Offer], ...]


class Step(NamedTuple):
    """What a step has done: the lease that comes of it, what changed, and what takes all of it back."""

    lease: Lease
    changes: tuple[LeaseChange, ...]
    undo: Callable[[], None]


class PoolLeases:
    """The leases of one pool. ``now`` is seconds since the epoch, and may jump: see :class:`Steady`.

    About 150 octets for each address that was ever lent, with a hardware address and a host name, and 4 for each
    that was not. No step takes longer for there being millions. What has ended is lent anew to the second, not to the
    fraction. Steps that change nothing return None. What a step did can be taken back as long as no later step is
    left standing.

    :param pool: its addresses; those that are reserved may be others with each step.
    :param expected: how many leases :meth:`fill` is about to bring.
    """

    def __init__(self, pool: Addresses, expected: int = 0) -> None:
        self.pool = pool
        self._size = len(pool)
        self._steady = Steady()
        self._time = -inf
        self._table = Table(self._size, expected)
        self._offers = Offers(self._offer_ended)
        # Numbers that are offered, and out of the order in which they would be chosen.
        self._taken: set[int] = set()
        self._fresh = 0
        # Numbers below it that were never lent: after an offer that came to nothing, and those that were reserved.
        self._returned: OrderedDict[int, None] = OrderedDict()
        self._passed: OrderedDict[int, None] = OrderedDict()

    def follow(self, passed: Callable[[], float]) -> None:
        """Tell time that passes from a clock that is set, as :class:`Steady` does; before the first step."""
        self._steady = Steady(passed)

    def fill(self, rows: Iterable[tuple[int, int, float, float, bytes]]) -> None:
        """Take in leases from before, once, ascending: number, state, since, expires, and the record."""
        self._fresh = self._table.fill(rows)

    def take_offers(self, other: "PoolLeases") -> None:
        """Take over what was offered of another's addresses, if it is free here."""
        for number, offer in other._offers.standing(-inf):
            own = self.pool.number_of(other.pool.address_of(number))
            if own >= 0:
                self._offers.put(own, offer._replace(until=offer.until - other._steady.shift))

    def offer(self, holder: Holder, wish: bytes | None, now: float, until: float) -> Lease | None:
        """As :meth:`~sdhcp.interfaces.ILeaseStore.offer`. A client that was offered an address is offered it again."""
        time = self._begin(now)
        number = self._chosen(holder.client, wish, time)
        if number < 0:
            number = self._next(time)
            if number < 0:
                return None
        shift = self._steady.shift
        offer = _new(Offer, (holder, now, until + shift))
        row = self._table.row(number)
        if row is None or row[0] != BOUND or row[2] <= time:
            self._offers.put(number, offer)
            return self._offered(number, offer)
        if row[2] < offer.until:
            self._offers.put(number, offer)
        return self._lease(number, row)._replace(expires=max(row[2] - shift, until))

    def would_offer(self, holder: Holder, wish: bytes | None, now: float, until: float) -> Lease | None:
        """What :meth:`offer` would give, which is offered to nobody by that."""
        time = self._begin(now)
        number = self._chosen(holder.client, wish, time)
        if number < 0:
            number = self._next(time)
            if number < 0:
                return None
            # It is the next for whoever asks.
            self._taken.discard(number)
            if number in self._table:
                self._table.give_back(number)
            else:
                self._returned[number] = None
                self._returned.move_to_end(number, last=False)
        row = self._table.row(number)
        if row is None or row[0] != BOUND or row[2] <= time:
            return self._offered(number, _new(Offer, (holder, now, until + self._steady.shift)))
        return self._lease(number, row)._replace(expires=max(row[2] - self._steady.shift, until))

    def would_bind(self, holder: Holder, address: bytes, now: float, expires: float) -> Lease | None:
        """The lease that :meth:`bind` would give, which nobody holds by that."""
        time = self._begin(now)
        found = self._bindable(holder.client, address, time)
        if found is None:
            return None
        _, before, _, is_own, _ = found
        since = before[1] if before is not None and is_own else now
        return Lease(address, self.pool.name, holder.client, LeaseState.BOUND, since, expires, *holder[1:])

    def bind(self, holder: Holder, address: bytes, now: float, expires: float) -> Step | None:
        """As :meth:`~sdhcp.interfaces.ILeaseStore.bind`."""
        time = self._begin(now)
        pool, table, offers = self.pool, self._table, self._offers
        client, mac, hostname, via = holder
        found = self._bindable(client, address, time)
        if found is None:
            return None
        number, before, offer, is_own, what = found
        key = key_of(client)
        since = now
        changes: tuple[LeaseChange, ...] = ()
        rows: Rows = ((number, before),)
        known: Known = ()
        if before is not None:
            if is_own:
                since = before[1]
            else:
                known = self._forget(number, before)
        earlier = table.number_of(key)
        if earlier != number:
            known = (*known, (key, earlier))
            old = table.row(earlier) if earlier >= 0 else None
            if old is not None and old[0] == BOUND and old[2] > time:
                rows = (*rows, (earlier, old))
                left = (RELEASED, old[1], time, old[3])
                self._put(earlier, left)
                changes = (LeaseChange(now, "released", self._lease(earlier, left)),)
        offers.pop(number)
        given = offers.drop(client)
        if offer is not None:
            given = ((number, offer), *given)
        self._put(number, (BOUND, since, expires + self._steady.shift, packed(key, mac, hostname, via, "")))
        if earlier != number:
            table.know(key, number)
        lease = _new(Lease, (address, pool.name, client, LeaseState.BOUND, since, expires, mac, hostname, via, ""))
        changes = (*changes, _new(LeaseChange, (now, what, lease)))
        return _new(Step, (lease, changes, partial(self._restore, rows, known, given)))

    def release(self, client: str, address: bytes, now: float) -> Step | None:
        """As :meth:`~sdhcp.interfaces.ILeaseStore.release`."""
        time = self._begin(now)
        number, row = self._held(client, address, time)
        if row is None:
            return None
        left = (RELEASED, row[1], time, row[3])
        return self._changed(number, row, left, now, "released")

    def decline(self, client: str, address: bytes, now: float, until: float, evidence: str) -> Step | None:
        """As :meth:`~sdhcp.interfaces.ILeaseStore.decline`; the client is not known by the address any more."""
        time = self._begin(now)
        number, row = self._held(client, address, time)
        if row is None:
            return None
        left = (QUARANTINED, row[1], until + self._steady.shift, with_evidence(row[3], evidence))
        return self._changed(number, row, left, now, "declined")

    def quarantine(self, address: bytes, now: float, until: float, evidence: str) -> Step | None:
        """As :meth:`~sdhcp.interfaces.ILeaseStore.quarantine`. Nor is it offered to anybody then."""
        time = self._begin(now)
        number = self.pool.number_of(address)
        row = self._table.row(number) if number >= 0 else None
        if number < 0 or (row is not None and row[0] == BOUND and row[2] > time):
            return None
        record = packed(NOBODY, b"", "", "", evidence) if row is None else with_evidence(row[3], evidence)
        left = (QUARANTINED, now if row is None else row[1], until + self._steady.shift, record)
        return self._changed(number, row, left, now, "quarantined")

    def clear(self, address: bytes, now: float) -> Step | None:
        """As :meth:`~sdhcp.interfaces.ILeaseStore.clear`. An offer alone is cleared too; there is no change then."""
        time = self._begin(now)
        number = self.pool.number_of(address)
        if number < 0:
            return None
        row = self._table.row(number)
        if row is not None:
            return self._changed(number, row, None, now, "cleared")
        offer = self._offers.at(number, time)
        if offer is None:
            return None
        given = self._offers.drop(offer.holder.client)
        return Step(self._offered(number, offer), (), partial(self._restore, (), (), given))

    def of_client(self, client: str, now: float) -> Lease | None:
        """As :meth:`~sdhcp.interfaces.ILeaseStore.of_client`: what it holds, is offered, or held last."""
        time = self._begin(now)
        number = self._table.number_of(key_of(client))
        row = self._table.row(number) if number >= 0 else None
        if row is None or row[0] != BOUND or row[2] <= time:
            offered = self._offers.of(client, time)
            offer = self._offers.at(offered, time)
            if offer is not None:
                return self._offered(offered, offer)
        return None if row is None else self._lease(number, row)

    def at(self, address: bytes, now: float) -> Lease | None:
        """As :meth:`~sdhcp.interfaces.ILeaseStore.at`; an offer goes before who held it last."""
        time = self._begin(now)
        number = self.pool.number_of(address)
        if number < 0:
            return None
        row = self._table.row(number)
        if row is None or row[0] == RELEASED or row[2] <= time:
            offer = self._offers.at(number, time)
            if offer is not None:
                return self._offered(number, offer)
        return None if row is None else self._lease(number, row)

    def leases(self, after: bytes | None, most: int) -> list[Lease]:
        """As :meth:`~sdhcp.interfaces.ILeaseStore.leases`; without offers."""
        first = 0 if after is None else self._first_behind(after)
        return list(islice(self._each(first), most))

    def counts(self, now: float) -> PoolCounts:
        """As :meth:`~sdhcp.interfaces.ILeaseStore.counts`. What was quarantined has lapsed when that is over."""
        time = self._begin(now)
        bound, quarantined, lapsed = self._table.counts()
        offered = reserved = 0
        for number, _ in self._offers.standing(time):
            if number in self._table and number not in self._taken:
                if not self._table.has_lapsed(number):
                    continue
                lapsed -= 1
            offered += 1
        for address in self.pool.reserved:
            number = self.pool.number_of(address)
            if number >= 0 and self._offers.at(number, time) is None:
                if number in self._table and number not in self._taken:
                    if not self._table.has_lapsed(number):
                        continue
                    lapsed -= 1
                reserved += 1
        free = self._size - bound - offered - lapsed - quarantined - reserved
        return PoolCounts(self._size, bound, offered, lapsed, quarantined, reserved, free)

    def _begin(self, now: float) -> float:
        """What has ended by now is free; the steady time."""
        self._time = time = self._steady.time(now)
        self._table.pass_to(time)
        self._offers.sweep(time)
        return time

    def _bindable(
        self, client: str, address: bytes, time: float
    ) -> tuple[int, Row | None, Offer | None, bool, str] | None:
        """None if an address may not be lent to a client; else its number, row and offer, whether the row is the
        client's own, and what lending it is called."""
        number = self.pool.number_of(address)
        if number < 0 or address in self.pool.reserved:
            return None
        offer = self._offers.at(number, time)
        if offer is not None and offer.holder.client != client:
            return None
        before = self._table.row(number)
        if before is None:
            return number, None, offer, False, "bound"
        is_own = before[3].startswith(key_of(client))
        if before[2] > time and before[0] != RELEASED:
            if before[0] == QUARANTINED or not is_own:
                return None
            return number, before, offer, is_own, "renewed"
        return number, before, offer, is_own, "bound"

    def _next(self, time: float) -> int:
        """The number that a client is offered for whom none speaks more than others; -1 if there is none."""
        number = self._never_lent(time)
        return number if number >= 0 else self._lapsed(time)

    def _chosen(self, client: str, wish: bytes | None, time: float) -> int:
        """The number that a client is to be offered since it had it, or wishes for it; -1 if there is none."""
        last = self._table.number_of(key_of(client))
        if last >= 0:
            row = self._table.row(last)
            if row is not None and row[0] == BOUND and row[2] > time and not self._is_reserved(last):
                return last
        offered = self._offers.of(client, time)
        if offered >= 0 and self._is_free(offered, time, client):
            return offered
        if last >= 0 and self._is_free(last, time, client):
            return last
        if wish is not None:
            wished = self.pool.number_of(wish)
            if wished >= 0 and self._is_free(wished, time, client):
                return wished
        return -1

    def _is_free(self, number: int, time: float, client: str) -> bool:
        """Whether an address may be offered to a client that does not hold it."""
        row = self._table.row(number)
        if row is not None and row[0] != RELEASED and row[2] > time:
            return False
        offer = self._offers.at(number, time)
        return (offer is None or offer.holder.client == client) and not self._is_reserved(number)

    def _is_reserved(self, number: int) -> bool:
        reserved = self.pool.reserved
        return bool(reserved) and self.pool.address_of(number) in reserved

    def _never_lent(self, time: float) -> int:
        returned = self._returned
        while True:
            if returned:
                number, _ = returned.popitem(last=False)
            elif self._fresh < self._size:
                number = self._fresh
                self._fresh += 1
            else:
                break
            if number in self._table:
                continue
            if self._offers.at(number, time) is not None:
                self._taken.add(number)
            elif self._is_reserved(number):
                self._passed[number] = None
            else:
                self._taken.add(number)
                return number
        passed = self._passed
        for _ in range(min(len(passed), _LOOKED_AT)):
            number, _ = passed.popitem(last=False)
            if not self._is_reserved(number) and self._offers.at(number, time) is None:
                self._taken.add(number)
                return number
            passed[number] = None
        return -1

    def _lapsed(self, time: float) -> int:
        table = self._table
        for _ in range(_TRIES):
            number = table.first_free()
            if number < 0:
                return -1
            if self._offers.at(number, time) is not None:
                table.take(number)
                self._taken.add(number)
            elif not self._is_free(number, time, ""):
                table.put_last(number)
            else:
                table.take(number)
                self._taken.add(number)
                return number
        return -1

    def _offer_ended(self, number: int) -> None:
        if number in self._taken:
            self._taken.discard(number)
            if number in self._table:
                self._table.give_back(number)
            else:
                self._returned[number] = None

    def _put(self, number: int, row: Row | None) -> None:
        is_in_order = number not in self._taken
        self._taken.discard(number)
        self._table.put(number, row, is_in_order, self._time)
        if row is not None:
            self._returned.pop(number, None)
            self._passed.pop(number, None)
        elif number < self._fresh:
            self._returned[number] = None

    def _changed(self, number: int, row: Row | None, left: Row | None, now: float, what: str) -> Step:
        """Put another row in the place of one, and end the offer."""
        known: Known = ()
        if row is not None and (left is None or left[0] == QUARANTINED):
            known = self._forget(number, row)
        offer = self._offers.pop(number)
        self._put(number, left)
        shown = left or row
        assert shown is not None  # noqa: S101  nothing is never changed to nothing
        lease = self._lease(number, shown)
        given = () if offer is None else ((number, offer),)
        undo = partial(self._restore, ((number, row),), known, given)
        return Step(lease, (LeaseChange(now, what, lease),), undo)

    def _forget(self, number: int, row: Row) -> Known:
        """See that nobody is known by a row; what has to be known again if that is taken back."""
        key = key_in(row[3])
        if self._table.number_of(key) != number:
            return ()
        self._table.forget(key)
        return ((key, number),)

    def _restore(self, rows: Rows, known: Known, given: Given) -> None:
        """Take a step back."""
        for key, _ in known:
            self._table.forget(key)
        for number, row in rows:
            self._put(number, row)
        for key, number in known:
            if number >= 0:
                self._table.know(key, number)
        for number, offer in given:
            self._offers.put(number, offer)

    def _held(self, client: str, address: bytes, time: float) -> tuple[int, Row | None]:
        """The number and the row of an address that a client holds; None for the row if it does not."""
        number = self.pool.number_of(address)
        row = self._table.row(number) if number >= 0 else None
        if row is None or row[0] != BOUND or row[2] <= time or not row[3].startswith(key_of(client)):
            return number, None
        return number, row

    def _lease(self, number: int, row: Row) -> Lease:
        state, since, expires, record = row
        client, mac, hostname, via, evidence = unpacked(record)
        address, shift = self.pool.address_of(number), self._steady.shift
        return Lease(
            address, self.pool.name, client, STATES[state], since, expires - shift, mac, hostname, via, evidence
        )

    def _offered(self, number: int, offer: Offer) -> Lease:
        client, mac, hostname, via = offer.holder
        end = offer.until - self._steady.shift
        address = self.pool.address_of(number)
        return _new(
            Lease, (address, self.pool.name, client, LeaseState.OFFERED, offer.since, end, mac, hostname, via, "")
        )

    def _first_behind(self, address: bytes) -> int:
        """The lowest number of an address that is higher than one, which need not be the pool's."""
        value = int.from_bytes(address, "big")
        return sum(min(last, value) - first + 1 for first, last in self.pool.ranges if first <= value)

    def _each(self, first: int) -> Iterator[Lease]:
        for number, row in self._table.rows_since(first):
            yield self._lease(number, row)
