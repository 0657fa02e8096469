"""Reservations in the tables of an SQL database, read and written through any DB-API 2.0 module."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from typing import Any, Final

from zope.interface import implementer

from ..backends.reservation import host_fields, subnet_fields
from ..backends.sql import Columns
from .host import HOST_FIELDS, SUBNET_FIELDS, Host, SubnetRow, own_fields, plain, with_texts
from .plan import Plan
from .store import Advance, IHostStore, Refused

_BATCH: Final = 5000
_PARKED: Final = "~"
"""How addresses begin that rows have while they wait for theirs to be free; no host's does."""


@implementer(IHostStore)
class SqlStore:
    """The tables ``maps`` and ``subnets``.

    :param name: what operators call the database.
    :param connection: one that is not in autocommit.
    :param columns: the site's own columns.
    :param any_case: whether hardware addresses stand there in any case.
    :param explain: makes :class:`Refused` or :class:`Unreachable` of the module's errors.
    """

    mark = "%s"
    """What stands for a value in a statement."""
    error: type[Exception] = Exception
    """What the module raises."""
    folded = "LOWER(mac)"
    """A key without regard to case."""
    tables_there = ""
    """The question for the names of all tables."""
    selected_key = "mac"
    """A key as it is read."""

    def __init__(
        self,
        name: str,
        connection: Any,
        columns: Columns,
        any_case: bool,
        explain: Callable[[Any], Exception],
    ) -> None:
        self.name = name
        self.own_of_hosts: tuple[str, ...] | None = columns.maps
        self.own_of_subnets: tuple[str, ...] | None = columns.subnets
        self.connection = connection
        self.any_case = any_case
        self._explain = explain
        self.host_columns = (*HOST_FIELDS, *columns.maps)
        self._subnet_columns = (*SUBNET_FIELDS, *columns.subnets)
        self.key = self.folded if any_case else "mac"

    def hosts(self) -> Iterator[Host]:
        """Every reservation."""
        with self.explained():
            for rows in self.stream(f"SELECT {self._selected} FROM maps"):  # noqa: S608  checked names
                yield from map(self._host, rows) if self._is_unusual else map(_host, rows)
            self.connection.rollback()

    def count(self) -> int:
        """How many there are."""
        return int(self.ask("SELECT COUNT(*) FROM maps")[0][0])

    def known(self, keys: Iterable[str]) -> list[Host]:
        """The reservations of clients."""
        return [host for key in keys for host in self._hosts(f"{self.key} = {self.place(1)}", key)]

    def at(self, ip: str) -> list[Host]:
        """The reservations of an address."""
        return self._hosts(f"ip = {self.place(1)}", ip)

    def subnets(self) -> list[SubnetRow]:
        """Every subnet."""
        width = len(SUBNET_FIELDS)
        return [
            with_texts(
                SubnetRow(
                    plain(row[0]),
                    int(row[1] or 0),
                    int(row[2] or 0),
                    own=tuple(sorted(own_fields(self._subnet_columns[width:], row[width:]))),
                ),
                map(plain, row[3:width]),
            )
            for row in self.ask(f"SELECT {', '.join(self._subnet_columns)} FROM subnets")  # noqa: S608  checked names
        ]

    def widths(self) -> Mapping[str, int]:
        """No limits that the database would not tell of by itself."""
        return {}

    def check_host(self, host: Host) -> None:
        """See that the site's own columns mean something.

        :raises BadField: for the first that does not.
        """
        host_fields({"ip": host.ip, "subnet": "", "serial": 0}, {f"maps.{name}": value for name, value in host.own})

    def check_subnet(self, subnet: SubnetRow) -> None:
        """See that a subnet is in order.

        :raises BadField: for the first field that is not.
        """
        subnet_fields(subnet.record(), {f"subnets.{name}": value for name, value in subnet.own})

    def write(self, plan: Plan, advance: Advance) -> None:
        """Do all of a plan in one transaction.

        :raises Refused: if the database does not take it.
        """
        with self.explained():
            try:
                # What was read before is over: the writing goes by what is there now.
                self.connection.rollback()
                self.begin()
                self._write(plan, advance)
                self.connection.commit()
            except BaseException:
                with suppress(self.error):
                    self.connection.rollback()
                raise

    def _write(self, plan: Plan, advance: Advance) -> None:
        others = self._subnet_columns[2:]
        self.many(
            f"UPDATE subnets SET {self._sets(others)} "  # noqa: S608  checked names
            f"WHERE subnet = {self.place(len(others) + 1)} AND serial = {self.place(len(others) + 2)}",
            [self._of_subnet(change.new)[2:] + self._of_subnet(change.new)[:2] for change in plan.subnets_changed],
            len(plan.subnets_changed),
            advance,
        )
        places = ", ".join(self.place(number + 1) for number in range(len(self._subnet_columns)))
        self.many(
            f"INSERT INTO subnets ({', '.join(self._subnet_columns)}) VALUES ({places})",  # noqa: S608  as above
            [self._of_subnet(row) for row in plan.subnets_added],
            len(plan.subnets_added),
            advance,
        )
        self.delete([host.key for host in plan.removed], advance)
        self.park([host.key for host in plan.in_the_way()], advance)
        self.update((self._of_host(change.new) for change in plan.changed), len(plan.changed), advance)
        self.insert(map(self._of_host, sorted(plan.added)), len(plan.added), advance)
        self.many(
            f"DELETE FROM subnets WHERE subnet = {self.place(1)} AND serial = {self.place(2)}",  # noqa: S608  as above
            [(row.subnet, row.serial) for row in plan.subnets_removed],
            len(plan.subnets_removed),
            advance,
        )

    def close(self) -> None:
        """Let go of the connection."""
        with suppress(self.error):
            self.connection.close()

    # What a database may do better in a way of its own.

    def place(self, number: int) -> str:
        """What stands for the value of a number, from 1 on, in a statement."""
        return self.mark

    def begin(self) -> None:
        """Begin a transaction that writes."""

    def stream(self, statement: str) -> Iterator[list[tuple[Any, ...]]]:
        """The rows of a question, some at a time, in little memory."""
        cursor = self.connection.cursor()
        try:
            cursor.execute(statement)
            while rows := cursor.fetchmany(_BATCH):
                yield rows
        finally:
            # Who wanted the first rows alone may have closed the connection before.
            with suppress(self.error):
                cursor.close()

    def parked(self, number: int) -> str:
        """An address that nobody has."""
        return f"{_PARKED}{number}"

    def delete(self, keys: Sequence[str], advance: Advance) -> None:
        """Remove hosts."""
        statement = f"DELETE FROM maps WHERE {self.key} = {self.place(1)}"  # noqa: S608  checked names
        self.many(statement, ((key,) for key in keys), len(keys), advance)

    def park(self, keys: Sequence[str], advance: Advance) -> None:
        """Give hosts addresses that nobody has."""
        statement = f"UPDATE maps SET ip = {self.place(1)} WHERE {self.key} = {self.place(2)}"  # noqa: S608  as above
        parked = ((self.parked(number), key) for number, key in enumerate(keys))
        self.many(statement, parked, len(keys), _unwatched)

    def update(self, rows: Iterable[tuple[Any, ...]], number: int, advance: Advance) -> None:
        """Change hosts; a row begins with the key."""
        others = self.host_columns[1:]
        statement = f"UPDATE maps SET {self._sets(others)} WHERE {self.key} = {self.place(len(others) + 1)}"  # noqa: S608
        self.many(statement, ((*row[1:], row[0]) for row in rows), number, advance)

    def insert(self, rows: Iterable[tuple[Any, ...]], number: int, advance: Advance) -> None:
        """Add hosts."""
        places = ", ".join(self.place(column + 1) for column in range(len(self.host_columns)))
        statement = f"INSERT INTO maps ({', '.join(self.host_columns)}) VALUES ({places})"  # noqa: S608  as above
        self.many(statement, rows, number, advance)

    # What all share.

    def many(self, statement: str, rows: Iterable[tuple[Any, ...]], number: int, advance: Advance) -> None:
        """Execute a statement for each row.

        :raises Refused: if it did not meet ``number`` rows of the table.
        """
        cursor = self.connection.cursor()
        left = iter(rows)
        met = 0
        while batch := list(islice(left, _BATCH)):
            cursor.executemany(statement, batch)
            met += cursor.rowcount
            advance(len(batch))
        self.met(met, number)

    def met(self, rows: int, number: int) -> None:
        """See that as many rows were written as were meant.

        :raises Refused: if not.
        """
        if rows != number:
            raise Refused("somebody else has changed the store meanwhile; nothing was changed, try again")

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Say in plain words what the module raises."""
        try:
            yield
        except self.error as error:
            raise self._explain(error) from None

    def ask(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """All rows of a question."""
        with self.explained():
            cursor = self.connection.cursor()
            try:
                cursor.execute(statement, values)
                rows: list[tuple[Any, ...]] = list(cursor.fetchall())
            finally:
                cursor.close()
            return rows

    def _hosts(self, condition: str, value: str) -> list[Host]:
        rows = self.ask(f"SELECT {self._selected} FROM maps WHERE {condition}", value)  # noqa: S608  checked names
        return list(map(self._host, rows))

    @property
    def _selected(self) -> str:
        return ", ".join((self.selected_key, *self.host_columns[1:]))

    @property
    def _is_unusual(self) -> bool:
        return self.any_case or len(self.host_columns) > len(HOST_FIELDS)

    def _host(self, row: tuple[Any, ...]) -> Host:
        width = len(HOST_FIELDS)
        host = _host(row[:width])
        key = host.key.lower() if self.any_case else host.key
        own = own_fields(self.host_columns[width:], row[width:])
        return host._replace(key=key, own=tuple(sorted(own)))

    def _of_host(self, host: Host) -> tuple[Any, ...]:
        row = (host.key, host.ip, host.hostname or None, host.subnet, host.serial)
        if not self.own_of_hosts:
            return row
        own = dict(host.own)
        return *row, *(own.get(name) for name in self.own_of_hosts)

    def _of_subnet(self, subnet: SubnetRow) -> tuple[Any, ...]:
        own = dict(subnet.own)
        texts = (text or None for text in subnet[3:-1])
        return (*subnet[:3], *texts, *(own.get(name) for name in self.own_of_subnets or ()))

    def _sets(self, columns: Sequence[str]) -> str:
        return ", ".join(f"{column} = {self.place(number)}" for number, column in enumerate(columns, 1))


def _host(row: tuple[Any, ...]) -> Host:
    key, ip, hostname, subnet, serial = row
    return Host(
        key if type(key) is str else plain(key), ip if type(ip) is str else plain(ip), plain(hostname), subnet, serial
    )


def _unwatched(rows: int) -> None:
    """Rows that are no part of the plan."""
