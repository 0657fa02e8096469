"""Reservations in Redis, written in one transaction."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import chain
from time import monotonic
from typing import Any, Final

from zope.interface import implementer

from ..backends.redis_connection import Connection, command, connect, hgetall
from ..backends.redis_errors import refused
from ..backends.redis_hashes import subnet_name, subnet_of
from ..backends.redis_sentinel import Sentinels
from ..backends.redis_settings import RedisSettings, read
from ..backends.reservation import hardware_address
from ..config.settings import SourceSettings
from ..identity import PREFIXES
from ..interfaces import SourceError, SourceLoadError
from . import redis_records as records
from .host import Host, SubnetRow
from .plan import Plan
from .reactor_thread import ReactorThread
from .store import Advance, IHostStore, Refused, Unreachable, Unusable

_BATCH: Final = 2000
_PATIENCE: Final = 600.0
"""Seconds for an answer: a million hosts are written by one command."""
_WATCHED: Final = 2000
"""Names that are watched at most: each costs the server a look at all before it."""
_REFUSING: Final = ("NOPERM", "READONLY", "OOM", "WRONGTYPE", "EXECABORT", "MISCONF", "NOREPLICAS")


@implementer(IHostStore)
class RedisStore:
    """The hashes of a Redis database: one for each host, by its key, one for each subnet, by name and serial.

    :param any_case: whether hardware addresses stand there in upper case too.
    :raises Unreachable: if there is no connection to be had.
    """

    name = "Redis"
    own_of_hosts = None
    own_of_subnets = None

    def __init__(self, settings: RedisSettings, any_case: bool) -> None:
        self._settings = settings
        self._any_case = any_case
        self._spelled: dict[str, str] = {}
        self._thread = ReactorThread()
        try:
            self._connection = self._thread.wait(self._connect)
        except SourceError as error:
            self._thread.stop()
            raise _away(error) from None

    def hosts(self) -> Iterator[Host]:
        """Every reservation."""
        for name, fields in self._hashes(b"*", self._may_be_host):
            if _is_key(name) or {"ip", "subnet"} <= fields.keys():
                yield records.host_of(self._key(name), fields)

    def count(self) -> int:
        """How many there are, more or less."""
        return int(self._checked("DBSIZE", [command("DBSIZE")])[0])

    def known(self, keys: Iterable[str]) -> list[Host]:
        """The reservations of clients."""
        names = [name for key in keys for name in self._names(key)]
        found: dict[str, Host] = {}
        for name, reply in zip(names, self._checked("HGETALL", [hgetall(name) for name in names]), strict=True):
            key = name.lower() if self._any_case and hardware_address(name) else name
            if reply and key not in found:
                self._spell(key, name)
                found[key] = records.host_of(key, records.fields_of(reply))
        return list(found.values())

    def at(self, ip: str) -> list[Host]:
        """The reservations of an address; the whole database is looked through for them."""
        return [host for host in self.hosts() if host.ip == ip]

    def subnets(self) -> list[SubnetRow]:
        """Every subnet."""
        rows = []
        for name, fields in self._hashes(b"*|*", lambda name: not self._may_be_host(name)):
            subnet = subnet_of(name)
            if subnet is not None:
                rows.append(records.subnet_row_of(*subnet, fields))
        return sorted(rows)

    def widths(self) -> Mapping[str, int]:
        """No limits."""
        return {}

    def check_host(self, host: Host) -> None:
        """See that what a host says beside its address means something.

        :raises BadField: for the first field that does not.
        """
        records.check_host(host)

    def check_subnet(self, subnet: SubnetRow) -> None:
        """See that a subnet is in order.

        :raises BadField: for the first field that is not.
        """
        records.check_subnet(subnet)

    def write(self, plan: Plan, advance: Advance) -> None:
        """Do all of a plan in one transaction.

        What it goes by is looked at again just before, and watched until it is done if that is not too much.

        :raises Refused: if something of it was changed meanwhile, or the server does not take it.
        """
        before, writing = self._steps(plan)
        names = list(before)
        if len(names) <= _WATCHED:
            self._checked("WATCH", [command("WATCH", *names)])
        for piece in _pieces(names):
            replies = self._checked("HGETALL", [hgetall(name) for name in piece])
            if any(records.fields_of(reply) != before[name] for name, reply in zip(piece, replies, strict=True)):
                raise Refused("somebody else has changed the store meanwhile; nothing was changed, try again")
        self._checked("MULTI", [command("MULTI")])
        for commands in _pieces(writing):
            self._checked("HSET", commands)
            advance(len(commands))
        (done,) = self._checked("EXEC", [command("EXEC")])
        if done is None:
            raise Refused("somebody else has changed the store meanwhile; nothing was changed, try again")

    def close(self) -> None:
        """Let go of the connection; what was not executed is forgotten."""
        with suppress(SourceError):
            self._thread.wait(self._end)
        self._thread.stop()

    def _steps(self, plan: Plan) -> tuple[dict[str, records.Fields], list[bytes]]:
        """What each hash that is written must hold before, and the commands that write."""
        before: dict[str, records.Fields] = {}
        writing: list[bytes] = []
        old_new: Iterable[tuple[str, records.Fields, records.Fields]] = chain(
            ((self._name(row), records.subnet_hash(row), {}) for row in plan.subnets_removed),
            ((self._spelling(host), records.host_hash(host), {}) for host in plan.removed),
            ((self._name(row), {}, records.subnet_hash(row)) for row in plan.subnets_added),
            (
                (self._name(one.new), records.subnet_hash(one.old), records.subnet_hash(one.new))
                for one in plan.subnets_changed
            ),
            ((host.key, {}, records.host_hash(host)) for host in plan.added),
            ((self._spelling(one.new), records.host_hash(one.old), records.host_hash(one.new)) for one in plan.changed),
        )
        for name, old, new in old_new:
            before[name] = old
            if not new:
                writing.append(command("DEL", name))
                continue
            sets, gone = records.changed(old, new)
            if sets:
                writing.append(command("HSET", name, *chain.from_iterable(sets.items())))
            if gone:
                writing.append(command("HDEL", name, *gone))
        return before, writing

    def _hashes(self, pattern: bytes, wanted: Callable[[str], bool]) -> Iterator[tuple[str, records.Fields]]:
        """Every hash whose name is wanted, with its fields."""
        cursor = b"0"
        seen: set[str] = set()
        while True:
            (reply,) = self._checked("SCAN", [command("SCAN", cursor, "MATCH", pattern, "COUNT", _BATCH)])
            cursor, found = reply
            # A server may tell a name twice.
            names = [name for name in dict.fromkeys(map(_text, found)) if wanted(name) and name not in seen]
            seen.update(names)
            replies = self._ask([hgetall(name) for name in names]) if names else []
            for name, fields in zip(names, replies, strict=True):
                if isinstance(fields, list) and fields:
                    yield name, records.fields_of(fields)
                elif isinstance(fields, Exception) and not str(fields).startswith("WRONGTYPE"):
                    raise self._no(fields, "HGETALL")
            if cursor == b"0":
                return

    def _may_be_host(self, name: str) -> bool:
        return _is_key(name) or subnet_of(name) is None

    def _key(self, name: str) -> str:
        if self._any_case and hardware_address(name) is not None:
            self._spell(name.lower(), name)
            return name.lower()
        return name

    def _names(self, key: str) -> tuple[str, ...]:
        """The hashes that may be a client's, in the order in which they count."""
        return (key, key.upper()) if self._any_case and hardware_address(key) else (key,)

    def _spell(self, key: str, name: str) -> None:
        if key != name:
            self._spelled[key] = name

    def _spelling(self, host: Host) -> str:
        return self._spelled.get(host.key, host.key)

    def _name(self, row: SubnetRow) -> str:
        return subnet_name(row.subnet, row.serial)

    async def _connect(self) -> Connection:
        settings, reactor = self._settings, self._thread.reactor
        server, role = settings.server, ""
        if settings.sentinels:
            sentinels = Sentinels(settings.sentinels, settings.service, server, reactor, monotonic, lambda: None)
            try:
                server, role = await sentinels.master(), "master"
            finally:
                await sentinels.stop()
        return await connect(replace(server, reply_timeout=_PATIENCE), reactor, role)

    async def _end(self) -> None:
        await self._connection.abort()

    def _ask(self, commands: Sequence[bytes]) -> list[Any]:
        async def ask() -> list[Any]:
            return await self._connection.ask(commands)

        try:
            return self._thread.wait(ask)
        except SourceError as error:
            raise _away(error) from None

    def _checked(self, name: str, commands: Sequence[bytes]) -> list[Any]:
        """The replies to commands.

        :raises Refused: if the server does not take one of them.
        """
        replies = self._ask(commands)
        for reply in replies:
            if isinstance(reply, Exception):
                raise self._no(reply, name)
        return replies

    def _no(self, error: Exception, name: str) -> Exception:
        told = refused(self._settings.server.place, error, name)
        if str(error).startswith(_REFUSING):
            return Refused(f"{told}; nothing was changed")
        return _away(told)


def _is_key(name: str) -> bool:
    return hardware_address(name) is not None or name.startswith(PREFIXES)


def _text(name: bytes) -> str:
    return name.decode("utf-8", "replace")


def _pieces(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for begin in range(0, len(rows), _BATCH):
        yield rows[begin : begin + _BATCH]


def _away(error: SourceError) -> Unreachable:
    return Unreachable(f"{error}; {error.advice}" if error.advice else str(error))


def open_store(settings: SourceSettings) -> RedisStore:
    """The store of a configuration.

    :raises Unusable: if its settings are not in order.
    :raises Unreachable: if it cannot be connected to.
    """
    try:
        own = read(settings.settings)
    except SourceLoadError as error:
        raise Unusable(str(error)) from None
    return RedisStore(own, settings.case_insensitive_macs)
