"""The conductor of a packet where a site's code has a say: in what is answered, to whom, and how."""

import traceback
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime

from .engine.decide import before_lookup
from .engine.destination import destination
from .engine.edited import Reply, with_fields
from .engine.guards import server_identifier
from .engine.policy import Policy
from .engine.reply import encode
from .events import HandlingFailed
from .interfaces import Found, IDefinitionSource, ILender, ISender, ISiteCode, MadeReply, SiteCodeFailed
from .lending import LendingResponder
from .model import (
    BOOTP_REPLY,
    DECLINE,
    RELEASE,
    UNCLEAR_REQUEST,
    Arrival,
    Decision,
    Definition,
    Destination,
    Drop,
    Query,
)
from .publisher import Publisher
from .responder import NO_DESTINATION, TELLS_LINK
from .wire.constants import ACK, BROADCAST_ADDRESS, FLAG_BROADCAST, MESSAGE_NAMES, NAK, OFFER, RELAY_AGENT, ZERO_ADDRESS
from .wire.message import Message

_POSITIVE: Final = frozenset((OFFER, ACK, BOOTP_REPLY))
_ALL: Final = b"\xff" * 6
_MAY_MEAN_NOTHING: Final = frozenset((UNCLEAR_REQUEST, RELEASE, DECLINE))
_FILTERED: Final = Decision(0, "filtered")
_FILTERED_OUT: Final = Decision(0, "filtered", block="a site's filter")
_WITHHELD: Final = Decision(0, "withheld")
_HOOK_FAILED: Final = Decision(0, "hook-failed")


