"""The one conductor of a packet: decode, guards, abuse, source, decision, reply, event."""

import traceback
from collections.abc import Callable, Sequence
from typing import Final

from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure

from .engine import decide as rules
from .engine.abuse import UNKNOWN_CLIENT, Abuse, Block
from .engine.classify import classify
from .engine.decide import before_lookup, decide
from .engine.destination import destination
from .engine.guards import admit, server_identifier
from .engine.link import choose, on_link
from .engine.policy import Policy
from .engine.relays import RelayMemory
from .engine.reply import encode
from .events import (
    Ambiguous,
    Blocked,
    Declined,
    Dropped,
    Exchange,
    HandlingFailed,
    Malformed,
    OffLink,
    Shed,
    SourceFailed,
    SourceRecovered,
)
from .interfaces import (
    UNKNOWN,
    BadReservation,
    Found,
    IDefinitionSource,
    IHealth,
    IPeekable,
    IRefreshable,
    ISender,
    ISubnetSource,
    SourceError,
)
from .lookups import Lookups
from .model import BOOTP_REPLY, DISCOVER, INFORM, RENEW, SELECTING, Arrival, Decision, Definition, Drop, Local, Query
from .publisher import Publisher
from .recent import Recent
from .wire.constants import ACK, CLIENT_IDENTIFIER, NAK, OFFER, RELAY_AGENT, REQUESTED_ADDRESS, ZERO_ADDRESS
from .wire.errors import WireError
from .wire.message import Message, decode

_ANSWERS: Final = {OFFER: "OFFER", ACK: "ACK", NAK: "NAK", BOOTP_REPLY: "BOOTREPLY", 0: ""}
_TOLD: Final = 65536
_new: Final = tuple.__new__
"""Makes a NamedTuple in half the time that its own constructor takes."""
_SOURCE_UNAVAILABLE: Final = Decision(0, "source-unavailable")
_NO_DESTINATION: Final = Decision(0, "no-destination")


