"""Reservations in a store that can be written: one thing at a time, each with a look at what is there. All blocks."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Final

from ..backends.reservation import BadField
from ..config.settings import Configuration
from ..hosts.host import HOST_FIELDS, Host, read_address, read_key
from ..hosts.one import plan_one
from ..hosts.opening import open_store
from ..hosts.plan import Plan
from ..hosts.store import IHostStore, Refused, Unreachable, Unusable
from ..interfaces import IServerReactor
from ..web import editing as web

WRITABLE: Final = ("INI", "SQLite", "PostgreSQL", "MySQL", "Oracle", "Redis")
"""Sources whose reservations can be written."""


def why_not(configuration: Configuration) -> str:
    """Why reservations cannot be changed from here, "" if they can."""
    engine = configuration.source.engine
    if isinstance(engine, str) and engine in WRITABLE:
        return ""
    what = f"{engine} can" if isinstance(engine, str) and engine else "What DATABASE_ENGINE names can"
    return f"{what} only be read from here; make reservations where they are kept."


@contextmanager
def opened(configuration: Configuration, reactor: IServerReactor) -> Iterator[IHostStore]:
    """A store for as long as it is needed.

    :raises web.Refused: whatever it raises.
    """
    if why_not(configuration):
        raise web.Refused(409, why_not(configuration))
    try:
        store = open_store(configuration, None, reactor)
        try:
            yield store
        finally:
            store.close()
    except BadField as error:
        raise web.Refused(400, str(error)) from None
    except Refused as error:
        raise web.Refused(409, str(error)) from None
    except Unusable as error:
        raise web.Refused(400, str(error)) from None
    except Unreachable as error:
        raise web.Refused(503, str(error)) from None


class Reservations:
    """What is asked of the store of a configuration."""

    def __init__(self, configuration: Configuration, reactor: IServerReactor) -> None:
        self._configuration = configuration
        self._reactor = reactor
        self._any_key = any(callable(one) for one in configuration.source.identity)

    def subnets(self) -> Sequence[tuple[str, int]]:
        """Name and serial of each."""
        with opened(self._configuration, self._reactor) as store:
            return sorted((row.subnet, row.serial) for row in store.subnets())

    def find(self, text: str, most: int) -> Sequence[web.Reservation]:
        """Those with a text in one of their fields."""
        wanted = text.strip().lower()

        def fits(host: Host) -> bool:
            return not wanted or any(wanted in str(value).lower() for value in host.record().values())

        with opened(self._configuration, self._reactor) as store:
            return [shown(host) for host in islice(filter(fits, store.hosts()), most)]

    def get(self, key: str) -> web.Reservation | None:
        """That of a client."""
        with opened(self._configuration, self._reactor) as store:
            found = store.known([read_key(key, self._any_key)])
            return shown(found[0]) if found else None

    def change(
        self,
        key: str,
        fields: Mapping[str, str] | None,
        version: str | None,
        before_writing: Callable[[], None] | None,
    ) -> web.Edit:
        """Do it, or see what would be done.

        :param before_writing: called before something is written; None to write nothing.
        """
        with opened(self._configuration, self._reactor) as store:
            known = read_key(key, self._any_key)
            found = store.known([known])
            before = shown(found[0]) if found else None
            if version is not None and version != (before.version if before is not None else ""):
                raise web.Refused(412, _changed_meanwhile(known, before, version))
            if fields is None:
                if not found:
                    raise web.Refused(404, f"{known}: there is no such reservation")
                plan, after = Plan(removed=found[:1]), None
            else:
                wanted = _all_fields(known, fields, before)
                plan = plan_one(store, self._any_key, wanted)
                after = shown(_after(plan, found))
            if before_writing is not None and plan.size:
                before_writing()
                store.write(plan, lambda rows: None)
            return web.Edit(before, after)


def shown(host: Host) -> web.Reservation:
    """A reservation as the console has it."""
    record = {name: str(value) for name, value in host.record().items() if name != "mac"}
    text = repr((host.key, sorted(record.items())))
    return web.Reservation(host.key, record, hashlib.sha256(text.encode()).hexdigest()[:24])


def _all_fields(key: str, fields: Mapping[str, str], before: web.Reservation | None) -> dict[str, str]:
    """What a reservation is to have, in the form that plans are made of; what it is to lose is ""."""
    wanted = {name: value.strip() for name, value in fields.items()}
    for name in ("ip", "subnet"):
        if not wanted.get(name):
            raise BadField(f"{name}: not told")
    if "mac" in wanted:
        raise BadField("mac: that is the key")
    wanted["ip"] = read_address(wanted["ip"])
    wanted["serial"] = wanted.get("serial") or "0"
    gone = {name: "" for name in (before.fields if before is not None else ()) if name not in HOST_FIELDS}
    return {"mac": key, "hostname": "", **gone, **wanted}


def _after(plan: Plan, found: Sequence[Host]) -> Host:
    if plan.added:
        return plan.added[0]
    return plan.changed[0].new if plan.changed else found[0]


def _changed_meanwhile(key: str, before: web.Reservation | None, version: str) -> str:
    if before is None:
        return f"{key}: somebody has removed this reservation meanwhile."
    if not version:
        return f"{key}: there is a reservation already."
    return f"{key}: somebody else has changed this reservation meanwhile."
