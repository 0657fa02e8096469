"""Reservations on an SQL server, asked for in threads, many clients at a time."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Final, TypeVar

from twisted.internet.defer import Deferred, DeferredLock, fail, succeed
from twisted.internet.task import LoopingCall
from zope.interface import implementer

from ..interfaces import (
    Answered,
    BadReservation,
    Found,
    ICallsBack,
    IEnumerableSource,
    IRemoteSource,
    ISearchableSource,
    IServerReactor,
    ISubnetSource,
    Listed,
    Sought,
    SourceError,
)
from ..model import Definition, Query, Subnet
from . import subnets
from .batches import Answers, Batches
from .reservation import BadField, hardware_address
from .sql import Rows
from .sql_pool import Dialect, Opened, Pool, Row
from .sql_search import Searching

SUBNETS: Final = 16_384
"""Subnets that are known apart from the clients in them."""
REFRESH: Final = 10.0
"""Seconds between two looks at the subnets."""
T = TypeVar("T")
_NOBODY: Final = ("00:00:00:00:00:00",)


@implementer(IRemoteSource, ICallsBack, ISubnetSource, IEnumerableSource, ISearchableSource)
class SqlSource:
    """Reservations of a server with the tables ``subnets`` and ``maps``; never written to.

    :param most: connections at most.
    :param keep: whether they are kept from one question to the next.
    :param any_case: whether keys stand there in any case.
    """

    def __init__(self, dialect: Dialect, reactor: IServerReactor, most: int, keep: bool, any_case: bool) -> None:
        self.name: str = dialect.name
        self._dialect = dialect
        self._reactor = reactor
        self._most = most
        self._keep = keep
        self._any_case = any_case
        columns = dialect.columns
        self._rows = Rows(columns)
        self._select_subnets = columns.select_subnets()
        self._batches = Batches(self._ask, reactor, most, dialect.most)
        self._pool: Pool | None = None
        self._subnet_rows: Sequence[Row] = ()
        self._subnets = subnets.Subnets(())
        self._one_at_a_time = DeferredLock()
        self._stale = False
        self._looping = LoopingCall(self.read_subnets)
        self._looping.clock = reactor

    def start(self) -> None:
        """Begin to hold connections, and to know the subnets."""
        self._pool = Pool(self._dialect, self._reactor, self._most, self._keep)
        self._looping.start(REFRESH)

    def stop(self) -> "Deferred[None]":
        """Let go of all connections; fires when no thread is left."""
        if self._looping.running:
            self._looping.stop()
        self._batches.stop()
        pool, self._pool = self._pool, None
        return pool.stop() if pool is not None else succeed(None)

    def lookup(self, query: Query) -> "Deferred[Found]":
        """What the server holds for a client.

        The Deferred fails with :class:`SourceError` if it cannot be asked, with :class:`BadReservation` if the
        client's row is not in order.
        """
        return self._batches.lookup(query.key)

    def look_up(self, query: Query, answered: Answered) -> Callable[[], None]:
        """The same with a function that is called; what is returned ends the waiting."""
        return self._batches.look_up(query.key, answered)

    def probe(self) -> "Deferred[None]":
        """Ask for a client that nobody has, and for a subnet; fails with :class:`SourceError`."""
        return self.ask(self._ask_everything)

    def subnet_of(self, address: bytes) -> Subnet | None:
        """The narrowest subnet that holds an address, as of the last look at them."""
        return self._subnets.holding(address)

    def reservations(self) -> Iterator[tuple[str, Definition]]:
        """Every client's key with its definition; rows that are not in order are left out. Blocks.

        :raises SourceError: if the server cannot be asked.
        """
        rows = Rows(self._dialect.columns)
        opened: Opened | None = None
        try:
            opened = self._dialect.connect()
            for row in self._dialect.every_row(opened, self._dialect.columns.select_host("")):
                try:
                    definition = rows.definition(row)
                except BadField:
                    continue
                yield _text(row[0]), definition
        except Exception as error:  # each driver has errors of its own, and some raise others
            raise self._dialect.error(error) from None
        finally:
            if opened is not None:
                opened.close()

    def search(self, sought: Sought, after: str, most: int, seconds: float, in_thread: object) -> "Deferred[Listed]":
        """Reservations that are searched for, ascending by key as the server sorts them."""

        def look(opened: Opened) -> Listed:
            ask = partial(self._dialect.found, opened)
            searching = Searching(ask, self._dialect.columns, self._dialect.wording, self._reactor.seconds)
            return searching.search(sought, after, most, self._reactor.seconds() + seconds)

        return self.ask(look)

    def read_subnets(self) -> "Deferred[None]":
        """Look at the subnets; fires, with None, when that has been done, well or not."""
        return self._one_at_a_time.run(self.ask, self._read_subnets).addErrback(lambda _: None)

    def subnets_changed(self) -> None:
        """Look at the subnets soon, once for all changes until then."""
        if not self._stale:
            self._stale = True
            self._one_at_a_time.run(self._read_changed).addErrback(lambda _: None)

    def ask(self, question: Callable[[Opened], T]) -> "Deferred[T]":
        """As :meth:`Pool.ask`."""
        if self._pool is None:
            return fail(SourceError("the source is not started", passing=True))
        return self._pool.ask(question)

    def _ask(self, keys: Sequence[str]) -> "Deferred[Answers]":
        return self.ask(partial(self._answers, keys))

    def _answers(self, keys: Sequence[str], opened: Opened) -> Answers:
        """What is found for some keys; in a thread."""
        asked = {key.lower(): key for key in keys} if self._any_case else dict(zip(keys, keys, strict=True))
        answers: dict[str, Found | SourceError] = {}
        definition_of = self._rows.definition
        for row in self._host_rows(list(asked), opened, answers):
            key = asked.get(row[0]) or self._spelt_otherwise(row[0], asked)
            if key is None:
                continue
            before = answers.get(key)
            try:
                definition = definition_of(row)
            except BadField as error:
                text = f"{self.name}: {key}: {error}"
                answers[key] = BadReservation(text, "mend the row; the next packet counts")
                continue
            if before is None:
                answers[key] = definition
            elif isinstance(before, tuple):
                answers[key] = (*before, definition)
            elif isinstance(before, Definition):
                answers[key] = (before, definition)
        if self._any_case and len(asked) < len(keys):
            answers.update({key: answers[known] for key in keys if (known := asked[key.lower()]) in answers})
        return answers

    def _host_rows(self, keys: list[str], opened: Opened, answers: dict[str, Found | SourceError]) -> Sequence[Row]:
        """The rows of some hosts. A key that the server can make nothing of is a key that it does not have."""
        text = "".join(keys)
        if not text.isascii() or "\0" in text:
            keys = [key for key in keys if _can_be_sent(key)]
        try:
            return self._dialect.hosts(opened, keys) if keys else ()
        except Exception as error:  # each driver has errors of its own
            if not self._dialect.is_about_a_key(error):
                raise
            if len(keys) > 1:
                half = len(keys) // 2
                rows = [self._host_rows(some, opened, answers) for some in (keys[:half], keys[half:])]
                return [*rows[0], *rows[1]]
            if hardware_address(keys[0]) is not None:
                # Nothing is wrong with the key, so it is what a view, say, makes of this client's row.
                told = self._dialect.error(error)
                answers[keys[0]] = BadReservation(f"{self.name}: {keys[0]}: {told}", told.advice)
            return ()

    def _spelt_otherwise(self, value: object, asked: Mapping[str, str]) -> str | None:
        """The key that a row is about whose text is padded, in octets, or in capitals.

        A server that is told to compare loosely finds rows of other keys as well; they do not count, but a
        hardware address in capitals is the same hardware address.
        """
        text = _text(value)
        if self._any_case or (text not in asked and hardware_address(text) is not None):
            text = text.lower()
        return asked.get(text)

    def _ask_everything(self, opened: Opened) -> None:
        self._dialect.hosts(opened, _NOBODY)
        self._dialect.rows(opened, self._dialect.limited(self._select_subnets, 1))

    def _read_changed(self) -> "Deferred[None]":
        self._stale = False
        return self.ask(self._read_subnets)

    def _read_subnets(self, opened: Opened) -> None:
        rows = self._dialect.rows(opened, self._dialect.limited(self._select_subnets, SUBNETS))
        if rows != self._subnet_rows:
            self._subnets = subnets.Subnets(self._rows.networks(rows))
            self._subnet_rows = rows


def _text(value: object) -> str:
    """A key as it stands in a column: fixed widths are padded, and some columns are octets."""
    return (value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)).rstrip(" ")


def _can_be_sent(key: str) -> bool:
    if "\0" in key:
        return False
    try:
        key.encode()
    except UnicodeEncodeError:
        return False
    return True