class Responder:
    """Answers packets.

    :param source: who knows the clients; if it provides :class:`IPeekable` it is asked at once.
    :param clock: seconds of a monotonic clock.
    :param reactor: times the deadline of lookups.
    """

    def __init__(
        self,
        source: IDefinitionSource,
        policy: Policy,
        publisher: Publisher,
        clock: Callable[[], float],
        reactor: IReactorTime,
    ) -> None:
        self._source = source
        self._policy = policy
        self._publish = publisher.publish
        self._clock = clock
        self._peek = source.peek if IPeekable.providedBy(source) else None
        self._refreshable = source if IRefreshable.providedBy(source) else None
        if self._refreshable is not None:
            self._peek = self._refreshable.peek_refreshed
        self._subnet_of = source.subnet_of if ISubnetSource.providedBy(source) else None
        self._problem = source.problem if IHealth.providedBy(source) else None
        self._abuse = Abuse(policy)
        self._relays = RelayMemory()
        self._lookups = Lookups(source, reactor)
        self._told_off_link: Recent[bytes] = Recent(_TOLD)
        self._told_ambiguous: Recent[tuple[bytes, ...]] = Recent(_TOLD)
        self._told_bad: Recent[str] = Recent(_TOLD)
        self._source_failed_at: float | None = None
        self._shed_told: dict[str, int] = {}

    def receive(self, datagrams: Sequence[tuple[bytes, bytes, int]], local: Local, sender: ISender) -> None:
        """Handle datagrams that came in on one side, wherever they came from. Never raises.

        :param datagrams: each with the address and port that it came from.
        """
        if self._refreshable is not None:
            self._refreshable.refresh()
        for data, address, port in datagrams:
            now = self._clock()
            arrival = _new(Arrival, (local, address, port, now))
            try:
                message = decode(data)
            except WireError as error:
                self._publish(Malformed(now, error.reason, str(error), len(data), arrival))
                continue
            try:
                self._handle(message, arrival, sender)
            except Exception as error:  # no packet may stop the server: the fault is told of and the next one served
                self._publish(HandlingFailed(now, message.hardware_address, repr(error), traceback.format_exc()))
        if self._refreshable is not None:
            self._refreshable.settle()

    def _handle(self, message: Message, arrival: Arrival, sender: ISender) -> None:
        policy = self._policy
        kind = classify(message, arrival.local)
        drop = admit(message, kind, arrival.local, policy)
        if drop is not None:
            self._drop(drop, message, arrival)
            return
        client = message.chaddr[: message.hlen] or message.options.get(CLIENT_IDENTIFIER, b"")
        now = arrival.now
        block = self._abuse.blocked(client, now) if self._abuse.blocks else None
        if block is not None and not self._is_known_now(block, client, message, arrival):
            self._drop(Drop("blocked", block.reason), message, arrival)
            return
        if policy.suspend and self._abuse.too_many(client, now):
            self._publish(Blocked(now, client, policy.misbehaving_timeout, "too many packets"))
            self._drop(Drop("blocked", "too many packets"), message, arrival)
            return
        if kind is not DISCOVER and kind is not SELECTING:
            decision = before_lookup(kind, message, policy)
            if decision is not None:
                self._finish(decision, kind, message, None, arrival, sender, client)
                return
        remembered = self._relays.recall(client) if message.giaddr == ZERO_ADDRESS else None
        query = Query(message, arrival, remembered)
        if self._peek is not None:
            try:
                found = self._peek(query)
            except SourceError as error:
                self._source_failed(error, client)
                self._finish(_SOURCE_UNAVAILABLE, kind, message, None, arrival, sender, client)
                return
            if self._source_failed_at is not None:
                self._source_answered()
            if found is not UNKNOWN:
                self._answer(kind, message, query, found, arrival, sender, client)
                return
        self._look_up(kind, message, query, arrival, sender, client)

    def _look_up(
        self, kind: str, message: Message, query: Query, arrival: Arrival, sender: ISender, client: bytes
    ) -> None:
        def answered(found: Found | Failure) -> None:
            if isinstance(found, Failure):
                error = found.value if isinstance(found.value, SourceError) else SourceError(found.getErrorMessage())
                self._source_failed(error, client)
                self._finish(_SOURCE_UNAVAILABLE, kind, message, None, arrival, sender, client)
                return
            if self._source_failed_at is not None:
                self._source_answered()
            try:
                self._answer(kind, message, query, found, arrival, sender, client)
            except Exception as error:  # as in receive: a fault costs one packet
                self._publish(HandlingFailed(self._clock(), client, repr(error), traceback.format_exc()))

        refused = self._lookups.ask(client, query, answered)
        if refused:
            self._drop(Drop(refused), message, arrival)

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
        policy = self._policy
        fits = True
        definition: Definition | None = None
        if found:
            link = query.link
            local = arrival.local if link == arrival.local.server_id else None
            if isinstance(found, Definition):
                definition = found
            else:
                definition = choose(found, link, local, policy)
                self._tell_ambiguous(client, found, link, local)
            if definition is not None and not on_link(definition, link, local, policy):
                fits = self._may_leave_link(kind, query, client, definition, link)
        if kind is INFORM:
            definition = self._definition_to_inform(message, definition, arrival)
        decision = decide(kind, message, definition, fits, policy)
        self._finish(decision, kind, message, definition, arrival, sender, client)

    def _may_leave_link(self, kind: str, query: Query, client: bytes, definition: Definition, link: bytes) -> bool:
        # A renewal sent straight to the server does not tell where its client is, nor need an INFORM.
        if kind is INFORM or (kind is RENEW and query.remembered is None):
            return True
        if self._told_off_link.get(client) != link:
            self._told_off_link.put(client, link)
            self._publish(OffLink(self._clock(), client, definition.ip, link, self._policy.link_check))
        return not self._policy.link_check

    def _tell_ambiguous(self, client: bytes, found: Sequence[Definition], link: bytes, local: Local | None) -> None:
        fitting = tuple(one.ip for one in found if on_link(one, link, local, self._policy))
        if len(fitting) < 2 or self._told_ambiguous.get(client) == fitting:
            return
        self._told_ambiguous.put(client, fitting)
        self._publish(Ambiguous(self._clock(), client, fitting, link))

    def _finish(
        self,
        decision: Decision,
        kind: str,
        message: Message,
        definition: Definition | None,
        arrival: Arrival,
        sender: ISender,
        client: bytes,
    ) -> None:
        size = 0
        if decision.answer:
            # As far as destinations go an INFORM gets no address.
            given = definition.ip if definition is not None and not decision.informs else ZERO_ADDRESS
            to = destination(kind, message, decision.answer, given, arrival)
            if to is None:
                decision = _NO_DESTINATION
            else:
                local = arrival.local
                identifier = server_identifier(message, local) if RELAY_AGENT in message.options else local.server_id
                data = encode(message, decision, definition, local, identifier, self._policy)
                size = len(data)
                sender.send(data, to)
                if decision.answer == ACK and message.giaddr != ZERO_ADDRESS and not decision.informs:
                    self._relays.remember(client, message)
        elif decision is rules.DECLINED and definition is not None:
            self._publish(Declined(arrival.now, client, definition.ip, definition.subnet, definition.serial))
        if decision.block:
            self._block(client, decision.block, arrival.now)
        self._publish(
            _new(
                Exchange,
                (
                    arrival.now,
                    kind,
                    _ANSWERS[decision.answer],
                    decision.outcome,
                    decision.accepted,
                    client,
                    definition.ip if definition is not None else message.options.get(REQUESTED_ADDRESS, message.ciaddr),
                    message.xid,
                    message.giaddr,
                    definition,
                    arrival,
                    size,
                    self._clock() - arrival.now,
                ),
            )
        )

    def _definition_to_inform(
        self, message: Message, definition: Definition | None, arrival: Arrival
    ) -> Definition | None:
        """The client's own definition if its network holds the client, else that of the subnet it is in."""
        ciaddr = message.ciaddr
        if ciaddr == ZERO_ADDRESS:
            ciaddr = message.giaddr if message.giaddr != ZERO_ADDRESS else arrival.local.server_id
        if definition is not None and int.from_bytes(ciaddr, "big") & definition.mask == definition.network:
            return definition
        if self._subnet_of is not None:
            subnet = self._subnet_of(ciaddr)
            if subnet is not None:
                return subnet.definition
        return None if self._policy.link_check else definition

    def _is_known_now(self, block: Block, client: bytes, message: Message, arrival: Arrival) -> bool:
        """Whether a client that was refused for being unknown has been entered since."""
        if block.reason != UNKNOWN_CLIENT or self._peek is None:
            return False
        try:
            found = self._peek(Query(message, arrival))
        except SourceError:
            return False
        if not found or found is UNKNOWN:
            return False
        self._abuse.forgive(client)
        return True

    def _block(self, client: bytes, reason: str, now: float) -> None:
        seconds = self._policy.unauthorized_timeout
        if seconds > 0:
            self._abuse.block(client, now, seconds, reason)
            self._publish(Blocked(now, client, seconds, reason))

    def _drop(self, drop: Drop, message: Message, arrival: Arrival) -> None:
        self._publish(Dropped(arrival.now, drop.reason, drop.detail, message.hardware_address, message.giaddr, arrival))

    def _source_failed(self, error: SourceError, client: bytes) -> None:
        if isinstance(error, BadReservation):
            if self._told_bad.get(client) != str(error):
                self._told_bad.put(client, str(error))
                self._publish(SourceFailed(self._clock(), self._source.name, str(error), error.advice))
        elif self._source_failed_at is None:
            self._source_failed_at = self._clock()
            self._publish(SourceFailed(self._source_failed_at, self._source.name, str(error), error.advice))

    def _source_answered(self) -> None:
        # What is cached is answered while the source is away: an answer alone does not mean that it is back.
        if self._problem is not None and self._problem():
            return
        since = self._source_failed_at or 0.0
        self._source_failed_at = None
        now = self._clock()
        self._publish(SourceRecovered(now, self._source.name, now - since))

    def watch_source(self) -> None:
        """Tell of a source that stopped or began to be well, though no packet showed it; called by a timer."""
        if self._problem is None:
            return
        problem = self._problem()
        if problem and self._source_failed_at is None:
            self._source_failed(SourceError(problem), b"")
        elif not problem and self._source_failed_at is not None:
            self._source_answered()

    def tell_what_was_shed(self) -> None:
        """Publish how much each full table has let go since the last call; called by a timer."""
        for what, total in (
            ("clients in the tables of who asks too often", self._abuse.shed),
            ("clients remembered with their relay agent", self._relays.shed),
            ("packets while too many lookups were under way", self._lookups.shed),
            ("answers that came too late", self._lookups.late),
        ):
            count = total - self._shed_told.get(what, 0)
            if count:
                self._shed_told[what] = total
                self._publish(Shed(self._clock(), what, count))
