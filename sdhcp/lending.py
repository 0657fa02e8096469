"""The conductor of a packet where addresses are lent to clients that no source has one for."""

import traceback
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final, cast

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure

from .engine.decide import commits
from .engine.link import on_link
from .engine.policy import Policy
from .events import HandlingFailed
from .interfaces import Found, IDefinitionSource, ILender, ISender, ISheds, SourceError
from .model import DISCOVER, INFORM, INIT_REBOOT, REBIND, RENEW, SELECTING, Arrival, Definition, Drop, Query
from .publisher import Publisher
from .responder import SOURCE_UNAVAILABLE, Responder
from .source_health import SourceHealth
from .wire.constants import RAPID_COMMIT
from .wire.message import Message

PENDING: Final = 4096
"""Clients for whom something may be waited for at a time."""
_TAKES_ITS_ADDRESS: Final = frozenset((DISCOVER, SELECTING, INIT_REBOOT, RENEW, REBIND))


class LendingResponder(Responder):
    """As :class:`Responder`, with pools.

    :param lender: who lends addresses; None for nobody.
    :ivar lender: the same.
    :ivar lender_health: whether leases can be kept.
    """

    def __init__(
        self,
        source: IDefinitionSource,
        policy: Policy,
        publisher: Publisher,
        clock: Callable[[], float],
        reactor: IReactorTime,
        lender: ILender | None,
    ) -> None:
        super().__init__(source, policy, publisher, clock, reactor)
        self._lender = self.lender = lender
        self._busy: set[bytes] = set()
        self._refused = 0
        self._waits = 0
        self.lender_health = SourceHealth(lender, publisher.publish, clock) if lender is not None else None

    @property
    def is_idle(self) -> bool:
        """As in :class:`Responder`."""
        return super().is_idle and not self._waits

    def take_over(self, other: Responder) -> None:
        """As in :class:`Responder`; a client for whom something is waited for there is not heard here either."""
        super().take_over(other)
        if isinstance(other, LendingResponder):
            self._busy, self._refused = other._busy, other._refused
            if self.lender_health is not None and other.lender_health is not None:
                self.lender_health.take_over(other.lender_health)

    def _admit(
        self, kind: str, message: Message, arrival: Arrival, sender: ISender, client: bytes, request: Any = None
    ) -> None:
        if client in self._busy:
            self._drop(Drop("pending", "an earlier packet of this client is not answered yet"), message, arrival)
            return
        super()._admit(kind, message, arrival, sender, client, request)

    def _answer(
        self,
        kind: str,
        message: Message,
        query: Query,
        found: Found,
        arrival: Arrival,
        sender: ISender,
        client: bytes,
    ) -> None:
        lender = self._lender
        if lender is None or kind is INFORM:
            super()._answer(kind, message, query, found, arrival, sender, client)
            return
        if found:
            reserved = self._on_its_link(found, query)
            if reserved is not None or not self.policy.link_check:
                if reserved is not None and kind in _TAKES_ITS_ADDRESS:
                    lender.has_reservation(query, reserved)
                super()._answer(kind, message, query, found, arrival, sender, client)
                return
        commits_everywhere = self.policy.rapid_commit and RAPID_COMMIT in message.options
        self._lend(kind is DISCOVER and commits_everywhere, kind, query, found, sender, client)

    def _lend(self, committing: bool, kind: str, query: Query, found: Found, sender: ISender, client: bytes) -> None:
        lender = self._lender
        assert lender is not None  # noqa: S101  it is not asked where there is none
        result = lender.answer(kind, query, bool(found), committing)
        if result is None or type(result) is Definition:
            self._lent(committing, kind, query, found, sender, client, result)
        else:
            then = partial(self._lent, committing, kind, query, found, sender, client)
            failed = partial(self._not_lent, kind, query, sender, client)
            self._wait(cast(Any, result), then, failed, query.message, query.arrival, sender, client)

    def _lent(
        self,
        committing: bool,
        kind: str,
        query: Query,
        found: Found,
        sender: ISender,
        client: bytes,
        definition: Definition | None,
    ) -> None:
        if self.lender_health is not None and self.lender_health.troubled:
            self.lender_health.answered()
        if kind is DISCOVER and definition is not None and not committing:
            # Only what was found tells the subnet; what is answered with an ACK has to be lent before.
            if commits(query.message, definition.subnet, self.policy):
                self._lend(True, kind, query, found, sender, client)
                return
        lent = found if definition is None else definition
        super()._answer(kind, query.message, query, lent, query.arrival, sender, client)

    def _not_lent(self, kind: str, query: Query, sender: ISender, client: bytes, error: BaseException) -> None:
        if not isinstance(error, SourceError):
            trace = "".join(traceback.format_exception(error))
            self._publish(HandlingFailed(self._clock(), client, repr(error), trace, query.arrival))
            return
        if self.lender_health is not None:
            self.lender_health.failed(error, client)
        self._finish(SOURCE_UNAVAILABLE, kind, query.message, None, query.arrival, sender, client)

    def _on_its_link(self, found: Found, query: Query) -> Definition | None:
        """The definition that a client may have where it is."""
        link = query.link
        local = query.arrival.local if link == query.arrival.local.server_id else None
        several = (found,) if isinstance(found, Definition) else found or ()
        for one in several:
            if on_link(one, link, local, self.policy):
                return one
        return None

    def _definition_to_inform(
        self, message: Message, definition: Definition | None, arrival: Arrival
    ) -> Definition | None:
        known = super()._definition_to_inform(message, definition, arrival)
        if known is not None or self._lender is None:
            return known
        subnet = self._lender.subnet_of(message.ciaddr)
        return None if subnet is None else subnet.definition

    def _wait(
        self,
        answer: "Deferred[Any]",
        then: Callable[[Any], None],
        failed: Callable[[BaseException], None],
        message: Message,
        arrival: Arrival,
        sender: ISender,
        client: bytes,
    ) -> None:
        """Go on with a packet when something is known; another packet of its client is not heard meanwhile."""
        # One that has fired waits all the same where what it is to do next has not.
        if not answer.called or answer.paused:
            if len(self._busy) >= PENDING:
                self._refused += 1
                answer.addErrback(lambda _: None)
                answer.cancel()
                self._drop(Drop("too-many-pending", "too many clients wait for an answer"), message, arrival)
                return
            self._busy.add(client)
        self._waits += 1
        answer.addBoth(partial(self._waited, then, failed, sender, client))

    def _waited(
        self,
        then: Callable[[Any], None],
        failed: Callable[[BaseException], None],
        sender: ISender,
        client: bytes,
        result: Any,
    ) -> None:
        self._busy.discard(client)
        self._waits -= 1
        self._hold(sender)
        try:
            if isinstance(result, Failure):
                failed(result.value or SourceError("no reason was given"))
            else:
                then(result)
        except Exception as error:  # as in receive: a fault costs one packet
            self._publish(HandlingFailed(self._clock(), client, repr(error), traceback.format_exc()))

    def sheds(self) -> Iterator[tuple[str, int]]:
        """As in :class:`Responder`."""
        yield from super().sheds()
        yield "packets while too many clients waited for an answer", self._refused
        if ISheds.providedBy(self._lender):
            yield from self._lender.shed()
