"""The one conductor of a packet: decode, guards, abuse, source, decision, reply, event."""

import traceback
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from hashlib import blake2b
from typing import Any, Final

from twisted.internet.interfaces import IReactorTime

from .engine import decide as rules
from .engine.abuse import UNKNOWN_CLIENT, Abuse, Block
from .engine.classify import classify
from .engine.decide import before_lookup, decide
from .engine.destination import destination
from .engine.guards import OTHER_SERVER, admit, server_identifier
from .engine.link import choose, choose_by_address, on_link
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
    ServerHeard,
    Shed,
)
from .interfaces import (
    UNKNOWN,
    Found,
    IConfirms,
    IDefinitionSource,
    IPeekable,
    IRefreshable,
    ISender,
    ISheds,
    ISubnetSource,
    SourceError,
)
from .lookups import Lookups
from .model import (
    BOOTP_REPLY,
    DISCOVER,
    INFORM,
    INIT_REBOOT,
    REBIND,
    RELEASE,
    RENEW,
    SELECTING,
    Arrival,
    Decision,
    Definition,
    Destination,
    Drop,
    Local,
    Query,
    Remembered,
)
from .publisher import Publisher
from .recent import Recent
from .source_health import SourceHealth
from .wire.constants import (
    ACK,
    CLIENT_IDENTIFIER,
    NAK,
    OFFER,
    RELAY_AGENT,
    REQUEST,
    REQUESTED_ADDRESS,
    SERVER_IDENTIFIER,
    ZERO_ADDRESS,
)
from .wire.errors import WireError
from .wire.message import Message, decode

_ANSWERS: Final = {OFFER: "OFFER", ACK: "ACK", NAK: "NAK", BOOTP_REPLY: "BOOTREPLY", 0: ""}
_PAST_RELAYS: Final = frozenset((RENEW, RELEASE, INFORM))
"""What a client sends straight to a server, though a relay agent is between them."""
TELLS_LINK: Final = frozenset((DISCOVER, SELECTING, INIT_REBOOT, REBIND))
"""What is broadcast by its client, so that an ACK to it was earned on the link that it came from."""
_LONGEST_IDENTIFIER: Final = 32
_TOLD: Final = 65536
WINDOW: Final = 0.1
QUIET: Final = 400
"""Packets in a window of so many seconds up to which each of them waits until its source has told all changes."""
_new: Final = tuple.__new__
"""Makes a NamedTuple in half the time that its own constructor takes."""
SOURCE_UNAVAILABLE: Final = Decision(0, "source-unavailable")
NO_DESTINATION: Final = Decision(0, "no-destination")


def _identifier(message: Message) -> bytes:
    """What tells a client without a hardware address from others; short, whatever it sends."""
    identifier = message.options.get(CLIENT_IDENTIFIER, b"")
    if len(identifier) <= _LONGEST_IDENTIFIER:
        return identifier
    half = _LONGEST_IDENTIFIER // 2
    return identifier[:half] + blake2b(identifier, digest_size=half).digest()


def client_of(message: Message) -> bytes:
    """What tells a client from others."""
    return message.chaddr[: message.hlen] or _identifier(message)


