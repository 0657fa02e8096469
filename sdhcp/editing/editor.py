"""Changes what the console is asked to change, tells the server of it, and records it."""

from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from twisted.internet.defer import Deferred

from ..backends.one_thread import OneThread
from ..config.settings import Configuration
from ..engine.addresses import Addresses
from ..events import Edited, LeaseChanged
from ..hosts.leased import key_of_lease, name_of_lease
from ..hosts.store import Refused as HostsRefused
from ..interfaces import ILeaseStore, IServerReactor, SourceError
from ..leases.operating import Ended, NotThere, clear, record_of, release
from ..model import Lease
from ..web.editing import Edit, Refused, Reservation, Who
from ..wire.describe import address as dotted
from ..wire.errors import WireError
from ..wire.options import address as address_of
from .audit import Audit, CannotRecord
from .reservations import Reservations, why_not

WAITING: Final = 32
"""Changes and looks that may wait for the store at a time."""
_TOLD: Final = ("ip", "hostname", "subnet", "serial", "pool", "state", "client", "mac")
_Step = Callable[[ILeaseStore, Addresses, bytes, float], Awaitable[Ended]]


class Editor:
    """See :class:`sdhcp.web.editing.Editing`.

    :param configuration: gives what is in force.
    :param pools: gives every pool as it is now, with where its leases are; :param place_of: its subnet and serial.
    :param learn: has the server learn of a change to the reservation with a key.
    :param publish: takes events; :param wall: seconds since the epoch; :param clock: of a monotonic clock.
    """

    def __init__(
        self,
        configuration: Callable[[], Configuration],
        audit: Audit,
        pools: Callable[[], Iterable[tuple[Addresses, ILeaseStore]]],
        place_of: Callable[[str], tuple[str, int] | None],
        learn: Callable[[str], "Deferred[Any]"],
        publish: Callable[[Any], None],
        tell: Callable[[str, str], None],
        reactor: IServerReactor,
        wall: Callable[[], float],
        clock: Callable[[], float],
    ) -> None:
        self._configuration = configuration
        self._audit = audit
        self._pools = pools
        self._place_of = place_of
        self._learn = learn
        self._publish = publish
        self._say = tell
        self._reactor = reactor
        self._wall = wall
        self._clock = clock
        self._thread = OneThread(reactor, "reservations")
        self._is_started = False

    def stop(self) -> None:
        """Begin nothing more."""
        if self._is_started:
            self._thread.end()

    def why_not(self) -> str:
        """See :class:`Editing`."""
        return why_not(self._configuration())

    def own_fields(self) -> Sequence[str] | None:
        """See :class:`Editing`."""
        source = self._configuration().source
        return None if source.engine in ("INI", "Redis") else source.extra_maps

    async def subnets(self) -> Sequence[tuple[str, int]]:
        """See :class:`Editing`."""
        found: Sequence[tuple[str, int]] = await self._ask(self._store().subnets)
        return found

    async def find(self, text: str, most: int) -> Sequence[Reservation]:
        """See :class:`Editing`."""
        found: Sequence[Reservation] = await self._ask(self._store().find, text, most)
        return found

    async def get(self, key: str) -> Reservation | None:
        """See :class:`Editing`."""
        found: Reservation | None = await self._ask(self._store().get, key)
        return found

    async def plan(self, key: str, fields: Mapping[str, str] | None, version: str | None) -> Edit:
        """See :class:`Editing`."""
        edit: Edit = await self._ask(self._store().change, key, fields, version, None)
        return edit

    async def change(self, key: str, fields: Mapping[str, str] | None, version: str | None, who: Who) -> Edit:
        """See :class:`Editing`."""
        edit: Edit = await _to_its_end(self._changed(key, fields, version, who))
        return edit

    async def _changed(self, key: str, fields: Mapping[str, str] | None, version: str | None, who: Who) -> Edit:
        edit: Edit = await self._ask(self._store().change, key, fields, version, self._audit.see_that_it_can)
        if edit.is_empty:
            return edit
        known = edit.after or edit.before
        assert known is not None  # noqa: S101  it is not empty
        what = "removed" if edit.after is None else "changed" if edit.before is not None else "added"
        before, after = (dict(one.fields) if one is not None else {} for one in edit)
        await self._record(who, f"reservation {what}", known.key, before, after)
        try:
            await self._learn(known.key)
        except SourceError as error:
            self._say("ERROR", f"a reservation was changed, and the source cannot be read anew: {error}")
        return edit

    async def leased(self, pool: str, address: str) -> Reservation:
        """See :class:`Editing`."""
        addresses, store, octets = self._at(pool, address)
        lease: Lease | None = await self._now(lambda: store.at(addresses, octets, self._wall()))
        if lease is None or not lease.mac:
            raise Refused(404, f"{address}: no client holds it, nor held it")
        place = self._place_of(pool)
        if place is None:
            raise Refused(409, f"conf.py has no pool {pool}, so that nobody knows its subnet")
        try:
            key = key_of_lease(lease, self._configuration().source.identity)
        except HostsRefused as error:
            raise Refused(409, str(error)) from None
        fields = {"ip": dotted(octets), "hostname": name_of_lease(lease), "subnet": place[0], "serial": str(place[1])}
        return Reservation(key, fields, "")

    async def release(self, pool: str, address: str, who: Who) -> None:
        """See :class:`Editing`."""
        await _to_its_end(self._end(release, "lease released", pool, address, who))

    async def clear(self, pool: str, address: str, who: Who) -> None:
        """See :class:`Editing`."""
        await _to_its_end(self._end(clear, "address cleared", pool, address, who))

    async def _end(self, step: _Step, what: str, pool: str, address: str, who: Who) -> None:
        addresses, store, octets = self._at(pool, address)
        await self._ask(self._audit.see_that_it_can)
        now = self._wall()
        ended: Ended = await self._now(lambda: step(store, addresses, octets, now))
        self._publish(LeaseChanged(self._clock(), ended.what, ended.lease))
        await self._record(who, what, dotted(octets), dict(record_of(ended.lease, now)), {})

    def _at(self, pool: str, text: str) -> tuple[Addresses, ILeaseStore, bytes]:
        try:
            octets = address_of(text)
        except WireError:
            raise Refused(400, "That is no IPv4 address.") from None
        for addresses, store in self._pools():
            if addresses.name == pool and octets in addresses:
                return addresses, store, octets
        raise Refused(404, "There is no such address in a pool of this name.")

    async def _record(self, who: Who, what: str, subject: str, before: dict[str, Any], after: dict[str, Any]) -> None:
        """Tell of what was done."""
        at = datetime.fromtimestamp(self._wall(), UTC).isoformat(timespec="milliseconds")
        entry = {"at": at, "by": who.name, "from": who.address, "what": what, "subject": subject}
        self._publish(Edited(self._clock(), who.name, who.address, what, subject, _told(before), _told(after)))
        try:
            await self._ask(self._audit.add, {**entry, "before": before, "after": after})
        except Refused as error:
            self._say("CRITICAL", f"{what}, {subject}: done, and not recorded: {error}")

    def _store(self) -> Reservations:
        return Reservations(self._configuration(), self._reactor)

    async def _ask(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """What a function gives, in a thread.

        :raises Refused: if it does not do it, or too much waits.
        """
        if self._thread.waiting >= WAITING:
            raise Refused(503, "Too many changes wait for the store.")
        if not self._is_started:
            self._is_started = True
            self._thread.start()
        try:
            return await self._thread.call(function, *arguments)
        except CannotRecord as error:
            raise Refused(503, f"Nothing was changed, since it could not be recorded: {error}") from None

    async def _now(self, ask: Callable[[], Any]) -> Any:
        try:
            value = ask()
            return await value if isinstance(value, Awaitable) else value
        except NotThere as error:
            raise Refused(404, str(error)) from None
        except SourceError as error:
            raise Refused(503, f"The leases cannot be read or kept now: {error}") from None


def _to_its_end(doing: Coroutine[Any, Any, Any]) -> "Deferred[Any]":
    """What comes of it. That nobody waits any longer, as when a browser has gone, does not keep it from its end."""
    waited: Deferred[Any] = Deferred()
    Deferred.fromCoroutine(doing).addBoth(waited.callback)
    return waited


def _told(fields: Mapping[str, Any]) -> str:
    # What a site's own fields hold may be nothing for a log.
    return ", ".join(f"{name} {fields[name]}" for name in _TOLD if fields.get(name) not in ("", None))