class ScriptedResponder(LendingResponder):
    """As :class:`LendingResponder`, with a site's code.

    :param site: that code.
    :ivar site: the same.
    """

    def __init__(
        self,
        source: IDefinitionSource,
        policy: Policy,
        publisher: Publisher,
        clock: Callable[[], float],
        reactor: IReactorTime,
        site: ISiteCode,
        lender: ILender | None = None,
    ) -> None:
        super().__init__(source, policy, publisher, clock, reactor, lender)
        self._site = self.site = site

    def _admit(
        self, kind: str, message: Message, arrival: Arrival, sender: ISender, client: bytes, request: Any = None
    ) -> None:
        if client in self._busy:
            self._drop(Drop("pending", "an earlier packet of this client is not answered yet"), message, arrival)
            return
        request = self._site.request(kind, message, arrival, self._recall(kind, message, arrival, client))
        # What means nothing in any case, staticDHCPd shows to no filter.
        means_nothing = kind in _MAY_MEAN_NOTHING and before_lookup(kind, message, self.policy) is not None
        if self._site.filters and not means_nothing:
            self._ask(
                self._site.admits,
                (request,),
                partial(self._admitted, kind, request, sender, client),
                kind,
                request,
                sender,
                client,
            )
        else:
            super()._admit(kind, message, arrival, sender, client, request)

    def _admitted(self, kind: str, request: Any, sender: ISender, client: bytes, admitted: Any) -> None:
        message, arrival = request.message, request.arrival
        if admitted:
            super()._admit(kind, message, arrival, sender, client, request)
        else:
            decision = _FILTERED_OUT if admitted is None else _FILTERED
            self._finish(decision, kind, message, None, arrival, sender, client)

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
        if not found and self._site.finds:
            then = partial(self._known, kind, query, sender, client)
            self._ask(self._site.find, (query.request,), then, kind, query.request, sender, client)
        else:
            self._known(kind, query, sender, client, found)

    def _known(self, kind: str, query: Query, sender: ISender, client: bytes, found: Found) -> None:
        if found and type(found) is not Definition and self._site.chooses:
            then = partial(self._chosen, kind, query, sender, client)
            self._ask(self._site.choose, (found, query.request), then, kind, query.request, sender, client)
        else:
            super()._answer(kind, query.message, query, found, query.arrival, sender, client)

    def _chosen(self, kind: str, query: Query, sender: ISender, client: bytes, found: Found) -> None:
        super()._answer(kind, query.message, query, found, query.arrival, sender, client)

    def _edit(
        self,
        decision: Decision,
        kind: str,
        query: Query,
        definition: Definition | None,
        sender: ISender,
        client: bytes,
    ) -> None:
        request, message, arrival = query.request, query.message, query.arrival
        if decision.answer not in _POSITIVE or definition is None:
            self._finish(decision, kind, message, definition, arrival, sender, client)
            return
        local = arrival.local
        identifier = server_identifier(message, local) if RELAY_AGENT in message.options else local.server_id
        reply = Reply(message, decision, definition, local, identifier, self.policy)
        if not self._site.edits:
            if request.is_touched:
                request.answer_with(reply)
            self._edited(reply, kind, request, sender, client, True)
            return
        try:
            wanted = self._site.edit(request, reply)
        except SiteCodeFailed:
            self._finish(_HOOK_FAILED, kind, message, None, arrival, sender, client)
            return
        if isinstance(wanted, Deferred):
            then = partial(self._edited, reply, kind, request, sender, client)
            self._wait_for_site(wanted, then, kind, request, sender, client)
        else:
            self._edited(reply, kind, request, sender, client, wanted)

    def _edited(self, reply: Reply, kind: str, request: Any, sender: ISender, client: bytes, wanted: Any) -> None:
        message, decision, definition, *_ = reply
        if not wanted:
            self._conclude(_WITHHELD, "", kind, message, definition, request.arrival, client)
        elif request.is_touched:
            self._send_edited(reply, kind, request, sender, client)
        else:
            self._finish(decision, kind, message, definition, request.arrival, sender, client)

    def _send_edited(self, reply: Reply, kind: str, request: Any, sender: ISender, client: bytes) -> None:
        """Send what a site's code has made of a reply."""
        message, decision, definition, local, identifier, policy = reply
        arrival = request.arrival
        try:
            made = self._site.made_of(request)
        except SiteCodeFailed:
            self._finish(_HOOK_FAILED, kind, message, definition, arrival, sender, client)
            return
        answer = made.answer or decision.answer
        if decision.answer == BOOTP_REPLY:
            answer = BOOTP_REPLY
            if made.answer == NAK:
                # Silence is the only refusal that BOOTP has.
                self._conclude(_WITHHELD, "", kind, message, definition, arrival, client)
                return
        given = made.fields.get("yiaddr", ZERO_ADDRESS if decision.informs else definition.ip)
        to = destination(kind, with_fields(message, made.fields), answer, given, arrival)
        if to is None:
            self._conclude(NO_DESTINATION, "", kind, message, definition, arrival, client)
            return
        data = made.data
        if data is None:
            data = encode(message, decision, definition, local, identifier, policy)
        to = _redirected(to, made, message)
        sender.send(data, to)
        if answer == ACK and kind in TELLS_LINK:
            self._remember_relay(client, message)
        outcome = decision if answer == decision.answer else decision._replace(outcome="scripted")
        name = MESSAGE_NAMES.get(answer, "BOOTREPLY")
        self._conclude(outcome, name, kind, message, definition, arrival, client, data, to)

    def _ask(
        self,
        ask: Callable[..., Any],
        arguments: tuple[Any, ...],
        then: Callable[[Any], None],
        kind: str,
        request: Any,
        sender: ISender,
        client: bytes,
    ) -> None:
        """Ask a site's code something, and go on with what it says, now or later."""
        try:
            result = ask(*arguments)
        except SiteCodeFailed:
            self._finish(_HOOK_FAILED, kind, request.message, None, request.arrival, sender, client)
            return
        if isinstance(result, Deferred):
            self._wait_for_site(result, then, kind, request, sender, client)
        else:
            then(result)

    def _wait_for_site(
        self,
        answer: "Deferred[Any]",
        then: Callable[[Any], None],
        kind: str,
        request: Any,
        sender: ISender,
        client: bytes,
    ) -> None:
        message, arrival = request.message, request.arrival

        def failed(error: BaseException) -> None:
            if isinstance(error, SiteCodeFailed):
                self._finish(_HOOK_FAILED, kind, message, None, arrival, sender, client)
                return
            trace = "".join(traceback.format_exception(error))
            self._publish(HandlingFailed(self._clock(), client, repr(error), trace, arrival))

        self._wait(answer, then, failed, message, arrival, sender, client)

    def stop(self) -> "Deferred[None]":
        """End what is under way; fires when nothing of it runs."""
        return self._site.stop()


def _redirected(to: Destination, made: MadeReply, message: Message) -> Destination:
    """Where a site's code wants a reply to go."""
    ip, port, hardware = to.ip, to.port, to.hardware
    if made.ip is not None and not message.flags & FLAG_BROADCAST:
        ip = made.ip
    if hardware is not None:
        # What goes to all is in a frame to all, whoever it was for.
        hardware = _ALL if ip == BROADCAST_ADDRESS else made.hardware or hardware
    return Destination(ip, port if made.port is None else made.port, hardware, made.source_port)