class Responder:
    """Answers packets.

    :param source: who knows the clients; if it provides :class:`IPeekable` it is asked at once.
    :param clock: seconds of a monotonic clock.
    :param reactor: times the deadline of lookups.
    :ivar source: who knows the clients; :ivar lookups: those that are under way in it.
    :ivar source_health: whether the source answers.
    :ivar policy: how packets are answered; it may be replaced at any time.
    """

    def __init__(
        self,
        source: IDefinitionSource,
        policy: Policy,
        publisher: Publisher,
        clock: Callable[[], float],
        reactor: IReactorTime,
    ) -> None:
        self._source = self.source = source
        self.policy = policy
        self._publish = publisher.publish
        self._clock = clock
        self._peek = source.peek if IPeekable.providedBy(source) else None
        self._refreshable = source if IRefreshable.providedBy(source) else None
        if self._refreshable is not None:
            self._peek = self._refreshable.peek_refreshed
        self._confirm = source.confirm if IConfirms.providedBy(source) else None
        self._window, self._in_window, self._in_last = 0.0, 0, 0
        self._subnet_of = source.subnet_of if ISubnetSource.providedBy(source) else None
        self._abuse = Abuse(policy)
        self._relays = RelayMemory()
        self.lookups = Lookups(source, reactor)
        self._reactor = reactor
        self._held: set[ISender] = set()
        self.source_health = SourceHealth(source, publisher.publish, clock)
        self._told_off_link: Recent[bytes] = Recent(_TOLD)
        self._told_ambiguous: Recent[tuple[bytes, ...]] = Recent(_TOLD)
        self._shed_told: dict[str, int] = {}
        self._unconfirmed = 0

    @property
    def is_idle(self) -> bool:
        """Whether no packet waits for anything here."""
        return not self._unconfirmed and not len(self.lookups)

    def take_over(self, other: "Responder") -> None:
        """Know of clients what another one knows, that goes on with the packets that it has."""
        self._abuse, self._relays = other._abuse, other._relays
        self._told_off_link, self._told_ambiguous = other._told_off_link, other._told_ambiguous
        if self._source is other._source:
            self.source_health = other.source_health
            self._shed_told = other._shed_told
        else:
            other.source_health.end()

    def know_as(self, other: "Responder", client: bytes) -> Abuse:
        """Know of a client what another responder knows, and nothing of others; what is known of how often it asks."""
        self._abuse = other._abuse.of_one(client)
        self._relays = other._relays.of_one(client)
        return self._abuse

    def receive(self, datagrams: Sequence[tuple[bytes, bytes, int]], local: Local, sender: ISender) -> None:
        """Handle datagrams that came in on one side, wherever they came from. Never raises.

        :param datagrams: each with the address and port that it came from.
        """
        if self._confirm is not None and self._is_quiet(len(datagrams)):
            # Nobody waits for the processor: it may be made sure that no change is on its way here.
            self._unconfirmed += 1
            if self._confirm(partial(self._confirmed, datagrams, local, sender)):
                return
            self._unconfirmed -= 1
        self._receive(datagrams, local, sender)

    def _confirmed(self, datagrams: Sequence[tuple[bytes, bytes, int]], local: Local, sender: ISender) -> None:
        self._unconfirmed -= 1
        self._receive(datagrams, local, sender)

    def _is_quiet(self, datagrams: int) -> bool:
        now = self._clock()
        since = now - self._window
        if since >= WINDOW:
            self._in_last = self._in_window if since < 2 * WINDOW else 0
            self._window, self._in_window = now, 0
        self._in_window += datagrams
        return self._in_window <= QUIET and self._in_last <= QUIET

    def _receive(self, datagrams: Sequence[tuple[bytes, bytes, int]], local: Local, sender: ISender) -> None:
        if self._refreshable is not None:
            self._refreshable.refresh()
        for data, address, port in datagrams:
            now = self._clock()
            arrival = _new(Arrival, (local, address, port, now, data))
            try:
                message = decode(data)
            except WireError as error:
                self._publish(Malformed(now, error.reason, str(error), len(data), arrival))
                continue
            try:
                self._handle(message, arrival, sender)
            except BaseException as error:  # no packet may stop the reading: the fault is told, the next one served
                trace = traceback.format_exc()
                self._publish(HandlingFailed(now, message.hardware_address, repr(error), trace, arrival))
        if self._refreshable is not None:
            self._refreshable.settle()

    def _handle(self, message: Message, arrival: Arrival, sender: ISender) -> None:
        policy = self.policy
        kind = classify(message, arrival.local)
        drop = admit(message, kind, arrival.local, policy)
        if drop is not None:
            self._drop(drop, message, arrival)
            return
        client = client_of(message)
        now = arrival.now
        block = self._abuse.blocked(client, now) if self._abuse.blocks else None
        if block is not None and not self._is_heard(block, kind, client, message, arrival):
            self._drop(Drop("blocked", block.reason), message, arrival)
            return
        # A site's code may have replaced it.
        self._abuse.policy = policy
        if policy.suspend and self._abuse.too_many(client, now):
            self._publish(Blocked(now, client, policy.misbehaving_timeout, "too many packets"))
            self._drop(Drop("blocked", "too many packets"), message, arrival)
            return
        self._admit(kind, message, arrival, sender, client)

    def _admit(
        self, kind: str, message: Message, arrival: Arrival, sender: ISender, client: bytes, request: Any = None
    ) -> None:
        """Go on with a packet that nothing speaks against.

        :param request: what a site's code has of it.
        """
        if kind is not DISCOVER and kind is not SELECTING:
            decision = before_lookup(kind, message, self.policy)
            if decision is not None:
                self._finish(decision, kind, message, None, arrival, sender, client)
                return
        if request is None:
            query = Query(message, arrival, self._recall(kind, message, arrival, client))
        else:
            query = Query(message, arrival, request.remembered)
            query.request = request
        if self._peek is not None:
            try:
                found = self._peek(query)
            except SourceError as error:
                self.source_health.failed(error, client)
                self._finish(SOURCE_UNAVAILABLE, kind, message, None, arrival, sender, client)
                return
            if self.source_health.troubled:
                self.source_health.answered()
            if found is not UNKNOWN:
                self._answer(kind, message, query, found, arrival, sender, client)
                return
        self._look_up(kind, message, query, arrival, sender, client)

    def _recall(self, kind: str, message: Message, arrival: Arrival, client: bytes) -> Remembered | None:
        """What a relay agent told of a client that is heard past it."""
        past_relay = kind in _PAST_RELAYS and message.giaddr == ZERO_ADDRESS and not arrival.local.hears_broadcasts
        return self._relays.recall(client) if past_relay else None

    def _look_up(
        self, kind: str, message: Message, query: Query, arrival: Arrival, sender: ISender, client: bytes
    ) -> None:
        def answered(found: Found | BaseException) -> None:
            if isinstance(found, BaseException):
                error = found if isinstance(found, SourceError) else SourceError(str(found) or repr(found))
                self.source_health.failed(error, client)
                self._finish(SOURCE_UNAVAILABLE, kind, message, None, arrival, sender, client)
                return
            if self.source_health.troubled:
                self.source_health.answered()
            self._hold(sender)
            try:
                self._answer(kind, message, query, found, arrival, sender, client)
            except Exception as error:  # as in receive: a fault costs one packet
                self._publish(HandlingFailed(self._clock(), client, repr(error), traceback.format_exc(), arrival))

        refused = self.lookups.ask(client, query, answered)
        if refused:
            self._drop(Drop(refused), message, arrival)

    def _hold(self, sender: ISender) -> None:
        """Let the answers that a source gives together leave together."""
        if not self._held:
            self._reactor.callLater(0, self._flush)
        if sender not in self._held:
            self._held.add(sender)
            sender.hold()

    def _flush(self) -> None:
        for sender in self._held:
            sender.flush()
        self._held.clear()

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
        policy = self.policy
        fits = True
        definition: Definition | None = None
        if found:
            link = query.link
            local = arrival.local if link == arrival.local.server_id else None
            if isinstance(found, Definition):
                definition = found
            else:
                definition = self._choose(kind, query, found, client, local)
            if definition is not None and not on_link(definition, link, local, policy):
                fits = self._may_leave_link(kind, query, client, definition, link)
        if kind is INFORM and (definition is not None or not policy.legacy_block_unknown_inform):
            definition = self._definition_to_inform(message, definition, arrival)
        decision = decide(kind, message, definition, fits, policy)
        if decision.answer == NAK and arrival.local.is_proxy:
            # That port gives no addresses, and refuses none.
            decision = rules.SILENT_UNKNOWN
        if query.request is None:
            self._finish(decision, kind, message, definition, arrival, sender, client)
        else:
            self._edit(decision, kind, query, definition, sender, client)

    def _choose(
        self, kind: str, query: Query, found: Sequence[Definition], client: bytes, local: Local | None
    ) -> Definition | None:
        message = query.message
        # What was sent straight to the server does not tell where its client is: its address does.
        direct = kind in _PAST_RELAYS and message.giaddr == ZERO_ADDRESS and query.remembered is None
        if direct and not query.arrival.local.hears_broadcasts:
            definition = choose_by_address(found, message.ciaddr)
            if definition is not None:
                return definition
        self._tell_ambiguous(client, found, query.link, local)
        return choose(found, query.link, local, self.policy)

    def _may_leave_link(self, kind: str, query: Query, client: bytes, definition: Definition, link: bytes) -> bool:
        # A renewal sent straight to the server does not tell where its client is, nor need an INFORM.
        if kind is INFORM or (kind is RENEW and query.remembered is None):
            return True
        if self._told_off_link.get(client) != link:
            self._told_off_link.put(client, link)
            self._publish(OffLink(self._clock(), client, definition.ip, link, self.policy.link_check))
        return not self.policy.link_check

    def _tell_ambiguous(self, client: bytes, found: Sequence[Definition], link: bytes, local: Local | None) -> None:
        fitting = tuple(one.ip for one in found if on_link(one, link, local, self.policy))
        if len(fitting) < 2 or self._told_ambiguous.get(client) == fitting:
            return
        self._told_ambiguous.put(client, fitting)
        self._publish(Ambiguous(self._clock(), client, fitting, link))

    def _edit(
        self,
        decision: Decision,
        kind: str,
        query: Query,
        definition: Definition | None,
        sender: ISender,
        client: bytes,
    ) -> None:
        """Let a site's code have its say in the reply."""
        self._finish(decision, kind, query.message, definition, query.arrival, sender, client)

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
        data, to = b"", None
        if decision.answer:
            # As far as destinations go an INFORM gets no address.
            given = definition.ip if definition is not None and not decision.informs else ZERO_ADDRESS
            to = destination(kind, message, decision.answer, given, arrival)
            if to is None:
                decision = NO_DESTINATION
            else:
                local = arrival.local
                identifier = server_identifier(message, local) if RELAY_AGENT in message.options else local.server_id
                data = encode(message, decision, definition, local, identifier, self.policy)
                sender.send(data, to)
                if decision.answer == ACK and kind in TELLS_LINK:
                    self._remember_relay(client, message)
        elif decision is rules.DECLINED and definition is not None:
            self._publish(Declined(arrival.now, client, definition.ip, definition.subnet, definition.serial))
        self._conclude(decision, _ANSWERS[decision.answer], kind, message, definition, arrival, client, data, to)

    def _remember_relay(self, client: bytes, message: Message) -> None:
        if message.giaddr != ZERO_ADDRESS:
            self._relays.remember(client, message)
        else:
            self._relays.forget(client)

    def _conclude(
        self,
        decision: Decision,
        answer: str,
        kind: str,
        message: Message,
        definition: Definition | None,
        arrival: Arrival,
        client: bytes,
        data: bytes = b"",
        to: Destination | None = None,
    ) -> None:
        if decision.block:
            self._block(client, decision.block, arrival.now)
        self._publish(
            _new(
                Exchange,
                (
                    arrival.now,
                    kind,
                    answer,
                    decision.outcome,
                    decision.accepted,
                    client,
                    definition.ip if definition is not None else message.options.get(REQUESTED_ADDRESS, message.ciaddr),
                    message.xid,
                    message.giaddr,
                    definition,
                    arrival,
                    len(data),
                    self._clock() - arrival.now,
                    message.options,
                    data,
                    to,
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
        return None if self.policy.link_check else definition

    def _is_heard(self, block: Block, kind: str, client: bytes, message: Message, arrival: Arrival) -> bool:
        """Whether a block is none here: a stranger may ask for information, and may have been entered since."""
        if block.reason != UNKNOWN_CLIENT:
            return False
        if kind is INFORM:
            return True
        if self._peek is None:
            return False
        try:
            found = self._peek(Query(message, arrival))
        except SourceError:
            return False
        if found is UNKNOWN:
            # A source that hears of changes would know of a stranger about whom nothing has changed.
            return self._refreshable is not None
        if not found:
            return False
        self._abuse.forgive(client)
        return True

    def _block(self, client: bytes, reason: str, now: float) -> None:
        seconds = self.policy.unauthorized_timeout
        if seconds > 0:
            self._abuse.block(client, now, seconds, reason)
            self._publish(Blocked(now, client, seconds, reason))

    def block_of(self, client: bytes) -> Block | None:
        """What keeps a client from being heard now; None if nothing does."""
        return self._abuse.blocked(client, self._clock())

    def _drop(self, drop: Drop, message: Message, arrival: Arrival) -> None:
        mac, kind = message.hardware_address, message.message_type
        self._publish(Dropped(arrival.now, drop.reason, drop.detail, mac, message.giaddr, arrival, kind))
        if drop is OTHER_SERVER and kind == REQUEST:
            # Only what was offered a moment ago is asked for so; a RELEASE may name a server that has long gone.
            server = message.options[SERVER_IDENTIFIER]
            wanted, where = message.options.get(REQUESTED_ADDRESS, b""), arrival.local.interface
            self._publish(ServerHeard(arrival.now, server, b"", b"", where, message.giaddr, "REQUEST", wanted, mac))

    def tell_what_was_shed(self) -> None:
        """Publish how much each full table has let go since the last call; called by a timer."""
        for what, total in self.sheds():
            count = total - self._shed_told.get(what, 0)
            if count:
                self._shed_told[what] = total
                self._publish(Shed(self._clock(), what, count))

    def sheds(self) -> Iterator[tuple[str, int]]:
        """What each full table has let go of, and how many times since the start."""
        yield "clients in the tables of who asks too often", self._abuse.shed
        yield "clients remembered with their relay agent", self._relays.shed
        yield "packets while too many lookups were under way", self.lookups.shed
        yield "answers that came too late", self.lookups.late
        if ISheds.providedBy(self._source):
            yield from self._source.shed()
