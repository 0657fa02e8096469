"""All of a site's code that takes part in answering, in the order in which it is asked."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from twisted.internet.defer import Deferred, DeferredList
from zope.interface import Interface, implementer

from ..backends.records import Records
from ..engine.edited import Reply
from ..interfaces import (
    Found,
    IDefinitionChooser,
    IPacketFilter,
    IReplyEditor,
    IServerReactor,
    ISiteCode,
    IUnknownClient,
    MadeReply,
)
from ..model import Arrival, Definition, Remembered
from ..site_marks import INLINE, THREADED, answers_later, mark_of
from ..wire.message import Message
from .hook import Failures, Hook
from .known import KnownDefinition, known_as
from .legacy import FilterPacket, FilterRetrievedDefinitions, reply_editor, unknown_client
from .made import made_of
from .request import Request

METHODS: Final[Mapping[type[Interface], str]] = {
    IPacketFilter: "admits",
    IUnknownClient: "find",
    IDefinitionChooser: "choose",
    IReplyEditor: "edit",
}
"""What is called of a provider of each interface."""


class Part(NamedTuple):
    """One piece of a site's code: which of our interfaces it provides, what it is called in messages, what to call,
    the function whose marks say where that is called, and whether it is called in threads whatever they say."""

    interface: type[Interface]
    name: str
    call: Callable[..., Any]
    function: Callable[..., Any]
    waits: bool = False


def parts_of(hooks: Mapping[str, Callable[..., Any]], providers: Sequence[Any], proxy_port: int | None) -> list[Part]:
    """The functions of a conf.py, and behind them what it has in HOOKS."""
    parts: list[Part] = []
    for name, function in hooks.items():
        if name == "filterPacket":
            parts.append(Part(IPacketFilter, name, FilterPacket(function).admits, function))
        elif name == "handleUnknownMAC":
            parts.append(Part(IUnknownClient, name, unknown_client(function).find, function))
        elif name == "filterRetrievedDefinitions":
            parts.append(Part(IDefinitionChooser, name, FilterRetrievedDefinitions(function).choose, function))
        elif name == "loadDHCPPacket":
            parts.append(Part(IReplyEditor, name, reply_editor(function, proxy_port).edit, function))
    for provider in providers:
        for interface, method in METHODS.items():
            if interface.providedBy(provider):
                call = getattr(provider, method)
                parts.append(Part(interface, f"{type(provider).__name__}.{method}", call, call))
    return parts


@implementer(ISiteCode)
class SiteHooks:
    """See :class:`ISiteCode`."""

    def __init__(self, parts: Sequence[Part], reactor: IServerReactor, failures: Failures) -> None:
        self._failures = failures
        self._parts = tuple(parts)
        self._reactor = reactor
        self._records = Records()
        hooks: dict[type[Interface], list[Hook]] = {interface: [] for interface in METHODS}
        for part in parts:
            waits = part.waits or _waits(part.function, part.interface is IUnknownClient)
            hooks[part.interface].append(Hook(part.name, part.call, waits, reactor, failures))
        self._filters = tuple(hooks[IPacketFilter])
        self._finders = tuple(hooks[IUnknownClient])
        self._choosers = tuple(hooks[IDefinitionChooser])
        self._editors = tuple(hooks[IReplyEditor])
        self.filters, self.finds = bool(self._filters), bool(self._finders)
        self.chooses, self.edits = bool(self._choosers), bool(self._editors)

    def beside(self, watch: Callable[[Part], Part], failures: Failures) -> "SiteHooks":
        """The same code, watched, for packets that are not these; to be stopped when they are over."""
        hooks = {
            IPacketFilter: iter(self._filters),
            IUnknownClient: iter(self._finders),
            IDefinitionChooser: iter(self._choosers),
            IReplyEditor: iter(self._editors),
        }
        parts = [watch(part._replace(waits=next(hooks[part.interface]).in_threads)) for part in self._parts]
        return SiteHooks(parts, self._reactor, failures)

    def request(self, kind: str, message: Message, arrival: Arrival, remembered: Remembered | None) -> Request:
        """See :class:`ISiteCode`."""
        return Request(kind, message, arrival, remembered)

    def admits(self, request: Request) -> Any:
        """See :class:`ISiteCode`."""
        return self._all(self._filters, request, (request,))

    def find(self, request: Request) -> Any:
        """See :class:`ISiteCode`."""
        return self._first(self._finders, request, (request,))

    def choose(self, found: Sequence[Definition], request: Request) -> Any:
        """See :class:`ISiteCode`."""
        return self._first(self._choosers, request, ([KnownDefinition(one) for one in found], request))

    def edit(self, request: Request, reply: Reply) -> Any:
        """See :class:`ISiteCode`."""
        request.answer_with(reply)
        return self._all(self._editors, request, (request, KnownDefinition(reply.definition)))

    def stop(self) -> "Deferred[None]":
        """See :class:`ISiteCode`."""
        hooks = (*self._filters, *self._finders, *self._choosers, *self._editors)
        return DeferredList([hook.stop() for hook in hooks]).addCallback(lambda _: None)

    def made_of(self, request: Request) -> MadeReply:
        """See :class:`ISiteCode`."""
        try:
            return made_of(request.packet)
        except BaseException as error:  # a packet may have been left with anything in it
            raise self._failures.tell("a changed reply", error, request.client) from None

    def _all(self, hooks: Sequence[Hook], request: Request, arguments: tuple[Any, ...]) -> Any:
        """Whether all agree: the first that does not has the last word."""
        for at, hook in enumerate(hooks):
            result = hook.call(request.client, *arguments)
            if result is True:
                continue
            if isinstance(result, Deferred):
                return result.addCallback(self._and_the_next, hook, hooks[at + 1 :], request, arguments)
            said = self._said(result, hook, request)
            if not said:
                return said
        return True

    def _and_the_next(
        self, result: Any, hook: Hook, others: Sequence[Hook], request: Request, arguments: tuple[Any, ...]
    ) -> Any:
        said = self._said(result, hook, request)
        return self._all(others, request, arguments) if said else said

    def _said(self, result: Any, hook: Hook, request: Request) -> bool | None:
        if result is None:
            return None
        try:
            return bool(result)
        except BaseException as error:  # what a site's code gave may do anything when it is looked at
            raise self._failures.tell(hook.name, error, request.client) from None

    def _first(self, hooks: Sequence[Hook], request: Request, arguments: tuple[Any, ...]) -> Any:
        """What the first has to say that says anything."""
        for at, hook in enumerate(hooks):
            result = hook.call(request.client, *arguments)
            if isinstance(result, Deferred):
                return result.addCallback(self._or_next, hook, hooks[at + 1 :], request, arguments)
            found = self._known(result, hook, request)
            if found:
                return found
        return None

    def _or_next(
        self, result: Any, hook: Hook, others: Sequence[Hook], request: Request, arguments: tuple[Any, ...]
    ) -> Any:
        return self._known(result, hook, request) or self._first(others, request, arguments)

    def _known(self, result: Any, hook: Hook, request: Request) -> Found:
        if result is None:
            return None
        try:
            return known_as(result, self._records)
        except BaseException as error:  # BadField too, and what was given may do anything when looked at
            raise self._failures.tell(hook.name, error, request.client) from None


def _waits(function: Any, unless_marked: bool) -> bool:
    """Whether a function is called in threads.

    :param unless_marked: whether that is so for those without a mark.
    """
    mark = mark_of(function)
    return mark == THREADED or (unless_marked and mark != INLINE and not answers_later(function))
